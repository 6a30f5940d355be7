/* SPDX-License-Identifier: GPL-2.0 */
/* What this daemon knows of all nodes: the input of plan(), kept from their reports. */
#ifndef _VIGILD_FACTS_H
#define _VIGILD_FACTS_H

#include "message.h"
#include "plan.h"

/* How far the newest complete report of a node has come in. */
struct facts_report {
	uint32_t number;
	uint32_t parts_in;
};

/* Of other nodes; what of it counts for the plan is in struct plan_node too. */
struct facts_health {
	bool known;
	struct health health;
};

struct facts {
	const struct config *config;
	struct plan_node *node;
	struct plan_local *local;	/* [service * n_nodes + node] */
	uint32_t *seen;			/* the same: complete report that named it last */
	struct facts_report *report;	/* per node */
	struct facts_health *health;	/* per node */
	uint16_t *target;		/* per service: the newest orders */
};

int facts_init(struct facts *f, const struct config *config);
void facts_free(struct facts *f);

/* The same facts for another configuration, matched by names and ids. */
int facts_rebuild(struct facts *f, const struct config *config);

struct plan_local *facts_local(const struct facts *f, unsigned int service, unsigned int node);

/* The node is dead or has left: nothing runs there, nothing is known. */
void facts_forget(struct facts *f, unsigned int node);

/* Reports. Return: true if anything has changed. */
bool facts_begin_report(struct facts *f, unsigned int node, const struct message_head *head);
bool facts_take(struct facts *f, unsigned int node, const struct message_head *head,
		const struct message_item *item, uint64_t now);
bool facts_end_report(struct facts *f, unsigned int node, const struct message_head *head);

#endif
