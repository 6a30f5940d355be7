// SPDX-License-Identifier: GPL-2.0
/* Functions for BPF programs. See kfunc.h. */
#include "kfunc.h"

#include <linux/bpf.h>
#include <linux/preempt.h>

#include "compat/bpf.h"
#include "watch.h"

__bpf_kfunc_start_defs();

/* Promised in vigil/watch.h. The verifier has checked that @r has @r__sz bytes. */
__bpf_kfunc int vigil_watch_report(const struct vigil_watch_report *r, u32 r__sz)
{
	if (r__sz != sizeof(*r) || in_nmi())
		return -EINVAL;
	return vigil_watch_tell_id(r);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(vigil_kfuncs)
BTF_ID_FLAGS(func, vigil_watch_report)
BTF_KFUNCS_END(vigil_kfuncs)

static const struct btf_kfunc_id_set vigil_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &vigil_kfuncs,
};

void vigil_kfunc_register(void)
{
	int err = -ENOENT;

	if (vigil_module_has_types())
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, &vigil_kfunc_set);
	if (err)
		pr_info("vigil: no kfuncs without types of the module (%d): probes report through vigild\n",
			err);
}
