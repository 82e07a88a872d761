"""Saved queries, graphs, downloads and the rest, over a real socket."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from otsgraph.dataset.sources import packaged_folder
from otsgraph.queries import saved

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_list_of_saved_queries_is_json_by_default(client: httpx.Client) -> None:
    listed = client.get("/queries").json()
    assert [q["name"] for q in listed] == sorted(saved.load(packaged_folder() / "queries"))
    assert all(client.get(url).status_code == 200 for q in listed for url in q["results"].values())


def test_a_browser_gets_the_list_as_html(client: httpx.Client) -> None:
    page = client.get("/queries", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/queries/represented-states"' in page.text


def test_a_browser_gets_a_saved_query_as_a_page_with_its_answer(client: httpx.Client) -> None:
    page = client.get("/queries/represented-states", headers=BROWSER).text
    assert "<h1>Which states had representatives" in page
    assert '<a href="/page/state/turkiye" title="https://w3id.org/otsgraph/id/state/turkiye">Türkiye</a>' in page
    assert "PREFIX ots: &lt;https://w3id.org/otsgraph/ontology#&gt;" in page


def test_without_suffix_the_accept_header_chooses(client: httpx.Client) -> None:
    answer = client.get("/queries/represented-states", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_suffix_outranks_the_accept_header(client: httpx.Client) -> None:
    answer = client.get("/queries/represented-states.tsv", headers=BROWSER)
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"


def test_a_suffix_that_does_not_fit_the_query_form_is_told_with_those_that_do(client: httpx.Client) -> None:
    answer = client.get("/queries/represented-states.ttl")
    assert answer.status_code == 406
    assert answer.json()["offered"] == ["json", "xml", "csv", "tsv", "html", "md"]


def test_an_unknown_saved_query_is_not_found(client: httpx.Client) -> None:
    assert client.get("/queries/nothing.csv").status_code == 404


def test_the_home_page_names_what_is_there(client: httpx.Client) -> None:
    page = client.get("/").text
    assert client.get("/health").json()["dataset"] in page
    assert 'href="/download/otsgraph.ttl"' in page


def test_every_download_that_the_home_page_names_is_there(client: httpx.Client) -> None:
    links = [part.split('"')[0] for part in client.get("/").text.split('href="/')[1:]]
    answers = {link: client.get(f"/{link}").status_code for link in links}
    assert set(answers.values()) == {200}, answers


def test_checksums_are_those_of_the_files(client: httpx.Client) -> None:
    lines = client.get("/download/SHA256SUMS").text.splitlines()
    assert len(lines) == 16
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256(client.get(f"/download/{name}").content).hexdigest() == digest


def test_compressed_downloads_hold_the_same(client: httpx.Client) -> None:
    plain, packed = (client.get(f"/download/otsgraph.ttl{end}").content for end in ("", ".gz"))
    assert gzip.decompress(packed) == plain


def test_part_of_a_download_can_be_asked_for(client: httpx.Client) -> None:
    part = client.get("/download/otsgraph.nt", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


def test_a_download_that_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    etag = client.get("/download/otsgraph.nt").headers["etag"]
    assert client.get("/download/otsgraph.nt", headers={"If-None-Match": etag}).status_code == 304


def default_graph(client: httpx.Client) -> rdflib.Graph:
    """The served default graph, less the triples that are computed at start."""
    query = """
        CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o
          FILTER NOT EXISTS { GRAPH <https://w3id.org/otsgraph/graph/discovery> { ?s ?p ?o } }
          FILTER NOT EXISTS { GRAPH <https://w3id.org/otsgraph/graph/inferred> { ?s ?p ?o } } }"""
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/n-triples"})
    return rdflib.Graph().parse(data=answer.content, format="nt")


def by_rdflib(data: bytes) -> rdflib.Graph:
    return rdflib.Graph().parse(data=data, format="turtle")


def by_oxigraph(data: bytes) -> rdflib.Graph:
    lines = ox.serialize((q.triple for q in ox.parse(data, format=ox.RdfFormat.TURTLE)), format=ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=lines or b"", format="nt")


@pytest.mark.parametrize("read", [by_rdflib, by_oxigraph])
def test_the_turtle_download_is_the_default_graph_less_what_is_computed_at_start(
    client: httpx.Client, read: Callable[[bytes], rdflib.Graph]
) -> None:
    downloaded = read(client.get("/download/otsgraph.ttl").content)
    assert len(downloaded) == client.get("/health").json()["triples"]
    assert isomorphic(downloaded, default_graph(client))


def test_facts_are_the_same_in_every_format(client: httpx.Client) -> None:
    graphs = [
        rdflib.Graph().parse(data=client.get(f"/download/otsgraph.{ending}").content, format=name)
        for ending, name in (("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"))
    ]
    assert all(isomorphic(graphs[0], graph) for graph in graphs[1:])


def test_the_whole_dataset_is_the_same_in_every_format(client: httpx.Client) -> None:
    formats = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG, "jsonld": ox.RdfFormat.JSON_LD}
    datasets = [
        {str(q) for q in ox.parse(client.get(f"/download/otsgraph.{ending}").content, format=format_)}
        for ending, format_ in formats.items()
    ]
    assert datasets[0] == datasets[1] == datasets[2]
    for computed in ("discovery", "inferred"):
        assert f"https://w3id.org/otsgraph/graph/{computed}>" not in "".join(datasets[0])


def test_statements_are_downloaded_apart_from_facts(client: httpx.Client) -> None:
    subject = rdflib.RDF.subject
    reified = set(by_rdflib(client.get("/download/otsgraph-statements.ttl").content).subjects(subject))
    by_graph = "SELECT DISTINCT ?s { GRAPH ?g { ?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> ?o } }"
    rows = client.get("/sparql", params={"query": by_graph}).json()["results"]["bindings"]
    assert {str(statement) for statement in reified} == {row["s"]["value"] for row in rows}
    assert not list(by_rdflib(client.get("/download/otsgraph.ttl").content).subjects(subject))


def test_statements_with_reifiers_say_the_same_as_reified_ones(client: httpx.Client) -> None:
    answer = client.get("/download/otsgraph-rdf12.ttl")
    assert answer.headers["Content-Type"] == 'text/turtle; charset=utf-8; version="1.2"'
    quads = list(ox.parse(answer.content, format=ox.RdfFormat.TURTLE))
    terms = [(q.subject, q.object) for q in quads if isinstance(q.object, ox.Triple)]
    plain = {q.triple for q in quads if not isinstance(q.object, ox.Triple)}
    for name, part in (("subject", 0), ("predicate", 1), ("object", 2)):
        plain |= {ox.Triple(s, ox.NamedNode(f"{rdflib.RDF}{name}"), list(triple)[part]) for s, triple in terms}
    reified = client.get("/download/otsgraph-statements.ttl").content
    assert plain == {q.triple for q in ox.parse(reified, format=ox.RdfFormat.TURTLE)}


def test_a_graph_is_given_by_suffix_and_by_accept(client: httpx.Client) -> None:
    by_suffix = client.get("/graph/trend-2025-12-02/facts.ttl")
    by_accept = client.get("/graph/trend-2025-12-02/facts", headers={"Accept": "text/turtle"})
    assert by_suffix.content == by_accept.content
    assert by_suffix.headers["content-type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize("path", ["nothing", "nothing.ttl", "../prepared.json", "%2e%2e/manifest.json"])
def test_an_unknown_graph_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(f"/graph/{path}").status_code == 404


def test_a_format_that_a_graph_does_not_have_is_told_with_those_that_it_has(client: httpx.Client) -> None:
    answer = client.get("/graph/entities.trig")
    assert answer.status_code == 406
    assert answer.json()["offered"] == ["ttl", "nt", "rdf", "jsonld"]


def test_the_discovery_graph_counts_what_is_there(client: httpx.Client) -> None:
    query = """
        PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?graph ?said (COUNT(*) AS ?counted) {
          ?graph void:triples ?said . GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ?said"""
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert len(rows) > 40
    assert all(row["said"]["value"] == row["counted"]["value"] for row in rows)


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/queries/", "../queries"),
        ("/graph/entities/", "../entities"),
        ("/sparql/?query=ASK%7B%7D", "../sparql?query=ASK%7B%7D"),
    ],
)
def test_a_slash_too_many_is_taken_away_wherever_the_site_is_mounted(
    client: httpx.Client, address: str, location: str
) -> None:
    answer = client.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, location)
    assert client.get(address, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("address", ["/", "/queries", "/download/otsgraph.ttl", "/graph/entities"])
def test_other_sites_may_ask_what_a_page_takes(client: httpx.Client, address: str) -> None:
    answer = client.options(address)
    assert answer.status_code == 204
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("known", ["*", "W/{}", '"other", {}'])
def test_a_download_is_not_sent_to_those_who_have_it(client: httpx.Client, known: str) -> None:
    etag = client.get("/download/otsgraph.nt").headers["etag"]
    answer = client.get("/download/otsgraph.nt", headers={"If-None-Match": known.format(etag)})
    assert answer.status_code == 304


def test_a_result_that_is_too_large_for_a_page_is_not_read_for_it(client: httpx.Client) -> None:
    query = "SELECT ?s ?p ?o { ?s ?p ?o . ?a ?b ?c } LIMIT 20000"
    page = client.get("/sparql", params={"query": query}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "too many for a page" in page.text
    assert len(page.content) < 10_000


def test_a_term_that_is_too_long_for_a_page_is_cut(client: httpx.Client) -> None:
    query = 'SELECT ("' + "&" * 5_000 + '" AS ?x) { }'
    page = client.get("/sparql", params={"query": query}, headers={"Accept": "text/html"})
    assert "&amp;" * 1_000 + "…" in page.text
