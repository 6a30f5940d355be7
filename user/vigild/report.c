// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon.h"
#include "log.h"

#define FOR_EVER_MS	1000000000000ULL	/* of avoiding: some decades */

static void send_to_node(struct daemon *d, unsigned int node, const char *text, size_t len)
{
	if (node != d->config->self && cluster_node_up(&d->cluster, node) &&
	    cluster_send(&d->cluster, node, text, len))
		log_debug("message to %s: %s", d->config->node[node].name,
			  cluster_error(&d->cluster));
}

static void send_to_all(void *data, const char *text, size_t len)
{
	struct daemon *d = data;

	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		send_to_node(d, n, text, len);
}

/* What a node runs must be known before it is told what to run. */
static void send_to_ready(void *data, const char *text, size_t len)
{
	struct daemon *d = data;

	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		if (d->facts.node[n].ready)
			send_to_node(d, n, text, len);
}

void report_broadcast(struct daemon *d, const struct message_head *head,
		      const struct message_item *item, unsigned int n)
{
	if (head->type == MESSAGE_ARM || head->type == MESSAGE_FENCE) {
		message_write_fence(head, send_to_all, d);
		return;
	}
	if (message_write(head, item, n,
			  head->type == MESSAGE_ORDER ? send_to_ready : send_to_all, d))
		log_error("no memory for a message");
}

static uint64_t avoid_ms(const struct service *s)
{
	uint64_t now = now_ns();

	if (s->avoid_until <= now)
		return 0;
	return s->avoid_until == UINT64_MAX ? FOR_EVER_MS : ms(s->avoid_until - now) + 1;
}

/* Tell some or all services; a complete report leaves out what is off. */
static void tell(struct daemon *d, bool complete)
{
	struct message_head head = {
		.type = MESSAGE_STATE,
		.epoch = d->leader.epoch,
		.leader = leader_id(d),
		.leaving = d->leave.begun,
	};
	struct message_item *item = calloc(d->services.n + 1, sizeof(*item));
	unsigned int n = 0;

	if (!item) {
		log_error("no memory for a report");
		return;
	}
	if (complete) {
		head.report = ++d->report.number ?: ++d->report.number;
		head.has_health = true;
		head.health = d->vitals.health;
	}
	for (unsigned int i = 0; i < d->services.n; i++) {
		const struct service *s = d->services.list[i];
		uint64_t avoid = avoid_ms(s);

		if (complete ? service_plan_state(s) == PLAN_OFF && !avoid : !d->report.changed[i])
			continue;
		item[n++] = (struct message_item){ s->cfg->name, 0, service_plan_state(s), avoid };
		d->report.changed[i] = false;
	}
	report_broadcast(d, &head, item, n);
	free(item);
}

static int on_flush(sd_event_source *source, void *data)
{
	tell(data, false);
	return 0;
}

void report_change(struct daemon *d, const struct service *s)
{
	struct plan_local *l;

	if (s->retired || !d->report.changed || s->index >= d->facts.config->n_services)
		return;
	l = facts_local(&d->facts, s->index, d->config->self);
	l->state = service_plan_state(s);
	l->avoid_until = s->avoid_until;
	d->report.changed[s->index] = true;
	sd_event_source_set_enabled(d->report.flush, SD_EVENT_ONESHOT);
	leader_kick(d);
	leave_continue(d);
}

void report_all(struct daemon *d)
{
	if (d->services.begun)
		tell(d, true);
}

void report_on_head(struct daemon *d, unsigned int node, const struct message_head *head)
{
	if (facts_begin_report(&d->facts, node, head))
		leader_kick(d);
	leader_on_epoch(d, head->epoch, head->leader);
}

void report_on_item(struct daemon *d, unsigned int node, const struct message_head *head,
		    const struct message_item *item)
{
	if (facts_take(&d->facts, node, head, item, now_ns()))
		leader_kick(d);
}

void report_on_end(struct daemon *d, unsigned int node, const struct message_head *head)
{
	if (facts_end_report(&d->facts, node, head))
		leader_kick(d);
}

int report_init(struct daemon *d)
{
	int rc;

	free(d->report.changed);
	d->report.changed = calloc(d->config->n_services + 1, sizeof(*d->report.changed));
	if (!d->report.changed)
		return -ENOMEM;
	if (d->report.flush)
		return 0;
	rc = sd_event_add_defer(d->event, &d->report.flush, on_flush, d);
	if (rc >= 0)
		rc = sd_event_source_set_enabled(d->report.flush, SD_EVENT_OFF);
	return rc < 0 ? rc : 0;
}

void report_free(struct daemon *d)
{
	sd_event_source_disable_unref(d->report.flush);
	free(d->report.changed);
	d->report.changed = NULL;
}
