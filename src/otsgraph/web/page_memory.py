"""Pages that have been made for one dataset version, so that they are made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from otsgraph.web.tagged import TaggedResponse

LARGEST_SHARE = 1 / 8
"""Of the room, which a page may take at most."""


class PageMemory:
    """The pages that were asked for last, within some bytes of memory.

    A page may be asked for at the same time by several before it is kept, and is then made several times: what costs
    most, the answers of the engine, is asked for once.
    """

    def __init__(self, room: int = 2**24) -> None:
        self._room = room
        self._held = 0
        self._pages: OrderedDict[Hashable, tuple[TaggedResponse, int]] = OrderedDict()

    def find(self, key: Hashable) -> TaggedResponse | None:
        """The page that is kept under a key: its address, and whatever else it depends on."""
        kept = self._pages.get(key)
        if kept is None:
            return None
        self._pages.move_to_end(key)
        return kept[0]

    def keep(self, key: Hashable, page: TaggedResponse) -> TaggedResponse:
        """Keeps a page that may be kept, if it is not too large, and gives it back."""
        # its compressed form is counted before it is there
        size = 2 * page.size
        if "etag" in page.headers and size <= self._room * LARGEST_SHARE and key not in self._pages:
            self._pages[key] = page, size
            self._held += size
            while self._held > self._room:
                _, (_, freed) = self._pages.popitem(last=False)
                self._held -= freed
        return page
