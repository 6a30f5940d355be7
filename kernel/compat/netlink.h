/* SPDX-License-Identifier: GPL-2.0 */
/* Extack texts with values in them, as since 6.2. */
#ifndef _VIGIL_COMPAT_NETLINK_H
#define _VIGIL_COMPAT_NETLINK_H

#include <linux/netlink.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)	/* dies with 6.1 */
const char *vigil_extack_text(const char *fmt, ...) __printf(1, 2);

#define NL_SET_ERR_MSG_FMT(extack, fmt, args...)			\
	do {								\
		struct netlink_ext_ack *__extack = (extack);		\
									\
		if (__extack)						\
			__extack->_msg = vigil_extack_text(fmt, ##args);	\
	} while (0)
#endif

#endif
