// SPDX-License-Identifier: GPL-2.0
/* Gates of claims, and the interfaces they are at. See gate.h. */
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/netlink.h"
#include "gate.h"

static unsigned int gates_id;

struct vigil_gates *vigil_gates_of(const struct net *net)
{
	return net_generic(net, gates_id);
}

static u32 hash(const struct vigil_gate_key *key)
{
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), 0) % VIGIL_GATE_HASH;
}

static struct vigil_gate_entry *find_entry(const struct vigil_gates *gates,
					   const struct vigil_gate_key *key)
{
	struct vigil_gate_entry *e;

	hlist_for_each_entry_rcu(e, &gates->table[hash(key)], node, lockdep_rtnl_is_held())
		if (!memcmp(&e->key, key, sizeof(*key)))
			return e;
	return NULL;
}

struct vigil_gate *vigil_gate_find(const struct vigil_gates *gates,
				   const struct vigil_gate_key *key)
{
	const struct vigil_gate_entry *e = find_entry(gates, key);

	return e ? e->gate : NULL;
}

static struct vigil_gate *gate_of(const struct vigil_cluster *c, const char *claim)
{
	struct vigil_gate *gate;

	list_for_each_entry(gate, &c->gates, list)
		if (!strcmp(gate->claim, claim))
			return gate;
	return NULL;
}

/* Under the cluster's lock. */
static void publish(const struct vigil_cluster *c, struct vigil_gate *gate)
{
	struct vigil_claim_info info;
	u64 until = 0;

	if (c->core && c->state == VIGIL_CLUSTER_STATE_RUNNING &&
	    !vigil_core_claim_find(c->core, gate->claim, strlen(gate->claim), &info) &&
	    info.state == VIGIL_CLAIM_HELD)
		until = info.hold_until;
	atomic64_set(&gate->until, until);
}

void vigil_gate_publish(struct vigil_cluster *c)
{
	struct vigil_gate *gate;

	list_for_each_entry(gate, &c->gates, list)
		publish(c, gate);
}

/* RTNL. An interface that does not exist is looked at as soon as it does. */
static struct vigil_gate_port *get_port(struct net *net, const char *name,
					struct netlink_ext_ack *extack)
{
	struct vigil_gates *gates = vigil_gates_of(net);
	struct vigil_gate_port *port;
	struct net_device *dev;
	int err = 0;

	list_for_each_entry(port, &gates->ports, list) {
		if (!strcmp(port->name, name)) {
			port->users++;
			return port;
		}
	}
	if (!IS_ENABLED(CONFIG_NETFILTER_EGRESS)) {
		NL_SET_ERR_MSG(extack, "this kernel has no hook for frames that leave an interface");
		return ERR_PTR(-EOPNOTSUPP);
	}
	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return ERR_PTR(-ENOMEM);
	strscpy(port->name, name, sizeof(port->name));
	port->users = 1;
	dev = __dev_get_by_name(net, name);
	if (dev)
		err = vigil_gate_hook_port(net, port, dev);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack, "frames of the interface %s cannot be looked at", name);
		kfree(port);
		return ERR_PTR(err);
	}
	list_add_tail(&port->list, &gates->ports);
	return port;
}

/* RTNL. */
static void put_port(struct net *net, struct vigil_gate_port *port)
{
	if (--port->users)
		return;
	vigil_gate_unhook_port(net, port);
	list_del(&port->list);
	kfree(port);
}

static void put_ports(struct net *net, struct vigil_gate *gate)
{
	while (gate->n_ports)
		put_port(net, gate->ports[--gate->n_ports]);
}

static int get_ports(struct net *net, struct vigil_gate *gate,
		     const struct vigil_gate_config *config, struct netlink_ext_ack *extack)
{
	struct vigil_gate_port *port;
	u8 i;

	for (i = 0; i < config->n_interfaces; i++) {
		port = get_port(net, config->interfaces[i], extack);
		if (IS_ERR(port)) {
			put_ports(net, gate);
			return PTR_ERR(port);
		}
		gate->ports[gate->n_ports++] = port;
	}
	return 0;
}

static void add_entry(struct vigil_gate *gate, const struct vigil_gate_key *key)
{
	struct vigil_gate_entry *e = &gate->entries[gate->n_entries++];

	e->key = *key;
	e->gate = gate;
}

/* RTNL. Is something of @gate watched by another one than @old? */
static int check_entries(const struct vigil_gates *gates, const struct vigil_gate *gate,
			 const struct vigil_gate *old, struct netlink_ext_ack *extack)
{
	const struct vigil_gate_entry *e;
	u8 i;

	for (i = 0; i < gate->n_entries; i++) {
		e = find_entry(gates, &gate->entries[i].key);
		if (!e || e->gate == old)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "the %s belongs to the gate of claim %s already",
				   e->key.kind == VIGIL_GATE_CGROUP ? "control group" : "address",
				   e->gate->claim);
		return -EEXIST;
	}
	return 0;
}

static struct vigil_gate *make(const struct vigil_cluster *c,
			       const struct vigil_gate_config *config)
{
	struct vigil_gate *gate = kzalloc(sizeof(*gate), GFP_KERNEL_ACCOUNT);
	struct vigil_gate_key key = { .kind = VIGIL_GATE_CGROUP };
	u8 i;

	if (!gate)
		return NULL;
	gate->cluster = c;
	strscpy(gate->claim, config->claim, sizeof(gate->claim));
	gate->cgroup = config->cgroup;
	key.cgroup = config->cgroup;
	if (config->cgroup)
		add_entry(gate, &key);
	for (i = 0; i < config->n_addresses; i++)
		add_entry(gate, &config->addresses[i]);
	return gate;
}

/* RTNL. Packets find it from here on. */
static void put_in(struct vigil_cluster *c, struct vigil_gates *gates, struct vigil_gate *gate)
{
	u8 i;

	spin_lock_bh(&c->lock);
	publish(c, gate);
	list_add_tail(&gate->list, &c->gates);
	spin_unlock_bh(&c->lock);
	for (i = 0; i < gate->n_entries; i++) {
		struct vigil_gate_entry *e = &gate->entries[i];

		hlist_add_head_rcu(&e->node, &gates->table[hash(&e->key)]);
	}
	gates->n_entries += gate->n_entries;
	WRITE_ONCE(gates->n_cgroups, gates->n_cgroups + !!gate->cgroup);
	__module_get(THIS_MODULE);	/* the request that we serve has one too */
}

/* RTNL. */
static void take_out(struct vigil_cluster *c, struct vigil_gates *gates, struct vigil_gate *gate)
{
	u8 i;

	for (i = 0; i < gate->n_entries; i++)
		hlist_del_rcu(&gate->entries[i].node);
	gates->n_entries -= gate->n_entries;
	WRITE_ONCE(gates->n_cgroups, gates->n_cgroups - !!gate->cgroup);
	spin_lock_bh(&c->lock);
	list_del(&gate->list);
	spin_unlock_bh(&c->lock);
	put_ports(c->net, gate);
	if (!gates->n_entries)
		vigil_gate_unhook(c->net);
	kfree_rcu(gate, rcu);
	module_put(THIS_MODULE);
}

/* RTNL. The new one is in before the old one is out: no packet slips through between. */
static int replace(struct vigil_cluster *c, struct vigil_gate *gate,
		   const struct vigil_gate_config *config, struct netlink_ext_ack *extack)
{
	struct vigil_gates *gates = vigil_gates_of(c->net);
	struct vigil_gate *old;
	int err;

	if (c->gates_closed) {
		NL_SET_ERR_MSG(extack, "the cluster is going");
		return -ENOENT;
	}
	old = gate_of(c, gate->claim);
	err = check_entries(gates, gate, old, extack) ?: get_ports(c->net, gate, config, extack);
	if (err)
		return err;
	if (!gates->n_entries)
		err = vigil_gate_hook(c->net);
	if (err) {
		put_ports(c->net, gate);
		return err;
	}
	if (old)
		atomic64_set(&gate->dropped, atomic64_read(&old->dropped));
	put_in(c, gates, gate);
	if (old)
		take_out(c, gates, old);
	return 0;
}

int vigil_gate_set(struct vigil_cluster *c, const struct vigil_gate_config *config,
		   struct netlink_ext_ack *extack)
{
	struct vigil_gate *gate = make(c, config);
	int err;

	if (!gate)
		return -ENOMEM;
	rtnl_lock();
	err = replace(c, gate, config, extack);
	rtnl_unlock();
	if (err)
		kfree(gate);
	return err;
}

/* Under the cluster's lock. */
static bool may_run(const struct vigil_cluster *c, const char *claim)
{
	struct vigil_claim_info info;

	return c->core && c->state == VIGIL_CLUSTER_STATE_RUNNING &&
	       !vigil_core_claim_find(c->core, claim, strlen(claim), &info) &&
	       (info.state == VIGIL_CLAIM_HELD || info.state == VIGIL_CLAIM_LOST);
}

int vigil_gate_del(struct vigil_cluster *c, const char *claim, struct netlink_ext_ack *extack)
{
	struct vigil_gate *gate;
	bool busy;
	int err = 0;

	rtnl_lock();
	gate = gate_of(c, claim);
	spin_lock_bh(&c->lock);
	busy = gate && may_run(c, claim);
	spin_unlock_bh(&c->lock);
	if (!gate) {
		NL_SET_ERR_MSG(extack, "that claim has no gate");
		err = -ENOENT;
	} else if (busy) {
		NL_SET_ERR_MSG(extack, "the claim may be running here: release it first");
		err = -EBUSY;
	} else {
		take_out(c, vigil_gates_of(c->net), gate);
	}
	rtnl_unlock();
	return err;
}

/* RTNL. */
static void describe(const struct vigil_gate *gate, struct vigil_gate_status *st)
{
	struct vigil_gate_config *config = &st->config;
	u64 until = atomic64_read(&gate->until);
	u64 now = ktime_get_boottime_ns();
	u8 i;

	memset(st, 0, sizeof(*st));
	strscpy(config->claim, gate->claim, sizeof(config->claim));
	config->cgroup = gate->cgroup;
	for (i = !!gate->cgroup; i < gate->n_entries; i++)
		config->addresses[config->n_addresses++] = gate->entries[i].key;
	for (i = 0; i < gate->n_ports; i++)
		strscpy(config->interfaces[config->n_interfaces++], gate->ports[i]->name, IFNAMSIZ);
	st->left = until == VIGIL_NEVER ? until : until > now ? until - now : 0;
	st->dropped = atomic64_read(&gate->dropped);
}

bool vigil_gate_status(struct vigil_cluster *c, const char *claim, struct vigil_gate_status *st)
{
	const struct vigil_gate *gate;

	rtnl_lock();
	gate = gate_of(c, claim);
	if (gate)
		describe(gate, st);
	rtnl_unlock();
	return gate;
}

bool vigil_gate_status_nth(struct vigil_cluster *c, unsigned int n, struct vigil_gate_status *st)
{
	const struct vigil_gate *gate;
	bool found = false;

	rtnl_lock();
	list_for_each_entry(gate, &c->gates, list) {
		if (n--)
			continue;
		describe(gate, st);
		found = true;
		break;
	}
	rtnl_unlock();
	return found;
}

void vigil_gate_close(struct vigil_cluster *c)
{
	struct vigil_gate *gate, *next;

	rtnl_lock();
	c->gates_closed = true;
	list_for_each_entry_safe(gate, next, &c->gates, list)
		take_out(c, vigil_gates_of(c->net), gate);
	rtnl_unlock();
}

/* RTNL. Interfaces that are named by gates come, go and change their names. */
static int interface_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct net *net = dev_net(dev);
	struct vigil_gate_port *port;

	if (event != NETDEV_REGISTER && event != NETDEV_UNREGISTER && event != NETDEV_CHANGENAME)
		return NOTIFY_DONE;
	list_for_each_entry(port, &vigil_gates_of(net)->ports, list) {
		bool named = !strcmp(port->name, dev->name);

		if (port->hooked && port->ops.dev == dev &&
		    (event == NETDEV_UNREGISTER || !named))
			vigil_gate_unhook_port(net, port);
		if (!port->hooked && named && event != NETDEV_UNREGISTER &&
		    vigil_gate_hook_port(net, port, dev))
			netdev_err(dev, "vigil: its frames cannot be looked at\n");
	}
	return NOTIFY_DONE;
}

static struct notifier_block interfaces = { .notifier_call = interface_changed };

static int __net_init net_begins(struct net *net)
{
	INIT_LIST_HEAD(&vigil_gates_of(net)->ports);
	return 0;
}

/* Clusters, and with them their gates, have gone before. */
static struct pernet_operations net_ops = {
	.init = net_begins,
	.id = &gates_id,
	.size = sizeof(struct vigil_gates),
};

int vigil_gate_register(void)
{
	int err = register_pernet_subsys(&net_ops);

	if (err)
		return err;
	err = register_netdevice_notifier(&interfaces);
	if (err)
		unregister_pernet_subsys(&net_ops);
	return err;
}

void vigil_gate_unregister(void)
{
	unregister_netdevice_notifier(&interfaces);
	unregister_pernet_subsys(&net_ops);
}
