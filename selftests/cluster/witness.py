# SPDX-License-Identifier: GPL-2.0
"""Two nodes and a witness without the module: each of the three may fail, one at a time.

The plug of the holder is pulled; the witness is killed, and has learnt when a node dies
after that; the holder loses all its cables."""

from cluster import EXPIRY, INTERVAL, JITTER, SLACK
from events import after, at_least, at_most, first, given_up, held, ms, none, order
from reactor import now

CLUSTER = {"nodes": 2, "voters": 2, "witness": True}


def poweroff(c):
    """The other one takes over, which alone has no majority; not before the proof of death."""
    victim, mark = c.holder("web"), now()
    victim.poweroff()
    taker = c.wait_running("web", since=mark)
    events = after(c.timeline(), mark)
    fault, dead = first(events, victim, "poweroff"), first(events, victim, "off")
    taken = held(events, taker, "web")
    order(dead, first(events, taker, "vigil_node", node=c.member(victim).id, to_="down"), taken)
    at_least(fault, taken, EXPIRY - INTERVAL - JITTER)
    at_most(dead, taken, EXPIRY + SLACK)
    assert c.witness.said("vote: web to %s" % taker.name), "the witness did not vote"
    c.settle()
    return ms(dead, taken)


def killed(c):
    """Nothing happens, but that it is missed; when it is back it learns, then votes."""
    holder, mark = c.holder("web"), now()
    c.witness.kill()
    for node in c.nodes:
        c.wait_event(node, "vigil_node:.* node=%d .*to=expired" % c.witness.id, since=mark)
    assert c.holder("web") is holder and c.state(holder, "web") == "running"
    none(after(c.timeline(), mark), "vigil_claim|vigil_fence|reset|off")
    c.witness.begin()
    c.witness.wait("learning has ended")
    assert not c.witness.said("vote:.*web") or c.holder("web") is holder
    c.wait_witness()
    none(after(c.timeline(), mark), "vigil_claim|vigil_fence|reset|off")


def cut_off(c):
    """The holder can reach nobody: it ends what it runs before the other one begins."""
    victim, mark = c.holder("web"), now()
    c.rig.isolate(victim)
    taker = c.wait_running("web", since=mark)
    c.sample_clock(victim)
    events = after(c.timeline(), mark)
    cut, taken = first(events, victim, "link * cut=1"), held(events, taker, "web")
    end = given_up(events, victim, "web")
    order(cut, end, taken)
    at_least(cut, taken, EXPIRY - INTERVAL - JITTER)
    at_most(cut, taken, EXPIRY + SLACK)
    c.settle()
    return "%s after %s, held after %s" % (end.kind, ms(cut, end), ms(cut, taken))


def test(c):
    notes = ["power: " + poweroff(c)]
    killed(c)
    notes += ["after the kill: " + poweroff(c), "cables: " + cut_off(c)]
    return "; ".join(notes)
