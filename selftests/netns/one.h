/* SPDX-License-Identifier: GPL-2.0 */
/* Requests of a single node in the namespace of the test, and what refuses them. */
#ifndef _NETNS_ONE_H
#define _NETNS_ONE_H

#include <stdbool.h>

#include <linux/vigil.h>

#include "client.h"
#include "control.h"
#include "info.h"

/* The connection that all requests here use; one_connect() opens it anew. */
extern struct vnl_client *client;
void one_connect(void);

/* A cluster with fence action notify; and a node of cluster "c" with one IPv4 address. */
int new_cluster(const char *name, unsigned int self, unsigned int port, __u64 detect_ms);
int new_node(unsigned int id, const char *name, bool voter, const char *ip);

/* A request with one attribute of @len bytes, with the type as given; @type -1: without. */
int raw(unsigned char cmd, int flags, int type, const void *data, int len);

/* The request must fail with this -errno and a sentence that holds @text. */
void one_refused(const char *file, int line, int rc, int want, const char *text);
#define REFUSED(call, want, text)	one_refused(__FILE__, __LINE__, call, want, text)

#endif
