// SPDX-License-Identifier: GPL-2.0
/* Looking at a process. See watch_process.h. */
#include "watch_process.h"

#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <uapi/linux/vigil.h>

#include "compat/task.h"

#define SIGNAL_BITS	0x7f	/* of a wait status; above them the exit code */

static void how_it_ended(const struct task_struct *leader, struct vigil_watch_report *r)
{
	const struct signal_struct *sig = leader->signal;
	int status = leader->exit_code;

	if (sig->flags & SIGNAL_GROUP_EXIT)
		status = sig->group_exit_code;
	if (status & SIGNAL_BITS) {
		r->cause = VIGIL_WATCH_CAUSE_SIGNAL;
		r->code = status & SIGNAL_BITS;
	} else {
		r->cause = VIGIL_WATCH_CAUSE_EXIT;
		r->code = status >> 8 & 0xff;
	}
}

bool vigil_process_ended(struct pid *pid, struct vigil_watch_report *r)
{
	const struct task_struct *leader = pid_task(pid, PIDTYPE_TGID);

	r->state = VIGIL_WATCH_STATE_DEAD;
	r->cause = VIGIL_WATCH_CAUSE_GONE;
	if (!leader)
		return true;
	/* The others outlive a leader that has ended by itself. */
	if (!READ_ONCE(leader->exit_state) || !thread_group_empty((struct task_struct *)leader))
		return false;
	how_it_ended(leader, r);
	return true;
}

static bool is_suspended(const struct task_struct *t, unsigned int state)
{
	return state & (__TASK_STOPPED | __TASK_TRACED | TASK_FROZEN) ||
	       vigil_task_cgroup_frozen(t) || READ_ONCE(t->exit_state);
}

/* Kernel threads wait idly without interruption; that is no state of processes. */
static bool is_blocked(unsigned int state)
{
	return state & TASK_UNINTERRUPTIBLE && !(state & TASK_NOLOAD);
}

/* The place of a thread, else a free one, else NULL. */
static struct vigil_blocked *place(struct vigil_look *look, pid_t tid)
{
	struct vigil_blocked *unused = NULL;
	unsigned int i;

	for (i = 0; i < VIGIL_LOOK_BLOCKED; i++) {
		if (look->blocked[i].tid == tid)
			return &look->blocked[i];
		if (!look->blocked[i].tid)
			unused = &look->blocked[i];
	}
	return unused;
}

static void note_blocked(struct vigil_look *look, const struct task_struct *t, u64 switches,
			 u64 now)
{
	struct vigil_blocked *b = place(look, t->pid);

	if (!b)
		return;
	if (b->tid != t->pid || b->switches != switches)
		b->since = now;
	b->tid = t->pid;
	b->switches = switches;
	b->until = now;
}

static void look_at(struct vigil_look *look, const struct task_struct *t, u64 now)
{
	u64 switches = READ_ONCE(t->nvcsw) + READ_ONCE(t->nivcsw);
	unsigned int state = READ_ONCE(t->__state);

	look->work += switches + READ_ONCE(t->se.sum_exec_runtime);
	/* Without ticks the processor time of a lone thread is brought up to date late. */
	look->running |= vigil_task_running(t);
	look->able |= !is_suspended(t, state);
	if (is_blocked(state))
		note_blocked(look, t, switches, now);
}

static void begin_pass(struct vigil_look *look, const struct signal_struct *sig, u64 now)
{
	look->began = now;
	/* Those of threads that have ended. */
	look->work = READ_ONCE(sig->nvcsw) + READ_ONCE(sig->nivcsw) +
		     READ_ONCE(sig->sum_sched_runtime);
	look->running = false;
	look->able = false;
}

static enum vigil_sight end_pass(struct vigil_look *look)
{
	bool came_on = look->running || look->work != look->before;
	unsigned int i;

	look->next = 0;
	look->before = look->work;
	for (i = 0; i < VIGIL_LOOK_BLOCKED; i++)
		if (look->blocked[i].until < look->began)
			look->blocked[i].tid = 0;
	if (!look->able)
		return VIGIL_SIGHT_STOPPED;
	return came_on ? VIGIL_SIGHT_PROGRESS : VIGIL_SIGHT_QUIET;
}

/* Where the pass goes on; NULL: that thread has ended. */
static struct task_struct *resume(const struct vigil_look *look, struct task_struct *leader)
{
	struct task_struct *t = pid_task(find_pid_ns(look->next, &init_pid_ns), PIDTYPE_PID);

	return t && same_thread_group(t, leader) ? t : NULL;
}

enum vigil_sight vigil_process_look(struct pid *pid, struct vigil_look *look, u64 now)
{
	struct task_struct *leader = pid_task(pid, PIDTYPE_TGID);
	struct task_struct *t;
	unsigned int n = 0;

	if (!leader)
		return VIGIL_SIGHT_NONE;
	t = look->next ? resume(look, leader) : NULL;
	if (!t) {
		begin_pass(look, leader->signal, now);
		t = leader;
	}
	list_for_each_entry_from_rcu(t, &leader->signal->thread_head, thread_node) {
		if (n++ == VIGIL_LOOK_THREADS) {
			look->next = t->pid;
			return VIGIL_SIGHT_NONE;
		}
		look_at(look, t, now);
	}
	return end_pass(look);
}

const struct vigil_blocked *vigil_process_blocked(const struct vigil_look *look, u64 ns)
{
	unsigned int i;

	for (i = 0; i < VIGIL_LOOK_BLOCKED; i++) {
		const struct vigil_blocked *b = &look->blocked[i];

		if (b->tid && b->until >= b->since + ns)
			return b;
	}
	return NULL;
}

void vigil_process_forgive(struct vigil_look *look, u64 ns)
{
	unsigned int i;

	for (i = 0; i < VIGIL_LOOK_BLOCKED; i++)
		look->blocked[i].since += ns;
}
