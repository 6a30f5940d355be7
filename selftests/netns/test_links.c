// SPDX-License-Identifier: GPL-2.0
/* Address families, many links, several clusters, keys: what a cluster is carried by. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "harness.h"
#include "one.h"

#define MS	1000000ULL
#define DETECT	(600 * slowness())	/* ms: a guest may itself stand still a while */
#define EXPIRY	(DETECT * 5 / 2 + 20)
#define LONG	(15000 * slowness())	/* ms; for what must come */

static struct bed bed = { .n = 3, .links = 2, .voters = 3 };

static void ipv6(void)
{
	struct vnl_node node;
	int l;

	bed.v6 = true;
	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	CHECK_EQ(vnl_node_get(bed.nodes[0].client, BED_CLUSTER, 2, &node), 0);
	for (l = 0; l < 2; l++) {
		CHECK(node.links[l].up, "link %d is down", l);
		CHECK_EQ(node.links[l].remote.sa.sa_family, AF_INET6);
		CHECK_EQ(node.links[l].remote.in6.sin6_addr.s6_addr[15], 2);
		CHECK_EQ(node.links[l].local.in6.sin6_addr.s6_addr[15], 1);
	}
	bed_isolate(&bed, 0);
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_LOST, LONG);
}

static void cut_or_heal(int link, bool carries)
{
	int other;

	for (other = 1; other <= 2; other++) {
		if (carries)
			bed_heal(&bed, 0, other, link);
		else
			bed_cut(&bed, 0, other, link);
	}
}

/*
 * A healed link carries nothing until the address of its other end is resolved anew, which may
 * take a second: a solicitation lost before the healing is not repeated earlier.
 */
static void wait_link(int link)
{
	unsigned long long end = boottime() + (unsigned long long)LONG * MS;
	struct vnl_node peers[2];

	do {
		CHECK(boottime() < end, "link %d does not come back", link);
		bed_poll(&bed, 50);
		CHECK_EQ(vnl_node_get(bed.nodes[0].client, BED_CLUSTER, 2, &peers[0]), 0);
		CHECK_EQ(vnl_node_get(bed.nodes[0].client, BED_CLUSTER, 3, &peers[1]), 0);
	} while (!peers[0].links[link].up || !peers[1].links[link].up);
}

/* Waits until node 0 says that it hears node 1 on this link and no other. */
static void wait_only_link(int link)
{
	unsigned long long end = boottime() + (unsigned long long)LONG * MS;
	struct vnl_node node;
	int up, l;

	do {
		CHECK(boottime() < end, "only link %d carries, but is not alone to be up", link);
		bed_poll(&bed, 50);
		CHECK_EQ(vnl_node_get(bed.nodes[0].client, BED_CLUSTER, 2, &node), 0);
		CHECK_EQ(node.n_links, 4);
		for (l = up = 0; l < 4; l++)
			up += node.links[l].up;
	} while (up != 1 || !node.links[link].up);
}

/* Any one of four links is enough, whichever it is. */
static void four_links(void)
{
	int h, l, m;

	bed.links = 4;
	bed_up(&bed);
	bed_claim(&bed, 0, "web");
	h = bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	for (l = 0; l < 4; l++) {
		cut_or_heal(l, true);
		wait_link(l);
		for (m = 0; m < 4; m++) {
			if (m != l)
				cut_or_heal(m, false);
		}
		wait_only_link(l);
		bed_watch(&bed, EXPIRY);
	}
	CHECK_EQ(bed_count_claim(&bed, 0, h + 1, NULL), 0);
}

/* Two clusters between the same nodes: they share nothing but the wires. */
static void two_clusters(void)
{
	struct vnl_claim claim;
	struct vnl_cluster c;
	int i, rc;

	bed_up(&bed);
	for (i = 0; i < bed.n; i++) {
		bed_cluster_make(&bed, i, "second", BED_PORT + 1);
		bed_cluster_start(&bed, i, "second");
	}
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	do {
		bed_poll(&bed, 100);
		CHECK_EQ(vnl_cluster_get(bed.nodes[1].client, "second", &c), 0);
	} while (!c.quorum || c.learning);
	rc = vnl_claim_new(bed.nodes[1].client, "second", "web", 0);
	CHECK(!rc, "claim: %s", vnl_error(bed.nodes[1].client));
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	CHECK_EQ(bed_claim_state(&bed, 0, "web"), VIGIL_CLAIM_STATE_HELD);
	CHECK_EQ(vnl_claim_get(bed.nodes[0].client, "second", "web", &claim), 0);
	CHECK_EQ(claim.state, VIGIL_CLAIM_STATE_NONE);
	CHECK_EQ(c.counters.unknown, 0);
}

/* A fourth and fifth node without a vote claim like the others. */
static void nodes_without_vote(void)
{
	int h;

	bed.n = 5;
	bed.links = 1;
	bed_up(&bed);
	bed_claim(&bed, 3, "web");
	h = bed_wait_claim(&bed, 3, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 4, "web");
	bed_wait_claim(&bed, 4, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	/* One voter less is still a majority. */
	bed_isolate(&bed, 2);
	bed_watch(&bed, 2 * EXPIRY);
	CHECK_EQ(bed_count_claim(&bed, 3, h + 1, NULL), 0);
	bed_release(&bed, 3, "web", 0);
	bed_wait_claim(&bed, 4, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
}

static void set_key(int node, unsigned int slot, unsigned char byte, bool active)
{
	__u8 key[VIGIL_KEY_LEN];
	int rc;

	memset(key, byte, sizeof(key));
	rc = vnl_key_set(bed.nodes[node].client, BED_CLUSTER, (__u8)slot, byte ? key : NULL,
			 active);
	CHECK(!rc, "key-set: %s", vnl_error(bed.nodes[node].client));
}

/* A fresh session with every peer: leave it alone for long enough, and come back. */
static void meet_again(int node)
{
	int other = 1 - node, since = bed.nodes[other].n_log;
	unsigned int id = (unsigned int)node + 1;

	bed_isolate(&bed, node);
	since = bed_wait_node(&bed, other, since, id, VIGIL_NODE_STATE_EXPIRED, LONG);
	bed_rejoin(&bed, node);
	bed_wait_node(&bed, other, since, id, VIGIL_NODE_STATE_UP, LONG);
}

/* The key changes everywhere, one node after the other, and nothing else does. */
static void rotation(void)
{
	struct vnl_cluster c;
	int h, i;

	bed_up(&bed);
	bed_claim(&bed, 2, "web");
	h = bed_wait_claim(&bed, 2, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	for (i = 0; i < bed.n; i++)
		set_key(i, 1, 0x77, false);
	for (i = 0; i < bed.n; i++) {
		set_key(i, 1, 0, true);
		if (i == 0)
			meet_again(0);	/* new key there, old ones elsewhere: both are known */
	}
	/* Handshakes under the old key may still be on their way. */
	bed_watch(&bed, EXPIRY);
	for (i = 0; i < bed.n; i++) {
		CHECK_EQ(vnl_key_del(bed.nodes[i].client, BED_CLUSTER, 0), 0);
		CHECK_EQ(vnl_cluster_get(bed.nodes[i].client, BED_CLUSTER, &c), 0);
		CHECK_EQ(c.key_slots, 2);
		CHECK_EQ(c.active_slot, 1);
		CHECK_EQ(c.counters.auth, 0);
	}
	meet_again(0);
	CHECK_EQ(bed_count_claim(&bed, 2, h + 1, NULL), 0);
}

/* One node has another key: nobody hears it, and it counts why. */
static void wrong_key(void)
{
	struct vnl_cluster c;
	struct vnl_node node;
	int i;

	bed_make(&bed);
	for (i = 0; i < bed.n; i++) {
		bed_cluster_make(&bed, i, BED_CLUSTER, BED_PORT);
		if (i == 0)
			set_key(0, 0, 0x11, true);
		bed_cluster_start(&bed, i, BED_CLUSTER);
	}
	bed_wait_node(&bed, 1, 0, 3, VIGIL_NODE_STATE_UP, LONG);
	do {
		bed_poll(&bed, 100);
		CHECK_EQ(vnl_cluster_get(bed.nodes[1].client, BED_CLUSTER, &c), 0);
	} while (c.counters.auth < 10);
	CHECK_EQ(vnl_node_get(bed.nodes[1].client, BED_CLUSTER, 1, &node), 0);
	CHECK_EQ(node.state, VIGIL_NODE_STATE_UNMET);
	CHECK(!node.links[0].up, "a link on which nothing authentic came is up");
}

/* Nodes that disagree about times or voters refuse each other, and say why. */
static void disagreement(void)
{
	struct vnl_node node;
	int i, n;

	bed_make(&bed);
	for (i = 0; i < bed.n; i++) {
		bed.detect_ms = i ? DETECT : DETECT * 2;
		bed_cluster_make(&bed, i, BED_CLUSTER, BED_PORT);
		bed_cluster_start(&bed, i, BED_CLUSTER);
	}
	n = bed_wait_type(&bed, 1, 0, VNL_EVENT_REFUSED, LONG);
	CHECK_EQ(bed.nodes[1].log[n].id, 1);
	CHECK_EQ(bed.nodes[1].log[n].to, VIGIL_REFUSAL_TIMING);
	CHECK_EQ(vnl_node_get(bed.nodes[1].client, BED_CLUSTER, 1, &node), 0);
	CHECK_EQ(node.refusal, VIGIL_REFUSAL_TIMING);
	bed_wait_node(&bed, 1, 0, 3, VIGIL_NODE_STATE_UP, LONG);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "links: IPv6", ipv6 },
		{ "links: any one of four is enough", four_links },
		{ "clusters: two on the same nodes", two_clusters },
		{ "nodes: without a vote", nodes_without_vote },
		{ "keys: rotation with two slots", rotation },
		{ "keys: a node with another key", wrong_key },
		{ "handshake: refused for other times", disagreement },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
