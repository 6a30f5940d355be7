// SPDX-License-Identifier: GPL-2.0
/* What vigild knows of the machines: their health, and which of its probes are there. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "view.h"

void view_ask(struct view *view, const struct cli *cli)
{
	/* One that is dead may yet accept a connection: stopped, it would keep us waiting. */
	if (view->cluster.daemon)
		view->daemon = daemon_status(cli, view->cluster.name);
}

/* Value of a member; NULL if it is null or not there. */
static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* A list by its name; NULL if there is none. */
static struct json_object *list_of(const struct view *view, const char *key)
{
	struct json_object *list = member(view->daemon, key);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static size_t length(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

static struct json_object *health_of(const struct view *view, const char *node)
{
	struct json_object *nodes = list_of(view, "nodes");

	for (size_t i = 0; i < length(nodes); i++) {
		struct json_object *object = json_object_array_get_idx(nodes, i);

		if (!strcmp(text_of(object, "name"), node))
			return member(object, "health");
	}
	return NULL;
}

const char *view_health(const struct view *view, const char *node, enum tint *tint)
{
	struct json_object *health = health_of(view, node);
	const char *text = text_of(health, "text");

	if (!health)
		return NULL;
	*tint = json_object_get_boolean(member(health, "suspect")) ? TINT_BAD :
		*text ? TINT_ODD : TINT_GOOD;
	return *text ? text : "good";
}

const char *view_watchdog_missing(const struct view *view)
{
	const char *why = text_of(view->daemon, "watchdog");

	return *why ? why : NULL;
}

void view_print_health(const struct view *view, unsigned int indent)
{
	static const struct column columns[] = {
		{ .title = "node", .shrink = true }, { .title = "health", .shrink = true },
	};
	struct table *table = table_new(columns, 2);
	bool any = false;

	for (int i = 0; i < view->n_nodes; i++) {
		const char *name = view->nodes[i].name, *text;
		enum tint tint = TINT_NONE;

		text = view_health(view, name, &tint);
		if (!text || tint == TINT_GOOD)
			continue;
		any = true;
		table_cell(table, TINT_NONE, "%s", name);
		table_cell(table, tint, "%s%s", tint == TINT_BAD ? "suspect: " : "", text);
	}
	if (any) {
		putchar('\n');
		table_print(table, indent);
	}
	table_free(table);
}

void view_print_probes(const struct view *view, bool missing, unsigned int indent)
{
	static const struct column columns[] = {
		{ .title = "probe" }, { .title = "state" }, { .title = "", .shrink = true },
	};
	struct json_object *probes = list_of(view, "probes");
	struct table *table = table_new(columns, 3);
	bool any = false;

	for (size_t i = 0; i < length(probes); i++) {
		struct json_object *probe = json_object_array_get_idx(probes, i);
		bool attached = json_object_get_boolean(member(probe, "attached"));
		bool waits = json_object_get_boolean(member(probe, "waits"));

		if ((attached || waits) && missing)
			continue;
		any = true;
		table_cell(table, TINT_NONE, "%s", text_of(probe, "name"));
		table_cell(table, attached ? TINT_GOOD : waits ? TINT_NONE : TINT_ODD, "%s",
			   attached ? "attached" : waits ? "waits" : "missing");
		table_cell(table, TINT_NONE, "%s", text_of(probe, attached ? "via" : "reason"));
	}
	if (any) {
		putchar('\n');
		table_print(table, indent);
	}
	table_free(table);
}

void view_print_fencing(const struct view *view)
{
	struct json_object *fencing = member(view->daemon, "fencing");
	struct json_object *active = member(fencing, "active");
	__u64 left = json_object_get_uint64(member(fencing, "left_ns"));
	char time[BRIEF_LEN];

	if (left)
		printf("  %sdisarmed%s for %s by %s: %s\n", tint_start(TINT_ODD), tint_end(),
		       brief_time(time, left), text_of(fencing, "by"), text_of(fencing, "why"));
	for (size_t i = 0; i < length(active); i++) {
		struct json_object *f = json_object_array_get_idx(active, i);

		printf("  %sfencing%s %s (%s), for %s\n", tint_start(TINT_BAD), tint_end(),
		       text_of(f, "node"), text_of(f, "action"),
		       brief_time(time, json_object_get_uint64(member(f, "age_ns"))));
	}
}

struct json_object *view_fencing_json(const struct view *view)
{
	return json_object_get(member(view->daemon, "fencing"));
}

struct json_object *view_health_json(const struct view *view, const char *node)
{
	return json_object_get(health_of(view, node));
}

struct json_object *view_probes_json(const struct view *view)
{
	return json_object_get(list_of(view, "probes"));
}
