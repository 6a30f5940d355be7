// SPDX-License-Identifier: GPL-2.0
/* Snapshots for those who ask. See status.h. */
#include <linux/ktime.h>
#include <linux/string.h>
#include <uapi/linux/vigil.h>

#include "daemon.h"
#include "status.h"

static u8 key_slots(const struct vigil_cluster *c)
{
	u8 slots = 0;
	u8 i;

	for (i = 0; i < VIGIL_KEY_SLOTS; i++)
		if (rcu_access_pointer(c->keys[i]))
			slots |= BIT(i);
	return slots;
}

void vigil_status_cluster(struct vigil_cluster *c, struct vigil_cluster_status *st)
{
	u8 i;

	memset(st, 0, sizeof(*st));
	spin_lock_bh(&c->lock);
	st->now = ktime_get_boottime_ns();
	st->state = c->state;
	st->incarnation = c->incarnation;
	st->daemon = c->daemon_alive;
	st->daemon_grace_ms = READ_ONCE(c->daemon_grace_ms);
	st->daemon_fence_at = VIGIL_NEVER;
	if (c->core && c->state == VIGIL_CLUSTER_STATE_RUNNING) {
		st->quorum_until = vigil_core_quorum_until(c->core, st->now);
		st->learning = vigil_core_learning(c->core);
		st->held = vigil_core_held(c->core);
		st->daemon_fence_at = vigil_daemon_fence_at(c);
	}
	spin_unlock_bh(&c->lock);
	st->fence_action = READ_ONCE(c->cfg.fence_action);
	st->key_slots = key_slots(c);
	st->active_slot = READ_ONCE(c->active_slot);
	st->n_nodes = READ_ONCE(c->n_peers);
	st->n_voters = READ_ONCE(c->n_voters);
	st->rx = atomic64_read(&c->rx);
	st->tx = atomic64_read(&c->tx);
	for (i = 0; i < VIGIL_DROPS; i++)
		st->drops[i] = atomic64_read(&c->drops[i]);
}

static void link_status(const struct vigil_cluster *c, const struct vigil_peer *own,
			const struct vigil_peer *peer, u8 i, u64 now,
			struct vigil_link_status *st)
{
	const struct vigil_link *link = &peer->links[i];

	st->remote = link->remote;
	if (own && own != peer && i < own->n_links)
		st->local = own->links[i].remote;
	st->last_rx = atomic64_read(&link->last_rx);
	st->up = st->last_rx && (st->last_rx >= now || now - st->last_rx < c->cfg.timing.detect);
	st->rx = atomic64_read(&link->rx);
	st->tx = atomic64_read(&link->tx);
	st->tx_errors = atomic64_read(&link->tx_errors);
}

int vigil_status_node(struct vigil_cluster *c, u16 id, struct vigil_node_status *st)
{
	const struct vigil_peer *own, *peer = NULL;
	int index = -ENOENT;
	u8 i;

	memset(st, 0, sizeof(*st));
	rcu_read_lock();
	own = rcu_dereference(c->peers[c->cfg.self]);
	if (id && id <= VIGIL_MAX_NODES)
		peer = rcu_dereference(c->peers[id]);
	if (!peer) {
		rcu_read_unlock();
		return -ENOENT;
	}
	spin_lock_bh(&c->lock);
	st->now = ktime_get_boottime_ns();
	if (c->core)
		index = vigil_core_node_index(c->core, id);
	if (index >= 0)
		vigil_core_node_info(c->core, index, &st->info);
	spin_unlock_bh(&c->lock);
	st->info.id = id;
	st->info.voter = peer->voter;
	st->info.self = id == c->cfg.self;
	strscpy(st->name, peer->name, sizeof(st->name));
	st->n_links = peer->n_links;
	for (i = 0; i < peer->n_links; i++)
		link_status(c, own, peer, i, st->now, &st->links[i]);
	rcu_read_unlock();
	return 0;
}

u16 vigil_status_next_node(struct vigil_cluster *c, u16 id)
{
	while (++id <= VIGIL_MAX_NODES)
		if (rcu_access_pointer(c->peers[id]))
			return id;
	return 0;
}

/* Under the lock: the name is the core's until its next step. */
static void take_claim(struct vigil_claim_status *st)
{
	st->now = ktime_get_boottime_ns();
	strscpy(st->name, st->info.name, sizeof(st->name));
	st->info.name = NULL;
}

int vigil_status_claim(struct vigil_cluster *c, const char *name, struct vigil_claim_status *st)
{
	size_t len = strnlen(name, VIGIL_NAME_LEN + 1);
	int err = -ESHUTDOWN;

	memset(st, 0, sizeof(*st));
	if (!len || len > VIGIL_NAME_LEN)
		return -ENOENT;
	spin_lock_bh(&c->lock);
	if (c->core)
		err = vigil_core_claim_find(c->core, name, len, &st->info);
	if (!err)
		take_claim(st);
	spin_unlock_bh(&c->lock);
	return err;
}

bool vigil_status_next_claim(struct vigil_cluster *c, u32 *cursor, struct vigil_claim_status *st)
{
	bool found = false;

	memset(st, 0, sizeof(*st));
	spin_lock_bh(&c->lock);
	if (c->core)
		found = vigil_core_claim_next(c->core, cursor, &st->info);
	if (found)
		take_claim(st);
	spin_unlock_bh(&c->lock);
	return found;
}
