// SPDX-License-Identifier: GPL-2.0
/* Derivation and sanity of the protocol's times; see include/vigil/timing.h. */
#include <vigil/timing.h>

#include "port.h"

static __u64 round_up_ms(__u64 ns)
{
	return div_u64(ns + VIGIL_NS_PER_MS - 1, VIGIL_NS_PER_MS) * VIGIL_NS_PER_MS;
}

__u64 vigil_timing_min_expiry(__u64 lease, __u64 fence)
{
	__u64 own = lease + fence;	/* on the holder's clock */
	__u64 ours = div_u64(own * (100 + VIGIL_DRIFT_PERCENT) + 99 - VIGIL_DRIFT_PERCENT,
			     100 - VIGIL_DRIFT_PERCENT);

	return round_up_ms(ours + 2 * VIGIL_TICK_NS);
}

const char *vigil_timing_derive(struct vigil_timing *t, __u64 detect_ns)
{
	if (detect_ns < VIGIL_DETECT_MIN_NS)
		return "detect is shorter than 20 ms, less than timers and networks can keep";
	if (detect_ns > VIGIL_DETECT_MAX_NS)
		return "detect is longer than 60 s";

	t->detect = detect_ns;
	t->interval = div_u64(detect_ns, 4);
	t->lease = 2 * detect_ns;
	t->fence = div_u64(detect_ns, 2);
	t->expiry = vigil_timing_min_expiry(t->lease, t->fence);
	return NULL;
}

const char *vigil_timing_check(const struct vigil_timing *t)
{
	if (t->detect < VIGIL_DETECT_MIN_NS || t->detect > VIGIL_DETECT_MAX_NS)
		return "detect must be between 20 ms and 60 s";
	if (t->interval < VIGIL_NS_PER_MS)
		return "interval must be at least 1 ms";
	if (t->detect < 3 * t->interval)
		return "detect must be at least three intervals, or one lost beat is a death";
	if (t->lease < t->detect + t->interval)
		return "lease must exceed detect by an interval, or a blip that nobody notices fences a node";
	if (t->lease > 10 * VIGIL_DETECT_MAX_NS)
		return "lease is longer than ten minutes";
	if (t->fence < 2 * VIGIL_TICK_NS || t->fence > t->lease)
		return "fence must be at least 8 ms and at most the lease";
	if (t->expiry < vigil_timing_min_expiry(t->lease, t->fence))
		return "expiry must exceed lease + fence by the clock drift and two ticks";
	if (t->expiry > 100 * VIGIL_DETECT_MAX_NS)
		return "expiry is longer than a hundred minutes";
	return NULL;
}
