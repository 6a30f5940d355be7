// SPDX-License-Identifier: GPL-2.0
/* One node that watches processes. */

#include "eye.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "names.h"
#include "one.h"

#define SHOWN	50			/* changes, if a test fails */
#define LONG	(15000 * slowness())	/* ms; for what must come */

struct eye eye;

static void heard(const struct vnl_event *e, void *arg)
{
	struct eye_event *log = &eye.log[eye.n];

	if (e->type == VNL_EVENT_LOST)
		eye.lost++;
	if (e->type != VNL_EVENT_WATCH)
		return;
	CHECK(eye.n < EYE_LOG, "more events than expected");
	eye.n++;
	snprintf(log->name, sizeof(log->name), "%s", e->watch.name);
	snprintf(log->by_comm, sizeof(log->by_comm), "%s", e->watch.by_comm);
	log->time = e->time;
	log->id = e->watch.id;
	log->node = e->watch.node;
	log->pid = e->watch.pid;
	log->from = e->watch.from;
	log->to = e->watch.to;
	log->cause = e->watch.cause;
	log->code = e->watch.code;
	log->by_pid = e->watch.by_pid;
	log->tid = e->watch.tid;
}

void eye_open(void)
{
	one_connect();
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	CHECK_EQ(vnl_events_open(&eye.events, heard, NULL), 0);
}

pid_t eye_child(void)
{
	pid_t parent = getpid(), pid = fork();

	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

pid_t eye_sleeper(void)
{
	pid_t pid = eye_child();

	while (pid == 0)
		pause();
	return pid;
}

pid_t eye_worker(void)
{
	pid_t pid = eye_child();
	volatile unsigned int n = 0;

	while (pid == 0)
		n++;
	return pid;
}

void eye_end(pid_t pid, int signal)
{
	CHECK(!kill(pid, signal), "kill: %s", strerror(errno));
	CHECK(waitpid(pid, NULL, 0) == pid, "waitpid: %s", strerror(errno));
}

unsigned long long eye_start(pid_t pid)
{
	char path[64], line[1024], *p;
	unsigned long long start;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	CHECK(f && fgets(line, sizeof(line), f), "%s: %s", path, strerror(errno));
	fclose(f);
	p = strrchr(line, ')') + 1;
	for (i = 2; i < 21; i++)
		p = strchr(p + 1, ' ');
	CHECK(sscanf(p, "%llu", &start) == 1, "%s: %s", path, line);
	return start;
}

int eye_add(const char *name, pid_t pid, const struct vnl_watch_config *more)
{
	struct vnl_watch_config config = { 0 };

	if (more)
		config = *more;
	config.name = name;
	config.pidfd = -1;
	config.pid = (__u32)pid;
	config.start = eye_start(pid);
	return vnl_watch_add(client, "c", &config, NULL);
}

int eye_report(const char *name, unsigned int state, unsigned int cause, int code)
{
	const struct vigil_watch_report r = { .state = state, .cause = cause, .code = code };

	return vnl_watch_report(client, "c", name, &r);
}

void eye_poll(int ms)
{
	struct pollfd p = { .fd = vnl_events_fd(eye.events), .events = POLLIN };

	if (poll(&p, 1, ms) > 0)
		CHECK(vnl_events_dispatch(eye.events) >= 0, "the listener is dead");
}

void eye_show(void)
{
	int i = eye.n > SHOWN ? eye.n - SHOWN : 0;

	for (; i < eye.n; i++) {
		const struct eye_event *e = &eye.log[i];

		test_note("%3d: %s %s -> %s, %s, code %d, by %u", i, e->name,
			  vnl_watch_state_name(e->from), vnl_watch_state_name(e->to),
			  vnl_watch_cause_name(e->cause), e->code, e->by_pid);
	}
}

int eye_wait(int since, const char *name, unsigned int to, unsigned int cause)
{
	unsigned long long until = boottime() + LONG * 1000000ULL;
	int i = since;

	for (;;) {
		for (; i < eye.n; i++) {
			const struct eye_event *e = &eye.log[i];

			if (!strcmp(e->name, name) && e->to == to && e->cause == cause)
				return i;
		}
		if (boottime() > until)
			break;
		eye_poll(100);
	}
	eye_show();
	FAIL("%s was not told to be %s by %s", name, vnl_watch_state_name(to),
	     vnl_watch_cause_name(cause));
}

int eye_count(int since, const char *name)
{
	int i, n = 0;

	for (i = since; i < eye.n; i++)
		n += !strcmp(eye.log[i].name, name);
	return n;
}
