/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A new process, from its birth in a control group until it has become the program that it
 * is to run. Nothing of the daemon is copied for it: until then it lives in the daemon's
 * memory, beside the daemon, which goes on.
 */
#ifndef _VIGILD_LAUNCH_H
#define _VIGILD_LAUNCH_H

#include <sys/resource.h>
#include <sys/types.h>

struct launch;

/**
 * struct launch_spec - what to run; copied
 * @argv: argv[0] is a path
 * @envp: whole environment
 * @cgroup: descriptor of the control group's directory
 * @in: descriptor of its stdin
 * @out: of its stdout and stderr; it has no others
 * @files: its RLIMIT_NOFILE
 */
struct launch_spec {
	char *const *argv;
	char *const *envp;
	int cgroup;
	int in;
	int out;
	struct rlimit files;
};

/* Return: what launch_start() needs, or NULL (no memory). */
struct launch *launch_new(const struct launch_spec *spec);

/**
 * launch_start - begin the process
 * @l: to be used once
 * @pidfd: a descriptor of the process, closed on exec
 *
 * It is in a session of its own and in /, and no signal is ignored or blocked.
 * Never waits for the program's file. If that cannot be executed the process ends with
 * code 127.
 * Return: its number, or -1 with errno set.
 */
pid_t launch_start(struct launch *l, int *pidfd);

/* Why the program could not be executed, an errno; 0: it could, or has not been yet. */
int launch_error(const struct launch *l);

/* Only when the process has ended, or was never begun: it may still use this. NULL is ignored. */
void launch_free(struct launch *l);

#endif
