"""Fences around a process: what it may ask of the system (seccomp), how much memory, and when it has to end.

Sources: seccomp(2), seccomp_unotify(2), <linux/filter.h>, <linux/seccomp.h>, <linux/audit.h>, <asm/unistd.h>.
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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_NEW_LISTENER = 8

ALLOW, NOTIFY, EPERM, KILL = 0x7FFF0000, 0x7FC00000, 0x00050001, 0x80000000
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_INSTRUCTION = struct.Struct("HBBI")
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_WORD = 0xFFFFFFFF

_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine: (audit architecture, column in the table below).  Both store the low word of an argument first."""

_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "brk": (12, 214), "clock_getres": (229, 114), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115),
    "close": (3, 57), "connect": (42, 203), "exit": (60, 93), "exit_group": (231, 94), "fadvise64": (221, 223),
    "fstat": (5, 80), "futex": (202, 98), "getcpu": (309, 168), "getdents64": (217, 61), "getpeername": (52, 205),
    "getpid": (39, 172), "getrandom": (318, 278), "getrusage": (98, 165), "getsockname": (51, 204),
    "getsockopt": (55, 209), "gettid": (186, 178), "gettimeofday": (96, 169), "ioctl": (16, 29), "lseek": (8, 62),
    "lstat": (6, None), "madvise": (28, 233), "membarrier": (324, 283), "mmap": (9, 222), "mprotect": (10, 226),
    "mremap": (25, 216), "munmap": (11, 215), "nanosleep": (35, 101), "newfstatat": (262, 79), "open": (2, None),
    "openat": (257, 56), "poll": (7, None), "ppoll": (271, 73), "pread64": (17, 67), "read": (0, 63),
    "readv": (19, 65), "recvfrom": (45, 207), "recvmsg": (47, 212), "restart_syscall": (219, 128), "rseq": (334, 293),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124), "sendmmsg": (307, 269), "sendmsg": (46, 211), "sendto": (44, 206),
    "set_robust_list": (273, 99), "setsockopt": (54, 208), "shutdown": (48, 210), "sigaltstack": (131, 132),
    "socket": (41, 198), "stat": (4, None), "statx": (332, 291), "sysinfo": (99, 179), "tgkill": (234, 131),
    "time": (201, None), "times": (100, 153), "tkill": (200, 130), "uname": (63, 160), "write": (1, 64),
    "writev": (20, 66),
}  # fmt: skip
"""The number of each system call on x86-64 and on arm64, which lacks some."""

_SECCOMP = (317, 277)


class Reach(Enum):
    """Which addresses a process may connect to."""

    NOWHERE = auto()
    SUPERVISED = auto()
    """Those that the supervisor connects it to; only after a call of `supervised`."""
    ANYWHERE = auto()


@dataclass(frozen=True, slots=True)
class _Check:
    """The word at an offset in the data of a call, masked, must be one of some values."""

    offset: int
    values: tuple[int, ...]
    mask: int = _WORD


@dataclass(frozen=True, slots=True)
class _Rule:
    """A call is allowed if all checks hold."""

    call: str
    checks: tuple[_Check, ...] = ()


def _low(argument: int, *values: int, mask: int = _WORD) -> _Check:
    """Returns a check of the lower 32 bits of an argument; the kernel reads no more of an int."""
    return _Check(_ARGUMENTS + 8 * argument, values, mask)


def _null(argument: int) -> tuple[_Check, _Check]:
    """Returns checks that a pointer is null."""
    return _low(argument, 0), _Check(_ARGUMENTS + 8 * argument + 4, (0,))


def _calls(names: str) -> tuple[_Rule, ...]:
    return tuple(map(_Rule, names.split()))


_MAP_PRIVATE, _MAP_TYPE = 2, 0xF
_PRIVATE_MEMORY = _Rule("mmap", (_low(3, _MAP_PRIVATE, mask=_MAP_TYPE),))
"""Shared memory is not counted against the memory limit of a process (setrlimit(2), RLIMIT_DATA)."""

_COMPUTING = (
    _PRIVATE_MEMORY,
    *_calls("""
    read write readv writev close fstat lseek
    munmap mremap mprotect madvise brk
    futex sched_yield sched_getaffinity set_robust_list rseq membarrier getcpu restart_syscall
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times
    getpid gettid getrusage getrandom uname sysinfo exit exit_group"""),
)
"""Memory, time, and the descriptors that are open."""

_O_ANY_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_SEEING_FILES = _calls("stat lstat newfstatat statx")
"""Whether a file exists, its size, and its owner."""

_READING_FILES = (
    *_SEEING_FILES,
    _Rule("open", (_low(1, 0, mask=_O_ANY_WRITING),)),
    _Rule("openat", (_low(2, 0, mask=_O_ANY_WRITING),)),
    *_calls("pread64 fadvise64 getdents64"),
)

_AF_INET, _AF_INET6, _STREAM, _DATAGRAM, _TYPE = 2, 10, 1, 2, 0xF
_IPPROTO_TCP, _IPPROTO_UDP = 6, 17
_SOL_SOCKET, _SO_RCVTIMEO, _SO_SNDTIMEO, _TCP_NODELAY = 1, 20, 21, 1
_FIONBIO, _FIONREAD = 0x5421, 0x541B

_CONNECTED = (
    *_calls("connect recvfrom getsockopt getsockname getpeername shutdown poll ppoll"),
    _Rule("ioctl", (_low(1, _FIONBIO),)),
    _Rule("setsockopt", (_low(1, _SOL_SOCKET), _low(2, _SO_RCVTIMEO, _SO_SNDTIMEO))),
    _Rule("setsockopt", (_low(1, _IPPROTO_TCP), _low(2, _TCP_NODELAY))),
)

_REACHING = {
    Reach.NOWHERE: (),
    # the supervisor's filter is asked first, and decides about connect, open and openat; the C library looks at a file
    # before it opens it
    Reach.SUPERVISED: (
        *_CONNECTED,
        *_SEEING_FILES,
        *_calls("open openat"),
        _Rule("socket", (_low(0, _AF_INET, _AF_INET6), _low(1, _STREAM, mask=_TYPE), _low(2, 0, _IPPROTO_TCP))),
        # an address would be reached without connect (TCP Fast Open)
        _Rule("sendto", _null(4)),
    ),
    # names are looked up in files and by UDP
    Reach.ANYWHERE: (
        *_CONNECTED,
        *_READING_FILES,
        *_calls("sendto sendmsg sendmmsg recvmsg"),
        _Rule("ioctl", (_low(1, _FIONREAD),)),
        _Rule(
            "socket",
            (
                _low(0, _AF_INET, _AF_INET6),
                _low(1, _STREAM, _DATAGRAM, mask=_TYPE),
                _low(2, 0, _IPPROTO_TCP, _IPPROTO_UDP),
            ),
        ),
    ),
}


def is_known_machine() -> bool:
    """Whether the system calls of this machine are known."""
    return sys.platform == "linux" and platform.machine() in _MACHINES


def number(call: str) -> int | None:
    """Returns the number of a system call on this machine, or None if it has no such call."""
    return _NUMBERS[call][_MACHINES[platform.machine()][1]]


def allow_only(reach: Reach, *, reads_files: bool = False) -> None:
    """Lets the process compute, use its open descriptors, and connect as far as it reaches; all else fails with EPERM.

    `reads_files` lets it open files for reading, as a store on disk must.  A foreign system-call table kills it.
    Raises OSError if the kernel has no such filter.
    """
    _install(allowing(reach, os.getpid(), platform.machine(), reads_files=reads_files))


def allowing(reach: Reach, process: int, machine: str, *, reads_files: bool = False) -> bytes:
    """Returns the program of that filter for a process, which may send signals only to itself (abort(3) does)."""
    rules = _rules(reach, machine, reads_files=reads_files)
    itself = (_Rule("tgkill", (_low(0, process),)), _Rule("tkill", (_low(0, process),)))
    return _program(rules + _encoded(itself, ALLOW, machine), EPERM, machine)


@cache
def _rules(reach: Reach, machine: str, *, reads_files: bool) -> bytes:
    """Returns the part of a filter that is the same for all processes, encoded once before they are forked."""
    return _encoded((*_COMPUTING, *(_READING_FILES if reads_files else ()), *_REACHING[reach]), ALLOW, machine)


def supervised(calls: Collection[str] = ("connect", "open", "openat")) -> int:
    """Lets a supervisor decide on each of these calls of the process; returns the descriptor to answer on.

    Raises OSError if the kernel has no such filter.
    """
    machine = platform.machine()
    return _install(_program(_encoded(map(_Rule, calls), NOTIFY, machine), ALLOW, machine), _NEW_LISTENER)


def _install(program: bytes, flags: int = 0) -> int:
    """Installs a filter; returns what seccomp(2) does, which depends on the flags.  Raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = ctypes.create_string_buffer(struct.pack("HL", len(program) // _INSTRUCTION.size, ctypes.addressof(code)))
    words = map(ctypes.c_long, (_SECCOMP[_MACHINES[platform.machine()][1]], _SECCOMP_SET_MODE_FILTER, flags))
    result = ctypes.CDLL(None, use_errno=True).syscall(*words, filter_)
    if result < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(result)


def prctl(option: int, *arguments: object) -> None:
    """Calls prctl(2).  Raises OSError."""
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in (*arguments, 0, 0, 0, 0)][:4]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *words) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _program(rules: bytes, otherwise: int, machine: str) -> bytes:
    """Returns a filter of encoded rules, with the verdict for all other calls."""
    head = (
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, _MACHINES[machine][0], 1, 0),
        _instruction(_RETURN, KILL),
    )
    return b"".join((*head, rules, _instruction(_RETURN, otherwise)))


def _encoded(rules: Iterable[_Rule], verdict: int, machine: str) -> bytes:
    """Returns instructions that give a verdict for calls that a rule fits, and let all others go on."""
    parts = []
    for rule in rules:
        call = _NUMBERS[rule.call][_MACHINES[machine][1]]
        if call is not None:
            body = [*_checks(rule.checks), _instruction(_RETURN, verdict)]
            parts += [_instruction(_LOAD, _NUMBER), _instruction(_EQUAL, call, 0, len(body)), *body]
    return b"".join(parts)


def _checks(checks: Sequence[_Check]) -> list[bytes]:
    """Returns instructions that go on to the next one if all checks hold, and skip it if not."""
    if not checks:
        return []
    check, rest = checks[0], _checks(checks[1:])
    masking = [_instruction(_AND, check.mask)] if check.mask != _WORD else []
    *others, last = check.values
    tests = [_instruction(_EQUAL, value, len(others) - place, 0) for place, value in enumerate(others)]
    tests.append(_instruction(_EQUAL, last, 0, len(rest) + 1))
    return [_instruction(_LOAD, check.offset), *masking, *tests, *rest]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Returns one instruction of a classic BPF program; jumps count the instructions to skip."""
    return _INSTRUCTION.pack(code, if_true, if_false, value)


_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Lets the process be killed when `parent` (a process id) ends; at once, if it has ended already."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
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
    if is_known_machine():
        try:
            allow_only(reach, reads_files=reads_files)
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
