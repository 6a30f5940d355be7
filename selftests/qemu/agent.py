# SPDX-License-Identifier: GPL-2.0
"""The host's end of the agent in a guest (agent.h): jobs, files and clock questions."""

import struct

from reactor import Stream, now

HEADER = struct.Struct("<c3sII")
MAGIC = b"vgl"


class JobLost(Exception):
    """The guest went away (reset, crash, power off) before the job ended."""


class Job:
    """A command in the guest. lines are (host time, text), as they came."""

    def __init__(self, agent, number, command, on_line, log):
        self.agent, self.number, self.command = agent, number, command
        self.on_line, self.log = on_line, log
        self.rc = None              # exit code, or minus the signal
        self.lost = False
        self.out, self.err = bytearray(), bytearray()
        self.lines = []
        self._partial = b""

    def output(self, data, at):
        if self.log:
            self.log.write(data)
            self.log.flush()
        self.out += data
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            self.lines.append((at, text))
            if self.on_line:
                self.on_line(text, at)

    def error(self, data):
        if self.log:
            self.log.write(data)
            self.log.flush()
        self.err += data

    def ended(self):
        return self.rc is not None or self.lost

    def wait(self, timeout):
        self.agent.reactor.wait_for(self.ended, timeout, "end of: %s" % self.command)
        if self.lost:
            raise JobLost(self.command)
        return self.rc

    def wait_line(self, wanted, timeout):
        """The first line, old or new, that contains a text: (host time, line)."""
        def find():
            return next((pair for pair in self.lines if wanted in pair[1]), None)
        return self.agent.reactor.wait_for(find, timeout, "line \"%s\" from: %s" % (
            wanted, self.command))

    def kill(self, signal=15):
        self.agent.send(b"K", self.number, b"%d" % signal)


class Agent:
    """on_hello(boot id, guest time, host time) at each boot; on_clock(guest, sent, received)."""

    def __init__(self, reactor, sock, on_hello, on_clock):
        self.reactor, self.on_hello, self.on_clock = reactor, on_hello, on_clock
        self.jobs = {}
        self._buffer = bytearray()
        self._next = 0
        self._asked = {}
        self.stream = Stream(reactor, sock, self._data)

    def send(self, kind, number, payload=b""):
        self.stream.send(HEADER.pack(kind, MAGIC, number, len(payload)) + payload)

    def _number(self):
        with self.reactor.lock:
            self._next += 1
            return self._next

    def start(self, command, on_line=None, log=None):
        job = Job(self, self._number(), command, on_line, log)
        with self.reactor.lock:
            self.jobs[job.number] = job
            self.send(b"R", job.number, command.encode())
        return job

    def put(self, path, data, mode):
        job = Job(self, self._number(), "put " + path, None, None)
        with self.reactor.lock:
            self.jobs[job.number] = job
            self.send(b"P", job.number, path.encode() + b"\0%o\0" % mode + data)
        return job

    def ask_clock(self):
        number = self._number()
        with self.reactor.lock:
            self._asked[number] = now()
            self.send(b"C", number)

    def gone(self):
        """The guest stopped existing: its jobs with it, and any half of a frame."""
        self.stream.receive()
        self._buffer.clear()
        for job in self.jobs.values():
            job.lost = True
        self.jobs.clear()

    def _data(self, data, at):
        self._buffer += data
        while True:
            start = self._buffer.find(MAGIC)
            if start < 0:
                break
            if start == 0:
                del self._buffer[:len(MAGIC)]
                continue
            del self._buffer[:start - 1]
            if len(self._buffer) < HEADER.size:
                break
            kind, _, number, length = HEADER.unpack_from(self._buffer)
            if len(self._buffer) < HEADER.size + length:
                break
            payload = bytes(self._buffer[HEADER.size:HEADER.size + length])
            del self._buffer[:HEADER.size + length]
            self._frame(kind, number, payload, at)

    def _frame(self, kind, number, payload, at):
        if kind == b"H":
            boot_id, guest_ns = payload.decode().rsplit(" ", 1)
            self.on_hello(boot_id, int(guest_ns), at)
        elif kind == b"C":
            if number in self._asked:
                self.on_clock(int(payload), self._asked.pop(number), at)
        elif number in self.jobs:
            job = self.jobs[number]
            if kind == b"O":
                job.output(payload, at)
            elif kind == b"E":
                job.error(payload)
            elif kind == b"X":
                job.rc = int(payload)
                del self.jobs[number]
