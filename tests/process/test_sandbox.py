"""The fences of a worker: what it cannot do, what it still can, and what a running one has inherited."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from fences_testing import FORBIDDEN, VICTIM, enclosed
from otsgraph.process import sandbox
from otsgraph.process.sandbox import ALLOW, EPERM, KILL, Reach
from otsgraph_testing import Server, brokers_of, fork_servers_of, running_server, wait_until, workers_of


@pytest.fixture(autouse=True)
def victim() -> Iterator[None]:
    VICTIM.parent.mkdir()
    VICTIM.write_text("secret")
    yield
    shutil.rmtree(VICTIM.parent)


@pytest.mark.seccomp
@pytest.mark.parametrize("attempt", FORBIDDEN)
def test_a_worker_cannot(attempt: str) -> None:
    assert enclosed(FORBIDDEN[attempt]).outcome() == "EPERM"


@pytest.mark.seccomp
def test_a_worker_cannot_open_a_tcp_socket() -> None:
    assert enclosed(socket.socket).outcome() == "EPERM"


@pytest.mark.seccomp
@pytest.mark.parametrize(
    ("attempt", "signal_"),
    [
        pytest.param(os.abort, "SIGABRT", id="when it aborts"),
        pytest.param(lambda: bytearray(2**29), "MemoryError()", id="when Python lacks memory"),
        pytest.param(lambda: ctypes.string_at(0), "SIGSEGV", id="when it reads where nothing is"),
    ],
)
def test_how_a_worker_ends_still_tells_why(attempt: Callable[[], object], signal_: str) -> None:
    assert enclosed(attempt).outcome() == signal_


def _traceback() -> str:
    try:
        Path("/").read_text()
    except OSError:
        return traceback.format_exc()
    return ""


@pytest.mark.seccomp
@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        pytest.param(lambda: len(bytes(2**24)), "16777216", id="take memory"),
        pytest.param(lambda: len(os.urandom(8)), "8", id="have random numbers"),
        pytest.param(lambda: time.process_time() > 0, "True", id="tell its time"),
        pytest.param(lambda: time.sleep(0.001), "None", id="sleep"),
        pytest.param(
            lambda: "PermissionError" in _traceback(), "True", id="write a traceback, without its source lines"
        ),
    ],
)
def test_a_worker_can(attempt: Callable[[], object], expected: str) -> None:
    assert enclosed(attempt).outcome() == expected


@pytest.mark.seccomp
@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        pytest.param(os.O_RDONLY, "open", id="read"),
        pytest.param(os.O_WRONLY, "EPERM", id="written"),
        pytest.param(os.O_RDWR, "EPERM", id="read and written"),
        pytest.param(os.O_RDONLY | os.O_CREAT, "EPERM", id="created"),
        pytest.param(os.O_RDONLY | os.O_TRUNC, "EPERM", id="emptied"),
    ],
)
def test_a_worker_that_may_read_files_can_have_one(flags: int, outcome: str) -> None:
    def attempt() -> str:
        os.open(VICTIM, flags)
        return "open"

    assert enclosed(attempt, reads_files=True).outcome() == outcome


def verdict(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What a filter says of a system call; interprets as much of classic BPF as the filters use."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    instructions = list(struct.iter_unpack("<HBBI", program))
    word, place = 0, 0
    while True:
        code, if_true, if_false, value = instructions[place]
        place += 1
        match code:
            case 0x20:
                (word,) = struct.unpack_from("<I", data, value)
            case 0x54:
                word &= value
            case 0x15:
                place += if_true if word == value else if_false
            case _:
                assert code == 0x06
                return int(value)


X86_64, AARCH64, I386, OURSELVES = 0xC000003E, 0xC00000B7, 0x40000003, 4_711


@pytest.mark.parametrize(
    ("machine", "call", "expected"),
    [
        pytest.param("x86_64", (X86_64, 0), ALLOW, id="read on x86-64"),
        pytest.param("x86_64", (X86_64, 59), EPERM, id="execve on x86-64"),
        pytest.param("x86_64", (X86_64, 0x40000000), EPERM, id="read in the x32 table"),
        pytest.param("x86_64", (X86_64, 0x40000208), EPERM, id="execve in the x32 table"),
        pytest.param("x86_64", (I386, 3), KILL, id="read in the table of 32 bits"),
        pytest.param("x86_64", (X86_64, 234, OURSELVES, 1, 6), ALLOW, id="a signal to itself on x86-64"),
        pytest.param("x86_64", (X86_64, 234, OURSELVES + 1, 1, 6), EPERM, id="a signal to another on x86-64"),
        pytest.param("aarch64", (AARCH64, 63), ALLOW, id="read on arm64"),
        pytest.param("aarch64", (AARCH64, 221), EPERM, id="execve on arm64"),
        pytest.param("aarch64", (AARCH64, 56), EPERM, id="openat on arm64"),
        pytest.param("aarch64", (AARCH64, 198, 2, 1, 0), EPERM, id="a socket on arm64"),
        pytest.param("aarch64", (AARCH64, 131, OURSELVES, 1, 6), ALLOW, id="a signal to itself on arm64"),
        pytest.param("aarch64", (AARCH64, 131, 1, 1, 6), EPERM, id="a signal to another on arm64"),
        pytest.param("aarch64", (X86_64, 63), KILL, id="another machine's table on arm64"),
        pytest.param("aarch64", (AARCH64, 10_000), EPERM, id="a call that does not exist yet"),
    ],
)
def test_a_system_call_is(machine: str, call: tuple[int, ...], expected: int) -> None:
    assert verdict(sandbox.allowing(Reach.NOWHERE, OURSELVES, machine), *call) == expected


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server with all lanes, started by somebody who keeps secrets in variables."""
    secrets = {
        "API_TOKEN": "s3cret",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "OTSGRAPH_TEST_KEY": "s3cret",
        "PYTHON_KEY": "s3cret",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in secrets.items():
            patch.setenv(name, value)
        with running_server("--allow-service", "http://localhost:9/sparql") as server:
            wait_until(lambda: len(workers_of(server)) == 12)
            yield server


def descriptors(process: int) -> dict[int, str]:
    """What each descriptor of a process stands for."""
    return {int(path.name): str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir()}


def assert_has_only_its_own(worker: int, server: Server) -> None:
    (fork_server,) = fork_servers_of(server)
    errors = descriptors(fork_server)[2]
    held = descriptors(worker)
    assert (held.pop(0), held.pop(1), held.pop(2)) == ("/dev/null", errors, errors)
    (stream,) = held.values()
    assert stream.startswith("socket:")
    assert stream not in descriptors(fork_server).values()


@pytest.mark.seccomp
def test_a_running_worker_holds_its_stream_and_the_standard_ones_only(guarded: Server) -> None:
    for worker in workers_of(guarded):
        assert_has_only_its_own(worker, guarded)


@pytest.mark.seccomp
def test_a_worker_that_comes_later_holds_no_more_than_the_first(guarded: Server) -> None:
    before = set(workers_of(guarded))
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: bool(set(workers_of(guarded)) - before))
    (new,) = set(workers_of(guarded)) - before
    wait_until(lambda: _is_filtered(new))
    assert_has_only_its_own(new, guarded)


def test_no_two_workers_share_a_stream(guarded: Server) -> None:
    streams = [
        {target for number, target in descriptors(worker).items() if number > 2} for worker in workers_of(guarded)
    ]
    assert len(set.union(*streams)) == len(streams)


@pytest.mark.seccomp
def test_every_worker_of_every_lane_has_a_filter_of_system_calls(guarded: Server) -> None:
    assert all(_is_filtered(worker) for worker in workers_of(guarded))


def _is_filtered(process: int) -> bool:
    """Whether the system calls of a process are filtered (proc(5), Seccomp)."""
    return "\nSeccomp:\t2\n" in Path(f"/proc/{process}/status").read_text()


def test_secrets_in_the_server_s_variables_reach_no_worker(guarded: Server) -> None:
    assert b"s3cret" in Path(f"/proc/{guarded.process.pid}/environ").read_bytes()
    for process in (*fork_servers_of(guarded), *brokers_of(guarded), *workers_of(guarded)):
        assert b"s3cret" not in Path(f"/proc/{process}/environ").read_bytes()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?a) (RAND() AS ?b) (UUID() AS ?c) (STRUUID() AS ?d) (BNODE() AS ?e) { }",
        "SELECT (SHA512('x') AS ?a) (MD5('x') AS ?b) (ENCODE_FOR_URI('ü') AS ?c) (REGEX('x', '^X$', 'i') AS ?d) { }",
        "SELECT * { ?s ?p ?o } ORDER BY DESC(?o) LIMIT 3",
        "CONSTRUCT { ?s ?p ?o } FROM <https://w3id.org/otsgraph/graph/ontology> FROM <https://w3id.org/otsgraph/graph/facts> WHERE { ?s ?p ?o } LIMIT 3",
        "DESCRIBE <https://w3id.org/otsgraph/id/meeting/diaspora-7>",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/turtle", "application/rdf+xml", "text/csv"])
def test_a_fenced_worker_still_answers(guarded: Server, query: str, accept: str) -> None:
    answer = httpx.get(f"{guarded.url}/sparql", params={"query": query}, headers={"Accept": f"{accept}, */*;q=0.1"})
    assert answer.status_code == 200, answer.text
