"""Jobs that wait for a worker: first come, first served, until too many come.

In a flood those who came first have waited for so long that serving them first would let everybody wait as long.  Then
the last to come is served first, and the others as the flood goes down (adaptive LIFO: B. Maurer, Fail at Scale, ACM
Queue 13/8, 2015).
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable

from otsgraph.engines.process import Worker, expire

HESITATION = 0.005
"""So long [s] a job waits for one of the workers that are used at once.  They are as many as the processors can serve:
more at the same time only make one another slow, unless some of them are busy for long."""


class Queue:
    """Places that are given a worker; a place is a future that whoever stands there awaits.

    It is a flood when the first in the queue has waited for more than `flood` seconds [s].
    """

    def __init__(self, flood: float = math.inf) -> None:
        self._flood = flood
        self._places: deque[asyncio.Future[Worker]] = deque()
        self._since: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._places)

    def join(self) -> asyncio.Future[Worker]:
        """The last place."""
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._places.append(place)
        self._since.append(place.get_loop().time())
        return place

    def give(self, worker: Worker) -> bool:
        """Gives a worker to whoever is to be served first; whether there is anybody."""
        while self._places:
            is_flood = self._places[0].get_loop().time() - self._since[0] > self._flood
            place = self._places.pop() if is_flood else self._places.popleft()
            self._since.pop() if is_flood else self._since.popleft()
            if not place.done():
                place.set_result(worker)
                return True
        return False

    async def wait(
        self, seconds: float, spare: Callable[[], Worker | None], give_back: Callable[[Worker], object]
    ) -> Worker:
        """A worker within some seconds [s]; after HESITATION it may be one that `spare` gives.

        Raises TimeoutError.  A worker that comes when nobody waits any more is given back.
        """
        place = self.join()
        timer = place.get_loop().call_later(seconds, expire, place)
        hesitation = place.get_loop().call_later(HESITATION, _use_spare, place, spare)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                give_back(place.result())
            raise
        finally:
            timer.cancel()
            hesitation.cancel()
            self._leave(place)

    def _leave(self, place: asyncio.Future[Worker]) -> None:
        if place in self._places:
            index = self._places.index(place)
            del self._places[index], self._since[index]

    def close(self, error: Exception) -> None:
        """Tells all who wait that no worker will come."""
        for place in self._places:
            if not place.done():
                place.set_exception(error)


def _use_spare(place: asyncio.Future[Worker], spare: Callable[[], Worker | None]) -> None:
    if not place.done() and (worker := spare()) is not None:
        place.set_result(worker)
