// SPDX-License-Identifier: GPL-2.0
/* Runs tests, each in a process and a network namespace of its own; speaks TAP. */

#include "harness.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "module.h"

#define SKIPPED		4	/* exit code of a test, and of a program all of whose tests were */
#define LIMIT_S		120	/* a test that runs longer hangs; times slowness() */
#define CHECKED		6	/* slowness of a kernel with lock checking */

static void comment(const char *format, va_list args)
{
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
}

void test_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	comment(format, args);
	va_end(args);
}

void test_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("# %s:%d:\n", file, line);
	va_start(args, format);
	comment(format, args);
	va_end(args);
	_exit(1);
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	comment(format, args);
	va_end(args);
	_exit(SKIPPED);
}

__attribute__((format(printf, 1, 0)))
static int run_shell(const char *format, va_list args, char *command, size_t room)
{
	int status;

	vsnprintf(command, room, format, args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void shell(const char *format, ...)
{
	char command[1024];
	va_list args;
	int rc;

	va_start(args, format);
	rc = run_shell(format, args, command, sizeof(command));
	va_end(args);
	CHECK(rc == 0, "exit code %d of: %s", rc, command);
}

int shell_rc(const char *format, ...)
{
	char command[1024];
	va_list args;
	int rc;

	va_start(args, format);
	rc = run_shell(format, args, command, sizeof(command));
	va_end(args);
	return rc;
}

int slowness(void)
{
	return access("/proc/lockdep", F_OK) ? 1 : CHECKED;
}

unsigned long long boottime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (unsigned long long)t.tv_sec * 1000000000ULL + (unsigned long long)t.tv_nsec;
}

static void child(const struct test *test)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIMIT_S * (unsigned int)slowness());
	if (unshare(CLONE_NEWNET))
		FAIL("no network namespace: %s", strerror(errno));
	shell("ip link set lo up");
	test->run();
	_exit(0);
}

/* Return: 0, 1 or SKIPPED. */
static int run_one(const struct test *test)
{
	unsigned long long began = boottime();
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(test);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		test_note("fork: %s", strerror(errno));
		return 1;
	}
	test_note("%s: %llu ms", test->name, (boottime() - began) / 1000000);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	test_note("ended by signal %d%s", WTERMSIG(status),
		  WTERMSIG(status) == SIGALRM ? ": it hangs" : "");
	return 1;
}

static bool named(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(name, argv[i]))
			return true;
	}
	return argc < 2;
}

int harness_main(int argc, char **argv, const struct test *tests)
{
	int n = 0, failed = 0, skipped = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return SKIPPED;
	}
	if (module_load()) {
		printf("not ok 1 - the module vigil can be loaded\n1..1\n");
		return 1;
	}
	for (; tests->name; tests++) {
		int rc;

		if (!named(tests->name, argc, argv))
			continue;
		rc = run_one(tests);
		n++;
		failed += rc != 0 && rc != SKIPPED;
		skipped += rc == SKIPPED;
		printf("%s %d - %s%s\n", rc == 0 || rc == SKIPPED ? "ok" : "not ok", n,
		       tests->name, rc == SKIPPED ? " # SKIP" : "");
	}
	printf("1..%d\n", n);
	if (failed || !n)
		return 1;
	return skipped == n ? SKIPPED : 0;
}
