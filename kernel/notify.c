// SPDX-License-Identifier: GPL-2.0
/* Events told to userspace. */

#include "notify.h"

#include <linux/rcupdate.h>
#include <net/genetlink.h>

#include <linux/vigil.h>
#include <vigil/watch.h>

#include "netlink.h"

static bool is_open;	/* the family is registered; looked at under RCU */

void vigil_notify_open(bool open)
{
	WRITE_ONCE(is_open, open);
	if (!open)
		synchronize_rcu();
}

/* What events about nodes and fencing are made from; what is not meant is 0. */
struct event {
	const struct vigil_notify *to;
	u8 cmd;
	u16 node;
	const char *name;
	u8 from_state;
	u8 to_state;
	u8 refusal;
	bool alive;
	u32 step;
	u32 action;
	u64 late;
};

static int fill_node(struct sk_buff *skb, const struct event *e)
{
	if (nla_put_u16(skb, VIGIL_A_EVENT_NODE, e->node) ||
	    (e->name && nla_put_string(skb, VIGIL_A_EVENT_NAME, e->name)))
		return -EMSGSIZE;
	switch (e->cmd) {
	case VIGIL_CMD_NODE_EVENT:
		return nla_put_u32(skb, VIGIL_A_EVENT_FROM, e->from_state) ?:
		       nla_put_u32(skb, VIGIL_A_EVENT_TO, e->to_state);
	case VIGIL_CMD_REFUSED_EVENT:
		return nla_put_u32(skb, VIGIL_A_EVENT_REFUSAL, e->refusal);
	default:
		return e->alive ? nla_put_flag(skb, VIGIL_A_EVENT_ALIVE) : 0;
	}
}

static int fill_fence(struct sk_buff *skb, const struct event *e)
{
	return nla_put_u32(skb, VIGIL_A_EVENT_STEP, e->step) ?:
	       nla_put_u32(skb, VIGIL_A_EVENT_ACTION, e->action) ?:
	       nla_put_u64_64bit(skb, VIGIL_A_EVENT_LATE, e->late, VIGIL_A_EVENT_PAD);
}

static int fill_event(struct sk_buff *skb, const void *what)
{
	const struct event *e = what;

	if (nla_put_string(skb, VIGIL_A_EVENT_CLUSTER, e->to->cluster) ||
	    nla_put_u64_64bit(skb, VIGIL_A_EVENT_TIME, e->to->now, VIGIL_A_EVENT_PAD))
		return -EMSGSIZE;
	if (e->cmd == VIGIL_CMD_LEARNED_EVENT)
		return 0;
	return e->cmd == VIGIL_CMD_FENCE_EVENT ? fill_fence(skb, e) : fill_node(skb, e);
}

static int build_and_send(struct net *net, unsigned int group, u8 cmd, vigil_nl_fill_fn fill,
			  const void *what)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	int rc;

	if (!skb)
		return -ENOMEM;
	rc = vigil_nl_put(skb, 0, 0, 0, cmd, fill, what);
	if (rc) {
		nlmsg_free(skb);
		return rc;
	}
	genlmsg_multicast_netns(&vigil_nl_family, net, skb, 0, group, GFP_ATOMIC);
	return 0;
}

static void multicast(struct net *net, unsigned int group, u8 cmd, vigil_nl_fill_fn fill,
		      const void *what)
{
	rcu_read_lock();
	/* If it cannot be sent, the listeners are told that they have missed something. */
	if (READ_ONCE(is_open) && genl_has_listeners(&vigil_nl_family, net, group) &&
	    build_and_send(net, group, cmd, fill, what))
		genl_set_err(&vigil_nl_family, net, 0, group, -ENOBUFS);
	rcu_read_unlock();
}

static void membership(const struct event *e)
{
	multicast(e->to->net, VIGIL_NL_GROUP_MEMBERSHIP, e->cmd, fill_event, e);
}

void vigil_notify_node(const struct vigil_notify *to, u16 node, const char *name,
		       u8 from_state, u8 to_state)
{
	membership(&(struct event){
		.to = to, .cmd = VIGIL_CMD_NODE_EVENT, .node = node, .name = name,
		.from_state = from_state, .to_state = to_state,
	});
}

void vigil_notify_learned(const struct vigil_notify *to)
{
	membership(&(struct event){ .to = to, .cmd = VIGIL_CMD_LEARNED_EVENT });
}

void vigil_notify_refused(const struct vigil_notify *to, u16 node, const char *name, u8 refusal)
{
	membership(&(struct event){
		.to = to, .cmd = VIGIL_CMD_REFUSED_EVENT, .node = node, .name = name,
		.refusal = refusal,
	});
}

void vigil_notify_daemon(const struct vigil_notify *to, u16 node, const char *name, bool alive)
{
	membership(&(struct event){
		.to = to, .cmd = VIGIL_CMD_DAEMON_EVENT, .node = node, .name = name,
		.alive = alive,
	});
}

void vigil_notify_fence(const struct vigil_notify *to, u32 step, u32 action, u64 late_ns)
{
	const struct event e = {
		.to = to, .cmd = VIGIL_CMD_FENCE_EVENT, .step = step, .action = action,
		.late = late_ns,
	};

	multicast(to->net, VIGIL_NL_GROUP_CLAIMS, e.cmd, fill_event, &e);
}

struct claim_event {
	const struct vigil_notify *to;
	const char *claim;
	u8 from_state;
	u8 to_state;
	u64 k;
};

static int fill_claim(struct sk_buff *skb, const void *what)
{
	const struct claim_event *e = what;

	return nla_put_string(skb, VIGIL_A_CLAIM_EVENT_CLUSTER, e->to->cluster) ?:
	       nla_put_u64_64bit(skb, VIGIL_A_CLAIM_EVENT_TIME, e->to->now,
				 VIGIL_A_CLAIM_EVENT_PAD) ?:
	       nla_put_string(skb, VIGIL_A_CLAIM_EVENT_NAME, e->claim) ?:
	       nla_put_u32(skb, VIGIL_A_CLAIM_EVENT_FROM, e->from_state) ?:
	       nla_put_u32(skb, VIGIL_A_CLAIM_EVENT_TO, e->to_state) ?:
	       nla_put_u64_64bit(skb, VIGIL_A_CLAIM_EVENT_K, e->k, VIGIL_A_CLAIM_EVENT_PAD);
}

void vigil_notify_claim(const struct vigil_notify *to, const char *claim,
			u8 from_state, u8 to_state, u64 k)
{
	const struct claim_event e = {
		.to = to, .claim = claim, .from_state = from_state, .to_state = to_state, .k = k,
	};

	/* Own claims stand before votes in a dump: a claim may have changed its place. */
	vigil_nl_changed();
	multicast(to->net, VIGIL_NL_GROUP_CLAIMS, VIGIL_CMD_CLAIM_EVENT, fill_claim, &e);
}

struct watch_event {
	const struct vigil_notify *to;
	const struct vigil_notify_watch *watch;
};

static int fill_watch(struct sk_buff *skb, const void *what)
{
	const struct watch_event *e = what;
	const struct vigil_notify_watch *w = e->watch;
	const struct vigil_watch_report *now = w->now;

	if (nla_put_string(skb, VIGIL_A_WATCH_EVENT_CLUSTER, e->to->cluster) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_EVENT_TIME, e->to->now,
			      VIGIL_A_WATCH_EVENT_PAD) ||
	    nla_put_u16(skb, VIGIL_A_WATCH_EVENT_NODE, w->node) ||
	    (w->node_name &&
	     nla_put_string(skb, VIGIL_A_WATCH_EVENT_NODE_NAME, w->node_name)) ||
	    nla_put_string(skb, VIGIL_A_WATCH_EVENT_NAME, w->name) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_EVENT_ID, now->watch, VIGIL_A_WATCH_EVENT_PAD) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_EVENT_KIND, w->kind) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_EVENT_PID, w->pid) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_EVENT_FROM, w->from) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_EVENT_TO, now->state) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_EVENT_CAUSE, now->cause) ||
	    nla_put_s32(skb, VIGIL_A_WATCH_EVENT_CODE, now->code) ||
	    (now->by_pid && nla_put_u32(skb, VIGIL_A_WATCH_EVENT_BY_PID, now->by_pid)) ||
	    (now->by_comm[0] &&
	     nla_put_string(skb, VIGIL_A_WATCH_EVENT_BY_COMM, now->by_comm)) ||
	    (now->tid && nla_put_u32(skb, VIGIL_A_WATCH_EVENT_TID, now->tid)))
		return -EMSGSIZE;
	return 0;
}

void vigil_notify_watch(const struct vigil_notify *to, const struct vigil_notify_watch *watch)
{
	const struct watch_event e = { .to = to, .watch = watch };

	multicast(to->net, VIGIL_NL_GROUP_WATCHES, VIGIL_CMD_WATCH_EVENT, fill_watch, &e);
}

void vigil_notify_watches_lost(struct net *net)
{
	rcu_read_lock();
	if (READ_ONCE(is_open))
		genl_set_err(&vigil_nl_family, net, 0, VIGIL_NL_GROUP_WATCHES, -ENOBUFS);
	rcu_read_unlock();
}

struct msg_event {
	const char *cluster;
	u16 node;
	const void *data;
	size_t len;
};

static int fill_msg(struct sk_buff *skb, const void *what)
{
	const struct msg_event *e = what;

	return nla_put_string(skb, VIGIL_A_MSG_CLUSTER, e->cluster) ?:
	       nla_put_u16(skb, VIGIL_A_MSG_NODE, e->node) ?:
	       nla_put(skb, VIGIL_A_MSG_DATA, e->len, e->data);
}

int vigil_notify_msg(const struct vigil_notify *to, u32 portid, u16 node,
		     const void *data, size_t len)
{
	const struct msg_event e = {
		.cluster = to->cluster, .node = node, .data = data, .len = len,
	};
	struct sk_buff *skb;
	int rc = -ESHUTDOWN;

	rcu_read_lock();
	if (!READ_ONCE(is_open))
		goto unlock;
	rc = -ENOMEM;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!skb)
		goto unlock;
	rc = vigil_nl_put(skb, 0, 0, 0, VIGIL_CMD_MSG_EVENT, fill_msg, &e);
	if (rc)
		nlmsg_free(skb);
	else
		rc = genlmsg_unicast(to->net, skb, portid);
unlock:
	rcu_read_unlock();
	return rc;
}
