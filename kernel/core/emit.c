// SPDX-License-Identifier: GPL-2.0
/* Building effects: packets to peers, news for the outside. See core.h for their meaning. */
#include "state.h"

struct vigil_effect *vigil_emit(struct vigil_effects *out, enum vigil_effect_type type, u16 node)
{
	struct vigil_effect *e;

	if (out->n == VIGIL_EFFECTS_MAX) {
		out->more = true;
		return NULL;
	}
	e = &out->list[out->n++];
	memset(e, 0, sizeof(*e));
	e->type = type;
	e->node = node;
	return e;
}

void *vigil_emit_room(struct vigil_effects *out, u16 len)
{
	void *p = out->arena + out->used;

	if (len > VIGIL_EFFECTS_ARENA - out->used) {
		out->more = true;
		return NULL;
	}
	out->used += len;
	memset(p, 0, len);
	return p;
}

static struct vigil_session *session_of(struct vigil_core *core, struct vigil_node *node,
					bool as_voter)
{
	if (as_voter)
		return node->server.open ? &node->server.s : NULL;
	if (node->voter == VIGIL_NO_VOTER || !core->clients[node->voter].open)
		return NULL;
	return &core->clients[node->voter].s;
}

static void note_sent(struct vigil_core *core, const struct vigil_node *node, u64 counter)
{
	struct vigil_client *c = &core->clients[node->voter];
	u8 slot = counter % VIGIL_SENT_RING;

	c->sent[slot].counter = counter;
	c->sent[slot].at = core->now;
}

static u8 own_state(const struct vigil_core *core, bool as_voter)
{
	u8 state = core->daemon ? VIGIL_WIRE_S_DAEMON : 0;

	if (as_voter && core->learning)
		state |= VIGIL_WIRE_S_LEARNING;
	if (core->left && !core->poisoned)
		state |= VIGIL_WIRE_S_LEAVING;
	return state;
}

static struct vigil_effect *new_packet(struct vigil_core *core, struct vigil_effects *out,
				       struct vigil_node *node, bool as_voter)
{
	struct vigil_session *s = session_of(core, node, as_voter);
	struct vigil_wire_preface *preface;
	struct vigil_effect *e;

	if (!s)
		return NULL;
	/* Room for the smallest and the largest packet alike: no half-written one. */
	if (out->used + VIGIL_WIRE_MAX_BODY > VIGIL_EFFECTS_ARENA) {
		out->more = true;
		return NULL;
	}
	e = vigil_emit(out, VIGIL_EFF_SEND, node->id);
	if (!e)
		return NULL;
	preface = vigil_emit_room(out, sizeof(*preface));
	preface->state = own_state(core, as_voter);
	if (as_voter)
		put_unaligned_be64(s->replay.newest, &preface->echo);
	e->wire = VIGIL_WIRE_DATA;
	e->from_voter = as_voter;
	e->sid = s->sid;
	e->counter = ++s->tx_counter;
	e->keys = &s->keys;
	e->data = (u8 *)preface;
	e->len = sizeof(*preface);
	if (!as_voter)
		note_sent(core, node, e->counter);
	return e;
}

/* The newest effect, if it is a packet in this session that nothing follows in the arena. */
static struct vigil_effect *last_packet(struct vigil_core *core, struct vigil_effects *out,
					struct vigil_node *node, bool as_voter)
{
	struct vigil_session *s = session_of(core, node, as_voter);
	struct vigil_effect *e;

	if (!s || !out->n)
		return NULL;
	e = &out->list[out->n - 1];
	if (e->type != VIGIL_EFF_SEND || e->wire != VIGIL_WIRE_DATA || e->keys != &s->keys ||
	    e->counter != s->tx_counter || e->data + e->len != out->arena + out->used)
		return NULL;
	return e;
}

bool vigil_emit_packet(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		       bool as_voter)
{
	return last_packet(core, out, node, as_voter) || new_packet(core, out, node, as_voter);
}

void *vigil_emit_item(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		      bool as_voter, u8 type, u16 len)
{
	struct vigil_effect *e = last_packet(core, out, node, as_voter);
	u16 whole = sizeof(struct vigil_wire_item) + len;
	struct vigil_wire_item *item;

	if (!e || e->len + whole > VIGIL_WIRE_MAX_BODY)
		e = new_packet(core, out, node, as_voter);
	if (!e)
		return NULL;
	item = vigil_emit_room(out, whole);
	if (!item)
		return NULL;
	item->type = type;
	put_unaligned_be16(len, &item->len);
	e->len += whole;
	return item + 1;
}

bool vigil_emit_claim(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		      bool as_voter, const struct vigil_claim_item *ci)
{
	struct vigil_wire_claim *w;

	w = vigil_emit_item(core, out, node, as_voter, ci->type, sizeof(*w) + ci->name_len);
	if (!w)
		return false;
	put_unaligned_be64(ci->k, &w->k);
	put_unaligned_be16(ci->rank, &w->rank);
	put_unaligned_be16(ci->node, &w->node);
	w->flags = ci->flags;
	w->name_len = ci->name_len;
	memcpy(w + 1, ci->name, ci->name_len);
	return true;
}

void vigil_emit_handshake(struct vigil_core *core, struct vigil_effects *out, u16 node, u8 wire,
			  const struct vigil_session *s, u8 slot)
{
	struct vigil_wire_handshake *w = vigil_emit_room(out, sizeof(*w));
	struct vigil_effect *e;

	if (!w)
		return;
	e = vigil_emit(out, VIGIL_EFF_SEND, node);
	if (!e)
		return;
	vigil_wire_put_handshake(core, s, w);
	e->wire = wire;
	e->from_voter = wire == VIGIL_WIRE_HACK;
	e->slot = slot;
	e->sid = s->sid;
	e->data = (u8 *)w;
	e->len = sizeof(*w);
}

static bool report_node(struct vigil_effects *out, struct vigil_node *node)
{
	struct vigil_effect *e = vigil_emit(out, VIGIL_EFF_NODE, node->id);

	if (!e)
		return false;
	e->from = node->reported;
	e->to = node->state;
	node->reported = node->state;
	return true;
}

/* The name is copied: the entry may be gone before the effect is carried out. */
static bool report_claim(struct vigil_effects *out, struct vigil_claim *claim)
{
	struct vigil_effect *e;
	char *name;

	if (out->n == VIGIL_EFFECTS_MAX) {
		out->more = true;
		return false;
	}
	name = vigil_emit_room(out, claim->e.name_len + 1);
	if (!name)
		return false;
	memcpy(name, claim->e.name, claim->e.name_len);
	e = vigil_emit(out, VIGIL_EFF_CLAIM, 0);
	e->name = name;
	e->k = claim->k;
	e->from = claim->reported;
	e->to = claim->state;
	claim->reported = claim->state;
	return true;
}

static void report_claims(struct vigil_core *core, struct vigil_effects *out)
{
	u16 i;

	for (i = 0; i < core->claims.top && core->unreported_claims; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (!claim || (claim->reported == claim->state && claim->state))
			continue;
		if (claim->reported != claim->state && !report_claim(out, claim))
			return;
		if (!claim->state)
			vigil_table_del(&core->claims, claim);
	}
	core->unreported_claims = 0;
}

void vigil_emit_reports(struct vigil_core *core, struct vigil_effects *out)
{
	u16 i;

	for (i = 0; i < core->n_nodes && core->unreported_nodes; i++) {
		struct vigil_node *node = &core->nodes[i];

		if (node->reported != node->state && !report_node(out, node))
			return;
	}
	core->unreported_nodes = 0;
	report_claims(core, out);
}
