/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of QEMU's machine protocol, QMP: one JSON object a line, over a Unix
 * socket. Never blocks; what the other side sends is not trusted, for a guest that
 * broke out may have written it.
 */
#ifndef _VIGILD_QMP_H
#define _VIGILD_QMP_H

#include <json-c/json.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define QMP_LINE_MAX	(256 * 1024)	/* bytes of the longest line that is taken */
#define QMP_PENDING	8		/* commands that have not been answered */

struct qmp;

/**
 * struct qmp_listener - who is told
 * @on_ready: greeted, and ready for commands
 * @on_event: something happened; @data has its details, or is NULL
 * @on_end: the connection is of no more use, for this reason; qmp_close() is still needed
 *
 * Any of them, and an answer's callback, may call qmp_close().
 */
struct qmp_listener {
	void (*on_ready)(void *data);
	void (*on_event)(void *data, const char *name, struct json_object *details);
	void (*on_end)(void *data, const char *why);
	void *data;
};

/**
 * qmp_open - connect to a socket
 * @out: the connection
 * @event: loop
 * @path: of the socket
 * @listener: copied
 *
 * Return: 0; -ENOENT, -ECONNREFUSED: nobody listens there (yet); another -errno.
 */
int qmp_open(struct qmp **out, sd_event *event, const char *path,
	     const struct qmp_listener *listener);

/* The same with a connected, non-blocking socket, which is taken unless this fails. */
int qmp_attach(struct qmp **out, sd_event *event, int fd, const struct qmp_listener *listener);

/* Callbacks for commands that have not been answered are not called any more. */
void qmp_close(struct qmp *q);

typedef void (*qmp_answer_fn)(void *data, struct json_object *result, int rc, const char *why);

/**
 * qmp_execute - give a command
 * @q: connection; only after on_ready
 * @command: name of a command without arguments
 * @timeout: ns
 * @on_answer: called once, with the command's result, or with NULL and what went wrong:
 *	-ETIMEDOUT, -ENOTCONN (the connection has ended), -EREMOTEIO (the command was refused)
 * @data: for @on_answer
 *
 * Return: 0; -ENOTCONN: not ready, or over; -EBUSY: too many are waiting for an answer.
 */
int qmp_execute(struct qmp *q, const char *command, uint64_t timeout, qmp_answer_fn on_answer,
		void *data);

#endif
