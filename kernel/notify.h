/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events told to userspace: multicasts about nodes and claims, and messages to
 * the daemon's socket. Callable from softirq and process context, without any
 * lock of the cluster held; nothing sleeps. An event that finds no memory or a
 * full socket is lost: its receiver sees ENOBUFS and asks for the state anew.
 */
#ifndef _VIGIL_NOTIFY_H
#define _VIGIL_NOTIFY_H

#include <linux/types.h>

struct net;
struct vigil_watch_report;

/**
 * struct vigil_notify - which cluster an event is about, and when it happened
 * @net: network namespace
 * @cluster: name
 * @now: CLOCK_BOOTTIME, ns: that of the step that decided it
 */
struct vigil_notify {
	struct net *net;
	const char *cluster;
	u64 now;
};

/*
 * Let events out, or drop them from now on; process context. Closed at first;
 * when closing returns, none is on its way.
 */
void vigil_notify_open(bool open);

/* A node changed its state (enum vigil_node_state). @name may be NULL if it is gone. */
void vigil_notify_node(const struct vigil_notify *to, u16 node, const char *name,
		       u8 from_state, u8 to_state);

/* This node, a voter, has finished learning. */
void vigil_notify_learned(const struct vigil_notify *to);

/* A handshake with @node was refused (enum vigil_refusal). */
void vigil_notify_refused(const struct vigil_notify *to, u16 node, const char *name, u8 refusal);

/* The daemon of @node came or went. */
void vigil_notify_daemon(const struct vigil_notify *to, u16 node, const char *name, bool alive);

/* An own claim changed its state (enum vigil_claim_state). */
void vigil_notify_claim(const struct vigil_notify *to, const char *claim,
			u8 from_state, u8 to_state, u64 k);

/**
 * vigil_notify_fence - fencing of this node has come to a step
 * @to: which cluster, and when
 * @step: VIGIL_FENCE_STEP_*
 * @action: VIGIL_FENCE_*
 * @late_ns: TAKEN: how late after its deadline
 *
 * Not from hard interrupts.
 */
void vigil_notify_fence(const struct vigil_notify *to, u32 step, u32 action, u64 late_ns);

/**
 * vigil_notify_msg - hand the bytes of another daemon to ours
 * @to: which cluster
 * @portid: netlink port of the daemon's socket
 * @node: sender
 * @data: bytes
 * @len: at most VIGIL_MSG_LEN
 *
 * Return: 0, or why it was not delivered: -ECONNREFUSED (no such socket),
 * -EAGAIN (its buffer is full), -ENOMEM.
 */
int vigil_notify_msg(const struct vigil_notify *to, u32 portid, u16 node,
		     const void *data, size_t len);

/**
 * struct vigil_notify_watch - a change of a watch, of this node or another
 * @node: where
 * @node_name: may be NULL
 * @name: of the watch
 * @kind: VIGIL_WATCH_KIND_*
 * @pid: of the process
 * @from: state before
 * @now: number of the watch, state and why
 */
struct vigil_notify_watch {
	u16 node;
	const char *node_name;
	const char *name;
	u32 kind;
	u32 pid;
	u32 from;
	const struct vigil_watch_report *now;
};

void vigil_notify_watch(const struct vigil_notify *to, const struct vigil_notify_watch *watch);

/* Changes of watches found no room before they could be told: listeners must ask anew. */
void vigil_notify_watches_lost(struct net *net);

#endif
