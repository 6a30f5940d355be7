/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gates: what a service sends leaves this machine only while its claim is held,
 * asked packet by packet against the clock. So a machine that stood still and
 * wakes with a stale lease says nothing in the service's name, whatever its
 * timers and tasks do first.
 *
 * A gate belongs to one claim and watches two things:
 *
 *   sockets of a control group    at the last hook before the interface, IPv4 and IPv6
 *   packets with an address       there, in ARP, and (with the interface named) at the
 *                                 interface itself, where raw frames pass as well
 *
 * It knows until when the claim is held; the engine says so after every step.
 * What is not known to be held is shut: a claim that does not exist, a cluster
 * that has not started or has left. Packets of the loopback interface pass. A gate
 * pins the module, so it cannot fall open by an unload.
 *
 * gate.c keeps the gates, gate_hook.c looks at packets, netlink_gate.c takes orders.
 * Writers hold RTNL, as interfaces come and go under it; packets look under RCU.
 */
#ifndef _VIGIL_GATE_H
#define _VIGIL_GATE_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/types.h>

#include "core/core.h"

struct net;
struct net_device;
struct netlink_ext_ack;
struct vigil_cluster;

#define VIGIL_GATE_ADDRESSES	16	/* of one claim */
#define VIGIL_GATE_INTERFACES	4
#define VIGIL_GATE_HASH		64

enum vigil_gate_kind {
	VIGIL_GATE_CGROUP,
	VIGIL_GATE_IPV4,
	VIGIL_GATE_IPV6,
};

/* What a packet is known by; hashed and compared as a whole, so unused bytes are zero. */
struct vigil_gate_key {
	u32 kind;
	u32 zero;
	union {
		u32 words[4];	/* first: initializers clear all of it */
		__be32 v4;
		struct in6_addr v6;
		u64 cgroup;
	};
};

/* A place in the table of a namespace. */
struct vigil_gate_entry {
	struct hlist_node node;
	struct vigil_gate_key key;
	struct vigil_gate *gate;
};

/* An interface at which frames are looked at, shared by the gates that name it; RTNL. */
struct vigil_gate_port {
	struct list_head list;
	char name[IFNAMSIZ];
	unsigned int users;
	bool hooked;		/* the interface exists, and so does the hook at it */
	struct nf_hook_ops ops;
};

/**
 * struct vigil_gate - the gate of one claim
 * @list: in vigil_cluster.gates; written under RTNL and the cluster's lock
 * @rcu: freed after a grace period
 * @until: CLOCK_BOOTTIME in ns at which the hold ends; 0: shut. Packets read it
 * @dropped: packets that did not pass
 * @claim: its name
 * @cgroup: 0: none
 * @n_entries: used of @entries
 * @n_ports: used of @ports
 */
struct vigil_gate {
	struct list_head list;
	struct rcu_head rcu;
	atomic64_t until;
	atomic64_t dropped;
	char claim[VIGIL_NAME_LEN + 1];
	const struct vigil_cluster *cluster;
	u64 cgroup;
	u8 n_entries;
	u8 n_ports;
	struct vigil_gate_entry entries[VIGIL_GATE_ADDRESSES + 1];
	struct vigil_gate_port *ports[VIGIL_GATE_INTERFACES];
};

/* The gates of a namespace: RTNL, readers RCU. */
struct vigil_gates {
	struct hlist_head table[VIGIL_GATE_HASH];
	unsigned int n_entries;
	unsigned int n_cgroups;
	struct list_head ports;
};

/* What netlink asks for. */
struct vigil_gate_config {
	char claim[VIGIL_NAME_LEN + 1];
	u64 cgroup;			/* 0: none */
	u8 n_addresses;
	u8 n_interfaces;
	struct vigil_gate_key addresses[VIGIL_GATE_ADDRESSES];
	char interfaces[VIGIL_GATE_INTERFACES][IFNAMSIZ];
};

/**
 * vigil_gate_set - make the gate of a claim, or replace it
 * @c: the cluster
 * @config: what it shall watch
 * @extack: for the refusal
 *
 * Process context. It is shut or open by the claim's state before this returns.
 * Return: 0, -EEXIST (something is watched by another gate), -ENOENT (the cluster
 * is gone), -EOPNOTSUPP (a named interface cannot be watched by this kernel),
 * -ENOMEM; nothing is changed then.
 */
int vigil_gate_set(struct vigil_cluster *c, const struct vigil_gate_config *config,
		   struct netlink_ext_ack *extack);

/* Process context. Return: 0, -ENOENT, or -EBUSY while the claim may be running. */
int vigil_gate_del(struct vigil_cluster *c, const char *claim, struct netlink_ext_ack *extack);

/* What users see of a gate. */
struct vigil_gate_status {
	struct vigil_gate_config config;
	u64 left;		/* ns for which packets pass if nothing renews the hold */
	u64 dropped;
};

/* Process context. Return: false: that claim has no gate. */
bool vigil_gate_status(struct vigil_cluster *c, const char *claim, struct vigil_gate_status *st);
/* The @n-th gate, from 0. Return: false at the end. */
bool vigil_gate_status_nth(struct vigil_cluster *c, unsigned int n, struct vigil_gate_status *st);

/* Part of the cluster's life, process context: no gate any more, and none to come. */
void vigil_gate_close(struct vigil_cluster *c);

/* Under the cluster's lock, after each step: until when is each claim held? */
void vigil_gate_publish(struct vigil_cluster *c);

/* main.c calls these, in process context. */
int vigil_gate_register(void);
void vigil_gate_unregister(void);

/* gate_hook.c */

/* The gates of a namespace. */
struct vigil_gates *vigil_gates_of(const struct net *net);

/* Under RCU or RTNL. Return: who watches that, or NULL. */
struct vigil_gate *vigil_gate_find(const struct vigil_gates *gates,
				   const struct vigil_gate_key *key);

/* RTNL. Look at the packets of a namespace, from its first gate to its last. */
int vigil_gate_hook(struct net *net);
void vigil_gate_unhook(struct net *net);

/* RTNL. Look at the frames of one interface. Return: 0 or -errno. */
int vigil_gate_hook_port(struct net *net, struct vigil_gate_port *port, struct net_device *dev);
void vigil_gate_unhook_port(struct net *net, struct vigil_gate_port *port);

#endif
