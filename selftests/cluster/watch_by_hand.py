# SPDX-License-Identifier: GPL-2.0
"""A process that is no service is watched by hand: who kills it is told, here and there.

The probes look at it because vigild shows it to them: at once, or when it comes."""

from reactor import now


def begin(node, name):
    """A process and a watch on it; the process id."""
    pid = int(node.run("sleep 1000 >/dev/null 2>&1 & echo $!").out)
    node.run("vigil watch add %s --pid %d" % (name, pid))
    return pid


def kill(c, node, heard, name, pid):
    """It is killed; both ends of that must reach the other node, with who did it."""
    node.run("kill -9 %d" % pid)
    for state in "dying", "dead":
        text = "watch %s on %s " % (name, node.name)
        end = "-> %s: signal 9 by pid " % state
        c.wait_for(lambda: any(text in said and end in said for _, said in heard.lines), 10,
                   "%s is %s" % (name, state))
    shown = node.run("vigil watch show %s" % name).out
    assert "dead: signal 9 by pid" in shown, shown
    node.run("vigil watch del %s" % name)


def test(c):
    node = c.holder("web")
    peer = c.others(node)[0]
    heard = c.listen(peer)
    kill(c, node, heard, "early", begin(node, "early"))
    mark = now()
    c.kill_daemon(node)
    pid = begin(node, "late")
    c.start_daemon(node)
    c.wait_event(peer, "vigil_daemon:.* node=%d alive=1" % c.member(node).id, since=mark)
    c.wait_up()
    c.wait_running("web", on=node)
    kill(c, node, heard, "late", pid)
    heard.kill()
