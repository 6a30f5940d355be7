// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include <vigil/limits.h>

static const char * const types[] = { "order", "state", "ask" };

/* Writing. Sizes are known before anything is serialised: names are plain ASCII. */

#define HEAD_ROOM	160	/* bytes of the longest head, with all numbers at their longest */
#define ITEM_ROOM(name)	(2 * strlen(name) + 36)	/* every character may need a backslash */

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
static unsigned int fitting(const struct message_item *item, unsigned int n)
{
	size_t size = HEAD_ROOM;
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

	h.parts = 0;
	do {
		at += fitting(item + at, n - at);
		h.parts++;
	} while (at < n);

	at = 0;
	for (h.part = 0; h.part < h.parts; h.part++) {
		struct json_object *o = head_object(&h), *s = json_object_new_object();
		unsigned int end = at + fitting(item + at, n - at);
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
		if (++head->type > MESSAGE_ASK)
			return -EBADMSG;
	head->epoch = number(o, "e", INT64_MAX);
	head->leader = number(o, "b", VIGIL_MAX_NODES);
	head->sequence = number(o, "q", INT64_MAX);
	head->deputy = number(o, "d", 1);
	head->leaving = number(o, "l", 1);
	head->report = number(o, "r", UINT32_MAX);
	head->part = number(o, "p", UINT32_MAX);
	head->parts = number(o, "of", UINT32_MAX);
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
