// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of a guest's guest. It says "ready", and then does what a line of its
 * console says, and answers "done" if it still can.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSY_MAX	8

static pid_t busy[BUSY_MAX];

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		syscall(SYS_finit_module, fd, "", 0);
	if (fd >= 0)
		close(fd);
}

static void crash(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "c", 1) < 0)
		puts("cannot crash");
}

/* One process for each processor that never sleeps. */
static void be_busy(void)
{
	for (long i = 0; i < sysconf(_SC_NPROCESSORS_ONLN) && i < BUSY_MAX; i++) {
		busy[i] = fork();
		if (!busy[i])
			for (;;)
				;
	}
}

static void be_calm(void)
{
	for (int i = 0; i < BUSY_MAX && busy[i] > 0; i++) {
		kill(busy[i], SIGKILL);
		waitpid(busy[i], NULL, 0);
		busy[i] = 0;
	}
}

int main(void)
{
	char line[64];

	mount("proc", "/proc", "proc", 0, NULL);
	load("/pvpanic.ko");
	load("/pvpanic-mmio.ko");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = 0;
		if (!strcmp(line, "crash"))
			crash();
		else if (!strcmp(line, "wedge"))
			load("/wedge.ko");
		else if (!strcmp(line, "busy"))
			be_busy();
		else if (!strcmp(line, "calm"))
			be_calm();
		else if (!strcmp(line, "reboot"))
			reboot(RB_AUTOBOOT);
		puts("done");
	}
	return 0;
}
