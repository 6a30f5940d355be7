# SPDX-License-Identifier: GPL-2.0
"""vigild is killed: nothing moves. Started again, it adopts what runs."""

from events import after, first, none, order
from reactor import now


def test(c):
    holder, mark = c.holder("web"), now()
    peer, pid = c.others(holder)[0], c.pid(holder)
    c.kill_daemon(holder)
    c.wait_event(peer, "vigil_daemon:.* node=%d alive=0" % c.member(holder).id, since=mark)
    assert c.pid(holder) == pid
    holder.run("kill -0 %d" % pid)
    c.start_daemon(holder)
    c.wait_event(peer, "vigil_daemon:.* node=%d alive=1" % c.member(holder).id, since=mark)
    c.wait_up()
    c.wait_running("web", on=holder)
    assert c.pid(holder) == pid, "the service was restarted"
    events = after(c.timeline(), mark)
    none(events, "vigil_node|vigil_fence|reset")
    assert not [e for e in events if e.kind == "vigil_claim" and e.fields["claim"] != "@leader"]
    order(first(events, peer, "vigil_daemon", alive=0), first(events, peer, "vigil_daemon",
                                                              alive=1))
    return "process %d goes on" % pid
