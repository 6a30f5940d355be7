// SPDX-License-Identifier: GPL-2.0
#include "fencing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "fence_agent.h"
#include "fence_check.h"
#include "log.h"

#define OBEY_US		5000000ULL	/* for a poisoned node, beyond any expiry */

struct fencing_check {
	struct fencing_check *next;
	struct daemon *daemon;
	struct config_ref *owner;
	unsigned int device;
	struct process *process;
	struct cgroup cgroup;
};

static const struct config_node *node_of(const struct fencing *f)
{
	return &f->owner->config->node[f->node];
}

struct fencing *fencing_find(const struct daemon *d, uint16_t id)
{
	struct fencing *f = d->stonith.list;

	while (f && (f->id != id || f->test))
		f = f->next;
	return f;
}

static void fencing_free(struct fencing *f)
{
	struct fencing **at = &f->daemon->stonith.list;

	while (*at && *at != f)
		at = &(*at)->next;
	if (*at)
		*at = f->next;
	fence_run_free(f->run);
	sd_event_source_disable_unref(f->timer);
	cgroup_close(&f->cgroup);
	config_ref_put(f->owner);
	free(f);
}

void fencing_free_all(struct daemon *d)
{
	struct fencing_check *check;

	while (d->stonith.list)
		fencing_free(d->stonith.list);
	while ((check = d->stonith.checks)) {
		d->stonith.checks = check->next;
		process_kill(check->process);
		process_forget(check->process);
		cgroup_close(&check->cgroup);
		config_ref_put(check->owner);
		free(check);
	}
}

/* Of the agents' words only what no terminal and no message stumbles over. */
static void set_text(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < room; text++)
		out[n++] = *text < ' ' || *text > '~' || *text == '"' || *text == '\\' ? '.' : *text;
	out[n] = 0;
}

static struct json_object *step_list(const struct fencing *f, const struct fence_run *run)
{
	struct json_object *list = json_object_new_array();
	const struct fence_step *s;
	unsigned int n = run ? fence_run_steps(run, &s) : 0;

	for (unsigned int i = 0; i < n; i++) {
		struct json_object *o = json_object_new_object();
		char text[FENCE_TEXT];

		set_text(text, sizeof(text), s[i].text);
		json_object_object_add(o, "level", json_object_new_int(s[i].level));
		json_object_object_add(o, "device", json_object_new_string(
				       f->owner->config->device[s[i].device].name));
		json_object_object_add(o, "action", json_object_new_string(s[i].action));
		json_object_object_add(o, "good", json_object_new_boolean(s[i].good));
		json_object_object_add(o, "text", json_object_new_string(text));
		json_object_object_add(o, "took_ns", json_object_new_uint64(s[i].took));
		json_object_array_add(list, o);
	}
	return list;
}

/* Tells everybody who is to know, and is gone then. */
static void finish(struct fencing *f, const struct fence_run *run)
{
	struct daemon *d = f->daemon;
	uint64_t now = now_ns();
	struct json_object *o;

	f->record.took = now - f->record.begun;
	if (!f->test) {
		log_line(f->record.outcome == FENCE_CONFIRMED ? LOG_NOTICE : LOG_ERR,
			 "fence %s: %s: %s, after %llu ms", node_of(f)->name,
			 fence_outcome_name(f->record.outcome), f->record.text,
			 ms(f->record.took));
		stonith_record(d, &f->record);
	}
	o = fence_record_object(&f->record, now);
	json_object_object_add(o, "steps", step_list(f, run));
	control_fence_ended(d, f->token, o);
	if (f->record.automatic && f->record.outcome == FENCE_NOT_PROVED)
		stonith_on_failure(d, f->id);
	f->run = NULL;	/* ends by itself, or never was */
	fencing_free(f);
}

/* Calls of the run */

static bool on_busy(void *data, const struct config_device *device)
{
	const struct fencing *f = data;
	unsigned int n = 0;

	for (const struct fencing *o = f->daemon->stonith.list; o; o = o->next)
		n += o->run && fence_run_uses(o->run, device->name);
	return n >= device->parallel;
}

static void on_free(void *data)
{
	const struct fencing *f = data;

	for (const struct fencing *o = f->daemon->stonith.list; o; o = o->next)
		if (o != f && o->run)
			fence_run_poke(o->run);
}

/* What an operator wants is done whatever happens meanwhile. */
static const char *on_proceed(void *data)
{
	const struct fencing *f = data;
	struct daemon *d = f->daemon;
	int node = config_find_id(d->config, f->id);
	uint32_t state;

	if (f->test || !f->record.automatic)
		return NULL;
	if (node < 0)
		return "it is no node any more";
	state = d->cluster.node[node].state;
	if (state != VIGIL_NODE_STATE_DOWN && state != VIGIL_NODE_STATE_EXPIRED)
		return state == VIGIL_NODE_STATE_UP ? "it came back" : "it has left";
	if (fence_arm_left(&d->stonith.arm, now_ns()))
		return "disarmed";
	if (state == VIGIL_NODE_STATE_EXPIRED && !d->config->fence_expired && !stonith_two(d))
		return "its lease has proved it dead";
	return NULL;
}

static void note_devices(struct fencing *f, unsigned int level)
{
	const struct config_level *l = &node_of(f)->fence[level - 1];
	size_t n = 0, room = sizeof(f->record.devices);

	f->record.level = level;
	f->record.devices[0] = 0;
	for (unsigned int u = 0; u < l->n && n < room; u++)
		n += snprintf(f->record.devices + n, room - n, "%s%s", u ? ", " : "",
			      f->owner->config->device[l->use[u].device].name);
}

static void confirm(struct fencing *f)
{
	struct daemon *d = f->daemon;
	int node = config_find_id(d->config, f->id);
	int rc = node < 0 ? -ENOENT : !f->record.incarnation ? -EINVAL :
		 cluster_confirm(&d->cluster, node, f->record.incarnation);

	f->record.outcome = rc ? FENCE_NOT_TAKEN : FENCE_CONFIRMED;
	if (!rc)
		snprintf(f->record.text, sizeof(f->record.text), "off");
	else if (!f->record.incarnation)
		snprintf(f->record.text, sizeof(f->record.text),
			 "off, but it was never met: nothing to confirm");
	else if (rc == -ESTALE)
		snprintf(f->record.text, sizeof(f->record.text),
			 "off, but it had come back before: nothing confirmed");
	else
		set_text(f->record.text, sizeof(f->record.text), cluster_error(&d->cluster));
}

static void on_off(void *data, unsigned int level)
{
	struct fencing *f = data;

	confirm(f);
	note_devices(f, level);
	f->record.took = now_ns() - f->record.begun;
	log_note("fence %s: proved off, level %u, after %llu ms: %s", node_of(f)->name, level,
		 ms(f->record.took), fence_outcome_name(f->record.outcome));
	/* Switching it on again takes long, and nobody waits for it. */
	stonith_record(f->daemon, &f->record);
}

static void on_end(void *data, const struct fence_run *run, enum fence_end end, const char *why)
{
	struct fencing *f = data;
	bool taken = f->record.outcome == FENCE_CONFIRMED;

	if (end == FENCE_FAILED)
		f->record.outcome = FENCE_NOT_PROVED;
	else if (end == FENCE_GIVEN_UP)
		f->record.outcome = FENCE_STOPPED;
	if (end != FENCE_PROVED)
		note_devices(f, fence_run_level(run));
	if (end != FENCE_PROVED || taken)
		set_text(f->record.text, sizeof(f->record.text), why);
	finish(f, run);
}

static int on_begin(sd_event_source *source, uint64_t usec, void *data)
{
	struct fencing *f = data;
	struct fence_orders orders = {
		.config = f->owner->config, .node = f->node, .off = f->off, .test = f->test,
		.cgroup = &f->cgroup, .busy = on_busy, .proceed = on_proceed, .on_free = on_free,
		.on_off = on_off, .on_end = on_end, .data = f,
	};

	f->run = fence_run_start(f->daemon->event, &orders);
	if (f->run)
		return 0;
	f->record.outcome = FENCE_NOT_PROVED;
	snprintf(f->record.text, sizeof(f->record.text), "no memory");
	finish(f, NULL);
	return 0;
}

static int on_disobeyed(sd_event_source *source, uint64_t usec, void *data)
{
	struct fencing *f = data;

	f->record.outcome = FENCE_NOT_PROVED;
	snprintf(f->record.text, sizeof(f->record.text), "no answer");
	finish(f, NULL);
	return 0;
}

void fencing_on_node(struct daemon *d, uint16_t id, uint32_t state)
{
	struct fencing *f = fencing_find(d, id);

	if (!f)
		return;
	if (!strcmp(f->record.action, "poison")) {
		if (state != VIGIL_NODE_STATE_EXPIRED)
			return;
		f->record.outcome = FENCE_CONFIRMED;
		snprintf(f->record.text, sizeof(f->record.text), "it obeyed");
		finish(f, NULL);
	} else if (!f->run && f->record.automatic && on_proceed(f)) {
		f->record.outcome = FENCE_STOPPED;
		snprintf(f->record.text, sizeof(f->record.text), "%s", on_proceed(f));
		finish(f, NULL);
	}
}

static struct fencing *fencing_new(struct daemon *d, unsigned int node,
				   const struct fence_record *record, uint64_t delay_us,
				   sd_event_time_handler_t handler)
{
	struct fencing *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->daemon = d;
	f->owner = config_ref_get(d->owner);
	f->node = node;
	f->id = d->config->node[node].id;
	f->cgroup = (struct cgroup){ .dir = -1, .events = -1 };
	f->token = ++d->stonith.tokens;
	f->record = *record;
	f->record.begun = now_ns();
	f->record.date = date_ns();
	f->record.outcome = FENCE_RUNNING;
	snprintf(f->record.node, sizeof(f->record.node), "%s", d->config->node[node].name);
	snprintf(f->record.from, sizeof(f->record.from), "%s",
		 d->config->node[d->config->self].name);
	if (sd_event_add_time_relative(d->event, &f->timer, CLOCK_MONOTONIC, delay_us, 1, handler,
				       f) < 0) {
		fencing_free(f);
		return NULL;
	}
	f->next = d->stonith.list;
	d->stonith.list = f;
	return f;
}

struct fencing *fencing_await_poison(struct daemon *d, unsigned int node,
				     const struct fence_record *record)
{
	uint64_t us = OBEY_US + d->config->timing.expiry / 1000;
	struct fencing *f = fencing_new(d, node, record, us, on_disobeyed);

	if (f)
		stonith_record(d, &f->record);
	return f;
}

struct fencing *fencing_begin(struct daemon *d, unsigned int node,
			      const struct fence_record *record, uint64_t delay, bool test)
{
	struct fencing *f = fencing_new(d, node, record, delay / 1000, on_begin);
	char path[64 + 2 * VIGIL_NAME_LEN];

	if (!f)
		return NULL;
	f->test = test;
	f->off = !strcmp(record->action, "off");
	snprintf(path, sizeof(path), "vigil/%s/@fence/%s%s", d->config->name,
		 d->config->node[node].name, test ? "@test" : "");
	if (cgroup_open(&f->cgroup, path)) {
		fencing_free(f);
		return NULL;
	}
	cgroup_kill(&f->cgroup);	/* what an earlier daemon has begun */
	if (!test)
		stonith_record(d, &f->record);
	return f;
}

/* Metadata */

static void check_free(struct fencing_check *check)
{
	struct fencing_check **at = &check->daemon->stonith.checks;

	while (*at && *at != check)
		at = &(*at)->next;
	if (*at)
		*at = check->next;
	cgroup_close(&check->cgroup);
	config_ref_put(check->owner);
	free(check);
}

static void on_metadata(void *data, const struct process_result *result)
{
	struct fencing_check *check = data;
	struct config_error err = { 0 };

	if (result->end != PROCESS_EXITED || !strstr(result->output, "<parameter"))
		log_warn("device %s: its agent has no metadata",
			 check->owner->config->device[check->device].name);
	else if (fence_check_device(check->owner->config, check->device, result->output, &err))
		log_warn("%s", err.text);
	check_free(check);
}

void fencing_check_devices(struct daemon *d)
{
	char path[64 + VIGIL_NAME_LEN];

	snprintf(path, sizeof(path), "vigil/%s/@fence/@check", d->config->name);
	for (unsigned int i = 0; i < d->config->n_devices; i++) {
		struct fence_call call = {
			.config = d->config, .device = i, .node = -1,
			.action = FENCE_AGENT_METADATA, .output = PROCESS_KEEP,
		};
		struct fencing_check *check = calloc(1, sizeof(*check));

		if (!check)
			return;
		check->daemon = d;
		check->owner = config_ref_get(d->owner);
		check->device = i;
		if (!cgroup_open(&check->cgroup, path)) {
			call.cgroup = &check->cgroup;
			check->process = fence_agent_start(d->event, &call, on_metadata, check);
		}
		if (!check->process) {
			log_warn("device %s: agent %s: %s", d->config->device[i].name,
				 d->config->device[i].agent, strerror(errno));
			check_free(check);
			continue;
		}
		check->next = d->stonith.checks;
		d->stonith.checks = check;
	}
}
