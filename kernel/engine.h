/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine runs the core of a cluster: takes the lock, steps, carries out
 * what must be done in order, drops the lock, then sends and tells.
 *
 * Nothing here sleeps or takes a mutex. Contexts: softirq (receive, timer) and
 * process (netlink); never hard irq.
 */
#ifndef _VIGIL_ENGINE_H
#define _VIGIL_ENGINE_H

#include <linux/types.h>

#include "cluster.h"
#include "daemon.h"
#include "status.h"

/* Process context; allocate and free what every CPU needs to step. */
int vigil_engine_init(void);
void vigil_engine_exit(void);

/* The buffer that a received packet is opened in, one per CPU; BH disabled. */
u8 *vigil_engine_rx_buffer(void);
#define VIGIL_ENGINE_RX_ROOM	(VIGIL_WIRE_MAX_PACKET)

/**
 * vigil_engine_run - feed one event to the core and do what it says
 * @c: cluster; the caller keeps it alive
 * @ev: the event; its time is filled in here, under the lock
 *
 * Return: what vigil_step() says, or -ESHUTDOWN if the cluster is not running.
 */
int vigil_engine_run(struct vigil_cluster *c, struct vigil_event *ev);

/* Under the cluster's lock: while claims are wanted or may be running, the module stays. */
void vigil_engine_pin(struct vigil_cluster *c, bool pin);

/* Process context, under the namespace's mutex; vigil_cluster_start() calls them. */
int vigil_engine_prepare(struct vigil_cluster *c, struct netlink_ext_ack *extack);
void vigil_engine_go(struct vigil_cluster *c);

/**
 * vigil_engine_leave - say goodbye, hold nothing any more
 * @c: the cluster
 *
 * Process context. Return: 0, -EBUSY (claims may be running), -ESHUTDOWN (it
 * does not run or has left already).
 */
int vigil_engine_leave(struct vigil_cluster *c);

/* Process context: no step, timer or fence of this cluster runs after it returns. */
void vigil_engine_stop(struct vigil_cluster *c);

/*
 * User events, process context. @name is NUL-terminated. They return 0 or
 * -errno with extack.
 *
 * claim	-EINVAL (name), -ENOSPC, -ESHUTDOWN (not running, left)
 * release	@successor 0: none; -ENOENT (no such claim), -EBUSY, -EINVAL
 * msg		@node 0: every node with a session; -ENOTCONN, -ENOENT, -EMSGSIZE
 */
int vigil_engine_claim(struct vigil_cluster *c, const char *name, u16 rank,
		       struct netlink_ext_ack *extack);
int vigil_engine_release(struct vigil_cluster *c, const char *name, u16 successor,
			 struct netlink_ext_ack *extack);
int vigil_engine_msg(struct vigil_cluster *c, u16 node, const void *data, size_t len,
		     struct netlink_ext_ack *extack);

/**
 * vigil_engine_confirm - a fencing device has confirmed a death
 * @c: the cluster
 * @node: id
 * @incarnation: that was known when the device was asked
 * @extack: for the sentence
 *
 * Process context. The voters in touch are told. Return: 0, -ESTALE (known here
 * by another incarnation, or not at all), -EINVAL (ourselves, incarnation 0),
 * -ENOENT, -ESHUTDOWN (not running, left).
 */
int vigil_engine_confirm(struct vigil_cluster *c, u16 node, u64 incarnation,
			 struct netlink_ext_ack *extack);

/**
 * vigil_engine_poison - tell the kernel of a node to take its fence action
 * @c: the cluster
 * @node: id
 * @extack: for the sentence
 *
 * Process context. Said once in each session of the pair; that it was heard is
 * seen from the node being down at once and expired soon after. Return: 0,
 * -ENOTCONN, -ENOENT, -EINVAL (ourselves), -ESHUTDOWN (not running, left).
 */
int vigil_engine_poison(struct vigil_cluster *c, u16 node, struct netlink_ext_ack *extack);

/**
 * vigil_engine_note - tell all peers at once, kernel to kernel
 * @c: the cluster
 * @data: opaque; copied
 * @len: 1..VIGIL_NOTE_LEN bytes
 *
 * Softirq or process context, outside vigil_watch_heard() and without any lock
 * that it takes. Of more than VIGIL_NOTES notes in a quarter of the interval, the
 * oldest are lost. Return: 0, -EMSGSIZE, -ESHUTDOWN (not running, left).
 */
int vigil_engine_note(struct vigil_cluster *c, const void *data, size_t len);

#endif
