# SPDX-License-Identifier: GPL-2.0
"""The holder stands still while its clock goes on: on waking it resets itself first.

So does a machine in firmware, or on a host without time for it.
Another one serves meanwhile. The sleeper, waking up, resets itself before anything else: it
gives no answer and tells nobody that it lives."""

from cluster import FENCE, MS
from events import after, first, held, ms, order
from reactor import now


def test(c):
    victim, mark = c.holder("web"), now()
    victim.stall()
    taker = c.wait_running("web", since=mark)
    c.knock(victim)                 # what it finds when it wakes
    woken = now()
    victim.unstall()
    reset = c.wait_machine(victim, "reset", since=woken)
    events = after(c.timeline(), mark)
    order(first(events, victim, "stall"), held(events, taker, "web"),
          first(events, victim, "unstall"), first(events, victim, "reset"))
    said = [f for f in c.frames(woken, reset) if f.source == victim.number]
    for kind in ("tcp data", "vigil data"):
        if any(f.kind == kind for f in said):
            raise AssertionError("%s after waking up: %s" % (kind, said))
    if reset - woken > FENCE:
        raise AssertionError("reset only %s after waking up" % ms(woken, reset))
    c.allow_woken(reset - woken + 5 * MS)
    return "reset %s after waking up, %d frames sent" % (ms(woken, reset), len(said))
