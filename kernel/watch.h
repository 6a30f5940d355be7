/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches of a cluster instance: what is known of processes and guests on this
 * node, who is told when that changes, and until when they must show life.
 *
 *   a probe, by kfunc   any context but NMI --.
 *   watch-report        process context -------+-> judged under the lock, queued
 *   a deadline          softirq --------------'         |
 *                                             irq_work -+-> tasklet: trace point,
 *                                                           multicast, peers
 *
 * The lock is raw and the innermost of all: nothing is called under it, for who
 * reports may hold any other lock. What is queued is told in its order; if there
 * is no room, listeners are told that they have missed something.
 */
#ifndef _VIGIL_KERNEL_WATCH_H
#define _VIGIL_KERNEL_WATCH_H

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <vigil/limits.h>
#include <vigil/watch.h>

#include "watch_state.h"

struct netlink_ext_ack;
struct vigil_cluster;
struct vigil_deadline;
struct vigil_watch;

#define VIGIL_WATCH_QUEUE	16	/* changes of one watch not told yet */

/**
 * struct vigil_watches - the watches of a cluster, a part of it
 * @mutex: serialises addition and deletion
 * @closed: the cluster is being deleted; under @mutex
 * @n: number of watches; under @mutex
 * @all: by ascending number; written under @mutex, read under RCU
 * @lock: raw, interrupts off; protects what follows and the mutable part of each watch
 * @pending: changes of all watches that have not been told, oldest first
 * @lost: something found no room there
 * @draining: @drain is to come, or at it: it sees what is added meanwhile. Were it
 *	scheduled on a second processor while it runs, it would end up in ksoftirqd,
 *	behind whatever is busy there
 * @kick: schedules @drain from any context
 * @drain: tells
 */
struct vigil_watches {
	struct mutex mutex;
	bool closed;
	unsigned int n;
	struct list_head all;

	raw_spinlock_t lock;
	struct list_head pending;
	bool lost;
	bool draining;
	struct irq_work kick;
	struct tasklet_struct drain;
};

/**
 * struct vigil_watch_item - a change that waits to be told
 * @list: in vigil_watches.pending
 * @watch: whose it is; counted
 * @change: what
 */
struct vigil_watch_item {
	struct list_head list;
	struct vigil_watch *watch;
	struct vigil_watch_change change;
};

/* What netlink hands over to make a watch; times in ms, 0: none. */
struct vigil_watch_config {
	char name[VIGIL_NAME_LEN + 1];
	u32 kind;		/* VIGIL_WATCH_KIND_* */
	u64 cgroup;		/* 0: unknown */
	u32 progress;
	u32 blocked;
	u32 hang;
};

/**
 * struct vigil_watch - one watch
 * @by_id: in the table of all watches of the machine; RCU
 * @list: in vigil_watches.all; RCU
 * @rcu: freed after a grace period
 * @ref: the list's, and one per change in the queue
 * @c: its cluster; valid while the watch is in the list or the queue
 * @id: never used again on this machine
 * @cfg: immutable
 * @pid: the process, counted: a reused number is another struct pid
 * @added: CLOCK_BOOTTIME, ns
 * @last: death of the process before this one; state alive: there was none
 * @deadline: what keeps its deadlines; NULL: it has none
 * @gone: deleted: reports find nothing any more; this and the rest under
 *	vigil_watches.lock
 * @facts: its state, since @facts.time
 * @deaths: deaths seen by watches of this name
 * @progressed: CLOCK_MONOTONIC, ns, when it was last seen or said to come on
 * @first: index of the oldest change in @queue
 * @queued: how many there are
 * @queue: changes to be told, a ring; the oldest are told first
 */
struct vigil_watch {
	struct hlist_node by_id;
	struct list_head list;
	struct rcu_head rcu;
	refcount_t ref;
	struct vigil_cluster *c;
	u64 id;
	struct vigil_watch_config cfg;
	struct pid *pid;
	u64 added;
	struct vigil_watch_report last;
	struct vigil_deadline *deadline;

	bool gone;
	struct vigil_watch_report facts;
	u32 deaths;
	u64 progressed;
	u8 first;
	u8 queued;
	struct vigil_watch_item queue[VIGIL_WATCH_QUEUE];
};

/* main.c calls it: numbers begin where no earlier load of the module has been. */
void vigil_watch_init(void);

/*
 * Process context; cluster.c calls them. Closing deletes all watches; when a
 * grace period later the rest has been told, nothing of them runs any more.
 */
void vigil_watch_open(struct vigil_cluster *c);
void vigil_watch_close(struct vigil_cluster *c);
void vigil_watch_flush(struct vigil_cluster *c);

/**
 * vigil_watch_add - watch a process
 * @c: cluster
 * @cfg: what is wanted
 * @pid: the process, a live one; the watch takes a reference of its own
 * @id: number of the new watch
 * @extack: for the refusal
 *
 * Process context. A watch of that name whose process is dead is replaced.
 * Return: 0, -EEXIST (its process is not dead), -ENOSPC, -ENOMEM, -EINVAL
 * (name), -ENOENT (the cluster was deleted meanwhile).
 */
int vigil_watch_add(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
		    struct pid *pid, u64 *id, struct netlink_ext_ack *extack);

/* Process context. Return: 0 or -ENOENT. */
int vigil_watch_del(struct vigil_cluster *c, const char *name, struct netlink_ext_ack *extack);

/* The watch of that name, or NULL; under RCU. */
struct vigil_watch *vigil_watch_find(struct vigil_cluster *c, const char *name);

/* The first watch whose number is above @id, or NULL; under RCU. */
struct vigil_watch *vigil_watch_next(struct vigil_cluster *c, u64 id);

/* The one after @w, or NULL; under RCU since @w was found. */
struct vigil_watch *vigil_watch_after(struct vigil_cluster *c, struct vigil_watch *w);

/* The watch of that number, whatever its cluster, or NULL; under RCU. */
struct vigil_watch *vigil_watch_find_id(u64 id);

/**
 * vigil_watch_tell - something was seen of a watch
 * @w: the watch, under RCU
 * @r: what; @r->watch is not looked at, a time before the watch or after now is mended
 *
 * Any context but NMI. Return: 0, -ENOENT (deleted).
 */
int vigil_watch_tell(struct vigil_watch *w, const struct vigil_watch_report *r);

/* The same for a watch by its number, whatever its cluster; -EINVAL: numbers out of range. */
int vigil_watch_tell_id(const struct vigil_watch_report *r);

/*
 * What vigil_watch_tell() is made of: with vigil_watches.lock held, take in @r,
 * whose time is right. If @kick says so then, kick after the lock was dropped, still
 * under RCU. Return: is there anything to tell?
 */
bool vigil_watch_record(struct vigil_watch *w, const struct vigil_watch_report *r, bool *kick);
void vigil_watch_kick(struct vigil_watch *w);

/*
 * If the process is gone and nobody has said so, say it. Under RCU, softirq or
 * process context. Return: is it gone?
 */
bool vigil_watch_look(struct vigil_watch *w);

/* Tell the peers of a change. Softirq or process context, without any lock. */
void vigil_watch_note(struct vigil_cluster *c, const struct vigil_watch *w,
		      const struct vigil_watch_change *change);

/**
 * vigil_watch_heard - a peer tells of a watch of its own
 * @c: cluster
 * @node: the peer
 * @data: a note, as hostile as a peer that has the key can be
 * @len: its bytes
 * @now: CLOCK_BOOTTIME, ns
 *
 * Softirq, under RCU, with vigil_cluster.order held: userspace is told.
 */
void vigil_watch_heard(struct vigil_cluster *c, u16 node, const void *data, size_t len, u64 now);

#endif
