/* SPDX-License-Identifier: GPL-2.0 */
/* What vigild tells the BPF programs about a watched process, and they keep of it. */
#ifndef _VIGIL_PROBE_H
#define _VIGIL_PROBE_H

#include <linux/types.h>

#include <vigil/limits.h>

/**
 * struct vigil_probe_sender - who sent a signal
 * @sig: the signal
 * @pid: process that sent it, in the initial pid namespace; 0: the kernel
 * @comm: its name
 */
struct vigil_probe_sender {
	__u32 sig;
	__u32 pid;
	char comm[VIGIL_COMM_LEN + 1];
};

/**
 * struct vigil_probe_watch - a watched process; BPF task storage of its group leader
 * @watch: number of the watch, for reports
 * @cgroup: id of the control group of the service; 0: unknown
 * @kind: VIGIL_WATCH_KIND_*
 * @progress_ms: deadline for a sign of progress; 0: none
 * @blocked_ms: uninterruptible sleep that counts as hung; 0: none
 * @hang_ms: of a vm, time without a sign of life that counts as hung; 0: none
 * @dying: its end was told; process.bpf.c changes it
 * @dead: that its files are closed was told
 * @cause: of its end, VIGIL_WATCH_CAUSE_*
 * @code: exit code or signal
 * @sender: of the newest signal that can end, stop or continue it
 * @thread_time: when the end of a thread was last told, CLOCK_BOOTTIME in ns
 *
 * vigild writes the first six; all else begins with zero.
 */
struct vigil_probe_watch {
	__u64 watch;
	__u64 cgroup;
	__u32 kind;
	__u32 progress_ms;
	__u32 blocked_ms;
	__u32 hang_ms;
	__u32 dying;
	__u32 dead;
	__u32 cause;
	__s32 code;
	struct vigil_probe_sender sender;
	__u64 thread_time;
};

#endif
