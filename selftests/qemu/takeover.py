# SPDX-License-Identifier: GPL-2.0
"""What every takeover must look like, and what a node that lost its majority must do."""

from cluster import EXPIRY, FENCE, INTERVAL, JITTER, LEASE, SLACK
from events import at_least, at_most, first, given_up, granted, held, ms, order


def after_death(c, events, victim, taker, fault, dead):
    """fault and dead: events of the victim, when its end began and when it was over. It is
    missed; a majority waits for the proof of its death, and only then grants its claims."""
    taken = held(events, taker, "web")
    down = first(events, taker, "vigil_node", node=c.member(victim).id, to_="down")
    order(dead, down, taken)
    for vote in granted(events, taker, "web"):
        order(dead, vote)
        at_least(fault, vote, EXPIRY - INTERVAL - JITTER)
    at_most(dead, taken, EXPIRY + SLACK)
    return "%s to %s, held after %s" % (victim.name, taker.name, ms(dead, taken))


def after_isolation(events, victim, taker, claim="web"):
    """A node that runs something and loses the voters ends it, by a verified stop or by its
    own reset, before the voters grant the claim to anybody else."""
    cut = first(events, victim, "link * cut=1")
    end, taken = given_up(events, victim, claim), held(events, taker, claim)
    order(cut, end, taken)
    for vote in granted(events, taker, claim):
        order(end, vote)
    at_most(cut, end, LEASE + FENCE + JITTER)
    return "%s after %s, %s held it %s later" % (end.kind, ms(cut, end), taker.name,
                                                 ms(end, taken))
