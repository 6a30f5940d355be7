// SPDX-License-Identifier: GPL-2.0
/* Processes of several threads: the process is what is watched, whichever thread ends. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live.h"

const struct probe_family *const probe_families[] = { &probe_process, NULL };

#define THREADS	8

/* Of the child: orders to its threads come through a pipe, one byte each. */
static int orders[2];

static void *obey(void *arg)
{
	char order;

	while (read(orders[0], &order, 1) == 1) {
		switch (order) {
		case 't':	/* one thread, and not in a friendly way */
			syscall(SYS_exit, 7);
			break;
		case 'e':
			execl("/bin/sleep", "sleep", "1000", NULL);
			_exit(4);
		case 'x':
			exit(5);
		}
	}
	return NULL;
}

/* The leader ends by a signal that is not for the process. */
static void crowd(void *arg)
{
	pthread_t thread;

	for (int i = 1; i < THREADS; i++)
		if (pthread_create(&thread, NULL, obey, NULL))
			_exit(2);
	live_ready_till_signal();
	syscall(SYS_exit, 6);
}

static pid_t start(void)
{
	pid_t pid;

	live_begin();
	live_load();
	CHECK(!pipe2(orders, O_CLOEXEC), "pipe: %s", strerror(errno));
	pid = live_child(crowd, NULL);
	live_watch("crowd", pid);
	return pid;
}

static void order(char what)
{
	CHECK(write(orders[1], &what, 1) == 1, "write: %s", strerror(errno));
}

static void one_of_many(void)
{
	const struct live_event *e;
	pid_t pid = start();

	order('t');
	e = live_wait("crowd", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_THREAD);
	CHECK_EQ(e->from, VIGIL_WATCH_STATE_ALIVE);
	CHECK_EQ(e->code, 7);
	CHECK(e->tid && e->tid != (unsigned int)pid, "thread %u of %d", e->tid, pid);
	live_quiet("crowd");
	kill(pid, SIGKILL);
	live_wait_death("crowd", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(false);
}

/* The leader ends first: the process lives until the last of the others does. */
static void without_leader(void)
{
	const struct live_event *e;
	pid_t pid = start();

	CHECK(!syscall(SYS_tgkill, pid, pid, SIGUSR1), "tgkill: %s", strerror(errno));
	e = live_wait("crowd", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_THREAD);
	CHECK_EQ(e->code, 6);
	CHECK_EQ(e->tid, pid);
	live_quiet("crowd");
	kill(pid, SIGSTOP);
	live_wait("crowd", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(pid, SIGCONT);
	live_wait("crowd", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	order('x');
	live_wait_death("crowd", VIGIL_WATCH_CAUSE_EXIT, 5);
	live_reap(pid);
	live_unload(false);
}

static bool is_sleep(void *arg)
{
	char path[64], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", *(pid_t *)arg);
	f = fopen(path, "r");
	CHECK(f && fgets(text, sizeof(text), f), "%s: %s", path, strerror(errno));
	fclose(f);
	return !strcmp(text, "sleep\n");
}

/* Another thread calls exec: it becomes the leader, with the number of the old one. */
static void exec_by_thread(void)
{
	pid_t pid = start();

	order('e');
	live_until(is_sleep, &pid, "exec");
	live_quiet("crowd");
	kill(pid, SIGSTOP);
	live_wait("crowd", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(pid, SIGKILL);
	live_wait_death("crowd", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(false);
}

/* All end at once, by the exit of one that is not the leader. */
static void all_end(void)
{
	pid_t pid = start();

	order('x');
	live_wait_death("crowd", VIGIL_WATCH_CAUSE_EXIT, 5);
	live_reap(pid);
	live_quiet("crowd");
	live_unload(false);
}

static const struct test tests[] = {
	{ "one of many", one_of_many },
	{ "without leader", without_leader },
	{ "exec by thread", exec_by_thread },
	{ "all end", all_end },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
