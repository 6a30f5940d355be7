/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pressure stall information of the machine (/proc/pressure): a trigger on each
 * resource tells at once when work begins to stand still; how much, the averages
 * say.
 */
#ifndef _VIGILD_PRESSURE_H
#define _VIGILD_PRESSURE_H

#include <systemd/sd-event.h>

#include "health.h"

struct pressure {
	struct pressure_source {
		struct pressure *pressure;
		sd_event_source *source;
		int fd;		/* of the trigger, which can be read too; -1: none */
		int error;	/* why there is none, errno */
	} of[HEALTH_RESOURCES];
	void (*on_stall)(void *data, enum health_resource resource);
	void *data;
};

/**
 * pressure_open - begin to listen
 * @p: result, to be closed in any case
 * @event: loop
 * @on_stall: called when a trigger fires, at most once a second for each resource
 * @data: for @on_stall
 *
 * A kernel without this information, or one resource of it, is no error.
 */
void pressure_open(struct pressure *p, sd_event *event,
		   void (*on_stall)(void *data, enum health_resource resource), void *data);
void pressure_close(struct pressure *p);

/**
 * pressure_read - how much of the time work stands still, in percent
 * @p: opened
 * @some: some of the work, in the last 10 s; 0 where it is not known
 * @thrashing: all of the work, for memory, in the last minute
 */
void pressure_read(const struct pressure *p, uint8_t some[HEALTH_RESOURCES],
		   unsigned int *thrashing);

/* Why @resource cannot be seen, or NULL. */
const char *pressure_reason(const struct pressure *p, enum health_resource resource);

/**
 * pressure_parse - take such a file apart
 * @text: its content
 * @some10: percent, cut to a whole number
 * @full60: the same; 0 if there is no such line (processors, before Linux 5.13)
 *
 * Return: true if @some10 was found.
 */
bool pressure_parse(const char *text, unsigned int *some10, unsigned int *full60);

#endif
