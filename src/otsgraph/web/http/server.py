"""Listens on an address and serves an application until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any

import uvicorn

from otsgraph.engine.base import Counters
from otsgraph.errors import CommandError, PortInUse
from otsgraph.web.http.access_log import WithAccessLog
from otsgraph.web.http.contract import ConnectionLimits, client_of, misfit
from otsgraph.web.http.reload import HotSwap

TIME_TO_TELL = 5
"""Time to tell clients that a stop has ended their queries, before connections are cut [s]."""

FILES_BESIDE_CONNECTIONS = 200
"""Files that may be open besides connections: sockets of the workers of two dataset versions, downloads that are being
read, connections that are being refused."""

RECEIVED_AT_ONCE = 2**15
"""Bytes that the system keeps for a connection until they are read (socket(7), SO_RCVBUF)."""

log = logging.getLogger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """Returns a listening socket, so that a port in use is noticed before anything is started.

    Raises PortInUse, or CommandError if the address is not available for another reason.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm only if the protocol is named; with it, responses wait 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # all that has been received is read at once; this limits it for each connection
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_AT_ONCE)
    try:
        listener.bind((host, port))
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} is in use; try `otsgraph serve --port {port + 1}`") from None
        raise CommandError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from None
    return listener


def address(listener: socket.socket) -> str:
    """Returns the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def run(
    switch: HotSwap,
    listener: socket.socket,
    *,
    ended: asyncio.Future[None],
    on_started: Callable[[], None],
    withdraw: Callable[[], Awaitable[None]],
    counters: Counters,
    limits: ConnectionLimits,
    shutdown_time_limit: float,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serves until SIGINT, SIGTERM or the future `ended`, whose exception it raises.

    `on_started` is called when requests and signals are handled.  When the server is stopped, running queries may
    finish for `shutdown_time_limit` [s]; then `withdraw` ends them, and their clients are told.
    """
    limits = replace(limits, connections=_connections_allowed(limits.connections))
    config = _config(switch, counters, limits, trusted_proxies)
    config.timeout_graceful_shutdown = math.ceil(shutdown_time_limit) + TIME_TO_TELL
    server = _Server(config, on_started)
    # uvicorn raises the signal again after its shutdown; this makes it harmless, so that the exit code is 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    asked_to_stop = asyncio.ensure_future(server.asked_to_stop.wait())
    ends: list[asyncio.Future[Any]] = [serving, ended, asked_to_stop]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.wait([serving], timeout=shutdown_time_limit)
    await withdraw()
    await serving
    asked_to_stop.cancel()
    if ended.done():
        ended.result()


def _connections_allowed(wanted: int) -> int:
    """Returns how many connections there may be, so that files are left for everything else (setrlimit(2)).

    Raises the soft limit of the process as far as necessary and allowed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + FILES_BESIDE_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    allowed = max(1, min(wanted, files - FILES_BESIDE_CONNECTIONS))
    if allowed < wanted:
        log.warning("the system allows this process %d files, so the limit of connections is %d", files, allowed)
    return allowed


def _config(
    switch: HotSwap, counters: Counters, limits: ConnectionLimits, trusted_proxies: Sequence[str]
) -> uvicorn.Config:
    """Returns uvicorn's settings: our connections, or its own where this uvicorn is not one that ours fit."""
    protocol: Any = "httptools"
    if lacking := misfit():
        log.warning(
            "uvicorn %s does not fit (%s): time limits for headers, bodies and sending are not enforced,"
            " and cached responses take longer",
            *(uvicorn.__version__, lacking),
        )
    else:
        from otsgraph.web.http.connection import Connection

        protocol = partial(
            Connection, switch=switch, limits=limits, counters=counters, client_of=client_of(trusted_proxies)
        )
    return uvicorn.Config(
        WithAccessLog(switch, counters),
        http=protocol,
        # uvicorn refuses at this number what it counts in
        limit_concurrency=limits.connections + 1 if lacking else None,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        server_header=False,
        headers=[("Server", "otsgraph")],
    )


class _Server(uvicorn.Server):
    """A server that reports when it is ready for requests and signals."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self.asked_to_stop = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.asked_to_stop.set()
        super().handle_exit(sig, frame)
