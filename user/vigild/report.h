/* SPDX-License-Identifier: GPL-2.0 */
/* Telling other daemons what runs here, and hearing it from them. */
#ifndef _VIGILD_REPORT_H
#define _VIGILD_REPORT_H

#include <systemd/sd-event.h>

#include "message.h"
#include "service.h"

struct daemon;

struct report {
	sd_event_source *flush;
	bool *changed;		/* per service: not yet told */
	uint32_t number;	/* of the newest complete report */
};

int report_init(struct daemon *d);
void report_free(struct daemon *d);

/* The state of a service here has changed: everybody is told soon. */
void report_change(struct daemon *d, const struct service *s);

/* Tell everything, to everybody. */
void report_all(struct daemon *d);

/* Begin and item of a STATE message of @node. */
void report_on_head(struct daemon *d, unsigned int node, const struct message_head *head);
void report_on_item(struct daemon *d, unsigned int node, const struct message_head *head,
		    const struct message_item *item);
void report_on_end(struct daemon *d, unsigned int node, const struct message_head *head);

/* To all nodes that are up; orders: that have also told their state. */
void report_broadcast(struct daemon *d, const struct message_head *head,
		      const struct message_item *item, unsigned int n);

#endif
