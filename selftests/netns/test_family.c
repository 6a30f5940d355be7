// SPDX-License-Identifier: GPL-2.0
/* The netlink family as seen by those who ask what it is, and who may do what. */

#include <errno.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events.h"
#include "harness.h"
#include "one.h"
#include "request.h"

#define OPS	26	/* of the spec, without events */
#define GETS	5	/* of them: for everybody, and dumps too */

/* What the controller tells about the family. */
struct family {
	unsigned int version;
	unsigned int n_ops;
	unsigned int n_admin;		/* operations that need CAP_NET_ADMIN */
	unsigned int n_dump;
	unsigned int n_groups;
	unsigned int n_policies;	/* operations whose policy is told */
	bool key_is_exact;		/* key-set: exactly VIGIL_KEY_LEN bytes */
	int key_policy;			/* number of the policy of key-set */
};

static void read_op(struct family *f, struct nlattr *nest)
{
	struct nlattr *tb[CTRL_ATTR_OP_MAX + 1];
	unsigned int flags;

	CHECK(!nla_parse_nested(tb, CTRL_ATTR_OP_MAX, nest, NULL), "operation");
	flags = nla_get_u32(tb[CTRL_ATTR_OP_FLAGS]);
	f->n_ops++;
	f->n_admin += !!(flags & GENL_ADMIN_PERM);
	f->n_dump += !!(flags & GENL_CMD_CAP_DUMP);
	CHECK(flags & GENL_CMD_CAP_HASPOL, "an operation without a policy");
}

static int read_family(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1], *attr;
	struct family *f = arg;
	int rest;

	CHECK(!genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL), "family");
	f->version = nla_get_u32(tb[CTRL_ATTR_VERSION]);
	nla_for_each_nested(attr, tb[CTRL_ATTR_OPS], rest)
		read_op(f, attr);
	nla_for_each_nested(attr, tb[CTRL_ATTR_MCAST_GROUPS], rest)
		f->n_groups++;
	return NL_OK;
}

/* Which policy an operation has, or what one attribute of a policy must be. */
static int read_policy(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1], *policy, *attr, *p[NL_POLICY_TYPE_ATTR_MAX + 1];
	struct nlattr *op[CTRL_ATTR_POLICY_DUMP_MAX + 1];
	struct family *f = arg;
	int rest, rest2;

	CHECK(!genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL), "policy");
	if (tb[CTRL_ATTR_OP_POLICY]) {
		nla_for_each_nested(attr, tb[CTRL_ATTR_OP_POLICY], rest) {
			f->n_policies++;
			CHECK(!nla_parse_nested(op, CTRL_ATTR_POLICY_DUMP_MAX, attr, NULL), "op");
			if (nla_type(attr) == VIGIL_CMD_KEY_SET)
				f->key_policy = (int)nla_get_u32(op[CTRL_ATTR_POLICY_DO]);
		}
	}
	if (!tb[CTRL_ATTR_POLICY])
		return NL_OK;
	nla_for_each_nested(policy, tb[CTRL_ATTR_POLICY], rest) {
		nla_for_each_nested(attr, policy, rest2) {
			if (nla_type(policy) != f->key_policy || nla_type(attr) != VIGIL_A_KEY_KEY)
				continue;
			CHECK(!nla_parse_nested(p, NL_POLICY_TYPE_ATTR_MAX, attr, NULL), "attr");
			f->key_is_exact = p[NL_POLICY_TYPE_ATTR_MIN_LENGTH] &&
				nla_get_u32(p[NL_POLICY_TYPE_ATTR_MIN_LENGTH]) == VIGIL_KEY_LEN &&
				p[NL_POLICY_TYPE_ATTR_MAX_LENGTH] &&
				nla_get_u32(p[NL_POLICY_TYPE_ATTR_MAX_LENGTH]) == VIGIL_KEY_LEN;
		}
	}
	return NL_OK;
}

static void ask_controller(unsigned char cmd, int flags, nl_recvmsg_msg_cb_t fn, struct family *f)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int rc;

	CHECK(sock && msg && !genl_connect(sock), "socket");
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, fn, f);
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, flags, cmd, 1);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, VIGIL_GENL_NAME);
	CHECK(nl_send_auto(sock, msg) > 0, "send");
	rc = nl_recvmsgs_default(sock);
	CHECK(rc >= 0, "controller: %s", nl_geterror(rc));
	nlmsg_free(msg);
	nl_socket_free(sock);
}

static void introspection(void)
{
	struct family f = { .key_policy = -1 };

	ask_controller(CTRL_CMD_GETFAMILY, 0, read_family, &f);
	CHECK_EQ(f.version, VIGIL_GENL_VERSION);
	CHECK_EQ(f.n_ops, OPS);
	CHECK_EQ(f.n_admin, OPS - GETS);
	CHECK_EQ(f.n_dump, GETS);
	CHECK_EQ(f.n_groups, 3);
	ask_controller(CTRL_CMD_GETPOLICY, NLM_F_DUMP, read_policy, &f);
	CHECK_EQ(f.n_policies, OPS);
	CHECK(f.key_is_exact, "the policy of a key is not told, or not exact");
}

/* Runs @fn in a child, so that it may give up what it cannot get back. */
static void in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child has failed");
}

static void drop_capability(int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	CHECK(!syscall(SYS_capget, &header, data), "capget");
	data[cap / 32].effective &= ~(1U << (cap % 32));
	data[cap / 32].permitted &= ~(1U << (cap % 32));
	CHECK(!syscall(SYS_capset, &header, data), "capset");
}

static void without_net_admin(void)
{
	struct vnl_cluster *clusters;
	struct vnl_events *events;
	struct vnl_cluster c;

	drop_capability(CAP_NET_ADMIN);
	one_connect();
	CHECK_EQ(new_cluster("d", 1, 0, 200), -EPERM);
	CHECK_EQ(vnl_cluster_start(client, "c"), -EPERM);
	CHECK_EQ(vnl_cluster_del(client, "c"), -EPERM);
	CHECK_EQ(vnl_claim_new(client, "c", "x", 0), -EPERM);
	CHECK_EQ(vnl_daemon_bind(client, "c"), -EPERM);
	CHECK_EQ(vnl_events_open(&events, NULL, NULL), -EPERM);
	CHECK_EQ(vnl_cluster_get(client, "c", &c), 0);
	CHECK_EQ(vnl_cluster_list(client, &clusters), 1);
}

static void without_boot(void)
{
	struct vnl_cluster_config reset = {
		.name = "r", .self = 1, .port = 5000, .generation = 1,
		.fence_action = VIGIL_FENCE_RESET,
	};

	drop_capability(CAP_SYS_BOOT);
	one_connect();
	REFUSED(vnl_cluster_new(client, &reset), -EPERM, "CAP_SYS_BOOT");
	reset.fence_action = VIGIL_FENCE_NOTIFY;
	CHECK_EQ(vnl_cluster_new(client, &reset), 0);
	CHECK_EQ(vnl_cluster_del(client, "r"), 0);
}

/* Root of its own user namespace, with a network of its own: still nobody. */
static void in_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		test_note("no user namespaces here");
		return;
	}
	one_connect();
	CHECK_EQ(new_cluster("d", 1, 0, 200), -EPERM);
}

static void privileges(void)
{
	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	in_child(without_net_admin);
	in_child(without_boot);
	in_child(in_user_namespace);
}

/* What is made in one namespace is not seen in another. */
static void namespaces(void)
{
	struct vnl_cluster *clusters;
	struct vnl_client *here;

	one_connect();
	here = client;
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	CHECK(!unshare(CLONE_NEWNET), "unshare");
	one_connect();
	CHECK_EQ(vnl_cluster_list(client, &clusters), 0);
	CHECK_EQ(new_cluster("c", 2, 0, 200), 0);
	CHECK_EQ(vnl_cluster_list(here, &clusters), 1);
	CHECK_EQ(clusters[0].self, 1);
}

/* More nodes than fit into one message. */
static void long_dump(void)
{
	struct vnl_node *nodes;
	char name[8], ip[16];
	unsigned int i, count = 500;

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	for (i = count; i >= 1; i--) {
		snprintf(name, sizeof(name), "n%u", i);
		snprintf(ip, sizeof(ip), "10.0.%u.%u", i / 250, i % 250 + 1);
		CHECK(!new_node(i, name, i <= 3, ip), "%u: %s", i, vnl_error(client));
	}
	CHECK_EQ(vnl_node_list(client, "c", &nodes), count);
	for (i = 0; i < count; i++)
		CHECK_EQ(nodes[i].id, i + 1);
}

/* What a dump brings: its ids must rise, and its end is found. */
struct dumped {
	unsigned int last_id;
	bool marked;	/* as interrupted */
	bool ended;
};

static void read_chunk(struct vnl_socket *s, struct dumped *d)
{
	struct nlmsghdr *h = (struct nlmsghdr *)s->buffer;
	int n = vnl_receive(s, 0);

	CHECK(n > 0, "receive: %s", strerror(-n));
	for (; nlmsg_ok(h, n); h = nlmsg_next(h, &n)) {
		struct nlattr *tb[VIGIL_A_NODE_MAX + 1];

		d->marked |= !!(h->nlmsg_flags & NLM_F_DUMP_INTR);
		d->ended |= h->nlmsg_type == NLMSG_DONE;
		if (h->nlmsg_type != s->family)
			continue;
		CHECK(!genlmsg_parse(h, 0, tb, VIGIL_A_NODE_MAX, NULL), "node");
		CHECK(nla_get_u16(tb[VIGIL_A_NODE_ID]) > d->last_id, "%u after %u",
		      nla_get_u16(tb[VIGIL_A_NODE_ID]), d->last_id);
		d->last_id = nla_get_u16(tb[VIGIL_A_NODE_ID]);
	}
}

/* A dump in which a node is removed and one is added, both beyond its first chunk. */
static void changed_dump(void)
{
	struct vnl_socket s;
	struct dumped d = { 0 };
	char name[8], ip[16];
	struct nl_msg *msg;
	unsigned int i;

	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	for (i = 1; i <= 900; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		snprintf(ip, sizeof(ip), "10.0.%u.%u", i / 250, i % 250 + 1);
		CHECK(!new_node(i, name, false, ip), "%u: %s", i, vnl_error(client));
	}
	CHECK_EQ(vnl_socket_init(&s), 0);
	msg = vnl_request(&s, VIGIL_CMD_NODE_GET, NLM_F_DUMP);
	CHECK(!nla_put_string(msg, VIGIL_A_NODE_CLUSTER, "c"), "put");
	CHECK(nl_send_auto(s.nl, msg) > 0, "send");
	read_chunk(&s, &d);
	CHECK(!d.ended && !d.marked, "the first chunk is the last");
	CHECK_EQ(vnl_node_del(client, "c", 899), 0);
	CHECK_EQ(new_node(901, "n901", false, "10.0.9.1"), 0);
	while (!d.ended)
		read_chunk(&s, &d);
	CHECK_EQ(d.last_id, 901);
	CHECK(d.marked, "the dump does not say that it was interrupted");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "introspection: operations, groups, policies", introspection },
		{ "privileges: who may not change, and may look", privileges },
		{ "namespaces: nothing is seen across", namespaces },
		{ "dump: more than one message holds", long_dump },
		{ "dump: marked when something changes meanwhile", changed_dump },
		{ }
	};

	return harness_main(argc, argv, tests);
}
