// SPDX-License-Identifier: GPL-2.0
/* net.vigil.<cluster>.*; described in Documentation/sysctl.rst. */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/sysctl.h"
#include "sysctl.h"

#define N_TIMES		5
#define N_ENTRIES	(N_TIMES + 3)

/**
 * struct vigil_sysctl - the entries of one cluster
 * @header: registration
 * @times: interval, detect, lease, fence and expiry in microseconds
 * @table: one more than is used: the kernel's end mark up to 6.10
 */
struct vigil_sysctl {
	struct ctl_table_header *header;
	unsigned int times[N_TIMES];
	struct ctl_table table[N_ENTRIES + 1];
};

static const char * const actions[] = {
	[VIGIL_FENCE_RESET] = "reset",
	[VIGIL_FENCE_PANIC] = "panic",
	[VIGIL_FENCE_POWEROFF] = "poweroff",
	[VIGIL_FENCE_NOTIFY] = "notify",
};

static int do_fence_action(vigil_ctl_table *ctl, int write, void *buffer, size_t *lenp,
			   loff_t *ppos)
{
	struct vigil_cluster *c = ctl->extra1;
	char word[16] = "";
	struct ctl_table text = { .data = word, .maxlen = sizeof(word) };
	int err, action;

	if (!write)
		strscpy(word, actions[READ_ONCE(c->cfg.fence_action)], sizeof(word));
	err = proc_dostring(&text, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	action = match_string(actions, ARRAY_SIZE(actions), strim(word));
	if (action < 0)
		return -EINVAL;
	return vigil_cluster_set_fence_action(c, action);
}

/* Root of another user namespace may own the network namespace; that is not enough. */
static int do_delay(vigil_ctl_table *ctl, int write, void *buffer, size_t *lenp, loff_t *ppos)
{
	if (write && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return proc_douintvec_minmax(ctl, write, buffer, lenp, ppos);
}

static const unsigned int delay_max = 24 * 60 * 60 * 1000;	/* ms: a day */

static void fill_table(struct vigil_sysctl *s, struct vigil_cluster *c)
{
	static const char * const names[N_TIMES] = {
		"interval_us", "detect_us", "lease_us", "fence_us", "expiry_us",
	};
	const struct vigil_timing *t = &c->cfg.timing;
	const u64 ns[N_TIMES] = { t->interval, t->detect, t->lease, t->fence, t->expiry };
	struct ctl_table *e = s->table;
	unsigned int i;

	for (i = 0; i < N_TIMES; i++, e++) {
		s->times[i] = min_t(u64, div_u64(ns[i], 1000), UINT_MAX);
		e->procname = names[i];
		e->data = &s->times[i];
		e->maxlen = sizeof(s->times[i]);
		e->mode = 0444;
		e->proc_handler = proc_douintvec;
	}
	for (i = 0; i < 2; i++, e++) {
		e->procname = i ? "daemon_grace_ms" : "daemon_stale_ms";
		e->data = i ? &c->daemon_grace_ms : &c->daemon_stale_ms;
		e->maxlen = sizeof(u32);
		e->mode = 0644;
		e->proc_handler = do_delay;
		e->extra2 = (void *)&delay_max;
	}
	e->procname = "fence_action";
	e->mode = 0644;
	e->proc_handler = do_fence_action;
	e->extra1 = c;
}

int vigil_sysctl_add(struct vigil_cluster *c)
{
	struct vigil_sysctl *s = kzalloc(sizeof(*s), GFP_KERNEL);
	char path[sizeof("net/vigil/") + VIGIL_NAME_LEN];

	if (!s)
		return -ENOMEM;
	fill_table(s, c);
	snprintf(path, sizeof(path), "net/vigil/%s", c->cfg.name);
	s->header = register_net_sysctl_sz(c->net, path, s->table, N_ENTRIES);
	if (!s->header) {
		kfree(s);
		return -ENOMEM;
	}
	c->sysctl = s;
	return 0;
}

void vigil_sysctl_del(struct vigil_cluster *c)
{
	if (!c->sysctl)
		return;
	unregister_net_sysctl_table(c->sysctl->header);
	kfree(c->sysctl);
	c->sysctl = NULL;
}
