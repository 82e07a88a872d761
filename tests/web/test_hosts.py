"""The Host header, and the scheme that a proxy tells: what one client says reaches no other client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
import pytest

from otsgraph.web import dataset, queries, search
from otsgraph.web.app import PAGES
from otsgraph_testing import Server, running_server

FIRST, SECOND, SECURE = {"Host": "a.example"}, {"Host": "b.example"}, {"X-Forwarded-Proto": "https"}

SAMPLES = {
    "/": ["/"],
    "/queries": ["/queries"],
    "/queries/{name}": [
        "/queries/represented-states",
        "/queries/represented-states?page=1&per_page=2",
        "/queries/represented-states.md",
        "/queries/represented-states.csv?page=1&per_page=2",
        "/queries/represented-states.rq",
        "/queries/about",
        "/queries/about?thing=nobody",
        "/queries/about.md?thing=Hungary",
    ],
    "/query/{name}": ["/query/represented-states", "/query/about?thing=Hungary"],
    "/id/{path:path}": ["/id/state/hungary", "/id/state/nowhere"],
    "/data/{path:path}": ["/data/state/hungary", "/data/state/hungary.jsonld", "/data/graph/ontology"],
    "/page/{path:path}": ["/page/state/hungary", "/page/meeting/diaspora-7", "/page/query/about"],
    "/ontology": ["/ontology", "/ontology?format=ttl"],
    "/ontology.{suffix}": ["/ontology.ttl", "/ontology.pdf"],
    "/ontology/{version}": ["/ontology/0.0.0"],
    "/shapes.ttl": ["/shapes.ttl"],
    "/context.jsonld": ["/context.jsonld"],
    "/search": ["/search", "/search?q=Hungary", "/search?q=Hungry"],
    "/suggest": ["/suggest?q=hun"],
    "/opensearch.xml": ["/opensearch.xml"],
    "/openapi.json": ["/openapi.json"],
    "/docs": ["/docs"],
    "/.well-known/sparql-examples": ["/.well-known/sparql-examples"],
    "/graph/{path:path}": ["/graph/discovery", "/graph/ontology.ttl", "/graph/nothing"],
    "/download/{name}": ["/download/otsgraph.ttl", "/download/nothing"],
    "/downloads": ["/downloads"],
    "/.well-known/void": ["/.well-known/void"],
    "/dcat": ["/dcat"],
    "/lookup": ["/lookup?iri=https://w3id.org/otsgraph/id/state/hungary", "/lookup?iri=http://x.example/", "/lookup"],
    "/robots.txt": ["/robots.txt"],
    "/sitemap.xml": ["/sitemap.xml"],
    "/sitemap-{number}.xml": ["/sitemap-1.xml", "/sitemap-9.xml"],
    "/problem/{name}": ["/problem/not-found", "/problem/nothing"],
    "/health": ["/health"],
    "/ready": ["/ready"],
    "/metrics": ["/metrics"],
    "/favicon.ico": ["/favicon.ico"],
    "/static/{name}": ["/static/otsgraph.css", "/static/nothing"],
    "/sparql": ["/sparql", "/sparql?query=ASK{}", "/sparql?query=SELECT*{?s?p?o}LIMIT+2", "/sparql?query=nonsense"],
    "anything else": ["/nothing", "/queries/", "/page/state/hungary/?kind=x"],
}
"""Addresses for each route; for those whose answers depend on more than their path, several."""

ACCEPTED = ("*/*", "text/html", "text/turtle")


@dataclass(frozen=True)
class Asked:
    """One address asked with another Host header, then with ours, then as through a proxy for https."""

    address: str
    accept: str
    first: httpx.Response
    second: httpx.Response
    secure: httpx.Response

    @property
    def name(self) -> str:
        return f"{self.address} as {self.accept}"

    @property
    def depends_on_the_client(self) -> bool:
        return len({text_of(answer) for answer in (self.first, self.second, self.secure)}) > 1


def text_of(answer: httpx.Response) -> str:
    """All of an answer but what depends on the time."""
    headers = sorted(pair for pair in answer.headers.multi_items() if pair[0] != "date")
    return f"{answer.status_code}\n{headers}\n{answer.text}"


def ask_everything(server: Server, accepted: Sequence[str] = ACCEPTED) -> list[Asked]:
    found = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for address in (address for addresses in SAMPLES.values() for address in addresses):
            for accept in accepted:
                first, second, secure = (
                    client.get(address, headers={"Accept": accept, **headers})
                    for headers in (FIRST, SECOND, {**SECOND, **SECURE})
                )
                found.append(Asked(address, accept, first, second, secure))
    return found


@pytest.fixture(scope="module")
def asked() -> Iterator[list[Asked]]:
    with running_server("--trusted-proxy", "127.0.0.1") as server:
        yield ask_everything(server)


def test_every_route_has_a_sample() -> None:
    others = {"/sparql", "/queries/{name}", "anything else"}
    assert {
        route.path for route in (*PAGES, *queries.ROUTES, *search.ROUTES, *dataset.ROUTES)
    } | others == SAMPLES.keys()


def test_samples_show_the_address_of_the_client_where_it_matters(asked: list[Asked]) -> None:
    depending = {one.address for one in asked if one.depends_on_the_client and one.address != "/metrics"}
    assert depending >= {"/", "/docs", "/opensearch.xml", "/queries/represented-states", "/search?q=Hungary", "/sparql"}


def test_an_answer_that_depends_on_the_address_says_so_and_is_not_for_shared_caches(asked: list[Asked]) -> None:
    shared = [
        f"{one.name}: {answer.headers.get('vary')}; {answer.headers.get('cache-control')}"
        for one in asked
        if one.depends_on_the_client
        for answer in (one.first, one.second, one.secure)
        if not is_for_one_client(answer)
    ]
    assert shared == []


def is_for_one_client(answer: httpx.Response) -> bool:
    """Whether no cache sends an answer to somebody else without asking (RFC 9111 §5.2.2)."""
    cache_control = answer.headers.get("cache-control", "")
    varies = "host" in answer.headers.get("vary", "").lower()
    return "no-store" in cache_control or (varies and ("private" in cache_control or "no-cache" in cache_control))


def test_what_one_client_says_is_in_no_answer_to_another(asked: list[Asked]) -> None:
    assert [one.name for one in asked if "a.example" in text_of(one.second) + text_of(one.secure)] == []


def test_no_redirect_depends_on_the_address(asked: list[Asked]) -> None:
    redirects = [one for one in asked if one.first.is_redirect]
    assert len(redirects) > 5
    assert [one.name for one in redirects if one.depends_on_the_client] == []


def test_the_description_of_the_interface_has_a_relative_address(asked: list[Asked]) -> None:
    (answer, *_) = (one.first for one in asked if one.address == "/openapi.json")
    assert answer.json()["servers"] == [{"url": "/"}]
    assert "public" in answer.headers["cache-control"]


def test_a_kept_page_is_not_changed_by_who_it_is_sent_to(client: httpx.Client) -> None:
    """Headers are added for one client, and the page is kept for all."""
    sent = [client.get("/downloads", headers=SECOND).headers for _ in range(3)]
    assert [headers["vary"] for headers in sent] == [sent[0]["vary"]] * 3
    again = client.get("/downloads", headers={**SECOND, "If-None-Match": sent[0]["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, sent[0]["cache-control"])
    assert "Host" in again.headers["vary"]


@pytest.mark.parametrize("host", ["a.example/x", "a.example?x", "a.example#x", "a.example\\x", "a.example@b.example"])
def test_a_host_with_more_than_a_name_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/queries/represented-states.csv?page=1&per_page=2", headers={"Host": host})
    assert answer.status_code == 400
    assert "Host" in answer.json()["detail"]


def test_with_a_public_address_the_host_matters_nowhere() -> None:
    with running_server("--public-url", "https://graph.example", "--trusted-proxy", "127.0.0.1") as server:
        asked = ask_everything(server, ["text/html"])
    assert [one.name for one in asked if one.depends_on_the_client and one.address != "/metrics"] == []
    (home,) = (one.first for one in asked if one.address == "/" and one.accept == "text/html")
    assert "https://graph.example/sparql" in home.text
    assert "public" in home.headers["cache-control"]
    (described, *_) = (one.first for one in asked if one.address == "/openapi.json")
    assert described.json()["servers"] == [{"url": "https://graph.example"}]
