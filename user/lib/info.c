// SPDX-License-Identifier: GPL-2.0
/* Requests that look at something. */

#include "info.h"

#include <errno.h>
#include <netlink/errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vigil.h>

#include "address.h"
#include "request.h"

static __u64 number(const struct nlattr *attr)
{
	return vnl_number_or(attr, 0);
}

static void name(char *out, const struct nlattr *attr)
{
	if (attr)
		nla_strlcpy(out, attr, VIGIL_NAME_LEN + 1);
	else
		out[0] = '\0';
}

static void read_timing(struct vigil_timing *t, struct nlattr *nest)
{
	struct nlattr *tb[VIGIL_A_TIMING_MAX + 1];

	if (!nest || nla_parse_nested(tb, VIGIL_A_TIMING_MAX, nest, NULL))
		return;
	t->interval = number(tb[VIGIL_A_TIMING_INTERVAL]);
	t->detect = number(tb[VIGIL_A_TIMING_DETECT]);
	t->lease = number(tb[VIGIL_A_TIMING_LEASE]);
	t->fence = number(tb[VIGIL_A_TIMING_FENCE]);
	t->expiry = number(tb[VIGIL_A_TIMING_EXPIRY]);
}

static void read_counters(struct vnl_counters *c, struct nlattr *nest)
{
	struct nlattr *tb[VIGIL_A_COUNTERS_MAX + 1];

	if (!nest || nla_parse_nested(tb, VIGIL_A_COUNTERS_MAX, nest, NULL))
		return;
	c->rx = number(tb[VIGIL_A_COUNTERS_RX]);
	c->tx = number(tb[VIGIL_A_COUNTERS_TX]);
	c->malformed = number(tb[VIGIL_A_COUNTERS_MALFORMED]);
	c->unknown = number(tb[VIGIL_A_COUNTERS_UNKNOWN]);
	c->auth = number(tb[VIGIL_A_COUNTERS_AUTH]);
	c->replay = number(tb[VIGIL_A_COUNTERS_REPLAY]);
	c->nosession = number(tb[VIGIL_A_COUNTERS_NOSESSION]);
	c->refused = number(tb[VIGIL_A_COUNTERS_REFUSED]);
	c->flood = number(tb[VIGIL_A_COUNTERS_FLOOD]);
}

static void read_watchdog(struct vnl_watchdog *w, struct nlattr *nest)
{
	struct nlattr *tb[VIGIL_A_WATCHDOG_MAX + 1];

	if (!nest || nla_parse_nested(tb, VIGIL_A_WATCHDOG_MAX, nest, NULL))
		return;
	if (tb[VIGIL_A_WATCHDOG_DEVICE])
		nla_strlcpy(w->device, tb[VIGIL_A_WATCHDOG_DEVICE], sizeof(w->device));
	if (tb[VIGIL_A_WATCHDOG_IDENTITY])
		nla_strlcpy(w->identity, tb[VIGIL_A_WATCHDOG_IDENTITY], sizeof(w->identity));
	w->timeout = number(tb[VIGIL_A_WATCHDOG_TIMEOUT]);
	w->state = (__u32)number(tb[VIGIL_A_WATCHDOG_STATE]);
	w->pet_age = number(tb[VIGIL_A_WATCHDOG_PET_AGE]);
	w->withheld = number(tb[VIGIL_A_WATCHDOG_WITHHELD]);
	w->error = (__s32)number(tb[VIGIL_A_WATCHDOG_ERROR]);
}

static int read_cluster(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_CLUSTER_MAX + 1];
	struct vnl_cluster *c = out;

	if (nla_parse(tb, VIGIL_A_CLUSTER_MAX, attrs, len, NULL))
		return -EBADMSG;
	memset(c, 0, sizeof(*c));
	name(c->name, tb[VIGIL_A_CLUSTER_NAME]);
	c->self = (__u16)number(tb[VIGIL_A_CLUSTER_SELF]);
	c->port = (__u16)number(tb[VIGIL_A_CLUSTER_PORT]);
	c->state = (__u32)number(tb[VIGIL_A_CLUSTER_STATE]);
	c->generation = (__u32)number(tb[VIGIL_A_CLUSTER_GENERATION]);
	c->fence_action = (__u32)number(tb[VIGIL_A_CLUSTER_FENCE_ACTION]);
	c->gasp = (__u32)number(tb[VIGIL_A_CLUSTER_GASP]);
	c->gasp_grace_ms = (__u32)number(tb[VIGIL_A_CLUSTER_GASP_GRACE]);
	c->incarnation = number(tb[VIGIL_A_CLUSTER_INCARNATION]);
	c->key_slots = (__u8)number(tb[VIGIL_A_CLUSTER_KEY_SLOTS]);
	c->active_slot = (__u8)number(tb[VIGIL_A_CLUSTER_ACTIVE_SLOT]);
	c->learning = tb[VIGIL_A_CLUSTER_LEARNING];
	c->quorum = tb[VIGIL_A_CLUSTER_QUORUM_UNTIL];
	c->quorum_until = number(tb[VIGIL_A_CLUSTER_QUORUM_UNTIL]);
	c->quorum_left = number(tb[VIGIL_A_CLUSTER_QUORUM_LEFT]);
	c->daemon = tb[VIGIL_A_CLUSTER_DAEMON];
	c->held = (__u32)number(tb[VIGIL_A_CLUSTER_HELD]);
	c->nodes = (__u32)number(tb[VIGIL_A_CLUSTER_NODES]);
	c->voters = (__u32)number(tb[VIGIL_A_CLUSTER_VOTERS]);
	c->now = number(tb[VIGIL_A_CLUSTER_NOW]);
	read_timing(&c->timing, tb[VIGIL_A_CLUSTER_TIMING]);
	read_counters(&c->counters, tb[VIGIL_A_CLUSTER_COUNTERS]);
	c->daemon_grace_ms = (__u32)number(tb[VIGIL_A_CLUSTER_DAEMON_GRACE]);
	c->daemon_fence_left = vnl_number_or(tb[VIGIL_A_CLUSTER_DAEMON_FENCE_LEFT], VNL_NEVER);
	read_watchdog(&c->watchdog, tb[VIGIL_A_CLUSTER_WATCHDOG]);
	return 0;
}

static void read_link(struct vnl_link *link, struct nlattr *nest)
{
	struct nlattr *tb[VIGIL_A_LINK_MAX + 1];

	if (nla_parse_nested(tb, VIGIL_A_LINK_MAX, nest, NULL))
		return;
	link->index = (__u8)number(tb[VIGIL_A_LINK_INDEX]);
	link->up = number(tb[VIGIL_A_LINK_STATE]) == VIGIL_LINK_STATE_UP;
	link->rx_age = vnl_number_or(tb[VIGIL_A_LINK_RX_AGE], VNL_NEVER);
	link->rx = number(tb[VIGIL_A_LINK_RX]);
	link->tx = number(tb[VIGIL_A_LINK_TX]);
	link->tx_errors = number(tb[VIGIL_A_LINK_TX_ERRORS]);
	vnl_read_address(&link->remote, tb[VIGIL_A_LINK_REMOTE]);
	vnl_read_address(&link->local, tb[VIGIL_A_LINK_LOCAL]);
}

static int read_node(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_NODE_MAX + 1], *attr;
	struct vnl_node *n = out;
	int rest;

	if (nla_parse(tb, VIGIL_A_NODE_MAX, attrs, len, NULL))
		return -EBADMSG;
	memset(n, 0, sizeof(*n));
	name(n->name, tb[VIGIL_A_NODE_NAME]);
	n->id = (__u16)number(tb[VIGIL_A_NODE_ID]);
	n->voter = tb[VIGIL_A_NODE_VOTER];
	n->self = tb[VIGIL_A_NODE_SELF];
	n->daemon = tb[VIGIL_A_NODE_DAEMON];
	n->learning = tb[VIGIL_A_NODE_LEARNING];
	n->state = (__u32)number(tb[VIGIL_A_NODE_STATE]);
	n->refusal = (__u32)number(tb[VIGIL_A_NODE_REFUSAL]);
	n->incarnation = number(tb[VIGIL_A_NODE_INCARNATION]);
	n->heard_age = vnl_number_or(tb[VIGIL_A_NODE_HEARD_AGE], VNL_NEVER);
	n->lease_left = number(tb[VIGIL_A_NODE_LEASE_LEFT]);
	nla_for_each_attr(attr, attrs, len, rest) {
		if (nla_type(attr) == VIGIL_A_NODE_LINK && n->n_links < VIGIL_MAX_LINKS)
			read_link(&n->links[n->n_links++], attr);
	}
	return 0;
}

static int read_claim(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_CLAIM_MAX + 1];
	struct vnl_claim *c = out;

	if (nla_parse(tb, VIGIL_A_CLAIM_MAX, attrs, len, NULL))
		return -EBADMSG;
	memset(c, 0, sizeof(*c));
	name(c->name, tb[VIGIL_A_CLAIM_NAME]);
	c->state = (__u32)number(tb[VIGIL_A_CLAIM_STATE]);
	c->k = number(tb[VIGIL_A_CLAIM_K]);
	c->grants = (__u16)number(tb[VIGIL_A_CLAIM_GRANTS]);
	c->owner = (__u16)number(tb[VIGIL_A_CLAIM_OWNER]);
	c->holder = (__u16)number(tb[VIGIL_A_CLAIM_HOLDER]);
	c->waiter = (__u16)number(tb[VIGIL_A_CLAIM_WAITER]);
	c->hold_left = number(tb[VIGIL_A_CLAIM_HOLD_LEFT]);
	return 0;
}

int vnl_cluster_get(struct vnl_client *client, const char *cluster, struct vnl_cluster *out)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_CLUSTER_GET, 0);
	int rc = msg ? nla_put_string(msg, VIGIL_A_CLUSTER_NAME, cluster) : 0;

	return vnl_transact(client, msg, rc, read_cluster, out);
}

int vnl_node_get(struct vnl_client *client, const char *cluster, __u16 id, struct vnl_node *out)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_NODE_GET, 0);
	int rc = 0;

	if (msg) {
		rc = nla_put_string(msg, VIGIL_A_NODE_CLUSTER, cluster);
		if (!rc)
			rc = nla_put_u16(msg, VIGIL_A_NODE_ID, id);
	}
	return vnl_transact(client, msg, rc, read_node, out);
}

int vnl_claim_get(struct vnl_client *client, const char *cluster, const char *claim,
		  struct vnl_claim *out)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_CLAIM_GET, 0);
	int rc = 0;

	if (msg) {
		rc = nla_put_string(msg, VIGIL_A_CLAIM_CLUSTER, cluster);
		if (!rc)
			rc = nla_put_string(msg, VIGIL_A_CLAIM_NAME, claim);
	}
	return vnl_transact(client, msg, rc, read_claim, out);
}

int vnl_cluster_list(struct vnl_client *client, struct vnl_cluster **out)
{
	struct vnl_list list = { .size = sizeof(**out), .read = read_cluster };
	int n = vnl_dump(client, VIGIL_CMD_CLUSTER_GET, 0, NULL, &list);

	*out = n < 0 ? NULL : (struct vnl_cluster *)list.items;
	return n;
}

int vnl_node_list(struct vnl_client *client, const char *cluster, struct vnl_node **out)
{
	struct vnl_list list = { .size = sizeof(**out), .read = read_node };
	int n = vnl_dump(client, VIGIL_CMD_NODE_GET, VIGIL_A_NODE_CLUSTER, cluster, &list);

	*out = n < 0 ? NULL : (struct vnl_node *)list.items;
	return n;
}

int vnl_claim_list(struct vnl_client *client, const char *cluster, struct vnl_claim **out)
{
	struct vnl_list list = { .size = sizeof(**out), .read = read_claim };
	int n = vnl_dump(client, VIGIL_CMD_CLAIM_GET, VIGIL_A_CLAIM_CLUSTER, cluster, &list);

	*out = n < 0 ? NULL : (struct vnl_claim *)list.items;
	return n;
}
