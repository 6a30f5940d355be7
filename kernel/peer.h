/* SPDX-License-Identifier: GPL-2.0 */
/* The nodes and keys of a cluster. Process context, under the namespace's mutex. */
#ifndef _VIGIL_PEER_H
#define _VIGIL_PEER_H

#include "cluster.h"

/* Return: 0 or -errno with extack. @running: the core knows the nodes already. */
int vigil_peer_add(struct vigil_cluster *c, const struct vigil_node_config *node, bool running,
		   struct netlink_ext_ack *extack);
int vigil_peer_del(struct vigil_cluster *c, u16 id, bool running, struct netlink_ext_ack *extack);

/* Is this set of nodes one that can be started? Return: 0 or -EINVAL with extack. */
int vigil_peer_check_all(struct vigil_cluster *c, struct netlink_ext_ack *extack);

/* All of them, when nobody can find the cluster any more. */
void vigil_peer_del_all(struct vigil_cluster *c);

/* key.c. As vigil_cluster_set_key() and _del_key(); they wait for users of old keys. */
int vigil_key_set(struct vigil_cluster *c, u8 slot, const u8 *key, bool activate,
		  struct netlink_ext_ack *extack);
int vigil_key_del(struct vigil_cluster *c, u8 slot, struct netlink_ext_ack *extack);

#endif
