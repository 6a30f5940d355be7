# SPDX-License-Identifier: GPL-2.0
"""The holder stands still for 5 s and wakes: nothing of the service leaves it, and it knows.

Its fence action is taken away, so that the gate alone is between the wire and what wants to
go out: a program that announces the floating address, one that sends from it, and a web
server that has been asked meanwhile."""

import json
import time

from cluster import ADDRESS, MS, WEB
from reactor import now

STALL = 5       # seconds: the fault itself

CLUSTER = {"services": WEB.replace(
    "service ip {", 'service ip {\n    gate-address = {"%s@eth0"}' % ADDRESS).replace(
    "service web {", "service web {\n    gate = true")}

TALK = "busybox arping -q -U -c 1000 -I eth0 %s & exec ping -i 0.05 -I %s 10.0.0.%d"


def spoken(c, node, since, until):
    """What a node said in the service's name."""
    return [f for f in c.frames(since, until) if f.source == node.number and
            (f.speaks_for == ADDRESS or f.kind == "tcp data")]


def gates(c, node):
    return {name: json.loads(node.run("vigil -j claim show " + name).out)["gate"]
            for name in ("ip", "web")}


def held_back(c, node):
    return {name: gate["dropped"] for name, gate in gates(c, node).items()}


def test(c):
    victim, mark = c.holder("web"), now()
    peer = c.others(victim)[0]
    assert all(g["open"] for g in gates(c, victim).values()), "shut while held"
    assert not any(g["open"] for g in gates(c, peer).values()), "open where nothing is held"
    victim.run("echo notify >/proc/sys/net/vigil/basket/fence_action")
    talk = victim.spawn(TALK % (ADDRESS, ADDRESS, peer.number))
    talk.wait_line("bytes from", 10)
    assert spoken(c, victim, mark, now()), "nothing is said while it is held"
    mark = now()
    victim.stall()
    taker = c.wait_running("web", since=mark)
    c.knock(victim)
    time.sleep(max(0, STALL - (now() - mark) / 1e9))
    woken = now()
    victim.unstall()
    # For a second and more it goes on as before, as far as it knows.
    c.poll(lambda: now() - woken > 10**9 and all(held_back(c, victim).values()), 10,
           "something that wants to go out")
    count = held_back(c, victim)
    said = spoken(c, victim, woken, now())
    assert not said, "after waking up: %s" % said[:5]
    victim.poweroff()
    c.allow_woken(now() - woken + 5 * MS)
    return "%s took over; woken, %s held back %d and %d packets, 0 passed" % (
        taker.name, victim.name, count["ip"], count["web"])
