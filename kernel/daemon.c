// SPDX-License-Identifier: GPL-2.0
/* The node's daemon as seen by the kernel. See daemon.h. */
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/time64.h>
#include <uapi/linux/vigil.h>

#include "compat/netlink.h"
#include "engine.h"

/* No lock held: the core takes the daemon's state from the cluster, under the lock. */
static void publish(struct vigil_cluster *c)
{
	struct vigil_event ev = { .type = VIGIL_EV_DAEMON };

	vigil_engine_run(c, &ev);
}

/* Under the lock. Return: was it dead? */
static bool came(struct vigil_cluster *c)
{
	bool changed = !c->daemon_alive;

	c->daemon_seen = ktime_get_boottime_ns();
	c->daemon_alive = true;
	c->daemon_died = 0;
	return changed;
}

/* Under the lock. Return: was it alive? */
static bool went(struct vigil_cluster *c)
{
	if (!c->daemon_alive)
		return false;
	c->daemon_alive = false;
	c->daemon_died = ktime_get_boottime_ns();
	return true;
}

int vigil_daemon_bind(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack)
{
	bool changed = false;
	int err = 0;

	spin_lock_bh(&c->lock);
	if (c->daemon_portid && c->daemon_portid != portid) {
		err = -EBUSY;
	} else {
		c->daemon_pinged &= c->daemon_portid == portid;
		c->daemon_portid = portid;
		changed = came(c);
	}
	spin_unlock_bh(&c->lock);
	if (err)
		NL_SET_ERR_MSG(extack, "another socket is the daemon of this cluster");
	if (changed)
		publish(c);
	return err;
}

int vigil_daemon_ping(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack)
{
	bool changed = false;
	int err = 0;

	spin_lock_bh(&c->lock);
	if (!portid || c->daemon_portid != portid) {
		err = -ENOTCONN;
	} else {
		c->daemon_pinged = true;
		changed = came(c);
	}
	spin_unlock_bh(&c->lock);
	if (err)
		NL_SET_ERR_MSG(extack, "this socket is not the daemon of this cluster");
	if (changed)
		publish(c);
	return err;
}

void vigil_daemon_gone(struct net *net, u32 portid)
{
	struct vigil_cluster *c;
	bool changed;

	if (!portid)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(c, vigil_cluster_list(net), list) {
		changed = false;
		spin_lock_bh(&c->lock);
		if (c->daemon_portid == portid) {
			c->daemon_portid = 0;
			c->daemon_pinged = false;
			changed = went(c);
		}
		spin_unlock_bh(&c->lock);
		if (changed)
			publish(c);
	}
	rcu_read_unlock();
}

u64 vigil_daemon_deadline(const struct vigil_cluster *c)
{
	u64 stale = (u64)READ_ONCE(c->daemon_stale_ms) * NSEC_PER_MSEC;

	if (!c->daemon_alive || !c->daemon_pinged || !stale ||
	    c->state != VIGIL_CLUSTER_STATE_RUNNING)
		return VIGIL_NEVER;
	return c->daemon_seen + stale;
}

u64 vigil_daemon_fence_at(const struct vigil_cluster *c)
{
	u64 grace = (u64)READ_ONCE(c->daemon_grace_ms) * NSEC_PER_MSEC;

	if (!c->daemon_died || !grace || !vigil_core_held(c->core))
		return VIGIL_NEVER;
	return c->daemon_died + grace;
}

/* A death is answered once: its deadline, long past, must not hide that of a lost hold. */
bool vigil_daemon_fenced(struct vigil_cluster *c, u64 at)
{
	u64 grace = (u64)READ_ONCE(c->daemon_grace_ms) * NSEC_PER_MSEC;

	if (!c->daemon_died || !grace || at != c->daemon_died + grace)
		return false;
	c->daemon_died = 0;
	return true;
}

void vigil_daemon_tick(struct vigil_cluster *c)
{
	bool changed = false;

	spin_lock_bh(&c->lock);
	if (ktime_get_boottime_ns() >= vigil_daemon_deadline(c))
		changed = went(c);
	spin_unlock_bh(&c->lock);
	if (changed)
		publish(c);
}
