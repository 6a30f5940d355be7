// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: its operations and what they share. */

#include "netlink.h"

#include <linux/build_bug.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include <linux/vigil.h>

#include "daemon.h"
#include "netlink_policy.h"
#include "notify.h"

/* The numbers of the spec are those of the core. */
static_assert((int)VIGIL_NODE_STATE_UNMET == (int)VIGIL_NODE_UNMET);
static_assert((int)VIGIL_NODE_STATE_UP == (int)VIGIL_NODE_UP);
static_assert((int)VIGIL_NODE_STATE_DOWN == (int)VIGIL_NODE_DOWN);
static_assert((int)VIGIL_NODE_STATE_EXPIRED == (int)VIGIL_NODE_EXPIRED);
static_assert((int)VIGIL_NODE_STATE_LEFT == (int)VIGIL_NODE_LEFT);
static_assert((int)VIGIL_CLAIM_STATE_NONE == (int)VIGIL_CLAIM_NONE);
static_assert((int)VIGIL_CLAIM_STATE_WANTED == (int)VIGIL_CLAIM_WANTED);
static_assert((int)VIGIL_CLAIM_STATE_HELD == (int)VIGIL_CLAIM_HELD);
static_assert((int)VIGIL_CLAIM_STATE_LOST == (int)VIGIL_CLAIM_LOST);
static_assert((int)VIGIL_CLAIM_STATE_RELEASING == (int)VIGIL_CLAIM_RELEASING);
static_assert((int)VIGIL_GASP_MODE_RELEASE == (int)VIGIL_GASP_RELEASE);
static_assert((int)VIGIL_GASP_MODE_DETECT == (int)VIGIL_GASP_DETECT);
static_assert((int)VIGIL_GASP_MODE_OFF == (int)VIGIL_GASP_OFF);
static_assert((int)VIGIL_REFUSAL_NONE == (int)VIGIL_REFUSE_NONE);
static_assert((int)VIGIL_REFUSAL_TIMING == (int)VIGIL_REFUSE_TIMING);
static_assert((int)VIGIL_REFUSAL_VOTERS == (int)VIGIL_REFUSE_VOTERS);
static_assert((int)VIGIL_REFUSAL_GENERATION == (int)VIGIL_REFUSE_GENERATION);

/* Counts from 1: a dump takes 0 for "no mark". */
static atomic_t changes = ATOMIC_INIT(1);

void vigil_nl_changed(void)
{
	/* Skips 0 when it wraps. */
	if (!atomic_inc_return(&changes))
		atomic_inc(&changes);
}

void vigil_nl_dump_begin(struct netlink_callback *cb)
{
	cb->seq = atomic_read(&changes);
}

struct vigil_cluster *vigil_nl_find(struct net *net, struct nlattr *attr, int type,
				    struct netlink_ext_ack *extack)
{
	struct vigil_cluster *c;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "the name of the cluster is missing");
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
		return ERR_PTR(-EINVAL);
	}
	c = vigil_cluster_get(net, nla_data(attr));
	if (!c) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no cluster of that name here");
		return ERR_PTR(-ENOENT);
	}
	return c;
}

int vigil_nl_put(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd,
		 vigil_nl_fill_fn fill, const void *what)
{
	void *header = genlmsg_put(skb, portid, seq, &vigil_nl_family, flags, cmd);

	if (!header)
		return -EMSGSIZE;
	if (fill(skb, what)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

int vigil_nl_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		      vigil_nl_fill_fn fill, const void *what)
{
	struct nlmsghdr *start = (struct nlmsghdr *)skb_tail_pointer(skb);
	int rc = vigil_nl_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
			      cmd, fill, what);

	if (!rc)
		nl_dump_check_consistent(cb, start);
	return rc;
}

int vigil_nl_reply(struct genl_info *info, vigil_nl_fill_fn fill, const void *what)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int rc;

	if (!skb) {
		NL_SET_ERR_MSG(info->extack, "no memory for the answer");
		return -ENOMEM;
	}
	rc = vigil_nl_put(skb, info->snd_portid, info->snd_seq, 0, info->genlhdr->cmd, fill, what);
	if (rc) {
		NL_SET_ERR_MSG(info->extack, "the answer is too large");
		nlmsg_free(skb);
		return rc;
	}
	return genlmsg_reply(skb, info);
}

/* An operation that anybody may carry out, and one that needs CAP_NET_ADMIN. */
#define ALL(_cmd, _name, _attrs)					\
	.cmd = VIGIL_CMD_##_cmd,					\
	.doit = vigil_nl_##_name,					\
	.policy = vigil_nl_##_name##_policy,				\
	.maxattr = VIGIL_A_##_attrs##_MAX
#define ADMIN(_cmd, _name, _attrs)	ALL(_cmd, _name, _attrs), .flags = GENL_ADMIN_PERM

static const struct genl_ops operations[] = {
	{ ADMIN(CLUSTER_NEW, cluster_new, CLUSTER) },
	{ ADMIN(CLUSTER_START, cluster_start, CLUSTER) },
	{ ADMIN(CLUSTER_LEAVE, cluster_leave, CLUSTER) },
	{ ADMIN(CLUSTER_DEL, cluster_del, CLUSTER) },
	{ ALL(CLUSTER_GET, cluster_get, CLUSTER), .dumpit = vigil_nl_cluster_dump },
	{ ADMIN(NODE_NEW, node_new, NODE) },
	{ ADMIN(NODE_DEL, node_del, NODE) },
	{ ALL(NODE_GET, node_get, NODE), .dumpit = vigil_nl_node_dump },
	{ ADMIN(KEY_SET, key_set, KEY) },
	{ ADMIN(KEY_DEL, key_del, KEY) },
	{ ADMIN(CLAIM_NEW, claim_new, CLAIM) },
	{ ADMIN(CLAIM_RELEASE, claim_release, CLAIM) },
	{ ALL(CLAIM_GET, claim_get, CLAIM), .dumpit = vigil_nl_claim_dump },
	{ ADMIN(DAEMON_BIND, daemon_bind, CLUSTER) },
	{ ADMIN(DAEMON_PING, daemon_ping, CLUSTER) },
	{ ADMIN(MSG_SEND, msg_send, MSG) },
	{ ADMIN(WATCH_ADD, watch_add, WATCH) },
	{ ADMIN(WATCH_DEL, watch_del, WATCH) },
	{ ALL(WATCH_GET, watch_get, WATCH), .dumpit = vigil_nl_watch_dump },
	{ ADMIN(WATCH_REPORT, watch_report, WATCH) },
	{ ADMIN(NODE_CONFIRM, node_confirm, NODE) },
	{ ADMIN(NODE_POISON, node_poison, NODE) },
	{ ADMIN(WATCHDOG_SET, watchdog_set, WATCHDOG) },
	{ ADMIN(GATE_SET, gate_set, GATE) },
	{ ADMIN(GATE_DEL, gate_del, GATE) },
	{ ALL(GATE_GET, gate_get, GATE), .dumpit = vigil_nl_gate_dump },
};

/* Listeners need CAP_NET_ADMIN in their namespace. */
static const struct genl_multicast_group groups[] = {
	[VIGIL_NL_GROUP_MEMBERSHIP] = {
		.name = VIGIL_MCGRP_MEMBERSHIP, .flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[VIGIL_NL_GROUP_CLAIMS] = {
		.name = VIGIL_MCGRP_CLAIMS, .flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[VIGIL_NL_GROUP_WATCHES] = {
		.name = VIGIL_MCGRP_WATCHES, .flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family vigil_nl_family __ro_after_init = {
	.name = VIGIL_GENL_NAME,
	.version = VIGIL_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,	/* what they call does its own locking */
	.module = THIS_MODULE,
	.ops = operations,
	.n_ops = ARRAY_SIZE(operations),
	.resv_start_op = VIGIL_CMD_CLUSTER_NEW,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* A netlink socket was closed: was it the daemon's? */
static int socket_closed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;

	if (event == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC)
		vigil_daemon_gone(n->net, n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block closing = { .notifier_call = socket_closed };

int vigil_netlink_register(void)
{
	int rc = netlink_register_notifier(&closing);

	if (rc)
		return rc;
	rc = genl_register_family(&vigil_nl_family);
	if (rc)
		netlink_unregister_notifier(&closing);
	else
		vigil_notify_open(true);
	return rc;
}

void vigil_netlink_unregister(void)
{
	/* Clusters may still run: their events must not go to a family that is no more. */
	vigil_notify_open(false);
	genl_unregister_family(&vigil_nl_family);
	netlink_unregister_notifier(&closing);
}
