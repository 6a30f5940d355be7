/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last rung: when a lost claim was not stopped in time, this machine ends.
 *
 * The deadline is kept by timers that fire in hard irq on two CPUs (if there
 * are two), so neither softirq load nor a real-time task nor one wedged CPU
 * delays it.
 */
#ifndef _VIGIL_FENCE_H
#define _VIGIL_FENCE_H

#include <linux/hrtimer.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define VIGIL_FENCE_TIMERS	2

/**
 * struct vigil_fence - the fence deadline of a cluster
 * @lock: raw, irqs off: held for a comparison and the start of a timer, no longer
 * @at: when to act, CLOCK_BOOTTIME ns; VIGIL_NEVER: not at all
 * @fired: the deadline already acted upon; VIGIL_NEVER: none
 * @fired_late: by how much the action was late, ns
 * @report: acted, not yet told to userspace
 * @stopped: no timer may be started any more
 * @armed: when the timers fire next
 * @timers: the first one on the CPU that armed it, the second one elsewhere
 * @remote: starts the second timer over there
 * @remote_cpu: where
 */
struct vigil_fence {
	raw_spinlock_t lock;
	u64 at;
	u64 fired;
	u64 fired_late;
	bool report;
	bool stopped;
	u64 armed[VIGIL_FENCE_TIMERS];
	struct hrtimer timers[VIGIL_FENCE_TIMERS];
	call_single_data_t remote;
	int remote_cpu;
};

#endif
