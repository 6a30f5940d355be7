/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What daemons tell each other, as JSON of at most VIGIL_MSG_LEN bytes. Any of
 * it may be lost, doubled or late; nothing unsafe follows from that.
 *
 *   {"t":"order","e":7,"q":3,"s":{"web":2,"ip":2}}  run this there; 0: nowhere
 *   {"t":"state","e":7,"b":1,"s":{"web":[3,0]}}     states here, and how long to avoid us, ms
 *   {"t":"state",...,"r":9,"p":0,"of":2}            part 0 of 2 of complete report 9
 *   {"t":"state",...,"p":0,"h":[1,0,12,0,[1,0,2,1]]}  part 0 also has our health: suspect,
 *                              pressure, and of what was counted kind, severity, n, per minute
 *   {"t":"ask"}                                     tell me your complete state
 *   {"t":"arm","x":{...}}                           fence_arm.h: may nodes be fenced?
 *   {"t":"fence","x":{...}}                         fence_history.h: somebody was fenced
 */
#ifndef _VIGILD_MESSAGE_H
#define _VIGILD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fence_arm.h"
#include "fence_history.h"
#include "health.h"

enum message_type {
	MESSAGE_ORDER,
	MESSAGE_STATE,
	MESSAGE_ASK,
	MESSAGE_ARM,
	MESSAGE_FENCE,
};

/**
 * struct message_head - all of a message but its services
 * @type: what it is
 * @epoch: of the leader: the highest one the sender knows
 * @leader: STATE: node id the sender takes orders from, in that epoch; 0: none
 * @sequence: ORDER: number of the plan within the epoch
 * @deputy: ORDER: given in place of a leader that is down
 * @leaving: STATE: the sender is about to leave
 * @report: STATE: number of the complete report, or 0: only what has changed
 * @part: STATE: of @parts of that report
 * @parts: STATE
 * @has_health: STATE, complete: @health is told; only in part 0
 * @health: of the sender
 * @arm: ARM
 * @fence: FENCE
 */
struct message_head {
	enum message_type type;
	uint64_t epoch;
	uint16_t leader;
	uint64_t sequence;
	bool deputy;
	bool leaving;
	uint32_t report;
	uint32_t part;
	uint32_t parts;
	bool has_health;
	struct health health;
	union {
		struct fence_arm arm;
		struct fence_record fence;
	};
};

/* One service within a message. */
struct message_item {
	const char *name;
	uint16_t node;		/* ORDER: id, or 0 */
	uint8_t state;		/* STATE: enum plan_state */
	uint64_t avoid_ms;	/* STATE */
};

/**
 * message_write - put items into as many messages as they need
 * @head: part and parts are filled in; no report: parts are not told
 * @item: items
 * @n: how many; 0: one message without items
 * @send: called for each message
 * @data: for @send
 *
 * Return: 0, or -ENOMEM.
 */
int message_write(const struct message_head *head, const struct message_item *item, unsigned int n,
		  void (*send)(void *data, const char *text, size_t len), void *data);

/* ARM and FENCE as one message, of at most VIGIL_MSG_LEN bytes. */
void message_write_fence(const struct message_head *head,
			 void (*send)(void *data, const char *text, size_t len), void *data);

/**
 * message_read - take a message apart
 * @text: bytes as they came
 * @len: how many
 * @on_head: called once
 * @on_item: called for each item after that
 * @data: for both
 *
 * Return: 0, or -EBADMSG: nothing, or not all, was called back.
 */
int message_read(const char *text, size_t len,
		 bool (*on_head)(void *data, const struct message_head *head),
		 void (*on_item)(void *data, const struct message_head *head,
				 const struct message_item *item),
		 void *data);

#endif
