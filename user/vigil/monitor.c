// SPDX-License-Identifier: GPL-2.0
/* vigil monitor: events, one per line, until interrupted. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "event.h"
#include "listen.h"
#include "record.h"

static const struct cli_option options[] = {
	{ "ready", 'r', NULL, "print a line when no later event can be missed" },
	{ NULL, 0, NULL, NULL }
};

static void on_event(const struct vnl_event *e, void *arg)
{
	const struct cli *cli = arg;

	if (e->type == VNL_EVENT_MSG)
		return;		/* between daemons; this socket is none */
	if (cli->cluster && e->type != VNL_EVENT_LOST && strcmp(e->cluster, cli->cluster))
		return;
	if (cli->json)
		event_print_json(e);
	else
		event_print_text(e);
}

static void say_ready(const struct cli *cli)
{
	struct json_object *object;

	if (!cli->json) {
		printf("ready\n");
		return;
	}
	object = record_new();
	record_text(object, "event", "ready");
	record_print_line(object);
}

static int monitor_run(struct cli *cli, int argc, char **argv)
{
	static const int never;
	struct vnl_events *events;
	int ret = listen_open(cli, on_event, cli, &events);

	if (ret)
		return ret;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (cli_given(cli, "ready"))
		say_ready(cli);
	ret = listen_run(cli, events, &never);
	vnl_events_close(events);
	return ret;
}

const struct command monitor_command = {
	.name = "monitor",
	.arguments = "[--ready]",
	.summary = "print events as they happen, one per line",
	.details = "\nEach line starts with the time in ns of CLOCK_BOOTTIME and the cluster. A line \"lost\"\n"
		   "says that events came faster than they were read. Ends when interrupted, or when the\n"
		   "reader of its output is gone.",
	.options = options,
	.run = monitor_run,
};
