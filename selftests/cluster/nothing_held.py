# SPDX-License-Identifier: GPL-2.0
"""Nodes that run nothing lose their majority, first the leader, then all: nobody reboots.

All is as before when the network is whole again."""

import time

from cluster import EXPIRY
from events import after, none
from reactor import now

CLUSTER = {"services": ""}


def alone(c, nodes):
    mark = now()
    for node in nodes:
        c.rig.isolate(node)
    for node in nodes:
        c.poll(lambda n=node: quorum(c, n) is False, 10, "loss of quorum on " + node.name)
    time.sleep(2 * EXPIRY / 1e9)            # the length of the fault
    for node in nodes:
        c.rig.rejoin(node)
    c.wait_up()
    events = after(c.timeline(), mark)
    none(events, "vigil_fence|reset|off")
    assert all(len(node.boots) == 1 for node in c.nodes)


def quorum(c, node):
    kernel, _ = c.member(node).status()
    return kernel["clusters"][0]["quorum"] if kernel else None


def test(c):
    alone(c, [c.leader()])
    alone(c, c.nodes)
