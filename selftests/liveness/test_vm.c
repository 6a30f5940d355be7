// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of a few bytes (tinyvm): what ends them is told, what hangs is called hung,
 * and nothing else ever is.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "probe_family.h"

const struct probe_family *const probe_families[] = { &probe_process, &probe_kvm, NULL };

/* Each of these ends at once. A crash kernel that is about to run is not the end. */
static void ends(void)
{
	struct guest triple, panic, loaded, device, crash;
	const struct live_event *e;

	guest_tests_begin();
	guest_run(&triple, "triple", "triple");
	live_wait("triple", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_TRIPLE_FAULT);
	guest_order(&triple, "reset");
	live_wait("triple", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	guest_run(&panic, "panic", "pvpanic");
	e = live_wait("panic", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	CHECK_EQ(e->code, 1);
	guest_run(&crash, "crash", "crash");
	live_wait("crash", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_GUEST_CRASH);
	guest_run(&loaded, "loaded", "loaded");
	guest_run(&device, "device", "device idle");
	guest_wait_out_hang();
	live_quiet("panic");
	live_quiet("loaded");
	guest_order(&panic, "reset");
	live_wait("panic", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	live_quiet("crash");
	guest_order(&crash, "reset");
	live_wait("crash", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	/* The monitor does not come back from the emulation of a device. */
	e = live_wait("device", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_VCPU);
	CHECK(e->tid, "no thread");
	guest_end(&triple);
	guest_end(&panic);
	guest_end(&loaded);
	guest_end(&device);
	guest_end(&crash);
	guest_tests_end();
}

/* pvpanic-pci is where the daemon says, also when it says so before the guest is looked for. */
static void panics_by_memory(void)
{
	const __u64 where = 0xfe000000;
	struct guest panic, other, untold;

	guest_tests_begin();
	guest_make(&panic, "panic", "mmio-panic");
	guest_make(&other, "other", "mmio");
	guest_make(&untold, "untold", "mmio-panic");
	guest_watch(&panic);
	guest_watch(&other);
	guest_watch(&untold);
	CHECK_EQ(probes_set_panic(live_probes(), panic.watch, where), 0);
	CHECK_EQ(probes_set_panic(live_probes(), other.watch, where), 0);
	guest_bind(&panic);
	guest_go(&other);
	guest_go(&untold);
	guest_go(&panic);
	CHECK_EQ(live_wait("panic", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC)->code, 1);
	guest_wait_out_hang();
	live_quiet("other");
	live_quiet("untold");
	guest_order(&panic, "reset");
	live_wait("panic", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	guest_end(&panic);
	guest_end(&other);
	guest_end(&untold);
	/* The end of a process does not unbind it. */
	probes_unbind(live_probes(), panic.watch);
	CHECK_EQ(probes_set_panic(live_probes(), panic.watch, where), -ENOENT);
	guest_tests_end();
}

/* One that comes to itself is alive again. */
static void recovers(void)
{
	unsigned long long since;
	struct guest g;

	guest_tests_begin();
	guest_make(&g, "g", "wait");
	guest_watch(&g);
	since = boottime();
	guest_go(&g);
	guest_wait_hung(&g, since);
	guest_order(&g, "wake");
	live_wait("g", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	/* Forgotten, and found again by the daemon. */
	probes_unbind(live_probes(), g.watch);
	guest_bind(&g);
	guest_order(&g, "stop");
	live_wait("g", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	guest_end(&g);
	guest_tests_end();
}

static void hangs(void)
{
	static const char *const words[] = { "loop", "halted", "hang", "idle hang" };
	struct guest g[4];
	unsigned long long since[4];
	char names[4][2] = { "0", "1", "2", "3" };

	guest_tests_begin();
	for (int i = 0; i < 4; i++) {
		guest_make(&g[i], names[i], words[i]);
		/* The last two are found when they run already. */
		if (i >= 2)
			guest_go(&g[i]);
		guest_watch(&g[i]);
		since[i] = boottime();
		if (i < 2)
			guest_go(&g[i]);
	}
	for (int i = 0; i < 4; i++) {
		guest_wait_hung(&g[i], since[i]);
		guest_order(&g[i], "reset");
		live_wait(names[i], VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	}
	for (int i = 0; i < 4; i++)
		guest_end(&g[i]);
	guest_tests_end();
}

/* Guests with these words, side by side; NULL ends the list. */
static void live(const char *const *words)
{
	static const char *const names[] = { "a", "b", "c" };
	struct guest g[3];
	int n;

	for (n = 0; words[n]; n++)
		guest_run(&g[n], names[n], words[n]);
	guest_wait_out_hang();
	guest_wait_out_hang();
	while (n--) {
		live_quiet(names[n]);
		guest_end(&g[n]);
	}
}

static void idle_or_busy(void)
{
	guest_tests_begin();
	live((const char *const []){ "idle", "sleep sleep", "busy", NULL });
	guest_tests_end();
}

static void few_signs(void)
{
	guest_tests_begin();
	live((const char *const []){ "ticks", "poll", NULL });
	live((const char *const []){ "unpack", "spin idle", NULL });
	guest_tests_end();
}

/* Stopped they are not hung; nor afterwards, for their time did not pass. */
static void stops(void)
{
	struct guest order_it, signal_it, ask;

	guest_tests_begin();
	guest_run(&order_it, "order", "busy idle");
	guest_run(&signal_it, "signal", "busy");
	/* What KVM_RUN said last is that the monitor is asked for something. */
	guest_run(&ask, "ask", "ask");
	guest_order(&order_it, "stop");
	live_wait("order", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	/* That one has run meanwhile: one that has not is not known to be stopped. */
	guest_order(&ask, "stop");
	live_wait("ask", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(signal_it.pid, SIGSTOP);
	CHECK_EQ(live_wait("signal", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP)->code,
		 SIGSTOP);
	guest_wait_out_hang();
	live_quiet("order");
	live_quiet("ask");
	live_quiet("signal");
	guest_order(&order_it, "cont");
	guest_order(&ask, "cont");
	live_wait("order", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	live_wait("ask", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	kill(signal_it.pid, SIGCONT);
	live_wait("signal", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	guest_wait_out_hang();
	live_quiet("order");
	live_quiet("ask");
	live_quiet("signal");
	guest_end(&order_it);
	guest_end(&ask);
	guest_end(&signal_it);
	guest_tests_end();
}

static const struct test tests[] = {
	{ "triple faults, panics and processors that do not come back are told", ends },
	{ "so are panics by a register in memory", panics_by_memory },
	{ "guests that hang in any way are hung, until they are reset", hangs },
	{ "one that comes to itself is alive again", recovers },
	{ "idle and busy guests are alive", idle_or_busy },
	{ "so are those that give few signs", few_signs },
	{ "stopped ones are stopped", stops },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
