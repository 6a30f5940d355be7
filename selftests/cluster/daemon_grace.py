# SPDX-License-Identifier: GPL-2.0
"""A dead daemon is fenced after its grace time, killed or stopped; its services move.

The other nodes know before that its kernel lives and its daemon does not."""

import json

from cluster import EXPIRY, INTERVAL, MS, SLACK
from events import after, at_least, at_most, first, held, ms, order
from reactor import now

STALE, GRACE = 3, 3
CLUSTER = {"settings": "    daemon-stale = %ds\n    daemon-grace = %ds\n" % (STALE, GRACE)}
SECOND = 1_000_000_000
# Of pings: one every second, and what the daemon may be late.
PING = SECOND + 200 * MS


def glance(node):
    """What "vigil" tells there. It asks no daemon that is dead, so it does not wait for one."""
    return json.loads(node.run("vigil -j").out)["clusters"][0]


def dies(c, signal, low, high):
    """By this signal; noticed after between low and high ns."""
    victim, mark = c.holder("web"), now()
    number, peer = c.member(victim).id, c.others(victim)[0]
    c.member(victim).daemon.kill(signal)
    c.wait_event(peer, "vigil_daemon:.* node=%d alive=0" % number, since=mark)
    left = glance(victim)["daemon_fence_left_ns"]
    assert left and left < GRACE * SECOND, "vigil does not tell: %s" % left
    node = next(node for node in glance(peer)["nodes"] if node["name"] == victim.name)
    assert node["state"] == "up" and not node["daemon"], "not told apart: %s" % node
    taker = c.wait_running("web", since=mark)
    c.wait_machine(victim, "reset", since=mark)
    events = after(c.timeline(), mark)
    gone, reset = first(events, peer, "vigil_daemon", node=number), first(events, victim, "reset")
    taken = held(events, taker, "web")
    order(gone, reset, taken)
    if not mark + low <= gone.high or not gone.low <= mark + high:
        raise AssertionError("noticed after %s" % ms(mark, gone))
    at_least(gone, reset, GRACE * SECOND - INTERVAL)
    at_most(gone, reset, GRACE * SECOND + SLACK)
    at_most(reset, taken, EXPIRY + SLACK)
    c.settle()
    return "noticed after %s, fenced %s later, held elsewhere after another %s" % (
        ms(mark, gone), ms(gone, reset), ms(reset, taken))


def test(c):
    return "killed: %s; stopped: %s" % (
        dies(c, 9, 0, 2 * INTERVAL + SLACK),
        dies(c, 19, STALE * SECOND - PING, STALE * SECOND + SLACK))
