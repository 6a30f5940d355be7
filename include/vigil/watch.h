/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a probe tells the kernel module about a watched process: by kfunc where
 * the kernel knows the types of modules, else through a ring buffer to vigild,
 * which passes the same on by netlink (watch-report).
 */
#ifndef _VIGIL_WATCH_H
#define _VIGIL_WATCH_H

#include <linux/types.h>

#include <vigil/limits.h>

/**
 * struct vigil_watch_report - something was seen
 * @watch: number of the watch, from watch-add
 * @time: CLOCK_BOOTTIME in ns when it was seen
 * @state: VIGIL_WATCH_STATE_*, uapi/linux/vigil.h
 * @cause: VIGIL_WATCH_CAUSE_*
 * @code: exit code or signal, as the cause says
 * @by_pid: process that sent the signal, in the initial pid namespace; 0: the kernel,
 *	or not known
 * @tid: thread it is about, in the initial pid namespace; 0: the whole
 * @by_comm: name of that process; not terminated if it is VIGIL_COMM_LEN bytes long
 *
 * The whole is a record of the ring buffer and the argument of the kfunc. Numbers
 * out of range are refused.
 */
struct vigil_watch_report {
	__u64 watch;
	__u64 time;
	__u32 state;
	__u32 cause;
	__s32 code;
	__u32 by_pid;
	__u32 tid;
	char by_comm[VIGIL_COMM_LEN + 1];
	__u32 reserved;
};

/*
 * For programs of type tracing (fentry, fexit, tp_btf):
 *
 *	int vigil_watch_report(const struct vigil_watch_report *r, u32 r__sz);
 *
 * Any context but NMI; the caller may hold locks and have interrupts disabled. Takes
 * a few hundred ns; what follows from it (userspace and peers are told) happens in softirq.
 * Return: 0, -ENOENT (no such watch), -EINVAL.
 */

#endif
