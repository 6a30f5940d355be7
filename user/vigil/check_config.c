// SPDX-License-Identifier: GPL-2.0
/* vigil check-config: would vigild take this file? Asks neither daemon nor kernel. */
#include <stdio.h>

#include "../vigild/config.h"
#include "../vigild/fence_check.h"

#include "../lib/duration.h"
#include "command.h"
#include "record.h"

static const struct cli_option options[] = {
	{ "self", 's', "NODE", "judge it as this node would (default: as the file or the host says)" },
	{ NULL, 0, NULL, NULL }
};

static void print_json(const char *path, const struct config *config,
		       const struct config_error *error)
{
	struct json_object *object = record_new();

	record_text(object, "file", path);
	record_bool(object, "ok", config != NULL);
	if (config) {
		record_text(object, "cluster", config->name);
		record_text(object, "self", config->node[config->self].name);
		record_number(object, "nodes", config->n_nodes);
		record_number(object, "voters", config->n_voters);
		record_number(object, "services", config->n_services);
		record_number(object, "detect_ns", config->timing.detect);
	} else {
		record_text(object, "error", error->text);
		record_number(object, "line", error->line > 0 ? (__u64)error->line : 0);
	}
	record_print(object);
}

static int check_config_run(struct cli *cli, int argc, char **argv)
{
	const char *path = argc ? argv[0] : CONFIG_PATH;
	struct config_error error = { .line = 0 };
	char detect[VIGIL_DURATION_LEN];
	struct config *config;

	if (cli_given(cli, "self") && !cli_name_ok(cli, "node", cli_value(cli, "self")))
		return CLI_USAGE;
	config = config_load(path, cli_value(cli, "self"), &error);
	/* A witness fences nobody, and need not be able to. */
	if (config && !config->node[config->self].witness &&
	    (fence_read_secrets(config, &error) || fence_check_agents(config, &error))) {
		config_free(config);
		config = NULL;
	}
	if (cli->json)
		print_json(path, config, &error);
	if (!config) {
		if (!cli->json)
			complain("%s", error.text);
		return CLI_USAGE;
	}
	if (!cli->json) {
		vigil_duration_format(detect, sizeof(detect), config->timing.detect);
		printf("%s: good: cluster %s, this is node %s of %u, %u voters, %u services, detect %s\n",
		       path, config->name, config->node[config->self].name, config->n_nodes,
		       config->n_voters, config->n_services, detect);
	}
	config_free(config);
	return CLI_OK;
}

const struct command check_config_command = {
	.name = "check-config",
	.arguments = "[FILE]",
	.summary = "judge a configuration file without using it",
	.details = "\nFILE is " CONFIG_PATH " if not given. Prints what is wrong as FILE:LINE: reason\n"
		   "and exits with 2, or says what the file describes. Key files and files with\n"
		   "secrets are read, too, and fence agents that are installed are asked for their\n"
		   "parameters.",
	.options = options,
	.max = 1,
	.run = check_config_run,
};
