/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control groups (version 2) of services:
 *
 *   <mount>/vigil/<cluster>/<service>/main   what the service consists of
 *                                    /op     operations on it: monitor, stop
 *
 * They lie outside the daemon's own group, so nothing that happens to the
 * daemon happens to them.
 */
#ifndef _VIGILD_CGROUP_H
#define _VIGILD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct cgroup {
	int dir;		/* descriptor of the directory, for clone3() */
	int events;		/* of cgroup.events, or -1 */
	sd_event_source *source;
	void (*on_empty)(void *data);
	void *data;
};

/**
 * cgroup_open - make a group, with its parents, or find it
 * @cg: result
 * @path: below the mount, as "vigil/basket/web/main"
 *
 * Return: 0 or -errno.
 */
int cgroup_open(struct cgroup *cg, const char *path);
void cgroup_close(struct cgroup *cg);

/* Is there a process in the group or below? 1, 0 or -errno. */
int cgroup_populated(const struct cgroup *cg);

/* Kill everything in the group and below; on_empty will tell when it is done. */
int cgroup_kill(const struct cgroup *cg);

/* SIGTERM or the like for every process directly in the group. Return: how many, or -errno. */
int cgroup_signal(const struct cgroup *cg, int signal);

bool cgroup_contains(const struct cgroup *cg, pid_t pid);

/**
 * cgroup_each_pid - walk over the processes directly in the group
 * @cg: the group
 * @visit: called for each; ends the walk by returning false
 * @data: for @visit
 *
 * Return: how many were visited, or -errno.
 */
int cgroup_each_pid(const struct cgroup *cg, bool (*visit)(pid_t pid, void *data), void *data);

/* SIGKILL for every process directly in the group but this one. */
void cgroup_kill_others(const struct cgroup *cg, pid_t pid);

/* The number by which the kernel knows the group; 0: cannot be told. */
uint64_t cgroup_id(const struct cgroup *cg);

/* Call @on_empty whenever the last process has gone. */
int cgroup_watch(struct cgroup *cg, sd_event *event, void (*on_empty)(void *data), void *data);

#endif
