/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who was fenced, by whom, how, and what became of it: of all nodes, as far as heard. Kept
 * in /run, so that the next daemon neither fences the same life of a node again nor
 * forgets how many were fenced lately.
 */
#ifndef _VIGILD_FENCE_HISTORY_H
#define _VIGILD_FENCE_HISTORY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include <vigil/limits.h>

#define FENCE_HISTORY_MAX	64
#define FENCE_HISTORY_TEXT	96

enum fence_outcome {
	FENCE_RUNNING,		/* goes on; or its daemon has ended meanwhile */
	FENCE_CONFIRMED,	/* proved off, and the kernel has taken it */
	FENCE_NOT_TAKEN,	/* proved off, but not the life that the kernel knows of */
	FENCE_NOT_PROVED,
	FENCE_STOPPED,		/* needless, or forbidden, before it was proved */
	FENCE_REFUSED,		/* not begun: by a limit */
	FENCE_OUTCOMES
};

/**
 * struct fence_record - one fencing
 * @node: who was to be fenced
 * @from: the node that did it
 * @by: who wanted it: "vigild", or the user who asked
 * @automatic: nobody asked
 * @action: "reboot", "off", "poison" or "confirmed"
 * @incarnation: of @node when it began; 0: never met
 * @begun: CLOCK_BOOTTIME of this node, ns
 * @date: CLOCK_REALTIME of @from, ns
 * @took: ns
 * @level: that proved it, or was tried last; 0: none
 * @outcome: what became of it
 * @devices: of that level
 * @text: in words
 */
struct fence_record {
	char node[VIGIL_NAME_LEN + 1];
	char from[VIGIL_NAME_LEN + 1];
	char by[VIGIL_NAME_LEN + 1];
	bool automatic;
	char action[12];
	uint64_t incarnation;
	uint64_t begun;
	uint64_t date;
	uint64_t took;
	unsigned int level;
	enum fence_outcome outcome;
	char devices[FENCE_HISTORY_TEXT];
	char text[FENCE_HISTORY_TEXT];
};

struct fence_history {
	char *path;				/* NULL: kept in memory only */
	struct fence_record record[FENCE_HISTORY_MAX];	/* by begin */
	unsigned int n;
};

/* Reads what is there. 0 or -ENOMEM; a file that is not understood is ignored. */
int fence_history_open(struct fence_history *h, const char *path);
void fence_history_close(struct fence_history *h);

/* A record, or what is new of one that is known by node, from and date; the oldest may go. */
void fence_history_put(struct fence_history *h, const struct fence_record *record);

/* Fencings that nobody asked for and that began within the last @window ns. */
unsigned int fence_history_count(const struct fence_history *h, uint64_t window, uint64_t now);

/* Is this life of the node dealt with: proved, or being fenced elsewhere for less than @ns? */
bool fence_history_done(const struct fence_history *h, const char *node, uint64_t incarnation,
			const char *self, uint64_t ns, uint64_t now);

/* As JSON, for the file, other daemons and the command line tool. */
struct json_object *fence_record_object(const struct fence_record *record, uint64_t now);
bool fence_record_read(struct json_object *o, uint64_t now, struct fence_record *record);
const char *fence_outcome_name(enum fence_outcome outcome);

#endif
