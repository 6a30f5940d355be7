/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bpf/health.bpf.c counts of a machine's hardware, and what it tells vigild.
 * These are facts about the machine, not about a watch: the kernel module has no
 * part in them.
 */
#ifndef _VIGIL_HEALTH_H
#define _VIGIL_HEALTH_H

#include <linux/types.h>

/* Who has told. One fault may well be told by several of them. */
enum health_kind {
	HEALTH_MACHINE_CHECK,	/* a processor (MCE) */
	HEALTH_MEMORY,		/* a memory controller (EDAC) */
	HEALTH_PCIE,		/* a PCIe port or device (AER) */
	HEALTH_PAGE,		/* the kernel, about a page of memory that went bad */
	HEALTH_KINDS
};

enum health_severity {
	HEALTH_CORRECTED,	/* nothing was lost */
	HEALTH_UNCORRECTED,	/* something was lost, but it is known what; a page: put aside */
	HEALTH_FATAL,		/* not contained; a page: still in use */
	HEALTH_SEVERITIES
};

#define HEALTH_COUNTERS	(HEALTH_KINDS * HEALTH_SEVERITIES)
#define HEALTH_NAME_LEN	40

/**
 * struct health_count - value of the array map, at kind * HEALTH_SEVERITIES + severity
 * @n: errors since the programs were first loaded; daemons that follow each other share it
 * @last: of the newest note, and so of the newest error to within a second, CLOCK_BOOTTIME
 *	in ns; 0: none
 */
struct health_count {
	__u64 n;
	__u64 last;
};

/**
 * struct health_note - record of the ring buffer: an error, as it happens
 * @time: CLOCK_BOOTTIME in ns
 * @kind: enum health_kind
 * @severity: enum health_severity
 * @cpu: of a machine check
 * @bank: of a machine check
 * @pfn: of a page
 * @name: of the memory module or the PCI device; terminated
 *
 * One a second of each kind and severity at most: a storm is counted, not told.
 */
struct health_note {
	__u64 time;
	__u32 kind;
	__u32 severity;
	__u32 cpu;
	__u32 bank;
	__u64 pfn;
	char name[HEALTH_NAME_LEN];
};

#endif
