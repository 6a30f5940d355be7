/* SPDX-License-Identifier: GPL-2.0 */
/* What follows for a service from what its watch has seen. Pure. */
#ifndef _VIGILD_REACTION_H
#define _VIGILD_REACTION_H

#include <linux/types.h>

#include "config.h"

enum reaction {
	REACTION_NONE,		/* to be told, no more */
	REACTION_CLEAR,		/* it ends: begin with all that need not wait for the end */
	REACTION_ENDED,		/* it is dead: start it anew */
	REACTION_CHECK,		/* a process is dead: ask the agent whether the service is */
	REACTION_AWAIT_RESET,	/* if the guest is not reset soon: RESTART */
	REACTION_AWAIT_CONTINUE, /* if it is stopped for longer than its progress: RESTART */
	REACTION_RESTART,	/* it is still there, and has to go */
};

/**
 * reaction - judge an event
 * @service: whose watch it is
 * @from: VIGIL_WATCH_STATE_* before
 * @to: and after it; the same if it is only news
 * @cause: VIGIL_WATCH_CAUSE_*
 */
enum reaction reaction(const struct config_service *service, __u32 from, __u32 to, __u32 cause);

#endif
