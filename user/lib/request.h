/* SPDX-License-Identifier: GPL-2.0 */
/* How the parts of the netlink client build requests and read answers. */
#ifndef _VIGIL_REQUEST_H
#define _VIGIL_REQUEST_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stddef.h>

#include "client.h"

#define VNL_BUFFER	32768	/* bytes; the kernel makes no larger message */

/**
 * struct vnl_socket - a netlink socket that knows the family
 * @nl: libnl's socket
 * @family: id of the family "vigil"
 * @error: sentence of the last failure
 * @buffer: what was received
 */
struct vnl_socket {
	struct nl_sock *nl;
	int family;
	char error[256];
	_Alignas(struct nlmsghdr) char buffer[VNL_BUFFER];
};

struct vnl_client {
	struct vnl_socket socket;
};

/* 0 or -errno (-ENOENT: no such family); vnl_socket_fini() only after a 0. */
int vnl_socket_init(struct vnl_socket *s);
void vnl_socket_fini(struct vnl_socket *s);

/* -errno of what a libnl function returned; 0 if that was no error. */
int vnl_errno(int libnl_error);

/**
 * vnl_receive - read one datagram from the kernel into the buffer
 * @s: the socket
 * @flags: of recv(2): MSG_DONTWAIT or 0
 *
 * Return: bytes, or -errno: -EAGAIN, -ENOBUFS (messages were lost), ...
 */
int vnl_receive(struct vnl_socket *s, int flags);

/* Result of an NLMSG_ERROR or NLMSG_DONE answering @request; fills in the sentence. */
int vnl_result(struct vnl_socket *s, const struct nlmsghdr *answer,
	       const struct nlmsghdr *request);

/**
 * vnl_request - begin a request
 * @s: the socket
 * @cmd: VIGIL_CMD_*
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: a message to add attributes to, or NULL without memory.
 */
struct nl_msg *vnl_request(const struct vnl_socket *s, __u8 cmd, int flags);

/* Called with the attributes of one answer. Return: 0, or -errno to give up. */
typedef int (*vnl_answer_fn)(struct nlattr *attrs, int len, void *arg);

/**
 * vnl_transact - send a request and wait until it is done
 * @client: the connection
 * @msg: the request; freed. NULL: no memory
 * @build: 0, or what adding attributes returned (a libnl error)
 * @fn: called for each answer; NULL: none is expected
 * @arg: for @fn
 *
 * Return: 0 or -errno; -EINTR: a dump met changes and should be repeated.
 */
int vnl_transact(struct vnl_client *client, struct nl_msg *msg, int build,
		 vnl_answer_fn fn, void *arg);

/**
 * struct vnl_list - what a dump brings
 * @read: makes one item of an answer
 * @size: bytes of an item
 * @items: all of them, for the caller to free
 * @n: how many there are
 * @room: for how many there is memory
 */
struct vnl_list {
	vnl_answer_fn read;
	size_t size;
	char *items;
	size_t n;
	size_t room;
};

/**
 * vnl_dump - ask for all there is of something
 * @client: the connection
 * @cmd: VIGIL_CMD_*
 * @name_attr: attribute that narrows it to a cluster
 * @cluster: name of that; NULL: no such attribute
 * @list: with @read and @size filled in
 *
 * Repeats a dump that met changes. Return: the number of items, or -errno; then
 * there are none to free.
 */
int vnl_dump(struct vnl_client *client, __u8 cmd, int name_attr, const char *cluster,
	     struct vnl_list *list);

/* The number in an attribute of any size, or @missing if there is none. */
__u64 vnl_number_or(const struct nlattr *attr, __u64 missing);

#endif
