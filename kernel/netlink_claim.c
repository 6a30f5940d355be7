// SPDX-License-Identifier: GPL-2.0
/* Netlink operations on claims, and those of the daemon. */

#include <net/sock.h>

#include <linux/vigil.h>

#include "compat/genetlink.h"
#include "daemon.h"
#include "engine.h"
#include "netlink.h"
#include "status.h"

static struct vigil_cluster *find(struct genl_info *info)
{
	return vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_CLAIM_CLUSTER],
			     VIGIL_A_CLAIM_CLUSTER, info->extack);
}

static u16 number_or_0(const struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

int vigil_nl_claim_new(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_CLAIM_NAME, "the name of the claim");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_engine_claim(c, nla_data(info->attrs[VIGIL_A_CLAIM_NAME]),
				number_or_0(info->attrs[VIGIL_A_CLAIM_RANK]), info->extack);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_claim_release(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_CLAIM_NAME, "the name of the claim");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_engine_release(c, nla_data(info->attrs[VIGIL_A_CLAIM_NAME]),
				  number_or_0(info->attrs[VIGIL_A_CLAIM_SUCCESSOR]), info->extack);
	vigil_cluster_put(c);
	return rc;
}

/* What one answer about a claim is made from. */
struct claim_facts {
	const char *cluster;
	struct vigil_claim_status st;
};

static int fill_claim(struct sk_buff *skb, const void *what)
{
	const struct claim_facts *f = what;
	const struct vigil_claim_info *i = &f->st.info;

	if (nla_put_string(skb, VIGIL_A_CLAIM_CLUSTER, f->cluster) ||
	    nla_put_string(skb, VIGIL_A_CLAIM_NAME, f->st.name) ||
	    nla_put_u32(skb, VIGIL_A_CLAIM_STATE, i->state) ||
	    nla_put_u64_64bit(skb, VIGIL_A_CLAIM_K, i->k, VIGIL_A_CLAIM_PAD) ||
	    nla_put_u16(skb, VIGIL_A_CLAIM_GRANTS, i->grants) ||
	    (i->owner && nla_put_u16(skb, VIGIL_A_CLAIM_OWNER, i->owner)) ||
	    (i->holder && nla_put_u16(skb, VIGIL_A_CLAIM_HOLDER, i->holder)) ||
	    (i->waiter && nla_put_u16(skb, VIGIL_A_CLAIM_WAITER, i->waiter)) ||
	    (i->hold_until && nla_put_u64_64bit(skb, VIGIL_A_CLAIM_HOLD_LEFT,
						vigil_nl_left(i->hold_until, f->st.now),
						VIGIL_A_CLAIM_PAD)))
		return -EMSGSIZE;
	return 0;
}

int vigil_nl_claim_get(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	struct claim_facts f;
	int rc = vigil_nl_require(info, VIGIL_A_CLAIM_NAME, "the name of the claim");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	f.cluster = c->cfg.name;
	rc = vigil_status_claim(c, nla_data(info->attrs[VIGIL_A_CLAIM_NAME]), &f.st);
	if (rc == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_CLAIM_NAME],
				    "no claim of that name is known here");
	else if (rc)
		NL_SET_ERR_MSG(info->extack, "the cluster has not been started");
	else
		rc = vigil_nl_reply(info, fill_claim, &f);
	vigil_cluster_put(c);
	return rc;
}

/* args[0]: where the walk goes on. */
int vigil_nl_claim_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vigil_cluster *c = vigil_nl_find(sock_net(skb->sk),
						vigil_dump_attrs(cb)[VIGIL_A_CLAIM_CLUSTER],
						VIGIL_A_CLAIM_CLUSTER, cb->extack);
	u32 cursor = cb->args[0];
	struct claim_facts f;

	if (IS_ERR(c))
		return PTR_ERR(c);
	vigil_nl_dump_begin(cb);
	f.cluster = c->cfg.name;
	while (vigil_status_next_claim(c, &cursor, &f.st)) {
		if (vigil_nl_put_dump(skb, cb, VIGIL_CMD_CLAIM_GET, fill_claim, &f))
			break;
		cb->args[0] = cursor;
	}
	vigil_cluster_put(c);
	return skb->len;
}

static int as_daemon(struct genl_info *info,
		     int (*op)(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack))
{
	struct vigil_cluster *c = vigil_nl_find(genl_info_net(info),
						info->attrs[VIGIL_A_CLUSTER_NAME],
						VIGIL_A_CLUSTER_NAME, info->extack);
	int rc;

	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = op(c, info->snd_portid, info->extack);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_daemon_bind(struct sk_buff *skb, struct genl_info *info)
{
	return as_daemon(info, vigil_daemon_bind);
}

int vigil_nl_daemon_ping(struct sk_buff *skb, struct genl_info *info)
{
	return as_daemon(info, vigil_daemon_ping);
}

int vigil_nl_msg_send(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct vigil_cluster *c;
	int rc;

	rc = vigil_nl_require(info, VIGIL_A_MSG_NODE, "the receiver") ?:
	     vigil_nl_require(info, VIGIL_A_MSG_DATA, "the message");
	if (rc)
		return rc;
	c = vigil_nl_find(genl_info_net(info), attrs[VIGIL_A_MSG_CLUSTER], VIGIL_A_MSG_CLUSTER,
			  info->extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_engine_msg(c, nla_get_u16(attrs[VIGIL_A_MSG_NODE]),
			      nla_data(attrs[VIGIL_A_MSG_DATA]), nla_len(attrs[VIGIL_A_MSG_DATA]),
			      info->extack);
	vigil_cluster_put(c);
	return rc;
}
