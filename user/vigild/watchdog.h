/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware watchdog: opened, judged and handed to the kernel, which pets it from
 * then on. Nothing of it is left here but the reason why there is none.
 */
#ifndef _VIGILD_WATCHDOG_H
#define _VIGILD_WATCHDOG_H

#include <stdint.h>

struct daemon;

struct watchdog {
	uint64_t tried;		/* when, ns */
	char why[512];		/* "FILE:LINE: reason" why the configured one is not petted; or "" */
};

/* After cluster_open() and after a reload. */
void watchdog_begin(struct daemon *d);

/* Every second: a device that was not there may have come. */
void watchdog_tick(struct daemon *d);

#endif
