// SPDX-License-Identifier: GPL-2.0
/* What peers hear of watches. */

#include <errno.h>
#include <string.h>

#include "bed.h"
#include "eye.h"
#include "harness.h"
#include "one.h"

#define DETECT	(400 * slowness())	/* ms */
#define LONG	(15000 * slowness())	/* ms; for what must come */

static struct bed bed = { .n = 3, .links = 1, .voters = 3 };

static void report(int i, unsigned int state, unsigned int cause)
{
	const struct vigil_watch_report r = { .state = state, .cause = cause };

	CHECK_EQ(vnl_watch_report(bed.nodes[i].client, BED_CLUSTER, "web", &r), 0);
}

static void watch(int i)
{
	pid_t pid = eye_sleeper();
	const struct vnl_watch_config config = {
		.name = "web", .pidfd = -1, .pid = (__u32)pid, .start = eye_start(pid),
	};
	int rc = vnl_watch_add(bed.nodes[i].client, BED_CLUSTER, &config, NULL);

	CHECK(!rc, "watch-add: %s", vnl_error(bed.nodes[i].client));
}

/* Waits at node @i for what node 1 tells. Return: µs since it was told there. */
static unsigned long long heard(int i, unsigned int to)
{
	int here = bed_wait_watch(&bed, i, 0, 1, "web", to, LONG);
	int there = bed_wait_watch(&bed, 0, 0, 1, "web", to, LONG);

	CHECK(bed.nodes[i].log[here].time >= bed.nodes[0].log[there].time, "heard before");
	return (bed.nodes[i].log[here].time - bed.nodes[0].log[there].time) / 1000;
}

static void peers_hear(void)
{
	unsigned long long us;
	int i;

	bed.detect_ms = DETECT;
	bed_up(&bed);
	watch(0);
	report(0, VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	for (i = 1; i < bed.n; i++) {
		us = heard(i, VIGIL_WATCH_STATE_DYING);
		test_note("node %d heard it %llu us later", i + 1, us);
		/* At once means: without waiting for the next beat, a quarter of this away. */
		CHECK(us < (unsigned int)DETECT * 1000 / 4, "after %llu us", us);
	}
	report(0, VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_NONE);
	for (i = 1; i < bed.n; i++)
		heard(i, VIGIL_WATCH_STATE_DEAD);
	/* Said several times, heard once. */
	bed_watch(&bed, 2 * DETECT);
	for (i = 0; i < bed.n; i++) {
		int told = 0, n;

		for (n = 0; n < bed.nodes[i].n_log; n++)
			told += bed.nodes[i].log[n].type == VNL_EVENT_WATCH;
		CHECK(told == 2, "node %d was told %d times", i + 1, told);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "peers: hear of a watch at once, and once", peers_hear },
		{ }
	};

	return harness_main(argc, argv, tests);
}
