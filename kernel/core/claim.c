// SPDX-License-Identifier: GPL-2.0
/*
 * Own claims: the right to run a service.
 *
 *            want              M grants with fresh leases
 *   NONE ----------> WANTED -------------------------------> HELD
 *    ^  all voters      | release                  release /  | ^
 *    |  know            v                                 /   | | leases back
 *    '------------- RELEASING <--------------------------'    v |
 *                       ^------------- release ------------- LOST
 *
 * HELD may run. LOST must be stopped within fence: release says that it is.
 * A role ('@' and a name) runs nothing and goes from HELD straight to WANTED.
 * What is WANTED when the daemon dies is withdrawn (RELEASING).
 * The number k rises only where nothing can be running (want, yield), so
 * that a late answer to an earlier attempt never counts.
 */
#include "state.h"

static void set_state(struct vigil_core *core, struct vigil_claim *claim, u8 state)
{
	if (claim->state == state)
		return;
	claim->state = state;
	core->unreported_claims++;
	core->dirty = true;
}

/*
 * Names that begin with '@' are roles, like @leader: nothing runs under them,
 * so a lost role needs no fence and is simply wanted again.
 */
static bool is_role(const struct vigil_claim *claim)
{
	return claim->e.name[0] == '@';
}

static bool may_run(const struct vigil_claim *claim)
{
	return claim->state == VIGIL_CLAIM_HELD || claim->state == VIGIL_CLAIM_LOST;
}

static void begin_attempt(struct vigil_core *core, struct vigil_claim *claim)
{
	claim->k = ++core->last_k;
	claim->grants = 0;
	claim->asked = 0;
	claim->denied = 0;
	claim->refresh = 0;
	claim->release = 0;
	claim->successor = 0;
	claim->hold_until = 0;
	vigil_session_flush_all(core);
}

int vigil_claim_want(struct vigil_core *core, const struct vigil_event *ev)
{
	struct vigil_claim *claim;

	if (!ev->name_len || ev->name_len > VIGIL_NAME_LEN)
		return -EINVAL;
	claim = vigil_table_find(&core->claims, ev->name, ev->name_len);
	if (!claim)
		claim = vigil_table_add(&core->claims, ev->name, ev->name_len);
	if (!claim)
		return -ENOSPC;
	claim->rank = ev->rank ? ev->rank : core->cfg.self;
	if (claim->state == VIGIL_CLAIM_WANTED || may_run(claim))
		return 0;
	begin_attempt(core, claim);
	set_state(core, claim, VIGIL_CLAIM_WANTED);
	return 0;
}

static u16 voters_to_tell(const struct vigil_core *core)
{
	u16 mask = 0;
	u8 v;

	for (v = 0; v < core->cfg.n_voters; v++)
		if (v == core->self_voter || core->clients[v].open)
			mask |= BIT(v);
	return mask;
}

static void give_up(struct vigil_core *core, struct vigil_claim *claim, u16 successor)
{
	claim->grants = 0;
	claim->asked = 0;
	claim->successor = successor;
	claim->release = voters_to_tell(core);
	set_state(core, claim, claim->release ? VIGIL_CLAIM_RELEASING : VIGIL_CLAIM_NONE);
	vigil_session_flush_all(core);
}

int vigil_claim_release(struct vigil_core *core, const struct vigil_event *ev)
{
	struct vigil_claim *claim;

	if (!ev->name_len || ev->name_len > VIGIL_NAME_LEN)
		return -EINVAL;
	if (ev->node && !vigil_node_of(core, ev->node))
		return -EINVAL;
	claim = vigil_table_find(&core->claims, ev->name, ev->name_len);
	if (!claim || claim->state == VIGIL_CLAIM_NONE)
		return -ENOENT;
	if (claim->state == VIGIL_CLAIM_RELEASING)
		return 0;
	give_up(core, claim, ev->node == core->cfg.self ? 0 : ev->node);
	return 0;
}

/*
 * A hold won without a daemon would be one under which nobody starts anything,
 * and in the way of those who would. Holds stay: something may be running.
 */
void vigil_claim_daemon(struct vigil_core *core, bool alive)
{
	u16 i;

	for (i = 0; !alive && i < core->claims.top; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (claim && claim->state == VIGIL_CLAIM_WANTED)
			give_up(core, claim, 0);
	}
	core->daemon = alive;
	core->orphaned = !alive;
}

static void granted(struct vigil_core *core, struct vigil_claim *claim, u16 bit)
{
	claim->grants |= bit;
	claim->denied &= ~bit;
	claim->refresh &= ~bit;
	core->dirty = true;
}

static void denied(struct vigil_claim *claim, u16 bit, const struct vigil_claim_item *ci)
{
	/* A denial that was overtaken by the grant says nothing any more. */
	if (claim->grants & bit)
		return;
	claim->denied |= bit;
	if (ci->rank == VIGIL_DENY_OWNED)
		claim->holder = ci->node;
}

/* A better claimant waits. Whoever does not hold lets go and queues again. */
static void asked_to_yield(struct vigil_core *core, struct vigil_claim *claim, u8 v)
{
	if (claim->state == VIGIL_CLAIM_WANTED) {
		begin_attempt(core, claim);
	} else if (claim->state == VIGIL_CLAIM_HELD) {
		claim->refresh |= BIT(v);
		claim->asked &= ~BIT(v);
		core->clients[v].flush = true;
	}
}

/* A grant for something we do not want, from before a release that got lost. */
static void give_back(struct vigil_core *core, u8 v, const struct vigil_claim_item *grant,
		      struct vigil_effects *out)
{
	struct vigil_claim_item ci = *grant;

	ci.type = VIGIL_ITEM_RELEASE;
	ci.node = 0;
	if (v != core->self_voter)
		vigil_emit_claim(core, out, vigil_voter_node(core, v), false, &ci);
}

void vigil_claim_answer(struct vigil_core *core, u8 v, const struct vigil_claim_item *ci,
			struct vigil_effects *out)
{
	struct vigil_claim *claim = vigil_table_find(&core->claims, ci->name, ci->name_len);
	u16 bit = BIT(v);

	if (!claim || claim->state == VIGIL_CLAIM_NONE) {
		if (ci->type == VIGIL_ITEM_GRANT)
			give_back(core, v, ci, out);
		return;
	}
	if (ci->k != claim->k)
		return;
	if (claim->state == VIGIL_CLAIM_RELEASING) {
		if (ci->type != VIGIL_ITEM_RELACK)
			return;
		claim->release &= ~bit;
		if (!claim->release)
			set_state(core, claim, VIGIL_CLAIM_NONE);
		return;
	}
	if (ci->type == VIGIL_ITEM_GRANT)
		granted(core, claim, bit);
	else if (ci->type == VIGIL_ITEM_DENY)
		denied(claim, bit, ci);
	else if (ci->type == VIGIL_ITEM_YIELD)
		asked_to_yield(core, claim, v);
}

void vigil_claim_forget_voter(struct vigil_core *core, u8 v)
{
	u16 bit = BIT(v);
	u16 i;

	for (i = 0; i < core->claims.top; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (!claim)
			continue;
		claim->grants &= ~bit;
		claim->asked &= ~bit;
		claim->denied &= ~bit;
		claim->refresh &= ~bit;
		claim->release &= ~bit;
		if (claim->state == VIGIL_CLAIM_RELEASING && !claim->release)
			set_state(core, claim, VIGIL_CLAIM_NONE);
	}
	core->dirty = true;
}

void vigil_claim_new_round(struct vigil_core *core)
{
	/* The voter remembers a denied claim; asking again is for the second in line. */
	bool ask_all = core->round % 4 == 0;
	u16 i;

	for (i = 0; i < core->claims.top; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (claim)
			claim->asked &= ask_all ? 0 : claim->denied;
	}
}

/* What to say about this claim to voter @bit. False: nothing. */
static bool next_word(const struct vigil_core *core, const struct vigil_claim *claim, u16 bit,
		      struct vigil_claim_item *ci)
{
	if (claim->asked & bit)
		return false;
	memset(ci, 0, sizeof(*ci));
	if (claim->state == VIGIL_CLAIM_RELEASING) {
		if (!(claim->release & bit))
			return false;
		ci->type = VIGIL_ITEM_RELEASE;
		ci->node = claim->successor;
	} else if (claim->state == VIGIL_CLAIM_WANTED && claim->parked) {
		ci->type = VIGIL_ITEM_RELEASE;
	} else if (claim->state == VIGIL_CLAIM_WANTED || claim->state == VIGIL_CLAIM_HELD) {
		if (claim->grants & bit && !(claim->refresh & bit))
			return false;
		ci->type = VIGIL_ITEM_CLAIM;
		ci->rank = claim->rank;
		ci->node = core->cfg.self;
		if (claim->state == VIGIL_CLAIM_HELD)
			ci->flags = VIGIL_CLAIM_F_HELD;
	} else {
		return false;
	}
	ci->k = claim->k;
	ci->name = claim->e.name;
	ci->name_len = claim->e.name_len;
	return true;
}

static bool say(struct vigil_core *core, u8 v, const struct vigil_claim_item *ci,
		struct vigil_effects *out)
{
	if (v != core->self_voter)
		return vigil_emit_claim(core, out, vigil_voter_node(core, v), false, ci);
	if (ci->type == VIGIL_ITEM_CLAIM)
		vigil_vote_claim(core, core->cfg.self, ci, out);
	else
		vigil_vote_release(core, core->cfg.self, ci, out);
	return true;
}

bool vigil_claim_tell(struct vigil_core *core, u8 v, struct vigil_effects *out)
{
	struct vigil_claim_item ci;
	u16 i;

	for (i = 0; i < core->claims.top; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (!claim || !next_word(core, claim, BIT(v), &ci))
			continue;
		claim->asked |= BIT(v);
		if (!say(core, v, &ci, out)) {
			claim->asked &= ~BIT(v);
			return false;
		}
	}
	return true;
}

u64 vigil_claim_majority(const struct vigil_core *core, u16 mask)
{
	u64 best[VIGIL_MAX_VOTERS] = {};	/* descending */
	u8 n = 0;
	u8 v;

	if (hweight16(mask) < core->majority)
		return 0;
	for (v = 0; v < core->cfg.n_voters; v++) {
		u64 lease;
		u8 i;

		if (!(mask & BIT(v)))
			continue;
		lease = vigil_session_lease(core, v);
		for (i = n++; i && best[i - 1] < lease; i--)
			best[i] = best[i - 1];
		best[i] = lease;
	}
	return best[core->majority - 1];
}

/*
 * A hold begins only with leases that are fresh: one whose voter has just died
 * would be lost again before anything could be done about it.
 */
static bool fresh(const struct vigil_core *core, u64 until)
{
	return until > core->cfg.timing.detect && core->now < until - core->cfg.timing.detect;
}

static void review_one(struct vigil_core *core, struct vigil_claim *claim, u64 until)
{
	bool valid = core->now < until;

	claim->hold_until = until;
	if (claim->state == VIGIL_CLAIM_HELD && !valid && is_role(claim) && core->orphaned) {
		give_up(core, claim, 0);
	} else if (claim->state == VIGIL_CLAIM_HELD && !valid && is_role(claim)) {
		set_state(core, claim, VIGIL_CLAIM_WANTED);
		begin_attempt(core, claim);
	} else if (claim->state == VIGIL_CLAIM_HELD && !valid) {
		set_state(core, claim, VIGIL_CLAIM_LOST);
	} else if (claim->state == VIGIL_CLAIM_WANTED && fresh(core, until)) {
		/* Whoever granted it shall know, and not ask us to yield. */
		claim->refresh = claim->grants;
		claim->asked &= ~claim->grants;
		vigil_session_flush_all(core);
		set_state(core, claim, VIGIL_CLAIM_HELD);
	} else if (claim->state == VIGIL_CLAIM_LOST && valid) {
		set_state(core, claim, VIGIL_CLAIM_HELD);
	}
	if (!may_run(claim))
		return;
	if (is_role(claim)) {
		core->hold_check_at = vigil_min(core->hold_check_at, until);
		return;
	}
	core->n_held++;
	core->fence_from = vigil_min(core->fence_from, until);
	if (claim->state == VIGIL_CLAIM_LOST)
		core->n_lost++;
	else
		core->hold_check_at = vigil_min(core->hold_check_at, until);
}

/*
 * Who has no majority of leases cannot hold anything: a grant to it would only
 * keep others from a majority that they have. So it lets go what is granted and
 * asks for nothing until it has one.
 */
static void park(struct vigil_core *core, struct vigil_claim *claim, bool parked)
{
	if (claim->parked == parked)
		return;
	claim->parked = parked;
	begin_attempt(core, claim);
}

void vigil_claim_review(struct vigil_core *core)
{
	u64 quorum = vigil_claim_majority(core, (u16)(BIT(core->cfg.n_voters) - 1));
	u64 until = 0;
	u16 mask = 0;	/* most claims share one set of voters: @until is for this one */
	u16 i;

	core->n_held = 0;
	core->n_lost = 0;
	core->hold_check_at = VIGIL_NEVER;
	core->fence_from = VIGIL_NEVER;
	for (i = 0; i < core->claims.top; i++) {
		struct vigil_claim *claim = vigil_table_at(&core->claims, i);

		if (!claim || !(claim->state == VIGIL_CLAIM_WANTED || may_run(claim)))
			continue;
		if (claim->state == VIGIL_CLAIM_WANTED) {
			park(core, claim, core->now >= quorum);
			if (!claim->parked)
				core->hold_check_at = vigil_min(core->hold_check_at, quorum);
		}
		if (claim->grants != mask) {
			mask = claim->grants;
			until = vigil_claim_majority(core, mask);
		}
		review_one(core, claim, until);
	}
	core->dirty = false;
}
