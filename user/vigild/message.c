// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include <vigil/limits.h>

#include "log.h"

static const char * const types[] = { "order", "state", "ask", "arm", "fence" };

/* Writing. Sizes are known before anything is serialised: names are plain ASCII. */

/* Bytes with all numbers at their longest. */
#define HEAD_ROOM	160
#define HEALTH_ROOM	(24 + 28 * HEALTH_COUNTERS)
#define ITEM_ROOM(name)	(2 * strlen(name) + 36)	/* every character may need a backslash */

static struct json_object *health_object(const struct health *h)
{
	struct json_object *o = json_object_new_array();

	json_object_array_add(o, json_object_new_int(h->suspect));
	for (int r = 0; r < HEALTH_RESOURCES; r++)
		json_object_array_add(o, json_object_new_int(h->pressure[r]));
	for (int k = 0; k < HEALTH_KINDS; k++)
		for (int s = 0; s < HEALTH_SEVERITIES; s++) {
			const struct health_errors *e = &h->errors[k][s];
			struct json_object *counted;

			if (!e->n)
				continue;
			counted = json_object_new_array();
			json_object_array_add(counted, json_object_new_int(k));
			json_object_array_add(counted, json_object_new_int(s));
			json_object_array_add(counted, json_object_new_int64(e->n));
			json_object_array_add(counted, json_object_new_int64(e->per_minute));
			json_object_array_add(o, counted);
		}
	return o;
}

/* Does this part of a report tell the health? */
static bool tells_health(const struct message_head *head)
{
	return head->type == MESSAGE_STATE && head->report && !head->part && head->has_health;
}

static struct json_object *head_object(const struct message_head *head)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "t", json_object_new_string(types[head->type]));
	if (head->type == MESSAGE_ASK)
		return o;
	json_object_object_add(o, "e", json_object_new_uint64(head->epoch));
	if (head->type == MESSAGE_ORDER) {
		json_object_object_add(o, "q", json_object_new_uint64(head->sequence));
		if (head->deputy)
			json_object_object_add(o, "d", json_object_new_int(1));
		return o;
	}
	json_object_object_add(o, "b", json_object_new_int(head->leader));
	if (head->leaving)
		json_object_object_add(o, "l", json_object_new_int(1));
	if (head->report) {
		json_object_object_add(o, "r", json_object_new_int64(head->report));
		json_object_object_add(o, "p", json_object_new_int64(head->part));
		json_object_object_add(o, "of", json_object_new_int64(head->parts));
	}
	if (tells_health(head))
		json_object_object_add(o, "h", health_object(&head->health));
	return o;
}

static struct json_object *item_object(enum message_type type, const struct message_item *item)
{
	struct json_object *o;

	if (type == MESSAGE_ORDER)
		return json_object_new_int(item->node);
	o = json_object_new_array();
	json_object_array_add(o, json_object_new_int(item->state));
	json_object_array_add(o, json_object_new_uint64(item->avoid_ms));
	return o;
}

/* How many of the items fit into one message? At least one does. */
static unsigned int fitting(const struct message_head *head, const struct message_item *item,
			    unsigned int n)
{
	size_t size = HEAD_ROOM + (tells_health(head) ? HEALTH_ROOM : 0);
	unsigned int i = 0;

	while (i < n && (size += ITEM_ROOM(item[i].name)) <= VIGIL_MSG_LEN)
		i++;
	return i;
}

int message_write(const struct message_head *head, const struct message_item *item, unsigned int n,
		  void (*send)(void *data, const char *text, size_t len), void *data)
{
	struct message_head h = *head;
	unsigned int at = 0;

	h.part = 0;
	do {
		at += fitting(&h, item + at, n - at);
		h.part++;
	} while (at < n);
	h.parts = h.part;

	at = 0;
	for (h.part = 0; h.part < h.parts; h.part++) {
		struct json_object *o = head_object(&h), *s = json_object_new_object();
		unsigned int end = at + fitting(&h, item + at, n - at);
		const char *text;
		size_t len;

		for (; at < end; at++)
			json_object_object_add(s, item[at].name, item_object(h.type, &item[at]));
		json_object_object_add(o, "s", s);
		text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
							    JSON_C_TO_STRING_NOSLASHESCAPE, &len);
		if (text && len <= VIGIL_MSG_LEN)
			send(data, text, len);
		json_object_put(o);
		if (!text)
			return -ENOMEM;
	}
	return 0;
}

void message_write_fence(const struct message_head *head,
			 void (*send)(void *data, const char *text, size_t len), void *data)
{
	struct json_object *o = json_object_new_object();
	uint64_t now = now_ns();
	const char *text;
	size_t len;

	json_object_object_add(o, "t", json_object_new_string(types[head->type]));
	json_object_object_add(o, "x", head->type == MESSAGE_ARM ?
			       fence_arm_object(&head->arm, now) :
			       fence_record_object(&head->fence, now));
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
						    JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text && len <= VIGIL_MSG_LEN)
		send(data, text, len);
	json_object_put(o);
}

/* Reading: another node's daemon may be of another version, or broken. */

static uint64_t number(struct json_object *o, const char *key, uint64_t max)
{
	struct json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return 0;
	n = json_object_get_int64(v);
	return n < 0 ? 0 : (uint64_t)n > max ? max : (uint64_t)n;
}

/* Number @i of a list, at most @max; 0 if it is none. */
static uint32_t listed(struct json_object *list, size_t i, uint32_t max)
{
	struct json_object *v = json_object_array_get_idx(list, i);
	int64_t n = json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;

	return n < 0 ? 0 : n > max ? max : n;
}

/* The same, but @n if it is not a number below @n. */
static uint32_t listed_below(struct json_object *list, size_t i, uint32_t n)
{
	struct json_object *v = json_object_array_get_idx(list, i);
	int64_t k = json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : n;

	return k < 0 || k > n ? n : k;
}

static void read_health(struct json_object *list, struct health *h)
{
	size_t n = json_object_array_length(list), first = 1 + HEALTH_RESOURCES;

	h->suspect = listed(list, 0, 1);
	for (int r = 0; r < HEALTH_RESOURCES; r++)
		h->pressure[r] = listed(list, 1 + r, 100);
	for (size_t i = first; i < n && i < first + HEALTH_COUNTERS; i++) {
		struct json_object *counted = json_object_array_get_idx(list, i);
		struct health_errors *e;
		uint32_t kind, severity;

		if (!json_object_is_type(counted, json_type_array))
			continue;
		kind = listed_below(counted, 0, HEALTH_KINDS);
		severity = listed_below(counted, 1, HEALTH_SEVERITIES);
		if (kind == HEALTH_KINDS || severity == HEALTH_SEVERITIES)
			continue;	/* of a newer version */
		e = &h->errors[kind][severity];
		e->n = listed(counted, 2, UINT32_MAX);
		e->per_minute = listed(counted, 3, UINT32_MAX);
	}
}

static int read_fence(struct json_object *o, struct message_head *head)
{
	struct json_object *v;
	uint64_t now = now_ns();

	if (!json_object_object_get_ex(o, "x", &v))
		return -EBADMSG;
	return (head->type == MESSAGE_ARM ? fence_arm_read(v, now, &head->arm) :
		fence_record_read(v, now, &head->fence)) ? 0 : -EBADMSG;
}

static int read_head(struct json_object *o, struct message_head *head)
{
	struct json_object *v;
	const char *type;

	memset(head, 0, sizeof(*head));
	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, "t", &v) ||
	    !json_object_is_type(v, json_type_string))
		return -EBADMSG;
	type = json_object_get_string(v);
	while (strcmp(type, types[head->type]))
		if (++head->type > MESSAGE_FENCE)
			return -EBADMSG;
	if (head->type == MESSAGE_ARM || head->type == MESSAGE_FENCE)
		return read_fence(o, head);
	head->epoch = number(o, "e", INT64_MAX);
	head->leader = number(o, "b", VIGIL_MAX_NODES);
	head->sequence = number(o, "q", INT64_MAX);
	head->deputy = number(o, "d", 1);
	head->leaving = number(o, "l", 1);
	head->report = number(o, "r", UINT32_MAX);
	head->part = number(o, "p", UINT32_MAX);
	head->parts = number(o, "of", UINT32_MAX);
	head->has_health = json_object_object_get_ex(o, "h", &v) &&
			   json_object_is_type(v, json_type_array);
	if (head->has_health)
		read_health(v, &head->health);
	return 0;
}

static bool read_item(const struct message_head *head, const char *name, struct json_object *v,
		      struct message_item *item)
{
	int64_t n;

	*item = (struct message_item){ .name = name };
	if (head->type == MESSAGE_ORDER) {
		n = json_object_get_int64(v);
		item->node = n;
		return json_object_is_type(v, json_type_int) && n >= 0 && n <= VIGIL_MAX_NODES;
	}
	if (!json_object_is_type(v, json_type_array) || json_object_array_length(v) < 2)
		return false;
	n = json_object_get_int64(json_object_array_get_idx(v, 0));
	item->state = n;
	if (n < 0 || n > UINT8_MAX)
		return false;
	n = json_object_get_int64(json_object_array_get_idx(v, 1));
	item->avoid_ms = n;
	return n >= 0;
}

int message_read(const char *text, size_t len,
		 bool (*on_head)(void *data, const struct message_head *head),
		 void (*on_item)(void *data, const struct message_head *head,
				 const struct message_item *item),
		 void *data)
{
	struct json_tokener *tok = json_tokener_new_ex(8);
	struct json_object *o, *s;
	struct message_head head;
	struct message_item item;
	int rc = 0;

	if (!tok)
		return -ENOMEM;
	o = json_tokener_parse_ex(tok, text, len);
	json_tokener_free(tok);
	if (!o || read_head(o, &head)) {
		json_object_put(o);
		return -EBADMSG;
	}
	if (on_head(data, &head) && json_object_object_get_ex(o, "s", &s)) {
		if (json_object_is_type(s, json_type_object)) {
			json_object_object_foreach(s, name, value)
				if (read_item(&head, name, value, &item))
					on_item(data, &head, &item);
		} else {
			rc = -EBADMSG;
		}
	}
	json_object_put(o);
	return rc;
}
