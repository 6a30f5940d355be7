/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who plans, and what is done with a plan.
 *
 * The voter that holds @leader plans for all and sends orders: desired state,
 * repeated until the reports show it fulfilled. Each leader has an epoch above
 * all earlier ones it has heard of; orders of older epochs are ignored.
 *
 * While the leader is down, but not yet proved dead, the best-ranked voter that
 * is up plans as its deputy. A service that it places is claimed at once, and
 * the kernel grants the claim in the instant in which the dead node expires.
 * If the leader comes back instead, its own orders count again.
 */
#ifndef _VIGILD_LEADER_H
#define _VIGILD_LEADER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "message.h"

struct daemon;

enum leader_role {
	LEADER_FOLLOWER,
	LEADER_DEPUTY,
	LEADER_LEADER,
};

struct leader {
	uint32_t claim;			/* state of ours of @leader, VIGIL_CLAIM_STATE_* */
	enum leader_role role;
	uint64_t epoch;			/* highest heard of */
	int from;			/* node that leads in this epoch, or -1 */
	uint64_t sequence;		/* newest plan, ours or the leader's */
	int deputy;			/* node whose orders as a deputy were taken, or -1 */
	uint64_t deputy_sequence;
	bool send;			/* orders have not been sent yet */
	unsigned int tries;		/* repetitions of the newest orders */
	sd_event_source *compute;
	sd_event_source *repeat;
	sd_event_source *again;
};

int leader_init(struct daemon *d);
void leader_free(struct daemon *d);

/* Facts have changed: plan anew, if that is our task. */
void leader_kick(struct daemon *d);

/* Ask for @leader, if this node votes and does not ask already. */
void leader_claim(struct daemon *d);
void leader_on_claim(struct daemon *d, uint32_t to);

/* Somebody knows of a leader. */
void leader_on_epoch(struct daemon *d, uint64_t epoch, uint16_t id);

/* Begin and item of an ORDER message of @node. Begin: false: not for us, or stale. */
bool leader_on_order(struct daemon *d, unsigned int node, const struct message_head *head);
void leader_on_order_item(struct daemon *d, const struct message_item *item);

/* Carry out what a plan made here means for this node. */
void leader_apply(struct daemon *d);

/* Decide now, from what is known here, into d->facts.target. Return: did it change? */
bool leader_plan(struct daemon *d);

/* Has this node to do what one node does for all: lead, or what has no leader yet? */
bool leader_acts(const struct daemon *d);

uint16_t leader_id(const struct daemon *d);	/* 0: nobody known */
const char *leader_role_name(enum leader_role role);

#endif
