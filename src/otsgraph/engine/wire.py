"""How server and worker talk: length-prefixed frames on a stream.

A frame is two lengths (of header and body, 4 bytes each, big-endian), a header in JSON, and the body.  A process that
is killed while it writes leaves a frame that is visibly incomplete.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("!II")


@dataclass(frozen=True, slots=True)
class Frame:
    """A header of JSON values, and a body."""

    header: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def encode(self) -> bytes:
        return pack(json.dumps(self.header).encode(), self.body)


def pack(header: bytes, body: bytes) -> bytes:
    """Returns an encoded frame; its header is JSON already."""
    return b"".join((_LENGTHS.pack(len(header), len(body)), header, body))


def read(stream: BinaryIO) -> Frame | None:
    """Returns the next frame, or None when the other side has closed the stream."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, body = _LENGTHS.unpack(lengths)
    return Frame(json.loads(stream.read(header)), stream.read(body))


class FrameBuffer:
    """Assembles frames from a stream that comes in pieces of any size.

    The other side sends a frame only when it is asked for one, so nothing follows a whole frame.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> Frame | None:
        """Returns the frame that the data completes, or None."""
        if self._missing > len(data):
            self._pieces.append(data)
            self._missing -= len(data)
            return None
        whole = b"".join((*self._pieces, data)) if self._pieces else data
        self._pieces = []
        self._missing = 0
        if len(whole) >= _LENGTHS.size:
            header, body = _LENGTHS.unpack_from(whole)
            start = _LENGTHS.size + header
            if len(whole) >= start + body:
                return Frame(json.loads(whole[_LENGTHS.size : start]), whole[start:])
            self._missing = start + body - len(whole)
        self._pieces.append(whole)
        return None
