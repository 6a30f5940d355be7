/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The deadlines of a watch: a soft hrtimer that looks at the process eight times
 * within each. Watches without deadlines have none of this.
 *
 * The clock is CLOCK_MONOTONIC: while the machine sleeps nobody has to come on.
 * Neither is a process accused by a timer that came late itself: by as much the
 * deadline is put off.
 */
#ifndef _VIGIL_WATCH_DEADLINE_H
#define _VIGIL_WATCH_DEADLINE_H

struct vigil_watch;
struct vigil_deadline;

#define VIGIL_DEADLINE_MIN	10	/* ms; others are refused */
#define VIGIL_DEADLINE_MAX	3600000

/* For a watch in the making, process context. Return: 0 or -ENOMEM. */
int vigil_deadline_make(struct vigil_watch *w);

/* Process context; NULL: none. After stopping the timer does not run any more. */
void vigil_deadline_start(struct vigil_deadline *d);
void vigil_deadline_stop(struct vigil_deadline *d);

#endif
