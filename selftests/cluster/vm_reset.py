# SPDX-License-Identifier: GPL-2.0
"""A guest faults for the third time in a row: its emulator resets it, and nothing is restarted."""

from events import after, first, ms, none, order
from machines import CLUSTER, PROGRAM, make, same, watched
from reactor import now

assert CLUSTER      # for run


def test(c):
    holder = c.holder("vm")
    c.trace_exec(holder, PROGRAM)
    mark, old = now(), c.pid(holder, "vm")
    restarts = c.entry(holder, "vm")["restarts"]
    make(holder, "triple")
    watched(c, holder, mark, to="alive", cause="guest-reset")
    # For a reset is waited 2 s, for a guest that hangs 3 s.
    holder.run("sleep 4")
    same(c, holder, old, restarts)
    events = after(c.timeline(), mark)
    none(events, "sched_process_exec", [holder])
    dying = first(events, holder, "vigil_watch_state", watch="vm", cause="triple-fault")
    alive = first(events, holder, "vigil_watch_state", watch="vm", cause="guest-reset")
    order(dying, alive)
    assert (dying.fields["to"], alive.fields["to"]) == ("dying", "alive"), dying.text
    return "reset %s after the fault" % ms(dying, alive)
