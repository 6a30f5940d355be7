# SPDX-License-Identifier: GPL-2.0
"""What an ELF program needs in order to be started: its interpreter and libraries."""

import struct

PT_DYNAMIC, PT_INTERP, PT_LOAD = 2, 3, 1
DT_NEEDED, DT_STRTAB = 1, 5


def _segments(data):
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        kind, _, start, address, _, length = struct.unpack_from(
            "<IIQQQQ", data, offset + i * size)
        yield kind, start, address, length


def _text(data, offset):
    return data[offset:data.index(b"\0", offset)].decode()


def _file_offset(segments, address):
    for kind, start, base, length in segments:
        if kind == PT_LOAD and base <= address < base + length:
            return start + address - base
    raise ValueError("address %#x lies in no segment" % address)


def needs(data):
    """(interpreter or None, [library names]) of a 64-bit little-endian ELF file's bytes;
    for anything else (None, [])."""
    if data[:6] != b"\x7fELF\x02\x01":
        return None, []
    segments = list(_segments(data))
    interpreter, names, strings = None, [], 0
    for kind, start, _, length in segments:
        if kind == PT_INTERP:
            interpreter = _text(data, start)
        if kind != PT_DYNAMIC:
            continue
        for at in range(start, start + length, 16):
            tag, value = struct.unpack_from("<QQ", data, at)
            if tag == DT_NEEDED:
                names.append(value)
            elif tag == DT_STRTAB:
                strings = _file_offset(segments, value)
    return interpreter, [_text(data, strings + name) for name in names]
