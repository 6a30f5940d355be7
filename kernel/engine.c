// SPDX-License-Identifier: GPL-2.0
/*
 * Decide locked, act unlocked.
 *
 *   event -> lock -> vigil_step() -> derive keys, seal packets, arm timers -> unlock
 *                                 -> tell userspace, send
 *
 * Who calls vigil_engine_run(): the receive path and the tick timer in
 * softirq, netlink in process context with BH disabled. The fence timers (hard
 * irq) never come here.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/vigil.h>

#include "auth.h"
#include "engine.h"
#include "gate.h"
#include "notify.h"
#include "packet.h"
#include "trace.h"

#define ROUNDS_MAX	1024	/* steps for one event; a core with 4,096 claims needs about 100 */

/* What one CPU needs to step; only used with BH disabled, so by one at a time. */
struct vigil_scratch {
	struct vigil_effects effects;
	u8 rx[VIGIL_ENGINE_RX_ROOM] __aligned(8);
};

static DEFINE_PER_CPU(struct vigil_scratch *, vigil_scratch);

u8 *vigil_engine_rx_buffer(void)
{
	return __this_cpu_read(vigil_scratch)->rx;
}

int vigil_engine_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct vigil_scratch *s;

		s = kvzalloc_node(sizeof(*s), GFP_KERNEL, cpu_to_node(cpu));
		if (!s) {
			vigil_engine_exit();
			return -ENOMEM;
		}
		per_cpu(vigil_scratch, cpu) = s;
	}
	return 0;
}

void vigil_engine_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kvfree_sensitive(per_cpu(vigil_scratch, cpu), sizeof(struct vigil_scratch));
		per_cpu(vigil_scratch, cpu) = NULL;
	}
}

/* What a step leaves to be done without the lock. */
struct aftermath {
	u64 now;
	u32 portid;		/* of the daemon */
	bool news;		/* something for userspace */
	bool own_daemon;	/* our daemon came or went */
	bool own_alive;
	bool taken;		/* the fence action was taken */
	u64 taken_at;
	u64 taken_late;
	int fence_step;		/* VIGIL_FENCE_STEP_*, or -1 */
	struct sk_buff_head packets;
};

static bool is_busy(u8 claim_state)
{
	return claim_state == VIGIL_CLAIM_WANTED || claim_state == VIGIL_CLAIM_HELD ||
	       claim_state == VIGIL_CLAIM_LOST;
}

/* Under the lock. Roles, whose names begin with '@', run nothing. */
static void count_claim(struct vigil_cluster *c, const struct vigil_effect *e)
{
	if (e->name[0] != '@')
		c->n_busy += is_busy(e->to) - is_busy(e->from);
	c->n_lost += (e->to == VIGIL_CLAIM_LOST) - (e->from == VIGIL_CLAIM_LOST);
	trace_vigil_claim(c->cfg.name, e->name, e->from, e->to, e->k);
}

/* Under the lock: there was no memory, or no key in the slot. */
static void count_unsent(struct vigil_cluster *c, u16 node)
{
	struct vigil_peer *peer = rcu_dereference(c->peers[node]);
	u8 i;

	for (i = 0; peer && i < peer->n_links; i++)
		atomic64_inc(&peer->links[i].tx_errors);
}

/* Under the lock, in the order of the effects. Return: is it news for userspace? */
static bool carry_out(struct vigil_cluster *c, const struct vigil_effect *e,
		      struct aftermath *after)
{
	struct sk_buff *skb;

	switch (e->type) {
	case VIGIL_EFF_DERIVE:
		vigil_derive(rcu_dereference(c->keys[e->slot % VIGIL_KEY_SLOTS]), c->cfg.self, e);
		return false;
	case VIGIL_EFF_SEND:
		skb = vigil_packet_build(c, e);
		if (skb)
			__skb_queue_tail(&after->packets, skb);
		else
			count_unsent(c, e->node);
		return false;
	case VIGIL_EFF_NODE:
		trace_vigil_node(c->cfg.name, e->node, e->from, e->to);
		return true;
	case VIGIL_EFF_CLAIM:
		count_claim(c, e);
		return true;
	case VIGIL_EFF_VOTE:
		trace_vigil_vote(c->cfg.name, e->name, e->node, e->k);
		return false;
	case VIGIL_EFF_OVERSLEPT:
		trace_vigil_oversleep(c->cfg.name, e->amount);
		return false;
	case VIGIL_EFF_DAEMON:
		trace_vigil_daemon(c->cfg.name, e->node, e->to);
		return true;
	case VIGIL_EFF_GASP:
		trace_vigil_gasp(c->cfg.name, e->node, e->to, e->len);
		return false;
	case VIGIL_EFF_POISONED:
		trace_vigil_poisoned(c->cfg.name, e->node);
		return false;
	case VIGIL_EFF_MSG:
	case VIGIL_EFF_NOTE:
	case VIGIL_EFF_LEARNED:
	case VIGIL_EFF_REFUSED:
		return true;
	}
	return false;
}

/* vigil_engine_claim(), which causes it, has a reference of its own. */
void vigil_engine_pin(struct vigil_cluster *c, bool pin)
{
	if (pin == c->pinned)
		return;
	c->pinned = pin;
	if (pin)
		__module_get(THIS_MODULE);
	else
		module_put(THIS_MODULE);
}

/* Under the lock. */
static void set_fence(struct vigil_cluster *c, u64 now)
{
	u64 at = VIGIL_NEVER;

	if (c->state == VIGIL_CLUSTER_STATE_RUNNING)
		at = min(vigil_fence_deadline(c->core), vigil_daemon_fence_at(c));
	vigil_fence_set(&c->fence, at, now);
}

/* Under the lock. */
static void update_fence(struct vigil_cluster *c, u16 was_lost, struct aftermath *after)
{
	set_fence(c, after->now);
	after->taken = vigil_fence_report(&c->fence, &after->taken_at, &after->taken_late);
	if (after->taken && vigil_daemon_fenced(c, after->taken_at - after->taken_late))
		set_fence(c, after->now);
	after->fence_step = -1;
	if (!was_lost && c->n_lost) {
		c->fence_taken = false;
		after->fence_step = VIGIL_FENCE_STEP_ARMED;
	} else if (was_lost && !c->n_lost && !c->fence_taken && !after->taken) {
		after->fence_step = VIGIL_FENCE_STEP_AVERTED;
	}
	if (after->taken)
		c->fence_taken = true;
	after->news |= after->taken || after->fence_step >= 0;
}

/* Under the lock. A time in the past fires at once. */
static void arm_tick(struct vigil_cluster *c, bool more)
{
	u64 at = min(vigil_next_deadline(c->core), vigil_daemon_deadline(c));

	if (more)
		at = 0;
	if (at == VIGIL_NEVER) {
		hrtimer_try_to_cancel(&c->tick);
		return;
	}
	if (at == c->tick_at && hrtimer_is_queued(&c->tick))
		return;
	c->tick_at = at;
	hrtimer_start(&c->tick, ns_to_ktime(at), HRTIMER_MODE_ABS_SOFT);
}

/* Under the lock: the computation is only made for those who look. */
static void trace_quorum(struct vigil_cluster *c, u64 now)
{
	u64 until;

	if (!trace_vigil_lease_enabled())
		return;
	until = vigil_core_quorum_until(c->core, now);
	if (until == c->quorum)
		return;
	c->quorum = until;
	trace_vigil_lease(c->cfg.name, until, now);
}

/* Under the lock. */
static int step(struct vigil_cluster *c, struct vigil_event *ev, struct vigil_effects *fx,
		struct aftermath *after)
{
	u16 was_lost = c->n_lost;
	int err;
	u16 i;

	after->now = ktime_get_boottime_ns();
	after->portid = c->daemon_portid;
	after->own_daemon = ev->type == VIGIL_EV_DAEMON;
	after->own_alive = c->daemon_alive;
	after->news = after->own_daemon;
	if (after->own_daemon) {
		ev->flag = c->daemon_alive;
		trace_vigil_daemon(c->cfg.name, c->cfg.self, c->daemon_alive);
	}

	ev->now = after->now;
	err = vigil_step(c->core, ev, fx);
	for (i = 0; i < fx->n; i++)
		after->news |= carry_out(c, &fx->list[i], after);

	if (ev->type == VIGIL_EV_LEAVE && !err) {
		c->state = VIGIL_CLUSTER_STATE_LEFT;
		c->n_busy = 0;
		c->n_lost = 0;
	}
	vigil_engine_pin(c, c->n_busy);
	vigil_gate_publish(c);
	update_fence(c, was_lost, after);
	trace_quorum(c, after->now);
	arm_tick(c, fx->more);
	return err;
}

/* @c->order held. */
static void tell_effect(struct vigil_cluster *c, const struct vigil_notify *to,
			const struct vigil_effect *e, u32 portid)
{
	const struct vigil_peer *peer = NULL;
	const char *name;

	if (e->node && e->node <= VIGIL_MAX_NODES)
		peer = rcu_dereference(c->peers[e->node]);
	name = peer ? peer->name : NULL;
	switch (e->type) {
	case VIGIL_EFF_NODE:
		vigil_notify_node(to, e->node, name, e->from, e->to);
		break;
	case VIGIL_EFF_CLAIM:
		vigil_notify_claim(to, e->name, e->from, e->to, e->k);
		break;
	case VIGIL_EFF_MSG:
		if (portid)
			vigil_notify_msg(to, portid, e->node, e->data, e->len);
		break;
	case VIGIL_EFF_NOTE:
		vigil_watch_heard(c, e->node, e->data, e->len, to->now);
		break;
	case VIGIL_EFF_LEARNED:
		vigil_notify_learned(to);
		break;
	case VIGIL_EFF_REFUSED:
		vigil_notify_refused(to, e->node, name, e->to);
		break;
	case VIGIL_EFF_DAEMON:
		vigil_notify_daemon(to, e->node, name, e->to);
		break;
	default:
		break;
	}
}

/* @c->order held, BH disabled, under RCU. */
static void tell(struct vigil_cluster *c, const struct vigil_effects *fx,
		 const struct aftermath *after)
{
	struct vigil_notify to = { .net = c->net, .cluster = c->cfg.name, .now = after->now };
	u32 action = READ_ONCE(c->cfg.fence_action);
	const struct vigil_peer *own;
	u16 i;

	for (i = 0; i < fx->n; i++)
		tell_effect(c, &to, &fx->list[i], after->portid);
	if (after->own_daemon) {
		own = rcu_dereference(c->peers[c->cfg.self]);
		vigil_notify_daemon(&to, c->cfg.self, own ? own->name : NULL, after->own_alive);
	}
	if (after->fence_step >= 0)
		vigil_notify_fence(&to, after->fence_step, action, 0);
	if (after->taken) {
		to.now = after->taken_at;
		vigil_notify_fence(&to, VIGIL_FENCE_STEP_TAKEN, action, after->taken_late);
	}
}

/* BH disabled, under RCU. */
static void send_all(struct vigil_cluster *c, struct sk_buff_head *packets)
{
	struct vigil_peer *peer;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(packets))) {
		peer = rcu_dereference(c->peers[vigil_packet_node(skb)]);
		if (peer)
			vigil_udp_send(c, peer, skb);
		else
			kfree_skb(skb);
	}
}

/* BH disabled, under RCU. */
static int run_once(struct vigil_cluster *c, struct vigil_event *ev, struct vigil_effects *fx)
{
	struct aftermath after;
	int err;

	__skb_queue_head_init(&after.packets);
	spin_lock(&c->lock);
	if (!c->core || c->stopping) {
		spin_unlock(&c->lock);
		fx->more = false;
		return -ESHUTDOWN;
	}
	err = step(c, ev, fx, &after);
	if (after.news) {
		spin_lock(&c->order);
		spin_unlock(&c->lock);
		tell(c, fx, &after);
		spin_unlock(&c->order);
	} else {
		spin_unlock(&c->lock);
	}
	send_all(c, &after.packets);
	return err;
}

int vigil_engine_run(struct vigil_cluster *c, struct vigil_event *ev)
{
	struct vigil_event more = { .type = VIGIL_EV_TICK };
	struct vigil_effects *fx;
	int rounds = 1;
	int err;

	local_bh_disable();
	rcu_read_lock();
	fx = &__this_cpu_read(vigil_scratch)->effects;
	err = run_once(c, ev, fx);
	while (fx->more && rounds++ < ROUNDS_MAX)
		run_once(c, &more, fx);
	rcu_read_unlock();
	local_bh_enable();
	return err;
}
