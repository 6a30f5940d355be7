# SPDX-License-Identifier: GPL-2.0
"""The service is killed: it is restarted on the spot; the fourth time it moves.

Its claim stays meanwhile. After three restarts
within a minute its node is not trusted any more."""

from events import after, given_up, held, matching, ms, none, order
from reactor import now


def kill_once(c, holder):
    pid = c.pid(holder)
    holder.run("kill -9 %d" % pid)
    return pid


def test(c):
    holder, mark = c.holder("web"), now()
    for _ in range(3):
        old = kill_once(c, holder)
        c.poll(lambda: c.state(holder, "web") == "running" and c.pid(holder) != old, 10,
               "restart")
    events = after(c.timeline(), mark)
    none(events, "vigil_claim|vigil_node|vigil_fence|reset")
    mark = now()
    kill_once(c, holder)
    taker = c.wait_running("web", since=mark)
    assert taker is not holder, "it did not move"
    events = after(c.timeline(), mark)
    none(events, "vigil_node|vigil_fence|reset")
    assert not matching(events, holder, "vigil_claim", to_="lost")
    order(given_up(events, holder, "web"), held(events, taker, "web"))
    return "three restarts, then %s to %s, held after %s" % (
        holder.name, taker.name, ms(mark, held(events, taker, "web")))
