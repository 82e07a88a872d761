"""Workers that may ask other endpoints reach those and nothing else, whatever their query says."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from fences_testing import FORBIDDEN, Enclosed, call, enclosed
from otsgraph.engine import broker
from otsgraph.engine.broker import Broker, routes
from otsgraph.engine.worker import load_certificates
from otsgraph.process import sandbox
from otsgraph_testing import Server, brokers_of, fork_servers_of, running_server, wait_until, workers_of

pytestmark = pytest.mark.seccomp

ANSWER = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"heard"}}]}}'


class Endpoint:
    """Somebody who listens, and answers when told to."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family)
        self.listener.settimeout(10)
        self.port: int = self.listener.getsockname()[1]
        self.iri = f"http://{f'[{address}]' if ':' in address else address}:{self.port}/sparql"

    def answer(self, *, head: str = "200 OK", greet: int = 5) -> bytes:
        """Answers one request; the first bytes of it."""
        connection, _ = self.listener.accept()
        with connection:
            heard = connection.recv(greet)
            connection.recv(65_536)
            length = f"Content-Length: {len(ANSWER)}\r\nContent-Type: application/sparql-results+json\r\n"
            connection.sendall(f"HTTP/1.1 {head}\r\n{length}Connection: close\r\n\r\n".encode() + ANSWER)
        return heard

    def was_called(self) -> bool:
        """Whether anybody has connected who has not been answered."""
        self.listener.settimeout(0.05)
        try:
            self.listener.accept()[0].close()
        except TimeoutError:
            return False
        return True


@contextlib.contextmanager
def endpoint(address: str = "127.0.0.1", port: int = 0) -> Iterator[Endpoint]:
    there = Endpoint(address, port)
    with there.listener:
        yield there


@contextlib.contextmanager
def allowing(*services: str) -> Iterator[Broker]:
    started = broker.start(services)
    assert started is not None
    with started.control:
        yield started
        os.kill(started.process, signal.SIGKILL)
        os.waitpid(started.process, 0)


def asking(iri: str, supervisor: Broker) -> Enclosed:
    """A worker whose query asks an endpoint, without any look at the text before."""
    store = ox.Store()

    def ask() -> str:
        solutions = store.query(f"SELECT ?x {{ SERVICE <{iri}> {{ ?s ?p ?x }} }}")
        return " ".join(solution["x"].value for solution in solutions)  # type: ignore[union-attr]

    return enclosed(ask, broker=supervisor)


def calling(address: str, port: int, supervisor: Broker) -> Enclosed:
    """A worker that connects without the engine, and says what it hears."""

    def call_() -> str:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as own:
            own.connect((address, port))
            own.sendall(b"POST / HTTP/1.1\r\n\r\n")
            return own.recv(15).decode()

    return enclosed(call_, broker=supervisor)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_an_allowed_endpoint_is_asked(address: str) -> None:
    with endpoint(address) as there, allowing(there.iri) as supervisor:
        worker = asking(there.iri, supervisor)
        there.answer()
        assert worker.outcome() == "heard"


def test_an_allowed_name_is_asked_whatever_its_case() -> None:
    with endpoint() as there, allowing(f"http://localhost:{there.port}/sparql") as supervisor:
        worker = asking(f"http://LOCALHOST:{there.port}/sparql", supervisor)
        there.answer()
        assert worker.outcome() == "heard"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_an_allowed_address_is_reached(address: str) -> None:
    with endpoint(address) as there, allowing(there.iri) as supervisor:
        worker = calling(address, there.port, supervisor)
        there.answer()
        assert worker.outcome() == "HTTP/1.1 200 OK"


def test_each_of_several_endpoints_is_reached() -> None:
    with endpoint() as one, endpoint() as other, allowing(one.iri, other.iri) as supervisor:
        for there in (one, other):
            worker = asking(there.iri, supervisor)
            there.answer()
            assert worker.outcome() == "heard"


def test_one_worker_asks_again_and_again() -> None:
    with endpoint() as there, allowing(there.iri) as supervisor:
        store = ox.Store()
        query = f"ASK {{ SERVICE <{there.iri}> {{ ?s ?p ?x }} }}"
        worker = enclosed(lambda: [bool(store.query(query)) for _ in range(3)], broker=supervisor)
        for _ in range(3):
            there.answer()
        assert worker.outcome() == "[True, True, True]"


def test_an_allowed_endpoint_is_greeted_by_tls() -> None:
    load_certificates()
    with endpoint() as there, allowing(f"https://localhost:{there.port}/") as supervisor:
        worker = asking(f"https://localhost:{there.port}/", supervisor)
        assert there.answer(greet=3)[:2] == b"\x16\x03"
        assert worker.outcome() != "heard"


@pytest.mark.parametrize(
    ("allowed", "other"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="another port"),
        pytest.param("127.0.0.1", "127.0.0.2", id="another address"),
        pytest.param("127.0.0.1", "::1", id="the same machine by IPv6"),
        pytest.param("::1", "127.0.0.1", id="the same machine by IPv4"),
    ],
)
def test_a_query_that_got_through_reaches_nobody_else(allowed: str, other: str) -> None:
    with endpoint(allowed) as there, allowing(there.iri) as supervisor:
        with endpoint(other, 0 if allowed == other else there.port) as elsewhere:
            assert asking(elsewhere.iri, supervisor).outcome() != "heard"
            assert calling(other, elsewhere.port, supervisor).outcome() == "EPERM"
            assert not elsewhere.was_called()
        assert not there.was_called()


def test_a_name_that_is_not_allowed_is_not_even_looked_up() -> None:
    with endpoint() as there, allowing(there.iri) as supervisor:
        assert asking(f"http://localhost:{there.port}/sparql", supervisor).outcome() != "heard"
        outcome = enclosed(lambda: socket.getaddrinfo(b"secret.example.org", 80), broker=supervisor).outcome()
        assert "Name or service not known" in outcome or "failure in name resolution" in outcome
        assert not there.was_called()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirection_leads_nowhere_else(status: str) -> None:
    with endpoint() as there, endpoint("127.0.0.2") as elsewhere, allowing(there.iri) as supervisor:
        worker = asking(there.iri, supervisor)
        there.answer(head=f"{status}\r\nLocation: {elsewhere.iri}")
        assert worker.outcome() != "heard"
        assert not elsewhere.was_called()


def _bind() -> None:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))


def _listen() -> None:
    with socket.socket() as own:
        own.listen()


def _fast_open() -> None:
    with socket.socket() as own:
        own.sendto(b"secret", socket.MSG_FASTOPEN, ELSEWHERE)


def _message_to_an_address() -> None:
    with socket.socket() as own:
        own.sendmsg([b"secret"], [], socket.MSG_FASTOPEN, ELSEWHERE)


def _connect(address: object) -> None:
    with socket.socket() as own:
        own.connect(address)  # type: ignore[arg-type]


def _connect_raw(pointer: object, length: int) -> None:
    with socket.socket() as own:
        call("connect", own.fileno(), pointer, length)


def _repair() -> None:
    with socket.socket() as own:
        own.setsockopt(socket.IPPROTO_TCP, 19, 1)


ELSEWHERE = ("127.0.0.1", 9)

WAYS_OUT: dict[str, tuple[Callable[[], object], str]] = {
    "connect to another port": (lambda: _connect(ELSEWHERE), "EPERM"),
    "connect to any address of this machine": (lambda: _connect(("0.0.0.0", 22)), "EPERM"),
    "connect to the address of a name": (lambda: _connect(("240.0.0.1", 81)), "EPERM"),
    "connect without an address": (lambda: _connect_raw(None, 16), "EIO"),
    "connect to what is not in memory": (lambda: _connect_raw(-1, 16), "EFAULT"),
    "connect to an address of no family": (lambda: _connect_raw(bytes(28), 28), "EAFNOSUPPORT"),
    "connect to a socket of this machine": (lambda: _connect_raw(b"\1\0/run/x".ljust(28, b"\0"), 28), "EAFNOSUPPORT"),
    "send with the first packet": (_fast_open, "EPERM"),
    "send a message to an address": (_message_to_an_address, "EPERM"),
    "bind": (_bind, "EPERM"),
    "listen": (_listen, "EPERM"),
    "make a connection up": (_repair, "EPERM"),
    "read a file of the system": (lambda: Path("/etc/passwd").read_text(), "EPERM"),
    "read the variables of a process": (lambda: Path(f"/proc/{os.getppid()}/environ").read_text(), "EPERM"),
    "read another file by a detour": (lambda: Path("/etc/../etc/passwd").read_text(), "EPERM"),
    "change the table of hosts": (lambda: os.write(os.open("/etc/hosts", os.O_RDWR), b"1"), "EPERM"),
    "make the table of hosts longer": (lambda: os.pwrite(os.open("/etc/hosts", os.O_RDWR), b"1", 4_096), "EPERM"),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_worker_that_may_ask_others_cannot(way: str) -> None:
    attempt, expected = WAYS_OUT[way]
    with allowing("http://127.0.0.1:1/", "http://name.invalid/") as supervisor:
        assert enclosed(attempt, broker=supervisor).outcome() == expected


@pytest.mark.parametrize("attempt", FORBIDDEN)
def test_a_worker_that_may_ask_others_still_cannot(supervisor: Broker, attempt: str) -> None:
    assert enclosed(FORBIDDEN[attempt], broker=supervisor).outcome() == "EPERM"


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Broker]:
    with allowing("http://127.0.0.1:1/") as started:
        yield started


def test_a_worker_sees_the_hosts_that_it_may_ask(supervisor: Broker) -> None:
    with allowing("http://a.example/", "https://b.example:8443/x", "http://127.0.0.1:1/") as other:
        table = enclosed(lambda: Path("/etc/hosts").read_text(), broker=other).outcome()
    assert table == "240.0.0.1 a.example\n240.0.0.2 b.example\n"
    assert enclosed(lambda: Path("/etc/hosts").read_text(), broker=supervisor).outcome() == ""


def test_a_socket_that_does_not_block_is_connected_too() -> None:
    def connect() -> int:
        with socket.socket() as own:
            own.setblocking(False)
            return own.connect_ex(("127.0.0.1", there.port))

    with endpoint() as there, allowing(there.iri) as supervisor:
        assert enclosed(connect, broker=supervisor).outcome() == "0"
        assert there.was_called()


@contextlib.contextmanager
def unanswering() -> Iterator[str]:
    """The IRI of an endpoint that lets connections wait: nobody takes them, and no more may wait."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_slow_connection_holds_nobody_else_up_and_ends_with_its_worker() -> None:
    with unanswering() as slow, endpoint() as there, allowing(slow, there.iri) as supervisor:
        stuck = [asking(slow, supervisor) for _ in range(3)]
        time.sleep(0.2)
        for _ in range(2):
            worker = asking(there.iri, supervisor)
            there.answer()
            assert worker.outcome() == "heard"
        for each in stuck:
            each.kill()
        worker = asking(there.iri, supervisor)
        there.answer()
        assert worker.outcome() == "heard"


def test_workers_that_are_killed_leave_nothing_open_in_the_broker() -> None:
    with endpoint() as there, allowing(there.iri) as supervisor:
        descriptors = Path(f"/proc/{supervisor.process}/fd")
        before = len(list(descriptors.iterdir()))
        workers = [enclosed(lambda: time.sleep(60), broker=supervisor) for _ in range(5)]
        wait_until(lambda: len(list(descriptors.iterdir())) == before + 5)
        for worker in workers:
            worker.kill()
        wait_until(lambda: len(list(descriptors.iterdir())) == before)


def test_a_worker_reaches_nobody_when_the_broker_has_ended() -> None:
    with endpoint() as there, allowing(there.iri) as supervisor:
        os.kill(supervisor.process, signal.SIGSTOP)
        worker = asking(there.iri, supervisor)
        os.kill(supervisor.process, signal.SIGKILL)
        assert worker.outcome() != "heard"
        assert not there.was_called()


def test_a_user_without_privileges_can_do_all_this() -> None:
    def outcome() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65_534)
            os.setuid(65_534)
            # a program that such a user has started could be looked into by others of the same user
            call("prctl", 4, 1, 0, 0, 0)
        with allowing(there.iri) as supervisor:
            return asking(there.iri, supervisor).outcome()

    with endpoint() as there:
        ours, theirs = socket.socketpair()
        process = os.fork()
        if not process:
            with contextlib.suppress(BaseException):
                theirs.sendall(outcome().encode())
            os._exit(0)
        theirs.close()
        with ours:
            there.answer()
            assert ours.recv(100) == b"heard"
        os.waitpid(process, 0)


@pytest.mark.parametrize(
    ("service", "address", "to"),
    [
        ("http://127.0.0.1/sparql", ("127.0.0.1", 80), ("127.0.0.1", 80)),
        ("https://127.0.0.1/sparql", ("127.0.0.1", 443), ("127.0.0.1", 443)),
        ("http://[::1]:8080/", ("::1", 8080), ("::1", 8080)),
        ("http://Example.org/sparql", ("240.0.0.1", 80), ("example.org", 80)),
        ("https://user@example.org:8443/?a=b#c", ("240.0.0.1", 8443), ("example.org", 8443)),
    ],
)
def test_an_address_stands_for_an_endpoint(service: str, address: tuple[str, int], to: tuple[str, int]) -> None:
    assert routes([service]).endpoints == {(ip_address(address[0]), address[1]): (to[0].encode(), to[1])}


def test_where_connections_cannot_be_confined_there_is_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported() -> int:
        raise OSError

    monkeypatch.setattr(sandbox, "supervised", unsupported)
    assert broker.start(["http://127.0.0.1:1/"]) is None


UNCONFINED = "SERVICE: this system cannot confine connections; only the query text is checked."

ALREADY_SUPERVISED = """
import os, sys
from otsgraph.process import sandbox
listener = sandbox.supervised({"times"})
os.set_inheritable(listener, True)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a program whose system calls somebody decides about already; there can be but one such for a process."""


def ask(server: Server, query: str) -> httpx.Response:
    return httpx.get(f"{server.url}/sparql", params={"query": query}, timeout=30)


def asked_of(there: Server) -> str:
    # a number makes each query a new one
    return (
        f"SELECT ?n {{ SERVICE <{there.url}/sparql> {{ SELECT (1 AS ?n) {{ }} }} FILTER(?n < {time.monotonic_ns()}) }}"
    )


@pytest.fixture(scope="module")
def unconfined(server: Server) -> Iterator[Server]:
    before: Sequence[str] = (sys.executable, "-c", ALREADY_SUPERVISED)
    with running_server("--allow-service", f"{server.url}/sparql", before=before) as second:
        yield second


@pytest.fixture(scope="module")
def confined(server: Server) -> Iterator[Server]:
    with running_server("--allow-service", f"{server.url}/sparql") as second:
        yield second


def test_a_server_says_at_start_that_it_cannot_confine_connections(unconfined: Server) -> None:
    assert UNCONFINED in unconfined.said
    assert unconfined.said.count("SERVICE") == 1


def test_there_an_allowed_endpoint_is_asked_and_others_are_not(server: Server, unconfined: Server) -> None:
    assert ask(unconfined, asked_of(server)).json()["results"]["bindings"]
    assert ask(unconfined, "ASK { SERVICE <http://127.0.0.1:9/> { } }").status_code == 403
    assert not brokers_of(unconfined)


ALLOWED_THERE = {
    "read a file", "read the variables of its parent", "read its own memory map", "list a folder",
    "open a datagram socket",
}  # fmt: skip
"""What the C library does to find the address of a name."""


@pytest.mark.parametrize("attempt", sorted(FORBIDDEN.keys() - ALLOWED_THERE))
def test_there_too_a_worker_cannot(attempt: str) -> None:
    assert enclosed(FORBIDDEN[attempt], sandbox.Reach.ANYWHERE).outcome() == "EPERM"


def test_a_server_that_confines_connections_says_nothing_of_it(confined: Server) -> None:
    assert "SERVICE" not in confined.said


def test_queries_are_answered_after_somebody_has_ended_the_broker(server: Server, confined: Server) -> None:
    assert ask(confined, asked_of(server)).json()["results"]["bindings"]
    (first,) = brokers_of(confined)
    before = fork_servers_of(confined)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: brokers_of(confined) not in ([], [first]))
    assert fork_servers_of(confined) != before
    assert ask(confined, "ASK { ?s ?p ?o }").json()["boolean"] is True
    assert ask(confined, asked_of(server)).json()["results"]["bindings"]
    wait_until(lambda: len(workers_of(confined)) == 12)
