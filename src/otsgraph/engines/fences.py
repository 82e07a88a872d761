"""What keeps a worker from doing harm: it dies with its parent, dumps no core, has bounded memory, opens no socket.

Everything here is about the calling process and cannot be undone.  Sources: prctl(2), seccomp(2), setrlimit(2),
proc_pid_oom_score_adj(5), <linux/filter.h>, <linux/audit.h>.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_CALL_NUMBER, _ARCHITECTURE = 0, 4
_X32 = 0x40000000

_CALLS = {
    # machine: (audit architecture, socket, connect, io_uring_setup)
    "x86_64": (0xC000003E, 41, 42, 425),
    "aarch64": (0xC00000B7, 198, 203, 425),
}


def die_with_parent(parent: int) -> None:
    """The process is killed when `parent` (a process id) ends; at once, if it has ended already."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def dump_no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_killed_first() -> None:
    """When the machine runs out of memory, this process goes before the server does."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_memory(more: int) -> None:
    """The process may take `more` bytes beyond what it has now; then allocation fails, which ends it by SIGABRT."""
    if sys.platform == "linux":
        now = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
        limit = int(now.split()[1]) * 1024 + more
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def open_no_socket() -> None:
    """No network for this process: socket, connect and io_uring fail with EPERM, a foreign system-call table kills.

    Where the kernel or the machine has no such filter, no new file can be opened at all, which an in-memory store
    does not need.
    """
    if sys.platform == "linux" and platform.machine() in _CALLS:
        with contextlib.suppress(OSError):
            _install_filter(*_CALLS[platform.machine()])
            return
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _install_filter(architecture: int, *forbidden: int) -> None:
    refused = len(forbidden) + 1
    program = [
        _instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _instruction(_EQUAL, 1, 0, architecture),
        _instruction(_RETURN, 0, 0, _KILL),
        _instruction(_LOAD, 0, 0, _CALL_NUMBER),
        _instruction(_AT_LEAST, refused, 0, _X32),
        *(_instruction(_EQUAL, refused - 1 - i, 0, call) for i, call in enumerate(forbidden)),
        _instruction(_RETURN, 0, 0, _ALLOW),
        _instruction(_RETURN, 0, 0, _EPERM),
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    filter_ = struct.pack("HL", len(program), ctypes.addressof(code))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(filter_))


def _instruction(code: int, if_true: int, if_false: int, value: int) -> bytes:
    """One instruction of a classic BPF program; jumps count the instructions to pass over."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _prctl(option: int, *arguments: object) -> None:
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in (*arguments, 0, 0, 0, 0)][:4]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *words) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
