// SPDX-License-Identifier: GPL-2.0
/* Bytes to meaning and back. Bounds are checked before anything is believed. */
#include "state.h"

static_assert(sizeof(struct vigil_wire_header) == 24, "header");
static_assert(sizeof(struct vigil_wire_handshake) == 112, "handshake");
static_assert(sizeof(struct vigil_wire_preface) == 12, "preface");
static_assert(sizeof(struct vigil_wire_item) == 4, "item");
static_assert(sizeof(struct vigil_wire_claim) == 14, "claim");
static_assert(sizeof(struct vigil_wire_note) == 8, "note");
static_assert(sizeof(struct vigil_wire_confirm) == 10, "confirm");
static_assert(sizeof(struct vigil_wire_gasp) == 1, "gasp");

static struct vigil_nonce get_nonce(const struct vigil_wire_nonce *w)
{
	return (struct vigil_nonce) {
		.incarnation = get_unaligned_be64(&w->incarnation),
		.number = get_unaligned_be64(&w->number),
	};
}

static void put_nonce(const struct vigil_nonce *n, struct vigil_wire_nonce *w)
{
	put_unaligned_be64(n->incarnation, &w->incarnation);
	put_unaligned_be64(n->number, &w->number);
}

static bool same_timing(const struct vigil_timing *t, const struct vigil_wire_handshake *w)
{
	return t->interval == get_unaligned_be64(&w->interval) &&
	       t->detect == get_unaligned_be64(&w->detect) &&
	       t->lease == get_unaligned_be64(&w->lease) &&
	       t->fence == get_unaligned_be64(&w->fence) &&
	       t->expiry == get_unaligned_be64(&w->expiry);
}

static bool same_voters(const struct vigil_core_config *cfg, const struct vigil_wire_handshake *w)
{
	u16 i;

	if (cfg->n_voters != get_unaligned_be16(&w->n_voters))
		return false;
	for (i = 0; i < cfg->n_voters; i++)
		if (cfg->voters[i] != get_unaligned_be16(&w->voters[i]))
			return false;
	return true;
}

int vigil_wire_get_handshake(const struct vigil_core *core, const u8 *p, u16 len,
			     struct vigil_handshake *hs)
{
	const struct vigil_wire_handshake *w = (const void *)p;

	if (len != sizeof(*w))
		return -EBADMSG;
	hs->client = get_nonce(&w->client);
	hs->voter = get_nonce(&w->voter);
	if (!hs->client.incarnation || !hs->client.number)
		return -EBADMSG;

	hs->refusal = VIGIL_REFUSE_NONE;
	if (core->cfg.generation != get_unaligned_be32(&w->generation))
		hs->refusal = VIGIL_REFUSE_GENERATION;
	else if (!same_voters(&core->cfg, w))
		hs->refusal = VIGIL_REFUSE_VOTERS;
	else if (!same_timing(&core->cfg.timing, w))
		hs->refusal = VIGIL_REFUSE_TIMING;
	return 0;
}

void vigil_wire_put_handshake(const struct vigil_core *core, const struct vigil_session *s,
			      struct vigil_wire_handshake *w)
{
	const struct vigil_timing *t = &core->cfg.timing;
	u16 i;

	put_nonce(&s->client, &w->client);
	put_nonce(&s->voter, &w->voter);
	put_unaligned_be32(core->cfg.generation, &w->generation);
	put_unaligned_be16(core->cfg.n_voters, &w->n_voters);
	put_unaligned_be64(t->interval, &w->interval);
	put_unaligned_be64(t->detect, &w->detect);
	put_unaligned_be64(t->lease, &w->lease);
	put_unaligned_be64(t->fence, &w->fence);
	put_unaligned_be64(t->expiry, &w->expiry);
	for (i = 0; i < core->cfg.n_voters; i++)
		put_unaligned_be16(core->cfg.voters[i], &w->voters[i]);
}

bool vigil_wire_next_item(const u8 *p, u16 len, u16 *at, const struct vigil_wire_item **item)
{
	u16 left = len - *at;
	u16 body;

	if (left < sizeof(**item))
		return false;
	*item = (const void *)(p + *at);
	body = get_unaligned_be16(&(*item)->len);
	if (body > left - sizeof(**item))
		return false;
	*at += sizeof(**item) + body;
	return true;
}

bool vigil_name_valid(const char *name, size_t len)
{
	size_t i;

	if (!len || len > VIGIL_NAME_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	/* Names become directories of sysctl. */
	return !(name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')));
}

static bool claim_valid(const struct vigil_wire_item *item)
{
	const struct vigil_wire_claim *w = (const void *)(item + 1);
	u16 len = get_unaligned_be16(&item->len);

	return len > sizeof(*w) && len == sizeof(*w) + w->name_len &&
	       vigil_name_valid((const char *)(w + 1), w->name_len) && get_unaligned_be64(&w->k);
}

static bool note_valid(const struct vigil_wire_item *item)
{
	const struct vigil_wire_note *w = (const void *)(item + 1);
	u16 len = get_unaligned_be16(&item->len);

	return len > sizeof(*w) && len <= sizeof(*w) + VIGIL_NOTE_LEN &&
	       get_unaligned_be64(&w->seq);
}

static bool gasp_valid(const struct vigil_wire_item *item)
{
	const struct vigil_wire_gasp *w = (const void *)(item + 1);
	u16 len = get_unaligned_be16(&item->len);

	return len >= sizeof(*w) && len <= sizeof(*w) + VIGIL_GASP_LEN &&
	       (w->reason == VIGIL_GASP_PANIC || w->reason == VIGIL_GASP_POISON);
}

static bool item_valid(const struct vigil_wire_item *item, bool from_voter)
{
	u16 len = get_unaligned_be16(&item->len);

	switch (item->type) {
	case VIGIL_ITEM_CLAIM:
	case VIGIL_ITEM_RELEASE:
		return !from_voter && claim_valid(item);
	case VIGIL_ITEM_LEAVE:
		return !from_voter && !len;
	case VIGIL_ITEM_GRANT:
	case VIGIL_ITEM_DENY:
	case VIGIL_ITEM_RELACK:
	case VIGIL_ITEM_YIELD:
		return from_voter && claim_valid(item);
	case VIGIL_ITEM_MSG:
		return len && len <= VIGIL_MSG_LEN;
	case VIGIL_ITEM_NOTE:
		return note_valid(item);
	case VIGIL_ITEM_CONFIRM:
		return len == sizeof(struct vigil_wire_confirm);
	case VIGIL_ITEM_GASP:
		return gasp_valid(item);
	case VIGIL_ITEM_POISON:
		return !len;
	default:
		return false;
	}
}

bool vigil_wire_items_valid(const u8 *p, u16 len, bool from_voter)
{
	const struct vigil_wire_item *item;
	u16 at = sizeof(struct vigil_wire_preface);

	if (len < at || len > VIGIL_WIRE_MAX_BODY)
		return false;
	while (vigil_wire_next_item(p, len, &at, &item))
		if (!item_valid(item, from_voter))
			return false;
	return at == len;
}

void vigil_wire_get_claim(const struct vigil_wire_item *item, struct vigil_claim_item *ci)
{
	const struct vigil_wire_claim *w = (const void *)(item + 1);

	ci->type = item->type;
	ci->flags = w->flags;
	ci->rank = get_unaligned_be16(&w->rank);
	ci->node = get_unaligned_be16(&w->node);
	ci->k = get_unaligned_be64(&w->k);
	ci->name = (const char *)(w + 1);
	ci->name_len = w->name_len;
}

/* Tells apart the clusters that share a port by mistake; no secret, no identity. */
u32 vigil_wire_cluster_tag(const char *name, size_t len)
{
	u32 h = 2166136261u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 16777619u;
	return h;
}
