"""Listens on an address and runs an application there until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from otsgraph.errors import CommandError, PortInUse

SHUTDOWN_TIME_LIMIT = 10
"""Running queries may finish for so long when the server is asked to stop [s]."""

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
    app: ASGIApp, listener: socket.socket, broken: asyncio.Future[None], on_started: Callable[[], None]
) -> None:
    """Serves until SIGINT, SIGTERM or the future `broken`, whose exception it raises.

    `on_started` is called when requests and signals are answered.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=[("Server", "otsgraph")],
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_TIME_LIMIT,
    )
    server = _Server(config, on_started)
    # uvicorn raises the signal again after its shutdown; this makes that harmless, so that the exit code is 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    ends: list[asyncio.Future[Any]] = [serving, broken]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    if broken.done():
        broken.result()


class _Server(uvicorn.Server):
    """A server that says when it answers requests and signals, not before."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()
