# SPDX-License-Identifier: GPL-2.0
"""A cluster of emulated machines, and the words in which its tests are written.

	with Cluster("name") as c:		# three nodes, all files of a run in build/artifacts/name
		c.wait_up()
		c.wait_running("web")
		victim = c.holder("web")
		mark = now()
		victim.poweroff()
		c.wait_running("web", since=mark)
		c.check_owners()

Nodes are the guests of rig.py with all their words (poweroff, crash, stall, ...); c.rig has
those of the links. c.member(node) is what the rig knows of it as a node (member.py).
"""

import base64
import functools
import os
import re
import subprocess

import mkimage
import pcap
import timeline
from member import Member
from net import LINKS
from reactor import TIME_FACTOR, Timeout, now
from rig import NAMES, Rig
from witness import Witness

ADDRESS = "10.0.0.100"
DETECT = "200ms"
# What follows from it (include/vigil/timing.h), in ns.
MS = 1_000_000
DETECT_NS, INTERVAL, LEASE, FENCE, EXPIRY = 200 * MS, 50 * MS, 400 * MS, 100 * MS, 519 * MS
# How late a timer of an emulated machine may be, and how long a taker may take to ask.
JITTER, SLACK = 30 * MS, 300 * MS

# Without the agents: what they cost under emulation would hide what is measured. (The arping of
# iputils waits a second after its last packet, that of busybox does not.)
WEB = """
service ip {
    run = "exec"
    start = "ip addr replace %(address)s/24 dev eth0 && { busybox arping -q -U -c 1 -w 1 -I eth0 %(address)s & }"
    stop = "ip addr flush dev eth0 to %(address)s"
    monitor = "ip -o addr show dev eth0 to %(address)s | grep -q ."
}
service web {
    run = "exec:/usr/sbin/nginx -g 'daemon off;'"
    with = {"ip"}
}
""" % {"address": ADDRESS}

# With them, as an administrator would begin.
OCF = """
service ip {
    run = "ocf:heartbeat:IPaddr2"
    params = {"ip=%s", "cidr_netmask=24", "nic=eth0"}
}
service web {
    run = "ocf:heartbeat:nginx"
    params = {"configfile=/etc/nginx/nginx.conf"}
    with = {"ip"}
}
""" % ADDRESS


# Services that can be asked to misbehave: by SIGUSR1 to hang, one of them for 4 s and one for
# ever, by SIGUSR2 to eat memory. Their deadlines are long enough for a busy host, on which a
# guest may stand still for some 0.1 s.
WATCHED = """
service lazy {
    run = "exec:/usr/bin/perl -e '$SIG{USR1} = sub { sleep 1000 while 1 }; select undef, undef, undef, 0.1 while 1'"
    progress = 2s
    restart = "20 per 60s"
}
service told {
    run = "exec:/usr/bin/perl -e '$SIG{USR1} = sub { sleep 4 }; select undef, undef, undef, 0.1 while 1'"
    progress = 2s
    on-hang = report
    with = {"lazy"}
}
service greedy {
    run = "exec:/usr/bin/perl -e '$SIG{USR2} = sub { $x .= chr(1) x 1e6 while 1 }; select undef, undef, undef, 0.1 while 1'"
    restart = "20 per 60s"
    with = {"lazy"}
}
"""


@functools.lru_cache
def build(kernel_name):
    """The module and the programs: once, all clusters of a run are of one build."""
    done = subprocess.run(["make", "-s", "-C", mkimage.TOP, "KVER=" + kernel_name, "all"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError("make KVER=%s all failed:\n%s" % (kernel_name, done.stdout[-3000:]))


def config(nodes, voters, services, detect=DETECT, witness=False, settings=""):
    """vigil.conf of nodes 1..n with two links each, of which the first ones vote; one more
    is the witness. settings: more of the cluster section."""
    text = 'cluster basket {\n    key-file = "/etc/vigil/key"\n    detect = %s\n%s}\n' % (
        detect, settings)
    for number in range(1, nodes + 1):
        text += 'node %s { id = %d  address = {"10.0.0.%d", "10.0.1.%d"}%s }\n' % (
            NAMES[number - 1], number, number, number,
            "" if number <= voters else "  voter = false")
    if witness:
        number = nodes + 1
        text += 'node %s { id = %d  address = {"10.0.0.%d", "10.0.1.%d"}  witness = true }\n' % (
            NAMES[nodes], number, number, number)
    return text + services


class Cluster:
    """nodes: how many, of which the first `voters` vote. client: one more guest, which
    asks the address (see ask()). witness: and one that only votes (witness.py). debug:
    vigild logs every step. manifest: of the nodes' image; memory: of each, MiB; cpus and
    devices (arguments of QEMU's -device): likewise. settings: more of the cluster section
    of vigil.conf. wedge: the nodes have the module that Guest.wedge() loads."""

    def __init__(self, name, kernel_name="6.12", nodes=3, voters=3, services=WEB, detect=DETECT,
                 client=False, debug=True, say=None, manifest="guest", memory=None,
                 witness=False, cpus=1, devices=(), settings="", wedge=False):
        self.say = say or (lambda text: None)
        self.kernel_name, self.name = kernel_name, name
        self.config = config(nodes, voters, services, detect, witness, settings)
        self.services = re.findall(r"(?m)^service (\S+)", services)
        self.woken_limit = 0
        self.client = self.witness = None
        self._asked = []            # (boot, line)
        self.say("building")
        build(kernel_name)
        self.rig = Rig(name)
        self.directory = self.rig.directory
        try:
            hardware = {"cpus": cpus, "devices": devices}
            if memory:
                hardware["memory"] = memory
            self._start(nodes, voters, client, debug, manifest, hardware, witness, wedge)
        except BaseException:
            self.rig.close()
            raise

    def _start(self, nodes, voters, client, debug, manifest, hardware, witness, wedge):
        kernel = mkimage.kernel(self.kernel_name)
        self.say("booting")
        path = os.path.join(self.directory, "vigil.conf")
        with open(path, "w") as f:
            f.write(self.config)
        files = mkimage.user_programs() + [(path, "/etc/vigil/vigil.conf")]
        initrd = self.rig.image(manifest, kernel, files=files,
                                own_modules=[mkimage.module(self.kernel_name)] + (
                                    [mkimage.wedge(self.kernel_name, kernel)] if wedge else []))
        key = base64.b64encode(os.urandom(32)).decode() + "\n"
        self.members = {}
        for number in range(1, nodes + 1):
            guest = self.rig.add(self.kernel_name, kernel, initrd, **hardware)
            self.members[guest.name] = Member(guest, number, number <= voters, self.config,
                                              key, debug)
        self.nodes = list(self.rig.guests)
        if witness:
            plain = self.rig.image(manifest, kernel, files=files)
            self.witness = Witness(self.rig.add(self.kernel_name, kernel, plain), self.config,
                                   key)
            self.witness.guest.start()
        for guest in self.nodes:
            guest.start()
        if client:
            small = self.rig.image("client", kernel)
            self.client = self.rig.add(self.kernel_name, kernel, small, name="client",
                                       memory=128).start()
        for guest in self.rig.guests:
            guest.ready(120)

    def close(self):
        self.rig.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    # ---- who

    def member(self, node):
        return self.members[node.name]

    def others(self, *nodes):
        return [guest for guest in self.nodes if guest not in nodes]

    def holder(self, service):
        """The node that holds a service's claim now, or None."""
        with self.rig.reactor.lock:
            found = [m.guest for m in self.members.values() if m.may_run(service)]
        return found[0] if len(found) == 1 else None

    def leader(self):
        return self.holder("@leader")

    # ---- waiting

    def poll(self, condition, seconds, what):
        """For what can only be asked, not heard: condition() is asked again and again."""
        end = now() + int(seconds * 1e9 * TIME_FACTOR)
        while True:
            value = condition()
            if value:
                return value
            if now() > end:
                raise Timeout("no %s within %.1f s" % (what, seconds * TIME_FACTOR))

    def wait_up(self, nodes=None, seconds=30):
        """All these nodes (None: all) see one another, know one leader, and voters vote."""
        nodes = nodes or self.nodes
        for node in nodes:
            self.poll(lambda n=node: self._is_up(n, nodes), seconds,
                      "%s in the cluster" % node.name)

    def wait_witness(self, seconds=30):
        """All nodes see the witness, and it votes."""
        for node in self.nodes:
            self.poll(lambda n=node: self._sees_witness(n), seconds,
                      "%s that sees the witness" % node.name)

    def _sees_witness(self, node):
        kernel, _ = self.member(node).status() if node.up() else (None, None)
        return bool(kernel and kernel["clusters"]) and any(
            n["name"] == self.witness.name and n["state"] == "up" and not n["learning"]
            for n in kernel["clusters"][0]["nodes"])

    def _is_up(self, node, nodes):
        kernel, daemon = self.member(node).status() if node.up() else (None, None)
        if not kernel or not kernel["clusters"] or not daemon or not daemon.get("leader"):
            return False
        if not kernel["clusters"]:
            return False
        basket = kernel["clusters"][0]
        names = {other.name for other in nodes}
        states = {n["name"]: n["state"] for n in basket["nodes"]}
        ready = {n["name"] for n in daemon["nodes"] if n["ready"]}
        return (names <= ready and not basket["learning"] and
                all(states[n] == "up" for n in names - {node.name}))

    def wait_running(self, service, on=None, since=0, seconds=20):
        """The service runs, on this node if one is named, on a hold that began after a host
        time if one is given. Returns the node."""
        def held():
            found = [node for node in self.nodes if on in (None, node) and
                     self._holds(node, service, since)]
            return found[0] if len(found) == 1 else None

        def runs():
            node = self.wait_for(held, seconds, "holder of %s" % service)
            return node if self.state(node, service) == "running" else None
        return self.poll(runs, seconds, "%s running" % service)

    def _holds(self, node, service, since):
        member = self.member(node)
        return member.may_run(service) and (not since or member.lines(
            r"vigil_claim:.* claim=%s .*to=held" % re.escape(service), since))

    def state(self, node, service):
        """What the node's daemon says of the service on that node."""
        return self.entry(node, service).get("here")

    def reason(self, node, service):
        """Why the daemon of the node has stopped or restarted it last."""
        return self.entry(node, service).get("reason") or ""

    def entry(self, node, service):
        """What the daemon of the node says of a service, whole."""
        daemon = self.member(node).status()[1] if node.up() else None
        return next((entry for entry in daemon["services"] if entry["name"] == service),
                    {}) if daemon else {}

    def wait_event(self, node, pattern, since=0, seconds=10):
        """The first line of the node's trace that matches and arrived after a host time."""
        return self.rig.reactor.wait_for(
            lambda: next(iter(self.member(node).lines(pattern, since)), None), seconds,
            "event %r on %s" % (pattern, node.name))

    def wait_for(self, condition, seconds, what):
        return self.rig.reactor.wait_for(condition, seconds, what)

    def sample_clock(self, node):
        """Until the newest events of a machine that is on are known to a millisecond."""
        mark, boot = now(), node.boots[-1]
        self.wait_for(lambda: boot is not node.boots[-1] or not node.up() or
                      any(sample[1] > mark for sample in boot.clock.epochs[-1].samples[-3:]),
                      10, "clock of %s" % node.name)

    def wait_machine(self, node, kind, since=0, seconds=10):
        """The host time of what happened to the machine: reset, hello, off, ..."""
        return self.rig.reactor.wait_for(
            lambda: next((at for at, what in node.events if what == kind and at >= since), None),
            seconds, "%s of %s" % (kind, node.name))

    # ---- doing

    def kill_daemon(self, node, signal=9):
        return self.member(node).kill_daemon(signal)

    def start_daemon(self, node):
        return self.member(node).start_daemon()

    def hand_over(self, node):
        """The node leaves, its services move, and it joins again."""
        node.run("vigil leave", timeout=60)
        self.kill_daemon(node, 15)
        self.start_daemon(node)
        self.wait_up()

    def pid(self, node, service="web"):
        """The process of a service of class exec."""
        out = node.run("cat /run/vigil/basket/%s.main" % service).out
        return int(out.split()[0])

    def trace_exec(self, node, program):
        """From now on the node's trace tells when this program is executed."""
        node.run("cd /sys/kernel/tracing/events/sched/sched_process_exec && "
                 "echo 'filename == \"%s\"' >filter && echo 1 >enable" % program)

    def listen(self, node):
        """A job that prints the events of a node; none is missed from now on."""
        job = node.spawn("exec vigil monitor --ready")
        job.wait_line("ready", 20)
        return job

    def wait_restart(self, node, old, service="web", seconds=20):
        """The service runs there as another process than this one."""
        def restarted():
            out = node.run("cat /run/vigil/basket/%s.main" % service, check=False).out
            return (out and int(out.split()[0]) != old and
                    self.state(node, service) == "running")
        self.poll(restarted, seconds, "restart of %s" % service)

    def settle(self):
        """Back to health, whatever a test has left: links whole, machines on, daemons up."""
        self.rig.heal()
        for node in self.nodes:
            if node.state == "stalled":
                node.unstall()
            elif node.state == "paused":
                node.cont()
            elif node.state == "off":
                node.start()
            elif node.events[-1][1] == "panic":
                node.console.allow()
                node.reset()
        for node in self.nodes:
            self.wait_for(node.up, 60, "boot of %s" % node.name)
            if not self.member(node).daemon_lives():
                self.start_daemon(node)
        if self.witness:
            if not self.witness.lives():
                self.witness.begin()
            self.wait_witness()
        self.wait_up()
        for service in self.services:
            self.wait_running(service)

    def knock(self, node):
        """Another node asks this one by its own address, and is left without an answer."""
        peer = self.others(node, self.holder("web"))[0]
        job = peer.spawn("exec timeout 10 client 10.0.0.%d 80 20" % node.number)
        job.wait_line("timeout", 10)

    def frames(self, since, until):
        """All frames on the links between two host times."""
        self.rig.network.flush()
        return [frame for link in range(LINKS) for frame in pcap.frames(
            os.path.join(self.directory, "link%d.pcap" % link), since, until)]

    # ---- the client outside

    def ask(self, every=10):
        """The client begins to ask the address, every so many ms."""
        boot = self.client.boots[-1]
        self.client.spawn(
            "exec client %s 80 %d" % (ADDRESS, every), log="client.log",
            on_line=lambda line, at: self._asked.append((boot, line)))

    def answers(self):
        """What was answered so far: (asked, answered, server), host ns."""
        with self.rig.reactor.lock:
            words = [(boot, line.split()) for boot, line in self._asked]
        return [(self._middle(boot, w[1]), self._middle(boot, w[2]), w[3])
                for boot, w in words if w[0] == "ok"]

    @staticmethod
    def _middle(boot, text):
        return sum(boot.clock.bounds(int(text))) // 2

    def wait_answer(self, since=0, server=None, seconds=20):
        """The first answer to a question asked after a host time, by that server."""
        return self.rig.reactor.wait_for(
            lambda: next((a for a in self.answers() if a[0] >= since and
                          server in (None, a[2])), None), seconds, "answer")

    def outage(self, since):
        """The longest time (begin, end) without an answer that ended after a host time."""
        times = sorted(answered for _, answered, _ in self.answers())
        gaps = [(a, b) for a, b in zip(times, times[1:]) if b >= since]
        return max(gaps, key=lambda gap: gap[1] - gap[0], default=None)

    # ---- what happened

    def timeline(self):
        """All events of all nodes, on the host's clock."""
        with self.rig.reactor.lock:
            traces = {m: [(boot, line) for _, boot, line in m.trace]
                      for m in self.members.values()}
            return timeline.merge(*(timeline.trace_events(m.guest, lines)
                                    for m, lines in traces.items()),
                                  *(timeline.machine_events(m.guest) for m in traces))

    def allow_woken(self, ns):
        """So long a machine that was asleep may have believed in its old hold."""
        self.woken_limit = ns

    def check_owners(self, since=0):
        """No instant after a host time had two owners of anything; returns how many tenures
        were looked at."""
        events, woken_limit = self.timeline(), self.woken_limit
        checked = timeline.check_single_owner(events, woken_limit=woken_limit, since=since)
        for service in self.services:
            if timeline.owners_max(events, service, woken_limit, since) > 1:
                raise timeline.SafetyError("two owners of %s" % service)
        return checked

    def problems(self):
        """Splats, silent guests, lost traces: whatever must fail a run."""
        with self.rig.reactor.lock:
            own = [text for m in self.members.values() for text in m.problems()]
        return self.rig.verdict() + own
