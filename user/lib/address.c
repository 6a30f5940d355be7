// SPDX-License-Identifier: GPL-2.0
/* Addresses as attributes. See address.h. */

#include "address.h"

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <string.h>

#include <linux/vigil.h>

#include "request.h"

int vnl_put_address(struct nl_msg *msg, int type, const union vnl_addr *addr)
{
	struct nlattr *nest = nla_nest_start(msg, type);

	if (!nest)
		return -NLE_NOMEM;
	if (addr->sa.sa_family == AF_INET) {
		NLA_PUT_U32(msg, VIGIL_A_ADDRESS_IPV4, addr->in.sin_addr.s_addr);
	} else if (addr->sa.sa_family == AF_INET6) {
		NLA_PUT(msg, VIGIL_A_ADDRESS_IPV6, sizeof(addr->in6.sin6_addr),
			&addr->in6.sin6_addr);
		if (addr->in6.sin6_scope_id)
			NLA_PUT_U32(msg, VIGIL_A_ADDRESS_SCOPE_ID, addr->in6.sin6_scope_id);
	} else {
		return -NLE_AF_NOSUPPORT;
	}
	nla_nest_end(msg, nest);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

void vnl_read_address(union vnl_addr *addr, struct nlattr *nest)
{
	struct nlattr *tb[VIGIL_A_ADDRESS_MAX + 1], *v6;

	if (!nest || nla_parse_nested(tb, VIGIL_A_ADDRESS_MAX, nest, NULL))
		return;
	v6 = tb[VIGIL_A_ADDRESS_IPV6];
	if (tb[VIGIL_A_ADDRESS_IPV4]) {
		addr->in.sin_family = AF_INET;
		addr->in.sin_addr.s_addr = (__u32)vnl_number_or(tb[VIGIL_A_ADDRESS_IPV4], 0);
	} else if (v6 && nla_len(v6) == sizeof(addr->in6.sin6_addr)) {
		addr->in6.sin6_family = AF_INET6;
		memcpy(&addr->in6.sin6_addr, nla_data(v6), sizeof(addr->in6.sin6_addr));
		addr->in6.sin6_scope_id =
			(__u32)vnl_number_or(tb[VIGIL_A_ADDRESS_SCOPE_ID], 0);
	}
}
