/* SPDX-License-Identifier: GPL-2.0 */
/* A command: its name, options, arguments and help; and how one is chosen and run. */
#ifndef _VIGIL_COMMAND_H
#define _VIGIL_COMMAND_H

#include <stdio.h>

#include "cli.h"

/**
 * struct command - a command, or a group of verbs
 * @name: word on the command line
 * @arguments: what follows it, for the help; NULL: nothing
 * @summary: one line
 * @details: more for "vigil help NAME", or NULL
 * @options: own options, ended by one without a name; or NULL
 * @min: fewest arguments
 * @max: most arguments
 * @run: does it; returns enum cli_exit
 * @verbs: a group: its commands, NULL at the end. The first is run if no verb is given
 */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *details;
	const struct cli_option *options;
	int min;
	int max;
	int (*run)(struct cli *cli, int argc, char **argv);
	const struct command *const *verbs;
};

/**
 * command_run - parse the command line and run what it asks for
 * @list: all commands, NULL at the end; the first is run if none is given
 * @argc: arguments, that of the program first
 * @argv: arguments
 *
 * Return: enum cli_exit.
 */
int command_run(const struct command *const *list, int argc, char **argv);

/* One per file of this directory. */
extern const struct command status_command;
extern const struct command monitor_command;
extern const struct command cluster_command;
extern const struct command node_command;
extern const struct command key_command;
extern const struct command claim_command;
extern const struct command service_command;
extern const struct command watch_command;
extern const struct command fence_command;
extern const struct command disarm_command;
extern const struct command arm_command;
extern const struct command leave_command;
extern const struct command reload_command;
extern const struct command check_config_command;
extern const struct command timing_command;
extern const struct command genkey_command;

/* Verbs that have a file of their own. */
extern const struct command cluster_add_command;
extern const struct command cluster_set_command;
extern const struct command watch_live_command;
extern const struct command watch_add_command;

/* Explain all commands, or the one that @words name; returns enum cli_exit. */
int command_help(const struct command *const *list, struct cli *cli, int argc, char **words);

#endif
