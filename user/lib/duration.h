/* SPDX-License-Identifier: GPL-2.0 */
/* Durations as people write them: "200ms", "1.5s", "2min". */
#ifndef _VIGIL_DURATION_H
#define _VIGIL_DURATION_H

#include <linux/types.h>
#include <stddef.h>

/**
 * vigil_duration_parse - text to nanoseconds
 * @text: a number, up to nine decimals, and a unit: ns us ms s min h
 * @ns: result
 * @why: a sentence when refused; may be NULL
 * @room: bytes of @why
 *
 * Return: 0 or -EINVAL.
 */
int vigil_duration_parse(const char *text, __u64 *ns, char *why, size_t room);

#define VIGIL_DURATION_LEN	32	/* enough for every formatted duration */

/**
 * vigil_duration_format - nanoseconds to text, at most three decimals
 * @out: result
 * @room: bytes of @out
 * @ns: nanoseconds
 *
 * In the largest unit that keeps a digit before the point: "0 s", "50 ms", "1.5 s", "61 s".
 */
void vigil_duration_format(char *out, size_t room, __u64 ns);

#endif
