"""A server of our connections in the test's own process, applications that say what they were given, and clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from otsgraph.engine.base import Counters
from otsgraph.web.http.connection import Connection
from otsgraph.web.http.contract import ConnectionLimits
from otsgraph.web.http.reload import HotSwap
from otsgraph.web.http.responses import ResponseCache


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the request as JSON: method, target, header fields and body."""
    body = b""
    while (message := await receive())["type"] != "http.disconnect":
        body += message["body"]
        if not message["more_body"]:
            break
    else:
        return
    said = json.dumps(seen(scope, body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


def seen(scope: Scope, body: bytes) -> dict[str, Any]:
    """A request as an application has it."""
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    fields = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    target = (scope["raw_path"] + query).decode("latin-1")
    return {"method": scope["method"], "target": target, "headers": fields, "body": body.decode("latin-1")}


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    """Waits until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        continue


@asynccontextmanager
async def listening(
    app: ASGIApp = hello, limits: ConnectionLimits | None = None, counters: Counters | None = None
) -> AsyncIterator[int]:
    """The port on the loopback interface where an application is served."""
    config = uvicorn.Config(app, log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()

    def connection() -> Connection:
        return Connection(
            switch=HotSwap(app, ResponseCache()),
            limits=limits or ConnectionLimits(header_time=5, connections=100),
            counters=counters or Counters(),
            client_of=lambda peer, _: peer,
            config=config,
            server_state=state,
            app_state={},
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for each in list(state.connections):
            each.transport.abort()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[socket.socket]:
    """A connection that is ended at the end.

    It is a plain socket: a stream of asyncio loses what has come when the other side resets the connection.
    """
    with socket.socket() as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
        yield client


async def read_all(client: socket.socket) -> bytes:
    """What comes on a connection until the server ends it, or the task is cancelled."""
    received = bytearray()
    with contextlib.suppress(ConnectionError, TimeoutError, asyncio.CancelledError):
        while data := await asyncio.get_running_loop().sock_recv(client, 2**16):
            received += data
    return bytes(received)


async def talk(port: int, *pieces: bytes, seconds: float = 5.0) -> bytes:
    """What comes on a connection until the server ends it, after some pieces have been sent on it one by one."""
    async with connected(port) as client, asyncio.timeout(seconds):
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                await asyncio.get_running_loop().sock_sendall(client, piece)
                await asyncio.sleep(0)
        return await read_all(client)


async def pump(port: int, begin: bytes, piece: bytes, most: int, seconds: float = 5.0) -> tuple[int, bytes]:
    """Sends the same piece again and again, `most` bytes at the most, for as long as the server takes it.

    Returns how many bytes it took, and what it sent meanwhile.
    """
    loop, sent = asyncio.get_running_loop(), 0
    async with connected(port) as client:
        reading = asyncio.create_task(read_all(client))
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(seconds):
                await loop.sock_sendall(client, begin)
                while sent < most:
                    await loop.sock_sendall(client, piece)
                    await asyncio.sleep(0)
                    sent += len(piece)
        reading.cancel()
        return sent, await reading


def statuses(received: bytes) -> list[int]:
    """The statuses of the responses in what was received; bodies must not look like a status line."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def echoed(received: bytes) -> list[dict[str, Any]]:
    """The requests that `echo` was given, from its responses."""
    found = re.findall(rb'\r\n\r\n(\{"method": .*?"body": "(?:[^"\\]|\\.)*"\})', received, re.DOTALL)
    return [json.loads(each) for each in found]
