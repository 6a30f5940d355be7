// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that do not come on: waiting for a device that does not answer, or doing
 * nothing. The deadlines are the module's own; what they find joins what probes see.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live.h"

const struct probe_family *const probe_families[] = { &probe_process, NULL };

#define BLOCKED_MS	300
#define PROGRESS_MS	300
#define BLOCK		4096

/* A device that holds back all that is read, from "suspend" to "resume". */
static void make_device(void)
{
	shell("modprobe brd rd_nr=1 rd_size=1024 && modprobe dm_mod");
	shell("dmsetup remove --noudevsync slow 2>/dev/null;"
	      "dmsetup create --noudevsync slow --table '0 2048 linear /dev/ram0 0'");
	shell("dmsetup suspend --nolockfs --noudevsync slow");
}

static void remove_device(void)
{
	shell("dmsetup remove --noudevsync slow");
	shell("rmmod brd");
}

static void read_block(void *arg)
{
	int fd = open("/dev/dm-0", O_RDONLY | O_DIRECT);
	void *block = aligned_alloc(BLOCK, BLOCK);

	if (fd < 0 || !block)
		_exit(2);
	live_ready();
	if (read(fd, block, BLOCK) != BLOCK)
		_exit(3);
	for (;;)
		pause();
}

/* A thread that waits for a device: hung after a time, and alive when it answers. */
static void blocked(void)
{
	struct vnl_watch_config config = { .name = "reader", .blocked = BLOCKED_MS };
	pid_t pid;

	live_begin();
	live_load();
	make_device();
	pid = live_child(read_block, NULL);
	config.pid = (__u32)pid;
	live_watch_as(&config);
	live_wait("reader", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_BLOCKED);
	shell("dmsetup resume --noudevsync slow");
	live_wait("reader", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	kill(pid, SIGKILL);
	live_wait_death("reader", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	remove_device();
	live_unload(false);
}

/* One that is killed while it waits: dying at once, dead when the device answers. */
static void killed_while_blocked(void)
{
	struct vnl_watch_config config = { .name = "reader", .blocked = BLOCKED_MS };
	const struct live_event *e;
	pid_t pid;

	live_begin();
	live_load();
	make_device();
	pid = live_child(read_block, NULL);
	config.pid = (__u32)pid;
	live_watch_as(&config);
	live_wait("reader", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_BLOCKED);
	kill(pid, SIGKILL);
	e = live_wait("reader", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(e->from, VIGIL_WATCH_STATE_HUNG);
	CHECK_EQ(e->by_pid, getpid());
	live_quiet("reader");
	shell("dmsetup resume --noudevsync slow");
	live_wait("reader", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	live_reap(pid);
	remove_device();
	live_unload(false);
}

static void work(void *arg)
{
	live_ready();
	for (;;)
		usleep(PROGRESS_MS * 1000 / 20);
}

/* Its deadline passes while it is stopped: that it was stopped is what is told. */
static void stopped_for_long(void)
{
	struct vnl_watch_config config = { .name = "worker", .progress = PROGRESS_MS };
	pid_t pid;

	live_begin();
	live_load();
	pid = live_child(work, NULL);
	config.pid = (__u32)pid;
	live_watch_as(&config);
	kill(pid, SIGSTOP);
	live_wait("worker", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	usleep(3 * PROGRESS_MS * 1000);
	live_quiet("worker");
	kill(pid, SIGCONT);
	live_wait("worker", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	kill(pid, SIGKILL);
	live_wait_death("worker", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(false);
}

static void doze(void *arg)
{
	live_ready();
	for (;;)
		pause();
}

/* It waits for nothing in particular, for longer than it should. */
static void no_progress(void)
{
	struct vnl_watch_config config = { .name = "dozer", .progress = PROGRESS_MS };
	pid_t pid;

	live_begin();
	live_load();
	pid = live_child(doze, NULL);
	config.pid = (__u32)pid;
	live_watch_as(&config);
	live_wait("dozer", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS);
	kill(pid, SIGCONT);
	kill(pid, SIGSTOP);
	live_wait("dozer", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(pid, SIGKILL);
	live_wait_death("dozer", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_unload(false);
}

static const struct test tests[] = {
	{ "blocked", blocked },
	{ "killed while blocked", killed_while_blocked },
	{ "stopped for long", stopped_for_long },
	{ "no progress", no_progress },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
