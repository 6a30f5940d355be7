// SPDX-License-Identifier: GPL-2.0
/* The commands, in the order of the help. Without one, the cluster at a glance. */
#include <stdio.h>

#include "command.h"

static int help_run(struct cli *cli, int argc, char **argv);

static const struct command help_command = {
	.name = "help",
	.arguments = "[COMMAND [VERB]]",
	.summary = "explain a command",
	.max = 2,
	.run = help_run,
};

static const struct command *const commands[] = {
	&status_command,
	&monitor_command,
	&cluster_command,
	&node_command,
	&key_command,
	&claim_command,
	&service_command,
	&watch_command,
	&fence_command,
	&disarm_command,
	&arm_command,
	&leave_command,
	&reload_command,
	&check_config_command,
	&timing_command,
	&genkey_command,
	&help_command,
	NULL
};

static int help_run(struct cli *cli, int argc, char **argv)
{
	return command_help(commands, cli, argc, argv);
}

int main(int argc, char **argv)
{
	int ret = command_run(commands, argc, argv);

	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write the output: %m");
		if (!ret)
			ret = CLI_FAILED;
	}
	return ret;
}
