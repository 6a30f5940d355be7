// SPDX-License-Identifier: GPL-2.0
/* Deadlines of watches: who hangs, who does not, and who comes on again. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eye.h"
#include "harness.h"
#include "one.h"

#define PROGRESS	(200 * (unsigned int)slowness())	/* ms */
#define MS		1000000ULL

/* Reads what is told for so long, whatever comes. */
static void wait_ms(unsigned int ms)
{
	unsigned long long end = boottime() + ms * MS, now;

	while ((now = boottime()) < end)
		eye_poll((int)((end - now) / MS) + 1);
}

static unsigned int state_of(const char *name)
{
	struct vnl_watch w;

	CHECK_EQ(vnl_watch_get(client, "c", name, &w), 0);
	return w.state;
}

static void busy_is_alive(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS, .blocked = PROGRESS };
	struct vnl_watch w;

	eye_open();
	CHECK_EQ(eye_add("web", eye_worker(), &more), 0);
	wait_ms(5 * PROGRESS);
	CHECK_EQ(eye.n, 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_ALIVE);
	CHECK(w.progress_age < PROGRESS * MS, "last seen to come on %llu ns ago", w.progress_age);
}

/* A child that comes on when it is told to, by SIGUSR1; or ends, by others. */
static void nothing(int signal)
{
}

static pid_t responsive(void)
{
	pid_t pid;

	signal(SIGUSR1, nothing);
	pid = eye_sleeper();
	signal(SIGUSR1, SIG_DFL);
	return pid;
}

static void sleeping_hangs(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS };
	unsigned long long began;
	pid_t pid = responsive();
	int hung, alive;

	eye_open();
	began = boottime();
	CHECK_EQ(eye_add("web", pid, &more), 0);
	hung = eye_wait(0, "web", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS);
	CHECK(eye.log[hung].time >= began + PROGRESS * MS, "before its deadline");
	test_note("hung after %llu ms of %u", (eye.log[hung].time - began) / MS, PROGRESS);
	CHECK_EQ(state_of("web"), VIGIL_WATCH_STATE_HUNG);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	alive = eye_wait(hung, "web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	CHECK_EQ(alive, hung + 1);
	hung = eye_wait(alive, "web", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS);
	CHECK_EQ(hung, alive + 1);
	CHECK(eye.log[hung].time >= eye.log[alive].time + PROGRESS * MS, "before its deadline");
	/* A report is as good as being seen. */
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS, 0), 0);
	alive = eye_wait(hung, "web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	CHECK_EQ(alive, hung + 1);
}

static void reports_keep_alive(void)
{
	const struct vnl_watch_config more = { .progress = 4 * PROGRESS };
	int i;

	eye_open();
	CHECK_EQ(eye_add("web", eye_sleeper(), &more), 0);
	for (i = 0; i < 40; i++) {
		CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS, 0),
			 0);
		wait_ms(PROGRESS / 4);
	}
	CHECK_EQ(eye.n, 0);
	eye_wait(0, "web", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS);
}

static void stopped_does_not_hang(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS, .blocked = PROGRESS };
	pid_t pid = eye_worker();

	eye_open();
	CHECK_EQ(eye_add("web", pid, &more), 0);
	CHECK(!kill(pid, SIGSTOP), "kill: %s", strerror(errno));
	CHECK(waitpid(pid, NULL, WUNTRACED) == pid, "waitpid: %s", strerror(errno));
	wait_ms(5 * PROGRESS);
	CHECK_EQ(eye.n, 0);
	CHECK(!kill(pid, SIGCONT), "kill: %s", strerror(errno));
	wait_ms(2 * PROGRESS);
	CHECK_EQ(eye.n, 0);
}

static void frozen_does_not_hang(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS, .blocked = PROGRESS };
	pid_t pid = eye_worker();
	const char *group = "/sys/fs/cgroup/frost";

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) &&
	    shell_rc("mkdir -p /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup"))
		test_skip("no cgroup2");
	shell("mkdir -p %s && echo %d >%s/cgroup.procs", group, pid, group);
	eye_open();
	CHECK_EQ(eye_add("web", pid, &more), 0);
	shell("echo 1 >%s/cgroup.freeze; while grep -q 'frozen 0' %s/cgroup.events; do :; done",
	      group, group);
	wait_ms(5 * PROGRESS);
	shell("echo 0 >%s/cgroup.freeze", group);
	wait_ms(PROGRESS);
	CHECK_EQ(eye.n, 0);
	eye_end(pid, SIGKILL);
	shell("rmdir %s", group);
}

static int wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return 0;
}

/* The child: tells its number by the pipe at @arg. */
static int hold_up(void *arg)
{
	const int *pipes = arg;
	pid_t pid = getpid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(pipes[1], &pid, sizeof(pid)) != sizeof(pid))
		return 1;
	return wait_for_ever(NULL);
}

/* A process that waits without interruption until @holder, as of vfork(2), has ended. */
static pid_t stuck(pid_t *holder)
{
	static char stack[65536];
	int pipes[2];
	pid_t pid;

	CHECK(!pipe(pipes), "pipe: %s", strerror(errno));
	pid = eye_child();
	if (pid == 0) {
		clone(hold_up, stack + sizeof(stack), CLONE_VFORK | SIGCHLD, pipes);
		wait_for_ever(NULL);
	}
	CHECK(read(pipes[0], holder, sizeof(*holder)) == sizeof(*holder), "no child");
	return pid;
}

static void blocked_hangs(void)
{
	const struct vnl_watch_config more = { .blocked = PROGRESS };
	unsigned long long began;
	pid_t holder, pid = stuck(&holder);
	int hung;

	eye_open();
	began = boottime();
	CHECK_EQ(eye_add("web", pid, &more), 0);
	CHECK_EQ(eye_add("idle", eye_sleeper(), &more), 0);
	hung = eye_wait(0, "web", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_BLOCKED);
	CHECK_EQ(eye.log[hung].tid, pid);
	CHECK(eye.log[hung].time >= began + PROGRESS * MS, "before its deadline");
	CHECK(!kill(holder, SIGKILL), "kill: %s", strerror(errno));
	eye_wait(hung, "web", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	wait_ms(3 * PROGRESS);
	CHECK_EQ(eye.n, 2);
}

static void gone_is_found(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS };
	pid_t zombie = eye_worker();
	int at;

	eye_open();
	CHECK_EQ(eye_add("web", zombie, &more), 0);
	CHECK(!kill(zombie, SIGTERM), "kill: %s", strerror(errno));
	at = eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(eye.log[at].code, SIGTERM);
	CHECK_EQ(eye.n, 1);
}

static void *sleep_on(void *arg)
{
	wait_for_ever(arg);
	return arg;
}

static void *work_on(void *arg)
{
	for (;;)
		usleep(1000);
	return arg;
}

/* More threads than are looked at in one run, the last of which may be active. */
static pid_t crowd(int threads, bool active)
{
	pid_t pid = eye_child();
	pthread_attr_t attr;
	pthread_t t;
	int i;

	if (pid)
		return pid;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (i = 0; i < threads; i++) {
		bool works = active && i == threads - 1;

		if (pthread_create(&t, &attr, works ? work_on : sleep_on, NULL))
			_exit(1);
	}
	sleep_on(NULL);
	return 0;
}

static void crowds(void)
{
	const struct vnl_watch_config more = { .progress = PROGRESS };

	eye_open();
	CHECK_EQ(eye_add("busy", crowd(700, true), &more), 0);
	CHECK_EQ(eye_add("idle", crowd(700, false), &more), 0);
	eye_wait(0, "idle", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS);
	wait_ms(8 * PROGRESS);
	CHECK_EQ(eye_count(0, "busy"), 0);
	CHECK_EQ(eye_count(0, "idle"), 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "deadline: who computes is alive", busy_is_alive },
		{ "deadline: who sleeps hangs, and comes on again", sleeping_hangs },
		{ "deadline: reports keep alive", reports_keep_alive },
		{ "deadline: who is stopped does not hang", stopped_does_not_hang },
		{ "deadline: who is frozen does not hang", frozen_does_not_hang },
		{ "deadline: who is stuck in the kernel hangs", blocked_hangs },
		{ "deadline: who is gone is found", gone_is_found },
		{ "deadline: one of very many threads", crowds },
		{ }
	};

	return harness_main(argc, argv, tests);
}
