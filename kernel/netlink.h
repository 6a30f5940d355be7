/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family: netlink.c has the table of operations and what
 * they share, netlink_SUBJECT.c carry them out, netlink_policy.c (made from the
 * spec) says what callers may send, and notify.c tells events. All operations run
 * in process context.
 */
#ifndef _VIGIL_NETLINK_H
#define _VIGIL_NETLINK_H

#include <linux/netlink.h>
#include <net/genetlink.h>

#include "cluster.h"

/* Multicast groups, by their index in the family. */
enum {
	VIGIL_NL_GROUP_MEMBERSHIP,
	VIGIL_NL_GROUP_CLAIMS,
	VIGIL_NL_GROUP_WATCHES,
};

struct vigil_watchdog_status;

extern struct genl_family vigil_nl_family;

/* main.c calls these. */
int vigil_netlink_register(void);
void vigil_netlink_unregister(void);

/*
 * Something that dumps list has come or gone. A dump that spans such a moment
 * is marked as interrupted, so that its reader repeats it.
 */
void vigil_nl_changed(void);

/* To be called first in every dump, for that mark. */
void vigil_nl_dump_begin(struct netlink_callback *cb);

/**
 * vigil_nl_find - the cluster that an attribute names
 * @net: network namespace
 * @attr: its name; NULL: missing
 * @type: number of the attribute, to name it when missing
 * @extack: for the refusal
 *
 * Return: the cluster with a reference for the caller, or ERR_PTR(-EINVAL or -ENOENT).
 */
struct vigil_cluster *vigil_nl_find(struct net *net, struct nlattr *attr, int type,
				    struct netlink_ext_ack *extack);

/**
 * vigil_nl_require - refuse a request that lacks an attribute
 * @info: the request
 * @type: number of the attribute
 * @what: literal text: what is missing
 *
 * Evaluates to 0 or -EINVAL.
 */
#define vigil_nl_require(info, type, what) ({				\
	int __rc = 0;							\
									\
	if (!(info)->attrs[type]) {					\
		NL_SET_ERR_MSG((info)->extack, what " is missing");	\
		NL_SET_ERR_ATTR_MISS((info)->extack, NULL, type);	\
		__rc = -EINVAL;						\
	}								\
	__rc;								\
})

/* Nanoseconds from @now to @until, VIGIL_NEVER being for ever. */
static inline u64 vigil_nl_left(u64 until, u64 now)
{
	if (until == VIGIL_NEVER)
		return U64_MAX;
	return until > now ? until - now : 0;
}

/* Fills one message; returns -EMSGSIZE if it does not fit. */
typedef int (*vigil_nl_fill_fn)(struct sk_buff *skb, const void *what);

/* A message of operation @cmd made by @fill, or nothing of it in @skb and -EMSGSIZE. */
int vigil_nl_put(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd,
		 vigil_nl_fill_fn fill, const void *what);
/* The same as a part of a dump. */
int vigil_nl_put_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		      vigil_nl_fill_fn fill, const void *what);
/* The same as the answer to a request. */
int vigil_nl_reply(struct genl_info *info, vigil_nl_fill_fn fill, const void *what);

/* The nest about the watchdog in an answer about its cluster. 0 or -EMSGSIZE. */
int vigil_nl_put_watchdog(struct sk_buff *skb, const struct vigil_watchdog_status *st);
/* Addresses as requests carry them. parse: 0, or -EINVAL and a refusal that names @nest. */
int vigil_nl_parse_address(struct nlattr *nest, struct vigil_addr *addr,
			   struct netlink_ext_ack *extack);
int vigil_nl_put_address(struct sk_buff *skb, int type, const struct vigil_addr *addr);

/* Operations, by the names of the spec. */
int vigil_nl_cluster_new(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_cluster_start(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_cluster_leave(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_cluster_del(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_cluster_get(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_cluster_dump(struct sk_buff *skb, struct netlink_callback *cb);
int vigil_nl_key_set(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_key_del(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_new(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_del(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_confirm(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_poison(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_get(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb);
int vigil_nl_claim_new(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_claim_release(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_claim_get(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_claim_dump(struct sk_buff *skb, struct netlink_callback *cb);
int vigil_nl_daemon_bind(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_daemon_ping(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_msg_send(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_watch_add(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_watch_del(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_watch_get(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_watch_dump(struct sk_buff *skb, struct netlink_callback *cb);
int vigil_nl_watch_report(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_watchdog_set(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_gate_set(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_gate_del(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_gate_get(struct sk_buff *skb, struct genl_info *info);
int vigil_nl_gate_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif
