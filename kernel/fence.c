// SPDX-License-Identifier: GPL-2.0
/*
 * The fence deadline and what happens at it.
 *
 * The lock of the cluster is never taken here: whoever holds it may be the one
 * that got stuck. The core writes the deadline, two timers read it.
 */
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/panic.h>
#include <linux/reboot.h>
#include <linux/workqueue.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/hrtimer.h"
#include "fence.h"
#include "trace.h"

static struct vigil_cluster *cluster_of(struct vigil_fence *f)
{
	return container_of(f, struct vigil_cluster, fence);
}

/* Process context, because devices are shut down. The fallback timer does not wait for it. */
static void power_off_work(struct work_struct *work)
{
	kernel_power_off();
}

static DECLARE_WORK(power_off, power_off_work);

/*
 * Any context. Nothing is printed before a reset: a slow console would hold it up
 * while the service goes on running.
 */
static void act(struct vigil_fence *f, u64 late)
{
	const struct vigil_cluster *c = cluster_of(f);
	u32 action = READ_ONCE(c->cfg.fence_action);

	trace_vigil_fence(c->cfg.name, action, late);
	switch (action) {
	case VIGIL_FENCE_NOTIFY:
		break;
	case VIGIL_FENCE_PANIC:
		panic("vigil: cluster %s: a lost claim was not stopped in time\n", c->cfg.name);
		break;
	case VIGIL_FENCE_POWEROFF:
		queue_work(system_highpri_wq, &power_off);
		break;
	default:
		emergency_restart();
	}
}

/* Irqs off, @f->lock held, on the CPU whose timer it shall be. */
static void start_timer(struct vigil_fence *f, unsigned int i, u64 at)
{
	f->armed[i] = at;
	hrtimer_start(&f->timers[i], ns_to_ktime(at), HRTIMER_MODE_ABS_PINNED_HARD);
}

static bool pending(const struct vigil_fence *f)
{
	return !f->stopped && f->at != VIGIL_NEVER && f->at != f->fired;
}

/*
 * @f->lock held. Powering off takes as long as the drivers like; panic() prints
 * to the console before it stops the other CPUs, on which the service goes on.
 */
static void prepare_fallback(struct vigil_fence *f, u64 now)
{
	const struct vigil_cluster *c = cluster_of(f);
	u32 action = READ_ONCE(c->cfg.fence_action);

	if (action == VIGIL_FENCE_PANIC)
		f->panicking = smp_processor_id();
	if (action == VIGIL_FENCE_PANIC || action == VIGIL_FENCE_POWEROFF)
		f->fallback = now + c->cfg.timing.fence / 2;
	if (action != VIGIL_FENCE_NOTIFY)
		f->over = now + c->cfg.timing.fence;
}

/* @f->lock held. Return: act now? */
static bool due(struct vigil_fence *f, u64 now)
{
	if (!pending(f) || now < f->at)
		return false;
	f->fired = f->at;
	f->fired_at = now;
	f->late = now - f->at;
	f->report = true;
	prepare_fallback(f, now);
	return true;
}

/*
 * Hard irq. The timer is started again from here rather than forwarded: it may
 * have been started by vigil_fence_set() meanwhile, and hrtimer_start() copes.
 */
static enum hrtimer_restart expire(struct vigil_fence *f, unsigned int i)
{
	u64 now = ktime_get_boottime_ns();
	bool acting, guarded, fallen_back;
	u64 late;

	raw_spin_lock(&f->lock);
	f->armed[i] = VIGIL_NEVER;
	acting = due(f, now);
	late = f->late;
	guarded = !f->stopped && f->fallback != VIGIL_NEVER && f->panicking != smp_processor_id();
	fallen_back = guarded && now >= f->fallback;
	if (guarded && !fallen_back)
		start_timer(f, i, f->fallback);
	else if (pending(f))
		start_timer(f, i, f->at);
	raw_spin_unlock(&f->lock);

	if (fallen_back)
		emergency_restart();
	if (acting) {
		act(f, late);
		/* Userspace is told by the next step; see vigil_fence_report(). */
		hrtimer_start(&cluster_of(f)->tick, ns_to_ktime(now), HRTIMER_MODE_ABS_SOFT);
	}
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart expire_first(struct hrtimer *timer)
{
	return expire(container_of(timer, struct vigil_fence, timers[0]), 0);
}

static enum hrtimer_restart expire_second(struct hrtimer *timer)
{
	return expire(container_of(timer, struct vigil_fence, timers[1]), 1);
}

/* Hard irq on the other CPU. */
static void start_second(void *arg)
{
	struct vigil_fence *f = arg;

	raw_spin_lock(&f->lock);
	if (pending(f))
		start_timer(f, 1, f->at);
	else
		f->armed[1] = VIGIL_NEVER;
	raw_spin_unlock(&f->lock);
}

/* @f->lock held, irqs off. Without another CPU both timers share this one. */
static void start_elsewhere(struct vigil_fence *f)
{
	int here = smp_processor_id();
	int cpu = cpumask_next(here, cpu_online_mask);

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	f->armed[1] = f->at;
	if (cpu != here) {
		int err = smp_call_function_single_async(cpu, &f->remote);

		if (!err)
			f->remote_cpu = cpu;
		/* Busy: the call under way has not begun and will read this deadline. */
		if (!err || err == -EBUSY)
			return;
	}
	start_timer(f, 1, f->at);
}

void vigil_fence_set(struct vigil_fence *f, u64 at, u64 now)
{
	unsigned long flags;
	bool acting;
	u64 late;

	raw_spin_lock_irqsave(&f->lock, flags);
	f->at = at;
	acting = due(f, now);
	late = f->late;
	if (acting && f->fallback != VIGIL_NEVER)
		start_timer(f, 0, f->fallback);
	if (pending(f)) {
		if (at < f->armed[0])
			start_timer(f, 0, at);
		if (at < f->armed[1])
			start_elsewhere(f);
	}
	raw_spin_unlock_irqrestore(&f->lock, flags);

	if (acting)
		act(f, late);
}

bool vigil_fence_failed(struct vigil_fence *f, u64 now)
{
	const struct vigil_cluster *c = cluster_of(f);
	bool deadly = READ_ONCE(c->cfg.fence_action) != VIGIL_FENCE_NOTIFY;
	u64 late = c->cfg.timing.fence / 2;
	unsigned long flags;
	bool failed;

	raw_spin_lock_irqsave(&f->lock, flags);
	failed = now >= f->over || (deadly && pending(f) && now > f->at && now - f->at >= late);
	raw_spin_unlock_irqrestore(&f->lock, flags);
	return failed;
}

bool vigil_fence_report(struct vigil_fence *f, u64 *when, u64 *late)
{
	unsigned long flags;
	bool report;

	raw_spin_lock_irqsave(&f->lock, flags);
	report = f->report;
	f->report = false;
	*when = f->fired_at;
	*late = f->late;
	raw_spin_unlock_irqrestore(&f->lock, flags);
	return report;
}

void vigil_fence_init(struct vigil_fence *f)
{
	raw_spin_lock_init(&f->lock);
	f->at = VIGIL_NEVER;
	f->fired = VIGIL_NEVER;
	f->fallback = VIGIL_NEVER;
	f->over = VIGIL_NEVER;
	f->panicking = -1;
	f->armed[0] = VIGIL_NEVER;
	f->armed[1] = VIGIL_NEVER;
	f->remote_cpu = -1;
	hrtimer_setup(&f->timers[0], expire_first, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_PINNED_HARD);
	hrtimer_setup(&f->timers[1], expire_second, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_PINNED_HARD);
	INIT_CSD(&f->remote, start_second, f);
}

static void nothing(void *arg)
{
}

void vigil_fence_stop(struct vigil_fence *f)
{
	raw_spin_lock_irq(&f->lock);
	f->stopped = true;
	raw_spin_unlock_irq(&f->lock);
	/* Calls to a CPU are served in order: start_second() is over when this is. */
	if (f->remote_cpu >= 0)
		smp_call_function_single(f->remote_cpu, nothing, NULL, true);
	hrtimer_cancel(&f->timers[0]);
	hrtimer_cancel(&f->timers[1]);
}

void vigil_fence_exit(void)
{
	cancel_work_sync(&power_off);
}
