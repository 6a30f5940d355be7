// SPDX-License-Identifier: GPL-2.0
/* vigil claim: the right to run a service: who has it; ask for it, give it up. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vigil.h>

#include "../lib/names.h"
#include "claim_wait.h"
#include "command.h"
#include "record.h"
#include "view.h"

static int list_run(struct cli *cli, int argc, char **argv)
{
	struct view view;
	int ret = view_fetch(&view, cli, NULL);

	if (ret)
		return ret;
	if (cli->json)
		record_print(view_claims_json(&view));
	else
		view_print_claims(&view, 0);
	view_free(&view);
	return CLI_OK;
}

static const struct cli_option show_options[] = {
	{ "quiet", 'q', NULL, "print nothing; exit with 5 if it is not held here" },
	{ NULL, 0, NULL, NULL }
};

static void show(const struct view *view, const struct vnl_claim *claim)
{
	const char *holder = view_node_name(view, claim->holder);
	const char *owner = view_node_name(view, claim->owner);
	const char *waiter = view_node_name(view, claim->waiter);
	char left[BRIEF_LEN];

	printf("claim    %s\n", claim->name);
	printf("holder   %s\n", holder ? holder : "unknown");
	printf("here     %s\n", vnl_claim_state_name(claim->state));
	if (claim->state == VIGIL_CLAIM_STATE_HELD)
		printf("left     %s\n", brief_time(left, claim->hold_left));
	if (claim->state != VIGIL_CLAIM_STATE_NONE)
		printf("grants   %d of %u voters\n", __builtin_popcount(claim->grants),
		       view->cluster.voters);
	printf("number   %llu\n", (unsigned long long)claim->k);
	printf("vote     %s\n", owner ? owner : "none");
	printf("waiter   %s\n", waiter ? waiter : "none");
	view_print_gate(view, claim->name);
}

static int show_run(struct cli *cli, int argc, char **argv)
{
	const struct vnl_claim *claim = NULL;
	struct view view;
	int ret;

	if (!cli_name_ok(cli, "claim", argv[0]))
		return CLI_USAGE;
	ret = view_fetch(&view, cli, NULL);
	if (ret)
		return ret;
	for (int i = 0; i < view.n_claims && !claim; i++)
		if (!strcmp(view.claims[i].name, argv[0]))
			claim = &view.claims[i];
	if (!claim) {
		ret = CLI_ABSENT;
		if (!cli_given(cli, "quiet"))
			complain("claim show: nothing is known here of a claim '%s'", argv[0]);
	} else if (cli_given(cli, "quiet")) {
		ret = claim->state == VIGIL_CLAIM_STATE_HELD ? CLI_OK : CLI_NOT_HELD;
	} else if (cli->json) {
		record_print(view_claim_json(&view, claim));
	} else {
		show(&view, claim);
	}
	view_free(&view);
	return ret;
}

/* Everything that get and release need; ended by end(). */
struct request {
	struct vnl_client *client;
	struct vnl_cluster cluster;
	struct claim_wait *wait;
};

static int begin(struct cli *cli, struct request *request, const char *claim)
{
	int ret;

	request->wait = NULL;
	if (!cli_name_ok(cli, "claim", claim))
		return CLI_USAGE;
	ret = claim_wait_begin(cli, &request->wait);
	if (ret)
		return ret;
	ret = kernel_enter(cli, NULL, &request->client, &request->cluster);
	if (ret)
		claim_wait_end(request->wait);
	return ret;
}

static int end(struct request *request, int ret)
{
	claim_wait_end(request->wait);
	vnl_close(request->client);
	return ret;
}

static int waited(const struct cli *cli, const struct request *request, int error,
		  const char *claim, const char *missed)
{
	if (!error)
		return CLI_OK;
	if (error == -ETIMEDOUT)
		complain("%s %s: %s within %s", cli->path, claim, missed, cli_value(cli, "wait"));
	else if (error == -EINTR)
		complain("%s %s: interrupted", cli->path, claim);
	else
		return kernel_failed(cli, request->client, error, claim);
	return CLI_NOT_HELD;
}

static const struct cli_option get_options[] = {
	{ "rank", 'r', "N", "lower is served first (the id of this node)" },
	{ "wait", 'w', "[TIME]", "until it is held, or for TIME at most" },
	{ NULL, 0, NULL, NULL }
};

/* Is it this node's already? Then what it covers may be running. */
static bool asked_before(const struct request *request, const char *claim)
{
	struct vnl_claim now;
	int error = vnl_claim_get(request->client, request->cluster.name, claim, &now);

	if (error)
		return error != -ENOENT;
	return now.state != VIGIL_CLAIM_STATE_NONE && now.state != VIGIL_CLAIM_STATE_RELEASING;
}

static int get_run(struct cli *cli, int argc, char **argv)
{
	unsigned long long rank = 0;
	struct request request;
	int error, ret;
	bool ours;

	if (cli_given(cli, "rank") && !cli_number(cli, "rank", 1, UINT16_MAX, &rank))
		return CLI_USAGE;
	ret = begin(cli, &request, argv[0]);
	if (ret)
		return ret;
	ours = !asked_before(&request, argv[0]);
	error = vnl_claim_new(request.client, request.cluster.name, argv[0], (__u16)rank);
	if (error)
		return end(&request, kernel_failed(cli, request.client, error, argv[0]));
	if (!request.wait)
		return end(&request, CLI_OK);
	error = claim_wait_for(request.wait, request.client, request.cluster.name, argv[0],
			       VIGIL_CLAIM_STATE_HELD);
	ret = waited(cli, &request, error, argv[0], "not held");
	/* Asked for here, and nobody has been told that it is held: it can be taken back. */
	if (ret && ours)
		vnl_claim_release(request.client, request.cluster.name, argv[0], 0);
	return end(&request, ret);
}

static const struct cli_option release_options[] = {
	{ "to", 't', "NODE", "hand it to this node, by name or id" },
	{ "wait", 'w', "[TIME]", "until the voters know, or for TIME at most" },
	{ NULL, 0, NULL, NULL }
};

static int release_run(struct cli *cli, int argc, char **argv)
{
	const char *to = cli_value(cli, "to");
	struct vnl_node node = { .id = 0 };
	struct request request;
	int error, ret = begin(cli, &request, argv[0]);

	if (ret)
		return ret;
	if (to)
		ret = kernel_node(cli, request.client, request.cluster.name, to, &node);
	if (ret)
		return end(&request, ret);
	error = vnl_claim_release(request.client, request.cluster.name, argv[0], node.id);
	if (error)
		return end(&request, kernel_failed(cli, request.client, error, argv[0]));
	if (!request.wait)
		return end(&request, CLI_OK);
	error = claim_wait_for(request.wait, request.client, request.cluster.name, argv[0],
			       VIGIL_CLAIM_STATE_NONE);
	return end(&request, waited(cli, &request, error, argv[0], "not acknowledged"));
}

static const struct command list_command = {
	.name = "list",
	.summary = "own claims, and what this node granted as a voter",
	.run = list_run,
};

static const struct command show_command = {
	.name = "show",
	.arguments = "NAME [-q]",
	.summary = "all that is known here of one claim",
	.options = show_options,
	.min = 1,
	.max = 1,
	.run = show_run,
};

static const struct command get_command = {
	.name = "get",
	.arguments = "NAME [--rank N] [--wait[=TIME]]",
	.summary = "ask for a claim",
	.details = "\nWhat it covers may run here while its state is \"held\", and only then. If --wait ends\n"
		   "before that the exit code is 5, and the request is withdrawn, unless this node had\n"
		   "asked for the claim before.",
	.options = get_options,
	.min = 1,
	.max = 1,
	.run = get_run,
};

static const struct command release_command = {
	.name = "release",
	.arguments = "NAME [--to NODE] [--wait[=TIME]]",
	.summary = "give a claim up: what it covers HAS STOPPED here",
	.details = "\nAnother node may start it at once; with --to, that node first.",
	.options = release_options,
	.min = 1,
	.max = 1,
	.run = release_run,
};

static const struct command *const verbs[] = {
	&list_command, &show_command, &get_command, &release_command, NULL
};

const struct command claim_command = {
	.name = "claim",
	.summary = "show, get and release claims: rights to run a service",
	.verbs = verbs,
};
