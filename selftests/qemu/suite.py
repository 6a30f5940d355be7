# SPDX-License-Identifier: GPL-2.0
"""Test programs that run one after the other inside one guest.

A test is an executable file of a suite's directory (or one built into its build directory)
whose name begins with "test_": it finds the module loaded, says TAP, and exits 0 (passed),
4 (skipped) or otherwise (failed). Lying about is allowed: the other files of that directory
are in the guest too, in /tests. After the last test the module is unloaded; a splat in the
kernel log, a leak that kmemleak finds, or a silent guest fails the run.
"""

import glob
import os
import subprocess
import sys

import mkimage
from agent import JobLost
from reactor import Timeout
from rig import Rig
from tap import Tap

SKIPPED = 4
KERNELS = ("6.12", "6.1", "debug")
UNLOAD = "! test -d /sys/module/vigil || rmmod vigil"


class Suite:
    """What is run where. options are those of vm.Guest. files: (host path, guest path) pairs
    of what is needed besides; prefix: how the names of the tests begin."""

    def __init__(self, name, part, manifest="guest", limit=120, prefix="test_", files=(),
                 **options):
        self.name, self.manifest, self.options = name, manifest, options
        self.prefix, self.files = prefix, list(files)
        self.limit = limit          # seconds for one test
        self.source = os.path.join(mkimage.TOP, "selftests", part)
        self.build = os.path.join(mkimage.TOP, "build", part)

    def tests(self, wanted):
        """Names of the tests, in the order in which they run; those wanted, or all."""
        subprocess.run(["make", "-s", "-C", self.source, "O=" + self.build], check=True,
                       stdout=subprocess.DEVNULL)
        found = [os.path.basename(path) for directory in (self.source, self.build)
                 for path in glob.glob(os.path.join(directory, self.prefix + "*"))
                 if os.access(path, os.X_OK) and os.path.isfile(path)]
        unknown = set(wanted) - set(found)
        if unknown:
            sys.exit("%s: no such test: %s" % (self.name, " ".join(sorted(unknown))))
        return sorted(set(wanted or found))

    def boot(self, rig, kernel_name):
        kernel = mkimage.kernel(kernel_name)
        files = [(path, "/tests/" + os.path.basename(path)) for d in (self.source, self.build)
                 for path in glob.glob(os.path.join(d, "*")) if os.path.isfile(path)]
        files += mkimage.user_programs() + self.files
        initrd = rig.image(self.manifest, kernel, files=files,
                           own_modules=[mkimage.module(kernel_name)])
        options = dict(self.options)
        if kernel_name == "debug":
            options.pop("memory", None)
        return rig.add(kernel_name, kernel, initrd, cpus=2, **options).start().ready(120)

    def run_test(self, tap, guest, name, environment=""):
        """One test, with variables set for it ("A=1 B=2"). False: the guest is no more."""
        title = " ".join(filter(None, (name, environment)))
        job = guest.spawn(
            "cd /tests && exec env %s timeout -k 5 %d ./%s" % (environment, self.limit, name),
            on_line=lambda text, at: tap.say("    " + text),
            log=title.replace(" ", ".") + ".log")
        try:
            rc = job.wait(self.limit + 20)
        except (Timeout, JobLost) as error:
            tap.result(False, title, "%s: %s" % (type(error).__name__, error))
            return False
        if rc == SKIPPED:
            tap.result(True, title, skip="exit %d" % SKIPPED)
        else:
            tap.result(rc == 0, title, "" if rc == 0 else "exit %d" % rc)
        if rc not in (0, SKIPPED):
            tap.comment(bytes(job.err).decode(errors="replace")[-2000:])
        return True

    def run(self, kernel_name, wanted, environments=("",)):
        """All of it; each test once in every environment. The exit code."""
        names = self.tests(wanted)
        rig = Rig("%s-%s" % (self.name, kernel_name))
        tap = Tap(len(names) * len(environments) + 3)
        try:
            guest = self.boot(rig, kernel_name)
            tap.step("load the module", lambda: guest.run("modprobe vigil", 60) and None)
            if all(self.run_test(tap, guest, name, environment)
                   for environment in environments for name in names):
                tap.step("unload the module", lambda: guest.run(UNLOAD, 60) and None)
                problems = rig.verdict()
                found = leaks(guest)
                tap.result(not problems and not found, "kernel log and memory are clean",
                           "; ".join(problems))
                tap.comment(found)
        except (Timeout, JobLost, RuntimeError) as error:
            tap.result(False, "guest", str(error))
        finally:
            rig.close()
        for problem in rig.verdict() if tap.failed else ():
            tap.comment(problem)
        if tap.failed:
            tap.comment("artifacts: %s" % rig.directory)
        return 1 if tap.failed else 0


def leaks(guest):
    """What kmemleak finds; it must look twice, and says nothing about young objects."""
    if guest.run("test -e /sys/kernel/debug/kmemleak", check=False).rc:
        return ""
    guest.run("sleep 6; echo scan >/sys/kernel/debug/kmemleak; sleep 1;"
              "echo scan >/sys/kernel/debug/kmemleak", timeout=120)
    return guest.run("cat /sys/kernel/debug/kmemleak", timeout=60).out


def kernel_argument(arguments):
    """Take the kernel's name off the command line; the newest is the default."""
    return arguments.pop(0) if arguments and arguments[0] in KERNELS else "6.12"
