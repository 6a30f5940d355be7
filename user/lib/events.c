// SPDX-License-Identifier: GPL-2.0
/* Events from the kernel. */

#include "events.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/vigil.h>

#include "request.h"

#define RECEIVE_ROOM	(1 << 20)	/* bytes: some thousand events */
#define ANSWER_MS	1000		/* the kernel answers at once: only a lost answer waits */

struct vnl_events {
	struct vnl_socket socket;
	vnl_event_fn fn;
	void *arg;
	const struct nlmsghdr *request;	/* waiting for its answer, or NULL */
	int result;			/* of @request; 1: not answered yet */
	bool lost;			/* events were lost since @request was sent */
};

static const char *text(const struct nlattr *attr)
{
	return attr && nla_len(attr) > 0 ? nla_get_string(attr) : "";
}

static __u16 number16(const struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(__u16) ? nla_get_u16(attr) : 0;
}

static __u32 number32(const struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(__u32) ? nla_get_u32(attr) : 0;
}

static __u64 number64(const struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(__u64) ? nla_get_u64(attr) : 0;
}

static int read_msg(struct vnl_event *e, struct nlattr *attrs, int len)
{
	struct nlattr *tb[VIGIL_A_MSG_MAX + 1];

	if (nla_parse(tb, VIGIL_A_MSG_MAX, attrs, len, NULL))
		return -EBADMSG;
	e->type = VNL_EVENT_MSG;
	e->cluster = text(tb[VIGIL_A_MSG_CLUSTER]);
	e->msg.node = number16(tb[VIGIL_A_MSG_NODE]);
	if (tb[VIGIL_A_MSG_DATA]) {
		e->msg.data = nla_data(tb[VIGIL_A_MSG_DATA]);
		e->msg.len = (size_t)nla_len(tb[VIGIL_A_MSG_DATA]);
	}
	return 0;
}

static int read_claim(struct vnl_event *e, struct nlattr *attrs, int len)
{
	struct nlattr *tb[VIGIL_A_CLAIM_EVENT_MAX + 1];

	if (nla_parse(tb, VIGIL_A_CLAIM_EVENT_MAX, attrs, len, NULL))
		return -EBADMSG;
	e->type = VNL_EVENT_CLAIM;
	e->cluster = text(tb[VIGIL_A_CLAIM_EVENT_CLUSTER]);
	e->time = number64(tb[VIGIL_A_CLAIM_EVENT_TIME]);
	e->claim.name = text(tb[VIGIL_A_CLAIM_EVENT_NAME]);
	e->claim.from = number32(tb[VIGIL_A_CLAIM_EVENT_FROM]);
	e->claim.to = number32(tb[VIGIL_A_CLAIM_EVENT_TO]);
	e->claim.k = number64(tb[VIGIL_A_CLAIM_EVENT_K]);
	return 0;
}

static int read_watch(struct vnl_event *e, struct nlattr *attrs, int len)
{
	struct nlattr *tb[VIGIL_A_WATCH_EVENT_MAX + 1];

	if (nla_parse(tb, VIGIL_A_WATCH_EVENT_MAX, attrs, len, NULL))
		return -EBADMSG;
	e->type = VNL_EVENT_WATCH;
	e->cluster = text(tb[VIGIL_A_WATCH_EVENT_CLUSTER]);
	e->time = number64(tb[VIGIL_A_WATCH_EVENT_TIME]);
	e->watch.node = number16(tb[VIGIL_A_WATCH_EVENT_NODE]);
	e->watch.node_name = text(tb[VIGIL_A_WATCH_EVENT_NODE_NAME]);
	e->watch.name = text(tb[VIGIL_A_WATCH_EVENT_NAME]);
	e->watch.id = number64(tb[VIGIL_A_WATCH_EVENT_ID]);
	e->watch.kind = number32(tb[VIGIL_A_WATCH_EVENT_KIND]);
	e->watch.pid = number32(tb[VIGIL_A_WATCH_EVENT_PID]);
	e->watch.from = number32(tb[VIGIL_A_WATCH_EVENT_FROM]);
	e->watch.to = number32(tb[VIGIL_A_WATCH_EVENT_TO]);
	e->watch.cause = number32(tb[VIGIL_A_WATCH_EVENT_CAUSE]);
	e->watch.code = (__s32)number32(tb[VIGIL_A_WATCH_EVENT_CODE]);
	e->watch.by_pid = number32(tb[VIGIL_A_WATCH_EVENT_BY_PID]);
	e->watch.by_comm = text(tb[VIGIL_A_WATCH_EVENT_BY_COMM]);
	e->watch.tid = number32(tb[VIGIL_A_WATCH_EVENT_TID]);
	return 0;
}

/* Events about nodes and fencing share one set of attributes. */
static int read_event(struct vnl_event *e, __u8 cmd, struct nlattr *attrs, int len)
{
	struct nlattr *tb[VIGIL_A_EVENT_MAX + 1];
	const char *name;
	__u16 node;

	if (nla_parse(tb, VIGIL_A_EVENT_MAX, attrs, len, NULL))
		return -EBADMSG;
	e->cluster = text(tb[VIGIL_A_EVENT_CLUSTER]);
	e->time = number64(tb[VIGIL_A_EVENT_TIME]);
	node = number16(tb[VIGIL_A_EVENT_NODE]);
	name = text(tb[VIGIL_A_EVENT_NAME]);
	switch (cmd) {
	case VIGIL_CMD_NODE_EVENT:
		e->type = VNL_EVENT_NODE;
		e->node.id = node;
		e->node.name = name;
		e->node.from = number32(tb[VIGIL_A_EVENT_FROM]);
		e->node.to = number32(tb[VIGIL_A_EVENT_TO]);
		return 0;
	case VIGIL_CMD_LEARNED_EVENT:
		e->type = VNL_EVENT_LEARNED;
		return 0;
	case VIGIL_CMD_REFUSED_EVENT:
		e->type = VNL_EVENT_REFUSED;
		e->refused.id = node;
		e->refused.name = name;
		e->refused.reason = number32(tb[VIGIL_A_EVENT_REFUSAL]);
		return 0;
	case VIGIL_CMD_DAEMON_EVENT:
		e->type = VNL_EVENT_DAEMON;
		e->daemon.id = node;
		e->daemon.name = name;
		e->daemon.alive = tb[VIGIL_A_EVENT_ALIVE];
		return 0;
	case VIGIL_CMD_FENCE_EVENT:
		e->type = VNL_EVENT_FENCE;
		e->fence.step = number32(tb[VIGIL_A_EVENT_STEP]);
		e->fence.action = number32(tb[VIGIL_A_EVENT_ACTION]);
		e->fence.late = number64(tb[VIGIL_A_EVENT_LATE]);
		return 0;
	default:	/* of a newer kernel */
		return -EOPNOTSUPP;
	}
}

/* Return: 1 if @h was an event and the callback has run. */
static int deliver(struct vnl_events *ev, const struct nlmsghdr *h)
{
	struct genlmsghdr *g = nlmsg_data(h);
	struct vnl_event e = { .cluster = "" };
	struct nlattr *attrs = genlmsg_attrdata(g, 0);
	int len = genlmsg_attrlen(g, 0), rc;

	if (g->cmd == VIGIL_CMD_MSG_EVENT)
		rc = read_msg(&e, attrs, len);
	else if (g->cmd == VIGIL_CMD_CLAIM_EVENT)
		rc = read_claim(&e, attrs, len);
	else if (g->cmd == VIGIL_CMD_WATCH_EVENT)
		rc = read_watch(&e, attrs, len);
	else
		rc = read_event(&e, g->cmd, attrs, len);
	if (rc)
		return 0;
	ev->fn(&e, ev->arg);
	return 1;
}

static int deliver_lost(struct vnl_events *ev)
{
	struct vnl_event e = { .type = VNL_EVENT_LOST, .cluster = "" };

	ev->fn(&e, ev->arg);
	return 1;
}

static int read_datagram(struct vnl_events *ev, int bytes)
{
	struct nlmsghdr *h = (struct nlmsghdr *)ev->socket.buffer;
	int n = 0;

	for (; nlmsg_ok(h, bytes); h = nlmsg_next(h, &bytes)) {
		if (h->nlmsg_type == NLMSG_ERROR) {
			if (ev->request && h->nlmsg_seq == ev->request->nlmsg_seq)
				ev->result = vnl_result(&ev->socket, h, ev->request);
		} else if (h->nlmsg_type == ev->socket.family &&
			   nlmsg_datalen(h) >= (int)GENL_HDRLEN) {
			n += deliver(ev, h);
		}
	}
	return n;
}

int vnl_events_dispatch(struct vnl_events *ev)
{
	bool lost = false;
	int n = 0, bytes;

	for (;;) {
		bytes = vnl_receive(&ev->socket, MSG_DONTWAIT);
		if (bytes == -EAGAIN)
			break;
		if (bytes == -ENOBUFS)
			lost = true;
		else if (bytes < 0)
			return bytes;
		else
			n += read_datagram(ev, bytes);
	}
	/* Last: what was still queued is older than what the kernel says when it is asked. */
	if (lost) {
		ev->lost = true;
		n += deliver_lost(ev);
	}
	return n;
}

static int join(struct vnl_socket *s, const char *group)
{
	int id = genl_ctrl_resolve_grp(s->nl, VIGIL_GENL_NAME, group);

	if (id < 0)
		return vnl_errno(id);
	if (setsockopt(nl_socket_get_fd(s->nl), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
		       &id, sizeof(id)))
		return -errno;
	return 0;
}

static int listen_to_all(struct vnl_socket *s)
{
	static const char *const groups[] = {
		VIGIL_MCGRP_MEMBERSHIP, VIGIL_MCGRP_CLAIMS, VIGIL_MCGRP_WATCHES,
	};
	int fd = nl_socket_get_fd(s->nl), room = RECEIVE_ROOM, rc;
	size_t i;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		rc = join(s, groups[i]);
		if (rc)
			return rc;
	}
	rc = nl_socket_set_nonblocking(s->nl);
	return vnl_errno(rc);
}

int vnl_events_open(struct vnl_events **out, vnl_event_fn fn, void *arg)
{
	struct vnl_events *ev = malloc(sizeof(*ev));
	int rc;

	*out = NULL;
	if (!ev)
		return -ENOMEM;
	ev->fn = fn;
	ev->arg = arg;
	ev->request = NULL;
	ev->lost = false;
	rc = vnl_socket_init(&ev->socket);
	if (rc) {
		free(ev);
		return rc;
	}
	rc = listen_to_all(&ev->socket);
	if (rc) {
		vnl_events_close(ev);
		return rc;
	}
	*out = ev;
	return 0;
}

void vnl_events_close(struct vnl_events *ev)
{
	if (!ev)
		return;
	vnl_socket_fini(&ev->socket);
	free(ev);
}

int vnl_events_fd(const struct vnl_events *ev)
{
	return nl_socket_get_fd(ev->socket.nl);
}

const char *vnl_events_error(const struct vnl_events *ev)
{
	return ev ? ev->socket.error : vnl_error(NULL);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Other events do not prolong it: the caller may be an event loop. */
static int wait_for_answer(struct vnl_events *ev)
{
	struct pollfd p = { .fd = vnl_events_fd(ev), .events = POLLIN };
	long long until = now_ms() + ANSWER_MS, now;

	while (ev->result > 0) {
		int n;

		now = now_ms();
		if (now >= until)
			return -ETIMEDOUT;
		n = poll(&p, 1, (int)(until - now));
		if (n < 0 && errno != EINTR)
			return -errno;
		n = vnl_events_dispatch(ev);
		if (n < 0)
			return n;
		if (ev->result > 0 && ev->lost)	/* perhaps the answer was among them */
			return -ENOBUFS;
	}
	return ev->result;
}

/* A request that names a cluster, on the listening socket. */
static int ask(struct vnl_events *ev, __u8 cmd, const char *cluster)
{
	struct vnl_socket *s = &ev->socket;
	struct nl_msg *msg = vnl_request(s, cmd, 0);
	int rc;

	s->error[0] = '\0';
	if (!msg)
		return -ENOMEM;
	rc = nla_put_string(msg, VIGIL_A_CLUSTER_NAME, cluster);
	if (!rc)
		rc = nl_send_auto(s->nl, msg);
	rc = vnl_errno(rc);
	if (!rc) {
		ev->request = nlmsg_hdr(msg);
		ev->result = 1;
		ev->lost = false;
		rc = wait_for_answer(ev);
		ev->request = NULL;
	}
	nlmsg_free(msg);
	if (rc && !s->error[0])
		snprintf(s->error, sizeof(s->error), "%s", strerror(-rc));
	return rc;
}

int vnl_events_bind(struct vnl_events *ev, const char *cluster)
{
	return ask(ev, VIGIL_CMD_DAEMON_BIND, cluster);
}

int vnl_events_ping(struct vnl_events *ev, const char *cluster)
{
	return ask(ev, VIGIL_CMD_DAEMON_PING, cluster);
}
