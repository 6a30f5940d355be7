// SPDX-License-Identifier: GPL-2.0
/*
 * Notes: small news from kernel to kernel that does not wait for the next beat.
 *
 *   user event -> ring -> extra beat in every session -> repeated with the next beats
 *
 * Nothing is acknowledged: a note that was lost comes again with the next beats
 * and before later notes, and the receiver knows what it has had. Between two
 * extra beats is a pause, so that notes, however many come up, neither crowd out
 * the send times of beats (VIGIL_SENT_RING), which leases count from, nor keep
 * the peers busy. Notes of that pause go together; the oldest of too many is lost.
 */
#include "state.h"

static_assert(VIGIL_NOTES <= 32, "a bit of vigil_session.notes for each");
static_assert(VIGIL_NOTES < VIGIL_REPLAY_WINDOW, "a repeat is in the receiver's window");

static struct vigil_note *note_of(struct vigil_core *core, u64 seq)
{
	return &core->notes[seq % VIGIL_NOTES];
}

static void add(struct vigil_core *core, u8 item, const void *data, u8 len)
{
	struct vigil_note *note = note_of(core, ++core->last_note);

	note->item = item;
	note->len = len;
	note->repeats = VIGIL_NOTE_REPEATS;
	memcpy(note->data, data, len);
	core->note_waits = true;
}

int vigil_note_add(struct vigil_core *core, const struct vigil_event *ev)
{
	if (!ev->len || ev->len > VIGIL_NOTE_LEN)
		return -EMSGSIZE;
	add(core, VIGIL_ITEM_NOTE, ev->packet, (u8)ev->len);
	return 0;
}

void vigil_note_confirm(struct vigil_core *core, const struct vigil_wire_confirm *w)
{
	add(core, VIGIL_ITEM_CONFIRM, w, sizeof(*w));
}

/* To be said in all sessions that there are. */
static void mark(struct vigil_core *core, u32 notes)
{
	u16 i;
	u8 v;

	for (v = 0; v < core->cfg.n_voters; v++)
		if (core->clients[v].open)
			core->clients[v].s.notes |= notes;
	for (i = 1; i < core->n_nodes; i++)
		if (core->nodes[i].server.open)
			core->nodes[i].server.s.notes |= notes;
}

static u32 recent(const struct vigil_core *core)
{
	u32 notes = 0;
	u8 i;

	for (i = 0; i < VIGIL_NOTES; i++)
		if (core->notes[i].repeats)
			notes |= BIT(i);
	return notes;
}

void vigil_note_new_round(struct vigil_core *core)
{
	u32 notes = recent(core);
	u8 i;

	if (!notes)
		return;
	mark(core, notes);
	for (i = 0; i < VIGIL_NOTES; i++)
		if (core->notes[i].repeats)
			core->notes[i].repeats--;
}

void vigil_note_hurry(struct vigil_core *core)
{
	if (!core->note_waits || core->now < core->next_hurry)
		return;
	/* With those before it, oldest first: one that was lost does not come after it. */
	mark(core, recent(core));
	core->note_waits = false;
	core->next_hurry = core->now + core->cfg.timing.interval / VIGIL_HURRIES;
	core->hurry_node = 1;
	vigil_session_flush_all(core);
}

/* Only what is not to be heard twice has its number with it. */
static bool say(struct vigil_core *core, struct vigil_node *node, bool as_voter, u64 seq,
		struct vigil_effects *out)
{
	const struct vigil_note *note = note_of(core, seq);
	u16 head = note->item == VIGIL_ITEM_NOTE ? sizeof(struct vigil_wire_note) : 0;
	u8 *p = vigil_emit_item(core, out, node, as_voter, note->item, head + note->len);

	if (!p)
		return false;
	if (head)
		put_unaligned_be64(seq, &((struct vigil_wire_note *)p)->seq);
	memcpy(p + head, note->data, note->len);
	return true;
}

bool vigil_note_tell(struct vigil_core *core, struct vigil_node *node, bool as_voter,
		     struct vigil_effects *out)
{
	u32 *notes = as_voter ? &node->server.s.notes : &core->clients[node->voter].s.notes;
	u64 seq = core->last_note < VIGIL_NOTES ? 1 : core->last_note - VIGIL_NOTES + 1;

	for (; *notes && seq <= core->last_note; seq++) {
		u32 bit = BIT(seq % VIGIL_NOTES);

		if (!(*notes & bit))
			continue;
		if (!say(core, node, as_voter, seq, out))
			return false;
		*notes &= ~bit;
	}
	return true;
}

void vigil_note_flush(struct vigil_core *core, struct vigil_effects *out)
{
	for (; core->hurry_node < core->n_nodes; core->hurry_node++) {
		struct vigil_node *node = &core->nodes[core->hurry_node];

		if (node->server.open && !vigil_note_tell(core, node, true, out))
			return;
	}
}

u64 vigil_note_deadline(const struct vigil_core *core)
{
	return core->note_waits ? core->next_hurry : VIGIL_NEVER;
}

/* Who is at the other end of one of our sessions with this node; 0: it is not open. */
static u64 peer_in(const struct vigil_core *core, const struct vigil_node *node, bool as_voter)
{
	const struct vigil_client *c;

	if (as_voter)
		return node->server.open ? node->server.s.client.incarnation : 0;
	if (node->voter == VIGIL_NO_VOTER)
		return 0;
	c = &core->clients[node->voter];
	return c->open ? c->s.voter.incarnation : 0;
}

/*
 * What has been heard from this incarnation of the peer. The two sessions with
 * it may be with two incarnations for a while: each has a window, and a new one
 * gets that of the incarnation with which there is no session any more.
 */
static struct vigil_replay *window_of(const struct vigil_core *core, struct vigil_node *node,
				      bool as_voter)
{
	u64 from = peer_in(core, node, as_voter);
	u64 other = peer_in(core, node, !as_voter);
	u8 i;

	for (i = 0; i < ARRAY_SIZE(node->heard); i++)
		if (node->heard[i].incarnation == from)
			return &node->heard[i].notes;
	i = other && node->heard[0].incarnation == other;
	memset(&node->heard[i], 0, sizeof(node->heard[i]));
	node->heard[i].incarnation = from;
	return &node->heard[i].notes;
}

void vigil_note_take(struct vigil_core *core, struct vigil_node *node, bool as_voter,
		     const struct vigil_wire_item *item, struct vigil_effects *out)
{
	const struct vigil_wire_note *w = (const void *)(item + 1);
	struct vigil_effect *e;

	/* Half of the room is for the answer. What is not heard comes again. */
	if (out->n >= VIGIL_EFFECTS_MAX / 2)
		return;
	if (!vigil_replay_accept(window_of(core, node, as_voter), get_unaligned_be64(&w->seq)))
		return;
	e = vigil_emit(out, VIGIL_EFF_NOTE, node->id);
	e->data = (const u8 *)(w + 1);
	e->len = get_unaligned_be16(&item->len) - sizeof(*w);
}
