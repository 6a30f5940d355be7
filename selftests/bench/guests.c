// SPDX-License-Identifier: GPL-2.0
/*
 * guests ROUNDS - how long after a guest's end, or that of its monitor, an event
 * about it is heard: from the kernel, and from QEMU where that tells at all.
 *
 * Prints "FAULT WHAT NS", NS counted from the cause. What the kernel told is "watch",
 * or the state; what QEMU told is "qmp".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "live.h"
#include "monitor.h"

#define NAME		"guest"
#define HANG_MS		1000
#define PANICS		3	/* in a round */

static void sample(const char *fault, const char *what, __u64 cause, __u64 heard)
{
	printf("%s %s %llu\n", fault, what, heard - cause);
}

static void watch(pid_t pid, __u32 hang)
{
	struct vnl_watch_config config = {
		.name = NAME, .kind = VIGIL_WATCH_KIND_VM, .pid = (__u32)pid, .hang = hang,
	};

	live_watch_as(&config);
}

static void unwatch(void)
{
	CHECK(!vnl_watch_del(live_client(), LIVE_CLUSTER, NAME), "watch-del");
}

static bool told(void *arg)
{
	return *(const __u64 *)arg;
}

/* The guest's own end. */
static void fault(enum order order, const char *name, unsigned int state_cause,
		  const __u64 *by_qmp)
{
	__u64 cause = monitor_order(order);
	const struct live_event *e = live_wait(NAME, VIGIL_WATCH_STATE_DYING, state_cause);

	sample(name, "watch", cause, e->heard);
	live_until(told, (void *)by_qmp, "event of QEMU");
	sample(name, "qmp", cause, *by_qmp);
}

static void panic(void)
{
	fault(ORDER_PANIC, "panic", VIGIL_WATCH_CAUSE_PVPANIC, &monitor_heard()->panicked);
	monitor_reset();
	live_wait(NAME, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
}

/*
 * QEMU resets the guest then. Where KVM itself runs on an emulated processor, that guest
 * never leaves its first instruction again: one triple fault for each life of QEMU.
 */
static void triple_fault(void)
{
	fault(ORDER_TRIPLE, "triple-fault", VIGIL_WATCH_CAUSE_TRIPLE_FAULT,
	      &monitor_heard()->reset);
	live_wait(NAME, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
}

static void hang(void)
{
	__u64 cause = monitor_order(ORDER_HANG);
	const struct live_event *e = live_wait(NAME, VIGIL_WATCH_STATE_HUNG,
					       VIGIL_WATCH_CAUSE_GUEST_HANG);

	sample("hang", "watch", cause, e->heard);
	monitor_order(ORDER_NONE);
	live_wait(NAME, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
}

/* The monitor is killed: QEMU says nothing then, its connection ends. */
static void death(pid_t pid)
{
	const struct monitor_heard *heard = monitor_heard();
	const struct live_event *e;
	__u64 cause;

	monitor_forget();
	cause = boottime();
	kill(pid, SIGKILL);
	e = live_wait(NAME, VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	sample("death", "dying", cause, e->heard);
	e = live_wait(NAME, VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	sample("death", "watch", cause, e->heard);
	live_until(told, (void *)&heard->end, "end of the connection");
	sample("death", "qmp", cause, heard->end);
}

/* Two lives of QEMU, with each fault once or more. */
static void round_of_faults(void)
{
	pid_t pid = monitor_start();

	watch(pid, 0);
	for (int i = 0; i < PANICS; i++)
		panic();
	triple_fault();
	unwatch();
	monitor_end();

	pid = monitor_start();
	watch(pid, HANG_MS);
	hang();
	death(pid);
	monitor_end();
	unwatch();
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	live_begin();
	live_load();
	for (int i = atoi(argv[1]); i > 0; i--)
		round_of_faults();
	live_unload(false);
	return 0;
}
