// SPDX-License-Identifier: GPL-2.0
/* The connection to the kernel module. */

#include "client.h"

#include <errno.h>
#include <stdlib.h>

#include "request.h"

int vnl_open(struct vnl_client **out)
{
	struct vnl_client *client = malloc(sizeof(*client));
	int rc;

	*out = NULL;
	if (!client)
		return -ENOMEM;
	rc = vnl_socket_init(&client->socket);
	if (rc) {
		free(client);
		return rc;
	}
	*out = client;
	return 0;
}

void vnl_close(struct vnl_client *client)
{
	if (!client)
		return;
	vnl_socket_fini(&client->socket);
	free(client);
}

const char *vnl_error(const struct vnl_client *client)
{
	if (!client)
		return "the kernel module vigil is not loaded";
	return client->socket.error;
}
