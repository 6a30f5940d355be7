// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile netlink messages: random attributes for random operations, with a
 * fixed seed ($VIGIL_SEED for another). The kernel must answer each one, and
 * do what it always does afterwards.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netlink/socket.h>

#include "harness.h"
#include "one.h"
#include "request.h"
#include "watch.h"

#define SEED	4680
#define ROUNDS	20000

static unsigned long long state;

/* xorshift64: the same numbers everywhere. */
static unsigned int rnd(unsigned int below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state >> 16) % below;
}

static void seed(void)
{
	const char *text = getenv("VIGIL_SEED");

	state = text ? strtoull(text, NULL, 0) : SEED;
	test_note("seed %llu", state);
}

/* A message in the making. */
struct message {
	unsigned int len;
	unsigned char data[4096];
};

static void put(struct message *m, const void *data, unsigned int len)
{
	if (m->len + len > sizeof(m->data))
		return;
	memcpy(m->data + m->len, data, len);
	m->len += len;
	while (m->len % NLA_ALIGNTO && m->len < sizeof(m->data))
		m->data[m->len++] = 0;
}

/* Sometimes a value that passes, sometimes one of the right size, sometimes anything. */
static unsigned int make_value(unsigned char *value, unsigned int room)
{
	static const char *const names[] = { "c", "d", "web", "@leader", "", ".", "a/b" };
	unsigned int len, i;

	if (rnd(3) == 0) {
		const char *name = names[rnd(7)];

		memcpy(value, name, strlen(name) + 1);
		return (unsigned int)strlen(name) + 1;
	}
	len = rnd(4) ? 1U << rnd(6) : rnd(room);
	for (i = 0; i < len; i++)
		value[i] = rnd(2) ? 0 : (unsigned char)rnd(256);
	if (rnd(2) && len)
		value[0] = (unsigned char)rnd(8);
	return len;
}

static void put_attribute(struct message *m, unsigned int depth)
{
	struct nlattr attr;
	unsigned char value[1200];
	unsigned int start = m->len, n;

	attr.nla_type = (__u16)(rnd(10) ? 1 + rnd(6) : 1 + rnd(VIGIL_A_WATCH_MAX));
	if (rnd(20) == 0)
		attr.nla_type = (__u16)rnd(65536);
	if (depth && rnd(4) == 0) {
		put(m, &attr, sizeof(attr));
		for (n = rnd(8); n > 0; n--)
			put_attribute(m, depth - 1);
		attr.nla_type |= NLA_F_NESTED;
		attr.nla_len = (__u16)(m->len - start);
	} else {
		n = make_value(value, sizeof(value));
		attr.nla_len = (__u16)(NLA_HDRLEN + n);
		put(m, &attr, sizeof(attr));
		put(m, value, n);
	}
	if (rnd(50) == 0)
		attr.nla_len = (__u16)rnd(65536);
	if (start + sizeof(attr) <= sizeof(m->data))
		memcpy(m->data + start, &attr, sizeof(attr));
}

static void make(struct message *m, int family, unsigned int seq)
{
	struct nlmsghdr h = {
		.nlmsg_type = (__u16)family, .nlmsg_seq = seq,
		.nlmsg_flags = (__u16)(NLM_F_REQUEST | NLM_F_ACK | (rnd(5) ? 0 : NLM_F_DUMP)),
	};
	struct genlmsghdr g = {
		.cmd = (__u8)(rnd(20) ? 1 + rnd(VIGIL_CMD_MAX) : rnd(256)), .version = 1,
	};
	const struct nlattr name = { .nla_len = NLA_HDRLEN + 2, .nla_type = 1 };
	unsigned int n;

	/* The machine is not to be reset by a cluster that it made by chance. */
	if (g.cmd == VIGIL_CMD_CLUSTER_START)
		g.cmd = VIGIL_CMD_CLUSTER_GET;
	m->len = 0;
	put(m, &h, sizeof(h));
	put(m, &g, sizeof(g));
	n = rnd(6);
	/* Every set begins with the name of the cluster: half of them name a true one. */
	if (rnd(2)) {
		put(m, &name, sizeof(name));
		put(m, "c", 2);
		n = rnd(2) ? n : 0;
	}
	for (; n > 0; n--)
		put_attribute(m, 2);
	h.nlmsg_len = m->len;
	memcpy(m->data, &h, sizeof(h));
}

/* Reads until the message with @seq is answered for good. */
static int read_end(int fd, unsigned int seq)
{
	static char buffer[VNL_BUFFER];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		struct nlmsghdr *h = (struct nlmsghdr *)buffer;
		int n, error;

		CHECK(poll(&p, 1, 10000) == 1, "message %u was not answered", seq);
		n = (int)recv(fd, buffer, sizeof(buffer), 0);
		CHECK(n > 0, "recv: %s", strerror(errno));
		for (; NLMSG_OK(h, (unsigned int)n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_seq != seq)
				continue;
			if (h->nlmsg_type != NLMSG_ERROR && h->nlmsg_type != NLMSG_DONE)
				continue;
			memcpy(&error, NLMSG_DATA(h), sizeof(error));
			return error;
		}
	}
}

/* A watch "web" of this very process, which does not come on often enough. */
static void revive_watch(void)
{
	struct vnl_watch_config watch = {
		.name = "web", .kind = VIGIL_WATCH_KIND_VM, .progress = 10, .blocked = 10,
	};

	watch.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	CHECK(watch.pidfd >= 0, "pidfd_open: %s", strerror(errno));
	vnl_watch_add(client, "c", &watch, NULL);
	close(watch.pidfd);
}

/* A cluster "c" of one voter, with a claim if it runs; what is there already stays. */
static void revive(bool run)
{
	struct vnl_node_config node = {
		.id = 1, .name = "n1", .voter = true, .n_addresses = 1,
		.addresses[0].in = { .sin_family = AF_INET },
	};
	__u8 key[VIGIL_KEY_LEN] = { 1 };

	inet_pton(AF_INET, "127.0.0.1", &node.addresses[0].in.sin_addr);
	new_cluster("c", 1, 0, 100);
	vnl_node_new(client, "c", &node);
	vnl_key_set(client, "c", 0, key, true);
	revive_watch();
	if (!run)
		return;
	vnl_cluster_start(client, "c");
	vnl_claim_new(client, "c", "@web", 0);
}

static void hurl(bool run)
{
	static struct message m;
	struct vnl_cluster *clusters;
	struct vnl_socket raw_socket;
	unsigned int i, accepted = 0;
	int fd;

	seed();
	one_connect();
	CHECK_EQ(vnl_socket_init(&raw_socket), 0);
	fd = nl_socket_get_fd(raw_socket.nl);
	for (i = 1; i <= ROUNDS; i++) {
		if (i % 50 == 1)
			revive(run);
		make(&m, raw_socket.family, i);
		CHECK(send(fd, m.data, m.len, 0) == (ssize_t)m.len, "send: %s", strerror(errno));
		accepted += read_end(fd, i) == 0;
	}
	test_note("%u of %u messages accepted", accepted, ROUNDS);
	CHECK(accepted > ROUNDS / 50, "a fuzzer none of whose messages pass proves little");
	/* It still works. */
	revive(run);
	CHECK(vnl_cluster_list(client, &clusters) >= 1, "list: %s", vnl_error(client));
}

static void random_messages(void)
{
	hurl(false);
}

static void random_messages_running(void)
{
	hurl(true);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "fuzz: random netlink messages", random_messages },
		{ "fuzz: random netlink messages to a running cluster", random_messages_running },
		{ }
	};

	return harness_main(argc, argv, tests);
}
