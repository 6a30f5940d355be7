// SPDX-License-Identifier: GPL-2.0
/* What is asked of a running cluster: claims, messages, notes, deaths. See engine.h. */
#include <linux/module.h>
#include <linux/string.h>

#include "compat/netlink.h"
#include "engine.h"

static int not_running(int err, struct netlink_ext_ack *extack)
{
	if (err == -ESHUTDOWN)
		NL_SET_ERR_MSG(extack, "the cluster is not running");
	return err;
}

static int take_name(struct vigil_event *ev, struct netlink_ext_ack *extack)
{
	size_t len = strlen(ev->name);

	if (!vigil_name_valid(ev->name, len)) {
		NL_SET_ERR_MSG(extack, "claim name: 1 to 63 printable characters, no space or '/'");
		return -EINVAL;
	}
	ev->name_len = len;
	return 0;
}

int vigil_engine_claim(struct vigil_cluster *c, const char *name, u16 rank,
		       struct netlink_ext_ack *extack)
{
	struct vigil_event ev = { .type = VIGIL_EV_CLAIM, .rank = rank, .name = name };
	int err = take_name(&ev, extack);

	if (err)
		return err;
	/* Being unloaded. From here on the claim pins the module: see pin_module(). */
	if (!try_module_get(THIS_MODULE))
		return not_running(-ESHUTDOWN, extack);
	err = vigil_engine_run(c, &ev);
	module_put(THIS_MODULE);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG_FMT(extack, "no room for another claim (%u at most)",
				   VIGIL_MAX_CLAIMS);
	return not_running(err, extack);
}

int vigil_engine_release(struct vigil_cluster *c, const char *name, u16 successor,
			 struct netlink_ext_ack *extack)
{
	struct vigil_event ev = { .type = VIGIL_EV_RELEASE, .node = successor, .name = name };
	int err = take_name(&ev, extack);

	if (err)
		return err;
	err = vigil_engine_run(c, &ev);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "this node has no such claim");
	else if (err == -EINVAL)
		NL_SET_ERR_MSG(extack, "the successor is no node of this cluster");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "the claim cannot be released in its present state");
	return not_running(err, extack);
}

static int send_one(struct vigil_cluster *c, u16 node, const void *data, size_t len)
{
	struct vigil_event ev = {
		.type = VIGIL_EV_MSG,
		.node = node,
		.packet = data,
		.len = len,
	};

	return vigil_engine_run(c, &ev);
}

/* One step per receiver. Those without a session are left out. */
static int send_everyone(struct vigil_cluster *c, const void *data, size_t len)
{
	int result = -ENOTCONN;
	u16 id = 0;
	int err;

	while ((id = vigil_status_next_node(c, id))) {
		if (id == c->cfg.self)
			continue;
		err = send_one(c, id, data, len);
		if (!err)
			result = 0;
		else if (err != -ENOTCONN && err != -ENOENT)
			return err;
	}
	return result;
}

int vigil_engine_msg(struct vigil_cluster *c, u16 node, const void *data, size_t len,
		     struct netlink_ext_ack *extack)
{
	int err;

	if (!len || len > VIGIL_MSG_LEN) {
		NL_SET_ERR_MSG_FMT(extack, "a message has 1 to %u bytes", VIGIL_MSG_LEN);
		return -EMSGSIZE;
	}
	if (node == c->cfg.self) {
		NL_SET_ERR_MSG(extack, "a node does not send messages to itself");
		return -EINVAL;
	}
	err = node ? send_one(c, node, data, len) : send_everyone(c, data, len);
	if (err == -ENOTCONN && node)
		NL_SET_ERR_MSG(extack, "no session with that node");
	else if (err == -ENOTCONN)
		NL_SET_ERR_MSG(extack, "no session with any node");
	else if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "no such node");
	return not_running(err, extack);
}

int vigil_engine_note(struct vigil_cluster *c, const void *data, size_t len)
{
	struct vigil_event ev = {
		.type = VIGIL_EV_NOTE,
		.packet = data,
		.len = len,
	};

	if (!len || len > VIGIL_NOTE_LEN)
		return -EMSGSIZE;
	return vigil_engine_run(c, &ev);
}

int vigil_engine_confirm(struct vigil_cluster *c, u16 node, u64 incarnation,
			 struct netlink_ext_ack *extack)
{
	struct vigil_event ev = {
		.type = VIGIL_EV_CONFIRM,
		.node = node,
		.incarnation = incarnation,
	};
	int err = vigil_engine_run(c, &ev);

	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "no node of that id in this cluster");
	else if (err == -EINVAL && node == c->cfg.self)
		NL_SET_ERR_MSG(extack, "this node is not dead");
	else if (err == -EINVAL)
		NL_SET_ERR_MSG(extack, "no incarnation is 0");
	else if (err == -ESTALE)
		NL_SET_ERR_MSG(extack, "the node is not known here by that incarnation");
	return not_running(err, extack);
}

int vigil_engine_poison(struct vigil_cluster *c, u16 node, struct netlink_ext_ack *extack)
{
	struct vigil_event ev = { .type = VIGIL_EV_POISON, .node = node };
	int err = vigil_engine_run(c, &ev);

	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "no node of that id in this cluster");
	else if (err == -EINVAL)
		NL_SET_ERR_MSG(extack, "a node does not poison itself");
	else if (err == -ENOTCONN)
		NL_SET_ERR_MSG(extack, "no session with that node");
	return not_running(err, extack);
}
