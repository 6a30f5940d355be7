// SPDX-License-Identifier: GPL-2.0
/*
 * One seed. Most runs: chaos for a virtual minute, then calm; after a while of
 * calm all wishes must be fulfilled and stay so. Blip runs: calm first, then
 * breaks that nobody may notice.
 */
#include "sim.h"

#include <stdlib.h>

struct sim *sim_new(void)
{
	struct sim *s = calloc(1, sizeof(*s));
	struct packet *packets = calloc(SIM_PACKETS, sizeof(*packets));

	if (!s || !packets)
		abort();
	s->packets = packets;
	return s;
}

void sim_free(struct sim *s)
{
	int i;

	for (i = 0; i < SIM_MACHINES; i++)
		free(s->machines[i].core);
	free(s->packets);
	free(s);
}

void sim_schedule(struct sim *s, u64 at, u8 type, u32 arg)
{
	queue_push(&s->queue, (struct happening) { .at = at, .type = type, .arg = arg });
}

u64 sim_before_calm(const struct sim *s, u64 delay)
{
	u64 left = s->calm_at > s->now ? s->calm_at - s->now : 0;

	return vigil_min(delay, left + s->timing.detect);
}

/* Keeps memory, forgets the last run. */
static void clear(struct sim *s, u64 seed, struct trace *trace)
{
	struct vigil_core *cores[SIM_MACHINES];
	struct packet *packets = s->packets;
	struct counters count = s->count;
	int i;

	for (i = 0; i < SIM_MACHINES; i++)
		cores[i] = s->machines[i].core;
	memset(&s->now, 0, offsetof(struct sim, effects) - offsetof(struct sim, now));
	s->queue.n = 0;
	s->queue.seq = 0;
	for (i = 0; i < SIM_MACHINES; i++)
		s->machines[i].core = cores[i];
	for (i = 0; i < SIM_SERVICES; i++)
		s->last_holder[i] = -1;
	runner_name_services();
	s->packets = packets;
	s->count = count;
	s->seed = seed;
	s->trace = trace;
	s->rng.state = rng_mix(seed + 0x5eed);
	net_reset(s);
}

static int pick_nodes(struct sim *s)
{
	u64 dice = rng_below(&s->rng, 100);

	if (dice < 55)
		return 3;
	if (dice < 75)
		return 5;
	if (dice < 85)
		return 7;
	if (dice < 98)
		return (int)rng_between(&s->rng, 1, 6);
	return (int)rng_between(&s->rng, 9, SIM_MACHINES);
}

static void pick_size(struct sim *s, const struct options *o)
{
	int most;

	s->n = (u8)pick_nodes(s);
	if (o->nodes)
		s->n = (u8)o->nodes;
	most = s->n < VIGIL_MAX_VOTERS ? s->n : VIGIL_MAX_VOTERS;
	s->n_voters = (u8)((most - 1) | 1);
	if (s->n_voters > most)
		s->n_voters -= 2;
	if (s->n_voters > 3 && rng_permille(&s->rng, 250))
		s->n_voters -= 2;
	if (o->voters)
		s->n_voters = (u8)o->voters;
	s->majority = s->n_voters / 2 + 1;
}

static u64 pick_detect(struct sim *s)
{
	static const u16 others[] = { 40, 50, 100, 500, 1000 };

	if (rng_permille(&s->rng, 600))
		return 200 * MS;
	return others[rng_below(&s->rng, ARRAY_SIZE(others))] * MS;
}

static void pick_services(struct sim *s)
{
	if (s->profile->crowd)
		s->n_services = (u8)rng_between(&s->rng, SIM_SERVICES / 3, SIM_SERVICES);
	else
		s->n_services = (u8)rng_between(&s->rng, 1, rng_permille(&s->rng, 600) ? 2 :
						SIM_FEW_SERVICES);
	s->room = s->n_services;
	if (s->profile->full) {
		s->n_services = (u8)rng_between(&s->rng, 2, SIM_FEW_SERVICES);
		s->room = (u8)rng_between(&s->rng, 1, s->n_services - 1);
	}
}

static void pick_odd(struct sim *s)
{
	if (!rng_permille(&s->rng, 100))
		return;
	s->odd = rng_permille(&s->rng, 500) ? VIGIL_REFUSE_GENERATION : VIGIL_REFUSE_TIMING;
	s->odd_machine = (u8)rng_below(&s->rng, s->n);
}

/* Devices have written all by the end of a fence that began at the worst moment. */
static void pick_gasp(struct sim *s)
{
	static const u8 modes[] = { VIGIL_GASP_DETECT, VIGIL_GASP_OFF };

	s->gasp = VIGIL_GASP_RELEASE;
	if (rng_permille(&s->rng, 300))
		s->gasp = modes[rng_below(&s->rng, ARRAY_SIZE(modes))];
	s->gasp_grace = rng_between(&s->rng, s->timing.fence / 8, s->timing.fence / 2);
}

static void pick_timing(struct sim *s, const struct options *o)
{
	static const u32 jitters[] = { 50 * US, MS, VIGIL_TICK_NS };
	u64 detect = pick_detect(s);

	vigil_timing_derive(&s->timing, o->detect ? o->detect : detect);
	s->timer_jitter = jitters[rng_below(&s->rng, ARRAY_SIZE(jitters))];
	if (s->profile->extreme && rng_permille(&s->rng, 500))
		s->timer_jitter = 1;
	if (s->timer_jitter > s->timing.interval / 4)
		s->timer_jitter = (u32)(s->timing.interval / 4);
}

/* Ids ascend with the index, with gaps; who votes is left to chance. */
static void make_machines(struct sim *s)
{
	int left = s->n_voters, i;
	u16 id = 0;

	for (i = 0; i < s->n; i++) {
		struct machine *m = &s->machines[i];

		id += (u16)rng_between(&s->rng, 1, i % 2 ? 40 : 3);
		m->id = id;
		m->index = (u8)i;
		m->voter = (int)rng_below(&s->rng, s->n - i) < left;
		m->voter_number = (u8)(s->n_voters - left);
		left -= m->voter;
		m->fence_mode = rng_permille(&s->rng, 500) ? FENCE_RESET : FENCE_STOP;
	}
}

static u64 chaos_length(const struct sim *s, const struct options *o)
{
	if (o->seconds)
		return o->seconds * SEC;
	/* A run of many machines or services costs as much as hundreds of small ones. */
	return vigil_min(60 * SEC, 300 * s->timing.detect) / (s->n > 8 ? 4 : 1) /
	       (s->profile->crowd ? 4 : 1);
}

static u64 settling_time(const struct sim *s)
{
	return 10 * s->timing.expiry + 10 * s->timing.detect;
}

static void set_up(struct sim *s, const struct options *o)
{
	u64 first;
	int i;

	s->owners_only = o->owners_only;
	s->profile = profile_pick(rng_next(&s->rng) >> 8);
	if (o->profile)
		s->profile = profile_find(o->profile);
	pick_size(s, o);
	pick_timing(s, o);
	pick_services(s);
	pick_odd(s);
	pick_gasp(s);
	s->generation = 1;
	s->calm_at = chaos_length(s, o);
	make_machines(s);
	chaos_begin(s);
	TRACE(s, NULL, "seed %llu: %u nodes, %u voters, %u services, profile %s, detect %llu ms",
	      (unsigned long long)s->seed, s->n, s->n_voters, s->n_services, s->profile->name,
	      (unsigned long long)(s->timing.detect / MS));

	for (i = 0; i < s->n; i++)
		machine_schedule(s, &s->machines[i], rng_below(&s->rng, 2 * s->timing.detect),
				 H_BOOT, 0, 0, 0);
	sim_schedule(s, 0, H_NOTES, 0);
	first = settling_time(s);
	if (s->profile->blips) {
		sim_schedule(s, first, H_PHASE, PHASE_STABLE);
		sim_schedule(s, first + s->calm_at / 2, H_PHASE, PHASE_END);
		return;
	}
	first = rng_permille(&s->rng, 500) ? 2 * s->timing.expiry : 0;
	sim_schedule(s, first, H_CHAOS, 0);
	if (s->user_gap)
		sim_schedule(s, first, H_USER, 0);
	sim_schedule(s, s->calm_at, H_PHASE, PHASE_CALM);
	s->chaos = true;
}

static void begin_phase(struct sim *s, enum phase phase)
{
	TRACE(s, NULL, "phase %d begins", phase);
	s->phase = (u8)phase;
	switch (phase) {
	case PHASE_STABLE:
		check_progress(s);
		s->steady = true;
		chaos_blip(s);
		break;
	case PHASE_CALM:
		s->chaos = false;
		chaos_end(s);
		sim_schedule(s, s->now + settling_time(s), H_PHASE, PHASE_QUIET);
		break;
	case PHASE_QUIET:
		check_progress(s);
		s->steady = true;
		notes_quiet(s);
		sim_schedule(s, s->now + 5 * s->timing.detect, H_PHASE, PHASE_END);
		break;
	case PHASE_END:
		check_settled(s);
		check_notes(s);
		check_progress(s);
		s->over = true;
		break;
	}
}

static void happen(struct sim *s, const struct happening *h)
{
	switch (h->type) {
	case H_PACKET:
		if (h->flag) {
			const struct packet *p = &s->packets[h->arg];

			s->count.replays++;
			s->count.replayed_hellos += p->wire == VIGIL_WIRE_HELLO;
			s->count.replayed_opens += p->wire == VIGIL_WIRE_DATA && p->counter == 1;
		}
		net_arrive(s, (u16)h->arg);
		break;
	case H_CHAOS:
		if (s->profile->blips)
			chaos_blip(s);
		else if (s->chaos)
			chaos_fault(s);
		break;
	case H_USER:
		if (s->chaos)
			chaos_user(s);
		break;
	case H_NOTES:
		if (s->chaos || s->profile->blips)
			notes_chaos(s);
		break;
	case H_SHOT:
		device_shoots(s, h->arg);
		break;
	case H_HEAL:
		net_heal(s, h->arg);
		break;
	case H_PHASE:
		begin_phase(s, h->arg);
		break;
	default:
		machine_happening(s, &s->machines[h->node], h);
	}
}

bool sim_run(struct sim *s, const struct options *o, u64 seed, struct trace *trace)
{
	struct happening h;

	clear(s, seed, trace);
	set_up(s, o);
	while (!s->over && queue_pop(&s->queue, &h)) {
		s->now = h.at;
		happen(s, &h);
	}
	s->virtual_ns += s->now;
	return !s->failed;
}
