// SPDX-License-Identifier: GPL-2.0
/* bpf/process.bpf.c: ends, stops and threads of processes. */
#include "probe_family.h"
#include "process.skel.h"

const struct probe_family probe_process = {
	.name = "process",
	.kfunc = process_kfunc__elf_bytes,
	.ring = process_ring__elf_bytes,
};
