// SPDX-License-Identifier: GPL-2.0
#include "budget.h"

#include <string.h>

unsigned int budget_used(struct budget *b, uint64_t window, uint64_t now)
{
	unsigned int old = 0;

	while (old < b->n && now - b->at[old] >= window)
		old++;
	memmove(b->at, b->at + old, (b->n - old) * sizeof(b->at[0]));
	b->n -= old;
	return b->n;
}

bool budget_take(struct budget *b, unsigned int limit, uint64_t window, uint64_t now)
{
	if (limit > BUDGET_MAX)
		limit = BUDGET_MAX;
	if (budget_used(b, window, now) >= limit)
		return false;
	b->at[b->n++] = now;
	return true;
}
