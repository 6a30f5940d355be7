# SPDX-License-Identifier: GPL-2.0
"""A machine as a service: paused it counts as running, dead or mute it is restarted; it moves.

Its emulator is asked and told by QMP. Its guest heeds no power button, so that it is ended
when its time to stop is over."""

from events import after, first, held, ms, order
from machines import CLUSTER, restarted, tell, watched
from reactor import now

assert CLUSTER      # for run


def paused(c, holder):
    """The service runs all the same, and as the same process."""
    mark, old = now(), c.pid(holder, "vm")
    tell(holder, "stop")
    watched(c, holder, mark, to="stopped", cause="stop")
    assert c.state(holder, "vm") == "running"
    tell(holder, "system_reset")
    watched(c, holder, mark, cause="guest-reset")
    tell(holder, "cont")
    watched(c, holder, mark, to="alive", cause="continue")
    assert c.pid(holder, "vm") == old, "it was restarted"


def adopted(c, holder):
    """A new daemon finds it, and speaks with it."""
    old = c.pid(holder, "vm")
    c.kill_daemon(holder)
    c.start_daemon(holder)
    c.wait_up()
    c.wait_running("vm", on=holder)
    assert c.pid(holder, "vm") == old, "it was restarted"
    paused(c, holder)


def test(c):
    holder = c.holder("vm")
    paused(c, holder)
    adopted(c, holder)
    restarted(c, holder, lambda pid: tell(holder, "quit"), "went off (host-qmp-quit)")
    restarted(c, holder, lambda pid: holder.run("kill -STOP %d" % pid), "no answer")
    events = restarted(c, holder, lambda pid: holder.run("kill -9 %d" % pid), "signal 9")
    dying = first(events, holder, "vigil_watch_state", watch="vm", to_="dying")
    dead = first(events, holder, "vigil_watch_state", watch="vm", to_="dead")
    order(dying, dead)
    c.poll(lambda: c.state(holder, "vm") == "running", 20, "start")
    mark = now()
    holder.run("vigil leave", timeout=60)
    taker = c.wait_running("vm", since=mark)
    holder.run("! pgrep qemu")
    moved = ms(mark, held(after(c.timeline(), mark), taker, "vm"))
    c.kill_daemon(holder, 15)
    c.start_daemon(holder)
    c.wait_up()
    return "dying to dead %s, held by %s after %s" % (ms(dying, dead), taker.name, moved)
