// SPDX-License-Identifier: GPL-2.0
/* Which families of probes the daemon loads. */
#include "probe_family.h"

const struct probe_family *const probe_families[] = {
	&probe_process,
	&probe_health,
	&probe_kvm,
	NULL,
};
