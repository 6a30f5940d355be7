// SPDX-License-Identifier: GPL-2.0
/* Sliding window against replayed packets; see replay.h. */
#include "replay.h"

bool vigil_replay_accept(struct vigil_replay *r, u64 number)
{
	u64 behind;

	if (!number)
		return false;
	if (number > r->newest) {
		u64 ahead = number - r->newest;

		r->seen = ahead < VIGIL_REPLAY_WINDOW ? r->seen << ahead : 0;
		r->seen |= 1;
		r->newest = number;
		return true;
	}
	behind = r->newest - number;
	if (behind >= VIGIL_REPLAY_WINDOW || r->seen & (1ULL << behind))
		return false;
	r->seen |= 1ULL << behind;
	return true;
}
