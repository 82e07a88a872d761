"""What server and worker say to each other: length-prefixed frames on a stream.

A frame is two lengths (header and body, 4 bytes each, big-endian), a header in JSON, and the body, bytes that travel
as they are.  Whoever is killed while it writes leaves a frame that is visibly incomplete.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("!II")


@dataclass(frozen=True, slots=True)
class Frame:
    """`header` is anything JSON can hold; `body` bytes that travel as they are."""

    header: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def encode(self) -> bytes:
        return pack(json.dumps(self.header).encode(), self.body)


def pack(header: bytes, body: bytes) -> bytes:
    """An encoded frame, from a header that is JSON already."""
    return b"".join((_LENGTHS.pack(len(header), len(body)), header, body))


def read(stream: BinaryIO) -> Frame | None:
    """The next frame; None when the other side has closed the stream."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, body = _LENGTHS.unpack(lengths)
    return Frame(json.loads(stream.read(header)), stream.read(body))


class FrameBuffer:
    """Puts one frame after another together from what comes of a stream, in pieces of any size.

    The other side sends no frame before it is asked for the next one, so nothing follows a whole frame.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> Frame | None:
        """The frame that the data completes; None while it is incomplete."""
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
