/* SPDX-License-Identifier: GPL-2.0 */
/* One event of the kernel in a line. */
#ifndef _VIGIL_EVENT_H
#define _VIGIL_EVENT_H

#include "../lib/events.h"

/* For people: the time in ns of CLOCK_BOOTTIME, the cluster, what happened. */
void event_print_text(const struct vnl_event *e);
/* For scripts: one object. */
void event_print_json(const struct vnl_event *e);

#endif
