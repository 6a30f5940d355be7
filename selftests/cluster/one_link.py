# SPDX-License-Identifier: GPL-2.0
"""One link of the holder is cut, then the other one: nothing happens but a report."""

import time

from cluster import EXPIRY
from events import after, none
from reactor import now


def link_up(c, node, peer, link):
    kernel, _ = c.member(node).status()
    entry = next(n for n in kernel["clusters"][0]["nodes"] if n["name"] == peer.name)
    return entry["links"][link]["up"]


def test(c):
    holder = c.holder("web")
    peer = c.others(holder)[0]
    for link in range(2):
        mark = now()
        c.rig.isolate(holder, link)
        for node, other in ((holder, peer), (peer, holder)):
            c.poll(lambda: not link_up(c, node, other, link), 10, "report of link %d" % link)
            assert link_up(c, node, other, 1 - link), "the other link is called down too"
        time.sleep(2 * EXPIRY / 1e9)        # the length of the fault
        c.rig.rejoin(holder, link)
        c.poll(lambda: link_up(c, peer, holder, link), 10, "link %d again" % link)
        none(after(c.timeline(), mark), "vigil_(node|claim|vote|fence)|reset")
    assert c.holder("web") is holder
