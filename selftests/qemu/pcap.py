# SPDX-License-Identifier: GPL-2.0
"""What went over a link: the captures of the switch, as far as tests ask about them."""

import collections
import struct

# kind: "vigil data", "vigil handshake", "tcp data", or "other"; at: host ns; speaks_for: the
# IPv4 address that the frame says is its sender's, also in ARP, or None
Frame = collections.namedtuple("Frame", "at source kind speaks_for")

VIGIL_PORT = 4680
PACKET_HEADER = struct.Struct("<IIII")
HANDSHAKE, PACKET_TYPE = (1, 2), 2      # include/vigil/wire.h: hello and hack; its offset


def _udp_kind(data):
    ports = struct.unpack_from("!HH", data)
    if VIGIL_PORT not in ports:
        return "other"
    return "vigil handshake" if data[8 + PACKET_TYPE] in HANDSHAKE else "vigil data"


def _tcp_kind(data, length):
    return "tcp data" if length > (data[12] >> 4) * 4 else "other"


def _kind(frame):
    if frame[12:14] != b"\x08\x00":
        return "other"
    ip = frame[14:]
    header = (ip[0] & 15) * 4
    length = struct.unpack_from("!H", ip, 2)[0] - header
    if ip[9] == 17:
        return _udp_kind(ip[header:])
    return _tcp_kind(ip[header:], length) if ip[9] == 6 else "other"


def _speaks_for(frame):
    offset = {b"\x08\x00": 26, b"\x08\x06": 28}.get(frame[12:14])
    return offset and ".".join(str(byte) for byte in frame[offset:offset + 4])


def frames(path, since, until):
    """Frames of a capture file between two host times; source: the guest's number."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + PACKET_HEADER.size <= len(data):
        seconds, nanoseconds, length, _ = PACKET_HEADER.unpack_from(data, at)
        at += PACKET_HEADER.size
        when = seconds * 10**9 + nanoseconds
        if since <= when <= until and at + length <= len(data):
            frame = data[at:at + length]
            yield Frame(when, frame[11], _kind(frame), _speaks_for(frame))
        at += length
