// SPDX-License-Identifier: GPL-2.0
/*
 * UDP: one socket per address family, bound to every address, so that a link
 * may come and go. Sending and receiving run in softirq (or with BH disabled);
 * all allocations there are atomic.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#include "cluster.h"
#include "compat/netlink.h"
#include "engine.h"
#include "packet.h"
#include "trace.h"
#include "udp.h"

#define VIGIL_TOS	0xc0	/* CS6, network control */
/* Everything that IP and a device may put in front of a packet. */
#define VIGIL_HEADROOM	(LL_MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct udphdr))

bool vigil_addr_equal(const struct vigil_addr *a, const struct vigil_addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4 == b->v4;
	return ipv6_addr_equal(&a->v6, &b->v6) && a->scope_id == b->scope_id;
}

bool vigil_addr_valid(const struct vigil_addr *a)
{
	int type;

	if (a->family == AF_INET)
		return a->v4 && !ipv4_is_multicast(a->v4) && !ipv4_is_lbcast(a->v4);
	if (a->family != AF_INET6)
		return false;
	type = ipv6_addr_type(&a->v6);
	if (!(type & IPV6_ADDR_UNICAST) || type & IPV6_ADDR_MAPPED)
		return false;
	return !!(type & IPV6_ADDR_LINKLOCAL) == !!a->scope_id;
}

/* Softirq. The scope says where a link-local sender was heard. */
static void source_of(const struct sock *sk, const struct sk_buff *skb, struct vigil_addr *from)
{
	memset(from, 0, sizeof(*from));
	from->family = sk->sk_family;
	if (sk->sk_family == AF_INET) {
		from->v4 = ip_hdr(skb)->saddr;
		return;
	}
	from->v6 = ipv6_hdr(skb)->saddr;
	if (ipv6_addr_type(&from->v6) & IPV6_ADDR_LINKLOCAL)
		from->scope_id = inet6_iif(skb);
}

/*
 * Softirq, under RCU: a packet for our port; UDP has verified its checksum and
 * trimmed it. It is copied to a buffer of this CPU, so that paged, cloned and
 * shared ones need no care. Return: 0, it is consumed.
 */
static int receive(struct sock *sk, struct sk_buff *skb)
{
	struct vigil_cluster *c = rcu_dereference_sk_user_data(sk);
	u8 *buf = vigil_engine_rx_buffer();
	struct vigil_addr from;
	unsigned int len;

	if (!c)
		goto out;
	if (skb->len < sizeof(struct udphdr) + sizeof(struct vigil_wire_header) ||
	    skb->len > sizeof(struct udphdr) + VIGIL_WIRE_MAX_PACKET) {
		vigil_packet_drop(c, 0, VIGIL_DROP_MALFORMED);
		goto out;
	}
	len = skb->len - sizeof(struct udphdr);
	if (skb_copy_bits(skb, sizeof(struct udphdr), buf, len))
		goto out;
	source_of(sk, skb, &from);
	vigil_packet_receive(c, &from, buf, len);
out:
	consume_skb(skb);
	return 0;
}

static int open_one(struct vigil_cluster *c, sa_family_t family, struct socket **sock)
{
	struct udp_port_cfg port = {
		.family = family,
		.local_udp_port = htons(c->cfg.port),
		.use_udp_checksums = true,
		.use_udp6_tx_checksums = true,
		.use_udp6_rx_checksums = true,
		.ipv6_v6only = true,
	};
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = c,
		.encap_type = 1,	/* ours: any number but 0 */
		.encap_rcv = receive,
	};
	int err = udp_sock_create(c->net, &port, sock);

	if (err)
		return err;
	setup_udp_tunnel_sock(c->net, *sock, &tunnel);
	return 0;
}

int vigil_udp_open(struct vigil_cluster *c, const struct vigil_peer *own,
		   struct netlink_ext_ack *extack)
{
	bool v4 = false, v6 = false;
	int err = 0;
	u8 i;

	for (i = 0; i < own->n_links; i++) {
		if (own->links[i].remote.family == AF_INET)
			v4 = true;
		else
			v6 = true;
	}
	if (v4)
		err = open_one(c, AF_INET, &c->socks.v4);
	if (!err && v6)
		err = open_one(c, AF_INET6, &c->socks.v6);
	if (!err)
		return 0;
	vigil_udp_close(c);
	if (err == -EAFNOSUPPORT)
		NL_SET_ERR_MSG(extack, "this kernel does not speak the address family of a link");
	else
		NL_SET_ERR_MSG_FMT(extack, "UDP port %u cannot be opened (another user of it?)",
				   c->cfg.port);
	return err;
}

/* Releasing a socket waits until nobody is in receive(), or in a send begun before. */
void vigil_udp_close(struct vigil_cluster *c)
{
	if (c->socks.v4)
		udp_tunnel_sock_release(c->socks.v4);
	if (c->socks.v6)
		udp_tunnel_sock_release(c->socks.v6);
	c->socks.v4 = NULL;
	c->socks.v6 = NULL;
}

struct sk_buff *vigil_udp_alloc(size_t len)
{
	struct sk_buff *skb = alloc_skb(VIGIL_HEADROOM + len, GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, VIGIL_HEADROOM);
	skb->priority = TC_PRIO_CONTROL;
	return skb;
}

/* Consumes @skb. skb->dev stays NULL: there is no tunnel device to count for. */
static int send_v4(struct vigil_cluster *c, const struct vigil_addr *from,
		   const struct vigil_addr *to, struct sk_buff *skb)
{
	__be16 port = htons(c->cfg.port);
	struct flowi4 fl = {
		.saddr = from->v4,
		.daddr = to->v4,
		.flowi4_proto = IPPROTO_UDP,
		.fl4_sport = port,
		.fl4_dport = port,
	};
	struct sock *sk;
	struct rtable *rt;

	if (!c->socks.v4) {
		kfree_skb(skb);
		return -EAFNOSUPPORT;
	}
	sk = c->socks.v4->sk;
	rt = ip_route_output_flow(c->net, &fl, sk);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	udp_tunnel_xmit_skb(rt, sk, skb, fl.saddr, fl.daddr, VIGIL_TOS,
			    ip4_dst_hoplimit(&rt->dst), 0, port, port, false, false);
	return 0;
}

static int send_v6(struct vigil_cluster *c, const struct vigil_addr *from,
		   const struct vigil_addr *to, struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IPV6)
	__be16 port = htons(c->cfg.port);
	struct flowi6 fl = {
		.saddr = from->v6,
		.daddr = to->v6,
		.flowi6_oif = to->scope_id,
		.flowi6_proto = IPPROTO_UDP,
		.fl6_sport = port,
		.fl6_dport = port,
	};
	struct dst_entry *dst;
	struct sock *sk;

	if (!c->socks.v6) {
		kfree_skb(skb);
		return -EAFNOSUPPORT;
	}
	sk = c->socks.v6->sk;
	/* Unlike with IPv4, the route look-up does not ask whether the source is ours. */
	if (!ipv6_chk_addr(c->net, &fl.saddr, NULL, 0)) {
		kfree_skb(skb);
		return -EADDRNOTAVAIL;
	}
	dst = ipv6_stub->ipv6_dst_lookup_flow(c->net, sk, &fl, NULL);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	skb->ignore_df = 1;	/* may be cut where the MTU is the smallest allowed */
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, &fl.saddr, &fl.daddr, VIGIL_TOS,
			     ip6_dst_hoplimit(dst), 0, port, port, false);
	return 0;
#else
	kfree_skb(skb);
	return -EAFNOSUPPORT;
#endif
}

/* Consumes @skb; NULL is a packet for which there was no memory. */
static void send_link(struct vigil_cluster *c, struct vigil_peer *peer, u8 link,
		      const struct vigil_addr *from, struct sk_buff *skb)
{
	struct vigil_link *l = &peer->links[link];
	u8 type = 0;
	int err;

	if (skb)
		type = ((const struct vigil_wire_header *)skb->data)->type;
	if (!skb)
		err = -ENOMEM;
	else if (l->remote.family == AF_INET)
		err = send_v4(c, from, &l->remote, skb);
	else
		err = send_v6(c, from, &l->remote, skb);
	trace_vigil_beat_tx(c->cfg.name, peer->id, link, type, err);
	if (err) {
		atomic64_inc(&l->tx_errors);
		return;
	}
	atomic64_inc(&l->tx);
	atomic64_inc(&c->tx);
}

void vigil_udp_send(struct vigil_cluster *c, struct vigil_peer *peer, struct sk_buff *skb)
{
	const struct vigil_peer *own = rcu_dereference(c->peers[c->cfg.self]);
	u8 n = min(peer->n_links, own->n_links);
	u8 i;

	/* Every link gets its own copy, for headers are put in front; the last one the original. */
	for (i = 0; i < n; i++)
		send_link(c, peer, i, &own->links[i].remote,
			  i + 1 < n ? skb_copy(skb, GFP_ATOMIC | __GFP_NOWARN) : skb);
}
