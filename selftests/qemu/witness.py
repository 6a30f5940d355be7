# SPDX-License-Identifier: GPL-2.0
"""A guest that only votes: it runs vigil-witness, as an ordinary user, and has no module.

The file of the key is that user's. As any machine it comes back by itself.
"""

import re

# Nobody's number, as nobody can do nothing but this.
WITNESS = """test ! -e /sys/module/vigil && chown 65534 /etc/vigil/key || exit
exec perl -e '$( = $) = "65534 65534"; $< = $> = 65534; exec @ARGV' vigil-witness -d 2>&1
"""


class Witness:
    def __init__(self, guest, config, key):
        self.guest, self.name, self.id = guest, guest.name, guest.number
        self.config, self.key = config, key
        self.job = None
        guest.at_boot.append(self._booted)

    def _booted(self, guest):
        guest.agent.put("/etc/vigil/vigil.conf", self.config.encode(), 0o644)
        guest.agent.put("/etc/vigil/key", self.key.encode(), 0o600)
        self.begin()

    def begin(self):
        self.job = self.guest.spawn(WITNESS, log="witness.log")

    def lives(self):
        return self.job is not None and not self.job.ended()

    def kill(self, signal=9):
        self.job.kill(signal)
        return self.job.wait(10)

    def wait(self, text, seconds=10):
        """A line of this run's log; the first that matches."""
        return self.job.wait_line(text, seconds)

    def said(self, pattern):
        """Lines of this run's log that match."""
        expression = re.compile(pattern)
        return [line for _, line in self.job.lines if expression.search(line)]
