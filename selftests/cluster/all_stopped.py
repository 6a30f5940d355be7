# SPDX-License-Identifier: GPL-2.0
"""All three machines go off at once, and are switched on again: it all runs again."""

from events import after, held, ms
from reactor import now


def test(c):
    mark = now()
    for node in c.nodes:
        node.poweroff()
    for node in c.nodes:
        node.start()
    for node in c.nodes:
        node.ready(60)
    began = now()
    c.wait_up()
    holder = c.wait_running("web", since=mark)
    taken = held(after(c.timeline(), mark), holder, "web")
    return "held by %s %s after the last boot" % (holder.name, ms(began, taken))
