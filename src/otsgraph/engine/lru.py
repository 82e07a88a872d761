"""A cache that is bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_SHARE = 8
"""A value above this fraction of the budget is not kept: it would push out too many others."""


class ByteLru(Generic[K, V]):
    """Keeps values within a budget of bytes; what was used least recently goes first.

    `dropped` is called with each value that is no longer kept.
    """

    def __init__(self, budget: int, dropped: Callable[[V], None] | None = None) -> None:
        self._budget = budget
        self._dropped = dropped
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size = 0
        """Bytes that the kept values take."""

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def find(self, key: K) -> V | None:
        """Returns the value of a key, or None if there is none."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, size: int) -> bool:
        """Keeps a value of `size` bytes in the place of another.  Returns False if it is too large."""
        if size > self._budget // LARGEST_SHARE:
            return False
        self.drop(key)
        self._kept[key] = value, size
        self.size += size
        self._make_room()
        return True

    def grow(self, key: K, by: int) -> None:
        """Counts more bytes for a value that is kept."""
        value, size = self._kept[key]
        self._kept[key] = value, size + by
        self.size += by
        self._make_room()

    def drop(self, key: K) -> None:
        """Forgets a key, if it is known."""
        if key in self._kept:
            self._forget(key)

    def _make_room(self) -> None:
        while self.size > self._budget:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: K) -> None:
        value, size = self._kept.pop(key)
        self.size -= size
        if self._dropped is not None:
            self._dropped(value)
