// SPDX-License-Identifier: GPL-2.0
#include "live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "control.h"
#include "events.h"

static sd_event *loop;
static struct vnl_client *client;
static struct vnl_events *listener;
static struct probes *probes;
static struct live_event *events;
static size_t n_events;
static int ready_fd = -1;

struct probes *live_probes(void)
{
	return probes;
}

sd_event *live_loop(void)
{
	return loop;
}

struct vnl_client *live_client(void)
{
	return client;
}

static void on_event(const struct vnl_event *event, void *arg)
{
	struct live_event *e;

	CHECK(event->type != VNL_EVENT_LOST, "events were lost");
	if (event->type != VNL_EVENT_WATCH)
		return;
	events = reallocarray(events, n_events + 1, sizeof(*events));
	CHECK(events, "no memory");
	e = &events[n_events++];
	*e = (struct live_event){
		.time = event->time, .heard = boottime(), .from = event->watch.from,
		.to = event->watch.to, .cause = event->watch.cause, .code = event->watch.code,
		.by_pid = event->watch.by_pid, .tid = event->watch.tid,
	};
	snprintf(e->name, sizeof(e->name), "%s", event->watch.name);
	snprintf(e->by_comm, sizeof(e->by_comm), "%s", event->watch.by_comm);
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	int rc = vnl_events_dispatch(listener);

	CHECK(rc >= 0, "listener: %s", strerror(-rc));
	return 0;
}

/* What came by ring buffer is passed on, as the daemon does. */
static void on_report(void *data, const struct vigil_watch_report *r)
{
	int rc = vnl_watch_report(client, LIVE_CLUSTER, NULL, r);

	/* Another cluster's, or one of before: the ring buffer outlives a test. */
	CHECK(!rc || rc == -ENOENT, "watch-report: %s", vnl_error(client));
}

void live_begin(void)
{
	struct vnl_cluster_config config = {
		.name = LIVE_CLUSTER, .self = 1, .generation = 1,
		.fence_action = VIGIL_FENCE_NOTIFY,
		.timing = { .detect = 200 * VIGIL_NS_PER_MS },
	};
	struct vnl_node_config node = { .id = 1, .voter = true, .name = "one", .n_addresses = 1 };
	const __u8 key[VIGIL_KEY_LEN] = { 1, 2, 3 };
	int rc;

	node.addresses[0].in.sin_family = AF_INET;
	node.addresses[0].in.sin_addr.s_addr = inet_addr("127.0.0.1");
	rc = sd_event_new(&loop);
	CHECK(rc >= 0, "event loop: %s", strerror(-rc));
	rc = vnl_open(&client);
	CHECK(!rc, "vnl_open: %s", strerror(-rc));
	rc = vnl_cluster_new(client, &config) ?: vnl_node_new(client, LIVE_CLUSTER, &node) ?:
	     vnl_key_set(client, LIVE_CLUSTER, 0, key, true) ?:
	     vnl_cluster_start(client, LIVE_CLUSTER);
	CHECK(!rc, "cluster: %s", vnl_error(client));
	rc = vnl_events_open(&listener, on_event, NULL);
	CHECK(!rc, "vnl_events_open: %s", strerror(-rc));
	rc = sd_event_add_io(loop, NULL, vnl_events_fd(listener), EPOLLIN, on_input, NULL);
	CHECK(rc >= 0, "listener: %s", strerror(-rc));
}

void live_open(void)
{
	int rc = probes_open(&probes, loop, LIVE_CLUSTER, on_report, NULL);

	CHECK(!rc, "probes_open: %s", strerror(-rc));
}

void live_load(void)
{
	live_open();
	probes_settle(probes);
}

void live_unload(bool keep)
{
	probes_close(probes, keep);
	probes = NULL;
}

static int open_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	CHECK(fd >= 0, "pidfd_open %d: %s", pid, strerror(errno));
	return fd;
}

static void bind_target(struct probe_target *target)
{
	int rc;

	target->pidfd = open_pidfd(target->pid);
	rc = probes_bind(probes, target);
	CHECK(!rc, "probes_bind: %s", strerror(-rc));
	close(target->pidfd);
}

void live_bind(__u64 watch, pid_t pid)
{
	struct probe_target target = { .watch = watch, .pid = pid };

	bind_target(&target);
}

__u64 live_watch_as(struct vnl_watch_config *config)
{
	struct probe_target target = {
		.pid = (pid_t)config->pid, .kind = config->kind, .cgroup = config->cgroup,
		.progress_ms = config->progress, .blocked_ms = config->blocked,
		.hang_ms = config->hang,
	};
	int rc;

	config->pidfd = open_pidfd((pid_t)config->pid);
	rc = vnl_watch_add(client, LIVE_CLUSTER, config, &target.watch);
	CHECK(!rc, "watch-add %s: %s", config->name, vnl_error(client));
	close(config->pidfd);
	if (probes)
		bind_target(&target);
	return target.watch;
}

__u64 live_watch(const char *name, pid_t pid)
{
	struct vnl_watch_config config = { .name = name, .pid = (__u32)pid };

	return live_watch_as(&config);
}

static void show_events(void)
{
	for (size_t i = 0; i < n_events; i++) {
		const struct live_event *e = &events[i];

		test_note("%llu.%06llu %s %u -> %u cause %u code %d by %u %s tid %u%s",
			  e->time / 1000000000, e->time / 1000 % 1000000, e->name, e->from, e->to,
			  e->cause, e->code, e->by_pid, e->by_comm, e->tid,
			  e->taken ? "" : " (not waited for)");
	}
}

static struct live_event *next_event(const char *name)
{
	for (size_t i = 0; i < n_events; i++)
		if (!events[i].taken && !strcmp(events[i].name, name))
			return &events[i];
	return NULL;
}

static void run_loop(unsigned long long until)
{
	unsigned long long now = boottime();
	int rc = sd_event_run(loop, until > now ? (until - now) / 1000 : 0);

	CHECK(rc >= 0, "event loop: %s", strerror(-rc));
}

const struct live_event *live_wait_long(const char *name, unsigned int to, unsigned int cause,
					unsigned int ms)
{
	unsigned long long until = boottime() + ms * 1000000ULL * (unsigned int)slowness();
	struct live_event *e;

	while (!(e = next_event(name)) && boottime() < until)
		run_loop(until);
	if (!e || e->to != to || e->cause != cause)
		show_events();
	CHECK(e, "%s: no event", name);
	CHECK(e->to == to && e->cause == cause, "%s: state %u cause %u instead of %u, %u", name,
	      e->to, e->cause, to, cause);
	e->taken = true;
	return e;
}

const struct live_event *live_wait(const char *name, unsigned int to, unsigned int cause)
{
	return live_wait_long(name, to, cause, LIVE_WAIT_MS);
}

const struct live_event *live_wait_death(const char *name, unsigned int cause, int code)
{
	const struct live_event *e = live_wait(name, VIGIL_WATCH_STATE_DYING, cause);

	CHECK_EQ(e->code, code);
	e = live_wait(name, VIGIL_WATCH_STATE_DEAD, cause);
	CHECK_EQ(e->code, code);
	return e;
}

void live_quiet(const char *name)
{
	pid_t pid = live_child(live_idle, NULL);
	int rc;

	/* Reports and events keep their order: behind these all others have come. */
	live_watch("quiet", pid);
	kill(pid, SIGKILL);
	live_wait_death("quiet", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	rc = vnl_watch_del(client, LIVE_CLUSTER, "quiet");
	CHECK(!rc, "watch-del: %s", vnl_error(client));
	if (next_event(name)) {
		show_events();
		FAIL("%s: an event that should not be", name);
	}
}

void live_until(bool (*done)(void *arg), void *arg, const char *what)
{
	unsigned long long until = boottime() +
				   LIVE_WAIT_MS * 1000000ULL * (unsigned int)slowness();

	while (!done(arg)) {
		CHECK(boottime() < until, "%s: not so", what);
		run_loop(boottime() + 5000000);
	}
}

pid_t live_child(void (*run)(void *arg), void *arg)
{
	int pipe_fds[2];
	pid_t pid;
	char byte;

	CHECK(!pipe2(pipe_fds, O_CLOEXEC), "pipe: %s", strerror(errno));
	pid = fork();
	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipe_fds[0]);
		ready_fd = pipe_fds[1];
		sd_event_new(&loop);	/* the parent's is of no use to it */
		run(arg);
		_exit(0);
	}
	close(pipe_fds[1]);
	CHECK(read(pipe_fds[0], &byte, 1) == 1, "child %d did not get ready", pid);
	close(pipe_fds[0]);
	return pid;
}

void live_ready(void)
{
	if (write(ready_fd, "", 1) != 1)
		_exit(2);
	close(ready_fd);
}

int live_reap(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid %d: %s", pid, strerror(errno));
	return status;
}

void live_idle(void *arg)
{
	live_ready();
	for (;;)
		pause();
}

void live_ready_till_signal(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	live_ready();
	sigwait(&set, &sig);
}

static int brief(void *arg)
{
	_exit(*(int *)arg);
}

pid_t live_brief(int code)
{
	static char stack[16384] __attribute__((aligned(16)));

	return clone(brief, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &code);
}

void live_write(const char *path, const char *format, ...)
{
	char text[256];
	va_list args;
	int fd, n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	CHECK(write(fd, text, (size_t)n) == n, "%s: writing %s: %s", path, text, strerror(errno));
	close(fd);
}
