/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The members of the kernel's structures that the programs read, and no others.
 * Offsets are those of the running kernel: libbpf relocates every access (CO-RE),
 * so neither order nor size means anything here.
 */
#ifndef _VIGIL_BPF_KERNEL_H
#define _VIGIL_BPF_KERNEL_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct signal_struct {
	int nr_threads;
	int group_exit_code;
	struct task_struct *group_exec_task;
	unsigned int flags;
	struct mm_struct *oom_mm;
};

struct task_struct {
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	struct hlist_head preempt_notifiers;
};

struct kernel_siginfo {
	int si_code;
};

struct sigaction {
	void *sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct linux_binprm;

struct mce {
	__u64 status;
	__u8 cpuvendor;
	__u8 bank;
	__u32 extcpu;
};

#pragma clang attribute pop

/* include/linux/sched/signal.h: signal_struct.flags, and siginfo pointers that are none */
#define SIGNAL_STOP_STOPPED	0x00000001
#define SIGNAL_GROUP_EXIT	0x00000004
#define SIGNAL_UNKILLABLE	0x00000040
#define SEND_SIG_NOINFO		0UL
#define SEND_SIG_PRIV		1UL

/* uapi/asm-generic/signal.h: those whose default action dumps core, and some others */
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGSEGV		11
#define SIGCONT		18
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGSYS		31

/* uapi/asm-generic/siginfo.h */
#define SI_USER		0
#define SI_QUEUE	-1
#define SI_TKILL	-6
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

/* include/trace/events/signal.h: results of signal_generate */
#define TRACE_SIGNAL_DELIVERED	0
#define TRACE_SIGNAL_LOSE_INFO	4

#endif
