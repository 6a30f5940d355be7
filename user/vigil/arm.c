// SPDX-License-Identifier: GPL-2.0
/* vigil disarm and arm: may nodes be fenced without being asked for? */
#include <json-c/json.h>

#include "command.h"
#include "daemon.h"
#include "fence.h"
#include "record.h"

#define ANSWER_SECONDS	10
#define LONGEST_MS	(7 * 86400 * 1000ULL)

static int tell(struct cli *cli, const char *op, unsigned long long ms, const char *why)
{
	struct json_object *request, *answer;
	int fd, ret = daemon_connect(cli, false, &fd);

	if (ret)
		return ret;
	request = record_new();
	record_text(request, "op", op);
	record_number(request, "ms", ms);
	record_text(request, "why", why);
	record_text(request, "by", fence_user());
	ret = daemon_request(cli, fd, request, ANSWER_SECONDS, &answer);
	if (ret)
		return ret;
	if (cli->json)
		record_print(answer);
	else
		record_free(answer);
	return CLI_OK;
}

static int disarm_run(struct cli *cli, int argc, char **argv)
{
	unsigned long long ms;

	if (!cli_given(cli, "for") || !cli_given(cli, "why") || !*cli_value(cli, "why"))
		return usage_error(cli, "--for TIME and --why TEXT are needed");
	if (!cli_milliseconds(cli, "for", LONGEST_MS, &ms))
		return CLI_USAGE;
	if (!ms)
		return usage_error(cli, "--for: 0 is no time; there is vigil arm");
	return tell(cli, "disarm", ms, cli_value(cli, "why"));
}

static int arm_run(struct cli *cli, int argc, char **argv)
{
	return tell(cli, "arm", 0, "");
}

static const struct cli_option disarm_options[] = {
	{ "for", 'f', "TIME", "after this it is armed again by itself; 7 days at most" },
	{ "why", 'w', "TEXT", "for whoever wonders" },
	{ NULL, 0, NULL, NULL }
};

const struct command disarm_command = {
	.name = "disarm",
	.arguments = "--for TIME --why TEXT",
	.summary = "for a time, no node is fenced by its devices unless asked for",
	.details = "\nCounts on all nodes, also when daemons are restarted. Leases go on as ever: a node\n"
		   "that loses its quorum still stops what it runs, and others take over.",
	.options = disarm_options,
	.run = disarm_run,
};

const struct command arm_command = {
	.name = "arm",
	.summary = "end vigil disarm before its time",
	.run = arm_run,
};
