/* SPDX-License-Identifier: GPL-2.0 */
/* One node being fenced, or its devices being tested. */
#ifndef _VIGILD_FENCING_H
#define _VIGILD_FENCING_H

#include "cgroup.h"
#include "fence_history.h"
#include "fence_run.h"

struct daemon;
struct config_ref;

struct fencing {
	struct fencing *next;
	struct daemon *daemon;
	struct config_ref *owner;	/* the configuration it began with */
	unsigned int node;		/* index there */
	uint16_t id;
	bool test;
	bool off;
	uint64_t token;			/* names it */
	struct fence_record record;
	struct cgroup cgroup;
	struct fence_run *run;		/* NULL: it waits */
	sd_event_source *timer;		/* until it begins, or for a poisoned node to obey */
};

/* Metadata of an agent being read. */
struct fencing_check;

/**
 * fencing_begin - fence a node, or test its devices
 * @d: the daemon
 * @node: index of the node
 * @record: who wants it, which life of the node is meant, the action; the rest is filled in
 * @delay: ns to wait before the first call of an agent
 * @test: only ask its devices for their status
 *
 * Return: it, or NULL (no memory, or no control group).
 */
struct fencing *fencing_begin(struct daemon *d, unsigned int node,
			      const struct fence_record *record, uint64_t delay, bool test);

/* A poisoned node: it has some time to obey. */
struct fencing *fencing_await_poison(struct daemon *d, unsigned int node,
				     const struct fence_record *record);

/* The one of this node that is no test, or NULL. */
struct fencing *fencing_find(const struct daemon *d, uint16_t id);

/* What is known of the node has changed. */
void fencing_on_node(struct daemon *d, uint16_t id, uint32_t state);

/* None is told of its end. */
void fencing_free_all(struct daemon *d);

/* Do the devices fit their agents? What does not is logged, later. */
void fencing_check_devices(struct daemon *d);

#endif
