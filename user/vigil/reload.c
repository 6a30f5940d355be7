// SPDX-License-Identifier: GPL-2.0
/* vigil reload: make vigild read its configuration again. */
#include "command.h"
#include "daemon.h"

#define ANSWER_SECONDS	30

static int reload_run(struct cli *cli, int argc, char **argv)
{
	int fd, ret = daemon_connect(cli, false, &fd);

	return ret ? ret : daemon_order(cli, fd, "reload", ANSWER_SECONDS);
}

const struct command reload_command = {
	.name = "reload",
	.summary = "make vigild read its configuration again",
	.details = "\nA configuration that is refused changes nothing: the old one stays, the reason is\n"
		   "printed as FILE:LINE: reason, and the exit code is 1.",
	.run = reload_run,
};
