// SPDX-License-Identifier: GPL-2.0
/* Distance of words: insert, delete, replace, swap neighbours, one edit each. */
#include "suggest.h"

#include <stddef.h>
#include <string.h>

#define LONGEST	24

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= na; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = smaller(best, d[i - 1][j] + 1);
			best = smaller(best, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = smaller(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[na][nb];
}

void suggest(struct suggestion *best, const char *typed, const char *candidate)
{
	size_t na = strlen(typed), nb = strlen(candidate);
	unsigned int far;

	if (na > LONGEST || nb > LONGEST)
		return;
	far = distance(typed, na, candidate, nb);
	/* More than a third of the letters wrong: somebody meant something else. */
	if (na >= 2 && !strncmp(typed, candidate, na))
		far = 1;
	if (far > (nb + 2) / 3 || (best->word && far >= best->distance))
		return;
	best->word = candidate;
	best->distance = far;
}
