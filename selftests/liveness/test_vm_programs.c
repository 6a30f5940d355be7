// SPDX-License-Identifier: GPL-2.0
/* The programs for guests: when they are there, and for whom, while KVM and daemons come and go. */
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "probe_family.h"

const struct probe_family *const probe_families[] = { &probe_process, &probe_kvm, NULL };

/* Of bpf/kvm.bpf.c, that are attached on one machine. */
#define PROGRAMS	7

/* KVM comes when the daemon has long been there. */
static void kvm_comes_later(void)
{
	unsigned long long since;
	struct guest g;

	shell("modprobe -r kvm_amd");
	live_begin();
	live_load();
	shell("modprobe kvm_amd");
	guest_make(&g, "g", "hang");
	guest_watch(&g);
	since = boottime();
	guest_go(&g);
	guest_wait_hung(&g, since);
	guest_end(&g);
	guest_tests_end();
}

static bool by_ring_buffer(void)
{
	const char *way = getenv("VIGIL_PROBES");

	return way && !strcmp(way, "ringbuf");
}

/* Timers and programs are pinned. */
static void without_a_daemon(void)
{
	unsigned long long since;
	struct guest g;

	if (by_ring_buffer())
		test_skip("a ring buffer needs a daemon");
	guest_tests_begin();
	guest_make(&g, "g", "hang idle");
	guest_watch(&g);
	since = boottime();
	live_unload(true);
	guest_go(&g);
	guest_wait_hung(&g, since);
	guest_end(&g);
	live_load();
	guest_tests_end();
}

/* The next daemon finds guests that never return to their monitors. */
static void next_daemon(void)
{
	unsigned long long since;
	struct guest g;

	guest_tests_begin();
	guest_make(&g, "g", "hang idle");
	guest_watch(&g);
	/* Nothing is left of the old one, whose timers would tell. */
	live_unload(false);
	guest_go(&g);
	live_load();
	since = boottime();
	guest_bind(&g);
	guest_wait_hung(&g, since);
	guest_end(&g);
	live_quiet("g");
	guest_tests_end();
}

/* How many programs for guests are attached, of those that could be. */
static unsigned int attached(void)
{
	unsigned int n = 0, waiting = 0;
	struct probe_status s;

	for (unsigned int i = 0; i < probes_status(live_probes(), i, &s); i++) {
		if (strncmp(s.name, "kvm: ", 5))
			continue;
		CHECK(s.attached || s.waits, "%s: %s", s.name, s.reason);
		CHECK(s.waits == !!s.reason[0], "%s: %s", s.name, s.reason);
		n += s.attached;
		waiting += s.waits;
	}
	CHECK(n + waiting == PROGRAMS && (!n || !waiting), "%u attached, %u wait", n, waiting);
	return n;
}

/* How many sets of them are pinned, by the map of their timers. */
static size_t pinned(void)
{
	glob_t found;
	size_t n;

	glob("/sys/fs/bpf/vigil/" LIVE_CLUSTER "/kvm@*/guests", 0, NULL, &found);
	n = found.gl_pathc;
	globfree(&found);
	return n;
}

static bool none_attached(void *arg)
{
	return !attached();
}

/* From the first guest to the last. */
static void attached_while_bound(void)
{
	struct guest a, b;

	guest_tests_begin();
	CHECK_EQ(attached(), 0);
	CHECK_EQ(pinned(), 0);
	guest_make(&a, "a", "pvpanic");
	guest_watch(&a);
	CHECK_EQ(attached(), PROGRAMS);
	CHECK_EQ(pinned(), 1);
	guest_make(&b, "b", "triple");
	guest_watch(&b);
	guest_go(&a);
	live_wait("a", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	probes_unbind(live_probes(), a.watch);
	probes_unbind(live_probes(), b.watch);
	/* One may come at once, for another or for the same. */
	CHECK_EQ(attached(), PROGRAMS);
	guest_bind(&b);
	guest_go(&b);
	live_wait("b", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_TRIPLE_FAULT);
	guest_remove(&a);
	probes_unbind(live_probes(), b.watch);
	live_until(none_attached, NULL, "programs are detached");
	CHECK_EQ(pinned(), 0);
	guest_remove(&b);
	guest_run(&a, "a", "pvpanic");
	live_wait("a", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	CHECK_EQ(pinned(), 1);
	guest_remove(&a);
	guest_tests_end();
}

/* Of the child that is a daemon: it watches a guest. */
static void load_for(void *arg)
{
	live_load();
	guest_bind(arg);
	live_idle(NULL);
}

static void kill_daemon(pid_t daemon)
{
	kill(daemon, SIGKILL);
	live_reap(daemon);
}

/* Of a guest that has been bound; the programs of a daemon that is killed know it too. */
static void load_beside_killed(struct guest *g)
{
	live_unload(false);
	kill_daemon(live_child(load_for, g));
	live_open();
	CHECK_EQ(pinned(), 1);
}

/* What a daemon has left goes when the next one has bound all there is, or nothing. */
static void daemon_killed(void)
{
	unsigned long long since;
	struct guest g;

	guest_tests_begin();
	guest_make(&g, "g", "hang");
	guest_watch(&g);
	load_beside_killed(&g);
	guest_bind(&g);
	CHECK_EQ(pinned(), 2);
	probes_settle(live_probes());
	CHECK_EQ(pinned(), 1);
	since = boottime();
	guest_go(&g);
	guest_wait_hung(&g, since);
	load_beside_killed(&g);
	probes_settle(live_probes());
	CHECK_EQ(pinned(), 0);
	guest_remove(&g);
	guest_tests_end();
}

static const struct test tests[] = {
	{ "KVM may come later than the daemon", kvm_comes_later },
	{ "a hang is told without a daemon", without_a_daemon },
	{ "the next daemon finds the guests", next_daemon },
	{ "programs are there while a guest is watched", attached_while_bound },
	{ "what a killed daemon has left goes in time", daemon_killed },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
