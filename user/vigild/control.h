/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line tool asks here: /run/vigil/<cluster>.sock, for root. One line
 * of JSON in, {"op":"status"|"watches"|"leave"|"reload"|"fence"|"fence-test"|
 * "fence-history"|"disarm"|"arm"}; one line out, with "ok" and, if that is false, "error".
 * fence has "node", "action" (or "") and "by"; disarm "ms", "why" and "by".
 */
#ifndef _VIGILD_CONTROL_H
#define _VIGILD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define CONTROL_CLIENTS	16	/* at once */
#define CONTROL_REQUEST	512	/* bytes of a request */

struct daemon;
struct json_object;

struct control_client {
	struct daemon *daemon;
	int fd;			/* -1: free */
	sd_event_source *source;
	char request[CONTROL_REQUEST];
	size_t len;
	char *answer;		/* being sent */
	size_t answer_len;
	size_t sent;
	bool waits_for_leave;
	uint64_t waits_for_fence;	/* its token, or 0 */
};

struct control {
	int fd;
	char *path;
	sd_event_source *source;
	struct control_client client[CONTROL_CLIENTS];
};

/* 0 or -errno; the reason has been logged. */
int control_init(struct daemon *d);
void control_free(struct daemon *d);

/* A fencing or test is over: whoever waits for it is told. Takes @record. */
void control_fence_ended(struct daemon *d, uint64_t token, struct json_object *record);

#endif
