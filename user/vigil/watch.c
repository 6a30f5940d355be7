// SPDX-License-Identifier: GPL-2.0
/* vigil watch: processes and virtual machines that the kernel watches. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vigil.h>

#include "../lib/names.h"
#include "command.h"
#include "daemon.h"
#include "kernel.h"
#include "record.h"
#include "watch_view.h"

static const struct cli_option show_options[] = {
	{ "quiet", 'q', NULL, "print nothing; exit with 5 if it is, or any is, not alive" },
	{ NULL, 0, NULL, NULL }
};

static int show_all(const struct cli *cli, const struct vnl_watch *list, int n)
{
	if (cli_given(cli, "quiet"))
		return watch_all_alive(list, n) ? CLI_OK : CLI_NOT_HELD;
	if (cli->json)
		record_print(watch_list_json(list, n));
	else
		watch_print_all(list, n);
	return CLI_OK;
}

static int show_one(const struct cli *cli, const struct vnl_watch *watch)
{
	if (cli_given(cli, "quiet"))
		return watch_all_alive(watch, 1) ? CLI_OK : CLI_NOT_HELD;
	if (cli->json)
		record_print(watch_json(watch));
	else
		watch_print(watch);
	return CLI_OK;
}

/* No such watch is not worth the kernel's words, and with --quiet not even these. */
static int failed(const struct cli *cli, const struct vnl_client *client, int error,
		  const char *watch)
{
	if (error != -ENOENT)
		return kernel_failed(cli, client, error, watch);
	if (!cli_given(cli, "quiet"))
		complain("%s: there is no watch '%s'", cli->path, watch);
	return CLI_ABSENT;
}

static int show_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_watch *list = NULL, watch;
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int n, ret;

	if (argc && !cli_name_ok(cli, "watch", argv[0]))
		return CLI_USAGE;
	ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	if (argc) {
		n = vnl_watch_get(client, cluster.name, argv[0], &watch);
		ret = n ? failed(cli, client, n, argv[0]) : show_one(cli, &watch);
	} else {
		n = vnl_watch_list(client, cluster.name, &list);
		ret = n < 0 ? kernel_failed(cli, client, n, cluster.name) :
			      show_all(cli, list, n);
		free(list);
	}
	vnl_close(client);
	return ret;
}

static int del_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int error, ret;

	if (!cli_name_ok(cli, "watch", argv[0]))
		return CLI_USAGE;
	ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	error = vnl_watch_del(client, cluster.name, argv[0]);
	if (error)
		ret = failed(cli, client, error, argv[0]);
	vnl_close(client);
	return ret ? ret : daemon_tell(cli, cluster.name, "watches");
}

static const struct cli_option report_options[] = {
	{ "cause", 0, "CAUSE", "why, in a word of the list above (report)" },
	{ "code", 0, "N", "exit code or signal that goes with the cause" },
	{ NULL, 0, NULL, NULL }
};

/* The number of a word of the interface, or -1. */
static int number_of(const char *word, const char *(*name)(__u32 number))
{
	for (__u32 i = 0; strcmp(name(i), "?"); i++)
		if (!strcmp(name(i), word))
			return (int)i;
	return -1;
}

static bool cause_given(const struct cli *cli, struct vigil_watch_report *report)
{
	unsigned long long code = 0;
	int cause = VIGIL_WATCH_CAUSE_REPORT;

	if (cli_given(cli, "cause"))
		cause = number_of(cli_value(cli, "cause"), vnl_watch_cause_name);
	if (cause < 0) {
		usage_error(cli, "--cause: there is no cause '%s'", cli_value(cli, "cause"));
		return false;
	}
	if (cli_given(cli, "code") && !cli_number(cli, "code", 0, 255, &code))
		return false;
	report->cause = (__u32)cause;
	report->code = (__s32)code;
	return true;
}

/* "progress" is short for: alive, because it came on. */
static bool news(const struct cli *cli, const char *word, struct vigil_watch_report *report)
{
	bool progress = !strcmp(word, vnl_watch_cause_name(VIGIL_WATCH_CAUSE_PROGRESS));
	int state = progress ? VIGIL_WATCH_STATE_ALIVE : number_of(word, vnl_watch_state_name);

	if (state < 0) {
		usage_error(cli, "'%s' is none of progress, alive, dying, dead, stopped, hung",
			    word);
		return false;
	}
	report->state = (__u32)state;
	if (!progress)
		return cause_given(cli, report);
	report->cause = VIGIL_WATCH_CAUSE_PROGRESS;
	if (cli->n_given)
		usage_error(cli, "progress is a cause itself: no --%s", cli->given[0]->name);
	return !cli->n_given;
}

static int report_run(struct cli *cli, int argc, char **argv)
{
	struct vigil_watch_report report = { .watch = 0 };
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int error, ret;

	if (!cli_name_ok(cli, "watch", argv[0]) || !news(cli, argv[1], &report))
		return CLI_USAGE;
	ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	error = vnl_watch_report(client, cluster.name, argv[0], &report);
	if (error)
		ret = failed(cli, client, error, argv[0]);
	vnl_close(client);
	return ret;
}

static const struct command show_command = {
	.name = "show",
	.arguments = "[NAME] [-q]",
	.summary = "all watches of this node, or all that is known of one",
	.options = show_options,
	.max = 1,
	.run = show_run,
};

static const struct command del_command = {
	.name = "del",
	.arguments = "NAME",
	.summary = "watch it no more",
	.min = 1,
	.max = 1,
	.run = del_run,
};

static const struct command report_command = {
	.name = "report",
	.arguments = "NAME progress|STATE [--cause CAUSE [--code N]]",
	.summary = "tell the kernel what is known otherwise of what is watched",
	.details = "\n\"progress\" is for the service itself: it comes on, and its deadline of --progress\n"
		   "begins anew. STATE is alive, dying, dead, stopped or hung; CAUSE is one of\n"
		   "  exit signal oom thread stop continue blocked no-progress progress triple-fault\n"
		   "  guest-crash pvpanic vcpu guest-hang guest-reset report gone",
	.options = report_options,
	.min = 2,
	.max = 2,
	.run = report_run,
};

static const struct command *const verbs[] = {
	&watch_live_command, &show_command, &watch_add_command, &del_command, &report_command,
	NULL
};

const struct command watch_command = {
	.name = "watch",
	.summary = "watch processes and virtual machines; see them die, stop or hang",
	.verbs = verbs,
};
