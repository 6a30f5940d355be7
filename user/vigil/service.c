// SPDX-License-Identifier: GPL-2.0
/* vigil service: what vigild knows about the services of the cluster. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "daemon.h"
#include "record.h"
#include "view.h"

#define ANSWER_SECONDS	10

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value ? json_object_get_string(value) : NULL;
}

static __u64 number_of(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value ? json_object_get_uint64(value) : 0;
}

static enum tint state_tint(const char *state)
{
	if (!strcmp(state, "running"))
		return TINT_GOOD;
	if (!strcmp(state, "stuck"))
		return TINT_BAD;
	return strcmp(state, "off") ? TINT_ODD : TINT_NONE;
}

/* How long ago @since was, on CLOCK_BOOTTIME; VNL_NEVER for 0. */
static __u64 age_of(__u64 since)
{
	struct timespec now;
	__u64 ns;

	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
	if (!since)
		return VNL_NEVER;
	return ns > since ? ns - since : 0;
}

static void add_row(struct table *table, struct json_object *service)
{
	const char *state = text_of(service, "state"), *node = text_of(service, "node");
	const char *here = text_of(service, "here"), *reason = text_of(service, "reason");
	const char *name = text_of(service, "name");
	__u64 since = age_of(number_of(service, "since"));
	char age[BRIEF_LEN];

	table_cell(table, TINT_NONE, "%s", name ? name : "?");
	table_cell(table, state ? state_tint(state) : TINT_NONE, "%s", state ? state : "?");
	table_cell(table, TINT_NONE, "%s", node && *node ? node : "-");
	table_cell(table, TINT_NONE, "%s", here && *here ? here : "-");
	table_cell(table, TINT_NONE, "%s", brief_time(age, since));
	table_cell(table, TINT_NONE, "%llu",
		   (unsigned long long)number_of(service, "restarts"));
	table_cell(table, TINT_FAINT, "%s", reason ? reason : "");
}

/* The daemon's list of services; *answer owns it. */
static int ask(struct cli *cli, struct json_object **answer, struct json_object **list)
{
	int fd, ret = daemon_connect(cli, false, &fd);

	if (!ret)
		ret = daemon_ask(cli, fd, "status", ANSWER_SECONDS, answer);
	if (ret)
		return ret;
	if (!json_object_object_get_ex(*answer, "services", list) ||
	    !json_object_is_type(*list, json_type_array)) {
		complain("%s: vigild's answer has no services", cli->path);
		json_object_put(*answer);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int list_run(struct cli *cli, int argc, char **argv)
{
	static const struct column columns[] = {
		{ .title = "service", .shrink = true }, { .title = "state" },
		{ .title = "node", .shrink = true }, { .title = "here" },
		{ .title = "for", .right = true }, { .title = "restarts", .right = true },
		{ .title = "reason", .shrink = true },
	};
	struct json_object *answer, *list;
	struct table *table;
	int ret = ask(cli, &answer, &list);

	if (ret)
		return ret;
	if (cli->json) {
		record_print(answer);
		return CLI_OK;
	}
	table = table_new(columns, 7);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		add_row(table, json_object_array_get_idx(list, i));
	table_print(table, 0);
	table_free(table);
	json_object_put(answer);
	return CLI_OK;
}

static void show(struct json_object *service)
{
	json_object_object_foreach(service, key, value)
		table_field(key, "%s", value ? json_object_get_string(value) : "-");
}

static int show_run(struct cli *cli, int argc, char **argv)
{
	struct json_object *answer, *list;
	int ret = ask(cli, &answer, &list);

	if (ret)
		return ret;
	ret = CLI_ABSENT;
	for (size_t i = 0; ret && i < json_object_array_length(list); i++) {
		struct json_object *service = json_object_array_get_idx(list, i);
		const char *name = text_of(service, "name");

		if (!name || strcmp(name, argv[0]))
			continue;
		ret = CLI_OK;
		if (cli->json)
			record_print(json_object_get(service));
		else
			show(service);
	}
	if (ret)
		complain("service show: there is no service '%s'", argv[0]);
	json_object_put(answer);
	return ret;
}

static const struct command list_command = {
	.name = "list",
	.summary = "all services: state, where, since when",
	.run = list_run,
};

static const struct command show_command = {
	.name = "show",
	.arguments = "NAME",
	.summary = "all that vigild knows about one service",
	.min = 1,
	.max = 1,
	.run = show_run,
};

static const struct command *const verbs[] = { &list_command, &show_command, NULL };

const struct command service_command = {
	.name = "service",
	.summary = "show services (asks vigild)",
	.verbs = verbs,
};
