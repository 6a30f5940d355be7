/* SPDX-License-Identifier: GPL-2.0 */
/*
 * selftests/netns: tests of the kernel module, to be run as root inside a
 * guest, for they load and unload it. Nodes are network namespaces on one
 * kernel, so the times of their events can be compared to the nanosecond.
 *
 * harness runs the tests and speaks TAP; module loads and unloads vigil.ko;
 * bed is a cluster of several nodes on links that can be cut.
 *
 * This file: every test runs in a process and a network namespace of its own;
 * when it ends, so do its clusters, and the module must cope with that too.
 */
#ifndef _NETNS_HARNESS_H
#define _NETNS_HARNESS_H

#include <stdbool.h>

struct test {
	const char *name;
	void (*run)(void);
};

/*
 * Runs all tests, or those named by the arguments. Return: exit code, 0 passed,
 * 1 failed, 4 skipped (kselftest).
 */
int harness_main(int argc, char **argv, const struct test *tests);

/* End the test of this process. Text like printf. */
void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* A line of TAP commentary. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define FAIL(...)	test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond, ...)				\
	do {						\
		if (!(cond))				\
			FAIL(__VA_ARGS__);		\
	} while (0)
#define CHECK_EQ(got, want)						\
	do {								\
		long long __got = (long long)(got);			\
		long long __want = (long long)(want);			\
									\
		if (__got != __want)					\
			FAIL("%s is %lld, not %lld", #got, __got, __want); \
	} while (0)

/* Runs a shell command; the test fails if it does. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Its exit code instead. */
int shell_rc(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * By what all times are multiplied: a kernel with its checkers on is slower by
 * far, above all when it is emulated. 1 on other kernels.
 */
int slowness(void);

/* CLOCK_BOOTTIME in ns: the clock of all events. */
unsigned long long boottime(void);

#endif
