// SPDX-License-Identifier: GPL-2.0
/* vigil watch: all watches once, then what happens to them, until interrupted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "event.h"
#include "kernel.h"
#include "listen.h"
#include "record.h"
#include "watch_view.h"

/* What the callback needs; @stop is an exit code, 0 to go on. */
struct live {
	const struct cli *cli;
	struct vnl_client *client;
	struct vnl_cluster cluster;
	int stop;
};

/* All of them anew: what was printed before counts no more. */
static int print_all(struct live *live)
{
	struct vnl_watch *list = NULL;
	struct json_object *object;
	int n = vnl_watch_list(live->client, live->cluster.name, &list);

	if (n < 0)
		return kernel_failed(live->cli, live->client, n, live->cluster.name);
	if (live->cli->json) {
		object = record_new();
		record_text(object, "event", "table");
		record_text(object, "cluster", live->cluster.name);
		record_put(object, "watches", watch_list_json(list, n));
		record_print_line(object);
	} else {
		watch_print_all(list, n);
		putchar('\n');
	}
	free(list);
	return CLI_OK;
}

/* @time of CLOCK_BOOTTIME, in ns, as the time of day it was then. */
static void print_clock(__u64 time)
{
	struct timespec boot, real;
	struct tm local;
	long long ms;
	time_t s;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &real);
	ms = (real.tv_sec - boot.tv_sec) * 1000LL + (real.tv_nsec - boot.tv_nsec) / 1000000 +
	     (long long)(time / 1000000);
	s = (time_t)(ms / 1000);
	localtime_r(&s, &local);
	printf("%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec, (int)(ms % 1000));
}

static void print_change(const struct live *live, const struct vnl_event *e)
{
	char text[EVENT_WATCH_LEN], node[VIGIL_NAME_LEN + 1];

	print_clock(e->time);
	printf("  %s", e->watch.name);
	if (e->watch.node != live->cluster.self)
		printf(" on %s", event_node_text(node, e->watch.node_name, e->watch.node));
	event_watch_text(text, &e->watch);
	printf("  %s%s%s\n", tint_start(watch_tint(e->watch.to)), text, tint_end());
}

static void on_event(const struct vnl_event *e, void *arg)
{
	struct live *live = arg;

	if (live->stop)
		return;
	if (e->type == VNL_EVENT_LOST) {
		printf("%s", live->cli->json ? "" : "\nsome changes were missed; as it is now:\n");
		live->stop = print_all(live);
	} else if (e->type == VNL_EVENT_WATCH && !strcmp(e->cluster, live->cluster.name)) {
		if (live->cli->json)
			event_print_json(e);
		else
			print_change(live, e);
	}
}

static int live_run(struct cli *cli, int argc, char **argv)
{
	struct live live = { .cli = cli };
	struct vnl_events *events;
	int ret = kernel_enter(cli, NULL, &live.client, &live.cluster);

	if (ret)
		return ret;
	/* To listen first and look then: a change between the two is told twice, never lost. */
	ret = listen_open(cli, on_event, &live, &events);
	if (!ret) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		ret = print_all(&live);
		if (!ret)
			ret = listen_run(cli, events, &live.stop);
		vnl_events_close(events);
	}
	vnl_close(live.client);
	return ret;
}

const struct command watch_live_command = {
	.name = "live",
	.summary = "all watches of this node, then every change here and on the other nodes",
	.details = "\nEnds when interrupted, or when the reader of its output is gone. If changes come faster\n"
		   "than they are read, all watches are printed anew. With --json each line is an object:\n"
		   "its \"event\" is \"table\" (all watches, replacing what was known) or \"watch\".",
	.run = live_run,
};
