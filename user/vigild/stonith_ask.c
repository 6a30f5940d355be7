// SPDX-License-Identifier: GPL-2.0
/* What operators ask for. Limits are for what the daemon does by itself. */
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "log.h"
#include "stonith.h"

#define NS_PER_S	1000000000ULL

void stonith_ask_arm(struct daemon *d, uint64_t ns, const char *by, const char *why)
{
	fence_arm_say(&d->stonith.arm, ns, by, why, now_ns());
	if (ns)
		log_warn("disarmed for %llu s by %s: %s", (unsigned long long)(ns / NS_PER_S), by,
			 why);
	else
		log_note("armed by %s", by);
	d->stonith.disarmed = ns;
	stonith_tell_arm(d);
	stonith_kick(d);
}

/* Their word that it is off. */
static const char *take_word(struct daemon *d, unsigned int node, const struct vnl_node *is,
			     struct fence_record *r)
{
	if (is->state == VIGIL_NODE_STATE_UP)
		return "it is up: it has been heard just now, and that counts more";
	if (!is->incarnation)
		return "it has never been met: there is nothing of it to confirm";
	if (cluster_confirm(&d->cluster, node, is->incarnation))
		return cluster_error(&d->cluster);
	r->outcome = FENCE_CONFIRMED;
	r->begun = now_ns();
	r->date = date_ns();
	snprintf(r->node, sizeof(r->node), "%s", d->config->node[node].name);
	snprintf(r->from, sizeof(r->from), "%s", d->config->node[d->config->self].name);
	snprintf(r->text, sizeof(r->text), "by the operator's word");
	log_warn("fence %s: %s says that it is off", r->node, r->by);
	stonith_record(d, r);
	return NULL;
}

static const char *poison(struct daemon *d, unsigned int node, const struct fence_record *r,
			  uint64_t *token)
{
	struct fencing *f;

	if (cluster_poison(&d->cluster, node))
		return cluster_error(&d->cluster);
	log_warn("fence %s: poisoned, as %s wants it", d->config->node[node].name, r->by);
	f = fencing_await_poison(d, node, r);
	*token = f ? f->token : 0;
	return NULL;
}

const char *stonith_ask_fence(struct daemon *d, const char *name, const char *action,
			      const char *by, uint64_t *token)
{
	int node = config_find_node(d->config, name);
	struct fence_record r = { 0 };
	struct fencing *f;
	struct vnl_node is;

	*token = 0;
	if (node < 0)
		return "there is no node of that name";
	if (node == (int)d->config->self)
		return "that is this node itself: ask another one";
	if (!*action)
		action = d->config->node[node].fence_off ? "off" : "reboot";
	if (cluster_node_ask(&d->cluster, node, &is))
		return cluster_error(&d->cluster);
	snprintf(r.by, sizeof(r.by), "%s", by);
	snprintf(r.action, sizeof(r.action), "%s", action);
	r.incarnation = is.incarnation;
	if (!strcmp(action, "confirmed"))
		return take_word(d, node, &is, &r);
	if (fencing_find(d, is.id))
		return "it is being fenced already: see vigil fence history";
	if (!strcmp(action, "poison"))
		return poison(d, node, &r, token);
	if (strcmp(action, "off") && strcmp(action, "reboot"))
		return "actions are off, reboot, poison and confirmed";
	if (!d->config->node[node].fence[0].n)
		return "it has no fence devices";
	f = fencing_begin(d, node, &r, 0, false);
	if (!f)
		return "no memory, or no control group for its agents";
	log_warn("fence %s: %s, as %s wants it", name, action, by);
	*token = f->token;
	return NULL;
}

const char *stonith_ask_test(struct daemon *d, const char *name, uint64_t *token)
{
	int node = config_find_node(d->config, name);
	struct fence_record r = { .action = "test" };
	struct fencing *f;

	if (node < 0)
		return "there is no node of that name";
	if (!d->config->node[node].fence[0].n)
		return "it has no fence devices";
	f = fencing_begin(d, node, &r, 0, true);
	*token = f ? f->token : 0;
	return f ? NULL : "no memory, or no control group for its agents";
}

struct json_object *stonith_history(const struct daemon *d)
{
	struct json_object *list = json_object_new_array();
	uint64_t now = now_ns();

	for (unsigned int i = 0; i < d->stonith.history.n; i++)
		json_object_array_add(list,
				      fence_record_object(&d->stonith.history.record[i], now));
	return list;
}

struct json_object *stonith_status(const struct daemon *d)
{
	struct json_object *o = fence_arm_object(&d->stonith.arm, now_ns());
	struct json_object *list = json_object_new_array();

	json_object_object_add(o, "devices", json_object_new_int(d->config->n_devices));
	for (const struct fencing *f = d->stonith.list; f; f = f->next)
		if (!f->test)
			json_object_array_add(list, fence_record_object(&f->record, now_ns()));
	json_object_object_add(o, "active", list);
	return o;
}
