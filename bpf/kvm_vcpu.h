/* SPDX-License-Identifier: GPL-2.0 */
/* One virtual processor, as KVM's own memory shows it. For kvm.bpf.c alone. */
#ifndef _VIGIL_BPF_KVM_VCPU_H
#define _VIGIL_BPF_KVM_VCPU_H

#include "kernel_kvm.h"

#include <asm/kvm.h>
#include <linux/kvm.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <vigil/probe_kvm.h>

/* Exits in one look that say nothing of the guest: the host's own NMIs, say. */
#define VCPU_NOISE	8

/**
 * struct vcpu - a virtual processor of a watched guest
 * @watch: number of the watch
 * @slot: its number in the map members
 * @born: of the struct guest
 * @signs: sum of all that only a living guest changes, at the last look
 * @faults: pages it was given, at the last look
 * @exits: at the last look
 * @forced: those of them that the host brought about
 * @expiry: of a periodic local timer, at the last look
 * @deadline: the newest that the guest set for its local timer, if that has deadlines
 * @base: vcpu_accepted() when the guest was started
 * @deaf: since when a pending interrupt does not get in, ns
 * @away: since when it does not enter the guest, ns
 */
struct vcpu {
	__u64 watch;
	__u64 slot;
	__u64 born;
	__u64 signs;
	__u64 faults;
	__u64 exits;
	__u64 forced;
	__u64 expiry;
	__u64 deadline;
	__u64 base;
	__u64 deaf;
	__u64 away;
};

/**
 * struct vcpu_sample - one look at it
 * @signs: as in struct vcpu, like the next five
 * @accepted: interrupts and halts ever
 * @inside: its thread is in KVM_RUN
 * @entered: it is in the guest, or was since the last look
 * @waiting: halted, or not started by the guest
 * @parked: not in KVM_RUN since the last look, and no work of the monitor's is the reason
 * @pending: an interrupt is pending whose priority would let it in
 * @ticked: its periodic timer has expired, and the interrupt is not pending
 */
struct vcpu_sample {
	__u64 signs;
	__u64 faults;
	__u64 exits;
	__u64 forced;
	__u64 expiry;
	__u64 deadline;
	__u64 accepted;
	bool inside;
	bool entered;
	bool waiting;
	bool parked;
	bool pending;
	bool ticked;
};

/*
 * The one whose KVM_RUN the current thread is in, NULL: none. KVM has the scheduler call
 * it back when such a thread loses its processor.
 */
static __always_inline const struct kvm_vcpu *vcpu_running(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const void *notifier = BPF_CORE_READ(task, preempt_notifiers.first);

	if (!notifier)
		return NULL;
	return notifier - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier.link);
}

static __always_inline __u32 vcpu_tid(const struct kvm_vcpu *vcpu)
{
	struct pid *pid = BPF_CORE_READ(vcpu, pid);

	return (__u32)BPF_CORE_READ(pid, numbers[0].nr);
}

static __always_inline __u64 vcpu_accepted(const struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ(vcpu, stat.irq_injections) + BPF_CORE_READ(vcpu, stat.halt_exits);
}

/* The mutex of a virtual processor is held during KVM_RUN, and no other call takes long. */
static __always_inline bool vcpu_inside(const struct kvm_vcpu *vcpu)
{
	const struct kvm_vcpu___rt *rt = (const void *)vcpu;

	if (bpf_core_field_exists(rt->mutex.rtmutex))
		return BPF_CORE_READ(rt, mutex.rtmutex.owner);
	return BPF_CORE_READ(vcpu, mutex.owner.counter);
}

static __always_inline __u32 apic_register(const void *regs, __u32 offset)
{
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), regs + offset);
	return value;
}

/* The highest interrupt requested, -1: none. 32 bits every 16 bytes, from vector 0 on. */
static __always_inline int apic_requested(const void *regs)
{
	int found = -1;

	for (int i = 0; i < 8; i++) {
		__u32 bits = apic_register(regs, APIC_IRR + i * 16);

		for (int bit = 0; bit < 32; bit++)
			if (bits & 1U << bit)
				found = i * 32 + bit;
	}
	return found;
}

static __always_inline bool apic_pending(const void *regs)
{
	int vector = apic_requested(regs);

	return vector >> 4 > (int)(apic_register(regs, APIC_PROCPRI) >> 4 & 0xf);
}

/*
 * What the guest has asked of its local timer. With a processor that delivers interrupts
 * without KVM's help this is where acceptance shows: the handler sets the timer anew. A
 * periodic one is moved on by KVM, deadline and all; that counts only if its interrupt
 * has got in.
 */
static __always_inline __u64 apic_asked(const struct kvm_lapic *apic, const void *regs,
					const struct vcpu *s, struct vcpu_sample *n)
{
	__u32 mode = BPF_CORE_READ(apic, lapic_timer.timer_mode);
	__u64 deadline = BPF_CORE_READ(apic, lapic_timer.tscdeadline);
	__u32 lvtt = apic_register(regs, APIC_LVTT);

	n->expiry = (__u64)BPF_CORE_READ(apic, lapic_timer.target_expiration);
	n->deadline = s->deadline;
	/* It goes to 0 by itself when it is over. */
	if (mode == APIC_LVT_TIMER_TSCDEADLINE && deadline)
		n->deadline = deadline;
	if (mode == APIC_LVT_TIMER_PERIODIC && n->expiry != s->expiry &&
	    BPF_CORE_READ(apic, apicv_active) && !(lvtt & APIC_LVT_MASKED))
		n->ticked = !(apic_register(regs, APIC_IRR + (lvtt & 0xe0) / 2) >>
			      (lvtt & 0x1f) & 1);
	return n->deadline + (mode ? 0 : n->expiry);
}

/* Of the synthetic timers that Windows prefers. */
static __always_inline __u64 hv_asked(const struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_hv *hv = BPF_CORE_READ(vcpu, arch.hyperv);

	if (!hv)
		return 0;
	return BPF_CORE_READ(hv, stimer[0].count) + BPF_CORE_READ(hv, stimer[0].exp_time) +
	       BPF_CORE_READ(hv, stimer[1].count) + BPF_CORE_READ(hv, stimer[1].exp_time);
}

/* The sum of counts that only go up, so that any sign changes it. */
static __always_inline __u64 vcpu_counts(const struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ(vcpu, stat.io_exits) + BPF_CORE_READ(vcpu, stat.mmio_exits) +
	       BPF_CORE_READ(vcpu, stat.insn_emulation) +
	       BPF_CORE_READ(vcpu, stat.irq_window_exits) +
	       BPF_CORE_READ(vcpu, stat.hypercalls) + BPF_CORE_READ(vcpu, stat.nested_run);
}

/* Why KVM_RUN returned last, KVM_EXIT_*. It is not written when that only completes an access. */
static __always_inline __u32 vcpu_reason(const struct kvm_vcpu *vcpu)
{
	const struct kvm_run *run = BPF_CORE_READ(vcpu, run);
	__u32 reason = KVM_EXIT_UNKNOWN;

	bpf_probe_read_kernel(&reason, sizeof(reason), &run->exit_reason);
	return reason;
}

/*
 * Has the monitor nothing more to do for it? An access to a device waits for its completion
 * until KVM_RUN is called again; a monitor that stops its guest does that first. After the
 * other three nobody calls.
 */
static __always_inline bool vcpu_served(const struct kvm_vcpu *vcpu, __u32 reason)
{
	return !BPF_CORE_READ(vcpu, arch.complete_userspace_io) && reason != KVM_EXIT_UNKNOWN &&
	       reason != KVM_EXIT_FAIL_ENTRY && reason != KVM_EXIT_INTERNAL_ERROR;
}

static __always_inline void vcpu_where(const struct kvm_vcpu *vcpu, const struct vcpu *s,
				       struct vcpu_sample *n)
{
	__u32 reason = vcpu_reason(vcpu);

	n->inside = vcpu_inside(vcpu);
	n->entered = n->exits != s->exits ||
		     BPF_CORE_READ(vcpu, mode) != OUTSIDE_GUEST_MODE;
	n->waiting = BPF_CORE_READ(vcpu, arch.mp_state) != KVM_MP_STATE_RUNNABLE ||
		     BPF_CORE_READ(vcpu, stat.generic.blocking) ||
		     (!n->inside && reason == KVM_EXIT_HLT);
	n->parked = !n->inside && !n->entered && vcpu_served(vcpu, reason);
}

static __always_inline void vcpu_sample(const struct kvm_vcpu *vcpu, const struct vcpu *s,
					struct vcpu_sample *n)
{
	struct kvm_lapic *apic = BPF_CORE_READ(vcpu, arch.apic);
	const void *regs = apic ? BPF_CORE_READ(apic, regs) : NULL;

	n->exits = BPF_CORE_READ(vcpu, stat.exits);
	n->forced = BPF_CORE_READ(vcpu, stat.irq_exits) + BPF_CORE_READ(vcpu, stat.pf_taken);
	n->faults = BPF_CORE_READ(vcpu, stat.pf_fixed);
	n->accepted = vcpu_accepted(vcpu);
	n->signs = n->accepted + vcpu_counts(vcpu) + hv_asked(vcpu);
	if (regs) {
		n->signs += apic_asked(apic, regs, s, n);
		n->pending = apic_pending(regs);
	}
	vcpu_where(vcpu, s, n);
}

/* Of a guest that has not begun to take interrupts, new memory is a sign too. */
static __always_inline bool vcpu_sign(const struct vcpu *s, const struct vcpu_sample *n, bool ran)
{
	return n->signs != s->signs || n->ticked || (!ran && n->faults != s->faults);
}

/* It leaves the guest for reasons of its own, whatever they are. */
static __always_inline bool vcpu_asks(const struct vcpu *s, const struct vcpu_sample *n)
{
	return n->exits - s->exits > n->forced - s->forced + VCPU_NOISE;
}

static __always_inline void vcpu_keep(struct vcpu *s, const struct vcpu_sample *n)
{
	s->signs = n->signs;
	s->faults = n->faults;
	s->exits = n->exits;
	s->forced = n->forced;
	s->expiry = n->expiry;
	s->deadline = n->deadline;
}

/* Guests that may halt without leaving are never idle to the eye. */
static __always_inline bool idles_inside(const struct kvm *kvm)
{
	const struct kvm___bits *bits = (const void *)kvm;

	if (bpf_core_field_exists(bits->arch.disabled_exits))
		return BPF_CORE_READ(bits, arch.disabled_exits) &
		       (KVM_X86_DISABLE_EXITS_MWAIT | KVM_X86_DISABLE_EXITS_HLT);
	return BPF_CORE_READ(kvm, arch.mwait_in_guest) || BPF_CORE_READ(kvm, arch.hlt_in_guest);
}

#endif
