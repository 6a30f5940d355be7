// SPDX-License-Identifier: GPL-2.0
/* Watches in tables, over lines, and as JSON. */
#include "watch_view.h"

#include <ctype.h>
#include <stdio.h>

#include <linux/vigil.h>

#include "../lib/duration.h"
#include "../lib/names.h"
#include "record.h"
#include "view.h"

enum tint watch_tint(__u32 state)
{
	switch (state) {
	case VIGIL_WATCH_STATE_ALIVE:
		return TINT_GOOD;
	case VIGIL_WATCH_STATE_STOPPED:
		return TINT_ODD;
	default:
		return TINT_BAD;
	}
}

static void why_text(char text[VNL_WHY_LEN], const struct vnl_why *why)
{
	vnl_watch_why(text, VNL_WHY_LEN, why->cause, why->code, why->by_pid, why->by_comm);
}

/* What the kernel calls 0 is null for scripts. */
static void put_known(struct json_object *object, const char *key, __u64 number)
{
	if (number)
		record_number(object, key, number);
	else
		record_put(object, key, NULL);
}

/* How the last process that died under that name ended: this one, or one before; or NULL. */
static const struct vnl_why *last_death(const struct vnl_watch *w)
{
	if (w->state == VIGIL_WATCH_STATE_DEAD)
		return &w->why;
	return w->died ? &w->last : NULL;
}

static void add_row(struct table *table, const struct vnl_watch *w)
{
	bool why = w->state != VIGIL_WATCH_STATE_ALIVE && w->state != VIGIL_WATCH_STATE_DEAD;
	char age[BRIEF_LEN], progress[BRIEF_LEN], text[VNL_WHY_LEN];
	const struct vnl_why *last = last_death(w);

	table_cell(table, TINT_NONE, "%s", w->name);
	table_cell(table, TINT_NONE, "%s", vnl_watch_kind_name(w->kind));
	table_cell(table, TINT_NONE, "%u", w->pid);
	table_cell(table, watch_tint(w->state), "%s%s%s", vnl_watch_state_name(w->state),
		   why ? ": " : "", why ? vnl_watch_cause_name(w->why.cause) : "");
	table_cell(table, TINT_NONE, "%s", brief_time(age, w->why.age));
	table_cell(table, TINT_NONE, "%s", brief_time(progress, w->progress_age));
	table_cell(table, w->deaths ? TINT_ODD : TINT_NONE, "%u", w->deaths);
	if (!last) {
		table_cell(table, TINT_NONE, "-");
		return;
	}
	why_text(text, last);
	if (last == &w->why)
		table_cell(table, TINT_NONE, "%s", text);
	else
		table_cell(table, TINT_NONE, "%s, %s ago", text, brief_time(age, last->age));
}

static void print_rows(const struct vnl_watch *list, int n, unsigned int indent, bool alive)
{
	static const struct column columns[] = {
		{ .title = "watch", .shrink = true }, { .title = "kind" },
		{ .title = "pid", .right = true }, { .title = "state" },
		{ .title = "for", .right = true }, { .title = "progress", .right = true },
		{ .title = "deaths", .right = true }, { .title = "last death", .shrink = true },
	};
	struct table *table = table_new(columns, 8);

	for (int i = 0; i < n; i++)
		if (alive || list[i].state != VIGIL_WATCH_STATE_ALIVE)
			add_row(table, &list[i]);
	table_print(table, indent);
	table_free(table);
}

void watch_print_all(const struct vnl_watch *list, int n)
{
	print_rows(list, n, 0, true);
}

bool watch_all_alive(const struct vnl_watch *list, int n)
{
	for (int i = 0; i < n; i++)
		if (list[i].state != VIGIL_WATCH_STATE_ALIVE)
			return false;
	return true;
}

void watch_print_troubled(const struct vnl_watch *list, int n, unsigned int indent)
{
	if (watch_all_alive(list, n))
		return;
	putchar('\n');
	print_rows(list, n, indent, false);
}

static void print_deadlines(const struct vnl_watch *w)
{
	const struct {
		const char *name;
		__u32 ms;
	} all[] = { { "progress", w->progress }, { "blocked", w->blocked }, { "hang", w->hang } };
	char line[128] = "none", text[VIGIL_DURATION_LEN];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].ms)
			continue;
		vigil_duration_format(text, sizeof(text), all[i].ms * VIGIL_NS_PER_MS);
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s %s",
					len ? ", " : "", all[i].name, text);
	}
	table_field("deadlines", "%s", line);
}

void watch_print(const struct vnl_watch *w)
{
	const struct vnl_why *last = last_death(w);
	char text[VNL_WHY_LEN], ago[BRIEF_LEN];

	table_field("watch", "%s", w->name);
	table_field("kind", "%s", vnl_watch_kind_name(w->kind));
	table_field("pid", "%u", w->pid);
	if (w->cgroup)
		table_field("cgroup", "%llu", (unsigned long long)w->cgroup);
	why_text(text, &w->why);
	table_field("state", "%s%s%s, for %s", vnl_watch_state_name(w->state), *text ? ": " : "",
		    text, brief_time(ago, w->why.age));
	table_field("watched", "for %s", brief_time(ago, w->age));
	print_deadlines(w);
	if (w->progress_age != VNL_WATCH_NEVER)
		table_field("came on", "%s ago", brief_time(ago, w->progress_age));
	if (!last) {
		table_field("deaths", "%u", w->deaths);
		return;
	}
	why_text(text, last);
	table_field("deaths", "%u, the last %s ago: %s", w->deaths, brief_time(ago, last->age),
		    text);
}

void watch_put_why(struct json_object *object, const struct vnl_why *why, __u32 tid)
{
	char text[VNL_WHY_LEN], comm[sizeof(why->by_comm)];
	size_t i;

	/* A task can call itself anything; JSON is UTF-8. */
	for (i = 0; i + 1 < sizeof(comm) && why->by_comm[i]; i++)
		comm[i] = isascii((unsigned char)why->by_comm[i]) ? why->by_comm[i] : '?';
	comm[i] = '\0';
	why_text(text, why);
	record_text(object, "cause", vnl_watch_cause_name(why->cause));
	record_signed(object, "code", why->code);
	put_known(object, "by_pid", why->by_pid);
	record_text(object, "by_comm", *comm ? comm : NULL);
	put_known(object, "tid", tid);
	record_text(object, "text", text);
}

static struct json_object *deadlines_json(const struct vnl_watch *w)
{
	struct json_object *object = record_new();

	put_known(object, "progress_ns", w->progress * VIGIL_NS_PER_MS);
	put_known(object, "blocked_ns", w->blocked * VIGIL_NS_PER_MS);
	put_known(object, "hang_ns", w->hang * VIGIL_NS_PER_MS);
	return object;
}

struct json_object *watch_json(const struct vnl_watch *w)
{
	struct json_object *object = record_new(), *death = NULL;
	const struct vnl_why *last = last_death(w);

	record_text(object, "name", w->name);
	record_number(object, "id", w->id);
	record_text(object, "kind", vnl_watch_kind_name(w->kind));
	put_known(object, "pid", w->pid);
	put_known(object, "cgroup", w->cgroup);
	record_text(object, "state", vnl_watch_state_name(w->state));
	watch_put_why(object, &w->why, w->tid);
	record_number(object, "state_age_ns", w->why.age);
	record_number(object, "age_ns", w->age);
	if (w->progress_age == VNL_WATCH_NEVER)
		record_put(object, "progress_age_ns", NULL);
	else
		record_number(object, "progress_age_ns", w->progress_age);
	record_put(object, "deadlines", deadlines_json(w));
	record_number(object, "deaths", w->deaths);
	if (last) {
		death = record_new();
		watch_put_why(death, last, 0);
		record_number(death, "age_ns", last->age);
	}
	record_put(object, "last_death", death);
	return object;
}

struct json_object *watch_list_json(const struct vnl_watch *list, int n)
{
	struct json_object *array = record_new_list();

	for (int i = 0; i < n; i++)
		record_append(array, watch_json(&list[i]));
	return array;
}
