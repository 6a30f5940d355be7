// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of a few bytes (tinyvm): what ends them is told, what hangs is called hung,
 * and nothing else ever is.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live.h"
#include "probe_family.h"

const struct probe_family *const probe_families[] = { &probe_process, &probe_kvm, NULL };

/* It takes up to half as long again, and more where the emulator makes a look late. */
#define HANG_MS		2000

/* A guest, its processors by the words of tinyvm. */
struct guest {
	const char *name;
	pid_t pid;
	int orders;
	int answers;
	const char *words;
	__u64 watch;
};

static void begin(void)
{
	shell("modprobe kvm_amd");
	live_begin();
	live_load();
}

static void end(void)
{
	live_unload(false);
}

/* In the child: becomes a tinyvm. */
static void become_guest(void *arg)
{
	struct guest *g = arg;
	char words[64], program[] = "tinyvm", *word[8] = { program }, *save = NULL;
	int n = 1;

	snprintf(words, sizeof(words), "%s", g->words);
	for (char *w = strtok_r(words, " ", &save); w && n < 7; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	dup2(g->orders, STDIN_FILENO);
	dup2(g->answers, STDOUT_FILENO);
	live_ready();
	execv("./tinyvm", word);
	_exit(127);
}

static void make_guest(struct guest *g, const char *name, const char *words)
{
	int orders[2], answers[2];

	CHECK(!pipe2(orders, 0) && !pipe2(answers, 0), "pipe: %s", strerror(errno));
	*g = (struct guest){
		.name = name, .orders = orders[0], .answers = answers[1], .words = words,
	};
	g->pid = live_child(become_guest, g);
	close(orders[0]);
	close(answers[1]);
	g->orders = orders[1];
	g->answers = answers[0];
}

static void order(struct guest *g, const char *what)
{
	CHECK(dprintf(g->orders, "%s\n", what) > 0, "%s: %s", g->words, strerror(errno));
}

static void go(struct guest *g)
{
	char answer[16];

	order(g, "go");
	CHECK(read(g->answers, answer, sizeof(answer)) > 0, "%s does not run", g->words);
}

static void watch_guest(struct guest *g)
{
	struct vnl_watch_config config = {
		.name = g->name, .pid = (__u32)g->pid, .kind = VIGIL_WATCH_KIND_VM,
		.hang = HANG_MS,
	};

	g->watch = live_watch_as(&config);
}

/* As a daemon does that finds it running. */
static void bind_again(const struct guest *g)
{
	struct probe_target target = {
		.watch = g->watch, .pid = g->pid, .kind = VIGIL_WATCH_KIND_VM,
		.hang_ms = HANG_MS,
	};

	target.pidfd = (int)syscall(SYS_pidfd_open, g->pid, 0);
	CHECK_EQ(probes_bind(live_probes(), &target), 0);
	close(target.pidfd);
}

/* The guest is watched before it begins. */
static void run_guest(struct guest *g, const char *name, const char *words)
{
	make_guest(g, name, words);
	watch_guest(g);
	go(g);
}

static void end_guest(struct guest *g)
{
	kill(g->pid, SIGKILL);
	live_wait_death(g->name, VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(g->pid);
	close(g->orders);
	close(g->answers);
}

/* @since: when it began, ns. */
static void wait_hung(const struct guest *g, unsigned long long since)
{
	const struct live_event *e;
	unsigned long long ms;

	e = live_wait(g->name, VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG);
	CHECK(e->time > since, "%s: hung before it could be", g->words);
	ms = (e->time - since) / 1000000;
	test_note("%s: hung after %llu ms of %u", g->words, ms, HANG_MS);
	CHECK(ms >= HANG_MS, "%s: hung too early", g->words);
}

/* Long enough to be called hung, as the one that really is shows. */
static void wait_out_hang(void)
{
	unsigned long long since = boottime();
	struct guest g;

	run_guest(&g, "control", "loop");
	wait_hung(&g, since);
	end_guest(&g);
}

/* Each of these ends at once. A crash kernel that is about to run is not the end. */
static void ends(void)
{
	struct guest triple, panic, loaded, device;
	const struct live_event *e;

	begin();
	run_guest(&triple, "triple", "triple");
	live_wait("triple", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_TRIPLE_FAULT);
	order(&triple, "reset");
	live_wait("triple", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	run_guest(&panic, "panic", "pvpanic");
	e = live_wait("panic", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	CHECK_EQ(e->code, 1);
	run_guest(&loaded, "loaded", "loaded");
	run_guest(&device, "device", "device idle");
	wait_out_hang();
	live_quiet("panic");
	live_quiet("loaded");
	order(&panic, "reset");
	live_wait("panic", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	/* The monitor does not come back from the emulation of a device. */
	e = live_wait("device", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_VCPU);
	CHECK(e->tid, "no thread");
	end_guest(&triple);
	end_guest(&panic);
	end_guest(&loaded);
	end_guest(&device);
	end();
}

/* pvpanic-pci is where the daemon says, also when it says so before the guest is looked for. */
static void panics_by_memory(void)
{
	const __u64 where = 0xfe000000;
	struct guest panic, other, untold;

	begin();
	make_guest(&panic, "panic", "mmio-panic");
	make_guest(&other, "other", "mmio");
	make_guest(&untold, "untold", "mmio-panic");
	watch_guest(&panic);
	watch_guest(&other);
	watch_guest(&untold);
	CHECK_EQ(probes_set_panic(live_probes(), panic.watch, where), 0);
	CHECK_EQ(probes_set_panic(live_probes(), other.watch, where), 0);
	bind_again(&panic);
	go(&other);
	go(&untold);
	go(&panic);
	CHECK_EQ(live_wait("panic", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC)->code, 1);
	wait_out_hang();
	live_quiet("other");
	live_quiet("untold");
	order(&panic, "reset");
	live_wait("panic", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	end_guest(&panic);
	end_guest(&other);
	end_guest(&untold);
	/* The end of a process does not unbind it. */
	probes_unbind(live_probes(), panic.watch);
	CHECK_EQ(probes_set_panic(live_probes(), panic.watch, where), -ENOENT);
	end();
}

/* One that comes to itself is alive again. */
static void recovers(void)
{
	unsigned long long since;
	struct guest g;

	begin();
	make_guest(&g, "g", "wait");
	watch_guest(&g);
	since = boottime();
	go(&g);
	wait_hung(&g, since);
	order(&g, "wake");
	live_wait("g", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	/* Forgotten, and found again by the daemon. */
	probes_unbind(live_probes(), g.watch);
	bind_again(&g);
	order(&g, "stop");
	live_wait("g", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	end_guest(&g);
	end();
}

static void hangs(void)
{
	static const char *const words[] = { "loop", "halted", "hang", "idle hang" };
	struct guest g[4];
	unsigned long long since[4];
	char names[4][2] = { "0", "1", "2", "3" };

	begin();
	for (int i = 0; i < 4; i++) {
		make_guest(&g[i], names[i], words[i]);
		/* The last two are found when they run already. */
		if (i >= 2)
			go(&g[i]);
		watch_guest(&g[i]);
		since[i] = boottime();
		if (i < 2)
			go(&g[i]);
	}
	for (int i = 0; i < 4; i++) {
		wait_hung(&g[i], since[i]);
		order(&g[i], "reset");
		live_wait(names[i], VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	}
	for (int i = 0; i < 4; i++)
		end_guest(&g[i]);
	end();
}

/* Guests with these words, side by side; NULL ends the list. */
static void live(const char *const *words)
{
	static const char *const names[] = { "a", "b", "c" };
	struct guest g[3];
	int n;

	for (n = 0; words[n]; n++)
		run_guest(&g[n], names[n], words[n]);
	wait_out_hang();
	wait_out_hang();
	while (n--) {
		live_quiet(names[n]);
		end_guest(&g[n]);
	}
}

static void idle_or_busy(void)
{
	begin();
	live((const char *const []){ "idle", "sleep sleep", "busy", NULL });
	end();
}

static void few_signs(void)
{
	begin();
	live((const char *const []){ "ticks", "poll", NULL });
	live((const char *const []){ "unpack", "spin idle", NULL });
	end();
}

/* Stopped they are not hung; nor afterwards, for their time did not pass. */
static void stops(void)
{
	struct guest order_it, signal_it;

	begin();
	run_guest(&order_it, "order", "busy idle");
	run_guest(&signal_it, "signal", "busy");
	order(&order_it, "stop");
	live_wait("order", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	kill(signal_it.pid, SIGSTOP);
	CHECK_EQ(live_wait("signal", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP)->code,
		 SIGSTOP);
	wait_out_hang();
	live_quiet("order");
	live_quiet("signal");
	order(&order_it, "cont");
	live_wait("order", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	kill(signal_it.pid, SIGCONT);
	live_wait("signal", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	wait_out_hang();
	live_quiet("order");
	live_quiet("signal");
	end_guest(&order_it);
	end_guest(&signal_it);
	end();
}

/* KVM comes when the daemon has long been there. */
static void kvm_comes_later(void)
{
	unsigned long long since;
	struct guest g;

	shell("modprobe -r kvm_amd");
	live_begin();
	live_load();
	shell("modprobe kvm_amd");
	make_guest(&g, "g", "hang");
	watch_guest(&g);
	since = boottime();
	go(&g);
	wait_hung(&g, since);
	end_guest(&g);
	end();
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
	begin();
	make_guest(&g, "g", "hang idle");
	watch_guest(&g);
	since = boottime();
	live_unload(true);
	go(&g);
	wait_hung(&g, since);
	end_guest(&g);
	live_load();
	end();
}

/* The next daemon finds guests that never return to their monitors. */
static void next_daemon(void)
{
	unsigned long long since;
	struct guest g;

	begin();
	make_guest(&g, "g", "hang idle");
	watch_guest(&g);
	go(&g);
	/* Nothing is left of the old one, whose timers would tell. */
	live_unload(false);
	live_load();
	since = boottime();
	bind_again(&g);
	wait_hung(&g, since);
	end_guest(&g);
	live_quiet("g");
	end();
}

static const struct test tests[] = {
	{ "triple faults, panics and processors that do not come back are told", ends },
	{ "so are panics by a register in memory", panics_by_memory },
	{ "guests that hang in any way are hung, until they are reset", hangs },
	{ "one that comes to itself is alive again", recovers },
	{ "idle and busy guests are alive", idle_or_busy },
	{ "so are those that give few signs", few_signs },
	{ "stopped ones are stopped", stops },
	{ "KVM may come later than the daemon", kvm_comes_later },
	{ "a hang is told without a daemon", without_a_daemon },
	{ "the next daemon finds the guests", next_daemon },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
