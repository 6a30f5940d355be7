// SPDX-License-Identifier: GPL-2.0
#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int facts_init(struct facts *f, const struct config *config)
{
	size_t cells = (size_t)config->n_services * config->n_nodes + 1;

	*f = (struct facts){
		.config = config,
		.node = calloc(config->n_nodes, sizeof(*f->node)),
		.local = calloc(cells, sizeof(*f->local)),
		.seen = calloc(cells, sizeof(*f->seen)),
		.report = calloc(config->n_nodes, sizeof(*f->report)),
		.health = calloc(config->n_nodes, sizeof(*f->health)),
		.target = calloc(config->n_services + 1, sizeof(*f->target)),
	};
	if (!f->node || !f->local || !f->seen || !f->report || !f->health || !f->target) {
		facts_free(f);
		return -ENOMEM;
	}
	for (unsigned int s = 0; s < config->n_services; s++)
		f->target[s] = PLAN_NOWHERE;
	return 0;
}

void facts_free(struct facts *f)
{
	free(f->node);
	free(f->local);
	free(f->seen);
	free(f->report);
	free(f->health);
	free(f->target);
	memset(f, 0, sizeof(*f));
}

struct plan_local *facts_local(const struct facts *f, unsigned int service, unsigned int node)
{
	return &f->local[(size_t)service * f->config->n_nodes + node];
}

int facts_rebuild(struct facts *f, const struct config *config)
{
	const struct config *old = f->config;
	struct facts fresh;
	int rc = facts_init(&fresh, config);

	if (rc)
		return rc;
	for (unsigned int n = 0; n < config->n_nodes; n++) {
		int was = config_find_id(old, config->node[n].id);

		if (was < 0)
			continue;
		fresh.node[n] = f->node[was];
		fresh.health[n] = f->health[was];
		for (unsigned int s = 0; s < config->n_services; s++) {
			int had = config_find_service(old, config->service[s].name);

			if (had < 0)
				continue;
			*facts_local(&fresh, s, n) = *facts_local(f, had, was);
			if (f->target[had] == was)
				fresh.target[s] = n;
		}
	}
	facts_free(f);
	*f = fresh;
	return 0;
}

void facts_forget(struct facts *f, unsigned int node)
{
	f->node[node].ready = false;
	f->node[node].leaving = false;
	f->node[node].suspect = false;
	f->health[node] = (struct facts_health){ 0 };
	f->report[node] = (struct facts_report){ 0 };
	for (unsigned int s = 0; s < f->config->n_services; s++)
		*facts_local(f, s, node) = (struct plan_local){ 0 };
}

bool facts_begin_report(struct facts *f, unsigned int node, const struct message_head *head)
{
	struct plan_node *n = &f->node[node];
	bool changed = n->leaving != head->leaving;

	if (head->has_health) {
		changed |= n->suspect != head->health.suspect;
		n->suspect = head->health.suspect;
		f->health[node] = (struct facts_health){ true, head->health };
	}
	n->leaving = head->leaving;
	if (head->report && head->report != f->report[node].number)
		f->report[node] = (struct facts_report){ .number = head->report };
	return changed;
}

bool facts_take(struct facts *f, unsigned int node, const struct message_head *head,
		const struct message_item *item, uint64_t now)
{
	int s = config_find_service(f->config, item->name);
	struct plan_local *l;
	uint64_t until = 0;
	bool changed;

	if (s < 0 || item->state >= PLAN_STATES)
		return false;	/* its configuration is not ours, or it is a newer one */
	l = facts_local(f, s, node);
	if (head->report)
		f->seen[(size_t)s * f->config->n_nodes + node] = head->report;
	if (item->avoid_ms)
		until = item->avoid_ms > (UINT64_MAX - now) / 1000000 ? UINT64_MAX :
			now + item->avoid_ms * 1000000;
	/* The rest of the time is told again and again: only a new failure is news. */
	changed = l->state != item->state || !l->avoid_until != !until;
	l->state = item->state;
	l->avoid_until = until;
	return changed;
}

bool facts_end_report(struct facts *f, unsigned int node, const struct message_head *head)
{
	struct facts_report *r = &f->report[node];
	bool changed = !f->node[node].ready;

	if (!head->report || ++r->parts_in < head->parts)
		return false;
	f->node[node].ready = true;
	for (unsigned int s = 0; s < f->config->n_services; s++) {
		struct plan_local *l = facts_local(f, s, node);

		/* What a complete report does not name is off. */
		if (f->seen[(size_t)s * f->config->n_nodes + node] == head->report)
			continue;
		changed |= l->state != PLAN_OFF || l->avoid_until;
		*l = (struct plan_local){ 0 };
	}
	return changed;
}
