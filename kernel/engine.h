/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine runs the core of a cluster: takes the lock, steps, carries out
 * what must be done in order, drops the lock, then sends and tells.
 *
 * Nothing here sleeps or takes a mutex. Contexts: softirq (receive, timer) and
 * process (netlink); never hard irq.
 */
#ifndef _VIGIL_ENGINE_H
#define _VIGIL_ENGINE_H

#include <linux/types.h>

#include "cluster.h"

/* Process context; allocate and free what every CPU needs to step. */
int vigil_engine_init(void);
void vigil_engine_exit(void);

/* The buffer that a received packet is opened in, one per CPU; BH disabled. */
u8 *vigil_engine_rx_buffer(void);
#define VIGIL_ENGINE_RX_ROOM	(VIGIL_WIRE_MAX_PACKET)

/**
 * vigil_engine_run - feed one event to the core and do what it says
 * @c: cluster; the caller keeps it alive
 * @ev: the event; its time is filled in here, under the lock
 *
 * Return: what vigil_step() says, or -ESHUTDOWN if the cluster is not running.
 */
int vigil_engine_run(struct vigil_cluster *c, struct vigil_event *ev);

/* Process context: make the core, then begin to tick. Called by vigil_cluster_start(). */
int vigil_engine_prepare(struct vigil_cluster *c, struct netlink_ext_ack *extack);
void vigil_engine_go(struct vigil_cluster *c);

/* Process context: no step, timer or fence of this cluster runs after it returns. */
void vigil_engine_stop(struct vigil_cluster *c);

/*
 * User events, process context. @name is NUL-terminated. They return 0 or
 * -errno with extack.
 *
 * claim	-EINVAL (name), -ENOSPC, -ESHUTDOWN (not running, left)
 * release	@successor 0: none; -ENOENT (no such claim), -EBUSY, -EINVAL
 * msg		@node 0: every node with a session; -ENOTCONN, -ENOENT, -EMSGSIZE
 */
int vigil_engine_claim(struct vigil_cluster *c, const char *name, u16 rank,
		       struct netlink_ext_ack *extack);
int vigil_engine_release(struct vigil_cluster *c, const char *name, u16 successor,
			 struct netlink_ext_ack *extack);
int vigil_engine_msg(struct vigil_cluster *c, u16 node, const void *data, size_t len,
		     struct netlink_ext_ack *extack);

/*
 * The daemon, known by the netlink port of its socket.
 *
 * bind		-EBUSY (another one is bound and its socket is open); may be called
 *		again, before and after the start
 * ping		-ENOTCONN (not the bound one)
 * gone		the socket was closed: any context that may take a BH lock; looks
 *		at every cluster of the namespace
 */
int vigil_engine_daemon_bind(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack);
int vigil_engine_daemon_ping(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack);
void vigil_engine_daemon_gone(struct net *net, u32 portid);

/* Snapshots, consistent in themselves. Process context. */

struct vigil_cluster_status {
	u32 state;		/* VIGIL_CLUSTER_STATE_* */
	u32 fence_action;
	u64 now;		/* CLOCK_BOOTTIME, ns */
	u64 incarnation;	/* 0: not started */
	u64 quorum_until;	/* ns; 0: no quorum; VIGIL_NEVER: the only voter */
	u8 key_slots;		/* bit per slot that has a key */
	u8 active_slot;
	bool learning;
	bool daemon;
	u16 held;
	u16 n_nodes;
	u16 n_voters;
	u64 rx;
	u64 tx;
	u64 drops[VIGIL_DROPS];
};

struct vigil_link_status {
	struct vigil_addr remote;
	struct vigil_addr local;	/* family AF_UNSPEC for ourselves */
	bool up;
	u64 last_rx;		/* CLOCK_BOOTTIME, ns; 0: never */
	u64 rx;
	u64 tx;
	u64 tx_errors;
};

struct vigil_node_status {
	u64 now;
	char name[VIGIL_NAME_LEN + 1];
	struct vigil_node_info info;	/* before the start: id, voter, self; the rest 0 */
	u8 n_links;
	struct vigil_link_status links[VIGIL_MAX_LINKS];
};

struct vigil_claim_status {
	u64 now;
	char name[VIGIL_NAME_LEN + 1];
	struct vigil_claim_info info;	/* @name there is NULL */
};

void vigil_engine_cluster_status(struct vigil_cluster *c, struct vigil_cluster_status *st);

/* Return: 0, or -ENOENT. */
int vigil_engine_node_status(struct vigil_cluster *c, u16 id, struct vigil_node_status *st);

/* The configured node with the smallest id above @id (start with 0); 0: no more. */
u16 vigil_engine_next_node(struct vigil_cluster *c, u16 id);

/* Return: 0, -ENOENT, or -ESHUTDOWN before the start. */
int vigil_engine_claim_status(struct vigil_cluster *c, const char *name,
			      struct vigil_claim_status *st);

/* Walk: *@cursor starts at 0. Return: false at the end. */
bool vigil_engine_next_claim(struct vigil_cluster *c, u32 *cursor, struct vigil_claim_status *st);

#endif
