"""Jobs that wait for a worker: first come, first served."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from otsgraph.engines.process import Worker, expire

HESITATION = 0.005
"""So long [s] a job waits for one of the workers that are used at once.  They are as many as the processors can serve:
more at the same time only make one another slow, unless some of them are busy for long."""


FIRST_NOTES = 8
"""So many jobs must have left a queue before the pace at which they do is known."""

_WEIGHT = 0.1
"""How much the last time counts in the pace."""


class _Pace:
    """How much time passes between one job that leaves a queue and the next [s], of late."""

    def __init__(self) -> None:
        self._notes = 0
        self._average = 0.0
        self._last = time.monotonic()

    def note(self, now: float) -> None:
        """Notes that a job has left."""
        self._notes += 1
        self._average += max(_WEIGHT, 1 / self._notes) * (now - self._last - self._average)
        self._last = now

    @property
    def seconds(self) -> float:
        return self._average if self._notes >= FIRST_NOTES else 0.0


class Queue:
    """Places that are given a worker; a place is a future that whoever stands there awaits."""

    def __init__(self) -> None:
        self._places: deque[asyncio.Future[Worker]] = deque()
        self._since: deque[float] = deque()
        self._pace = _Pace()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def expected_wait(self) -> float:
        """How long a job would wait that came now [s], from the pace; no less than the first has waited already."""
        if not self._places:
            return 0.0
        return max(len(self._places) * self._pace.seconds, time.monotonic() - self._since[0])

    def join(self) -> asyncio.Future[Worker]:
        """The last place."""
        if not self._places:
            self._pace = _Pace()
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._places.append(place)
        self._since.append(time.monotonic())
        return place

    def give(self, worker: Worker) -> bool:
        """Hands a free worker to the first who waits.  Returns False if nobody does."""
        while self._places:
            place = self._places.popleft()
            self._since.popleft()
            if not place.done():
                self._pace.note(time.monotonic())
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
