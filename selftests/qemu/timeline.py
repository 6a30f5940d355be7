# SPDX-License-Identifier: GPL-2.0
"""What happened when, over all guests, on the host's clock; and who could run a service.

Every instant has bounds (earliest, latest): guests' clocks are known only within an
error. A checker that cannot tell must not say "fine": see check_single_owner().
"""

import collections
import re

TRACE_LINE = re.compile(r"^\s*(?P<task>.+)-(?P<pid>\d+)\s+(?:\(.*?\)\s+)?\[(?P<cpu>\d+)\]\s+\S+\s+"
                        r"(?P<s>\d+)\.(?P<us>\d+): (?P<kind>\w+): ?(?P<text>.*)$")

# kind: a tracepoint's name, or what happened to the machine (Guest.events).
Event = collections.namedtuple("Event", "low high node kind fields text")

# A stretch of time in which a node could run a service. start and end are (low, high);
# woken: it began by the machine's waking up, not by a grant.
Tenure = collections.namedtuple("Tenure", "node claim start end woken")


class SafetyError(AssertionError):
    pass


def fields(text):
    return dict(word.split("=", 1) for word in text.split() if "=" in word)


def parse_trace(line):
    """(guest time in ns, kind, fields, text) of a line of trace_pipe, or None."""
    match = TRACE_LINE.match(line)
    if not match:
        return None
    return (int(match["s"]) * 10**9 + int(match["us"].ljust(9, "0")[:9]), match["kind"],
            fields(match["text"]), match["text"])


def machine_events(guest):
    """A guest's life as the host saw it: exact, or within the time an order took."""
    for at, kind in guest.events:
        yield Event(at, at, guest.name, kind, {}, kind)


def trace_events(guest, lines):
    """lines: (boot, text) pairs of the guest's trace stream."""
    for boot, line in lines:
        parsed = parse_trace(line)
        if parsed is None:
            continue
        when, kind, values, text = parsed
        bounds = boot.clock.bounds(when)
        if bounds is None:
            raise SafetyError("%s: no clock for: %s" % (guest.name, line))
        yield Event(bounds[0], bounds[1], guest.name, kind, values, text)


def merge(*sources):
    return sorted((event for source in sources for event in source),
                  key=lambda e: (e.low + e.high, e.node))


# ---- who could run a service

DEATHS = ("off", "reset", "shutdown", "panic", "wedge")
ASLEEP = {"stall": "unstall", "pause": "cont"}
FATAL_FENCES = ("reset", "panic", "poweroff")


class _Node:
    """One node's claims while its events are read in order."""

    def __init__(self, name, tenures):
        self.name, self.tenures = name, tenures
        self.running = {}           # claim -> (start, woken)
        self.asleep = set()

    def begin(self, claim, at, woken=False):
        self.running.setdefault(claim, (at, woken))

    def finish(self, claim, at):
        self.asleep.discard(claim)
        if claim in self.running:
            start, woken = self.running.pop(claim)
            self.tenures.append(Tenure(self.name, claim, start, at, woken))

    def finish_all(self, at):
        self.asleep.clear()
        for claim in list(self.running):
            self.finish(claim, at)

    def sleep(self, at):
        held = set(self.running)
        self.finish_all(at)
        self.asleep = held

    def wake(self, at):
        for claim in self.asleep:
            self.begin(claim, at, woken=True)
        self.asleep = set()

    def event(self, event):
        at = (event.low, event.high)
        if event.kind == "vigil_claim":
            claim = event.fields["claim"]
            if event.fields["to"] == "held":
                self.begin(claim, at)
            elif event.fields["to"] in ("none", "releasing", "wanted"):
                self.finish(claim, at)
        elif event.kind == "vigil_fence" and event.fields.get("action") in FATAL_FENCES:
            self.finish_all(at)
        elif event.kind in DEATHS:
            self.finish_all(at)
        elif event.kind in ASLEEP:
            self.sleep(at)
        elif event.kind in ASLEEP.values():
            self.wake(at)


def tenures(timeline):
    """All stretches in which a node could run a claim's service: from its hold until it
    said that the service has stopped, or was fenced, or the machine died. A machine whose
    last words were lost counts until its death was seen from outside: never too short."""
    found, nodes = [], {}
    for event in timeline:
        node = nodes.setdefault(event.node, _Node(event.node, found))
        node.event(event)
    end = timeline[-1].high if timeline else 0
    for node in nodes.values():
        node.finish_all((end, end))
    return sorted(found, key=lambda t: t.start)


def _overlap(a, b):
    """By how many ns two tenures overlapped for certain (> 0), or at most (the second)."""
    certain = min(a.end[0], b.end[0]) - max(a.start[1], b.start[1])
    possible = min(a.end[1], b.end[1]) - max(a.start[0], b.start[0])
    return certain, possible


def check_single_owner(timeline, error_limit=20_000_000, woken_limit=0, since=0):
    """Raise SafetyError if two nodes could run one claim's service at the same time.

    error_limit: clock bounds wider than this (ns) at the edge of a tenure raise too, as
    nothing can be said then. woken_limit: for how long (ns) a machine that has just woken
    up may still believe in an old hold. since: tenures that ended before this host time
    were checked before. Returns the number of tenures that were checked."""
    found = [t for t in tenures(timeline) if t.end[1] >= since]
    for tenure in found:
        for edge in (tenure.start, tenure.end):
            if edge[1] - edge[0] > error_limit:
                raise SafetyError("clock of %s is known only within %.1f ms: no verdict" % (
                    tenure.node, (edge[1] - edge[0]) / 1e6))
    for i, a in enumerate(found):
        for b in found[i + 1:]:
            if a.claim != b.claim or a.node == b.node:
                continue
            certain, possible = _overlap(a, b)
            limit = woken_limit if a.woken or b.woken else 0
            if certain > limit:
                raise SafetyError("two owners of %s: %s and %s for %.3f to %.3f ms, from %.6f" % (
                    a.claim, a.node, b.node, certain / 1e6, possible / 1e6,
                    max(a.start[0], b.start[0]) / 1e9))
    return len(found)


def owners_max(timeline, claim, woken_limit=0, since=0):
    """The largest number of nodes that could for certain run a claim at one instant."""
    stretches = [t for t in tenures(timeline) if t.claim == claim and t.end[1] >= since
                 and not (t.woken and t.end[0] - t.start[1] <= woken_limit)]
    edges = sorted([(t.start[1], 1) for t in stretches if t.end[0] > t.start[1]] +
                   [(t.end[0], -1) for t in stretches if t.end[0] > t.start[1]])
    most = count = 0
    for _, step in edges:
        count += step
        most = max(most, count)
    return most


def text(timeline, origin=None):
    """One line an event, in milliseconds after origin (host ns)."""
    origin = timeline[0].low if origin is None and timeline else origin
    return "".join("%10.1f ms ±%-5.1f %-8s %-14s %s\n" % (
        ((e.low + e.high) / 2 - origin) / 1e6, (e.high - e.low) / 2e6, e.node, e.kind,
        "" if e.text == e.kind else e.text) for e in timeline)
