// SPDX-License-Identifier: GPL-2.0
/* The netlink operation on the hardware watchdog, and what is told of it. */

#include <linux/vigil.h>

#include "netlink.h"
#include "watchdog.h"

int vigil_nl_watchdog_set(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_WATCHDOG_FD, "the descriptor of the device");

	if (rc)
		return rc;
	c = vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_WATCHDOG_CLUSTER],
			  VIGIL_A_WATCHDOG_CLUSTER, info->extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	/* The sender is who runs: its files. */
	rc = vigil_watchdog_take(c, nla_get_u32(info->attrs[VIGIL_A_WATCHDOG_FD]), info->extack);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_put_watchdog(struct sk_buff *skb, const struct vigil_watchdog_status *st)
{
	struct nlattr *nest = nla_nest_start(skb, VIGIL_A_CLUSTER_WATCHDOG);

	if (!nest ||
	    nla_put_string(skb, VIGIL_A_WATCHDOG_DEVICE, st->device) ||
	    nla_put_string(skb, VIGIL_A_WATCHDOG_IDENTITY, st->identity) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCHDOG_TIMEOUT, st->timeout, VIGIL_A_WATCHDOG_PAD) ||
	    nla_put_u32(skb, VIGIL_A_WATCHDOG_STATE, st->state) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCHDOG_PET_AGE, st->pet_age, VIGIL_A_WATCHDOG_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCHDOG_WITHHELD, st->withheld,
			      VIGIL_A_WATCHDOG_PAD) ||
	    (st->error && nla_put_s32(skb, VIGIL_A_WATCHDOG_ERROR, st->error)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
