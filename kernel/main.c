// SPDX-License-Identifier: GPL-2.0
/*
 * kernel: vigil.ko around the pure protocol in kernel/core.
 *
 *   netlink.c, notify.c   control and events
 *   cluster.c, peer.c     instances, their nodes; key.c, sysctl.c
 *   request.c, daemon.c   what users and the daemon cause; status.c: what they see
 *   engine.c              steps the core, carries out its effects; engine_life.c makes
 *                         and ends it
 *   packet.c, auth.c      datagrams, their tags and seals
 *   udp.c                 sockets
 *   fence.c               the deadline that ends this machine; watchdog.c, the
 *                         backstop of it
 *   watch.c, kfunc.c      processes under watch, and the probes that report them;
 *                         watch_state.c judges, watch_process.c looks, watch_deadline.c
 *                         waits, watch_note.c tells the peers
 *   gate.c                what a service sends leaves only while its claim is held;
 *                         gate_hook.c looks at packets
 *   trace.h               trace points
 *   compat/               differences between kernels
 *
 * This file: loading, unloading, reboot.
 */
#include <linux/module.h>
#include <linux/reboot.h>

#include "cluster.h"
#include "engine.h"
#include "fence.h"
#include "gate.h"
#include "kfunc.h"
#include "netlink.h"
#include "watch.h"

/*
 * Process context, late in an orderly reboot. Clusters that hold nothing say
 * goodbye; where claims are held their services may still be running, so
 * there the leases run out.
 */
static int reboot_begins(struct notifier_block *nb, unsigned long action, void *data)
{
	vigil_cluster_leave_all();
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = reboot_begins,
	.priority = INT_MAX,	/* before the network goes */
};

static int __init vigil_init(void)
{
	int err = vigil_engine_init();

	if (err)
		return err;
	vigil_watch_init();
	err = vigil_gate_register();
	if (err)
		goto engine;
	err = vigil_cluster_register();
	if (err)
		goto gate;
	err = register_reboot_notifier(&reboot_block);
	if (err)
		goto cluster;
	vigil_kfunc_register();
	err = vigil_netlink_register();
	if (err)
		goto reboot;
	return 0;

reboot:
	unregister_reboot_notifier(&reboot_block);
cluster:
	vigil_cluster_unregister();
gate:
	vigil_gate_unregister();
engine:
	vigil_engine_exit();
	return err;
}

/* Not reached while claims are wanted or held: each cluster then pins the module. */
static void __exit vigil_exit(void)
{
	vigil_netlink_unregister();
	unregister_reboot_notifier(&reboot_block);
	vigil_cluster_unregister();
	vigil_gate_unregister();
	vigil_fence_exit();
	vigil_engine_exit();
	rcu_barrier();		/* clusters and peers on their way to be freed */
}

module_init(vigil_init);
module_exit(vigil_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Heartbeat, leases and fencing for clusters");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY("vigil");
