/* SPDX-License-Identifier: GPL-2.0 */
/* What BPF programs may call; see vigil/watch.h. */
#ifndef _VIGIL_KFUNC_H
#define _VIGIL_KFUNC_H

#include <vigil/watch.h>

/*
 * main.c calls it, once. Where the types of the module are missing nothing is
 * offered, and said; that is no error, for probes can report through vigild too.
 * They see by /sys/kernel/btf/vigil whether they must.
 */
void vigil_kfunc_register(void);

/* Called by programs only. */
int vigil_watch_report(const struct vigil_watch_report *r, u32 r__sz);

#endif
