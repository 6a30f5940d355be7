// SPDX-License-Identifier: GPL-2.0
/* Deadlines of watches. See watch_deadline.h. */
#include "watch_deadline.h"

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/hrtimer.h"
#include "trace.h"
#include "watch_process.h"

#define LOOKS	8	/* within a deadline: it is found to be passed that much late at most */

/**
 * struct vigil_deadline - what keeps the deadlines of a watch
 * @timer: soft hrtimer
 * @watch: it is a part of that
 * @period: between two looks, ns
 * @progress: deadline to come on, ns; 0: none
 * @blocked: limit of uninterruptible sleep, ns; 0: none
 * @look: what was seen; only of the timer
 */
struct vigil_deadline {
	struct hrtimer timer;
	struct vigil_watch *watch;
	u64 period;
	u64 progress;
	u64 blocked;
	struct vigil_look look;
};

/* Did a deadline of ours make it hung? */
static bool is_ours(const struct vigil_watch_report *facts)
{
	return facts->state == VIGIL_WATCH_STATE_HUNG &&
	       (facts->cause == VIGIL_WATCH_CAUSE_NO_PROGRESS ||
		facts->cause == VIGIL_WATCH_CAUSE_BLOCKED);
}

/* Under the lock. Return: since when it has not come on if that is too long, else 0. */
static u64 quiet_since(const struct vigil_deadline *d, enum vigil_sight sight)
{
	const struct vigil_watch *w = d->watch;

	if (!d->progress || sight != VIGIL_SIGHT_QUIET ||
	    d->look.began < w->progressed + d->progress)
		return 0;
	return w->progressed;
}

/*
 * Under the lock. What the deadlines say about a watch that is alive, or hung
 * by their own word. @since: for how long it has been so. Return: is it anything?
 */
static bool verdict(const struct vigil_deadline *d, enum vigil_sight sight,
		    struct vigil_watch_report *r, u64 *since)
{
	const struct vigil_watch_report *facts = &d->watch->facts;
	const struct vigil_blocked *stuck = NULL;

	if (facts->state != VIGIL_WATCH_STATE_ALIVE && !is_ours(facts))
		return false;
	if (d->blocked)
		stuck = vigil_process_blocked(&d->look, d->blocked);
	r->state = VIGIL_WATCH_STATE_HUNG;
	if (stuck) {
		r->cause = VIGIL_WATCH_CAUSE_BLOCKED;
		r->tid = stuck->tid;
		*since = stuck->since;
		return true;
	}
	*since = quiet_since(d, sight);
	if (*since) {
		r->cause = VIGIL_WATCH_CAUSE_NO_PROGRESS;
		return true;
	}
	r->state = VIGIL_WATCH_STATE_ALIVE;
	r->cause = VIGIL_WATCH_CAUSE_PROGRESS;
	return facts->state == VIGIL_WATCH_STATE_HUNG &&
	       (facts->cause == VIGIL_WATCH_CAUSE_BLOCKED || sight == VIGIL_SIGHT_PROGRESS);
}

/* Return: false: it is dead, whoever said so. */
static bool judge(struct vigil_deadline *d, enum vigil_sight sight, u64 now, u64 late)
{
	struct vigil_watch_report r = { .time = ktime_get_boottime_ns() };
	struct vigil_watch *w = d->watch;
	struct vigil_watches *ws = &w->c->watches;
	bool told = false, kick = false;
	u64 since = 0;
	bool dead;

	raw_spin_lock_irq(&ws->lock);
	w->progressed = min(w->progressed + late, now);
	if (sight == VIGIL_SIGHT_PROGRESS || sight == VIGIL_SIGHT_STOPPED)
		w->progressed = now;
	if (verdict(d, sight, &r, &since)) {
		r.watch = w->id;
		told = vigil_watch_record(w, &r, &kick);
	}
	dead = w->facts.state == VIGIL_WATCH_STATE_DEAD;
	raw_spin_unlock_irq(&ws->lock);
	if (kick)
		vigil_watch_kick(w);
	if (told && r.state == VIGIL_WATCH_STATE_HUNG)
		trace_vigil_watch_deadline(w->c->cfg.name, w->cfg.name, r.cause, r.tid,
					   now - since);
	return !dead;
}

/* Softirq. */
static enum hrtimer_restart look(struct hrtimer *timer)
{
	struct vigil_deadline *d = container_of(timer, struct vigil_deadline, timer);
	u64 now = ktime_get_ns();
	u64 due = ktime_to_ns(hrtimer_get_expires(timer));
	u64 late = now > due ? now - due : 0;
	enum vigil_sight sight;
	bool lives;

	rcu_read_lock();
	lives = !vigil_watch_look(d->watch);
	if (lives) {
		vigil_process_forgive(&d->look, late);
		sight = vigil_process_look(d->watch->pid, &d->look, now);
		lives = judge(d, sight, now, late);
	}
	rcu_read_unlock();
	if (!lives)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(d->period));
	return HRTIMER_RESTART;
}

int vigil_deadline_make(struct vigil_watch *w)
{
	struct vigil_deadline *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (!d)
		return -ENOMEM;
	d->watch = w;
	d->progress = (u64)w->cfg.progress * NSEC_PER_MSEC;
	d->blocked = (u64)w->cfg.blocked * NSEC_PER_MSEC;
	d->period = min(d->progress ?: d->blocked, d->blocked ?: d->progress) / LOOKS;
	hrtimer_setup(&d->timer, look, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	w->deadline = d;
	return 0;
}

/* The first look is only there to be compared to. */
void vigil_deadline_start(struct vigil_deadline *d)
{
	if (!d)
		return;
	rcu_read_lock();
	vigil_process_look(d->watch->pid, &d->look, ktime_get_ns());
	rcu_read_unlock();
	hrtimer_start(&d->timer, ns_to_ktime(d->period), HRTIMER_MODE_REL_SOFT);
}

void vigil_deadline_stop(struct vigil_deadline *d)
{
	if (d)
		hrtimer_cancel(&d->timer);
}
