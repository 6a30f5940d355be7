// SPDX-License-Identifier: GPL-2.0
/* vigil leave: stop everything here, hand it over, say goodbye. Used at shutdown. */
#include <json-c/json.h>
#include <stdio.h>

#include "command.h"
#include "daemon.h"
#include "kernel.h"
#include "record.h"

static const struct cli_option options[] = {
	{ "timeout", 't', "TIME", "how long to wait for vigild (as long as it takes)" },
	{ NULL, 0, NULL, NULL }
};

/* No daemon: nobody is there to stop services, so the kernel refuses if it holds claims. */
static int leave_by_kernel(struct cli *cli)
{
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int error, ret = kernel_open(&client);

	if (ret)
		return ret;
	ret = kernel_cluster(cli, client, NULL, &cluster);
	if (!ret) {
		error = vnl_cluster_leave(client, cluster.name);
		if (error)
			ret = kernel_failed(cli, client, error, cluster.name);
	}
	vnl_close(client);
	return ret;
}

static int leave_run(struct cli *cli, int argc, char **argv)
{
	unsigned long long ns = 0;
	struct json_object *answer;
	int fd, ret;

	if (cli_given(cli, "timeout") && !cli_duration(cli, "timeout", &ns))
		return CLI_USAGE;
	ret = daemon_connect(cli, true, &fd);
	if (ret == CLI_ABSENT)
		return leave_by_kernel(cli);
	if (!ret)
		ret = daemon_ask(cli, fd, "leave", (unsigned int)((ns + 999999999) / 1000000000),
				 &answer);
	if (ret)
		return ret;
	if (cli->json)
		record_print(answer);
	else
		json_object_put(answer);
	return CLI_OK;
}

const struct command leave_command = {
	.name = "leave",
	.arguments = "[--timeout TIME]",
	.summary = "stop all services here, hand them over, leave the cluster",
	.details = "\nReturns when vigild has done all that. If vigild does not run, the kernel says\n"
		   "goodbye by itself, which it refuses while claims are held.",
	.options = options,
	.run = leave_run,
};
