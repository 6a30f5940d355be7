// SPDX-License-Identifier: GPL-2.0
/*
 * What is seen of a KVM guest from outside: its end, when it tells the hypervisor or its
 * monitor, and its hang, when it tells nobody (kvm_look.h). Which sign was chosen, and why,
 * is in Documentation/liveness.rst.
 *
 * All guests of the machine pass the programs here, while one of them is watched: so they
 * are where few exits come by, or they look at their arguments first.
 */
#include "kernel_kvm.h"

#include <asm/kvm.h>
#include <linux/kvm.h>

#include "kvm_guest.h"
#include "kvm_look.h"

char _license[] SEC("license") = "GPL";

#define PVPANIC_PORT	0x505
#define PVPANIC_PANICKED	0x01

#define RESET_IP	0xfff0

/* ---- whom to look at */

static struct guest *guest_of(const struct vigil_probe_watch *w, struct task_struct *task)
{
	struct guest empty = {
		.leader = (__u64)task->group_leader, .born = bpf_ktime_get_boot_ns(),
	};
	__u64 watch = w->watch;
	struct guest *g;

	g = bpf_map_lookup_elem(&guests, &watch);
	if (!g) {
		bpf_map_update_elem(&guests, &watch, &empty, BPF_NOEXIST);
		g = bpf_map_lookup_elem(&guests, &watch);
	}
	return g;
}

/* Take a virtual processor of @task's process in, if that is a watched guest's monitor. */
static void adopt(struct kvm_vcpu *vcpu, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);
	__u64 address = (__u64)vcpu, kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	struct vcpu *old, fresh = {};
	struct member m = {};
	struct guest *g;

	if (!w || w->kind != VIGIL_WATCH_KIND_VM)
		return;
	g = guest_of(w, task);
	if (!g)
		return;
	set_limit(g, w->hang_ms * MS_NS);
	old = bpf_map_lookup_elem(&vcpus, &address);
	/* The daemon may have forgotten the guest, and come back to it. */
	if (old && old->watch == w->watch && old->born == g->born)
		return;
	/* One guest for a process; and the numbers do not last for ever. */
	if ((g->members && g->kvm != kvm) || g->slots >= VIGIL_VCPUS_MAX)
		return;
	g->kvm = kvm;
	fresh.born = g->born;
	m.watch = fresh.watch = w->watch;
	m.slot = fresh.slot = __sync_fetch_and_add(&g->slots, 1);
	if (!bpf_map_update_elem(&vcpus, &address, &fresh, BPF_ANY) &&
	    !bpf_map_update_elem(&members, &m, &address, BPF_ANY))
		__sync_fetch_and_add(&g->members, 1);
}

/* kvm's, found by its name. */
extern const void kvm_vcpu_fops __ksym __weak;

/* Run by the daemon for each process that it binds: guests that run already are found. */
SEC("iter/task_file")
int find_vcpus(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || !&kvm_vcpu_fops || file->f_op != &kvm_vcpu_fops)
		return 0;
	adopt(file->private_data, task);
	return 0;
}

SEC("fentry/kvm_arch_vcpu_postcreate")
int BPF_PROG(vcpu_create, struct kvm_vcpu *vcpu)
{
	adopt(vcpu, bpf_get_current_task_btf());
	return 0;
}

/* It will be freed. */
SEC("fentry/kvm_arch_vcpu_destroy")
int BPF_PROG(vcpu_destroy, struct kvm_vcpu *vcpu)
{
	__u64 address = (__u64)vcpu, watch;
	struct member m = {};
	struct guest *g;
	struct vcpu *s;

	s = bpf_map_lookup_elem(&vcpus, &address);
	if (!s)
		return 0;
	watch = m.watch = s->watch;
	m.slot = s->slot;
	bpf_map_delete_elem(&members, &m);
	bpf_map_delete_elem(&vcpus, &address);
	g = bpf_map_lookup_elem(&guests, &watch);
	if (g && __sync_fetch_and_add(&g->members, -1) == 1)
		bpf_map_delete_elem(&guests, &watch);
	return 0;
}

/* ---- ends that are told */

static void tell_end(const struct kvm_vcpu *vcpu, __u32 cause, int code)
{
	struct vcpu *s = vcpu_watched(vcpu);
	struct guest *g = s ? guest_watched(s->watch) : NULL;

	if (!g)
		return;
	g->told = DYING;
	tell(s->watch, VIGIL_WATCH_STATE_DYING, cause, code, (__u32)bpf_get_current_pid_tgid());
}

/* Kept out of the programs below: they need neither stack nor registers for what is rare. */
static __noinline int on_pvpanic_port(void)
{
	const struct kvm_vcpu *vcpu = vcpu_running();
	/* The verifier lets nobody read the last argument, a pointer to const void. */
	__u8 value = (__u8)BPF_CORE_READ(vcpu, arch.regs[VCPU_REGS_RAX]);

	if (value & PVPANIC_PANICKED)
		tell_end(vcpu, VIGIL_WATCH_CAUSE_PVPANIC, value);
	return 0;
}

/* The guest reads or writes a port, of a device in the kernel or of the monitor. */
SEC("tp_btf/kvm_pio")
int BPF_PROG(port_write, unsigned int rw, unsigned int port)
{
	if (port == PVPANIC_PORT && rw == KVM_PIO_OUT)
		on_pvpanic_port();
	return 0;
}

/* A byte is written at @address. */
static __noinline int on_byte(__u64 address, const void *data)
{
	const struct kvm_vcpu *vcpu = vcpu_running();
	struct vcpu *s = vcpu_watched(vcpu);
	__u64 *panic, watch;
	__u8 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), data);
	if (!(value & PVPANIC_PANICKED))
		return 0;
	if (!s)
		return 0;
	watch = s->watch;
	panic = bpf_map_lookup_elem(&panics, &watch);
	if (panic && *panic && *panic == address)
		tell_end(vcpu, VIGIL_WATCH_CAUSE_PVPANIC, value);
	return 0;
}

/* The guest reads or writes memory that is a device. Writes of one byte are rare. */
SEC("tp_btf/kvm_mmio")
int BPF_PROG(memory_write, int type, int len, __u64 address, const void *data)
{
	if (len == 1 && type == KVM_TRACE_MMIO_WRITE)
		on_byte(address, data);
	return 0;
}

/* A triple fault; of the two the one whose processor this machine has is loaded. */
SEC("fentry/shutdown_interception")
int BPF_PROG(shutdown_amd, struct kvm_vcpu *vcpu)
{
	tell_end(vcpu, VIGIL_WATCH_CAUSE_TRIPLE_FAULT, 0);
	return 0;
}

SEC("fentry/handle_triple_fault")
int BPF_PROG(shutdown_intel, struct kvm_vcpu *vcpu)
{
	tell_end(vcpu, VIGIL_WATCH_CAUSE_TRIPLE_FAULT, 0);
	return 0;
}

/* A write to one of Hyper-V's registers that was let through: "I have crashed". */
SEC("fexit/kvm_hv_set_msr_common")
int BPF_PROG(hyperv_write, struct kvm_vcpu *vcpu, __u32 msr, __u64 data, int host, int ret)
{
	if (msr == HV_X64_MSR_CRASH_CTL && data & HV_CRASH_CTL_CRASH_NOTIFY && !ret &&
	    !(host & 0xff))
		tell_end(vcpu, VIGIL_WATCH_CAUSE_GUEST_CRASH, 0);
	return 0;
}

/* The monitor sets registers; of a guest that has run, those with which it began: a reset. */
SEC("fentry/kvm_arch_vcpu_ioctl_set_regs")
int BPF_PROG(vcpu_set_regs, struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	__u64 ip = 0, watch;
	struct guest *g;
	struct vcpu *s;

	bpf_probe_read_kernel(&ip, sizeof(ip), &regs->rip);
	s = ip == RESET_IP ? vcpu_watched(vcpu) : NULL;
	if (!s || !BPF_CORE_READ(vcpu, stat.exits))
		return 0;
	watch = s->watch;
	s->base = vcpu_accepted(vcpu);
	g = guest_watched(watch);
	if (!g || BPF_CORE_READ(vcpu, vcpu_id))
		return 0;
	g->ran = 0;
	g->due = 0;
	g->told = ALIVE;
	tell(watch, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0);
	return 0;
}
