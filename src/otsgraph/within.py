"""Work that is given up after a time, although nothing in this process could stop it."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from otsgraph.process import sandbox


def within(seconds: float, memory: int, work: Sequence[Callable[[], list[str]]]) -> list[list[str]]:
    """What pieces of work give, one after another, as far as they are done within a time [s] and a memory [bytes].

    They are done in a fork of the process, which is killed if need be: the store's library cannot be interrupted.
    """
    give_up = time.monotonic() + seconds
    receives, sends = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(receives)
        _work_and_end(work, memory, sends, parent)
    os.close(sends)
    done = b""
    try:
        while select.select([receives], [], [], max(0.0, give_up - time.monotonic()))[0]:
            piece = os.read(receives, 2**16)
            if not piece:
                break
            done += piece
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(receives)
    return [json.loads(line) for line in done.split(b"\n")[:-1]]


def _work_and_end(work: Sequence[Callable[[], list[str]]], memory: int, sends: int, parent: int) -> NoReturn:
    """Writes a line for each piece of work and ends this process, without what its parent would do at its end."""
    try:
        sandbox.die_with_parent(parent)
        sandbox.dump_no_core()
        # the store's library writes its own report there before it ends for lack of memory
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        with os.fdopen(sends, "wb") as pipe:
            for piece in work:
                pipe.write(json.dumps(piece()).encode() + b"\n")
                pipe.flush()
    finally:
        os._exit(0)
