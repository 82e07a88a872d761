"""Work that is given up after a time, although nothing in this process could stop it."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
from collections.abc import Callable
from pathlib import Path


def within(seconds: float, memory: int, work: Callable[[], list[str]]) -> list[str] | None:
    """What some work gives, or None if it fails, takes longer [s], or needs more memory [bytes].

    It is done in a fork of the process, which is killed if need be: the store's library cannot be interrupted.
    """
    receives, sends = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receives)
        _work_and_end(work, memory, sends)
    os.close(sends)
    try:
        with os.fdopen(receives, "rb") as pipe:
            if not select.select([pipe], [], [], seconds)[0]:
                os.kill(child, signal.SIGKILL)
                return None
            done = pipe.read()
    finally:
        os.waitpid(child, 0)
    return list(json.loads(done)) if done else None


def _work_and_end(work: Callable[[], list[str]], memory: int, sends: int) -> None:
    """Writes what the work gives and ends this process, without what its parent would do at its end."""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        with os.fdopen(sends, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
    finally:
        os._exit(0)
