/* SPDX-License-Identifier: GPL-2.0 */
/* Sliding window against replayed packets, as in RFC 6479 with one word. */
#ifndef _VIGIL_CORE_REPLAY_H
#define _VIGIL_CORE_REPLAY_H

#include "port.h"

#define VIGIL_REPLAY_WINDOW	64	/* packets that may overtake each other */

/**
 * struct vigil_replay - which packet numbers have been seen
 * @newest: highest number accepted; 0: none
 * @seen: bit i: number @newest - i was accepted
 */
struct vigil_replay {
	u64 newest;
	u64 seen;
};

/**
 * vigil_replay_accept - note an authentic packet's number
 * @r: window; all zero at the start of a session
 * @number: from 1
 *
 * Return: true if the number is new, false for 0, a replay or one too old.
 */
bool vigil_replay_accept(struct vigil_replay *r, u64 number);

#endif
