// SPDX-License-Identifier: GPL-2.0
/* Faults of machines, clocks and networks, and users who change their minds. */
#include "sim.h"

/* Times at which something is about to happen are more telling than others. */
u64 chaos_duration(struct sim *s)
{
	const struct vigil_timing *t = &s->timing;
	u64 dice = rng_below(&s->rng, 100);
	u64 d;

	if (dice < 25)
		d = rng_between(&s->rng, MS, t->lease);
	else if (dice < 55)
		d = rng_between(&s->rng, t->expiry - t->fence, t->expiry + t->detect);
	else if (dice < 90)
		d = rng_between(&s->rng, t->interval, 10 * t->detect);
	else
		d = rng_between(&s->rng, t->detect, 5 * SEC);
	return sim_before_calm(s, d);
}

/* Whoever holds something is the best victim. */
static struct machine *pick_victim(struct sim *s)
{
	int holder = s->last_holder[rng_below(&s->rng, s->n_services)];

	if (holder >= 0 && rng_permille(&s->rng, 500))
		return &s->machines[holder];
	return &s->machines[rng_below(&s->rng, s->n)];
}

static u32 everybody(const struct sim *s)
{
	return (1u << s->n) - 1;
}

static bool can_act(const struct machine *m)
{
	return m->up && !m->frozen && !m->dying && !m->left && !m->poisoned;
}

static void crash(struct sim *s, struct machine *m)
{
	u64 away;

	if (!m->up)
		return;
	away = s->profile->quick_boot && !rng_permille(&s->rng, 200) ?
		rng_between(&s->rng, MS / 10, s->timing.detect) : chaos_duration(s);
	s->count.crashes++;
	machine_crash(s, m, sim_before_calm(s, away));
}

static void pause_machine(struct sim *s, struct machine *m)
{
	if (can_act(m))
		machine_freeze(s, m, chaos_duration(s), rng_permille(&s->rng, 300));
}

static void cut_one(struct sim *s, struct machine *m)
{
	u32 one = 1u << m->index;
	u64 d = chaos_duration(s);

	s->count.partitions++;
	net_cut(s, one, everybody(s), d);
	net_cut(s, everybody(s), one, d);
}

static void split(struct sim *s)
{
	u32 some = (u32)rng_below(&s->rng, everybody(s)) + 1;
	u64 d = chaos_duration(s);

	s->count.partitions++;
	net_cut(s, some, everybody(s) & ~some, d);
	net_cut(s, everybody(s) & ~some, some, d);
}

static void cut_one_way(struct sim *s, struct machine *m)
{
	u32 one = 1u << m->index;
	u32 others = rng_permille(&s->rng, 500) ? everybody(s) :
		(u32)rng_below(&s->rng, everybody(s)) + 1;

	s->count.oneway++;
	if (rng_permille(&s->rng, 500))
		net_cut(s, one, others, chaos_duration(s));
	else
		net_cut(s, others, one, chaos_duration(s));
}

static void cut_pair(struct sim *s, struct machine *m)
{
	u32 one = 1u << m->index;
	u32 other = 1u << rng_below(&s->rng, s->n);
	u64 d = chaos_duration(s);

	net_cut(s, one, other, d);
	if (rng_permille(&s->rng, 700))
		net_cut(s, other, one, d);
}

static void set_link(struct sim *s, struct link *l, bool quiet)
{
	u64 slowest = s->profile->extreme ? 200 * US : s->timing.detect / 20;

	l->delay = (u32)rng_between(&s->rng, 20 * US, rng_permille(&s->rng, 500) ? 300 * US :
				    vigil_max(slowest, 300 * US));
	l->jitter = (u32)rng_below(&s->rng, l->delay * 2);
	l->loss = quiet || rng_permille(&s->rng, 300) ? 0 :
		(u16)rng_below(&s->rng, s->profile->loss + 1);
}

static void set_links(struct sim *s, bool quiet)
{
	int a, b;

	for (a = 0; a < s->n; a++)
		for (b = 0; b < s->n; b++)
			set_link(s, &s->links[a][b], quiet);
}

static void noise(struct sim *s)
{
	if (rng_permille(&s->rng, 300)) {
		set_links(s, rng_permille(&s->rng, 300));
		return;
	}
	set_link(s, &s->links[rng_below(&s->rng, s->n)][rng_below(&s->rng, s->n)], false);
}

static s64 any_drift(struct sim *s)
{
	if (rng_permille(&s->rng, s->profile->extreme ? 900 : 300))
		return rng_permille(&s->rng, 500) ? CLOCK_PPM_MAX : -CLOCK_PPM_MAX;
	return (s64)rng_below(&s->rng, 2 * CLOCK_PPM_MAX + 1) - CLOCK_PPM_MAX;
}

static void drift(struct sim *s, struct machine *m)
{
	if (!can_act(m))
		return;
	s->count.drifts++;
	/* Pending timers are re-armed by the step that a changed clock causes. */
	machine_schedule(s, m, s->now, H_DRIFT, 0, (u32)(any_drift(s) + CLOCK_PPM_MAX), 0);
}

/* The holder is cut off; voters that have granted to it forget that they did. */
static void relapse(struct sim *s, struct machine *holder)
{
	bool all = rng_permille(&s->rng, 400);
	bool cut = rng_permille(&s->rng, 700);
	int i;

	if (cut)
		cut_one(s, holder);
	for (i = 0; i < s->n; i++)
		if (i != holder->index && (all || rng_permille(&s->rng, 400)))
			crash(s, &s->machines[i]);
}

/* Often who is shot is out of touch, and often more than one has it shot. */
static void shoot(struct sim *s, struct machine *victim)
{
	u64 n = rng_between(&s->rng, 1, 2);

	if (rng_permille(&s->rng, 500))
		cut_one(s, victim);
	while (n--)
		device_ask(s, &s->machines[rng_below(&s->rng, s->n)], victim);
}

void chaos_fault(struct sim *s)
{
	const u8 *weights = s->profile->fault;
	u32 sum = 0, dice;
	int fault;

	for (fault = 0; fault < FAULTS; fault++)
		sum += weights[fault];
	dice = (u32)rng_below(&s->rng, sum);
	for (fault = 0; dice >= weights[fault]; fault++)
		dice -= weights[fault];
	switch (fault) {
	case FAULT_CRASH:
		crash(s, pick_victim(s));
		break;
	case FAULT_PAUSE:
		pause_machine(s, pick_victim(s));
		break;
	case FAULT_ISOLATE:
		cut_one(s, pick_victim(s));
		break;
	case FAULT_SPLIT:
		split(s);
		break;
	case FAULT_ONEWAY:
		cut_one_way(s, pick_victim(s));
		break;
	case FAULT_LINK:
		cut_pair(s, pick_victim(s));
		break;
	case FAULT_NOISE:
		noise(s);
		break;
	case FAULT_DRIFT:
		drift(s, pick_victim(s));
		break;
	case FAULT_RELAPSE:
		relapse(s, pick_victim(s));
		break;
	case FAULT_SHOOT:
		shoot(s, pick_victim(s));
		break;
	case FAULT_PANIC:
		gasp_panic(s, pick_victim(s));
		break;
	case FAULT_POISON:
		gasp_poison(s, &s->machines[rng_below(&s->rng, s->n)], pick_victim(s));
		break;
	case FAULT_DAEMON:
		daemon_dies(s, pick_victim(s));
		break;
	}
	sim_schedule(s, s->now + rng_below(&s->rng, 2 * s->gap), H_CHAOS, 0);
}

static u16 any_rank(struct sim *s)
{
	return (u16)rng_below(&s->rng, 6);
}

static void whim(struct sim *s, struct machine *m)
{
	int service = (int)rng_below(&s->rng, s->n_services);
	u64 dice = rng_below(&s->rng, 100);

	if (!can_act(m) || m->orphaned)
		return;
	if (dice < 40) {
		if (m->services[service].wanted)
			runner_unwant(s, m, service, 0, true);
		else
			runner_want(s, m, service, any_rank(s));
	} else if (dice < 65) {
		runner_unwant(s, m, service, s->machines[rng_below(&s->rng, s->n)].id,
			      rng_permille(&s->rng, 500));
	} else if (dice < 75) {
		runner_unwant(s, m, service, 0, false);
	} else if (dice < 95) {
		runner_message(s, m);
	} else {
		runner_leave(s, m);
	}
}

/* A node that does not vote is taken out of a machine's list and put back. */
static void forget_and_add(struct sim *s, struct machine *m)
{
	const struct machine *other = &s->machines[rng_below(&s->rng, s->n)];
	int i, err;

	if (!can_act(m) || other == m || other->voter)
		return;
	err = vigil_core_del_node(m->core, other->id);
	if (err == -EBUSY)
		return;
	if (!err)
		err = vigil_core_add_node(m->core, other->id);
	if (err)
		violation(s, "n%u cannot forget and add n%u: %s", m->id, other->id, strerror(-err));
	for (i = 0; i < s->n; i++)
		m->peer[i] = (u16)vigil_core_node_index(m->core, s->machines[i].id);
	notes_forget(s, m, other);
	device_forget(s, m, other);
	s->count.forgotten++;
	TRACE(s, m, "forgets and adds n%u", other->id);
}

void chaos_user(struct sim *s)
{
	u64 dice = rng_below(&s->rng, 100);

	if (dice < 3)
		s->active_slot ^= 1;
	else if (dice < 10)
		forget_and_add(s, &s->machines[rng_below(&s->rng, s->n)]);
	else
		whim(s, pick_victim(s));
	sim_schedule(s, s->now + rng_below(&s->rng, 2 * s->user_gap), H_USER, 0);
}

static void wishes(struct sim *s)
{
	int i, j;

	for (j = 0; j < s->n_services; j++)
		for (i = 0; i < s->n; i++) {
			s->machines[i].services[j].wanted = !s->profile->idle &&
				rng_permille(&s->rng, 700);
			s->machines[i].services[j].rank = any_rank(s);
		}
}

void chaos_begin(struct sim *s)
{
	const struct profile *p = s->profile;
	int i;

	s->gap = p->gap * s->timing.detect / 10 * rng_between(&s->rng, 50, 200) / 100;
	s->user_gap = p->user_gap * s->timing.detect / 10;
	s->dup = (u16)rng_below(&s->rng, p->dup + 1);
	s->lateness = (u16)rng_below(&s->rng, p->late + 1);
	s->replay = (u16)rng_below(&s->rng, p->replay + 1);
	set_links(s, rng_permille(&s->rng, 300));
	for (i = 0; i < s->n; i++)
		s->machines[i].clock.ppm = any_drift(s);
	wishes(s);
}

u64 chaos_slowest_packet(const struct sim *s)
{
	u64 worst = 0;
	int a, b;

	for (a = 0; a < s->n; a++)
		for (b = 0; b < s->n; b++)
			worst = vigil_max(worst, (u64)s->links[a][b].delay + s->links[a][b].jitter);
	return worst;
}

/*
 * A break that is shorter than the lease by two intervals (a beat is sent up to
 * an interval before it begins, and up to an interval after it ends), by what
 * timers and packets may be late, and by the drift.
 */
void chaos_blip(struct sim *s)
{
	const struct vigil_timing *t = &s->timing;
	u64 longest = t->lease - 2 * t->interval - 2 * s->timer_jitter - t->lease / 50 -
		      3 * chaos_slowest_packet(s);
	u64 d = rng_permille(&s->rng, 500) ? longest : rng_between(&s->rng, MS, longest);
	u32 from = (u32)rng_below(&s->rng, everybody(s)) + 1;
	u32 to = rng_permille(&s->rng, 500) ? everybody(s) :
		(u32)rng_below(&s->rng, everybody(s)) + 1;

	s->count.blips++;
	net_cut(s, from, to, d);
	if (rng_permille(&s->rng, 700))
		net_cut(s, to, from, d);
	sim_schedule(s, s->now + d + t->lease + rng_below(&s->rng, t->lease), H_CHAOS, 0);
}

/*
 * Some may stay away for good, if a majority of voters is left: dead, cut off
 * in one direction or both, or in touch with some of the others only.
 */
enum absence { ABSENT_DEAD, ABSENT_CUT, ABSENT_HALF, ABSENCES };

static void cut_some_pairs(struct sim *s, u32 out)
{
	int a, b;

	for (a = 0; a < s->n; a++)
		for (b = 0; b < s->n; b++)
			if (a != b && (out & 1u << a) && rng_permille(&s->rng, 500)) {
				s->links[a][b].loss = 1000;
				if (rng_permille(&s->rng, 700))
					s->links[b][a].loss = 1000;
			}
}

static void keep_out(struct sim *s, u32 out, enum absence how)
{
	u32 others = everybody(s) & ~out;

	if (how == ABSENT_HALF) {
		cut_some_pairs(s, out);
		return;
	}
	if (rng_permille(&s->rng, 700))
		net_cut(s, out, others, 0);
	if (!s->cuts[0].used || rng_permille(&s->rng, 700))
		net_cut(s, others, out, 0);
}

static void leave_some_out(struct sim *s)
{
	int spare = s->n_voters - s->majority;
	enum absence how = (enum absence)rng_below(&s->rng, ABSENCES);
	u32 out = 0;
	int i;

	if (rng_permille(&s->rng, 400))
		return;
	for (i = 0; i < s->n; i++) {
		struct machine *m = &s->machines[i];

		if (rng_permille(&s->rng, 600) || (m->voter && !spare))
			continue;
		spare -= m->voter;
		m->out = true;
		m->stays_down = how == ABSENT_DEAD;
		out |= 1u << i;
		if (m->stays_down && m->up)
			machine_crash(s, m, 0);
	}
	TRACE(s, NULL, "0x%x stay away: %d", out, how);
	if (out && how != ABSENT_DEAD)
		keep_out(s, out, how);
}

/* What there is no room for is given up. Who was busy or frozen does it then. */
static void make_room(struct sim *s)
{
	int i, j;

	for (i = 0; i < s->n; i++)
		for (j = s->room; j < s->n_services; j++) {
			struct machine *m = &s->machines[i];

			m->services[j].wanted = false;
			if (m->up)
				machine_schedule(s, m, s->now, H_STOP, (u8)j, 0, 1);
		}
}

static void correct_the_odd(struct sim *s)
{
	struct machine *m = &s->machines[s->odd_machine];

	if (m->up && m->odd)
		machine_crash(s, m, s->timing.interval);
}

void chaos_end(struct sim *s)
{
	s->dup = 0;
	s->lateness = 0;
	s->replay = 0;
	net_heal(s, 0);
	set_links(s, true);
	make_room(s);
	correct_the_odd(s);
	leave_some_out(s);
}
