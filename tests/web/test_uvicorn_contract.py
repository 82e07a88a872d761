"""What `connection` relies on inside uvicorn, which does not promise it: a new minor version is tried here first.

With another one, the server leaves connections to uvicorn.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import re
import socket
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import httptools
import httpx
import pytest
import uvicorn
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from http_testing import hello
from otsgraph.web.http.connection import Connection, ReadFlow
from otsgraph.web.http.contract import ATTRIBUTES, METHODS, misfit
from otsgraph_testing import Server, running_server, wait_until


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


def test_what_connection_overrides_is_in_the_contract() -> None:
    """An override of a method that uvicorn no longer has would never be called."""
    for ours, theirs in ((Connection, HttpToolsProtocol), (ReadFlow, FlowControl)):
        defined = {name for name, value in vars(ours).items() if inspect.isfunction(value) and name != "__init__"}
        overridden = {f"{theirs.__name__}.{name}" for name in defined & set(dir(theirs))}
        assert overridden
        assert overridden <= METHODS.keys()


def _of_self(source: str) -> list[ast.Attribute]:
    return [
        n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "self"
    ]


def test_what_connection_uses_of_its_base_is_in_the_contract() -> None:
    """Whatever `self` has that Connection does not define itself comes from uvicorn."""
    used = {n.attr for n in _of_self(inspect.getsource(Connection))}
    made = {n.attr for n in _of_self(textwrap.dedent(inspect.getsource(Connection.__init__)))}
    own = set(vars(Connection)) | made
    known = {*ATTRIBUTES["HttpToolsProtocol"].split(), *(name.partition(".")[2] for name in METHODS)}
    assert {"parser", "transport"} <= used - own
    assert used - own <= known


@pytest.mark.anyio
async def test_this_uvicorn_fits() -> None:
    assert misfit() == ""


@pytest.mark.anyio
@pytest.mark.parametrize("name", METHODS)
async def test_a_method_with_other_parameters_does_not_fit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = {"FlowControl": FlowControl, "HttpToolsProtocol": HttpToolsProtocol}[name.partition(".")[0]]
    monkeypatch.setattr(owner, name.partition(".")[2], lambda self, surprise: None)
    assert name in misfit()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("base", "attribute"),
    [
        (HttpToolsProtocol, "pipeline"),
        (FlowControl, "write_paused"),
        (RequestResponseCycle, "keep_alive"),
        (ServerState, "default_headers"),
    ],
)
async def test_an_attribute_of_another_name_does_not_fit(
    base: type, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Any = vars(base)["__init__"]

    def without(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        setattr(self, f"{attribute}_renamed", vars(self).pop(attribute))

    monkeypatch.setattr(base, "__init__", without)
    assert re.search(f"{base.__name__}.* has no .*{attribute}", misfit())


@pytest.mark.anyio
async def test_a_module_that_has_gone_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn.protocols.http.flow_control", None)
    assert "flow_control" in misfit()


ANOTHER_UVICORN = """
import sys
import textwrap
from uvicorn.protocols.http.flow_control import FlowControl
FlowControl.resume_reading = lambda self, now=True, resume=FlowControl.resume_reading: resume(self)
from otsgraph.__main__ import main
sys.argv = ["otsgraph", *sys.argv[3:]]
main()
"""


@pytest.fixture(scope="module")
def with_another_uvicorn() -> Iterator[Server]:
    """A server with a uvicorn whose inside is different."""
    with running_server(python=("-c", ANOTHER_UVICORN)) as server:
        yield server


def test_a_server_says_once_what_another_uvicorn_does_not_enforce(with_another_uvicorn: Server) -> None:
    warnings = [line for line in with_another_uvicorn.said.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert "FlowControl.resume_reading takes other parameters" in warnings[0]
    assert "time limits for headers, bodies and sending are not enforced" in warnings[0]


def test_a_server_answers_with_another_uvicorn(with_another_uvicorn: Server) -> None:
    for _ in range(2):
        answer = httpx.get(f"{with_another_uvicorn.url}/sparql", params={"query": "ASK { ?s ?p ?o }"})
        assert (answer.status_code, answer.json()["boolean"]) == (200, True)
        assert answer.headers["server"] == "otsgraph"
    assert httpx.get(with_another_uvicorn.url).status_code == 200


def test_a_server_with_another_uvicorn_limits_connections() -> None:
    with running_server("--connection-limit", "10", python=("-c", ANOTHER_UVICORN)) as server:
        with contextlib.ExitStack() as opened:
            for _ in range(10):
                opened.enter_context(socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))))
            wait_until(lambda: httpx.get(f"{server.url}/health").status_code == 503)
        wait_until(lambda: httpx.get(f"{server.url}/health").status_code == 200)


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
