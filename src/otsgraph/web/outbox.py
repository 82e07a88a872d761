"""Large results on the way to their clients, who may be slow: how much memory they take together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from otsgraph.errors import EngineBusy, size_text

PIECE = 2**16
"""Bytes that are handed to a connection at once; what is not larger is not counted."""


LARGE = 2**22
"""Bytes beyond which a result is a large one."""


class Outbox:
    """Bodies that are being sent, each counted once however many clients take it; `most` bytes together.

    One half is for large results, so that whoever is slow to take those leaves room for the others.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._senders: Counter[int] = Counter()
        self._sizes = {True: 0, False: 0}

    @property
    def size(self) -> int:
        """Bytes that are being sent."""
        return sum(self._sizes.values())

    @contextmanager
    def hold(self, body: bytes) -> Iterator[None]:
        """Counts a body while it is being sent.  Raises EngineBusy."""
        key, is_large = id(body), len(body) > LARGE
        if not self._senders[key]:
            if self._sizes[is_large] + len(body) > self._most // 2:
                del self._senders[key]
                raise EngineBusy(
                    f"Results of {self.size >> 20} MiB are on the way to other clients; there may be"
                    f" {size_text(self._most)}.", retry_after=5, limit=self._most, unit="bytes",
                )  # fmt: skip
            self._sizes[is_large] += len(body)
        self._senders[key] += 1
        try:
            yield
        finally:
            self._senders[key] -= 1
            if not self._senders[key]:
                del self._senders[key]
                self._sizes[is_large] -= len(body)
