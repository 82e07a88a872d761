"""What `connection` relies on inside uvicorn, which does not promise any of it, and whether this uvicorn has it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import uvicorn

METHODS: Mapping[str, tuple[str, ...]] = {
    "FlowControl.pause_reading": (),
    "FlowControl.resume_reading": (),
    "HttpToolsProtocol._start_asgi_task": ("cycle", "app"),
    "HttpToolsProtocol._unset_keepalive_if_required": (),
    "HttpToolsProtocol.connection_lost": ("exc",),
    "HttpToolsProtocol.connection_made": ("transport",),
    "HttpToolsProtocol.data_received": ("data",),
    "HttpToolsProtocol.on_body": ("body",),
    "HttpToolsProtocol.on_header": ("name", "value"),
    "HttpToolsProtocol.on_headers_complete": (),
    "HttpToolsProtocol.on_message_begin": (),
    "HttpToolsProtocol.on_message_complete": (),
    "HttpToolsProtocol.on_response_complete": (),
    "HttpToolsProtocol.pause_writing": (),
    "HttpToolsProtocol.resume_writing": (),
    "HttpToolsProtocol.timeout_keep_alive_handler": (),
}
"""Methods that are called or overridden, and their parameters."""

ATTRIBUTES: Mapping[str, str] = {
    "HttpToolsProtocol": "app client config connections cycle expect_100_continue flow headers loop parser pipeline"
    " server_state tasks timeout_keep_alive_task transport url",
    "FlowControl": "read_paused write_paused",
    "RequestResponseCycle": "body disconnected keep_alive message_event on_response response_complete response_started"
    " scope",
    "ServerState": "default_headers",
    "HttpRequestParser": "feed_data get_http_version get_method set_dangerous_leniencies should_keep_alive"
    " should_upgrade",
}
"""Attributes of objects that are used while a request is read."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client may take.

    Time [s] to send a header, to send a body, and to read the next 64 KiB of a response; the number of open
    connections; and the size of a body [bytes].
    """

    header_time: float = 10.0
    body_time: float = 30.0
    send_time: float = 30.0
    connections: int = 1_000
    body: int = 2**20


ClientOf: TypeAlias = Callable[[str, Iterable[tuple[bytes, bytes]]], str]
"""The client's address, from that of the connection's other end and the request's header."""


def misfit() -> str:
    """Returns what this uvicorn lacks for `connection`, or nothing if it fits.  Needs a running event loop."""
    try:
        return _misfit()
    except Exception as error:  # noqa: BLE001
        # whatever it is, uvicorn is not the one that is known
        return f"{type(error).__name__}: {error}"


def _misfit() -> str:
    from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.server import ServerState

    class Probe(HttpToolsProtocol):
        """Notes the first request instead of answering it."""

        def _start_asgi_task(self, cycle: Any, app: Any) -> None:
            self.started = cycle

    classes = {"FlowControl": FlowControl, "HttpToolsProtocol": HttpToolsProtocol}
    for name, parameters in METHODS.items():
        owner, _, method = name.partition(".")
        if tuple(inspect.signature(getattr(classes[owner], method)).parameters) != ("self", *parameters):
            return f"{name} takes other parameters"
    config = uvicorn.Config(_nothing, log_config=None, lifespan="off", ws="none", proxy_headers=False)
    probe = Probe(config=config, server_state=ServerState(), app_state={})
    probe.connection_made(asyncio.Transport())
    probe.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
    objects = (probe, probe.flow, probe.started, probe.server_state, probe.parser)
    for found, (owner, attributes) in zip(objects, ATTRIBUTES.items(), strict=True):
        if missing := [name for name in attributes.split() if not hasattr(found, name)]:
            return f"{owner} has no {missing[0]}"
    if not (probe.started.body == b"x" and probe.started.on_response == probe.on_response_complete):
        return "a request is read in another way"
    proxy, client = "192.0.2.1", "192.0.2.7"
    if client_of([proxy])(proxy, [(b"x-forwarded-for", client.encode())]) != client:
        return "a trusted proxy is not believed"
    return "" if HIGH_WATER_LIMIT else "HIGH_WATER_LIMIT is 0"


def client_of(trusted_proxies: Sequence[str]) -> ClientOf:
    """Returns how a connection knows its client: as uvicorn tells the application if it trusts a proxy."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    trusted = ProxyHeadersMiddleware(_nothing, list(trusted_proxies)).trusted_hosts

    def found(peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        forwarded = [value for name, value in headers if name == b"x-forwarded-for"]
        if not forwarded or peer not in trusted:
            return peer
        return trusted.get_trusted_client_address(b", ".join(forwarded).decode("latin-1"))[0] or peer

    return found


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application that is never called."""
