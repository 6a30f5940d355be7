/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report means for what is known of a watch. Pure: no lock, clock or
 * allocation, so that it is tested in userspace.
 *
 *              .-------------------------------.
 *              v                               |
 *   alive <-> stopped <-> hung <-> alive       | guest-reset, if the guest
 *              |                               | was dying and not its monitor
 *              v                               |
 *            dying ----------------------------'
 *              |
 *              v
 *            dead
 */
#ifndef _VIGIL_WATCH_STATE_H
#define _VIGIL_WATCH_STATE_H

#include <vigil/watch.h>

#include "core/port.h"

/**
 * struct vigil_watch_change - something to tell
 * @from: the state before, VIGIL_WATCH_STATE_*
 * @now: the state after, why, and when it was seen; the same state for news that
 *	are no change
 */
struct vigil_watch_change {
	u32 from;
	struct vigil_watch_report now;
};

/**
 * vigil_watch_judge - take in a report
 * @facts: what is known: state, its cause, and since when; updated
 * @r: what was seen, with numbers that are in range
 * @out: what is to be told
 *
 * Of several causes of one death the first is kept, unless a later report knows
 * better: who sent the signal, or that it was the want of memory.
 *
 * Return: is there anything to tell?
 */
bool vigil_watch_judge(struct vigil_watch_report *facts, const struct vigil_watch_report *r,
		       struct vigil_watch_change *out);

#endif
