// SPDX-License-Identifier: GPL-2.0
/* A bed of nodes: namespaces, wires, clusters on them, and what they tell. */

#include "bed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static void remember(const struct vnl_event *event, void *arg)
{
	struct bed_node *node = arg;
	struct bed_event *e;

	CHECK(node->n_log < BED_LOG, "more than %d events", BED_LOG);
	e = &node->log[node->n_log++];
	e->type = event->type;
	e->time = event->time;
	snprintf(e->cluster, sizeof(e->cluster), "%s", event->cluster);
	switch (event->type) {
	case VNL_EVENT_NODE:
		e->id = event->node.id;
		e->from = event->node.from;
		e->to = event->node.to;
		break;
	case VNL_EVENT_REFUSED:
		e->id = event->refused.id;
		e->to = event->refused.reason;
		break;
	case VNL_EVENT_DAEMON:
		e->id = event->daemon.id;
		e->to = event->daemon.alive;
		break;
	case VNL_EVENT_CLAIM:
		snprintf(e->name, sizeof(e->name), "%s", event->claim.name);
		e->from = event->claim.from;
		e->to = event->claim.to;
		e->k = event->claim.k;
		break;
	case VNL_EVENT_WATCH:
		snprintf(e->name, sizeof(e->name), "%s", event->watch.name);
		e->id = event->watch.node;
		e->from = event->watch.from;
		e->to = event->watch.to;
		break;
	case VNL_EVENT_FENCE:
		e->to = event->fence.step;
		break;
	case VNL_EVENT_MSG:
		e->id = event->msg.node;
		e->len = (unsigned int)event->msg.len;
		memcpy(e->data, event->msg.data,
		       event->msg.len < sizeof(e->data) ? event->msg.len : sizeof(e->data));
		break;
	default:
		break;
	}
}

void bed_enter(struct bed *bed, int i)
{
	CHECK(!setns(bed->nodes[i].ns, CLONE_NEWNET), "setns: %s", strerror(errno));
}

static void make_node(struct bed *bed, int i)
{
	struct bed_node *node = &bed->nodes[i];
	int rc;

	CHECK(!unshare(CLONE_NEWNET), "unshare: %s", strerror(errno));
	node->ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(node->ns >= 0, "namespace: %s", strerror(errno));
	shell("ip link set lo up; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad");
	rc = vnl_open(&node->client);
	CHECK(!rc, "vnl_open: %s", strerror(-rc));
	rc = vnl_events_open(&node->events, remember, node);
	CHECK(!rc, "vnl_events_open: %s", strerror(-rc));
}

void bed_daemon_dies(struct bed *bed, int i)
{
	struct bed_node *node = &bed->nodes[i];
	int rc;

	vnl_events_close(node->events);
	bed_enter(bed, i);
	rc = vnl_events_open(&node->events, remember, node);
	CHECK(!rc, "vnl_events_open: %s", strerror(-rc));
}

/* Lines for one run of a tool in one namespace: a process less is time gained. */
struct batch {
	char lines[8192];
	int len;
};

__attribute__((format(printf, 2, 3)))
static void line(struct batch *batch, const char *format, ...)
{
	size_t room = sizeof(batch->lines) - (size_t)batch->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(batch->lines + batch->len, room, format, args);
	va_end(args);
	CHECK(n >= 0 && (size_t)n + 1 < room, "too many lines");
	batch->len += n;
	batch->lines[batch->len++] = '\n';
	batch->lines[batch->len] = '\0';
}

/* Return: exit code of @tool ("ip", "tc") run with these lines at node @i. */
static int run_batch(struct bed *bed, int i, const char *tool, struct batch *batch)
{
	FILE *pipe;

	bed_enter(bed, i);
	pipe = popen(tool, "w");
	CHECK(pipe, "%s: %s", tool, strerror(errno));
	fputs(batch->lines, pipe);
	batch->len = 0;
	batch->lines[0] = '\0';
	return pclose(pipe);
}

/* The wires of node @a to the nodes before it; ends are called "w<link>-<other node>". */
static void make_wires(struct bed *bed, int a)
{
	static struct batch ip;
	int b, link;

	for (b = 0; b < a; b++) {
		for (link = 0; link < bed->links; link++)
			line(&ip, "link add w%d-%d type veth peer name w%d-%d netns /proc/%d/fd/%d",
			     link, b, link, a, getpid(), bed->nodes[b].ns);
	}
	CHECK(!ip.len || !run_batch(bed, a, "ip -batch -", &ip), "wires of node %d", a);
}

/* One end of a wire: this node's address, and the way to the other's. */
static void plug(const struct bed *bed, struct batch *ip, int a, int b, int link)
{
	line(ip, "link set w%d-%d up", link, b);
	if (bed->v6) {
		line(ip, "addr add fd00:%d::%d/128 dev w%d-%d nodad", link, a + 1, link, b);
		line(ip, "route add fd00:%d::%d/128 dev w%d-%d src fd00:%d::%d", link, b + 1,
		     link, b, link, a + 1);
	} else {
		line(ip, "addr add 10.0.%d.%d/32 dev w%d-%d", link, a + 1, link, b);
		line(ip, "route add 10.0.%d.%d/32 dev w%d-%d src 10.0.%d.%d", link, b + 1, link,
		     b, link, a + 1);
	}
}

static void plug_wires(struct bed *bed, int a)
{
	static struct batch ip;
	int b, link;

	for (b = 0; b < bed->n; b++) {
		for (link = 0; link < bed->links && b != a; link++)
			plug(bed, &ip, a, b, link);
	}
	CHECK(!run_batch(bed, a, bed->v6 ? "ip -6 -batch -" : "ip -batch -", &ip),
	      "addresses of node %d", a);
}

void bed_make(struct bed *bed)
{
	int i;

	for (i = 0; i < bed->n; i++)
		make_node(bed, i);
	for (i = 0; i < bed->n; i++)
		make_wires(bed, i);
	for (i = 0; i < bed->n; i++)
		plug_wires(bed, i);
}

void bed_address(const struct bed *bed, int node, int link, union vnl_addr *addr)
{
	char text[64];
	int rc;

	memset(addr, 0, sizeof(*addr));
	snprintf(text, sizeof(text), bed->v6 ? "fd00:%d::%d" : "10.0.%d.%d", link, node + 1);
	addr->sa.sa_family = bed->v6 ? AF_INET6 : AF_INET;
	rc = inet_pton(addr->sa.sa_family, text,
		       bed->v6 ? (void *)&addr->in6.sin6_addr : (void *)&addr->in.sin_addr);
	CHECK(rc == 1, "address %s", text);
}

void bed_cluster_make(struct bed *bed, int i, const char *cluster, int port)
{
	struct vnl_client *client = bed->nodes[i].client;
	struct vnl_cluster_config config = {
		.name = cluster, .self = (__u16)(i + 1), .port = (__u16)port, .generation = 1,
		.fence_action = VIGIL_FENCE_NOTIFY,
		.timing = { .detect = (__u64)bed->detect_ms * VIGIL_NS_PER_MS },
	};
	__u8 key[VIGIL_KEY_LEN];
	int n, link, rc;

	rc = vnl_cluster_new(client, &config);
	CHECK(!rc, "cluster-new: %s", vnl_error(client));
	for (n = 0; n < bed->n; n++) {
		char name[16];
		struct vnl_node_config node = {
			.id = (__u16)(n + 1), .voter = n < bed->voters, .name = name,
			.n_addresses = (unsigned int)bed->links,
		};

		snprintf(name, sizeof(name), "node%d", n + 1);
		for (link = 0; link < bed->links; link++)
			bed_address(bed, n, link, &node.addresses[link]);
		rc = vnl_node_new(client, cluster, &node);
		CHECK(!rc, "node-new: %s", vnl_error(client));
	}
	memset(key, 0x5a, sizeof(key));
	rc = vnl_key_set(client, cluster, 0, key, true);
	CHECK(!rc, "key-set: %s", vnl_error(client));
}

void bed_cluster_start(struct bed *bed, int i, const char *cluster)
{
	int rc = vnl_cluster_start(bed->nodes[i].client, cluster);

	CHECK(!rc, "cluster-start: %s", vnl_error(bed->nodes[i].client));
}

void bed_up(struct bed *bed)
{
	int a, b;

	bed_make(bed);
	for (a = 0; a < bed->n; a++) {
		bed_cluster_make(bed, a, BED_CLUSTER, BED_PORT);
		bed_cluster_start(bed, a, BED_CLUSTER);
	}
	for (a = 0; a < bed->n; a++) {
		for (b = 0; b < bed->n; b++) {
			/* Those that do not vote meet the voters only. */
			if (a != b && (a < bed->voters || b < bed->voters))
				bed_wait_node(bed, a, 0, (unsigned int)b + 1, VIGIL_NODE_STATE_UP,
					      10000 * slowness());
		}
	}
	for (a = 0; a < bed->voters; a++)
		bed_wait_type(bed, a, 0, VNL_EVENT_LEARNED,
			      20 * bed->detect_ms + 5000 * slowness());
}

void bed_cut_one_way(struct bed *bed, int from, int to, int link)
{
	bed_enter(bed, from);
	shell("tc qdisc replace dev w%d-%d root netem loss 100%%", link, to);
}

void bed_cut(struct bed *bed, int a, int b, int link)
{
	bed_cut_one_way(bed, a, b, link);
	bed_cut_one_way(bed, b, a, link);
}

void bed_heal(struct bed *bed, int a, int b, int link)
{
	bed_enter(bed, a);
	shell_rc("tc qdisc del dev w%d-%d root 2>/dev/null", link, b);
	bed_enter(bed, b);
	shell_rc("tc qdisc del dev w%d-%d root 2>/dev/null", link, a);
}

/* The same line for tc, for all wires of @node. */
static void tc_all(struct bed *bed, int node, const char *verb, const char *rest)
{
	static struct batch tc;
	int other, link;

	for (other = 0; other < bed->n; other++) {
		for (link = 0; link < bed->links && other != node; link++)
			line(&tc, "qdisc %s dev w%d-%d root %s", verb, link, other, rest);
	}
	/* What has not been cut cannot be healed. */
	run_batch(bed, node, "tc -force -batch - 2>/dev/null", &tc);
}

void bed_mute(struct bed *bed, int node)
{
	tc_all(bed, node, "replace", "netem loss 100%");
}

void bed_unmute(struct bed *bed, int node)
{
	tc_all(bed, node, "del", "");
}

/* The wires of all others to @node. */
static void tc_others(struct bed *bed, int node, const char *verb, const char *rest)
{
	static struct batch tc;
	int other, link;

	for (other = 0; other < bed->n; other++) {
		if (other == node)
			continue;
		for (link = 0; link < bed->links; link++)
			line(&tc, "qdisc %s dev w%d-%d root %s", verb, link, node, rest);
		run_batch(bed, other, "tc -force -batch - 2>/dev/null", &tc);
	}
}

void bed_isolate(struct bed *bed, int node)
{
	bed_mute(bed, node);
	tc_others(bed, node, "replace", "netem loss 100%");
}

void bed_rejoin(struct bed *bed, int node)
{
	tc_others(bed, node, "del", "");
	bed_unmute(bed, node);
}

void bed_poll(struct bed *bed, int ms)
{
	struct pollfd fds[BED_NODES];
	int i, rc;

	for (i = 0; i < bed->n; i++) {
		fds[i].fd = vnl_events_fd(bed->nodes[i].events);
		fds[i].events = POLLIN;
	}
	CHECK(poll(fds, (nfds_t)bed->n, ms) >= 0, "poll: %s", strerror(errno));
	for (i = 0; i < bed->n; i++) {
		rc = vnl_events_dispatch(bed->nodes[i].events);
		CHECK(rc >= 0, "events of node %d: %s", i, strerror(-rc));
	}
}

void bed_watch(struct bed *bed, int ms)
{
	unsigned long long end = boottime() + (unsigned long long)ms * 1000000ULL;
	unsigned long long now;

	while ((now = boottime()) < end)
		bed_poll(bed, (int)((end - now) / 1000000ULL) + 1);
}

/* What is waited for. */
struct wanted {
	enum vnl_event_type type;
	unsigned int id;	/* 0: any */
	const char *name;	/* NULL: any */
	int to;			/* -1: any */
};

static bool is_wanted(const struct bed_event *e, const struct wanted *w)
{
	return e->type == w->type && (!w->id || e->id == w->id) &&
	       (!w->name || !strcmp(e->name, w->name)) && (w->to < 0 || (int)e->to == w->to);
}

void bed_show_log(const struct bed *bed, int n)
{
	const struct bed_node *node = &bed->nodes[n];
	int i;

	for (i = 0; i < node->n_log; i++) {
		const struct bed_event *e = &node->log[i];

		test_note("  %llu.%06llu type %d id %u name '%s' from %u to %u k %llu",
			  e->time / 1000000000ULL, e->time / 1000 % 1000000, e->type, e->id,
			  e->name, e->from, e->to, e->k);
	}
}

static int wait_for(struct bed *bed, int i, int since, const struct wanted *w, int ms)
{
	unsigned long long end = boottime() + (unsigned long long)ms * 1000000ULL;
	struct bed_node *node = &bed->nodes[i];

	for (;;) {
		unsigned long long now;

		for (; since < node->n_log; since++) {
			if (is_wanted(&node->log[since], w))
				return since;
		}
		now = boottime();
		if (now >= end)
			break;
		bed_poll(bed, (int)((end - now) / 1000000ULL) + 1);
	}
	bed_show_log(bed, i);
	FAIL("node %d: no event of type %d (id %u, name %s, to %d) in %d ms", i, w->type, w->id,
	     w->name ? w->name : "any", w->to, ms);
}

int bed_wait_node(struct bed *bed, int i, int since, unsigned int id, unsigned int to, int ms)
{
	return wait_for(bed, i, since, &(struct wanted){ VNL_EVENT_NODE, id, NULL, (int)to }, ms);
}

int bed_wait_claim(struct bed *bed, int i, int since, const char *claim, unsigned int to, int ms)
{
	return wait_for(bed, i, since, &(struct wanted){ VNL_EVENT_CLAIM, 0, claim, (int)to }, ms);
}

int bed_wait_watch(struct bed *bed, int i, int since, unsigned int id, const char *watch,
		   unsigned int to, int ms)
{
	return wait_for(bed, i, since, &(struct wanted){ VNL_EVENT_WATCH, id, watch, (int)to }, ms);
}

int bed_wait_type(struct bed *bed, int i, int since, enum vnl_event_type type, int ms)
{
	return wait_for(bed, i, since, &(struct wanted){ type, 0, NULL, -1 }, ms);
}

int bed_count_claim(const struct bed *bed, int i, int since, const char *claim)
{
	const struct wanted w = { VNL_EVENT_CLAIM, 0, claim, -1 };
	int n = 0;

	for (; since < bed->nodes[i].n_log; since++)
		n += is_wanted(&bed->nodes[i].log[since], &w);
	return n;
}

unsigned int bed_claim_state(struct bed *bed, int i, const char *claim)
{
	struct vnl_claim info;
	int rc = vnl_claim_get(bed->nodes[i].client, BED_CLUSTER, claim, &info);

	if (rc == -ENOENT)
		return VIGIL_CLAIM_STATE_NONE;
	CHECK(!rc, "claim-get: %s", vnl_error(bed->nodes[i].client));
	return info.state;
}

void bed_claim(struct bed *bed, int i, const char *claim)
{
	int rc = vnl_claim_new(bed->nodes[i].client, BED_CLUSTER, claim, 0);

	CHECK(!rc, "node %d: claim-new: %s", i, vnl_error(bed->nodes[i].client));
}

void bed_release(struct bed *bed, int i, const char *claim, int successor_id)
{
	int rc = vnl_claim_release(bed->nodes[i].client, BED_CLUSTER, claim,
				   (__u16)successor_id);

	CHECK(!rc, "node %d: claim-release: %s", i, vnl_error(bed->nodes[i].client));
}
