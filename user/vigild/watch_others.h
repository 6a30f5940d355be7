/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches that somebody else has added ("vigil watch add"), not a service's. The
 * kernel keeps them; what the daemon does for them is to show their processes to
 * the probes, which look at one watch of a process: that of a service goes first.
 */
#ifndef _VIGILD_WATCH_OTHERS_H
#define _VIGILD_WATCH_OTHERS_H

#include <linux/types.h>
#include <stddef.h>

#include "../lib/events.h"

struct daemon;

/* Numbers of those that the probes have been shown. */
struct watch_others {
	__u64 *id;
	size_t n;
};

/* Ask the kernel which there are now. Return: 0 or -errno; cluster_error() has the sentence. */
int watch_others_find(struct daemon *d);

/* One has died: the probes need not know of it any more. */
void watch_others_hear(struct daemon *d, const struct vnl_event *event);
void watch_others_free(struct watch_others *o);

#endif
