// SPDX-License-Identifier: GPL-2.0
/*
 * Proof of death that does not wait for expiry.
 *
 *   confirm: a fencing device, asked by one of us, has powered the machine off
 *   gasp:    the node itself said that it has stopped for good
 *   poison:  one of us told it to reset itself; its answer is a gasp
 *
 * Proof is about one incarnation. By the time it arrives the node may have
 * started anew and hold what its earlier life held, or more; so what is not
 * about the incarnation that is known here changes nothing.
 */
#include "state.h"

/*
 * From here on nothing of it is heard. The sessions remember it for themselves:
 * one with an earlier life may outlast the proof that a later one has ended too.
 */
static void mark(struct vigil_core *core, struct vigil_node *node, u64 incarnation)
{
	struct vigil_server *srv = &node->server;

	node->dead = incarnation;
	node->free_at = 0;
	if (node->voter != VIGIL_NO_VOTER &&
	    core->clients[node->voter].s.voter.incarnation == incarnation)
		core->clients[node->voter].s.dead = true;
	if (srv->s.client.incarnation == incarnation)
		srv->s.dead = true;
	if (srv->half.client.incarnation == incarnation)
		srv->half_open = false;
}

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
	mark(core, node, incarnation);
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

/*
 * Who was poisoned begins its reset a tick later, and that takes at most half of
 * fence: the other half and a tick are for clocks and timers.
 */
static u64 grace(const struct vigil_core *core, u8 reason)
{
	if (reason == VIGIL_GASP_POISON)
		return core->cfg.timing.fence + 2 * VIGIL_TICK_NS;
	return core->cfg.gasp_grace;
}

void vigil_death_gasp(struct vigil_core *core, struct vigil_node *node, u64 incarnation,
		      const struct vigil_wire_item *item, struct vigil_effects *out)
{
	const struct vigil_wire_gasp *w = (const void *)(item + 1);
	const struct vigil_server *srv = &node->server;
	bool poisoned = w->reason == VIGIL_GASP_POISON;
	struct vigil_effect *e;

	if (core->cfg.gasp == VIGIL_GASP_OFF && !poisoned)
		return;
	mark(core, node, incarnation);
	if (core->cfg.gasp == VIGIL_GASP_RELEASE || poisoned)
		node->free_at = core->now + grace(core, w->reason);
	if (node->state == VIGIL_NODE_UP && node->incarnation == incarnation &&
	    !(srv->open && srv->s.client.incarnation != incarnation))
		vigil_node_set_state(core, node, VIGIL_NODE_DOWN);
	core->check_nodes_at = core->now;
	e = vigil_emit(out, VIGIL_EFF_GASP, node->id);
	if (!e)
		return;
	e->to = w->reason;
	e->data = (const u8 *)(w + 1);
	e->len = get_unaligned_be16(&item->len) - sizeof(*w);
}

void vigil_death_settle(struct vigil_core *core, struct vigil_node *node,
			struct vigil_effects *out)
{
	node->free_at = 0;
	is_dead(core, node, node->dead, out);
}

static const struct vigil_session *session_at(const struct vigil_core *core,
					      const struct vigil_node *node, bool as_voter)
{
	if (as_voter)
		return node->server.open ? &node->server.s : NULL;
	if (node->voter == VIGIL_NO_VOTER || !core->clients[node->voter].open)
		return NULL;
	return &core->clients[node->voter].s;
}

/* Once in each session of the pair. What is lost is not repeated: who asked sees no answer. */
int vigil_death_poison(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out)
{
	struct vigil_node *node = vigil_node_of(core, ev->node);
	const struct vigil_session *s;
	bool client, server;

	if (!node)
		return -ENOENT;
	if (ev->node == core->cfg.self)
		return -EINVAL;
	s = session_at(core, node, false);
	client = s && !s->dead;
	s = session_at(core, node, true);
	server = s && !s->dead;
	if (!client && !server)
		return -ENOTCONN;
	if ((client && !vigil_emit_item(core, out, node, false, VIGIL_ITEM_POISON, 0)) ||
	    (server && !vigil_emit_item(core, out, node, true, VIGIL_ITEM_POISON, 0)))
		return -ENOSPC;
	return 0;
}

void vigil_death_obey(struct vigil_core *core, const struct vigil_node *node,
		      struct vigil_effects *out)
{
	core->poisoned = true;
	core->poisoned_at = core->now;
	core->left = true;
	core->leave_next = 1;
	vigil_emit(out, VIGIL_EFF_POISONED, node->id);
}

void vigil_death_answer(struct vigil_core *core, struct vigil_node *node, bool as_voter,
			struct vigil_effects *out)
{
	struct vigil_wire_gasp *w;

	w = vigil_emit_item(core, out, node, as_voter, VIGIL_ITEM_GASP, sizeof(*w));
	if (w)
		w->reason = VIGIL_GASP_POISON;
}

bool vigil_core_gasp(const struct vigil_core *core, u16 index, bool as_voter, u8 reason,
		     const void *data, u16 len, struct vigil_gasp *gasp)
{
	const struct vigil_node *node = &core->nodes[index];
	const struct vigil_session *s = session_at(core, node, as_voter);
	struct vigil_wire_preface *preface = (void *)gasp->body;
	struct vigil_wire_item *item = (void *)(preface + 1);
	struct vigil_wire_gasp *w = (void *)(item + 1);

	if (!s || core->left)
		return false;
	if (len > VIGIL_GASP_LEN)
		len = VIGIL_GASP_LEN;
	memset(preface, 0, sizeof(*preface));
	memset(item, 0, sizeof(*item));
	item->type = VIGIL_ITEM_GASP;
	put_unaligned_be16(sizeof(*w) + len, &item->len);
	w->reason = reason;
	memcpy(w + 1, data, len);
	gasp->node = node->id;
	gasp->from_voter = as_voter;
	gasp->sid = s->sid;
	gasp->keys = &s->keys;
	gasp->len = sizeof(*preface) + sizeof(*item) + sizeof(*w) + len;
	return true;
}
