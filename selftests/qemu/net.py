# SPDX-License-Identifier: GPL-2.0
"""The links between guests, and the faults that can be put on them (switch.c)."""

import os
import subprocess

LINKS = 2


class Network:
    """Ports are numbered like the guests that are plugged in, from 1."""

    def __init__(self, program, directory, ports, links=LINKS):
        self.directory, self.ports, self.links = directory, ports, links
        self._process = subprocess.Popen(
            [program, directory, str(links), str(ports)], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answer("start")

    def _answer(self, order):
        answer = self._process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise RuntimeError("switch: %s: %s" % (order, answer or "it ended"))
        return answer

    def order(self, *words):
        """Returns when the order is in force."""
        line = " ".join(str(word) for word in words)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer(line)

    def qemu_arguments(self, port):
        """A virtio network card on each link for the guest at this port."""
        arguments = []
        for link in range(self.links):
            ends = tuple(os.path.join(self.directory, "link%d.%s%d" % (link, end, port))
                         for end in ("guest", "port"))
            arguments += [
                "-netdev", "dgram,id=link%d,local.type=unix,local.path=%s,"
                "remote.type=unix,remote.path=%s" % ((link,) + ends),
                "-device", "virtio-net-pci,netdev=link%d,mac=52:54:00:00:%02x:%02x,romfile="
                % (link, link, port)]
        return arguments

    def rule(self, link="*", source="*", target="*", **what):
        """cut=0|1, loss=<ppm>, delay=<us>, jitter=<us> for what goes from source to target."""
        return self.order("rule", link, source, target,
                          *("%s=%d" % pair for pair in what.items()))

    def capture(self, directory):
        for link in range(self.links):
            self.order("capture", link, os.path.join(directory, "link%d.pcap" % link))

    def flush(self):
        """All frames so far are in the capture files."""
        self.order("flush")

    def stats(self, link):
        words = self.order("stats", link).split()[2:]
        return {key: int(value) for key, value in (word.split("=") for word in words)}

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(5)
        self._process.stdout.close()
