/* SPDX-License-Identifier: GPL-2.0 */
/* Strings in trace events: since 6.10 the source is known from __string(). */
#ifndef _VIGIL_COMPAT_TRACEPOINT_H
#define _VIGIL_COMPAT_TRACEPOINT_H

#include <linux/tracepoint.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define vigil_assign_str(dst, src)	__assign_str(dst)
#else	/* dies with 6.9 */
#define vigil_assign_str(dst, src)	__assign_str(dst, src)
#endif

#endif
