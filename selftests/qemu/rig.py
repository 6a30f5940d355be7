# SPDX-License-Identifier: GPL-2.0
"""A set of guests on common links, and a directory for all they leave behind."""

import os
import shutil
import tempfile

import mkimage
from net import Network
from reactor import Reactor, now
from vm import Guest

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
# A kernel with its checkers on needs more of everything.
MEMORY = {"debug": 1024}


class Rig:
    """Guests are numbered from 1, in the order in which they are added."""

    def __init__(self, name, ports=8, capture=True):
        self.directory = os.path.join(mkimage.TOP, "build", "artifacts", name)
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        mkimage.build_programs()
        self._sockets = tempfile.mkdtemp(prefix="vigil-")
        self.reactor = Reactor()
        self.network = Network(os.path.join(mkimage.BUILD, "switch"), self._sockets, ports)
        if capture:
            self.network.capture(self.directory)
        self.guests = []

    def image(self, manifest, kernel, **what):
        """An initramfs of this rig's own; arguments as mkimage.make()."""
        path = os.path.join(self._sockets, "%s-%d.cpio" % (manifest, len(os.listdir(
            self._sockets))))
        return mkimage.make(path, manifest, kernel, **what)

    def add(self, kernel_name, kernel, initrd, name=None, **options):
        number = len(self.guests) + 1
        options.setdefault("memory", MEMORY.get(kernel_name, 256))
        guest = Guest(self.reactor, name or NAMES[number - 1], number, kernel, initrd,
                      self.directory, self.network, **options)
        self.guests.append(guest)
        return guest

    # ---- links; guests by object, None stands for all

    def cut(self, link="*", source=None, target=None):
        """Nothing passes from source to target. cut(0, a); cut(0, None, a): both ways."""
        self._rule(link, source, target, cut=1)

    def heal(self, link="*", source=None, target=None):
        self._rule(link, source, target, cut=0, loss=0, delay=0, jitter=0)

    def isolate(self, guest, link="*"):
        """The guest's cables are pulled out."""
        self.cut(link, guest)
        self.cut(link, None, guest)

    def rejoin(self, guest, link="*"):
        self.heal(link, guest)
        self.heal(link, None, guest)

    def lose(self, share, link="*", source=None, target=None):
        """This share (0..1) of the frames is lost."""
        self._rule(link, source, target, loss=int(share * 1e6))

    def _rule(self, link, source, target, **what):
        numbers = [g.number if g else "*" for g in (source, target)]
        self.network.rule(link, *numbers, **what)
        with self.reactor.lock:
            words = " ".join("%s=%s" % pair for pair in what.items())
            for guest in self.guests:
                if guest.state != "off" and guest in (source, target):
                    guest.events.append((now(), "link %s %s" % (link, words)))

    # ---- end

    def verdict(self):
        return [problem for guest in self.guests for problem in guest.verdict()]

    def close(self):
        for guest in self.guests:
            guest.close()
        self.network.close()
        self.reactor.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)
