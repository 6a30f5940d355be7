# SPDX-License-Identifier: GPL-2.0
"""A guest panics: its machine is restarted, or only reported; its emulator may have ended first.

The one that is reported goes on when somebody resets it."""

from events import ms
from machines import CLUSTER, PROGRAM, chain, make, restarted, same, tell, watched
from reactor import now

assert CLUSTER      # for run


def panics(c, holder, name):
    c.trace_exec(holder, PROGRAM)
    events = restarted(c, holder, lambda pid: make(holder, "panic", name), "guest panicked",
                       name)
    return chain(events, holder, "dying/pvpanic", "dead", name=name)


def reported(c, holder):
    """It stays as it is, panicked and paused, and is what it was after a reset."""
    mark, old = now(), c.pid(holder, "told")
    restarts = c.entry(holder, "told")["restarts"]
    make(holder, "panic", "told")
    watched(c, holder, mark, "told", to="dying", cause="pvpanic")
    c.poll(lambda: (c.entry(holder, "told").get("watch") or {}).get("state") == "dying", 10,
           "report of it")
    # Longer than any deadline of it, and three monitors.
    holder.run("sleep 4")
    same(c, holder, old, restarts, "told")
    tell(holder, "system_reset", "told")
    watched(c, holder, mark, "told", to="alive", cause="guest-reset")
    tell(holder, "cont", "told")
    same(c, holder, old, restarts, "told")


def test(c):
    reported(c, c.holder("told"))
    panics(c, c.holder("plain"), "plain")
    dying, dead, begun = panics(c, c.holder("vm"), "vm")
    return "dying to dead %s, dead to exec %s" % (ms(dying, dead), ms(dead, begun))
