// SPDX-License-Identifier: GPL-2.0
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"

#define FIRMWARE	"/tmp/bench-firmware"
#define MEMORY		"/dev/shm/bench-memory"
#define SOCKET		"/tmp/bench-qmp"
#define MEMORY_SIZE	(16u << 20)
#define FIRMWARE_SIZE	65536u
#define ENTRY		0xfff0u		/* of the processor after a reset, in the firmware */

/* In the guest's memory; the assembler below has the same numbers. */
#define AT_ORDER	0x600
#define AT_TURNS	0x604

extern const char firmware[], firmware_end[];

/*
 * Real mode, at the start of the last 64 KiB. An order is waited for in memory; now and
 * then a port is read, as a guest that lives would. The hang has a timer that ticks into
 * a PIC, and interrupts off.
 */
asm(".section .rodata\n"
".code16\n"
"firmware: cli\n"
"	xor %ax, %ax\n"
"	mov %ax, %ds\n"
"wait:	incl 0x604\n"
"	in $0x80, %al\n"
"	mov $20000, %cx\n"
"1:	cmpl $0, 0x600\n"
"	jne 2f\n"
"	loop 1b\n"
"	jmp wait\n"
"2:	mov 0x600, %eax\n"
"	cmp $1, %eax\n"
"	je panic\n"
"	cmp $2, %eax\n"
"	je triple\n"
"	mov $0x11, %al\n"
"	out %al, $0x20\n"
"	mov $0x20, %al\n"
"	out %al, $0x21\n"
"	mov $0x04, %al\n"
"	out %al, $0x21\n"
"	mov $0x03, %al\n"
"	out %al, $0x21\n"
"	mov $0xfe, %al\n"
"	out %al, $0x21\n"
"	mov $0x34, %al\n"
"	out %al, $0x43\n"
"	mov $0x9c, %al\n"
"	out %al, $0x40\n"
"	mov $0x2e, %al\n"
"	out %al, $0x40\n"
"1:	cmpl $0, 0x600\n"
"	jne 1b\n"
"	jmp wait\n"
"panic:	movl $0, 0x600\n"
"	mov $0x505, %dx\n"
"	mov $1, %al\n"
"	out %al, %dx\n"
"	jmp wait\n"
"triple: movl $0, 0x600\n"
"	lidtl %cs:(no_table - firmware)\n"
"	int3\n"
"no_table: .long 0, 0\n"
"firmware_end:\n"
".code64\n"
".text\n");

static volatile __u32 *memory;
static int qmp = -1;
static sd_event_source *source;
static struct monitor_heard heard;
static pid_t pid;

static void write_firmware(void)
{
	/* jmp to offset 0, and its distance */
	const __u16 distance = (__u16)-(ENTRY + 3);
	char *image = calloc(1, FIRMWARE_SIZE);
	int fd = open(FIRMWARE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(image && fd >= 0, "%s: %s", FIRMWARE, strerror(errno));
	memcpy(image, firmware, (size_t)(firmware_end - firmware));
	image[ENTRY] = (char)0xe9;
	memcpy(image + ENTRY + 1, &distance, sizeof(distance));
	CHECK(write(fd, image, FIRMWARE_SIZE) == FIRMWARE_SIZE, "%s", FIRMWARE);
	close(fd);
	free(image);
}

static void map_memory(void)
{
	int fd = open(MEMORY, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	void *p;

	CHECK(fd >= 0 && !ftruncate(fd, MEMORY_SIZE), "%s: %s", MEMORY, strerror(errno));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED, "%s: %s", MEMORY, strerror(errno));
	memory = p;
	close(fd);
}

static void become_qemu(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execlp("qemu-system-x86_64", "qemu-system-x86_64", "-nodefaults", "-no-user-config",
	       "-display", "none", "-M", "microvm,accel=kvm,memory-backend=ram", "-m", "16",
	       "-object", "memory-backend-file,id=ram,size=16M,share=on,mem-path=" MEMORY,
	       "-bios", FIRMWARE, "-device", "pvpanic", "-action", "panic=none",
	       "-qmp", "unix:" SOCKET ",server=on,wait=off", NULL);
	_exit(127);
}

static void say(const char *command)
{
	CHECK(send(qmp, command, strlen(command), MSG_NOSIGNAL) == (ssize_t)strlen(command),
	      "QMP: %s", strerror(errno));
}

static int on_qmp(sd_event_source *s, int fd, uint32_t revents, void *data)
{
	static char text[65536];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	__u64 now = boottime();

	if (n <= 0) {
		heard.end = now;
		sd_event_source_set_enabled(s, SD_EVENT_OFF);
		return 0;
	}
	text[n] = 0;
	if (!heard.panicked && strstr(text, "\"GUEST_PANICKED\""))
		heard.panicked = now;
	if (!heard.reset && strstr(text, "\"RESET\""))
		heard.reset = now;
	return 0;
}

static bool connected(void *arg)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };

	CHECK(waitpid(pid, NULL, WNOHANG) == 0, "QEMU has ended");
	return !connect(qmp, (struct sockaddr *)&address, sizeof(address));
}

static bool turned(void *arg)
{
	return memory[AT_TURNS / 4] != *(__u32 *)arg;
}

static void wait_turn(void)
{
	__u32 turns = memory[AT_TURNS / 4];

	live_until(turned, &turns, "the guest waits for orders");
}

pid_t monitor_start(void)
{
	int rc;

	if (!memory)
		write_firmware();
	map_memory();
	unlink(SOCKET);
	pid = fork();
	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (!pid)
		become_qemu();
	qmp = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(qmp >= 0, "socket: %s", strerror(errno));
	live_until(connected, NULL, "QEMU listens");
	rc = sd_event_add_io(live_loop(), &source, qmp, EPOLLIN, on_qmp, NULL);
	CHECK(rc >= 0, "loop: %s", strerror(-rc));
	say("{\"execute\":\"qmp_capabilities\"}\n");
	wait_turn();
	monitor_forget();
	return pid;
}

__u64 monitor_order(enum order order)
{
	__u64 now;

	if (order != ORDER_NONE)
		wait_turn();
	monitor_forget();
	now = boottime();
	memory[AT_ORDER / 4] = order;
	return now;
}

void monitor_reset(void)
{
	say("{\"execute\":\"system_reset\"}\n");
}

const struct monitor_heard *monitor_heard(void)
{
	return &heard;
}

void monitor_forget(void)
{
	memset(&heard, 0, sizeof(heard));
}

void monitor_end(void)
{
	kill(pid, SIGKILL);
	live_reap(pid);
	source = sd_event_source_disable_unref(source);
	close(qmp);
	munmap((void *)(uintptr_t)memory, 4096);
}
