/* SPDX-License-Identifier: GPL-2.0 */
/* Command lines into words. */
#ifndef _VIGIL_WORDS_H
#define _VIGIL_WORDS_H

/**
 * words_next - one word of a command line, without its quotes
 * @in: the line, from the word's first character on
 * @out: the word; room for strlen(@in) + 1 bytes
 *
 * Single and double quotes join. Return: what follows the word, or NULL: there is
 * something in it that only a shell understands, or a quote is not closed.
 */
const char *words_next(const char *in, char *out);

#endif
