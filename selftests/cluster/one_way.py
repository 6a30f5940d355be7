# SPDX-License-Identifier: GPL-2.0
"""The holder hears and is not heard; then the holder is heard and hears nothing.

Both end what they run before another one begins it. The second one is heard by voters that
go on granting it its claims, until it has reset itself."""

from events import after
from reactor import now
from takeover import after_isolation


def cut_one_way(c, source, target):
    victim, mark = source or target, now()
    c.rig.cut("*", source, target)
    taker = c.wait_running("web", since=mark)
    c.sample_clock(victim)
    return after_isolation(after(c.timeline(), mark), victim, taker)


def test(c):
    mute = cut_one_way(c, c.holder("web"), None)
    c.settle()
    return "mute: %s; deaf: %s" % (mute, cut_one_way(c, None, c.holder("web")))
