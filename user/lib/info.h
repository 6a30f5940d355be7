/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that look at something; no privilege needed. One thing by name into
 * a struct of the caller, or all of them as an array to be freed.
 */
#ifndef _VIGIL_INFO_H
#define _VIGIL_INFO_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <vigil/limits.h>
#include <vigil/timing.h>

#include "client.h"
#include "control.h"

/* Packets dropped, by reason, and packets that were not. */
struct vnl_counters {
	__u64 rx;
	__u64 tx;
	__u64 malformed;
	__u64 unknown;
	__u64 auth;
	__u64 replay;
	__u64 nosession;
	__u64 refused;
	__u64 flood;
};

#define VNL_NEVER	((__u64)-1)	/* an age: not yet; a time left: for ever */

/**
 * struct vnl_watchdog - the hardware watchdog that the kernel pets
 * @device: its name below /dev; "": there is none
 * @identity: what the driver calls it
 * @timeout: ns
 * @state: VIGIL_WATCHDOG_STATE_*
 * @pet_age: ns
 * @withheld: pets left out because a deadline was not met
 * @error: -errno of the last pet, if the driver refused it
 */
struct vnl_watchdog {
	char device[32];
	char identity[33];
	__u64 timeout;
	__u32 state;
	__u64 pet_age;
	__u64 withheld;
	int error;
};

/**
 * struct vnl_cluster - what the kernel tells about a cluster
 * @name: of the cluster
 * @self: own node id
 * @port: UDP
 * @state: VIGIL_CLUSTER_STATE_*
 * @generation: number of the voter set
 * @fence_action: VIGIL_FENCE_*
 * @gasp: VIGIL_GASP_MODE_*
 * @gasp_grace_ms: in which devices of a node that gasped may still write
 * @incarnation: 0 before the start
 * @timing: all times
 * @key_slots: bit n: slot n has a key
 * @active_slot: slot that handshakes are begun with
 * @learning: this voter grants nothing yet
 * @quorum: a majority of leases is valid
 * @daemon: a daemon is bound and alive
 * @quorum_until: CLOCK_BOOTTIME, ns; for ever: UINT64_MAX; 0 without quorum
 * @quorum_left: the same from @now on
 * @held: claims that may be running here
 * @nodes: number of nodes
 * @voters: number of voters
 * @now: CLOCK_BOOTTIME in ns when the kernel answered
 * @counters: of packets
 * @daemon_grace_ms: the death of the daemon is fenced after so long; 0: never
 * @daemon_fence_left: ns until it is, or VNL_NEVER
 * @watchdog: the hardware watchdog
 */
struct vnl_cluster {
	char name[VIGIL_NAME_LEN + 1];
	__u16 self;
	__u16 port;
	__u32 state;
	__u32 generation;
	__u32 fence_action;
	__u32 gasp;
	__u32 gasp_grace_ms;
	__u64 incarnation;
	struct vigil_timing timing;
	__u8 key_slots;
	__u8 active_slot;
	bool learning;
	bool quorum;
	bool daemon;
	__u64 quorum_until;
	__u64 quorum_left;
	__u32 held;
	__u32 nodes;
	__u32 voters;
	__u64 now;
	struct vnl_counters counters;
	__u32 daemon_grace_ms;
	__u64 daemon_fence_left;
	struct vnl_watchdog watchdog;
};

struct vnl_link {
	__u8 index;
	bool up;
	union vnl_addr remote;
	union vnl_addr local;
	__u64 rx_age;		/* ns since the last authentic packet, or VNL_NEVER */
	__u64 rx;
	__u64 tx;
	__u64 tx_errors;
};

/**
 * struct vnl_node - what the kernel tells about a node
 * @id: 1..VIGIL_MAX_NODES
 * @name: for people
 * @voter: has a vote
 * @self: is this node
 * @daemon: its daemon was alive when last heard
 * @learning: it was learning when last heard
 * @state: VIGIL_NODE_STATE_*
 * @refusal: VIGIL_REFUSAL_*: why its last handshake was refused
 * @incarnation: 0: unknown
 * @heard_age: ns since it was last heard, or VNL_NEVER
 * @lease_left: ns left of our lease from it; 0: none; UINT64_MAX: for ever (self)
 * @n_links: number of links
 * @links: by index
 */
struct vnl_node {
	__u16 id;
	char name[VIGIL_NAME_LEN + 1];
	bool voter;
	bool self;
	bool daemon;
	bool learning;
	__u32 state;
	__u32 refusal;
	__u64 incarnation;
	__u64 heard_age;
	__u64 lease_left;
	unsigned int n_links;
	struct vnl_link links[VIGIL_MAX_LINKS];
};

/**
 * struct vnl_claim - what the kernel tells about a claim
 * @name: of the claim
 * @state: VIGIL_CLAIM_STATE_*: our own claim
 * @k: its number; 0 if we never asked
 * @grants: bit n: the nth voter, by ascending id, has granted it to us
 * @owner: node to which this voter has granted it, or 0
 * @holder: node that holds it as far as we know, or 0
 * @waiter: node first in line at this voter, or 0
 * @hold_left: ns left of our hold, 0 if not held; UINT64_MAX: for ever
 */
struct vnl_claim {
	char name[VIGIL_NAME_LEN + 1];
	__u32 state;
	__u64 k;
	__u16 grants;
	__u16 owner;
	__u16 holder;
	__u16 waiter;
	__u64 hold_left;
};

/* One by name or id: 0, -ENOENT, or another -errno. */
int vnl_cluster_get(struct vnl_client *client, const char *name, struct vnl_cluster *out);
int vnl_node_get(struct vnl_client *client, const char *cluster, __u16 id, struct vnl_node *out);
int vnl_claim_get(struct vnl_client *client, const char *cluster, const char *name,
		  struct vnl_claim *out);

/*
 * All: the number, with *@out for the caller to free(), or -errno. Nodes come
 * in the order of their ids. No cluster at all is no error.
 */
int vnl_cluster_list(struct vnl_client *client, struct vnl_cluster **out);
int vnl_node_list(struct vnl_client *client, const char *cluster, struct vnl_node **out);
int vnl_claim_list(struct vnl_client *client, const char *cluster, struct vnl_claim **out);

#endif
