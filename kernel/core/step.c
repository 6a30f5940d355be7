// SPDX-License-Identifier: GPL-2.0
/*
 * One step of the protocol: what the passing of time changes, then the event,
 * then what follows from both. Everything is decided at one instant.
 */
#include "state.h"

/* Holds first: whatever comes now must meet claims that know they are lost. */
static void pass_time(struct vigil_core *core, u64 now, struct vigil_effects *out)
{
	vigil_node_forgive(core, now, out);
	core->now = now;
	if (now >= core->hold_check_at)
		vigil_claim_review(core);
	vigil_vote_check(core, out);
	vigil_node_check(core, out);
}

static int leave(struct vigil_core *core)
{
	if (core->n_held)
		return -EBUSY;
	core->left = true;
	core->leave_next = 1;
	return 0;
}

static void say_goodbye_to(struct vigil_core *core, struct vigil_node *node,
			   struct vigil_effects *out)
{
	bool client = node->voter != VIGIL_NO_VOTER && core->clients[node->voter].open;

	if (core->poisoned) {
		if (client)
			vigil_death_answer(core, node, false, out);
		if (node->server.open)
			vigil_death_answer(core, node, true, out);
		return;
	}
	if (client)
		vigil_emit_item(core, out, node, false, VIGIL_ITEM_LEAVE, 0);
	if (node->server.open)
		vigil_emit_packet(core, out, node, true);
}

/* Goodbye to every client and voter, as many in a step as there is room for. */
static void say_goodbye(struct vigil_core *core, struct vigil_effects *out)
{
	while (core->leave_next < core->n_nodes) {
		struct vigil_node *node = &core->nodes[core->leave_next];

		if (out->n + 2 > VIGIL_EFFECTS_MAX ||
		    out->used + 2 * VIGIL_WIRE_MAX_BODY > VIGIL_EFFECTS_ARENA) {
			out->more = true;
			return;
		}
		say_goodbye_to(core, node, out);
		core->leave_next++;
	}
}

static int send_msg(struct vigil_core *core, const struct vigil_event *ev,
		    struct vigil_effects *out)
{
	struct vigil_node *node = vigil_node_of(core, ev->node);
	bool as_voter;
	void *p;

	if (!node)
		return -ENOENT;
	if (!ev->len || ev->len > VIGIL_MSG_LEN)
		return -EMSGSIZE;
	as_voter = node->voter == VIGIL_NO_VOTER || !core->clients[node->voter].open;
	if (as_voter && !node->server.open)
		return -ENOTCONN;
	p = vigil_emit_item(core, out, node, as_voter, VIGIL_ITEM_MSG, ev->len);
	if (!p)
		return -ENOSPC;
	memcpy(p, ev->packet, ev->len);
	return 0;
}

static int take_event(struct vigil_core *core, const struct vigil_event *ev,
		      struct vigil_effects *out)
{
	switch (ev->type) {
	case VIGIL_EV_TICK:
		return 0;
	case VIGIL_EV_HELLO:
		return vigil_session_hello(core, ev, out);
	case VIGIL_EV_HACK:
		return vigil_session_hack(core, ev, out);
	case VIGIL_EV_DATA:
		return vigil_session_data(core, ev, out);
	case VIGIL_EV_CLAIM:
		return vigil_claim_want(core, ev);
	case VIGIL_EV_RELEASE:
		return vigil_claim_release(core, ev);
	case VIGIL_EV_LEAVE:
		return leave(core);
	case VIGIL_EV_MSG:
		return send_msg(core, ev, out);
	case VIGIL_EV_NOTE:
		return vigil_note_add(core, ev);
	case VIGIL_EV_DAEMON:
		vigil_claim_daemon(core, ev->flag);
		vigil_session_flush_all(core);
		return 0;
	case VIGIL_EV_CONFIRM:
		return vigil_death_confirm(core, ev, out);
	case VIGIL_EV_POISON:
		return vigil_death_poison(core, ev, out);
	}
	return -EINVAL;
}

static void tell_self(struct vigil_core *core, struct vigil_effects *out)
{
	u8 v = core->self_voter;

	if (v == VIGIL_NO_VOTER || !core->clients[v].flush)
		return;
	core->clients[v].flush = !vigil_claim_tell(core, v, out);
}

/* Something came up after the packets were built: ask for another step at once. */
static bool has_more_to_say(const struct vigil_core *core)
{
	u8 v;

	for (v = 0; v < core->cfg.n_voters; v++)
		if (core->clients[v].flush && (core->clients[v].open || v == core->self_voter))
			return true;
	return false;
}

/*
 * Review comes before the telling, so that a new holder says so, and again
 * after our own voter has answered.
 */
static void follow_up(struct vigil_core *core, struct vigil_effects *out)
{
	if (core->dirty)
		vigil_claim_review(core);
	vigil_note_hurry(core);
	vigil_session_tick(core, out);
	tell_self(core, out);
	vigil_vote_flush(core, out);
	if (core->dirty)
		vigil_claim_review(core);
	vigil_emit_reports(core, out);
	vigil_note_flush(core, out);
	if (has_more_to_say(core))
		out->more = true;
}

static u64 next_deadline(const struct vigil_core *core)
{
	u64 next = vigil_session_deadline(core);

	if (core->learning)
		next = vigil_min(next, core->learn_until);
	next = vigil_min(next, core->check_nodes_at);
	next = vigil_min(next, core->check_votes_at);
	next = vigil_min(next, vigil_note_deadline(core));
	return vigil_min(next, core->hold_check_at);
}

/* Told to die: what runs here may still run, and the fence must not be called off. */
static bool is_dying(const struct vigil_core *core, u64 now)
{
	return core->poisoned &&
	       now < core->poisoned_at + VIGIL_TICK_NS + core->cfg.timing.fence;
}

int vigil_step(struct vigil_core *core, const struct vigil_event *ev, struct vigil_effects *out)
{
	int err;

	out->n = 0;
	out->used = 0;
	out->more = false;
	if (core->left) {
		say_goodbye(core, out);
		if (ev->type == VIGIL_EV_LEAVE && is_dying(core, ev->now))
			return -EBUSY;
		return ev->type == VIGIL_EV_TICK ? 0 : -ESHUTDOWN;
	}
	pass_time(core, vigil_max(ev->now, core->now), out);
	err = take_event(core, ev, out);
	if (core->left) {
		core->deadline = VIGIL_NEVER;
		say_goodbye(core, out);
		return err;
	}
	follow_up(core, out);
	core->deadline = next_deadline(core);
	return err;
}

u64 vigil_next_deadline(const struct vigil_core *core)
{
	return core->deadline;
}

u64 vigil_fence_deadline(const struct vigil_core *core)
{
	u64 due = VIGIL_NEVER;

	if (core->fence_from != VIGIL_NEVER)
		due = core->fence_from + core->cfg.timing.fence / 2;
	/* Poison hastens the fence; it gives no new time to one that is due already. */
	return core->poisoned ? vigil_min(due, core->poisoned_at + VIGIL_TICK_NS) : due;
}
