# SPDX-License-Identifier: GPL-2.0
"""The file tree of a guest, written as an initramfs (cpio, format newc).

Files come from an unpacked package root (see deb-cache), from the host's own builds,
or as text. The kernel unpacks archives that follow one another in one file, so a
test's own files make a small archive behind the large cached one.
"""

import glob
import os
import stat

import elf

LIBRARY_DIRS = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "lib", "usr/lib",
                "usr/lib/x86_64-linux-gnu/systemd")


# As on an installed Debian 12, these are links into /usr.
MERGED = ("bin", "sbin", "lib", "lib64")


class ImageError(Exception):
    pass


def _merged(path):
    path = os.path.normpath(path.strip("/"))
    return "usr/" + path if path.split("/")[0] in MERGED and "/" in path else path


class Image:
    """Paths in the guest (no leading slash) and what is there."""

    def __init__(self, root=None):
        self.root = root            # unpacked packages, or None
        self.entries = {}           # path -> (mode, bytes)
        for name in MERGED if root else ():
            self.link(name, "usr/" + name)
            self.directory("usr/" + name)

    def has(self, path):
        return _merged(path) in self.entries

    def directory(self, path, mode=0o755):
        path = _merged(path) if path else ""
        if path and path not in self.entries:
            self.directory(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | mode, b"")

    def link(self, path, target):
        path = _merged(path)
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def text(self, path, content, mode=0o644):
        path = _merged(path)
        self.directory(os.path.dirname(path))
        data = content.encode() if isinstance(content, str) else content
        self.entries[path] = (stat.S_IFREG | mode, data)

    def host_file(self, source, path, libraries=True):
        """One file of the host at a path of the guest, with the libraries it needs."""
        try:
            with open(source, "rb") as f:
                data = f.read()
        except OSError as error:
            raise ImageError("%s: %s" % (source, error.strerror)) from error
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.text(path, data, mode)
        if libraries:
            self._libraries(source, data)

    def host_tree(self, source, path):
        for directory, _, files in os.walk(source):
            for name in files:
                full = os.path.join(directory, name)
                self.host_file(full, os.path.join(path, os.path.relpath(full, source)))

    def package_files(self, pattern):
        """Files of the unpacked packages whose paths match; directories with all in them."""
        found = sorted(glob.glob(os.path.join(self.root, pattern.strip("/"))))
        if not found:
            raise ImageError("no file of the packages matches %s" % pattern)
        for full in found:
            self._package_path(os.path.relpath(full, self.root))

    def _package_path(self, path):
        full = os.path.join(self.root, path)
        if os.path.islink(full):
            self.link(path, os.readlink(full))
            target = os.path.normpath(os.path.join(
                "" if os.readlink(full).startswith("/") else os.path.dirname(path),
                os.readlink(full).lstrip("/")))
            if not self.has(target) and os.path.exists(os.path.join(self.root, target)):
                self._package_path(target)
        elif os.path.isdir(full):
            self.directory(path)
            for name in os.listdir(full):
                self._package_path(os.path.join(path, name))
        elif os.path.isfile(full):
            self.host_file(full, path)

    def _libraries(self, source, data):
        interpreter, names = elf.needs(data)
        if interpreter and not self.has(interpreter):
            self._library(os.path.basename(interpreter), source, interpreter)
        for name in names:
            if not any(self.has(os.path.join(d, name)) for d in LIBRARY_DIRS):
                self._library(name, source)

    def _library(self, name, needed_by, path=None):
        """From the packages if they have it. What was built on the host may also need the
        host's: the same Debian release. Packages must be complete among themselves, or
        the image would depend on what this host happens to have."""
        packaged = self.root and source_below(needed_by, self.root)
        for base in filter(None, (self.root, None if packaged else "/")):
            for directory in LIBRARY_DIRS:
                full = os.path.join(base, directory, name)
                if os.path.isfile(full):
                    self.host_file(os.path.realpath(full) if base == "/" else full,
                                   path or os.path.join(directory, name))
                    return
        raise ImageError("%s needs %s, which neither the packages nor the host have"
                         % (needed_by, name))

    def write(self, path):
        """Write the archive; parents before children, so that they exist when unpacked."""
        with open(path + ".new", "wb") as f:
            for number, name in enumerate(sorted(self.entries), 1):
                mode, data = self.entries[name]
                _cpio_entry(f, number, name, mode, data)
            _cpio_entry(f, 0, "TRAILER!!!", 0, b"")
            f.write(b"\0" * (-f.tell() % 512))
        os.rename(path + ".new", path)


def source_below(path, directory):
    return os.path.realpath(path).startswith(os.path.realpath(directory) + "/")


def _cpio_entry(f, number, name, mode, data):
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    f.write(b"070701" + b"".join(b"%08x" % field for field in fields) + encoded)
    f.write(b"\0" * (-f.tell() % 4))
    f.write(data)
    f.write(b"\0" * (-f.tell() % 4))
