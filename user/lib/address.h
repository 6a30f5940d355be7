/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses, and how requests and answers carry them. */
#ifndef _VIGIL_LIB_ADDRESS_H
#define _VIGIL_LIB_ADDRESS_H

#include <netinet/in.h>

struct nl_msg;
struct nlattr;

/* Without a port: AF_INET, AF_INET6, or AF_UNSPEC for none. */
union vnl_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;	/* sin6_scope_id for link-local ones */
};

/* Attribute @type with an address. Return: 0 or a libnl error. */
int vnl_put_address(struct nl_msg *msg, int type, const union vnl_addr *addr);

/* @addr stays as it is if @nest is NULL or holds none. */
void vnl_read_address(union vnl_addr *addr, struct nlattr *nest);

#endif
