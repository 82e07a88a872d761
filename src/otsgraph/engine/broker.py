"""The broker: a process that opens the connections of workers that may call other endpoints.

Such a worker can create a TCP socket, but the kernel passes each of its connect(2) calls to the broker, which opens a
connection to the endpoint that the address stands for and puts it in place of the worker's socket.  All other addresses
are refused, whatever the query says.  The worker asks no name server either: when it opens /etc/hosts, it gets a table
in which the name of each endpoint has an address that stands for it.  It can open no other file.

Sources: seccomp_unotify(2), <linux/seccomp.h>, ip(7), ipv6(7), hosts(5), nsswitch.conf(5).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from otsgraph.process import sandbox
from otsgraph.process import sandbox as seccomp

CONNECT_TIME_LIMIT = 30.0
"""Time limit for connecting to one address of an endpoint [s]; that of the query is usually shorter."""

NAME = b"otsgraph-broker"
"""Name of the process in lists of processes."""

_PR_SET_NAME = 15
_PR_SET_PTRACER = 0x59616D61
_RECEIVE, _SEND, _ADD_DESCRIPTOR = 0xC0502100, 0xC0182101, 0x40182103
_REPLACE = 1
_ADD_SEALS, _ALL_SEALS = 1033, 0xF
_NOTIFICATION = struct.Struct("QII iIQ 6Q")
_RESPONSE = struct.Struct("QqiI")
_NEW_DESCRIPTOR = struct.Struct("QIIII")
_LONGEST_ADDRESS, _LONGEST_PATH = 28, 64

_HOSTS, _NAME_SERVICE = b"/etc/hosts", b"/etc/nsswitch.conf"
_STAND_IN = IPv4Address("240.0.0.1")
"""The first of the addresses that stand for names; no host has one (RFC 1112 §4, class E)."""

_Address = tuple[IPv4Address | IPv6Address, int]


@dataclass(frozen=True, slots=True)
class Routes:
    """The host and port of an endpoint for each address that a worker may connect to, and the files that it sees."""

    endpoints: dict[_Address, tuple[bytes, int]]
    files: dict[bytes, bytes]


def routes(services: Iterable[str]) -> Routes:
    """Returns the routes to endpoints, from their IRIs."""
    endpoints: dict[_Address, tuple[bytes, int]] = {}
    stand_ins: dict[str, IPv4Address | IPv6Address] = {}
    for service in services:
        parts = urlsplit(service)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
        try:
            address = ip_address(host)
        except ValueError:
            address = stand_ins.setdefault(host, _STAND_IN + len(stand_ins))
        # a string would need a codec that has to be imported
        endpoints[address, port] = host.encode(), port
    hosts = "".join(f"{address} {name}\n" for name, address in stand_ins.items())
    return Routes(endpoints, {_HOSTS: hosts.encode(), _NAME_SERVICE: b"hosts: files\n"})


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker.  `control` sends it the listeners of workers, and is readable when it has ended."""

    process: int
    control: socket.socket

    def confine(self) -> None:
        """Lets the calling process connect and open files only through the broker from now on.  Raises OSError."""
        # Yama lets no process read the memory of another without its permission
        with contextlib.suppress(OSError):
            seccomp.prctl(_PR_SET_PTRACER, self.process)
        listener = seccomp.supervised()
        socket.send_fds(self.control, [b"."], [listener])
        os.close(listener)
        self.control.close()


def start(services: Collection[str]) -> Broker | None:
    """Starts a broker that allows connections to endpoints and ends with the calling process.

    Returns None if the system has no means for it.  Raises OSError if no process can be made.
    """
    if not seccomp.is_known_machine():
        return None
    ways = routes(services)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with contextlib.ExitStack() as failed:
        failed.callback(ours.close)
        with theirs:
            process = _fork(_run, os.getpid(), theirs, ways)
        failed.callback(os.waitpid, process, 0)
        failed.callback(os.kill, process, signal.SIGKILL)
        broker = Broker(process, ours)
        probe = _fork(_probe, broker, ways)
        if os.waitpid(probe, 0)[1] == 0:
            failed.pop_all()
            return broker
    return None


def _probe(broker: Broker, ways: Routes) -> None:
    """Fails unless the broker serves the process: it must see the broker's table of hosts."""
    broker.confine()
    if Path(os.fsdecode(_HOSTS)).read_bytes() != ways.files[_HOSTS]:
        raise FileNotFoundError


def _fork(work: Callable[..., None], *arguments: object) -> int:
    """Returns the id of a new process that does nothing but this work.  Raises OSError if none can be made."""
    process = os.fork()
    if process:
        return process
    try:
        work(*arguments)
        os._exit(0)
    except BaseException:  # noqa: BLE001
        os._exit(1)


def _run(parent: int, control: socket.socket, ways: Routes) -> None:
    """Serves each worker in a thread."""
    sandbox.die_with_parent(parent)
    with contextlib.suppress(OSError):
        seccomp.prctl(_PR_SET_NAME, ctypes.c_char_p(NAME))
    sandbox.leave_standard_streams()
    sandbox.close_all_but({control.fileno()})
    while True:
        message, listeners, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for listener in listeners:
            try:
                threading.Thread(target=_serve, args=(listener, ways), daemon=True).start()
            except RuntimeError:
                # without a thread, the worker's connections fail, and it is replaced
                os.close(listener)


def _serve(listener: int, ways: Routes) -> None:
    """Answers the calls of a worker until it ends."""
    calls = select.poll()
    calls.register(listener, select.POLLIN)
    while not calls.poll()[0][1] & select.POLLHUP:
        # the worker may have been killed meanwhile
        with contextlib.suppress(OSError):
            _answer(listener, ways)
    os.close(listener)


def _answer(listener: int, ways: Routes) -> None:
    """Answers one call.  Raises OSError if nobody waits for the answer any more."""
    notification = bytearray(_NOTIFICATION.size)
    fcntl.ioctl(listener, _RECEIVE, notification)
    call, process, _, number, _, _, *arguments = _NOTIFICATION.unpack(notification)
    value, error = 0, 0
    try:
        if number == seccomp.number("connect"):
            with _connection(_memory(process, arguments[1], _LONGEST_ADDRESS), ways, listener) as connection:
                _hand_over(listener, call, connection.fileno(), arguments[0])
        else:
            path = _memory(process, arguments[0 if number == seccomp.number("open") else 1], _LONGEST_PATH)
            with _file(path.partition(b"\0")[0], ways) as file:
                value = _hand_over(listener, call, file)
    except Exception as refusal:  # noqa: BLE001
        # the worker waits, whatever it was; errors of name resolution have numbers of their own
        code = refusal.errno if isinstance(refusal, OSError) else None
        error = code if code is not None and code > 0 else errno.EHOSTUNREACH
    fcntl.ioctl(listener, _SEND, _RESPONSE.pack(call, value, -error, 0))


def _memory(process: int, address: int, most: int) -> bytes:
    """Returns at most that many bytes of a process's memory at an address.  Raises OSError."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        try:
            return os.pread(memory.fileno(), most, address)
        except OverflowError:
            raise OSError(errno.EFAULT, "not an address") from None


def _connection(address: bytes, ways: Routes, listener: int) -> socket.socket:
    """Returns a connection to the endpoint that an address stands for.  Raises OSError."""
    endpoint = ways.endpoints.get(_parsed(address))
    if endpoint is None:
        raise PermissionError(errno.EPERM, "not an endpoint that may be called")
    failure = OSError(errno.EHOSTUNREACH, "the endpoint has no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(*endpoint, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            _connect(connection, place, listener)
        except ChildProcessError:
            connection.close()
            raise
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _connect(connection: socket.socket, place: Any, listener: int) -> None:
    """Connects within the time limit.  Raises OSError, or ChildProcessError if the worker has ended."""
    connection.setblocking(False)
    if (error := connection.connect_ex(place)) == errno.EINPROGRESS:
        ways = select.poll()
        ways.register(connection, select.POLLOUT)
        # when a worker is stopped, its attempt to connect must end too
        ways.register(listener, 0)
        found = dict(ways.poll(CONNECT_TIME_LIMIT * 1_000))
        if listener in found:
            raise ChildProcessError(errno.ECANCELED, "the worker has ended")
        error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if found else errno.ETIMEDOUT
    if error:
        raise OSError(error, os.strerror(error))
    connection.setblocking(True)


def _parsed(address: bytes) -> _Address:
    """Returns an address of connect(2).  Raises OSError if it is not an IP address."""
    try:
        (family,) = struct.unpack_from("H", address)
        if family == socket.AF_INET:
            port, four = struct.unpack_from("!H4s", address, 2)
            return IPv4Address(four), port
        if family == socket.AF_INET6:
            port, sixteen = struct.unpack_from("!H4x16s", address, 2)
            return IPv6Address(sixteen), port
    except struct.error:
        raise OSError(errno.EFAULT, "not an address") from None
    raise OSError(errno.EAFNOSUPPORT, "not an address of IP")


@contextlib.contextmanager
def _file(path: bytes, ways: Routes) -> Iterator[int]:
    """Yields a read-only descriptor of what a worker sees as a file.  Raises OSError."""
    if path not in ways.files:
        raise PermissionError(errno.EPERM, "not a file for a worker")
    descriptor = os.memfd_create("file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.write(descriptor, ways.files[path])
        os.lseek(descriptor, 0, os.SEEK_SET)
        fcntl.fcntl(descriptor, _ADD_SEALS, _ALL_SEALS)
        yield descriptor
    finally:
        os.close(descriptor)


def _hand_over(listener: int, call: int, descriptor: int, place: int | None = None) -> int:
    """Gives a descriptor to the process that made a call, instead of its own at `place` if that is given.

    Returns its number there.  Raises OSError.
    """
    flags = 0 if place is None else _REPLACE
    number = (place or 0) & 0xFFFFFFFF
    request = bytearray(_NEW_DESCRIPTOR.pack(call, flags, descriptor, number, os.O_CLOEXEC))
    return int(fcntl.ioctl(listener, _ADD_DESCRIPTOR, request))
