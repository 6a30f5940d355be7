// SPDX-License-Identifier: GPL-2.0
/*
 * The agent's one loop: requests of the host, output of jobs, ended children.
 * It runs with real-time priority (its jobs do not), so that clock questions are
 * answered at once and a guest under load is not taken for a silent one.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define POLL_MAX 130

static long long boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void send_time(uint8_t type, uint32_t job, const char *before)
{
	char text[128];

	channel_send(type, job, text,
		     snprintf(text, sizeof(text), "%s%lld", before, boottime_ns()));
}

static void say_hello(void)
{
	char id[64] = "", before[80];
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f) {
		if (!fgets(id, sizeof(id), f))
			id[0] = 0;
		fclose(f);
	}
	id[strcspn(id, "\n")] = 0;
	snprintf(before, sizeof(before), "%s ", id);
	send_time(FRAME_HELLO, 0, before);
}

/* Payload: path, NUL, octal mode, NUL, content. The file appears complete. */
static int put_file(const char *payload, size_t len)
{
	const char *mode = payload + strlen(payload) + 1;
	const char *data = mode + strlen(mode) + 1;
	size_t left = payload + len - data;
	char path[512];
	int fd, failed = 0;

	snprintf(path, sizeof(path), "%s.new", payload);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return 1;
	while (left && !failed) {
		ssize_t n = write(fd, data, left);

		failed = n <= 0;
		if (!failed) {
			data += n;
			left -= n;
		}
	}
	failed |= fchmod(fd, strtoul(mode, NULL, 8));
	close(fd);
	return failed || rename(path, payload);
}

static void answer(const struct agent_frame *frame, const char *payload)
{
	switch (frame->type) {
	case FRAME_RUN:
		job_run(frame->job, payload);
		break;
	case FRAME_KILL:
		job_kill(frame->job, atoi(payload));
		break;
	case FRAME_PUT:
		channel_send(FRAME_EXIT, frame->job,
			     put_file(payload, frame->len) ? "1" : "0", 1);
		break;
	case FRAME_CLOCK:
		send_time(FRAME_CLOCK, frame->job, "");
		break;
	default:
		fprintf(stderr, "agent: unknown request %#x\n", frame->type);
	}
}

static int child_signal_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

void agent_main(void)
{
	struct sched_param realtime = { .sched_priority = 1 };
	struct pollfd fds[POLL_MAX];
	struct signalfd_siginfo ended;
	struct agent_frame frame;
	int port, count;
	char *payload;

	sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &realtime);
	fds[1] = (struct pollfd){ .fd = child_signal_fd(), .events = POLLIN };
	while ((port = channel_open()) < 0)
		usleep(1000);
	say_hello();
	for (;;) {
		channel_flush();
		fds[0] = (struct pollfd){ .fd = port, .events = POLLIN };
		if (channel_pending())
			fds[0].events |= POLLOUT;
		count = job_poll(fds + 2, POLL_MAX - 2);
		if (poll(fds, count + 2, -1) < 0)
			continue;
		/* Without a host the port hangs up at once, always: wait a little. */
		if (fds[0].revents & POLLHUP)
			usleep(10000);
		while ((payload = channel_receive(&frame)))
			answer(&frame, payload);
		job_read(fds + 2, count);
		if (fds[1].revents) {
			while (read(fds[1].fd, &ended, sizeof(ended)) > 0)
				;
			job_reap();
		}
	}
}
