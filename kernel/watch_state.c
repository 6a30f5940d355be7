// SPDX-License-Identifier: GPL-2.0
/* The states of a watch. See watch_state.h. */
#include "watch_state.h"

#include <linux/vigil.h>

#define KILL	9	/* the signal of the out-of-memory killer, everywhere */

/* The guest died; its monitor may start it anew. */
static bool is_death_of_guest(u32 cause)
{
	return cause == VIGIL_WATCH_CAUSE_TRIPLE_FAULT || cause == VIGIL_WATCH_CAUSE_GUEST_CRASH ||
	       cause == VIGIL_WATCH_CAUSE_PVPANIC;
}

static bool says_nothing(u32 cause)
{
	return cause == VIGIL_WATCH_CAUSE_NONE || cause == VIGIL_WATCH_CAUSE_GONE;
}

/* Does @r know more about the same death? */
static bool knows_better(const struct vigil_watch_report *facts,
			 const struct vigil_watch_report *r)
{
	if (says_nothing(facts->cause))
		return !says_nothing(r->cause);
	if (facts->cause != VIGIL_WATCH_CAUSE_SIGNAL)
		return false;
	if (r->cause == VIGIL_WATCH_CAUSE_OOM)
		return facts->code == KILL;
	return r->cause == VIGIL_WATCH_CAUSE_SIGNAL && r->code == facts->code &&
	       !facts->by_pid && r->by_pid;
}

/* Everything of @r but the time and the state is what is known now. */
static void take_cause(struct vigil_watch_report *facts, const struct vigil_watch_report *r)
{
	facts->cause = r->cause;
	facts->code = r->code;
	facts->by_pid = r->by_pid;
	facts->tid = r->tid;
	memcpy(facts->by_comm, r->by_comm, sizeof(facts->by_comm));
}

/* To be told as it was reported, without being remembered. */
static bool news(const struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		 struct vigil_watch_change *out)
{
	out->now = *r;
	out->now.state = facts->state;
	return true;
}

/* To be told as it is known now. */
static bool known(const struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		  struct vigil_watch_change *out)
{
	out->now = *facts;
	out->now.time = r->time;
	return true;
}

static bool enter(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		  struct vigil_watch_change *out)
{
	facts->state = r->state;
	facts->time = r->time;
	take_cause(facts, r);
	return known(facts, r, out);
}

static bool learn(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		  struct vigil_watch_change *out)
{
	take_cause(facts, r);
	return known(facts, r, out);
}

static bool judge_dead(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		       struct vigil_watch_change *out)
{
	if (r->state != VIGIL_WATCH_STATE_DYING && r->state != VIGIL_WATCH_STATE_DEAD)
		return false;
	return knows_better(facts, r) && learn(facts, r, out);
}

static bool judge_dying(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
			struct vigil_watch_change *out)
{
	switch (r->state) {
	case VIGIL_WATCH_STATE_DEAD:
		if (knows_better(facts, r))
			take_cause(facts, r);
		facts->state = r->state;
		facts->time = r->time;
		return known(facts, r, out);
	case VIGIL_WATCH_STATE_DYING:
		if (knows_better(facts, r))
			return learn(facts, r, out);
		return !says_nothing(r->cause) && r->cause != facts->cause && news(facts, r, out);
	case VIGIL_WATCH_STATE_ALIVE:
		return r->cause == VIGIL_WATCH_CAUSE_GUEST_RESET &&
		       is_death_of_guest(facts->cause) && enter(facts, r, out);
	default:
		return false;
	}
}

/* Alive, stopped or hung, and said to be alive. */
static bool judge_alive(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
			struct vigil_watch_change *out)
{
	/* A guest that is stopped by its monitor can be reset, and is stopped still. */
	if (r->cause == VIGIL_WATCH_CAUSE_GUEST_RESET && facts->state != VIGIL_WATCH_STATE_HUNG)
		return news(facts, r, out);
	if (facts->state == VIGIL_WATCH_STATE_ALIVE)
		return false;
	/* What came on just before it was stopped may be reported later. */
	if (r->cause == VIGIL_WATCH_CAUSE_PROGRESS && facts->state == VIGIL_WATCH_STATE_STOPPED)
		return false;
	return enter(facts, r, out);
}

bool vigil_watch_judge(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		       struct vigil_watch_change *out)
{
	out->from = facts->state;
	if (r->cause == VIGIL_WATCH_CAUSE_THREAD)
		return facts->state != VIGIL_WATCH_STATE_DYING &&
		       facts->state != VIGIL_WATCH_STATE_DEAD && news(facts, r, out);
	if (facts->state == VIGIL_WATCH_STATE_DEAD)
		return judge_dead(facts, r, out);
	if (facts->state == VIGIL_WATCH_STATE_DYING)
		return judge_dying(facts, r, out);
	if (r->state == VIGIL_WATCH_STATE_ALIVE)
		return judge_alive(facts, r, out);
	if (r->state != facts->state)
		return enter(facts, r, out);
	return r->cause != facts->cause && learn(facts, r, out);
}
