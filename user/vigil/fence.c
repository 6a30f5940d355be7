// SPDX-License-Identifier: GPL-2.0
/* vigil fence: power nodes off through their devices, or by other means; what was done. */
#include <json-c/json.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "daemon.h"
#include "fence.h"
#include "record.h"
#include "view.h"

#define ANSWER_SECONDS	10

static const struct cli_option options[] = {
	{ "off", 0, NULL, "power it off and leave it off" },
	{ "reboot", 0, NULL, "power it off, then on again" },
	{ "poison", 0, NULL, "tell its kernel to take its fence action at once" },
	{ "confirmed", 0, NULL, "you have seen that it is off; asks for its name" },
	{ NULL, 0, NULL, NULL }
};

const char *fence_user(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw = getpwuid(getuid());

	return sudo && *sudo ? sudo : pw ? pw->pw_name : "somebody";
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text = json_object_get_string(member(o, key));

	return text ? text : "";
}

static __u64 number_of(struct json_object *o, const char *key)
{
	return json_object_get_uint64(member(o, key));
}

/* The request; NULL: no daemon, and *@ret says so. */
static struct json_object *ask(struct cli *cli, const char *op, const char *node,
			       const char *action, unsigned int seconds, int *ret)
{
	struct json_object *request, *answer = NULL;
	int fd;

	*ret = daemon_connect(cli, false, &fd);
	if (*ret)
		return NULL;
	request = record_new();
	record_text(request, "op", op);
	if (node)
		record_text(request, "node", node);
	if (action)
		record_text(request, "action", action);
	record_text(request, "by", fence_user());
	*ret = daemon_request(cli, fd, request, seconds, &answer);
	return answer;
}

static void print_steps(struct json_object *steps)
{
	static const struct column columns[] = {
		{ .title = "level", .right = true }, { .title = "device", .shrink = true },
		{ .title = "action" }, { .title = "took", .right = true },
		{ .title = "result", .shrink = true },
	};
	struct table *table = table_new(columns, 5);
	char took[BRIEF_LEN];

	for (size_t i = 0; i < json_object_array_length(steps); i++) {
		struct json_object *s = json_object_array_get_idx(steps, i);
		bool good = json_object_get_boolean(member(s, "good"));

		table_cell(table, TINT_NONE, "%llu", (unsigned long long)number_of(s, "level"));
		table_cell(table, TINT_NONE, "%s", text_of(s, "device"));
		table_cell(table, TINT_NONE, "%s", text_of(s, "action"));
		table_cell(table, TINT_NONE, "%s", brief_time(took, number_of(s, "took_ns")));
		table_cell(table, good ? TINT_GOOD : TINT_BAD, "%s", text_of(s, "text"));
	}
	table_print(table, 0);
	table_free(table);
}

static bool all_good(struct json_object *steps)
{
	for (size_t i = 0; i < json_object_array_length(steps); i++)
		if (!json_object_get_boolean(member(json_object_array_get_idx(steps, i), "good")))
			return false;
	return json_object_array_length(steps);
}

/* Prints the end of a fencing or test, and frees it. */
static int show(struct cli *cli, struct json_object *answer, bool test)
{
	struct json_object *fence = member(answer, "fence"), *steps = member(fence, "steps");
	const char *outcome = text_of(fence, "outcome");
	bool good = test ? steps && all_good(steps) : !fence || !strcmp(outcome, "confirmed");

	if (cli->json) {
		record_print(answer);
		return good ? CLI_OK : CLI_FAILED;
	}
	if (steps && json_object_array_length(steps))
		print_steps(steps);
	if (fence && !test)
		printf("%s: %s: %s\n", text_of(fence, "node"), outcome, text_of(fence, "text"));
	record_free(answer);
	return good ? CLI_OK : CLI_FAILED;
}

static int test_run(struct cli *cli, const char *node)
{
	int ret;
	struct json_object *answer = ask(cli, "fence-test", node, NULL, 0, &ret);

	return answer ? show(cli, answer, true) : ret;
}

static void history_row(struct table *table, struct json_object *r)
{
	time_t seconds = (time_t)(number_of(r, "date_ns") / 1000000000);
	const char *outcome = text_of(r, "outcome");
	char date[32] = "?", took[BRIEF_LEN];
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%F %T", &tm);
	table_cell(table, TINT_NONE, "%s", date);
	table_cell(table, TINT_NONE, "%s", text_of(r, "node"));
	table_cell(table, TINT_NONE, "%s", text_of(r, "action"));
	table_cell(table, TINT_NONE, "%s", text_of(r, "from"));
	table_cell(table, TINT_NONE, "%s", text_of(r, "by"));
	table_cell(table, TINT_NONE, "%s", text_of(r, "devices"));
	table_cell(table, !strcmp(outcome, "confirmed") ? TINT_GOOD : TINT_BAD, "%s", outcome);
	table_cell(table, TINT_NONE, "%s", brief_time(took, number_of(r, "took_ns")));
	table_cell(table, TINT_FAINT, "%s", text_of(r, "text"));
}

static int history_run(struct cli *cli)
{
	static const struct column columns[] = {
		{ .title = "when" }, { .title = "node", .shrink = true }, { .title = "action" },
		{ .title = "from", .shrink = true }, { .title = "asked by", .shrink = true },
		{ .title = "devices", .shrink = true }, { .title = "outcome" },
		{ .title = "took", .right = true }, { .title = "", .shrink = true },
	};
	struct json_object *answer, *list;
	struct table *table;
	int ret;

	answer = ask(cli, "fence-history", NULL, NULL, ANSWER_SECONDS, &ret);
	if (!answer)
		return ret;
	if (cli->json) {
		record_print(answer);
		return CLI_OK;
	}
	list = member(answer, "history");
	table = table_new(columns, 9);
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		history_row(table, json_object_array_get_idx(list, i));
	table_print(table, 0);
	table_free(table);
	record_free(answer);
	return CLI_OK;
}

/* An explicit word: nothing in the cluster can check it. */
static int ask_word(const struct cli *cli, const char *node)
{
	char line[128];

	fprintf(stderr,
		"You say that node %s is off, and that nothing will switch it on meanwhile.\n"
		"Its services are started elsewhere at once. If it is not off, they run twice,\n"
		"and data is lost. Type its name to confirm: ", node);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	if (!strcmp(line, node))
		return CLI_OK;
	complain("%s: not confirmed", cli->path);
	return CLI_USAGE;
}

static int fence_node(struct cli *cli, const char *node)
{
	const char *action = "";
	struct json_object *answer;
	int ret = CLI_OK;

	if (cli->n_given > 1)
		return usage_error(cli, "one of --off, --reboot, --poison and --confirmed");
	if (!cli_name_ok(cli, "node", node))
		return CLI_USAGE;
	if (cli->n_given)
		action = cli->given[0]->name;
	if (!strcmp(action, "confirmed"))
		ret = ask_word(cli, node);
	answer = ret ? NULL : ask(cli, "fence", node, action, 0, &ret);
	return answer ? show(cli, answer, false) : ret;
}

static int fence_run(struct cli *cli, int argc, char **argv)
{
	bool test = !strcmp(argv[0], "test"), history = !strcmp(argv[0], "history");

	if (test && argc == 1)
		return usage_error(cli, "an argument is missing: test NODE");
	if (!test && argc == 2)
		return usage_error(cli, "'%s' is one argument too many", argv[1]);
	if ((test || history) && cli->n_given)
		return usage_error(cli, "no options go with '%s'", argv[0]);
	return test ? test_run(cli, argv[1]) : history ? history_run(cli) :
						      fence_node(cli, argv[0]);
}

const struct command fence_command = {
	.name = "fence",
	.arguments = "NODE | test NODE | history",
	.summary = "power a node off by its devices; test them; what was done",
	.details = "\nfence NODE does what its fence-action says, and waits for the end. The kernel is\n"
		   "told that the node is dead when its devices say \"off\" after that.\n"
		   "fence test NODE asks all its devices for their status and changes nothing.\n"
		   "fence history shows what was done on all nodes, by whom, and how it ended.",
	.options = options,
	.min = 1,
	.max = 2,
	.run = fence_run,
};
