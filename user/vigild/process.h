/* SPDX-License-Identifier: GPL-2.0 */
/* Child processes: born inside their control group, bounded in time, never waited for. */
#ifndef _VIGILD_PROCESS_H
#define _VIGILD_PROCESS_H

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "cgroup.h"

enum process_end {
	PROCESS_EXITED,		/* code is the exit code */
	PROCESS_KILLED,		/* code is the signal */
	PROCESS_TIMED_OUT,	/* it has been killed; what is left of it is reaped later */
};

enum process_output {
	PROCESS_LOG,	/* straight to the journal or to stderr: outlives the daemon */
	PROCESS_LINES,	/* line by line through the daemon's log, with a prefix */
	PROCESS_KEEP,	/* kept for the caller, up to PROCESS_KEEP_MAX bytes */
};

#define PROCESS_KEEP_MAX	(256 * 1024)
#define PROCESS_INPUT_MAX	(32 * 1024)	/* fits into a pipe: nobody waits */

struct process_result {
	enum process_end end;
	int code;
	uint64_t took;		/* ns */
	int error;		/* errno: why it could not be executed; 0: it could, or adopted */
	const char *last_line;	/* LINES: of its output; "" if none */
	const char *output;	/* KEEP: NUL-terminated */
};

struct process;

/*
 * As many descriptors as are allowed at all: a service takes some. What is started
 * begins with the limit that was found. And no signal is ignored because the one who
 * started us does; later only SIGPIPE may be. Called once, before anything is started.
 */
void process_prepare(void);

/**
 * struct process_spec - what to run
 * @label: for the log: "web: monitor"
 * @log: LOG: descriptor from process_open_log(); -1: the daemon's stderr
 * @argv: argv[0] is a path
 * @envp: whole environment
 * @cgroup: group to be born in
 * @kill_group: at the time-out kill all of @cgroup; else only the process's own group
 * @timeout: ns, 0: none
 * @output: what becomes of stdout and stderr
 * @input: what it reads from stdin, at most PROCESS_INPUT_MAX bytes; NULL: nothing
 * @hide: LINES: strings that are shown as "***", NULL behind the last; or NULL
 * @on_end: called once, unless process_forget() comes first; @process is gone afterwards
 */
struct process_spec {
	const char *label;
	int log;
	char *const *argv;
	char *const *envp;
	const struct cgroup *cgroup;
	bool kill_group;
	uint64_t timeout;
	enum process_output output;
	const char *input;
	char *const *hide;
	void (*on_end)(void *data, const struct process_result *result);
	void *data;
};

/* A stream to the journal under this name; -1 if stderr is not the journal's. May block. */
int process_open_log(const char *identifier);

/* Return: the process, or NULL with errno set. */
struct process *process_start(sd_event *event, const struct process_spec *spec);

/* Watch a process that an earlier daemon started. NULL if it is gone. Its code is not known. */
struct process *process_adopt(sd_event *event, pid_t pid,
			      void (*on_end)(void *data, const struct process_result *result),
			      void *data);

pid_t process_pid(const struct process *p);
int process_pidfd(const struct process *p);

/* Why the program could not be executed, as in the result; the process may not have ended yet. */
int process_error(const struct process *p);
int process_signal(const struct process *p, int signal);

/* Kill it, and what it started as far as its specification says. on_end follows. */
void process_kill(struct process *p);

/* on_end must not be called any more; the process is still reaped when it ends. */
void process_forget(struct process *p);

/* "exited with code 1", "was killed by signal 9 (Killed)", "timed out after 20000 ms" */
void process_describe(const struct process_result *result, char *out, size_t room);

#endif
