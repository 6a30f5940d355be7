// SPDX-License-Identifier: GPL-2.0
/* What the module refuses, with which error number and sentence. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "one.h"

static void cluster_new_refused(void)
{
	char long_name[VIGIL_NAME_LEN + 2];
	struct vnl_cluster_config all = {
		.name = "c", .self = 1, .generation = 1, .fence_action = VIGIL_FENCE_NOTIFY,
		.timing = { 50000000, 200000000, 400000000, 100000000, 500000000 },
	};

	one_connect();
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	REFUSED(new_cluster(long_name, 1, 0, 200), -EINVAL, "name: ");
	REFUSED(new_cluster("", 1, 0, 200), -EINVAL, "cluster name");
	REFUSED(new_cluster("a b", 1, 0, 200), -EINVAL, "cluster name");
	REFUSED(new_cluster("a/b", 1, 0, 200), -EINVAL, "cluster name");
	REFUSED(new_cluster("..", 1, 0, 200), -EINVAL, "cluster name");
	REFUSED(new_cluster("\xc3\xa4", 1, 0, 200), -EINVAL, "cluster name");
	REFUSED(new_cluster("c", 0, 0, 200), -ERANGE, "self: integer out of range");
	REFUSED(new_cluster("c", 1025, 0, 200), -ERANGE, "out of range");
	REFUSED(new_cluster("c", 1, 0, 19), -EINVAL, "20 ms");
	REFUSED(new_cluster("c", 1, 0, 60001), -EINVAL, "60 s");
	REFUSED(vnl_cluster_new(client, &all), -EINVAL, "expiry");
	all.timing.expiry = 0;
	REFUSED(vnl_cluster_new(client, &all), -EINVAL, "timing");
	all.timing = (struct vigil_timing){ 0 };
	all.fence_action = 4;
	REFUSED(vnl_cluster_new(client, &all), -ERANGE, "out of range");
	CHECK_EQ(new_cluster("c", 1, 5000, 200), 0);
	REFUSED(new_cluster("c", 1, 5001, 200), -EEXIST, "that name or port");
	REFUSED(new_cluster("d", 1, 5000, 200), -EEXIST, "that name or port");
}

static void too_many_clusters(void)
{
	struct vnl_cluster *clusters;
	char name[8] = "c?";
	int i, n;

	one_connect();
	for (i = 0; i < VIGIL_MAX_CLUSTERS; i++) {
		name[1] = (char)('a' + i);
		CHECK(!new_cluster(name, 1, 5000 + (unsigned int)i, 200), "%s: %s", name,
		      vnl_error(client));
	}
	REFUSED(new_cluster("more", 1, 6000, 200), -ENOSPC, "clusters");
	n = vnl_cluster_list(client, &clusters);
	CHECK_EQ(n, VIGIL_MAX_CLUSTERS);
	for (i = 0; i < n; i++) {
		name[1] = (char)('a' + i);
		CHECK(!strcmp(clusters[i].name, name), "number %d is %s", i, clusters[i].name);
		CHECK_EQ(clusters[i].port, 5000 + i);
		CHECK_EQ(clusters[i].state, VIGIL_CLUSTER_STATE_CONFIGURED);
	}
}

static void node_refused(void)
{
	struct vnl_node_config none = { .id = 1, .name = "n" };
	struct vnl_node_config twice = { .id = 9, .name = "t", .n_addresses = 2 };
	struct vnl_node node;

	one_connect();
	REFUSED(new_node(1, "n", true, "10.0.0.1"), -ENOENT, "no cluster");
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	REFUSED(new_node(0, "n", true, "10.0.0.1"), -ERANGE, "out of range");
	REFUSED(new_node(1025, "n", true, "10.0.0.1"), -ERANGE, "out of range");
	REFUSED(new_node(1, "a node", true, "10.0.0.1"), -EINVAL, "node name");
	REFUSED(new_node(1, "n", true, "224.0.0.1"), -EINVAL, "unicast");
	REFUSED(new_node(1, "n", true, "0.0.0.0"), -EINVAL, "unicast");
	REFUSED(vnl_node_new(client, "c", &none), -EINVAL, "address of the node is missing");
	twice.addresses[0].in.sin_family = AF_INET;
	twice.addresses[0].in.sin_addr.s_addr = inet_addr("10.0.0.9");
	twice.addresses[1] = twice.addresses[0];
	REFUSED(vnl_node_new(client, "c", &twice), -EINVAL, "same address");
	CHECK_EQ(new_node(1, "n", true, "10.0.0.1"), 0);
	REFUSED(new_node(1, "m", true, "10.0.0.2"), -EEXIST, "that ");
	REFUSED(new_node(2, "n", true, "10.0.0.2"), -EEXIST, "that ");
	REFUSED(new_node(2, "m", true, "10.0.0.1"), -EEXIST, "address");
	REFUSED(vnl_node_del(client, "c", 7), -ENOENT, "no such node");
	REFUSED(vnl_node_get(client, "c", 7, &node), -ENOENT, "no node of that id");
	CHECK_EQ(vnl_node_get(client, "c", 1, &node), 0);
	CHECK(!strcmp(node.name, "n") && node.self && node.voter, "node");
	CHECK_EQ(node.n_links, 1);
	CHECK_EQ(node.links[0].remote.in.sin_addr.s_addr, inet_addr("10.0.0.1"));
}

static void too_many_voters(void)
{
	char name[8], ip[16];
	unsigned int i;

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	for (i = 1; i <= VIGIL_MAX_VOTERS + 1; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		snprintf(ip, sizeof(ip), "10.0.0.%u", i);
		if (i <= VIGIL_MAX_VOTERS)
			CHECK_EQ(new_node(i, name, true, ip), 0);
		else
			REFUSED(new_node(i, name, true, ip), -EINVAL, "voters");
	}
}

static void start_refused(void)
{
	__u8 key[VIGIL_KEY_LEN] = { 1 };

	one_connect();
	REFUSED(vnl_cluster_start(client, "c"), -ENOENT, "no cluster");
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	REFUSED(vnl_key_set(client, "c", 2, key, true), -ERANGE, "out of range");
	REFUSED(vnl_key_set(client, "c", 0, NULL, false), -EINVAL, "neither");
	REFUSED(vnl_key_set(client, "c", 1, NULL, true), -ENOKEY, "empty");
	REFUSED(vnl_key_del(client, "c", 0), -ENOKEY, "empty");
	REFUSED(vnl_cluster_start(client, "c"), -EINVAL, "itself");
	CHECK_EQ(new_node(1, "n1", true, "127.0.0.1"), 0);
	CHECK_EQ(new_node(2, "n2", true, "127.0.0.2"), 0);
	REFUSED(vnl_cluster_start(client, "c"), -EINVAL, "odd");
	CHECK_EQ(vnl_node_del(client, "c", 2), 0);
	REFUSED(vnl_cluster_start(client, "c"), -ENOKEY, "empty");
	CHECK_EQ(vnl_key_set(client, "c", 0, key, true), 0);
	REFUSED(vnl_key_del(client, "c", 0), -EBUSY, "active");
	REFUSED(vnl_cluster_leave(client, "c"), -ENOTCONN, "not running");
	CHECK_EQ(vnl_cluster_start(client, "c"), 0);
	REFUSED(vnl_cluster_start(client, "c"), -EALREADY, "before");
	REFUSED(new_node(3, "n3", true, "127.0.0.3"), -EBUSY, "voters cannot change");
	CHECK_EQ(new_node(4, "n4", false, "127.0.0.4"), 0);
	CHECK_EQ(vnl_node_del(client, "c", 4), 0);
	REFUSED(vnl_node_del(client, "c", 1), -EBUSY, "running");
	CHECK_EQ(vnl_cluster_del(client, "c"), 0);
	REFUSED(vnl_cluster_del(client, "c"), -ENOENT, "no cluster");
}

/* A cluster of one voter: claims, releases and messages that cannot be. */
static void claim_refused(void)
{
	__u8 key[VIGIL_KEY_LEN] = { 1 };
	char big[VIGIL_MSG_LEN + 1] = "";
	struct vnl_claim claim;

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 100), 0);
	CHECK_EQ(new_node(1, "n1", true, "127.0.0.1"), 0);
	CHECK_EQ(vnl_key_set(client, "c", 0, key, true), 0);
	REFUSED(vnl_claim_new(client, "c", "x", 0), -ESHUTDOWN, "not running");
	REFUSED(vnl_claim_get(client, "c", "x", &claim), -ESHUTDOWN, "not been started");
	REFUSED(vnl_daemon_ping(client, "c"), -ENOTCONN, "not the daemon");
	CHECK_EQ(vnl_cluster_start(client, "c"), 0);
	REFUSED(vnl_claim_new(client, "c", "", 0), -EINVAL, "claim name");
	REFUSED(vnl_claim_new(client, "c", "a b", 0), -EINVAL, "claim name");
	REFUSED(vnl_claim_release(client, "c", "x", 0), -ENOENT, "no such claim");
	REFUSED(vnl_claim_get(client, "c", "x", &claim), -ENOENT, "no claim of that name");
	CHECK_EQ(vnl_claim_new(client, "c", "@x", 0), 0);
	REFUSED(vnl_claim_release(client, "c", "@x", 9), -EINVAL, "successor");
	CHECK_EQ(vnl_claim_release(client, "c", "@x", 0), 0);
	REFUSED(vnl_msg_send(client, "c", 9, "m", 1), -ENOENT, "no such node");
	REFUSED(vnl_msg_send(client, "c", 1, "m", 1), -EINVAL, "itself");
	REFUSED(vnl_msg_send(client, "c", 0, "m", 1), -ENOTCONN, "no session");
	REFUSED(vnl_msg_send(client, "c", 1, "", 0), -ERANGE, "out of range");
	CHECK_EQ(vnl_msg_send(client, "c", 1, big, sizeof(big)), -EMSGSIZE);
}

static void one_daemon(void)
{
	struct vnl_client *other;
	struct vnl_cluster c;

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	CHECK_EQ(vnl_open(&other), 0);
	CHECK_EQ(vnl_daemon_bind(other, "c"), 0);
	REFUSED(vnl_daemon_bind(client, "c"), -EBUSY, "another socket");
	CHECK_EQ(vnl_daemon_ping(other, "c"), 0);
	CHECK_EQ(vnl_cluster_get(client, "c", &c), 0);
	CHECK(c.daemon, "no daemon though one is bound");
	vnl_close(other);
	CHECK_EQ(vnl_cluster_get(client, "c", &c), 0);
	CHECK(!c.daemon, "the daemon is alive though its socket was closed");
	CHECK_EQ(vnl_daemon_bind(client, "c"), 0);
}

static void attributes_missing(void)
{
	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	REFUSED(raw(VIGIL_CMD_CLUSTER_NEW, 0, -1, NULL, 0), -EINVAL, "name of the cluster");
	REFUSED(raw(VIGIL_CMD_CLUSTER_NEW, 0, VIGIL_A_CLUSTER_NAME, "x", 2), -EINVAL,
		"id of this node is missing");
	REFUSED(raw(VIGIL_CMD_CLUSTER_START, 0, -1, NULL, 0), -EINVAL, "missing");
	REFUSED(raw(VIGIL_CMD_CLUSTER_GET, 0, -1, NULL, 0), -EINVAL, "missing");
	REFUSED(raw(VIGIL_CMD_NODE_NEW, 0, -1, NULL, 0), -EINVAL, "id of the node is missing");
	REFUSED(raw(VIGIL_CMD_NODE_GET, 0, -1, NULL, 0), -EINVAL, "id of the node is missing");
	REFUSED(raw(VIGIL_CMD_NODE_GET, NLM_F_DUMP, -1, NULL, 0), -EINVAL, "missing");
	REFUSED(raw(VIGIL_CMD_NODE_GET, NLM_F_DUMP, VIGIL_A_NODE_CLUSTER, "x", 2), -ENOENT,
		"no cluster");
	REFUSED(raw(VIGIL_CMD_KEY_SET, 0, -1, NULL, 0), -EINVAL, "key slot is missing");
	REFUSED(raw(VIGIL_CMD_CLAIM_NEW, 0, -1, NULL, 0), -EINVAL, "claim is missing");
	REFUSED(raw(VIGIL_CMD_CLAIM_GET, NLM_F_DUMP, -1, NULL, 0), -EINVAL, "missing");
	REFUSED(raw(VIGIL_CMD_MSG_SEND, 0, -1, NULL, 0), -EINVAL, "receiver is missing");
}

static void attributes_wrong(void)
{
	static const char zeros[64];

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	/* Known to the family, but not to this operation; and known to nobody. */
	REFUSED(raw(VIGIL_CMD_CLUSTER_NEW, 0, VIGIL_A_CLUSTER_STATE, zeros, 4), -EINVAL,
		"Unsupported attribute");
	REFUSED(raw(VIGIL_CMD_CLUSTER_GET, 0, 99, zeros, 4), -EINVAL, "Unknown attribute");
	REFUSED(raw(VIGIL_CMD_CLUSTER_GET, 0, VIGIL_A_CLUSTER_NAME, "c", 1), -EINVAL, "");
	REFUSED(raw(VIGIL_CMD_CLUSTER_GET, 0, VIGIL_A_CLUSTER_NAME, zeros, 0), -EINVAL, "");
	REFUSED(raw(VIGIL_CMD_CLUSTER_NEW, 0, VIGIL_A_CLUSTER_SELF, zeros, 4), -EINVAL, "");
	REFUSED(raw(VIGIL_CMD_KEY_SET, 0, VIGIL_A_KEY_KEY, zeros, VIGIL_KEY_LEN - 1), -ERANGE,
		"out of range");
	REFUSED(raw(VIGIL_CMD_KEY_SET, 0, VIGIL_A_KEY_KEY, zeros, VIGIL_KEY_LEN + 1), -ERANGE,
		"out of range");
	/* Nests must say that they are some. */
	REFUSED(raw(VIGIL_CMD_CLUSTER_NEW, 0, VIGIL_A_CLUSTER_TIMING, zeros, 0), -EINVAL,
		"NLA_F_NESTED");
	REFUSED(raw(VIGIL_CMD_MSG_EVENT, 0, -1, NULL, 0), -EOPNOTSUPP, "");
	REFUSED(raw(VIGIL_CMD_MAX + 1, 0, -1, NULL, 0), -EOPNOTSUPP, "");
	REFUSED(raw(VIGIL_CMD_CLUSTER_DEL, NLM_F_DUMP, -1, NULL, 0), -EOPNOTSUPP, "");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "refused: clusters", cluster_new_refused },
		{ "refused: one cluster too many", too_many_clusters },
		{ "refused: nodes", node_refused },
		{ "refused: one voter too many", too_many_voters },
		{ "refused: keys and start", start_refused },
		{ "refused: claims and messages", claim_refused },
		{ "refused: a second daemon", one_daemon },
		{ "refused: attributes that are missing", attributes_missing },
		{ "refused: attributes that are wrong", attributes_wrong },
		{ }
	};

	return harness_main(argc, argv, tests);
}
