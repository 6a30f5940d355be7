// SPDX-License-Identifier: GPL-2.0
#include "fence_history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "run_file.h"

/* Ages in the file count back from here: so they stay true while no daemon runs. */
#define FILE_NOW	INT64_MAX

static const char * const outcomes[FENCE_OUTCOMES] = {
	"running", "confirmed", "not taken", "not proved", "stopped", "refused"
};

const char *fence_outcome_name(enum fence_outcome outcome)
{
	return (unsigned int)outcome < FENCE_OUTCOMES ? outcomes[outcome] : "unknown";
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

/* Ages, not times: every machine has a CLOCK_BOOTTIME of its own. */
struct json_object *fence_record_object(const struct fence_record *r, uint64_t now)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "node", r->node);
	add_text(o, "from", r->from);
	add_text(o, "by", r->by);
	json_object_object_add(o, "automatic", json_object_new_boolean(r->automatic));
	add_text(o, "action", r->action);
	add_number(o, "incarnation", r->incarnation);
	add_number(o, "age_ns", now > r->begun ? now - r->begun : 0);
	add_number(o, "date_ns", r->date);
	add_number(o, "took_ns", r->took);
	add_number(o, "level", r->level);
	add_text(o, "outcome", fence_outcome_name(r->outcome));
	add_text(o, "devices", r->devices);
	add_text(o, "text", r->text);
	return o;
}

static bool get_text(struct json_object *o, const char *key, char *out, size_t room)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return false;
	snprintf(out, room, "%s", json_object_get_string(v));
	return true;
}

static uint64_t get_number(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return 0;
	return json_object_get_uint64(v);
}

bool fence_record_read(struct json_object *o, uint64_t now, struct fence_record *r)
{
	struct json_object *v;
	char outcome[16] = "";
	uint64_t age;

	memset(r, 0, sizeof(*r));
	if (!json_object_is_type(o, json_type_object) ||
	    !get_text(o, "node", r->node, sizeof(r->node)) ||
	    !get_text(o, "from", r->from, sizeof(r->from)) ||
	    !get_text(o, "by", r->by, sizeof(r->by)) ||
	    !get_text(o, "action", r->action, sizeof(r->action)) ||
	    !get_text(o, "outcome", outcome, sizeof(outcome)))
		return false;
	while (strcmp(outcome, outcomes[r->outcome]))
		if (++r->outcome == FENCE_OUTCOMES)
			return false;
	r->automatic = json_object_object_get_ex(o, "automatic", &v) && json_object_get_boolean(v);
	r->incarnation = get_number(o, "incarnation");
	age = get_number(o, "age_ns");
	r->begun = now > age ? now - age : 0;
	r->date = get_number(o, "date_ns");
	r->took = get_number(o, "took_ns");
	r->level = get_number(o, "level");
	get_text(o, "devices", r->devices, sizeof(r->devices));
	get_text(o, "text", r->text, sizeof(r->text));
	return true;
}

static void save(const struct fence_history *h)
{
	struct json_object *list;

	if (!h->path)
		return;
	list = json_object_new_array();
	for (unsigned int i = 0; i < h->n; i++)
		json_object_array_add(list, fence_record_object(&h->record[i], FILE_NOW));
	run_file_write(h->path, list);
}

int fence_history_open(struct fence_history *h, const char *path)
{
	struct json_object *list = run_file_read(path);
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

	memset(h, 0, sizeof(*h));
	for (size_t i = 0; i < n && h->n < FENCE_HISTORY_MAX; i++)
		if (fence_record_read(json_object_array_get_idx(list, i), FILE_NOW,
				      &h->record[h->n]))
			h->n++;
	json_object_put(list);
	h->path = strdup(path);
	return h->path ? 0 : -ENOMEM;
}

void fence_history_close(struct fence_history *h)
{
	free(h->path);
	h->path = NULL;
}

void fence_history_put(struct fence_history *h, const struct fence_record *record)
{
	unsigned int i = 0;

	while (i < h->n && (h->record[i].date != record->date ||
			    strcmp(h->record[i].from, record->from) ||
			    strcmp(h->record[i].node, record->node)))
		i++;
	if (i == h->n && h->n == FENCE_HISTORY_MAX)
		memmove(h->record, h->record + 1, --i * sizeof(h->record[0]));
	else if (i == h->n)
		h->n++;
	else if (h->record[i].took == record->took &&
		 h->record[i].outcome == record->outcome)
		return;
	h->record[i] = *record;
	save(h);
}

unsigned int fence_history_count(const struct fence_history *h, uint64_t window, uint64_t now)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < h->n; i++) {
		const struct fence_record *r = &h->record[i];

		n += r->automatic && r->outcome != FENCE_REFUSED && now - r->begun < window;
	}
	return n;
}

bool fence_history_done(const struct fence_history *h, const char *node, uint64_t incarnation,
			const char *self, uint64_t ns, uint64_t now)
{
	for (unsigned int i = 0; i < h->n; i++) {
		const struct fence_record *r = &h->record[i];

		if (strcmp(r->node, node) || r->incarnation != incarnation)
			continue;
		if (r->outcome == FENCE_CONFIRMED ||
		    (r->outcome == FENCE_RUNNING && strcmp(r->from, self) && now - r->begun < ns))
			return true;
	}
	return false;
}
