"""Responses of saved queries that are sent again from memory: what decides which one, and what is never kept."""

from __future__ import annotations

import gzip
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from otsgraph.settings import make_settings
from otsgraph.web.app import create_app
from otsgraph.web.http.responses import ResponseCache
from otsgraph.web.serve import open_site
from otsgraph_testing import Server, listening_server, running_server, wait_until

pytestmark = pytest.mark.anyio

QUERIES = {
    "states": "SELECT ?n { VALUES ?n { 1 2 3 4 5 } } ORDER BY ?n",
    "large": "SELECT ?n { VALUES (?n) { " + " ".join(f"({n})" for n in range(20_000)) + " } } ORDER BY ?n",
    "now": "SELECT (NOW() AS ?now) { }",
    "random": "SELECT (RAND() AS ?random) { }",
    "graph": "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o . VALUES ?s { <https://w3id.org/otsgraph/id/state/hungary> } }",
}

Headers: TypeAlias = dict[str, str]
OWN = [(b"etag", b'"1"')]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queries")
    for name, text in QUERIES.items():
        (folder / f"{name}.rq").write_text(f"#+ summary: What is it?\n{text}\n")
    return folder


@pytest.fixture(scope="module")
def kept(folder: Path) -> Iterator[Server]:
    """A server whose proxy is trusted, with saved queries whose answers can be kept, and some whose cannot."""
    with running_server("--queries", str(folder), "--trusted-proxy", "127.0.0.1") as server:
        yield server


@pytest.fixture
def client(kept: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=kept.url, timeout=30) as client:
        yield client


def text_of(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All of an answer but the time."""
    return answer.status_code, sorted(p for p in answer.headers.multi_items() if p[0] != "date"), answer.content


def scope(**headers: str) -> dict[str, object]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"raw_path": b"/a", "query_string": b"", "headers": raw, "scheme": "http"}


@pytest.mark.parametrize("name", ["accept", "accept_encoding", "accept_language", "host"])
def test_a_page_is_kept_for_the_headers_that_it_depends_on(name: str) -> None:
    responses, raw = ResponseCache(), name.replace("_", "-").encode()
    responses.keep_page(scope(**{name: "one"}), OWN, b"one")
    assert responses.find(b"/a", [(raw, b"one")]) is not None
    assert responses.find(b"/a", [(raw, b"two")]) is None
    assert responses.find(b"/a", []) is None


@pytest.mark.parametrize("own", [[], [*OWN, (b"cache-control", b"no-store")]], ids=["without a tag", "no-store"])
def test_a_page_that_may_not_be_kept_is_not(own: list[tuple[bytes, bytes]]) -> None:
    responses = ResponseCache()
    responses.keep_page(scope(), own, b"one")
    assert responses.find(b"/a", []) is None


def test_a_page_for_another_scheme_than_its_request_says_is_not_kept() -> None:
    responses = ResponseCache()
    responses.keep_page(scope(x_forwarded_proto="https"), OWN, b"links with http")
    assert responses.find(b"/a", [(b"x-forwarded-proto", b"https")]) is None


ADDRESSES = [
    ("/queries/states.csv", {}),
    ("/queries/states.csv?page=1&per_page=2", {}),
    ("/queries/states.json", {}),
    ("/queries/states.md", {}),
    ("/queries/states.rq", {}),
    ("/queries/states", {"Accept": "text/csv"}),
    ("/queries/states", {"Accept": "text/html"}),
    ("/queries/states?page=2&per_page=2", {"Accept": "text/html"}),
    ("/queries/graph.ttl", {}),
    ("/queries/graph", {"Accept": "text/html"}),
]


NOT_REPEATABLE = ("/queries/now.csv", "/queries/random.csv", "/queries/now", "/queries/now.md")
LARGE = ("/queries/large.csv", "/queries/large.json", "/queries/large.xml")
NEVER_KEPT = (*NOT_REPEATABLE, "/queries/large.csv", "/queries/states.csv?page=9", "/queries/states.pdf", "/queries/st")


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize(("address", "headers"), ADDRESSES)
def test_a_response_from_memory_is_the_first_one(
    client: httpx.Client, address: str, headers: Headers, coding: str
) -> None:
    first, *others = (client.get(address, headers={"Accept-Encoding": coding, **headers}) for _ in range(3))
    assert first.status_code == 200
    assert [text_of(answer) for answer in others] == [text_of(first)] * 2


async def test_every_response_that_may_be_kept_is_found_without_the_application(folder: Path) -> None:
    async with open_site(make_settings(queries=folder)) as site:
        transport = httpx.ASGITransport(create_app(site))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.example", timeout=60) as client:
            for address, headers in ADDRESSES:
                answer = await client.get(address, headers=headers)
                raw = [(name.lower(), value) for name, value in answer.request.headers.raw]
                found = site.responses.find(address.encode(), raw)
                assert found is not None, address
                assert found[0].count(b"etag: ") == 1
            for address in NEVER_KEPT:
                answer = await client.get(address, headers={"Accept-Encoding": "identity"})
                raw = [(name.lower(), value) for name, value in answer.request.headers.raw]
                assert site.responses.find(address.encode(), raw) is None, address


@pytest.mark.parametrize("address", NOT_REPEATABLE)
def test_what_is_not_repeatable_is_asked_each_time(client: httpx.Client, address: str) -> None:
    answers = [client.get(address, headers={"Accept": "text/html"}) for _ in range(3)]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert len({answer.text for answer in answers}) == 3


@pytest.mark.parametrize("address", LARGE)
def test_an_answer_that_is_sent_in_pieces_is_whole_each_time(client: httpx.Client, address: str) -> None:
    answers = [client.get(address, headers={"Accept-Encoding": "identity"}) for _ in range(3)]
    assert {len(answer.content) for answer in answers} == {int(answers[0].headers["content-length"])}
    assert len(answers[0].content) > 2**16


def test_a_kept_response_is_compressed_for_those_only_who_take_that(client: httpx.Client) -> None:
    for coding in ("gzip", "identity", "gzip", "identity"):
        headers = {"Accept": "text/html", "Accept-Encoding": coding}
        with client.stream("GET", "/queries/states", headers=headers) as answer:
            body = b"".join(answer.iter_raw())
        assert (answer.headers.get("content-encoding") == "gzip") == (coding == "gzip")
        assert b"</html>" in (gzip.decompress(body) if coding == "gzip" else body)


def test_the_tag_of_a_kept_response_is_answered_by_304(client: httpx.Client) -> None:
    for address, headers in ADDRESSES:
        first = [client.get(address, headers=headers) for _ in range(2)][-1]
        again = client.get(address, headers={**headers, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), address


def test_head_after_a_kept_response_has_its_headers_and_no_body(client: httpx.Client) -> None:
    for address, headers in ADDRESSES:
        got = [client.get(address, headers=headers) for _ in range(2)][-1]
        head = client.head(address, headers=headers)
        assert (head.status_code, head.content) == (200, b""), address
        assert text_of(head)[1] == text_of(got)[1], address


def test_head_makes_no_response_without_a_body_to_be_kept(client: httpx.Client) -> None:
    address = "/queries/states.csv?timeout=7"
    client.head(address)
    assert client.get(address).text.split() == ["n", "1", "2", "3", "4", "5"]


def test_a_kept_page_of_one_host_is_not_sent_to_another(client: httpx.Client) -> None:
    for host in ("a.example", "b.example") * 2:
        page = client.get("/queries/states", headers={"Accept": "text/html", "Host": host})
        others = {"a.example", "b.example"} - {host}
        assert f"http://{host}/" in page.text
        assert not [other for other in others if other in page.text]


def test_a_scheme_that_no_trusted_proxy_says_is_in_no_kept_page(kept: Server, client: httpx.Client) -> None:
    """The address 127.0.0.2 is another client than the proxy at 127.0.0.1."""
    headers = {"Accept": "text/html", "Host": "c.example", "X-Forwarded-Proto": "https"}
    transport = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=kept.url, transport=transport) as stranger:
        assert "http://c.example/" in stranger.get("/queries/states", headers=headers).text
    assert "https://c.example/" in client.get("/queries/states", headers=headers).text


def test_a_reload_leaves_no_kept_response(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "queries"
    own.mkdir()
    (own / "one.rq").write_text("#+ summary: One?\nSELECT (1 AS ?n) { }\n")
    with (
        listening_server("--queries", str(own), file=tmp_path / "log") as server,
        httpx.Client(base_url=server.url) as client,
    ):
        assert [client.get("/queries/one.csv").text.split() for _ in range(2)] == [["n", "1"]] * 2
        (own / "one.rq").write_text("#+ summary: One?\nSELECT (2 AS ?n) { }\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reloaded" in (tmp_path / "log").read_text())
        assert client.get("/queries/one.csv").text.split() == ["n", "2"]
