# SPDX-License-Identifier: GPL-2.0
"""All cables of the holder are pulled: it ends its service before another one begins it."""

from cluster import EXPIRY, INTERVAL, JITTER, SLACK
from events import after, at_least, at_most, first, held
from reactor import now
from takeover import after_isolation


def test(c):
    victim, mark = c.holder("web"), now()
    c.rig.isolate(victim)
    taker = c.wait_running("web", since=mark)
    c.sample_clock(victim)
    events = after(c.timeline(), mark)
    cut, taken = first(events, victim, "link * cut=1"), held(events, taker, "web")
    at_least(cut, taken, EXPIRY - INTERVAL - JITTER)
    at_most(cut, taken, EXPIRY + SLACK)
    return after_isolation(events, victim, taker)
