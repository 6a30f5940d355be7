# SPDX-License-Identifier: GPL-2.0
"""A guest panics by pvpanic-pci: the node's kernel sees it, where the emulator says that it is.

firmware.S gives the device its address; the daemon has to ask for it."""

from events import after, first
from machines import PROGRAM, chain, make, restarted, service
from reactor import now

ADDRESS = "address of pvpanic-pci: 0xfe000000"
CLUSTER = {"manifest": "vm", "memory": 448, "services":
           service("vm", "-machine pc -device pvpanic-pci,addr=5 -action panic=pause")}


def test(c):
    holder = c.holder("vm")
    c.trace_exec(holder, PROGRAM)
    c.member(holder).daemon.wait_line(ADDRESS, 20)
    mark = now()
    events = restarted(c, holder, lambda pid: make(holder, "memory"), "guest panicked")
    chain(events, holder, "dying/pvpanic", "dead")
    # A report by the daemon would have neither.
    dying = first(after(events, mark), holder, "vigil_watch_state", watch="vm", to_="dying")
    assert dying.fields["code"] == "1" and dying.fields["tid"] != "0", dying.text
    return "by thread %s" % dying.fields["tid"]
