# SPDX-License-Identifier: GPL-2.0
"""A guest that is a node of a cluster: its configuration, its daemon, what it traced.

Everything is set up anew at each boot, by itself: a machine that was reset comes back
into the cluster as one with an init system would.
"""

import json
import re

from agent import JobLost
from timeline import parse_trace

# In the order in which they are decided. Beats would drown the rest.
TRACEPOINTS = ("vigil_node", "vigil_claim", "vigil_vote", "vigil_fence", "vigil_daemon",
               "vigil_watch_state", "vigil_watch_deadline", "vigil_oversleep")
TRACE = """cd /sys/kernel/tracing && echo boot >trace_clock && modprobe vigil &&
for e in %s; do echo 1 >events/vigil/$e/enable || exit; done && exec cat trace_pipe
""" % " ".join(TRACEPOINTS)
# The tracer loads the module, and nothing may be missing from its trace.
DAEMON = """mkdir -p /run/vigil
until [ -e /sys/kernel/tracing/events/vigil/%s/enable ] &&
	grep -q 1 /sys/kernel/tracing/events/vigil/%s/enable; do sleep 0.02; done
exec vigild%%s 2>&1
""" % (TRACEPOINTS[-1], TRACEPOINTS[-1])
# Answers of two commands, a line that cannot be JSON between them.
STATUS = "vigil -j; echo ---; vigil -j service"
MAY_RUN = ("held", "lost")


class Member:
    def __init__(self, guest, node_id, voter, config, key, debug):
        self.guest, self.id, self.voter = guest, node_id, voter
        self.name = guest.name
        self.config, self.key, self.debug = config, key, debug
        self.autostart = True       # the daemon starts at boot
        self.trace = []             # (host time of arrival, boot, line)
        self.claims = {}            # claim -> its state in this boot
        self.tracer = self.daemon = None
        guest.at_boot.append(self._booted)

    def _booted(self, guest):
        boot = guest.boots[-1]
        self.claims = {}
        self.daemon = None
        self.tracer = guest.spawn(TRACE, log="trace.log",
                                  on_line=lambda line, at: self._traced(boot, line, at))
        guest.agent.put("/etc/vigil/vigil.conf", self.config.encode(), 0o644)
        guest.agent.put("/etc/vigil/key", self.key.encode(), 0o600)
        if self.autostart:
            self.start_daemon()

    def _traced(self, boot, line, at):
        self.trace.append((at, boot, line))
        parsed = parse_trace(line)
        if parsed and parsed[1] == "vigil_claim":
            self.claims[parsed[2]["claim"]] = parsed[2]["to"]

    # ---- its daemon

    def start_daemon(self):
        self.daemon = self.guest.spawn(DAEMON % (" -d" if self.debug else ""),
                                       log="vigild.log")
        return self.daemon

    def kill_daemon(self, signal=9):
        """To the daemon alone: what it runs has groups of its own, and goes on."""
        job = self.daemon
        job.kill(signal)
        return job.wait(10)

    def daemon_lives(self):
        return self.daemon is not None and not self.daemon.ended()

    # ---- what it says

    def lines(self, pattern, since=0):
        """Matching lines of the trace that arrived after a host time."""
        expression = re.compile(pattern)
        return [line for at, _, line in self.trace
                if at >= since and expression.search(line)]

    def alive(self):
        """On, and not asleep, in a panic or wedged."""
        return self.guest.up() and self.guest.events[-1][1] not in ("crash", "panic", "wedge",
                                                                    "watchdog")

    def may_run(self, claim):
        return self.alive() and self.claims.get(claim) in MAY_RUN

    def status(self):
        """(kernel's view, daemon's view) as the tool prints them; None for what does not
        answer."""
        try:
            out = self.guest.run(STATUS, timeout=20, check=False).out
        except JobLost:
            return None, None
        return tuple(_json(part) for part in out.split("---\n"))

    def problems(self):
        """What makes the rest of its evidence worthless."""
        found = []
        if self.guest.up() and self.tracer and self.tracer.ended():
            found.append("%s: its trace ended: %s" % (
                self.name, bytes(self.tracer.err).decode(errors="replace")[-300:]))
        found += ["%s: %s" % (self.name, line) for _, _, line in self.trace
                  if "LOST" in line and "EVENTS" in line]
        return found


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
