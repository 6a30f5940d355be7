// SPDX-License-Identifier: GPL-2.0
/* Netlink operations on gates. */

#include <linux/netdevice.h>
#include <net/sock.h>

#include <linux/vigil.h>

#include "compat/genetlink.h"
#include "compat/netlink.h"
#include "gate.h"
#include "netlink.h"

static struct vigil_cluster *find(struct genl_info *info)
{
	return vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_GATE_CLUSTER],
			     VIGIL_A_GATE_CLUSTER, info->extack);
}

static int take_address(struct vigil_gate_config *config, struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	struct vigil_gate_key *key = &config->addresses[config->n_addresses];
	struct vigil_addr addr;
	int rc;

	if (config->n_addresses == VIGIL_GATE_ADDRESSES) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "more addresses than a gate can have");
		return -E2BIG;
	}
	rc = vigil_nl_parse_address(attr, &addr, extack);
	if (rc)
		return rc;
	if (addr.family == AF_INET) {
		key->kind = VIGIL_GATE_IPV4;
		key->v4 = addr.v4;
	} else {
		key->kind = VIGIL_GATE_IPV6;
		key->v6 = addr.v6;
	}
	if (!memchr_inv(key->words, 0, sizeof(key->words))) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "that is no address of anybody");
		return -EINVAL;
	}
	config->n_addresses++;
	return 0;
}

static int take_interface(struct vigil_gate_config *config, struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	char *name = config->interfaces[config->n_interfaces];

	if (config->n_interfaces == VIGIL_GATE_INTERFACES) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "more interfaces than a gate can have");
		return -E2BIG;
	}
	nla_strscpy(name, attr, IFNAMSIZ);
	if (!dev_valid_name(name)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "that is no name of an interface");
		return -EINVAL;
	}
	config->n_interfaces++;
	return 0;
}

/* Addresses and interfaces occur any number of times. */
static int parse(struct genl_info *info, struct vigil_gate_config *config)
{
	struct nlattr *attr;
	int rest, rc = 0;

	nla_strscpy(config->claim, info->attrs[VIGIL_A_GATE_CLAIM], sizeof(config->claim));
	if (!vigil_name_valid(config->claim, strlen(config->claim)) || config->claim[0] == '@') {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_GATE_CLAIM],
				    "that is no name of a claim that runs something");
		return -EINVAL;
	}
	if (info->attrs[VIGIL_A_GATE_CGROUP])
		config->cgroup = nla_get_u64(info->attrs[VIGIL_A_GATE_CGROUP]);
	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rest) {
		if (nla_type(attr) == VIGIL_A_GATE_ADDRESS)
			rc = take_address(config, attr, info->extack);
		else if (nla_type(attr) == VIGIL_A_GATE_INTERFACE)
			rc = take_interface(config, attr, info->extack);
		if (rc)
			return rc;
	}
	if (!config->cgroup && !config->n_addresses) {
		NL_SET_ERR_MSG(info->extack, "a gate needs a control group or an address");
		return -EINVAL;
	}
	if (config->n_interfaces && !config->n_addresses) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_GATE_INTERFACE],
				    "frames at an interface are known by addresses only: give one");
		return -EINVAL;
	}
	return 0;
}

int vigil_nl_gate_set(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_gate_config config = {};
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_GATE_CLAIM, "the name of the claim") ?:
		 parse(info, &config);

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_gate_set(c, &config, info->extack);
	vigil_cluster_put(c);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

int vigil_nl_gate_del(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_GATE_CLAIM, "the name of the claim");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_gate_del(c, nla_data(info->attrs[VIGIL_A_GATE_CLAIM]), info->extack);
	vigil_cluster_put(c);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

/* What one answer about a gate is made from. */
struct gate_facts {
	const char *cluster;
	struct vigil_gate_status st;
};

static int put_key(struct sk_buff *skb, const struct vigil_gate_key *key)
{
	struct vigil_addr addr = {};

	if (key->kind == VIGIL_GATE_IPV4) {
		addr.family = AF_INET;
		addr.v4 = key->v4;
	} else {
		addr.family = AF_INET6;
		addr.v6 = key->v6;
	}
	return vigil_nl_put_address(skb, VIGIL_A_GATE_ADDRESS, &addr);
}

static int fill_gate(struct sk_buff *skb, const void *what)
{
	const struct gate_facts *f = what;
	const struct vigil_gate_config *config = &f->st.config;
	u8 i;

	if (nla_put_string(skb, VIGIL_A_GATE_CLUSTER, f->cluster) ||
	    nla_put_string(skb, VIGIL_A_GATE_CLAIM, config->claim) ||
	    (config->cgroup && nla_put_u64_64bit(skb, VIGIL_A_GATE_CGROUP, config->cgroup,
						 VIGIL_A_GATE_PAD)))
		return -EMSGSIZE;
	for (i = 0; i < config->n_addresses; i++)
		if (put_key(skb, &config->addresses[i]))
			return -EMSGSIZE;
	for (i = 0; i < config->n_interfaces; i++)
		if (nla_put_string(skb, VIGIL_A_GATE_INTERFACE, config->interfaces[i]))
			return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, VIGIL_A_GATE_LEFT, f->st.left, VIGIL_A_GATE_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_GATE_DROPPED, f->st.dropped, VIGIL_A_GATE_PAD))
		return -EMSGSIZE;
	return 0;
}

int vigil_nl_gate_get(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	struct gate_facts f;
	int rc = vigil_nl_require(info, VIGIL_A_GATE_CLAIM, "the name of the claim");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	f.cluster = c->cfg.name;
	if (vigil_gate_status(c, nla_data(info->attrs[VIGIL_A_GATE_CLAIM]), &f.st)) {
		rc = vigil_nl_reply(info, fill_gate, &f);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_GATE_CLAIM],
				    "that claim has no gate");
		rc = -ENOENT;
	}
	vigil_cluster_put(c);
	return rc;
}

/* args[0]: where the walk goes on. */
int vigil_nl_gate_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vigil_cluster *c = vigil_nl_find(sock_net(skb->sk),
						vigil_dump_attrs(cb)[VIGIL_A_GATE_CLUSTER],
						VIGIL_A_GATE_CLUSTER, cb->extack);
	struct gate_facts f;

	if (IS_ERR(c))
		return PTR_ERR(c);
	vigil_nl_dump_begin(cb);
	f.cluster = c->cfg.name;
	while (vigil_gate_status_nth(c, cb->args[0], &f.st)) {
		if (vigil_nl_put_dump(skb, cb, VIGIL_CMD_GATE_GET, fill_gate, &f))
			break;
		cb->args[0]++;
	}
	vigil_cluster_put(c);
	return skb->len;
}
