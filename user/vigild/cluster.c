// SPDX-License-Identifier: GPL-2.0
#include "cluster.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../lib/control.h"
#include "../lib/names.h"
#include "join.h"
#include "log.h"

__attribute__((format(printf, 3, 4)))
static int failed(struct cluster *c, int rc, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, sizeof(c->error), format, ap);
	va_end(ap);
	return rc;
}

const char *cluster_error(const struct cluster *c)
{
	return c->error;
}

bool cluster_node_up(const struct cluster *c, unsigned int node)
{
	return node == c->config->self || c->node[node].state == VIGIL_NODE_STATE_UP;
}

bool cluster_node_daemon(const struct cluster *c, unsigned int node)
{
	return node == c->config->self || c->node[node].daemon;
}

/* Requests */

static int done(struct cluster *c, int rc)
{
	if (rc)
		snprintf(c->error, sizeof(c->error), "%s", vnl_error(c->client));
	return rc;
}

int cluster_claim(struct cluster *c, const char *name, uint16_t rank)
{
	return done(c, vnl_claim_new(c->client, c->config->name, name, rank));
}

int cluster_release(struct cluster *c, const char *name, uint16_t successor)
{
	return done(c, vnl_claim_release(c->client, c->config->name, name, successor));
}

int cluster_send(struct cluster *c, unsigned int node, const char *text, size_t len)
{
	return done(c, vnl_msg_send(c->client, c->config->name, c->config->node[node].id, text,
				    len));
}

int cluster_node_ask(struct cluster *c, unsigned int node, struct vnl_node *out)
{
	return done(c, vnl_node_get(c->client, c->config->name, c->config->node[node].id, out));
}

unsigned int cluster_voters_heard(struct cluster *c, uint64_t time)
{
	uint16_t self = c->config->node[c->config->self].id;
	struct vnl_node *list = NULL;
	int n = vnl_node_list(c->client, c->config->name, &list);
	uint64_t silent = now_ns() - time;
	unsigned int heard = 0;

	for (int i = 0; i < n; i++)
		heard += list[i].voter && (list[i].id == self ||
					   (list[i].state == VIGIL_NODE_STATE_UP &&
					    list[i].heard_age < silent));
	free(list);
	return heard;
}

int cluster_confirm(struct cluster *c, unsigned int node, uint64_t incarnation)
{
	return done(c, vnl_node_confirm(c->client, c->config->name, c->config->node[node].id,
					incarnation));
}

int cluster_poison(struct cluster *c, unsigned int node)
{
	return done(c, vnl_node_poison(c->client, c->config->name, c->config->node[node].id));
}

int cluster_ping(struct cluster *c)
{
	int rc = c->left ? 0 : vnl_events_ping(c->events, c->config->name);

	return rc ? failed(c, rc, "%s", vnl_events_error(c->events)) : 0;
}

int cluster_watch_report(struct cluster *c, const struct vigil_watch_report *r)
{
	return done(c, vnl_watch_report(c->client, c->config->name, NULL, r));
}

int cluster_watchdog(struct cluster *c, int fd)
{
	return done(c, vnl_watchdog_set(c->client, c->config->name, fd));
}

int cluster_watchdog_ask(struct cluster *c, char *device, size_t room)
{
	struct vnl_cluster now;
	int rc = done(c, vnl_cluster_get(c->client, c->config->name, &now));

	if (!rc)
		snprintf(device, room, "%s", now.watchdog.device);
	return rc;
}

int cluster_leave(struct cluster *c)
{
	int rc = done(c, vnl_cluster_leave(c->client, c->config->name));

	if (!rc)
		c->left = true;
	return rc;
}

int cluster_claim_ask(struct cluster *c, const char *name, uint32_t *state)
{
	struct vnl_claim claim;
	int rc = vnl_claim_get(c->client, c->config->name, name, &claim);

	if (rc && rc != -ENOENT)
		return done(c, rc);
	*state = rc ? VIGIL_CLAIM_STATE_NONE : claim.state;
	return 0;
}

uint32_t cluster_claim_state(struct cluster *c, const char *name)
{
	uint32_t state;

	return cluster_claim_ask(c, name, &state) ? VIGIL_CLAIM_STATE_NONE : state;
}

void cluster_each_claim(struct cluster *c,
			void (*fn)(void *data, const char *name, uint32_t state), void *data)
{
	struct vnl_claim *list = NULL;
	int n = vnl_claim_list(c->client, c->config->name, &list);

	for (int i = 0; i < n; i++)
		if (list[i].state != VIGIL_CLAIM_STATE_NONE)
			fn(data, list[i].name, list[i].state);
	free(list);
}

/* Events */

static void set_node(struct cluster *c, unsigned int node, uint32_t state)
{
	uint32_t from = c->node[node].state;

	if (from == state || node == c->config->self)
		return;
	c->node[node].state = state;
	c->listener->on_node(c->listener->data, node, from, state);
}

static void set_daemon(struct cluster *c, unsigned int node, bool alive)
{
	if (c->node[node].daemon == alive)
		return;
	c->node[node].daemon = alive;
	c->listener->on_daemon(c->listener->data, node, alive);
}

static int read_nodes(struct cluster *c)
{
	struct vnl_node *list = NULL;
	int n = vnl_node_list(c->client, c->config->name, &list);

	for (int i = 0; i < n; i++) {
		int node = config_find_id(c->config, list[i].id);

		if (node < 0)
			continue;
		set_node(c, node, list[i].state);
		set_daemon(c, node, list[i].daemon);
	}
	free(list);
	return n < 0 ? done(c, n) : 0;
}

/* Whoever listens asks for claims by name: those that are gone are in no list. */
static void read_all(struct cluster *c)
{
	log_warn("events were lost: asking the kernel for its state");
	read_nodes(c);
	c->listener->on_lost(c->listener->data);
}

static void on_event(const struct vnl_event *ev, void *data)
{
	struct cluster *c = data;
	int node;

	if (ev->type == VNL_EVENT_LOST) {
		read_all(c);
		return;
	}
	if (strcmp(ev->cluster, c->config->name))
		return;
	switch (ev->type) {
	case VNL_EVENT_NODE:
		node = config_find_id(c->config, ev->node.id);
		if (node < 0)
			break;
		log_note("node %s: %s, was %s", c->config->node[node].name,
			 vnl_node_state_name(ev->node.to), vnl_node_state_name(ev->node.from));
		set_node(c, node, ev->node.to);
		break;
	case VNL_EVENT_DAEMON:
		node = config_find_id(c->config, ev->daemon.id);
		if (node >= 0)
			set_daemon(c, node, ev->daemon.alive);
		break;
	case VNL_EVENT_CLAIM:
		c->listener->on_claim(c->listener->data, ev->claim.name, ev->claim.from,
				      ev->claim.to, ev->time);
		break;
	case VNL_EVENT_WATCH:
		c->listener->on_watch(c->listener->data, ev);
		break;
	case VNL_EVENT_MSG:
		node = config_find_id(c->config, ev->msg.node);
		if (node >= 0)
			c->listener->on_message(c->listener->data, node, ev->msg.data,
						ev->msg.len);
		break;
	case VNL_EVENT_LEARNED:
		if (c->config->node[c->config->self].voter)
			log_info("learning has ended: this voter grants claims");
		break;
	case VNL_EVENT_REFUSED:
		log_warn("node %s: handshake refused, its %s differs", ev->refused.name,
			 vnl_refusal_name(ev->refused.reason));
		break;
	case VNL_EVENT_FENCE:
		log_error("fence: %s (%s)", vnl_fence_step_name(ev->fence.step),
			  vnl_fence_action_name(ev->fence.action));
		break;
	case VNL_EVENT_LOST:
		break;
	}
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct cluster *c = data;
	int rc = vnl_events_dispatch(c->events);

	if (rc < 0) {
		log_error("events from the kernel: %s", strerror(-rc));
		sd_event_exit(sd_event_source_get_event(source), rc);
	}
	return 0;
}

/* Opening and closing */

static int connect_module(struct cluster *c)
{
	int rc = vnl_open(&c->client);

	if (rc == -ENOENT)
		return failed(c, rc, "the kernel module is not loaded: modprobe vigil");
	if (rc)
		return failed(c, rc, "%s", vnl_error(NULL));
	rc = vnl_events_open(&c->events, on_event, c);
	if (rc)
		return failed(c, rc, "cannot listen to the kernel: %s", strerror(-rc));
	return 0;
}

int cluster_open(struct cluster *c, struct config *config, sd_event *event,
		 const struct cluster_listener *listener)
{
	int rc;

	memset(c, 0, sizeof(*c));
	c->config = config;
	c->listener = listener;
	c->node = calloc(config->n_nodes, sizeof(*c->node));
	if (!c->node)
		return failed(c, -ENOMEM, "no memory");
	rc = connect_module(c);
	if (rc)
		return rc;
	rc = join_cluster(c->client, config, c->error, sizeof(c->error));
	if (rc)
		return rc;
	rc = vnl_events_bind(c->events, config->name);
	if (rc)
		return failed(c, rc, "%s", vnl_events_error(c->events));
	rc = sd_event_add_io(event, &c->source, vnl_events_fd(c->events), EPOLLIN, on_input, c);
	if (rc < 0)
		return failed(c, rc, "event loop: %s", strerror(-rc));
	/* Before anything else that is ready: a claim may have been granted or lost. */
	sd_event_source_set_priority(c->source, SD_EVENT_PRIORITY_IMPORTANT);
	return read_nodes(c);
}

int cluster_reload(struct cluster *c, struct config *config)
{
	struct cluster_node *node = calloc(config->n_nodes, sizeof(*node));
	int rc;

	if (!node)
		return failed(c, -ENOMEM, "no memory");
	rc = join_compare(c->client, config, c->error, sizeof(c->error));
	if (!rc)
		rc = join_adjust(c->client, config, c->error, sizeof(c->error));
	if (rc) {
		free(node);
		return rc;
	}
	for (unsigned int i = 0; i < config->n_nodes; i++) {
		int old = config_find_id(c->config, config->node[i].id);

		if (old >= 0)
			node[i] = c->node[old];
	}
	free(c->node);
	c->node = node;
	c->config = config;
	return 0;
}

void cluster_close(struct cluster *c)
{
	sd_event_source_disable_unref(c->source);
	if (c->events)
		vnl_events_close(c->events);
	if (c->client)
		vnl_close(c->client);
	free(c->node);
	memset(c, 0, sizeof(*c));
}
