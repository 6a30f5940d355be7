// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware errors of the machine: counted, and told to vigild as they happen. They
 * are about no watch, so that the module is not called in either way of building this.
 *
 * All hooks are tracepoints by their types (tp_btf): no tracefs is needed, and of the
 * arguments only those are read that are the same in every kernel.
 */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <vigil/health.h>

char _license[] SEC("license") = "GPL";

#define BIT_ULL(n)	(1ULL << (n))
#define NOTE_NS		1000000000ULL

/* asm/mce.h, asm/processor.h */
#define MCI_STATUS_UC		BIT_ULL(61)
#define MCI_STATUS_PCC		BIT_ULL(57)
#define MCI_STATUS_DEFERRED	BIT_ULL(44)	/* part of a counter on other processors */
#define X86_VENDOR_AMD		2
#define X86_VENDOR_HYGON	9

/* linux/edac.h: enum hw_event_mc_err_type */
#define HW_EVENT_ERR_CORRECTED	0
#define HW_EVENT_ERR_FATAL	3
#define HW_EVENT_ERR_INFO	4

/* linux/aer.h */
#define AER_FATAL		1
#define AER_CORRECTABLE		2

/* linux/mm.h: enum mf_result */
#define MF_DELAYED		2
#define MF_RECOVERED		3

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HEALTH_COUNTERS);
	__type(key, __u32);
	__type(value, struct health_count);
} counts SEC(".maps");

/* Of use only while a daemon reads; one that finds it full of old notes has not lost a count. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} notes SEC(".maps");

/* Count @n errors. A note to be filled in and submitted, or NULL: one was sent just before. */
static __always_inline struct health_note *count(__u32 kind, __u32 severity, __u64 n)
{
	__u32 key = kind * HEALTH_SEVERITIES + severity;
	struct health_count *c = bpf_map_lookup_elem(&counts, &key);
	__u64 now = bpf_ktime_get_boot_ns();
	struct health_note *note;

	if (!c)
		return NULL;
	__sync_fetch_and_add(&c->n, n);
	/* Two processors at once may both send one: no harm. */
	if (c->last && now - c->last < NOTE_NS)
		return NULL;
	c->last = now;
	note = bpf_ringbuf_reserve(&notes, sizeof(*note), 0);
	if (!note)
		return NULL;
	__builtin_memset(note, 0, sizeof(*note));
	note->time = now;
	note->kind = kind;
	note->severity = severity;
	return note;
}

static __always_inline __u32 severity_of_machine_check(const struct mce *m)
{
	__u64 status = m->status;

	if (status & MCI_STATUS_UC)
		return status & MCI_STATUS_PCC ? HEALTH_FATAL : HEALTH_UNCORRECTED;
	if ((status & MCI_STATUS_DEFERRED) &&
	    (m->cpuvendor == X86_VENDOR_AMD || m->cpuvendor == X86_VENDOR_HYGON))
		return HEALTH_UNCORRECTED;
	return HEALTH_CORRECTED;
}

/* Since Linux 6.13 the argument is a structure of which this one is the beginning. */
SEC("tp_btf/mce_record")
int BPF_PROG(machine_check, const struct mce *m)
{
	struct health_note *note = count(HEALTH_MACHINE_CHECK, severity_of_machine_check(m), 1);

	if (!note)
		return 0;
	note->cpu = m->extcpu;
	note->bank = m->bank;
	bpf_ringbuf_submit(note, 0);
	return 0;
}

SEC("tp_btf/mc_event")
int BPF_PROG(memory_controller, unsigned int type, const char *message, const char *label, int n)
{
	struct health_note *note;

	if (type >= HW_EVENT_ERR_INFO)
		return 0;
	note = count(HEALTH_MEMORY, type == HW_EVENT_ERR_CORRECTED ? HEALTH_CORRECTED :
				    type == HW_EVENT_ERR_FATAL ? HEALTH_FATAL : HEALTH_UNCORRECTED,
		     n > 0 ? n : 1);
	if (!note)
		return 0;
	bpf_probe_read_kernel_str(note->name, sizeof(note->name), label);
	bpf_ringbuf_submit(note, 0);
	return 0;
}

SEC("tp_btf/aer_event")
int BPF_PROG(pcie, const char *device, __u32 status, __u8 severity)
{
	struct health_note *note;

	note = count(HEALTH_PCIE, severity == AER_CORRECTABLE ? HEALTH_CORRECTED :
				  severity == AER_FATAL ? HEALTH_FATAL : HEALTH_UNCORRECTED, 1);
	if (!note)
		return 0;
	bpf_probe_read_kernel_str(note->name, sizeof(note->name), device);
	bpf_ringbuf_submit(note, 0);
	return 0;
}

SEC("tp_btf/memory_failure_event")
int BPF_PROG(page, unsigned long pfn, int type, int result)
{
	struct health_note *note;

	note = count(HEALTH_PAGE, result == MF_RECOVERED || result == MF_DELAYED ?
				  HEALTH_UNCORRECTED : HEALTH_FATAL, 1);
	if (!note)
		return 0;
	note->pfn = pfn;
	bpf_ringbuf_submit(note, 0);
	return 0;
}
