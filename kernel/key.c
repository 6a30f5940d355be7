// SPDX-License-Identifier: GPL-2.0
/* The keys of a cluster, in two slots so that they can change while it runs. See peer.h. */
#include <linux/rcupdate.h>

#include "auth.h"
#include "compat/netlink.h"
#include "peer.h"

/* @new may be NULL. Waits for the users of the old one. */
static void replace_key(struct vigil_cluster *c, u8 slot, struct vigil_hmac_key *new)
{
	struct vigil_hmac_key *old = rcu_dereference_protected(c->keys[slot], true);

	rcu_assign_pointer(c->keys[slot], new);
	if (!old)
		return;
	synchronize_rcu();
	vigil_hmac_key_free(old);
}

int vigil_key_set(struct vigil_cluster *c, u8 slot, const u8 *key, bool activate,
		  struct netlink_ext_ack *extack)
{
	struct vigil_hmac_key *new;

	if (slot >= VIGIL_KEY_SLOTS) {
		NL_SET_ERR_MSG_FMT(extack, "key slots are 0 to %u", VIGIL_KEY_SLOTS - 1);
		return -EINVAL;
	}
	if (key) {
		new = vigil_hmac_key_new(key);
		if (IS_ERR(new)) {
			NL_SET_ERR_MSG(extack, "hmac(sha256) is not available in this kernel");
			return PTR_ERR(new);
		}
		replace_key(c, slot, new);
	}
	if (!activate)
		return 0;
	if (!rcu_access_pointer(c->keys[slot])) {
		NL_SET_ERR_MSG_FMT(extack, "key slot %u is empty", slot);
		return -ENOKEY;
	}
	WRITE_ONCE(c->active_slot, slot);
	return 0;
}

int vigil_key_del(struct vigil_cluster *c, u8 slot, struct netlink_ext_ack *extack)
{
	if (slot >= VIGIL_KEY_SLOTS || !rcu_access_pointer(c->keys[slot])) {
		NL_SET_ERR_MSG(extack, "that key slot is empty");
		return -ENOKEY;
	}
	if (slot == c->active_slot) {
		NL_SET_ERR_MSG(extack, "that key slot is active: activate the other one first");
		return -EBUSY;
	}
	replace_key(c, slot, NULL);
	return 0;
}
