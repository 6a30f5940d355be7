/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaving the cluster in order: stop every service, last started first, hand
 * each claim to the node that the plan names, give @leader up, say goodbye.
 */
#ifndef _VIGILD_LEAVE_H
#define _VIGILD_LEAVE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct daemon;

/* @error: NULL: this node has left */
typedef void (*leave_fn)(struct daemon *d, const char *error);

struct leave {
	bool begun;
	bool left;
	uint64_t since;
	uint64_t gone;		/* everything has stopped; 0: not yet */
	leave_fn on_end;
	sd_event_source *retry;
};

/* Begin; @on_end is called once it is done, perhaps at once. */
void leave_begin(struct daemon *d, leave_fn on_end);

/* Something has changed that leaving may wait for. */
void leave_continue(struct daemon *d);
void leave_free(struct daemon *d);

#endif
