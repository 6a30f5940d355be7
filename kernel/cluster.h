/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cluster instance: what it is configured to be, and its life from creation
 * to deletion. engine.h is what makes it tick.
 *
 * Life-cycle functions run in process context and may sleep; one mutex per
 * network namespace serialises them. Nothing of the beat, lease and fence
 * paths takes that mutex. Refusals carry a text in @extack (which may be NULL).
 */
#ifndef _VIGIL_CLUSTER_H
#define _VIGIL_CLUSTER_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "auth.h"
#include "core/core.h"
#include "fence.h"
#include "udp.h"
#include "watch.h"

struct net;
struct netlink_ext_ack;
struct vigil_sysctl;
struct vigil_watchdog;

/**
 * struct vigil_link - one way to reach a peer
 * @remote: the peer's address
 * @last_rx: CLOCK_BOOTTIME, ns, of the newest authentic packet; 0: none
 * @rx: authentic packets
 * @tx: packets given to IP
 * @tx_errors: packets without a route, memory or own address
 */
struct vigil_link {
	struct vigil_addr remote;
	atomic64_t last_rx;
	atomic64_t rx;
	atomic64_t tx;
	atomic64_t tx_errors;
};

/**
 * struct vigil_peer - a configured node, ourselves included
 * @rcu: freed after a grace period
 * @id: node id
 * @voter: has a vote
 * @name: for people
 * @n_links: addresses in @links; position is the number of the link
 * @links: immutable but for their counters
 * @hmac_window: start of the current window of the handshake limit, ns; racy by intent
 * @hmac_count: handshakes looked at in that window
 */
struct vigil_peer {
	struct rcu_head rcu;
	u16 id;
	bool voter;
	char name[VIGIL_NAME_LEN + 1];
	u8 n_links;
	struct vigil_link links[VIGIL_MAX_LINKS];
	u64 hmac_window;
	u32 hmac_count;
};

/* Why a received packet was dropped; indexes of vigil_cluster.drops. */
enum vigil_drop {
	VIGIL_DROP_MALFORMED,	/* too short, too long, wrong version or contents */
	VIGIL_DROP_UNKNOWN,	/* not from an address of a node of this cluster */
	VIGIL_DROP_AUTH,	/* forged, or under a key we do not have */
	VIGIL_DROP_REPLAY,	/* seen before: also every second copy over another link */
	VIGIL_DROP_NOSESSION,	/* of no current session */
	VIGIL_DROP_REFUSED,	/* handshake of a node configured differently */
	VIGIL_DROP_FLOOD,	/* more handshakes of one node than it can need */
	VIGIL_DROPS
};

/* What netlink hands over to make a cluster. */
struct vigil_cluster_config {
	char name[VIGIL_NAME_LEN + 1];
	u16 self;
	u16 port;			/* UDP, host byte order */
	u32 generation;
	u32 fence_action;		/* VIGIL_FENCE_* */
	u32 gasp;			/* VIGIL_GASP_MODE_* */
	u64 gasp_grace;			/* ns */
	struct vigil_timing timing;
};

struct vigil_node_config {
	u16 id;
	bool voter;
	char name[VIGIL_NAME_LEN + 1];
	u8 n_links;
	struct vigil_addr links[VIGIL_MAX_LINKS];
};

/**
 * struct vigil_cluster - one instance
 * @list: in the namespace's list; RCU
 * @ref: the list's and every user's
 * @rcu: freed after a grace period
 * @net: its namespace; not counted, the namespace's exit destroys the cluster
 * @cfg: immutable but for the fence action (READ_ONCE)
 * @tag: vigil_wire_cluster_tag() of its name
 * @peers: by node id; written under the namespace's mutex, read under RCU
 * @n_peers: all configured nodes; under the namespace's mutex
 * @n_voters: those with a vote
 * @keys: cluster keys; written under the namespace's mutex, read under RCU
 * @active_slot: slot that our HELLOs use (READ_ONCE)
 * @socks: open sockets, from before the first step until after the last
 * @sysctl: net.vigil.<name>
 * @daemon_stale_ms: without a ping for so long the daemon counts as dead; 0: never
 * @daemon_grace_ms: dead for so long, what is held is fenced; 0: never
 * @rx: authentic packets
 * @tx: packets sent, each link counted
 * @drops: received packets dropped, by enum vigil_drop
 * @fence: hard hrtimers of the fence deadline; has a lock of its own
 * @tick: soft hrtimer at the next deadline of the core or the daemon
 * @watches: processes watched on this node
 * @watchdog: the hardware watchdog that is petted; NULL: none; see watchdog.c for its lock
 * @gates: of its claims; written under RTNL and @lock
 * @gates_closed: there shall be none any more; RTNL
 * @lock: spinlock, BH; protects all that follows
 * @order: spinlock, taken inside @lock and held beyond it while userspace is
 *	told, so that it hears of things in the order they were decided in
 * @state: VIGIL_CLUSTER_STATE_*
 * @stopping: no step any more
 * @pinned: we hold a reference to the module
 * @fence_taken: the action was taken since a hold was lost
 * @daemon_alive: as told to the core
 * @daemon_pinged: this daemon pings, so silence means something
 * @n_busy: own claims that are WANTED, HELD or LOST, roles left out; while there
 *	are any the module is pinned
 * @n_lost: own claims that are LOST
 * @daemon_portid: netlink port of the daemon; 0: none
 * @daemon_seen: when it last gave a sign, ns
 * @daemon_died: when it went, ns; 0: it has not, there was none, or it has been fenced for
 * @tick_at: what @tick is armed for
 * @quorum: end of the lease majority, as traced last
 * @incarnation: of this start; 0 before
 * @core: the protocol; NULL before the start and after the end
 * @core_size: bytes of @core
 */
struct vigil_cluster {
	struct list_head list;
	refcount_t ref;
	struct rcu_head rcu;
	struct net *net;
	struct vigil_cluster_config cfg;
	u32 tag;
	struct vigil_peer __rcu *peers[VIGIL_MAX_NODES + 1];
	u16 n_peers;
	u16 n_voters;
	struct vigil_hmac_key __rcu *keys[VIGIL_KEY_SLOTS];
	u8 active_slot;
	struct vigil_socks socks;
	struct vigil_sysctl *sysctl;
	u32 daemon_stale_ms;
	u32 daemon_grace_ms;
	atomic64_t rx;
	atomic64_t tx;
	atomic64_t drops[VIGIL_DROPS];
	struct vigil_fence fence;
	struct hrtimer tick;
	struct vigil_watches watches;
	struct vigil_watchdog *watchdog;
	struct list_head gates;
	bool gates_closed;

	spinlock_t lock;
	spinlock_t order;
	u32 state;
	bool stopping;
	bool pinned;
	bool fence_taken;
	bool daemon_alive;
	bool daemon_pinged;
	u16 n_busy;
	u16 n_lost;
	u32 daemon_portid;
	u64 daemon_seen;
	u64 daemon_died;
	u64 tick_at;
	u64 quorum;
	u64 incarnation;
	struct vigil_core *core;
	size_t core_size;
};

/**
 * vigil_cluster_get - find a cluster by name
 * @net: network namespace
 * @name: NUL-terminated
 *
 * Any context. Return: the cluster with a reference for the caller, or NULL.
 */
struct vigil_cluster *vigil_cluster_get(struct net *net, const char *name);

/**
 * vigil_cluster_get_nth - walk over the clusters of a namespace, for dumps
 * @net: network namespace
 * @n: from 0, oldest first
 *
 * Return: the cluster with a reference for the caller, or NULL at the end.
 */
struct vigil_cluster *vigil_cluster_get_nth(struct net *net, unsigned int n);

/* Any context. */
void vigil_cluster_put(struct vigil_cluster *c);

/* All clusters of a namespace, under RCU. */
struct list_head *vigil_cluster_list(struct net *net);

/*
 * Life. All return 0 or -errno with extack. After vigil_cluster_destroy() the
 * caller still has its reference to give back; other functions then refuse
 * with -ENOENT or -ESHUTDOWN.
 *
 * create	-EEXIST, -EINVAL (name, self, port, timing), -EPERM (fence action
 *		without CAP_SYS_BOOT), -ENOSPC, -ENOMEM
 * start	-EALREADY, -EINVAL (voters even, self missing, links that do not
 *		fit, no active key), -EADDRINUSE, ...
 * leave	-ENOTCONN (not running), -EBUSY (claims may be running)
 * destroy	-EBUSY (claims may be running); leaves first
 */
int vigil_cluster_create(struct net *net, const struct vigil_cluster_config *cfg,
			 struct netlink_ext_ack *extack);
int vigil_cluster_start(struct vigil_cluster *c, struct netlink_ext_ack *extack);
int vigil_cluster_leave(struct vigil_cluster *c, struct netlink_ext_ack *extack);
int vigil_cluster_destroy(struct vigil_cluster *c, struct netlink_ext_ack *extack);

/*
 * add_node	-EEXIST, -EINVAL (name, id, links), -EBUSY (voter while running)
 * del_node	-ENOENT, -EBUSY (voter while running, or ourselves while running)
 * set_key	put @key (VIGIL_KEY_LEN bytes) into @slot unless NULL, then begin to
 *		use the slot if @activate; -EINVAL, -ENOKEY (empty slot activated)
 * del_key	-ENOKEY, -EBUSY (active)
 */
int vigil_cluster_add_node(struct vigil_cluster *c, const struct vigil_node_config *node,
			   struct netlink_ext_ack *extack);
int vigil_cluster_del_node(struct vigil_cluster *c, u16 id, struct netlink_ext_ack *extack);
int vigil_cluster_set_key(struct vigil_cluster *c, u8 slot, const u8 *key, bool activate,
			  struct netlink_ext_ack *extack);
int vigil_cluster_del_key(struct vigil_cluster *c, u8 slot, struct netlink_ext_ack *extack);

/**
 * vigil_cluster_set_fence_action - change what happens when a lost claim was not stopped
 * @c: the cluster
 * @action: VIGIL_FENCE_*
 *
 * Return: 0, -EINVAL, or -EPERM (needs CAP_NET_ADMIN in the initial user
 * namespace, and CAP_SYS_BOOT for all but VIGIL_FENCE_NOTIFY).
 */
int vigil_cluster_set_fence_action(struct vigil_cluster *c, u32 action);

/* main.c calls these, in process context. */
int vigil_cluster_register(void);	/* per-namespace state */
void vigil_cluster_unregister(void);	/* leaves and destroys every cluster */
void vigil_cluster_leave_all(void);	/* reboot: those that hold nothing say goodbye */

#endif
