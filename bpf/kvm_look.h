/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a guest hangs: a timer looks at the statistics that KVM keeps anyway, four times
 * within the limit. Three things can be wrong for so long:
 *
 *	away	a virtual processor does not enter the guest, and is not at rest
 *	deaf	it runs, and an interrupt that is pending does not get in
 *	mute	the whole guest runs, and asks nothing of the hypervisor
 *
 * Then eight more looks, in a quarter of the limit, must all see the same. For kvm.bpf.c
 * alone.
 */
#ifndef _VIGIL_BPF_KVM_LOOK_H
#define _VIGIL_BPF_KVM_LOOK_H

#include "kvm_guest.h"

#define MS_NS		1000000ULL
#define LOOKS		4	/* within the limit */
#define CONFIRMS	8	/* more, in the time of one look */

#define CLOCK_BOOTTIME	7

/**
 * struct view - what one look at all virtual processors of a guest has found
 * @watch: its watch
 * @now: time of the look
 * @fresh: the looks were interrupted: all that lasted begins anew
 * @ran: as in struct guest
 * @hang: likewise
 * @seen: virtual processors that have ever run
 * @parked: of them, not in the guest because their monitor wants it so
 * @running: in the guest, and not waiting
 * @deaf_halted: waiting with interrupts off, and one is pending
 * @signs: that showed a sign of life
 * @asks: that left the guest for reasons of their own
 * @tid: thread of one for which something has lasted too long; 0: there is none
 * @cause: what has lasted
 */
struct view {
	__u64 watch;
	__u64 now;
	__u64 hang;
	__u32 fresh;
	__u32 ran;
	__u32 seen;
	__u32 parked;
	__u32 running;
	__u32 deaf_halted;
	__u32 signs;
	__u32 asks;
	__u32 tid;
	__u32 cause;
};

static void judge(struct view *v, const struct kvm_vcpu *vcpu, struct vcpu *s,
		  const struct vcpu_sample *n)
{
	bool sign = vcpu_sign(s, n, v->ran);
	bool running = n->inside && n->entered && !n->waiting;

	v->seen++;
	v->signs += sign;
	v->asks += vcpu_asks(s, n);
	v->running += running;
	v->parked += n->parked;
	v->deaf_halted += n->inside && n->waiting && n->pending;
	if (v->fresh || sign || !running || !n->pending)
		s->deaf = v->now;
	if (v->fresh || n->entered || n->waiting || n->parked)
		s->away = v->now;
	if (v->now - s->away >= v->hang) {
		v->tid = vcpu_tid(vcpu);
		v->cause = VIGIL_WATCH_CAUSE_VCPU;
	} else if (v->now - s->deaf >= v->hang) {
		v->tid = vcpu_tid(vcpu);
		v->cause = VIGIL_WATCH_CAUSE_GUEST_HANG;
	}
}

static int look_at(__u32 slot, struct view *v)
{
	struct member m = { v->watch, slot };
	const struct kvm_vcpu *vcpu;
	struct vcpu_sample n = {};
	__u64 *address;
	struct vcpu *s;

	address = bpf_map_lookup_elem(&members, &m);
	s = address ? bpf_map_lookup_elem(&vcpus, address) : NULL;
	if (!s || s->watch != v->watch)
		return 0;
	vcpu = (const struct kvm_vcpu *)*address;
	vcpu_sample(vcpu, s, &n);
	if (!n.exits)
		return 0;
	v->ran |= n.accepted != s->base;
	judge(v, vcpu, s, &n);
	vcpu_keep(s, &n);
	return 0;
}

/* Nothing of the guest asks for anything: it runs, or will never wake. */
static bool is_mute(const struct view *v, const struct guest *g)
{
	if (v->signs || v->asks || v->parked || idles_inside((const struct kvm *)g->kvm))
		return false;
	return v->running || v->deaf_halted;
}

/* All have left the guest by order, in two looks: the monitor has stopped it. */
static bool is_stopped(const struct view *v, struct guest *g)
{
	g->parked = v->seen && v->parked == v->seen ? g->parked + 1 : 0;
	return g->parked >= 2;
}

static void settle(struct guest *g, const struct view *v)
{
	bool suspect = v->tid || v->now - g->mute >= g->hang;

	if (g->told == DYING)
		return;
	if (is_stopped(v, g)) {
		if (g->told != STOPPED)
			tell(v->watch, VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP, 0, 0);
		g->told = STOPPED;
		g->confirm = 0;
	} else if (!suspect) {
		g->confirm = 0;
		if (g->told != ALIVE && v->signs) {
			tell(v->watch, VIGIL_WATCH_STATE_ALIVE, g->told == STOPPED ?
			     VIGIL_WATCH_CAUSE_CONTINUE : VIGIL_WATCH_CAUSE_PROGRESS, 0, 0);
			g->told = ALIVE;
		}
	} else if (g->told != HUNG && !g->confirm) {
		g->confirm = CONFIRMS;
	} else if (g->told != HUNG && !--g->confirm) {
		tell(v->watch, VIGIL_WATCH_STATE_HUNG,
		     v->tid ? v->cause : VIGIL_WATCH_CAUSE_GUEST_HANG, 0, v->tid);
		g->told = HUNG;
	}
}

/* Job control has stopped the monitor; process.bpf.c has told that. */
static bool monitor_stopped(const struct guest *g)
{
	struct task_struct *leader = (struct task_struct *)g->leader;

	return BPF_CORE_READ(leader, signal, flags) & SIGNAL_STOP_STOPPED;
}

static int look(void *map, __u64 *watch, struct guest *g)
{
	struct view v = {
		.watch = *watch, .now = bpf_ktime_get_boot_ns(), .hang = g->hang, .ran = g->ran,
	};
	__u64 wait;

	if (!g->hang)
		return 0;
	/* Whoever looks late was not awake to see signs of life. */
	v.fresh = !g->due || v.now - g->due > g->period / 2 || monitor_stopped(g);
	bpf_loop(g->slots, look_at, &v, 0);
	g->ran |= v.ran;
	if (v.fresh || !is_mute(&v, g))
		g->mute = v.now;
	settle(g, &v);
	wait = g->confirm ? g->period / CONFIRMS : g->period;
	g->due = v.now + wait;
	bpf_timer_start(&g->timer, wait, 0);
	return 0;
}

static void set_limit(struct guest *g, __u64 hang)
{
	bool start = hang && !g->hang;

	g->hang = hang;
	g->period = hang / LOOKS;
	if (!start)
		return;
	g->due = 0;
	/* It is there already, if there was a limit before. */
	if (!bpf_timer_init(&g->timer, &guests, CLOCK_BOOTTIME))
		bpf_timer_set_callback(&g->timer, look);
	bpf_timer_start(&g->timer, g->period, 0);
}

#endif
