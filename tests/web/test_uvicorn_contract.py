"""What `web.connections` relies on inside uvicorn, which does not promise it: a new minor version is tried here first."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from typing import Any

import httptools
import pytest
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from http_testing import hello
from otsgraph.web.http.connection import Connection


class Transport(asyncio.Transport):
    """Remembers what is written to it, and whether it is read from."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_reading_ = True
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.is_reading_ = False

    def resume_reading(self) -> None:
        self.is_reading_ = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def protocol(app: Any = hello) -> tuple[HttpToolsProtocol, Transport]:
    """uvicorn's own protocol on a transport, inside a running loop."""
    config = uvicorn.Config(app, log_config=None, proxy_headers=False)
    config.load()
    made, transport = HttpToolsProtocol(config=config, server_state=ServerState(), app_state={}), Transport()
    made.connection_made(transport)
    return made, transport


def test_only_known_methods_are_overridden() -> None:
    """An override of a method that uvicorn no longer has would never be called."""
    ours = {name for name, value in vars(Connection).items() if inspect.isfunction(value) and name != "__init__"}
    assert ours & set(dir(HttpToolsProtocol)) == {
        "_start_asgi_task", "connection_lost", "connection_made", "data_received", "on_body", "on_header",
        "on_headers_complete", "on_message_begin", "on_message_complete", "on_response_complete", "pause_writing",
        "resume_writing", "timeout_keep_alive_handler",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (HttpToolsProtocol._start_asgi_task, ["self", "cycle", "app"]),
        (HttpToolsProtocol.on_header, ["self", "name", "value"]),
        (HttpToolsProtocol.on_body, ["self", "body"]),
        (HttpToolsProtocol._unset_keepalive_if_required, ["self"]),
        (FlowControl.resume_reading, ["self"]),
        (FlowControl.pause_reading, ["self"]),
    ],
)
def test_a_method_has_the_parameters_that_are_known(method: Any, parameters: list[str]) -> None:
    assert list(inspect.signature(method).parameters) == parameters


@pytest.mark.anyio
async def test_a_protocol_has_the_attributes_that_are_used() -> None:
    made, _ = protocol()
    assert isinstance(made.pipeline, deque)
    assert isinstance(made.flow, FlowControl)
    assert made.cycle is None
    assert made.server_state.default_headers == []
    for name in ("parser", "loop", "transport", "connections", "tasks", "client", "config", "app"):
        assert hasattr(made, name)


@pytest.mark.anyio
async def test_a_later_request_waits_at_the_left_of_the_pipeline_and_pauses_reading() -> None:
    made, transport = protocol()
    made.data_received(
        b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert [cycle.scope["path"] for cycle, _ in made.pipeline] == ["/3", "/2"]
    assert made.cycle is made.pipeline[0][0]
    assert made.flow.read_paused
    assert not transport.is_reading_
    for _ in range(10):
        await asyncio.sleep(0)
    assert transport.written.count(b"hello") == 3


@pytest.mark.anyio
async def test_a_body_above_the_mark_pauses_reading_and_receive_resumes_it() -> None:
    """That receive() resumes whatever it was that paused is why our flow control asks first."""
    received = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        received.set()
        await receive()

    made, transport = protocol(app)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    made.data_received(head + b"x" * (HIGH_WATER_LIMIT + 1))
    assert not transport.is_reading_
    assert len(made.cycle.body) == HIGH_WATER_LIMIT + 1
    await received.wait()
    await asyncio.sleep(0)
    assert transport.is_reading_
    made.connection_lost(None)
    await asyncio.gather(*made.tasks)


@pytest.mark.anyio
async def test_a_cycle_has_the_attributes_that_are_used() -> None:
    made, _ = protocol()
    made.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    cycle = made.cycle
    assert isinstance(cycle, RequestResponseCycle)
    found = (cycle.disconnected, cycle.keep_alive, cycle.response_started, cycle.response_complete, cycle.more_body)
    assert found == (False, True, False, False, False)
    assert isinstance(cycle.message_event, asyncio.Event)
    assert cycle.on_response == made.on_response_complete
    await asyncio.gather(*made.tasks)
    assert cycle.response_complete


def test_the_parser_stops_at_an_upgrade_and_says_where() -> None:
    class Nothing:
        def on_headers_complete(self) -> None: ...

    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\n"
    parser = httptools.HttpRequestParser(Nothing())
    with pytest.raises(httptools.HttpParserUpgrade) as upgrade:
        parser.feed_data(head + b"abc")
    assert upgrade.value.args == (len(head),)


def test_an_error_that_a_callback_raises_is_the_context_of_the_parser_s() -> None:
    class Raising:
        def on_headers_complete(self) -> None:
            raise LookupError

    with pytest.raises(httptools.HttpParserCallbackError) as error:
        httptools.HttpRequestParser(Raising()).feed_data(b"GET / HTTP/1.1\r\n\r\n")
    assert isinstance(error.value.__context__, LookupError)


def test_a_trusted_proxy_says_who_asks() -> None:
    trusted = ProxyHeadersMiddleware(hello, ["10.0.0.0/8"]).trusted_hosts  # type: ignore[arg-type]
    assert "10.1.2.3" in trusted
    assert "192.0.2.1" not in trusted
    assert trusted.get_trusted_client_address("192.0.2.7, 10.0.0.1") == ("192.0.2.7", 0)
