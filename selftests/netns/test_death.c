// SPDX-License-Identifier: GPL-2.0
/* Three nodes: what proves a death moves a claim before expiry. */

#include <errno.h>

#include "bed.h"
#include "harness.h"
#include "one.h"

#define NS(ms)		((unsigned long long)(ms) * 1000000ULL)
#define DETECT		(1200 * slowness())	/* ms; long, to tell proof from silence */
#define LONG		(15000 * slowness())	/* ms; for what must come */

static struct bed bed = { .n = 3, .links = 2, .voters = 3 };

static unsigned long long incarnation_of(int i, unsigned int id)
{
	struct vnl_node node;

	CHECK_EQ(vnl_node_get(bed.nodes[i].client, BED_CLUSTER, id, &node), 0);
	return node.incarnation;
}

static void confirmed(void)
{
	unsigned long long dead, at;
	int held, expired;

	bed_up(&bed);
	client = bed.nodes[2].client;
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	dead = incarnation_of(2, 1);
	REFUSED(vnl_node_confirm(client, BED_CLUSTER, 1, dead + 1), -ESTALE, "incarnation");
	REFUSED(vnl_node_confirm(client, BED_CLUSTER, 1, 0), -EINVAL, "incarnation");
	REFUSED(vnl_node_confirm(client, BED_CLUSTER, 3, dead), -EINVAL, "this node");
	REFUSED(vnl_node_confirm(client, BED_CLUSTER, 9, dead), -ENOENT, "no node");
	REFUSED(vnl_node_confirm(client, "none", 1, dead), -ENOENT, "no cluster");
	bed_mute(&bed, 0);
	at = boottime();
	CHECK_EQ(vnl_node_confirm(client, BED_CLUSTER, 1, dead), 0);
	held = bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	expired = bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	bed_wait_node(&bed, 2, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	test_note("held elsewhere %llu us after the confirmation",
		  (bed.nodes[1].log[held].time - at) / 1000);
	CHECK(bed.nodes[1].log[held].time - at < NS(DETECT), "no sooner than by silence");
	CHECK(bed.nodes[1].log[expired].time - at < NS(DETECT), "no sooner than by silence");
	/* It lives, as it happens. Nobody listens. */
	bed_unmute(&bed, 0);
	bed_watch(&bed, DETECT);
	CHECK_EQ(bed_claim_state(&bed, 1, "web"), VIGIL_CLAIM_STATE_HELD);
	bed_release(&bed, 0, "web", 0);
	bed_release(&bed, 1, "web", 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "death: confirmed by a device, claims move at once", confirmed },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
