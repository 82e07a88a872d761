"""The ontology at its address: a page for people, RDF for machines, each version at its own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from prometheus_client.parser import text_string_to_metric_families
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, SKOS

from otsgraph_testing import running_server

OTS = "https://w3id.org/otsgraph/ontology#"
ONTOLOGY = rdflib.URIRef("https://w3id.org/otsgraph/ontology")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORMATS = [
    pytest.param("ttl", "text/turtle", "turtle", id="Turtle"),
    pytest.param("nt", "application/n-triples", "nt", id="N-Triples"),
    pytest.param("rdf", "application/rdf+xml", "xml", id="RDF/XML"),
    pytest.param("jsonld", "application/ld+json", "json-ld", id="JSON-LD"),
]
in_every_format = pytest.mark.parametrize(("extension", "media_type", "parser"), FORMATS)


class Seen(HTMLParser):
    """What a page holds: ids, addresses of links, the text of each term's definition, data blocks, queries."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.definitions: dict[str, str] = {}
        self.data: list[str] = []
        self.queries: list[str] = []
        self._term = ""
        self._into: str = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if "id" in about:
            self.ids.append(about["id"])
        if tag == "a":
            self.links.append(about["href"])
        if about.get("class") == "term":
            self._term = about["id"]
        if about.get("class") == "definition":
            self._into = "definition"
            self.definitions[self._term] = ""
        if tag == "script":
            self._into = "data"
            self.data.append("")
        if tag == "pre":
            self._into = "query"
            self.queries.append("")

    def handle_data(self, data: str) -> None:
        if self._into == "definition":
            self.definitions[self._term] += data
        elif self._into == "data":
            self.data[-1] += data
        elif self._into == "query":
            self.queries[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "script", "pre"):
            self._into = ""


@pytest.fixture(scope="module")
def page(client: httpx.Client) -> Seen:
    return Seen(client.get("/ontology", headers=BROWSER).text)


@pytest.fixture(scope="module")
def held(client: httpx.Client) -> rdflib.Graph:
    """The graph of the ontology, as the endpoint gives it."""
    query = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://w3id.org/otsgraph/graph/ontology> { ?s ?p ?o } }"
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/n-triples"})
    return rdflib.Graph().parse(data=answer.content, format="nt")


@pytest.fixture(scope="module")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of somebody's own data."""
    folder: Path = tmp_path_factory.mktemp("own")
    (folder / "a.ttl").write_text("@prefix x: <http://x/> . x:s x:p 1 .")
    with running_server("--data", str(folder)) as server:
        yield server.url


def read(data: bytes, parser: str) -> rdflib.Graph:
    """What a document says, JSON-LD by way of a second library, since rdflib's reader of it is out of date."""
    if parser != "json-ld":
        return rdflib.Graph().parse(data=data, format=parser)
    lines = ox.serialize((q.triple for q in ox.parse(data, format=ox.RdfFormat.JSON_LD)), format=ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=lines or b"", format="nt")


def rows(client: httpx.Client, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    return found


def ours(graph: rdflib.Graph) -> set[str]:
    """The local names of whatever the graph says something of in the ontology's namespace."""
    return {str(subject).removeprefix(OTS) for subject in graph.subjects() if str(subject).startswith(OTS)}


def test_the_iri_of_every_term_leads_to_one_place_on_the_page(page: Seen, held: rdflib.Graph) -> None:
    times = Counter(page.ids)
    assert len(ours(held)) > 250
    assert {name: times[name] for name in ours(held) if times[name] != 1} == {}


def test_an_id_is_given_once(page: Seen) -> None:
    assert [name for name, number in Counter(page.ids).items() if number > 1] == []


def test_every_term_is_defined_there_in_its_own_words(page: Seen, held: rdflib.Graph) -> None:
    defined = {
        str(term).removeprefix(OTS): str(definition).replace("`", "")
        for term, definition in held.subject_objects(SKOS.definition)
        if (term, DCTERMS.isPartOf, None) in held
    }
    assert page.definitions == defined


def test_a_link_inside_the_page_leads_to_a_place_on_it(page: Seen) -> None:
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside
    assert inside <= set(page.ids)


def test_the_page_leads_from_class_to_class(client: httpx.Client) -> None:
    text = client.get("/ontology", headers=BROWSER).text
    meeting = text[text.index('<section class="term" id="Meeting">') :].split("</section>")[0]
    assert '<dt>is a kind of</dt><dd><a href="#Event">event</a></dd>' in meeting
    assert '<a href="#representedState">represented state</a>' in meeting


@pytest.mark.parametrize("path", ["/ontology", "/ontology/0.1.0", "/ontology?format=html"])
def test_a_browser_gets_the_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'id="Meeting"' in answer.text


def test_whoever_has_no_wish_gets_the_page(client: httpx.Client) -> None:
    assert client.get("/ontology").headers["content-type"] == "text/html; charset=utf-8"


@in_every_format
def test_machines_get_the_graph_of_the_ontology(
    client: httpx.Client, held: rdflib.Graph, extension: str, media_type: str, parser: str
) -> None:
    answer = client.get("/ontology", headers={"Accept": media_type})
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert isomorphic(read(answer.content, parser), held)


@in_every_format
@pytest.mark.parametrize("path", ["/ontology.{}", "/ontology?format={}", "/ontology/0.1.0?format={}"])
def test_a_format_that_is_named_in_the_address_outranks_the_header(
    client: httpx.Client, extension: str, media_type: str, parser: str, path: str
) -> None:
    by_header = client.get("/ontology", headers={"Accept": media_type})
    assert client.get(path.format(extension), headers=BROWSER).content == by_header.content


@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_each_form_says_where_the_others_are(client: httpx.Client, accept: str) -> None:
    answer = client.get("/ontology", headers={"Accept": accept})
    links = answer.headers["link"]
    offered = dict(re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', links))
    assert len(offered) == len(FORMATS)
    for address, media_type in offered.items():
        assert client.get(address).headers["content-type"].split(";")[0] == media_type
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
    assert '<https://w3id.org/otsgraph/ontology>; rel="canonical"' in links
    assert "Accept" in answer.headers["vary"].split(", ")


def test_what_nobody_can_give_is_told_with_what_there_is(client: httpx.Client) -> None:
    answer = client.get("/ontology", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["offered"][0] == "text/html"
    assert client.get("/ontology.xyz").json()["offered"] == ["ttl", "nt", "rdf", "jsonld"]


@pytest.mark.parametrize("wish", ["format=pdf", "format=", "format=ttl&format=nt"])
def test_a_wish_that_is_no_format_is_refused_with_those_that_are(client: httpx.Client, wish: str) -> None:
    answer = client.get(f"/ontology?{wish}")
    assert answer.status_code == 400
    assert "html, ttl, nt, rdf, jsonld" in answer.json()["detail"]
    assert (answer.json()["parameter"], answer.json()["choices"]) == ("format", ["html", "ttl", "nt", "rdf", "jsonld"])


def test_the_version_iri_of_the_ontology_is_answered(client: httpx.Client, held: rdflib.Graph) -> None:
    version = str(held.value(ONTOLOGY, OWL.versionIRI)).removeprefix("https://w3id.org/otsgraph")
    answer = client.get(version, headers={"Accept": "text/turtle"})
    assert isomorphic(rdflib.Graph().parse(data=answer.content, format="turtle"), held)


def test_another_version_is_not_found_and_the_current_one_is_named(client: httpx.Client) -> None:
    answer = client.get("/ontology/0.0.9")
    assert answer.status_code == 404
    assert "0.1.0" in answer.json()["detail"]


def test_a_page_that_a_reader_has_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/ontology", headers=BROWSER).headers["etag"]
    assert client.get("/ontology", headers={**BROWSER, "If-None-Match": tag}).status_code == 304


def test_every_query_that_is_shown_finds_something(client: httpx.Client, page: Seen) -> None:
    assert len(page.queries) >= 3
    assert all(rows(client, query) for query in page.queries)


def test_every_query_that_is_shown_is_linked_to_its_answer(page: Seen) -> None:
    linked = {parse_qs(link.partition("?")[2])["query"][0] for link in page.links if link.startswith("/sparql?")}
    assert set(page.queries) <= linked


def test_the_number_of_uses_is_that_of_the_rows_behind_its_link(client: httpx.Client) -> None:
    text = client.get("/ontology", headers=BROWSER).text
    shown = re.findall(r'<a href="/sparql\?query=([^"]*)">([0-9,]+) (?:in the facts|inside|said)', text)
    wrong = [
        (query, number) for query, number in shown if len(rows(client, unquote(query))) != int(number.replace(",", ""))
    ]
    assert len(shown) > 200
    assert wrong == []


def test_the_page_costs_at_most_five_answers_of_the_engine_and_then_none() -> None:
    with running_server() as server:

        def evaluated() -> float:
            families = text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text)
            samples = [sample for family in families for sample in family.samples]
            counted = [
                s for s in samples if s.name == "otsgraph_queries_total" and s.labels["lane"] in ("short", "long")
            ]
            return sum(sample.value for sample in counted)

        before = evaluated()
        httpx.get(f"{server.url}/ontology")
        once = evaluated()
        httpx.get(f"{server.url}/ontology")
        assert 1 <= once - before <= 5
        assert evaluated() == once


def test_search_engines_are_told_of_the_same_terms(page: Seen, held: rdflib.Graph) -> None:
    told = json.loads(page.data[0])
    documented = {str(term) for term in held.subjects(DCTERMS.isPartOf)}
    assert (told["@type"], told["@id"], told["version"]) == ("DefinedTermSet", str(ONTOLOGY), "0.1.0")
    assert {term["@id"]: term["name"] for term in told["hasDefinedTerm"]} == {
        term: str(held.value(rdflib.URIRef(term), RDFS.label)) for term in documented
    }


def test_the_shapes_are_those_of_the_package(client: httpx.Client, project: Path) -> None:
    answer = client.get("/shapes.ttl")
    assert answer.content == (project / "ontology" / "shapes.ttl").read_bytes()
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert list(rdflib.Graph().parse(data=answer.content, format="turtle").subjects(RDF.type, SH.NodeShape))
    assert client.get("/shapes.ttl", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_the_context_makes_short_names_of_json_ld_whole(client: httpx.Client) -> None:
    answer = client.get("/context.jsonld")
    node = answer.json() | {"@id": "meeting:diaspora-7", "@type": "ots:Meeting"}
    meeting = rdflib.URIRef("https://w3id.org/otsgraph/id/meeting/diaspora-7")
    assert set(read(json.dumps(node).encode(), "json-ld")) == {(meeting, RDF.type, rdflib.URIRef(OTS + "Meeting"))}
    assert answer.headers["content-type"] == "application/ld+json"
    assert client.get("/context.jsonld", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/ontology", "/ontology.ttl", "/ontology/0.1.0", "/shapes.ttl"])
def test_with_own_data_our_ontology_is_not_there(own_data: str, path: str) -> None:
    answer = httpx.get(own_data + path)
    assert answer.status_code == 404
    assert "https://w3id.org/otsgraph/ontology" in answer.json()["detail"]


def test_data_in_our_layout_without_an_ontology_has_none(tmp_path: Path) -> None:
    (tmp_path / "data" / "reference").mkdir(parents=True)
    (tmp_path / "data" / "reference" / "a.ttl").write_text("<http://x/s> <http://x/p> 1 .")
    with running_server("--data", str(tmp_path), "--default-graph", "facts") as server:
        answers = [httpx.get(server.url + path) for path in ("/ontology", "/ontology.ttl", "/ontology/0.1.0")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_with_own_data_the_context_has_the_prefixes_of_that(own_data: str) -> None:
    assert httpx.get(f"{own_data}/context.jsonld").json()["@context"]["x"] == "http://x/"


@pytest.mark.parametrize("path", ["/ontology/", "/ontology/0.1.0/"])
def test_a_slash_too_many_is_taken_away(client: httpx.Client, path: str) -> None:
    assert client.get(path, follow_redirects=True).headers["content-type"] == "text/html; charset=utf-8"
