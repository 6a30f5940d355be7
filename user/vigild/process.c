// SPDX-License-Identifier: GPL-2.0
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "launch.h"
#include "log.h"

#define LINE_MAX_KEPT	256
#define LINES_MAX	50	/* of one process; the rest is dropped */

struct process {
	pid_t pid;
	int pidfd;
	int out;			/* read end of its output, or -1 */
	uint64_t begun;
	bool child;
	bool kill_group;
	const struct cgroup *cgroup;
	struct launch *launch;
	sd_event_source *end_source;
	sd_event_source *out_source;
	sd_event_source *timer;
	enum process_output output;
	char *label;
	char line[LINE_MAX_KEPT];	/* being collected */
	size_t line_len;
	unsigned int lines;
	char **hide;
	char last_line[LINE_MAX_KEPT];
	char *kept;
	size_t kept_len;
	void (*on_end)(void *data, const struct process_result *result);
	void *data;
};

static struct rlimit files_limit = { RLIM_INFINITY, RLIM_INFINITY };	/* found at start */
static int null_input = -1;

void process_prepare(void)
{
	struct rlimit more;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	null_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (getrlimit(RLIMIT_NOFILE, &files_limit))
		return;
	more = files_limit;
	more.rlim_cur = more.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &more))
		log_warn("at most %llu descriptors: %s", (unsigned long long)files_limit.rlim_cur,
			 strerror(errno));
}

static void stop_output(struct process *p)
{
	p->out_source = sd_event_source_disable_unref(p->out_source);
	if (p->out >= 0)
		close(p->out);
	p->out = -1;
}

static bool copy_hidden(struct process *p, char *const *secrets)
{
	size_t n = 0;

	while (secrets && secrets[n])
		n++;
	p->hide = n ? calloc(n + 1, sizeof(*p->hide)) : NULL;
	for (size_t i = 0; p->hide && i < n; i++) {
		p->hide[i] = strdup(secrets[i]);
		if (!p->hide[i])
			return false;
	}
	return !n || p->hide;
}

static void free_hidden(struct process *p)
{
	for (size_t i = 0; p->hide && p->hide[i]; i++) {
		explicit_bzero(p->hide[i], strlen(p->hide[i]));
		free(p->hide[i]);
	}
	free(p->hide);
}

static void process_free(struct process *p)
{
	stop_output(p);
	sd_event_source_disable_unref(p->end_source);
	sd_event_source_disable_unref(p->timer);
	if (p->pidfd >= 0)
		close(p->pidfd);
	launch_free(p->launch);
	free(p->kept);
	free(p->label);
	free_hidden(p);
	free(p);
}

/* Also what is left of a string where a line was too long to be kept whole. */
static size_t hidden_at(const char *text, const char *secret)
{
	size_t n = 0;

	while (secret[n] && text[n] == secret[n])
		n++;
	return !secret[n] || (n && !text[n]) ? n : 0;
}

static void hide(char *out, size_t room, const char *in, char *const *secrets, bool whole)
{
	size_t len = 0, n;

	while (*in && len + 4 < room) {
		n = 0;
		for (int i = 0; secrets && secrets[i]; i++) {
			size_t found = hidden_at(in, secrets[i]);

			if (found > n && (!whole || !secrets[i][found]))
				n = found;
		}
		if (n) {
			memcpy(out + len, "***", 3);
			len += 3;
			in += n;
		} else {
			out[len++] = *in++;
		}
	}
	out[len] = 0;
}

static void end_line(struct process *p)
{
	if (!p->line_len)
		return;
	p->line[p->line_len] = 0;
	hide(p->last_line, sizeof(p->last_line), p->line, p->hide,
	     p->line_len < sizeof(p->line) - 1);
	p->line_len = 0;
	if (p->lines < LINES_MAX)
		log_info("%s: %s", p->label, p->last_line);
	else if (p->lines == LINES_MAX)
		log_info("%s: more than %d lines, the rest is dropped", p->label, LINES_MAX);
	p->lines++;
}

static void take_output(struct process *p, const char *data, size_t len)
{
	if (p->output == PROCESS_KEEP) {
		if (len > PROCESS_KEEP_MAX - p->kept_len)
			len = PROCESS_KEEP_MAX - p->kept_len;
		memcpy(p->kept + p->kept_len, data, len);
		p->kept_len += len;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			end_line(p);
		else if (p->line_len < sizeof(p->line) - 1)
			p->line[p->line_len++] = data[i];
	}
}

/* Return: bytes read; 0: nothing now; -1: the end. */
static int read_output(struct process *p)
{
	char data[4096];
	ssize_t n = read(p->out, data, sizeof(data));

	if (n > 0)
		take_output(p, data, n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		return -1;
	return n > 0 ? n : 0;
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct process *p = data;

	if (read_output(p) < 0)
		stop_output(p);
	return 0;
}

static void report(struct process *p, enum process_end end, int code)
{
	struct process_result result = {
		.end = end,
		.code = code,
		.took = now_ns() - p->begun,
		.error = process_error(p),
	};
	void (*on_end)(void *data, const struct process_result *result) = p->on_end;

	for (int i = 0; p->out >= 0 && i < 16 && read_output(p) > 0; i++)
		;	/* what it said last; bounded, as its children may go on */
	end_line(p);
	result.last_line = p->last_line;
	if (p->kept)
		p->kept[p->kept_len] = 0;
	result.output = p->kept ? p->kept : "";
	p->on_end = NULL;
	if (on_end)
		on_end(p->data, &result);
}

static int on_exit_of(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct process *p = data;
	siginfo_t si = { 0 };

	if (!p->child || waitid(P_PIDFD, p->pidfd, &si, WEXITED | WNOHANG))
		report(p, PROCESS_EXITED, -1);
	else if (!si.si_pid)
		return 0;
	else
		report(p, si.si_code == CLD_EXITED ? PROCESS_EXITED : PROCESS_KILLED,
		       si.si_status);
	process_free(p);
	return 0;
}

/* It may be us who are late: what has ended by itself has not timed out. */
static int on_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct process *p = data;
	struct pollfd end = { .fd = p->pidfd, .events = POLLIN };

	if (poll(&end, 1, 0) > 0)
		return on_exit_of(source, p->pidfd, EPOLLIN, p);
	process_kill(p);
	report(p, PROCESS_TIMED_OUT, 0);
	stop_output(p);
	return 0;
}

int process_open_log(const char *identifier)
{
	int fd = log_to_journal() ? sd_journal_stream_fd(identifier, LOG_INFO, 1) : -1;

	return fd < 0 ? -1 : fd;
}

static int watch(struct process *p, sd_event *event, uint64_t timeout)
{
	int rc = sd_event_add_io(event, &p->end_source, p->pidfd, EPOLLIN, on_exit_of, p);

	if (rc >= 0 && p->out >= 0)
		rc = sd_event_add_io(event, &p->out_source, p->out, EPOLLIN, on_output, p);
	if (rc >= 0 && timeout)
		rc = sd_event_add_time_relative(event, &p->timer, CLOCK_MONOTONIC, timeout / 1000,
						1000, on_timeout, p);
	return rc;
}

static struct process *process_new(const struct process_spec *spec)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->pidfd = p->out = -1;
	p->begun = now_ns();
	p->cgroup = spec->cgroup;
	p->kill_group = spec->kill_group;
	p->output = spec->output;
	p->on_end = spec->on_end;
	p->data = spec->data;
	p->label = strdup(spec->label);
	if (spec->output == PROCESS_KEEP)
		p->kept = malloc(PROCESS_KEEP_MAX + 1);
	if (!p->label || (spec->output == PROCESS_KEEP && !p->kept) ||
	    !copy_hidden(p, spec->hide)) {
		process_free(p);
		return NULL;
	}
	return p;
}

static int launch(struct process *p, const struct process_spec *spec, int in, int out)
{
	struct launch_spec what = {
		.argv = spec->argv,
		.envp = spec->envp,
		.cgroup = spec->cgroup->dir,
		.in = in >= 0 ? in : null_input,
		.out = out >= 0 ? out : STDERR_FILENO,
		.files = files_limit,
	};

	p->launch = launch_new(&what);
	if (!p->launch)
		return -1;
	p->pid = launch_start(p->launch, &p->pidfd);
	if (p->pid < 0)
		return -1;
	sched_yield();	/* it may be queued behind us, who are in less of a hurry */
	p->child = true;
	return 0;
}

/* A pipe with all of it inside, to be read from; -1 with errno set. */
static int input_pipe(const char *input)
{
	size_t len = strlen(input);
	int fd[2];

	if (len > PROCESS_INPUT_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (pipe2(fd, O_CLOEXEC))
		return -1;
	if (write(fd[1], input, len) != (ssize_t)len) {
		close(fd[0]);
		fd[0] = -1;
	}
	close(fd[1]);
	return fd[0];
}

struct process *process_start(sd_event *event, const struct process_spec *spec)
{
	struct process *p = process_new(spec);
	int fd[2] = { -1, -1 }, in = -1, rc;

	if (!p)
		return NULL;
	if (spec->input) {
		in = input_pipe(spec->input);
		if (in < 0)
			goto fail;
	}
	if (spec->output != PROCESS_LOG && pipe2(fd, O_CLOEXEC)) {
		if (in >= 0)
			close(in);
		goto fail;
	}
	p->out = fd[0];
	if (p->out >= 0)
		fcntl(p->out, F_SETFL, O_NONBLOCK);
	rc = launch(p, spec, in, spec->output == PROCESS_LOG ? spec->log : fd[1]);
	if (in >= 0)
		close(in);
	if (fd[1] >= 0)
		close(fd[1]);
	if (rc)
		goto fail;
	if (watch(p, event, spec->timeout) < 0) {
		process_kill(p);
		p->launch = NULL;	/* never to be freed: it may use it still */
		errno = ENOMEM;
		goto fail;
	}
	return p;
fail:
	p->on_end = NULL;
	process_free(p);
	return NULL;
}

struct process *process_adopt(sd_event *event, pid_t pid,
			      void (*on_end)(void *data, const struct process_result *result),
			      void *data)
{
	struct process_spec spec = { .label = "adopted", .on_end = on_end, .data = data };
	struct process *p = process_new(&spec);

	if (!p)
		return NULL;
	p->pid = pid;
	p->pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (p->pidfd < 0 || watch(p, event, 0) < 0) {
		process_free(p);
		return NULL;
	}
	return p;
}

pid_t process_pid(const struct process *p)
{
	return p->pid;
}

int process_pidfd(const struct process *p)
{
	return p->pidfd;
}

int process_error(const struct process *p)
{
	return p->launch ? launch_error(p->launch) : 0;
}

int process_signal(const struct process *p, int signal)
{
	return syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0) ? -errno : 0;
}

void process_kill(struct process *p)
{
	if (p->kill_group)
		cgroup_kill(p->cgroup);
	else if (p->child)
		kill(-p->pid, SIGKILL);	/* its session; the pid is ours until it is reaped */
	process_signal(p, SIGKILL);
}

void process_forget(struct process *p)
{
	p->on_end = NULL;
	p->cgroup = NULL;
	p->kill_group = false;
	stop_output(p);
	p->timer = sd_event_source_disable_unref(p->timer);
}

void process_describe(const struct process_result *result, char *out, size_t room)
{
	if (result->error)
		snprintf(out, room, "cannot be executed: %s", strerror(result->error));
	else if (result->end == PROCESS_TIMED_OUT)
		snprintf(out, room, "timed out after %llu ms", ms(result->took));
	else if (result->end == PROCESS_KILLED)
		snprintf(out, room, "was killed by signal %d (%s)", result->code,
			 strsignal(result->code));
	else if (result->code < 0)
		snprintf(out, room, "has ended");
	else
		snprintf(out, room, "exited with code %d", result->code);
	if (result->last_line && result->last_line[0]) {
		size_t n = strlen(out);

		snprintf(out + n, room - n, ": %s", result->last_line);
	}
}
