/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets: sending over all links of a peer, receiving. */
#ifndef _VIGIL_UDP_H
#define _VIGIL_UDP_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct socket;
struct vigil_cluster;
struct vigil_peer;

/**
 * struct vigil_addr - where a link ends
 * @family: AF_INET, AF_INET6; AF_UNSPEC: nothing here
 * @scope_id: interface of a link-local IPv6 address, else 0
 * @v4: AF_INET
 * @v6: AF_INET6
 */
struct vigil_addr {
	u16 family;
	u32 scope_id;
	union {
		__be32 v4;
		struct in6_addr v6;
	};
};

bool vigil_addr_equal(const struct vigil_addr *a, const struct vigil_addr *b);

/* Unicast, and link-local exactly if it has a scope? */
bool vigil_addr_valid(const struct vigil_addr *a);

/* One socket per family in use. */
struct vigil_socks {
	struct socket *v4;
	struct socket *v6;
};

/**
 * vigil_udp_open - open the sockets that the own node's addresses need
 * @c: cluster, not running yet
 * @own: ourselves
 * @extack: says what failed
 *
 * Process context. Return: 0 or -errno.
 */
int vigil_udp_open(struct vigil_cluster *c, const struct vigil_peer *own,
		   struct netlink_ext_ack *extack);

/* Process context, after the engine was stopped: nothing is received or sent when it returns. */
void vigil_udp_close(struct vigil_cluster *c);

/* An empty packet with room for @len bytes and all headers in front. Softirq and process. */
struct sk_buff *vigil_udp_alloc(size_t len);

/**
 * vigil_udp_send - send a packet over every link of a peer
 * @c: cluster
 * @peer: receiver
 * @skb: made by vigil_udp_alloc(); consumed
 *
 * BH disabled, RCU read lock held, no lock of the cluster.
 */
void vigil_udp_send(struct vigil_cluster *c, struct vigil_peer *peer, struct sk_buff *skb);

#endif
