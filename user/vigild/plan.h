/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where should each service run? A pure function of the configuration and of
 * what is known: no clock, no I/O, no memory of its own. Safety does not depend
 * on it; the kernel does not let two nodes run one service.
 */
#ifndef _VIGILD_PLAN_H
#define _VIGILD_PLAN_H

#include "config.h"

#define PLAN_NOWHERE	UINT16_MAX

/* State of one service on one node, as that node's daemon tells it. */
enum plan_state {
	PLAN_OFF,	/* neither running nor wanted there */
	PLAN_WAITING,	/* has asked for the claim, or waits for what it starts after */
	PLAN_STARTING,
	PLAN_RUNNING,
	PLAN_STOPPING,
	PLAN_STUCK,	/* may be running; neither stop nor kill could be verified */
	PLAN_STATES
};

struct plan_node {
	bool up;	/* neither down nor gone, as the kernel sees it */
	bool ready;	/* its daemon is alive and has told its states */
	bool leaving;	/* told that it is about to leave */
	bool suspect;	/* its hardware is not to be trusted: health.h */
};

struct plan_local {
	uint8_t state;		/* enum plan_state */
	uint64_t avoid_until;	/* it failed there; not to be used before this time */
};

/**
 * struct plan_facts - what is known; indices as in the configuration
 * @now: ns, any clock, the same for all times here
 * @settled: no more news are expected from nodes that have just started; before
 *	that, only what already runs is placed
 * @node: per node
 * @local: per service and node: [service * n_nodes + node]
 * @before: per service: node it was placed on before, or PLAN_NOWHERE
 */
struct plan_facts {
	uint64_t now;
	bool settled;
	const struct plan_node *node;
	const struct plan_local *local;
	const uint16_t *before;
};

/**
 * plan - decide
 * @config: the configuration
 * @facts: what is known
 * @target: result, per service: index of a node, or PLAN_NOWHERE
 *
 * Services of a group get the same node. A group stays where it runs as long
 * as it can; otherwise it goes to a node that is not suspect before one that is,
 * then to the first of its preference that can, then to the one with the fewest
 * groups, then to the lowest id.
 *
 * Return: the time at which the answer changes although no fact does (a node
 * need not be avoided any longer), or UINT64_MAX.
 */
uint64_t plan(const struct config *config, const struct plan_facts *facts, uint16_t *target);

const char *plan_state_name(enum plan_state state);

#endif
