// SPDX-License-Identifier: GPL-2.0
/* Three nodes: claims are granted once, wait, move, and are lost in time. */

#include <errno.h>
#include <string.h>

#include "bed.h"
#include "harness.h"
#include "one.h"

#define NS(ms)		((unsigned long long)(ms) * 1000000ULL)
#define DETECT		(300 * slowness())
#define LONG		(15000 * slowness())	/* ms; for what must come */

/* What the detection time implies. */
#define LEASE		(2 * DETECT)
#define FENCE		(DETECT / 2)
#define EXPIRY		((LEASE + FENCE) * 101 / 99)

static struct bed bed = { .n = 3, .links = 2, .voters = 3 };

static unsigned long long time_of(int i, int number)
{
	return bed.nodes[i].log[number].time;
}

/* For tests that nothing happens: an emulated machine may itself stand still for a while. */
#define SLOW	(slowness() > 1 ? 1 : 4)
static void slowly(void)
{
	bed.detect_ms = SLOW * DETECT;
	bed_up(&bed);
}

static void sessions(void)
{
	struct vnl_node *nodes;
	struct vnl_cluster c;
	int n, i, l;

	bed_up(&bed);
	bed_watch(&bed, 3 * DETECT);
	CHECK_EQ(vnl_cluster_get(bed.nodes[0].client, BED_CLUSTER, &c), 0);
	CHECK_EQ(c.state, VIGIL_CLUSTER_STATE_RUNNING);
	CHECK_EQ(c.self, 1);
	CHECK_EQ(c.voters, 3);
	CHECK_EQ(c.nodes, 3);
	CHECK_EQ(c.key_slots, 1);
	CHECK(c.quorum && c.quorum_left > 0, "no quorum");
	CHECK(c.quorum_left <= NS(LEASE), "quorum for longer than the lease");
	CHECK(!c.learning, "still learning");
	CHECK(c.incarnation != 0, "no incarnation");
	CHECK(c.counters.rx > 0 && c.counters.tx > 0, "nothing counted");
	CHECK_EQ(c.counters.auth, 0);
	CHECK_EQ(c.counters.malformed, 0);
	n = vnl_node_list(bed.nodes[0].client, BED_CLUSTER, &nodes);
	CHECK_EQ(n, 3);
	for (i = 0; i < n; i++) {
		CHECK_EQ(nodes[i].id, i + 1);
		CHECK_EQ(nodes[i].n_links, 2);
		CHECK(nodes[i].self == (i == 0), "self");
		CHECK(nodes[i].voter, "voter");
		CHECK(nodes[i].state == VIGIL_NODE_STATE_UP, "node %d is %u", i, nodes[i].state);
		for (l = 0; l < 2 && i > 0; l++) {
			CHECK(nodes[i].links[l].up, "node %d link %d is down", i, l);
			CHECK(nodes[i].links[l].rx > 0, "node %d link %d: nothing came", i, l);
			CHECK(nodes[i].links[l].local.sa.sa_family == AF_INET, "no local address");
			CHECK(nodes[i].links[l].rx_age < NS(DETECT), "old");
		}
	}
}

static void granted_once(void)
{
	int h;

	slowly();
	bed_claim(&bed, 0, "web");
	h = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	bed_watch(&bed, SLOW * EXPIRY);
	CHECK_EQ(bed_claim_state(&bed, 0, "web"), VIGIL_CLAIM_STATE_HELD);
	CHECK_EQ(bed_claim_state(&bed, 1, "web"), VIGIL_CLAIM_STATE_WANTED);
	CHECK_EQ(bed_count_claim(&bed, 0, h + 1, "web"), 0);
}

static void release_hands_over(void)
{
	struct vnl_claim claim;
	int released, held;

	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	CHECK_EQ(vnl_claim_get(bed.nodes[0].client, BED_CLUSTER, "web", &claim), 0);
	CHECK_EQ(claim.holder, 1);
	bed_release(&bed, 0, "web", 0);
	released = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_RELEASING, LONG);
	held = bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	CHECK(time_of(1, held) > time_of(0, released), "held before it was released");
	test_note("handed over in %llu us", (time_of(1, held) - time_of(0, released)) / 1000);
	CHECK(time_of(1, held) - time_of(0, released) < NS(LEASE), "no faster than a lease");
}

static void named_successor(void)
{
	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_claim(&bed, 2, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	bed_wait_claim(&bed, 2, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	bed_watch(&bed, DETECT);
	bed_release(&bed, 0, "web", 3);
	bed_wait_claim(&bed, 2, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	CHECK_EQ(bed_claim_state(&bed, 1, "web"), VIGIL_CLAIM_STATE_WANTED);
}

static void one_link_cut(void)
{
	struct vnl_node node;
	int h;

	slowly();
	bed_claim(&bed, 0, "web");
	h = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_cut(&bed, 0, 1, 0);
	bed_cut(&bed, 0, 2, 0);
	bed_watch(&bed, 2 * SLOW * EXPIRY);
	if (bed.nodes[0].n_log != h + 1)
		bed_show_log(&bed, 0);
	CHECK_EQ(bed.nodes[0].n_log, h + 1);
	CHECK_EQ(vnl_node_get(bed.nodes[0].client, BED_CLUSTER, 2, &node), 0);
	CHECK(!node.links[0].up, "the link that was cut is up");
	CHECK(node.links[1].up, "the other link is down");
	CHECK_EQ(node.state, VIGIL_NODE_STATE_UP);
}

/* The heart of it: fenced here before granted there. */
static void both_links_cut(void)
{
	int lost, taken, held, expired;
	unsigned long long cut;

	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	cut = boottime();
	bed_isolate(&bed, 0);
	lost = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_LOST, LONG);
	held = bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	expired = bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	for (taken = lost; ; taken++) {
		taken = bed_wait_type(&bed, 0, taken, VNL_EVENT_FENCE, LONG);
		if (bed.nodes[0].log[taken].to == VIGIL_FENCE_STEP_TAKEN)
			break;
	}
	test_note("lost, fenced %llu us later, elsewhere %llu us later",
		  (time_of(0, taken) - time_of(0, lost)) / 1000,
		  (time_of(1, held) - time_of(0, lost)) / 1000);
	/* A machine with a slow kernel under load may itself stand still for so long. */
	CHECK(slowness() > 1 || time_of(0, taken) - time_of(0, lost) < NS(FENCE),
	      "fenced too late");
	CHECK(time_of(0, taken) < time_of(1, held), "held there before it was fenced here");
	/* The last packet came at most some beats before the cut. */
	CHECK(time_of(1, held) > cut + NS(EXPIRY - DETECT), "granted before the expiry");
	CHECK(time_of(1, held) - time_of(0, lost) < NS(2 * EXPIRY), "took too long");
	/* It stopped the service; the wires heal; it may want it again, in vain. */
	bed_release(&bed, 0, "web", 0);
	bed_rejoin(&bed, 0);
	bed_wait_node(&bed, 1, expired, 1, VIGIL_NODE_STATE_UP, LONG);
	bed_claim(&bed, 0, "web");
	bed_watch(&bed, EXPIRY);
	CHECK_EQ(bed_claim_state(&bed, 1, "web"), VIGIL_CLAIM_STATE_HELD);
	CHECK_EQ(bed_claim_state(&bed, 0, "web"), VIGIL_CLAIM_STATE_WANTED);
}

/* Requests arrive, answers do not: no lease is renewed, though the voters hear it. */
static void one_way_loss(void)
{
	int lost, link;

	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	for (link = 0; link < bed.links; link++) {
		bed_cut_one_way(&bed, 1, 0, link);
		bed_cut_one_way(&bed, 2, 0, link);
	}
	lost = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_LOST, LONG);
	bed_wait_type(&bed, 0, lost, VNL_EVENT_FENCE, LONG);
}

/* A majority is gone; nothing is held; nobody fences. */
static void nothing_held(void)
{
	int i;

	bed_up(&bed);
	bed_isolate(&bed, 0);
	bed_wait_node(&bed, 0, 0, 2, VIGIL_NODE_STATE_EXPIRED, LONG);
	bed_wait_node(&bed, 0, 0, 3, VIGIL_NODE_STATE_EXPIRED, LONG);
	for (i = 0; i < bed.nodes[0].n_log; i++)
		CHECK(bed.nodes[0].log[i].type != VNL_EVENT_FENCE, "fenced for nothing");
	bed_rejoin(&bed, 0);
	bed_wait_node(&bed, 1, bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG), 1,
		      VIGIL_NODE_STATE_UP, LONG);
}

/* A blip shorter than the lease: the claim stays, without a word. */
static void blip(void)
{
	unsigned long long began;
	int h;

	slowly();
	bed_claim(&bed, 0, "web");
	h = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	began = boottime();
	bed_mute(&bed, 0);
	bed_unmute(&bed, 0);
	test_note("cut for at most %llu ms", (boottime() - began) / 1000000);
	if (boottime() - began > NS(SLOW * (LEASE - DETECT)))
		test_skip("this machine is too slow to cut for less than a lease");
	bed_watch(&bed, SLOW * EXPIRY);
	CHECK_EQ(bed_count_claim(&bed, 0, h + 1, NULL), 0);
}

static void leave_is_at_once(void)
{
	unsigned long long before;
	int left;

	bed_up(&bed);
	before = boottime();
	CHECK_EQ(vnl_cluster_leave(bed.nodes[0].client, BED_CLUSTER), 0);
	left = bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_LEFT, LONG);
	test_note("known to have left after %llu us", (time_of(1, left) - before) / 1000);
	CHECK(time_of(1, left) - before < NS(DETECT), "not before it would be down");
	bed_wait_node(&bed, 2, 0, 1, VIGIL_NODE_STATE_LEFT, LONG);
}

static void leave_while_held(void)
{
	bed_up(&bed);
	client = bed.nodes[0].client;
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	REFUSED(vnl_cluster_leave(client, BED_CLUSTER), -EBUSY, "claim");
	REFUSED(vnl_cluster_del(client, BED_CLUSTER), -EBUSY, "claim");
	CHECK_EQ(bed_claim_state(&bed, 0, "web"), VIGIL_CLAIM_STATE_HELD);
	bed_release(&bed, 0, "web", 0);
	CHECK_EQ(vnl_cluster_del(client, BED_CLUSTER), 0);
	bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_LEFT, LONG);
}

static void messages(void)
{
	struct bed_event *e;
	char big[VIGIL_MSG_LEN];
	int n, d;

	bed_up(&bed);
	CHECK_EQ(vnl_events_bind(bed.nodes[0].events, BED_CLUSTER), 0);
	CHECK_EQ(vnl_events_bind(bed.nodes[2].events, BED_CLUSTER), 0);
	d = bed_wait_type(&bed, 1, 0, VNL_EVENT_DAEMON, LONG);
	CHECK_EQ(bed.nodes[1].log[d].to, 1);
	CHECK_EQ(vnl_msg_send(bed.nodes[1].client, BED_CLUSTER, 1, "hello", 5), 0);
	n = bed_wait_type(&bed, 0, 0, VNL_EVENT_MSG, LONG);
	e = &bed.nodes[0].log[n];
	CHECK_EQ(e->id, 2);
	CHECK_EQ(e->len, 5);
	CHECK(!memcmp(e->data, "hello", 5), "changed");
	memset(big, 'x', sizeof(big));
	CHECK_EQ(vnl_msg_send(bed.nodes[1].client, BED_CLUSTER, 0, big, sizeof(big)), 0);
	CHECK_EQ(bed.nodes[0].log[bed_wait_type(&bed, 0, n + 1, VNL_EVENT_MSG, LONG)].len,
		 sizeof(big));
	CHECK_EQ(bed.nodes[2].log[bed_wait_type(&bed, 2, 0, VNL_EVENT_MSG, LONG)].len,
		 sizeof(big));
	/* The daemon dies: its peers hear of it. */
	bed_daemon_dies(&bed, 0);
	do {
		d = bed_wait_type(&bed, 1, d + 1, VNL_EVENT_DAEMON, LONG);
	} while (bed.nodes[1].log[d].id != 1 || bed.nodes[1].log[d].to);
}

/* What it holds stays; what it only wants must not be won by nobody. */
static void wishes_die(void)
{
	bed_up(&bed);
	CHECK_EQ(vnl_events_bind(bed.nodes[0].events, BED_CLUSTER), 0);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 0, "mine");
	bed_wait_claim(&bed, 0, 0, "mine", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	bed_daemon_dies(&bed, 0);
	while (bed_claim_state(&bed, 0, "web") != VIGIL_CLAIM_STATE_NONE)
		bed_watch(&bed, DETECT / 4);
	bed_release(&bed, 1, "web", 0);
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_NONE, LONG);
	bed_watch(&bed, DETECT);
	CHECK_EQ(bed_claim_state(&bed, 0, "web"), VIGIL_CLAIM_STATE_NONE);
	CHECK_EQ(bed_claim_state(&bed, 0, "mine"), VIGIL_CLAIM_STATE_HELD);
	bed_release(&bed, 0, "mine", 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "sessions: all up on all links, with quorum", sessions },
		{ "claim: granted once, a second claimant waits", granted_once },
		{ "claim: a release hands over", release_hands_over },
		{ "claim: a named successor comes before others", named_successor },
		{ "links: one of two cut, nothing happens", one_link_cut },
		{ "links: both cut, fenced before held elsewhere", both_links_cut },
		{ "links: answers lost, hold lost", one_way_loss },
		{ "links: majority gone, nothing held, nobody fences", nothing_held },
		{ "links: a blip shorter than the lease does nothing", blip },
		{ "leave: known at once", leave_is_at_once },
		{ "leave: refused while a claim is held", leave_while_held },
		{ "daemon: messages, and word of its death", messages },
		{ "daemon: what it wants is withdrawn when it dies", wishes_die },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
