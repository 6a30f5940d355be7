// SPDX-License-Identifier: GPL-2.0
/* vigil leave: stop everything here, hand it over, say goodbye. Used at shutdown. */
#include "command.h"
#include "daemon.h"
#include "kernel.h"

static const struct cli_option options[] = {
	{ "timeout", 't', "TIME", "how long to wait for vigild (as long as it takes)" },
	{ NULL, 0, NULL, NULL }
};

static int leave_run(struct cli *cli, int argc, char **argv)
{
	unsigned long long ns = 0;
	int fd, ret;

	if (cli_given(cli, "timeout") && !cli_duration(cli, "timeout", &ns))
		return CLI_USAGE;
	ret = daemon_connect(cli, true, &fd);
	/* Nobody is there to stop services, so the kernel refuses if it holds claims. */
	if (ret == CLI_ABSENT)
		return kernel_request(cli, NULL, vnl_cluster_leave);
	return ret ? ret : daemon_order(cli, fd, "leave",
					(unsigned int)((ns + 999999999) / 1000000000));
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
