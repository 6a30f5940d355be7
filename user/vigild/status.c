// SPDX-License-Identifier: GPL-2.0
#include "status.h"

#include <stdio.h>

#include "../lib/names.h"
#include "daemon.h"
#include "log.h"
#include "probes.h"

static void add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

static const char *name_of(const struct daemon *d, unsigned int node)
{
	return node < d->config->n_nodes ? d->config->node[node].name : NULL;
}

/* The node that has most to say about a service: where it runs, else where it is wanted. */
static unsigned int main_node(const struct daemon *d, unsigned int service)
{
	static const enum plan_state order[] = {
		PLAN_RUNNING, PLAN_STUCK, PLAN_STARTING, PLAN_STOPPING, PLAN_WAITING
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (unsigned int n = 0; n < d->config->n_nodes; n++)
			if (facts_local(&d->facts, service, n)->state == order[i])
				return n;
	return PLAN_NOWHERE;
}

/* What the kernels have told of a service's process last, of this node or another one. */
static struct json_object *news_object(const struct daemon *d, const struct watch_news *news)
{
	struct json_object *o;
	int node = config_find_id(d->config, news->node);

	if (!news->node)
		return NULL;
	o = json_object_new_object();
	add_text(o, "node", node < 0 ? NULL : name_of(d, node));
	add_text(o, "state", vnl_watch_state_name(news->state));
	add_text(o, "text", news->text);
	add_number(o, "time", news->time);
	return o;
}

static struct json_object *service_object(struct daemon *d, unsigned int i)
{
	struct service *s = d->services.list[i];
	const struct config_service *cfg = &d->config->service[i];
	struct json_object *o = json_object_new_object(), *group = json_object_new_array();
	unsigned int node = main_node(d, i);
	uint64_t now = now_ns();

	add_text(o, "name", cfg->name);
	add_text(o, "class", config_class_name(cfg->class));
	add_text(o, "state", plan_state_name(node == PLAN_NOWHERE ? PLAN_OFF :
					     facts_local(&d->facts, i, node)->state));
	add_text(o, "node", name_of(d, node));
	add_text(o, "target", name_of(d, d->facts.target[i]));
	add_text(o, "here", plan_state_name(service_plan_state(s)));
	add_number(o, "since", s->since);
	add_number(o, "restarts", s->restarts);
	add_number(o, "avoid_ms", s->avoid_until > now ? ms(s->avoid_until - now) : 0);
	add_text(o, "reason", s->reason[0] ? s->reason : NULL);
	json_object_object_add(o, "degraded", json_object_new_boolean(s->degraded));
	json_object_object_add(o, "watch", news_object(d, &s->watch.news));
	for (unsigned int j = 0; j < d->config->n_services; j++)
		if (j != i && d->config->service[j].group == cfg->group)
			json_object_array_add(group,
					      json_object_new_string(d->config->service[j].name));
	json_object_object_add(o, "group", group);
	return o;
}

static struct json_object *health_object(const struct health *h)
{
	struct json_object *o = json_object_new_object(), *errors = json_object_new_array();
	struct json_object *pressure = json_object_new_object();
	char text[HEALTH_TEXT];

	json_object_object_add(o, "suspect", json_object_new_boolean(h->suspect));
	add_text(o, "text", health_text(h, text));
	for (unsigned int i = 0; i < HEALTH_COUNTERS; i++) {
		unsigned int kind = i / HEALTH_SEVERITIES, severity = i % HEALTH_SEVERITIES;
		const struct health_errors *e = &h->errors[kind][severity];
		struct json_object *counted;

		if (!e->n)
			continue;
		counted = json_object_new_object();
		add_text(counted, "kind", health_kind_name(kind));
		add_text(counted, "severity", health_severity_name(severity));
		add_number(counted, "count", e->n);
		add_number(counted, "per_minute", e->per_minute);
		json_object_array_add(errors, counted);
	}
	json_object_object_add(o, "errors", errors);
	for (int r = 0; r < HEALTH_RESOURCES; r++)
		add_number(pressure, health_resource_name(r), h->pressure[r]);
	json_object_object_add(o, "pressure", pressure);
	return o;
}

static struct json_object *node_object(struct daemon *d, unsigned int n)
{
	struct json_object *o = json_object_new_object();
	bool self = n == d->config->self;

	add_text(o, "name", d->config->node[n].name);
	json_object_object_add(o, "ready",
			       json_object_new_boolean(self || d->facts.node[n].ready));
	json_object_object_add(o, "leaving", json_object_new_boolean(self ? d->leave.begun :
						d->facts.node[n].leaving));
	json_object_object_add(o, "health", self ? health_object(&d->vitals.health) :
			       d->facts.health[n].known ?
			       health_object(&d->facts.health[n].health) : NULL);
	return o;
}

static struct json_object *probe_object(const struct probe_status *s)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "name", s->name);
	json_object_object_add(o, "attached", json_object_new_boolean(s->attached));
	json_object_object_add(o, "waits", json_object_new_boolean(s->waits));
	add_text(o, "via", s->via);
	add_text(o, "reason", s->reason);
	return o;
}

/* The programs, and what is not one but tells as they do. */
static struct json_object *probe_list(const struct daemon *d)
{
	struct json_object *list = json_object_new_array();
	struct probe_status s;

	for (unsigned int i = 0; i < probes_status(d->probes, i, &s); i++)
		json_object_array_add(list, probe_object(&s));
	for (int r = 0; r < HEALTH_RESOURCES; r++) {
		const char *reason = pressure_reason(&d->vitals.pressure, r);
		char name[32];

		snprintf(name, sizeof(name), "pressure: %s", health_resource_name(r));
		s = (struct probe_status){
			.name = name, .attached = !reason, .via = reason ? "" : "trigger",
			.reason = reason ?: "",
		};
		json_object_array_add(list, probe_object(&s));
	}
	return list;
}

struct json_object *status_object(struct daemon *d)
{
	struct json_object *o = json_object_new_object();
	struct json_object *services = json_object_new_array();
	struct json_object *nodes = json_object_new_array();

	json_object_object_add(o, "ok", json_object_new_boolean(true));
	add_text(o, "cluster", d->config->name);
	add_text(o, "self", d->config->node[d->config->self].name);
	add_text(o, "role", leader_role_name(d->leader.role));
	add_text(o, "leader", d->leader.from < 0 ? NULL : name_of(d, d->leader.from));
	add_number(o, "epoch", d->leader.epoch);
	json_object_object_add(o, "leaving", json_object_new_boolean(d->leave.begun));
	json_object_object_add(o, "left", json_object_new_boolean(d->leave.left));
	for (unsigned int i = 0; i < d->services.n; i++)
		json_object_array_add(services, service_object(d, i));
	json_object_object_add(o, "services", services);
	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		json_object_array_add(nodes, node_object(d, n));
	json_object_object_add(o, "nodes", nodes);
	json_object_object_add(o, "probes", probe_list(d));
	add_text(o, "watchdog", d->watchdog.why[0] ? d->watchdog.why : NULL);
	json_object_object_add(o, "fencing", stonith_status(d));
	return o;
}
