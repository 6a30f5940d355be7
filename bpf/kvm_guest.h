/* SPDX-License-Identifier: GPL-2.0 */
/* The guests that are watched: what is known of each, and telling. For kvm.bpf.c alone. */
#ifndef _VIGIL_BPF_KVM_GUEST_H
#define _VIGIL_BPF_KVM_GUEST_H

#include "kvm_vcpu.h"
#include "report.h"

/* What was told of a guest. */
enum { UNKNOWN, ALIVE, HUNG, STOPPED, DYING };

/**
 * struct guest - a watched guest
 * @timer: the next look
 * @kvm: address of the struct kvm, to know it by
 * @leader: address of its monitor's group leader
 * @born: when this was made
 * @due: when the next look should be, CLOCK_BOOTTIME in ns like all times here
 * @mute: since when it runs and gives no sign
 * @period: between two looks, ns
 * @hang: limit, ns; 0: none
 * @slots: numbers in members that were given out
 * @members: virtual processors there are
 * @told: the state that was told last
 * @confirm: looks until a suspicion is told; 0: there is none
 * @parked: looks in a row that found it stopped
 * @ran: it has taken an interrupt, or halted, since it was started
 */
struct guest {
	struct bpf_timer timer;
	__u64 kvm;
	__u64 leader;
	__u64 born;
	__u64 due;
	__u64 mute;
	__u64 period;
	__u64 hang;
	__u32 slots;
	__u32 members;
	__u32 told;
	__u32 confirm;
	__u32 parked;
	__u32 ran;
};

struct member {
	__u64 watch;
	__u64 slot;
};

/* By the number of the watch. Pinned by the daemon: without that, timers end with it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VIGIL_GUESTS_MAX);
	__type(key, __u64);
	__type(value, struct guest);
} guests SEC(".maps");

/* By the address of the struct kvm_vcpu; gone before that is freed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VIGIL_GUESTS_MAX * 16);
	__type(key, __u64);
	__type(value, struct vcpu);
} vcpus SEC(".maps");

/* The addresses of a guest's virtual processors. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VIGIL_GUESTS_MAX * 16);
	__type(key, struct member);
	__type(value, __u64);
} members SEC(".maps");

/*
 * Where pvpanic-pci has its register: guest physical, 0: nowhere. By the number of the
 * watch; the daemon's, from binding to unbinding, whatever becomes of the processors.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VIGIL_GUESTS_MAX);
	__type(key, __u64);
	__type(value, __u64);
} panics SEC(".maps");

/* NULL unless that processor is one of a watched guest. */
static __always_inline struct vcpu *vcpu_watched(const struct kvm_vcpu *vcpu)
{
	__u64 address = (__u64)vcpu;

	return bpf_map_lookup_elem(&vcpus, &address);
}

static __always_inline struct guest *guest_watched(__u64 watch)
{
	return bpf_map_lookup_elem(&guests, &watch);
}

static void tell(__u64 watch, __u32 state, __u32 cause, int code, __u32 tid)
{
	struct vigil_watch_report r = {
		.watch = watch,
		.time = bpf_ktime_get_boot_ns(),
		.state = state,
		.cause = cause,
		.code = code,
		.tid = tid,
	};

	report_send(&r);
}

#endif
