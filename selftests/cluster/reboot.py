# SPDX-License-Identifier: GPL-2.0
"""The holder is rebooted cleanly: it hands over at once, nobody waits for its expiry."""

from cluster import EXPIRY
from events import after, at_most, first, given_up, held, ms, none, order
from reactor import now


def test(c):
    victim, mark = c.holder("web"), now()
    victim.run("vigil leave", timeout=30)
    taker = c.wait_running("web", since=mark)
    victim.agent.start("reboot -f")
    c.wait_machine(victim, "reset", since=mark)
    events = after(c.timeline(), mark)
    end, taken = given_up(events, victim, "web"), held(events, taker, "web")
    reset = first(events, victim, "reset")
    order(end, taken, reset)
    at_most(end, taken, EXPIRY // 2)
    first(events, taker, "vigil_node", node=c.member(victim).id, to_="left")
    none([e for e in events if e.low < reset.low], "vigil_fence")
    return "held by %s %s after %s had stopped it" % (taker.name, ms(end, taken), victim.name)
