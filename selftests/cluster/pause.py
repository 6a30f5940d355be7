# SPDX-License-Identifier: GPL-2.0
"""The holder is paused, its clock with it, and goes on: it ends in time after waking up.

This is the documented limit of any lease: it cannot know that time has passed, and may
serve beside its successor until the lease that it still believes in has run out. What is
asserted is the bound: that this takes no longer than lease + fence from its waking on,
and that it then ends by a reset or by a verified stop."""

from cluster import FENCE, LEASE
from events import after, first, given_up, held, ms, order
from reactor import now


def test(c):
    victim, mark = c.holder("web"), now()
    victim.pause()
    taker = c.wait_running("web", since=mark)
    victim.cont()
    cont = victim.events[-1][0]
    c.wait_for(lambda: victim.events[-1][1] != "cont" or not c.member(victim).may_run("web"),
               10, "end of the old hold")
    c.sample_clock(victim)
    events = after(c.timeline(), mark)
    end = given_up(after(events, cont), victim, "web")
    order(first(events, victim, "pause"), held(events, taker, "web"),
          first(events, victim, "cont"), end)
    if end.low - cont > LEASE + FENCE:
        raise AssertionError("two owners for %s after waking up" % ms(cont, end))
    c.allow_woken(LEASE + FENCE)
    return "ended by %s, %s after waking up (at most %d ms)" % (
        end.kind, ms(cont, end), (LEASE + FENCE) // 1_000_000)
