/* SPDX-License-Identifier: GPL-2.0 */
/* What BPF programs may call; see vigil/watch.h. */
#ifndef _VIGIL_KFUNC_H
#define _VIGIL_KFUNC_H

/*
 * main.c calls it. Without the types of the module, nothing is offered, which is
 * no error: probes then report through vigild. /sys/kernel/btf/vigil says which.
 */
int vigil_kfunc_register(void);

#endif
