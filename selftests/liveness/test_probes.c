// SPDX-License-Identifier: GPL-2.0
/*
 * The probes themselves: what is loaded and what not, and that nothing is missed while
 * daemons come and go.
 */

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broken.skel.h"
#include "live.h"

static const struct probe_family probe_broken = {
	.name = "broken",
	.kfunc = broken_kfunc__elf_bytes,
	.ring = broken_ring__elf_bytes,
};

const struct probe_family *const probe_families[] = { &probe_process, &probe_broken, NULL };

#define PINS	"/sys/fs/bpf/vigil/" LIVE_CLUSTER

static bool by_ring(void)
{
	const char *wish = getenv("VIGIL_PROBES");

	return wish && !strcmp(wish, "ringbuf");
}

static struct probe_status status_of(const char *name)
{
	struct probe_status s;

	for (unsigned int i = 0; i < probes_status(live_probes(), i, &s); i++)
		if (!strcmp(s.name, name))
			return s;
	FAIL("no status of \"%s\"", name);
}

static void show_status(void)
{
	struct probe_status s;

	for (unsigned int i = 0; i < probes_status(live_probes(), i, &s); i++)
		test_note("%s: %s %s %s", s.name, s.attached ? "attached" : "not attached", s.via,
			  s.reason);
}

/* All of the daemon's own for processes work on the kernels we test with. */
static void all_attached(void)
{
	struct probe_status s;
	unsigned int n = 0;

	live_begin();
	live_load();
	show_status();
	for (unsigned int i = 0; i < probes_status(live_probes(), i, &s); i++) {
		if (strncmp(s.name, "process: ", 9))
			continue;
		CHECK(s.attached && !s.reason[0], "%s: %s", s.name, s.reason);
		CHECK(!strcmp(s.via, by_ring() ? "ring buffer" : "kfunc"), "%s: via %s", s.name,
		      s.via);
		n++;
	}
	CHECK_EQ(n, 8);
	live_unload(false);
}

/* A program that the kernel refuses is named, with the reason, and all else works. */
static void some_refused(void)
{
	struct probe_status s;
	pid_t pid;

	live_begin();
	live_load();
	s = status_of("broken: no_hook");
	CHECK(!s.attached && strstr(s.reason, "vigil_no_such_function"), "reason \"%s\"", s.reason);
	s = status_of("broken: no_sense");
	CHECK(!s.attached && s.reason[0], "reason \"%s\"", s.reason);
	s = status_of("broken: good");
	CHECK(s.attached && !s.reason[0], "good: %s", s.reason);
	pid = live_child(live_idle, NULL);
	live_watch("x", pid);
	kill(pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(false);
	CHECK(access(PINS, F_OK) && errno == ENOENT, "%s is still there", PINS);
}

/* No more than an ordinary user may do. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	CHECK(!syscall(SYS_capset, &head, data), "capset: %s", strerror(errno));
}

static void none_allowed(void)
{
	struct probe_status s;
	pid_t pid;

	live_begin();
	pid = live_child(live_idle, NULL);
	drop_capabilities();
	live_load();
	show_status();
	s = status_of("process: signal_generate");
	CHECK(!s.attached && s.reason[0], "reason \"%s\"", s.reason);
	CHECK_EQ(probes_bind(live_probes(), &(struct probe_target){ .pid = pid }), -EOPNOTSUPP);
	live_unload(false);
}

/* Without a place for pins the programs work as long as the daemon does. */
static void unpinned(void)
{
	struct probe_status s;
	pid_t pid;

	live_begin();
	CHECK(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	      !mount("none", "/sys/fs", "tmpfs", MS_RDONLY, NULL), "mount: %s", strerror(errno));
	live_load();
	s = status_of("all");
	CHECK(s.attached && strstr(s.reason, "pinned"), "reason \"%s\"", s.reason);
	pid = live_child(live_idle, NULL);
	live_watch("x", pid);
	kill(pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(true);
}

static void switched_off(void)
{
	struct probe_status s;

	live_begin();
	setenv("VIGIL_PROBES", "off", 1);
	live_load();
	s = status_of("all");
	CHECK(!s.attached && strstr(s.reason, "VIGIL_PROBES"), "reason \"%s\"", s.reason);
	CHECK_EQ(probes_status(live_probes(), 0, &s), 1);
	live_unload(true);
}

struct victim {
	pid_t pid;
	__u64 watch;
};

/* Of the child that is a daemon: it watches a process. */
static void load_for(void *arg)
{
	const struct victim *v = arg;

	live_load();
	live_bind(v->watch, v->pid);
	live_idle(NULL);
}

static void kill_daemon(pid_t daemon)
{
	kill(daemon, SIGKILL);
	live_reap(daemon);
}

/*
 * The daemon is killed. By kfunc all is told as before; what is in the ring buffer
 * is told by the next daemon.
 */
static void daemon_killed(void)
{
	const struct live_event *e;
	struct victim v;
	pid_t daemon;

	live_begin();
	v.pid = live_child(live_idle, NULL);
	v.watch = live_watch("x", v.pid);
	daemon = live_child(load_for, &v);
	kill_daemon(daemon);
	kill(v.pid, SIGKILL);
	if (by_ring()) {
		live_reap(v.pid);
		live_load();
	}
	e = live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	CHECK_EQ(e->by_pid, getpid());
	if (!by_ring()) {
		live_reap(v.pid);
		live_load();
	}
	live_unload(false);
	CHECK(access(PINS, F_OK) && errno == ENOENT, "%s is still there", PINS);
}

#define VICTIMS	60

/* Of the child that kills: one victim after the other, as long as it takes. */
static void kill_slowly(void *arg)
{
	pid_t *pids = arg;

	live_ready();
	for (int i = 0; i < VICTIMS; i++) {
		usleep(20000);
		kill(pids[i], SIGKILL);
	}
}

/* Processes die while one daemon follows the other: every death is told, and once. */
static void daemon_replaced(void)
{
	static pid_t pids[VICTIMS];
	struct victim v;
	pid_t first, killer;
	char name[16];

	live_begin();
	v.pid = live_child(live_idle, NULL);
	v.watch = live_watch("x", v.pid);
	first = live_child(load_for, &v);
	/* What the first daemon has bound, the second one knows. */
	live_load();
	for (int i = 0; i < VICTIMS; i++) {
		pids[i] = live_child(live_idle, NULL);
		snprintf(name, sizeof(name), "victim%d", i);
		live_watch(name, pids[i]);
	}
	killer = live_child(kill_slowly, pids);
	for (int i = 0; i < 3; i++) {
		live_unload(true);
		live_load();
	}
	for (int i = 0; i < VICTIMS; i++) {
		snprintf(name, sizeof(name), "victim%d", i);
		live_wait_death(name, VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
		live_reap(pids[i]);
	}
	kill_daemon(first);
	kill(v.pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	for (int i = 0; i < VICTIMS; i++) {
		snprintf(name, sizeof(name), "victim%d", i);
		live_quiet(name);
	}
	live_reap(v.pid);
	live_reap(killer);
	live_unload(false);
}

/* A process that is dead when it is bound: the caller is told, for no program will. */
static void dead_before(void)
{
	struct probe_target t = { .watch = 1 };

	live_begin();
	live_load();
	t.pid = live_child(live_idle, NULL);
	t.pidfd = (int)syscall(SYS_pidfd_open, t.pid, 0);
	CHECK_EQ(probes_bind(live_probes(), &t), 0);
	kill(t.pid, SIGKILL);
	live_reap(t.pid);
	CHECK_EQ(probes_bind(live_probes(), &t), -ESRCH);
	probes_unbind(live_probes(), t.watch);
	live_unload(false);
}

static bool loss_is_told(void *arg)
{
	return strstr(status_of("ring buffer").reason, "lost");
}

/* More reports than the ring buffer has room for: what is lost is told. */
static void ring_full(void)
{
	pid_t pid;

	if (!by_ring())
		test_skip("there is no ring buffer");
	live_begin();
	pid = live_child(live_idle, NULL);
	live_load();
	live_bind(1ULL << 40, pid);	/* the module knows nothing of it, and tells nobody */
	CHECK(!loss_is_told(NULL), "lost before there was anything");
	for (int i = 0; i < 2100; i++) {
		kill(pid, SIGSTOP);
		waitpid(pid, NULL, WUNTRACED);
		kill(pid, SIGCONT);
		waitpid(pid, NULL, WCONTINUED);
	}
	live_until(loss_is_told, NULL, "lost reports are in the status");
	live_unload(false);
}

static const struct test tests[] = {
	{ "all attached", all_attached },
	{ "some refused", some_refused },
	{ "none allowed", none_allowed },
	{ "unpinned", unpinned },
	{ "switched off", switched_off },
	{ "daemon killed", daemon_killed },
	{ "daemon replaced", daemon_replaced },
	{ "dead before", dead_before },
	{ "ring full", ring_full },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
