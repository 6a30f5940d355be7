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
 * @lock: raw, irqs off: held for comparisons and the start of a timer, no longer
 * @at: when to act, CLOCK_BOOTTIME ns; VIGIL_NEVER: not at all
 * @fired: the deadline already acted upon; VIGIL_NEVER: none
 * @late: by how much that action came late, ns
 * @fired_at: when it came, ns
 * @fallback: when to reset because the action took too long; VIGIL_NEVER: not at all
 * @over: when the action must have ended this machine; VIGIL_NEVER: not at all
 * @panicking: the CPU that panics, where there is no falling back; -1: none
 * @report: acted, not yet told to userspace
 * @stopped: no timer may be started any more
 * @armed: when each timer fires next; VIGIL_NEVER: it is idle
 * @timers: the first one on the CPU that armed it, the second one elsewhere
 * @remote: starts the second timer over there
 * @remote_cpu: where; -1: nowhere yet
 */
struct vigil_fence {
	raw_spinlock_t lock;
	u64 at;
	u64 fired;
	u64 late;
	u64 fired_at;
	u64 fallback;
	u64 over;
	int panicking;
	bool report;
	bool stopped;
	u64 armed[VIGIL_FENCE_TIMERS];
	struct hrtimer timers[VIGIL_FENCE_TIMERS];
	call_single_data_t remote;
	int remote_cpu;
};

/* Process context. @f is the member of a struct vigil_cluster. */
void vigil_fence_init(struct vigil_fence *f);

/**
 * vigil_fence_set - move the deadline
 * @f: the fence
 * @at: new deadline, or VIGIL_NEVER
 * @now: CLOCK_BOOTTIME, ns
 *
 * BH disabled. Later deadlines cost no more than a store: the timers find out
 * when they fire. One that has passed already is acted upon at once: a machine
 * that stood still must not send what it has to say before its timer fires.
 */
void vigil_fence_set(struct vigil_fence *f, u64 at, u64 now);

/* Process context: neither timer runs after it returns. */
void vigil_fence_stop(struct vigil_fence *f);

/**
 * vigil_fence_report - has the action been taken since the last call?
 * @f: the fence
 * @when: result: CLOCK_BOOTTIME, ns
 * @late: result: ns after the deadline
 *
 * BH disabled. Only the action notify lives to see it.
 */
bool vigil_fence_report(struct vigil_fence *f, u64 *when, u64 *late);

/**
 * vigil_fence_failed - has this machine outlived its fence?
 * @f: the fence
 * @now: CLOCK_BOOTTIME, ns
 *
 * Any context. True if the deadline has passed by half of the fence time and no timer has
 * acted upon it, or one has, and it did not end this machine within the fence time.
 */
bool vigil_fence_failed(struct vigil_fence *f, u64 now);

/* Module exit, process context. */
void vigil_fence_exit(void);

#endif
