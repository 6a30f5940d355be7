/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is fenced by a device, when, and who does it.
 *
 * A node that falls silent is fenced from that moment on, beside its lease: whichever
 * proves its death first wins. A device proves it by saying "off" after it was told to
 * switch off; then the kernel is told which life of the node has ended. It was known
 * before the device acted, so that a node that came back meanwhile is not taken for dead.
 *
 * One node does it: the leader, its deputy while it is down, or of two voters the other
 * one; and only after a majority of the voters was heard since the silence began: whoever
 * is cut off itself fences nobody. Nor is anybody fenced who was never met, or once more
 * in the same life, or beyond fence-limit, while disarmed (fence_arm.h), or too soon after
 * the start.
 *
 * fencing.c does one, fence_run.c its devices, fence_agent.c one call of an agent;
 * stonith_ask.c is what operators ask for.
 */
#ifndef _VIGILD_STONITH_H
#define _VIGILD_STONITH_H

#include <json-c/json.h>
#include <systemd/sd-event.h>

#include "fence_arm.h"
#include "fence_history.h"
#include "fencing.h"

struct daemon;
struct config_ref;

/* A node as far as fencing goes, by its id. */
struct stonith_peer {
	bool pending;		/* silent, and nothing has been decided */
	bool said;		/* why it is not fenced has been told */
	uint64_t since;		/* CLOCK_BOOTTIME, ns: of its silence */
	uint64_t not_before;	/* of the next attempt */
	unsigned int services;	/* that it ran */
};

struct stonith {
	struct fence_arm arm;
	struct fence_history history;
	struct fencing *list;		/* under way, tests among them */
	struct fencing_check *checks;	/* of agents, under way */
	struct stonith_peer peer[VIGIL_MAX_NODES + 1];
	sd_event_source *look;
	sd_event_source *again;
	uint64_t tokens;
	bool disarmed;			/* as told last */
};

/* Before the cluster is open. 0 or -errno. */
int stonith_init(struct daemon *d);
/* As soon as this is the only daemon. */
void stonith_begin(struct daemon *d);
void stonith_free(struct daemon *d);

void stonith_on_node(struct daemon *d, unsigned int node, uint32_t from, uint32_t to);

/* Something has changed that may matter; once a second, anyway. */
void stonith_kick(struct daemon *d);
void stonith_tick(struct daemon *d);

/* What another daemon knows. */
void stonith_hear_arm(struct daemon *d, unsigned int node, const struct fence_arm *arm);
void stonith_hear_record(struct daemon *d, unsigned int node, const struct fence_record *record);

/* May other proof than a device's be relied on? Of two voters neither can prove anything alone. */
bool stonith_two(const struct daemon *d);

/* Keep a record, and tell the others. */
void stonith_record(struct daemon *d, const struct fence_record *record);

/* Tell the others whether nodes may be fenced. */
void stonith_tell_arm(struct daemon *d);

/* A fencing that nobody asked for has ended without proof. */
void stonith_on_failure(struct daemon *d, uint16_t id);

/*
 * What an operator asks for. NULL: it was done or begun; or why not. @by: who asks.
 * @token: of the one that was begun, whose end control_fence_ended() tells; 0: it was done.
 */
const char *stonith_ask_fence(struct daemon *d, const char *node, const char *action,
			      const char *by, uint64_t *token);
const char *stonith_ask_test(struct daemon *d, const char *node, uint64_t *token);
void stonith_ask_arm(struct daemon *d, uint64_t ns, const char *by, const char *why);

struct json_object *stonith_status(const struct daemon *d);
struct json_object *stonith_history(const struct daemon *d);

#endif
