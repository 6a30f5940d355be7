// SPDX-License-Identifier: GPL-2.0
/* vigil reload: make vigild read its configuration again. */
#include <json-c/json.h>
#include <stdio.h>

#include "command.h"
#include "daemon.h"
#include "record.h"

#define ANSWER_SECONDS	30

static int reload_run(struct cli *cli, int argc, char **argv)
{
	struct json_object *answer;
	int fd, ret = daemon_connect(cli, false, &fd);

	if (!ret)
		ret = daemon_ask(cli, fd, "reload", ANSWER_SECONDS, &answer);
	if (ret)
		return ret;
	if (cli->json)
		record_print(answer);
	else
		json_object_put(answer);
	return CLI_OK;
}

const struct command reload_command = {
	.name = "reload",
	.summary = "make vigild read its configuration again",
	.details = "\nA configuration that is refused changes nothing: the old one stays, the reason is\n"
		   "printed as FILE:LINE: reason, and the exit code is 1.",
	.run = reload_run,
};
