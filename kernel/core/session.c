// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: a client has one with each voter.
 *
 *   client                                             voter
 *   closed  -- HELLO(a) ---------------------------->  half-open (a, b); nothing else changes
 *   open    <- HACK(a, b) --------------------------
 *           -- first DATA sealed with key(a, b) ---->  open; an older session and its grants end
 *           <- DATA echo(counter) -------------------
 *   lease until t_send(counter) + lease
 *
 * The client replaces a session only when its lease has lapsed and no fence is
 * owed (the voter would free grants that still count). The voter ends one when
 * a new one is proved, when nothing came for expiry, on goodbye, or when the
 * client is proved dead (death.c).
 */
#include "state.h"

static bool nonce_equal(const struct vigil_nonce *a, const struct vigil_nonce *b)
{
	return a->incarnation == b->incarnation && a->number == b->number;
}

u64 vigil_session_lease(const struct vigil_core *core, u8 v)
{
	if (v == core->self_voter)
		return VIGIL_NEVER;
	return core->clients[v].open ? core->clients[v].lease_until : 0;
}

void vigil_session_flush_all(struct vigil_core *core)
{
	u8 v;

	for (v = 0; v < core->cfg.n_voters; v++)
		core->clients[v].flush = true;
}

/* Voter: forget a client's session and free what was granted in it. */
void vigil_session_end(struct vigil_core *core, struct vigil_node *node, struct vigil_effects *out)
{
	node->server.open = false;
	vigil_vote_drop_node(core, node->id, out);
}

static int refuse(struct vigil_node *node, enum vigil_refusal why, struct vigil_effects *out)
{
	struct vigil_effect *e;

	if (node->refusal != why) {
		e = vigil_emit(out, VIGIL_EFF_REFUSED, node->id);
		if (e)
			e->to = why;
		node->refusal = why;
	}
	return -EPERM;
}

static bool emit_derive(struct vigil_effects *out, struct vigil_node *node, bool as_voter,
			u8 slot, struct vigil_session *s)
{
	struct vigil_effect *e = vigil_emit(out, VIGIL_EFF_DERIVE, node->id);

	if (!e)
		return false;
	e->from_voter = as_voter;
	e->slot = slot;
	e->sid = s->sid;
	e->keys = &s->keys;
	e->client = s->client;
	e->voter = s->voter;
	return true;
}

static struct vigil_node *peer_of(const struct vigil_core *core, u16 id)
{
	struct vigil_node *node = vigil_node_of(core, id);

	return node && id != core->cfg.self ? node : NULL;
}

/* Voter: an old HELLO, replayed or overtaken by a newer one of the same incarnation. */
static bool hello_is_old(const struct vigil_server *srv, const struct vigil_nonce *a)
{
	if (srv->open && srv->s.client.incarnation == a->incarnation &&
	    a->number <= srv->s.client.number)
		return true;
	return srv->half_open && srv->half.client.incarnation == a->incarnation &&
	       a->number < srv->half.client.number;
}

static int make_half_open(struct vigil_core *core, struct vigil_node *node,
			  const struct vigil_nonce *a, u8 slot, struct vigil_effects *out)
{
	struct vigil_server *srv = &node->server;

	memset(&srv->half, 0, sizeof(srv->half));
	srv->half_open = false;
	srv->half.client = *a;
	srv->half_slot = slot;
	srv->half.voter.incarnation = core->cfg.incarnation;
	srv->half.voter.number = ++core->last_voter_nonce;
	srv->half.sid = (u32)(core->cfg.incarnation + core->last_voter_nonce);
	if (!emit_derive(out, node, true, slot, &srv->half))
		return -ENOSPC;
	srv->half_open = true;
	return 0;
}

int vigil_session_hello(struct vigil_core *core, const struct vigil_event *ev,
			struct vigil_effects *out)
{
	struct vigil_node *node = peer_of(core, ev->node);
	struct vigil_handshake hs;
	struct vigil_server *srv;
	int err;

	if (!node || core->self_voter == VIGIL_NO_VOTER)
		return -EPROTO;
	err = vigil_wire_get_handshake(core, ev->packet, ev->len, &hs);
	if (err)
		return err;
	if (vigil_is_dead(node, hs.client.incarnation))
		return -EPERM;
	if (hs.refusal)
		return refuse(node, hs.refusal, out);

	srv = &node->server;
	if (hello_is_old(srv, &hs.client))
		return -EALREADY;
	/* The same HELLO under another cluster key asks for another session: keys differ. */
	if (!srv->half_open || !nonce_equal(&srv->half.client, &hs.client) ||
	    srv->half_slot != ev->slot) {
		err = make_half_open(core, node, &hs.client, ev->slot, out);
		if (err)
			return err;
	}
	vigil_emit_handshake(core, out, node->id, VIGIL_WIRE_HACK, &srv->half, ev->slot);
	return 0;
}

/* Client: is this the answer we wait for, and may we act on it? */
static bool hack_fits(const struct vigil_core *core, const struct vigil_client *c,
		      const struct vigil_handshake *hs)
{
	return c->pending && hs->client.number == c->pending &&
	       hs->client.incarnation == core->cfg.incarnation &&
	       hs->voter.incarnation && hs->voter.number &&
	       !(c->open && core->now < c->lease_until) && !vigil_fence_owed(core);
}

int vigil_session_hack(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out)
{
	struct vigil_node *node = peer_of(core, ev->node);
	struct vigil_handshake hs;
	struct vigil_client *c;
	int err;

	if (!node || node->voter == VIGIL_NO_VOTER)
		return -EPROTO;
	err = vigil_wire_get_handshake(core, ev->packet, ev->len, &hs);
	if (err)
		return err;
	c = &core->clients[node->voter];
	if (!hack_fits(core, c, &hs))
		return -EPROTO;
	if (vigil_is_dead(node, hs.voter.incarnation))
		return -EPERM;
	if (hs.refusal)
		return refuse(node, hs.refusal, out);

	memset(c, 0, sizeof(*c));
	c->s.client = hs.client;
	c->s.voter = hs.voter;
	c->s.sid = ev->sid;
	c->hello_at = core->now + core->cfg.timing.detect;
	c->last_heard = core->now;
	vigil_claim_forget_voter(core, node->voter);
	if (!emit_derive(out, node, false, ev->slot, &c->s))
		return -ENOSPC;
	c->open = true;
	c->flush = true;
	node->incarnation = hs.voter.incarnation;
	node->refusal = VIGIL_REFUSE_NONE;
	return 0;
}

/* Voter: the first packet of the half-open session proves it. */
static void promote(struct vigil_core *core, struct vigil_node *node, struct vigil_effects *out)
{
	struct vigil_server *srv = &node->server;

	vigil_session_end(core, node, out);
	srv->s = srv->half;
	srv->half_open = false;
	srv->open = true;
	node->incarnation = srv->s.client.incarnation;
	node->refusal = VIGIL_REFUSE_NONE;
	core->check_nodes_at = vigil_min(core->check_nodes_at,
					 core->now + core->cfg.timing.detect);
}

static void deliver_msg(struct vigil_effects *out, struct vigil_node *node,
			const struct vigil_wire_item *item)
{
	struct vigil_effect *e = vigil_emit(out, VIGIL_EFF_MSG, node->id);

	if (!e)
		return;
	e->data = (const u8 *)(item + 1);
	e->len = get_unaligned_be16(&item->len);
}

/* @newest: no later packet came before. An overtaken claim may be released long since. */
static void server_item(struct vigil_core *core, struct vigil_node *node,
			const struct vigil_wire_item *item, bool newest,
			struct vigil_effects *out)
{
	struct vigil_claim_item ci;

	switch (item->type) {
	case VIGIL_ITEM_CLAIM:
		if (!newest)
			break;
		vigil_wire_get_claim(item, &ci);
		vigil_vote_claim(core, node->id, &ci, out);
		break;
	case VIGIL_ITEM_RELEASE:
		vigil_wire_get_claim(item, &ci);
		vigil_vote_release(core, node->id, &ci, out);
		break;
	case VIGIL_ITEM_LEAVE:
		vigil_session_end(core, node, out);
		vigil_node_set_state(core, node, VIGIL_NODE_LEFT);
		break;
	case VIGIL_ITEM_MSG:
		deliver_msg(out, node, item);
		break;
	case VIGIL_ITEM_NOTE:
		vigil_note_take(core, node, true, item, out);
		break;
	case VIGIL_ITEM_CONFIRM:
		vigil_death_heard(core, item, out);
		break;
	case VIGIL_ITEM_GASP:
		vigil_death_gasp(core, node, node->server.s.client.incarnation, item, out);
		break;
	case VIGIL_ITEM_POISON:
		vigil_death_obey(core, node, out);
		break;
	}
}

/*
 * A gasp that was made without a step is no beat and has no place in the window.
 * It is the last packet of its session, or, if gasps count for nothing, none at all.
 */
static int last_words(struct vigil_core *core, struct vigil_node *node, u64 incarnation,
		      const struct vigil_event *ev, struct vigil_effects *out)
{
	u16 at = sizeof(struct vigil_wire_preface);
	const struct vigil_wire_item *item;

	if (!vigil_wire_next_item(ev->packet, ev->len, &at, &item) ||
	    item->type != VIGIL_ITEM_GASP)
		return -EBADMSG;
	vigil_death_gasp(core, node, incarnation, item, out);
	return 0;
}

static int server_data(struct vigil_core *core, struct vigil_node *node,
		       const struct vigil_event *ev, struct vigil_effects *out)
{
	struct vigil_server *srv = &node->server;
	const struct vigil_session *s = &srv->s;
	u16 at = sizeof(struct vigil_wire_preface);
	const struct vigil_wire_item *item;
	const struct vigil_wire_preface *preface = (const void *)ev->packet;

	if (!(srv->open && srv->s.sid == ev->sid)) {
		if (!srv->half_open || srv->half.sid != ev->sid || !ev->counter)
			return -EPROTO;
		s = &srv->half;
	}
	if (s->dead)
		return -EPERM;
	if (s == &srv->half)
		promote(core, node, out);
	if (ev->counter >= VIGIL_GASP_COUNTER)
		return last_words(core, node, srv->s.client.incarnation, ev, out);
	if (!vigil_replay_accept(&srv->s.replay, ev->counter))
		return -EALREADY;
	srv->last_accepted = core->now;
	vigil_node_heard(core, node, preface->state, out);
	while (srv->open && !core->left && !srv->s.dead &&
	       vigil_wire_next_item(ev->packet, ev->len, &at, &item))
		server_item(core, node, item, ev->counter == srv->s.replay.newest, out);
	if (srv->open && !core->left && vigil_emit_packet(core, out, node, true))
		vigil_note_tell(core, node, true, out);
	return 0;
}

/* A lease runs from the sending of the beat that is echoed, and is never cut short. */
static void take_echo(struct vigil_core *core, struct vigil_client *c, u64 echo)
{
	u8 slot = echo % VIGIL_SENT_RING;
	u64 until;

	if (!echo || c->sent[slot].counter != echo)
		return;
	until = c->sent[slot].at + core->cfg.timing.lease;
	if (until <= c->lease_until)
		return;
	c->lease_until = until;
	core->dirty = true;
}

static void client_item(struct vigil_core *core, struct vigil_node *node,
			const struct vigil_wire_item *item, struct vigil_effects *out)
{
	struct vigil_claim_item ci;

	switch (item->type) {
	case VIGIL_ITEM_MSG:
		deliver_msg(out, node, item);
		break;
	case VIGIL_ITEM_NOTE:
		vigil_note_take(core, node, false, item, out);
		break;
	case VIGIL_ITEM_CONFIRM:
		vigil_death_heard(core, item, out);
		break;
	case VIGIL_ITEM_GASP:
		vigil_death_gasp(core, node, core->clients[node->voter].s.voter.incarnation, item,
				 out);
		break;
	case VIGIL_ITEM_POISON:
		vigil_death_obey(core, node, out);
		break;
	default:
		vigil_wire_get_claim(item, &ci);
		vigil_claim_answer(core, node->voter, &ci, out);
	}
}

static int client_data(struct vigil_core *core, struct vigil_node *node,
		       const struct vigil_event *ev, struct vigil_effects *out)
{
	const struct vigil_wire_preface *preface = (const void *)ev->packet;
	u16 at = sizeof(*preface);
	const struct vigil_wire_item *item;
	struct vigil_client *c;

	if (node->voter == VIGIL_NO_VOTER)
		return -EPROTO;
	c = &core->clients[node->voter];
	if (!c->open || c->s.sid != ev->sid)
		return -EPROTO;
	if (c->s.dead)
		return -EPERM;
	if (ev->counter >= VIGIL_GASP_COUNTER)
		return last_words(core, node, c->s.voter.incarnation, ev, out);
	if (!vigil_replay_accept(&c->s.replay, ev->counter))
		return -EALREADY;
	c->last_heard = core->now;
	c->learning = preface->state & VIGIL_WIRE_S_LEARNING;
	vigil_node_heard(core, node, preface->state, out);
	take_echo(core, c, get_unaligned_be64(&preface->echo));
	while (!core->left && !c->s.dead &&
	       vigil_wire_next_item(ev->packet, ev->len, &at, &item))
		client_item(core, node, item, out);
	return 0;
}

int vigil_session_data(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out)
{
	struct vigil_node *node = peer_of(core, ev->node);

	if (!node)
		return -EPROTO;
	if (!vigil_wire_items_valid(ev->packet, ev->len, ev->from_voter))
		return -EBADMSG;
	return ev->from_voter ? client_data(core, node, ev, out) : server_data(core, node, ev, out);
}

const struct vigil_keys *vigil_core_rx_keys(const struct vigil_core *core, u16 id,
					    bool from_voter, u32 sid)
{
	const struct vigil_node *node = peer_of(core, id);
	const struct vigil_client *c;

	if (!node || core->left)
		return NULL;
	if (!from_voter) {
		if (node->server.open && node->server.s.sid == sid)
			return &node->server.s.keys;
		if (node->server.half_open && node->server.half.sid == sid)
			return &node->server.half.keys;
		return NULL;
	}
	if (node->voter == VIGIL_NO_VOTER)
		return NULL;
	c = &core->clients[node->voter];
	return c->open && c->s.sid == sid ? &c->s.keys : NULL;
}

/* When the client's next HELLO to voter @v is due; VIGIL_NEVER: none is needed. */
static u64 hello_due(const struct vigil_core *core, u8 v)
{
	const struct vigil_client *c = &core->clients[v];

	if (v == core->self_voter || !vigil_voter_node(core, v) || vigil_fence_owed(core))
		return VIGIL_NEVER;
	return c->open ? vigil_max(c->lease_until, c->hello_at) : c->hello_at;
}

static void hello(struct vigil_core *core, u8 v, struct vigil_effects *out)
{
	struct vigil_client *c = &core->clients[v];
	struct vigil_session s = {};

	/* The same nonce until it is answered: a slow HACK is not made worthless. */
	if (!c->pending)
		c->pending = ++core->last_client_nonce;
	s.client.incarnation = core->cfg.incarnation;
	s.client.number = c->pending;
	c->hello_at = core->now + core->cfg.timing.interval;
	vigil_emit_handshake(core, out, core->cfg.voters[v], VIGIL_WIRE_HELLO, &s,
			     VIGIL_SLOT_ACTIVE);
}

/* A session whose lease lapsed and that stays silent is given up, so the voter can expire it. */
static void close_silent(struct vigil_core *core, u8 v)
{
	struct vigil_client *c = &core->clients[v];
	const struct vigil_timing *t = &core->cfg.timing;

	if (!c->open || vigil_fence_owed(core) || core->now < c->lease_until ||
	    core->now - c->last_heard <= t->lease + t->expiry)
		return;
	c->open = false;
	vigil_claim_forget_voter(core, v);
}

static void beat(struct vigil_core *core)
{
	const u64 interval = core->cfg.timing.interval;
	u8 v;

	core->round++;
	core->next_beat += interval;
	if (core->next_beat <= core->now)
		core->next_beat = core->now + interval;
	vigil_claim_new_round(core);
	vigil_note_new_round(core);
	for (v = 0; v < core->cfg.n_voters; v++)
		close_silent(core, v);
	vigil_session_flush_all(core);
}

void vigil_session_tick(struct vigil_core *core, struct vigil_effects *out)
{
	u8 v;

	if (core->now >= core->next_beat)
		beat(core);
	for (v = 0; v < core->cfg.n_voters; v++) {
		struct vigil_client *c = &core->clients[v];

		if (v == core->self_voter)
			continue;
		if (core->now >= hello_due(core, v))
			hello(core, v, out);
		if (!c->open || !c->flush)
			continue;
		c->flush = !vigil_emit_packet(core, out, vigil_voter_node(core, v), false) ||
			   !vigil_claim_tell(core, v, out) ||
			   !vigil_note_tell(core, vigil_voter_node(core, v), false, out);
	}
}

u64 vigil_session_deadline(const struct vigil_core *core)
{
	u64 next = core->next_beat;
	u8 v;

	for (v = 0; v < core->cfg.n_voters; v++)
		next = vigil_min(next, hello_due(core, v));
	return next;
}
