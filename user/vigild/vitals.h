/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The health of this machine: read from the counters of bpf/health.bpf.c and from
 * /proc/pressure every second, and at once when one of them says that something has
 * happened. Other daemons are told with every complete report; at once, if that makes
 * the node suspect, and of the first error of a sort.
 */
#ifndef _VIGILD_VITALS_H
#define _VIGILD_VITALS_H

#include "health.h"
#include "pressure.h"

struct daemon;
struct ring_buffer;

struct vitals {
	struct health health;
	struct health_meter meter[HEALTH_KINDS][HEALTH_SEVERITIES];
	uint64_t told[HEALTH_KINDS][HEALTH_SEVERITIES];	/* when a note was, ns */
	bool news;		/* of them, not yet told to others */
	struct pressure pressure;
	struct ring_buffer *notes;	/* NULL: no probes */
	sd_event_source *source;
};

/* After probes_open(). 0 or -ENOMEM; what this kernel cannot tell is no error. */
int vitals_open(struct daemon *d);
void vitals_close(struct daemon *d);	/* before probes_close() */

/* Read everything now. */
void vitals_read(struct daemon *d);

#endif
