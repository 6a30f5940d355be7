// SPDX-License-Identifier: GPL-2.0
/* Watches: added, refused, reported about, told of, replaced, deleted under load. */

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eye.h"
#include "harness.h"
#include "module.h"
#include "one.h"

#define TICK_NS		10000000ULL	/* of the times in /proc/PID/stat */

static void added_and_deleted(void)
{
	const struct vnl_watch_config more = {
		.kind = VIGIL_WATCH_KIND_VM, .cgroup = 77, .progress = 3600000, .blocked = 30000,
		.hang = 10000,
	};
	unsigned long long began = boottime();
	pid_t pid = eye_sleeper();
	struct vnl_watch w, *all;

	eye_open();
	CHECK_EQ(vnl_watch_list(client, "c", &all), 0);
	CHECK_EQ(eye_add("one", pid, NULL), 0);
	CHECK_EQ(eye_add("two", pid, &more), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "two", &w), 0);
	CHECK(!strcmp(w.name, "two"), "its name is %s", w.name);
	CHECK_EQ(w.pid, pid);
	CHECK_EQ(w.start, eye_start(pid));
	CHECK_EQ(w.kind, VIGIL_WATCH_KIND_VM);
	CHECK_EQ(w.cgroup, 77);
	CHECK_EQ(w.progress, 3600000);
	CHECK_EQ(w.blocked, 30000);
	CHECK_EQ(w.hang, 10000);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_ALIVE);
	CHECK_EQ(w.why.cause, VIGIL_WATCH_CAUSE_NONE);
	CHECK_EQ(w.deaths, 0);
	CHECK(!w.died, "nobody has died yet");
	CHECK(w.age <= boottime() - began && w.progress_age <= boottime() - began, "too old");
	CHECK_EQ(vnl_watch_list(client, "c", &all), 2);
	CHECK(!strcmp(all[0].name, "one") && !strcmp(all[1].name, "two"), "not the oldest first");
	CHECK(all[0].id && all[0].id < all[1].id, "numbers do not ascend");
	CHECK(all[0].progress_age == VNL_WATCH_NEVER, "an age without a deadline");
	CHECK_EQ(vnl_watch_del(client, "c", "one"), 0);
	REFUSED(vnl_watch_get(client, "c", "one", &w), -ENOENT, "no watch of that name");
	REFUSED(vnl_watch_del(client, "c", "one"), -ENOENT, "no watch of that name");
	CHECK_EQ(vnl_watch_list(client, "c", &all), 1);
	eye_poll(0);
	CHECK_EQ(eye.n, 0);
}

static int add_by_fd(const char *name, int fd)
{
	const struct vnl_watch_config config = { .name = name, .pidfd = fd };

	return vnl_watch_add(client, "c", &config, NULL);
}

static void by_pidfd(void)
{
	pid_t pid = eye_sleeper();
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), pipes[2];
	struct vnl_watch w;

	CHECK(fd >= 0, "pidfd_open: %s", strerror(errno));
	CHECK(!pipe(pipes), "pipe: %s", strerror(errno));
	eye_open();
	CHECK_EQ(add_by_fd("web", fd), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.pid, pid);
	REFUSED(add_by_fd("x", pipes[0]), -EBADF, "no pidfd");
	REFUSED(add_by_fd("x", vnl_events_fd(eye.events)), -EBADF, "no pidfd");
	REFUSED(add_by_fd("x", 1000), -EBADF, "no pidfd");
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT) == 0, "waitid");
	REFUSED(add_by_fd("x", fd), -ESRCH, "has ended");
	waitpid(pid, NULL, 0);
	REFUSED(add_by_fd("x", fd), -ESRCH, "no such process");
}

static int add_pid(const char *name, unsigned int pid, unsigned long long start)
{
	const struct vnl_watch_config config = {
		.name = name, .pidfd = -1, .pid = pid, .start = start,
	};

	return vnl_watch_add(client, "c", &config, NULL);
}

static void refused(void)
{
	pid_t pid = eye_sleeper(), zombie = eye_sleeper();
	unsigned long long start = eye_start(pid), zombie_start = eye_start(zombie);
	const struct vnl_watch_config quick = { .progress = 9 }, slow = { .blocked = 3600001 },
		hang = { .hang = 1000 }, kind = { .kind = 9 };
	struct vnl_watch w;

	eye_open();
	REFUSED(add_pid("", (unsigned int)pid, start), -EINVAL, "watch name");
	REFUSED(add_pid("a b", (unsigned int)pid, start), -EINVAL, "watch name");
	REFUSED(add_pid("x", 4194304, 1), -ESRCH, "no such process");
	REFUSED(add_pid("x", 2, eye_start(2)), -EINVAL, "kernel threads");
	REFUSED(add_pid("x", (unsigned int)pid, start + 1), -ESRCH, "started at another time");
	REFUSED(eye_add("x", pid, &quick), -ERANGE, "10 to 3600000 ms");
	REFUSED(eye_add("x", pid, &slow), -ERANGE, "10 to 3600000 ms");
	REFUSED(eye_add("x", pid, &hang), -EINVAL, "only a vm");
	REFUSED(eye_add("x", pid, &kind), -ERANGE, "out of range");
	CHECK(!kill(zombie, SIGKILL), "kill: %s", strerror(errno));
	CHECK(waitid(P_PID, (id_t)zombie, NULL, WEXITED | WNOWAIT) == 0, "waitid");
	REFUSED(add_pid("x", (unsigned int)zombie, zombie_start), -ESRCH, "has ended");
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	REFUSED(eye_add("web", pid, NULL), -EEXIST, "not dead");
	REFUSED(vnl_watch_get(client, "d", "web", &w), -ENOENT, "no cluster");
	REFUSED(raw(VIGIL_CMD_WATCH_ADD, 0, -1, NULL, 0), -EINVAL, "name of the watch is missing");
	REFUSED(raw(VIGIL_CMD_WATCH_DEL, 0, -1, NULL, 0), -EINVAL, "name of the watch is missing");
	REFUSED(raw(VIGIL_CMD_WATCH_GET, 0, -1, NULL, 0), -EINVAL, "name of the watch is missing");
	REFUSED(raw(VIGIL_CMD_WATCH_GET, NLM_F_DUMP, -1, NULL, 0), -EINVAL, "missing");
	REFUSED(raw(VIGIL_CMD_WATCH_REPORT, 0, -1, NULL, 0), -EINVAL, "reported is missing");
}

static void reports_refused(void)
{
	struct vigil_watch_report r = { .state = VIGIL_WATCH_STATE_STOPPED };
	struct vnl_watch w;

	eye_open();
	CHECK_EQ(new_cluster("d", 1, 4681, 200), 0);
	CHECK_EQ(eye_add("web", eye_sleeper(), NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	REFUSED(vnl_watch_report(client, "c", "x", &r), -ENOENT, "no such watch");
	r.watch = w.id + 1;
	REFUSED(vnl_watch_report(client, "c", NULL, &r), -ENOENT, "no such watch");
	r.watch = 0;
	REFUSED(vnl_watch_report(client, "c", NULL, &r), -ERANGE, "out of range");
	r.watch = w.id;
	REFUSED(vnl_watch_report(client, "d", NULL, &r), -ENOENT, "no such watch");
	r.time = boottime() + 3600 * 1000000000ULL;
	REFUSED(vnl_watch_report(client, "c", NULL, &r), -EINVAL, "future");
	r.time = 0;
	r.state = VIGIL_WATCH_STATE_HUNG + 1;
	REFUSED(vnl_watch_report(client, "c", NULL, &r), -ERANGE, "out of range");
	r.state = VIGIL_WATCH_STATE_HUNG;
	r.cause = VIGIL_WATCH_CAUSE_GONE + 1;
	REFUSED(vnl_watch_report(client, "c", NULL, &r), -ERANGE, "out of range");
	eye_poll(0);
	CHECK_EQ(eye.n, 0);
}

static void told_in_order(void)
{
	struct vigil_watch_report r = {
		.state = VIGIL_WATCH_STATE_DYING, .cause = VIGIL_WATCH_CAUSE_SIGNAL, .code = 9,
		.by_pid = 812, .tid = 5, .by_comm = "kill",
	};
	pid_t pid = eye_sleeper();
	struct vnl_watch w;
	int at;

	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	r.watch = w.id;
	r.time = boottime();
	CHECK_EQ(vnl_watch_report(client, "c", NULL, &r), 0);
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_NONE, 0), 0);
	at = eye_wait(0, "web", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(at, 0);
	CHECK_EQ(eye.log[0].time, r.time);
	CHECK_EQ(eye.log[0].id, w.id);
	CHECK_EQ(eye.log[0].pid, pid);
	CHECK_EQ(eye.log[0].node, 1);
	CHECK_EQ(eye.log[0].from, VIGIL_WATCH_STATE_ALIVE);
	CHECK_EQ(eye.log[0].code, 9);
	CHECK_EQ(eye.log[0].by_pid, 812);
	CHECK_EQ(eye.log[0].tid, 5);
	CHECK(!strcmp(eye.log[0].by_comm, "kill"), "by %s", eye.log[0].by_comm);
	at = eye_wait(1, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(at, 1);
	CHECK_EQ(eye.log[1].from, VIGIL_WATCH_STATE_DYING);
	CHECK_EQ(eye.log[1].code, 9);
	CHECK(eye.log[1].time > eye.log[0].time, "dead before it was dying");
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.why.by_pid, 812);
	CHECK(!strcmp(w.why.by_comm, "kill"), "by %s", w.why.by_comm);
	CHECK_EQ(w.deaths, 1);
}

/* Faster than anybody can read: all are told, in their order. */
static void many_in_order(void)
{
	const int rounds = 800;	/* as many as the socket has room for */
	int i;

	eye_open();
	CHECK_EQ(eye_add("web", eye_sleeper(), NULL), 0);
	for (i = 0; i < rounds; i++) {
		CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP, i),
			 0);
		CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE, i),
			 0);
	}
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_EXIT, 0), 0);
	eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_EXIT);
	CHECK_EQ(eye.lost, 0);
	CHECK_EQ(eye.n, 2 * rounds + 1);
	for (i = 0; i < 2 * rounds; i++) {
		CHECK_EQ(eye.log[i].code, i / 2);
		CHECK_EQ(eye.log[i].to == VIGIL_WATCH_STATE_ALIVE, i % 2);
	}
}

/* One of several that report at once, each about a watch of its own. */
static void contend(const char *name, int rounds)
{
	int i;

	one_connect();
	for (i = 0; i < rounds; i++) {
		CHECK_EQ(eye_report(name, VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP, 0), 0);
		CHECK_EQ(eye_report(name, VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_VCPU, 0), 0);
		CHECK_EQ(eye_report(name, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_REPORT, 0), 0);
	}
	_exit(eye_report(name, VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_EXIT, 0) != 0);
}

/* Return: how often a change of that watch does not begin where the last one ended. */
static int broken_links(const char *name)
{
	unsigned int state = VIGIL_WATCH_STATE_ALIVE;
	int i, n = 0;

	for (i = 0; i < eye.n; i++) {
		if (strcmp(eye.log[i].name, name))
			continue;
		n += eye.log[i].from != state;
		state = eye.log[i].to;
	}
	return n;
}

static void chain_of_changes(void)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	const int n = 4, rounds = 100;
	int i, broken = 0, status;

	eye_open();
	for (i = 0; i < n; i++)
		CHECK_EQ(eye_add(names[i], eye_sleeper(), NULL), 0);
	for (i = 0; i < n; i++) {
		if (eye_child() == 0)
			contend(names[i], rounds);
	}
	for (i = 0; i < n; i++) {
		eye_wait(0, names[i], VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_EXIT);
		broken += broken_links(names[i]);
	}
	for (i = 0; i < n; i++)
		CHECK(wait(&status) > 0 && status == 0, "a reporter has failed");
	test_note("%d changes told, lost %d times, chains broken %d times", eye.n, eye.lost,
		  broken);
	CHECK(!broken || eye.lost, "lost in silence");
	CHECK(eye.lost || eye.n == n * (3 * rounds + 1), "not all were told");
}

static void found_dead(void)
{
	pid_t pid = eye_sleeper(), zombie = eye_sleeper();
	struct vnl_watch w;
	int at;

	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(eye_add("db", zombie, NULL), 0);
	eye_end(pid, SIGTERM);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_DEAD);
	CHECK_EQ(w.why.cause, VIGIL_WATCH_CAUSE_GONE);
	CHECK_EQ(w.start, 0);
	eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_GONE);
	/* A report that has been on its way for too long says how. */
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL, 15), 0);
	at = eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(eye.log[at].from, VIGIL_WATCH_STATE_DEAD);
	/* As long as nobody has asked for it, its status tells how it ended. */
	CHECK(!kill(zombie, SIGTERM), "kill: %s", strerror(errno));
	CHECK(waitid(P_PID, (id_t)zombie, NULL, WEXITED | WNOWAIT) == 0, "waitid");
	CHECK_EQ(vnl_watch_get(client, "c", "db", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_DEAD);
	CHECK_EQ(w.why.cause, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(w.why.code, SIGTERM);
}

static void last_death_remembered(void)
{
	pid_t pid = eye_sleeper();
	struct vnl_watch w, first;

	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &first), 0);
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_OOM, 9), 0);
	eye_end(pid, SIGKILL);
	/* Nobody has said that it is dead: it is seen when its place is wanted. */
	CHECK_EQ(eye_add("web", eye_sleeper(), NULL), 0);
	eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_OOM);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_ALIVE);
	CHECK(w.id > first.id, "the number was used again");
	CHECK_EQ(w.deaths, 1);
	CHECK(w.died, "no last death");
	CHECK_EQ(w.last.cause, VIGIL_WATCH_CAUSE_OOM);
	CHECK_EQ(w.last.code, 9);
	CHECK(w.last.age < first.age + boottime(), "an age of nonsense");
	CHECK_EQ(vnl_watch_del(client, "c", "web"), 0);
	CHECK_EQ(eye_add("web", eye_sleeper(), NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.deaths, 0);
	CHECK(!w.died, "remembered beyond deletion");
}

/* A process with a number of our choice. */
static pid_t sleeper_at(pid_t wanted)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "w");
		pid_t pid;

		CHECK(f && fprintf(f, "%d", wanted - 1) > 0 && !fclose(f), "ns_last_pid: %s",
		      strerror(errno));
		pid = eye_sleeper();
		if (pid == wanted)
			return pid;
		eye_end(pid, SIGKILL);
	}
	FAIL("number %d is never free", wanted);
}

static void number_reused(void)
{
	pid_t pid = eye_sleeper();
	unsigned long long start = eye_start(pid);
	struct vnl_watch w;

	if (access("/proc/sys/kernel/ns_last_pid", W_OK))
		test_skip("no ns_last_pid");
	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	while (boottime() / TICK_NS <= start)
		usleep(1000);
	eye_end(pid, SIGKILL);
	CHECK_EQ(sleeper_at(pid), pid);
	CHECK(eye_start(pid) != start, "not another one");
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_DEAD);
	REFUSED(add_pid("web", (unsigned int)pid, start), -ESRCH, "started at another time");
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_ALIVE);
	CHECK_EQ(w.pid, pid);
}

/* As many as there can be, all of one process, on timers that are busy. */
static void fill(unsigned int n, const struct vnl_watch_config *more)
{
	pid_t pid = eye_worker();
	char name[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "w%u", i);
		CHECK_EQ(eye_add(name, pid, more), 0);
	}
}

static void thousands(void)
{
	unsigned long long began = boottime();
	struct vnl_watch *all;
	int i;

	eye_open();
	fill(VIGIL_MAX_WATCHES, NULL);
	test_note("%d watches added in %llu ms", VIGIL_MAX_WATCHES,
		  (boottime() - began) / 1000000);
	REFUSED(eye_add("more", getpid(), NULL), -ENOSPC, "at most 4096 watches");
	began = boottime();
	CHECK_EQ(vnl_watch_list(client, "c", &all), VIGIL_MAX_WATCHES);
	test_note("listed in %llu ms", (boottime() - began) / 1000000);
	for (i = 1; i < VIGIL_MAX_WATCHES; i++)
		CHECK(all[i].id > all[i - 1].id, "watch %d comes twice", i);
	CHECK_EQ(vnl_watch_del(client, "c", "w7"), 0);
	CHECK_EQ(eye_add("more", getpid(), NULL), 0);
	CHECK_EQ(vnl_cluster_del(client, "c"), 0);
}

/* Reports and tries to add, again and again, until it is killed. */
static void pester(void)
{
	const struct vnl_watch_config quick = { .progress = 10 };
	pid_t pid = getpid();
	unsigned int i;

	one_connect();
	for (i = 0;; i++) {
		char name[32];

		snprintf(name, sizeof(name), "w%u", i % 100);
		eye_report(name, i % 5, VIGIL_WATCH_CAUSE_REPORT, 0);
		if (i % 16 == 0)
			vnl_watch_del(client, "c", name);
		eye_add(name, pid, &quick);
	}
}

static void deleted_under_load(void)
{
	const struct vnl_watch_config quick = { .progress = 10, .blocked = 20 };
	pid_t children[2];
	int i;

	one_connect();
	for (i = 0; i < 2; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0, "fork: %s", strerror(errno));
		if (children[i] == 0)
			pester();
	}
	for (i = 0; i < 20; i++) {
		CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
		CHECK_EQ(eye_add("quick", children[0], &quick), 0);
		usleep(50000);
		CHECK_EQ(vnl_cluster_del(client, "c"), 0);
	}
	for (i = 0; i < 2; i++)
		eye_end(children[i], SIGKILL);
}

static void unloaded_under_load(void)
{
	const struct vnl_watch_config quick = { .progress = 10, .blocked = 20 };
	int i;

	for (i = 0; i < 5; i++) {
		eye_open();
		fill(200, &quick);
		vnl_events_close(eye.events);
		vnl_close(client);
		CHECK_EQ(module_unload(), 0);
		CHECK_EQ(module_load(), 0);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "watch: added, looked at, deleted", added_and_deleted },
		{ "watch: a process by its pidfd", by_pidfd },
		{ "watch: refused", refused },
		{ "watch: reports refused", reports_refused },
		{ "watch: two changes at once are both told", told_in_order },
		{ "watch: a flood of changes is told in order", many_in_order },
		{ "watch: changes by several at once are chains", chain_of_changes },
		{ "watch: a death that nobody reported is found", found_dead },
		{ "watch: the last death is remembered", last_death_remembered },
		{ "watch: a number used again is another process", number_reused },
		{ "watch: thousands", thousands },
		{ "watch: clusters deleted while watches are busy", deleted_under_load },
		{ "watch: module unloaded while watches are busy", unloaded_under_load },
		{ }
	};

	return harness_main(argc, argv, tests);
}
