// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool journal;
static int highest = LOG_INFO;

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

/* One write per line, so that lines of several processes do not mix. */
void log_line(int priority, const char *format, ...)
{
	char line[1024];
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
	/* A journal that hangs must not stop the daemon: rather lose the line. */
	if (journal && (send(STDERR_FILENO, line, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
			errno != ENOTSOCK))
		return;
	if (write(STDERR_FILENO, line, n) < 0)
		return;		/* nowhere left to complain to */
}
