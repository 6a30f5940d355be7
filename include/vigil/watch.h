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

/**
 * struct vigil_watch_note - a change of a watch as told to the peers, big-endian
 * @kind: VIGIL_WATCH_KIND_*
 * @from: VIGIL_WATCH_STATE_*
 * @to: VIGIL_WATCH_STATE_*; never equal to @from: news that are no change stay here
 * @cause: VIGIL_WATCH_CAUSE_*
 * @code: exit code or signal
 * @pid: of the watched process, in the initial pid namespace of its machine
 * @by_pid: as in struct vigil_watch_report
 * @tid: likewise
 * @watch: number of the watch at its node
 * @by_comm: as in struct vigil_watch_report
 * @name_len: bytes of @name, 1 to VIGIL_NAME_LEN
 * @name: of the watch, not terminated; the note ends with it
 */
struct vigil_watch_note {
	__u8 kind;
	__u8 from;
	__u8 to;
	__u8 cause;
	__be32 code;
	__be32 pid;
	__be32 by_pid;
	__be32 tid;
	__be64 watch;
	char by_comm[VIGIL_COMM_LEN];
	__u8 name_len;
	char name[VIGIL_NAME_LEN];
} __attribute__((packed));

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
