/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots for those who ask; each is consistent in itself. Process context. */
#ifndef _VIGIL_STATUS_H
#define _VIGIL_STATUS_H

#include <linux/types.h>

#include "cluster.h"

struct vigil_cluster_status {
	u32 state;		/* VIGIL_CLUSTER_STATE_* */
	u32 fence_action;	/* VIGIL_FENCE_* */
	u64 now;		/* CLOCK_BOOTTIME, ns */
	u64 incarnation;	/* 0: not started */
	u64 quorum_until;	/* ns; 0: no quorum; VIGIL_NEVER: the only voter */
	u8 key_slots;		/* bit per slot that has a key */
	u8 active_slot;
	bool learning;
	bool daemon;
	u32 daemon_grace_ms;	/* 0: never fenced */
	u64 daemon_fence_at;	/* ns; VIGIL_NEVER: not due */
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

void vigil_status_cluster(struct vigil_cluster *c, struct vigil_cluster_status *st);

/* Return: 0, or -ENOENT. */
int vigil_status_node(struct vigil_cluster *c, u16 id, struct vigil_node_status *st);

/* The configured node with the smallest id above @id (start with 0); 0: no more. */
u16 vigil_status_next_node(struct vigil_cluster *c, u16 id);

/* Return: 0, -ENOENT, or -ESHUTDOWN before the start. */
int vigil_status_claim(struct vigil_cluster *c, const char *name, struct vigil_claim_status *st);

/* Walk: *@cursor starts at 0. Return: false at the end. */
bool vigil_status_next_claim(struct vigil_cluster *c, u32 *cursor, struct vigil_claim_status *st);

#endif
