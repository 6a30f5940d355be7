// SPDX-License-Identifier: GPL-2.0
#include "pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FILE_LEN	256	/* bytes; two lines of four numbers */

/* Stalled time in us within the second that makes each trigger fire. */
static const unsigned int stall_us[HEALTH_RESOURCES] = {
	[HEALTH_CPU] = 500000,
	[HEALTH_RAM] = 100000,
	[HEALTH_IO] = 500000,
};

static int on_trigger(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct pressure_source *s = data;

	if (revents & EPOLLERR)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (revents & EPOLLPRI)
		s->pressure->on_stall(s->pressure->data, s - s->pressure->of);
	return 0;
}

/* 0 or -errno. A trigger lives as long as its descriptor. */
static int arm(struct pressure_source *s, sd_event *event, enum health_resource resource)
{
	char path[64], order[32];
	int len;

	snprintf(path, sizeof(path), "/proc/pressure/%s", health_resource_name(resource));
	s->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	len = snprintf(order, sizeof(order), "some %u 1000000", stall_us[resource]);
	if (write(s->fd, order, len + 1) < 0)
		return -errno;
	return sd_event_add_io(event, &s->source, s->fd, EPOLLPRI, on_trigger, s);
}

static void disarm(struct pressure_source *s)
{
	s->source = sd_event_source_disable_unref(s->source);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void pressure_open(struct pressure *p, sd_event *event,
		   void (*on_stall)(void *data, enum health_resource resource), void *data)
{
	*p = (struct pressure){ .on_stall = on_stall, .data = data };
	for (int r = 0; r < HEALTH_RESOURCES; r++) {
		struct pressure_source *s = &p->of[r];
		int rc;

		s->pressure = p;
		rc = arm(s, event, r);
		if (rc >= 0)
			continue;
		s->error = -rc;
		disarm(s);
	}
}

void pressure_close(struct pressure *p)
{
	for (int r = 0; p->on_stall && r < HEALTH_RESOURCES; r++)
		disarm(&p->of[r]);
}

bool pressure_parse(const char *text, unsigned int *some10, unsigned int *full60)
{
	const char *full = strstr(text, "full ");

	*some10 = *full60 = 0;
	if (full)
		sscanf(full, "full avg10=%*u.%*u avg60=%u", full60);
	return sscanf(text, "some avg10=%u", some10) == 1;
}

void pressure_read(const struct pressure *p, uint8_t some[HEALTH_RESOURCES],
		   unsigned int *thrashing)
{
	*thrashing = 0;
	for (int r = 0; r < HEALTH_RESOURCES; r++) {
		unsigned int some10 = 0, full60 = 0;
		char text[FILE_LEN];
		ssize_t n = p->of[r].fd < 0 ? -1 : pread(p->of[r].fd, text, sizeof(text) - 1, 0);

		if (n > 0) {
			text[n] = 0;
			pressure_parse(text, &some10, &full60);
		}
		some[r] = some10 > 100 ? 100 : some10;
		if (r == HEALTH_RAM)
			*thrashing = full60;
	}
}

const char *pressure_reason(const struct pressure *p, enum health_resource resource)
{
	int error = p->of[resource].error;

	if (!error)
		return NULL;
	if (error == ENOENT || error == EOPNOTSUPP)
		return "this kernel does not tell it; it may have to be booted with psi=1";
	return strerror(error);
}
