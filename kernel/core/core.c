// SPDX-License-Identifier: GPL-2.0
/* Making a core, and looking at it from outside. See core.h. */
#include "state.h"

/* The blocks of a core's memory, in this order behind struct vigil_core. */
struct layout {
	size_t nodes;
	size_t claims;
	size_t votes;
	size_t claim_heads;
	size_t vote_heads;
	size_t end;
};

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static struct layout lay_out(const struct vigil_core_config *cfg)
{
	size_t heads = align8(vigil_table_buckets(cfg->max_claims) * sizeof(u16));
	struct layout l;

	l.nodes = align8(sizeof(struct vigil_core));
	l.claims = l.nodes + align8(cfg->max_nodes * sizeof(struct vigil_node));
	l.votes = l.claims + align8(cfg->max_claims * sizeof(struct vigil_claim));
	l.claim_heads = l.votes + align8(cfg->max_claims * sizeof(struct vigil_vote));
	l.vote_heads = l.claim_heads + heads;
	l.end = l.vote_heads + heads;
	return l;
}

size_t vigil_core_size(const struct vigil_core_config *cfg)
{
	return lay_out(cfg).end;
}

static bool id_valid(u16 id)
{
	return id && id <= VIGIL_MAX_NODES;
}

static bool config_valid(const struct vigil_core_config *cfg)
{
	u16 i;

	if (!id_valid(cfg->self) || !cfg->incarnation)
		return false;
	if (!cfg->max_nodes || cfg->max_nodes > VIGIL_MAX_NODES)
		return false;
	if (!cfg->max_claims || cfg->max_claims > VIGIL_MAX_CLAIMS)
		return false;
	if (cfg->n_voters > VIGIL_MAX_VOTERS || cfg->n_voters % 2 == 0)
		return false;
	for (i = 0; i < cfg->n_voters; i++)
		if (!id_valid(cfg->voters[i]) || (i && cfg->voters[i] <= cfg->voters[i - 1]))
			return false;
	return !vigil_timing_check(&cfg->timing);
}

int vigil_core_init(struct vigil_core *core, const struct vigil_core_config *cfg, u64 now)
{
	struct layout l;
	u8 *base = (u8 *)core;

	if (!config_valid(cfg))
		return -EINVAL;
	l = lay_out(cfg);
	core->cfg = *cfg;
	core->nodes = (void *)(base + l.nodes);
	vigil_table_init(&core->claims, base + l.claims, sizeof(struct vigil_claim),
			 (void *)(base + l.claim_heads), cfg->max_claims);
	vigil_table_init(&core->votes, base + l.votes, sizeof(struct vigil_vote),
			 (void *)(base + l.vote_heads), cfg->max_claims);
	core->majority = cfg->n_voters / 2 + 1;
	core->self_voter = VIGIL_NO_VOTER;
	core->now = now;
	core->learning = true;
	core->learn_until = now + cfg->timing.expiry + 1;
	core->next_beat = now;
	core->deadline = now;
	core->check_nodes_at = VIGIL_NEVER;
	core->check_votes_at = VIGIL_NEVER;
	core->hold_check_at = VIGIL_NEVER;
	core->fence_from = VIGIL_NEVER;
	return vigil_core_add_node(core, cfg->self);
}

int vigil_core_add_node(struct vigil_core *core, u16 id)
{
	struct vigil_node *node;
	u8 v;

	if (!id_valid(id))
		return -EINVAL;
	if (core->index[id])
		return -EEXIST;
	if (core->n_nodes == core->cfg.max_nodes)
		return -ENOSPC;
	node = &core->nodes[core->n_nodes++];
	/* The place may have been another's, whose session is none of ours. */
	memset(node, 0, sizeof(*node));
	core->index[id] = core->n_nodes;
	node->id = id;
	node->voter = VIGIL_NO_VOTER;
	for (v = 0; v < core->cfg.n_voters; v++)
		if (core->cfg.voters[v] == id)
			node->voter = v;
	if (id != core->cfg.self)
		return 0;
	core->self_voter = node->voter;
	node->state = VIGIL_NODE_UP;
	node->reported = VIGIL_NODE_UP;
	node->incarnation = core->cfg.incarnation;
	return 0;
}

int vigil_core_del_node(struct vigil_core *core, u16 id)
{
	struct vigil_node *node = vigil_node_of(core, id);
	struct vigil_node *last = &core->nodes[core->n_nodes - 1];

	if (!node)
		return -ENOENT;
	if (id == core->cfg.self || node->voter != VIGIL_NO_VOTER || node->server.open)
		return -EBUSY;
	if (node != last) {
		*node = *last;
		core->index[node->id] = core->index[id];
	}
	core->index[id] = 0;
	core->n_nodes--;
	return 0;
}

u16 vigil_core_nodes(const struct vigil_core *core)
{
	return core->n_nodes;
}

int vigil_core_node_index(const struct vigil_core *core, u16 id)
{
	const struct vigil_node *node = vigil_node_of(core, id);

	return node ? (int)(node - core->nodes) : -ENOENT;
}

void vigil_core_node_info(const struct vigil_core *core, u16 index, struct vigil_node_info *info)
{
	const struct vigil_node *node = &core->nodes[index];
	bool self = !index;

	memset(info, 0, sizeof(*info));
	info->id = node->id;
	info->self = self;
	info->voter = node->voter != VIGIL_NO_VOTER;
	info->daemon = self ? core->daemon : node->daemon;
	info->state = node->state;
	info->refusal = node->refusal;
	info->incarnation = node->incarnation;
	info->last_heard = self ? core->now : node->last_heard;
	if (!info->voter)
		return;
	info->learning = self ? core->learning : core->clients[node->voter].learning;
	info->lease_until = vigil_session_lease(core, node->voter);
}

static void claim_info(const struct vigil_core *core, const struct vigil_claim *claim,
		       const struct vigil_vote *vote, struct vigil_claim_info *info)
{
	memset(info, 0, sizeof(*info));
	if (claim) {
		info->name = claim->e.name;
		info->state = claim->state;
		info->grants = claim->grants;
		info->k = claim->k;
		info->holder = claim->holder;
		if (claim->state == VIGIL_CLAIM_HELD || claim->state == VIGIL_CLAIM_LOST) {
			info->hold_until = claim->hold_until;
			info->holder = core->cfg.self;
		}
	}
	if (vote) {
		info->name = vote->e.name;
		info->owner = vote->owner;
		info->waiter = vote->waiter;
		if (!(info->holder == core->cfg.self && info->hold_until) && vote->owner)
			info->holder = vote->owner;
	}
}

static const struct vigil_claim *live_claim(const struct vigil_core *core, const char *name, u8 len)
{
	const struct vigil_claim *claim = vigil_table_find(&core->claims, name, len);

	return claim && claim->state ? claim : NULL;
}

/* Own claims first, then votes: the cursor says which, as either table may grow meanwhile. */
#define CURSOR_VOTES	0x80000000u

bool vigil_core_claim_next(const struct vigil_core *core, u32 *cursor,
			   struct vigil_claim_info *info)
{
	while (*cursor < core->claims.top) {
		const struct vigil_claim *claim = vigil_table_at(&core->claims, (u16)(*cursor)++);

		if (!claim || !claim->state)
			continue;
		claim_info(core, claim,
			   vigil_table_find(&core->votes, claim->e.name, claim->e.name_len), info);
		return true;
	}
	if (!(*cursor & CURSOR_VOTES))
		*cursor = CURSOR_VOTES;
	while ((*cursor & ~CURSOR_VOTES) < core->votes.top) {
		const struct vigil_vote *vote = vigil_table_at(&core->votes, (u16)(*cursor)++);

		if (!vote || live_claim(core, vote->e.name, vote->e.name_len))
			continue;
		claim_info(core, NULL, vote, info);
		return true;
	}
	return false;
}

int vigil_core_claim_find(const struct vigil_core *core, const char *name, u8 name_len,
			  struct vigil_claim_info *info)
{
	const struct vigil_claim *claim = live_claim(core, name, name_len);
	const struct vigil_vote *vote = vigil_table_find(&core->votes, name, name_len);

	if (!claim && !vote)
		return -ENOENT;
	claim_info(core, claim, vote, info);
	return 0;
}

u16 vigil_core_held(const struct vigil_core *core)
{
	return core->n_held;
}

u64 vigil_core_quorum_until(const struct vigil_core *core, u64 now)
{
	u64 until = vigil_claim_majority(core, (u16)(BIT(core->cfg.n_voters) - 1));

	return until > now ? until : 0;
}

bool vigil_core_learning(const struct vigil_core *core)
{
	return core->learning;
}
