// SPDX-License-Identifier: GPL-2.0
/* Processes that end, and how late their daemon may be. Needs root and a cgroup2 mount. */
#include "scratch.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

#define MS	1000000ULL

static struct cgroup group;

static void on_end(void *data, const struct process_result *result)
{
	struct process_result *out = data;

	*out = *result;
}

static int on_other(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static struct process *start(sd_event *event, char *program, struct process_result *result)
{
	char *const argv[] = { program, NULL }, *const envp[] = { NULL };
	struct process_spec spec = {
		.label = "test", .log = -1, .argv = argv, .envp = envp, .cgroup = &group,
		.timeout = MS, .output = PROCESS_LINES, .on_end = on_end, .data = result,
	};

	*result = (struct process_result){ .code = -2 };
	return process_start(event, &spec);
}

/* Its time is over, and it has ended: so it is when the daemon was late. */
static void an_end_is_no_timeout(void **state)
{
	struct process_result result;
	sd_event_source *other;
	sd_event *event;
	struct process *p;
	siginfo_t si;
	int fd = eventfd(1, EFD_CLOEXEC);
	uint64_t begun;

	if (group.dir < 0)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	/* Of what is ready at once the loop begins with that, and then takes any. */
	assert_true(sd_event_add_io(event, &other, fd, EPOLLIN, on_other, NULL) >= 0);
	p = start(event, (char *)"/bin/false", &result);
	assert_non_null(p);
	assert_int_equal(waitid(P_PIDFD, process_pidfd(p), &si, WEXITED | WNOWAIT), 0);
	for (begun = now_ns(); now_ns() < begun + 5 * MS;)
		;
	while (result.code == -2)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	assert_int_equal(result.end, PROCESS_EXITED);
	assert_int_equal(result.code, 1);
	while (sd_event_run(event, 0) > 0)
		;
	assert_int_equal(waitid(P_ALL, 0, &si, WEXITED | WNOHANG), -1);
	sd_event_source_unref(other);
	sd_event_unref(event);
	close(fd);
}

static void what_goes_on_is_killed(void **state)
{
	struct process_result result;
	sd_event *event;
	siginfo_t si;

	if (group.dir < 0)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	assert_non_null(start(event, (char *)"/usr/bin/yes", &result));
	while (result.code == -2)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	assert_int_equal(result.end, PROCESS_TIMED_OUT);
	while (!waitid(P_ALL, 0, &si, WEXITED | WNOWAIT))
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	sd_event_unref(event);
}

static int setup(void **state)
{
	char name[32];

	snprintf(name, sizeof(name), "vigil-test-%d", getpid());
	if (cgroup_open(&group, name))
		group.dir = -1;
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/vigil-test-%d",
			 i ? "/unified" : "", getpid());
		rmdir(path);
	}
	cgroup_close(&group);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_is_no_timeout),
		cmocka_unit_test(what_goes_on_is_killed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
