// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that run for the host. Each has a process group of its own; what it
 * says goes to the host as it comes. A job ends when its shell does: daemons that
 * it left behind may keep its pipes, nobody waits for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define JOBS 64
/* Output that waits for the host; above it, jobs are not read and so wait too. */
#define QUEUE_MAX (4U << 20)

struct job {
	uint32_t number;
	pid_t pid;		/* 0: this slot is free */
	int out, err;		/* -1: at its end */
};

static struct job jobs[JOBS];

static struct job *job_find(uint32_t number)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].pid && jobs[i].number == number)
			return &jobs[i];
	return NULL;
}

static void job_exit(uint32_t number, int code)
{
	char text[16];

	channel_send(FRAME_EXIT, number, text, snprintf(text, sizeof(text), "%d", code));
}

static void run_child(const char *command, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

void job_run(uint32_t number, const char *command)
{
	struct job *job = NULL;
	int out[2], err[2];

	for (int i = 0; i < JOBS && !job; i++)
		if (!jobs[i].pid)
			job = &jobs[i];
	if (!job || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
		job_exit(number, 126);
		return;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	job->number = number;
	job->out = out[0];
	job->err = err[0];
	job->pid = fork();
	if (job->pid == 0)
		run_child(command, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (job->pid < 0) {
		close(out[0]);
		close(err[0]);
		job->pid = 0;
		job_exit(number, 126);
	}
}

void job_kill(uint32_t number, int signal)
{
	struct job *job = job_find(number);

	if (job)
		kill(-job->pid, signal);
}

/* Passes on what is there to be read now; returns 0 at the end of the pipe. */
static int pass_on(uint32_t number, int type, int fd)
{
	char data[16384];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		channel_send(type, number, data, n);
	return n < 0 && errno == EAGAIN;
}

static void pipe_read(struct job *job, int type, int *fd)
{
	if (*fd < 0 || pass_on(job->number, type, *fd))
		return;
	close(*fd);
	*fd = -1;
}

static void job_end(struct job *job, int status)
{
	pipe_read(job, FRAME_OUT, &job->out);
	pipe_read(job, FRAME_ERR, &job->err);
	if (job->out >= 0)
		close(job->out);
	if (job->err >= 0)
		close(job->err);
	job_exit(job->number, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
	job->pid = 0;
}

/* As process 1 the agent inherits every orphan; only its own children are jobs. */
void job_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < JOBS; i++)
			if (jobs[i].pid == pid)
				job_end(&jobs[i], status);
}

int job_poll(struct pollfd *fds, int room)
{
	int count = 0;

	if (channel_queued() > QUEUE_MAX)
		return 0;
	for (int i = 0; i < JOBS; i++) {
		if (!jobs[i].pid)
			continue;
		if (jobs[i].out >= 0 && count < room)
			fds[count++] = (struct pollfd){ .fd = jobs[i].out, .events = POLLIN };
		if (jobs[i].err >= 0 && count < room)
			fds[count++] = (struct pollfd){ .fd = jobs[i].err, .events = POLLIN };
	}
	return count;
}

void job_read(const struct pollfd *fds, int count)
{
	for (int n = 0; n < count; n++) {
		if (!fds[n].revents)
			continue;
		for (int i = 0; i < JOBS; i++) {
			if (!jobs[i].pid)
				continue;
			if (jobs[i].out == fds[n].fd)
				pipe_read(&jobs[i], FRAME_OUT, &jobs[i].out);
			else if (jobs[i].err == fds[n].fd)
				pipe_read(&jobs[i], FRAME_ERR, &jobs[i].err);
		}
	}
}
