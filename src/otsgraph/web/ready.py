"""Answers that are ready to be sent: the whole head of a response, by what was asked for to the letter.

The cache knows answers by operation and formats; this knows them by request target and the two header fields that
they vary by, so that a question asked again is answered without being read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from weakref import ref

from otsgraph.engine.cache import Answer
from otsgraph.web.outbox import PIECE

MOST_READY = 1_024
"""Requests that are known to the letter."""

LONGEST_ASKED = 2**13
"""Bytes of a request's target and of the header fields that matter, beyond which it is not known to the letter."""

LARGEST_READY = PIECE
"""Bytes of the largest body that is sent without regard to how fast the client reads."""

_VARIES_BY = (b"accept", b"accept-encoding")
_NEEDS_READING = (
    b"if-none-match",
    b"if-modified-since",
    b"range",
    b"upgrade",
    b"expect",
    b"content-length",
    b"transfer-encoding",
)

Key: TypeAlias = tuple[bytes, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Ready:
    """The response to one request; good for as long as its answer is kept, and keeping nothing alive itself.

    `head` are its own header fields and the empty line behind them: what comes before (the status line, the date) is
    the server's.  `is_packed`: the body is the answer's compressed form.
    """

    answer: ref[Answer]
    head: bytes
    is_packed: bool

    @property
    def body(self) -> bytes | None:
        """The body; None if the answer is not kept any more."""
        answer = self.answer()
        if answer is None or not answer.kept:
            return None
        return answer.compressed if self.is_packed else answer.result.body


class ReadyAnswers:
    """What has been answered lately, by request target, Accept and Accept-Encoding."""

    def __init__(self) -> None:
        self._known: dict[Key, Ready] = {}

    def remember(
        self, target: bytes, headers: Iterable[tuple[bytes, bytes]], answer: Answer, head: bytes, body: bytes
    ) -> None:
        """Notes what was sent to a GET request, if the answer is kept and small enough."""
        key = _key(target, headers)
        if (
            key is None
            or not answer.kept
            or len(body) > LARGEST_READY
            or sum(len(p or b"") for p in key) > LONGEST_ASKED
        ):
            return
        if len(self._known) >= MOST_READY:
            self._known.clear()
        self._known[key] = Ready(ref(answer), head, is_packed=body is answer.compressed)

    def find(self, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Head and body of the response to a GET request, if it is known and still good."""
        key = _key(target, headers)
        found = self._known.get(key) if key is not None else None
        if key is None or found is None:
            return None
        body = found.body
        if body is None:
            del self._known[key]
            return None
        return found.head, body


def _key(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Key | None:
    """What a response depends on; None for a request that has to be read, since more of it matters."""
    varying: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _VARIES_BY:
            if name in varying:
                return None
            varying[name] = value
        elif name in _NEEDS_READING:
            return None
    return target, varying.get(b"accept"), varying.get(b"accept-encoding")
