# SPDX-License-Identifier: GPL-2.0
"""A fourth node that does not vote: it runs services, cannot lead, and needs the voters.

When it loses them it ends what it runs before they let another one begin."""

from cluster import WEB
from events import after, matching
from reactor import now
from takeover import after_isolation

CLUSTER = {"nodes": 4, "services": WEB.replace(
    'with = {"ip"}', 'with = {"ip"}\n    nodes = {"delta", "alpha"}')}


def test(c):
    delta = c.nodes[3]
    if c.holder("web") is not delta:    # it came too late to be the first choice
        c.hand_over(c.holder("web"))
    c.wait_running("web", on=delta)
    mark = now()
    c.rig.isolate(delta)
    taker = c.wait_running("web", since=mark)
    c.sample_clock(delta)
    note = after_isolation(after(c.timeline(), mark), delta, taker)
    c.settle()
    everything = c.timeline()
    assert not matching(everything, delta, "vigil_claim", claim="@leader"), "it tried to lead"
    assert not matching(everything, delta, "vigil_vote"), "it voted"
    return note
