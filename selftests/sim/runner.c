// SPDX-License-Identifier: GPL-2.0
/*
 * Userspace of a machine: asks for the claims of the services that it wants,
 * starts a service some time after its claim is held (if it is still held then),
 * has it stopped before it says so, hands over, leaves, sends messages.
 */
#include "sim.h"

char service_names[SIM_SERVICES][VIGIL_NAME_LEN + 1] = {
	"web", "ip", "db", "@leader", "mail", "queue-with-a-rather-long-name-to-fill-packets",
};

/* The others' names are as long as names can be. */
void runner_name_services(void)
{
	int i;

	for (i = SIM_FEW_SERVICES; i < SIM_SERVICES; i++) {
		memset(service_names[i], 'x', VIGIL_NAME_LEN);
		service_names[i][i % 8] = (char)('a' + i % 26);
		service_names[i][VIGIL_NAME_LEN - 1] = (char)('0' + i / 10);
		service_names[i][VIGIL_NAME_LEN - 2] = (char)('0' + i % 10);
	}
}

int runner_service_by_name(const char *name, size_t len)
{
	int i;

	for (i = 0; i < SIM_SERVICES; i++)
		if (strlen(service_names[i]) == len && !memcmp(service_names[i], name, len))
			return i;
	return -1;
}

static bool may_run(u8 state)
{
	return state == VIGIL_CLAIM_HELD || state == VIGIL_CLAIM_LOST;
}

int runner_info(const struct machine *m, int service, struct vigil_claim_info *info)
{
	const char *name = service_names[service];

	return vigil_core_claim_find(m->core, name, (u8)strlen(name), info);
}

static u8 state_now(const struct machine *m, int service)
{
	struct vigil_claim_info info;

	return runner_info(m, service, &info) ? VIGIL_CLAIM_NONE : info.state;
}

static bool is_full(const struct sim *s, const struct machine *m)
{
	int i, n = 0;

	for (i = 0; i < s->n_services; i++)
		n += state_now(m, i) != VIGIL_CLAIM_NONE;
	return n == s->room;
}

static int user_event(struct sim *s, struct machine *m, enum vigil_event_type type, int service,
		      u16 node)
{
	struct vigil_event ev = {
		.type = type,
		.node = node,
		.name = service_names[service],
		.name_len = (u8)strlen(service_names[service]),
		.rank = m->services[service].rank,
	};
	bool full = type == VIGIL_EV_CLAIM && is_full(s, m);
	int err = machine_step(s, m, &ev);

	s->count.full += err == -ENOSPC;
	if (err && err != -ESHUTDOWN && err != -ENOENT && !(err == -ENOSPC && full))
		violation(s, "n%u: user event %u for %s: %s", m->id, type, service_names[service],
			  strerror(-err));
	return err;
}

static u64 delay_of_claim(struct sim *s)
{
	return rng_permille(&s->rng, 700) ? rng_below(&s->rng, s->timing.interval) :
		rng_below(&s->rng, 2 * s->timing.detect);
}

/* Starts and stops take nothing, a little, or seconds. */
static u64 delay_of_service(struct sim *s)
{
	switch (rng_below(&s->rng, 4)) {
	case 0:
		return 0;
	case 1:
		return sim_before_calm(s, rng_below(&s->rng, 3 * SEC));
	default:
		return rng_below(&s->rng, s->timing.detect);
	}
}

static void schedule_claim(struct sim *s, struct machine *m, int service)
{
	if (m->leaving)
		return;
	machine_schedule(s, m, s->now + delay_of_claim(s), H_CLAIM, (u8)service, 0, 0);
}

void runner_booted(struct sim *s, struct machine *m)
{
	struct vigil_event ev = { .type = VIGIL_EV_DAEMON, .flag = true };
	int i;

	machine_step(s, m, &ev);
	for (i = 0; i < s->n_services; i++)
		if (m->services[i].wanted)
			schedule_claim(s, m, i);
}

static void note_held(struct sim *s, struct machine *m, int service)
{
	s->count.holds++;
	if (s->last_holder[service] >= 0 && s->last_holder[service] != m->index)
		s->count.takeovers++;
	s->last_holder[service] = m->index;
	machine_schedule(s, m, s->now + delay_of_service(s), H_START, (u8)service, 0, 0);
}

void runner_claim_changed(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	int i = runner_service_by_name(e->name, strlen(e->name));
	struct service *sv;

	if (i < 0) {
		violation(s, "n%u: claim of an unknown name '%s'", m->id, e->name);
		return;
	}
	TRACE(s, m, "claim %s: state %u -> %u, k %llu", e->name, e->from, e->to,
	      (unsigned long long)e->k);
	if (s->steady)
		violation(s, "n%u: claim %s changes although nothing happened", m->id, e->name);
	if (m->orphaned)
		daemon_check(s, m, e);
	sv = &m->services[i];
	sv->state = e->to;
	sv->k = e->k;
	switch (e->to) {
	case VIGIL_CLAIM_HELD:
		s->count.regained += e->from == VIGIL_CLAIM_LOST;
		if (e->from != VIGIL_CLAIM_LOST)
			note_held(s, m, i);
		break;
	case VIGIL_CLAIM_LOST:
		s->count.losses++;
		/* Userspace may be quicker than the fence. */
		if (m->fence_mode == FENCE_STOP && rng_permille(&s->rng, 300))
			machine_schedule(s, m, s->now + rng_below(&s->rng, s->timing.fence / 4),
					 H_STOP, (u8)i, 0, 2);
		break;
	case VIGIL_CLAIM_NONE:
		if (sv->wanted)
			schedule_claim(s, m, i);
		break;
	}
}

static void start(struct sim *s, struct machine *m, int service)
{
	struct service *sv = &m->services[service];
	struct vigil_claim_info info;

	if (service_is_role(service) || sv->running || sv->stopping)
		return;
	if (runner_info(m, service, &info) || info.state != VIGIL_CLAIM_HELD ||
	    info.hold_until <= machine_clock(s, m))
		return;
	sv->running = true;
	s->count.starts++;
	TRACE(s, m, "starts %s", service_names[service]);
	check_owner(s, service);
}

/* The service is down: say so. */
static void stopped(struct sim *s, struct machine *m, int service, u16 successor)
{
	struct service *sv = &m->services[service];

	sv->running = false;
	sv->stopping = false;
	TRACE(s, m, "has stopped %s, successor %u", service_names[service], successor);
	s->count.releases++;
	s->count.transfers += successor != 0;
	user_event(s, m, VIGIL_EV_RELEASE, service, successor);
}

/* The end of a fence in FENCE_STOP: what is still lost has been stopped. */
void runner_stop_lost(struct sim *s, struct machine *m)
{
	int i;

	for (i = 0; i < s->n_services; i++)
		if (state_now(m, i) == VIGIL_CLAIM_LOST)
			stopped(s, m, i, 0);
}

/* @why: 0 released, 1 moved away for good, 2 userspace was quicker than the fence. */
static void stop_done(struct sim *s, struct machine *m, int service, u16 successor, u8 why)
{
	u8 state = state_now(m, service);

	if (why == 2) {
		if (state == VIGIL_CLAIM_LOST)
			stopped(s, m, service, 0);
		return;
	}
	m->services[service].stopping = false;
	/* A role that was lost meanwhile is wanted again by itself. */
	if (may_run(state) || state == VIGIL_CLAIM_WANTED)
		stopped(s, m, service, successor);
	else if (state == VIGIL_CLAIM_NONE && m->services[service].wanted)
		schedule_claim(s, m, service);
}

void runner_want(struct sim *s, struct machine *m, int service, u16 rank)
{
	m->services[service].wanted = true;
	m->services[service].rank = rank;
	if (m->up && !m->left)
		schedule_claim(s, m, service);
}

void runner_unwant(struct sim *s, struct machine *m, int service, u16 successor, bool for_good)
{
	struct service *sv = &m->services[service];

	if (for_good)
		sv->wanted = false;
	if (!m->up || m->frozen || m->dying || m->left || m->poisoned)
		return;
	if (!may_run(state_now(m, service))) {
		user_event(s, m, VIGIL_EV_RELEASE, service, 0);
		return;
	}
	if (sv->stopping)
		return;
	sv->stopping = true;
	machine_schedule(s, m, s->now + delay_of_service(s), H_STOP, (u8)service, successor, 0);
}

/* Stop all, then go; tried until nothing is held any more. */
void runner_leave(struct sim *s, struct machine *m)
{
	struct vigil_event ev = { .type = VIGIL_EV_LEAVE };
	bool held = vigil_core_held(m->core) > 0;
	int i, err;

	m->leaving = true;
	err = machine_step(s, m, &ev);
	if (held != (err == -EBUSY))
		violation(s, "n%u: leave with %s held: %s", m->id, held ? "claims" : "nothing",
			  strerror(-err));
	if (!err) {
		TRACE(s, m, "leaves");
		s->count.leaves++;
		m->left = true;
		machine_crash(s, m, sim_before_calm(s, rng_between(&s->rng, MS,
								   20 * s->timing.detect)));
		return;
	}
	for (i = 0; i < s->n_services; i++)
		if (state_now(m, i) != VIGIL_CLAIM_NONE)
			runner_unwant(s, m, i, 0, false);
	machine_schedule(s, m, s->now + s->timing.detect, H_LEAVE, 0, 0, 0);
}

void runner_message(struct sim *s, struct machine *m)
{
	struct machine *to = &s->machines[rng_below(&s->rng, s->n)];
	u8 text[VIGIL_MSG_LEN] = {};
	struct vigil_event ev = { .type = VIGIL_EV_MSG, .node = to->id, .packet = text };

	if (to == m || s->msgs_sent == SIM_MSGS)
		return;
	ev.len = (u16)rng_between(&s->rng, 16, VIGIL_MSG_LEN);
	put_unaligned_be64(s->msgs_sent++, text);
	put_unaligned_be32(m->id, text + 8);
	put_unaligned_be32(to->id, text + 12);
	machine_step(s, m, &ev);
}

void runner_got_message(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	u64 number = e->len >= 16 ? get_unaligned_be64(e->data) : SIM_MSGS;

	if (number >= s->msgs_sent || get_unaligned_be32(e->data + 8) != e->node ||
	    get_unaligned_be32(e->data + 12) != m->id) {
		violation(s, "n%u: message from n%u that it did not send", m->id, e->node);
		return;
	}
	if (s->delivered[number]++)
		violation(s, "n%u: message %llu arrives twice", m->id, (unsigned long long)number);
	s->count.messages++;
}

void runner_adopt(struct sim *s, struct machine *m)
{
	int i;

	m->leaving = false;
	for (i = 0; i < s->n_services; i++) {
		struct service *sv = &m->services[i];
		u8 state = state_now(m, i);

		sv->stopping = false;
		if (!sv->wanted && state != VIGIL_CLAIM_NONE)
			runner_unwant(s, m, i, 0, true);
		else if (sv->wanted && may_run(state))
			machine_schedule(s, m, s->now + delay_of_service(s), H_START, (u8)i, 0, 0);
		else if (sv->wanted)
			schedule_claim(s, m, i);
	}
}

void runner_happening(struct sim *s, struct machine *m, const struct happening *h)
{
	if (m->left || m->poisoned)
		return;
	if (h->type == H_DAEMON)
		daemon_returns(s, m);
	if (m->orphaned)
		return;
	switch (h->type) {
	case H_START:
		start(s, m, h->service);
		break;
	case H_STOP:
		stop_done(s, m, h->service, (u16)h->arg, h->flag);
		break;
	case H_CLAIM:
		if (m->services[h->service].wanted && !m->services[h->service].stopping &&
		    !m->leaving && user_event(s, m, VIGIL_EV_CLAIM, h->service, 0) == -ENOSPC)
			schedule_claim(s, m, h->service);
		break;
	case H_LEAVE:
		runner_leave(s, m);
		break;
	}
}
