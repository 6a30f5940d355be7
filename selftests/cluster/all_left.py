# SPDX-License-Identifier: GPL-2.0
"""All three leave, one after the other, the last one without a majority; and come back.

Whoever is left without a majority has stopped what it runs before, or ends by a reset: it
is asked to leave, and leaving takes no longer than what it runs takes to stop."""

from events import after, none
from reactor import now


def test(c):
    mark = now()
    for node in [c.holder("web")] + c.others(c.holder("web")):
        node.run("vigil leave", timeout=30)
        node.run("! pgrep nginx && ! ip -o addr show dev eth0 | grep -q 10.0.0.100")
    none(after(c.timeline(), mark), "vigil_fence|reset")
    for node in c.nodes:
        node.agent.start("reboot -f")
    for node in c.nodes:
        c.wait_machine(node, "hello", since=mark, seconds=60)
    c.wait_up()
    return "back on %s" % c.wait_running("web", since=mark).name
