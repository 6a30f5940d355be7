// SPDX-License-Identifier: GPL-2.0
/*
 * A real guest: Debian's kernel in QEMU's microvm. It boots for long and is alive, idle
 * for a minute and is alive, busy and is alive; and then it panics, or it hangs. Or it
 * never gets that far: its boot waits for what does not come, or turns in a circle.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "live.h"
#include "probe_family.h"

#define HANG_MS		10000	/* as the daemon's default */
#define BOOT_MS		100000
#define LIMIT_S		240
#define QMP_PATH	"/tmp/qmp"

/*
 * A hang is told 1.25 to 1.5 times the limit after it began; the rest is for the way of
 * the order into the guest, and for looks that an emulated machine makes late.
 */
#define TOLD_MIN_MS	(HANG_MS * 5 / 4)
#define TOLD_MAX_MS	(HANG_MS * 3 / 2 + 1000)

const struct probe_family *const probe_families[] = { &probe_process, &probe_kvm, NULL };

struct guest {
	pid_t pid;
	int in;
	int out;
	const char *cpus;
	const char *append;
};

/* The harness allows less. */
static void begin(void)
{
	alarm(LIMIT_S * (unsigned int)slowness());
	shell("modprobe kvm_amd");
	live_begin();
	live_load();
}

static void end(void)
{
	live_unload(false);
}

static void become_qemu(void *arg)
{
	struct guest *g = arg;

	dup2(g->in, STDIN_FILENO);
	dup2(g->out, STDOUT_FILENO);
	unlink(QMP_PATH);
	live_ready();
	execl("/usr/bin/qemu-system-x86_64", "qemu", "-M", "microvm", "-accel", "kvm", "-cpu",
	      "host", "-m", "256", "-smp", g->cpus, "-nodefaults", "-no-user-config", "-display",
	      "none", "-serial", "stdio", "-device", "pvpanic", "-action", "panic=none",
	      "-qmp", "unix:" QMP_PATH ",server=on,wait=off", "-kernel", "/nested/vmlinux",
	      "-initrd", "/nested/initrd", "-append", g->append, NULL);
	_exit(127);
}

/* What a line says behind the kernel's time. */
static const char *said(const char *line)
{
	const char *end = line[0] == '[' ? strstr(line, "] ") : NULL;

	return end ? end + 2 : line;
}

/* Lines of the console, until one says @want. Events are taken meanwhile. */
static void wait_line(struct guest *g, const char *want)
{
	unsigned long long until = boottime() + BOOT_MS * 1000000ULL * (unsigned int)slowness();
	struct pollfd fd = { .fd = g->out, .events = POLLIN };
	char line[256], last[256] = "";
	size_t n = 0;

	for (;;) {
		CHECK(boottime() < until, "guest: no \"%s\" after \"%s\"", want, last);
		if (poll(&fd, 1, 1000) <= 0)
			continue;
		CHECK(read(g->out, &line[n], 1) == 1, "guest: ended after \"%s\"", last);
		if (line[n] != '\n' && n < sizeof(line) - 1) {
			n += line[n] != '\r';
			continue;
		}
		line[n] = 0;
		n = 0;
		if (!strcmp(said(line), want))
			return;
		snprintf(last, sizeof(last), "%s", line);
	}
}

static void tell(struct guest *g, const char *what)
{
	CHECK(dprintf(g->in, "%s\n", what) > 0, "guest: %s", strerror(errno));
}

/* It is watched before it begins. */
static void start(struct guest *g, const char *cpus, const char *append)
{
	struct vnl_watch_config config = {
		.name = "g", .kind = VIGIL_WATCH_KIND_VM, .hang = HANG_MS,
	};
	int in[2], out[2];

	CHECK(!pipe2(in, 0) && !pipe2(out, 0), "pipe: %s", strerror(errno));
	*g = (struct guest){ .in = in[0], .out = out[1], .cpus = cpus, .append = append };
	g->pid = live_child(become_qemu, g);
	close(in[0]);
	close(out[1]);
	g->in = in[1];
	g->out = out[0];
	config.pid = (__u32)g->pid;
	live_watch_as(&config);
}

/* Boots, and is alive all the time. */
static void boot(struct guest *g, const char *cpus, const char *append)
{
	unsigned long long since = boottime();

	start(g, cpus, append);
	wait_line(g, "ready");
	test_note("booted in %llu ms", (boottime() - since) / 1000000);
	live_quiet("g");
}

static void kill_guest(struct guest *g)
{
	kill(g->pid, SIGKILL);
	live_wait_death("g", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(g->pid);
}

/* Time passes, in which it is neither hung nor anything else. */
static void stays_alive(unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		sleep(1);
		live_quiet("g");
	}
}

/* An order to the monitor; its answer is not awaited, what it does is. */
static void order(const char *what)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = QMP_PATH };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[1024];

	CHECK(!connect(fd, (struct sockaddr *)&address, sizeof(address)), "QMP: %s",
	      strerror(errno));
	dprintf(fd, "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"%s\"}\n", what);
	/* Greeting, and two answers: then it was heard. */
	for (int lines = 0; lines < 3;) {
		ssize_t n = read(fd, answer, sizeof(answer));

		CHECK(n > 0, "QMP: %s", strerror(errno));
		for (ssize_t i = 0; i < n; i++)
			lines += answer[i] == '\n';
	}
	close(fd);
}

static void lives_and_panics(void)
{
	const struct live_event *e;
	struct guest g;

	begin();
	boot(&g, "1", "console=ttyS0 quiet panic=0");
	stays_alive(60);
	tell(&g, "busy");
	wait_line(&g, "done");
	stays_alive(2 * HANG_MS / 1000);
	order("stop");
	live_wait("g", VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	stays_alive(2 * HANG_MS / 1000);
	order("cont");
	live_wait("g", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	tell(&g, "calm");
	wait_line(&g, "done");
	tell(&g, "crash");
	e = live_wait("g", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_PVPANIC);
	CHECK_EQ(e->code, 1);
	order("system_reset");
	live_wait("g", VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	kill_guest(&g);
	end();
}

/* One of its processors has interrupts off for ever. */
static void hangs(void)
{
	unsigned long long since;
	const struct live_event *e;
	struct guest g;

	begin();
	boot(&g, "2", "console=ttyS0 quiet panic=0");
	since = boottime();
	tell(&g, "wedge");
	e = live_wait("g", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG);
	test_note("hung after %llu ms of %u", (e->time - since) / 1000000, HANG_MS);
	CHECK(e->time - since >= TOLD_MIN_MS * 1000000ULL, "too early");
	CHECK(e->time - since <= TOLD_MAX_MS * (unsigned int)slowness() * 1000000ULL, "too late");
	CHECK(e->tid, "no thread");
	kill_guest(&g);
	end();
}

/* A boot that goes on and on before it has come so far as to take interrupts. */
static void boot_hangs(const char *append)
{
	const struct live_event *e;
	unsigned long long since;
	struct guest g;

	begin();
	since = boottime();
	start(&g, "1", append);
	e = live_wait_long("g", VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG, BOOT_MS);
	test_note("hung %llu ms after its start", (e->time - since) / 1000000);
	CHECK(e->time - since >= TOLD_MIN_MS * 1000000ULL, "too early");
	kill_guest(&g);
	end();
}

/* It tests its memory, and never has enough of it. */
static void boot_turns(void)
{
	boot_hangs("console=ttyS0 quiet memtest=1000000");
}

/* Its console is memory that never says that it can take a byte. */
static void boot_spins(void)
{
	boot_hangs("earlycon=uart8250,mmio,0x8000000");
}

/* Its disk never comes: it is idle, and that is no hang. */
static void boot_waits(void)
{
	struct guest g;

	begin();
	start(&g, "1", "console=ttyS0 rdinit=/none root=/dev/vda rootwait");
	wait_line(&g, "Waiting for root device /dev/vda...");
	stays_alive(3 * HANG_MS / 2000);
	kill_guest(&g);
	end();
}

static const struct test tests[] = {
	{ "a guest boots, idles, works and panics", lives_and_panics },
	{ "a guest hangs in a driver", hangs },
	{ "a boot that turns in a circle is hung", boot_turns },
	{ "so is one that spins for a device", boot_spins },
	{ "one that waits for a device is not", boot_waits },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
