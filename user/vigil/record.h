/* SPDX-License-Identifier: GPL-2.0 */
/* JSON for scripts. Times are nanoseconds, keys end in _ns; random 64-bit numbers are hex text. */
#ifndef _VIGIL_RECORD_H
#define _VIGIL_RECORD_H

#include <linux/types.h>
#include <stdbool.h>

struct json_object;

struct json_object *record_new(void);
struct json_object *record_new_list(void);
void record_text(struct json_object *object, const char *key, const char *text);
void record_number(struct json_object *object, const char *key, __u64 number);
void record_signed(struct json_object *object, const char *key, __s64 number);
void record_hex(struct json_object *object, const char *key, __u64 number);
void record_bool(struct json_object *object, const char *key, bool value);
void record_put(struct json_object *object, const char *key, struct json_object *value);
/* For record_append(). */
struct json_object *record_string(const char *text);
void record_append(struct json_object *list, struct json_object *value);

void record_free(struct json_object *object);

/* Prints and frees: over several lines, or all on one (streams). */
void record_print(struct json_object *object);
void record_print_line(struct json_object *object);

#endif
