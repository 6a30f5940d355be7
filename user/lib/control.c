// SPDX-License-Identifier: GPL-2.0
/* Requests that change something. */

#include "control.h"

#include <errno.h>
#include <netlink/errno.h>

#include <linux/vigil.h>

#include "request.h"

/* Requests that name nothing but a cluster. */
static int name_only(struct vnl_client *client, __u8 cmd, const char *cluster)
{
	struct nl_msg *msg = vnl_request(&client->socket, cmd, 0);
	int rc = msg ? nla_put_string(msg, VIGIL_A_CLUSTER_NAME, cluster) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

int vnl_cluster_start(struct vnl_client *client, const char *cluster)
{
	return name_only(client, VIGIL_CMD_CLUSTER_START, cluster);
}

int vnl_cluster_leave(struct vnl_client *client, const char *cluster)
{
	return name_only(client, VIGIL_CMD_CLUSTER_LEAVE, cluster);
}

int vnl_cluster_del(struct vnl_client *client, const char *cluster)
{
	return name_only(client, VIGIL_CMD_CLUSTER_DEL, cluster);
}

int vnl_daemon_bind(struct vnl_client *client, const char *cluster)
{
	return name_only(client, VIGIL_CMD_DAEMON_BIND, cluster);
}

int vnl_daemon_ping(struct vnl_client *client, const char *cluster)
{
	return name_only(client, VIGIL_CMD_DAEMON_PING, cluster);
}

static int put_timing(struct nl_msg *msg, const struct vigil_timing *t)
{
	struct nlattr *nest = nla_nest_start(msg, VIGIL_A_CLUSTER_TIMING);

	if (!nest)
		return -NLE_NOMEM;
	NLA_PUT_U64(msg, VIGIL_A_TIMING_DETECT, t->detect);
	/* The kernel derives what is not given. */
	if (t->interval || t->lease || t->fence || t->expiry) {
		NLA_PUT_U64(msg, VIGIL_A_TIMING_INTERVAL, t->interval);
		NLA_PUT_U64(msg, VIGIL_A_TIMING_LEASE, t->lease);
		NLA_PUT_U64(msg, VIGIL_A_TIMING_FENCE, t->fence);
		NLA_PUT_U64(msg, VIGIL_A_TIMING_EXPIRY, t->expiry);
	}
	nla_nest_end(msg, nest);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

static int put_cluster(struct nl_msg *msg, const struct vnl_cluster_config *c)
{
	NLA_PUT_STRING(msg, VIGIL_A_CLUSTER_NAME, c->name);
	NLA_PUT_U16(msg, VIGIL_A_CLUSTER_SELF, c->self);
	NLA_PUT_U32(msg, VIGIL_A_CLUSTER_GENERATION, c->generation);
	NLA_PUT_U32(msg, VIGIL_A_CLUSTER_FENCE_ACTION, c->fence_action);
	if (c->gasp)
		NLA_PUT_U32(msg, VIGIL_A_CLUSTER_GASP, c->gasp);
	if (c->gasp_grace_ms)
		NLA_PUT_U32(msg, VIGIL_A_CLUSTER_GASP_GRACE, c->gasp_grace_ms);
	if (c->port)
		NLA_PUT_U16(msg, VIGIL_A_CLUSTER_PORT, c->port);
	return c->timing.detect ? put_timing(msg, &c->timing) : 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_cluster_new(struct vnl_client *client, const struct vnl_cluster_config *config)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_CLUSTER_NEW, 0);

	return vnl_transact(client, msg, msg ? put_cluster(msg, config) : 0, NULL, NULL);
}

static int put_node(struct nl_msg *msg, const char *cluster, const struct vnl_node_config *node)
{
	unsigned int i;

	if (node->n_addresses > VIGIL_MAX_LINKS)
		return -NLE_RANGE;
	NLA_PUT_STRING(msg, VIGIL_A_NODE_CLUSTER, cluster);
	NLA_PUT_U16(msg, VIGIL_A_NODE_ID, node->id);
	NLA_PUT_STRING(msg, VIGIL_A_NODE_NAME, node->name);
	if (node->voter)
		NLA_PUT_FLAG(msg, VIGIL_A_NODE_VOTER);
	for (i = 0; i < node->n_addresses; i++) {
		int rc = vnl_put_address(msg, VIGIL_A_NODE_ADDRESS, &node->addresses[i]);

		if (rc)
			return rc;
	}
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_node_new(struct vnl_client *client, const char *cluster,
		 const struct vnl_node_config *node)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_NODE_NEW, 0);

	return vnl_transact(client, msg, msg ? put_node(msg, cluster, node) : 0, NULL, NULL);
}

static int put_named(struct nl_msg *msg, int name_attr, const char *name, int u16_attr, __u16 value)
{
	NLA_PUT_STRING(msg, name_attr, name);
	if (value)
		NLA_PUT_U16(msg, u16_attr, value);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_node_del(struct vnl_client *client, const char *cluster, __u16 id)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_NODE_DEL, 0);
	int rc = msg ? put_named(msg, VIGIL_A_NODE_CLUSTER, cluster, VIGIL_A_NODE_ID, id) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

int vnl_node_confirm(struct vnl_client *client, const char *cluster, __u16 id, __u64 incarnation)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_NODE_CONFIRM, 0);
	int rc = msg ? put_named(msg, VIGIL_A_NODE_CLUSTER, cluster, VIGIL_A_NODE_ID, id) : 0;

	if (msg && !rc)
		rc = nla_put_u64(msg, VIGIL_A_NODE_INCARNATION, incarnation);
	return vnl_transact(client, msg, rc, NULL, NULL);
}

int vnl_node_poison(struct vnl_client *client, const char *cluster, __u16 id)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_NODE_POISON, 0);
	int rc = msg ? put_named(msg, VIGIL_A_NODE_CLUSTER, cluster, VIGIL_A_NODE_ID, id) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

static int put_key(struct nl_msg *msg, const char *cluster, __u8 slot, const __u8 *key, bool active)
{
	NLA_PUT_STRING(msg, VIGIL_A_KEY_CLUSTER, cluster);
	NLA_PUT_U8(msg, VIGIL_A_KEY_SLOT, slot);
	if (key)
		NLA_PUT(msg, VIGIL_A_KEY_KEY, VIGIL_KEY_LEN, key);
	if (active)
		NLA_PUT_FLAG(msg, VIGIL_A_KEY_ACTIVE);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_key_set(struct vnl_client *client, const char *cluster, __u8 slot, const __u8 *key,
		bool active)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_KEY_SET, 0);
	int rc = msg ? put_key(msg, cluster, slot, key, active) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

int vnl_key_del(struct vnl_client *client, const char *cluster, __u8 slot)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_KEY_DEL, 0);
	int rc = msg ? put_key(msg, cluster, slot, NULL, false) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

static int claim_request(struct vnl_client *client, __u8 cmd, const char *cluster,
			 const char *claim, int u16_attr, __u16 value)
{
	struct nl_msg *msg = vnl_request(&client->socket, cmd, 0);
	int rc = 0;

	if (msg) {
		rc = nla_put_string(msg, VIGIL_A_CLAIM_CLUSTER, cluster);
		if (!rc)
			rc = put_named(msg, VIGIL_A_CLAIM_NAME, claim, u16_attr, value);
	}
	return vnl_transact(client, msg, rc, NULL, NULL);
}

int vnl_claim_new(struct vnl_client *client, const char *cluster, const char *claim, __u16 rank)
{
	return claim_request(client, VIGIL_CMD_CLAIM_NEW, cluster, claim,
			     VIGIL_A_CLAIM_RANK, rank);
}

int vnl_claim_release(struct vnl_client *client, const char *cluster, const char *claim,
		      __u16 successor)
{
	return claim_request(client, VIGIL_CMD_CLAIM_RELEASE, cluster, claim,
			     VIGIL_A_CLAIM_SUCCESSOR, successor);
}

static int put_message(struct nl_msg *msg, const char *cluster, __u16 node,
		       const void *data, size_t len)
{
	if (len > VIGIL_MSG_LEN)
		return -NLE_MSGSIZE;
	NLA_PUT_STRING(msg, VIGIL_A_MSG_CLUSTER, cluster);
	NLA_PUT_U16(msg, VIGIL_A_MSG_NODE, node);
	NLA_PUT(msg, VIGIL_A_MSG_DATA, (int)len, data);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_msg_send(struct vnl_client *client, const char *cluster, __u16 node,
		 const void *data, size_t len)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_MSG_SEND, 0);
	int rc = msg ? put_message(msg, cluster, node, data, len) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}

static int put_watchdog(struct nl_msg *msg, const char *cluster, int fd)
{
	NLA_PUT_STRING(msg, VIGIL_A_WATCHDOG_CLUSTER, cluster);
	NLA_PUT_U32(msg, VIGIL_A_WATCHDOG_FD, (__u32)fd);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_watchdog_set(struct vnl_client *client, const char *cluster, int fd)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_WATCHDOG_SET, 0);

	return vnl_transact(client, msg, msg ? put_watchdog(msg, cluster, fd) : 0, NULL, NULL);
}
