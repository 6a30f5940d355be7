// SPDX-License-Identifier: GPL-2.0
/*
 * A machine: a core with its clock, timers, fence, and the ways to break.
 *
 * The fence is what the module's hard-irq timer does. It fires at
 * vigil_fence_deadline(), at most a tick late, and from then on
 *
 *   FENCE_RESET: the machine neither sends nor receives, and is dead within
 *                half the fence time; it comes back later, knowing nothing;
 *   FENCE_STOP:  all lost services are stopped within half the fence time and
 *                released; a claim regained before that goes on.
 *
 * A frozen machine (starved by its host, stuck in firmware) does nothing while
 * its clock goes on. When it wakes, the fence comes before anything else: past
 * the end of the fence time it is dead at once; past the deadline it has what
 * is left of that time; packets that waited for it come after that.
 */
#include "sim.h"

#include <stdlib.h>

#define STORM_MAX	100	/* ticks at one time */

void machine_schedule(struct sim *s, struct machine *m, u64 at, u8 type, u8 service, u32 arg,
		      u8 flag)
{
	queue_push(&s->queue, (struct happening) {
		.at = at, .type = type, .node = m->index, .service = service,
		.arg = arg, .life = m->life, .flag = flag,
	});
}

static u64 jitter(struct sim *s)
{
	return rng_below(&s->rng, s->timer_jitter);
}

static void set_tick(struct sim *s, struct machine *m)
{
	u64 deadline = vigil_next_deadline(m->core);
	u64 at;

	if (deadline == VIGIL_NEVER)
		return;
	at = clock_true(&m->clock, deadline);
	if (at <= s->now)
		at = s->now;
	else
		at += jitter(s);
	if (m->tick_at <= at && m->tick_at >= s->now)
		return;
	m->tick_at = at;
	machine_schedule(s, m, at, H_TICK, 0, ++m->tick_setting, 0);
}

static void set_fence(struct sim *s, struct machine *m)
{
	u64 at;

	m->fence_at = vigil_fence_deadline(m->core);
	if (m->fence_at == VIGIL_NEVER || m->fence_due != VIGIL_NEVER)
		return;
	at = vigil_max(s->now, clock_true(&m->clock, m->fence_at) + jitter(s));
	if (m->fence_timer <= at && m->fence_timer >= s->now)
		return;
	m->fence_timer = at;
	machine_schedule(s, m, at, H_FENCE, 0, ++m->fence_setting, 0);
}

static void carry_out(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	switch (e->type) {
	case VIGIL_EFF_DERIVE:
		net_derive(s, m, e);
		break;
	case VIGIL_EFF_SEND:
		net_send(s, m, e);
		break;
	case VIGIL_EFF_NODE:
		TRACE(s, m, "node %u: state %u -> %u", e->node, e->from, e->to);
		if (e->to == VIGIL_NODE_EXPIRED) {
			s->count.expired++;
			check_expired(s, m, e->node);
		}
		break;
	case VIGIL_EFF_CLAIM:
		runner_claim_changed(s, m, e);
		break;
	case VIGIL_EFF_VOTE:
		TRACE(s, m, "vote for %s: node %u, k %llu", e->name, e->node,
		      (unsigned long long)e->k);
		break;
	case VIGIL_EFF_MSG:
		runner_got_message(s, m, e);
		break;
	case VIGIL_EFF_NOTE:
		notes_heard(s, m, e);
		break;
	case VIGIL_EFF_LEARNED:
		s->count.learned++;
		TRACE(s, m, "has learned");
		break;
	case VIGIL_EFF_OVERSLEPT:
		s->count.overslept++;
		TRACE(s, m, "overslept by %llu us", (unsigned long long)(e->amount / US));
		break;
	case VIGIL_EFF_REFUSED:
		TRACE(s, m, "refuses n%u: %u", e->node, e->to);
		s->count.refused++;
		check_refused(s, m, e);
		break;
	case VIGIL_EFF_GASP:
		gasp_heard(s, m, e);
		break;
	case VIGIL_EFF_POISONED:
		TRACE(s, m, "is poisoned by n%u", e->node);
		m->poisoned = true;
		s->count.poisoned++;
		break;
	case VIGIL_EFF_DAEMON:
		break;
	}
}

/* Services whose claims or votes have changed in a step. */
struct touched {
	u16 n;
	bool all;	/* too many to list */
	bool claims;
	u8 list[16];
};

static void touch(struct touched *t, const struct vigil_effect *e)
{
	int service = runner_service_by_name(e->name, strlen(e->name));

	if (service < 0)
		return;
	if (t->n < ARRAY_SIZE(t->list))
		t->list[t->n++] = (u8)service;
	else
		t->all = true;
}

static void carry_out_all(struct sim *s, struct machine *m, struct touched *t)
{
	u16 i;

	for (i = 0; i < s->effects.n; i++) {
		const struct vigil_effect *e = &s->effects.list[i];

		t->claims |= e->type == VIGIL_EFF_CLAIM;
		if (e->type == VIGIL_EFF_CLAIM || e->type == VIGIL_EFF_VOTE)
			touch(t, e);
		carry_out(s, m, e);
	}
}

static void check_touched(struct sim *s, const struct machine *m, const struct touched *t)
{
	int i, n = t->all ? s->n_services : t->n;

	for (i = 0; i < n; i++) {
		int service = t->all ? i : t->list[i];

		if (t->claims) {
			check_owner(s, service);
			check_hold(s, m, service);
		}
		check_votes(s, service);
	}
}

int machine_step(struct sim *s, struct machine *m, struct vigil_event *ev)
{
	struct vigil_event tick = { .type = VIGIL_EV_TICK };
	struct touched touched = {};
	int rounds = 0;
	int err;

	ev->now = machine_clock(s, m);
	err = vigil_step(m->core, ev, &s->effects);
	s->count.steps++;
	carry_out_all(s, m, &touched);
	while (s->effects.more) {
		tick.now = ev->now;
		vigil_step(m->core, &tick, &s->effects);
		s->count.steps++;
		s->count.overflows++;
		carry_out_all(s, m, &touched);
		if (++rounds > STORM_MAX) {
			violation(s, "n%u: always more effects", m->id);
			break;
		}
	}
	set_tick(s, m);
	set_fence(s, m);
	check_touched(s, m, &touched);
	return err;
}

static void configure(struct sim *s, struct machine *m, struct vigil_core_config *cfg)
{
	int i;

	memset(cfg, 0, sizeof(*cfg));
	cfg->self = m->id;
	cfg->generation = s->generation + (m->odd == VIGIL_REFUSE_GENERATION);
	cfg->timing = s->timing;
	if (m->odd == VIGIL_REFUSE_TIMING)
		vigil_timing_derive(&cfg->timing, 2 * s->timing.detect);
	cfg->max_nodes = s->n;
	cfg->max_claims = s->room;
	cfg->gasp = s->gasp;
	cfg->gasp_grace = s->gasp_grace;
	for (i = 0; i < s->n; i++)
		if (s->machines[i].voter)
			cfg->voters[cfg->n_voters++] = s->machines[i].id;
	do {
		cfg->incarnation = rng_next(&s->rng);
	} while (!cfg->incarnation);
}

/* A clock that counts from the start of the machine, or of an earlier start of the module. */
static void start_clock(struct sim *s, struct machine *m)
{
	if (m->life > 1 && rng_permille(&s->rng, 500))
		return;
	m->clock.true_base = s->now;
	m->clock.local_base = rng_between(&s->rng, SEC, rng_permille(&s->rng, 500) ? 30 * SEC :
					  1ULL << 50);
}

void machine_boot(struct sim *s, struct machine *m)
{
	struct vigil_core_config cfg;
	int i, err;

	m->life++;
	/* Only one at a time: two that differ alike would be a cluster of their own. */
	m->odd = s->chaos && m->index == s->odd_machine && rng_permille(&s->rng, 500) ? s->odd : 0;
	configure(s, m, &cfg);
	/* Of the exact size, so that a compiler's checks see steps beyond it. */
	free(m->core);
	m->core = calloc(1, vigil_core_size(&cfg));
	if (!m->core)
		abort();
	start_clock(s, m);
	err = vigil_core_init(m->core, &cfg, machine_clock(s, m));
	for (i = 0; i < s->n && !err; i++)
		if (i != m->index)
			err = vigil_core_add_node(m->core, s->machines[i].id);
	if (err) {
		violation(s, "n%u cannot be made: %s", m->id, strerror(-err));
		return;
	}
	for (i = 0; i < s->n; i++)
		m->peer[i] = (u16)vigil_core_node_index(m->core, s->machines[i].id);
	m->incarnation = cfg.incarnation;
	memset(s->proved[m->index], 0, sizeof(s->proved[m->index]));
	m->up = true;
	m->frozen = false;
	m->dying = false;
	m->left = false;
	m->poisoned = false;
	m->orphaned = false;
	m->leaving = false;
	m->n_backlog = 0;
	m->storm = 0;
	m->tick_at = VIGIL_NEVER;
	m->fence_at = VIGIL_NEVER;
	m->fence_timer = VIGIL_NEVER;
	m->fence_due = VIGIL_NEVER;
	s->count.restarts += m->life > 1;
	TRACE(s, m, "starts, incarnation %016llx", (unsigned long long)m->incarnation);
	set_tick(s, m);
	runner_booted(s, m);
}

void machine_crash(struct sim *s, struct machine *m, u64 away)
{
	int i;

	TRACE(s, m, "is down");
	m->up = false;
	m->frozen = false;
	m->dying = false;
	m->life++;
	while (m->n_backlog)
		net_put(s, m->backlog[--m->n_backlog]);
	for (i = 0; i < s->n_services; i++) {
		m->services[i].running = false;
		m->services[i].stopping = false;
		m->services[i].state = VIGIL_CLAIM_NONE;
	}
	machine_schedule(s, m, s->now + away, H_BOOT, 0, 0, 0);
}

void machine_freeze(struct sim *s, struct machine *m, u64 for_ns, bool lose_packets)
{
	TRACE(s, m, "freezes for %llu ms", (unsigned long long)(for_ns / MS));
	s->count.pauses++;
	m->frozen = true;
	m->wake_at = s->now + for_ns;
	m->backlog_lost = lose_packets;
	machine_schedule(s, m, m->wake_at, H_WAKE, 0, 0, 0);
}

static u64 time_away(struct sim *s)
{
	if (s->profile->quick_boot && !rng_permille(&s->rng, 200))
		return rng_between(&s->rng, MS, s->timing.detect);
	return rng_between(&s->rng, s->timing.interval, 20 * s->timing.detect);
}

static void reset_now(struct sim *s, struct machine *m)
{
	s->count.resets++;
	TRACE(s, m, "is reset by its fence");
	machine_crash(s, m, sim_before_calm(s, time_away(s)));
}

/* @m's clock shows at least its fence deadline. */
static void begin_fence(struct sim *s, struct machine *m)
{
	u64 now = machine_clock(s, m);
	u64 due = m->fence_at + s->timing.fence / 2 + VIGIL_TICK_NS;
	u64 left = due > now ? due - now : 0;
	u64 takes = rng_permille(&s->rng, 500) ? left : rng_below(&s->rng, left + 1);
	u64 done;

	if (!m->poisoned && (s->profile->idle || !vigil_core_held(m->core)))
		violation(s, "n%u fences itself with nothing held", m->id);
	s->count.fences++;
	if (s->steady)
		violation(s, "n%u fences itself although nothing happened", m->id);
	m->fence_due = due;
	/* Rounded down: never later than @due by the machine's own clock. */
	done = clock_true(&m->clock, now + takes);
	if (done > s->now && clock_local(&m->clock, done) > due)
		done--;
	if (m->fence_mode == FENCE_RESET || m->poisoned || !left) {
		TRACE(s, m, "fence: reset begins");
		m->dying = true;
		machine_schedule(s, m, done, H_FENCED, 0, 0, 0);
		return;
	}
	TRACE(s, m, "fence: stops what is lost");
	s->count.fence_stops++;
	machine_schedule(s, m, done, H_FENCE_STOP, 0, 0, 0);
}

static void fence_timer(struct sim *s, struct machine *m, u32 setting)
{
	if (setting != m->fence_setting || m->dying || m->fence_due != VIGIL_NEVER)
		return;
	m->fence_timer = VIGIL_NEVER;
	if (m->fence_at == VIGIL_NEVER)
		return;
	if (machine_clock(s, m) < m->fence_at)
		set_fence(s, m);
	else
		begin_fence(s, m);
}

static void fence_stopped(struct sim *s, struct machine *m)
{
	struct vigil_event ev = { .type = VIGIL_EV_TICK };

	machine_step(s, m, &ev);
	runner_stop_lost(s, m);
	m->fence_due = VIGIL_NEVER;
	set_fence(s, m);
}

static void tick(struct sim *s, struct machine *m, u32 setting)
{
	struct vigil_event ev = { .type = VIGIL_EV_TICK };
	u64 now = machine_clock(s, m);
	u64 deadline;

	if (setting != m->tick_setting)
		return;
	m->tick_at = VIGIL_NEVER;
	if (now < vigil_next_deadline(m->core)) {
		set_tick(s, m);
		return;
	}
	if (now / SEC != m->ticks_second) {
		m->ticks_second = now / SEC;
		m->ticks = 0;
	}
	/* Beats, hellos to every voter, and what has a deadline of its own. */
	if (++m->ticks > (4 + 2 * s->n_voters) * (SEC / s->timing.interval) + 200)
		violation(s, "n%u: %u ticks in a second", m->id, m->ticks);
	machine_step(s, m, &ev);
	if (!m->up)
		return;
	deadline = vigil_next_deadline(m->core);
	m->storm = deadline <= now ? m->storm + 1 : 0;
	if (m->storm > STORM_MAX)
		violation(s, "n%u: its deadline stays in the past", m->id);
	check_sessions(s, m);
	check_leases(s, m);
}

static void change_drift(struct sim *s, struct machine *m, s64 ppm)
{
	/* Not while a fence runs: its end was reckoned with the old rate. */
	if (m->fence_due != VIGIL_NEVER)
		return;
	clock_set_drift(&m->clock, s->now, ppm);
	TRACE(s, m, "clock drifts by %lld ppm", (long long)ppm);
	m->tick_at = VIGIL_NEVER;
	m->fence_timer = VIGIL_NEVER;
	set_tick(s, m);
	set_fence(s, m);
}

static void wake(struct sim *s, struct machine *m)
{
	u64 now = machine_clock(s, m);
	struct vigil_event ev = { .type = VIGIL_EV_TICK };
	u64 due = m->fence_due;
	u8 i, n = m->n_backlog;
	u32 life = m->life;

	TRACE(s, m, "wakes");
	m->frozen = false;
	if (due == VIGIL_NEVER && m->fence_at != VIGIL_NEVER)
		due = m->fence_at + s->timing.fence / 2;
	if (due != VIGIL_NEVER && now >= due) {
		s->count.fences++;
		s->count.woke_fenced++;
		reset_now(s, m);
		return;
	}
	if (m->fence_due == VIGIL_NEVER && m->fence_at != VIGIL_NEVER && now >= m->fence_at) {
		s->count.woke_fenced++;
		begin_fence(s, m);
	}
	if (rng_permille(&s->rng, 500) && !m->dying)
		machine_step(s, m, &ev);
	for (i = 0; i < n; i++) {
		if (m->up && m->life == life && !m->dying)
			net_receive(s, m, m->backlog[i]);
		net_put(s, m->backlog[i]);
	}
	m->n_backlog = 0;
}

void machine_happening(struct sim *s, struct machine *m, const struct happening *h)
{
	if (h->type == H_BOOT) {
		if (h->life == m->life && !m->up && !m->stays_down)
			machine_boot(s, m);
		return;
	}
	if (h->life != m->life || !m->up)
		return;
	if (m->frozen && h->type != H_WAKE) {
		struct happening later = *h;

		later.at = m->wake_at;
		queue_push(&s->queue, later);
		return;
	}
	switch (h->type) {
	case H_WAKE:
		if (m->frozen)
			wake(s, m);
		return;
	case H_FENCED:
		reset_now(s, m);
		return;
	case H_FENCE:
		fence_timer(s, m, h->arg);
		return;
	}
	if (m->dying)
		return;
	if (h->type == H_TICK)
		tick(s, m, h->arg);
	else if (h->type == H_FENCE_STOP)
		fence_stopped(s, m);
	else if (h->type == H_DRIFT)
		change_drift(s, m, (s64)h->arg - CLOCK_PPM_MAX);
	else if (h->type == H_CONFIRMED)
		device_confirms(s, m, h->arg);
	else if (h->type == H_FREED)
		gasp_freed(s, m, h->arg);
	else
		runner_happening(s, m, h);
}
