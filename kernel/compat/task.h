/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of a task that not every configuration has. */
#ifndef _VIGIL_COMPAT_TASK_H
#define _VIGIL_COMPAT_TASK_H

#include <linux/sched.h>

/* Is it on a processor right now? On one without others only who asks can be. */
static inline bool vigil_task_running(const struct task_struct *t)
{
#ifdef CONFIG_SMP
	return READ_ONCE(t->on_cpu);
#else
	return t == current;
#endif
}

/* Is it frozen by its control group? */
static inline bool vigil_task_cgroup_frozen(const struct task_struct *t)
{
#ifdef CONFIG_CGROUPS
	return t->frozen;
#else
	return false;
#endif
}

#endif
