// SPDX-License-Identifier: GPL-2.0
/* Sockets, requests and what the kernel says to them. */

#include "request.h"

#include <errno.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vigil.h>

#include "attribute.h"

int vnl_errno(int libnl_error)
{
	if (libnl_error >= 0)
		return 0;
	switch (-libnl_error) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_MSGSIZE:
	case NLE_RANGE:
		return -EMSGSIZE;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

/* Texts of refusals, and answers without a copy of the request. */
static void ask_for_texts(struct nl_sock *nl)
{
	int fd = nl_socket_get_fd(nl), one = 1;

	/* Without them the error number has to do: no failure. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
}

int vnl_socket_init(struct vnl_socket *s)
{
	int rc;

	memset(s, 0, offsetof(struct vnl_socket, buffer));
	s->nl = nl_socket_alloc();
	if (!s->nl)
		return -ENOMEM;
	rc = genl_connect(s->nl);
	if (!rc) {
		s->family = genl_ctrl_resolve(s->nl, VIGIL_GENL_NAME);
		rc = s->family < 0 ? s->family : 0;
	}
	if (rc) {
		vnl_socket_fini(s);
		return vnl_errno(rc);
	}
	ask_for_texts(s->nl);
	return 0;
}

void vnl_socket_fini(struct vnl_socket *s)
{
	nl_socket_free(s->nl);
	s->nl = NULL;
}

int vnl_receive(struct vnl_socket *s, int flags)
{
	struct sockaddr_nl from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n;

	do {
		n = recvfrom(nl_socket_get_fd(s->nl), s->buffer, sizeof(s->buffer),
			     flags | MSG_TRUNC, (struct sockaddr *)&from, &len);
		if (n < 0 && errno != EINTR)
			return -errno;
		/* Other programs may write to a netlink socket; only the kernel is port 0. */
	} while (n < 0 || from.nl_pid != 0);
	return (size_t)n > sizeof(s->buffer) ? -ENOBUFS : (int)n;
}

/* The name of the request's attribute that begins at @offset or has it within; or NULL. */
static const char *attribute_at(const struct nlmsghdr *request, __u32 offset)
{
	const struct genlmsghdr *g = nlmsg_data(request);
	const char *at = (const char *)request + offset;
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), rest) {
		const char *start = (const char *)attr;

		if (at >= start && at < start + nla_total_size(nla_len(attr)))
			return vnl_attribute_name(g->cmd, (unsigned int)nla_type(attr));
	}
	return NULL;
}

/* The sentence in the attributes of an acknowledgement. */
static void read_texts(struct vnl_socket *s, int rc, struct nlattr *attrs, int len,
		       const struct nlmsghdr *request)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { NULL };
	const char *text = strerror(-rc), *bad = NULL;

	if (len > 0 && nla_parse(tb, NLMSGERR_ATTR_MAX, attrs, len, NULL) == 0) {
		if (tb[NLMSGERR_ATTR_MSG])
			text = nla_get_string(tb[NLMSGERR_ATTR_MSG]);
		if (tb[NLMSGERR_ATTR_OFFS] && nla_len(tb[NLMSGERR_ATTR_OFFS]) >= 4)
			bad = attribute_at(request, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]));
	}
	if (bad)
		snprintf(s->error, sizeof(s->error), "%s: %s", bad, text);
	else
		snprintf(s->error, sizeof(s->error), "%s", text);
}

int vnl_result(struct vnl_socket *s, const struct nlmsghdr *answer,
	       const struct nlmsghdr *request)
{
	const char *body = nlmsg_data(answer);
	int len = nlmsg_datalen(answer), skip, rc;

	/* A dump's end need not carry a number. */
	if (len < (int)sizeof(int))
		return answer->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&rc, body, sizeof(rc));
	skip = sizeof(int);
	if (answer->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *err = nlmsg_data(answer);

		if (len < (int)sizeof(*err))
			return -EBADMSG;
		skip = sizeof(*err);
		if (!(answer->nlmsg_flags & NLM_F_CAPPED))
			skip += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	}
	if (!rc)
		return 0;
	if (rc > 0)	/* never said by the kernel */
		rc = -EBADMSG;
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || skip > len)
		skip = len;
	read_texts(s, rc, (struct nlattr *)(body + skip), len - skip, request);
	return rc;
}

struct nl_msg *vnl_request(const struct vnl_socket *s, __u8 cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, s->family, 0,
			 NLM_F_REQUEST | NLM_F_ACK | flags, cmd, VIGIL_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* What one exchange has come to. */
struct exchange {
	const struct nlmsghdr *request;
	vnl_answer_fn fn;
	void *arg;
	int rc;			/* first failure */
	bool interrupted;	/* a dump met changes; its answers still count */
	bool done;
};

static void read_answer(struct vnl_socket *s, const struct nlmsghdr *h, struct exchange *x)
{
	const struct genlmsghdr *g = nlmsg_data(h);
	int rc = 0;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		x->done = true;
		rc = vnl_result(s, h, x->request);
	} else if (h->nlmsg_type == s->family && x->fn && !x->rc &&
		   nlmsg_datalen(h) >= (int)GENL_HDRLEN) {
		rc = x->fn(genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), x->arg);
	}
	if (!x->rc)
		x->rc = rc;
}

static void read_answers(struct vnl_socket *s, int bytes, struct exchange *x)
{
	struct nlmsghdr *h = (struct nlmsghdr *)s->buffer;

	for (; nlmsg_ok(h, bytes) && !x->done; h = nlmsg_next(h, &bytes)) {
		if (h->nlmsg_seq == x->request->nlmsg_seq)
			read_answer(s, h, x);
	}
}

int vnl_transact(struct vnl_client *client, struct nl_msg *msg, int build,
		 vnl_answer_fn fn, void *arg)
{
	struct vnl_socket *s = &client->socket;
	struct exchange x = { .fn = fn, .arg = arg };
	int bytes;

	s->error[0] = '\0';
	if (!msg)
		return -ENOMEM;
	x.request = nlmsg_hdr(msg);
	if (build)
		x.rc = vnl_errno(build);
	else
		x.rc = vnl_errno(nl_send_auto(s->nl, msg));
	while (!x.rc && !x.done) {
		bytes = vnl_receive(s, 0);
		if (bytes < 0)
			x.rc = bytes;
		else
			read_answers(s, bytes, &x);
	}
	/* It may hold a key. */
	explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	if (!x.rc && x.interrupted)
		x.rc = -EINTR;
	if (x.rc && !s->error[0])
		snprintf(s->error, sizeof(s->error), "%s", strerror(-x.rc));
	return x.rc;
}

static int append(struct nlattr *attrs, int len, void *arg)
{
	struct vnl_list *list = arg;

	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		char *items = reallocarray(list->items, room, list->size);

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	return list->read(attrs, len, list->items + list->size * list->n++);
}

#define DUMP_TRIES	8	/* a dump that met changes so often is taken as it is */

int vnl_dump(struct vnl_client *client, __u8 cmd, int name_attr, const char *cluster,
	     struct vnl_list *list)
{
	int rc, tries = 0;

	do {
		struct nl_msg *msg = vnl_request(&client->socket, cmd, NLM_F_DUMP);

		list->n = 0;
		rc = msg && cluster ? nla_put_string(msg, name_attr, cluster) : 0;
		rc = vnl_transact(client, msg, rc, append, list);
	} while (rc == -EINTR && ++tries < DUMP_TRIES);
	if (rc && rc != -EINTR) {
		free(list->items);
		return rc;
	}
	return (int)list->n;
}

__u64 vnl_number_or(const struct nlattr *attr, __u64 missing)
{
	if (!attr)
		return missing;
	switch (nla_len(attr)) {
	case sizeof(__u8):
		return nla_get_u8(attr);
	case sizeof(__u16):
		return nla_get_u16(attr);
	case sizeof(__u32):
		return nla_get_u32(attr);
	case sizeof(__u64):
		return nla_get_u64(attr);
	default:
		return missing;
	}
}
