"""Keeps a worker from doing harm: it dies with its parent, dumps no core, and has few descriptors and system calls.

Everything here restricts the calling process and cannot be undone.  Sources: prctl(2), seccomp(2), setrlimit(2),
proc_pid_oom_score_adj(5).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Collection
from pathlib import Path

from otsgraph.process import seccomp
from otsgraph.process.seccomp import Reach

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Lets the process be killed when `parent` (a process id) ends; at once, if it has ended already."""
    if sys.platform == "linux":
        seccomp.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def dump_no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_killed_first() -> None:
    """Lets this process be killed before the server when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_memory(more: int) -> None:
    """Lets allocation fail, which ends the process by SIGABRT, `more` bytes beyond what it has now."""
    if sys.platform == "linux":
        now = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
        limit = int(now.split()[1]) * 1024 + more
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def close_all_but(kept: Collection[int]) -> None:
    """Closes all descriptors but these and the standard ones."""
    for descriptor in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if descriptor > 2 and descriptor not in kept:
            # the one that listed them is already closed
            with contextlib.suppress(OSError):
                os.close(descriptor)


def compute_only(reach: Reach = Reach.NOWHERE, *, reads_files: bool = False) -> None:
    """Lets the process use its memory and its open descriptors, and connect as far as it reaches.

    It starts no program, touches no other process, and opens files only if it reads files, as a store on disk does.
    Without a system-call filter for this kernel or machine, a process that reaches nowhere and reads no files can open
    no new descriptor at all; others are not restricted.  Raises OSError for a supervised one.
    """
    if seccomp.is_known_machine():
        try:
            seccomp.allow_only(reach, reads_files=reads_files)
        except OSError:
            if reach is Reach.SUPERVISED:
                raise
        else:
            return
    if reach is Reach.NOWHERE and not reads_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def leave_standard_streams() -> None:
    """Makes standard input empty, and sends what is printed to standard error."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
