# SPDX-License-Identifier: GPL-2.0
"""One thread that reads everything the guests say, and stamps it with host time.

All state of the rig changes in this thread, or elsewhere with `Reactor.lock` held; whoever
waits for something waits here, by wait_for(), never by sleeping a while.
"""

import collections
import os
import selectors
import socket
import threading
import time

# Patience only: no limit that a test asserts may be multiplied by this.
TIME_FACTOR = float(os.environ.get("VIGIL_TIME_FACTOR", "1"))


class Timeout(Exception):
    pass


def now():
    """Host time of all timelines: CLOCK_MONOTONIC in nanoseconds."""
    return time.monotonic_ns()


class Stream:
    """A socket whose output is queued: a stopped emulator must not stop the rig."""

    def __init__(self, reactor, sock, on_data):
        self.reactor, self.sock, self.on_data = reactor, sock, on_data
        self.queue = collections.deque()
        self.open = True
        sock.setblocking(False)
        reactor.add(self)

    def send(self, data):
        with self.reactor.lock:
            if self.open:
                self.queue.append(data)
                self.flush()

    def flush(self):
        try:
            while self.queue:
                sent = self.sock.send(self.queue[0])
                if sent == len(self.queue[0]):
                    self.queue.popleft()
                else:
                    self.queue[0] = self.queue[0][sent:]
        except BlockingIOError:
            pass
        except OSError:
            self.queue.clear()
        self.reactor.want_write(self, bool(self.queue))

    def receive(self):
        """Everything there is to read now; called with the lock held."""
        while self.open:
            try:
                data = self.sock.recv(1 << 18)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            self.on_data(data, now())

    def close(self):
        with self.reactor.lock:
            if self.open:
                self.open = False
                self.reactor.remove(self)
                self.sock.close()


class Reactor:
    def __init__(self):
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._selector = selectors.DefaultSelector()
        self._timers = []           # [due, period, callback]
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._selector.register(self._wake_in, selectors.EVENT_READ, None)
        self._running = True
        self._thread = threading.Thread(target=self._loop, name="reactor", daemon=True)
        self._thread.start()

    def add(self, stream):
        with self.lock:
            self._selector.register(stream.sock, selectors.EVENT_READ, stream)
        self.wake()

    def remove(self, stream):
        self._selector.unregister(stream.sock)

    def want_write(self, stream, wanted):
        if stream.open:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
            if self._selector.get_key(stream.sock).events != events:
                self._selector.modify(stream.sock, events, stream)
                self.wake()

    def every(self, seconds, callback):
        """Call back periodically; returns a handle for cancel()."""
        timer = [now() + int(seconds * 1e9), int(seconds * 1e9), callback]
        with self.lock:
            self._timers.append(timer)
        self.wake()
        return timer

    def cancel(self, timer):
        with self.lock:
            if timer in self._timers:
                self._timers.remove(timer)

    def wake(self):
        try:
            self._wake_out.send(b".")
        except OSError:
            pass

    def wait_for(self, condition, seconds, what):
        """Wait until condition() is true; returns its value. Raises Timeout, naming what."""
        with self.lock:
            value = self._changed.wait_for(condition, seconds * TIME_FACTOR)
        if not value:
            raise Timeout("no %s within %.1f s" % (what, seconds * TIME_FACTOR))
        return value

    def _next_timer(self):
        if not self._timers:
            return None
        return max(0, min(t[0] for t in self._timers) - now()) / 1e9

    def _fire_timers(self):
        for timer in list(self._timers):
            if timer[0] <= now():
                timer[0] = now() + timer[1]
                timer[2]()

    def _loop(self):
        while self._running:
            for key, events in self._selector.select(self._next_timer()):
                with self.lock:
                    stream = key.data
                    if stream is None:
                        self._wake_in.recv(4096)
                    elif stream.open:
                        if events & selectors.EVENT_WRITE:
                            stream.flush()
                        if events & selectors.EVENT_READ:
                            stream.receive()
            with self.lock:
                self._fire_timers()
                self._changed.notify_all()

    def stop(self):
        self._running = False
        self.wake()
        self._thread.join(5)
