// SPDX-License-Identifier: GPL-2.0
/*
 * The clusters of a network namespace and their life.
 *
 *   create --> configured --start--> running --leave--> left
 *                   |                   |                 |
 *                   '------- destroy ---+-----------------'
 *
 * One mutex per namespace serialises all of it. Found clusters are counted;
 * the namespace itself is not held: its exit destroys what is left.
 */
#include <linux/capability.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/vigil.h>

#include "compat/netlink.h"
#include "engine.h"
#include "gate.h"
#include "peer.h"
#include "sysctl.h"
#include "watchdog.h"

/**
 * struct vigil_net - what a network namespace has
 * @lock: serialises every change of its clusters
 * @clusters: changed under @lock, read under RCU
 * @n: how many
 * @all: in the list of all namespaces
 */
struct vigil_net {
	struct mutex lock;
	struct list_head clusters;
	unsigned int n;
	struct list_head all;
};

static unsigned int vigil_net_id __read_mostly;
static LIST_HEAD(all_nets);
static DEFINE_MUTEX(all_nets_lock);	/* taken before any vigil_net.lock */

static struct vigil_net *vigil_net(const struct net *net)
{
	return net_generic(net, vigil_net_id);
}

struct list_head *vigil_cluster_list(struct net *net)
{
	return &vigil_net(net)->clusters;
}

struct vigil_cluster *vigil_cluster_get(struct net *net, const char *name)
{
	struct vigil_cluster *c;

	rcu_read_lock();
	list_for_each_entry_rcu(c, vigil_cluster_list(net), list) {
		if (strcmp(c->cfg.name, name) || !refcount_inc_not_zero(&c->ref))
			continue;
		rcu_read_unlock();
		return c;
	}
	rcu_read_unlock();
	return NULL;
}

struct vigil_cluster *vigil_cluster_get_nth(struct net *net, unsigned int n)
{
	struct vigil_cluster *c;

	rcu_read_lock();
	list_for_each_entry_rcu(c, vigil_cluster_list(net), list) {
		if (n-- || !refcount_inc_not_zero(&c->ref))
			continue;
		rcu_read_unlock();
		return c;
	}
	rcu_read_unlock();
	return NULL;
}

void vigil_cluster_put(struct vigil_cluster *c)
{
	if (refcount_dec_and_test(&c->ref))
		kfree_rcu(c, rcu);
}

/* The namespace's mutex is held. Is it still in the list? */
static bool gone(const struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	const struct vigil_cluster *other;

	list_for_each_entry(other, vigil_cluster_list(c->net), list)
		if (other == c)
			return false;
	NL_SET_ERR_MSG(extack, "the cluster was deleted meanwhile");
	return true;
}

static u32 state_of(struct vigil_cluster *c)
{
	u32 state;

	spin_lock_bh(&c->lock);
	state = c->state;
	spin_unlock_bh(&c->lock);
	return state;
}

/* Resetting a machine takes the right to; so does disarming what would reset it. */
static int may_set_action(u32 action)
{
	if (action > VIGIL_FENCE_NOTIFY)
		return -EINVAL;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (action != VIGIL_FENCE_NOTIFY && !capable(CAP_SYS_BOOT))
		return -EPERM;
	return 0;
}

int vigil_cluster_set_fence_action(struct vigil_cluster *c, u32 action)
{
	int err = may_set_action(action);

	if (!err)
		WRITE_ONCE(c->cfg.fence_action, action);
	return err;
}

static int check_config(const struct vigil_net *vn, const struct vigil_cluster_config *cfg,
			struct netlink_ext_ack *extack)
{
	const char *reason = vigil_timing_check(&cfg->timing);
	const struct vigil_cluster *c;
	int err;

	if (!vigil_name_valid(cfg->name, strnlen(cfg->name, sizeof(cfg->name)))) {
		NL_SET_ERR_MSG(extack, "cluster name: 1 to 63 printable characters, no space or '/'");
		return -EINVAL;
	}
	if (!cfg->self || cfg->self > VIGIL_MAX_NODES || !cfg->port) {
		NL_SET_ERR_MSG_FMT(extack, "self is 1 to %u, port is not 0", VIGIL_MAX_NODES);
		return -EINVAL;
	}
	if (reason) {
		if (extack)	/* a constant; formatted it might be cut */
			extack->_msg = reason;
		return -EINVAL;
	}
	err = may_set_action(cfg->fence_action);
	if (err) {
		NL_SET_ERR_MSG(extack, "fence actions other than notify need CAP_SYS_BOOT");
		return err;
	}
	if (vn->n >= VIGIL_MAX_CLUSTERS) {
		NL_SET_ERR_MSG_FMT(extack, "at most %u clusters", VIGIL_MAX_CLUSTERS);
		return -ENOSPC;
	}
	list_for_each_entry(c, &vn->clusters, list) {
		if (!strcmp(c->cfg.name, cfg->name) || c->cfg.port == cfg->port) {
			NL_SET_ERR_MSG_FMT(extack, "cluster %s has that name or port", c->cfg.name);
			return -EEXIST;
		}
	}
	return 0;
}

static struct vigil_cluster *make(struct net *net, const struct vigil_cluster_config *cfg)
{
	struct vigil_cluster *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return NULL;
	c->net = net;
	c->cfg = *cfg;
	c->tag = vigil_wire_cluster_tag(cfg->name, strlen(cfg->name));
	c->daemon_stale_ms = VIGIL_DAEMON_STALE_MS;
	c->state = VIGIL_CLUSTER_STATE_CONFIGURED;
	refcount_set(&c->ref, 1);
	spin_lock_init(&c->lock);
	spin_lock_init(&c->order);
	INIT_LIST_HEAD(&c->gates);
	vigil_watch_open(c);
	return c;
}

int vigil_cluster_create(struct net *net, const struct vigil_cluster_config *cfg,
			 struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(net);
	struct vigil_cluster *c = NULL;
	int err;

	mutex_lock(&vn->lock);
	err = check_config(vn, cfg, extack);
	if (err)
		goto out;
	c = make(net, cfg);
	err = c ? vigil_sysctl_add(c) : -ENOMEM;
	if (err) {
		kfree(c);
		goto out;
	}
	list_add_tail_rcu(&c->list, &vn->clusters);
	vn->n++;
out:
	mutex_unlock(&vn->lock);
	return err;
}

static int start(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	int err = vigil_peer_check_all(c, extack);

	if (err)
		return err;
	if (!rcu_access_pointer(c->keys[c->active_slot])) {
		NL_SET_ERR_MSG_FMT(extack, "key slot %u, the active one, is empty", c->active_slot);
		return -ENOKEY;
	}
	err = vigil_engine_prepare(c, extack);
	if (err)
		return err;
	err = vigil_udp_open(c, rcu_dereference_protected(c->peers[c->cfg.self], true), extack);
	if (err) {
		vigil_engine_stop(c);
		return err;
	}
	vigil_engine_go(c);
	return 0;
}

int vigil_cluster_start(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err;

	mutex_lock(&vn->lock);
	if (gone(c, extack)) {
		err = -ENOENT;
	} else if (state_of(c) != VIGIL_CLUSTER_STATE_CONFIGURED) {
		NL_SET_ERR_MSG(extack, "the cluster was started before; delete it first");
		err = -EALREADY;
	} else {
		err = start(c, extack);
	}
	mutex_unlock(&vn->lock);
	return err;
}

static int refuse_busy(int err, struct netlink_ext_ack *extack)
{
	if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "claims may be running here: stop them and release first");
	return err;
}

int vigil_cluster_leave(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	int err = refuse_busy(vigil_engine_leave(c), extack);

	if (!err)
		vigil_watchdog_end(c, true);
	if (err != -ESHUTDOWN)
		return err;
	NL_SET_ERR_MSG(extack, "the cluster is not running");
	return -ENOTCONN;
}

/*
 * The namespace's mutex is held; nobody finds the cluster any more. @clean: nothing
 * can be running here, so a watchdog has nothing to wait for.
 */
static void dismantle(struct vigil_cluster *c, bool clean)
{
	u8 i;

	vigil_sysctl_del(c);
	vigil_watch_close(c);
	vigil_engine_stop(c);
	vigil_watchdog_end(c, clean);	/* now that nobody can hand it another one */
	vigil_gate_close(c);
	vigil_udp_close(c);
	synchronize_rcu();	/* the last sends, receives and reports, and readers of the list */
	vigil_watch_flush(c);
	for (i = 0; i < VIGIL_KEY_SLOTS; i++) {
		vigil_hmac_key_free(rcu_dereference_protected(c->keys[i], true));
		RCU_INIT_POINTER(c->keys[i], NULL);
	}
	vigil_peer_del_all(c);
	vigil_cluster_put(c);
}

static void unlink_cluster(struct vigil_net *vn, struct vigil_cluster *c)
{
	list_del_rcu(&c->list);
	vn->n--;
}

int vigil_cluster_destroy(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err = -ENOENT;

	mutex_lock(&vn->lock);
	if (!gone(c, extack)) {
		err = refuse_busy(vigil_engine_leave(c), extack);
		if (err != -EBUSY) {
			unlink_cluster(vn, c);
			dismantle(c, true);
			err = 0;
		}
	}
	mutex_unlock(&vn->lock);
	return err;
}

int vigil_cluster_add_node(struct vigil_cluster *c, const struct vigil_node_config *node,
			   struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err = -ENOENT;

	mutex_lock(&vn->lock);
	if (!gone(c, extack))
		err = vigil_peer_add(c, node, state_of(c) != VIGIL_CLUSTER_STATE_CONFIGURED,
				     extack);
	mutex_unlock(&vn->lock);
	return err;
}

int vigil_cluster_del_node(struct vigil_cluster *c, u16 id, struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err = -ENOENT;

	mutex_lock(&vn->lock);
	if (!gone(c, extack))
		err = vigil_peer_del(c, id, state_of(c) != VIGIL_CLUSTER_STATE_CONFIGURED, extack);
	mutex_unlock(&vn->lock);
	return err;
}

int vigil_cluster_set_key(struct vigil_cluster *c, u8 slot, const u8 *key, bool activate,
			  struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err = -ENOENT;

	mutex_lock(&vn->lock);
	if (!gone(c, extack))
		err = vigil_key_set(c, slot, key, activate, extack);
	mutex_unlock(&vn->lock);
	return err;
}

int vigil_cluster_del_key(struct vigil_cluster *c, u8 slot, struct netlink_ext_ack *extack)
{
	struct vigil_net *vn = vigil_net(c->net);
	int err = -ENOENT;

	mutex_lock(&vn->lock);
	if (!gone(c, extack))
		err = vigil_key_del(c, slot, extack);
	mutex_unlock(&vn->lock);
	return err;
}

static int __net_init vigil_net_init(struct net *net)
{
	struct vigil_net *vn = vigil_net(net);

	mutex_init(&vn->lock);
	INIT_LIST_HEAD(&vn->clusters);
	mutex_lock(&all_nets_lock);
	list_add_tail(&vn->all, &all_nets);
	mutex_unlock(&all_nets_lock);
	return 0;
}

static void fence_now(struct vigil_cluster *c)
{
	u64 now = ktime_get_boottime_ns();

	local_bh_disable();
	vigil_fence_set(&c->fence, now, now);
	local_bh_enable();
}

/* What runs under the claims of a dying namespace may live in another one: fence it. */
static void __net_exit vigil_net_exit(struct net *net)
{
	struct vigil_net *vn = vigil_net(net);
	struct vigil_cluster *c, *next;

	mutex_lock(&all_nets_lock);
	list_del(&vn->all);
	mutex_unlock(&all_nets_lock);

	mutex_lock(&vn->lock);
	list_for_each_entry_safe(c, next, &vn->clusters, list) {
		bool busy = vigil_engine_leave(c) == -EBUSY;

		if (busy)
			fence_now(c);
		unlink_cluster(vn, c);
		dismantle(c, !busy);
	}
	mutex_unlock(&vn->lock);
}

/* A "device": its exit comes before that of the real ones, which the goodbyes need. */
static struct pernet_operations vigil_net_ops = {
	.init = vigil_net_init,
	.exit = vigil_net_exit,
	.id = &vigil_net_id,
	.size = sizeof(struct vigil_net),
};

int vigil_cluster_register(void)
{
	return register_pernet_device(&vigil_net_ops);
}

void vigil_cluster_unregister(void)
{
	unregister_pernet_device(&vigil_net_ops);
}

void vigil_cluster_leave_all(void)
{
	struct vigil_cluster *c;
	struct vigil_net *vn;

	mutex_lock(&all_nets_lock);
	list_for_each_entry(vn, &all_nets, all) {
		mutex_lock(&vn->lock);
		list_for_each_entry(c, &vn->clusters, list)
			if (!vigil_engine_leave(c))
				vigil_watchdog_end(c, true);
		mutex_unlock(&vn->lock);
	}
	mutex_unlock(&all_nets_lock);
}
