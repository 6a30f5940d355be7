/* SPDX-License-Identifier: GPL-2.0 */
/* Whom the programs watch, and how they tell what they saw. Included once per object. */
#ifndef _VIGIL_BPF_REPORT_H
#define _VIGIL_BPF_REPORT_H

#include "kernel.h"

#include <linux/vigil.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <vigil/probe.h>
#include <vigil/watch.h>

/* On the group leaders of watched processes; shared by all objects and later daemons. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vigil_probe_watch);
} watches SEC(".maps");

/* NULL unless the process of @task is watched. */
static __always_inline struct vigil_probe_watch *watch_of(struct task_struct *task)
{
	return bpf_task_storage_get(&watches, task->group_leader, NULL, 0);
}

#if VIGIL_KFUNC

extern int vigil_watch_report(const struct vigil_watch_report *r, __u32 r__sz) __ksym;

static __always_inline void report_send(const struct vigil_watch_report *r)
{
	vigil_watch_report(r, sizeof(*r));
}

#else

/* 4,096 reports wait for a daemon that is late. Shared like watches. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096 * 64);
} reports SEC(".maps");

/* How many reports of this object found the ring buffer full; vigild tells. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} reports_lost SEC(".maps");

static __always_inline void report_send(const struct vigil_watch_report *r)
{
	__u64 *lost;
	__u32 zero = 0;

	if (!bpf_ringbuf_output(&reports, (void *)r, sizeof(*r), 0))
		return;
	lost = bpf_map_lookup_elem(&reports_lost, &zero);
	if (lost)
		__sync_fetch_and_add(lost, 1);
}

#endif

/* A report about @w, as of now. The caller fills in the rest and sends it. */
static __always_inline struct vigil_watch_report
report_about(const struct vigil_probe_watch *w, __u32 state, __u32 cause)
{
	struct vigil_watch_report r = {
		.watch = w->watch,
		.time = bpf_ktime_get_boot_ns(),
		.state = state,
		.cause = cause,
	};

	return r;
}

#endif
