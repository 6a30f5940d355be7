// SPDX-License-Identifier: GPL-2.0
/* Requests about gates. */

#include "gate.h"

#include <errno.h>
#include <netlink/errno.h>
#include <string.h>

#include <linux/vigil.h>

#include "request.h"

static int put_gate(struct nl_msg *msg, const char *cluster, const struct vnl_gate *gate)
{
	unsigned int i;

	if (gate->n_addresses > VNL_GATE_ADDRESSES || gate->n_interfaces > VNL_GATE_INTERFACES)
		return -NLE_RANGE;
	NLA_PUT_STRING(msg, VIGIL_A_GATE_CLUSTER, cluster);
	NLA_PUT_STRING(msg, VIGIL_A_GATE_CLAIM, gate->claim);
	if (gate->cgroup)
		NLA_PUT_U64(msg, VIGIL_A_GATE_CGROUP, gate->cgroup);
	for (i = 0; i < gate->n_addresses; i++) {
		int rc = vnl_put_address(msg, VIGIL_A_GATE_ADDRESS, &gate->addresses[i]);

		if (rc)
			return rc;
	}
	for (i = 0; i < gate->n_interfaces; i++)
		NLA_PUT_STRING(msg, VIGIL_A_GATE_INTERFACE, gate->interfaces[i]);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_gate_set(struct vnl_client *client, const char *cluster, const struct vnl_gate *gate)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_GATE_SET, 0);

	return vnl_transact(client, msg, msg ? put_gate(msg, cluster, gate) : 0, NULL, NULL);
}

/* A request that names a claim of a cluster, and nothing else. */
static struct nl_msg *named(struct vnl_client *client, __u8 cmd, const char *cluster,
			    const char *claim, int *rc)
{
	struct nl_msg *msg = vnl_request(&client->socket, cmd, 0);

	*rc = 0;
	if (msg)
		*rc = nla_put_string(msg, VIGIL_A_GATE_CLUSTER, cluster);
	if (msg && !*rc)
		*rc = nla_put_string(msg, VIGIL_A_GATE_CLAIM, claim);
	return msg;
}

int vnl_gate_del(struct vnl_client *client, const char *cluster, const char *claim)
{
	int rc;
	struct nl_msg *msg = named(client, VIGIL_CMD_GATE_DEL, cluster, claim, &rc);

	return vnl_transact(client, msg, rc, NULL, NULL);
}

/* Addresses and interfaces occur any number of times. */
static void read_many(struct vnl_gate *gate, struct nlattr *attrs, int len)
{
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, attrs, len, rest) {
		if (nla_type(attr) == VIGIL_A_GATE_ADDRESS &&
		    gate->n_addresses < VNL_GATE_ADDRESSES)
			vnl_read_address(&gate->addresses[gate->n_addresses++], attr);
		if (nla_type(attr) == VIGIL_A_GATE_INTERFACE &&
		    gate->n_interfaces < VNL_GATE_INTERFACES)
			nla_strlcpy(gate->interfaces[gate->n_interfaces++], attr, IFNAMSIZ);
	}
}

static int read_gate(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_GATE_MAX + 1];
	struct vnl_gate *gate = out;

	if (nla_parse(tb, VIGIL_A_GATE_MAX, attrs, len, NULL) || !tb[VIGIL_A_GATE_CLAIM])
		return -EBADMSG;
	memset(gate, 0, sizeof(*gate));
	nla_strlcpy(gate->claim, tb[VIGIL_A_GATE_CLAIM], sizeof(gate->claim));
	gate->cgroup = vnl_number_or(tb[VIGIL_A_GATE_CGROUP], 0);
	gate->left = vnl_number_or(tb[VIGIL_A_GATE_LEFT], 0);
	gate->dropped = vnl_number_or(tb[VIGIL_A_GATE_DROPPED], 0);
	read_many(gate, attrs, len);
	return 0;
}

int vnl_gate_get(struct vnl_client *client, const char *cluster, const char *claim,
		 struct vnl_gate *out)
{
	int rc;
	struct nl_msg *msg = named(client, VIGIL_CMD_GATE_GET, cluster, claim, &rc);

	return vnl_transact(client, msg, rc, read_gate, out);
}

int vnl_gate_list(struct vnl_client *client, const char *cluster, struct vnl_gate **out)
{
	struct vnl_list list = { .size = sizeof(**out), .read = read_gate };
	int n = vnl_dump(client, VIGIL_CMD_GATE_GET, VIGIL_A_GATE_CLUSTER, cluster, &list);

	*out = n < 0 ? NULL : (struct vnl_gate *)list.items;
	return n;
}
