# SPDX-License-Identifier: GPL-2.0
"""Debian's own resource agents, IPaddr2 and nginx: a machine dies, another one leaves.

Each time the service runs again elsewhere, and has stopped before it moves."""

from cluster import OCF
from events import after, first, given_up, held, ms, order
from reactor import now

CLUSTER = {"services": OCF}


def test(c):
    victim, mark = c.holder("web"), now()
    victim.poweroff()
    taker = c.wait_running("web", since=mark)
    ran = now()
    events = after(c.timeline(), mark)
    order(first(events, victim, "off"), held(events, taker, "web"))
    taker.run("ip -o addr show dev eth0 | grep -q 10.0.0.100")
    c.settle()
    leaver, leave = c.holder("web"), now()
    leaver.run("vigil leave", timeout=60)
    c.wait_running("web", since=leave)
    events = after(c.timeline(), leave)
    order(given_up(events, leaver, "web"), held(events, c.holder("web"), "web"))
    leaver.run("! pgrep nginx && ! ip -o addr show dev eth0 | grep -q 10.0.0.100")
    leaver.agent.start("reboot -f")
    c.wait_machine(leaver, "reset", since=leave)
    return "power-off: running after %s" % ms(mark, ran)
