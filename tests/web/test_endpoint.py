"""/sparql over a real socket: SPARQL 1.1 Protocol §2, RFC 9110, RFC 9457."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from otsgraph import errors
from otsgraph.rdf.formats import GraphFormat
from otsgraph.rdf.serializers import SERIALIZERS
from otsgraph_testing import ENDLESS, MEMORY_BOMB, PREFIXES, Server, processor_time, running_server, workers_of

STATES = PREFIXES + "SELECT ?state { meeting:diaspora-7 ots:representedState ?state }"
HOST = PREFIXES + "CONSTRUCT WHERE { ?meeting ots:hostState ?state }"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}


def get(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers=headers)


def number_of_rows(response: httpx.Response) -> int:
    assert response.status_code == 200, response.text
    return len(response.json()["results"]["bindings"])


def test_get_answers_a_query(client: httpx.Client) -> None:
    assert number_of_rows(get(client, STATES)) == 6


def test_post_of_a_form_answers_a_query(client: httpx.Client) -> None:
    assert number_of_rows(client.post("/sparql", data={"query": STATES})) == 6


def test_post_of_the_bare_query_answers_it(client: httpx.Client) -> None:
    assert number_of_rows(client.post("/sparql", content=STATES, headers=DIRECT)) == 6


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    whole, head = get(client, STATES), client.head("/sparql", params={"query": STATES})
    assert head.status_code == 200
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in whole.headers.items() if k != "date"
    }


def test_an_answer_says_its_dataset_version_and_that_it_varies(client: httpx.Client) -> None:
    headers = get(client, STATES).headers
    assert headers["otsgraph-dataset"] == client.get("/health").json()["dataset"]
    assert headers["vary"] == "Accept, Accept-Encoding"
    assert headers["server"] == "otsgraph"


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (STATES, "*/*", "application/sparql-results+json"),
        (STATES, "application/json", "application/sparql-results+json"),
        (STATES, "application/sparql-results+xml", "application/sparql-results+xml"),
        (STATES, "text/csv", "text/csv; charset=utf-8"),
        (STATES, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("ASK { }", "text/csv", "text/csv; charset=utf-8"),
        (HOST, "*/*", "text/turtle; charset=utf-8"),
        (HOST, "application/n-triples", "application/n-triples"),
        (HOST, "application/rdf+xml", "application/rdf+xml"),
        (HOST, "application/ld+json", "application/ld+json"),
        (HOST, "application/sparql-results+json, application/ld+json;q=0.5", "application/ld+json"),
    ],
)
def test_the_answer_has_the_standard_name_of_its_format(
    client: httpx.Client, query: str, accept: str, content_type: str
) -> None:
    response = get(client, query, Accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type


def test_every_worker_gives_the_same_bytes(client: httpx.Client, server: Server) -> None:
    everything = "CONSTRUCT WHERE { ?s ?p ?o }"
    for accept in ("text/turtle", "application/rdf+xml", "application/ld+json"):
        answers = {get(client, everything, Accept=accept).content for _ in range(3 * len(workers_of(server)))}
        assert len(answers) == 1


def test_the_default_graph_holds_facts_and_no_statement(client: httpx.Client) -> None:
    query = PREFIXES + "ASK { ?statement rdf:subject ?s }"
    assert get(client, query).json()["boolean"] is False
    assert get(client, query.replace("{", "{ GRAPH ?g {") + "}").json()["boolean"] is True


def test_protocol_graphs_choose_the_dataset(client: httpx.Client) -> None:
    facts = "https://w3id.org/otsgraph/graph/trend-2025-12-02/facts"
    count = "SELECT (COUNT(*) AS ?n) { ?s a ?class }"
    response = client.get(
        "/sparql", params={"query": count, "default-graph-uri": facts}, headers={"Accept": "text/csv"}
    )
    assert response.text.split() == ["n", "9"]


def test_graphs_that_a_query_names_are_merged(client: httpx.Client) -> None:
    base = "https://w3id.org/otsgraph/graph/"
    count = f"SELECT (COUNT(*) AS ?n) FROM <{base}entities> FROM <{base}ontology> {{ ?s ?p ?o }}"
    sizes = [client.get(f"/graph/{slug}.nt").text.count("\n") for slug in ("entities", "ontology")]
    assert get(client, count, Accept="text/csv").text.split() == ["n", str(sum(sizes))]


@pytest.mark.parametrize(
    ("method", "url", "headers", "content", "status", "code"),
    [
        pytest.param("GET", "/sparql?format=json", {}, b"", 400, "malformed-request", id="no query"),
        pytest.param("GET", "/sparql?query=ASK", {}, b"", 400, "malformed-query", id="a syntax error"),
        pytest.param("GET", "/sparql?query=a&query=b", {}, b"", 400, "malformed-request", id="two queries"),
        pytest.param("POST", "/sparql", FORM, b"update=CLEAR+ALL", 400, "malformed-request", id="an update in a form"),
        pytest.param("POST", "/sparql", DIRECT, b"CLEAR ALL", 400, "malformed-query", id="an update as a query"),
        pytest.param(
            "GET", f"/sparql?query={quote('ASK { SERVICE <http://x/> {} }')}", {}, b"", 403, "service-forbidden",
            id="a call of another endpoint",
        ),
        pytest.param("PUT", "/sparql", {}, b"", 405, "method-not-allowed", id="another method"),
        pytest.param("GET", "/sparql?query=ASK%7B%7D", {"Accept": "image/png"}, b"", 406, "not-acceptable", id="no format"),
        pytest.param("POST", "/sparql", DIRECT, b"#" * (2**20 + 1), 413, "body-too-large", id="a body of more than 1 MiB"),
        pytest.param("POST", "/sparql", {}, b"ASK {}", 415, "unsupported-media-type", id="no content type"),
        pytest.param("GET", "/nowhere", {}, b"", 404, "not-found", id="no such address"),
        pytest.param("POST", "/health", {}, b"", 405, "method-not-allowed", id="another method elsewhere"),
        pytest.param("POST", "/sparql", FORM, f"query={quote(ENDLESS)}".encode(), 504, "deadline-exceeded", id="endless"),
        pytest.param("POST", "/sparql", DIRECT, MEMORY_BOMB.encode(), 507, "query-too-big", id="a memory bomb"),
        pytest.param("POST", "/sparql", DIRECT, b"ASK " + b"{" * 10_000, 400, "query-too-complex", id="10,000 brackets"),
    ],
)  # fmt: skip
def test_an_error_is_a_problem_with_its_status(
    client: httpx.Client, method: str, url: str, headers: Mapping[str, str], content: bytes, status: int, code: str
) -> None:
    response = client.request(method, url, headers=headers, content=content)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"https://w3id.org/otsgraph/problem/{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert not any(secret in response.text for secret in ("Traceback", "/src/", "expected one of", "panicked"))
    assert number_of_rows(get(client, STATES)) == 6


def test_a_syntax_error_says_line_and_column(client: httpx.Client) -> None:
    body = get(client, "SELECT *\n{ ?s foo:bar ?o }").json()
    assert (body["line"], body["column"]) == (2, 6)


def test_a_method_that_is_not_allowed_is_told_with_those_that_are(client: httpx.Client) -> None:
    assert client.put("/sparql").headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"


def test_a_browser_gets_errors_as_escaped_html(client: httpx.Client) -> None:
    response = get(client, "ASK { <script>alert(1)</script>", Accept="text/html,application/xml;q=0.9,*/*;q=0.8")
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in response.text
    assert "ASK { &lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_a_type_of_problem_can_be_looked_up(client: httpx.Client) -> None:
    for code in errors.REQUEST_ERRORS:
        assert client.get(f"/problem/{code}").json()["name"] == code


def test_service_reaches_nobody(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for query in (f"ASK {{ SERVICE <{address}> {{ }} }}", f"ASK {{ SERVICE SILENT <{address}> {{ }} }}"):
            assert get(client, query).status_code == 403
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_client_that_hangs_up_takes_its_query_with_it(server: Server, client: httpx.Client) -> None:
    before = set(workers_of(server))
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
    give_up = time.monotonic() + 1
    while before <= set(workers_of(server)) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert len(before - set(workers_of(server))) == 1
    assert number_of_rows(get(client, STATES)) == 6


def test_the_processor_is_given_back_after_the_time_limit(server: Server, client: httpx.Client) -> None:
    assert get(client, ENDLESS).status_code == 504
    assert number_of_rows(get(client, STATES)) == 6
    time.sleep(0.5)
    before = processor_time(server)
    time.sleep(0.5)
    assert processor_time(server) - before < 0.25


def test_a_large_url_is_taken(client: httpx.Client) -> None:
    query = STATES + " # " + "x" * 8_000
    assert number_of_rows(get(client, query)) == 6


def test_json_results_are_those_of_the_specification(client: httpx.Client) -> None:
    body = json.loads(get(client, PREFIXES + "SELECT ?n ?none { meeting:diaspora-7 ots:ordinal ?n }").content)
    assert body["head"]["vars"] == ["n", "none"]
    assert body["results"]["bindings"] == [
        {"n": {"type": "literal", "value": "7", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}}
    ]


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 100000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=5) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_for_permission_is_told_no_before_it_sends(server: Server) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=5) as connection:
        connection.sendall(head + b"Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_the_compressed_answer_holds_the_same_under_a_tag_of_its_own(client: httpx.Client) -> None:
    everything = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
    plain = get(client, everything, **{"Accept-Encoding": "identity"})
    packed = get(client, everything, **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_client_that_has_the_answer_gets_304(client: httpx.Client, coding: str) -> None:
    first = get(client, STATES, **{"Accept-Encoding": coding})
    again = get(client, STATES, **{"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "vary", "cache-control", "otsgraph-dataset"):
        assert again.headers[name] == first.headers[name]


def test_the_entity_tag_is_that_of_the_bytes(client: httpx.Client) -> None:
    tags = {get(client, f"ASK {{ }} # {n}").headers["etag"] for n in range(3)}
    assert len(tags) == 1


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL"])
def test_nothing_that_a_proxy_would_say_is_believed_from_anybody(client: httpx.Client, header: str) -> None:
    answer = client.get("/sparql", headers={header: "https"})
    assert f"<http://{client.base_url.host}:{client.base_url.port}/sparql>" in answer.text
    assert "https>" not in answer.text


def test_a_trusted_proxy_says_how_the_client_came() -> None:
    with running_server("--trusted-proxy", "127.0.0.1") as server:
        headers = {"Host": "graph.example.org", "X-Forwarded-Proto": "https"}
        assert "<https://graph.example.org/sparql>" in httpx.get(f"{server.url}/sparql", headers=headers).text


def test_a_public_url_is_the_endpoint_s_address_everywhere() -> None:
    with running_server("--public-url", "https://graph.example.org/ots/") as server:
        assert "<https://graph.example.org/ots/sparql>" in httpx.get(f"{server.url}/sparql").text
        query = "SELECT ?e { ?service <http://www.w3.org/ns/sparql-service-description#endpoint> ?e }"
        row = httpx.get(f"{server.url}/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        assert row.text.split() == ["e", "https://graph.example.org/ots/sparql"]


def test_the_description_counts_what_is_there(client: httpx.Client) -> None:
    graph = rdflib.Graph().parse(data=client.get("/sparql").text, format="turtle")
    sd, void = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#"), rdflib.VOID
    (default,) = graph.objects(None, sd.defaultGraph)
    count = "SELECT (COUNT(*) AS ?n) { %s }"
    assert _number(client, count % "?s ?p ?o") == int(str(graph.value(default, void.triples)))
    named = {str(name): int(str(graph.value(name, void.triples))) for name in graph.objects(None, sd.name)}
    rows = get(client, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g").json()["results"]["bindings"]
    assert {g: n for g, n in named.items() if n} == {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    # a document that states nothing as fact has an empty graph of facts
    assert all(g.endswith("/facts") for g, n in named.items() if not n)


def _number(client: httpx.Client, query: str) -> int:
    return int(get(client, query).json()["results"]["bindings"][0]["n"]["value"])


def test_the_description_is_the_same_in_every_format(client: httpx.Client) -> None:
    graphs = [
        {
            str(quad)
            for quad in ox.parse(
                client.get("/sparql", headers={"Accept": f.media_type}).text, format=SERIALIZERS[f].rdf
            )
        }
        for f in GraphFormat
    ]
    assert len(graphs[0]) > 30
    assert all(graph == graphs[0] for graph in graphs)


def test_a_query_under_way_is_told_that_the_server_stops() -> None:
    with running_server("--shutdown-time-limit", "0.5", "--query-time-limit", "30") as server:
        with ThreadPoolExecutor() as threads:
            asking = threads.submit(httpx.get, f"{server.url}/sparql", params={"query": ENDLESS}, timeout=30)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            answer = asking.result()
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/engine-closing")
        assert server.process.wait(timeout=10) == 0


def test_a_browser_gets_a_form_with_the_answer(client: httpx.Client) -> None:
    page = get(client, STATES, Accept="text/html,application/xml;q=0.9,*/*;q=0.8").text
    assert '<textarea id="query" name="query"' in page
    assert '<a href="/page/state/hungary" title="https://w3id.org/otsgraph/id/state/hungary">state:hungary</a>' in page
    assert "PREFIX ots: &lt;https://w3id.org/otsgraph/ontology#&gt;" in page


@pytest.mark.parametrize("accept", ["*/*", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"])
def test_an_empty_answer_says_that_statements_are_inside_graph(client: httpx.Client, accept: str) -> None:
    query = PREFIXES + "SELECT * { ?statement rdf:subject ?s ; ots:paraphrase ?says }"
    assert "is met inside GRAPH" in get(client, query, Accept=accept).headers["otsgraph-hint"]
    assert "is met inside GRAPH" in get(client, query, Accept="text/html").text


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("ASK { GRAPH ?g { ?statement rdf:subject ?s } }", id="where there is something"),
        pytest.param("SELECT * { ?s ots:heldOn ?o }", id="where facts are looked for"),
        pytest.param(
            "SELECT * FROM <https://w3id.org/otsgraph/graph/trend-2025-12-02> { ?s rdf:subject state:none }",
            id="where the dataset is chosen",
        ),
    ],
)
def test_no_other_answer_has_a_hint(client: httpx.Client, query: str) -> None:
    assert "otsgraph-hint" not in get(client, PREFIXES + query).headers


def test_a_plain_no_has_the_hint_too(client: httpx.Client) -> None:
    assert "otsgraph-hint" in get(client, PREFIXES + "ASK { ?statement ots:speaker ?who }").headers


def test_a_client_that_has_another_coding_of_the_answer_gets_the_whole(client: httpx.Client) -> None:
    plain = get(client, STATES, **{"Accept-Encoding": "identity"}).headers["etag"]
    packed = get(client, STATES, **{"Accept-Encoding": "gzip"}).headers["etag"]
    if plain != packed:
        assert get(client, STATES, **{"Accept-Encoding": "gzip", "If-None-Match": plain}).status_code == 200
        assert get(client, STATES, **{"Accept-Encoding": "identity", "If-None-Match": packed}).status_code == 200


def test_post_is_never_answered_with_not_modified(client: httpx.Client) -> None:
    answer = client.post("/sparql", data={"query": STATES}, headers={"If-None-Match": "*"})
    assert answer.status_code == 200


def test_the_service_description_is_not_sent_to_those_who_have_it(client: httpx.Client) -> None:
    first = client.get("/sparql", headers={"Accept": "text/turtle"})
    again = client.get("/sparql", headers={"Accept": "text/turtle", "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("iri", ["http://[", "http://x/%zz", "http://a:b/"])
def test_a_graph_iri_that_is_none_is_the_clients_mistake(client: httpx.Client, name: str, iri: str) -> None:
    answer = client.get("/sparql", params={"query": "ASK { }", name: iri})
    assert answer.status_code == 400
    assert iri in answer.json()["detail"]


@pytest.mark.parametrize(("query", "kept"), [("ASK { }", "must-revalidate"), ("SELECT (NOW() AS ?n) { }", "no-store")])
def test_a_page_may_be_kept_like_its_answer(client: httpx.Client, query: str, kept: str) -> None:
    assert kept in get(client, query, Accept="text/html").headers["cache-control"]
