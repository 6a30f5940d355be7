// SPDX-License-Identifier: GPL-2.0
/* bpf/health.bpf.c: hardware errors of the machine. They are no business of the module. */
#include "probe_family.h"
#include "health.skel.h"

const struct probe_family probe_health = {
	.name = "health",
	.ring = health_ring__elf_bytes,
};
