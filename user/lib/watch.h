/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches: processes and guests that the kernel has an eye on. Adding, deleting
 * and reporting need CAP_NET_ADMIN; looking needs nothing.
 */
#ifndef _VIGIL_LIB_WATCH_H
#define _VIGIL_LIB_WATCH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <vigil/limits.h>
#include <vigil/watch.h>

#include "client.h"

/**
 * struct vnl_watch_config - what is to be watched
 * @name: like other names; that of a service, if it is one's
 * @kind: VIGIL_WATCH_KIND_*
 * @pidfd: of the process; < 0: @pid and @start name it
 * @pid: as this process sees it
 * @start: field 22 of /proc/PID/stat
 * @cgroup: id of its control group; 0: none
 * @progress: ms within which it must come on; 0: whenever
 * @blocked: ms of uninterruptible sleep that count as hung; 0: never
 * @hang: ms without a sign of life of a guest that count as hung; 0: never
 */
struct vnl_watch_config {
	const char *name;
	__u32 kind;
	int pidfd;
	__u32 pid;
	__u64 start;
	__u64 cgroup;
	__u32 progress;
	__u32 blocked;
	__u32 hang;
};

/**
 * struct vnl_why - how a process ended, or why it is in its state
 * @cause: VIGIL_WATCH_CAUSE_*
 * @code: exit code or signal
 * @by_pid: who sent the signal; 0: the kernel, or unknown
 * @by_comm: its name; "" if unknown
 * @age: ns since then
 */
struct vnl_why {
	__u32 cause;
	__s32 code;
	__u32 by_pid;
	char by_comm[VIGIL_COMM_LEN + 1];
	__u64 age;
};

/**
 * struct vnl_watch - what the kernel tells about a watch
 * @name: of the watch
 * @id: its number
 * @kind: VIGIL_WATCH_KIND_*
 * @pid: of the process, as this process sees it; 0: it cannot
 * @start: field 22 of /proc/PID/stat; 0: it is gone
 * @cgroup: as given
 * @progress: as given; ms
 * @blocked: as given
 * @hang: as given
 * @state: VIGIL_WATCH_STATE_*
 * @why: of that state, and its age
 * @tid: thread that @why is about; 0: the whole
 * @age: ns since it was added
 * @progress_age: ns since it was last seen to come on; VNL_WATCH_NEVER: without a deadline
 * @deaths: how often processes under this name have died
 * @died: a process was watched before this one, and @last is how it ended
 * @last: valid if @died
 */
struct vnl_watch {
	char name[VIGIL_NAME_LEN + 1];
	__u64 id;
	__u32 kind;
	__u32 pid;
	__u64 start;
	__u64 cgroup;
	__u32 progress;
	__u32 blocked;
	__u32 hang;
	__u32 state;
	struct vnl_why why;
	__u32 tid;
	__u64 age;
	__u64 progress_age;
	__u32 deaths;
	bool died;
	struct vnl_why last;
};

#define VNL_WATCH_NEVER	((__u64)-1)

/**
 * vnl_watch_add - watch a process
 * @client: the connection
 * @cluster: name
 * @config: what
 * @id: number of the new watch, for probes and reports; may be NULL
 *
 * Return: 0, -EEXIST (a watch of that name has a process that is not dead),
 * -ESRCH (no such process, or it has ended), -EBADF (no pidfd), -ENOSPC, ...
 */
int vnl_watch_add(struct vnl_client *client, const char *cluster,
		  const struct vnl_watch_config *config, __u64 *id);

/* Return: 0, -ENOENT, or another -errno. */
int vnl_watch_del(struct vnl_client *client, const char *cluster, const char *name);

/*
 * One by name: 0, -ENOENT, or another -errno. The kernel looks at the process
 * before it answers: one that has died unseen is found to be dead, and told so.
 */
int vnl_watch_get(struct vnl_client *client, const char *cluster, const char *name,
		  struct vnl_watch *out);

/* All, oldest first: the number, with *@out for the caller to free(), or -errno. */
int vnl_watch_list(struct vnl_client *client, const char *cluster, struct vnl_watch **out);

/**
 * vnl_watch_report - tell the kernel what was seen
 * @client: the connection
 * @cluster: name
 * @name: of the watch; NULL: @r->watch is its number
 * @r: what, as a probe would say it; time 0: now
 *
 * Return: 0, -ENOENT (no such watch), -EINVAL (time in the future), -ERANGE, ...
 */
int vnl_watch_report(struct vnl_client *client, const char *cluster, const char *name,
		     const struct vigil_watch_report *r);

#endif
