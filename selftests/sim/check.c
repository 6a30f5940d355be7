// SPDX-License-Identifier: GPL-2.0
/*
 * What must always hold.
 *
 * When does a machine count as running a service? From the moment its core
 * says HELD, whether or not its userspace has started anything, until the core
 * has been told that the service has stopped, or the machine is dead. A frozen
 * machine can do nothing while it is frozen; what counts is what it could do if
 * it woke up at this very moment. Until the end of its fence time it could go on
 * until then, so it counts. After that the fence comes first and kills it, so it
 * will never act again and does not count. The end is reckoned from what its
 * core last said, by its own clock. So ownership only ever shrinks but for steps
 * that make a claim HELD, and it is enough to look at all others then.
 *
 * A role runs nothing: it counts only while it is held and its lease is valid.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>

void violation(struct sim *s, const char *format, ...)
{
	va_list args;

	if (s->failed)
		return;
	s->failed = true;
	s->over = true;
	va_start(args, format);
	vsnprintf(s->verdict, sizeof(s->verdict), format, args);
	va_end(args);
	TRACE(s, NULL, "VIOLATION: %s", s->verdict);
}

/* Can it not do anything any more, whenever it wakes? */
static bool is_spent(const struct sim *s, const struct machine *m)
{
	u64 due = m->fence_due;

	if (!m->frozen)
		return false;
	if (due == VIGIL_NEVER && m->fence_at != VIGIL_NEVER)
		due = m->fence_at + s->timing.fence / 2 + VIGIL_TICK_NS;
	return due != VIGIL_NEVER && machine_clock(s, m) > due;
}

static bool runs(const struct sim *s, const struct machine *m, int service)
{
	struct vigil_claim_info info;
	u8 state = VIGIL_CLAIM_NONE;

	if (!m->up || is_spent(s, m))
		return false;
	if (!runner_info(m, service, &info))
		state = info.state;
	if (service_is_role(service))
		return state == VIGIL_CLAIM_HELD && info.hold_until > machine_clock(s, m);
	return m->services[service].running || state == VIGIL_CLAIM_HELD ||
	       state == VIGIL_CLAIM_LOST;
}

/* Never two machines run one service. */
void check_owner(struct sim *s, int service)
{
	const struct machine *owner = NULL;
	int i;

	for (i = 0; i < s->n; i++) {
		const struct machine *m = &s->machines[i];

		if (!runs(s, m, service))
			continue;
		if (owner) {
			violation(s, "two owners: n%u and n%u run %s", owner->id, m->id,
				  service_names[service]);
			return;
		}
		owner = m;
	}
}

/* The grants that count: given for the current number, with a valid lease. */
static u16 votes_of(struct sim *s, const struct machine *m, int service)
{
	struct vigil_node_info node;
	struct vigil_claim_info info;
	u64 now = machine_clock(s, m);
	u16 votes = 0;
	int i;

	if (!m->up || m->dying || runner_info(m, service, &info))
		return 0;
	for (i = 0; i < s->n; i++) {
		const struct machine *v = &s->machines[i];

		if (!v->voter || !(info.grants & BIT(v->voter_number)))
			continue;
		vigil_core_node_info(m->core, m->peer[i], &node);
		if (v == m || node.lease_until > now)
			votes |= BIT(v->voter_number);
	}
	return votes;
}

/* No vote counts for two machines at a time. */
void check_votes(struct sim *s, int service)
{
	u16 votes[SIM_MACHINES];
	u16 taken = 0;
	int i, j;

	if (s->owners_only)
		return;
	s->count.vote_checks++;
	for (i = 0; i < s->n; i++) {
		votes[i] = votes_of(s, &s->machines[i], service);
		for (j = 0; j < i && votes[i] & taken; j++)
			if (votes[i] & votes[j])
				violation(s, "one vote for two: n%u and n%u both count voters 0x%x for %s",
					  s->machines[j].id, s->machines[i].id,
					  votes[i] & votes[j], service_names[service]);
		taken |= votes[i];
	}
}

/* A hold is a majority of such votes. */
void check_hold(struct sim *s, const struct machine *m, int service)
{
	struct vigil_claim_info info;

	if (s->owners_only || runner_info(m, service, &info) || info.state != VIGIL_CLAIM_HELD)
		return;
	if (hweight16(votes_of(s, m, service)) < s->majority)
		violation(s, "n%u holds %s with too few votes", m->id, service_names[service]);
}

/* A lease ends lease after the sending of a beat that the voter really accepted. */
static void check_lease(struct sim *s, const struct machine *client, const struct machine *voter)
{
	const struct accepted *a = &s->accepted[client->index][voter->index];
	struct vigil_node_info info;

	vigil_core_node_info(client->core, client->peer[voter->index], &info);
	if (info.lease_until <= machine_clock(s, client))
		return;
	if (!a->open || a->life != client->life)
		violation(s, "n%u has a lease from n%u, which accepted nothing", client->id,
			  voter->id);
	else if (info.lease_until > a->sent_local + s->timing.lease)
		violation(s, "n%u has a lease from n%u %llu us longer than due", client->id,
			  voter->id, (unsigned long long)
			  ((info.lease_until - a->sent_local - s->timing.lease) / US));
}

void check_leases(struct sim *s, const struct machine *client)
{
	int i;

	for (i = 0; i < s->n && !s->owners_only; i++)
		if (i != client->index && s->machines[i].voter)
			check_lease(s, client, &s->machines[i]);
}

/* Is the fence of a hold that needed @voter over for sure? In the client's own time. */
static bool lease_is_over(const struct sim *s, const struct machine *client,
			  const struct machine *voter)
{
	struct vigil_node_info info;

	if (!client->up)
		return true;
	vigil_core_node_info(client->core, client->peer[voter->index], &info);
	return !info.lease_until ||
	       info.lease_until + s->timing.fence <= machine_clock(s, client);
}

/* A voter that forgets a silent client does it after the client's lease and fence. */
void check_sessions(struct sim *s, const struct machine *voter)
{
	int i;

	/* Who was told to die answers nobody any more, and frees nothing. */
	if (!voter->voter || voter->poisoned || s->owners_only)
		return;
	for (i = 0; i < s->n; i++) {
		const struct machine *client = &s->machines[i];
		struct accepted *a = &s->accepted[i][voter->index];

		if (!a->open || a->voter_life != voter->life)
			continue;
		if (vigil_core_rx_keys(voter->core, client->id, false, a->sid))
			continue;
		a->open = false;
		if (a->life == client->life && !lease_is_over(s, client, voter))
			violation(s, "n%u ended the session of n%u before its lease and fence",
				  voter->id, client->id);
	}
}

/* EXPIRED is a statement about the peer: it can no longer hold anything from us. */
void check_expired(struct sim *s, const struct machine *voter, u16 client_id)
{
	int i;

	for (i = 0; i < s->n && voter->voter && !s->owners_only; i++)
		if (s->machines[i].id == client_id && !lease_is_over(s, &s->machines[i], voter))
			violation(s, "n%u calls n%u expired, which has a lease or a fence to go",
				  voter->id, client_id);
}

/* Whom nothing tells apart from the others is not refused. */
void check_refused(struct sim *s, const struct machine *m, const struct vigil_effect *e)
{
	const struct machine *odd = &s->machines[s->odd_machine];

	if (!s->odd || e->to != s->odd || (m != odd && e->node != odd->id))
		violation(s, "n%u refuses n%u: %u", m->id, e->node, e->to);
}

static void check_one_wish(struct sim *s, int service)
{
	int wanted = 0, outside = 0, held = 0;
	int i;

	for (i = 0; i < s->n; i++) {
		const struct machine *m = &s->machines[i];
		struct vigil_claim_info info;

		if (!m->up)
			continue;
		if (m->services[service].wanted)
			(*(m->out ? &outside : &wanted))++;
		if (runner_info(m, service, &info))
			continue;
		held += info.state == VIGIL_CLAIM_HELD;
		s->settled_k[i][service] = info.k;
	}
	/* Who is in touch with some only may or may not get it, if nobody else wants it. */
	if (held != (wanted > 0) && !(held == 1 && outside > 0))
		violation(s, "no progress: %s is wanted by %d, held by %d", service_names[service],
			  wanted, held);
}

/* All that is wanted is held once; what nobody wants is not held. */
void check_progress(struct sim *s)
{
	int i;

	s->count.calm_checks++;
	for (i = 0; i < s->n_services; i++)
		check_one_wish(s, i);
}

/* Nobody goes on trying in vain either: claim numbers stay. */
void check_settled(struct sim *s)
{
	struct vigil_claim_info info;
	int i, j;

	for (i = 0; i < s->n; i++) {
		const struct machine *m = &s->machines[i];

		for (j = 0; m->up && j < s->n_services; j++)
			if (!runner_info(m, j, &info) && info.k != s->settled_k[i][j])
				violation(s, "n%u keeps on claiming %s with new numbers", m->id,
					  service_names[j]);
	}
}
