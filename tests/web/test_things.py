"""The IRIs of things: where they lead, in which forms, and that all forms say the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin

import httpx
import pyoxigraph as ox
import pytest

from otsgraph_testing import Server, running_server

BASE = "https://w3id.org/otsgraph/"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RDF = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
HUNGARY = "/id/state/hungary"
EVERY_IRI = """SELECT DISTINCT ?iri WHERE {
  { ?iri ?p ?o } UNION { ?s ?iri ?o } UNION { ?s ?p ?iri }
  UNION { GRAPH ?g { ?iri ?p ?o } } UNION { GRAPH ?g { ?s ?p ?iri } } UNION { GRAPH ?iri { ?s ?p ?o } }
  FILTER(isIRI(?iri) && STRSTARTS(STR(?iri), "https://w3id.org/otsgraph/"))
}"""


def asked(client: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"})
    return [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]


def triples(answer: httpx.Response, address: str = "http://example.org/") -> set[str]:
    """The triples of an answer in RDF, each as N-Triples text."""
    media_type = answer.headers["content-type"].partition(";")[0]
    parsed = ox.parse(answer.content, format=RDF[media_type], base_iri=address)
    return {str(quad.triple) for quad in parsed}


@pytest.fixture(scope="module")
def every_iri(client: httpx.Client) -> dict[str, dict[str, set[str]]]:
    """All IRIs of ours in the dataset: by kind, those of documents or things, each with those that add a fragment."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in asked(client, EVERY_IRI):
        whole, _, fragment = row["iri"].partition("#")
        path = whole.removeprefix(BASE)
        kind = "/".join(path.split("/")[:2]) if path.startswith("id/") else path.partition("/")[0]
        if kind in DOCUMENTS or (kind == "graph" and "." in path):
            kind = "document"
        found[kind][path] |= {row["iri"]} if fragment else set()
    return found


DOCUMENTS = ("download", ".well-known", "opensearch.xml", "lookup?iri=")
"""How the paths of IRIs begin that are documents themselves, with one form each."""

KINDS = """id/agency id/agreement id/document id/event id/geometry id/group id/meeting id/membership id/office
    id/organization id/origin id/outlet id/participation id/person id/place id/plan id/polity id/quality id/quotation
    id/resolution id/sentence id/series id/source id/state id/statement id/strategy id/tenure id/text id/topic query
    graph""".split()


def test_every_iri_is_of_a_kind_that_is_walked(every_iri: dict[str, dict[str, set[str]]]) -> None:
    assert set(every_iri) == {*KINDS, "document", "", "ontology", "sparql"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_iri_leads_to_the_same_triples_in_every_format_and_to_a_page(
    client: httpx.Client, every_iri: dict[str, dict[str, set[str]]], kind: str
) -> None:
    for path, with_fragments in every_iri[kind].items():
        address = "/" + quote(path)
        held = []
        for media_type in RDF:
            answer = client.get(address, headers={"Accept": media_type})
            if kind != "graph":
                assert answer.status_code == 303, (path, media_type)
                answer = client.get(answer.headers["location"], headers={"Accept": "application/json"})
            assert answer.status_code == 200, (path, media_type)
            assert answer.headers["content-type"].startswith(media_type)
            held.append(triples(answer))
        assert held[0] or kind == "graph", path
        assert all(others == held[0] for others in held), path
        if kind != "graph":
            assert any(f"<{BASE}{path}>" in triple for triple in held[0]), path
            for iri in with_fragments:
                assert any(f"<{iri}>" in triple for triple in held[0]), iri
        answer = client.get(address, headers=BROWSER)
        assert answer.status_code == 303, path
        page = client.get(answer.headers["location"], headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), path


def test_every_document_that_the_dataset_names_is_there(
    client: httpx.Client, every_iri: dict[str, dict[str, set[str]]]
) -> None:
    assert every_iri["document"]
    for path in every_iri["document"]:
        whole = path + quote(BASE + "id/state/hungary", safe="") if path.endswith("=") else path
        assert client.get("/" + whole, follow_redirects=True).status_code == 200, path


@pytest.mark.parametrize("path", ["", "ontology", "ontology/0.1.0", "sparql"])
@pytest.mark.parametrize("accept", RDF)
def test_the_dataset_the_ontology_and_the_endpoint_describe_themselves(
    client: httpx.Client, path: str, accept: str
) -> None:
    answer = client.get("/" + path, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(accept)
    assert triples(answer)


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        (None, "/page/state/hungary"),
        ("*/*", "/page/state/hungary"),
        ("text/html", "/page/state/hungary"),
        (BROWSER["Accept"], "/page/state/hungary"),
        ("text/turtle", "/data/state/hungary.ttl"),
        ("application/n-triples", "/data/state/hungary.nt"),
        ("application/rdf+xml", "/data/state/hungary.rdf"),
        ("application/ld+json", "/data/state/hungary.jsonld"),
        ("application/json", "/data/state/hungary.jsonld"),
        ("text/html;q=0.5, text/turtle", "/data/state/hungary.ttl"),
    ],
)
def test_the_accept_header_says_where_an_iri_leads(client: httpx.Client, accept: str | None, location: str) -> None:
    request = client.build_request("GET", HUNGARY)
    if accept is None:
        del request.headers["accept"]
    else:
        request.headers["accept"] = accept
    answer = client.send(request)
    assert (answer.status_code, answer.headers["location"], answer.headers["vary"]) == (303, location, "Accept")


@pytest.mark.parametrize("format_", ["ttl", "nt", "rdf", "jsonld"])
def test_a_parameter_says_it_to_clients_that_cannot_set_headers(client: httpx.Client, format_: str) -> None:
    answer = client.get(HUNGARY, params={"format": format_}, headers=BROWSER)
    assert answer.headers["location"] == f"/data/state/hungary.{format_}"


def test_a_format_that_there_is_not_is_told_with_those_that_there_are(client: httpx.Client) -> None:
    problem = client.get(HUNGARY, params={"format": "docx"}).json()
    assert (problem["status"], problem["choices"]) == (400, ["html", "ttl", "nt", "rdf", "jsonld"])
    problem = client.get(HUNGARY, headers={"Accept": "image/png"}).json()
    assert problem["status"] == 406
    assert "text/turtle" in problem["offered"]


def test_data_without_a_suffix_is_negotiated(client: httpx.Client) -> None:
    answer = client.get("/data/state/hungary", headers={"Accept": "application/rdf+xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/rdf+xml")


@pytest.mark.parametrize("address", [HUNGARY, "/page/state/hungary", "/data/state/hungary.ttl"])
def test_headers_tell_of_the_other_forms_and_of_the_iri(client: httpx.Client, address: str) -> None:
    links = client.get(address, headers=BROWSER).headers["link"]
    assert f'<{BASE}id/state/hungary>; rel="canonical"' in links
    assert '</data/state/hungary.ttl>; rel="describedby"; type="text/turtle"' in links
    for suffix, media_type in (("nt", "application/n-triples"), ("rdf", "application/rdf+xml")):
        assert f'</data/state/hungary.{suffix}>; rel="alternate"; type="{media_type}"' in links
    for address_of_other in re.findall(r"<(/[^>]*)>", links):
        assert client.get(address_of_other).status_code == 200


def test_an_iri_that_nobody_has_given_is_answered_with_those_that_are_meant(client: httpx.Client) -> None:
    problem = client.get("/id/state/hungry").json()
    assert (problem["status"], problem["candidates"]) == (404, [BASE + "id/state/hungary"])
    page = client.get("/id/state/hungry", headers=BROWSER)
    assert page.status_code == 404
    assert '<a href="/page/state/hungary">Hungary</a>' in page.text


def test_a_thing_that_is_looked_for_among_another_kind_is_found(client: httpx.Client) -> None:
    assert client.get("/id/country/hungary").json()["candidates"] == [BASE + "id/state/hungary"]


@pytest.mark.parametrize("address", ["/query/nothing", "/graph/nothing", "/graph/discovery.docx"])
def test_an_unknown_query_or_graph_is_not_found_at_once(client: httpx.Client, address: str) -> None:
    assert client.get(address, headers=BROWSER).status_code == 404


def test_a_head_request_has_no_range(client: httpx.Client) -> None:
    answer = client.head("/download/otsgraph.nt", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "bytes")


@pytest.mark.parametrize("part", ["page", "data"])
def test_neither_page_nor_data_are_made_of_an_unknown_iri(client: httpx.Client, part: str) -> None:
    assert client.get(f"/{part}/state/hungry").json()["status"] == 404


@pytest.mark.parametrize(
    "path", ["state/hungary%3E%20%7D", "%00", "state/a%22b", "%20", "state/%F0%9F%9C%9A", "a" * 3_000]
)
def test_no_path_breaks_out_of_its_iri(client: httpx.Client, path: str) -> None:
    for part in ("id", "page", "data"):
        assert client.get(f"/{part}/{path}").status_code == 404


def test_what_is_described_of_a_thing_is_what_the_endpoint_says_of_it(client: httpx.Client) -> None:
    for path in ("state/hungary", "meeting/diaspora-7", "person/fuad-muradov", "topic/azerbaijani-model"):
        iri = f"<{BASE}id/{path}>"
        answer = client.get("/sparql", params={"query": f"CONSTRUCT {{ {iri} ?p ?o }} {{ {iri} ?p ?o }}"})
        described = triples(client.get(f"/data/{path}.ttl"))
        assert {triple for triple in described if triple.startswith(f"{iri} ")} == triples(answer)


def test_a_description_has_the_labels_of_what_it_mentions_and_where_statements_stand(client: httpx.Client) -> None:
    described = triples(client.get("/data/quality/benchmark.ttl"))
    statement, passage = BASE + "id/statement/trend-2025-12-02/048", BASE + "id/statement/trend-2025-12-02/048#passage"
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    assert f'<{BASE}id/state/azerbaijan> <{label}> "Azerbaijan"@en' in described
    assert any(t.startswith(f"<{passage}> <{BASE}ontology#textFragment>") for t in described)
    assert any(t.startswith(f"<{statement}> <{BASE}ontology#paraphrase>") for t in described)
    assert f"<{BASE}id/document/trend-2025-12-02> <https://schema.org/url> " in "\n".join(described)


def test_the_data_about_a_thing_say_which_dataset_they_are_of_and_under_which_licence(client: httpx.Client) -> None:
    described = triples(client.get("/data/state/hungary.ttl"))
    document = f"<{BASE}data/state/hungary>"
    assert f"{document} <http://xmlns.com/foaf/0.1/primaryTopic> <{BASE}id/state/hungary>" in described
    assert f"{document} <http://rdfs.org/ns/void#inDataset> <{BASE}>" in described
    assert f"{document} <http://purl.org/dc/terms/license> <https://creativecommons.org/licenses/by/4.0/>" in described


def test_no_claim_becomes_a_triple_by_being_described(client: httpx.Client) -> None:
    for path in ("quality/benchmark", "state/azerbaijan", "statement/trend-2025-12-02/048"):
        described = triples(client.get(f"/data/{path}.ttl"))
        assert (
            f"<{BASE}id/state/azerbaijan> <{BASE}ontology#characterizedAs> <{BASE}id/quality/benchmark>"
            not in described
        )


def test_no_thing_is_said_to_be_the_same_as_something_but_in_wikidata(client: httpx.Client) -> None:
    same = re.compile(r"^<([^>]*)> <http://www\.w3\.org/2002/07/owl#sameAs> <([^>]*)>$")
    found = 0
    for row in asked(
        client, "SELECT DISTINCT ?thing { ?thing a ?class FILTER(STRSTARTS(STR(?thing), '" + BASE + "id/')) }"
    ):
        path = row["thing"].removeprefix(BASE + "id/")
        for triple in triples(client.get(f"/data/{path}.nt")):
            if match := same.match(triple):
                assert re.fullmatch(r"http://www\.wikidata\.org/entity/Q[0-9]+", match[2])
                found += match[1] == row["thing"]
    assert found == 17


def test_a_client_that_has_the_page_is_told_that_it_is_current(client: httpx.Client) -> None:
    for address in ("/page/state/hungary", "/data/state/hungary.ttl"):
        for coding in ("gzip", "identity"):
            first = client.get(address, headers={"Accept-Encoding": coding})
            assert first.headers.get("content-encoding", "identity") == coding
            again = client.get(address, headers={"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.headers["etag"]) == (304, first.headers["etag"])
            assert "Accept-Encoding" in again.headers["vary"]


def test_a_saved_query_s_iri_leads_people_to_its_page_with_what_they_asked(client: httpx.Client) -> None:
    answer = client.get("/query/about?thing=Hungary", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queries/about?thing=Hungary")
    page = client.get("/page/query/about", headers=BROWSER)
    assert (page.status_code, page.headers["location"]) == (303, "/queries/about")


MOVED = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@base <https://w3id.org/otsgraph/id/> .
<state/magyarorszag> dcterms:isReplacedBy <state/hungary> .
<state/both> dcterms:isReplacedBy <state/one> , <state/other> .
<state/gone> owl:deprecated true .
<state/first> dcterms:isReplacedBy <state/second> . <state/second> dcterms:isReplacedBy <state/hungary> .
<state/here> dcterms:isReplacedBy <state/there> . <state/there> dcterms:isReplacedBy <state/here> .
<state/itself> dcterms:isReplacedBy <state/itself> .
<state/text> dcterms:isReplacedBy "Hungary" .
<state/nameless> dcterms:isReplacedBy [] .
<state/evil> dcterms:isReplacedBy <https://w3id.org/otsgraph//example.org/> .
<state/hungary> <http://www.w3.org/2000/01/rdf-schema#label> "Hungary"@en .
"""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of data in which some IRIs are retired."""
    file = Path(tmp_path_factory.mktemp("moved")) / "moved.ttl"
    file.write_text(MOVED, encoding="utf-8")
    with running_server("--data", str(file)) as server:
        yield server


def test_an_iri_with_one_successor_has_moved_there(moved: Server) -> None:
    answer = httpx.get(f"{moved.url}/id/state/magyarorszag")
    assert (answer.status_code, answer.headers["location"]) == (301, "/id/state/hungary")
    assert httpx.get(urljoin(moved.url, "/id/state/magyarorszag"), follow_redirects=True).status_code == 200


def test_what_was_asked_for_goes_along(moved: Server) -> None:
    answer = httpx.get(f"{moved.url}/id/state/magyarorszag?format=ttl")
    assert answer.headers["location"] == "/id/state/hungary?format=ttl"


def test_an_iri_that_has_moved_twice_leads_to_the_end(moved: Server) -> None:
    assert httpx.get(f"{moved.url}/id/state/first").headers["location"] == "/id/state/hungary"


@pytest.mark.parametrize("name", ["here", "there", "itself", "text", "nameless"])
def test_an_iri_that_leads_in_a_circle_or_to_nothing_is_gone(moved: Server, name: str) -> None:
    assert httpx.get(f"{moved.url}/id/state/{name}").status_code == 410


def test_no_moved_iri_leads_to_another_host(moved: Server) -> None:
    assert httpx.get(f"{moved.url}/id/state/evil").headers["location"] == "/example.org/"


def test_an_iri_with_several_successors_is_gone_and_names_them(moved: Server) -> None:
    problem = httpx.get(f"{moved.url}/id/state/both").json()
    assert (problem["status"], problem["candidates"]) == (410, [BASE + "id/state/one", BASE + "id/state/other"])


def test_a_retired_iri_without_a_successor_is_gone(moved: Server) -> None:
    assert httpx.get(f"{moved.url}/id/state/gone").status_code == 410


ODD = """@prefix ots: <https://w3id.org/otsgraph/ontology#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@base <https://w3id.org/otsgraph/id/> .
<meeting/odd> a ots:Meeting ; ots:heldOn "2025-13-45"^^xsd:date ; ots:heldIn "nowhere", <place/odd> , [] ;
  ots:meeting "x" ; <http://example.org/123> "no name in XML" ; ots:inSeries <meeting/odd> .
<participation/odd> ots:meeting <meeting/odd> ; ots:party "a text" ; ots:representative [] .
<statement/odd/1> rdf:subject <meeting/odd> ; ots:nature "text" ; ots:statedIn "text" ; ots:passage <statement/odd/1#p> .
<statement/odd/1#p> oa:hasSelector <statement/odd/1#q> . <statement/odd/1#q> oa:start "abc" ; oa:end -7 .
<statement/odd/2> rdf:subject <meeting/odd> ; rdf:predicate ots:heldIn ; rdf:object <place/odd> ; a ots:Unknown .
<statement/odd/3> rdf:subject "text" ; rdf:predicate "text" ; rdf:object <meeting/odd> , <statement/odd/1> .
<statement/odd/3> ots:differsFrom <statement/odd/2> , "text" ; ots:difference "text" .
<document/odd> a ots:SourceDocument .
"""


@pytest.mark.parametrize("default_graph", ["own", "facts"])
def test_data_that_keep_no_rule_break_no_page(tmp_path: Path, default_graph: str) -> None:
    folder = tmp_path / "data" / "documents"
    folder.mkdir(parents=True)
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "otsgraph.ttl").write_text("", encoding="utf-8")
    (folder / "odd.ttl").write_text(ODD, encoding="utf-8")
    with running_server("--data", str(tmp_path), "--default-graph", default_graph) as server:
        for path in (
            *("meeting/odd", "place/odd", "participation/odd", "statement/odd/1", "statement/odd/2", "statement/odd/3"),
            "document/odd",
        ):
            for address in (f"/page/{path}", f"/data/{path}.ttl", f"/data/{path}.nt", f"/data/{path}.jsonld"):
                assert httpx.get(server.url + address).status_code in ({200, 404} if "document" in path else {200}), (
                    address
                )
        assert httpx.get(f"{server.url}/data/meeting/odd.rdf").status_code == 406


def test_of_a_thing_with_more_than_a_page_holds_it_is_said_what_is_missing(tmp_path: Path) -> None:
    thing, other = f"<{BASE}id/state/large>", f"<{BASE}id/state/huge>"
    lines = [
        f'{thing} <http://example.org/p> "{n}" .\n<http://example.org/{n}> <http://example.org/q> {thing} .'
        for n in range(1_200)
    ]
    long = "x" * 1_000_000
    lines += [f'{other} <http://example.org/p> "{n}{long}" .' for n in range(10)]
    (tmp_path / "large.nt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with running_server("--data", str(tmp_path / "large.nt")) as server:
        text = httpx.get(f"{server.url}/page/state/large", timeout=30).text
        assert "There may be more of it than a page holds: of facts from it and of facts to it" in text
        assert '<span class="count">1,200</span>' in text
        assert "all 1,200" in text
        described = triples(httpx.get(f"{server.url}/data/state/large.nt", timeout=30))
        assert any("Of facts from it and of facts to it only the first are here." in triple for triple in described)
        problem = httpx.get(f"{server.url}/page/state/huge", timeout=30).json()
        assert (problem["status"], problem["limit"]) == (507, 2**23)


def test_own_data_under_our_base_has_pages_too(moved: Server) -> None:
    assert "Hungary" in httpx.get(f"{moved.url}/page/state/hungary").text
