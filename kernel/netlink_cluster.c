// SPDX-License-Identifier: GPL-2.0
/* Netlink operations on clusters and their keys. */

#include <linux/math64.h>
#include <linux/string.h>
#include <net/sock.h>

#include <linux/vigil.h>

#include "netlink.h"
#include "netlink_policy.h"
#include "status.h"
#include "watchdog.h"

/* Detect alone, the rest derived; or all five times. */
static int parse_timing(struct nlattr *nest, struct vigil_timing *t,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VIGIL_A_TIMING_MAX + 1];
	int rc, given = 0, i;

	rc = nla_parse_nested(tb, VIGIL_A_TIMING_MAX, nest, vigil_nl_timing_policy, extack);
	if (rc)
		return rc;
	for (i = 1; i <= VIGIL_A_TIMING_MAX; i++)
		given += !!tb[i];
	if (!tb[VIGIL_A_TIMING_DETECT] || (given != 1 && given != 5)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "timing: give detect alone, or all five times");
		return -EINVAL;
	}
	t->detect = nla_get_u64(tb[VIGIL_A_TIMING_DETECT]);
	if (given == 1)
		return 0;
	t->interval = nla_get_u64(tb[VIGIL_A_TIMING_INTERVAL]);
	t->lease = nla_get_u64(tb[VIGIL_A_TIMING_LEASE]);
	t->fence = nla_get_u64(tb[VIGIL_A_TIMING_FENCE]);
	t->expiry = nla_get_u64(tb[VIGIL_A_TIMING_EXPIRY]);
	/* What is not zero is judged when the cluster is made; zero would mean "derive". */
	if (!t->interval || !t->lease || !t->fence || !t->expiry) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "timing: no time can be zero");
		return -EINVAL;
	}
	return 0;
}

static int set_timing(struct genl_info *info, struct vigil_timing *t)
{
	struct nlattr *nest = info->attrs[VIGIL_A_CLUSTER_TIMING];
	const char *why;
	int rc;

	memset(t, 0, sizeof(*t));
	t->detect = VIGIL_DETECT_DEFAULT_NS;
	if (nest) {
		rc = parse_timing(nest, t, info->extack);
		if (rc)
			return rc;
	}
	why = t->interval ? NULL : vigil_timing_derive(t, t->detect);
	if (!why)
		return 0;
	/* Its sentences are constants. */
	if (info->extack)
		info->extack->_msg = why;
	if (nest)
		NL_SET_BAD_ATTR(info->extack, nest);
	return -EINVAL;
}

int vigil_nl_cluster_new(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster_config cfg = {
		.port = VIGIL_DEFAULT_PORT,
		.generation = 1,
		.fence_action = VIGIL_FENCE_RESET,
		.gasp = VIGIL_GASP_MODE_RELEASE,
		.gasp_grace = 50 * VIGIL_NS_PER_MS,
	};
	struct nlattr **attrs = info->attrs;
	int rc;

	rc = vigil_nl_require(info, VIGIL_A_CLUSTER_NAME, "the name of the cluster") ?:
	     vigil_nl_require(info, VIGIL_A_CLUSTER_SELF, "the id of this node") ?:
	     set_timing(info, &cfg.timing);
	if (rc)
		return rc;
	nla_strscpy(cfg.name, attrs[VIGIL_A_CLUSTER_NAME], sizeof(cfg.name));
	cfg.self = nla_get_u16(attrs[VIGIL_A_CLUSTER_SELF]);
	if (attrs[VIGIL_A_CLUSTER_PORT])
		cfg.port = nla_get_u16(attrs[VIGIL_A_CLUSTER_PORT]);
	if (attrs[VIGIL_A_CLUSTER_GENERATION])
		cfg.generation = nla_get_u32(attrs[VIGIL_A_CLUSTER_GENERATION]);
	if (attrs[VIGIL_A_CLUSTER_FENCE_ACTION])
		cfg.fence_action = nla_get_u32(attrs[VIGIL_A_CLUSTER_FENCE_ACTION]);
	if (attrs[VIGIL_A_CLUSTER_GASP])
		cfg.gasp = nla_get_u32(attrs[VIGIL_A_CLUSTER_GASP]);
	if (attrs[VIGIL_A_CLUSTER_GASP_GRACE])
		cfg.gasp_grace = nla_get_u32(attrs[VIGIL_A_CLUSTER_GASP_GRACE]) * VIGIL_NS_PER_MS;
	rc = vigil_cluster_create(genl_info_net(info), &cfg, info->extack);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

/* Operations that name nothing but a cluster. */
static int with_cluster(struct genl_info *info,
			int (*op)(struct vigil_cluster *c, struct netlink_ext_ack *extack))
{
	struct vigil_cluster *c = vigil_nl_find(genl_info_net(info),
						info->attrs[VIGIL_A_CLUSTER_NAME],
						VIGIL_A_CLUSTER_NAME, info->extack);
	int rc;

	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = op(c, info->extack);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_cluster_start(struct sk_buff *skb, struct genl_info *info)
{
	return with_cluster(info, vigil_cluster_start);
}

int vigil_nl_cluster_leave(struct sk_buff *skb, struct genl_info *info)
{
	return with_cluster(info, vigil_cluster_leave);
}

int vigil_nl_cluster_del(struct sk_buff *skb, struct genl_info *info)
{
	int rc = with_cluster(info, vigil_cluster_destroy);

	if (!rc)
		vigil_nl_changed();
	return rc;
}

/* What one answer about a cluster is made from. */
struct cluster_facts {
	const struct vigil_cluster_config *cfg;
	struct vigil_cluster_status st;
	struct vigil_watchdog_status watchdog;
	bool has_watchdog;
};

static void find_out(struct vigil_cluster *c, struct cluster_facts *f)
{
	f->cfg = &c->cfg;
	vigil_status_cluster(c, &f->st);
	f->has_watchdog = vigil_watchdog_status(c, &f->watchdog);
}

static int put_timing(struct sk_buff *skb, const struct vigil_timing *t)
{
	struct nlattr *nest = nla_nest_start(skb, VIGIL_A_CLUSTER_TIMING);

	if (!nest ||
	    nla_put_u64_64bit(skb, VIGIL_A_TIMING_DETECT, t->detect, VIGIL_A_TIMING_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_TIMING_INTERVAL, t->interval, VIGIL_A_TIMING_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_TIMING_LEASE, t->lease, VIGIL_A_TIMING_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_TIMING_FENCE, t->fence, VIGIL_A_TIMING_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_TIMING_EXPIRY, t->expiry, VIGIL_A_TIMING_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct vigil_cluster_status *st)
{
	static const int attrs[VIGIL_DROPS] = {
		[VIGIL_DROP_MALFORMED] = VIGIL_A_COUNTERS_MALFORMED,
		[VIGIL_DROP_UNKNOWN] = VIGIL_A_COUNTERS_UNKNOWN,
		[VIGIL_DROP_AUTH] = VIGIL_A_COUNTERS_AUTH,
		[VIGIL_DROP_REPLAY] = VIGIL_A_COUNTERS_REPLAY,
		[VIGIL_DROP_NOSESSION] = VIGIL_A_COUNTERS_NOSESSION,
		[VIGIL_DROP_REFUSED] = VIGIL_A_COUNTERS_REFUSED,
		[VIGIL_DROP_FLOOD] = VIGIL_A_COUNTERS_FLOOD,
	};
	struct nlattr *nest = nla_nest_start(skb, VIGIL_A_CLUSTER_COUNTERS);
	int i;

	if (!nest ||
	    nla_put_u64_64bit(skb, VIGIL_A_COUNTERS_RX, st->rx, VIGIL_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_COUNTERS_TX, st->tx, VIGIL_A_COUNTERS_PAD))
		return -EMSGSIZE;
	for (i = 0; i < VIGIL_DROPS; i++) {
		if (nla_put_u64_64bit(skb, attrs[i], st->drops[i], VIGIL_A_COUNTERS_PAD))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_config(struct sk_buff *skb, const struct vigil_cluster_config *cfg)
{
	if (nla_put_string(skb, VIGIL_A_CLUSTER_NAME, cfg->name) ||
	    nla_put_u16(skb, VIGIL_A_CLUSTER_SELF, cfg->self) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_GENERATION, cfg->generation) ||
	    nla_put_u16(skb, VIGIL_A_CLUSTER_PORT, cfg->port) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_GASP, cfg->gasp) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_GASP_GRACE,
			div_u64(cfg->gasp_grace, VIGIL_NS_PER_MS)))
		return -EMSGSIZE;
	return put_timing(skb, &cfg->timing);
}

static int put_quorum(struct sk_buff *skb, const struct vigil_cluster_status *st)
{
	if (!st->quorum_until)
		return 0;
	if (nla_put_u64_64bit(skb, VIGIL_A_CLUSTER_QUORUM_UNTIL, st->quorum_until,
			      VIGIL_A_CLUSTER_PAD))
		return -EMSGSIZE;
	return nla_put_u64_64bit(skb, VIGIL_A_CLUSTER_QUORUM_LEFT,
				 vigil_nl_left(st->quorum_until, st->now), VIGIL_A_CLUSTER_PAD);
}

static int put_daemon(struct sk_buff *skb, const struct vigil_cluster_status *st)
{
	if (st->daemon && nla_put_flag(skb, VIGIL_A_CLUSTER_DAEMON))
		return -EMSGSIZE;
	if (st->daemon_grace_ms &&
	    nla_put_u32(skb, VIGIL_A_CLUSTER_DAEMON_GRACE, st->daemon_grace_ms))
		return -EMSGSIZE;
	if (st->daemon_fence_at == VIGIL_NEVER)
		return 0;
	return nla_put_u64_64bit(skb, VIGIL_A_CLUSTER_DAEMON_FENCE_LEFT,
				 vigil_nl_left(st->daemon_fence_at, st->now),
				 VIGIL_A_CLUSTER_PAD);
}

static int fill_cluster(struct sk_buff *skb, const void *what)
{
	const struct cluster_facts *f = what;
	const struct vigil_cluster_status *st = &f->st;

	if (put_config(skb, f->cfg) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_FENCE_ACTION, st->fence_action) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_STATE, st->state) ||
	    nla_put_u64_64bit(skb, VIGIL_A_CLUSTER_INCARNATION, st->incarnation,
			      VIGIL_A_CLUSTER_PAD) ||
	    nla_put_u8(skb, VIGIL_A_CLUSTER_KEY_SLOTS, st->key_slots) ||
	    nla_put_u8(skb, VIGIL_A_CLUSTER_ACTIVE_SLOT, st->active_slot) ||
	    (st->learning && nla_put_flag(skb, VIGIL_A_CLUSTER_LEARNING)) ||
	    put_daemon(skb, st) ||
	    put_quorum(skb, st) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_HELD, st->held) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_NODES, st->n_nodes) ||
	    nla_put_u32(skb, VIGIL_A_CLUSTER_VOTERS, st->n_voters) ||
	    nla_put_u64_64bit(skb, VIGIL_A_CLUSTER_NOW, st->now, VIGIL_A_CLUSTER_PAD) ||
	    (f->has_watchdog && vigil_nl_put_watchdog(skb, &f->watchdog)))
		return -EMSGSIZE;
	return put_counters(skb, st);
}

int vigil_nl_cluster_get(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c = vigil_nl_find(genl_info_net(info),
						info->attrs[VIGIL_A_CLUSTER_NAME],
						VIGIL_A_CLUSTER_NAME, info->extack);
	struct cluster_facts f;
	int rc;

	if (IS_ERR(c))
		return PTR_ERR(c);
	find_out(c, &f);
	rc = vigil_nl_reply(info, fill_cluster, &f);
	vigil_cluster_put(c);
	return rc;
}

/* args[0]: clusters done so far. */
int vigil_nl_cluster_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct vigil_cluster *c;
	struct cluster_facts f;
	int rc = 0;

	vigil_nl_dump_begin(cb);
	while (!rc && (c = vigil_cluster_get_nth(net, cb->args[0]))) {
		find_out(c, &f);
		rc = vigil_nl_put_dump(skb, cb, VIGIL_CMD_CLUSTER_GET, fill_cluster, &f);
		vigil_cluster_put(c);
		if (!rc)
			cb->args[0]++;
	}
	return skb->len;
}

static int with_slot(struct genl_info *info, struct vigil_cluster **out, u8 *slot)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_KEY_SLOT, "the number of the key slot");

	if (rc)
		return rc;
	c = vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_KEY_CLUSTER],
			  VIGIL_A_KEY_CLUSTER, info->extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	*slot = nla_get_u8(info->attrs[VIGIL_A_KEY_SLOT]);
	*out = c;
	return 0;
}

int vigil_nl_key_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *key = info->attrs[VIGIL_A_KEY_KEY];
	bool active = info->attrs[VIGIL_A_KEY_ACTIVE];
	struct vigil_cluster *c;
	u8 slot;
	int rc;

	rc = with_slot(info, &c, &slot);
	if (!rc) {
		if (key || active) {
			rc = vigil_cluster_set_key(c, slot, key ? nla_data(key) : NULL, active,
						   info->extack);
		} else {
			NL_SET_ERR_MSG(info->extack, "neither a key nor the flag active is given");
			rc = -EINVAL;
		}
		vigil_cluster_put(c);
	}
	/* The request's buffer is ours alone; it shall not keep the key. */
	if (key)
		memzero_explicit(nla_data(key), nla_len(key));
	return rc;
}

int vigil_nl_key_del(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	u8 slot;
	int rc = with_slot(info, &c, &slot);

	if (rc)
		return rc;
	rc = vigil_cluster_del_key(c, slot, info->extack);
	vigil_cluster_put(c);
	return rc;
}
