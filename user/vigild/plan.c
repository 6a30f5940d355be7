// SPDX-License-Identifier: GPL-2.0
#include "plan.h"

#include <limits.h>

struct planning {
	const struct config *config;
	const struct plan_facts *facts;
	uint16_t *target;
	uint64_t again;			/* when the plan changes by time alone */
	uint16_t load[VIGIL_MAX_NODES];	/* groups per node */
};

#define for_each_member(s, i, p, group) \
	for (unsigned int i = (p)->config->group_at[group], s; \
	     i < (p)->config->group_at[(group) + 1] && (s = (p)->config->member[i], true); i++)

static const struct plan_local *local_of(const struct planning *p, unsigned int service,
					 unsigned int node)
{
	return &p->facts->local[(size_t)service * p->config->n_nodes + node];
}

static bool runs(const struct plan_local *l)
{
	return l->state == PLAN_STARTING || l->state == PLAN_RUNNING || l->state == PLAN_STUCK;
}

/* Services of @group that run on @node. */
static unsigned int running_there(const struct planning *p, unsigned int group, unsigned int node)
{
	unsigned int n = 0;

	for_each_member(s, i, p, group)
		n += runs(local_of(p, s, node));
	return n;
}

static bool placed_before(const struct planning *p, unsigned int group, unsigned int node)
{
	for_each_member(s, i, p, group)
		if (p->facts->before[s] == node)
			return true;
	return false;
}

/* Position in the order of preference; the first service of the group that has one counts. */
static unsigned int preference(const struct planning *p, unsigned int group, unsigned int node)
{
	for_each_member(s, i, p, group) {
		const struct config_service *service = &p->config->service[s];

		for (unsigned int j = 0; j < service->node_names.n; j++)
			if (service->nodes[j] == node)
				return j;
		if (service->node_names.n)
			return UINT_MAX;
	}
	return 0;
}

/* Has any service of the group failed there lately? */
static bool avoided(struct planning *p, unsigned int group, unsigned int node)
{
	bool yes = false;

	for_each_member(s, i, p, group) {
		uint64_t until = local_of(p, s, node)->avoid_until;

		if (until <= p->facts->now)
			continue;
		yes = true;
		if (until < p->again)
			p->again = until;
	}
	return yes;
}

static bool can_run(const struct planning *p, unsigned int node)
{
	const struct plan_node *n = &p->facts->node[node];

	return n->up && !n->leaving && !p->config->node[node].witness;
}

struct score {
	unsigned int running;
	bool before;
	bool suspect;
	unsigned int preference;
	unsigned int load;
};

static bool better(const struct score *a, const struct score *b)
{
	if (a->running != b->running)
		return a->running > b->running;
	if (a->before != b->before)
		return a->before;
	/* After those two: a suspicion moves nothing. */
	if (a->suspect != b->suspect)
		return b->suspect;
	if (a->preference != b->preference)
		return a->preference < b->preference;
	return a->load < b->load;
}

static uint16_t place(struct planning *p, unsigned int group)
{
	uint16_t best = PLAN_NOWHERE;
	struct score best_score = { 0 };

	for (unsigned int node = 0; node < p->config->n_nodes; node++) {
		struct score score;

		if (!can_run(p, node) || avoided(p, group, node))
			continue;
		score.running = running_there(p, group, node);
		score.before = placed_before(p, group, node);
		score.suspect = p->facts->node[node].suspect;
		score.preference = preference(p, group, node);
		score.load = p->load[node];
		/* Without its daemon a node keeps what it runs, but gets nothing new. */
		if (!score.running && !p->facts->node[node].ready)
			continue;
		if (!score.running && !score.before && !p->facts->settled)
			continue;
		if (best != PLAN_NOWHERE && !better(&score, &best_score))
			continue;
		best = node;
		best_score = score;
	}
	return best;
}

/* Can the group stay where it is? Those that can are placed first: they are the load. */
static bool at_home(struct planning *p, unsigned int group)
{
	for (unsigned int node = 0; node < p->config->n_nodes; node++)
		if (can_run(p, node) &&
		    (running_there(p, group, node) || placed_before(p, group, node)))
			return true;
	return false;
}

uint64_t plan(const struct config *config, const struct plan_facts *facts, uint16_t *target)
{
	struct planning p = { .config = config, .facts = facts, .target = target,
			      .again = UINT64_MAX };

	for (int home = 1; home >= 0; home--)
		for (unsigned int group = 0; group < config->n_groups; group++) {
			uint16_t node;

			if (at_home(&p, group) != home)
				continue;
			node = place(&p, group);
			if (node != PLAN_NOWHERE)
				p.load[node]++;
			for_each_member(s, i, &p, group)
				target[s] = node;
		}
	return p.again;
}

const char *plan_state_name(enum plan_state state)
{
	static const char * const names[] = {
		"off", "waiting", "starting", "running", "stopping", "stuck"
	};

	return (unsigned int)state < PLAN_STATES ? names[state] : "unknown";
}
