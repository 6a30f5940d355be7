// SPDX-License-Identifier: GPL-2.0
/* vigil timing: what the one knob, the detection time, implies; asks nobody. */
#include <stdio.h>

#include "../lib/duration.h"
#include "command.h"
#include "record.h"
#include "table.h"
#include "times.h"

static const struct cli_option options[] = {
	TIMES_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

static void row(struct table *table, const char *name, __u64 ns, const char *meaning)
{
	char text[VIGIL_DURATION_LEN];

	vigil_duration_format(text, sizeof(text), ns);
	table_cell(table, TINT_NONE, "%s", name);
	table_cell(table, TINT_NONE, "%s", text);
	table_cell(table, TINT_NONE, "%s", meaning);
}

static void print_text(const struct vigil_timing *t)
{
	static const struct column columns[] = {
		{ .title = "time" }, { .title = "value", .right = true }, { .title = "meaning" },
	};
	char down[VIGIL_DURATION_LEN], over[VIGIL_DURATION_LEN], blip[VIGIL_DURATION_LEN];
	struct table *table = table_new(columns, 3);
	__u64 harmless = t->lease - t->interval;

	row(table, "interval", t->interval, "between two beats");
	row(table, "down", t->detect, "silence after which a node is called down (detect)");
	row(table, "lease", t->lease, "right to run services, from the sending of a beat");
	row(table, "fence", t->fence, "time to stop or reset once that right has ended");
	row(table, "expiry", t->expiry, "silence that proves a node stopped or dead");
	table_print(table, 0);
	table_free(table);

	vigil_duration_format(down, sizeof(down), t->detect);
	vigil_duration_format(over, sizeof(over), t->expiry);
	vigil_duration_format(blip, sizeof(blip), harmless);
	printf("\nA silent node is called down after %s; %s after its last beat it has provably\n"
	       "stopped what it ran, and another may start it. A break of the network shorter\n"
	       "than %s fences nobody.\n", down, over, blip);
}

static int timing_run(struct cli *cli, int argc, char **argv)
{
	struct vigil_timing t;
	struct json_object *object;

	if (!times_given(cli, &t))
		return CLI_USAGE;
	if (!cli->json) {
		print_text(&t);
		return CLI_OK;
	}
	object = record_new();
	record_number(object, "interval_ns", t.interval);
	record_number(object, "detect_ns", t.detect);
	record_number(object, "lease_ns", t.lease);
	record_number(object, "fence_ns", t.fence);
	record_number(object, "expiry_ns", t.expiry);
	record_print(object);
	return CLI_OK;
}

const struct command timing_command = {
	.name = "timing",
	.arguments = "[--detect TIME]",
	.summary = "show which times a detection time implies",
	.details = "\nTIME is a number and a unit: 200ms, 1.5s, 3s. Refuses what would not be safe.\n"
		   "Changes nothing; the times of a cluster are set when it is made.",
	.options = options,
	.run = timing_run,
};
