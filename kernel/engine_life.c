// SPDX-License-Identifier: GPL-2.0
/* The life of a cluster's protocol: made, started, left, ended. See engine.h. */
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <uapi/linux/vigil.h>

#include "compat/hrtimer.h"
#include "compat/netlink.h"
#include "engine.h"

/* Softirq. The step arms the timer again. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct vigil_cluster *c = container_of(timer, struct vigil_cluster, tick);
	struct vigil_event ev = { .type = VIGIL_EV_TICK };

	vigil_daemon_tick(c);
	vigil_engine_run(c, &ev);
	return HRTIMER_NORESTART;
}

/* Process context, under the namespace's mutex. */
static void describe(struct vigil_cluster *c, struct vigil_core_config *cfg)
{
	u16 id;

	cfg->self = c->cfg.self;
	cfg->generation = c->cfg.generation;
	cfg->timing = c->cfg.timing;
	cfg->gasp = c->cfg.gasp;
	cfg->gasp_grace = c->cfg.gasp_grace;
	cfg->max_nodes = VIGIL_MAX_NODES;
	cfg->max_claims = VIGIL_MAX_CLAIMS;
	do {
		cfg->incarnation = get_random_u64();
	} while (!cfg->incarnation);
	for (id = 1; id <= VIGIL_MAX_NODES; id++) {
		const struct vigil_peer *peer = rcu_dereference_protected(c->peers[id], true);

		if (peer && peer->voter && cfg->n_voters < VIGIL_MAX_VOTERS)
			cfg->voters[cfg->n_voters++] = id;
	}
}

static int add_nodes(struct vigil_cluster *c, struct vigil_core *core)
{
	int err = 0;
	u16 id;

	for (id = 1; id <= VIGIL_MAX_NODES && !err; id++)
		if (id != c->cfg.self && rcu_access_pointer(c->peers[id]))
			err = vigil_core_add_node(core, id);
	return err;
}

int vigil_engine_prepare(struct vigil_cluster *c, struct netlink_ext_ack *extack)
{
	struct vigil_core_config cfg = {};
	struct vigil_core *core;
	int err;

	describe(c, &cfg);
	c->core_size = vigil_core_size(&cfg);
	core = kvzalloc(c->core_size, GFP_KERNEL_ACCOUNT);
	if (!core)
		return -ENOMEM;
	err = vigil_core_init(core, &cfg, ktime_get_boottime_ns());
	if (!err)
		err = add_nodes(c, core);
	if (err) {
		NL_SET_ERR_MSG(extack, "the protocol refuses this set of nodes and times");
		kvfree_sensitive(core, c->core_size);
		return err;
	}
	hrtimer_setup(&c->tick, tick, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_SOFT);
	vigil_fence_init(&c->fence);
	spin_lock_bh(&c->lock);
	c->incarnation = cfg.incarnation;
	c->stopping = true;	/* until everything is ready */
	c->core = core;
	spin_unlock_bh(&c->lock);
	return 0;
}

void vigil_engine_go(struct vigil_cluster *c)
{
	struct vigil_event ev = { .type = VIGIL_EV_DAEMON };

	spin_lock_bh(&c->lock);
	c->state = VIGIL_CLUSTER_STATE_RUNNING;
	c->stopping = false;
	if (!c->daemon_alive)
		ev.type = VIGIL_EV_TICK;
	spin_unlock_bh(&c->lock);
	vigil_engine_run(c, &ev);
}

int vigil_engine_leave(struct vigil_cluster *c)
{
	return vigil_engine_run(c, &(struct vigil_event){ .type = VIGIL_EV_LEAVE });
}

/*
 * The core goes first: nobody steps without it. A step that was under way may
 * still be sending; releasing the sockets waits for that.
 */
void vigil_engine_stop(struct vigil_cluster *c)
{
	struct vigil_core *core;

	spin_lock_bh(&c->lock);
	core = c->core;
	c->stopping = true;
	c->core = NULL;
	c->incarnation = 0;
	c->n_busy = 0;
	c->n_lost = 0;
	vigil_engine_pin(c, false);
	spin_unlock_bh(&c->lock);
	if (!core)
		return;
	vigil_fence_stop(&c->fence);
	hrtimer_cancel(&c->tick);
	kvfree_sensitive(core, c->core_size);
}
