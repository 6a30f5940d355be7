# SPDX-License-Identifier: GPL-2.0
"""QEMU's machine protocol: commands, and events with the host's time of arrival."""

import json

from reactor import Stream


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, reactor, sock, on_event):
        self.reactor, self.on_event = reactor, on_event
        self.answers = {}
        self._buffer = b""
        self._next = 0
        self.stream = Stream(reactor, sock, self._data)
        self.submit("qmp_capabilities")

    def _data(self, data, at):
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "event" in message:
                self.on_event(message["event"], message.get("data", {}), at)
            elif "id" in message:
                self.answers[message["id"]] = message

    def submit(self, command, **arguments):
        """Send a command whose answer nobody waits for."""
        with self.reactor.lock:
            number = self._next
            self._next += 1
        message = {"execute": command, "id": number}
        if arguments:
            message["arguments"] = arguments
        self.stream.send(json.dumps(message).encode() + b"\n")
        return number

    def command(self, command, timeout=10, **arguments):
        number = self.submit(command, **arguments)
        answer = self.reactor.wait_for(lambda: self.answers.pop(number, None), timeout,
                                       "answer to QMP %s" % command)
        if "error" in answer:
            raise QmpError("%s: %s" % (command, answer["error"]["desc"]))
        return answer["return"]
