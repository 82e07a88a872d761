"""A client of an endpoint that says no more than it must, so that it can be slow, rude and many."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, its header fields by small name, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A connection to an HTTP server, kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, query: str, path: str = "/sparql", **parameters: str) -> Answer:
        """The answer to a query by GET."""
        self.send(target(query, path, **parameters))
        return await self.receive()

    def send(self, target: str, headers: str = "Accept: application/sparql-results+json\r\n") -> None:
        """Sends a GET and does not wait for its answer."""
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())

    async def receive(self) -> Answer:
        """The next response, whole.  Raises IncompleteReadError or ConnectionError where it does not come."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, _, fields = head.partition("\r\n")
        headers = dict(_field(line) for line in fields.splitlines() if line)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(status.split()[1]), headers, body)

    def drop(self) -> None:
        """Ends the connection without a word (by RST, if there is anything unread)."""
        self.writer.transport.abort()


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def target(query: str, path: str = "/sparql", **parameters: str) -> str:
    """The request target of a query."""
    more = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"{path}?query={quote(query, safe='')}{more}"


async def connect(url: str) -> Connection:
    address = urlsplit(url)
    return Connection(*await asyncio.open_connection(address.hostname, address.port, limit=2**20))


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection that is dropped at the end."""
    connection = await connect(url)
    try:
        yield connection
    finally:
        connection.drop()
