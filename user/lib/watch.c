// SPDX-License-Identifier: GPL-2.0
/* Requests about watches. */

#include "watch.h"

#include <netlink/errno.h>
#include <errno.h>
#include <string.h>

#include <linux/vigil.h>

#include "request.h"

static __u64 number(const struct nlattr *attr)
{
	return vnl_number_or(attr, 0);
}

static void text(char *out, const struct nlattr *attr, size_t room)
{
	if (attr)
		nla_strlcpy(out, attr, room);
	else
		out[0] = '\0';
}

static int put_process(struct nl_msg *msg, const struct vnl_watch_config *config)
{
	if (config->pidfd >= 0) {
		NLA_PUT_U32(msg, VIGIL_A_WATCH_PIDFD, (__u32)config->pidfd);
		return 0;
	}
	NLA_PUT_U32(msg, VIGIL_A_WATCH_PID, config->pid);
	NLA_PUT_U64(msg, VIGIL_A_WATCH_START, config->start);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

static int put_config(struct nl_msg *msg, const char *cluster,
		      const struct vnl_watch_config *config)
{
	NLA_PUT_STRING(msg, VIGIL_A_WATCH_CLUSTER, cluster);
	NLA_PUT_STRING(msg, VIGIL_A_WATCH_NAME, config->name);
	NLA_PUT_U32(msg, VIGIL_A_WATCH_KIND, config->kind);
	if (config->cgroup)
		NLA_PUT_U64(msg, VIGIL_A_WATCH_CGROUP, config->cgroup);
	if (config->progress)
		NLA_PUT_U32(msg, VIGIL_A_WATCH_PROGRESS, config->progress);
	if (config->blocked)
		NLA_PUT_U32(msg, VIGIL_A_WATCH_BLOCKED, config->blocked);
	if (config->hang)
		NLA_PUT_U32(msg, VIGIL_A_WATCH_HANG, config->hang);
	return put_process(msg, config);
nla_put_failure:
	return -NLE_NOMEM;
}

static int read_id(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_WATCH_MAX + 1];
	__u64 *id = out;

	if (nla_parse(tb, VIGIL_A_WATCH_MAX, attrs, len, NULL))
		return -EBADMSG;
	*id = number(tb[VIGIL_A_WATCH_ID]);
	return 0;
}

int vnl_watch_add(struct vnl_client *client, const char *cluster,
		  const struct vnl_watch_config *config, __u64 *id)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_WATCH_ADD, 0);
	int rc = msg ? put_config(msg, cluster, config) : 0;
	__u64 unused;

	return vnl_transact(client, msg, rc, read_id, id ? id : &unused);
}

/* A request that names a watch of a cluster, and nothing else. */
static struct nl_msg *named(struct vnl_client *client, __u8 cmd, const char *cluster,
			    const char *name, int *rc)
{
	struct nl_msg *msg = vnl_request(&client->socket, cmd, 0);

	*rc = 0;
	if (msg)
		*rc = nla_put_string(msg, VIGIL_A_WATCH_CLUSTER, cluster);
	if (msg && !*rc)
		*rc = nla_put_string(msg, VIGIL_A_WATCH_NAME, name);
	return msg;
}

int vnl_watch_del(struct vnl_client *client, const char *cluster, const char *name)
{
	int rc;
	struct nl_msg *msg = named(client, VIGIL_CMD_WATCH_DEL, cluster, name, &rc);

	return vnl_transact(client, msg, rc, NULL, NULL);
}

static int read_watch(struct nlattr *attrs, int len, void *out)
{
	struct nlattr *tb[VIGIL_A_WATCH_MAX + 1];
	struct vnl_watch *w = out;

	if (nla_parse(tb, VIGIL_A_WATCH_MAX, attrs, len, NULL))
		return -EBADMSG;
	memset(w, 0, sizeof(*w));
	text(w->name, tb[VIGIL_A_WATCH_NAME], sizeof(w->name));
	w->id = number(tb[VIGIL_A_WATCH_ID]);
	w->kind = (__u32)number(tb[VIGIL_A_WATCH_KIND]);
	w->pid = (__u32)number(tb[VIGIL_A_WATCH_PID]);
	w->start = number(tb[VIGIL_A_WATCH_START]);
	w->cgroup = number(tb[VIGIL_A_WATCH_CGROUP]);
	w->progress = (__u32)number(tb[VIGIL_A_WATCH_PROGRESS]);
	w->blocked = (__u32)number(tb[VIGIL_A_WATCH_BLOCKED]);
	w->hang = (__u32)number(tb[VIGIL_A_WATCH_HANG]);
	w->state = (__u32)number(tb[VIGIL_A_WATCH_STATE]);
	w->why.cause = (__u32)number(tb[VIGIL_A_WATCH_CAUSE]);
	w->why.code = (__s32)number(tb[VIGIL_A_WATCH_CODE]);
	w->why.by_pid = (__u32)number(tb[VIGIL_A_WATCH_BY_PID]);
	text(w->why.by_comm, tb[VIGIL_A_WATCH_BY_COMM], sizeof(w->why.by_comm));
	w->why.age = number(tb[VIGIL_A_WATCH_STATE_AGE]);
	w->tid = (__u32)number(tb[VIGIL_A_WATCH_TID]);
	w->age = number(tb[VIGIL_A_WATCH_AGE]);
	w->progress_age = vnl_number_or(tb[VIGIL_A_WATCH_PROGRESS_AGE], VNL_WATCH_NEVER);
	w->deaths = (__u32)number(tb[VIGIL_A_WATCH_DEATHS]);
	w->died = tb[VIGIL_A_WATCH_LAST_CAUSE];
	w->last.cause = (__u32)number(tb[VIGIL_A_WATCH_LAST_CAUSE]);
	w->last.code = (__s32)number(tb[VIGIL_A_WATCH_LAST_CODE]);
	w->last.by_pid = (__u32)number(tb[VIGIL_A_WATCH_LAST_BY_PID]);
	text(w->last.by_comm, tb[VIGIL_A_WATCH_LAST_BY_COMM], sizeof(w->last.by_comm));
	w->last.age = number(tb[VIGIL_A_WATCH_LAST_AGE]);
	return 0;
}

int vnl_watch_get(struct vnl_client *client, const char *cluster, const char *name,
		  struct vnl_watch *out)
{
	int rc;
	struct nl_msg *msg = named(client, VIGIL_CMD_WATCH_GET, cluster, name, &rc);

	return vnl_transact(client, msg, rc, read_watch, out);
}

int vnl_watch_list(struct vnl_client *client, const char *cluster, struct vnl_watch **out)
{
	struct vnl_list list = { .size = sizeof(**out), .read = read_watch };
	int n = vnl_dump(client, VIGIL_CMD_WATCH_GET, VIGIL_A_WATCH_CLUSTER, cluster, &list);

	*out = n < 0 ? NULL : (struct vnl_watch *)list.items;
	return n;
}

static int put_report(struct nl_msg *msg, const char *cluster, const char *name,
		      const struct vigil_watch_report *r)
{
	char comm[VIGIL_COMM_LEN + 1];

	memcpy(comm, r->by_comm, sizeof(comm));
	comm[VIGIL_COMM_LEN] = '\0';
	NLA_PUT_STRING(msg, VIGIL_A_WATCH_CLUSTER, cluster);
	if (name)
		NLA_PUT_STRING(msg, VIGIL_A_WATCH_NAME, name);
	else
		NLA_PUT_U64(msg, VIGIL_A_WATCH_ID, r->watch);
	NLA_PUT_U32(msg, VIGIL_A_WATCH_STATE, r->state);
	NLA_PUT_U32(msg, VIGIL_A_WATCH_CAUSE, r->cause);
	NLA_PUT_S32(msg, VIGIL_A_WATCH_CODE, r->code);
	NLA_PUT_U32(msg, VIGIL_A_WATCH_BY_PID, r->by_pid);
	NLA_PUT_U32(msg, VIGIL_A_WATCH_TID, r->tid);
	if (comm[0])
		NLA_PUT_STRING(msg, VIGIL_A_WATCH_BY_COMM, comm);
	if (r->time)
		NLA_PUT_U64(msg, VIGIL_A_WATCH_TIME, r->time);
	return 0;
nla_put_failure:
	return -NLE_NOMEM;
}

int vnl_watch_report(struct vnl_client *client, const char *cluster, const char *name,
		     const struct vigil_watch_report *r)
{
	struct nl_msg *msg = vnl_request(&client->socket, VIGIL_CMD_WATCH_REPORT, 0);
	int rc = msg ? put_report(msg, cluster, name, r) : 0;

	return vnl_transact(client, msg, rc, NULL, NULL);
}
