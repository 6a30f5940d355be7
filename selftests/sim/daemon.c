// SPDX-License-Identifier: GPL-2.0
/*
 * A daemon that dies while its kernel lives: nothing is asked for, started or
 * stopped until there is one again. What it held stays; what it only wanted must
 * not be won, as nobody would run it.
 */
#include "sim.h"

static void tell(struct sim *s, struct machine *m, bool alive)
{
	struct vigil_event ev = { .type = VIGIL_EV_DAEMON, .flag = alive };

	TRACE(s, m, "its daemon %s", alive ? "is back" : "dies");
	m->orphaned = !alive;
	machine_step(s, m, &ev);
}

void daemon_dies(struct sim *s, struct machine *m)
{
	if (!m->up || m->frozen || m->dying || m->left || m->poisoned || m->orphaned)
		return;
	s->count.daemon_deaths++;
	s->count.orphaned_holds += vigil_core_held(m->core);
	machine_schedule(s, m, s->now + chaos_duration(s), H_DAEMON, 0, 0, 0);
	tell(s, m, false);
}

void daemon_returns(struct sim *s, struct machine *m)
{
	tell(s, m, true);
	if (m->up && !m->dying)
		runner_adopt(s, m);
}

void daemon_check(struct sim *s, const struct machine *m, const struct vigil_effect *e)
{
	s->count.withdrawn += e->from == VIGIL_CLAIM_WANTED;
	if (e->to == VIGIL_CLAIM_WANTED ||
	    (e->to == VIGIL_CLAIM_HELD && e->from != VIGIL_CLAIM_LOST))
		violation(s, "n%u: claim %s goes on without a daemon: %u -> %u", m->id, e->name,
			  e->from, e->to);
}
