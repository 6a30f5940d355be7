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

static int wait_fence(int i, unsigned int step)
{
	int at = -1;

	do {
		at = bed_wait_type(&bed, i, at + 1, VNL_EVENT_FENCE, LONG);
	} while (bed.nodes[i].log[at].to != step);
	return at;
}

/* Fence action "notify" leaves the victim to tell what would have been. */
static void poisoned(void)
{
	unsigned long long at;
	int taken, down, held;

	bed_up(&bed);
	client = bed.nodes[2].client;
	bed_claim(&bed, 0, "web");
	bed_wait_claim(&bed, 0, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	bed_claim(&bed, 1, "web");
	bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_WANTED, LONG);
	REFUSED(vnl_node_poison(client, BED_CLUSTER, 3), -EINVAL, "itself");
	REFUSED(vnl_node_poison(client, BED_CLUSTER, 9), -ENOENT, "no node");
	REFUSED(vnl_node_poison(client, "none", 1), -ENOENT, "no cluster");
	at = boottime();
	CHECK_EQ(vnl_node_poison(client, BED_CLUSTER, 1), 0);
	taken = wait_fence(0, VIGIL_FENCE_STEP_TAKEN);
	down = bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_DOWN, LONG);
	bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	bed_wait_node(&bed, 2, 0, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	held = bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	test_note("fenced %llu us, known %llu us, held elsewhere %llu us after it",
		  (bed.nodes[0].log[taken].time - at) / 1000,
		  (bed.nodes[1].log[down].time - at) / 1000,
		  (bed.nodes[1].log[held].time - at) / 1000);
	CHECK(bed.nodes[0].log[taken].time < bed.nodes[1].log[held].time,
	      "held elsewhere before the reset");
	CHECK(bed.nodes[1].log[down].time - at < NS(DETECT), "no sooner than by silence");
	CHECK(bed.nodes[1].log[held].time - at < NS(DETECT), "no sooner than by silence");
	client = bed.nodes[0].client;
	REFUSED(vnl_claim_release(client, BED_CLUSTER, "web", 0), -ESHUTDOWN, "not running");
	bed_watch(&bed, DETECT);
	CHECK_EQ(vnl_cluster_del(client, BED_CLUSTER), 0);
	bed_release(&bed, 1, "web", 0);
	client = bed.nodes[2].client;
	REFUSED(vnl_node_poison(client, BED_CLUSTER, 1), -ENOTCONN, "no session");
}

static void gasp_configured(void)
{
	struct vnl_cluster_config config = {
		.name = "c", .self = 1, .generation = 1, .fence_action = VIGIL_FENCE_NOTIFY,
	};
	struct vnl_cluster c;

	one_connect();
	CHECK_EQ(new_cluster("plain", 1, 5000, 200), 0);
	CHECK_EQ(vnl_cluster_get(client, "plain", &c), 0);
	CHECK_EQ(c.gasp, VIGIL_GASP_MODE_RELEASE);
	CHECK_EQ(c.gasp_grace_ms, 50);
	config.gasp = VIGIL_GASP_MODE_OFF + 1;
	REFUSED(vnl_cluster_new(client, &config), -ERANGE, "out of range");
	config.gasp = VIGIL_GASP_MODE_DETECT;
	config.gasp_grace_ms = 10001;
	REFUSED(vnl_cluster_new(client, &config), -ERANGE, "out of range");
	config.gasp_grace_ms = 70;
	CHECK_EQ(vnl_cluster_new(client, &config), 0);
	CHECK_EQ(vnl_cluster_get(client, "c", &c), 0);
	CHECK_EQ(c.gasp, VIGIL_GASP_MODE_DETECT);
	CHECK_EQ(c.gasp_grace_ms, 70);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "death: confirmed by a device, claims move at once", confirmed },
		{ "death: the poisoned takes its fence action, then claims move", poisoned },
		{ "death: what a gasp is worth is configured", gasp_configured },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
