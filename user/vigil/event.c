// SPDX-License-Identifier: GPL-2.0
/* One event in words, or as JSON. */
#include "event.h"

#include <stdio.h>

#include "../lib/names.h"
#include "record.h"

/* "beta", or "#7" for a node that has no name here. */
static const char *node_text(char out[VIGIL_NAME_LEN + 1], const char *name, __u16 id)
{
	if (*name)
		snprintf(out, VIGIL_NAME_LEN + 1, "%s", name);
	else
		snprintf(out, VIGIL_NAME_LEN + 1, "#%u", id);
	return out;
}

void event_print_text(const struct vnl_event *e)
{
	char node[VIGIL_NAME_LEN + 1];

	if (e->type == VNL_EVENT_LOST) {
		printf("lost\n");
		return;
	}
	printf("%llu %s ", (unsigned long long)e->time, e->cluster);
	switch (e->type) {
	case VNL_EVENT_NODE:
		printf("node %s %s -> %s\n", node_text(node, e->node.name, e->node.id),
		       vnl_node_state_name(e->node.from), vnl_node_state_name(e->node.to));
		break;
	case VNL_EVENT_LEARNED:
		printf("learned\n");
		break;
	case VNL_EVENT_REFUSED:
		printf("refused %s: %s differs\n", node_text(node, e->refused.name, e->refused.id),
		       vnl_refusal_name(e->refused.reason));
		break;
	case VNL_EVENT_DAEMON:
		printf("daemon %s %s\n", node_text(node, e->daemon.name, e->daemon.id),
		       e->daemon.alive ? "alive" : "gone");
		break;
	case VNL_EVENT_CLAIM:
		printf("claim %s %s -> %s k=%llu\n", e->claim.name,
		       vnl_claim_state_name(e->claim.from), vnl_claim_state_name(e->claim.to),
		       (unsigned long long)e->claim.k);
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
		[VNL_EVENT_CLAIM] = "claim", [VNL_EVENT_FENCE] = "fence",
		[VNL_EVENT_LOST] = "lost",
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
