// SPDX-License-Identifier: GPL-2.0
/*
 * What is seen of a KVM guest from outside: its end, when it tells the hypervisor or its
 * monitor, and its hang, when it tells nobody. Which sign was chosen, and why, is in
 * Documentation/liveness.rst.
 *
 * The ends are seen where a virtual processor returns to its monitor. For the hang,
 * nothing is hooked into the guest's exits: a timer looks at the statistics that KVM
 * keeps anyway, four times within the limit. Three things can be wrong for so long:
 *
 *	away	a virtual processor does not enter the guest, and is not at rest
 *	deaf	it runs, and an interrupt that is pending does not get in
 *	mute	the whole guest runs, and asks nothing of the hypervisor
 *
 * Then eight more looks, in a quarter of the limit, must all see the same.
 */
#include "kernel_kvm.h"
#include "report.h"

#include <asm/kvm.h>
#include <linux/kvm.h>

#include "kvm_vcpu.h"

char _license[] SEC("license") = "GPL";

#define MS_NS		1000000ULL
#define LOOKS		4	/* within the limit */
#define CONFIRMS	8	/* more, in the time of one look */

#define PVPANIC_PORT	0x505
#define PVPANIC_PANICKED	0x01

#define CLOCK_BOOTTIME	7
#define RESET_IP	0xfff0

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

/* ---- the look */

/**
 * struct view - what one look at all virtual processors of a guest has found
 * @watch: its watch
 * @now: time of the look
 * @fresh: the looks were interrupted: all that lasted begins anew
 * @ran: as in struct guest
 * @hang: likewise
 * @seen: virtual processors that have ever run
 * @parked: of them, not in the guest because their monitor wants it so
 * @running: in the guest, and not waiting
 * @deaf_halted: waiting with interrupts off, and one is pending
 * @signs: that showed a sign of life
 * @asks: that left the guest for reasons of their own
 * @tid: thread of one for which something has lasted too long; 0: there is none
 * @cause: what has lasted
 */
struct view {
	__u64 watch;
	__u64 now;
	__u64 hang;
	__u32 fresh;
	__u32 ran;
	__u32 seen;
	__u32 parked;
	__u32 running;
	__u32 deaf_halted;
	__u32 signs;
	__u32 asks;
	__u32 tid;
	__u32 cause;
};

static void judge(struct view *v, const struct kvm_vcpu *vcpu, struct vcpu *s,
		  const struct vcpu_sample *n)
{
	bool sign = vcpu_sign(s, n, v->ran);
	bool running = n->inside && n->entered && !n->waiting;

	v->seen++;
	v->signs += sign;
	v->asks += vcpu_asks(s, n);
	v->running += running;
	v->parked += n->parked;
	v->deaf_halted += n->inside && n->waiting && n->pending;
	if (v->fresh || sign || !running || !n->pending)
		s->deaf = v->now;
	if (v->fresh || running || n->waiting || n->parked || n->returned)
		s->away = v->now;
	if (v->now - s->away >= v->hang) {
		v->tid = vcpu_tid(vcpu);
		v->cause = VIGIL_WATCH_CAUSE_VCPU;
	} else if (v->now - s->deaf >= v->hang) {
		v->tid = vcpu_tid(vcpu);
		v->cause = VIGIL_WATCH_CAUSE_GUEST_HANG;
	}
}

static int look_at(__u32 slot, struct view *v)
{
	struct member m = { v->watch, slot };
	const struct kvm_vcpu *vcpu;
	struct vcpu_sample n = {};
	__u64 *address;
	struct vcpu *s;

	address = bpf_map_lookup_elem(&members, &m);
	s = address ? bpf_map_lookup_elem(&vcpus, address) : NULL;
	if (!s || s->watch != v->watch)
		return 0;
	vcpu = (const struct kvm_vcpu *)*address;
	vcpu_sample(vcpu, s, &n);
	if (!n.exits && !s->returns)
		return 0;
	v->ran |= n.accepted != s->base;
	judge(v, vcpu, s, &n);
	vcpu_keep(s, &n);
	return 0;
}

/* Nothing of the guest asks for anything: it runs, or will never wake. */
static bool is_mute(const struct view *v, const struct guest *g)
{
	if (v->signs || v->asks || v->parked || idles_inside((const struct kvm *)g->kvm))
		return false;
	return v->running || v->deaf_halted;
}

/* All have left the guest by order, in two looks: the monitor has stopped it. */
static bool is_stopped(const struct view *v, struct guest *g)
{
	g->parked = v->seen && v->parked == v->seen ? g->parked + 1 : 0;
	return g->parked >= 2;
}

static void settle(struct guest *g, const struct view *v)
{
	bool suspect = v->tid || v->now - g->mute >= g->hang;

	if (g->told == DYING)
		return;
	if (is_stopped(v, g)) {
		if (g->told != STOPPED)
			tell(v->watch, VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP, 0, 0);
		g->told = STOPPED;
		g->confirm = 0;
	} else if (!suspect) {
		g->confirm = 0;
		if (g->told != ALIVE && v->signs) {
			tell(v->watch, VIGIL_WATCH_STATE_ALIVE, g->told == STOPPED ?
			     VIGIL_WATCH_CAUSE_CONTINUE : VIGIL_WATCH_CAUSE_PROGRESS, 0, 0);
			g->told = ALIVE;
		}
	} else if (g->told != HUNG && !g->confirm) {
		g->confirm = CONFIRMS;
	} else if (g->told != HUNG && !--g->confirm) {
		tell(v->watch, VIGIL_WATCH_STATE_HUNG,
		     v->tid ? v->cause : VIGIL_WATCH_CAUSE_GUEST_HANG, 0, v->tid);
		g->told = HUNG;
	}
}

/* Job control has stopped the monitor; process.bpf.c has told that. */
static bool monitor_stopped(const struct guest *g)
{
	struct task_struct *leader = (struct task_struct *)g->leader;

	return BPF_CORE_READ(leader, signal, flags) & SIGNAL_STOP_STOPPED;
}

static int look(void *map, __u64 *watch, struct guest *g)
{
	struct view v = {
		.watch = *watch, .now = bpf_ktime_get_boot_ns(), .hang = g->hang, .ran = g->ran,
	};
	__u64 wait;

	if (!g->hang)
		return 0;
	/* Whoever looks late was not awake to see signs of life. */
	v.fresh = !g->due || v.now - g->due > g->period / 2 || monitor_stopped(g);
	bpf_loop(g->slots, look_at, &v, 0);
	g->ran |= v.ran;
	if (v.fresh || !is_mute(&v, g))
		g->mute = v.now;
	settle(g, &v);
	wait = g->confirm ? g->period / CONFIRMS : g->period;
	g->due = v.now + wait;
	bpf_timer_start(&g->timer, wait, 0);
	return 0;
}

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

static void set_limit(struct guest *g, __u64 hang)
{
	bool start = hang && !g->hang;

	g->hang = hang;
	g->period = hang / LOOKS;
	if (!start)
		return;
	g->due = 0;
	/* It is there already, if there was a limit before. */
	if (!bpf_timer_init(&g->timer, &guests, CLOCK_BOOTTIME))
		bpf_timer_set_callback(&g->timer, look);
	bpf_timer_start(&g->timer, g->period, 0);
}

/* Take a virtual processor of @task's process in, if that is a watched guest's monitor. */
static void adopt(struct kvm_vcpu *vcpu, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);
	__u64 address = (__u64)vcpu, kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	struct vcpu *old, fresh = { .ret = VCPU_UNKNOWN };
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

static void tell_end(const struct vcpu *s, __u32 cause, int code)
{
	__u64 watch = s->watch;
	struct guest *g = bpf_map_lookup_elem(&guests, &watch);

	if (!g)
		return;
	g->told = DYING;
	tell(watch, VIGIL_WATCH_STATE_DYING, cause, code, (__u32)bpf_get_current_pid_tgid());
}

/* A write to a port that the monitor emulates. */
static void on_port(const struct vcpu *s, const struct kvm_vcpu *vcpu, const struct kvm_run *run)
{
	__u8 direction = 0, value = 0;
	__u16 port = 0;

	bpf_probe_read_kernel(&port, sizeof(port), &run->io.port);
	if (port != PVPANIC_PORT)
		return;
	bpf_probe_read_kernel(&direction, sizeof(direction), &run->io.direction);
	bpf_probe_read_kernel(&value, sizeof(value), BPF_CORE_READ(vcpu, arch.pio_data));
	if (direction == KVM_EXIT_IO_OUT && (value & PVPANIC_PANICKED))
		tell_end(s, VIGIL_WATCH_CAUSE_PVPANIC, value);
}

/* A write to memory that the monitor emulates. Few are of one byte: only they are looked up. */
static void on_memory(const struct vcpu *s, const struct kvm_run *run)
{
	__u64 watch = s->watch, address = 0, *panic;
	__u8 value = 0, is_write = 0;
	__u32 len = 0;

	bpf_probe_read_kernel(&len, sizeof(len), &run->mmio.len);
	bpf_probe_read_kernel(&is_write, sizeof(is_write), &run->mmio.is_write);
	bpf_probe_read_kernel(&value, sizeof(value), run->mmio.data);
	if (len != 1 || !is_write || !(value & PVPANIC_PANICKED))
		return;
	panic = bpf_map_lookup_elem(&panics, &watch);
	bpf_probe_read_kernel(&address, sizeof(address), &run->mmio.phys_addr);
	if (panic && *panic && *panic == address)
		tell_end(s, VIGIL_WATCH_CAUSE_PVPANIC, value);
}

static void on_event(const struct vcpu *s, const struct kvm_run *run)
{
	__u32 type = 0;

	bpf_probe_read_kernel(&type, sizeof(type), &run->system_event.type);
	if (type == KVM_SYSTEM_EVENT_CRASH)
		tell_end(s, VIGIL_WATCH_CAUSE_GUEST_CRASH, 0);
}

/* A virtual processor returns to its monitor, for the reason that is in struct kvm_run. */
SEC("fexit/kvm_arch_vcpu_ioctl_run")
int BPF_PROG(vcpu_run, struct kvm_vcpu *vcpu, int ret)
{
	__u64 address = (__u64)vcpu;
	struct kvm_run *run;
	__u32 reason = 0;
	struct vcpu *s;

	s = bpf_map_lookup_elem(&vcpus, &address);
	if (!s)
		return 0;
	run = BPF_CORE_READ(vcpu, run);
	bpf_probe_read_kernel(&reason, sizeof(reason), &run->exit_reason);
	s->returns++;
	s->ret = ret;
	s->reason = reason;
	if (ret)
		return 0;
	if (reason == KVM_EXIT_IO)
		on_port(s, vcpu, run);
	else if (reason == KVM_EXIT_MMIO)
		on_memory(s, run);
	else if (reason == KVM_EXIT_SHUTDOWN)
		tell_end(s, VIGIL_WATCH_CAUSE_TRIPLE_FAULT, 0);
	else if (reason == KVM_EXIT_SYSTEM_EVENT)
		on_event(s, run);
	return 0;
}

/* The monitor sets registers; of a guest that has run, those with which it began: a reset. */
SEC("fentry/kvm_arch_vcpu_ioctl_set_regs")
int BPF_PROG(vcpu_set_regs, struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	__u64 address = (__u64)vcpu, ip = 0, watch;
	struct guest *g;
	struct vcpu *s;

	bpf_probe_read_kernel(&ip, sizeof(ip), &regs->rip);
	s = ip == RESET_IP ? bpf_map_lookup_elem(&vcpus, &address) : NULL;
	if (!s || !BPF_CORE_READ(vcpu, stat.exits))
		return 0;
	watch = s->watch;
	s->base = vcpu_accepted(vcpu);
	g = bpf_map_lookup_elem(&guests, &watch);
	if (!g || BPF_CORE_READ(vcpu, vcpu_id))
		return 0;
	g->ran = 0;
	g->due = 0;
	g->told = ALIVE;
	tell(watch, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0);
	return 0;
}
