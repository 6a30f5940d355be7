/* SPDX-License-Identifier: GPL-2.0 */
/* Small things below /run that the next daemon needs, as JSON. */
#ifndef _VIGILD_RUN_FILE_H
#define _VIGILD_RUN_FILE_H

#include <json-c/json.h>

/* NULL: there is none, or nothing that can be read. */
struct json_object *run_file_read(const char *path);

/* All of it or nothing, whenever the daemon ends. Takes @object; NULL: removes the file. */
void run_file_write(const char *path, struct json_object *object);

#endif
