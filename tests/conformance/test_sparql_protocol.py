"""The protocol, rule by rule, over a real socket.

Sources: SPARQL 1.1 Protocol §2 (query operation), SPARQL 1.1 Query Results JSON, XML, CSV and TSV Formats, RFC 9110
(HTTP semantics), RFC 9457 (problem details), Fetch §3.3 (CORS protocol), The HTTP QUERY Method.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph_testing import running_server

DATA = """
@prefix : <http://x/> .
:s :p :o .
GRAPH :a { :s :p 1 , 2 }
GRAPH :b { :s :p 2 , 3 }
"""

A, B, NOWHERE = "http://x/a", "http://x/b", "http://x/nowhere"

ASK = "ASK { ?s ?p ?o }"
NO = "ASK { <http://x/no> ?p ?o }"
SELECT = "SELECT ?o { ?s ?p ?o } ORDER BY ?o"
LARGE = "SELECT * { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } }"
NAMED = "SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?o"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
DESCRIBE = "DESCRIBE <http://x/s>"

JSON, XML, CSV, TSV = (f.media_type for f in ResultsFormat)
TURTLE, NT, RDFXML, JSONLD = (f.media_type for f in GraphFormat)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True)
class Request:
    """What is sent: `target` is path and query string, still encoded."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Check = Callable[[httpx.Response], None]


def get(query: str | None = None, accept: str | None = None, method: str = "GET", **parameters: Any) -> Request:
    """A GET, or what is like it; parameters with several values are given as lists, `_` stands for `-`."""
    pairs = [("query", query)] if query is not None else []
    pairs += [(k.replace("_", "-"), v) for k, values in parameters.items() for v in _list(values)]
    target = "/sparql" + (f"?{urlencode(pairs)}" if pairs else "")
    return Request(method, target, {"Accept": accept} if accept is not None else {})


def form(query: str | None, content_type: str = "application/x-www-form-urlencoded", **parameters: Any) -> Request:
    pairs = [("query", query)] if query is not None else []
    pairs += [(k.replace("_", "-"), v) for k, values in parameters.items() for v in _list(values)]
    return Request("POST", "/sparql", {"Content-Type": content_type}, urlencode(pairs).encode())


def direct(query: str | bytes, method: str = "POST", content_type: str = "application/sparql-query", **parameters: Any) -> Request:  # fmt: skip
    pairs = [(k.replace("_", "-"), v) for k, values in parameters.items() for v in _list(values)]
    target = "/sparql" + (f"?{urlencode(pairs)}" if pairs else "")
    body = query if isinstance(query, bytes) else query.encode()
    return Request(method, target, {"Content-Type": content_type}, body)


def _list(values: Any) -> list[str]:
    return values if isinstance(values, list) else [values]


def with_headers(request: Request, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(request.method, request.target, {**request.headers, **named}, request.body)


def says(boolean: bool) -> Check:
    def check(response: httpx.Response) -> None:
        assert response.status_code == 200, response.text
        assert response.json()["boolean"] is boolean

    return check


def rows(*expected: Any) -> Check:
    """The values of the solutions, a tuple for each, in order."""

    def check(response: httpx.Response) -> None:
        assert response.status_code == 200, response.text
        document = response.json()
        found = [
            tuple(row[name]["value"] for name in document["head"]["vars"]) for row in document["results"]["bindings"]
        ]
        assert found == [row if isinstance(row, tuple) else (str(row),) for row in expected]

    return check


def of_type(media_type: str, text: str | None = None) -> Check:
    """The Content-Type without its parameters, and the body if `text` says it."""

    def check(response: httpx.Response) -> None:
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].split(";")[0] == media_type
        if text is not None:
            assert response.text.replace("\r\n", "\n").strip() == text

    return check


def problem(status: int, code: str, words: str = "", **members: Any) -> Check:
    def check(response: httpx.Response) -> None:
        assert response.status_code == status, response.text
        if response.request.method != "HEAD":
            assert response.headers["content-type"] == "application/problem+json"
            body = response.json()
            assert body["status"] == status
            assert body["type"] == f"https://w3id.org/otsgraph/problem/{code}"
            assert body["title"]
            assert words in body["detail"]
            assert {name: body[name] for name in members} == members
        assert response.headers["cache-control"] == "no-store"

    return check


def header(name: str, value: str, status: int = 200) -> Check:
    def check(response: httpx.Response) -> None:
        assert response.status_code == status, response.text
        assert response.headers.get(name) == value

    return check


def listed(name: str, *values: str, status: int = 200) -> Check:
    """A header field that is a list with some values in it."""

    def check(response: httpx.Response) -> None:
        assert response.status_code == status, response.text
        found = {value.strip().lower() for value in response.headers[name].split(",")}
        assert found >= {value.lower() for value in values}

    return check


def absent(name: str, status: int = 200) -> Check:
    def check(response: httpx.Response) -> None:
        assert response.status_code == status, response.text
        assert name not in response.headers

    return check


def case(rule: str, request: Request, *checks: Check) -> Any:
    return pytest.param(request, checks, id=rule)


WAYS_TO_ASK = [
    case("GET with a query answers it", get(ASK), says(True)),
    case("an ASK that finds nothing says no", get(NO), says(False)),
    case("POST of a form answers the query in it", form(ASK), says(True)),
    case("POST of the bare query answers it", direct(ASK), says(True)),
    case("QUERY with the bare query answers it", direct(ASK, method="QUERY"), says(True)),
    case("QUERY with a form answers the query in it", Request("QUERY", "/sparql", form(ASK).headers, form(ASK).body), says(True)),
    case("HEAD answers without a body", get(ASK, method="HEAD"), header("content-length", "26"), of_type(JSON, "")),
    case("HEAD of a mistake has its status", get("ASK", method="HEAD"), problem(400, "malformed-query")),
    case("a form may say that it is UTF-8", form(ASK, "application/x-www-form-urlencoded; charset=utf-8"), says(True)),
    case("a form may say so in capitals", form(ASK, "Application/X-WWW-Form-URLencoded; Charset=UTF-8"), says(True)),
    case("a bare query may say that it is UTF-8", direct(ASK, content_type="application/sparql-query;charset=UTF-8"), says(True)),
    case("the charset may be in quotation marks", direct(ASK, content_type='application/sparql-query; charset="utf-8"'), says(True)),
    case("letters of all alphabets arrive by GET", get("ASK { FILTER(STRLEN('Türkiyə – Қазақстан') = 19) }"), says(True)),
    case("letters of all alphabets arrive in a form", form("ASK { FILTER(STRLEN('Türkiyə – Қазақстан') = 19) }"), says(True)),
    case("letters of all alphabets arrive bare", direct("ASK { FILTER(STRLEN('Türkiyə – Қазақстан') = 19) }"), says(True)),
    case("a plus in a URL is a space", Request("GET", "/sparql?query=ASK+%7B+?s+?p+?o+%7D"), says(True)),
    case("a percent-encoded plus is a plus", get("ASK { FILTER(1+1 = 2) }"), says(True)),
    case("a form is decoded once", form("ASK { FILTER('100%25' = '100%2525') }"), says(False)),
    case("parameters that the protocol does not know are passed over", get(ASK, format="json", timeout="3"), says(True)),
    case("parameter names know capitals from small letters", Request("GET", "/sparql?Query=ASK%7B%7D"), problem(400, "malformed-request", "`query` is missing")),
    case("a URL of 8 KB is taken", get(ASK + " #" + "x" * 8_000), says(True)),
    case("a URL of 60 KB is taken", get(ASK + " #" + "x" * 60_000), says(True)),
    case("a query of nearly 1 MiB is taken", direct(ASK + " #" + "x" * (2**20 - 20)), says(True)),
    case("comments and white space around a query do not matter", get(f"# a comment\n\n {ASK} \n# another"), says(True)),
    case("a byte order mark does not matter in JSON answers", get("SELECT ('\ufeff' AS ?x) {}"), rows("\ufeff")),
]  # fmt: skip

DATASETS = [
    case("without a dataset the default graph is the endpoint's", get(SELECT), rows("http://x/o")),
    case("without a dataset the named graphs are the endpoint's", get(NAMED), rows((A, "1"), (A, "2"), (B, "2"), (B, "3"))),
    case("FROM makes a graph the default graph", get(SELECT.replace("{", f"FROM <{A}> {{", 1)), rows(1, 2)),
    case("FROM leaves no named graph", get(NAMED.replace("{", f"FROM <{A}> {{", 1)), rows()),
    case("FROM NAMED leaves the default graph empty", get(SELECT.replace("{", f"FROM NAMED <{A}> {{", 1)), rows()),
    case("FROM NAMED makes a graph a named graph", get(NAMED.replace("{", f"FROM NAMED <{A}> {{", 1)), rows((A, "1"), (A, "2"))),
    case("a triple in two FROM graphs counts once", get(COUNT.replace("{", f"FROM <{A}> FROM <{B}> {{", 1)), rows(3)),
    case("FROM with a prefixed name", get("PREFIX x: <http://x/> " + COUNT.replace("{", "FROM x:a FROM x:b {", 1)), rows(3)),
    case("FROM with an IRI relative to BASE", get("BASE <http://x/> " + COUNT.replace("{", "FROM <a> FROM <b> {", 1)), rows(3)),
    case("FROM of a graph that is not there is empty", get(COUNT.replace("{", f"FROM <{NOWHERE}> {{", 1)), rows(0)),
    case("default-graph-uri makes a graph the default graph", get(SELECT, default_graph_uri=A), rows(1, 2)),
    case("default-graph-uri in a form", form(SELECT, default_graph_uri=A), rows(1, 2)),
    case("default-graph-uri beside a bare query", direct(SELECT, default_graph_uri=A), rows(1, 2)),
    case("default-graph-uri beside a bare QUERY", direct(SELECT, method="QUERY", default_graph_uri=A), rows(1, 2)),
    case("a triple in two default graphs counts once", get(COUNT, default_graph_uri=[A, B]), rows(3)),
    case("two default graphs in a form are merged", form(COUNT, default_graph_uri=[A, B]), rows(3)),
    case("two default graphs beside a bare query are merged", direct(COUNT, default_graph_uri=[A, B]), rows(3)),
    case("a default graph named twice is one", get(COUNT, default_graph_uri=[A, A]), rows(2)),
    case("with default graphs alone there is no named graph", get(NAMED, default_graph_uri=A), rows()),
    case("named-graph-uri makes a graph a named graph", get(NAMED, named_graph_uri=A), rows((A, "1"), (A, "2"))),
    case("two named graphs stay apart", get(NAMED, named_graph_uri=[A, B]), rows((A, "1"), (A, "2"), (B, "2"), (B, "3"))),
    case("with named graphs alone the default graph is empty", get(COUNT, named_graph_uri=A), rows(0)),
    case("both kinds at once", get("SELECT ?o ?g ?x { ?s ?p ?o . GRAPH ?g { ?s ?p ?x } } ORDER BY ?o ?x", default_graph_uri=A, named_graph_uri=B), rows(("1", B, "2"), ("1", B, "3"), ("2", B, "2"), ("2", B, "3"))),
    case("several of both kinds", get("SELECT (COUNT(*) AS ?n) { ?s ?p ?o . GRAPH ?g { ?s ?p ?x } }", default_graph_uri=[A, B], named_graph_uri=[A, B]), rows(12)),
    case("the protocol's dataset overrides FROM", get(SELECT.replace("{", f"FROM <{A}> {{", 1), default_graph_uri=B), rows(2, 3)),
    case("the protocol's dataset overrides FROM NAMED", get(NAMED.replace("{", f"FROM NAMED <{A}> {{", 1), named_graph_uri=B), rows((B, "2"), (B, "3"))),
    case("the protocol's dataset overrides several FROM", get(COUNT.replace("{", f"FROM <{A}> FROM <{B}> {{", 1), default_graph_uri=A), rows(2)),
    case("a default graph that is not there is empty", get(COUNT, default_graph_uri=NOWHERE), rows(0)),
    case("a named graph that is not there is empty", get(NAMED, named_graph_uri=NOWHERE), rows()),
    case("a graph that is not there adds nothing to one that is", get(COUNT, default_graph_uri=[A, NOWHERE]), rows(2)),
    case("a graph name is not fetched", get(COUNT, default_graph_uri="http://127.0.0.1:9/x.ttl"), rows(0)),
    case("a graph name that is a file is not read", get(COUNT, default_graph_uri="file:///etc/hostname"), rows(0)),
    case("a relative graph name is refused", get(COUNT, default_graph_uri="a"), problem(400, "malformed-request", "`default-graph-uri` is not an absolute IRI: `a`")),
    case("an empty graph name is refused", get(COUNT, named_graph_uri=""), problem(400, "malformed-request", "`named-graph-uri`")),
    case("a graph name with a space is refused", get(COUNT, default_graph_uri="http://x/a b"), problem(400, "malformed-request", "not an absolute IRI")),
    case("a form takes no graphs from the URL", Request("POST", f"/sparql?default-graph-uri={quote(A)}", form(SELECT).headers, form(SELECT).body), rows("http://x/o")),
]  # fmt: skip

FORMATS = [
    case("SELECT without Accept is JSON", get(SELECT), of_type(JSON)),
    case("ASK without Accept is JSON", get(ASK), of_type(JSON)),
    case("CONSTRUCT without Accept is Turtle", get(CONSTRUCT), of_type(TURTLE)),
    case("DESCRIBE without Accept is Turtle", get(DESCRIBE), of_type(TURTLE)),
    case("anything means JSON for SELECT", get(SELECT, "*/*"), of_type(JSON)),
    case("anything means Turtle for CONSTRUCT", get(CONSTRUCT, "*/*"), of_type(TURTLE)),
    case("an empty Accept is none", get(SELECT, ""), of_type(JSON)),
    case("SELECT as XML", get(SELECT, XML), of_type(XML)),
    case("SELECT as CSV", get(SELECT, CSV), of_type(CSV, "o\nhttp://x/o")),
    case("SELECT as TSV", get(SELECT, TSV), of_type(TSV, "?o\n<http://x/o>")),
    case("ASK as XML", get(ASK, XML), of_type(XML)),
    case("ASK as CSV", get(ASK, CSV), of_type(CSV, "true")),
    case("ASK as TSV", get(NO, TSV), of_type(TSV, "false")),
    case("CONSTRUCT as N-Triples", get(CONSTRUCT, NT), of_type(NT, "<http://x/s> <http://x/p> <http://x/o> .")),
    case("CONSTRUCT as RDF/XML", get(CONSTRUCT, RDFXML), of_type(RDFXML)),
    case("CONSTRUCT as JSON-LD", get(CONSTRUCT, JSONLD), of_type(JSONLD)),
    case("DESCRIBE as N-Triples", get(DESCRIBE, NT), of_type(NT)),
    case("application/json asks for JSON results", get(SELECT, "application/json"), of_type(JSON)),
    case("application/json asks for JSON-LD of a graph", get(CONSTRUCT, "application/json"), of_type(JSONLD)),
    case("application/xml asks for XML results", get(SELECT, "application/xml"), of_type(XML)),
    case("text/xml asks for XML results", get(SELECT, "text/xml"), of_type(XML)),
    case("application/xml asks for RDF/XML of a graph", get(CONSTRUCT, "application/xml"), of_type(RDFXML)),
    case("text/plain asks for N-Triples of a graph", get(CONSTRUCT, "text/plain"), of_type(NT)),
    case("media types are the same in capitals", get(SELECT, "TEXT/CSV"), of_type(CSV)),
    case("text/* means CSV for SELECT", get(SELECT, "text/*"), of_type(CSV)),
    case("text/* means Turtle for CONSTRUCT", get(CONSTRUCT, "text/*"), of_type(TURTLE)),
    case("application/* means JSON for SELECT", get(SELECT, "application/*"), of_type(JSON)),
    case("the heavier format wins", get(SELECT, f"{CSV};q=0.5, {TSV};q=0.8"), of_type(TSV)),
    case("a weight of zero excludes a format", get(SELECT, f"{JSON};q=0, */*"), of_type(XML)),
    case("the specific range outranks the wildcard", get(SELECT, f"{JSON};q=0.1, */*;q=0.5"), of_type(XML)),
    case("the order of a list does not matter, weights do", get(SELECT, f"*/*;q=0.1, {TSV}"), of_type(TSV)),
    case("white space around weights does not matter", get(SELECT, f"{JSON} ; q=0.1 , {XML} ; q=0.9"), of_type(XML)),
    case("formats for graphs do not matter to SELECT", get(SELECT, f"{TURTLE}, {CSV};q=0.1"), of_type(CSV)),
    case("formats for results do not matter to CONSTRUCT", get(CONSTRUCT, f"{JSON}, {NT};q=0.1"), of_type(NT)),
    case("text formats say their character set", get(SELECT, CSV), header("content-type", "text/csv; charset=utf-8")),
    case("JSON says none", get(SELECT), header("content-type", JSON)),
    case("a form may ask for a format", with_headers(form(SELECT), Accept=CSV), of_type(CSV)),
    case("a bare query may ask for a format", with_headers(direct(CONSTRUCT), Accept=NT), of_type(NT)),
    case("an unknown format is refused with those there are", get(SELECT, "image/png"), problem(406, "not-acceptable", JSON, offered=[f.media_type for f in (*ResultsFormat, *GraphFormat)])),
    case("graph formats alone do not fit SELECT", get(SELECT, NT), problem(406, "not-acceptable", CSV, offered=[f.media_type for f in ResultsFormat])),
    case("results formats alone do not fit CONSTRUCT", get(CONSTRUCT, CSV), problem(406, "not-acceptable", TURTLE, offered=[f.media_type for f in GraphFormat])),
    case("everything excluded is refused", get(SELECT, "*/*;q=0"), problem(406, "not-acceptable")),
    case("a browser gets a page", get(SELECT, BROWSER), of_type("text/html")),
    case("a browser gets a page with a graph", get(CONSTRUCT, BROWSER), of_type("text/html")),
    case("answers vary with what the client takes", get(SELECT), listed("vary", "Accept", "Accept-Encoding")),
]  # fmt: skip

MISTAKES = [
    case("no query is a mistake", get(format="json"), problem(400, "malformed-request", "`query` is missing")),
    case("no query in a form is a mistake", form(None), problem(400, "malformed-request", "`query` is missing")),
    case("two queries are a mistake", Request("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), problem(400, "malformed-request", "exactly one")),
    case("two queries in a form are a mistake", Request("POST", "/sparql", form(ASK).headers, form(ASK).body + b"&query=ASK%7B%7D"), problem(400, "malformed-request", "exactly one")),
    case("an empty query is a mistake", get(""), problem(400, "malformed-query", "The query is empty", line=1, column=1)),
    case("an empty bare query is a mistake", direct(""), problem(400, "malformed-query", "The query is empty")),
    case("an update is not taken in a form", Request("POST", "/sparql", form(ASK).headers, b"update=CLEAR+ALL"), problem(400, "malformed-request", "`update` is not accepted")),
    case("an update is not taken in a URL", Request("GET", "/sparql?update=CLEAR+ALL"), problem(400, "malformed-request", "`update` is not accepted")),
    case("an update is no query", get("INSERT DATA { <x:s> <x:p> 1 }"), problem(400, "malformed-query", "SPARQL Update")),
    case("an update has no media type here", direct("CLEAR ALL", content_type="application/sparql-update"), problem(415, "unsupported-media-type")),
    case("a missing brace is told with its place", get("ASK {\n ?s ?p ?o"), problem(400, "malformed-query", "is never closed", line=1, column=5)),
    case("a brace too many is told with its place", get("ASK { } }"), problem(400, "malformed-query", "has no opening one", line=1, column=9)),
    case("an unknown prefix is told with its place", get("ASK {\n ?s foo:p ?o }"), problem(400, "malformed-query", "Unknown prefix `foo:`", line=2, column=5)),
    case("an unknown function is told with what is near", get("SELECT (COUNTS(?s) AS ?n) { ?s ?p ?o }"), problem(400, "malformed-query", "did you mean COUNT", line=1, column=9)),
    case("an unknown keyword is told with what is near", get("SELCT * { ?s ?p ?o }"), problem(400, "malformed-query", "did you mean SELECT", line=1, column=1)),
    case("a string that is not closed is told", get('ASK { ?s ?p "a }'), problem(400, "malformed-query", "string that begins here is not closed")),
    case("a relative IRI without BASE is told", get("ASK { <a> ?p ?o }"), problem(400, "malformed-query", "no BASE")),
    case("a variable outside of GROUP BY is told", get("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }"), problem(400, "malformed-query")),
    case("POST without a Content-Type is refused", Request("POST", "/sparql", {}, b"ASK {}"), problem(415, "unsupported-media-type", "without Content-Type")),
    case("POST of plain text is refused", direct(ASK, content_type="text/plain"), problem(415, "unsupported-media-type", "`text/plain`", offered=["application/x-www-form-urlencoded", "application/sparql-query"])),
    case("POST of JSON is refused", direct('{"query": "ASK {}"}', content_type="application/json"), problem(415, "unsupported-media-type")),
    case("POST of a multipart form is refused", direct(b"--x--", content_type="multipart/form-data; boundary=x"), problem(415, "unsupported-media-type")),
    case("QUERY without a Content-Type is refused", Request("QUERY", "/sparql", {}, b"ASK {}"), problem(415, "unsupported-media-type")),
    case("a query in UTF-16 is refused", direct(ASK.encode("utf-16"), content_type="application/sparql-query; charset=utf-16"), problem(415, "unsupported-media-type", "UTF-8")),
    case("a query that is no UTF-8 is refused", direct(b"ASK { ?s ?p '\xff' }"), problem(400, "malformed-request", "Byte 13")),
    case("a URL that is no UTF-8 is refused", Request("GET", "/sparql?query=ASK%7B%7D%FF"), problem(400, "malformed-request", "UTF-8")),
    case("a form that is no UTF-8 is refused", Request("POST", "/sparql", form(ASK).headers, b"query=%FF"), problem(400, "malformed-request", "UTF-8")),
    case("a compressed body is refused", with_headers(direct(ASK), Content_Encoding="gzip"), problem(415, "unsupported-media-type", "`gzip`")),
    case("a body over 1 MiB is refused", direct(b"#" * (2**20 + 1)), problem(413, "body-too-large", "1 MiB")),
    case("PUT is refused with what is allowed", get(ASK, method="PUT"), problem(405, "method-not-allowed"), listed("allow", "GET", "HEAD", "POST", "QUERY", "OPTIONS", status=405)),
    case("DELETE is refused", get(ASK, method="DELETE"), problem(405, "method-not-allowed")),
    case("PATCH is refused", get(ASK, method="PATCH"), problem(405, "method-not-allowed")),
    case("a nested call of another endpoint is refused", get("ASK { { SELECT * { SERVICE <http://x/> {} } } }"), problem(403, "service-forbidden", line=1, column=20)),
    case("nesting too deep is refused", get("ASK " + "{" * 200 + "}" * 200), problem(400, "query-too-complex", "128")),
    case("a browser gets mistakes as a page", get("ASK", BROWSER), header("content-type", "text/html; charset=utf-8", 400)),
    case("an address that is not there is not found", Request("GET", "/sparq"), problem(404, "not-found")),
    case("below the endpoint nothing is found", Request("GET", "/sparql/query"), problem(404, "not-found")),
]  # fmt: skip

CACHING = [
    case("an answer has a strong entity tag", get(SELECT), lambda r: _matches(r.headers["etag"], r'"[0-9a-f]{16}"')),
    case("an answer may be kept and is to be revalidated", get(SELECT), header("cache-control", "public, max-age=0, must-revalidate")),
    case("an answer that changes each time is not kept", get("SELECT (RAND() AS ?x) {}"), header("cache-control", "no-store"), absent("etag")),
    case("so is one with the time", get("SELECT (NOW() AS ?x) {}"), header("cache-control", "no-store")),
    case("so is one with a new identifier", get("SELECT (STRUUID() AS ?x) {}"), header("cache-control", "no-store")),
    case("another entity tag gets the whole answer", with_headers(get(SELECT), If_None_Match='"other"'), rows("http://x/o")),
    case("any entity tag will do for a star", with_headers(get(SELECT), If_None_Match="*"), absent("content-type", 304), absent("content-length", 304)),
    case("gzip where the client asks", with_headers(get(LARGE), Accept_Encoding="gzip"), header("content-encoding", "gzip")),
    case("no coding where the client wants none", with_headers(get(SELECT), Accept_Encoding="identity"), absent("content-encoding")),
    case("no gzip where it is excluded", with_headers(get(NAMED), Accept_Encoding="gzip;q=0, *;q=0"), absent("content-encoding")),
    case("no coding where none is asked for", with_headers(get(NAMED), Accept_Encoding=""), absent("content-encoding")),
    case("a dataset version is said", get(SELECT), lambda r: _matches(r.headers["otsgraph-dataset"], r"[0-9a-f]{16}")),
]  # fmt: skip

CROSS_ORIGIN = [
    case("any page may read an answer", with_headers(get(SELECT), Origin="https://example.org"), header("access-control-allow-origin", "*")),
    case("credentials are not taken", with_headers(get(SELECT), Origin="https://example.org"), absent("access-control-allow-credentials")),
    case("any page may read a mistake", with_headers(get("ASK"), Origin="https://example.org"), header("access-control-allow-origin", "*", 400)),
    case("pages may see what else an answer says", with_headers(get(SELECT), Origin="https://example.org"), listed("access-control-expose-headers", "ETag", "Otsgraph-Dataset", "Retry-After")),
    case("a preflight is answered", Request("OPTIONS", "/sparql", {"Origin": "https://example.org", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}), listed("access-control-allow-methods", "POST", "QUERY", status=204), listed("access-control-allow-headers", "Content-Type", "Accept", status=204), header("access-control-allow-origin", "*", 204)),
    case("OPTIONS says what is allowed", Request("OPTIONS", "/sparql"), listed("allow", "GET", "HEAD", "POST", "QUERY", "OPTIONS", status=204)),
    case("OPTIONS says what QUERY takes", Request("OPTIONS", "/sparql"), listed("accept-query", "application/sparql-query", "application/x-www-form-urlencoded", status=204)),
    case("nobody guesses at types", get(SELECT), header("x-content-type-options", "nosniff")),
    case("nobody frames an answer", get(SELECT), header("x-frame-options", "DENY")),
    case("nothing runs in an answer", get(SELECT), lambda r: _matches(r.headers["content-security-policy"], r"default-src 'none';.*frame-ancestors 'none'")),
    case("no address is passed on", get(SELECT), header("referrer-policy", "no-referrer")),
    case("the same holds for mistakes", get("ASK"), header("x-content-type-options", "nosniff", 400), header("referrer-policy", "no-referrer", 400)),
    case("the same holds for pages", Request("GET", "/"), header("x-content-type-options", "nosniff"), header("referrer-policy", "no-referrer"), header("access-control-allow-origin", "*")),
    case("the server says its name and nothing more", get(SELECT), header("server", "otsgraph")),
]  # fmt: skip

DESCRIPTION = [
    case("the endpoint describes itself in Turtle", get(), of_type(TURTLE)),
    *(case(f"the endpoint describes itself as {f.syntax.name}", get(accept=f.media_type), of_type(f.media_type)) for f in GraphFormat),
    case("the description is one for the address that was used", with_headers(get(), Host="graph.example.org"), lambda r: _contains(r.text, "<http://graph.example.org/sparql>")),
    case("the description varies with that address", get(), listed("vary", "Accept", "Host")),
    case("an address that is none is refused", with_headers(get(), Host="a/b"), problem(400, "malformed-request", "Host header")),
    case("HEAD of the description has no body", get(method="HEAD"), of_type(TURTLE, "")),
    case("a description has no results format", get(accept=JSON), problem(406, "not-acceptable", TURTLE)),
    case("a browser gets a form to ask", get(accept=BROWSER), of_type("text/html")),
]  # fmt: skip

CASES = [*WAYS_TO_ASK, *DATASETS, *FORMATS, *MISTAKES, *CACHING, *CROSS_ORIGIN, *DESCRIPTION]


def _matches(value: str, pattern: str) -> None:
    assert re.fullmatch(pattern, value), value


def _contains(text: str, words: str) -> None:
    assert words in text


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of an endpoint on three small graphs."""
    data = tmp_path_factory.mktemp("data") / "data.trig"
    data.write_text(DATA, encoding="utf-8")
    with (
        running_server("--data", str(data)) as server,
        httpx.Client(base_url=server.url, timeout=30, headers={"Accept-Encoding": "", "Accept": ""}) as client,
    ):
        # httpx would say what it accepts by itself
        del client.headers["accept"]
        yield client


def test_the_table_is_whole() -> None:
    assert len(CASES) >= 150
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("request_", "checks"), [pytest.param(*c.values, id=c.id) for c in CASES])
def test_the_protocol(small: httpx.Client, request_: Request, checks: tuple[Check, ...]) -> None:
    sent = small.build_request(request_.method, request_.target, headers=dict(request_.headers), content=request_.body)
    response = small.send(sent)
    for check in checks:
        check(response)
