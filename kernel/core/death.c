// SPDX-License-Identifier: GPL-2.0
/*
 * Proof of death that does not wait for expiry.
 *
 *   confirm: a fencing device, asked by one of us, has powered the machine off
 *
 * Proof is about one incarnation. By the time it arrives the node may have
 * started anew and hold what its earlier life held, or more; so what is not
 * about the incarnation that is known here changes nothing.
 */
#include "state.h"

/*
 * Our client session with the dead one, if it votes, stays until its lease has
 * lapsed: its grants count until then as they do when it just falls silent, for
 * its next incarnation learns first.
 */
static int is_dead(struct vigil_core *core, struct vigil_node *node, u64 incarnation,
		   struct vigil_effects *out)
{
	struct vigil_server *srv = &node->server;
	bool ours = srv->open && srv->s.client.incarnation == incarnation;
	bool known = node->incarnation == incarnation;

	if (!ours && !known)
		return -ESTALE;
	node->dead = incarnation;
	if (srv->half_open && srv->half.client.incarnation == incarnation)
		srv->half_open = false;
	if (ours)
		vigil_session_end(core, node, out);
	/* Another one has a session: its own silence, if it is silent, tells about it. */
	if (known && !srv->open && node->state != VIGIL_NODE_LEFT)
		vigil_node_set_state(core, node, VIGIL_NODE_EXPIRED);
	return 0;
}

int vigil_death_confirm(struct vigil_core *core, const struct vigil_event *ev,
			struct vigil_effects *out)
{
	struct vigil_node *node = vigil_node_of(core, ev->node);
	struct vigil_wire_confirm w;
	int err;

	if (!node)
		return -ENOENT;
	if (ev->node == core->cfg.self || !ev->incarnation)
		return -EINVAL;
	err = is_dead(core, node, ev->incarnation, out);
	if (err)
		return err;
	put_unaligned_be64(ev->incarnation, &w.incarnation);
	put_unaligned_be16(ev->node, &w.node);
	vigil_note_confirm(core, &w);
	return 0;
}

void vigil_death_heard(struct vigil_core *core, const struct vigil_wire_item *item,
		       struct vigil_effects *out)
{
	const struct vigil_wire_confirm *w = (const void *)(item + 1);
	u16 id = get_unaligned_be16(&w->node);
	u64 incarnation = get_unaligned_be64(&w->incarnation);
	struct vigil_node *node = vigil_node_of(core, id);

	if (node && id != core->cfg.self && incarnation)
		is_dead(core, node, incarnation, out);
}
