"""What server and worker say to each other: length-prefixed frames over pipes.

A frame is the length of a JSON header (4 bytes, big-endian), the header, and as many bytes as its `size` says.
Whoever is killed while it writes leaves a frame that is visibly incomplete.
"""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_LENGTH = struct.Struct("!I")


@dataclass(frozen=True, slots=True)
class Frame:
    """`header` is anything JSON can hold; `body` bytes that travel as they are."""

    header: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def encode(self) -> bytes:
        header = json.dumps(self.header | {"size": len(self.body)}).encode()
        return _LENGTH.pack(len(header)) + header + self.body


def read(stream: BinaryIO) -> Frame | None:
    """The next frame; None when the other side has closed the pipe."""
    prefix = stream.read(_LENGTH.size)
    if len(prefix) < _LENGTH.size:
        return None
    header = json.loads(stream.read(*_LENGTH.unpack(prefix)))
    return Frame(header, stream.read(header.pop("size")))


async def receive(stream: asyncio.StreamReader) -> Frame:
    """The next frame.  Raises asyncio.IncompleteReadError when the other side has ended."""
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    header = json.loads(await stream.readexactly(length))
    return Frame(header, await stream.readexactly(header.pop("size")))
