// SPDX-License-Identifier: GPL-2.0
/* Netlink operations on watches. */

#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/time64.h>
#include <linux/time_namespace.h>
#include <net/sock.h>

#include <linux/vigil.h>

#include "compat/genetlink.h"
#include "compat/netlink.h"
#include "compat/pidfd.h"
#include "netlink.h"
#include "watch_deadline.h"
#include "watch_process.h"

#define TICKS_PER_SECOND	100	/* of the times in /proc/PID/stat: USER_HZ */

static struct vigil_cluster *find(struct genl_info *info)
{
	return vigil_nl_find(genl_info_net(info), info->attrs[VIGIL_A_WATCH_CLUSTER],
			     VIGIL_A_WATCH_CLUSTER, info->extack);
}

static u32 number_or_0(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* When a process started, as who asks sees it in /proc/PID/stat. */
static u64 start_ticks(const struct task_struct *task)
{
	return div_u64(timens_add_boottime_ns(task->start_boottime),
		       NSEC_PER_SEC / TICKS_PER_SECOND);
}

/* Under RCU. Is @pid a process that can be watched? */
static int check_process(struct genl_info *info, struct pid *pid)
{
	const struct nlattr *start = info->attrs[VIGIL_A_WATCH_START];
	const struct task_struct *leader = pid_task(pid, PIDTYPE_TGID);
	struct vigil_watch_report end = {};

	if (!leader && pid_task(pid, PIDTYPE_PID)) {
		NL_SET_ERR_MSG(info->extack, "that is a thread, not a process");
		return -EINVAL;
	}
	if (!leader) {
		NL_SET_ERR_MSG(info->extack, "no such process");
		return -ESRCH;
	}
	if (start && nla_get_u64(start) != start_ticks(leader)) {
		NL_SET_ERR_MSG_ATTR(info->extack, start,
				    "another process has that number: it started at another time");
		return -ESRCH;
	}
	if (leader->flags & PF_KTHREAD) {
		NL_SET_ERR_MSG(info->extack, "kernel threads cannot be watched");
		return -EINVAL;
	}
	if (vigil_process_ended(pid, &end)) {
		NL_SET_ERR_MSG(info->extack, "the process has ended");
		return -ESRCH;
	}
	return 0;
}

/* Counted, or ERR_PTR. The sender is who runs: its files, its numbers. */
static struct pid *get_pid_by_fd(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[VIGIL_A_WATCH_PIDFD];
	struct file *file = fget(nla_get_u32(attr));
	struct pid *pid = NULL;

	if (file) {
		pid = get_pid(vigil_pidfd_pid(file));
		fput(file);
	}
	if (pid)
		return pid;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "that file descriptor is no pidfd");
	return ERR_PTR(-EBADF);
}

static struct pid *get_pid_by_number(struct genl_info *info)
{
	struct pid *pid = find_get_pid(nla_get_u32(info->attrs[VIGIL_A_WATCH_PID]));

	if (pid)
		return pid;
	NL_SET_ERR_MSG(info->extack, "no such process");
	return ERR_PTR(-ESRCH);
}

static struct pid *get_process(struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct pid *pid;
	int rc;

	if (!attrs[VIGIL_A_WATCH_PID] == !attrs[VIGIL_A_WATCH_PIDFD]) {
		NL_SET_ERR_MSG(info->extack, "a process is named either by pid or by pidfd");
		return ERR_PTR(-EINVAL);
	}
	if (!attrs[VIGIL_A_WATCH_PID] != !attrs[VIGIL_A_WATCH_START]) {
		NL_SET_ERR_MSG(info->extack, "pid and start, when the process started, go together");
		return ERR_PTR(-EINVAL);
	}
	pid = attrs[VIGIL_A_WATCH_PID] ? get_pid_by_number(info) : get_pid_by_fd(info);
	if (IS_ERR(pid))
		return pid;
	rcu_read_lock();
	rc = check_process(info, pid);
	rcu_read_unlock();
	if (!rc)
		return pid;
	put_pid(pid);
	return ERR_PTR(rc);
}

static int parse_deadline(struct genl_info *info, int type, u32 *ms)
{
	*ms = number_or_0(info->attrs[type]);
	if (!*ms || (*ms >= VIGIL_DEADLINE_MIN && *ms <= VIGIL_DEADLINE_MAX))
		return 0;
	NL_SET_BAD_ATTR(info->extack, info->attrs[type]);
	NL_SET_ERR_MSG_FMT(info->extack, "a deadline has %u to %u ms", VIGIL_DEADLINE_MIN,
			   VIGIL_DEADLINE_MAX);
	return -ERANGE;
}

static int parse_config(struct genl_info *info, struct vigil_watch_config *cfg)
{
	struct nlattr **attrs = info->attrs;
	int rc = vigil_nl_require(info, VIGIL_A_WATCH_NAME, "the name of the watch");

	if (rc)
		return rc;
	nla_strscpy(cfg->name, attrs[VIGIL_A_WATCH_NAME], sizeof(cfg->name));
	cfg->kind = number_or_0(attrs[VIGIL_A_WATCH_KIND]);
	if (attrs[VIGIL_A_WATCH_CGROUP])
		cfg->cgroup = nla_get_u64(attrs[VIGIL_A_WATCH_CGROUP]);
	if (attrs[VIGIL_A_WATCH_HANG] && cfg->kind != VIGIL_WATCH_KIND_VM) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[VIGIL_A_WATCH_HANG],
				    "only a vm has a time without a sign of life");
		return -EINVAL;
	}
	return parse_deadline(info, VIGIL_A_WATCH_PROGRESS, &cfg->progress) ?:
	       parse_deadline(info, VIGIL_A_WATCH_BLOCKED, &cfg->blocked) ?:
	       parse_deadline(info, VIGIL_A_WATCH_HANG, &cfg->hang);
}

/* What the answer to an addition is made from. */
struct added {
	const char *cluster;
	const char *name;
	u64 id;
	u32 pid;
};

static int fill_added(struct sk_buff *skb, const void *what)
{
	const struct added *a = what;

	return nla_put_string(skb, VIGIL_A_WATCH_CLUSTER, a->cluster) ?:
	       nla_put_string(skb, VIGIL_A_WATCH_NAME, a->name) ?:
	       nla_put_u64_64bit(skb, VIGIL_A_WATCH_ID, a->id, VIGIL_A_WATCH_PAD) ?:
	       nla_put_u32(skb, VIGIL_A_WATCH_PID, a->pid);
}

static int add(struct vigil_cluster *c, const struct vigil_watch_config *cfg,
	       struct genl_info *info)
{
	struct added a = { .cluster = c->cfg.name, .name = cfg->name };
	struct pid *pid = get_process(info);
	int rc;

	if (IS_ERR(pid))
		return PTR_ERR(pid);
	a.pid = pid_vnr(pid);
	rc = vigil_watch_add(c, cfg, pid, &a.id, info->extack);
	put_pid(pid);
	if (rc)
		return rc;
	vigil_nl_changed();
	return vigil_nl_reply(info, fill_added, &a);
}

int vigil_nl_watch_add(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_watch_config cfg = {};
	struct vigil_cluster *c;
	int rc = parse_config(info, &cfg);

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = add(c, &cfg, info);
	vigil_cluster_put(c);
	return rc;
}

int vigil_nl_watch_del(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	int rc = vigil_nl_require(info, VIGIL_A_WATCH_NAME, "the name of the watch");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rc = vigil_watch_del(c, nla_data(info->attrs[VIGIL_A_WATCH_NAME]), info->extack);
	vigil_cluster_put(c);
	if (!rc)
		vigil_nl_changed();
	return rc;
}

/* What one answer about a watch is made from. */
struct watch_facts {
	const char *cluster;
	u64 id;
	struct vigil_watch_config cfg;
	u32 pid;
	u64 start;		/* 0: the process is gone */
	u64 added;
	struct vigil_watch_report now;
	struct vigil_watch_report last;
	u32 deaths;
	u64 progress_age;
	u64 boottime;		/* of this answer */
};

/* Under RCU. */
static void take(struct vigil_watch *w, struct watch_facts *f)
{
	struct vigil_watches *ws = &w->c->watches;
	const struct task_struct *leader;
	u64 progressed;

	vigil_watch_look(w);
	leader = pid_task(w->pid, PIDTYPE_TGID);
	f->cluster = w->c->cfg.name;
	f->id = w->id;
	f->cfg = w->cfg;
	f->pid = pid_vnr(w->pid);
	f->start = leader ? start_ticks(leader) : 0;
	f->added = w->added;
	f->last = w->last;
	raw_spin_lock_irq(&ws->lock);
	f->now = w->facts;
	f->deaths = w->deaths;
	progressed = w->progressed;
	raw_spin_unlock_irq(&ws->lock);
	f->progress_age = vigil_nl_left(ktime_get_ns(), progressed);
	f->boottime = ktime_get_boottime_ns();
}

static int put_config(struct sk_buff *skb, const struct vigil_watch_config *cfg)
{
	if (nla_put_u32(skb, VIGIL_A_WATCH_KIND, cfg->kind) ||
	    (cfg->cgroup && nla_put_u64_64bit(skb, VIGIL_A_WATCH_CGROUP, cfg->cgroup,
					      VIGIL_A_WATCH_PAD)) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_PROGRESS, cfg->progress) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_BLOCKED, cfg->blocked) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_HANG, cfg->hang))
		return -EMSGSIZE;
	return 0;
}

static int put_state(struct sk_buff *skb, const struct watch_facts *f)
{
	const struct vigil_watch_report *now = &f->now;

	if (nla_put_u32(skb, VIGIL_A_WATCH_STATE, now->state) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_CAUSE, now->cause) ||
	    nla_put_s32(skb, VIGIL_A_WATCH_CODE, now->code) ||
	    (now->by_pid && nla_put_u32(skb, VIGIL_A_WATCH_BY_PID, now->by_pid)) ||
	    (now->by_comm[0] && nla_put_string(skb, VIGIL_A_WATCH_BY_COMM, now->by_comm)) ||
	    (now->tid && nla_put_u32(skb, VIGIL_A_WATCH_TID, now->tid)) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_AGE, vigil_nl_left(f->boottime, f->added),
			      VIGIL_A_WATCH_PAD) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_STATE_AGE, vigil_nl_left(f->boottime, now->time),
			      VIGIL_A_WATCH_PAD) ||
	    (f->cfg.progress && nla_put_u64_64bit(skb, VIGIL_A_WATCH_PROGRESS_AGE,
						  f->progress_age, VIGIL_A_WATCH_PAD)))
		return -EMSGSIZE;
	return 0;
}

static int put_last(struct sk_buff *skb, const struct watch_facts *f)
{
	const struct vigil_watch_report *last = &f->last;

	if (last->state != VIGIL_WATCH_STATE_DEAD)
		return 0;
	if (nla_put_u32(skb, VIGIL_A_WATCH_LAST_CAUSE, last->cause) ||
	    nla_put_s32(skb, VIGIL_A_WATCH_LAST_CODE, last->code) ||
	    (last->by_pid && nla_put_u32(skb, VIGIL_A_WATCH_LAST_BY_PID, last->by_pid)) ||
	    (last->by_comm[0] &&
	     nla_put_string(skb, VIGIL_A_WATCH_LAST_BY_COMM, last->by_comm)) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_LAST_AGE, vigil_nl_left(f->boottime, last->time),
			      VIGIL_A_WATCH_PAD))
		return -EMSGSIZE;
	return 0;
}

static int fill_watch(struct sk_buff *skb, const void *what)
{
	const struct watch_facts *f = what;

	if (nla_put_string(skb, VIGIL_A_WATCH_CLUSTER, f->cluster) ||
	    nla_put_string(skb, VIGIL_A_WATCH_NAME, f->cfg.name) ||
	    nla_put_u64_64bit(skb, VIGIL_A_WATCH_ID, f->id, VIGIL_A_WATCH_PAD) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_PID, f->pid) ||
	    (f->start && nla_put_u64_64bit(skb, VIGIL_A_WATCH_START, f->start,
					   VIGIL_A_WATCH_PAD)) ||
	    nla_put_u32(skb, VIGIL_A_WATCH_DEATHS, f->deaths))
		return -EMSGSIZE;
	return put_config(skb, &f->cfg) ?: put_state(skb, f) ?: put_last(skb, f);
}

int vigil_nl_watch_get(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_cluster *c;
	struct watch_facts f;
	struct vigil_watch *w;
	int rc = vigil_nl_require(info, VIGIL_A_WATCH_NAME, "the name of the watch");

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rcu_read_lock();
	w = vigil_watch_find(c, nla_data(info->attrs[VIGIL_A_WATCH_NAME]));
	if (w)
		take(w, &f);
	rcu_read_unlock();
	if (w) {
		rc = vigil_nl_reply(info, fill_watch, &f);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[VIGIL_A_WATCH_NAME],
				    "no watch of that name");
		rc = -ENOENT;
	}
	vigil_cluster_put(c);
	return rc;
}

/* cb->ctx: number of the last watch done. */
int vigil_nl_watch_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vigil_cluster *c = vigil_nl_find(sock_net(skb->sk),
						vigil_dump_attrs(cb)[VIGIL_A_WATCH_CLUSTER],
						VIGIL_A_WATCH_CLUSTER, cb->extack);
	u64 *done = (u64 *)cb->ctx;
	struct watch_facts f;
	struct vigil_watch *w;

	if (IS_ERR(c))
		return PTR_ERR(c);
	vigil_nl_dump_begin(cb);
	rcu_read_lock();
	for (w = vigil_watch_next(c, *done); w; w = vigil_watch_after(c, w)) {
		take(w, &f);
		if (vigil_nl_put_dump(skb, cb, VIGIL_CMD_WATCH_GET, fill_watch, &f))
			break;
		*done = f.id;
	}
	rcu_read_unlock();
	vigil_cluster_put(c);
	return skb->len;
}

/* Under RCU: by number or by name, one of them; or ERR_PTR. */
static struct vigil_watch *find_reported(struct vigil_cluster *c, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[VIGIL_A_WATCH_NAME];
	const struct nlattr *id = info->attrs[VIGIL_A_WATCH_ID];
	struct vigil_watch *w;

	if (!name == !id) {
		NL_SET_ERR_MSG(info->extack, "a report is about a watch by name or by id");
		return ERR_PTR(-EINVAL);
	}
	w = name ? vigil_watch_find(c, nla_data(name)) : vigil_watch_find_id(nla_get_u64(id));
	if (w && w->c == c)
		return w;
	NL_SET_ERR_MSG_ATTR(info->extack, name ?: id, "no such watch in this cluster");
	return ERR_PTR(-ENOENT);
}

static int parse_report(struct genl_info *info, struct vigil_watch_report *r)
{
	struct nlattr **attrs = info->attrs;
	int rc = vigil_nl_require(info, VIGIL_A_WATCH_STATE, "the state that is reported");

	if (rc)
		return rc;
	r->state = nla_get_u32(attrs[VIGIL_A_WATCH_STATE]);
	r->cause = VIGIL_WATCH_CAUSE_REPORT;
	if (attrs[VIGIL_A_WATCH_CAUSE])
		r->cause = nla_get_u32(attrs[VIGIL_A_WATCH_CAUSE]);
	if (attrs[VIGIL_A_WATCH_CODE])
		r->code = nla_get_s32(attrs[VIGIL_A_WATCH_CODE]);
	r->by_pid = number_or_0(attrs[VIGIL_A_WATCH_BY_PID]);
	r->tid = number_or_0(attrs[VIGIL_A_WATCH_TID]);
	if (attrs[VIGIL_A_WATCH_BY_COMM])
		nla_strscpy(r->by_comm, attrs[VIGIL_A_WATCH_BY_COMM], sizeof(r->by_comm));
	if (!attrs[VIGIL_A_WATCH_TIME])
		return 0;
	r->time = nla_get_u64(attrs[VIGIL_A_WATCH_TIME]);
	if (r->time <= ktime_get_boottime_ns())
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attrs[VIGIL_A_WATCH_TIME], "that is in the future");
	return -EINVAL;
}

int vigil_nl_watch_report(struct sk_buff *skb, struct genl_info *info)
{
	struct vigil_watch_report r = {};
	struct vigil_cluster *c;
	struct vigil_watch *w;
	int rc = parse_report(info, &r);

	if (rc)
		return rc;
	c = find(info);
	if (IS_ERR(c))
		return PTR_ERR(c);
	rcu_read_lock();
	w = find_reported(c, info);
	rc = IS_ERR(w) ? PTR_ERR(w) : vigil_watch_tell(w, &r);
	rcu_read_unlock();
	vigil_cluster_put(c);
	return rc;
}
