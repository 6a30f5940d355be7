// SPDX-License-Identifier: GPL-2.0
/* vigil node: the nodes of a cluster as this one sees them; add and remove them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/names.h"
#include "command.h"
#include "record.h"
#include "view.h"

static int list_run(struct cli *cli, int argc, char **argv)
{
	struct view view;
	int ret = view_fetch(&view, cli, NULL);

	if (ret)
		return ret;
	if (cli->json) {
		view_ask(&view, cli);
		record_print(view_nodes_json(&view));
	} else {
		view_print_nodes(&view, 0);
	}
	view_free(&view);
	return CLI_OK;
}

static void show_links(const struct vnl_node *node)
{
	static const struct column columns[] = {
		{ .title = "link" }, { .title = "local" }, { .title = "remote" },
		{ .title = "state" }, { .title = "heard", .right = true },
		{ .title = "received", .right = true }, { .title = "sent", .right = true },
		{ .title = "errors", .right = true },
	};
	struct table *table = table_new(columns, 8);
	char local[VNL_ADDR_LEN], remote[VNL_ADDR_LEN], age[BRIEF_LEN];

	for (unsigned int i = 0; i < node->n_links; i++) {
		const struct vnl_link *link = &node->links[i];

		vnl_addr_format(local, sizeof(local), &link->local);
		vnl_addr_format(remote, sizeof(remote), &link->remote);
		table_cell(table, TINT_NONE, "%u", link->index);
		table_cell(table, TINT_NONE, "%s", local);
		table_cell(table, TINT_NONE, "%s", remote);
		if (node->self)
			table_cell(table, TINT_NONE, "-");
		else
			table_cell(table, link->up ? TINT_GOOD : TINT_BAD, "%s",
				   link->up ? "up" : "down");
		table_cell(table, TINT_NONE, "%s", brief_time(age, link->rx_age));
		table_cell(table, TINT_NONE, "%llu", (unsigned long long)link->rx);
		table_cell(table, TINT_NONE, "%llu", (unsigned long long)link->tx);
		table_cell(table, link->tx_errors ? TINT_ODD : TINT_NONE, "%llu",
			   (unsigned long long)link->tx_errors);
	}
	table_print(table, 0);
	table_free(table);
}

static void show(const struct view *view, const struct vnl_node *node)
{
	char heard[BRIEF_LEN], lease[BRIEF_LEN];
	enum tint tint = TINT_NONE;
	const char *health = view_health(view, node->name, &tint);

	printf("node         %s (%u)%s\n", node->name, node->id, node->self ? ", this node" : "");
	printf("votes        %s%s\n", node->voter ? "yes" : "no",
	       node->learning ? ", learning" : "");
	printf("incarnation  %016llx\n", (unsigned long long)node->incarnation);
	if (!node->self) {
		printf("state        %s\n", vnl_node_state_name(node->state));
		if (node->refusal)
			printf("refused      its %s differs from ours\n",
			       vnl_refusal_name(node->refusal));
		printf("heard        %s%s\n", brief_time(heard, node->heard_age),
		       node->heard_age == VNL_NEVER ? "" : " ago");
		printf("lease        %s\n", node->lease_left ?
		       brief_time(lease, node->lease_left) : "none");
		printf("daemon       %s\n", node->daemon ? "alive" : "none");
	}
	printf("health       %s%s\n", tint == TINT_BAD ? "suspect: " : "",
	       health ? health : "not known");
	printf("\n");
	show_links(node);
}

static int show_run(struct cli *cli, int argc, char **argv)
{
	struct view view = { .nodes = NULL };
	struct json_object *object;
	struct vnl_client *client;
	struct vnl_node node;
	int ret = kernel_enter(cli, NULL, &client, &view.cluster);

	if (ret)
		return ret;
	ret = kernel_node(cli, client, view.cluster.name, argv[0], &node);
	vnl_close(client);
	if (ret)
		return ret;
	view_ask(&view, cli);
	if (cli->json) {
		object = view_node_json(&node);
		record_put(object, "health", view_health_json(&view, node.name));
		record_print(object);
	} else {
		show(&view, &node);
	}
	view_free(&view);
	return CLI_OK;
}

static const struct cli_option add_options[] = {
	{ "id", 'i', "N", "number of the node, 1 to 1024" },
	{ "address", 'a', "ADDR", "IPv4 or IPv6; again for every further link, up to 4" },
	{ "no-vote", 'n', NULL, "it does not vote" },
	{ NULL, 0, NULL, NULL }
};

static int addresses(const struct cli *cli, struct vnl_node_config *config)
{
	char why[160];

	for (unsigned int i = 0; i < cli->n_given; i++) {
		if (strcmp(cli->given[i]->name, "address"))
			continue;
		if (config->n_addresses == VIGIL_MAX_LINKS)
			return usage_error(cli, "--address: at most %d links", VIGIL_MAX_LINKS);
		if (vnl_addr_parse(cli->value[i], &config->addresses[config->n_addresses++], why,
				   sizeof(why)))
			return usage_error(cli, "--address: %s", why);
	}
	if (!config->n_addresses)
		return usage_error(cli, "--address is missing");
	return CLI_OK;
}

static int add_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_node_config config = { .name = argv[0], .voter = !cli_given(cli, "no-vote") };
	struct vnl_cluster cluster;
	struct vnl_client *client;
	unsigned long long id;
	int ret;

	if (!cli_name_ok(cli, "node", argv[0]))
		return CLI_USAGE;
	if (!cli_given(cli, "id"))
		return usage_error(cli, "--id is missing");
	if (!cli_number(cli, "id", 1, VIGIL_MAX_NODES, &id))
		return CLI_USAGE;
	config.id = (__u16)id;
	ret = addresses(cli, &config);
	if (!ret)
		ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	return kernel_finish(cli, client, vnl_node_new(client, cluster.name, &config), argv[0]);
}

static int del_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_cluster cluster;
	struct vnl_client *client;
	struct vnl_node node;
	int ret = kernel_enter(cli, NULL, &client, &cluster);

	if (ret)
		return ret;
	ret = kernel_node(cli, client, cluster.name, argv[0], &node);
	if (!ret)
		return kernel_finish(cli, client, vnl_node_del(client, cluster.name, node.id),
				     argv[0]);
	vnl_close(client);
	return ret;
}

static const struct command list_command = {
	.name = "list",
	.summary = "all nodes, a line each",
	.run = list_run,
};

static const struct command show_command = {
	.name = "show",
	.arguments = "NAME",
	.summary = "all that is known of one node, by name or id, with its links",
	.min = 1,
	.max = 1,
	.run = show_run,
};

static const struct command add_command = {
	.name = "add",
	.arguments = "NAME --id N --address ADDR [--address ADDR]... [--no-vote]",
	.summary = "add a node, this one included",
	.details = "\nVoters can only be added before the cluster starts, other nodes at any time.",
	.options = add_options,
	.min = 1,
	.max = 1,
	.run = add_run,
};

static const struct command del_command = {
	.name = "del",
	.arguments = "NAME",
	.summary = "remove a node, by name or id",
	.details = "\nWhile the cluster runs only nodes that do not vote can be removed.",
	.min = 1,
	.max = 1,
	.run = del_run,
};

static const struct command *const verbs[] = {
	&list_command, &show_command, &add_command, &del_command, NULL
};

const struct command node_command = {
	.name = "node",
	.summary = "show, add and remove nodes",
	.verbs = verbs,
};
