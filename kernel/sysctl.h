/* SPDX-License-Identifier: GPL-2.0 */
/* net.vigil.<cluster>.*: what an administrator reads or turns by hand. */
#ifndef _VIGIL_SYSCTL_H
#define _VIGIL_SYSCTL_H

struct vigil_cluster;

/* Process context. Return: 0 or -errno. */
int vigil_sysctl_add(struct vigil_cluster *c);

/* Process context: no access is under way when it returns. */
void vigil_sysctl_del(struct vigil_cluster *c);

#endif
