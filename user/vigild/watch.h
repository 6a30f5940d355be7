/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watch that the kernel keeps on the main process of a service, under the
 * service's name; and what follows from what it sees. A watch outlives the daemon:
 * the next one takes it over, with its number.
 *
 * Whatever is heard here, from the kernel, its probes or an emulator, goes through
 * reaction(); the end of a process is also seen by process.c, and who comes first
 * begins the restart.
 */
#ifndef _VIGILD_WATCH_H
#define _VIGILD_WATCH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "../lib/events.h"

struct process_result;
struct service;
struct services;

#define WATCH_TEXT	160

/* The newest that was heard of a service's process, wherever it runs. */
struct watch_news {
	uint16_t node;		/* id; 0: nothing was heard */
	__u32 state;		/* VIGIL_WATCH_STATE_* */
	uint64_t time;		/* ns */
	char text[WATCH_TEXT];
};

/**
 * struct watch - of one service on this node
 * @id: the kernel's number; 0: none
 * @pid: of the process
 * @state: VIGIL_WATCH_STATE_*, as far as heard
 * @pidfd: of a process that an agent has started; else process.c has one, and this is -1
 * @source: for @pidfd
 * @refused: that the kernel would not watch it has been logged
 * @seen: why it is not alive; "": it is
 * @news: for display
 */
struct watch {
	__u64 id;
	pid_t pid;
	__u32 state;
	int pidfd;
	sd_event_source *source;
	bool refused;
	char seen[WATCH_TEXT];
	struct watch_news news;
};

/*
 * The service runs: find its main process and watch it, if that is not so already.
 * A watch that is there for the same process is taken over, and what it has seen
 * meanwhile is acted upon: the service may be stopping when this returns.
 */
void watch_begin(struct service *s);

/* It is about to be stopped on purpose: what ends from now on has not failed. */
void watch_end(struct service *s);

/* The service is no longer configured here: nothing is left of its watch. */
void watch_remove(struct service *s);

/* The process has ended and another one will come; the kernel remembers how it died. */
void watch_reset(struct service *s);

/* The daemon's part only; kernel and probes go on watching. */
void watch_forget(struct service *s);

/* Nothing of it runs: did it die while no daemon was there? s->reason says so then. */
void watch_recall(struct service *s);

/* process.c has seen the main process end: tell the kernel, if no probe has. */
void watch_ended(struct service *s, const struct process_result *result);

/* Tell the kernel what an emulator says of its guest. Its answer is an event. */
void watch_report(struct service *s, __u32 state, __u32 cause);

/* Begin s->reason with what the watch has seen, if anything. */
void watch_explain(struct service *s);

/* An event of this or another node, about one of the services or not. */
void watch_hear(struct services *set, const struct vnl_event *event);

/* Events were lost: ask the kernel. */
void watch_refresh(struct service *s);

/* TIMER_AWAIT is over: if it has not come back, it is taken for hung. */
void watch_awaited(struct service *s);

#endif
