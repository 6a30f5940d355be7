// SPDX-License-Identifier: GPL-2.0
/*
 * pidfd NAME PROGRAM [ARGUMENT...] - the smallest supervisor that is an honest one:
 * it waits for the pidfd of its only child in epoll, reaps it and starts it again.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(argv[0], argv);
	_exit(127);
}

/* Start the child and add it to the set. Return: its pidfd. */
static int spawn(int set, char **argv)
{
	struct epoll_event ev = { .events = EPOLLIN };
	pid_t pid = start(argv);
	int fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev)) {
		perror("pidfd");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int set = epoll_create1(EPOLL_CLOEXEC), child;
	int notes = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc < 3 || set < 0 || notes < 0)
		return 1;
	child = spawn(set, argv + 2);
	for (;;) {
		struct epoll_event ev;
		siginfo_t si;
		__u64 heard;

		if (epoll_wait(set, &ev, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return 1;
		}
		heard = now_ns();
		waitid(P_PIDFD, child, &si, WEXITED);
		close(child);
		child = spawn(set, argv + 2);
		note_send(notes, NOTE_HEARD, argv[1], heard);
	}
}
