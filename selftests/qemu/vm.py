# SPDX-License-Identifier: GPL-2.0
"""One emulated machine: boot it, talk to it, and do to it what fate does to machines.

A guest has a life of several boots (it may reset itself); each boot has a clock of its
own. `events` tells what happened to the machine as a whole, on the host's clock.
"""

import ctypes
import functools
import os
import signal
import socket
import subprocess

import mkimage
from agent import Agent
from clock import ClockMap
from console import Console
from qmp import Qmp
from reactor import TIME_FACTOR, now

CLOCK_PERIOD = 0.1          # seconds between clock questions
SILENCE = 10                # a guest that should run and does not answer for so long failed
# norandmaps: with address randomisation the emulator translates every program anew at
# every start; without, starting one takes 5 ms instead of 30. no_timer_check: on a busy
# host the boot-time check of the timer interrupt fails for want of time.
KERNEL_OPTIONS = ("console=ttyS0 loglevel=5 panic=0 mitigations=off nokaslr norandmaps "
                  "random.trust_cpu=on audit=0 clocksource=hpet no_timer_check")


# mmap, read and madvise(MADV_HWPOISON) by their numbers.
SPOIL_PAGE = """exec perl -e '
    open(my $zero, "<", "/dev/zero") or die;
    my $page = syscall(9, 0, 4096, 3, 0x22, -1, 0);
    $page > 0 && syscall(0, fileno($zero), $page, 4096) == 4096 or die;
    syscall(28, $page, 4096, 100) == 0 or die "madvise: $!";'
"""
SIGBUS = 7


@functools.cache
def tsc_option():
    """The rate of the time stamp counter, which is the host's. A guest that measures it while the
    host has no time for it may find it 70 times too slow: its scheduler and its own guests then
    live 70 times too fast, and it sees lockups."""
    khz = int(subprocess.run([os.path.join(mkimage.BUILD, "tsc")], check=True, text=True,
                             stdout=subprocess.PIPE).stdout)
    return "tsc_early_khz=%d" % khz if khz else ""


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_parent():
    """For preexec_fn: no emulator outlives the run that started it, however that ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Boot:
    def __init__(self, number, since):
        self.number, self.since = number, since
        self.id = None
        self.clock = ClockMap(since)


class Result:
    def __init__(self, job):
        self.rc = job.rc
        self.out, self.err = (bytes(data).decode(errors="replace")
                              for data in (job.out, job.err))


class CommandFailed(Exception):
    pass


class Guest:
    """State: "off", "on", "stalled" or "paused" (by us), "reset" (by itself, and held).
    counted: its clock counts instructions, 2 ns each, whatever the host has time for."""

    def __init__(self, reactor, name, number, kernel, initrd, directory, network=None,
                 memory=256, cpus=1, options="", devices=(), hold_on_reset=False,
                 cpu="max", counted=False):
        self.reactor, self.name, self.number = reactor, name, number
        self.kernel, self.initrd, self.network = kernel, initrd, network
        self.directory = os.path.join(directory, name)
        self.memory, self.cpus, self.cpu, self.options = memory, cpus, cpu, options
        self.devices, self.hold_on_reset, self.counted = list(devices), hold_on_reset, counted
        self.state = "off"
        self.boots, self.events, self.problems = [], [], []
        self.at_boot = []           # called with the guest at each hello, in the reactor
        self.console = self.agent = self.qmp = self.process = None
        self._heard = 0
        self._silence = None        # None: counts; a reason why silence is all right
        self._starts = 0
        os.makedirs(self.directory, exist_ok=True)
        self._timer = reactor.every(CLOCK_PERIOD, self._tick)

    # ---- life

    def start(self):
        """Power on; ready() waits until it can be talked to."""
        pairs = [socket.socketpair() for _ in range(3)]
        fds = [theirs.fileno() for _, theirs in pairs]
        self._starts += 1
        name = "console.log" if self._starts == 1 else "console-%d.log" % self._starts
        log = open(os.path.join(self.directory, "qemu.log"), "ab")
        self.process = subprocess.Popen(self._command(fds), pass_fds=fds, stdout=log,
                                        stderr=log, stdin=subprocess.DEVNULL,
                                        preexec_fn=die_with_parent)
        log.close()
        for _, theirs in pairs:
            theirs.close()
        with self.reactor.lock:
            self.state, self._silence = "on", "booting"
            self._new_boot(now())
            self.console = Console(self.reactor, pairs[0][0],
                                   os.path.join(self.directory, name), self._panic)
            self.agent = Agent(self.reactor, pairs[1][0], self._hello, self._clock)
            self.qmp = Qmp(self.reactor, pairs[2][0], self._qmp_event)
            self._event("start")
        return self

    def _command(self, fds):
        append = "%s %s rig.name=%s rig.id=%d %s" % (
            KERNEL_OPTIONS, "" if self.counted else tsc_option(), self.name, self.number,
            self.options)
        command = [
            "qemu-system-x86_64", "-name", self.name,
            "-accel", "tcg,thread=" + ("single" if self.counted else "multi"),
            "-cpu", self.cpu, "-M", "q35,usb=off,sata=off,smbus=off,vmport=off,hpet=on",
            "-m", str(self.memory), "-smp", str(self.cpus), "-nodefaults", "-no-user-config",
            "-display", "none", "-action", "reboot=shutdown,shutdown=pause",
            "-kernel", self.kernel.image(), "-initrd", self.initrd, "-append", append]
        for name, fd in zip(("console", "agent", "qmp"), fds):
            command += ["-chardev", "socket,id=%s,fd=%d" % (name, fd)]
        command += ["-serial", "chardev:console", "-mon", "chardev=qmp,mode=control",
                    "-device", "virtio-serial-pci,max_ports=2",
                    "-device", "virtserialport,chardev=agent,name=org.vigil.agent,nr=1"]
        for device in self.devices:
            command += ["-device", device]
        if self.counted:
            command += ["-icount", "shift=1,sleep=off"]
        if self.network:
            command += self.network.qemu_arguments(self.number)
        return command

    def ready(self, timeout=60):
        self.reactor.wait_for(lambda: self.boots[-1].id or self.problems, timeout,
                              "agent in %s" % self.name)
        if self.problems:
            raise RuntimeError("%s: %s" % (self.name, self.problems[0][1]))
        return self

    def up(self):
        return self.state == "on" and self.boots[-1].id is not None

    # ---- what it says (called in the reactor, or with its lock held)

    def _event(self, kind, at=None):
        at = now() if at is None else at
        self.events.append((at, kind))
        if self.console:
            self.console.note(at, kind)

    def _problem(self, text, at=None):
        self.problems.append((now() if at is None else at, text))
        self._event("PROBLEM: " + text, at)

    def _new_boot(self, at):
        if self.boots and not self.boots[-1].id:
            self.boots.pop()
        self.boots.append(Boot(len(self.boots), at))

    def _hello(self, boot_id, guest_ns, at):
        boot = self.boots[-1]
        boot.id = boot_id
        self._heard, self._silence = at, None
        self._event("hello", at)
        for callback in self.at_boot:
            callback(self)

    def _clock(self, guest_ns, sent, received):
        boot = self.boots[-1]
        self._heard = received
        if boot.id:
            boot.clock.sample(guest_ns, sent, received)

    def _qmp_event(self, name, data, at):
        """A reset stops the machine at once and tells us; only then we really reset it.
        (QEMU's own way loads kernel and initramfs anew before it says anything, 0.2 s
        too late for a timeline.)"""
        if name == "SHUTDOWN":
            self.agent.gone()
            if data.get("reason") == "guest-reset":
                # Kernels try several ways at once: the last may hit the next boot.
                if self.boots[-1].id:
                    self._event("reset", at)
                self._silence, self.state = "reset", "reset"
                if not self.hold_on_reset:
                    self.reboot()
            else:
                self._event("shutdown", at)
                self._silence = "shutdown"
                self.qmp.submit("quit")
        elif name == "WATCHDOG":
            self._event("watchdog", at)
        elif name == "RESET" and self.state == "reset":
            self.agent.gone()
            self._new_boot(at)
            self.state = "on"
            self.qmp.submit("set-action", reboot="shutdown")
            self.qmp.submit("cont")

    def reboot(self):
        """Start a machine again that has reset itself."""
        self.qmp.submit("set-action", reboot="reset")
        self.qmp.submit("system_reset")

    def _panic(self, at):
        self._silence = "panic"
        self._event("panic", at)

    def _tick(self):
        if self.process is None or self.state == "off":
            return
        if self.process.poll() is not None:
            self._ended()
        elif self.state == "on" and self.boots[-1].id:
            self.agent.ask_clock()
            if not self._silence and now() - self._heard > SILENCE * 1e9 * max(1.0, TIME_FACTOR):
                self._silence = "reported"
                self._problem("silent for %d s" % SILENCE)

    def _ended(self):
        self.state = "off"
        self.agent.gone()
        self._event("off")
        if self.process.returncode and not self._silence:
            self._problem("emulator ended with %d: see qemu.log" % self.process.returncode)

    # ---- talk

    def spawn(self, command, on_line=None, log=None):
        """Start a command and go on; log names a file that takes all it says."""
        path = log and os.path.join(self.directory, log)
        return self.agent.start(command, on_line, open(path, "ab") if path else None)

    def run(self, command, timeout=10, check=True):
        """Run a shell command to its end: a Result with rc, out, err."""
        job = self.agent.start(command)
        job.wait(timeout)
        result = Result(job)
        if check and result.rc != 0:
            raise CommandFailed("%s: %s: exit %d\n%s%s" % (
                self.name, command, result.rc, result.out, result.err))
        return result

    def put(self, path, data, mode=0o644, timeout=10):
        data = data.encode() if isinstance(data, str) else data
        if self.agent.put(path, data, mode).wait(timeout) != 0:
            raise CommandFailed("%s: cannot write %s" % (self.name, path))

    def get(self, path, timeout=10):
        job = self.agent.start("cat '%s'" % path)
        if job.wait(timeout) != 0:
            raise CommandFailed("%s: cannot read %s" % (self.name, path))
        return bytes(job.out)

    def host_time(self, guest_ns, boot=-1):
        """(earliest, latest) host time of an instant of the guest's CLOCK_BOOTTIME."""
        clock = self.boots[boot].clock
        return self.reactor.wait_for(lambda: clock.bounds(guest_ns), 10,
                                     "clock answer of %s" % self.name)

    # ---- faults

    def expect_silence(self, why):
        with self.reactor.lock:
            self._silence = why

    def crash(self):
        """Kernel panic; with panic=0 it hangs there, like a machine nobody watches."""
        with self.reactor.lock:
            self.console.allow(".")
            self._silence = "crashed"
            self._event("crash")
        self.agent.start("echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger")
        return self.console.wait("sysrq: Trigger a crash|Kernel panic", 10, self.events[-1][0])

    def wedge(self, cpu=None):
        """All its processors (or one of them) spin with interrupts off, for good."""
        with self.reactor.lock:
            self._silence, begun = "wedged", now()
        self.agent.start("modprobe wedge everywhere=1" if cpu is None else
                         "exec taskset -c %d modprobe wedge" % cpu)
        self.console.wait("wedge: hanging", 10, begun)
        with self.reactor.lock:
            self._event("wedge" if cpu is None else "wedge cpu %d" % cpu)

    def poweroff(self):
        """The plug is pulled: the emulator dies between two instructions."""
        with self.reactor.lock:
            self._silence = "powered off"
            self._event("poweroff")
            self.process.kill()
        self.process.wait()
        with self.reactor.lock:
            self.state = "off"
            self.agent.gone()
            self._event("off")

    def reset(self):
        """The reset button."""
        with self.reactor.lock:
            self._silence, self.state = "reset", "reset"
            self.qmp.submit("stop")
            self._event("reset")
            self.reboot()

    def stall(self):
        """Nothing runs but the clock: firmware, or a host without time for its guest."""
        with self.reactor.lock:
            self._silence, self.state = "stalled", "stalled"
            self._event("stall")
            os.kill(self.process.pid, signal.SIGSTOP)

    def unstall(self):
        with self.reactor.lock:
            self._event("unstall")
            self.state, self._silence, self._heard = "on", None, now()
            os.kill(self.process.pid, signal.SIGCONT)

    def pause(self):
        """A paused virtual machine: its clock stops too."""
        self.expect_silence("paused")
        with self.reactor.lock:
            self.state = "paused"
        self._paused_at = now()
        self.qmp.command("stop")
        with self.reactor.lock:
            self._event("pause")

    def cont(self):
        self.qmp.command("cont")
        with self.reactor.lock:
            at = now()
            self.boots[-1].clock.stopped(self._paused_at, at)
            self._event("cont", at)
            self.state, self._silence, self._heard = "on", None, at

    def spoil_page(self):
        """A page of its memory goes bad. Its owner may die of it, as of a real one."""
        done = self.run(SPOIL_PAGE, check=False)
        if done.rc not in (0, -SIGBUS):
            raise CommandFailed("%s: no bad page: exit %d, %s" % (self.name, done.rc, done.err))

    # ---- end

    def verdict(self):
        """Everything wrong with this guest so far: a list of texts."""
        with self.reactor.lock:
            found = list(self.problems)
            if self.console:
                found += self.console.splats
        return ["%s: %.3f %s" % (self.name, at / 1e9, text) for at, text in sorted(found)]

    def close(self):
        self.reactor.cancel(self._timer)
        if self.process is None:
            return
        self.expect_silence("closed")
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for stream in (self.agent.stream, self.qmp.stream):
            stream.close()
        self.console.close()
        self.state = "off"
