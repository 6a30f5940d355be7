// SPDX-License-Identifier: GPL-2.0
#include "qmp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEPTH_MAX	32	/* query-pci: three for each bridge behind a bridge */
#define READS_MAX	16	/* before others get their turn */
#define GREETING_NS	(10ULL * 1000000000)

struct pending {
	struct qmp *q;
	unsigned int id;	/* 0: free */
	sd_event_source *timer;
	qmp_answer_fn on_answer;
	void *data;
};

struct qmp {
	int fd;
	unsigned int busy;	/* callbacks under way: not to be freed */
	bool closed;
	bool greeted;
	bool ready;
	bool over;
	unsigned int last_id;
	sd_event *event;
	sd_event_source *source;
	struct qmp_listener listener;
	struct json_tokener *tokener;
	struct pending pending[QMP_PENDING];
	size_t len;
	char line[QMP_LINE_MAX];
};

static void release(struct qmp *q)
{
	if (!q->closed || q->busy)
		return;
	sd_event_unref(q->event);
	json_tokener_free(q->tokener);
	free(q);
}

static void answer(struct pending *p, struct json_object *result, int rc, const char *why)
{
	struct qmp *q = p->q;
	struct pending was = *p;

	sd_event_source_disable_unref(p->timer);
	*p = (struct pending){ 0 };
	q->busy++;
	was.on_answer(was.data, result, rc, why);
	q->busy--;
}

static void hang_up(struct qmp *q)
{
	q->source = sd_event_source_disable_unref(q->source);
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
	q->ready = false;
}

/* Of no more use: whoever waits hears it. */
static void end(struct qmp *q, const char *why)
{
	if (q->over || q->closed)
		return;
	q->over = true;
	hang_up(q);
	for (int i = 0; i < QMP_PENDING; i++)
		if (q->pending[i].id)
			answer(&q->pending[i], NULL, -ENOTCONN, why);
	if (q->closed)
		return;
	q->busy++;
	q->listener.on_end(q->listener.data, why);
	q->busy--;
}

static void take_input(struct qmp *q);

/* It may be us who are late: an answer that has arrived is one. */
static int on_timeout(sd_event_source *source, uint64_t usec, void *data)
{
	struct pending *p = data;
	struct qmp *q = p->q;
	unsigned int id = p->id;

	q->busy++;
	take_input(q);
	if (p->id == id)
		answer(p, NULL, -ETIMEDOUT, "no answer in time");
	q->busy--;
	release(q);
	return 0;
}

static int send_command(struct qmp *q, const char *command, uint64_t timeout,
			qmp_answer_fn on_answer, void *data)
{
	struct pending *p = NULL;
	char text[128];
	int n, rc;

	for (int i = 0; i < QMP_PENDING && !p; i++)
		if (!q->pending[i].id)
			p = &q->pending[i];
	if (!p)
		return -EBUSY;
	q->last_id = q->last_id % INT32_MAX + 1;
	n = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"id\":%u}\r\n", command, q->last_id);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -EINVAL;
	*p = (struct pending){ .q = q, .on_answer = on_answer, .data = data };
	rc = sd_event_add_time_relative(q->event, &p->timer, CLOCK_MONOTONIC, timeout / 1000, 1000,
					on_timeout, p);
	if (rc < 0)
		return rc;
	/* So little always fits, unless the other side has stopped reading long ago. */
	if (send(q->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) != n) {
		p->timer = sd_event_source_disable_unref(p->timer);
		return -ENOTCONN;
	}
	p->id = q->last_id;
	return 0;
}

int qmp_execute(struct qmp *q, const char *command, uint64_t timeout, qmp_answer_fn on_answer,
		void *data)
{
	return q->ready ? send_command(q, command, timeout, on_answer, data) : -ENOTCONN;
}

static void on_capabilities(void *data, struct json_object *result, int rc, const char *why)
{
	struct qmp *q = data;

	if (rc) {
		end(q, why);
	} else {
		q->ready = true;
		q->listener.on_ready(q->listener.data);
	}
}

static void take_answer(struct qmp *q, struct json_object *message)
{
	struct json_object *id, *result, *error, *text;
	const char *why = "it was refused";

	if (!json_object_object_get_ex(message, "id", &id) ||
	    !json_object_is_type(id, json_type_int))
		return;
	if (json_object_object_get_ex(message, "error", &error)) {
		result = NULL;
		if (json_object_is_type(error, json_type_object) &&
		    json_object_object_get_ex(error, "desc", &text))
			why = json_object_get_string(text) ?: why;
	} else if (!json_object_object_get_ex(message, "return", &result) || !result) {
		return;
	}
	for (int i = 0; i < QMP_PENDING; i++)
		if (q->pending[i].id && json_object_get_int64(id) == q->pending[i].id) {
			answer(&q->pending[i], result, result ? 0 : -EREMOTEIO, why);
			return;
		}
}

static void take_message(struct qmp *q, struct json_object *message)
{
	struct json_object *name, *details = NULL;

	if (!q->greeted) {
		if (!json_object_object_get_ex(message, "QMP", NULL))
			end(q, "it does not greet as QMP does");
		else if (send_command(q, "qmp_capabilities", GREETING_NS, on_capabilities, q))
			end(q, "it does not listen");
		q->greeted = true;
	} else if (json_object_object_get_ex(message, "event", &name)) {
		if (!q->ready || !json_object_is_type(name, json_type_string))
			return;
		json_object_object_get_ex(message, "data", &details);
		q->listener.on_event(q->listener.data, json_object_get_string(name), details);
	} else {
		take_answer(q, message);
	}
}

static void take_line(struct qmp *q, const char *line, size_t len)
{
	struct json_object *message;

	json_tokener_reset(q->tokener);
	message = json_tokener_parse_ex(q->tokener, line, len);
	if (json_object_is_type(message, json_type_object) &&
	    json_tokener_get_parse_end(q->tokener) == len)
		take_message(q, message);
	else
		end(q, "it does not speak JSON");
	json_object_put(message);
}

/* All whole lines of what has arrived. */
static void take_lines(struct qmp *q)
{
	size_t begin = 0;

	while (!q->over && !q->closed) {
		char *newline = memchr(q->line + begin, '\n', q->len - begin);
		size_t len;

		if (!newline)
			break;
		len = newline - (q->line + begin);
		if (len && newline[-1] == '\r')
			len--;
		if (len)
			take_line(q, q->line + begin, len);
		begin = newline + 1 - q->line;
	}
	memmove(q->line, q->line + begin, q->len - begin);
	q->len -= begin;
	if (q->len == sizeof(q->line))
		end(q, "it sends a line without an end");
}

/* What has arrived, or much of it; @q may be closed afterwards, and is busy. */
static void take_input(struct qmp *q)
{
	for (int i = 0; i < READS_MAX && !q->over && !q->closed; i++) {
		ssize_t n = recv(q->fd, q->line + q->len, sizeof(q->line) - q->len, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			end(q, n ? strerror(errno) : "it has hung up");
			break;
		}
		q->len += n;
		take_lines(q);
	}
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct qmp *q = data;

	q->busy++;
	take_input(q);
	q->busy--;
	release(q);
	return 0;
}

int qmp_attach(struct qmp **out, sd_event *event, int fd, const struct qmp_listener *listener)
{
	struct qmp *q = calloc(1, sizeof(*q));
	int rc = -ENOMEM;

	if (!q)
		return rc;
	q->tokener = json_tokener_new_ex(DEPTH_MAX);
	if (q->tokener)
		rc = sd_event_add_io(event, &q->source, fd, EPOLLIN, on_input, q);
	if (rc < 0) {
		if (q->tokener)
			json_tokener_free(q->tokener);
		free(q);
		return rc;
	}
	q->fd = fd;
	q->event = sd_event_ref(event);
	q->listener = *listener;
	*out = q;
	return 0;
}

int qmp_open(struct qmp **out, sd_event *event, const char *path,
	     const struct qmp_listener *listener)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
	if (!rc)
		rc = qmp_attach(out, event, fd, listener);
	if (rc)
		close(fd);
	return rc;
}

void qmp_close(struct qmp *q)
{
	if (!q || q->closed)
		return;
	hang_up(q);
	for (int i = 0; i < QMP_PENDING; i++) {
		sd_event_source_disable_unref(q->pending[i].timer);
		q->pending[i] = (struct pending){ 0 };
	}
	q->closed = true;
	release(q);
}
