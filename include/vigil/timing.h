/* SPDX-License-Identifier: GPL-2.0 */
/* How one knob, the detection time, implies every other time of the protocol. */
#ifndef _VIGIL_TIMING_H
#define _VIGIL_TIMING_H

#include <linux/types.h>

#define VIGIL_NS_PER_US		1000ULL
#define VIGIL_NS_PER_MS		1000000ULL
#define VIGIL_TICK_NS		(4 * VIGIL_NS_PER_MS)	/* allowed for a timer: 1/HZ at 250 */
#define VIGIL_DRIFT_PERCENT	1			/* of either clock, either way */

#define VIGIL_DETECT_MIN_NS	(20 * VIGIL_NS_PER_MS)
#define VIGIL_DETECT_MAX_NS	(60000 * VIGIL_NS_PER_MS)
#define VIGIL_DETECT_DEFAULT_NS	(200 * VIGIL_NS_PER_MS)

/**
 * struct vigil_timing - the times of one cluster, all in nanoseconds
 * @interval: between two beats to the same voter
 * @detect: silence after which a peer is called down
 * @lease: right given by an echo, counted from the sending of the beat
 * @fence: within which a lost hold must have ended in a stop or a reset
 * @expiry: silence after which a voter forgets a session and frees its grants
 *
 * Every node of a cluster must use the same values; peers that differ refuse
 * each other's handshake.
 */
struct vigil_timing {
	__u64 interval;
	__u64 detect;
	__u64 lease;
	__u64 fence;
	__u64 expiry;
};

/**
 * vigil_timing_derive - fill in all times from the detection time
 * @t: result
 * @detect_ns: detection time, VIGIL_DETECT_MIN_NS..VIGIL_DETECT_MAX_NS
 *
 * Return: NULL, or a sentence saying why @detect_ns cannot be used.
 */
const char *vigil_timing_derive(struct vigil_timing *t, __u64 detect_ns);

/**
 * vigil_timing_check - are these times safe together?
 * @t: times to judge
 *
 * Return: NULL, or a sentence naming the inequality that does not hold.
 */
const char *vigil_timing_check(const struct vigil_timing *t);

/**
 * vigil_timing_min_expiry - the shortest expiry that proves death
 * @lease: nanoseconds
 * @fence: nanoseconds
 *
 * (lease + fence) x (1 + d) / (1 - d) for drift d of both clocks, plus two
 * timer ticks; rounded up to a whole millisecond.
 */
__u64 vigil_timing_min_expiry(__u64 lease, __u64 fence);

#endif
