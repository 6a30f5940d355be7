/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace points, system "vigil". Those about nodes, claims, votes and fencing
 * fire at the decision, under the lock of the cluster, so their order in the
 * trace is the order in which things were decided.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vigil

#if !defined(_VIGIL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VIGIL_TRACE_H

#include <linux/tracepoint.h>

#include <vigil/watch.h>

#include "compat/tracepoint.h"

#define vigil_show_node_state(s)	\
	__print_symbolic(s, { 0, "unmet" }, { 1, "up" }, { 2, "down" }, \
			 { 3, "expired" }, { 4, "left" })

#define vigil_show_claim_state(s)	\
	__print_symbolic(s, { 0, "none" }, { 1, "wanted" }, { 2, "held" }, \
			 { 3, "lost" }, { 4, "releasing" })

#define vigil_show_fence_action(a)	\
	__print_symbolic(a, { 0, "reset" }, { 1, "panic" }, { 2, "poweroff" }, { 3, "notify" })

#define vigil_show_packet(t)		\
	__print_symbolic(t, { 1, "hello" }, { 2, "hack" }, { 3, "data" })

#define vigil_show_drop(r)		\
	__print_symbolic(r, { 0, "malformed" }, { 1, "unknown" }, { 2, "auth" }, \
			 { 3, "replay" }, { 4, "nosession" }, { 5, "refused" }, { 6, "flood" })

#define vigil_show_watchdog_state(s)	\
	__print_symbolic(s, { 0, "petted" }, { 1, "withheld" }, { 2, "doomed" })

#define vigil_show_watch_state(s)	\
	__print_symbolic(s, { 0, "alive" }, { 1, "dying" }, { 2, "dead" }, \
			 { 3, "stopped" }, { 4, "hung" })

#define vigil_show_watch_cause(c)	\
	__print_symbolic(c, { 0, "none" }, { 1, "exit" }, { 2, "signal" }, { 3, "oom" }, \
			 { 4, "thread" }, { 5, "stop" }, { 6, "continue" }, { 7, "blocked" }, \
			 { 8, "no-progress" }, { 9, "progress" }, { 10, "triple-fault" }, \
			 { 11, "guest-crash" }, { 12, "pvpanic" }, { 13, "vcpu" }, \
			 { 14, "guest-hang" }, { 15, "guest-reset" }, { 16, "report" }, \
			 { 17, "gone" })

/* A packet was given to IP on one link, or was not: @err. */
TRACE_EVENT(vigil_beat_tx,
	TP_PROTO(const char *cluster, u16 node, u8 link, u8 packet, int err),
	TP_ARGS(cluster, node, link, packet, err),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(u8, link)
		__field(u8, packet)
		__field(int, err)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->link = link;
		__entry->packet = packet;
		__entry->err = err;
	),
	TP_printk("cluster=%s node=%u link=%u packet=%s err=%d", __get_str(cluster),
		  __entry->node, __entry->link, vigil_show_packet(__entry->packet), __entry->err)
);

/* An authentic packet arrived. */
TRACE_EVENT(vigil_beat_rx,
	TP_PROTO(const char *cluster, u16 node, u8 link, u8 packet, u64 counter),
	TP_ARGS(cluster, node, link, packet, counter),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(u8, link)
		__field(u8, packet)
		__field(u64, counter)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->link = link;
		__entry->packet = packet;
		__entry->counter = counter;
	),
	TP_printk("cluster=%s node=%u link=%u packet=%s counter=%llu", __get_str(cluster),
		  __entry->node, __entry->link, vigil_show_packet(__entry->packet),
		  __entry->counter)
);

/* A received packet was dropped; @node is what it says, believed or not. */
TRACE_EVENT(vigil_drop,
	TP_PROTO(const char *cluster, u16 node, u8 reason),
	TP_ARGS(cluster, node, reason),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(u8, reason)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->reason = reason;
	),
	TP_printk("cluster=%s node=%u reason=%s", __get_str(cluster), __entry->node,
		  vigil_show_drop(__entry->reason))
);

/* A node changed its state. */
TRACE_EVENT(vigil_node,
	TP_PROTO(const char *cluster, u16 node, u8 from, u8 to),
	TP_ARGS(cluster, node, from, to),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("cluster=%s node=%u from=%s to=%s", __get_str(cluster), __entry->node,
		  vigil_show_node_state(__entry->from), vigil_show_node_state(__entry->to))
);

/* The end of this node's majority of leases moved; 0: there is none. */
TRACE_EVENT(vigil_lease,
	TP_PROTO(const char *cluster, u64 until, u64 now),
	TP_ARGS(cluster, until, now),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u64, until)
		__field(u64, left)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->until = until;
		__entry->left = until > now ? until - now : 0;
	),
	TP_printk("cluster=%s until=%llu left_ns=%llu", __get_str(cluster), __entry->until,
		  __entry->left)
);

/* An own claim changed its state. */
TRACE_EVENT(vigil_claim,
	TP_PROTO(const char *cluster, const char *claim, u8 from, u8 to, u64 k),
	TP_ARGS(cluster, claim, from, to, k),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(claim, claim)
		__field(u8, from)
		__field(u8, to)
		__field(u64, k)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(claim, claim);
		__entry->from = from;
		__entry->to = to;
		__entry->k = k;
	),
	TP_printk("cluster=%s claim=%s from=%s to=%s k=%llu", __get_str(cluster),
		  __get_str(claim), vigil_show_claim_state(__entry->from),
		  vigil_show_claim_state(__entry->to), __entry->k)
);

/* As a voter, this node granted a claim to @node; 0: freed it. */
TRACE_EVENT(vigil_vote,
	TP_PROTO(const char *cluster, const char *claim, u16 node, u64 k),
	TP_ARGS(cluster, claim, node, k),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(claim, claim)
		__field(u16, node)
		__field(u64, k)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(claim, claim);
		__entry->node = node;
		__entry->k = k;
	),
	TP_printk("cluster=%s claim=%s node=%u k=%llu", __get_str(cluster), __get_str(claim),
		  __entry->node, __entry->k)
);

/* The fence action is about to be taken. From hard irq. */
TRACE_EVENT(vigil_fence,
	TP_PROTO(const char *cluster, u32 action, u64 late),
	TP_ARGS(cluster, action, late),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u32, action)
		__field(u64, late)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->action = action;
		__entry->late = late;
	),
	TP_printk("cluster=%s action=%s late_ns=%llu", __get_str(cluster),
		  vigil_show_fence_action(__entry->action), __entry->late)
);

/* The daemon of a node, ours included, came or went. */
TRACE_EVENT(vigil_daemon,
	TP_PROTO(const char *cluster, u16 node, bool alive),
	TP_ARGS(cluster, node, alive),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(bool, alive)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->alive = alive;
	),
	TP_printk("cluster=%s node=%u alive=%d", __get_str(cluster), __entry->node,
		  __entry->alive)
);

/* A node has stopped for good and says so: enum vigil_gasp_reason, bytes of last words. */
TRACE_EVENT(vigil_gasp,
	TP_PROTO(const char *cluster, u16 node, u8 reason, u16 len),
	TP_ARGS(cluster, node, reason, len),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
		__field(u8, reason)
		__field(u16, len)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
		__entry->reason = reason;
		__entry->len = len;
	),
	TP_printk("cluster=%s node=%u reason=%u len=%u", __get_str(cluster), __entry->node,
		  __entry->reason, __entry->len)
);

/* A node told this one to take its fence action. */
TRACE_EVENT(vigil_poisoned,
	TP_PROTO(const char *cluster, u16 node),
	TP_ARGS(cluster, node),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u16, node)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->node = node;
	),
	TP_printk("cluster=%s node=%u", __get_str(cluster), __entry->node)
);

/* This node's own timer came late; it forgives its peers as much. */
TRACE_EVENT(vigil_oversleep,
	TP_PROTO(const char *cluster, u64 late),
	TP_ARGS(cluster, late),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__field(u64, late)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		__entry->late = late;
	),
	TP_printk("cluster=%s late_ns=%llu", __get_str(cluster), __entry->late)
);

/* The state of a watch changed, or, @from being the new state too, there are news of it. */
TRACE_EVENT(vigil_watch_state,
	TP_PROTO(const char *cluster, const char *watch, u32 from,
		 const struct vigil_watch_report *now),
	TP_ARGS(cluster, watch, from, now),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(watch, watch)
		__field(u64, id)
		__field(u64, time)
		__field(u8, from)
		__field(u8, to)
		__field(u8, cause)
		__field(s32, code)
		__field(u32, by_pid)
		__field(u32, tid)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(watch, watch);
		__entry->id = now->watch;
		__entry->time = now->time;
		__entry->from = from;
		__entry->to = now->state;
		__entry->cause = now->cause;
		__entry->code = now->code;
		__entry->by_pid = now->by_pid;
		__entry->tid = now->tid;
	),
	TP_printk("cluster=%s watch=%s id=%llu time=%llu from=%s to=%s cause=%s code=%d by_pid=%u tid=%u",
		  __get_str(cluster), __get_str(watch), __entry->id, __entry->time,
		  vigil_show_watch_state(__entry->from), vigil_show_watch_state(__entry->to),
		  vigil_show_watch_cause(__entry->cause), __entry->code, __entry->by_pid,
		  __entry->tid)
);

/* Whether the hardware watchdog is petted has changed. */
TRACE_EVENT(vigil_watchdog,
	TP_PROTO(const char *cluster, const char *device, u32 state),
	TP_ARGS(cluster, device, state),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(device, device)
		__field(u32, state)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(device, device);
		__entry->state = state;
	),
	TP_printk("cluster=%s device=%s state=%s", __get_str(cluster), __get_str(device),
		  vigil_show_watchdog_state(__entry->state))
);

/* A watched process let a deadline of its watch pass. */
TRACE_EVENT(vigil_watch_deadline,
	TP_PROTO(const char *cluster, const char *watch, u32 cause, u32 tid, u64 waited),
	TP_ARGS(cluster, watch, cause, tid, waited),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(watch, watch)
		__field(u8, cause)
		__field(u32, tid)
		__field(u64, waited)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(watch, watch);
		__entry->cause = cause;
		__entry->tid = tid;
		__entry->waited = waited;
	),
	TP_printk("cluster=%s watch=%s cause=%s tid=%u waited_ns=%llu", __get_str(cluster),
		  __get_str(watch), vigil_show_watch_cause(__entry->cause), __entry->tid,
		  __entry->waited)
);

/* A gate held a packet back. */
TRACE_EVENT(vigil_gate,
	TP_PROTO(const char *cluster, const char *claim, const char *interface),
	TP_ARGS(cluster, claim, interface),
	TP_STRUCT__entry(
		__string(cluster, cluster)
		__string(claim, claim)
		__string(interface, interface)
	),
	TP_fast_assign(
		vigil_assign_str(cluster, cluster);
		vigil_assign_str(claim, claim);
		vigil_assign_str(interface, interface);
	),
	TP_printk("cluster=%s claim=%s interface=%s", __get_str(cluster), __get_str(claim),
		  __get_str(interface))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
