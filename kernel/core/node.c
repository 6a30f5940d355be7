// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of each peer by listening.
 *
 *            packet                    silent for detect
 *   UNMET ----------> UP ------------------------------------> DOWN
 *                     ^ |  ^------------- packet ---------------'|
 *              packet | | goodbye                                | silent for expiry
 *                     | v                                        v
 *                    LEFT            UP <------ packet ------ EXPIRED
 *
 * The grants of a peer end with its session (session.c), which for a silent
 * peer is the moment of EXPIRED.
 */
#include "state.h"

void vigil_node_set_state(struct vigil_core *core, struct vigil_node *node, u8 state)
{
	if (node->state == state)
		return;
	node->state = state;
	core->unreported_nodes++;
}

void vigil_node_heard(struct vigil_core *core, struct vigil_node *node, u8 wire_state,
		      struct vigil_effects *out)
{
	bool daemon = wire_state & VIGIL_WIRE_S_DAEMON;

	node->last_heard = core->now;
	if (wire_state & VIGIL_WIRE_S_LEAVING) {
		vigil_node_set_state(core, node, VIGIL_NODE_LEFT);
		return;
	}
	if (node->state != VIGIL_NODE_UP) {
		vigil_node_set_state(core, node, VIGIL_NODE_UP);
		core->check_nodes_at = vigil_min(core->check_nodes_at,
						 core->now + core->cfg.timing.detect);
	}
	if (node->daemon != daemon) {
		struct vigil_effect *e = vigil_emit(out, VIGIL_EFF_DAEMON, node->id);

		node->daemon = daemon;
		if (e)
			e->to = daemon;
	}
}

/*
 * Nobody is accused by someone who was asleep: if our own tick comes late, the
 * peers may have spoken in vain, so they get that much more time. Our own
 * leases get nothing: others count them from when we last spoke.
 */
void vigil_node_forgive(struct vigil_core *core, u64 now, struct vigil_effects *out)
{
	struct vigil_effect *e;
	u64 late;
	u16 i;

	if (now <= core->deadline)
		return;
	late = now - core->deadline;
	if (late <= core->cfg.timing.interval / 2)
		return;

	for (i = 1; i < core->n_nodes; i++) {
		struct vigil_node *node = &core->nodes[i];

		if (node->state != VIGIL_NODE_UNMET)	/* 0 stays 0: never heard */
			node->last_heard = vigil_min(node->last_heard + late, now);
		node->server.last_accepted = vigil_min(node->server.last_accepted + late, now);
	}
	e = vigil_emit(out, VIGIL_EFF_OVERSLEPT, core->cfg.self);
	if (e)
		e->amount = late;
}

/* Return: when to look at this node again. */
static u64 check_one(struct vigil_core *core, struct vigil_node *node, struct vigil_effects *out)
{
	const struct vigil_timing *t = &core->cfg.timing;
	u64 silent = core->now - node->last_heard;
	u64 next = VIGIL_NEVER;

	if (node->free_at && core->now >= node->free_at)
		vigil_death_settle(core, node, out);
	if (node->free_at)
		next = node->free_at;
	if (node->server.open) {
		if (core->now - node->server.last_accepted > t->expiry)
			vigil_session_end(core, node, out);
		else
			next = vigil_min(next, node->server.last_accepted + t->expiry + 1);
	}
	if (node->state == VIGIL_NODE_UP && silent >= t->detect)
		vigil_node_set_state(core, node, VIGIL_NODE_DOWN);
	if (node->state == VIGIL_NODE_DOWN && silent > t->expiry)
		vigil_node_set_state(core, node, VIGIL_NODE_EXPIRED);

	if (node->state == VIGIL_NODE_UP)
		next = vigil_min(next, node->last_heard + t->detect);
	else if (node->state == VIGIL_NODE_DOWN)
		next = vigil_min(next, node->last_heard + t->expiry + 1);
	return next;
}

void vigil_node_check(struct vigil_core *core, struct vigil_effects *out)
{
	u64 next = VIGIL_NEVER;
	u16 i;

	if (core->now < core->check_nodes_at)
		return;
	for (i = 1; i < core->n_nodes; i++)
		next = vigil_min(next, check_one(core, &core->nodes[i], out));
	core->check_nodes_at = next;
}
