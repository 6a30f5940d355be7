# SPDX-License-Identifier: GPL-2.0
"""vigild is killed, or stopped: the kernel still tells here and there that a service hangs.

The next daemon takes the watch over as it is, with its number, and does what is to be done."""

from cluster import WATCHED
from events import after, first, matching
from reactor import now

CLUSTER = {"services": WATCHED}
HUNG = "vigil_watch_state: .*watch=lazy .*to=hung"


def hang_alone(c, holder, peer):
    """lazy hangs while the holder's daemon does nothing; returns the number of its watch."""
    heard, mark, old = c.listen(peer), now(), c.pid(holder, "lazy")
    holder.run("kill -USR1 %d" % old)
    line = c.wait_event(holder, HUNG, since=mark, seconds=20)
    text = "watch lazy on %s " % holder.name
    c.wait_for(lambda: any(text in said and "hung" in said for _, said in heard.lines), 10,
               "news on " + peer.name)
    heard.kill()
    c.poll(lambda: (c.entry(peer, "lazy").get("watch") or {}).get("state") == "hung", 10,
           "news in the daemon of " + peer.name)
    assert c.pid(holder, "lazy") == old, "somebody has restarted it"
    return line.split(" id=")[1].split()[0], old


def restarted(c, holder, number, old, mark):
    """It is the taken over watch that sees the old process go."""
    c.wait_restart(holder, old, "lazy")
    events = after(c.timeline(), mark)
    dead = first(events, holder, "vigil_watch_state", watch="lazy", to_="dead")
    assert dead.fields["id"] == number, "watch %s became %s" % (number, dead.fields["id"])
    assert not matching(events, holder, "vigil_claim", claim="lazy"), "its claim was touched"


def test(c):
    holder = c.holder("lazy")
    peer = c.others(holder)[0]
    mark = now()
    c.kill_daemon(holder)
    number, old = hang_alone(c, holder, peer)
    c.start_daemon(holder)
    restarted(c, holder, number, old, mark)
    c.wait_up()

    mark = now()
    c.member(holder).daemon.kill(19)
    number, old = hang_alone(c, holder, peer)
    c.member(holder).daemon.kill(18)
    restarted(c, holder, number, old, mark)
    c.wait_up()
