# SPDX-License-Identifier: GPL-2.0
"""The daemon that an agent has started dies: its monitor is asked at once, not when its time comes.

What the daemon leaves, workers that still serve, does not hide it."""

from cluster import MS, OCF
from events import after, at_most, first, ms, none, order
from reactor import now

CLUSTER = {"services": OCF}
PROGRAM = "/usr/sbin/nginx"
# A monitor every ten seconds: half of it would be bad luck.
SOON = 5000 * MS


def daemon_pid(holder):
    return int(holder.run("cat /run/nginx.pid").out)


def test(c):
    holder = c.holder("web")
    c.trace_exec(holder, PROGRAM)
    # Its watch may begin with the second monitor: the agent may have left more than nginx.
    c.poll(lambda: holder.run("vigil watch show web", check=False).rc == 0, 30, "watch of web")
    mark, old = now(), daemon_pid(holder)
    holder.run("kill -9 %d" % old)
    c.wait_event(holder, "vigil_watch_state: .*watch=web .*to=dead", since=mark)
    c.poll(lambda: c.entry(holder, "web").get("restarts"), 20, "failure")
    c.poll(lambda: c.state(holder, "web") == "running" and daemon_pid(holder) != old, 30,
           "restart")
    events = after(c.timeline(), mark)
    none(events, "vigil_claim|vigil_node|vigil_fence|reset")
    dead = first(events, holder, "vigil_watch_state", watch="web", to_="dead")
    begun = first(events, holder, "sched_process_exec", filename=PROGRAM)
    order(dead, begun)
    at_most(dead, begun, SOON)
    assert "signal 9 by pid" in c.reason(holder, "web"), c.reason(holder, "web")
    return "dead to exec %s" % ms(dead, begun)
