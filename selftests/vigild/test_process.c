// SPDX-License-Identifier: GPL-2.0
/* Processes that end, and how late their daemon may be. Needs root and a cgroup2 mount. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

#define MS	1000000ULL

static struct cgroup group;
static rlim_t files_before;

static void on_end(void *data, const struct process_result *result)
{
	struct process_result *out = data;

	*out = *result;
	out->last_line = out->output = "";	/* not kept */
}

static int on_other(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static struct process *start_with(sd_event *event, char *const *argv, char *const *envp,
				  uint64_t timeout, struct process_result *result)
{
	struct process_spec spec = {
		.label = "test", .log = -1, .argv = argv, .envp = envp, .cgroup = &group,
		.timeout = timeout, .output = PROCESS_LINES, .on_end = on_end, .data = result,
	};

	*result = (struct process_result){ .code = -2 };
	return process_start(event, &spec);
}

static struct process *start(sd_event *event, char *program, struct process_result *result)
{
	char *const argv[] = { program, NULL }, *const envp[] = { NULL };

	return start_with(event, argv, envp, MS, result);
}

static void wait_for(sd_event *event, const struct process_result *result)
{
	while (result->code == -2)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
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

static void what_cannot_be_executed_says_why(void **state)
{
	char *const data[] = { (char *)"/etc/passwd", NULL };
	struct process_result result;
	struct process *p;
	sd_event *event;
	siginfo_t si;
	char text[128];

	if (group.dir < 0)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	p = start(event, (char *)"/nowhere/to/be/found", &result);
	assert_non_null(p);
	assert_int_equal(waitid(P_PIDFD, process_pidfd(p), &si, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_error(p), ENOENT);
	wait_for(event, &result);
	assert_int_equal(result.code, 127);
	assert_int_equal(result.error, ENOENT);
	process_describe(&result, text, sizeof(text));
	assert_string_equal(text, "cannot be executed: No such file or directory");
	assert_non_null(start_with(event, data, data + 1, 0, &result));
	wait_for(event, &result);
	assert_int_equal(result.error, EACCES);
	sd_event_unref(event);
}

static unsigned long ignored_now(void)
{
	FILE *in = fopen("/proc/self/status", "re");
	unsigned long mask = 0;
	char line[128];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		if (sscanf(line, "SigIgn: %lx", &mask) == 1)
			break;
	fclose(in);
	return mask;
}

/* What the daemon has open, ignores or blocks is its own business. */
static void it_begins_with_nothing_of_ours(void **state)
{
	static const char script[] =
		"[ \"$0 $1 $A $B\" = 'zero one a b' ] || exit 1\n"
		"[ \"$(readlink /proc/$$/fd/0)\" = /dev/null ] || exit 2\n"
		"n=3; while [ $n -lt 300 ]; do\n"
		"	[ -e /proc/$$/fd/$n ] && exit 3; n=$((n + 1))\n"
		"done\n"
		"[ /proc/$$/fd/1 -ef /proc/$$/fd/2 ] || exit 4\n"
		"while read -r name mask rest; do case $name in\n"
		"	SigIgn:) [ $mask = $IGNORED ] || exit 5;;\n"
		"	SigBlk:) [ $mask = 0000000000000000 ] || exit 6;;\n"
		"esac\n"
		"done </proc/$$/status\n"
		"[ \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ ] || exit 7\n"
		"[ \"$(pwd -P)\" = / ] || exit 8\n"
		"[ \"$(ulimit -Sn)\" = \"$FILES\" ] || exit 9\n"
		"grep -q \"/$GROUP\\$\" /proc/$$/cgroup || exit 10\n";
	char files[32], where[48], ignored[32];
	char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script, (char *)"zero",
			       (char *)"one", NULL };
	char *const envp[] = { (char *)"A=a", (char *)"B=b", files, where,
			       (char *)"PATH=/usr/bin:/bin",
			       ignored, NULL };
	int leak = open("/dev/zero", O_RDONLY);
	struct process_result result;
	sigset_t blocked, before;
	sd_event *event;

	if (group.dir < 0)
		skip();
	snprintf(files, sizeof(files), "FILES=%llu", (unsigned long long)files_before);
	snprintf(where, sizeof(where), "GROUP=vigil-test-%d", getpid());
	assert_true(leak > 2);
	/* Two of its own the C library lets nobody reset; those may be ignored. */
	snprintf(ignored, sizeof(ignored), "IGNORED=%016lx", ignored_now());
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	assert_true(sd_event_new(&event) >= 0);
	assert_non_null(start_with(event, argv, envp, 0, &result));
	wait_for(event, &result);
	assert_int_equal(result.end, PROCESS_EXITED);
	assert_int_equal(result.code, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(leak);
	sd_event_unref(event);
}

static bool runs_our_program(pid_t pid)
{
	char path[32], theirs[128] = "", ours[128] = "";

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return readlink(path, theirs, sizeof(theirs) - 1) > 0 &&
	       readlink("/proc/self/exe", ours, sizeof(ours) - 1) > 0 && !strcmp(theirs, ours);
}

/* A lease on a file makes who opens it wait for its holder: for us. */
static void nobody_waits_for_its_file(void **state)
{
	char path[64], *argv[] = { NULL, strdup("7"), NULL }, *envp[] = { NULL };
	struct process_result result;
	struct process *p;
	sd_event *event;
	int fd;

	if (group.dir < 0)
		skip();
	snprintf(path, sizeof(path), "/dev/shm/vigil-test-%d", getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "#!/bin/sh\nexit $1\n"), 18);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_SETSIG, SIGURG), 0);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	argv[0] = strdup(path);
	assert_true(sd_event_new(&event) >= 0);
	p = start_with(event, argv, envp, 0, &result);
	assert_non_null(p);
	/* What it was given may change meanwhile. */
	memset(argv[0], 'x', strlen(argv[0]));
	free(argv[0]);
	argv[1][0] = '8';
	free(argv[1]);
	assert_true(runs_our_program(process_pid(p)));
	fcntl(fd, F_SETLEASE, F_UNLCK);
	wait_for(event, &result);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.code, 7);
	unlink(path);
	close(fd);
	sd_event_unref(event);
}

static int setup(void **state)
{
	char name[32];
	struct rlimit limit;

	/* The daemon allows itself more than that. */
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 200;
	setrlimit(RLIMIT_NOFILE, &limit);
	files_before = limit.rlim_cur;
	process_prepare();

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

/* As a service that is killed and started again. */
static void a_killed_group_is_used_again(void **state)
{
	char *const yes[] = { (char *)"/usr/bin/yes", NULL };
	char *const no[] = { (char *)"/bin/false", NULL };
	struct process_result result;
	sd_event *event;
	struct process *p;

	if (group.dir < 0)
		skip();
	assert_true(sd_event_new(&event) >= 0);
	for (int i = 0; i < 2; i++) {
		p = start_with(event, yes, yes + 1, 0, &result);
		assert_non_null(p);
		process_forget(p);
		assert_int_equal(cgroup_populated(&group), 1);
		assert_int_equal(cgroup_kill(&group), 0);
		while (cgroup_populated(&group))
			assert_true(sd_event_run(event, 1000) >= 0);
	}
	assert_non_null(start_with(event, no, no + 1, 0, &result));
	wait_for(event, &result);
	assert_int_equal(result.end, PROCESS_EXITED);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_is_no_timeout),
		cmocka_unit_test(what_goes_on_is_killed),
		cmocka_unit_test(a_killed_group_is_used_again),
		cmocka_unit_test(what_cannot_be_executed_says_why),
		cmocka_unit_test(it_begins_with_nothing_of_ours),
		cmocka_unit_test(nobody_waits_for_its_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
