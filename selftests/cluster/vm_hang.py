# SPDX-License-Identifier: GPL-2.0
"""A guest that hangs is restarted, or reported; one that is paused for longer is left alone."""

from cluster import MS
from events import ms
from machines import CLUSTER, PROGRAM, chain, make, restarted, same, tell, watched
from reactor import now

assert CLUSTER      # for run

HANG = 3000 * MS
LONGER = 5          # seconds


def paused(c, holder):
    mark, old = now(), c.pid(holder, "vm")
    restarts = c.entry(holder, "vm")["restarts"]
    tell(holder, "stop")
    watched(c, holder, mark, to="stopped", cause="stop")
    holder.run("sleep %d" % LONGER)
    same(c, holder, old, restarts)
    tell(holder, "cont")
    watched(c, holder, mark, to="alive", cause="continue")
    same(c, holder, old, restarts)
    assert not c.member(holder).lines("vigil_watch_state: .*watch=vm .*to=hung", mark)


def reported(c, holder):
    mark, old = now(), c.pid(holder, "told")
    restarts = c.entry(holder, "told")["restarts"]
    make(holder, "hang", "told")
    watched(c, holder, mark, "told", to="hung", cause="guest-hang")
    tell(holder, "system_reset", "told")
    watched(c, holder, mark, "told", to="alive", cause="guest-reset")
    same(c, holder, old, restarts, "told")


def test(c):
    holder = c.holder("vm")
    c.trace_exec(holder, PROGRAM)
    paused(c, holder)
    mark = now()
    events = restarted(c, holder, lambda pid: make(holder, "hang"), "guest hangs")
    hung, dead, begun = chain(events, holder, "hung/guest-hang", "dead")
    if hung.high - mark < HANG:
        raise AssertionError("hung after %s" % ms(mark, hung))
    reported(c, c.holder("told"))
    return "hung after %s, hung to dead %s, dead to exec %s" % (
        ms(mark, hung), ms(hung, dead), ms(dead, begun))
