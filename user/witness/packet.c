// SPDX-License-Identifier: GPL-2.0
#include "packet.h"

#include "auth.h"
#include "log.h"

#define HANDSHAKE_LEN	(sizeof(struct vigil_wire_header) + sizeof(struct vigil_wire_handshake))
/* Of one node, looked at per interval, as in the kernel: what is above saves the tags. */
#define HANDSHAKES_MAX	256

static bool well_formed(const struct vigil_wire_header *h, size_t len)
{
	return len >= sizeof(*h) && len <= VIGIL_WIRE_MAX_PACKET &&
	       h->magic == VIGIL_WIRE_MAGIC && h->version == VIGIL_WIRE_VERSION &&
	       h->type >= VIGIL_WIRE_HELLO && h->type <= VIGIL_WIRE_DATA &&
	       !(h->flags & ~(VIGIL_WIRE_F_VOTER | VIGIL_WIRE_F_SLOT1));
}

static bool sent_by(const struct config_node *node, const union config_address *from)
{
	for (unsigned int i = 0; i < node->n_addresses; i++) {
		const union config_address *a = &node->address[i];

		if (a->sa.sa_family != from->sa.sa_family)
			continue;
		if (a->sa.sa_family == AF_INET ?
		    a->in.sin_addr.s_addr == from->in.sin_addr.s_addr :
		    !memcmp(&a->in6.sin6_addr, &from->in6.sin6_addr, sizeof(a->in6.sin6_addr)))
			return true;
	}
	return false;
}

/* Is it for us, and from an address of the node that it names? */
static bool known(const struct witness *w, const struct vigil_wire_header *h, u16 src,
		  const union config_address *from)
{
	int node = config_find_id(w->config, src);

	return node >= 0 && node != (int)w->config->self &&
	       sent_by(&w->config->node[node], from) &&
	       get_unaligned_be32(&h->cluster) == w->tag &&
	       get_unaligned_be16(&h->dst) == w->config->node[w->config->self].id;
}

static bool flooding(struct witness *w, u16 node)
{
	struct witness_rate *rate = &w->rate[node];
	u64 now = now_ns();

	if (now - rate->window >= w->config->timing.interval) {
		rate->window = now;
		rate->count = 0;
	}
	return ++rate->count > HANDSHAKES_MAX;
}

/* Return: an enum witness_drop, or WITNESS_DROPS if the packet is fine. */
static enum witness_drop receive_handshake(struct witness *w, const struct vigil_wire_header *h,
					   size_t len, struct vigil_event *ev)
{
	bool hack = h->type == VIGIL_WIRE_HACK;

	ev->type = hack ? VIGIL_EV_HACK : VIGIL_EV_HELLO;
	ev->slot = !!(h->flags & VIGIL_WIRE_F_SLOT1);
	ev->len = sizeof(struct vigil_wire_handshake);
	if (len != HANDSHAKE_LEN + VIGIL_WIRE_HMAC_LEN || hack != ev->from_voter)
		return WITNESS_DROP_MALFORMED;
	if (flooding(w, ev->node))
		return WITNESS_DROP_FLOOD;
	if (!w->config->key_set[ev->slot] ||
	    !auth_tag_valid(w->config->key[ev->slot], h, HANDSHAKE_LEN,
			    (const u8 *)h + HANDSHAKE_LEN))
		return WITNESS_DROP_AUTH;
	return WITNESS_DROPS;
}

static enum witness_drop receive_data(struct witness *w, struct vigil_wire_header *h, size_t len,
				      struct vigil_event *ev)
{
	const struct vigil_keys *keys;
	size_t sealed = len - sizeof(*h);

	if (h->flags & VIGIL_WIRE_F_SLOT1 ||
	    sealed < sizeof(struct vigil_wire_preface) + VIGIL_WIRE_SEAL_LEN ||
	    sealed > VIGIL_WIRE_MAX_BODY + VIGIL_WIRE_SEAL_LEN)
		return WITNESS_DROP_MALFORMED;
	keys = vigil_core_rx_keys(w->core, ev->node, ev->from_voter, ev->sid);
	if (!keys)
		return WITNESS_DROP_NOSESSION;
	ev->type = VIGIL_EV_DATA;
	ev->len = (u16)(sealed - VIGIL_WIRE_SEAL_LEN);
	return auth_open((u8 *)(h + 1), sealed, h, ev->counter, keys->rx) ? WITNESS_DROPS :
									    WITNESS_DROP_AUTH;
}

static enum witness_drop reason_of(int err)
{
	switch (err) {
	case -EBADMSG:
		return WITNESS_DROP_MALFORMED;
	case -EALREADY:
		return WITNESS_DROP_REPLAY;
	case -EPERM:
		return WITNESS_DROP_REFUSED;
	default:
		return WITNESS_DROP_NOSESSION;
	}
}

static enum witness_drop receive(struct witness *w, const union config_address *from, u8 *buf,
				 size_t len)
{
	struct vigil_wire_header *h = (struct vigil_wire_header *)buf;
	struct vigil_event ev = { 0 };
	enum witness_drop drop;
	int err;

	if (!well_formed(h, len))
		return WITNESS_DROP_MALFORMED;
	ev.node = get_unaligned_be16(&h->src);
	ev.from_voter = h->flags & VIGIL_WIRE_F_VOTER;
	ev.sid = get_unaligned_be32(&h->sid);
	ev.counter = get_unaligned_be64(&h->counter);
	ev.packet = buf + sizeof(*h);
	if (!known(w, h, ev.node, from))
		return WITNESS_DROP_UNKNOWN;
	drop = h->type == VIGIL_WIRE_DATA ? receive_data(w, h, len, &ev) :
					    receive_handshake(w, h, len, &ev);
	if (drop != WITNESS_DROPS)
		return drop;
	w->rx++;
	err = witness_step(w, &ev);
	return err ? reason_of(err) : WITNESS_DROPS;
}

void packet_receive(struct witness *w, const union config_address *from, u8 *buf, size_t len)
{
	enum witness_drop drop = receive(w, from, buf, len);

	if (drop != WITNESS_DROPS)
		w->drops[drop]++;
}

static void put_header(const struct witness *w, const struct vigil_effect *e, u8 slot,
		       struct vigil_wire_header *h)
{
	memset(h, 0, sizeof(*h));
	h->magic = VIGIL_WIRE_MAGIC;
	h->version = VIGIL_WIRE_VERSION;
	h->type = e->wire;
	h->flags = e->from_voter ? VIGIL_WIRE_F_VOTER : 0;
	if (e->wire != VIGIL_WIRE_DATA && slot)
		h->flags |= VIGIL_WIRE_F_SLOT1;
	put_unaligned_be16(w->config->node[w->config->self].id, &h->src);
	put_unaligned_be16(e->node, &h->dst);
	put_unaligned_be32(w->tag, &h->cluster);
	put_unaligned_be32(e->sid, &h->sid);
	put_unaligned_be64(e->counter, &h->counter);
}

size_t packet_build(const struct witness *w, const struct vigil_effect *e, u8 *buf)
{
	u8 slot = e->slot == VIGIL_SLOT_ACTIVE ? w->config->use_next_key : e->slot;
	struct vigil_wire_header *h = (struct vigil_wire_header *)buf;
	u8 *body = buf + sizeof(*h);

	put_header(w, e, slot, h);
	if (e->wire == VIGIL_WIRE_DATA) {
		auth_seal(body, e->data, e->len, h, e->counter, e->keys->tx);
		return sizeof(*h) + e->len + VIGIL_WIRE_SEAL_LEN;
	}
	if (slot >= VIGIL_KEY_SLOTS || !w->config->key_set[slot])
		return 0;
	memcpy(body, e->data, e->len);
	auth_tag(w->config->key[slot], h, sizeof(*h) + e->len, body + e->len);
	return sizeof(*h) + e->len + VIGIL_WIRE_HMAC_LEN;
}
