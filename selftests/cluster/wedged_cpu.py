# SPDX-License-Identifier: GPL-2.0
"""One of two processors of the holder spins with interrupts off: it is fenced in time.

Once the first one, once the second one: whichever it is, the fence timers are on both. As a
machine may well go on with one processor, it loses all its cables as well."""

from events import after
from reactor import now
from takeover import after_isolation

CLUSTER = {"cpus": 2, "wedge": True}


def one(c, cpu):
    victim, mark = c.holder("web"), now()
    victim.wedge(cpu)
    c.rig.isolate(victim)
    taker = c.wait_running("web", since=mark)
    c.wait_machine(victim, "reset", since=mark)
    note = after_isolation(after(c.timeline(), mark), victim, taker)
    c.settle()
    return "processor %d: %s" % (cpu, note)


def test(c):
    return "; ".join(one(c, cpu) for cpu in (0, 1))
