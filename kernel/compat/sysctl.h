/* SPDX-License-Identifier: GPL-2.0 */
/* Sysctl tables: sized since 6.6, constant in handlers since 6.11. */
#ifndef _VIGIL_COMPAT_SYSCTL_H
#define _VIGIL_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef const struct ctl_table vigil_ctl_table;
#else	/* dies with 6.10 */
typedef struct ctl_table vigil_ctl_table;
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)	/* dies with 6.5 */
/* @size leaves out the empty entry that ends the table on these kernels. */
static inline struct ctl_table_header *register_net_sysctl_sz(struct net *net, const char *path,
							      struct ctl_table *table, size_t size)
{
	return register_net_sysctl(net, path, table);
}
#endif

#endif
