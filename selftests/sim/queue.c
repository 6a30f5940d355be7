// SPDX-License-Identifier: GPL-2.0
/* A binary heap; see queue.h. */
#include "queue.h"

#include <stdio.h>
#include <stdlib.h>

static inline bool sooner(const struct happening *a, const struct happening *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

void queue_push(struct queue *q, struct happening h)
{
	u32 i = q->n++;

	if (i == QUEUE_MAX) {
		fprintf(stderr, "vigil-sim: more than %u happenings at once\n", QUEUE_MAX);
		exit(2);
	}
	h.seq = q->seq++;
	while (i) {
		u32 parent = (i - 1) / 2;

		if (!sooner(&h, &q->heap[parent]))
			break;
		q->heap[i] = q->heap[parent];
		i = parent;
	}
	q->heap[i] = h;
}

bool queue_pop(struct queue *q, struct happening *h)
{
	struct happening last;
	u32 i = 0;

	if (!q->n)
		return false;
	*h = q->heap[0];
	last = q->heap[--q->n];
	for (;;) {
		u32 child = 2 * i + 1;

		if (child >= q->n)
			break;
		if (child + 1 < q->n && sooner(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!sooner(&q->heap[child], &last))
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = last;
	return true;
}
