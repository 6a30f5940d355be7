# SPDX-License-Identifier: GPL-2.0
"""A service is killed for want of memory: that is what its restart gives as the reason."""

from cluster import WATCHED
from events import after, first, ms, order
from reactor import now

CLUSTER = {"services": WATCHED}
PERL = "/usr/bin/perl"
GROUP = "/sys/fs/cgroup/vigil/basket/greedy"


def test(c):
    holder = c.holder("greedy")
    parents = GROUP.split("/")[4:]
    for depth in range(len(parents) + 1):
        above = "/".join(["/sys/fs/cgroup"] + parents[:depth])
        holder.run("echo +memory >%s/cgroup.subtree_control" % above)
    c.trace_exec(holder, PERL)
    mark, old = now(), c.pid(holder, "greedy")
    holder.console.allow("oom-kill|Out of memory|Memory cgroup out of memory|invoked oom-killer")
    holder.run("echo 24M >%s/main/memory.max && kill -USR2 %d" % (GROUP, old))
    c.wait_restart(holder, old, "greedy")
    c.wait_event(holder, "sched_process_exec", since=mark)
    holder.run("echo max >%s/main/memory.max" % GROUP)
    events = after(c.timeline(), mark)
    dying = first(events, holder, "vigil_watch_state", watch="greedy", to_="dying")
    dead = first(events, holder, "vigil_watch_state", watch="greedy", to_="dead")
    begun = first(events, holder, "sched_process_exec", filename=PERL)
    order(dying, dead, begun)
    assert dead.fields["cause"] == "oom", dead.text
    assert c.reason(holder, "greedy") == "killed by OOM", c.reason(holder, "greedy")
    return "dying to dead %s, dead to exec %s" % (ms(dying, dead), ms(dead, begun))
