// SPDX-License-Identifier: GPL-2.0
/* One event in words, or as JSON. */
#include "event.h"

#include <stdio.h>

#include "../lib/names.h"
#include "record.h"
#include "watch_view.h"

const char *event_node_text(char out[VIGIL_NAME_LEN + 1], const char *name, __u16 id)
{
	if (*name)
		snprintf(out, VIGIL_NAME_LEN + 1, "%s", name);
	else
		snprintf(out, VIGIL_NAME_LEN + 1, "#%u", id);
	return out;
}

void event_watch_text(char out[EVENT_WATCH_LEN], const struct vnl_watch_event *e)
{
	char change[64], thread[32] = "", why[VNL_WHY_LEN];

	snprintf(change, sizeof(change), "%s%s%s", vnl_watch_state_name(e->from),
		 e->from == e->to ? "" : " -> ",
		 e->from == e->to ? "" : vnl_watch_state_name(e->to));
	vnl_watch_why(why, sizeof(why), e->cause, e->code, e->by_pid, e->by_comm);
	if (e->tid)
		snprintf(thread, sizeof(thread), " (thread %u)", e->tid);
	snprintf(out, EVENT_WATCH_LEN, "%s%s%s%s", change, *why ? ": " : "", why, thread);
}

void event_print_text(const struct vnl_event *e)
{
	char node[VIGIL_NAME_LEN + 1], text[EVENT_WATCH_LEN];

	if (e->type == VNL_EVENT_LOST) {
		printf("lost\n");
		return;
	}
	printf("%llu %s ", (unsigned long long)e->time, e->cluster);
	switch (e->type) {
	case VNL_EVENT_NODE:
		printf("node %s %s -> %s\n", event_node_text(node, e->node.name, e->node.id),
		       vnl_node_state_name(e->node.from), vnl_node_state_name(e->node.to));
		break;
	case VNL_EVENT_LEARNED:
		printf("learned\n");
		break;
	case VNL_EVENT_REFUSED:
		printf("refused %s: %s differs\n", event_node_text(node, e->refused.name, e->refused.id),
		       vnl_refusal_name(e->refused.reason));
		break;
	case VNL_EVENT_DAEMON:
		printf("daemon %s %s\n", event_node_text(node, e->daemon.name, e->daemon.id),
		       e->daemon.alive ? "alive" : "gone");
		break;
	case VNL_EVENT_CLAIM:
		printf("claim %s %s -> %s k=%llu\n", e->claim.name,
		       vnl_claim_state_name(e->claim.from), vnl_claim_state_name(e->claim.to),
		       (unsigned long long)e->claim.k);
		break;
	case VNL_EVENT_WATCH:
		event_watch_text(text, &e->watch);
		printf("watch %s on %s %s\n", e->watch.name,
		       event_node_text(node, e->watch.node_name, e->watch.node), text);
		break;
	case VNL_EVENT_FENCE:
		printf("fence %s %s late_ns=%llu\n", vnl_fence_step_name(e->fence.step),
		       vnl_fence_action_name(e->fence.action), (unsigned long long)e->fence.late);
		break;
	default:
		printf("event of an unknown kind\n");
	}
}

static void put_node(struct json_object *object, const char *name, __u16 id)
{
	record_text(object, "node", *name ? name : NULL);
	record_number(object, "id", id);
}

static void put_change(struct json_object *object, const char *from, const char *to)
{
	record_text(object, "from", from);
	record_text(object, "to", to);
}

static void put_watch(struct json_object *object, const struct vnl_watch_event *e)
{
	struct vnl_why why = { .cause = e->cause, .code = e->code, .by_pid = e->by_pid };

	snprintf(why.by_comm, sizeof(why.by_comm), "%s", e->by_comm);
	put_node(object, e->node_name, e->node);
	record_text(object, "watch", e->name);
	record_number(object, "watch_id", e->id);
	record_text(object, "kind", vnl_watch_kind_name(e->kind));
	record_number(object, "pid", e->pid);
	put_change(object, vnl_watch_state_name(e->from), vnl_watch_state_name(e->to));
	watch_put_why(object, &why, e->tid);
}

static void put_details(struct json_object *object, const struct vnl_event *e)
{
	switch (e->type) {
	case VNL_EVENT_NODE:
		put_node(object, e->node.name, e->node.id);
		put_change(object, vnl_node_state_name(e->node.from),
			   vnl_node_state_name(e->node.to));
		break;
	case VNL_EVENT_REFUSED:
		put_node(object, e->refused.name, e->refused.id);
		record_text(object, "reason", vnl_refusal_name(e->refused.reason));
		break;
	case VNL_EVENT_DAEMON:
		put_node(object, e->daemon.name, e->daemon.id);
		record_bool(object, "alive", e->daemon.alive);
		break;
	case VNL_EVENT_CLAIM:
		record_text(object, "claim", e->claim.name);
		put_change(object, vnl_claim_state_name(e->claim.from),
			   vnl_claim_state_name(e->claim.to));
		record_number(object, "k", e->claim.k);
		break;
	case VNL_EVENT_WATCH:
		put_watch(object, &e->watch);
		break;
	case VNL_EVENT_FENCE:
		record_text(object, "step", vnl_fence_step_name(e->fence.step));
		record_text(object, "action", vnl_fence_action_name(e->fence.action));
		record_number(object, "late_ns", e->fence.late);
		break;
	default:
		break;
	}
}

void event_print_json(const struct vnl_event *e)
{
	static const char *const kinds[] = {
		[VNL_EVENT_NODE] = "node", [VNL_EVENT_LEARNED] = "learned",
		[VNL_EVENT_REFUSED] = "refused", [VNL_EVENT_DAEMON] = "daemon",
		[VNL_EVENT_CLAIM] = "claim", [VNL_EVENT_WATCH] = "watch",
		[VNL_EVENT_FENCE] = "fence", [VNL_EVENT_LOST] = "lost",
	};
	struct json_object *object = record_new();

	if (e->type != VNL_EVENT_LOST) {
		record_number(object, "time_ns", e->time);
		record_text(object, "cluster", e->cluster);
	}
	record_text(object, "event", kinds[e->type]);
	put_details(object, e);
	record_print_line(object);
}
