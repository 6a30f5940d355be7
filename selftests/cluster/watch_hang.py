# SPDX-License-Identifier: GPL-2.0
"""A service that stops coming on, or is stopped, is restarted; or reported, if so configured.

The one that is reported goes on when it is continued, as the same process."""

from cluster import MS, WATCHED
from events import after, first, matching, ms, order
from reactor import now

CLUSTER = {"services": WATCHED}
PERL = "/usr/bin/perl"
PROGRESS = 2000 * MS
# The service comes on so often; the deadline may have begun when it last did.
GRAIN = 200 * MS


def misbehave(c, holder, signal, *states):
    """Make lazy hang, wait for its restart; returns the watch's events of these states, in
    order, and the exec that came after them."""
    mark, old = now(), c.pid(holder, "lazy")
    holder.run("kill -%s %d" % (signal, old))
    c.wait_restart(holder, old, "lazy")
    c.wait_event(holder, "sched_process_exec", since=mark)
    events = after(c.timeline(), mark)
    chain = [first(events, holder, "vigil_watch_state", watch="lazy", to_=state)
             for state in states]
    begun = matching(events, holder, "sched_process_exec", filename=PERL)
    order(*chain, begun[0])
    assert len(begun) == 1, "started %d times" % len(begun)
    if begun[0].high - mark < PROGRESS - GRAIN:
        raise AssertionError("restarted after %s" % ms(mark, begun[0]))
    return chain + begun


def pause(c, holder):
    """lazy is stopped, and continued in time; returns its pid."""
    mark, old = now(), c.pid(holder, "lazy")
    holder.run("kill -STOP %d" % old)
    c.wait_event(holder, "vigil_watch_state: .*watch=lazy .*to=stopped", since=mark)
    holder.run("kill -CONT %d" % old)
    c.wait_event(holder, "vigil_watch_state: .*watch=lazy .*to=alive", since=mark)
    return old


def reported(c, holder):
    """told hangs for a while, and is left alone. So is lazy, whose deadline passes meanwhile."""
    paused = pause(c, holder)
    mark, old = now(), c.pid(holder, "told")
    holder.run("kill -USR1 %d" % old)
    c.wait_event(holder, "vigil_watch_state: .*watch=told .*to=hung", since=mark, seconds=20)
    c.poll(lambda: (c.entry(holder, "told").get("watch") or {}).get("state") == "hung", 10,
           "report of it")
    c.wait_event(holder, "vigil_watch_state: .*watch=told .*from=hung to=alive", since=mark,
                 seconds=20)
    assert c.pid(holder, "told") == old, "it was restarted"
    assert c.entry(holder, "told")["restarts"] == 0
    assert c.pid(holder, "lazy") == paused, "lazy was restarted, although it was continued"


def test(c):
    holder = c.holder("lazy")
    c.trace_exec(holder, PERL)
    hung, dead, begun = misbehave(c, holder, "USR1", "hung", "dead")
    assert hung.fields["cause"] == "no-progress", hung.text
    assert c.reason(holder, "lazy") == "does not come on", c.reason(holder, "lazy")
    stopped, *_ = misbehave(c, holder, "STOP", "stopped", "dead")
    why = "signal 19 by pid " + stopped.fields["by_pid"]
    assert why in c.reason(holder, "lazy"), c.reason(holder, "lazy")
    reported(c, holder)
    return "hung to dead %s, dead to exec %s" % (ms(hung, dead), ms(dead, begun))
