// SPDX-License-Identifier: GPL-2.0
#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"

#define RETRY_NS	10000000000ULL
#define NS_PER_S	1000000000ULL

/* Told when it is news. Always -1. */
__attribute__((format(printf, 2, 3)))
static int refuse(struct daemon *d, const char *format, ...)
{
	char reason[320], text[sizeof(d->watchdog.why)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(reason, sizeof(reason), format, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s:%d: watchdog %s: %s", d->config_path,
		 d->config->watchdog_line, d->config->watchdog, reason);
	if (strcmp(text, d->watchdog.why))
		log_error("%s", text);
	memcpy(d->watchdog.why, text, sizeof(text));
	return -1;
}

/* Whatever is found here, closing the device stops it: the magic character is written. */
static int judge(struct daemon *d, int fd)
{
	int wanted = (int)(d->config->watchdog_timeout / NS_PER_S), timeout = wanted;
	struct watchdog_info info = { 0 };

	if (ioctl(fd, WDIOC_GETSUPPORT, &info))
		return refuse(d, "is no watchdog: %s", strerror(errno));
	if (!strncmp((char *)info.identity, "Software Watchdog", sizeof(info.identity)) &&
	    !d->config->watchdog_soft)
		return refuse(d, "is softdog, which a wedged kernel cannot serve; say watchdog-soft = true if it must do");
	if (ioctl(fd, WDIOC_SETTIMEOUT, &timeout))
		return refuse(d, "does not take a time-out of %d s: %s", wanted, strerror(errno));
	if (ioctl(fd, WDIOC_GETTIMEOUT, &timeout) || timeout != wanted)
		return refuse(d, "makes a time-out of %d s out of %d s", timeout, wanted);
	return 0;
}

static int hand_over(struct daemon *d, int fd)
{
	if (judge(d, fd))
		return -1;
	if (cluster_watchdog(&d->cluster, fd))
		return refuse(d, "%s", cluster_error(&d->cluster));
	d->watchdog.why[0] = 0;
	log_note("watchdog %s: the kernel pets it; time-out %llu ms", d->config->watchdog,
		 ms(d->config->watchdog_timeout));
	return 0;
}

static int take(struct daemon *d)
{
	int fd = open(d->config->watchdog, O_WRONLY | O_CLOEXEC), rc;

	if (fd < 0 && errno == EBUSY)
		return refuse(d, "another program or cluster has it");
	if (fd < 0)
		return refuse(d, "%s", strerror(errno));
	/* First of all: from now on no death of ours leaves it running with nobody to pet it. */
	if (write(fd, "V", 1) != 1)
		rc = refuse(d, "magic close: %s", strerror(errno));
	else
		rc = hand_over(d, fd);
	close(fd);
	return rc;
}

void watchdog_begin(struct daemon *d)
{
	char device[32];

	d->watchdog.tried = now_ns();
	if (cluster_watchdog_ask(&d->cluster, device, sizeof(device)))
		return;
	if (!d->config->watchdog) {
		d->watchdog.why[0] = 0;
		if (device[0])
			log_note("watchdog %s: petted until this node leaves", device);
	} else if (!device[0]) {
		take(d);
	} else if (strcmp(device, d->config->watchdog + strlen("/dev/"))) {
		refuse(d, "%s is petted until this node leaves", device);
	} else {
		d->watchdog.why[0] = 0;
	}
}

void watchdog_tick(struct daemon *d)
{
	if (d->watchdog.why[0] && now_ns() - d->watchdog.tried > RETRY_NS)
		watchdog_begin(d);
}
