# SPDX-License-Identifier: GPL-2.0
"""vigild is stopped by a signal: missed like a dead one, and with "keep" nothing moves.

Continued, it goes on with what it has."""

import json

from events import after, none
from reactor import now

CLUSTER = {"settings": "    daemon-stale = 3s\n    daemon-grace = keep\n"}


def test(c):
    holder, mark = c.holder("web"), now()
    peer, pid = c.others(holder)[0], c.pid(holder)
    alive = "vigil_daemon:.* node=%d alive=%%d" % c.member(holder).id
    c.member(holder).daemon.kill(19)
    c.wait_event(peer, alive % 0, since=mark)
    holder.run("kill -0 %d" % pid)
    cluster = json.loads(holder.run("vigil -j").out)["clusters"][0]
    assert not cluster["daemon"] and cluster["daemon_fence_left_ns"] is None, cluster
    continued = now()
    c.member(holder).daemon.kill(18)
    c.wait_event(peer, alive % 1, since=continued)
    c.wait_up()
    c.wait_running("web", on=holder)
    assert c.pid(holder) == pid, "the service was restarted"
    events = after(c.timeline(), mark)
    none(events, "vigil_node|vigil_fence|reset")
    assert not [e for e in events if e.kind == "vigil_claim" and e.fields["claim"] != "@leader"]
    return "process %d goes on" % pid
