/* SPDX-License-Identifier: GPL-2.0 */
/* The members of KVM's structures that kvm.bpf.c reads; see kernel.h. */
#ifndef _VIGIL_BPF_KERNEL_KVM_H
#define _VIGIL_BPF_KERNEL_KVM_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mutex {
	struct {
		__s64 counter;
	} owner;
};

/* With PREEMPT_RT. */
struct rt_mutex_base {
	void *owner;
};

struct mutex___rt {
	struct rt_mutex_base rtmutex;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct kvm_timer {
	__s64 target_expiration;
	__u32 timer_mode;
	__u64 tscdeadline;
};

struct kvm_lapic {
	struct kvm_timer lapic_timer;
	bool apicv_active;
	void *regs;
};

struct kvm_vcpu_hv_stimer {
	__u64 count;
	__u64 exp_time;
};

struct kvm_vcpu_hv {
	struct kvm_vcpu_hv_stimer stimer[4];
};

struct kvm_arch {
	bool mwait_in_guest;
	bool hlt_in_guest;
};

/* Since 6.17 in place of the two. */
struct kvm_arch___bits {
	__u64 disabled_exits;
};

struct kvm {
	struct kvm_arch arch;
};

struct kvm___bits {
	struct kvm_arch___bits arch;
};

struct kvm_vcpu_stat_generic {
	__u64 blocking;
};

struct kvm_vcpu_stat {
	struct kvm_vcpu_stat_generic generic;
	__u64 pf_taken;
	__u64 pf_fixed;
	__u64 exits;
	__u64 io_exits;
	__u64 mmio_exits;
	__u64 irq_window_exits;
	__u64 halt_exits;
	__u64 irq_exits;
	__u64 insn_emulation;
	__u64 hypercalls;
	__u64 irq_injections;
	__u64 nested_run;
};

struct kvm_vcpu;

struct kvm_vcpu_arch {
	unsigned long regs[1];
	struct kvm_lapic *apic;
	int mp_state;
	int (*complete_userspace_io)(struct kvm_vcpu *vcpu);
	struct kvm_vcpu_hv *hyperv;
};

struct preempt_notifier {
	struct hlist_node link;
};

struct kvm_vcpu {
	struct kvm *kvm;
	struct preempt_notifier preempt_notifier;
	int vcpu_id;
	int mode;
	struct mutex mutex;
	struct kvm_run *run;
	struct pid *pid;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
};

struct kvm_vcpu___rt {
	struct mutex___rt mutex;
};

struct file {
	const void *f_op;
	void *private_data;
};

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
};

#pragma clang attribute pop

/* include/linux/kvm_host.h: kvm_vcpu.mode */
#define OUTSIDE_GUEST_MODE	0

/* arch/x86/include/asm/apicdef.h: offsets of registers, modes of the timer */
#define APIC_PROCPRI		0xa0
#define APIC_IRR		0x200
#define APIC_LVTT		0x320
#define APIC_LVT_MASKED		(1 << 16)
#define APIC_LVT_TIMER_PERIODIC	(1 << 17)
#define APIC_LVT_TIMER_TSCDEADLINE	(2 << 17)

/* Arguments of tracepoints: arch/x86/kvm/trace.h, include/trace/events/kvm.h */
#define KVM_PIO_OUT		1
#define KVM_TRACE_MMIO_WRITE	2

/* arch/x86/include/asm/kvm_host.h: kvm_vcpu_arch.regs */
#define VCPU_REGS_RAX		0

/* arch/x86/include/asm/hyperv-tlfs.h */
#define HV_X64_MSR_CRASH_CTL	0x40000105
#define HV_CRASH_CTL_CRASH_NOTIFY	(1ULL << 63)

#endif
