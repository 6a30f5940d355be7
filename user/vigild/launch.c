// SPDX-License-Identifier: GPL-2.0
/*
 * fork() copies what the daemon has mapped, about a hundred areas of locked memory, each page
 * that either side writes to afterwards, and exec throws all that away: a third of the time of
 * a restart. vfork() and posix_spawn() copy nothing, but stop the daemon until the program's
 * file has been read, which may be on a network. So the new process shares the daemon's memory
 * (CLONE_VM) and does not stop it, like a thread, but with descriptors, signals and
 * a control group of its own. What this asks for:
 *
 * - All that the child reads is copied beforehand and stays until the process has ended.
 * - It has a stack of its own; no handler runs on it, as the daemon has none.
 * - The C library does not know of it. It calls nothing of that, whose errno is the daemon's,
 *   but makes system calls by itself. If the daemon ends meanwhile the memory stays for it.
 * - Killed for want of memory it takes the daemon along, being as large. That is: if nothing
 *   larger is in its control group, and that has a limit and is full before it begins.
 *
 * A process to start others, small and begun early, would be an alternative, but one that can
 * die, hang and start something after all when it is no longer waited for.
 */
#include "launch.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK		4096	/* bytes: the child calls nothing but the kernel */
#define KERNEL_SIGSET	8	/* bytes */

struct launch {
	char stack[STACK] __attribute__((aligned(16)));
	struct launch_spec spec;
	volatile int error;	/* the child's */
	char *strings[];	/* argv, NULL, envp, NULL, and what they point to */
};

#ifdef __x86_64__
static inline long call(long nr, long a, long b, long c, long d)
{
	register long r10 asm("r10") = d;
	long rc;

	asm volatile("syscall" : "=a"(rc) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
		     : "rcx", "r11", "memory");
	return rc;
}

/* In the child run @child(@l) on the stack of @args, and never return. */
static long begin(struct clone_args *args, void (*child)(struct launch *l), struct launch *l)
{
	register void (*r8)(struct launch *l) asm("r8") = child;
	register struct launch *r9 asm("r9") = l;
	long rc;

	args->flags |= CLONE_VM;
	args->stack = (uintptr_t)l->stack;
	args->stack_size = sizeof(l->stack);
	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "xor %%ebp, %%ebp\n\t"
		     "mov %%r9, %%rdi\n\t"
		     "call *%%r8\n\t"
		     "hlt\n"
		     "1:"
		     : "=a"(rc) : "0"(SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory", "cc");
	return rc;
}
#else
/* What cannot be said in C is not said for other processors: there memory is copied. */
static inline long call(long nr, long a, long b, long c, long d)
{
	long rc = syscall(nr, a, b, c, d);

	return rc == -1 ? -errno : rc;
}

static long begin(struct clone_args *args, void (*child)(struct launch *l), struct launch *l)
{
	long rc = call(SYS_clone3, (uintptr_t)args, sizeof(*args), 0, 0);

	if (!rc)
		child(l);
	return rc;
}
#endif

/* Until execve() this is the daemon's memory: only system calls, and only @l is written to. */
__attribute__((noreturn, no_sanitize("address", "undefined")))
static void become(struct launch *l)
{
	static const unsigned long usual[4];	/* struct sigaction of the kernel, or a set */
	const struct launch_spec *s = &l->spec;
	long rc;

	call(SYS_setsid, 0, 0, 0, 0);
	/* What is ignored stays so across exec: this is all that the daemon ignores. */
	call(SYS_rt_sigaction, SIGPIPE, (uintptr_t)usual, 0, KERNEL_SIGSET);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (uintptr_t)usual, 0, KERNEL_SIGSET);
	/* The daemon has 0 to 2 open, so of these only 2 may be one that is to be put here. */
	call(SYS_dup3, s->in, STDIN_FILENO, 0, 0);
	call(SYS_dup3, s->out, STDOUT_FILENO, 0, 0);
	if (s->out != STDERR_FILENO)
		call(SYS_dup3, s->out, STDERR_FILENO, 0, 0);
	call(SYS_close_range, STDERR_FILENO + 1, ~0U, 0, 0);
	call(SYS_prlimit64, 0, RLIMIT_NOFILE, (uintptr_t)&s->files, 0);
	rc = call(SYS_chdir, (uintptr_t)"/", 0, 0, 0);
	if (!rc)
		rc = call(SYS_execve, (uintptr_t)s->argv[0], (uintptr_t)s->argv,
			  (uintptr_t)s->envp, 0);
	l->error = (int)-rc;
	for (;;)
		call(SYS_exit_group, 127, 0, 0, 0);
}

static void measure(char *const *list, size_t *n, size_t *bytes)
{
	for (; *list; list++) {
		++*n;
		*bytes += strlen(*list) + 1;
	}
	++*n;
}

/* Copy a list to @list and its strings to @text. Both are moved on. Return: the copy. */
static char **copy(char *const *from, char ***list, char **text)
{
	char **copied = *list;

	for (; *from; from++) {
		*(*list)++ = *text;
		*text = stpcpy(*text, *from) + 1;
	}
	*(*list)++ = NULL;
	return copied;
}

struct launch *launch_new(const struct launch_spec *spec)
{
	size_t n = 0, bytes = 0;
	struct launch *l;
	char **list, *text;

	measure(spec->argv, &n, &bytes);
	measure(spec->envp, &n, &bytes);
	if (posix_memalign((void **)&l, _Alignof(struct launch),
			   sizeof(*l) + n * sizeof(char *) + bytes))
		return NULL;
	l->spec = *spec;
	l->error = 0;
	list = l->strings;
	text = (char *)(l->strings + n);
	l->spec.argv = copy(spec->argv, &list, &text);
	l->spec.envp = copy(spec->envp, &list, &text);
	return l;
}

pid_t launch_start(struct launch *l, int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = l->spec.cgroup,
	};
	long pid = begin(&args, become, l);

	if (pid < 0) {
		errno = (int)-pid;
		return -1;
	}
	return (pid_t)pid;
}

int launch_error(const struct launch *l)
{
	return l->error;
}

void launch_free(struct launch *l)
{
	free(l);
}
