/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel/compat: the only place that knows kernel versions. Everything else is
 * written for the newest kernel; each shim names the release with which it dies.
 */
#ifndef _VIGIL_COMPAT_UNALIGNED_H
#define _VIGIL_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else	/* dies with 6.11 */
#include <asm/unaligned.h>
#endif

#endif
