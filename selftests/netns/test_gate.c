// SPDX-License-Identifier: GPL-2.0
/* Gates: what speaks for a claim leaves the machine only while it is held. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "gate.h"
#include "harness.h"
#include "one.h"
#include "wire.h"

#define DETECT		(400 * slowness())
#define LONG		(15000 * slowness())
#define GROUP		"/sys/fs/cgroup/vigil-gate"
#define WIRE		"w0-1"		/* of node 0, to node 1 */
#define PEER		"10.0.0.2"

static struct bed bed = { .n = 3, .links = 1, .voters = 3 };

static void add_address(struct vnl_gate *gate, const char *text)
{
	union vnl_addr *addr = &gate->addresses[gate->n_addresses++];

	memset(addr, 0, sizeof(*addr));
	if (strchr(text, ':')) {
		addr->in6.sin6_family = AF_INET6;
		CHECK_EQ(inet_pton(AF_INET6, text, &addr->in6.sin6_addr), 1);
	} else {
		addr->in.sin_family = AF_INET;
		CHECK_EQ(inet_pton(AF_INET, text, &addr->in.sin_addr), 1);
	}
}

static void add_interface(struct vnl_gate *gate, const char *name)
{
	snprintf(gate->interfaces[gate->n_interfaces++], IFNAMSIZ, "%s", name);
}

/* Of claim "web", for the floating addresses at the wire. */
static struct vnl_gate floating(void)
{
	struct vnl_gate gate = { .claim = "web" };

	add_address(&gate, WIRE_V4);
	add_address(&gate, WIRE_V6);
	add_interface(&gate, WIRE);
	return gate;
}

static unsigned long long dropped(void)
{
	struct vnl_gate gate;

	CHECK_EQ(vnl_gate_get(client, BED_CLUSTER, "web", &gate), 0);
	return gate.dropped;
}

/* All nodes up; node 0 has the floating addresses, and we are in its place. */
static void begin(void)
{
	bed_up(&bed);
	client = bed.nodes[0].client;
	bed_enter(&bed, 0);
	shell("ip addr add " WIRE_V4 "/32 dev " WIRE);
	shell("ip addr add " WIRE_V6 "/128 dev " WIRE " nodad");
}

static int listen_at_peer(void)
{
	int fd;

	bed_enter(&bed, 1);
	fd = wire_listen("w0-0");
	bed_enter(&bed, 0);
	return fd;
}

static void release(void)
{
	bed_release(&bed, 0, "web", 0);
}

static void hold(void)
{
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, bed.nodes[0].n_log, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_enter(&bed, 0);
}

static void held_or_not(void)
{
	struct vnl_gate gate = floating();
	int fd;

	begin();
	fd = listen_at_peer();
	CHECK_EQ(wire_speak(WIRE, PEER), 0);
	CHECK_EQ(wire_seen(fd), WIRE_ALL);

	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	CHECK_EQ(wire_speak(WIRE, PEER), 1U << WIRE_UDP4 | 1U << WIRE_UDP6);
	CHECK_EQ(wire_seen(fd), 0);
	CHECK_EQ(dropped(), WIRE_WAYS);

	hold();
	CHECK_EQ(wire_speak(WIRE, PEER), 0);
	CHECK_EQ(wire_seen(fd), WIRE_ALL);
	CHECK_EQ(vnl_gate_get(client, BED_CLUSTER, "web", &gate), 0);
	CHECK(gate.left, "open, and nothing left");
	REFUSED(vnl_gate_del(client, BED_CLUSTER, "web"), -EBUSY, "may be running");

	release();
	bed_enter(&bed, 0);
	wire_speak(WIRE, PEER);
	CHECK_EQ(wire_seen(fd), 0);
	CHECK_EQ(dropped(), 2 * WIRE_WAYS);
	CHECK_EQ(vnl_gate_del(client, BED_CLUSTER, "web"), 0);
	CHECK_EQ(wire_speak(WIRE, PEER), 0);
	CHECK_EQ(wire_seen(fd), WIRE_ALL);
}

/* Who asks where the address is, and does not speak for it, is not kept from asking. */
static void asking(void)
{
	struct vnl_gate gate = floating();

	bed_up(&bed);
	bed_enter(&bed, 0);
	shell("ip addr add " WIRE_V4 "/32 dev " WIRE);
	shell("ip addr add " WIRE_V6 "/128 dev " WIRE " nodad");
	client = bed.nodes[1].client;
	bed_enter(&bed, 1);
	gate.n_interfaces = 0;
	add_interface(&gate, "w0-0");
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	shell("ip route add " WIRE_V4 " dev w0-0; ip route add " WIRE_V6 " dev w0-0");
	shell("ping -q -c 1 -W 5 " WIRE_V4 " >/dev/null && ping -q -c 1 -W 5 " WIRE_V6 " >/dev/null");
	CHECK_EQ(dropped(), 0);
}

/* No timer, no packet from elsewhere, no userspace: the clock shuts it. */
static void by_the_clock(void)
{
	struct vnl_gate gate = floating();
	unsigned long long passed = 0, refused = 0;
	int lost;

	begin();
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	hold();
	bed_isolate(&bed, 0);
	bed_enter(&bed, 0);
	while (!refused) {
		unsigned long long at = boottime();

		if (wire_udp4(WIRE_V4, PEER))
			refused = boottime();
		else
			passed = at;
	}
	lost = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_LOST, LONG);
	test_note("last packet %lld us before the loss was told, first refused %lld us after",
		  (long long)(bed.nodes[0].log[lost].time - passed) / 1000,
		  (long long)(refused - bed.nodes[0].log[lost].time) / 1000);
	CHECK(passed && passed <= bed.nodes[0].log[lost].time, "a packet passed after the loss");
	CHECK_EQ(vnl_gate_get(client, BED_CLUSTER, "web", &gate), 0);
	CHECK_EQ(gate.left, 0);
	bed_rejoin(&bed, 0);
	release();
}

static void make_group(unsigned long long *id)
{
	struct stat st;

	shell("mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null; mkdir -p " GROUP "/below");
	CHECK(!stat(GROUP, &st), "%s: %s", GROUP, strerror(errno));
	*id = st.st_ino;
}

/* Return: what a socket of a process in that control group hears when it sends. */
static int send_from(const char *group)
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		shell("echo %d >%s/cgroup.procs", getpid(), group);
		_exit(-wire_udp4(NULL, PEER));
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "no answer from the sender");
	return -WEXITSTATUS(status);
}

static void group(void)
{
	struct vnl_gate gate = { .claim = "web" };
	unsigned long long id;

	begin();
	make_group(&id);
	CHECK_EQ(send_from(GROUP), 0);
	gate.cgroup = id;
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	CHECK_EQ(send_from(GROUP), -EPERM);
	CHECK_EQ(send_from(GROUP "/below"), -EPERM);
	CHECK_EQ(wire_udp4(NULL, PEER), 0);
	CHECK_EQ(dropped(), 2);
	hold();
	CHECK_EQ(send_from(GROUP), 0);
	CHECK_EQ(send_from(GROUP "/below"), 0);
	release();
	bed_enter(&bed, 0);
	CHECK_EQ(send_from(GROUP), -EPERM);
	shell("rmdir " GROUP "/below " GROUP);
}

/* How many of the ways to speak at an interface are held back. */
static unsigned long long held_back(const char *interface)
{
	unsigned long long before = dropped();

	wire_speak(interface, PEER);
	return dropped() - before;
}

/* An interface is looked at whenever there is one of that name. */
static void interfaces(void)
{
	struct vnl_gate gate = floating();

	begin();
	snprintf(gate.interfaces[0], IFNAMSIZ, "later");
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	shell("ip link add later type dummy && ip link set later up");
	CHECK_EQ(held_back("later"), WIRE_WAYS);
	/* What goes through the IP stack is looked at everywhere. */
	shell("ip link set later down && ip link set later name other && ip link set other up");
	CHECK_EQ(held_back("other"), 2);
	shell("ip link set other down && ip link set other name later && ip link set later up");
	CHECK_EQ(held_back("later"), WIRE_WAYS);
	shell("ip link del later && ip link add later type dummy && ip link set later up");
	CHECK_EQ(held_back("later"), WIRE_WAYS);
	CHECK_EQ(vnl_gate_del(client, BED_CLUSTER, "web"), 0);
	shell("ip link del later");
}

static void refused(void)
{
	struct vnl_gate gate = floating(), empty = { .claim = "web" }, *all;

	begin();
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	CHECK_EQ(vnl_gate_set(client, BED_CLUSTER, &gate), 0);
	snprintf(gate.claim, sizeof(gate.claim), "db");
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &gate), -EEXIST, "claim web");
	REFUSED(vnl_gate_set(client, "none", &gate), -ENOENT, "no cluster");
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &empty), -EINVAL, "control group or an address");
	snprintf(gate.claim, sizeof(gate.claim), "@leader");
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &gate), -EINVAL, "runs something");
	add_interface(&empty, WIRE);
	empty.cgroup = 1;
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &empty), -EINVAL, "addresses only");
	empty.n_addresses = 1;
	empty.addresses[0].in.sin_family = AF_INET;
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &empty), -EINVAL, "of anybody");
	add_address(&empty, "10.77.0.10");
	empty.addresses[0] = empty.addresses[1];
	snprintf(empty.interfaces[0], IFNAMSIZ, "a/b");
	REFUSED(vnl_gate_set(client, BED_CLUSTER, &empty), -EINVAL, "name of an interface");
	REFUSED(vnl_gate_del(client, BED_CLUSTER, "db"), -ENOENT, "no gate");
	CHECK_EQ(vnl_gate_list(client, BED_CLUSTER, &all), 1);
	CHECK_EQ(all[0].n_addresses, 2);
	CHECK(!strcmp(all[0].interfaces[0], WIRE), "interface %s", all[0].interfaces[0]);
	CHECK_EQ(all[0].left, 0);
	free(all);
	/* Nothing is held; the gate alone keeps the module, and lets it go. */
	CHECK(shell_rc("rmmod vigil 2>/dev/null"), "unloaded with a gate");
	CHECK_EQ(vnl_gate_del(client, BED_CLUSTER, "web"), 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "gate: packets pass while the claim is held, whoever makes them", held_or_not },
		{ "gate: who does not speak for an address may ask for it", asking },
		{ "gate: the clock shuts it at the end of the hold", by_the_clock },
		{ "gate: sockets of a control group", group },
		{ "gate: interfaces come and go", interfaces },
		{ "gate: what is refused", refused },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
