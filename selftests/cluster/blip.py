# SPDX-License-Identifier: GPL-2.0
"""The network of the holder fails for less than the lease: nothing moves, ends or begins.

If it is less than the detection time there is not even a report."""

import time

from cluster import DETECT_NS, INTERVAL, LEASE
from events import after, matching, none
from reactor import now


def blip(c, holder, ns):
    mark = now()
    c.rig.isolate(holder)
    time.sleep(ns / 1e9)                # the length of the fault
    c.rig.rejoin(holder)
    c.wait_up()
    return after(c.timeline(), mark)


def test(c):
    holder = c.holder("web")
    pid = c.pid(holder)
    # A beat may have been sent an interval before; its lease counts from then on.
    none(blip(c, holder, DETECT_NS - 2 * INTERVAL), "vigil_(node|claim|vote|fence)|reset")
    events = blip(c, holder, LEASE - 2 * INTERVAL)
    none(events, "vigil_fence|reset")
    for claim in c.services:
        assert not matching(events, holder, "vigil_claim", claim=claim), "a claim was touched"
        assert not matching(events, None, "vigil_claim", claim=claim, to_="held")
    c.wait_running("web", on=holder)
    assert c.pid(holder) == pid, "the service was restarted"
