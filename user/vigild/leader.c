// SPDX-License-Identifier: GPL-2.0
#include "leader.h"

#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "log.h"

#define NS_PER_S	1000000000ULL
#define MIN_SETTLE	(3 * NS_PER_S)
#define QUICK_TRIES	10	/* repetitions of orders before they become rarer */

const char *leader_role_name(enum leader_role role)
{
	static const char * const names[] = { "follower", "deputy", "leader" };

	return names[role];
}

uint16_t leader_id(const struct daemon *d)
{
	return d->leader.from < 0 ? 0 : d->config->node[d->leader.from].id;
}

static const char *node_name(const struct daemon *d, unsigned int node)
{
	return node < d->config->n_nodes ? d->config->node[node].name : "nowhere";
}

void leader_claim(struct daemon *d)
{
	if (!d->config->node[d->config->self].voter || d->leave.begun ||
	    d->leader.claim != VIGIL_CLAIM_STATE_NONE)
		return;
	if (cluster_claim(&d->cluster, LEADER_CLAIM, 0))
		log_error("%s: claim refused: %s", LEADER_CLAIM, cluster_error(&d->cluster));
}

void leader_on_claim(struct daemon *d, uint32_t to)
{
	d->leader.claim = to;
	/* Nothing runs under this name: no need to wait for it to be regained. */
	if (to == VIGIL_CLAIM_STATE_LOST)
		cluster_release(&d->cluster, LEADER_CLAIM, 0);
	else if (to == VIGIL_CLAIM_STATE_NONE)
		leader_claim(d);
	leader_kick(d);
	leave_continue(d);
}

/* Voters are ranked by id; nodes are ordered by it. Without a daemon none leads. */
static bool first_voter_up(const struct daemon *d)
{
	unsigned int n = 0;

	while (!d->config->node[n].voter || !cluster_node_up(&d->cluster, n) ||
	       !cluster_node_daemon(&d->cluster, n) ||
	       d->facts.node[n].leaving)
		if (++n == d->config->n_nodes)
			return false;
	return n == d->config->self;
}

bool leader_acts(const struct daemon *d)
{
	return d->leader.role != LEADER_FOLLOWER || (d->leader.from < 0 && first_voter_up(d));
}

static void begin_to_lead(struct daemon *d)
{
	struct message_head ask = { .type = MESSAGE_ASK };
	struct leader *l = &d->leader;

	l->epoch++;
	l->from = d->config->self;
	l->deputy = -1;
	l->sequence = 0;
	l->send = true;
	log_note("leading, epoch %llu", (unsigned long long)l->epoch);
	report_broadcast(d, &ask, NULL, 0);
}

static void choose_role(struct daemon *d)
{
	struct leader *l = &d->leader;
	enum leader_role role = LEADER_FOLLOWER;
	int self = d->config->self;

	if (l->claim == VIGIL_CLAIM_STATE_HELD)
		role = LEADER_LEADER;
	else if (l->from >= 0 && l->from != self && !cluster_node_up(&d->cluster, l->from) &&
		 !d->leave.begun && d->config->node[self].voter && first_voter_up(d))
		role = LEADER_DEPUTY;
	if (role == l->role)
		return;
	if (role == LEADER_LEADER)
		begin_to_lead(d);
	else
		log_note("%s now, was %s", leader_role_name(role), leader_role_name(l->role));
	if (role == LEADER_DEPUTY) {
		l->deputy = self;
		l->send = true;
	}
	l->role = role;
}

/* Nodes that have just started may still report what they run. A witness runs nothing. */
static bool settled(const struct daemon *d)
{
	uint64_t settle = 6 * d->config->timing.expiry;

	if (settle < MIN_SETTLE)
		settle = MIN_SETTLE;
	if (now_ns() - d->begun >= settle)
		return true;
	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		if (!d->facts.node[n].ready && !d->config->node[n].witness)
			return false;
	return true;
}

static const char *why_moved(const struct daemon *d, unsigned int service, unsigned int from)
{
	if (from >= d->config->n_nodes)
		return "not placed before";
	if (d->facts.node[from].leaving)
		return "that node is leaving";
	if (!d->facts.node[from].up)
		return "that node is down";
	if (facts_local(&d->facts, service, from)->avoid_until > now_ns())
		return "it failed there";
	return "its group";
}

static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	leader_kick(data);
	return 0;
}

static void set_timer(struct daemon *d, sd_event_source **source, uint64_t ns,
		      sd_event_time_handler_t handler)
{
	uint64_t now;

	if (!*source) {
		sd_event_add_time_relative(d->event, source, CLOCK_MONOTONIC, ns / 1000, 1000,
					   handler, d);
		return;
	}
	sd_event_now(d->event, CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(*source, now + ns / 1000);
	sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

bool leader_plan(struct daemon *d)
{
	struct facts *f = &d->facts;
	uint16_t *target = calloc(d->config->n_services + 1, sizeof(*target));
	struct plan_facts facts = {
		.now = now_ns(),
		.settled = settled(d),
		.node = f->node,
		.local = f->local,
		.before = f->target,
	};
	bool changed = false;
	uint64_t again;

	if (!target)
		return false;
	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		f->node[n].up = cluster_node_up(&d->cluster, n);
	f->node[d->config->self].ready = true;
	f->node[d->config->self].leaving = d->leave.begun;
	f->node[d->config->self].suspect = d->vitals.health.suspect;
	again = plan(d->config, &facts, target);
	for (unsigned int s = 0; s < d->config->n_services; s++) {
		if (target[s] == f->target[s])
			continue;
		log_note("%s: to %s, was %s (%s)", d->config->service[s].name,
			 node_name(d, target[s]), node_name(d, f->target[s]),
			 why_moved(d, s, f->target[s]));
		changed = true;
	}
	free(f->target);
	f->target = target;
	if (!facts.settled)
		again = facts.now + NS_PER_S / 4;
	if (again != UINT64_MAX)
		set_timer(d, &d->leader.again, again - facts.now + 1000000, on_again);
	return changed;
}

static void send_orders(struct daemon *d)
{
	struct message_head head = {
		.type = MESSAGE_ORDER,
		.epoch = d->leader.epoch,
		.deputy = d->leader.role == LEADER_DEPUTY,
		.sequence = d->leader.role == LEADER_DEPUTY ? d->leader.deputy_sequence :
							      d->leader.sequence,
	};
	struct message_item *item = calloc(d->config->n_services + 1, sizeof(*item));
	bool all = settled(d);
	unsigned int n = 0;

	for (unsigned int s = 0; item && s < d->config->n_services; s++) {
		uint16_t t = d->facts.target[s];

		/* Too early to say that something must not run anywhere. */
		if (t == PLAN_NOWHERE && !all)
			continue;
		item[n].name = d->config->service[s].name;
		item[n++].node = t == PLAN_NOWHERE ? 0 : d->config->node[t].id;
	}
	if (n)
		report_broadcast(d, &head, item, n);
	free(item);
}

/* Does the node do, or try to do, what it was told? */
static bool fulfilled(const struct daemon *d, unsigned int node)
{
	for (unsigned int s = 0; s < d->config->n_services; s++) {
		const struct plan_local *l = facts_local(&d->facts, s, node);
		bool there = l->state == PLAN_WAITING || l->state == PLAN_STARTING ||
			     l->state == PLAN_RUNNING;

		if (d->facts.target[s] == node ? l->state == PLAN_OFF : there)
			return false;
	}
	return true;
}

static int on_repeat(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;
	struct leader *l = &d->leader;
	bool done = true;

	if (l->role == LEADER_FOLLOWER)
		return 0;
	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		if (n != d->config->self && cluster_node_up(&d->cluster, n) &&
		    d->facts.node[n].ready)
			done &= fulfilled(d, n);
	if (done)
		return 0;
	if (l->tries++ < QUICK_TRIES || l->tries % QUICK_TRIES == 0)
		send_orders(d);
	set_timer(d, &l->repeat, d->config->timing.detect / 2, on_repeat);
	return 0;
}

static int on_compute(sd_event_source *source, void *data)
{
	struct daemon *d = data;
	struct leader *l = &d->leader;

	choose_role(d);
	stonith_kick(d);
	if (l->role == LEADER_FOLLOWER)
		return 0;
	if (leader_plan(d) || l->send) {
		if (l->role == LEADER_DEPUTY)
			l->deputy_sequence++;
		else
			l->sequence++;
		l->tries = 0;
		l->send = false;
		send_orders(d);
	}
	leader_apply(d);
	set_timer(d, &l->repeat, d->config->timing.detect / 2, on_repeat);
	return 0;
}

void leader_kick(struct daemon *d)
{
	if (d->leader.compute)
		sd_event_source_set_enabled(d->leader.compute, SD_EVENT_ONESHOT);
}

void leader_on_epoch(struct daemon *d, uint64_t epoch, uint16_t id)
{
	struct leader *l = &d->leader;

	if (epoch < l->epoch || !id)
		return;
	if (l->role == LEADER_LEADER) {
		/* They follow somebody who led before, and will not take our orders. */
		if (epoch == l->epoch && id == leader_id(d))
			return;
		l->epoch = epoch;
		begin_to_lead(d);
		leader_kick(d);
	} else if (epoch > l->epoch) {
		l->epoch = epoch;
		l->from = config_find_id(d->config, id);
		l->sequence = 0;
		l->deputy = -1;
	}
}

bool leader_on_order(struct daemon *d, unsigned int node, const struct message_head *head)
{
	struct leader *l = &d->leader;

	if (d->leave.begun || head->epoch < l->epoch)
		return false;
	if (head->deputy) {
		if (l->role == LEADER_LEADER ||
		    (l->from >= 0 && cluster_node_up(&d->cluster, l->from)) ||
		    (l->role == LEADER_DEPUTY && node > d->config->self) ||
		    (l->deputy == (int)node && head->sequence < l->deputy_sequence))
			return false;
		l->deputy = node;
		l->deputy_sequence = head->sequence;
		return true;
	}
	if (l->role == LEADER_LEADER) {
		leader_on_epoch(d, head->epoch, d->config->node[node].id);
		return false;
	}
	if (head->epoch == l->epoch && l->from >= 0 &&
	    (l->from != (int)node || head->sequence < l->sequence))
		return false;
	if (head->epoch != l->epoch || l->from != (int)node)
		log_info("orders come from %s, epoch %llu", node_name(d, node),
			 (unsigned long long)head->epoch);
	l->epoch = head->epoch;
	l->from = node;
	l->sequence = head->sequence;
	l->deputy = -1;
	l->deputy_sequence = 0;
	return true;
}

static void apply(struct daemon *d, unsigned int service)
{
	const struct leader *l = &d->leader;
	struct service *s = d->services.list[service];
	unsigned int self = d->config->self;
	uint16_t target = d->facts.target[service];
	bool want = target == self && !d->leave.begun;
	uint16_t successor = target == PLAN_NOWHERE || target == self ? 0 :
			     d->config->node[target].id;

	if (s->want == want && s->successor == successor)
		return;
	if (s->want != want)
		log_info("%s: %s (order %llu.%llu of %s)", s->cfg->name,
			 want ? "to run here" : "not to run here", (unsigned long long)l->epoch,
			 (unsigned long long)(l->deputy >= 0 ? l->deputy_sequence : l->sequence),
			 node_name(d, l->deputy >= 0 ? l->deputy : l->from >= 0 ? l->from :
				   (int)self));
	s->want = want;
	s->successor = successor;
	services_kick(&d->services);
}

/* Orders may come in several messages, each of them late or never: only what is named counts. */
void leader_on_order_item(struct daemon *d, const struct message_item *item)
{
	int s = config_find_service(d->config, item->name);
	int n = item->node ? config_find_id(d->config, item->node) : -1;

	if (s < 0)
		return;
	d->facts.target[s] = n < 0 ? PLAN_NOWHERE : n;
	apply(d, s);
}

void leader_apply(struct daemon *d)
{
	for (unsigned int i = 0; i < d->services.n; i++)
		apply(d, i);
}

int leader_init(struct daemon *d)
{
	int rc;

	d->leader.from = d->leader.deputy = -1;
	rc = sd_event_add_defer(d->event, &d->leader.compute, on_compute, d);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(d->leader.compute, SD_EVENT_OFF);
	return rc < 0 ? rc : 0;
}

void leader_free(struct daemon *d)
{
	d->leader.compute = sd_event_source_disable_unref(d->leader.compute);
	sd_event_source_disable_unref(d->leader.repeat);
	sd_event_source_disable_unref(d->leader.again);
}
