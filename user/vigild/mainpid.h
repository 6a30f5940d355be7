/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which process of its control group is a service: remembered in /run/vigil, so
 * that the next daemon can tell. A pid alone could be another process by then.
 */
#ifndef _VIGILD_MAINPID_H
#define _VIGILD_MAINPID_H

#include <sys/types.h>

void mainpid_write(const char *cluster, const char *service, pid_t pid);
pid_t mainpid_read(const char *cluster, const char *service);	/* 0: none, or gone */
void mainpid_remove(const char *cluster, const char *service);

#endif
