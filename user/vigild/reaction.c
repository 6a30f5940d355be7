// SPDX-License-Identifier: GPL-2.0
#include "reaction.h"

#include <linux/vigil.h>

/* Is the service this one process, so that its end is that of the service? */
static bool is_process(const struct config_service *service)
{
	return service->class == CONFIG_EXEC || service->class == CONFIG_VM;
}

static enum reaction on_dying(const struct config_service *service, __u32 cause)
{
	switch (cause) {
	case VIGIL_WATCH_CAUSE_GUEST_CRASH:
	case VIGIL_WATCH_CAUSE_PVPANIC:
		return service->on_panic == CONFIG_RESTART ? REACTION_RESTART : REACTION_NONE;
	case VIGIL_WATCH_CAUSE_TRIPLE_FAULT:
		/* Also a way to reboot; QEMU then resets the guest at once. */
		return service->on_panic == CONFIG_RESTART ? REACTION_AWAIT_RESET : REACTION_NONE;
	default:
		return is_process(service) ? REACTION_CLEAR : REACTION_NONE;
	}
}

enum reaction reaction(const struct config_service *service, __u32 from, __u32 to, __u32 cause)
{
	if (from == to)
		return REACTION_NONE;
	switch (to) {
	case VIGIL_WATCH_STATE_DYING:
		return on_dying(service, cause);
	case VIGIL_WATCH_STATE_DEAD:
		return is_process(service) ? REACTION_ENDED : REACTION_CHECK;
	case VIGIL_WATCH_STATE_STOPPED:
		/*
		 * The kernel's deadlines leave out what is stopped: by a debugger, say. A
		 * guest that its monitor has stopped is what somebody wants it to be.
		 */
		return service->class != CONFIG_VM && service->progress &&
		       service->on_hang == CONFIG_RESTART ? REACTION_AWAIT_CONTINUE : REACTION_NONE;
	case VIGIL_WATCH_STATE_HUNG:
		return service->on_hang == CONFIG_RESTART ? REACTION_RESTART : REACTION_NONE;
	default:
		return REACTION_NONE;
	}
}
