# SPDX-License-Identifier: GPL-2.0
"""A service is killed: its next process starts right after its files are closed; peers hear.

Its dying is told before it is dead, and no process of it starts before. It starts once, though
two see the end of it, the kernel's watch and vigild. Who killed it is known everywhere."""

from events import after, first, matching, ms, none, order
from reactor import now

PROGRAM = "/usr/sbin/nginx"


def test(c):
    holder = c.holder("web")
    peer = c.others(holder)[0]
    c.trace_exec(holder, PROGRAM)
    heard = c.listen(peer)
    mark, old = now(), c.pid(holder)
    holder.run("kill -9 %d" % old)
    c.wait_restart(holder, old)
    c.wait_event(holder, "sched_process_exec", since=mark)
    events = after(c.timeline(), mark)
    none(events, "vigil_claim|vigil_node|vigil_fence|reset")
    dying = first(events, holder, "vigil_watch_state", watch="web", to_="dying", code=9)
    dead = first(events, holder, "vigil_watch_state", watch="web", to_="dead", code=9)
    begun = matching(events, holder, "sched_process_exec", filename=PROGRAM)
    order(dying, dead, begun[0])
    assert len(begun) == 1, "started %d times" % len(begun)
    why = "signal 9 by pid %s" % dying.fields["by_pid"]
    assert c.reason(holder, "web").startswith(why), c.reason(holder, "web")
    assert c.entry(holder, "web")["restarts"] >= 1
    line = "watch web on %s " % holder.name
    c.wait_for(lambda: any(line in text and why in text for _, text in heard.lines), 10,
               "news on " + peer.name)
    c.poll(lambda: (c.entry(peer, "web").get("watch") or {}).get("node") == holder.name, 10,
           "news in the daemon of " + peer.name)
    heard.kill()
    return "dying to dead %s, dead to exec %s" % (ms(dying, dead), ms(dead, begun[0]))
