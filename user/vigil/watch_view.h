/* SPDX-License-Identifier: GPL-2.0 */
/* Watches as they are shown: tables, words for a cause, JSON. */
#ifndef _VIGIL_WATCH_VIEW_H
#define _VIGIL_WATCH_VIEW_H

#include <stdbool.h>

#include "../lib/watch.h"
#include "table.h"

struct json_object;

/* Colour for a state. */
enum tint watch_tint(__u32 state);

bool watch_all_alive(const struct vnl_watch *list, int n);

/* A table on standard output. */
void watch_print_all(const struct vnl_watch *list, int n);
/* Those that are not alive, after an empty line; nothing at all if there are none. */
void watch_print_troubled(const struct vnl_watch *list, int n, unsigned int indent);
/* All that is known of one, over several lines. */
void watch_print(const struct vnl_watch *watch);

struct json_object *watch_json(const struct vnl_watch *watch);
struct json_object *watch_list_json(const struct vnl_watch *list, int n);
/* Cause, code, sender, thread (0: the whole) and the sentence into @object; not the age. */
void watch_put_why(struct json_object *object, const struct vnl_why *why, __u32 tid);

#endif
