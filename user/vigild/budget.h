/* SPDX-License-Identifier: GPL-2.0 */
/* How often something may fail within a window before it counts as broken here. */
#ifndef _VIGILD_BUDGET_H
#define _VIGILD_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_MAX	64

struct budget {
	unsigned int n;			/* failures remembered */
	uint64_t at[BUDGET_MAX];	/* ns, ascending */
};

/**
 * budget_take - one more failure: is another try allowed?
 * @b: zeroed before the first use
 * @limit: tries allowed within @window, at most BUDGET_MAX
 * @window: ns
 * @now: ns
 *
 * Return: true, and the try is counted; or false.
 */
bool budget_take(struct budget *b, unsigned int limit, uint64_t window, uint64_t now);

/* Tries counted within the last @window. */
unsigned int budget_used(struct budget *b, uint64_t window, uint64_t now);

#endif
