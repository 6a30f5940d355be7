/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The node's daemon as seen by the kernel: bound by the netlink port of its
 * socket, dead when that closes or when it pinged and then fell silent.
 *
 *   none --bind--> alive --socket closed, or silent for daemon_stale_ms--> dead
 *                    ^                                                      |
 *                    '-------------------- bind or ping --------------------'
 *
 * Peers hear of it by beats. Dead for daemon_grace_ms while claims are held:
 * fence.
 */
#ifndef _VIGIL_DAEMON_H
#define _VIGIL_DAEMON_H

#include <linux/types.h>

struct net;
struct netlink_ext_ack;
struct vigil_cluster;

#define VIGIL_DAEMON_STALE_MS	10000	/* default of the sysctl */

/* Process context. Before and after the start. -EBUSY: another one is bound. */
int vigil_daemon_bind(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack);

/* Process context. -ENOTCONN: not the one that is bound. */
int vigil_daemon_ping(struct vigil_cluster *c, u32 portid, struct netlink_ext_ack *extack);

/* A socket was closed; wherever in @net it was the daemon, that is dead. Not in hard irq. */
void vigil_daemon_gone(struct net *net, u32 portid);

/* Softirq: has it fallen silent? */
void vigil_daemon_tick(struct vigil_cluster *c);

/* Under the lock of the cluster: when vigil_daemon_tick() is due, or VIGIL_NEVER. */
u64 vigil_daemon_deadline(const struct vigil_cluster *c);

/* Under the lock of the cluster: when its absence is to be fenced, or VIGIL_NEVER. */
u64 vigil_daemon_fence_at(const struct vigil_cluster *c);

/*
 * Under the lock of the cluster: the action was taken at the deadline @at, and
 * survived. Return: was that the daemon's deadline? It is over then.
 */
bool vigil_daemon_fenced(struct vigil_cluster *c, u64 at);

#endif
