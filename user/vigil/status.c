// SPDX-License-Identifier: GPL-2.0
/* vigil status: every cluster of this node at a glance. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/vigil.h>

#include "../lib/duration.h"
#include "../lib/names.h"
#include "command.h"
#include "record.h"
#include "view.h"
#include "watch_view.h"

static const struct cli_option options[] = {
	{ "quiet", 'q', NULL, "print nothing; exit with 5 if there is no quorum" },
	{ NULL, 0, NULL, NULL }
};

static void tinted(enum tint tint, const char *text)
{
	printf("%s%s%s", tint_start(tint), text, tint == TINT_NONE ? "" : tint_end());
}

static void print_quorum(const struct vnl_cluster *c)
{
	char left[BRIEF_LEN];

	if (c->state != VIGIL_CLUSTER_STATE_RUNNING) {
		tinted(TINT_ODD, vnl_cluster_state_name(c->state));
		return;
	}
	tinted(c->quorum ? TINT_GOOD : TINT_BAD, c->quorum ? "quorum" : "no quorum");
	if (c->quorum && c->quorum_left != VNL_NEVER)
		printf(" for %s", brief_time(left, c->quorum_left));
}

static void print_head(const struct view *view)
{
	const struct vnl_cluster *c = &view->cluster;
	const char *leader = view_node_name(view, view_leader(view));
	unsigned int up = view_voters_up(view);
	char detect[VIGIL_DURATION_LEN];

	tinted(TINT_TITLE, c->name);
	printf(": this is %s, ", view_node_name(view, c->self));
	print_quorum(c);
	printf(", ");
	printf("%s%u of %u voters up%s", tint_start(up < c->voters ? TINT_ODD : TINT_NONE), up,
	       c->voters, up < c->voters ? tint_end() : "");
	if (c->learning && c->state == VIGIL_CLUSTER_STATE_RUNNING)
		tinted(TINT_ODD, ", learning");
	vigil_duration_format(detect, sizeof(detect), c->timing.detect);
	printf("\n  leader %s, ", leader ? leader : "unknown");
	tinted(c->daemon ? TINT_NONE : TINT_ODD, c->daemon ? "daemon alive" : "no daemon");
	if (c->daemon_fence_left != VNL_NEVER) {
		char left[BRIEF_LEN];

		printf("%s, fenced for that in %s%s", tint_start(TINT_BAD),
		       brief_time(left, c->daemon_fence_left), tint_end());
	}
	printf(", fence ");
	tinted(c->fence_action == VIGIL_FENCE_NOTIFY ? TINT_ODD : TINT_NONE,
	       vnl_fence_action_name(c->fence_action));
	printf(", detect %s, %u held here\n", detect, c->held);
}

static void print_watchdog(const struct view *view)
{
	const struct vnl_watchdog *w = &view->cluster.watchdog;
	const char *missing = view_watchdog_missing(view);
	char timeout[BRIEF_LEN], age[BRIEF_LEN];

	if (w->device[0]) {
		printf("  watchdog %s (%s), time-out %s, ", w->device, w->identity,
		       brief_time(timeout, w->timeout));
		tinted(w->state == VIGIL_WATCHDOG_STATE_PETTED && !w->error ? TINT_NONE : TINT_BAD,
		       w->error ? "refuses to be petted" : vnl_watchdog_state_name(w->state));
		printf(", last %s ago\n", brief_time(age, w->pet_age));
	}
	if (missing) {
		printf("  ");
		tinted(TINT_BAD, "no watchdog");
		printf(": %s\n", missing);
	}
}

/* All that is shown of one cluster. */
struct glance {
	struct view view;
	struct vnl_watch *watches;
	int n_watches;
};

static int glance_load(struct glance *g, const struct cli *cli, struct vnl_client *client)
{
	const char *name = g->view.cluster.name;
	int ret = view_load(&g->view, cli, client);

	if (ret)
		return ret;
	view_ask(&g->view, cli);
	g->n_watches = vnl_watch_list(client, name, &g->watches);
	if (g->n_watches >= 0)
		return CLI_OK;
	view_free(&g->view);
	return kernel_failed(cli, client, g->n_watches, name);
}

static void glance_free(struct glance *g)
{
	view_free(&g->view);
	free(g->watches);
}

static void glance_print(const struct glance *g, bool brief)
{
	const struct view *view = &g->view;

	print_head(view);
	print_watchdog(view);
	view_print_fencing(view);
	if (view->n_nodes) {
		putchar('\n');
		view_print_nodes(view, 2);
	}
	if (view->n_claims) {
		putchar('\n');
		view_print_claims(view, 2);
	}
	watch_print_troubled(g->watches, g->n_watches, 2);
	view_print_health(view, 2);
	view_print_probes(view, brief, 2);
}

static struct json_object *glance_json(const struct glance *g)
{
	struct json_object *object = view_cluster_json(&g->view);

	record_put(object, "nodes", view_nodes_json(&g->view));
	record_put(object, "probes", view_probes_json(&g->view));
	record_put(object, "fencing", view_fencing_json(&g->view));
	record_put(object, "claims", view_claims_json(&g->view));
	record_put(object, "watches", watch_list_json(g->watches, g->n_watches));
	return object;
}

/* The clusters that are meant: all, or that of --cluster. Their number, or -exit code. */
static int clusters(struct cli *cli, struct vnl_client *client, struct vnl_cluster **list)
{
	int n, ret;

	if (!cli->cluster) {
		n = vnl_cluster_list(client, list);
		return n < 0 ? -kernel_failed(cli, client, n, NULL) : n;
	}
	*list = calloc(1, sizeof(**list));
	if (!*list) {
		complain("out of memory");
		return -CLI_FAILED;
	}
	ret = kernel_cluster(cli, client, NULL, *list);
	return ret ? -ret : 1;
}

static int show(struct cli *cli, struct vnl_client *client, const struct vnl_cluster *list, int n)
{
	struct json_object *objects = cli->json ? record_new_list() : NULL, *object;
	int ret = CLI_OK;

	for (int i = 0; i < n && !ret; i++) {
		struct glance g = { .view.cluster = list[i] };

		ret = glance_load(&g, cli, client);
		if (ret)
			break;
		if (cli->json) {
			record_append(objects, glance_json(&g));
		} else {
			printf("%s", i ? "\n" : "");
			glance_print(&g, cli->bare);
		}
		glance_free(&g);
	}
	if (!cli->json) {
		if (!n)
			printf("no cluster here\n");
		return ret;
	}
	object = record_new();
	record_put(object, "clusters", objects);
	if (ret)
		record_free(object);
	else
		record_print(object);
	return ret;
}

static int quiet(const struct vnl_cluster *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!list[i].quorum)
			return CLI_NOT_HELD;
	return n ? CLI_OK : CLI_ABSENT;
}

static int status_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_cluster *list = NULL;
	struct vnl_client *client;
	int n, ret = kernel_open(&client);

	if (ret)
		return ret;
	n = clusters(cli, client, &list);
	if (n < 0)
		ret = -n;
	else if (cli_given(cli, "quiet"))
		ret = quiet(list, n);
	else
		ret = show(cli, client, list, n);
	free(list);
	vnl_close(client);
	return ret;
}

const struct command status_command = {
	.name = "status",
	.arguments = "[-q]",
	.summary = "show the clusters of this node at a glance",
	.details = "\nPer cluster: has this node the leases of a majority, and for how long; who votes,\n"
		   "who is up, over how many links and when it was last heard; who holds which claim;\n"
		   "what is watched and not alive (with --json, all that is watched); what is wrong with\n"
		   "a machine, and which probes of vigild are there.",
	.options = options,
	.run = status_run,
};
