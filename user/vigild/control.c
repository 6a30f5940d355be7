// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"
#include "status.h"

static void hang_up(struct control_client *c)
{
	c->source = sd_event_source_disable_unref(c->source);
	close(c->fd);
	free(c->answer);
	*c = (struct control_client){ .fd = -1 };
}

static void send_more(struct control_client *c)
{
	while (c->sent < c->answer_len) {
		ssize_t n = send(c->fd, c->answer + c->sent, c->answer_len - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			sd_event_source_set_io_events(c->source, EPOLLOUT);
			return;
		}
		if (n < 0)
			break;
		c->sent += n;
	}
	hang_up(c);
}

/* Takes the answer. */
static void answer(struct control_client *c, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	int n = asprintf(&c->answer, "%s\n", text);

	json_object_put(o);
	if (n < 0) {
		c->answer = NULL;
		hang_up(c);
		return;
	}
	c->answer_len = n;
	send_more(c);
}

static void answer_plain(struct control_client *c, const char *error)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(!error));
	if (error)
		json_object_object_add(o, "error", json_object_new_string(error));
	answer(c, o);
}

static void on_left(struct daemon *d, const char *error)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (d->control.client[i].fd >= 0 && d->control.client[i].waits_for_leave)
			answer_plain(&d->control.client[i], error);
}

void control_fence_ended(struct daemon *d, uint64_t token, struct json_object *record)
{
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *c = &d->control.client[i];
		struct json_object *o;

		if (c->fd < 0 || !c->daemon || c->waits_for_fence != token)
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "ok", json_object_new_boolean(true));
		json_object_object_add(o, "fence", json_object_get(record));
		answer(c, o);
	}
	json_object_put(record);
}

/* Without what a terminal, or a message to other daemons, stumbles over. */
static const char *text_of(struct json_object *o, const char *key, char *out, size_t room)
{
	struct json_object *v;

	snprintf(out, room, "%s", json_object_object_get_ex(o, key, &v) ?
		 json_object_get_string(v) ?: "" : "");
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			*p = '.';
	return out;
}

static void handle_fence(struct control_client *c, struct json_object *o, bool test)
{
	char node[VIGIL_NAME_LEN + 1], action[16], by[VIGIL_NAME_LEN + 1];
	const char *why;

	text_of(o, "node", node, sizeof(node));
	text_of(o, "action", action, sizeof(action));
	text_of(o, "by", by, sizeof(by));
	why = test ? stonith_ask_test(c->daemon, node, &c->waits_for_fence) :
		     stonith_ask_fence(c->daemon, node, action, by, &c->waits_for_fence);
	if (why || !c->waits_for_fence)
		answer_plain(c, why);
}

static void handle_arm(struct control_client *c, struct json_object *o, bool disarm)
{
	char by[VIGIL_NAME_LEN + 1], why[FENCE_ARM_WHY];
	struct json_object *v;
	uint64_t ns = 0;

	if (disarm && json_object_object_get_ex(o, "ms", &v))
		ns = json_object_get_uint64(v) * 1000000;
	text_of(o, "by", by, sizeof(by));
	text_of(o, "why", why, sizeof(why));
	if (disarm && (!ns || ns > FENCE_ARM_MAX || !*why)) {
		answer_plain(c, "disarm: a time of at most 7 days and a reason are needed");
		return;
	}
	stonith_ask_arm(c->daemon, ns, by, why);
	answer_plain(c, NULL);
}

static void answer_history(struct control_client *c)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(true));
	json_object_object_add(o, "history", stonith_history(c->daemon));
	answer(c, o);
}

/* Return: was it about fencing? */
static bool handle_fencing(struct control_client *c, const char *op, struct json_object *o)
{
	if (!strcmp(op, "fence") || !strcmp(op, "fence-test"))
		handle_fence(c, o, !strcmp(op, "fence-test"));
	else if (!strcmp(op, "disarm") || !strcmp(op, "arm"))
		handle_arm(c, o, !strcmp(op, "disarm"));
	else if (!strcmp(op, "fence-history"))
		answer_history(c);
	else
		return false;
	return true;
}

static void handle(struct control_client *c)
{
	struct json_object *o = json_tokener_parse(c->request), *v;
	struct daemon *d = c->daemon;
	const char *op = "";
	char why[CLUSTER_ERROR_LEN + 64];

	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, "op", &v))
		op = json_object_get_string(v) ?: "";
	if (!strcmp(op, "status")) {
		answer(c, status_object(d));
	} else if (!strcmp(op, "reload")) {
		answer_plain(c, daemon_reload(d, why, sizeof(why)) ? why : NULL);
	} else if (!strcmp(op, "watches")) {
		answer_plain(c, watch_others_find(d) ? cluster_error(&d->cluster) : NULL);
	} else if (!strcmp(op, "leave")) {
		c->waits_for_leave = true;
		if (!d->leave.begun || d->leave.left)
			leave_begin(d, on_left);
	} else if (!handle_fencing(c, op, o)) {
		answer_plain(c, "unknown request");
	}
	json_object_put(o);
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct control_client *c = data;
	ssize_t n;

	if (c->answer) {
		send_more(c);
		return 0;
	}
	n = recv(fd, c->request + c->len, sizeof(c->request) - 1 - c->len, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		hang_up(c);	/* also one that is tired of waiting */
		return 0;
	}
	c->len += n;
	c->request[c->len] = 0;
	if (c->waits_for_leave || c->waits_for_fence)
		c->len = 0;
	else if (strchr(c->request, '\n'))
		handle(c);
	else if (c->len == sizeof(c->request) - 1)
		answer_plain(c, "request is too long");
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (conn < 0)
		return 0;
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *c = &d->control.client[i];

		if (c->fd >= 0)
			continue;
		*c = (struct control_client){ .daemon = d, .fd = conn };
		if (sd_event_add_io(d->event, &c->source, conn, EPOLLIN, on_client, c) < 0)
			hang_up(c);
		return 0;
	}
	close(conn);	/* all places taken: ask again later */
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    chmod(path, 0600) || listen(fd, CONTROL_CLIENTS)) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int control_init(struct daemon *d)
{
	struct control *c = &d->control;
	int rc;

	c->fd = -1;
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		c->client[i].fd = -1;
	mkdir(RUN_DIR, 0755);
	if (asprintf(&c->path, RUN_DIR "/%s.sock", d->config->name) < 0) {
		c->path = NULL;
		return -ENOMEM;
	}
	c->fd = rc = listen_at(c->path);
	if (rc >= 0)
		rc = sd_event_add_io(d->event, &c->source, c->fd, EPOLLIN, on_connect, d);
	if (rc < 0)
		log_error("%s: %s", c->path, strerror(-rc));
	return rc < 0 ? rc : 0;
}

void control_free(struct daemon *d)
{
	struct control *c = &d->control;

	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i].fd >= 0 && c->client[i].daemon)
			hang_up(&c->client[i]);
	sd_event_source_disable_unref(c->source);
	if (c->path) {
		close(c->fd);
		unlink(c->path);
	}
	free(c->path);
}
