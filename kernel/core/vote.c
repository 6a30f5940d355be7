// SPDX-License-Identifier: GPL-2.0
/*
 * The voter's side of claims. A vote has at most one owner; it is taken from
 * the owner only by its release, its goodbye, or the end of its session.
 *
 * One claimant, the best, is remembered as first in line and served the moment
 * the vote is free. Best is: says that it holds the claim; else the lower rank;
 * else the lower node id. While learning nobody is served, holders included:
 * an earlier incarnation of ours may have granted to somebody else.
 */
#include "state.h"

static void trace_vote(struct vigil_effects *out, const struct vigil_vote *vote)
{
	struct vigil_effect *e;
	char *name = vigil_emit_room(out, vote->e.name_len + 1);

	if (!name)
		return;
	e = vigil_emit(out, VIGIL_EFF_VOTE, vote->owner);
	if (!e)
		return;
	memcpy(name, vote->e.name, vote->e.name_len);
	e->name = name;
	e->k = vote->k;
}

/*
 * Tell @node something about its claim: a peer in its session, ourselves at
 * once. False: no room in this step.
 */
static bool answer(struct vigil_core *core, u16 node, const struct vigil_claim_item *reply,
		   struct vigil_effects *out)
{
	if (node != core->cfg.self)
		return vigil_emit_claim(core, out, vigil_node_of(core, node), true, reply);
	vigil_claim_answer(core, core->self_voter, reply, out);
	return true;
}

static struct vigil_claim_item about(const struct vigil_vote *vote, u8 type, u64 k)
{
	return (struct vigil_claim_item) {
		.type = type,
		.k = k,
		.name = vote->e.name,
		.name_len = vote->e.name_len,
	};
}

static bool grant(struct vigil_core *core, struct vigil_vote *vote, struct vigil_effects *out)
{
	struct vigil_claim_item ci = about(vote, VIGIL_ITEM_GRANT, vote->k);

	return answer(core, vote->owner, &ci, out);
}

static bool better(bool held_a, u16 rank_a, u16 a, bool held_b, u16 rank_b, u16 b)
{
	if (held_a != held_b)
		return held_a;
	if (rank_a != rank_b)
		return rank_a < rank_b;
	return a < b;
}

static void note_waiter(struct vigil_vote *vote, u16 node, const struct vigil_claim_item *ci)
{
	bool held = ci->flags & VIGIL_CLAIM_F_HELD;

	if (vote->waiter && vote->waiter != node &&
	    !better(held, ci->rank, node, vote->waiter_held, vote->waiter_rank, vote->waiter))
		return;
	if (vote->waiter == node && ci->k < vote->waiter_k)
		return;
	vote->waiter = node;
	vote->waiter_rank = ci->rank;
	vote->waiter_k = ci->k;
	vote->waiter_held = held;
}

static void forget_waiter(struct vigil_vote *vote)
{
	vote->waiter = 0;
	vote->waiter_held = false;
}

static void set_owner(struct vigil_vote *vote, u16 node, u64 k, u16 rank, bool held)
{
	vote->owner = node;
	vote->k = k;
	vote->rank = rank;
	vote->held = held;
	vote->unsent = false;
	if (vote->reserved != node)
		vote->reserved = 0;
}

/* Until its reservation ends, the named successor is not asked to yield. */
static bool owner_is_successor(const struct vigil_vote *vote)
{
	return vote->owner && vote->reserved == vote->owner;
}

/* A vote that may have become free: serve who is first in line, or forget it. */
static void serve(struct vigil_core *core, struct vigil_vote *vote, struct vigil_effects *out)
{
	if (vote->owner || core->learning)
		return;
	if (vote->reserved && vote->waiter != vote->reserved)
		return;
	if (!vote->waiter) {
		vigil_table_del(&core->votes, vote);
		return;
	}
	set_owner(vote, vote->waiter, vote->waiter_k, vote->waiter_rank, vote->waiter_held);
	forget_waiter(vote);
	vote->unsent = true;
	core->unsent_votes++;
	trace_vote(out, vote);
}

static void free_vote(struct vigil_vote *vote, struct vigil_effects *out)
{
	vote->owner = 0;
	vote->held = false;
	vote->unsent = false;
	trace_vote(out, vote);
}

static void deny(struct vigil_core *core, struct vigil_vote *vote, u16 node,
		 const struct vigil_claim_item *claim, struct vigil_effects *out)
{
	struct vigil_claim_item ci = about(vote, VIGIL_ITEM_DENY, claim->k);

	note_waiter(vote, node, claim);
	ci.node = vote->owner;
	if (core->learning)
		ci.rank = VIGIL_DENY_LEARNING;
	else if (!vote->owner) {
		ci.rank = VIGIL_DENY_RESERVED;
		ci.node = vote->reserved;
	}
	answer(core, node, &ci, out);
}

/* The owner claims again: a lost answer, news about itself, or a new attempt. */
static void owner_claims(struct vigil_core *core, struct vigil_vote *vote,
			 const struct vigil_claim_item *ci, struct vigil_effects *out)
{
	bool held = ci->flags & VIGIL_CLAIM_F_HELD;
	u16 node = vote->owner;

	if (ci->k < vote->k)
		return;
	if (ci->k > vote->k && vote->waiter && !owner_is_successor(vote) &&
	    better(vote->waiter_held, vote->waiter_rank, vote->waiter, held, ci->rank, node)) {
		/* A new attempt implies the release of the older ones. */
		free_vote(vote, out);
		serve(core, vote, out);
		deny(core, vote, node, ci, out);
		return;
	}
	vote->k = ci->k;
	vote->rank = ci->rank;
	vote->held = held;
	vote->unsent = !grant(core, vote, out);
}

static void yield(struct vigil_core *core, struct vigil_vote *vote, u16 node,
		  const struct vigil_claim_item *ci, struct vigil_effects *out)
{
	struct vigil_claim_item ask = about(vote, VIGIL_ITEM_YIELD, vote->k);

	ask.node = node;
	if (vote->owner && !vote->held && !owner_is_successor(vote) &&
	    better(ci->flags & VIGIL_CLAIM_F_HELD, ci->rank, node, false, vote->rank, vote->owner))
		answer(core, vote->owner, &ask, out);
}

void vigil_vote_claim(struct vigil_core *core, u16 node, const struct vigil_claim_item *ci,
		      struct vigil_effects *out)
{
	struct vigil_vote *vote = vigil_table_find(&core->votes, ci->name, ci->name_len);

	if (!vote)
		vote = vigil_table_add(&core->votes, ci->name, ci->name_len);
	if (!vote) {
		struct vigil_claim_item full = *ci;

		full.type = VIGIL_ITEM_DENY;
		full.rank = VIGIL_DENY_FULL;
		full.node = 0;
		answer(core, node, &full, out);
		return;
	}
	if (vote->owner == node) {
		owner_claims(core, vote, ci, out);
	} else if (vote->owner || core->learning || (vote->reserved && vote->reserved != node)) {
		deny(core, vote, node, ci, out);
		yield(core, vote, node, ci, out);
	} else {
		if (vote->waiter == node)
			forget_waiter(vote);
		set_owner(vote, node, ci->k, ci->rank, ci->flags & VIGIL_CLAIM_F_HELD);
		vote->unsent = !grant(core, vote, out);
		trace_vote(out, vote);
	}
	core->unsent_votes += vote->unsent;
}

static void reserve(struct vigil_core *core, struct vigil_vote *vote, u16 successor)
{
	struct vigil_node *node = vigil_node_of(core, successor);

	if (!node || !(node->server.open || successor == core->cfg.self))
		return;
	vote->reserved = successor;
	vote->reserved_until = core->now + core->cfg.timing.expiry;
	core->check_votes_at = vigil_min(core->check_votes_at, vote->reserved_until);
}

void vigil_vote_release(struct vigil_core *core, u16 node, const struct vigil_claim_item *ci,
			struct vigil_effects *out)
{
	struct vigil_vote *vote = vigil_table_find(&core->votes, ci->name, ci->name_len);
	struct vigil_claim_item ack = *ci;

	if (vote) {
		if (vote->waiter == node && vote->waiter_k <= ci->k)
			forget_waiter(vote);
		if (vote->reserved == node)
			vote->reserved = 0;
		if (vote->owner == node && vote->k <= ci->k) {
			free_vote(vote, out);
			reserve(core, vote, ci->node);
		}
		serve(core, vote, out);
	}
	ack.type = VIGIL_ITEM_RELACK;
	answer(core, node, &ack, out);
}

void vigil_vote_drop_node(struct vigil_core *core, u16 node, struct vigil_effects *out)
{
	u16 i;

	for (i = 0; i < core->votes.top; i++) {
		struct vigil_vote *vote = vigil_table_at(&core->votes, i);

		if (!vote)
			continue;
		if (vote->waiter == node)
			forget_waiter(vote);
		if (vote->reserved == node)
			vote->reserved = 0;
		if (vote->owner == node)
			free_vote(vote, out);
		serve(core, vote, out);
	}
}

void vigil_vote_serve_all(struct vigil_core *core, struct vigil_effects *out)
{
	u16 i;

	for (i = 0; i < core->votes.top; i++) {
		struct vigil_vote *vote = vigil_table_at(&core->votes, i);

		if (vote)
			serve(core, vote, out);
	}
}

static void end_reservations(struct vigil_core *core, struct vigil_effects *out)
{
	u64 next = VIGIL_NEVER;
	u16 i;

	for (i = 0; i < core->votes.top; i++) {
		struct vigil_vote *vote = vigil_table_at(&core->votes, i);

		if (!vote || !vote->reserved)
			continue;
		if (vote->reserved_until > core->now) {
			next = vigil_min(next, vote->reserved_until);
			continue;
		}
		vote->reserved = 0;
		serve(core, vote, out);
	}
	core->check_votes_at = next;
}

void vigil_vote_check(struct vigil_core *core, struct vigil_effects *out)
{
	if (core->learning && core->now >= core->learn_until) {
		core->learning = false;
		vigil_emit(out, VIGIL_EFF_LEARNED, core->cfg.self);
		vigil_vote_serve_all(core, out);
	}
	if (core->now >= core->check_votes_at)
		end_reservations(core, out);
}

void vigil_vote_flush(struct vigil_core *core, struct vigil_effects *out)
{
	u16 i;

	for (i = 0; i < core->votes.top && core->unsent_votes; i++) {
		struct vigil_vote *vote = vigil_table_at(&core->votes, i);

		if (!vote || !vote->unsent)
			continue;
		if (!grant(core, vote, out))
			return;
		vote->unsent = false;
	}
	core->unsent_votes = 0;
}
