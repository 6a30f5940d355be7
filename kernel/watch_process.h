/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel sees of a process by looking at it: has it ended, do its
 * threads come on, is one of them stuck? Nothing here knows of watches.
 */
#ifndef _VIGIL_WATCH_PROCESS_H
#define _VIGIL_WATCH_PROCESS_H

#include <linux/pid.h>
#include <linux/types.h>

#include <vigil/watch.h>

/**
 * vigil_process_ended - has a process come to its end?
 * @pid: the process
 * @r: filled in if so: state, and how it ended if that can be seen still
 *
 * Ended are those whose last thread has closed its files, reaped or not. Any
 * context, under RCU.
 */
bool vigil_process_ended(struct pid *pid, struct vigil_watch_report *r);

#define VIGIL_LOOK_THREADS	256	/* looked at in one run: some 20 us */
#define VIGIL_LOOK_BLOCKED	16	/* blocked threads kept in mind */

/**
 * struct vigil_blocked - a thread in uninterruptible sleep
 * @tid: in the initial pid namespace; 0: unused
 * @switches: its context switches
 * @since: CLOCK_MONOTONIC, ns, when it was first seen so
 * @until: when it was last seen so
 */
struct vigil_blocked {
	pid_t tid;
	u64 switches;
	u64 since;
	u64 until;
};

/**
 * struct vigil_look - passes over the threads of a process
 *
 * A process of more than VIGIL_LOOK_THREADS threads is looked at in several
 * runs, and only a whole pass says anything about it: the larger it is, the
 * later its hang is noticed. It is never taken to hang for its size.
 *
 * @next: thread to go on with; 0: a pass begins
 * @began: CLOCK_MONOTONIC, ns, when this pass did
 * @work: context switches and processor time in this pass, added up: only fit to
 *	be compared
 * @before: @work of the pass before
 * @running: a thread was on a processor
 * @able: a thread could have run: was not stopped or frozen
 * @blocked: threads in uninterruptible sleep; if they are more, some wait for a place
 */
struct vigil_look {
	pid_t next;
	u64 began;
	u64 work;
	u64 before;
	bool running;
	bool able;
	struct vigil_blocked blocked[VIGIL_LOOK_BLOCKED];
};

/* What a run has shown. */
enum vigil_sight {
	VIGIL_SIGHT_NONE,	/* the pass is not over */
	VIGIL_SIGHT_PROGRESS,	/* a thread came on since it was last looked at */
	VIGIL_SIGHT_QUIET,	/* none did between the last pass and the beginning of this */
	VIGIL_SIGHT_STOPPED,	/* none could, all being stopped or frozen */
};

/* One run; @now: CLOCK_MONOTONIC, ns. Softirq, under RCU. */
enum vigil_sight vigil_process_look(struct pid *pid, struct vigil_look *look, u64 now);

/* A thread that was seen to be blocked for at least so many ns, or NULL. */
const struct vigil_blocked *vigil_process_blocked(const struct vigil_look *look, u64 ns);

/* Nothing is held against the process for a time in which nobody looked. */
void vigil_process_forgive(struct vigil_look *look, u64 ns);

#endif
