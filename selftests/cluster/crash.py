# SPDX-License-Identifier: GPL-2.0
"""The kernel of the holder panics and hangs there: another one serves."""

from events import after, first
from reactor import now
from takeover import after_death


def test(c):
    victim, mark = c.holder("web"), now()
    victim.crash()
    taker = c.wait_running("web", since=mark)
    events = after(c.timeline(), mark)
    return after_death(c, events, victim, taker, first(events, victim, "crash"),
                       first(events, victim, "panic"))
