// SPDX-License-Identifier: GPL-2.0
/*
 * Fencing devices: power a machine off when another asks for it, and say so some
 * time later, or not at all. What they say is true. It is about the incarnation
 * that was known to who asked; by then a newer one may run.
 */
#include "sim.h"

static u64 any_delay(struct sim *s)
{
	switch (rng_below(&s->rng, 3)) {
	case 0:
		return rng_below(&s->rng, MS);
	case 1:
		return rng_below(&s->rng, s->timing.detect);
	default:
		return sim_before_calm(s, rng_below(&s->rng, 3 * SEC));
	}
}

static u64 known(const struct machine *m, const struct machine *other)
{
	struct vigil_node_info info;

	vigil_core_node_info(m->core, m->peer[other->index], &info);
	return info.incarnation;
}

void device_ask(struct sim *s, struct machine *by, const struct machine *victim)
{
	u8 i = s->next_shot++ % SIM_SHOTS;

	if (by == victim || !by->up || by->frozen || by->dying || !known(by, victim))
		return;
	s->shots[i] = (struct shot) {
		.by = by->index, .victim = victim->index, .by_life = by->life,
		.incarnation = known(by, victim),
	};
	TRACE(s, by, "has n%u powered off", victim->id);
	sim_schedule(s, s->now + any_delay(s), H_SHOT, i);
}

void device_shoots(struct sim *s, u32 number)
{
	const struct shot *shot = &s->shots[number];
	struct machine *victim = &s->machines[shot->victim];
	struct machine *by = &s->machines[shot->by];

	if (rng_permille(&s->rng, 200))
		return;
	s->count.shots++;
	if (victim->up)
		machine_crash(s, victim, sim_before_calm(s, rng_between(&s->rng, MS / 10,
									4 * s->timing.detect)));
	/* Nobody is left to be told. */
	if (by->up && by->life == shot->by_life)
		machine_schedule(s, by, s->now + any_delay(s), H_CONFIRMED, 0, number, 0);
}

/* What is known to be dead for sure: no newer incarnation has been seen by anybody. */
static bool is_last(const struct machine *m, const struct machine *dead, u64 incarnation)
{
	return dead->incarnation == incarnation && known(m, dead) == incarnation;
}

static void check_dead(struct sim *s, const struct machine *m, const struct machine *dead,
		       u64 incarnation)
{
	const struct accepted *a = &s->accepted[dead->index][m->index];
	struct vigil_node_info info;

	check_sessions(s, m);
	vigil_core_node_info(m->core, m->peer[dead->index], &info);
	s->proved[m->index][dead->index] = incarnation;
	/* With a still earlier one, which has not expired yet. */
	if (a->open && a->voter_life == m->life && a->incarnation != incarnation)
		return;
	if (a->open && a->voter_life == m->life)
		violation(s, "n%u keeps the session of n%u, which is proved dead", m->id, dead->id);
	if (info.state == VIGIL_NODE_UP || info.state == VIGIL_NODE_DOWN)
		violation(s, "n%u: n%u is proved dead and has state %u", m->id, dead->id,
			  info.state);
}

void device_confirms(struct sim *s, struct machine *by, u32 number)
{
	const struct shot *shot = &s->shots[number];
	const struct machine *victim = &s->machines[shot->victim];
	struct vigil_event ev = {
		.type = VIGIL_EV_CONFIRM, .node = victim->id, .incarnation = shot->incarnation,
	};
	bool last = is_last(by, victim, shot->incarnation);
	int err = machine_step(s, by, &ev);

	TRACE(s, by, "learns that n%u was powered off: %s", victim->id, strerror(-err));
	if (err && (err != -ESTALE || last) && err != -ESHUTDOWN)
		violation(s, "n%u cannot take a confirmation: %s", by->id, strerror(-err));
	s->count.confirms += !err;
	s->count.stale_confirms += err == -ESTALE;
	if (last && !err)
		check_dead(s, by, victim, shot->incarnation);
}

void device_heard(struct sim *s, struct machine *m, const struct vigil_wire_confirm *w)
{
	u64 incarnation = get_unaligned_be64(&w->incarnation);
	int i;

	for (i = 0; i < s->n; i++) {
		const struct machine *dead = &s->machines[i];

		if (dead->id != get_unaligned_be16(&w->node) || dead == m)
			continue;
		if (dead->up && dead->incarnation == incarnation)
			violation(s, "n%u: n%u lives and is called dead", m->id, dead->id);
		s->count.confirms_heard++;
		if (!m->poisoned && is_last(m, dead, incarnation))
			check_dead(s, m, dead, incarnation);
	}
}

void device_forget(struct sim *s, const struct machine *m, const struct machine *other)
{
	s->proved[m->index][other->index] = 0;
}
