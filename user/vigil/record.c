// SPDX-License-Identifier: GPL-2.0
/* A thin layer over json-c that has no errors to handle: without memory the tool ends. */
#include "record.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

static struct json_object *must(struct json_object *object)
{
	if (!object) {
		fputs("vigil: out of memory\n", stderr);
		exit(1);
	}
	return object;
}

struct json_object *record_new(void)
{
	return must(json_object_new_object());
}

struct json_object *record_new_list(void)
{
	return must(json_object_new_array());
}

void record_put(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		must(NULL);
}

void record_text(struct json_object *object, const char *key, const char *text)
{
	record_put(object, key, text ? must(json_object_new_string(text)) : NULL);
}

void record_number(struct json_object *object, const char *key, __u64 number)
{
	record_put(object, key, must(json_object_new_uint64(number)));
}

void record_signed(struct json_object *object, const char *key, __s64 number)
{
	record_put(object, key, must(json_object_new_int64(number)));
}

void record_hex(struct json_object *object, const char *key, __u64 number)
{
	char text[24];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)number);
	record_text(object, key, text);
}

void record_bool(struct json_object *object, const char *key, bool value)
{
	record_put(object, key, must(json_object_new_boolean(value)));
}

struct json_object *record_string(const char *text)
{
	return must(json_object_new_string(text));
}

void record_append(struct json_object *list, struct json_object *value)
{
	if (json_object_array_add(list, value) < 0)
		must(NULL);
}

void record_free(struct json_object *object)
{
	json_object_put(object);
}

static void print(struct json_object *object, int flags)
{
	puts(json_object_to_json_string_ext(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void record_print(struct json_object *object)
{
	print(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

void record_print_line(struct json_object *object)
{
	print(object, JSON_C_TO_STRING_PLAIN);
}
