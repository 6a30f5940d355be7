# SPDX-License-Identifier: GPL-2.0
"""A guest's serial console: kept in a file with host times, and watched for splats."""

import re

from reactor import Stream

# What no test may leave in a kernel log. A test that provokes one says so first.
SPLATS = re.compile("|".join((
    r"\bBUG:", r"\bWARNING:", r"\bKASAN", r"\bUBSAN:", r"\bKCSAN", r"\bOops\b",
    r"general protection fault", r"Kernel panic", r"invalid opcode", r"kernel BUG at",
    r"INFO: task .* blocked for more than", r"INFO: possible (recursive|circular) locking",
    r"INFO: inconsistent lock state", r"INFO: suspicious RCU usage", r"suspicious RCU usage",
    r"INFO: rcu.*(stall|self-detected)", r"rcu:.*(stall|self-detected)", r"possible deadlock",
    r"soft lockup", r"[Hh]ard LOCKUP", r"sleeping function called", r"scheduling while atomic",
    r"bad unlock balance", r"lock held when returning", r"still has locks held",
    r"list_(add|del) corruption", r"ODEBUG:", r"refcount_t:", r"use-after-free",
    r"kmemleak: \d+ new", r"unreferenced object 0x", r"Out of memory:", r"segfault at",
    r"page allocation failure",
    r"init: (mount|module|address|link)",
)))
NOTHING = re.compile(r"(?!)")


class Console:
    def __init__(self, reactor, sock, path, on_panic):
        self.reactor, self.on_panic = reactor, on_panic
        self.lines = []             # (host time, text)
        self.splats = []
        self._allowed = NOTHING
        self._partial = b""
        self._file = open(path, "w", errors="replace")
        self.stream = Stream(reactor, sock, self._data)

    def _data(self, data, at):
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip("\r")
            self.lines.append((at, text))
            self._file.write("%.6f %s\n" % (at / 1e9, text))
            if "Kernel panic - not syncing" in text:
                self.on_panic(at)
            if SPLATS.search(text) and not self._allowed.search(text):
                self.splats.append((at, text))
        self._file.flush()

    def note(self, at, text):
        """A line of the rig's own in the log."""
        self._file.write("%.6f === %s\n" % (at / 1e9, text))
        self._file.flush()

    def allow(self, pattern=None):
        """From now on lines that match are no splats; None: all count again."""
        with self.reactor.lock:
            self._allowed = re.compile(pattern) if pattern else NOTHING

    def wait(self, pattern, timeout, since=0):
        """The first line after host time `since` that matches: (host time, text)."""
        expression = re.compile(pattern)

        def find():
            return next((pair for pair in self.lines
                         if pair[0] >= since and expression.search(pair[1])), None)
        return self.reactor.wait_for(find, timeout, "console line %r" % pattern)

    def close(self):
        self.stream.close()
        with self.reactor.lock:
            if not self._file.closed:
                self._file.close()
