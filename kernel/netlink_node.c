// SPDX-License-Identifier: GPL-2.0
/* Netlink operations on nodes. */

#include <net/sock.h>

#include <linux/vigil.h>

#include "compat/genetlink.h"
#include "engine.h"
#include "netlink.h"
#include "netlink_policy.h"
#include "status.h"

int vigil_nl_parse_address(struct nlattr *nest, struct vigil_addr *addr,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VIGIL_A_ADDRESS_MAX + 1];
	int rc = nla_parse_nested(tb, VIGIL_A_ADDRESS_MAX, nest, vigil_nl_address_policy, extack);

	if (rc)
		return rc;
	if (!tb[VIGIL_A_ADDRESS_IPV4] == !tb[VIGIL_A_ADDRESS_IPV6]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an address is either IPv4 or IPv6");
		return -EINVAL;
	}
	if (tb[VIGIL_A_ADDRESS_SCOPE_ID] && !tb[VIGIL_A_ADDRESS_IPV6]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "only an IPv6 address has a scope");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	if (tb[VIGIL_A_ADDRESS_IPV4]) {
		addr->family = AF_INET;
		addr->v4 = nla_get_in_addr(tb[VIGIL_A_ADDRESS_IPV4]);
		return 0;
	}
	addr->family = AF_INET6;
	addr->v6 = nla_get_in6_addr(tb[VIGIL_A_ADDRESS_IPV6]);
	if (tb[VIGIL_A_ADDRESS_SCOPE_ID])
		addr->scope_id = nla_get_u32(tb[VIGIL_A_ADDRESS_SCOPE_ID]);
	return 0;
}

/* The attribute occurs once per link. */
static int parse_addresses(struct genl_info *info, struct vigil_node_config *node)
{
	struct nlattr *attr;
	int rest, rc;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rest) {
		if (nla_type(attr) != VIGIL_A_NODE_ADDRESS)
			continue;
		if (node->n_links == VIGIL_MAX_LINKS) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "more addresses than links are possible");
			return -E2BIG;
		}
		rc = vigil_nl_parse_address(attr, &node->links[node->n_links++], info->extack);
		if (rc)
			return rc;
	}
	return 0;
}

static struct vigil_cluster *find(struct genl_info *info)
{
	return vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_NODE_CLUSTER],
			     VIGIL_A_NODE_CLUSTER, info->extack);
}

int vigil_nl_node_new(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_node_config node = {};
	struct vigil_cluster *c;
	int rc;

	rc = vigil_nl_require(info, VIGIL_A_NODE_ID, "the id of the node") ?:
	     vigil_nl_require(info, VIGIL_A_NODE_NAME, "the name of the node") ?:
	     vigil_nl_require(info, VIGIL_A_NODE_ADDRESS, "an address of the node") ?:
	     parse_addresses(info, &node);
	if (rc)
		return rc;
	node.id = nla_get_u16(info->attrs[VIGIL_A_NODE_ID]);
	node.voter = info->attrs[VIGIL_A_NODE_VOTER];
	nla_strscpy(node.name, info->attrs[VIGIL_A_NODE_NAME], sizeof(node.name));
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_cluster_add_node(c, &node, info->extack);
	vigil_cluster_put(c);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

int vigil_nl_node_del(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_NODE_ID, "the id of the node");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_cluster_del_node(c, nla_get_u16(info->attrs[VIGIL_A_NODE_ID]), info->extack);
	vigil_cluster_put(c);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

int vigil_nl_node_confirm(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc;

	rc = vigil_nl_require(info, VIGIL_A_NODE_ID, "the id of the node") ?:
	     vigil_nl_require(info, VIGIL_A_NODE_INCARNATION, "the incarnation of the node");
	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_engine_confirm(c, nla_get_u16(info->attrs[VIGIL_A_NODE_ID]),
				  nla_get_u64(info->attrs[VIGIL_A_NODE_INCARNATION]),
				  info->extack);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_node_poison(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_NODE_ID, "the id of the node");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_engine_poison(c, nla_get_u16(info->attrs[VIGIL_A_NODE_ID]), info->extack);
	vigil_cluster_put(c);
	return rc;
}

/* What one answer about a node is made from. */
struct node_facts {
	const char *cluster;
	struct vigil_node_status st;
};

int vigil_nl_put_address(struct sk_buff *skb, int type, const struct vigil_addr *addr)
{
	struct nlattr *nest;

	if (addr->family == AF_UNSPEC)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	if (addr->family == AF_INET) {
		if (nla_put_in_addr(skb, VIGIL_A_ADDRESS_IPV4, addr->v4))
			return -EMSGSIZE;
	} else if (nla_put_in6_addr(skb, VIGIL_A_ADDRESS_IPV6, &addr->v6) ||
		   (addr->scope_id &&
		    nla_put_u32(skb, VIGIL_A_ADDRESS_SCOPE_ID, addr->scope_id))) {
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_link(struct sk_buff *skb, u8 index, const struct vigil_link_status *link, u64 now)
{
	struct nlattr *nest = nla_nest_start(skb, VIGIL_A_NODE_LINK);

	if (!nest ||
	    nla_put_u8(skb, VIGIL_A_LINK_INDEX, index) ||
	    vigil_nl_put_address(skb, VIGIL_A_LINK_REMOTE, &link->remote) ||
	    vigil_nl_put_address(skb, VIGIL_A_LINK_LOCAL, &link->local) ||
	    nla_put_u32(skb, VIGIL_A_LINK_STATE,
			link->up ? VIGIL_LINK_STATE_UP : VIGIL_LINK_STATE_DOWN) ||
	    (link->last_rx &&
	     nla_put_u64_64bit(skb, VIGIL_A_LINK_RX_AGE, vigil_nl_left(now, link->last_rx),
			       VIGIL_A_LINK_PAD)) ||
	    nla_put_u64_64bit(skb, VIGIL_A_LINK_RX, link->rx, VIGIL_A_LINK_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_LINK_TX, link->tx, VIGIL_A_LINK_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_LINK_TX_ERRORS, link->tx_errors, VIGIL_A_LINK_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What is known of it, as far as anything is. */
static int put_knowledge(struct sk_buff *skb, const struct vigil_node_info *i, u64 now)
{
	if (nla_put_u32(skb, VIGIL_A_NODE_STATE, i->state) ||
	    nla_put_u32(skb, VIGIL_A_NODE_REFUSAL, i->refusal) ||
	    (i->daemon && nla_put_flag(skb, VIGIL_A_NODE_DAEMON)) ||
	    (i->learning && nla_put_flag(skb, VIGIL_A_NODE_LEARNING)) ||
	    (i->incarnation && nla_put_u64_64bit(skb, VIGIL_A_NODE_INCARNATION, i->incarnation,
						 VIGIL_A_NODE_PAD)) ||
	    (i->last_heard && nla_put_u64_64bit(skb, VIGIL_A_NODE_HEARD_AGE,
						vigil_nl_left(now, i->last_heard),
						VIGIL_A_NODE_PAD)) ||
	    (i->lease_until && nla_put_u64_64bit(skb, VIGIL_A_NODE_LEASE_LEFT,
						 vigil_nl_left(i->lease_until, now),
						 VIGIL_A_NODE_PAD)))
		return -EMSGSIZE;
	return 0;
}

static int fill_node(struct sk_buff *skb, const void *what)
{
	const struct node_facts *f = what;
	const struct vigil_node_status *st = &f->st;
	u8 i;

	if (nla_put_string(skb, VIGIL_A_NODE_CLUSTER, f->cluster) ||
	    nla_put_u16(skb, VIGIL_A_NODE_ID, st->info.id) ||
	    nla_put_string(skb, VIGIL_A_NODE_NAME, st->name) ||
	    (st->info.voter && nla_put_flag(skb, VIGIL_A_NODE_VOTER)) ||
	    (st->info.self && nla_put_flag(skb, VIGIL_A_NODE_SELF)) ||
	    put_knowledge(skb, &st->info, st->now))
		return -EMSGSIZE;
	for (i = 0; i < st->n_links; i++) {
		if (put_link(skb, i, &st->links[i], st->now))
			return -EMSGSIZE;
	}
	return 0;
}

int vigil_nl_node_get(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	struct node_facts f;
	int rc = vigil_nl_require(info, VIGIL_A_NODE_ID, "the id of the node");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	f.cluster = c->cfg.name;
	rc = vigil_status_node(c, nla_get_u16(info->attrs[VIGIL_A_NODE_ID]), &f.st);
	if (rc)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_NODE_ID],
				    "no node of that id in this cluster");
	else
		rc = vigil_nl_reply(info, fill_node, &f);
	vigil_cluster_put(c);
	return rc;
}

/* args[0]: id of the last node done. */
int vigil_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vigil_cluster *c = vigil_nl_find(sock_net(skb->sk),
						vigil_dump_attrs(cb)[VIGIL_A_NODE_CLUSTER],
						VIGIL_A_NODE_CLUSTER, cb->extack);
	struct node_facts f;
	int rc = 0;
	u16 id;

	if (IS_ERR(c))
		return PTR_ERR(c);
	vigil_nl_dump_begin(cb);
	f.cluster = c->cfg.name;
	while (!rc && (id = vigil_status_next_node(c, cb->args[0]))) {
		/* One that has just been removed is left out. */
		if (!vigil_status_node(c, id, &f.st))
			rc = vigil_nl_put_dump(skb, cb, VIGIL_CMD_NODE_GET, fill_node, &f);
		if (!rc)
			cb->args[0] = id;
	}
	vigil_cluster_put(c);
	return skb->len;
}
