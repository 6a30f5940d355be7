/* SPDX-License-Identifier: GPL-2.0 */
/* What is going to happen, by time; at one time, in the order it was decided. */
#ifndef _SIM_QUEUE_H
#define _SIM_QUEUE_H

#include "port.h"

#define QUEUE_MAX	65536

struct happening {
	u64 at;			/* true time, ns */
	u32 seq;		/* filled in by queue_push() */
	u8 type;		/* enum happening_type */
	u8 node;		/* index of a machine */
	u8 service;
	u8 flag;
	u32 arg;
	u32 life;		/* of the machine: happenings of an earlier life are void */
};

struct queue {
	u32 n;
	u32 seq;
	struct happening heap[QUEUE_MAX];
};

void queue_push(struct queue *q, struct happening h);
/* False: nothing is left. */
bool queue_pop(struct queue *q, struct happening *h);

#endif
