/* SPDX-License-Identifier: GPL-2.0 */
/* Functions for BPF programs, as declared since 6.9. */
#ifndef _VIGIL_COMPAT_BPF_H
#define _VIGIL_COMPAT_BPF_H

#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#ifndef __bpf_kfunc	/* dies with 6.1 */
#define __bpf_kfunc __used noinline
#endif

#ifndef __bpf_kfunc_start_defs	/* dies with 6.6 */
#define __bpf_kfunc_start_defs()					\
	__diag_push();							\
	__diag_ignore_all("-Wmissing-prototypes", "called by BPF programs only")
#define __bpf_kfunc_end_defs()	__diag_pop()
#endif

#ifndef BTF_KFUNCS_START	/* dies with 6.8 */
#define BTF_KFUNCS_START(name)	BTF_SET8_START(name)
#define BTF_KFUNCS_END(name)	BTF_SET8_END(name)
#endif

/* Were this module's types built into it, and does the kernel take them? */
static inline bool vigil_module_has_types(void)
{
#ifdef CONFIG_DEBUG_INFO_BTF_MODULES
	return THIS_MODULE->btf_data_size;
#else
	return false;
#endif
}

#endif
