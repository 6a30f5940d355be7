// SPDX-License-Identifier: GPL-2.0
/* Requests of a single node in the namespace of the test. */

#include "one.h"

#include <arpa/inet.h>
#include <string.h>

#include "harness.h"
#include "request.h"

struct vnl_client *client;

void one_connect(void)
{
	int rc = vnl_open(&client);

	CHECK(!rc, "vnl_open: %s", strerror(-rc));
}

void one_refused(const char *file, int line, int rc, int want, const char *text)
{
	if (rc != want)
		test_fail(file, line, "result %d (%s), not %d (%s)", rc, vnl_error(client), want,
			  text);
	if (!strstr(vnl_error(client), text))
		test_fail(file, line, "the sentence is \"%s\", not \"%s\"", vnl_error(client),
			  text);
}

int new_cluster(const char *name, unsigned int self, unsigned int port, __u64 detect_ms)
{
	struct vnl_cluster_config config = {
		.name = name, .self = (__u16)self, .port = (__u16)port, .generation = 1,
		.fence_action = VIGIL_FENCE_NOTIFY,
		.timing = { .detect = detect_ms * VIGIL_NS_PER_MS },
	};

	return vnl_cluster_new(client, &config);
}

int new_node(unsigned int id, const char *name, bool voter, const char *ip)
{
	struct vnl_node_config node = {
		.id = (__u16)id, .name = name, .voter = voter, .n_addresses = 1,
	};

	node.addresses[0].in.sin_family = AF_INET;
	node.addresses[0].in.sin_addr.s_addr = inet_addr(ip);
	return vnl_node_new(client, "c", &node);
}

int raw(unsigned char cmd, int flags, int type, const void *data, int len)
{
	struct nl_msg *msg = vnl_request(&client->socket, cmd, flags);

	CHECK(msg, "no memory");
	if (type >= 0)
		CHECK(!nla_put(msg, type, len, data), "no room");
	return vnl_transact(client, msg, 0, NULL, NULL);
}
