/* SPDX-License-Identifier: GPL-2.0 */
/* What the daemon knows, for the command line tool. */
#ifndef _VIGILD_STATUS_H
#define _VIGILD_STATUS_H

#include <json-c/json.h>

struct daemon;

struct json_object *status_object(struct daemon *d);

#endif
