"""Runs something in a process that has the fences of a worker, and says what came of it."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otsgraph.engine.broker import Broker
from otsgraph.engine.worker import enclose
from otsgraph.process.sandbox import Reach

MEMORY = 2**28

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_OPENAT2, _PIDFD_GETFD, _IO_URING_SETUP, _CLONE3 = 437, 438, 425, 435


@dataclass(frozen=True)
class Enclosed:
    """A process that has the fences of a worker."""

    process: int
    stream: socket.socket

    def outcome(self) -> str:
        """What the attempt returned, the name of the error that it met, or the signal that ended it."""
        with self.stream:
            said = b"".join(iter(lambda: self.stream.recv(65_536), b""))
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return signal.Signals(-status).name if status < 0 else said.decode()

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        assert self.outcome() == "SIGKILL"


def enclosed(
    attempt: Callable[[], object],
    reach: Reach = Reach.NOWHERE,
    broker: Broker | None = None,
    *,
    reads_files: bool = False,
) -> Enclosed:
    """A process that attempts something when it has the fences of a worker."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process:
        theirs.close()
        return Enclosed(process, ours)
    try:
        ours.close()
        enclose(theirs.fileno(), MEMORY, reach, broker, reads_files=reads_files)
        os.write(theirs.fileno(), _attempted(attempt).encode())
    finally:
        os._exit(0)


def _attempted(attempt: Callable[[], object]) -> str:
    try:
        return str(attempt())
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except BaseException as error:  # noqa: BLE001
        return repr(error)


def call(function: str, *arguments: object) -> None:
    """Calls a function of the C library that returns -1 for an error.  Raises OSError."""
    if getattr(_LIBC, function)(*_words(arguments)) == -1:
        raise OSError(ctypes.get_errno(), function)


def system_call(number: int, *arguments: object) -> None:
    """Makes a system call.  Raises OSError."""
    if _LIBC.syscall(ctypes.c_long(number), *_words(arguments)) < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")


def _words(arguments: tuple[object, ...]) -> list[object]:
    return [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]


PARENT = os.getpid()
"""A process that is none of a worker's business."""

VICTIM = Path(tempfile.gettempdir()) / f"otsgraph-victim-{PARENT}" / "file"
"""A file that a worker may do nothing with; a test that uses it makes it."""

FORBIDDEN: dict[str, Callable[[], object]] = {
    "start a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "start a program that is open": lambda: os.execve(0, ["true"], {}),  # noqa: S606
    "start a process": os.fork,
    "start a process by clone3": lambda: system_call(_CLONE3, None, 0),
    "be traced": lambda: call("ptrace", 0, 0, None, None),
    "read another's memory": lambda: call("process_vm_readv", PARENT, None, 0, None, 0, 0),
    "write another's memory": lambda: call("process_vm_writev", PARENT, None, 0, None, 0, 0),
    "hold on to another process": lambda: os.pidfd_open(PARENT),
    "take a descriptor": lambda: system_call(_PIDFD_GETFD, -1, 0, 0),
    "signal its parent": lambda: os.kill(PARENT, 0),
    "signal all processes": lambda: os.kill(-1, 0),
    "signal its group": lambda: os.killpg(0, 0),
    "signal a thread of another": lambda: call("tgkill", PARENT, PARENT, 0),
    "signal another with a value": lambda: call("sigqueue", PARENT, 0, 0),
    "signal by a descriptor": lambda: signal.pidfd_send_signal(-1, 0),
    "have another signalled when data come": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, PARENT),
    "type into a terminal": lambda: fcntl.ioctl(0, 0x5412, b"x"),
    "see another's limits": lambda: resource.prlimit(PARENT, resource.RLIMIT_CORE),
    "lift its own limit of memory": lambda: call("setrlimit", resource.RLIMIT_DATA, b"\xff" * 16),
    "survive its parent": lambda: call("prctl", 1, 0, 0, 0, 0),
    "have another priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 5),
    "choose its processors": lambda: os.sched_setaffinity(0, {0}),
    "be another user": lambda: os.setuid(65_534),
    "be of another group": lambda: os.setgid(65_534),
    "have capabilities": lambda: call("capset", None, None),
    "read a file": lambda: VICTIM.read_text(),
    "read the variables of its parent": lambda: Path(f"/proc/{PARENT}/environ").read_bytes(),
    "read its own memory map": lambda: Path("/proc/self/maps").read_text(),
    "list a folder": lambda: list(Path("/").iterdir()),
    "write a file": lambda: os.open(VICTIM, os.O_WRONLY),
    "read and write a file": lambda: os.open(VICTIM, os.O_RDWR),
    "append to a file": lambda: os.open(VICTIM, os.O_WRONLY | os.O_APPEND),
    "empty a file while it opens it": lambda: os.open(VICTIM, os.O_RDONLY | os.O_TRUNC),
    "create a file": lambda: os.open(f"{VICTIM}-new", os.O_RDONLY | os.O_CREAT),
    "create a file without a name": lambda: os.open(VICTIM.parent, os.O_TMPFILE | os.O_RDWR),
    "open a file by openat2": lambda: system_call(_OPENAT2, -100, os.fsencode(VICTIM), bytes(24), 24),
    "create a file in memory": lambda: os.memfd_create("x"),
    "rename a file": lambda: VICTIM.rename(f"{VICTIM}-new"),
    "remove a file": VICTIM.unlink,
    "link a file": lambda: os.link(VICTIM, f"{VICTIM}-new"),
    "make a symbolic link": lambda: Path(f"{VICTIM}-new").symlink_to(VICTIM),
    "make a folder": lambda: Path(f"{VICTIM}-new").mkdir(),
    "make a pipe with a name": lambda: os.mkfifo(f"{VICTIM}-new"),
    "make a device": lambda: os.mknod(f"{VICTIM}-new"),
    "change the rights of a file": lambda: VICTIM.chmod(0o644),
    "change the owner of a file": lambda: os.chown(VICTIM, -1, -1),
    "change the times of a file": lambda: os.utime(VICTIM),
    "cut a file": lambda: os.truncate(VICTIM, 0),
    "give a file an attribute": lambda: os.setxattr(VICTIM, "user.x", b""),
    "go to another folder": lambda: os.chdir("/"),
    "have another root": lambda: os.chroot("/"),
    "mount": lambda: call("mount", None, None, None, 0, None),
    "unmount": lambda: call("umount2", None, 0),
    "leave its namespaces": lambda: call("unshare", 0),
    "enter a namespace": lambda: call("setns", -1, 0),
    "load a module": lambda: call("init_module", None, 0, None),
    "swap": lambda: call("swapon", None, 0),
    "name the machine": lambda: call("sethostname", None, -1),
    "stop the machine": lambda: system_call({"x86_64": 169}.get(os.uname().machine, 142), 0, 0, 0, None),
    "use io_uring": lambda: system_call(_IO_URING_SETUP, 0, None),
    "loosen its fences": lambda: call("prctl", 22, 2, None, 0, 0),
    "make a pipe": os.pipe,
    "make a pair of sockets": socket.socketpair,
    "open a socket of this machine": lambda: socket.socket(socket.AF_UNIX),
    "open a datagram socket": lambda: socket.socket(type=socket.SOCK_DGRAM),
    "open a raw socket": lambda: socket.socket(type=socket.SOCK_RAW),
    "open a socket to the kernel": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "open a socket to the hypervisor": lambda: socket.socket(socket.AF_VSOCK),
    "open an MPTCP socket": lambda: socket.socket(proto=262),
    "share memory with others": lambda: call("shmget", 0, mmap.PAGESIZE, 0o1600),
    "have memory that no limit counts": lambda: mmap.mmap(-1, mmap.PAGESIZE).close(),
    "copy a descriptor": lambda: os.dup(0),
}
"""What no worker may do; each of these meets EPERM."""
