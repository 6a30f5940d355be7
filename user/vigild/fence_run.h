/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fencing of one node through its devices: level by level, until the devices of one level
 * have all powered it off and all say so. Knows nothing of the cluster.
 *
 * Within a level, device by device: off; then of each the status, which must be off: only
 * that is a proof; then, unless it is to stay off, on. What fails is tried again as often as
 * the device says; then the next level has its turn. Nothing here blocks, and nothing waits
 * for a device longer than its time-outs.
 */
#ifndef _VIGILD_FENCE_RUN_H
#define _VIGILD_FENCE_RUN_H

#include <systemd/sd-event.h>

#include "cgroup.h"
#include "config.h"
#include "process.h"

#define FENCE_STEPS	64	/* calls of agents that are remembered of one run */
#define FENCE_TEXT	192

/* One call of an agent, as it went. */
struct fence_step {
	unsigned int level;	/* 1 and on */
	unsigned int device;
	const char *action;
	bool good;
	uint64_t took;		/* ns */
	char text[FENCE_TEXT];	/* "off", "exited with code 1: ..." */
};

enum fence_end {
	FENCE_PROVED,		/* all devices of one level say that it is off */
	FENCE_FAILED,		/* no level could do that */
	FENCE_GIVEN_UP,		/* by proceed(), or fence_run_cancel() */
	FENCE_TESTED,		/* a test is over */
};

struct fence_run;

/**
 * struct fence_orders - what to do, and who is told
 * @config: as long as the run goes on
 * @node: index of the node
 * @off: leave it off
 * @test: ask every device of every level for the status, change nothing
 * @cgroup: group for the agents
 * @busy: asked before each call: is the device in use by as many others as it can stand?
 * @proceed: asked before each call but on: NULL, or why the node need not be fenced any more
 * @on_free: a device has become free; fence_run_poke() for all other runs
 * @on_off: told once, when it is proved off; on follows, if any
 * @on_end: told once, at the end; the run is gone afterwards
 * @data: for all of them
 */
struct fence_orders {
	const struct config *config;
	unsigned int node;
	bool off;
	bool test;
	const struct cgroup *cgroup;
	bool (*busy)(void *data, const struct config_device *device);
	const char *(*proceed)(void *data);
	void (*on_free)(void *data);
	void (*on_off)(void *data, unsigned int level);
	void (*on_end)(void *data, const struct fence_run *run, enum fence_end end,
		       const char *why);
	void *data;
};

/* Begins from the loop, not at once. NULL: no memory. */
struct fence_run *fence_run_start(sd_event *event, const struct fence_orders *orders);

/* Ends without another call, killing one that is under way; nobody is told. */
void fence_run_free(struct fence_run *run);

/* A device may have become free. */
void fence_run_poke(struct fence_run *run);

/* Is a call of the device of this name under way? */
bool fence_run_uses(const struct fence_run *run, const char *device);

/* The calls so far. Return: how many there are. */
unsigned int fence_run_steps(const struct fence_run *run, const struct fence_step **steps);

/* 1 and on: where it is. */
unsigned int fence_run_level(const struct fence_run *run);

#endif
