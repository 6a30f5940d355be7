# SPDX-License-Identifier: GPL-2.0
"""Makes the initramfs of a guest: a large cached part out of packages and kernel
modules, and a small one out of what was just built and what the test adds."""

import glob
import hashlib
import os
import shlex
import subprocess

import image
import modules

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, "build", "qemu")
CACHE = os.path.join(
    os.environ.get("VIGIL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "vigil"), "image")


class Manifest:
    """The words of a *.manifest file and of those it includes, gathered by kind."""

    def __init__(self, name):
        self.paths = []
        self.words = {"package": [], "file": [], "boot": [], "module": [], "busybox": [],
                      "without": []}
        self._read(name)

    def _read(self, name):
        path = os.path.join(HERE, name + ".manifest")
        self.paths.append(path)
        with open(path) as f:
            for number, line in enumerate(f, 1):
                words = shlex.split(line, comments=True)
                if not words:
                    continue
                if words[0] == "include":
                    self._read(words[1])
                elif words[0] in self.words:
                    self.words[words[0]] += words[1:] or [True]
                else:
                    raise image.ImageError("%s:%d: unknown word \"%s\"" % (
                        path, number, words[0]))


def output(*command):
    """What a command printed; what it complains about has gone to standard error."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise image.ImageError("failed: %s" % " ".join(command))
    return done.stdout.strip()


def kernel(name):
    """The test kernel called 6.12, 6.1 or debug."""
    return modules.Kernel(output(os.path.join(HERE, "kernel-cache"), name))


def module(kernel_name):
    """The module under test, which "make module KVER=..." has built."""
    path = os.path.join(TOP, "build", kernel_name, "vigil.ko")
    if not os.path.exists(path):
        raise image.ImageError("%s is not there: make module KVER=%s" % (path, kernel_name))
    return path


def wedge(kernel_name, kern):
    """The module that hangs processors (wedge/), for this kernel."""
    out = os.path.join(BUILD, "wedge-" + kernel_name)
    os.makedirs(out, exist_ok=True)
    for command in (["cp", "-rsf", os.path.join(HERE, "wedge") + "/.", out],
                    ["make", "-s", "-C", os.path.join(kern.directory, "build"), "M=" + out,
                     "modules"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return os.path.join(out, "wedge.ko")


def user_programs():
    """(host path, guest path) of the daemon and the tool, as far as they are built."""
    return [(path, "/usr/sbin/" + name) for name in ("vigild", "vigil", "vigil-witness")
            for path in [os.path.join(TOP, "build", "user", name)] if os.path.exists(path)]


def build_programs():
    """init, client, switch and firmware; make knows whether there is anything to do."""
    subprocess.run(["make", "-s", "-C", HERE, "O=" + BUILD], check=True,
                   stdout=subprocess.DEVNULL)


def _busybox_links(img, without):
    applets = subprocess.run([os.path.join(img.root, "bin/busybox"), "--list-full"],
                             stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    for path in applets:
        name = os.path.basename(path)
        if name not in without and not any(img.has(os.path.join(d, name)) for d in
                   ("usr/bin", "usr/sbin", "usr/local/sbin")):
            img.link(path, "/bin/busybox")


def _fingerprint(paths, *texts):
    digest = hashlib.sha256()
    for path in sorted(paths):
        with open(path, "rb") as f:
            digest.update(path.encode() + b"\0" + f.read())
    digest.update("\0".join(texts).encode())
    return digest.hexdigest()[:16]


def base(manifest, kern):
    """Path of the cached archive with everything but the files under test."""
    root = output(os.path.join(HERE, "deb-cache"), *manifest.words["package"])
    tree = os.path.join(HERE, "tree")
    sources = manifest.paths + glob.glob(os.path.join(HERE, "*.py")) + [
        os.path.join(d, f) for d, _, files in os.walk(tree) for f in files]
    path = os.path.join(CACHE, "%s.cpio" % _fingerprint(sources, root, kern.directory))
    if os.path.exists(path):
        return path
    img = image.Image(root)
    for directory in ("proc", "sys", "dev", "run", "tmp", "root", "var/lib/nginx", "var/log/nginx", "etc"):
        img.directory(directory)
    img.link("var/run", "/run")
    for pattern in manifest.words["file"]:
        img.package_files(pattern)
    img.host_tree(tree, "")
    if manifest.words["busybox"]:
        _busybox_links(img, manifest.words["without"])
    modules.add_modules(img, kern, manifest.words["boot"], manifest.words["module"], [])
    os.makedirs(CACHE, exist_ok=True)
    img.write(path)
    return path


def make(path, manifest_name, kern, files=(), own_modules=()):
    """Write the whole initramfs to path. files: (host path, guest path) pairs, a host
    directory stands for all in it; own_modules: module files, loaded by name later."""
    manifest = Manifest(manifest_name)
    parts = [base(manifest, kern)]
    img = image.Image()
    img.root = None
    img.host_file(os.path.join(BUILD, "init"), "init")
    img.host_file(os.path.join(BUILD, "client"), "usr/bin/client")
    if "qemu-system-x86" in manifest.words["package"]:
        img.host_file(os.path.join(BUILD, "firmware"), "usr/share/firmware", libraries=False)
    for source, target in files:
        if os.path.isdir(source):
            img.host_tree(source, target)
        else:
            img.host_file(source, target)
    if own_modules:
        modules.add_modules(img, kern, manifest.words["boot"], manifest.words["module"],
                            list(own_modules))
    part = path + ".own"
    img.write(part)
    with open(path + ".new", "wb") as out:
        for name in parts + [part]:
            with open(name, "rb") as f:
                out.write(f.read())
    os.rename(path + ".new", path)
    os.unlink(part)
    return path
