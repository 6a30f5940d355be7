# SPDX-License-Identifier: GPL-2.0
"""A machine as a service: paused it counts as running, dead or mute it is restarted; it moves.

Its emulator is asked and told by QMP. Its guest has no system and heeds no power button, so
that it is ended when its time to stop is over."""

from events import after, first, held, ms, order
from reactor import now

CLUSTER = {"manifest": "vm", "memory": 448, "services": """
service vm {
    run = "vm:qemu-system-x86_64 -machine microvm,accel=kvm -m 16 -nodefaults -monitor tcp:127.0.0.1:4444,server=on,wait=off"
    monitor-interval = 1s
    monitor-timeout = 3s
    start-timeout = 60s
    stop-timeout = 2s
    restart = "20 per 60s"
}
"""}


def tell(holder, command):
    """A command by the human monitor, which this configuration adds."""
    holder.run("ip link set lo up; printf '%s\\n' | busybox nc -w 5 127.0.0.1 4444" %
               command, timeout=20)


def watched(c, holder, since, **fields):
    pattern = "vigil_watch_state: .*watch=vm "
    pattern += "".join(".*%s=%s " % pair for pair in fields.items())
    return c.wait_event(holder, pattern, since=since, seconds=20)


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


def restarted(c, holder, order_it, why):
    mark, old = now(), c.pid(holder, "vm")
    order_it(old)
    c.wait_restart(holder, old, "vm", seconds=40)
    assert why in c.reason(holder, "vm"), c.reason(holder, "vm")
    return after(c.timeline(), mark)


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
