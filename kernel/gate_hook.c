// SPDX-License-Identifier: GPL-2.0
/*
 * Gates at work: hooks in the way of packets. See gate.h.
 *
 * All of it runs wherever packets are sent: process context or softirq, under RCU.
 */
#include <linux/cgroup.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/inet_sock.h>
#include <net/ndisc.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "cluster.h"
#include "gate.h"
#include "trace.h"

/* Shut at the very instant at which the hold ends, whatever else happens late. */
static bool is_open(const struct vigil_gate *gate)
{
	return ktime_get_boottime_ns() < (u64)atomic64_read(&gate->until);
}

static unsigned int judge(struct vigil_gate *gate, const struct nf_hook_state *state)
{
	if (!gate || is_open(gate))
		return NF_ACCEPT;
	atomic64_inc(&gate->dropped);
	trace_vigil_gate(gate->cluster->cfg.name, gate->claim, state->out ? state->out->name : "");
	return NF_DROP;
}

static struct vigil_gate *find_v4(const struct vigil_gates *gates, __be32 address)
{
	struct vigil_gate_key key = { .kind = VIGIL_GATE_IPV4 };

	key.v4 = address;
	return vigil_gate_find(gates, &key);
}

static struct vigil_gate *find_v6(const struct vigil_gates *gates, const struct in6_addr *address)
{
	struct vigil_gate_key key = { .kind = VIGIL_GATE_IPV6 };

	key.v6 = *address;
	return vigil_gate_find(gates, &key);
}

/* The group's own sockets and those of groups below it. */
static struct vigil_gate *find_sender(const struct vigil_gates *gates, struct sk_buff *skb)
{
	struct vigil_gate_key key = { .kind = VIGIL_GATE_CGROUP };
	struct vigil_gate *gate = NULL;
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct sock *sk = skb_to_full_sk(skb);
	struct cgroup *group;

	if (!READ_ONCE(gates->n_cgroups) || !sk || !sk_fullsock(sk))
		return NULL;
	for (group = sock_cgroup_ptr(&sk->sk_cgrp_data); group && !gate;
	     group = cgroup_parent(group)) {
		key.cgroup = cgroup_id(group);
		gate = vigil_gate_find(gates, &key);
	}
#endif
	return gate;
}

/* @at: where the IPv4 header begins. */
static struct vigil_gate *look_v4(const struct vigil_gates *gates, const struct sk_buff *skb,
				  int at)
{
	struct iphdr room;
	const struct iphdr *ip = skb_header_pointer(skb, at, sizeof(room), &room);

	return ip ? find_v4(gates, ip->saddr) : NULL;
}

/*
 * The sender's address, or in neighbour discovery the one it says is its own: the
 * target of an advertisement, and of the question whether somebody else has it.
 */
static struct vigil_gate *look_v6(const struct vigil_gates *gates, const struct sk_buff *skb,
				  int at)
{
	struct ipv6hdr room;
	const struct ipv6hdr *ip = skb_header_pointer(skb, at, sizeof(room), &room);
	struct vigil_gate *gate;
	struct nd_msg nd_room;
	const struct nd_msg *nd;

	if (!ip)
		return NULL;
	gate = find_v6(gates, &ip->saddr);
	if (gate || ip->nexthdr != IPPROTO_ICMPV6)
		return gate;
	nd = skb_header_pointer(skb, at + sizeof(*ip), sizeof(nd_room), &nd_room);
	if (!nd)
		return NULL;
	if (nd->icmph.icmp6_type == NDISC_NEIGHBOUR_ADVERTISEMENT ||
	    (nd->icmph.icmp6_type == NDISC_NEIGHBOUR_SOLICITATION && ipv6_addr_any(&ip->saddr)))
		return find_v6(gates, &nd->target);
	return NULL;
}

/* Questions and answers alike teach their hearers where the sender's address is. */
static struct vigil_gate *look_arp(const struct vigil_gates *gates, const struct sk_buff *skb,
				   int at)
{
	struct arphdr room;
	const struct arphdr *arp = skb_header_pointer(skb, at, sizeof(room), &room);
	__be32 address_room;
	const __be32 *address;

	if (!arp || arp->ar_pro != htons(ETH_P_IP) || arp->ar_pln != sizeof(*address))
		return NULL;
	address = skb_header_pointer(skb, at + sizeof(*arp) + arp->ar_hln, sizeof(*address),
				     &address_room);
	return address ? find_v4(gates, *address) : NULL;
}

static unsigned int see_ip(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct vigil_gates *gates = vigil_gates_of(state->net);
	struct vigil_gate *gate;

	if (state->out && state->out->flags & IFF_LOOPBACK)
		return NF_ACCEPT;
	gate = find_sender(gates, skb);
	/* With both, both must be open. */
	if (gate && !is_open(gate))
		return judge(gate, state);
	gate = state->pf == NFPROTO_IPV6 ? look_v6(gates, skb, skb_network_offset(skb)) :
					   look_v4(gates, skb, skb_network_offset(skb));
	return judge(gate, state);
}

static unsigned int __maybe_unused see_arp(void *priv, struct sk_buff *skb,
					   const struct nf_hook_state *state)
{
	return judge(look_arp(vigil_gates_of(state->net), skb, skb_network_offset(skb)), state);
}

/*
 * What the packet says it is, not what its sender told the kernel about it: a raw
 * socket may say anything. Return: where its network header begins.
 */
static int network_offset(const struct sk_buff *skb, const struct net_device *dev, __be16 *protocol)
{
	int at = skb_network_offset(skb);
	struct vlan_hdr tag_room;
	const struct vlan_hdr *tag;
	struct ethhdr room;
	const struct ethhdr *eth;
	int tags = 2;

	*protocol = skb->protocol;
	if (dev->type != ARPHRD_ETHER)
		return at;
	eth = skb_header_pointer(skb, 0, sizeof(room), &room);
	if (!eth)
		return at;
	*protocol = eth->h_proto;
	at = ETH_HLEN;
	while (eth_type_vlan(*protocol) && tags--) {
		tag = skb_header_pointer(skb, at, sizeof(tag_room), &tag_room);
		if (!tag)
			break;
		*protocol = tag->h_vlan_encapsulated_proto;
		at += VLAN_HLEN;
	}
	return at;
}

static unsigned int see_frame(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct vigil_gates *gates = vigil_gates_of(state->net);
	struct vigil_gate *gate = NULL;
	__be16 protocol;
	int at = network_offset(skb, state->out, &protocol);

	switch (protocol) {
	case htons(ETH_P_IP):
		gate = look_v4(gates, skb, at);
		break;
	case htons(ETH_P_IPV6):
		gate = look_v6(gates, skb, at);
		break;
	case htons(ETH_P_ARP):
		gate = look_arp(gates, skb, at);
		break;
	}
	return judge(gate, state);
}

/* The last to look: addresses are what they will be on the wire. */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = see_ip, .pf = NFPROTO_IPV4, .hooknum = NF_INET_POST_ROUTING,
		.priority = INT_MAX,
	}, {
		.hook = see_ip, .pf = NFPROTO_IPV6, .hooknum = NF_INET_POST_ROUTING,
		.priority = INT_MAX,
	},
#ifdef CONFIG_NETFILTER_FAMILY_ARP	/* else only at interfaces that are named */
	{
		.hook = see_arp, .pf = NFPROTO_ARP, .hooknum = NF_ARP_OUT, .priority = INT_MAX,
	},
#endif
};

int vigil_gate_hook(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

void vigil_gate_unhook(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

int vigil_gate_hook_port(struct net *net, struct vigil_gate_port *port, struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	int err;

	port->ops = (struct nf_hook_ops){
		.hook = see_frame,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS,
		.priority = INT_MAX,
	};
	err = nf_register_net_hook(net, &port->ops);
	port->hooked = !err;
	return err;
#else
	return -EOPNOTSUPP;
#endif
}

void vigil_gate_unhook_port(struct net *net, struct vigil_gate_port *port)
{
	if (port->hooked)
		nf_unregister_net_hook(net, &port->ops);
	port->hooked = false;
}
