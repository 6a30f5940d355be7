// SPDX-License-Identifier: GPL-2.0
/* Watches: found, added, deleted, reported about, told of. See watch.h. */
#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/netlink.h"
#include "notify.h"
#include "trace.h"
#include "watch_deadline.h"
#include "watch_process.h"

#define DRAIN_MAX	64	/* changes told in a row before other softirqs have a turn */

/* All watches of the machine by their numbers: written under the lock, read under RCU. */
static DEFINE_HASHTABLE(numbers, 10);
static DEFINE_SPINLOCK(numbers_lock);
static atomic64_t last_number;

void vigil_watch_init(void)
{
	/* Nobody adds a watch every nanosecond: no earlier load has come as far. */
	atomic64_set(&last_number, ktime_get_boottime_ns());
}

static void free_watch(struct rcu_head *rcu)
{
	struct vigil_watch *w = container_of(rcu, struct vigil_watch, rcu);

	put_pid(w->pid);
	kfree(w->deadline);
	kfree(w);
}

static void put(struct vigil_watch *w)
{
	if (refcount_dec_and_test(&w->ref))
		call_rcu(&w->rcu, free_watch);
}

struct vigil_watch *vigil_watch_find(struct vigil_cluster *c, const char *name)
{
	struct vigil_watch *w;

	list_for_each_entry_rcu(w, &c->watches.all, list, lockdep_is_held(&c->watches.mutex))
		if (!strcmp(w->cfg.name, name))
			return w;
	return NULL;
}

struct vigil_watch *vigil_watch_next(struct vigil_cluster *c, u64 id)
{
	struct vigil_watch *w;

	list_for_each_entry_rcu(w, &c->watches.all, list)
		if (w->id > id)
			return w;
	return NULL;
}

struct vigil_watch *vigil_watch_after(struct vigil_cluster *c, struct vigil_watch *w)
{
	return list_next_or_null_rcu(&c->watches.all, &w->list, struct vigil_watch, list);
}

struct vigil_watch *vigil_watch_find_id(u64 id)
{
	struct vigil_watch *w;

	hash_for_each_possible_rcu(numbers, w, by_id, id)
		if (w->id == id)
			return w;
	return NULL;
}

/* Changes that a watch must keep room for: those that lead to its death. */
static u8 room_to_leave(const struct vigil_watch_change *change)
{
	switch (change->now.state) {
	case VIGIL_WATCH_STATE_DEAD:
		return 0;
	case VIGIL_WATCH_STATE_DYING:
		return 1;
	default:
		return 2;
	}
}

/* Under the lock. */
static void enqueue(struct vigil_watch *w, const struct vigil_watch_change *change)
{
	struct vigil_watches *ws = &w->c->watches;
	struct vigil_watch_item *item;

	if (w->queued + room_to_leave(change) >= VIGIL_WATCH_QUEUE) {
		ws->lost = true;
		return;
	}
	item = &w->queue[(w->first + w->queued++) % VIGIL_WATCH_QUEUE];
	item->watch = w;
	item->change = *change;
	refcount_inc(&w->ref);
	list_add_tail(&item->list, &ws->pending);
}

bool vigil_watch_record(struct vigil_watch *w, const struct vigil_watch_report *r, bool *kick)
{
	struct vigil_watches *ws = &w->c->watches;
	struct vigil_watch_change change;

	*kick = false;
	if (w->gone || !vigil_watch_judge(&w->facts, r, &change))
		return false;
	if (change.now.state == VIGIL_WATCH_STATE_DEAD && change.from != change.now.state)
		w->deaths++;
	enqueue(w, &change);
	*kick = !ws->draining;
	ws->draining = true;
	return true;
}

void vigil_watch_kick(struct vigil_watch *w)
{
	irq_work_queue(&w->c->watches.kick);
}

static bool is_progress(const struct vigil_watch_report *r)
{
	return r->state == VIGIL_WATCH_STATE_ALIVE && r->cause == VIGIL_WATCH_CAUSE_PROGRESS;
}

/* The clocks are those that need no lock: who calls may have any. */
int vigil_watch_tell(struct vigil_watch *w, const struct vigil_watch_report *report)
{
	struct vigil_watches *ws = &w->c->watches;
	u64 now = ktime_get_boot_fast_ns();
	struct vigil_watch_report r = *report;
	unsigned long flags;
	bool kick, gone;

	if (!r.time || r.time > now)
		r.time = now;
	r.time = max(r.time, w->added);
	r.watch = w->id;
	r.by_comm[VIGIL_COMM_LEN] = '\0';
	raw_spin_lock_irqsave(&ws->lock, flags);
	gone = w->gone;
	if (is_progress(&r))
		w->progressed = ktime_get_mono_fast_ns();
	vigil_watch_record(w, &r, &kick);
	raw_spin_unlock_irqrestore(&ws->lock, flags);
	if (kick)
		vigil_watch_kick(w);
	return gone ? -ENOENT : 0;
}

int vigil_watch_tell_id(const struct vigil_watch_report *r)
{
	struct vigil_watch *w;
	int err;

	if (r->state > VIGIL_WATCH_STATE_HUNG || r->cause > VIGIL_WATCH_CAUSE_GONE)
		return -EINVAL;
	rcu_read_lock();
	w = vigil_watch_find_id(r->watch);
	err = w ? vigil_watch_tell(w, r) : -ENOENT;
	rcu_read_unlock();
	return err;
}

bool vigil_watch_look(struct vigil_watch *w)
{
	struct vigil_watch_report r = {};

	if (!vigil_process_ended(w->pid, &r))
		return false;
	vigil_watch_tell(w, &r);
	return true;
}

/* Softirq, under RCU. News that are no change are of no use elsewhere. */
static void tell(struct vigil_cluster *c, const struct vigil_watch *w,
		 const struct vigil_watch_change *change)
{
	const struct vigil_peer *own = rcu_dereference(c->peers[c->cfg.self]);
	struct vigil_notify to = {
		.net = c->net, .cluster = c->cfg.name, .now = change->now.time,
	};
	struct vigil_notify_watch watch = {
		.node = c->cfg.self,
		.node_name = own ? own->name : NULL,
		.name = w->cfg.name,
		.kind = w->cfg.kind,
		.pid = pid_nr(w->pid),
		.from = change->from,
		.now = &change->now,
	};

	trace_vigil_watch_state(c->cfg.name, w->cfg.name, change->from, &change->now);
	vigil_notify_watch(&to, &watch);
	if (change->from != change->now.state)
		vigil_watch_note(c, w, change);
}

/* Softirq, or process context with BH disabled; one at a time. Return: was there any? */
static bool tell_one(struct vigil_cluster *c)
{
	struct vigil_watches *ws = &c->watches;
	struct vigil_watch_change change;
	struct vigil_watch_item *item;
	struct vigil_watch *w = NULL;
	bool lost;

	raw_spin_lock_irq(&ws->lock);
	lost = ws->lost;
	ws->lost = false;
	item = list_first_entry_or_null(&ws->pending, struct vigil_watch_item, list);
	if (item) {
		w = item->watch;
		change = item->change;
		list_del(&item->list);
		w->first = (w->first + 1) % VIGIL_WATCH_QUEUE;
		w->queued--;
	} else {
		ws->draining = false;
	}
	raw_spin_unlock_irq(&ws->lock);
	if (lost)
		vigil_notify_watches_lost(c->net);
	if (!w)
		return false;
	rcu_read_lock();
	tell(c, w, &change);
	rcu_read_unlock();
	put(w);
	return true;
}

static void drain(struct tasklet_struct *tasklet)
{
	struct vigil_cluster *c = container_of(tasklet, struct vigil_cluster, watches.drain);
	unsigned int n;

	for (n = 0; n < DRAIN_MAX; n++)
		if (!tell_one(c))
			return;
	tasklet_schedule(tasklet);
}

/* Hard irq. */
static void kick(struct irq_work *work)
{
	struct vigil_watches *ws = container_of(work, struct vigil_watches, kick);

	tasklet_schedule(&ws->drain);
}

/* Under the mutex. The watch is told of no more, but for what is in the queue. */
static void remove(struct vigil_watch *w)
{
	struct vigil_watches *ws = &w->c->watches;

	list_del_rcu(&w->list);
	spin_lock(&numbers_lock);
	hash_del_rcu(&w->by_id);
	spin_unlock(&numbers_lock);
	ws->n--;
	raw_spin_lock_irq(&ws->lock);
	w->gone = true;
	raw_spin_unlock_irq(&ws->lock);
	vigil_deadline_stop(w->deadline);
	put(w);
}

/* Under the mutex. What a new watch takes over from a dead one of its name. */
static void inherit(struct vigil_watch *w, const struct vigil_watch *old)
{
	raw_spin_lock_irq(&old->c->watches.lock);
	w->deaths = old->deaths;
	w->last = old->facts;
	raw_spin_unlock_irq(&old->c->watches.lock);
}

static struct vigil_watch *make(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
				struct pid *pid)
{
	struct vigil_watch *w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);

	if (!w)
		return NULL;
	refcount_set(&w->ref, 1);
	w->c = c;
	w->cfg = *cfg;
	w->pid = get_pid(pid);
	w->id = atomic64_inc_return(&last_number);
	w->added = ktime_get_boottime_ns();
	w->progressed = ktime_get_ns();
	w->facts.watch = w->id;
	w->facts.time = w->added;
	if ((cfg->progress || cfg->blocked) && vigil_deadline_make(w)) {
		free_watch(&w->rcu);
		return NULL;
	}
	return w;
}

/* Under the mutex. Is there something in the way of a watch of that name? */
static int check(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
		 struct vigil_watch *old, struct netlink_ext_ack *extack)
{
	u32 state;

	if (c->watches.closed) {
		NL_SET_ERR_MSG(extack, "the cluster was deleted meanwhile");
		return -ENOENT;
	}
	if (!old) {
		if (c->watches.n < VIGIL_MAX_WATCHES)
			return 0;
		NL_SET_ERR_MSG_FMT(extack, "at most %u watches", VIGIL_MAX_WATCHES);
		return -ENOSPC;
	}
	rcu_read_lock();
	vigil_watch_look(old);
	rcu_read_unlock();
	raw_spin_lock_irq(&c->watches.lock);
	state = old->facts.state;
	raw_spin_unlock_irq(&c->watches.lock);
	if (state == VIGIL_WATCH_STATE_DEAD)
		return 0;
	NL_SET_ERR_MSG(extack, "a watch of that name exists, and its process is not dead");
	return -EEXIST;
}

/* Under the mutex. */
static int add(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
	       struct pid *pid, u64 *id, struct netlink_ext_ack *extack)
{
	struct vigil_watch *old = vigil_watch_find(c, cfg->name);
	struct vigil_watch *w;
	int err = check(c, cfg, old, extack);

	if (err)
		return err;
	w = make(c, cfg, pid);
	if (!w)
		return -ENOMEM;
	if (old) {
		inherit(w, old);
		remove(old);
	}
	*id = w->id;
	list_add_tail_rcu(&w->list, &c->watches.all);
	spin_lock(&numbers_lock);
	hash_add_rcu(numbers, &w->by_id, w->id);
	spin_unlock(&numbers_lock);
	c->watches.n++;
	vigil_deadline_start(w->deadline);
	return 0;
}

int vigil_watch_add(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
		    struct pid *pid, u64 *id, struct netlink_ext_ack *extack)
{
	int err;

	if (!vigil_name_valid(cfg->name, strlen(cfg->name))) {
		NL_SET_ERR_MSG(extack, "watch name: 1 to 63 printable characters, no space or '/'");
		return -EINVAL;
	}
	mutex_lock(&c->watches.mutex);
	err = add(c, cfg, pid, id, extack);
	mutex_unlock(&c->watches.mutex);
	return err;
}

int vigil_watch_del(struct vigil_cluster *c, const char *name, struct netlink_ext_ack *extack)
{
	struct vigil_watch *w;

	mutex_lock(&c->watches.mutex);
	w = vigil_watch_find(c, name);
	if (w)
		remove(w);
	else
		NL_SET_ERR_MSG(extack, "no watch of that name");
	mutex_unlock(&c->watches.mutex);
	return w ? 0 : -ENOENT;
}

void vigil_watch_open(struct vigil_cluster *c)
{
	struct vigil_watches *ws = &c->watches;

	mutex_init(&ws->mutex);
	INIT_LIST_HEAD(&ws->all);
	raw_spin_lock_init(&ws->lock);
	INIT_LIST_HEAD(&ws->pending);
	init_irq_work(&ws->kick, kick);
	tasklet_setup(&ws->drain, drain);
}

void vigil_watch_close(struct vigil_cluster *c)
{
	struct vigil_watches *ws = &c->watches;
	struct vigil_watch *w, *next;

	mutex_lock(&ws->mutex);
	ws->closed = true;
	list_for_each_entry_safe(w, next, &ws->all, list)
		remove(w);
	mutex_unlock(&ws->mutex);
}

/*
 * Who reports does so under RCU, up to and including the kick; deadlines were
 * cancelled with their watches. So after a grace period nobody kicks any more.
 */
void vigil_watch_flush(struct vigil_cluster *c)
{
	struct vigil_watches *ws = &c->watches;

	irq_work_sync(&ws->kick);
	tasklet_kill(&ws->drain);
	local_bh_disable();
	while (tell_one(c))
		;
	local_bh_enable();
}
