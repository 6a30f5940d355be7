# SPDX-License-Identifier: GPL-2.0
"""A hardware watchdog: petted without vigild, resets a wedged kernel, stops at a clean end.

Nothing happens while the daemon of the holder is dead, for longer than two time-outs: the
kernel pets it. When all processors of the holder spin with interrupts off another node takes
over after the proof of its death, and the watchdog resets it. Who leaves stops it."""

import time

from cluster import MS
from events import after, at_least, at_most, first, ms, none, order
from reactor import now
from takeover import after_death

TIMEOUT = 3
CLUSTER = {"manifest": "watchdog", "devices": ("i6300esb",), "wedge": True,
           "settings": '    watchdog = "/dev/watchdog0"\n    watchdog-timeout = %ds\n' % TIMEOUT}
NS = TIMEOUT * 1_000_000_000


def told(c, node):
    """What "vigil -j" says of it."""
    cluster = c.member(node).status()[0]["clusters"][0]
    assert not cluster["watchdog_missing"], cluster["watchdog_missing"]
    return cluster["watchdog"]


def state(node):
    """What the driver says."""
    return node.run("cat /sys/class/watchdog/watchdog0/state").out.strip()


def petted(c, node):
    watchdog = told(c, node)
    assert watchdog["device"] == "watchdog0" and watchdog["timeout_ns"] == NS, watchdog
    assert watchdog["identity"] == "i6300ESB timer", watchdog
    assert watchdog["state"] == "petted" and watchdog["error"] == 0, watchdog
    assert watchdog["pet_age_ns"] < NS // 2, "not petted: %s" % watchdog
    assert state(node) == "active"


def killed(c):
    """The daemon dies, and is missed by nobody but its services."""
    holder, mark = c.holder("web"), now()
    c.kill_daemon(holder)
    time.sleep(2 * TIMEOUT + 1)         # nothing happens
    cluster = c.member(holder).status()[0]["clusters"][0]
    assert not cluster["daemon"] and cluster["watchdog"]["pet_age_ns"] < NS // 2, cluster
    c.start_daemon(holder)
    c.wait_up()
    c.wait_running("web", on=holder)
    petted(c, holder)
    none(after(c.timeline(), mark), "watchdog|reset|vigil_fence|vigil_watchdog")


def wedged(c):
    victim, mark = c.holder("web"), now()
    victim.wedge()
    taker = c.wait_running("web", since=mark)
    c.wait_machine(victim, "reset", since=mark)
    events = after(c.timeline(), mark)
    wedge, bite = first(events, victim, "wedge"), first(events, victim, "watchdog")
    note = after_death(c, events, victim, taker, wedge, wedge)
    order(wedge, bite, first(events, victim, "reset"))
    # A pet may be a quarter of the time-out old.
    at_least(wedge, bite, NS * 3 // 4 - 100 * MS)
    at_most(wedge, bite, NS + 100 * MS)
    c.settle()
    return "%s, bitten after %s" % (note, ms(wedge, bite))


def stopped(c):
    """It leaves: the device is stopped, and resets nobody. It is back: petted again."""
    leaver, mark = c.holder("web"), now()
    leaver.run("vigil leave", timeout=60)
    assert state(leaver) == "inactive", "it goes on after leaving"
    time.sleep(TIMEOUT + 1)             # nothing happens
    none(after(c.timeline(), mark), "watchdog|reset|vigil_fence|vigil_watchdog")
    c.kill_daemon(leaver, 15)
    c.start_daemon(leaver)
    c.wait_up()
    petted(c, leaver)


def test(c):
    for node in c.nodes:
        petted(c, node)
    killed(c)
    note = wedged(c)
    stopped(c)
    return note
