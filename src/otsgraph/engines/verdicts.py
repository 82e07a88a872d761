"""What a client is told whose query was not answered: why, by which limit, and what might help."""

from __future__ import annotations

import math
import signal

from otsgraph.errors import (
    DeadlineExceeded,
    EngineBusy,
    EngineFailed,
    NoWorkerInTime,
    QueryTooBig,
    QueryTooComplex,
    RequestError,
    size_text,
)
from otsgraph.sparql.protocol import Deadline


def too_late(deadline: Deadline) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"The query was stopped at its time limit of {deadline.limit:g} s; one that is more specific may end in time.",
        limit=deadline.limit,
        unit="seconds",
    )


def queue_full(most: int, retry_after: int) -> EngineBusy:
    return EngineBusy(
        f"As many queries are waiting already as may: {most}.", retry_after=retry_after, limit=most, unit="queries"
    )


def would_wait(expected: float, most: float) -> EngineBusy:
    return EngineBusy(
        f"The query would wait for about {expected:.0f} s, since many others came before it; none waits for more than"
        f" {most:g} s.",
        retry_after=math.ceil(expected),
        limit=most,
        unit="seconds",
    )


def waited_in_vain(deadline: Deadline, retry_after: int) -> NoWorkerInTime:
    return NoWorkerInTime(
        f"Other queries kept all workers busy for the query's time limit of {deadline.limit:g} s.",
        retry_after=retry_after,
        limit=deadline.limit,
        unit="seconds",
    )


def obituary(status: int, memory: int) -> RequestError:
    """What the way in which a worker ended says to the client whose query it was.

    `status` is its exit code, or the negative number of the signal that ended it; `memory` what it was given beyond its
    dataset [bytes], or 0 if that is not known.
    """
    if status == -signal.SIGABRT:
        most = f"the {size_text(memory)} of memory" if memory else "the memory"
        return QueryTooBig(
            f"The query used up {most} that one query may have; sort, group or combine less in it.",
            limit=memory,
            unit="bytes",
        )
    if status == -signal.SIGSEGV:
        return QueryTooComplex("The query is nested too deeply to be evaluated.")
    return EngineFailed("The engine ended while it evaluated the query.")
