// SPDX-License-Identifier: GPL-2.0
/* A real server: its master and its worker, killed, and told to read its file anew. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"

const struct probe_family *const probe_families[] = { &probe_process, NULL };

static pid_t master;

static void be_nginx(void *arg)
{
	live_ready();
	execl("/usr/sbin/nginx", "nginx", "-g", "daemon off;", NULL);
	_exit(127);
}

/* The newest child of the master; 0: none. */
static pid_t worker(void)
{
	char path[64];
	FILE *f;
	int pid, last = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", master, master);
	f = fopen(path, "r");
	CHECK(f, "%s: %s", path, strerror(errno));
	while (fscanf(f, "%d", &pid) == 1)
		last = pid;
	fclose(f);
	return last;
}

static bool other_worker(void *arg)
{
	pid_t now = worker();

	return now && now != *(pid_t *)arg;
}

static pid_t wait_worker(pid_t old)
{
	live_until(other_worker, &old, "nginx has a new worker");
	return worker();
}

static void start(void)
{
	mkdir("/var/log/nginx", 0755);
	mkdir("/var/lib/nginx", 0755);
	live_begin();
	live_load();
	master = live_child(be_nginx, NULL);
	live_watch("nginx", master);
	wait_worker(0);
}

static void stop(void)
{
	kill(master, SIGQUIT);
	live_wait_death("nginx", VIGIL_WATCH_CAUSE_EXIT, 0);
	live_reap(master);
	live_unload(false);
}

/* The master starts another: only who watches the worker is told. */
static void worker_killed(void)
{
	pid_t old;

	start();
	old = worker();
	live_watch("worker", old);
	kill(old, SIGKILL);
	live_wait_death("worker", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	wait_worker(old);
	live_quiet("nginx");
	stop();
}

static void reloaded(void)
{
	pid_t old;

	start();
	old = worker();
	live_watch("worker", old);
	kill(master, SIGHUP);
	live_wait_death("worker", VIGIL_WATCH_CAUSE_EXIT, 0);
	wait_worker(old);
	live_quiet("nginx");
	stop();
}

static void master_killed(void)
{
	const struct live_event *e;
	pid_t orphan;

	start();
	orphan = worker();
	live_watch("worker", orphan);
	shell("kill -9 %d", master);
	e = live_wait_death("nginx", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	CHECK(!strcmp(e->by_comm, "sh") || !strcmp(e->by_comm, "kill"), "by \"%s\"", e->by_comm);
	CHECK(e->by_pid, "by nobody");
	live_reap(master);
	live_quiet("worker");
	kill(orphan, SIGTERM);
	live_wait_death("worker", VIGIL_WATCH_CAUSE_EXIT, 0);
	live_unload(false);
}

static const struct test tests[] = {
	{ "worker killed", worker_killed },
	{ "reloaded", reloaded },
	{ "master killed", master_killed },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
