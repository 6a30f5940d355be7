/* SPDX-License-Identifier: GPL-2.0 */
/* A machine's clock: true time, shifted and drifting, in whole nanoseconds. */
#ifndef _SIM_CLOCK_H
#define _SIM_CLOCK_H

#include "port.h"

#define CLOCK_PPM_MAX	10000		/* the drift that the protocol allows for */
#define CLOCK_FAR	1000000000000ULL	/* ns; later deadlines are looked at again then */

struct clock {
	u64 true_base;
	u64 local_base;
	s64 ppm;
};

static inline u64 clock_local(const struct clock *c, u64 now)
{
	return c->local_base + (now - c->true_base) * (u64)(1000000 + c->ppm) / 1000000;
}

/* The first true time at which the clock shows @local or later. */
static inline u64 clock_true(const struct clock *c, u64 local)
{
	u64 rate = (u64)(1000000 + c->ppm);
	u64 ahead;

	if (local <= c->local_base)
		return c->true_base;
	ahead = vigil_min(local - c->local_base, CLOCK_FAR);
	return c->true_base + (ahead * 1000000 + rate - 1) / rate;
}

static inline void clock_set_drift(struct clock *c, u64 now, s64 ppm)
{
	c->local_base = clock_local(c, now);
	c->true_base = now;
	c->ppm = ppm;
}

#endif
