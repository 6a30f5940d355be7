// SPDX-License-Identifier: GPL-2.0
/* Ends and stops of single processes: what is told, when, and of whom it is said. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"

const struct probe_family *const probe_families[] = { &probe_process, NULL };

#define LOCK_FILE	"/tmp/live.lock"
#define PORT		7123

static void begin(void)
{
	live_begin();
	live_load();
}

static void end(void)
{
	live_unload(false);
}

static void exit_with_3(void *arg)
{
	live_ready_till_signal();
	exit(3);
}

static void exits(void)
{
	pid_t pid;

	begin();
	pid = live_child(exit_with_3, NULL);
	live_watch("x", pid);
	kill(pid, SIGUSR1);
	live_wait_death("x", VIGIL_WATCH_CAUSE_EXIT, 3);
	live_reap(pid);
	live_quiet("x");
	end();
}

/* Who killed it is told, when it dies and when it is dead. */
static void killed(void)
{
	const struct live_event *e;
	pid_t pid;

	begin();
	pid = live_child(live_idle, NULL);
	live_watch("x", pid);
	kill(pid, SIGTERM);
	e = live_wait("x", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(e->code, SIGTERM);
	CHECK_EQ(e->by_pid, getpid());
	CHECK(!strcmp(e->by_comm, "test_process"), "by \"%s\"", e->by_comm);
	e = live_wait("x", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(e->code, SIGTERM);
	CHECK_EQ(e->by_pid, getpid());
	live_reap(pid);
	end();
}

static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

static void crash(void *arg)
{
	char *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	no_core();
	live_ready_till_signal();
	*(volatile char *)forbidden = 1;
}

static void crash_by_will(void *arg)
{
	no_core();
	live_ready_till_signal();
	abort();
}

/* Signals that a process brings upon itself: the kernel's, and its own. */
static void crashes(void)
{
	const struct live_event *e;
	pid_t pid;

	begin();
	live_write("/proc/sys/debug/exception-trace", "0");	/* it would look like a splat */
	pid = live_child(crash, NULL);
	live_watch("fault", pid);
	kill(pid, SIGUSR1);
	e = live_wait_death("fault", VIGIL_WATCH_CAUSE_SIGNAL, SIGSEGV);
	CHECK_EQ(e->by_pid, 0);
	live_reap(pid);
	pid = live_child(crash_by_will, NULL);
	live_watch("abort", pid);
	kill(pid, SIGUSR1);
	e = live_wait_death("abort", VIGIL_WATCH_CAUSE_SIGNAL, SIGABRT);
	CHECK_EQ(e->by_pid, pid);
	live_reap(pid);
	end();
}

static void handle(int sig)
{
}

/* Signals that it handles or ignores are no news, nor what its children do. */
static void endures(void *arg)
{
	signal(SIGUSR1, handle);
	signal(SIGTERM, SIG_IGN);
	live_ready();
	for (;;) {
		pid_t pid;

		pause();
		pid = fork();
		if (pid == 0)
			abort();
		waitpid(pid, NULL, 0);
		waitpid(live_brief(1), NULL, 0);
	}
}

static void nothing_to_tell(void)
{
	pid_t pid;

	begin();
	pid = live_child(endures, NULL);
	live_watch("x", pid);
	for (int i = 0; i < 5; i++) {
		kill(pid, SIGTERM);
		kill(pid, SIGUSR1);
	}
	kill(pid, SIGCONT);
	live_quiet("x");
	kill(pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	end();
}

static void stops(void)
{
	const struct live_event *e;
	pid_t pid;

	begin();
	pid = live_child(live_idle, NULL);
	live_watch("x", pid);
	for (int i = 0; i < 3; i++) {
		kill(pid, SIGSTOP);
		e = live_wait("x", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
		CHECK_EQ(e->code, SIGSTOP);
		CHECK_EQ(e->by_pid, getpid());
		kill(pid, SIGCONT);
		e = live_wait("x", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
		CHECK_EQ(e->by_pid, getpid());
	}
	kill(pid, SIGSTOP);
	live_wait("x", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	end();
}

/* A process that holds what only one can have, and @arg MiB of memory. */
static void hold(void *arg)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	size_t size = *(size_t *)arg << 20;
	int fd = open(LOCK_FILE, O_RDWR | O_CREAT, 0600);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || fcntl(fd, F_SETLK, &record) ||
	    bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 1) ||
	    memory == MAP_FAILED)
		_exit(2);
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	live_idle(NULL);
}

static bool lock_is_free(void)
{
	int fd = open(LOCK_FILE, O_RDWR);
	bool got;

	CHECK(fd >= 0, "%s: %s", LOCK_FILE, strerror(errno));
	got = !flock(fd, LOCK_EX | LOCK_NB);
	CHECK(got || errno == EWOULDBLOCK, "flock: %s", strerror(errno));
	close(fd);
	return got;
}

/* What the dead one held can be had at once, without having been waited for. */
static void check_all_free(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int fd = open(LOCK_FILE, O_RDWR);

	CHECK(!flock(fd, LOCK_EX | LOCK_NB), "flock: %s", strerror(errno));
	CHECK(!fcntl(fd, F_SETLK, &record), "record lock: %s", strerror(errno));
	CHECK(!bind(server, (struct sockaddr *)&address, sizeof(address)), "bind: %s",
	      strerror(errno));
	close(server);
	close(fd);
}

static void dead_means_closed(void)
{
	size_t mib = 1;

	begin();
	for (int i = 0; i < 20; i++) {
		pid_t pid = live_child(hold, &mib);
		char name[16];

		snprintf(name, sizeof(name), "holder%d", i);
		live_watch(name, pid);
		kill(pid, SIGKILL);
		live_wait_death(name, VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
		check_all_free();
		live_reap(pid);
	}
	end();
}

/* Dying is told while the whole of a large process is still there. */
static void large(void)
{
	unsigned long long killed_at, dying;
	const struct live_event *e;
	size_t mib = 2048;
	pid_t pid;

	begin();
	pid = live_child(hold, &mib);
	live_watch("large", pid);
	killed_at = boottime();
	kill(pid, SIGKILL);
	e = live_wait("large", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK(!lock_is_free(), "its lock was free before dying was told");
	dying = e->time;
	test_note("kill to dying %llu us, heard after %llu us", (dying - killed_at) / 1000,
		  (e->heard - killed_at) / 1000);
	e = live_wait("large", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	check_all_free();
	test_note("kill to dead %llu us, heard after %llu us", (e->time - killed_at) / 1000,
		  (e->heard - killed_at) / 1000);
	live_reap(pid);
	end();
}

static void take_id(pid_t pid)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0, "ns_last_pid: %s", strerror(errno));
	dprintf(fd, "%d", pid - 1);
	close(fd);
}

/* Another process with the number of the dead one: it is nobody's business. */
static void number_again(void)
{
	pid_t pid, next = 0;

	begin();
	pid = live_child(live_idle, NULL);
	live_watch("first", pid);
	kill(pid, SIGKILL);
	live_reap(pid);
	for (int i = 0; i < 100 && next != pid; i++) {
		if (next) {
			kill(next, SIGKILL);
			live_reap(next);
		}
		take_id(pid);
		next = live_child(live_idle, NULL);
	}
	CHECK_EQ(next, pid);
	live_wait_death("first", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	kill(next, SIGSTOP);
	kill(next, SIGCONT);
	kill(next, SIGTERM);
	live_reap(next);
	live_quiet("first");
	end();
}

/* What was bound and is bound no more is not told of. */
static void unbound(void)
{
	__u64 watch;
	pid_t pid;

	begin();
	pid = live_child(live_idle, NULL);
	watch = live_watch("x", pid);
	probes_unbind(live_probes(), watch);
	kill(pid, SIGSTOP);
	kill(pid, SIGCONT);
	live_quiet("x");
	live_bind(watch, pid);
	kill(pid, SIGKILL);
	live_wait_death("x", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	end();
}

static void eat(void *arg)
{
	const size_t step = 1 << 20;

	live_write("/sys/fs/cgroup/live-eater/cgroup.procs", "0");
	live_ready_till_signal();
	for (;;) {
		char *memory = mmap(NULL, step, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory != MAP_FAILED)
			memset(memory, 1, step);
	}
}

static void out_of_memory(void)
{
	const struct live_event *e;
	pid_t pid;

	begin();
	live_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	rmdir("/sys/fs/cgroup/live-eater");
	CHECK(!mkdir("/sys/fs/cgroup/live-eater", 0755), "mkdir: %s", strerror(errno));
	live_write("/sys/fs/cgroup/live-eater/memory.max", "24M");
	pid = live_child(eat, NULL);
	live_watch("eater", pid);
	kill(pid, SIGUSR1);
	e = live_wait_death("eater", VIGIL_WATCH_CAUSE_OOM, SIGKILL);
	CHECK_EQ(e->by_pid, 0);
	live_reap(pid);
	rmdir("/sys/fs/cgroup/live-eater");
	end();
}

static const struct test tests[] = {
	{ "exits", exits },
	{ "killed", killed },
	{ "crashes", crashes },
	{ "nothing to tell", nothing_to_tell },
	{ "stops", stops },
	{ "dead means closed", dead_means_closed },
	{ "large", large },
	{ "number again", number_again },
	{ "unbound", unbound },
	{ "out of memory", out_of_memory },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
