// SPDX-License-Identifier: GPL-2.0
/* The nodes of a cluster: judged, added, removed. See peer.h. */
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/netlink.h"
#include "peer.h"

/* The namespace's mutex is held. */
static struct vigil_peer *peer_of(const struct vigil_cluster *c, u16 id)
{
	return rcu_dereference_protected(c->peers[id], true);
}

static bool shares_address(const struct vigil_peer *peer, const struct vigil_addr *addr)
{
	u8 i;

	for (i = 0; i < peer->n_links; i++)
		if (vigil_addr_equal(&peer->links[i].remote, addr))
			return true;
	return false;
}

static int check_links(const struct vigil_node_config *node, struct netlink_ext_ack *extack)
{
	u8 i, j;

	if (!node->n_links || node->n_links > VIGIL_MAX_LINKS) {
		NL_SET_ERR_MSG_FMT(extack, "a node has 1 to %u links", VIGIL_MAX_LINKS);
		return -EINVAL;
	}
	for (i = 0; i < node->n_links; i++) {
		if (!vigil_addr_valid(&node->links[i])) {
			NL_SET_ERR_MSG_FMT(extack, "link %u: not a unicast address, or a link-local one without its interface",
					   i);
			return -EINVAL;
		}
		for (j = 0; j < i; j++) {
			if (vigil_addr_equal(&node->links[i], &node->links[j])) {
				NL_SET_ERR_MSG_FMT(extack, "links %u and %u have the same address",
						   j, i);
				return -EINVAL;
			}
		}
	}
	return 0;
}

/* Compared with the nodes that are there. */
static int check_unique(const struct vigil_cluster *c, const struct vigil_node_config *node,
			struct netlink_ext_ack *extack)
{
	u16 id;
	u8 i;

	for (id = 1; id <= VIGIL_MAX_NODES; id++) {
		const struct vigil_peer *peer = peer_of(c, id);

		if (!peer)
			continue;
		if (id == node->id || !strcmp(peer->name, node->name)) {
			NL_SET_ERR_MSG_FMT(extack, "node %u has that %s", id,
					   id == node->id ? "id" : "name");
			return -EEXIST;
		}
		for (i = 0; i < node->n_links; i++) {
			if (shares_address(peer, &node->links[i])) {
				NL_SET_ERR_MSG_FMT(extack, "the address of link %u is that of node %u",
						   i, id);
				return -EEXIST;
			}
		}
	}
	return 0;
}

static int check_node(const struct vigil_cluster *c, const struct vigil_node_config *node,
		      bool running, struct netlink_ext_ack *extack)
{
	int err;

	if (!node->id || node->id > VIGIL_MAX_NODES) {
		NL_SET_ERR_MSG_FMT(extack, "a node's id is 1 to %u", VIGIL_MAX_NODES);
		return -EINVAL;
	}
	if (!vigil_name_valid(node->name, strnlen(node->name, sizeof(node->name)))) {
		NL_SET_ERR_MSG(extack, "node name: 1 to 63 printable characters, no space or '/'");
		return -EINVAL;
	}
	if (running && node->voter) {
		NL_SET_ERR_MSG(extack, "voters cannot change while the cluster is running");
		return -EBUSY;
	}
	if (node->voter && c->n_voters >= VIGIL_MAX_VOTERS) {
		NL_SET_ERR_MSG_FMT(extack, "at most %u voters", VIGIL_MAX_VOTERS);
		return -EINVAL;
	}
	err = check_links(node, extack);
	return err ? err : check_unique(c, node, extack);
}

/* Link n of a node is reached from our own link n. */
static int check_fit(const struct vigil_peer *own, const struct vigil_peer *peer,
		     struct netlink_ext_ack *extack)
{
	u8 i;

	if (peer->n_links > own->n_links) {
		NL_SET_ERR_MSG_FMT(extack, "node %u has more links than this node", peer->id);
		return -EINVAL;
	}
	for (i = 0; i < peer->n_links; i++) {
		if (peer->links[i].remote.family != own->links[i].remote.family) {
			NL_SET_ERR_MSG_FMT(extack, "link %u of node %u is of another address family than this node's",
					   i, peer->id);
			return -EINVAL;
		}
	}
	return 0;
}

static struct vigil_peer *make(const struct vigil_node_config *node)
{
	struct vigil_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);
	u8 i;

	if (!peer)
		return NULL;
	peer->id = node->id;
	peer->voter = node->voter;
	strscpy(peer->name, node->name, sizeof(peer->name));
	peer->n_links = node->n_links;
	for (i = 0; i < node->n_links; i++)
		peer->links[i].remote = node->links[i];
	return peer;
}

/* Nodes that do not vote come and go while the cluster runs. */
static int tell_core(struct vigil_cluster *c, u16 id, int (*change)(struct vigil_core *, u16))
{
	int err = 0;

	spin_lock_bh(&c->lock);
	if (c->core)
		err = change(c->core, id);
	spin_unlock_bh(&c->lock);
	return err;
}

int vigil_peer_add(struct vigil_cluster *c, const struct vigil_node_config *node, bool running,
		   struct netlink_ext_ack *extack)
{
	int err = check_node(c, node, running, extack);
	struct vigil_peer *peer;

	if (err)
		return err;
	peer = make(node);
	if (!peer)
		return -ENOMEM;
	if (running) {
		err = check_fit(peer_of(c, c->cfg.self), peer, extack);
		if (!err)
			err = tell_core(c, node->id, vigil_core_add_node);
	}
	if (err) {
		kfree(peer);
		return err;
	}
	rcu_assign_pointer(c->peers[node->id], peer);
	WRITE_ONCE(c->n_peers, c->n_peers + 1);
	WRITE_ONCE(c->n_voters, c->n_voters + node->voter);
	return 0;
}

int vigil_peer_del(struct vigil_cluster *c, u16 id, bool running, struct netlink_ext_ack *extack)
{
	struct vigil_peer *peer = id && id <= VIGIL_MAX_NODES ? peer_of(c, id) : NULL;

	if (!peer) {
		NL_SET_ERR_MSG(extack, "no such node");
		return -ENOENT;
	}
	if (running && (peer->voter || id == c->cfg.self)) {
		NL_SET_ERR_MSG(extack, "this node and the voters stay while the cluster is running");
		return -EBUSY;
	}
	if (running && tell_core(c, id, vigil_core_del_node)) {
		NL_SET_ERR_MSG(extack, "the node is still alive: stop it first, then wait for its expiry");
		return -EBUSY;
	}
	RCU_INIT_POINTER(c->peers[id], NULL);
	WRITE_ONCE(c->n_peers, c->n_peers - 1);
	WRITE_ONCE(c->n_voters, c->n_voters - peer->voter);
	kfree_rcu(peer, rcu);
	return 0;
}

int vigil_peer_check_all(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	const struct vigil_peer *own = peer_of(c, c->cfg.self);
	u16 id;

	if (!own) {
		NL_SET_ERR_MSG_FMT(extack, "this node itself (id %u) was not added", c->cfg.self);
		return -EINVAL;
	}
	if (c->n_voters % 2 == 0) {
		NL_SET_ERR_MSG_FMT(extack, "the number of voters must be odd; it is %u",
				   c->n_voters);
		return -EINVAL;
	}
	for (id = 1; id <= VIGIL_MAX_NODES; id++) {
		const struct vigil_peer *peer = peer_of(c, id);
		int err = peer ? check_fit(own, peer, extack) : 0;

		if (err)
			return err;
	}
	return 0;
}

void vigil_peer_del_all(struct vigil_cluster *c)
{
	u16 id;

	for (id = 1; id <= VIGIL_MAX_NODES; id++) {
		struct vigil_peer *peer = peer_of(c, id);

		RCU_INIT_POINTER(c->peers[id], NULL);
		if (peer)
			kfree_rcu(peer, rcu);
	}
}
