/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events from the kernel, on a non-blocking socket for an event loop. One
 * connection listens (vnl_events_open, here) and another one asks (vnl_open):
 * an answer and an event then never meet.
 *
 * The daemon binds the listening socket itself with vnl_events_bind(), because
 * messages of other daemons come to the socket that is bound.
 */
#ifndef _VIGIL_EVENTS_H
#define _VIGIL_EVENTS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <vigil/limits.h>

struct vnl_events;

enum vnl_event_type {
	VNL_EVENT_NODE,		/* @node went from state to state */
	VNL_EVENT_LEARNED,	/* this voter has finished learning */
	VNL_EVENT_REFUSED,	/* a handshake with a node was refused */
	VNL_EVENT_DAEMON,	/* the daemon of a node came or went */
	VNL_EVENT_CLAIM,	/* an own claim went from state to state */
	VNL_EVENT_WATCH,	/* a watch, here or on another node, went from state to state */
	VNL_EVENT_FENCE,	/* fencing of this node came to a step */
	VNL_EVENT_MSG,		/* bytes from the daemon of another node */
	VNL_EVENT_LOST,		/* events were lost (full socket): ask for the state anew */
};

/**
 * struct vnl_event - one event
 * @type: which member of the union is meant
 * @cluster: name; "" for LOST
 * @time: CLOCK_BOOTTIME in ns of the decision; 0 for MSG and LOST
 *
 * Strings and bytes are valid only during the callback.
 */
struct vnl_event {
	enum vnl_event_type type;
	const char *cluster;
	__u64 time;
	union {
		struct {
			__u16 id;
			const char *name;	/* "" if unknown */
			__u32 from;		/* VIGIL_NODE_STATE_* */
			__u32 to;
		} node;
		struct {
			__u16 id;
			const char *name;
			__u32 reason;		/* VIGIL_REFUSAL_* */
		} refused;
		struct {
			__u16 id;
			const char *name;
			bool alive;
		} daemon;
		struct {
			const char *name;
			__u32 from;		/* VIGIL_CLAIM_STATE_* */
			__u32 to;
			__u64 k;
		} claim;
		struct vnl_watch_event {
			__u16 node;		/* where */
			const char *node_name;	/* "" if unknown */
			const char *name;
			__u64 id;		/* of that node */
			__u32 kind;		/* VIGIL_WATCH_KIND_* */
			__u32 pid;		/* initial pid namespace of that node */
			__u32 from;		/* VIGIL_WATCH_STATE_* */
			__u32 to;		/* the same: news, as of a thread */
			__u32 cause;		/* VIGIL_WATCH_CAUSE_* */
			__s32 code;		/* exit code or signal */
			__u32 by_pid;		/* 0: the kernel, or unknown */
			const char *by_comm;	/* "" if unknown */
			__u32 tid;		/* 0: the whole */
		} watch;
		struct {
			__u32 step;		/* VIGIL_FENCE_STEP_* */
			__u32 action;		/* VIGIL_FENCE_* */
			__u64 late;		/* ns after the deadline */
		} fence;
		struct {
			__u16 node;		/* sender */
			const void *data;
			size_t len;
		} msg;
	};
};

typedef void (*vnl_event_fn)(const struct vnl_event *event, void *arg);

/**
 * vnl_events_open - listen to all events of this network namespace
 * @out: the listener
 * @fn: called by vnl_events_dispatch() for each event
 * @arg: for @fn
 *
 * Return: 0, -ENOENT (module not loaded), -EPERM (needs CAP_NET_ADMIN), ...
 */
int vnl_events_open(struct vnl_events **out, vnl_event_fn fn, void *arg);
void vnl_events_close(struct vnl_events *events);

/* The descriptor to poll for input. */
int vnl_events_fd(const struct vnl_events *events);

/**
 * vnl_events_dispatch - read what has arrived, and call back for each event
 * @events: the listener
 *
 * Never blocks. Return: number of events, or -errno if the socket is dead.
 */
int vnl_events_dispatch(struct vnl_events *events);

/**
 * vnl_events_bind - be the daemon of a cluster with this socket
 * @events: the listener
 * @cluster: name
 *
 * Waits for the kernel's answer (events that come in between are called back).
 * From now on vnl_events_ping() says that the daemon is alive, and closing the
 * socket that it is dead. Return: 0 or -errno; vnl_events_error() has the sentence.
 */
int vnl_events_bind(struct vnl_events *events, const char *cluster);
int vnl_events_ping(struct vnl_events *events, const char *cluster);
const char *vnl_events_error(const struct vnl_events *events);

#endif
