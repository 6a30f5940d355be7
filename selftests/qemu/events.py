# SPDX-License-Identifier: GPL-2.0
"""Questions that tests ask a timeline: what came first, and by how much for certain."""

import re

MS = 1_000_000
# Where a node's right to run something ends for good.
GIVEN_UP = ("releasing", "none", "wanted")


class OrderError(AssertionError):
    pass


def say(event):
    return "%s: %s %s" % (event.node, event.kind, "" if event.text == event.kind else event.text)


def middle(event):
    return (event.low + event.high) // 2


def after(events, mark):
    """What happened after a host time, for certain or not."""
    return [event for event in events if event.high >= mark]


def matching(events, who=None, kind=None, **fields):
    """Events of a guest, a kind, and fields with these values (to_ stands for to)."""
    wanted = {key.rstrip("_"): str(value) for key, value in fields.items()}
    return [event for event in events
            if (who is None or event.node == who.name) and kind in (None, event.kind) and
            all(event.fields.get(key) == value for key, value in wanted.items())]


def first(events, who=None, kind=None, **fields):
    found = matching(events, who, kind, **fields)
    if not found:
        raise OrderError("no %s%s %s" % (who.name + ": " if who else "", kind, fields))
    return found[0]


def none(events, pattern, nodes=None):
    """No event of a kind that matches happened on these nodes (None: on all)."""
    names = None if nodes is None else {node.name for node in nodes}
    found = [event for event in events if re.fullmatch(pattern, event.kind) and
             (names is None or event.node in names)]
    if found:
        raise OrderError("%d events that must not be, the first: %s" % (
            len(found), say(found[0])))


def before(one, two):
    """Certainly. Events of one trace have one clock: its error does not matter to them."""
    traced = all(event.kind.startswith(("vigil_", "sched_")) for event in (one, two))
    if traced and one.node == two.node:
        return middle(one) <= middle(two)
    return one.high <= two.low


def order(*chain):
    """Each event certainly came before the next one."""
    for one, two in zip(chain, chain[1:]):
        if not before(one, two):
            raise OrderError("not before: %s, %.3f ms, and then: %s" % (
                say(one), (two.low - one.high) / MS, say(two)))


def at_least(one, two, ns):
    """Between the events there may have been as much time as this."""
    if two.high - one.low < ns:
        raise OrderError("only %.1f ms, not %.1f, between: %s and: %s" % (
            (two.high - one.low) / MS, ns / MS, say(one), say(two)))


def at_most(one, two, ns):
    """There was certainly not more time than this between the events."""
    if two.high - one.low > ns:
        raise OrderError("%.1f ms, more than %.1f, between: %s and: %s" % (
            (two.high - one.low) / MS, ns / MS, say(one), say(two)))


def held(events, node, claim):
    """The event with which a node got the right to run."""
    return first(events, node, "vigil_claim", claim=claim, to_="held")


def granted(events, taker, claim):
    """The votes of a majority of three that let a node hold a claim, each the voter's last
    one before the hold."""
    taken = held(events, taker, claim)
    votes = [vote for vote in matching(events, None, "vigil_vote", claim=claim)
             if vote.node == taker.name and before(vote, taken) or
             vote.node != taker.name and vote.low < taken.high]
    last = {vote.node: vote for vote in votes}
    mine = [vote for vote in last.values() if vote.fields["node"] == str(taker.number)]
    if len(mine) < 2:
        raise OrderError("only %d votes before: %s" % (len(mine), say(taken)))
    return mine


def given_up(events, node, claim):
    """The event with which a node lost it for good: it said that all has stopped, or it
    died. Of a machine that dies the reset is seen from outside; its last trace may be lost."""
    for event in events:
        if event.node == node.name and (event.kind in ("reset", "off", "panic") or (
                event.kind == "vigil_claim" and event.fields["claim"] == claim and
                event.fields["to"] in GIVEN_UP)):
            return event
    raise OrderError("%s never gave %s up" % (node.name, claim))


def ms(one, two):
    """Milliseconds between two events, or host times."""
    ends = [middle(end) if hasattr(end, "low") else end for end in (one, two)]
    return "%.0f ms" % ((ends[1] - ends[0]) / MS)
