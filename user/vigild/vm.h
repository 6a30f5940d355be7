/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Class vm: what the emulator of a service says and is told by its QMP socket. The
 * socket serves one client, and that is vigild. All of this is the second line: that a
 * guest or its emulator has died, the kernel's watch says earlier.
 */
#ifndef _VIGILD_VM_H
#define _VIGILD_VM_H

#include <stdbool.h>

struct service;
struct vm;

/* Before the emulator starts: a place for its socket, and nothing left in it. */
void vm_prepare_socket(const struct service *s);

/*
 * The emulator runs, just started or found: talk to it, as long as it lives. The
 * service is running when its guest is: service_runs(). 0 or -ENOMEM.
 */
int vm_begin(struct service *s);

/* The emulator is gone, or no longer ours to look after. Not begun: nothing happens. */
void vm_end(struct service *s);

/**
 * vm_turn_off - the guest shall shut down, or the emulator end
 * @s: service
 * @now: do not ask the guest
 *
 * The process ends some time later, or never. Without a connection the emulator gets
 * SIGTERM, which ends it without asking the guest.
 */
void vm_turn_off(struct service *s, bool now);

/* Ask how it is; the service fails if the emulator does not answer in time. */
void vm_monitor(struct service *s);

/* What the emulator said last about its end; NULL: nothing. */
const char *vm_last_words(const struct service *s);

#endif
