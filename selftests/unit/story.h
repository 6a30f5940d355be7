/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small world for stories about the protocol: three voters and one that does
 * not vote, on a network that delivers in order after one millisecond and can
 * be cut. The simulator (selftests/sim) does the same without mercy.
 */
#ifndef _UNIT_STORY_H
#define _UNIT_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core.h"

#define NODES		4
#define MS		VIGIL_NS_PER_MS
#define QUEUE		4096

struct packet {
	u64 at;
	u16 from, to;
	u8 wire;
	u8 slot;
	bool from_voter;
	u32 sid;
	u64 counter;
	u8 seal[VIGIL_SESSION_KEY_LEN];
	u16 len;
	u8 data[VIGIL_WIRE_MAX_BODY];
};

struct world {
	struct vigil_core *core[NODES + 1];	/* by id; NULL: dead */
	u64 now;
	u64 incarnation;
	u8 slot;				/* cluster key in use */
	u8 gasp_mode;				/* of nodes that boot from now on */
	bool cut[NODES + 1][NODES + 1];		/* [from][to] */
	struct packet queue[QUEUE];
	unsigned int head, tail;
	u64 down_at[NODES + 1], expired_at[NODES + 1];	/* seen by anybody */
	int msgs;
	int notes[NODES + 1];			/* heard by each */
	u8 note[VIGIL_GASP_LEN];		/* the newest that was heard */
	u16 note_len;
	int gasps[NODES + 1];			/* heard by each */
	int poisoned;				/* id of who was told to die last */
	u32 packets;				/* sent, delivered or not */
};

extern struct world world;

/* All four nodes with their sessions; for each test anew. */
int story_begin(void **state);
int story_end(void **state);
#define STORY(name)	cmocka_unit_test_setup_teardown(name, story_begin, story_end)

/* Feed one event to a node and carry out what follows. Return: vigil_step()'s result. */
int step(u16 id, struct vigil_event ev);
/* An event about a claim. */
int user(u16 id, enum vigil_event_type type, const char *name, u16 node);
int claim_state(u16 id, const char *name);
/* @id panics: its last words in all its sessions, then nothing. */
void panic_node(u16 id, const char *words);
/* Let time pass. */
void run(u64 ns);
void boot(u16 id);
void kill_node(u16 id);

#endif
