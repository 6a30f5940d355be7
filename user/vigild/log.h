/* SPDX-License-Identifier: GPL-2.0 */
/* One line per decision, to stderr; with priorities when the journal reads it. */
#ifndef _VIGILD_LOG_H
#define _VIGILD_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>
#include <systemd/sd-event.h>

void log_begin(bool debug);
bool log_to_journal(void);

/*
 * From now on lines wait a few milliseconds in memory, so that what they tell of is done
 * first. Not errors, nor any line while debugging: what is there is written with them.
 * @event: loop that writes the lines
 * Return: 0 or -errno.
 */
int log_queue(sd_event *event);

/* Write what waits; lines are written at once again. */
void log_unqueue(void);

void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_note(...)	log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_line(LOG_DEBUG, __VA_ARGS__)

/* CLOCK_BOOTTIME in ns: the clock of all times in the daemon, as in the kernel. */
uint64_t now_ns(void);

/* CLOCK_REALTIME in ns: to be shown to people, and as a name for what happened. */
uint64_t date_ns(void);

static inline unsigned long long ms(uint64_t ns)
{
	return ns / 1000000;
}

#endif
