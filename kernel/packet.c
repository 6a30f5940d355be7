// SPDX-License-Identifier: GPL-2.0
/* Datagrams: judging those that arrive, sealing those that leave. */
#include <linux/ktime.h>
#include <linux/string.h>

#include "auth.h"
#include "engine.h"
#include "packet.h"
#include "trace.h"

#define HANDSHAKE_LEN	(sizeof(struct vigil_wire_header) + sizeof(struct vigil_wire_handshake))
/*
 * Handshake packets of one node looked at per interval. A healthy peer sends a
 * few, each over every link; what is above saves the time for their tags.
 */
#define HANDSHAKES_MAX	256

void vigil_packet_drop(struct vigil_cluster *c, u16 node, enum vigil_drop reason)
{
	atomic64_inc(&c->drops[reason]);
	trace_vigil_drop(c->cfg.name, node, reason);
}

/* The link on which @peer has this address, or NULL. */
static struct vigil_link *link_of(struct vigil_peer *peer, const struct vigil_addr *from)
{
	u8 i;

	for (i = 0; i < peer->n_links; i++)
		if (vigil_addr_equal(&peer->links[i].remote, from))
			return &peer->links[i];
	return NULL;
}

/* Unlocked: a few packets more or less do not matter. */
static bool flooding(struct vigil_cluster *c, struct vigil_peer *peer)
{
	u64 now = ktime_get_boottime_ns();

	if (now - READ_ONCE(peer->hmac_window) >= c->cfg.timing.interval) {
		WRITE_ONCE(peer->hmac_window, now);
		WRITE_ONCE(peer->hmac_count, 0);
	}
	WRITE_ONCE(peer->hmac_count, READ_ONCE(peer->hmac_count) + 1);
	return READ_ONCE(peer->hmac_count) > HANDSHAKES_MAX;
}

/* Return: an enum vigil_drop, or VIGIL_DROPS if the packet is fine. */
static enum vigil_drop check_handshake(struct vigil_cluster *c, struct vigil_peer *peer,
				       const struct vigil_wire_header *h, size_t len, u8 slot)
{
	bool hack = h->type == VIGIL_WIRE_HACK;
	struct vigil_hmac_key *key;

	if (len != HANDSHAKE_LEN + VIGIL_WIRE_HMAC_LEN || hack != !!(h->flags & VIGIL_WIRE_F_VOTER))
		return VIGIL_DROP_MALFORMED;
	if (flooding(c, peer))
		return VIGIL_DROP_FLOOD;
	key = rcu_dereference(c->keys[slot]);
	if (!key || !vigil_hmac_verify(key, h, HANDSHAKE_LEN, (const u8 *)h + HANDSHAKE_LEN))
		return VIGIL_DROP_AUTH;
	return VIGIL_DROPS;
}

static enum vigil_drop receive_handshake(struct vigil_cluster *c, struct vigil_peer *peer,
					 const struct vigil_wire_header *h, size_t len,
					 struct vigil_event *ev)
{
	ev->type = h->type == VIGIL_WIRE_HELLO ? VIGIL_EV_HELLO : VIGIL_EV_HACK;
	ev->slot = !!(h->flags & VIGIL_WIRE_F_SLOT1);
	ev->len = sizeof(struct vigil_wire_handshake);
	return check_handshake(c, peer, h, len, ev->slot);
}

/* The lock is not held while the packet is opened. */
static enum vigil_drop receive_data(struct vigil_cluster *c, struct vigil_wire_header *h,
				    size_t len, struct vigil_event *ev)
{
	const struct vigil_keys *keys = NULL;
	u8 key[VIGIL_SESSION_KEY_LEN];
	size_t sealed = len - sizeof(*h);
	bool authentic;

	if (h->flags & VIGIL_WIRE_F_SLOT1 ||
	    sealed < sizeof(struct vigil_wire_preface) + VIGIL_WIRE_SEAL_LEN ||
	    sealed > VIGIL_WIRE_MAX_BODY + VIGIL_WIRE_SEAL_LEN)
		return VIGIL_DROP_MALFORMED;

	spin_lock_bh(&c->lock);
	if (c->core && !c->stopping)
		keys = vigil_core_rx_keys(c->core, ev->node, ev->from_voter, ev->sid);
	if (keys)
		memcpy(key, keys->rx, sizeof(key));
	spin_unlock_bh(&c->lock);
	if (!keys)
		return VIGIL_DROP_NOSESSION;

	authentic = vigil_open((u8 *)(h + 1), sealed, h, ev->counter, key);
	memzero_explicit(key, sizeof(key));
	ev->type = VIGIL_EV_DATA;
	ev->len = sealed - VIGIL_WIRE_SEAL_LEN;
	return authentic ? VIGIL_DROPS : VIGIL_DROP_AUTH;
}

static enum vigil_drop reason_of(int err)
{
	switch (err) {
	case -EBADMSG:
		return VIGIL_DROP_MALFORMED;
	case -EALREADY:
		return VIGIL_DROP_REPLAY;
	case -EPERM:
		return VIGIL_DROP_REFUSED;
	default:
		return VIGIL_DROP_NOSESSION;
	}
}

/* Authentic: the link works, whatever the core makes of the packet. */
static void note_arrival(struct vigil_cluster *c, struct vigil_peer *peer,
			 struct vigil_link *link, const struct vigil_event *ev, u8 type)
{
	atomic64_inc(&c->rx);
	atomic64_inc(&link->rx);
	atomic64_set(&link->last_rx, ktime_get_boottime_ns());
	trace_vigil_beat_rx(c->cfg.name, peer->id, link - peer->links, type, ev->counter);
}

static bool well_formed(const struct vigil_wire_header *h)
{
	return h->magic == VIGIL_WIRE_MAGIC && h->version == VIGIL_WIRE_VERSION &&
	       h->type >= VIGIL_WIRE_HELLO && h->type <= VIGIL_WIRE_DATA &&
	       !(h->flags & ~(VIGIL_WIRE_F_VOTER | VIGIL_WIRE_F_SLOT1));
}

void vigil_packet_receive(struct vigil_cluster *c, const struct vigil_addr *from,
			  u8 *buf, size_t len)
{
	struct vigil_wire_header *h = (struct vigil_wire_header *)buf;
	u16 src = be16_to_cpu(h->src);
	struct vigil_event ev = {
		.node = src,
		.from_voter = h->flags & VIGIL_WIRE_F_VOTER,
		.sid = be32_to_cpu(h->sid),
		.counter = be64_to_cpu(h->counter),
		.packet = buf + sizeof(*h),
	};
	struct vigil_link *link = NULL;
	struct vigil_peer *peer = NULL;
	enum vigil_drop drop;
	int err;

	if (!well_formed(h)) {
		vigil_packet_drop(c, 0, VIGIL_DROP_MALFORMED);
		return;
	}
	if (src <= VIGIL_MAX_NODES && src != c->cfg.self)
		peer = rcu_dereference(c->peers[src]);
	if (peer)
		link = link_of(peer, from);
	if (!link || be32_to_cpu(h->cluster) != c->tag || be16_to_cpu(h->dst) != c->cfg.self) {
		vigil_packet_drop(c, src, VIGIL_DROP_UNKNOWN);
		return;
	}

	if (h->type == VIGIL_WIRE_DATA)
		drop = receive_data(c, h, len, &ev);
	else
		drop = receive_handshake(c, peer, h, len, &ev);
	if (drop != VIGIL_DROPS) {
		vigil_packet_drop(c, src, drop);
		return;
	}
	note_arrival(c, peer, link, &ev, h->type);
	err = vigil_engine_run(c, &ev);
	if (err)
		vigil_packet_drop(c, src, reason_of(err));
}

/* What travels in skb->cb between building and sending. */
struct vigil_packet_cb {
	u16 node;
};

u16 vigil_packet_node(const struct sk_buff *skb)
{
	return ((const struct vigil_packet_cb *)skb->cb)->node;
}

static void put_header(const struct vigil_cluster *c, const struct vigil_effect *e, u8 slot,
		       struct vigil_wire_header *h)
{
	memset(h, 0, sizeof(*h));
	h->magic = VIGIL_WIRE_MAGIC;
	h->version = VIGIL_WIRE_VERSION;
	h->type = e->wire;
	h->flags = e->from_voter ? VIGIL_WIRE_F_VOTER : 0;
	if (e->wire != VIGIL_WIRE_DATA && slot)
		h->flags |= VIGIL_WIRE_F_SLOT1;
	h->src = cpu_to_be16(c->cfg.self);
	h->dst = cpu_to_be16(e->node);
	h->cluster = cpu_to_be32(c->tag);
	h->sid = cpu_to_be32(e->sid);
	h->counter = cpu_to_be64(e->counter);
}

/* Handshakes are tagged, data is sealed. */
static int protect(struct vigil_cluster *c, const struct vigil_effect *e, u8 slot,
		   struct sk_buff *skb, struct vigil_wire_header *h)
{
	struct vigil_hmac_key *key;

	if (e->wire == VIGIL_WIRE_DATA) {
		vigil_seal(skb_put(skb, e->len + VIGIL_WIRE_SEAL_LEN), e->data, e->len, h,
			   e->counter, e->keys->tx);
		return 0;
	}
	key = rcu_dereference(c->keys[slot]);
	if (!key)
		return -ENOKEY;
	skb_put_data(skb, e->data, e->len);
	return vigil_hmac(key, h, sizeof(*h) + e->len, skb_put(skb, VIGIL_WIRE_HMAC_LEN));
}

struct sk_buff *vigil_packet_build(struct vigil_cluster *c, const struct vigil_effect *e)
{
	u8 slot = e->slot == VIGIL_SLOT_ACTIVE ? READ_ONCE(c->active_slot) : e->slot;
	struct vigil_wire_header *h;
	struct sk_buff *skb;

	skb = vigil_udp_alloc(sizeof(*h) + e->len + VIGIL_WIRE_HMAC_LEN);
	if (!skb)
		return NULL;
	h = skb_put(skb, sizeof(*h));
	put_header(c, e, slot, h);
	if (protect(c, e, slot, skb, h)) {
		kfree_skb(skb);
		return NULL;
	}
	((struct vigil_packet_cb *)skb->cb)->node = e->node;
	return skb;
}
