// SPDX-License-Identifier: GPL-2.0
/* Fetching a cluster and showing its parts in tables. view_json.c does the JSON. */
#include "view.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vigil.h>

#include "../lib/names.h"

int view_load(struct view *view, const struct cli *cli, struct vnl_client *client)
{
	const char *name = view->cluster.name;

	view->nodes = NULL;
	view->claims = NULL;
	view->n_claims = 0;
	view->gates = NULL;
	view->n_gates = 0;
	view->daemon = NULL;
	view->n_nodes = vnl_node_list(client, name, &view->nodes);
	if (view->n_nodes < 0)
		return kernel_failed(cli, client, view->n_nodes, name);
	/* A cluster that was never started has no claims, and no core to ask. */
	if (view->cluster.state != VIGIL_CLUSTER_STATE_CONFIGURED)
		view->n_claims = vnl_claim_list(client, name, &view->claims);
	if (view->n_claims >= 0)
		view->n_gates = vnl_gate_list(client, name, &view->gates);
	if (view->n_claims < 0 || view->n_gates < 0) {
		int ret = kernel_failed(cli, client, view->n_claims < 0 ? view->n_claims :
					view->n_gates, name);

		view_free(view);
		return ret;
	}
	return CLI_OK;
}

int view_fetch(struct view *view, const struct cli *cli, const char *name)
{
	struct vnl_client *client;
	int ret = kernel_enter(cli, name, &client, &view->cluster);

	if (ret)
		return ret;
	ret = view_load(view, cli, client);
	vnl_close(client);
	return ret;
}

void view_free(struct view *view)
{
	free(view->nodes);
	free(view->claims);
	free(view->gates);
	json_object_put(view->daemon);
	view->nodes = NULL;
	view->claims = NULL;
	view->gates = NULL;
	view->daemon = NULL;
}

const char *view_node_name(const struct view *view, unsigned int id)
{
	static char unknown[2][8];
	static unsigned int turn;

	if (!id)
		return NULL;
	for (int i = 0; i < view->n_nodes; i++)
		if (view->nodes[i].id == id)
			return view->nodes[i].name;
	turn = !turn;
	snprintf(unknown[turn], sizeof(unknown[turn]), "#%u", id & 0xffff);
	return unknown[turn];
}

unsigned int view_leader(const struct view *view)
{
	for (int i = 0; i < view->n_claims; i++)
		if (!strcmp(view->claims[i].name, LEADER_CLAIM))
			return view->claims[i].holder;
	return 0;
}

unsigned int view_voters_up(const struct view *view)
{
	unsigned int up = 0;

	for (int i = 0; i < view->n_nodes; i++) {
		const struct vnl_node *node = &view->nodes[i];

		up += node->voter && (node->self || node->state == VIGIL_NODE_STATE_UP);
	}
	return up;
}

const char *brief_time(char out[BRIEF_LEN], __u64 ns)
{
	unsigned long long ms = ns / 1000000;

	if (ns == VNL_NEVER)
		snprintf(out, BRIEF_LEN, "-");
	else if (ms < 1000)
		snprintf(out, BRIEF_LEN, "%llu ms", ms);
	else if (ms < 10000)
		snprintf(out, BRIEF_LEN, "%llu.%llu s", ms / 1000, ms / 100 % 10);
	else if (ms < 120000)
		snprintf(out, BRIEF_LEN, "%llu s", ms / 1000);
	else if (ms < 7200000)
		snprintf(out, BRIEF_LEN, "%llu min", ms / 60000);
	else if (ms < 172800000)
		snprintf(out, BRIEF_LEN, "%llu h", ms / 3600000);
	else
		snprintf(out, BRIEF_LEN, "%llu d", ms / 86400000);
	return out;
}

static enum tint node_tint(const struct vnl_node *node)
{
	switch (node->state) {
	case VIGIL_NODE_STATE_UP:
		return TINT_GOOD;
	case VIGIL_NODE_STATE_DOWN:
	case VIGIL_NODE_STATE_EXPIRED:
		return TINT_BAD;
	default:
		return TINT_ODD;
	}
}

static void node_state_cells(struct table *table, const struct vnl_node *node)
{
	unsigned int up = 0;

	for (unsigned int i = 0; i < node->n_links; i++)
		up += node->links[i].up;
	if (node->self) {
		table_cell(table, TINT_NONE, "self");
		table_cell(table, TINT_NONE, "-");
		return;
	}
	/* A refusal says more than silence does. */
	if (node->refusal && node->state != VIGIL_NODE_STATE_UP)
		table_cell(table, TINT_BAD, "refused: %s", vnl_refusal_name(node->refusal));
	else
		table_cell(table, node_tint(node), "%s%s", vnl_node_state_name(node->state),
			   node->learning ? ", learning" : "");
	table_cell(table, up == node->n_links ? TINT_NONE : TINT_ODD, "%u/%u", up, node->n_links);
}

void view_print_nodes(const struct view *view, unsigned int indent)
{
	static const struct column columns[] = {
		{ .title = "node", .shrink = true }, { .title = "id", .right = true },
		{ .title = "vote" }, { .title = "state" }, { .title = "links" },
		{ .title = "heard", .right = true }, { .title = "lease", .right = true },
		{ .title = "daemon" },
	};
	struct table *table = table_new(columns, 8);
	char age[BRIEF_LEN], lease[BRIEF_LEN];

	for (int i = 0; i < view->n_nodes; i++) {
		const struct vnl_node *node = &view->nodes[i];
		bool daemon = node->self ? view->cluster.daemon : node->daemon;
		bool heard = node->self || node->state == VIGIL_NODE_STATE_UP;

		table_cell(table, TINT_NONE, "%s", node->name);
		table_cell(table, TINT_NONE, "%u", node->id);
		table_cell(table, TINT_NONE, "%s", node->voter ? "yes" : "no");
		node_state_cells(table, node);
		table_cell(table, TINT_NONE, "%s",
			   node->self ? "-" : brief_time(age, node->heard_age));
		table_cell(table, TINT_NONE, "%s", node->self || !node->lease_left ? "-" :
			   brief_time(lease, node->lease_left));
		if (heard)
			table_cell(table, daemon ? TINT_NONE : TINT_ODD, "%s",
				   daemon ? "alive" : "none");
		else
			table_cell(table, TINT_NONE, "-");
	}
	table_print(table, indent);
	table_free(table);
}

static enum tint claim_tint(__u32 state)
{
	switch (state) {
	case VIGIL_CLAIM_STATE_HELD:
		return TINT_GOOD;
	case VIGIL_CLAIM_STATE_LOST:
		return TINT_BAD;
	case VIGIL_CLAIM_STATE_NONE:
		return TINT_NONE;
	default:
		return TINT_ODD;
	}
}

void view_print_claims(const struct view *view, unsigned int indent)
{
	static const struct column columns[] = {
		{ .title = "claim", .shrink = true }, { .title = "holder", .shrink = true },
		{ .title = "here" }, { .title = "left", .right = true },
		{ .title = "grants" }, { .title = "waiter", .shrink = true },
	};
	struct table *table = table_new(columns, 6);
	char left[BRIEF_LEN];

	for (int i = 0; i < view->n_claims; i++) {
		const struct vnl_claim *claim = &view->claims[i];
		const char *holder = view_node_name(view, claim->holder);
		const char *waiter = view_node_name(view, claim->waiter);
		bool held = claim->state == VIGIL_CLAIM_STATE_HELD;

		table_cell(table, TINT_NONE, "%s", claim->name);
		table_cell(table, TINT_NONE, "%s", holder ? holder : "-");
		table_cell(table, claim_tint(claim->state), "%s",
			   vnl_claim_state_name(claim->state));
		table_cell(table, TINT_NONE, "%s", held ? brief_time(left, claim->hold_left) : "-");
		if (claim->state == VIGIL_CLAIM_STATE_NONE)
			table_cell(table, TINT_NONE, "-");
		else
			table_cell(table, TINT_NONE, "%d/%u", __builtin_popcount(claim->grants),
				   view->cluster.voters);
		table_cell(table, waiter ? TINT_ODD : TINT_NONE, "%s", waiter ? waiter : "-");
	}
	table_print(table, indent);
	table_free(table);
}
