# SPDX-License-Identifier: GPL-2.0
"""A page of memory goes bad: all know of it, nothing moves, and that node is chosen last.

Of the two that could take over it would be the first, had it no such fault."""

import json

from events import after, none
from reactor import now


def health(node, of):
    """What one node's tool says of another one's health."""
    said = json.loads(node.run("vigil -j node show %s" % of.name).out)
    return said["health"]


def test(c):
    holder = c.holder("web")
    suspect, other = sorted(c.others(holder), key=lambda node: node.number)
    mark = now()
    suspect.spoil_page()
    for node in c.nodes:
        c.poll(lambda n=node: (health(n, suspect) or {}).get("suspect"), 10,
               "suspicion on %s" % node.name)
        assert "bad memory page" in health(node, suspect)["text"]
        assert not health(node, other)["suspect"]
    holder.spoil_page()
    c.poll(lambda: health(other, holder)["suspect"], 10, "suspicion of %s" % holder.name)
    assert c.state(holder, "web") == "running"
    none(after(c.timeline(), mark), "vigil_claim|vigil_node|vigil_fence|reset")
    mark = now()
    holder.poweroff()
    taker = c.wait_running("web", since=mark)
    assert taker is other, "%s is suspect, and took over" % taker.name
    # Only a machine that is started anew has forgotten.
    suspect.reset()
    c.wait_machine(suspect, "hello", since=mark, seconds=60)
    return "from %s to %s" % (holder.name, taker.name)
