// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_LEN	1024
#define DELAY_US	10000	/* a restart takes less */

static bool journal;
static int highest = LOG_INFO;
static char queue[PIPE_BUF];	/* whole lines; as much as one write keeps together */
static size_t queued;
static sd_event_source *due;	/* exists while lines wait at all */

void log_begin(bool debug)
{
	journal = getenv("JOURNAL_STREAM") != NULL;
	if (debug)
		highest = LOG_DEBUG;
}

bool log_to_journal(void)
{
	return journal;
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

uint64_t date_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whole lines by one write, so that those of several processes do not mix. */
static void flush(void)
{
	size_t n = queued;

	queued = 0;
	/* A journal that hangs must not stop the daemon: rather lose the lines. */
	if (!n || (journal && (send(STDERR_FILENO, queue, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
			       errno != ENOTSOCK)))
		return;
	if (write(STDERR_FILENO, queue, n) < 0)
		return;		/* nowhere left to complain to */
}

static int on_due(sd_event_source *source, uint64_t usec, void *data)
{
	flush();
	return 0;
}

int log_queue(sd_event *event)
{
	int rc = sd_event_add_time(event, &due, CLOCK_MONOTONIC, 0, 1000, on_due, NULL);

	if (rc >= 0)
		rc = sd_event_source_set_enabled(due, SD_EVENT_OFF);
	if (rc >= 0)
		rc = sd_event_source_set_priority(due, SD_EVENT_PRIORITY_IDLE);
	atexit(flush);
	return rc < 0 ? rc : 0;
}

void log_unqueue(void)
{
	due = sd_event_source_disable_unref(due);
	flush();
}

static void add(const char *line, size_t n, bool urgent)
{
	if (n > sizeof(queue) - queued)
		flush();
	if (!queued && !urgent && (sd_event_source_set_time_relative(due, DELAY_US) < 0 ||
				   sd_event_source_set_enabled(due, SD_EVENT_ONESHOT) < 0))
		urgent = true;
	memcpy(queue + queued, line, n);
	queued += n;
	if (urgent)
		flush();
}

void log_line(int priority, const char *format, ...)
{
	char line[LINE_LEN];
	va_list ap;
	int n, m;

	if (priority > highest)
		return;
	if (journal) {
		n = snprintf(line, sizeof(line), "<%d>", priority);
	} else {
		uint64_t now = now_ns();

		n = snprintf(line, sizeof(line), "[%5llu.%03llu] ", ms(now) / 1000, ms(now) % 1000);
	}
	va_start(ap, format);
	m = vsnprintf(line + n, sizeof(line) - n, format, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	for (int i = 0; i < n; i++)	/* what others send us must not forge lines */
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	line[n++] = '\n';
	add(line, n, !due || priority <= LOG_ERR || highest == LOG_DEBUG);
}
