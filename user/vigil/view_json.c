// SPDX-License-Identifier: GPL-2.0
/* A cluster, its nodes and its claims as JSON. */
#include <json-c/json.h>
#include <string.h>

#include <linux/vigil.h>

#include "../lib/names.h"
#include "record.h"
#include "view.h"

/* A length of time, or null: never, or for ever. */
static void put_time(struct json_object *object, const char *key, __u64 ns)
{
	if (ns == VNL_NEVER)
		record_put(object, key, NULL);
	else
		record_number(object, key, ns);
}

static void put_address(struct json_object *object, const char *key, const union vnl_addr *addr)
{
	char text[VNL_ADDR_LEN];

	vnl_addr_format(text, sizeof(text), addr);
	record_text(object, key, addr->sa.sa_family == AF_UNSPEC ? NULL : text);
}

static struct json_object *timing_json(const struct vigil_timing *t)
{
	struct json_object *object = record_new();

	record_number(object, "interval_ns", t->interval);
	record_number(object, "detect_ns", t->detect);
	record_number(object, "lease_ns", t->lease);
	record_number(object, "fence_ns", t->fence);
	record_number(object, "expiry_ns", t->expiry);
	return object;
}

static struct json_object *counters_json(const struct vnl_counters *counters)
{
	struct json_object *object = record_new();

	record_number(object, "rx", counters->rx);
	record_number(object, "tx", counters->tx);
	record_number(object, "malformed", counters->malformed);
	record_number(object, "unknown", counters->unknown);
	record_number(object, "auth", counters->auth);
	record_number(object, "replay", counters->replay);
	record_number(object, "nosession", counters->nosession);
	record_number(object, "refused", counters->refused);
	record_number(object, "flood", counters->flood);
	return object;
}

static struct json_object *slots_json(__u8 slots)
{
	struct json_object *list = record_new_list();

	for (int slot = 0; slot < VIGIL_KEY_SLOTS; slot++)
		if (slots & 1 << slot)
			record_append(list, json_object_new_int(slot));
	return list;
}

static struct json_object *watchdog_json(const struct vnl_watchdog *w)
{
	struct json_object *object;

	if (!w->device[0])
		return NULL;
	object = record_new();
	record_text(object, "device", w->device);
	record_text(object, "identity", w->identity);
	record_text(object, "state", vnl_watchdog_state_name(w->state));
	put_time(object, "timeout_ns", w->timeout);
	put_time(object, "pet_age_ns", w->pet_age);
	record_number(object, "withheld", w->withheld);
	record_number(object, "error", (__u64)-w->error);
	return object;
}

struct json_object *view_cluster_json(const struct view *view)
{
	const struct vnl_cluster *c = &view->cluster;
	struct json_object *object = record_new();

	record_text(object, "name", c->name);
	record_text(object, "self", view_node_name(view, c->self));
	record_number(object, "self_id", c->self);
	record_text(object, "state", vnl_cluster_state_name(c->state));
	record_bool(object, "quorum", c->quorum);
	put_time(object, "quorum_left_ns", c->quorum_left);
	put_time(object, "quorum_until_ns", c->quorum_until);
	record_bool(object, "learning", c->learning);
	record_number(object, "voters", c->voters);
	record_number(object, "voters_up", view_voters_up(view));
	record_text(object, "leader", view_node_name(view, view_leader(view)));
	record_bool(object, "daemon", c->daemon);
	put_time(object, "daemon_grace_ns", c->daemon_grace_ms ?
		 c->daemon_grace_ms * 1000000ULL : VNL_NEVER);
	put_time(object, "daemon_fence_left_ns", c->daemon_fence_left);
	record_text(object, "fence", vnl_fence_action_name(c->fence_action));
	record_put(object, "watchdog", watchdog_json(&c->watchdog));
	record_text(object, "watchdog_missing", view_watchdog_missing(view));
	record_number(object, "held", c->held);
	record_number(object, "generation", c->generation);
	if (c->incarnation)
		record_hex(object, "incarnation", c->incarnation);
	else
		record_put(object, "incarnation", NULL);
	record_number(object, "port", c->port);
	record_put(object, "key_slots", slots_json(c->key_slots));
	if (c->key_slots)
		record_number(object, "active_slot", c->active_slot);
	else
		record_put(object, "active_slot", NULL);
	record_put(object, "timing", timing_json(&c->timing));
	record_put(object, "counters", counters_json(&c->counters));
	record_number(object, "now_ns", c->now);
	return object;
}

static struct json_object *link_json(const struct vnl_link *link)
{
	struct json_object *object = record_new();

	record_number(object, "index", link->index);
	record_bool(object, "up", link->up);
	put_address(object, "local", &link->local);
	put_address(object, "remote", &link->remote);
	put_time(object, "rx_age_ns", link->rx_age);
	record_number(object, "rx", link->rx);
	record_number(object, "tx", link->tx);
	record_number(object, "tx_errors", link->tx_errors);
	return object;
}

struct json_object *view_node_json(const struct vnl_node *node)
{
	struct json_object *object = record_new(), *links = record_new_list();

	record_text(object, "name", node->name);
	record_number(object, "id", node->id);
	record_bool(object, "self", node->self);
	record_bool(object, "voter", node->voter);
	record_text(object, "state", vnl_node_state_name(node->state));
	record_text(object, "refusal", node->refusal ? vnl_refusal_name(node->refusal) : NULL);
	record_bool(object, "daemon", node->daemon);
	record_bool(object, "learning", node->learning);
	if (node->incarnation)
		record_hex(object, "incarnation", node->incarnation);
	else
		record_put(object, "incarnation", NULL);
	put_time(object, "heard_age_ns", node->heard_age);
	put_time(object, "lease_left_ns", node->lease_left);
	for (unsigned int i = 0; i < node->n_links; i++)
		record_append(links, link_json(&node->links[i]));
	record_put(object, "links", links);
	return object;
}

struct json_object *view_claim_json(const struct view *view, const struct vnl_claim *claim)
{
	struct json_object *object = record_new();

	record_text(object, "name", claim->name);
	record_text(object, "state", vnl_claim_state_name(claim->state));
	record_text(object, "holder", view_node_name(view, claim->holder));
	record_text(object, "owner", view_node_name(view, claim->owner));
	record_text(object, "waiter", view_node_name(view, claim->waiter));
	record_number(object, "k", claim->k);
	record_number(object, "grants", (__u64)__builtin_popcount(claim->grants));
	put_time(object, "hold_left_ns", claim->hold_left);
	record_put(object, "gate", view_gate_json(view, claim->name));
	return object;
}

struct json_object *view_nodes_json(const struct view *view)
{
	struct json_object *list = record_new_list();

	for (int i = 0; i < view->n_nodes; i++) {
		struct json_object *node = view_node_json(&view->nodes[i]);

		record_put(node, "health", view_health_json(view, view->nodes[i].name));
		record_append(list, node);
	}
	return list;
}

struct json_object *view_claims_json(const struct view *view)
{
	struct json_object *list = record_new_list();

	for (int i = 0; i < view->n_claims; i++)
		record_append(list, view_claim_json(view, &view->claims[i]));
	return list;
}
