# SPDX-License-Identifier: GPL-2.0
"""Machines as services, by KVM in the nodes: their configuration, their orders, their watches.

Their guest is firmware.S. A byte on its serial line makes it panic, hang or fault; commands
go to the human monitor of the emulator, both by TCP on the node that runs it.
"""

from events import after, first, order
from reactor import now

PROGRAM = "/usr/bin/qemu-system-x86_64"
HANG = "3s"
SERVICE = """
service %(name)s {
    run = "vm:%(program)s -machine microvm,accel=kvm -bios /usr/share/firmware -m 16 -nodefaults -device pvpanic -serial tcp:127.0.0.1:%(serial)d,server=on,wait=off -monitor tcp:127.0.0.1:%(monitor)d,server=on,wait=off %(more)s"
    monitor-interval = 1s
    monitor-timeout = 3s
    start-timeout = 60s
    stop-timeout = 2s
    hang = %(hang)s
    restart = "20 per 60s"
    %(options)s
}
"""
# Port of the serial line; that of the monitor is the next one.
PORTS = {"vm": 4444, "plain": 4446, "told": 4448}


def service(name, more="", options=""):
    return SERVICE % {"name": name, "program": PROGRAM, "hang": HANG, "more": more,
                      "options": options, "serial": PORTS[name], "monitor": PORTS[name] + 1}


# vm stands still when it panics, and its restart is all vigild's; plain ends then, as QEMU's
# default is; of told it is only said.
CLUSTER = {"manifest": "vm", "memory": 448, "services":
           service("vm", "-action panic=pause") + service("plain") +
           service("told", "-action panic=pause", "on-panic = report\n    on-hang = report")}


def _send(holder, text, port):
    holder.run("ip link set lo up; printf '%s' | busybox nc -w 5 127.0.0.1 %d" % (text, port),
               timeout=20)


def tell(holder, command, name="vm"):
    """A command to the emulator."""
    _send(holder, command + "\\n", PORTS[name] + 1)


def make(holder, what, name="vm"):
    """The guest panics, hangs or faults ("triple")."""
    _send(holder, what[0], PORTS[name])


def watched(c, holder, since, name="vm", **fields):
    """Wait until the watch tells this."""
    pattern = "vigil_watch_state: .*watch=%s " % name
    pattern += "".join(".*%s=%s " % pair for pair in fields.items())
    return c.wait_event(holder, pattern, since=since, seconds=20)


def restarted(c, holder, fault, why, name="vm"):
    """The fault, given the process, leads to its restart for this reason; the events since."""
    mark, old = now(), c.pid(holder, name)
    fault(old)
    c.wait_restart(holder, old, name, seconds=40)
    assert why in c.reason(holder, name), c.reason(holder, name)
    return after(c.timeline(), mark)


def same(c, holder, old, restarts, name="vm"):
    """It runs as the same process, and nothing has been restarted."""
    assert c.state(holder, name) == "running", c.state(holder, name)
    assert c.pid(holder, name) == old, "it was restarted"
    assert c.entry(holder, name)["restarts"] == restarts, "restarts were counted"


def chain(events, holder, *states, name="vm"):
    """The watch's first events of these states ("to/cause" or "to"), certainly in this order,
    and the start of a machine after them."""
    found = []
    for state in states:
        to, _, cause = state.partition("/")
        found.append(first(events, holder, "vigil_watch_state", watch=name, to_=to,
                           **({"cause": cause} if cause else {})))
    found.append(first(events, holder, "sched_process_exec", filename=PROGRAM))
    order(*found)
    return found
