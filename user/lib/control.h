/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that change something. All need CAP_NET_ADMIN in the initial user
 * namespace. They return 0 or -errno; vnl_error() has the sentence.
 */
#ifndef _VIGIL_CONTROL_H
#define _VIGIL_CONTROL_H

#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <vigil/limits.h>
#include <vigil/timing.h>

#include "address.h"
#include "client.h"

/**
 * struct vnl_cluster_config - a cluster to be made
 * @name: of the cluster
 * @self: own node id
 * @port: UDP; 0: the default
 * @generation: number of the voter set
 * @fence_action: VIGIL_FENCE_*
 * @gasp: VIGIL_GASP_MODE_*
 * @gasp_grace_ms: in which devices of a node that gasped may still write; 0: the default
 * @timing: all times; or detect alone and the rest 0: derived
 */
struct vnl_cluster_config {
	const char *name;
	__u16 self;
	__u16 port;
	__u32 generation;
	__u32 fence_action;
	__u32 gasp;
	__u32 gasp_grace_ms;
	struct vigil_timing timing;
};

/**
 * struct vnl_node_config - a node to be added
 * @id: 1..VIGIL_MAX_NODES
 * @voter: has a vote
 * @name: for people
 * @n_addresses: 1..VIGIL_MAX_LINKS
 * @addresses: the position is the number of the link
 */
struct vnl_node_config {
	__u16 id;
	bool voter;
	const char *name;
	unsigned int n_addresses;
	union vnl_addr addresses[VIGIL_MAX_LINKS];
};

int vnl_cluster_new(struct vnl_client *client, const struct vnl_cluster_config *config);
int vnl_cluster_start(struct vnl_client *client, const char *cluster);
int vnl_cluster_leave(struct vnl_client *client, const char *cluster);
int vnl_cluster_del(struct vnl_client *client, const char *cluster);

int vnl_node_new(struct vnl_client *client, const char *cluster,
		 const struct vnl_node_config *node);
int vnl_node_del(struct vnl_client *client, const char *cluster, __u16 id);

/**
 * vnl_node_confirm - a fencing device has confirmed that a node is dead
 * @client: the connection
 * @cluster: name
 * @id: of the node
 * @incarnation: known when the device was asked to act, before it did
 *
 * Its claims are free at once. -ESTALE: it is known by another incarnation now;
 * a late answer says nothing about that one.
 */
int vnl_node_confirm(struct vnl_client *client, const char *cluster, __u16 id,
		     __u64 incarnation);

/* Its kernel takes its fence action at once. -ENOTCONN: no session with it. */
int vnl_node_poison(struct vnl_client *client, const char *cluster, __u16 id);

/**
 * vnl_key_set - put a key into a slot, or begin to use the slot, or both
 * @client: the connection
 * @cluster: name
 * @slot: 0 or 1
 * @key: VIGIL_KEY_LEN bytes; NULL: the slot keeps its key
 * @active: begin handshakes with this slot from now on
 */
int vnl_key_set(struct vnl_client *client, const char *cluster, __u8 slot, const __u8 *key,
		bool active);
int vnl_key_del(struct vnl_client *client, const char *cluster, __u8 slot);

/* @rank: lower is served first; 0: the id of this node. */
int vnl_claim_new(struct vnl_client *client, const char *cluster, const char *claim, __u16 rank);

/* The service has stopped here. @successor: node to hand the claim to, or 0. */
int vnl_claim_release(struct vnl_client *client, const char *cluster, const char *claim,
		      __u16 successor);

/**
 * vnl_watchdog_set - hand a hardware watchdog to the kernel
 * @client: the connection
 * @cluster: name of a running cluster
 * @fd: the device open, its time-out set, 'V' written; the caller's to close
 *
 * The kernel pets it until the cluster is left, and then stops it. -EBUSY: there is one.
 */
int vnl_watchdog_set(struct vnl_client *client, const char *cluster, int fd);

/* From now on the socket of @client is the daemon of @cluster. */
int vnl_daemon_bind(struct vnl_client *client, const char *cluster);
int vnl_daemon_ping(struct vnl_client *client, const char *cluster);

/**
 * vnl_msg_send - send bytes to the daemon of another node
 * @client: the connection
 * @cluster: name
 * @node: receiver; 0: every node with a session
 * @data: bytes
 * @len: at most VIGIL_MSG_LEN
 *
 * Authenticated, but may be lost. -ENOTCONN: no session with @node.
 */
int vnl_msg_send(struct vnl_client *client, const char *cluster, __u16 node,
		 const void *data, size_t len);

#endif
