// SPDX-License-Identifier: GPL-2.0
/* vigil cluster: make, start, look at, leave and delete clusters of this node. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/vigil.h>

#include "../lib/duration.h"
#include "../lib/names.h"
#include "command.h"
#include "record.h"
#include "view.h"

static void add_row(struct table *table, const struct view *view)
{
	const struct vnl_cluster *c = &view->cluster;
	char text[BRIEF_LEN];

	table_cell(table, TINT_NONE, "%s", c->name);
	table_cell(table, TINT_NONE, "%s", view_node_name(view, c->self));
	table_cell(table, c->state == VIGIL_CLUSTER_STATE_RUNNING ? TINT_NONE : TINT_ODD, "%s",
		   vnl_cluster_state_name(c->state));
	table_cell(table, c->quorum ? TINT_GOOD : TINT_BAD, "%s", c->quorum ? "yes" : "no");
	table_cell(table, TINT_NONE, "%s",
		   c->quorum ? brief_time(text, c->quorum_left) : "-");
	table_cell(table, TINT_NONE, "%u", c->nodes);
	table_cell(table, TINT_NONE, "%u/%u", view_voters_up(view), c->voters);
	table_cell(table, TINT_NONE, "%u", c->held);
	table_cell(table, TINT_NONE, "%u", c->port);
}

static int list_run(struct cli *cli, int argc, char **argv)
{
	static const struct column columns[] = {
		{ .title = "cluster", .shrink = true }, { .title = "self", .shrink = true },
		{ .title = "state" }, { .title = "quorum" }, { .title = "left", .right = true },
		{ .title = "nodes", .right = true }, { .title = "voters" },
		{ .title = "held", .right = true }, { .title = "port", .right = true },
	};
	struct json_object *objects = record_new_list(), *object;
	struct table *table = table_new(columns, 9);
	struct vnl_cluster *list = NULL;
	struct vnl_client *client;
	int n, ret = kernel_open(&client);

	if (ret)
		goto out;
	n = vnl_cluster_list(client, &list);
	if (n < 0)
		ret = kernel_failed(cli, client, n, NULL);
	for (int i = 0; i < n && !ret; i++) {
		struct view view = { .cluster = list[i] };

		ret = view_load(&view, cli, client);
		if (ret)
			break;
		add_row(table, &view);
		record_append(objects, view_cluster_json(&view));
		view_free(&view);
	}
	free(list);
	vnl_close(client);
	if (!ret && !cli->json)
		table_print(table, 0);
out:
	table_free(table);
	object = record_new();
	record_put(object, "clusters", objects);
	if (!ret && cli->json)
		record_print(object);
	else
		record_free(object);
	return ret;
}

static void show_keys(const struct vnl_cluster *c)
{
	char slots[32] = "none";
	size_t len = 0;

	for (unsigned int slot = 0; slot < VIGIL_KEY_SLOTS; slot++)
		if (c->key_slots & 1 << slot)
			len += (size_t)snprintf(slots + len, sizeof(slots) - len, "%sslot %u%s",
						len ? ", " : "", slot,
						slot == c->active_slot ? " (active)" : "");
	table_field("keys", "%s", slots);
}

static void show_timing(const struct vigil_timing *t)
{
	char interval[VIGIL_DURATION_LEN], detect[VIGIL_DURATION_LEN], lease[VIGIL_DURATION_LEN];
	char fence[VIGIL_DURATION_LEN], expiry[VIGIL_DURATION_LEN];

	vigil_duration_format(interval, sizeof(interval), t->interval);
	vigil_duration_format(detect, sizeof(detect), t->detect);
	vigil_duration_format(lease, sizeof(lease), t->lease);
	vigil_duration_format(fence, sizeof(fence), t->fence);
	vigil_duration_format(expiry, sizeof(expiry), t->expiry);
	table_field("timing", "interval %s, detect %s, lease %s, fence %s, expiry %s", interval,
		    detect, lease, fence, expiry);
}

static void show(const struct view *view)
{
	const struct vnl_cluster *c = &view->cluster;
	const struct vnl_counters *n = &c->counters;
	const char *leader = view_node_name(view, view_leader(view));
	char left[BRIEF_LEN];

	table_field("cluster", "%s", c->name);
	table_field("self", "%s (%u)", view_node_name(view, c->self), c->self);
	table_field("state", "%s%s", vnl_cluster_state_name(c->state),
		    c->learning ? ", learning" : "");
	if (c->quorum)
		table_field("quorum", "yes, %s left", brief_time(left, c->quorum_left));
	else
		table_field("quorum", "no");
	table_field("voters", "%u, %u up", c->voters, view_voters_up(view));
	table_field("nodes", "%u", c->nodes);
	table_field("leader", "%s", leader ? leader : "unknown");
	table_field("held", "%u", c->held);
	table_field("daemon", "%s", c->daemon ? "alive" : "none");
	table_field("fence", "%s", vnl_fence_action_name(c->fence_action));
	show_timing(&c->timing);
	show_keys(c);
	table_field("port", "%u", c->port);
	table_field("generation", "%u", c->generation);
	table_field("incarnation", "%016llx", (unsigned long long)c->incarnation);
	table_field("packets", "%llu received, %llu sent", (unsigned long long)n->rx,
		    (unsigned long long)n->tx);
	table_field("dropped", "%llu malformed, %llu unknown, %llu auth, %llu replay, %llu nosession, %llu refused, %llu flood",
		    (unsigned long long)n->malformed, (unsigned long long)n->unknown,
		    (unsigned long long)n->auth, (unsigned long long)n->replay,
		    (unsigned long long)n->nosession, (unsigned long long)n->refused,
		    (unsigned long long)n->flood);
}

static int show_run(struct cli *cli, int argc, char **argv)
{
	struct view view;
	int ret = view_fetch(&view, cli, argc ? argv[0] : NULL);

	if (ret)
		return ret;
	if (cli->json)
		record_print(view_cluster_json(&view));
	else
		show(&view);
	view_free(&view);
	return CLI_OK;
}

static int start_run(struct cli *cli, int argc, char **argv)
{
	return kernel_request(cli, argc ? argv[0] : NULL, vnl_cluster_start);
}

static int leave_run(struct cli *cli, int argc, char **argv)
{
	return kernel_request(cli, argc ? argv[0] : NULL, vnl_cluster_leave);
}

static int del_run(struct cli *cli, int argc, char **argv)
{
	return kernel_request(cli, argv[0], vnl_cluster_del);
}
static const struct command list_command = {
	.name = "list",
	.summary = "all clusters, a line each",
	.run = list_run,
};

static const struct command show_command = {
	.name = "show",
	.arguments = "[NAME]",
	.summary = "all that is known of one cluster",
	.max = 1,
	.run = show_run,
};

static const struct command start_command = {
	.name = "start",
	.arguments = "[NAME]",
	.summary = "begin to take part",
	.details = "\nAll voters, this node and a key must have been set before.",
	.max = 1,
	.run = start_run,
};

static const struct command leave_command_of_cluster = {
	.name = "leave",
	.arguments = "[NAME]",
	.summary = "say goodbye to the other nodes",
	.details = "\nRefused while claims are held. \"vigil leave\" makes vigild stop everything first.",
	.max = 1,
	.run = leave_run,
};

static const struct command del_command = {
	.name = "del",
	.arguments = "NAME",
	.summary = "leave, and forget the cluster",
	.details = "\nRefused while claims are held.",
	.min = 1,
	.max = 1,
	.run = del_run,
};

static const struct command *const verbs[] = {
	&list_command,
	&show_command,
	&cluster_add_command,
	&start_command,
	&cluster_set_command,
	&leave_command_of_cluster,
	&del_command,
	NULL
};

const struct command cluster_command = {
	.name = "cluster",
	.summary = "show, make, start, change, leave and delete clusters",
	.verbs = verbs,
};
