/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cluster of this one node, the probes of a daemon, and what the module tells about
 * watched processes. Everything here acts for the one test that runs in this process.
 *
 * A test program says which families of probes it loads:
 *
 *	const struct probe_family *const probe_families[] = { &probe_process, NULL };
 */
#ifndef _LIVENESS_LIVE_H
#define _LIVENESS_LIVE_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/vigil.h>
#include <systemd/sd-event.h>
#include <vigil/limits.h>

#include "harness.h"
#include "probe_family.h"
#include "probes.h"
#include "watch.h"

#define LIVE_CLUSTER	"live"
#define LIVE_WAIT_MS	20000	/* what has not come by then does not come */

/* What the module told about a watch. */
struct live_event {
	char name[VIGIL_NAME_LEN + 1];
	bool taken;			/* by live_wait() */
	unsigned long long time;	/* of the event, CLOCK_BOOTTIME in ns */
	unsigned long long heard;	/* here */
	unsigned int from;
	unsigned int to;
	unsigned int cause;
	int code;
	unsigned int by_pid;
	char by_comm[VIGIL_COMM_LEN + 1];
	unsigned int tid;
};

/*
 * The cluster and the listener; and, with live_load(), the probes. With live_open() what
 * an older daemon has left for guests stays until probes_settle().
 */
void live_begin(void);
void live_load(void);
void live_open(void);
/* The end of this process's probes. @keep: they stay pinned. */
void live_unload(bool keep);

/* What probes_open() gave; for tests of the probes themselves. */
struct probes *live_probes(void);

/* The loop that all of this runs in, and the connection to the module. */
sd_event *live_loop(void);
struct vnl_client *live_client(void);

/* Watch a process without deadlines; or as @config says, which needs no pidfd. */
__u64 live_watch(const char *name, pid_t pid);
__u64 live_watch_as(struct vnl_watch_config *config);

/* Bind a watch that exists already, as a daemon does after its start. */
void live_bind(__u64 watch, pid_t pid);

/*
 * The next event about @name that was not yet waited for: it must be this one, or the
 * test fails. It is valid until the next call of any of these.
 */
const struct live_event *live_wait(const char *name, unsigned int to, unsigned int cause);

/* The same, for what may take up to @ms. */
const struct live_event *live_wait_long(const char *name, unsigned int to, unsigned int cause,
					unsigned int ms);

/* Dying and dead, with this cause and code; the latter event. */
const struct live_event *live_wait_death(const char *name, unsigned int cause, int code);

/* All that happened before this call has been told; nothing of it was about @name. */
void live_quiet(const char *name);

/* Runs the loop until @done(@arg), which it asks again and again. */
void live_until(bool (*done)(void *arg), void *arg, const char *what);

/*
 * A child that runs @run in a process of its own, and is killed when the test ends.
 * Returns when it has called live_ready(). live_reap() waits for its end.
 */
pid_t live_child(void (*run)(void *arg), void *arg);
void live_ready(void);
int live_reap(pid_t pid);

/* For live_child(): is ready, and waits for its end; or for SIGUSR1, and returns. */
void live_idle(void *arg);
void live_ready_till_signal(void);

/* A child that ends at once with @code, as fast as can be: it borrows this one's memory. */
pid_t live_brief(int code);

/* A file below /proc or /sys: written, or the test fails. */
void live_write(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
