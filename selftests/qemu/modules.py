# SPDX-License-Identifier: GPL-2.0
"""Kernel modules for a guest: a few out of a kernel's tree, with what they depend on."""

import os
import shutil
import subprocess
import tempfile

UNPACK = {".xz": ["xz", "-dc"], ".zst": ["zstd", "-dqc"], ".gz": ["gzip", "-dc"]}


class Kernel:
    """A directory that kernel-cache printed."""

    def __init__(self, directory):
        self.directory = directory
        with open(os.path.join(directory, "version")) as f:
            self.version = f.read().strip()
        self.modules = os.path.join(directory, "modules")
        self._paths, self._depends = {}, {}
        with open(os.path.join(self.modules, "modules.dep")) as f:
            for line in f:
                path, _, needed = line.partition(":")
                self._paths[_name(path)] = path
                self._depends[_name(path)] = [_name(n) for n in needed.split()]

    def image(self):
        """What QEMU boots: an ELF kernel starts sooner, it need not unpack itself."""
        plain = os.path.join(self.directory, "vmlinux")
        return plain if os.path.exists(plain) else os.path.join(self.directory, "vmlinuz")

    def closure(self, names):
        """Names with their dependencies, in the order to load them. A name that is no
        module of this kernel is taken for built in: whoever needs it will find out."""
        order = []

        def add(name):
            if name in order or name not in self._paths:
                return
            for needed in reversed(self._depends[name]):
                add(needed)
            order.append(name)

        for name in names:
            add(name.replace("-", "_"))
        return order

    def path(self, name):
        """Where a module lies below /lib/modules/<version>, unpacked."""
        path = self._paths[name]
        return os.path.splitext(path)[0] if os.path.splitext(path)[1] in UNPACK else path

    def content(self, name):
        source = os.path.join(self.modules, self._paths[name])
        command = UNPACK.get(os.path.splitext(source)[1])
        if not command:
            with open(source, "rb") as f:
                return f.read()
        return subprocess.run(command + [source], stdout=subprocess.PIPE, check=True).stdout


def _name(path):
    return os.path.basename(path).split(".")[0].replace("-", "_")


def depends(path):
    """Names a module file says it depends on."""
    out = subprocess.run(["modinfo", "-F", "depends", path], stdout=subprocess.PIPE,
                         check=True, text=True).stdout
    return [name for name in out.strip().split(",") if name]


def add_modules(image, kernel, boot, available, own):
    """Put modules into an image: boot ones are loaded by init, available ones and own
    ones (files outside the kernel's tree) can be loaded by modprobe."""
    for path in own:
        available = available + depends(path)
    base = "usr/lib/modules/%s" % kernel.version
    order = kernel.closure(boot)
    for name in kernel.closure(boot + available):
        image.text(os.path.join(base, kernel.path(name)), kernel.content(name))
    image.text("etc/boot-modules", "".join(
        "/%s/%s\n" % (base, kernel.path(name)) for name in order))
    for path in own:
        image.text("%s/extra/%s" % (base, os.path.basename(path)), _stripped(path))
    _index(image, kernel, base)


def _stripped(path):
    """Without debug information: a tenth of the size. BTF is kept."""
    with tempfile.NamedTemporaryFile() as f:
        subprocess.run(["strip", "--strip-debug", "-o", f.name, path], check=True)
        return f.read()


def _index(image, kernel, base):
    """modules.dep and its companions for just these modules."""
    with tempfile.TemporaryDirectory() as tree:
        top = os.path.join(tree, base)
        os.makedirs(top)
        os.symlink("usr/lib", os.path.join(tree, "lib"))
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            if os.path.exists(os.path.join(kernel.modules, name)):
                shutil.copy(os.path.join(kernel.modules, name), top)
        for path, (_, data) in image.entries.items():
            if path.startswith(base) and path.endswith(".ko"):
                os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
                with open(os.path.join(tree, path), "wb") as f:
                    f.write(data)
        subprocess.run(["depmod", "-b", tree, kernel.version], check=True,
                       stderr=subprocess.DEVNULL)
        for name in os.listdir(top):
            if name.startswith("modules."):
                image.host_file(os.path.join(top, name), "%s/%s" % (base, name))
