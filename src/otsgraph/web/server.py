"""Listens on an address and runs an application there until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import math
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from otsgraph.errors import CommandError, PortInUse
from otsgraph.web.connections import Connection
from otsgraph.web.ready import ReadyAnswers

TIME_TO_TELL = 5
"""Clients whose queries are ended by a stop are told so within that time [s]; then connections are cut."""

MOST_CONNECTIONS = 1_000


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, so that a port in use is noticed before anything is started.

    Raises PortInUse, or CommandError if the address cannot be had for another reason.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it, answers wait 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
    """The URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def run(
    app: ASGIApp,
    listener: socket.socket,
    broken: Sequence[asyncio.Future[None]],
    on_started: Callable[[], None],
    withdraw: Callable[[], Awaitable[None]],
    ready: ReadyAnswers,
    shutdown_time_limit: float,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serves until SIGINT, SIGTERM or one of the futures `broken`, whose exception it raises.

    `on_started` is called when requests and signals are answered.  When the server is asked to stop, queries under way
    may finish for `shutdown_time_limit` [s]; then `withdraw` ends them, and their clients are told so.
    """
    server = _Server(_config(app, ready, shutdown_time_limit, trusted_proxies), on_started)
    # uvicorn raises the signal again after its shutdown; this makes that harmless, so that the exit code is 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    ends: list[asyncio.Future[Any]] = [serving, *broken, asyncio.create_task(server.asked_to_stop.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.wait([serving], timeout=shutdown_time_limit)
    await withdraw()
    await serving
    ends[-1].cancel()
    for future in broken:
        if future.done():
            future.result()


def _config(
    app: ASGIApp, ready: ReadyAnswers, shutdown_time_limit: float, trusted_proxies: Sequence[str]
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=partial(Connection, ready=ready),  # type: ignore[arg-type]
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        server_header=False,
        headers=[("Server", "otsgraph")],
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=math.ceil(shutdown_time_limit) + TIME_TO_TELL,
    )


class _Server(uvicorn.Server):
    """A server that says when it answers requests and signals, not before."""

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
