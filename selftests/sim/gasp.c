// SPDX-License-Identifier: GPL-2.0
/*
 * Last words. A machine that panics says so in all its sessions and does nothing
 * more; its devices may write for as long as the grace time, so until then it
 * counts as running. A machine that is poisoned answers, and dies by its fence.
 */
#include "sim.h"

static void say(struct sim *s, struct machine *m, u16 index, bool as_voter)
{
	struct vigil_gasp gasp;
	u8 words[VIGIL_GASP_LEN] = {};
	struct vigil_effect e = { .type = VIGIL_EFF_SEND, .wire = VIGIL_WIRE_DATA };

	put_unaligned_be64(m->incarnation, words);
	if (!vigil_core_gasp(m->core, index, as_voter, VIGIL_GASP_PANIC, words,
			     (u16)rng_between(&s->rng, 8, VIGIL_GASP_LEN + 9), &gasp))
		return;
	e.node = gasp.node;
	e.from_voter = gasp.from_voter;
	e.sid = gasp.sid;
	e.counter = VIGIL_GASP_COUNTER;
	/* Only read from here on, as sealing does. */
	e.keys = (struct vigil_keys *)gasp.keys;
	e.data = gasp.body;
	e.len = gasp.len;
	net_send(s, m, &e);
}

void gasp_panic(struct sim *s, struct machine *m)
{
	u64 end = s->now + rng_below(&s->rng, s->gasp_grace * 98 / 100);
	u16 i;

	if (!m->up || m->frozen || m->dying || m->left || m->poisoned)
		return;
	/* A fence that has begun is over in time, panic or not. */
	if (m->fence_due != VIGIL_NEVER)
		end = vigil_min(end, clock_true(&m->clock, m->fence_due - 1));
	TRACE(s, m, "panics");
	s->count.panics++;
	for (i = 1; i < vigil_core_nodes(m->core); i++) {
		say(s, m, i, false);
		say(s, m, i, true);
	}
	m->dying = true;
	machine_schedule(s, m, end, H_FENCED, 0, 0, 0);
}

void gasp_poison(struct sim *s, struct machine *by, const struct machine *victim)
{
	struct vigil_event ev = { .type = VIGIL_EV_POISON, .node = victim->id };
	int err;

	if (by == victim || !by->up || by->frozen || by->dying || by->left || by->poisoned)
		return;
	TRACE(s, by, "poisons n%u", victim->id);
	err = machine_step(s, by, &ev);
	if (err && err != -ENOTCONN)
		violation(s, "n%u cannot poison: %s", by->id, strerror(-err));
	s->count.poisons += !err;
}

static struct machine *sender(struct sim *s, u16 id)
{
	int i;

	for (i = 0; s->machines[i].id != id; i++)
		;
	return &s->machines[i];
}

/* The sender's incarnation is that of its session, so what is remembered is enough. */
void gasp_heard(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	const struct machine *from = sender(s, e->node);
	u64 incarnation = m->hearing;
	u64 wait;

	s->count.gasps_heard++;
	TRACE(s, m, "hears that n%u gasps: %u", from->id, e->to);
	if (e->to == VIGIL_GASP_PANIC &&
	    (s->gasp == VIGIL_GASP_OFF || e->len < 8 || e->len > VIGIL_GASP_LEN ||
	     get_unaligned_be64(e->data) != incarnation))
		violation(s, "n%u: last words of n%u that it did not say", m->id, from->id);
	if (s->proved[m->index][from->index] == incarnation)
		violation(s, "n%u: n%u gasps twice", m->id, from->id);
	s->proved[m->index][from->index] = incarnation;
	s->freed[m->index][from->index] = VIGIL_NEVER;
	if (e->to == VIGIL_GASP_PANIC && s->gasp != VIGIL_GASP_RELEASE)
		return;
	wait = e->to == VIGIL_GASP_PANIC ? s->gasp_grace : s->timing.fence + 2 * VIGIL_TICK_NS;
	wait = wait * 102 / 100 + s->timer_jitter + US;
	s->freed[m->index][from->index] = s->now + wait;
	machine_schedule(s, m, s->now + wait, H_FREED, 0, from->index, 0);
}

/* By now the grace time is over. */
void gasp_freed(struct sim *s, struct machine *m, u32 index)
{
	const struct accepted *a = &s->accepted[index][m->index];
	struct vigil_event ev = { .type = VIGIL_EV_TICK };

	/* Another incarnation of it may have gasped since. */
	if (m->poisoned || s->now < s->freed[m->index][index])
		return;
	machine_step(s, m, &ev);
	check_sessions(s, m);
	if (a->open && a->voter_life == m->life && a->incarnation == s->proved[m->index][index])
		violation(s, "n%u keeps the session of n%u, which gasped", m->id,
			  s->machines[index].id);
}

/* @poison: the packet that it has just taken told it to die. */
void gasp_check(struct sim *s, const struct machine *m, bool poison)
{
	if (poison && m->up && !m->poisoned)
		violation(s, "n%u is poisoned and goes on", m->id);
}
