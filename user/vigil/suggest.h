/* SPDX-License-Identifier: GPL-2.0 */
/* "Did you mean ...": the nearest of some words to one that was mistyped. */
#ifndef _VIGIL_SUGGEST_H
#define _VIGIL_SUGGEST_H

/**
 * struct suggestion - the best candidate so far; start with all zero
 * @word: the candidate, or NULL: none is near enough
 * @distance: edits between the two words
 */
struct suggestion {
	const char *word;
	unsigned int distance;
};

/* Look at one more candidate for what was meant by @typed. */
void suggest(struct suggestion *best, const char *typed, const char *candidate);

#endif
