/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which process of its control group is a service: remembered in /run/vigil, so
 * that the next daemon can tell. A pid alone could be another process by then.
 */
#ifndef _VIGILD_MAINPID_H
#define _VIGILD_MAINPID_H

#include <sys/types.h>

#include "cgroup.h"

void mainpid_write(const char *cluster, const char *service, pid_t pid);
pid_t mainpid_read(const char *cluster, const char *service);	/* 0: none, or gone */
/* To be tidy: one that has ended is recognized. */
void mainpid_remove(const char *cluster, const char *service);

/* The directory in which this is remembered; sockets of vms are there, too. */
void mainpid_make_dir(const char *cluster);

/**
 * mainpid_find - the main process of a service that an agent has started
 * @cg: its group
 * @pidfile: where its pid is written, or NULL
 *
 * Return: the process that the file names, if it is in the group; else the only one in
 * the group that is a daemon, a child of init with a session of its own; 0: there is
 * none, or more than one.
 */
pid_t mainpid_find(const struct cgroup *cg, const char *pidfile);

#endif
