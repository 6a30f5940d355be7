/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a dump request: in a struct genl_info since 6.6. */
#ifndef _VIGIL_COMPAT_GENETLINK_H
#define _VIGIL_COMPAT_GENETLINK_H

#include <linux/version.h>
#include <net/genetlink.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
static inline struct nlattr **vigil_dump_attrs(struct netlink_callback *cb)
{
	return genl_info_dump(cb)->attrs;
}
#else	/* dies with 6.5 */
static inline struct nlattr **vigil_dump_attrs(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->attrs;
}
#endif

#endif
