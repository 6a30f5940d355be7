/* SPDX-License-Identifier: GPL-2.0 */
/* One event of the kernel in a line. */
#ifndef _VIGIL_EVENT_H
#define _VIGIL_EVENT_H

#include "../lib/events.h"

/* "beta", or "#7" for a node that has no name here; returns @out. */
const char *event_node_text(char out[VIGIL_NAME_LEN + 1], const char *name, __u16 id);

#define EVENT_WATCH_LEN	256	/* two states, a thread and VNL_WHY_LEN */

/* Of a watch: "alive -> hung: does not come on". */
void event_watch_text(char out[EVENT_WATCH_LEN], const struct vnl_watch_event *e);

/* For people: the time in ns of CLOCK_BOOTTIME, the cluster, what happened. */
void event_print_text(const struct vnl_event *e);
/* For scripts: one object. */
void event_print_json(const struct vnl_event *e);

#endif
