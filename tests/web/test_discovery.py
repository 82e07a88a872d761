"""What the dataset says of itself: counts, sizes, digests and addresses agree wherever they are told, and are true."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, VOID

from otsgraph_testing import Server, otsgraph, running_server

BASE = "https://w3id.org/otsgraph/"
DATASET = rdflib.URIRef(BASE)
DCAT_VERSION = rdflib.URIRef("http://www.w3.org/ns/dcat#version")  # of DCAT 3, which rdflib does not know yet
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
FOAF = rdflib.FOAF
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
COMPUTED = ("https://w3id.org/otsgraph/graph/inferred", "https://w3id.org/otsgraph/graph/discovery")
DESCRIPTIONS = ["/", "/.well-known/void", "/dcat"]


def graph_at(client: httpx.Client, path: str, accept: str = "text/turtle") -> rdflib.Graph:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.content, format="turtle")


@pytest.fixture(scope="module")
def void(client: httpx.Client) -> rdflib.Graph:
    return graph_at(client, "/.well-known/void")


@pytest.fixture(scope="module")
def dcat(client: httpx.Client) -> rdflib.Graph:
    return graph_at(client, "/dcat")


@pytest.fixture(scope="module")
def facts(client: httpx.Client) -> rdflib.Graph:
    return graph_at(client, "/download/otsgraph.ttl")


def number(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: rdflib.URIRef) -> int:
    (value,) = graph.objects(subject, predicate)
    assert isinstance(value, rdflib.Literal)
    return int(value)


def block(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    return found


# how it is answered


@pytest.mark.parametrize("path", DESCRIPTIONS)
def test_every_format_has_the_same_triples(client: httpx.Client, path: str) -> None:
    held = []
    for media_type, format_ in FORMATS.items():
        answer = client.get(path, headers={"Accept": media_type})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
        assert "Accept" in answer.headers["vary"]
        assert "Host" in answer.headers["vary"]
        held.append({str(quad) for quad in ox.parse(answer.content, format=format_)})
    assert held[0]
    assert all(others == held[0] for others in held)


@pytest.mark.parametrize("path", DESCRIPTIONS)
def test_a_description_has_no_blank_nodes(client: httpx.Client, path: str) -> None:
    assert "_:" not in client.get(path, headers={"Accept": "application/n-triples"}).text


def test_people_get_the_home_page_and_machines_the_description(client: httpx.Client) -> None:
    for accept in (BROWSER["Accept"], "*/*", "text/html"):
        assert client.get("/", headers={"Accept": accept}).headers["content-type"] == "text/html; charset=utf-8"
    described = client.get("/", headers={"Accept": "text/turtle"})
    assert described.content == client.get("/.well-known/void", headers={"Accept": "text/turtle"}).content


def test_people_get_a_description_as_turtle(client: httpx.Client) -> None:
    for path in DESCRIPTIONS[1:]:
        assert client.get(path, headers=BROWSER).headers["content-type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize("path", DESCRIPTIONS[1:])
def test_a_format_that_there_is_not_is_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("path", [*DESCRIPTIONS, "/downloads", "/robots.txt", "/sitemap.xml"])
def test_a_client_that_has_it_is_told_that_it_is_current(client: httpx.Client, path: str) -> None:
    first = client.get(path, headers={"Accept": "text/turtle, */*;q=0.1"})
    again = client.get(path, headers={"Accept": "text/turtle, */*;q=0.1", "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", [*DESCRIPTIONS[1:], "/robots.txt", "/sitemap.xml"])
def test_addresses_are_those_under_which_the_client_came(client: httpx.Client, path: str) -> None:
    text = client.get(path, headers={"Host": "graph.example:81"}).text
    assert "http://graph.example:81/" in text
    assert str(client.base_url).rstrip("/") not in text


@pytest.mark.parametrize("path", [*DESCRIPTIONS[1:], "/robots.txt", "/sitemap.xml"])
def test_a_host_that_is_none_is_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Host": 'a"b'}).status_code == 400


def test_the_home_page_links_to_its_descriptions_and_files(client: httpx.Client) -> None:
    links = client.get("/").headers["link"]
    assert '</.well-known/void>; rel="describedby"; type="text/turtle"' in links
    assert '</>; rel="alternate"; type="application/ld+json"' in links
    assert f'<{BASE}>; rel="cite-as"' in links
    for path in re.findall(r"<(/[^>]*)>", links):
        assert client.get(path).status_code == 200


# what it says


def test_the_counts_of_void_are_those_of_the_facts(void: rdflib.Graph, facts: rdflib.Graph) -> None:
    things = {s for s in facts.subjects() if str(s).startswith(BASE + "id/")}
    expected = {
        VOID.triples: len(facts),
        VOID.entities: len(things),
        VOID.classes: len(set(facts.objects(None, RDF.type))),
        VOID.properties: len(set(facts.predicates())),
        VOID.distinctSubjects: len(set(facts.subjects())),
        VOID.distinctObjects: len(set(facts.objects())),
    }
    assert {name: number(void, DATASET, name) for name in expected} == expected


def test_each_class_and_each_property_is_counted(void: rdflib.Graph, facts: rdflib.Graph) -> None:
    classes = {
        void.value(part, VOID["class"]): number(void, part, VOID.entities)
        for part in void.objects(DATASET, VOID.classPartition)
    }
    assert classes == {c: len(set(facts.subjects(RDF.type, c))) for c in set(facts.objects(None, RDF.type))}
    properties = {
        void.value(part, VOID.property): number(void, part, VOID.triples)
        for part in void.objects(DATASET, VOID.propertyPartition)
    }
    assert properties == {p: len(list(facts.subject_objects(p))) for p in set(facts.predicates())}


def test_each_linkset_is_counted(void: rdflib.Graph, facts: rdflib.Graph) -> None:
    targets = set()
    for links in void.subjects(RDF.type, VOID.Linkset):
        (predicate,) = void.objects(links, VOID.linkPredicate)
        (target,) = void.objects(links, VOID.objectsTarget)
        assert set(void.objects(links, VOID.target)) == {DATASET, target}
        space = str(void.value(target, VOID.uriSpace))
        pairs = [(str(s), str(o)) for s, o in facts.subject_objects(predicate)]
        counted = [o for s, o in pairs if o.startswith(space) and s.startswith(BASE + "id/")]
        assert number(void, links, VOID.triples) == len(counted) > 0
        targets.add(str(void.value(target, DCTERMS.title)))
    assert targets == {"Wikidata", "GeoNames", "EuroVoc", "Country authority table of the European Union"}


def test_every_vocabulary_is_one_whose_terms_are_used(void: rdflib.Graph, facts: rdflib.Graph) -> None:
    terms = {str(t) for t in (*facts.predicates(), *facts.objects(None, RDF.type))}
    vocabularies = {str(v) for v in void.objects(DATASET, VOID.vocabulary)}
    assert all(any(term.startswith(v) for term in terms) for v in vocabularies)
    assert all(any(term.startswith(v) for v in vocabularies) for term in terms)


def test_everything_that_a_description_of_a_dataset_should_have_is_there(void: rdflib.Graph) -> None:
    for name in ("title", "description", "license", "publisher", "creator", "source", "issued", "modified"):
        assert list(void.objects(DATASET, DCTERMS[name])), name
    for name in (
        "sparqlEndpoint dataDump feature uriSpace exampleResource rootResource uriLookupEndpoint openSearchDescription"
    ).split():
        assert list(void.objects(DATASET, VOID[name])), name
    (file,) = void.subjects(RDF.type, VOID.DatasetDescription)
    assert void.value(file, FOAF.primaryTopic) == DATASET
    assert str(file) == BASE + ".well-known/void"


def test_days_are_those_that_the_data_records(void: rdflib.Graph, facts: rdflib.Graph) -> None:
    for name in (DCTERMS.issued, DCTERMS.modified):
        (day,) = void.objects(DATASET, name)
        assert isinstance(day, rdflib.Literal)
        assert day.datatype == rdflib.XSD.date
        assert [day] == list(facts.objects(rdflib.URIRef(BASE + "ontology"), name))


def test_sources_are_the_documents_with_statements(void: rdflib.Graph, dcat: rdflib.Graph, project: Path) -> None:
    documents = {f"{BASE}id/document/{path.stem}" for path in (project / "data" / "documents").glob("*.ttl")}
    assert {str(s) for s in void.objects(DATASET, DCTERMS.source)} == documents
    assert {str(s) for s in dcat.objects(DATASET, rdflib.PROV.wasDerivedFrom)} == documents


def test_examples_and_roots_are_things_of_the_dataset(client: httpx.Client, void: rdflib.Graph) -> None:
    for name, number in ((VOID.exampleResource, 4), (VOID.rootResource, 1)):
        things = set(void.objects(DATASET, name))
        assert len(things) == number
        for thing in things:
            assert str(thing).startswith(BASE)
            assert client.get("/" + str(thing).removeprefix(BASE), follow_redirects=True).status_code == 200


# that all say the same


def test_the_store_says_what_the_well_known_address_says(client: httpx.Client, void: rdflib.Graph) -> None:
    query = "CONSTRUCT { ?s ?p ?o } { GRAPH <https://w3id.org/otsgraph/graph/discovery> { ?s ?p ?o } }"
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "text/turtle"})
    stored = rdflib.Graph().parse(data=answer.content, format="turtle")
    here = str(client.base_url).rstrip("/")

    def elsewhere(term: rdflib.term.Node) -> rdflib.term.Node:
        return rdflib.URIRef(term.replace(here, BASE.rstrip("/"))) if isinstance(term, rdflib.URIRef) else term

    only_here = (DATASET, FOAF.homepage, DATASET)
    told = {(elsewhere(s), p, elsewhere(o)) for s, p, o in void} - {only_here}
    assert told <= set(stored)


def test_the_store_is_found_by_its_endpoint_in_plain_sparql(client: httpx.Client) -> None:
    query = f"""PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?triples {{ ?d a void:Dataset ; void:sparqlEndpoint <{BASE}sparql> ; void:triples ?triples }}"""
    (row,) = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert int(row["triples"]["value"]) == client.get("/health").json()["triples"]


def test_sizes_of_graphs_agree_with_the_service_description(client: httpx.Client, void: rdflib.Graph) -> None:
    service = graph_at(client, "/sparql")
    for graph in service.objects(None, SD.name):
        assert number(service, graph, VOID.triples) == number(void, graph, VOID.triples)
    (default,) = service.objects(None, SD.defaultGraph)
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    (row,) = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert number(service, default, VOID.triples) == int(row["n"]["value"])


def test_void_service_description_dcat_and_query_examples_name_one_endpoint(
    client: httpx.Client, void: rdflib.Graph, dcat: rdflib.Graph
) -> None:
    service = graph_at(client, "/sparql")
    examples = graph_at(client, "/.well-known/sparql-examples")
    named = {
        *void.objects(DATASET, VOID.sparqlEndpoint),
        *service.objects(None, SD.endpoint),
        *dcat.objects(None, DCAT.endpointURL),
        *examples.objects(None, rdflib.URIRef("https://schema.org/target")),
    }
    assert {str(name) for name in named} == {urljoin(str(client.base_url), "/sparql")}


def test_titles_versions_and_licences_agree(client: httpx.Client, void: rdflib.Graph, dcat: rdflib.Graph) -> None:
    home, downloads = (block(client.get(path, headers=BROWSER).text) for path in ("/", "/downloads"))
    version = client.get("/health").json()["dataset"]
    for name in (DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.issued, DCTERMS.modified):
        assert void.value(DATASET, name) == dcat.value(DATASET, name)
    assert str(void.value(DATASET, DCTERMS.hasVersion)) == str(dcat.value(DATASET, DCAT_VERSION)) == version
    for said in (home, downloads):
        assert (said["@id"], said["version"]) == (BASE, version)
        assert said["name"] == str(void.value(DATASET, DCTERMS.title))
        assert said["license"] == str(void.value(DATASET, DCTERMS.license))
        assert said["datePublished"] == str(void.value(DATASET, DCTERMS.issued))
        assert set(said["isBasedOn"]) == {str(s) for s in void.objects(DATASET, DCTERMS.source)}


def test_numbers_on_the_pages_are_those_of_void(client: httpx.Client, void: rdflib.Graph) -> None:
    triples = f"{number(void, DATASET, VOID.triples):,} triples"
    for path in ("/", "/downloads"):
        assert triples in client.get(path, headers=BROWSER).text
    graphs = {g for g in void.objects(DATASET, VOID.subset) if (g, RDF.type, VOID.Linkset) not in void}
    named = len(graphs) - 1  # the one of these descriptions is in no list of what there is to download
    assert f"{named} named graphs" in client.get("/", headers=BROWSER).text
    assert f"{named} named graphs" in client.get("/downloads", headers=BROWSER).text


def test_sizes_and_checksums_are_those_of_the_files_everywhere(client: httpx.Client, dcat: rdflib.Graph) -> None:
    sums = dict(line.split("  ")[::-1] for line in client.get("/download/SHA256SUMS").text.splitlines())
    page = client.get("/downloads", headers=BROWSER).text
    listed = {d["contentUrl"]: d for d in block(page)["distribution"]}
    found = set()
    for node in dcat.subjects(RDF.type, DCAT.Distribution):
        address = dcat.value(node, DCAT.downloadURL)
        if address is None:
            continue
        answer = client.get(str(address), headers={"Accept-Encoding": "identity"})
        name, digest = str(address).rpartition("/")[2], hashlib.sha256(answer.content).hexdigest()
        assert number(dcat, node, DCAT.byteSize) == len(answer.content)
        (checksum,) = dcat.objects(node, SPDX.checksum)
        assert str(dcat.value(checksum, SPDX.checksumValue)) == digest == sums[name]
        assert dcat.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        media_type = str(dcat.value(node, DCAT.mediaType)).removeprefix("https://www.iana.org/assignments/media-types/")
        packed = dcat.value(node, DCAT.compressFormat) is not None
        served = answer.headers["content-type"].partition(";")[0]
        assert served == ("application/gzip" if packed else media_type)
        assert f"{digest}  {name}" in page
        assert f"{len(answer.content):,} bytes" in page
        if not packed:
            assert listed[str(address)]["contentSize"] == f"{len(answer.content)} B"
            assert (listed[str(address)]["sha256"], listed[str(address)]["encodingFormat"]) == (digest, media_type)
        found.add(name)
    assert found == set(sums)


def test_the_downloads_page_gives_the_size_of_each_graph(client: httpx.Client, void: rdflib.Graph) -> None:
    page = client.get("/downloads", headers=BROWSER).text
    rows = re.findall(r'<th scope="row"><a href="/graph/([^"]*)">.*?<td class="number">([0-9,]+)</td>', page, re.DOTALL)
    assert len(rows) > 40
    for slug, triples in rows:
        assert int(triples.replace(",", "")) == number(void, rdflib.URIRef(f"{BASE}graph/{slug}"), VOID.triples)


# that all addresses are good


def test_every_address_on_this_site_that_a_description_names_is_there(
    client: httpx.Client, void: rdflib.Graph, dcat: rdflib.Graph
) -> None:
    here = str(client.base_url).rstrip("/")
    named = {str(o) for graph in (void, dcat) for o in graph.objects() if str(o).startswith(here)}
    assert len(named) > 15
    for address in named:
        if address.endswith("?iri="):
            address += f"{BASE}id/state/hungary"
        answer = client.get(address, headers={"Accept": "*/*"}, follow_redirects=True)
        assert answer.status_code == 200, address


def test_every_iri_of_ours_that_a_description_names_is_answered(
    client: httpx.Client, void: rdflib.Graph, dcat: rdflib.Graph
) -> None:
    named = {
        str(t).partition("#")[0]
        for graph in (void, dcat)
        for triple in graph
        for t in triple
        if str(t).startswith(BASE)
    }
    assert len(named) > 80
    for iri in named - {BASE + "id/"}:
        answer = client.get("/" + iri.removeprefix(BASE), headers={"Accept": "text/turtle"}, follow_redirects=True)
        assert answer.status_code == 200, iri


@pytest.mark.parametrize("path", DESCRIPTIONS[1:])
def test_fragments_are_described_where_they_point_to(client: httpx.Client, path: str) -> None:
    graph = graph_at(client, path)
    document = BASE if path.endswith("void") else BASE + "dcat"
    named = {t for triple in graph for t in triple if isinstance(t, rdflib.URIRef) and t.startswith(document + "#")}
    assert named
    assert named <= set(graph.subjects())


def locations(client: httpx.Client, path: str = "/sitemap.xml") -> list[str]:
    root = ElementTree.fromstring(client.get(path).content)  # noqa: S314
    assert root.tag == "{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"
    return [str(loc.text) for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_every_page_of_the_sitemap_is_there(client: httpx.Client) -> None:
    found = locations(client)
    assert len(found) == len(set(found)) > 300
    missing = [a for a in found if client.get(a, headers=BROWSER).status_code != 200]
    assert missing == []


def test_the_sitemap_has_every_question_and_every_named_thing(client: httpx.Client) -> None:
    here = str(client.base_url).rstrip("/")
    found = {unquote(address.removeprefix(here)) for address in locations(client)}
    assert {
        f"/queries/{query['name']}" for query in client.get("/queries", headers={"Accept": "application/json"}).json()
    } <= found
    assert {"/", "/queries", "/ontology", "/downloads", "/docs"} <= found
    query = f"""SELECT DISTINCT ?thing {{ ?thing a ?class ; <http://www.w3.org/2000/01/rdf-schema#label> ?label
        FILTER(STRSTARTS(STR(?thing), "{BASE}id/")) FILTER(!STRSTARTS(STR(?thing), "{BASE}id/quotation/")) }}"""
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    things = {row["thing"]["value"].replace(BASE + "id/", "/page/") for row in rows}
    assert len(things) > 200
    assert things <= found


def test_the_sitemap_is_within_the_limits_of_the_protocol(client: httpx.Client) -> None:
    assert len(locations(client)) <= 50_000
    assert len(client.get("/sitemap.xml").content) <= 50 * 2**20


@pytest.mark.parametrize("part", ["0", "2", "99"])
def test_a_part_that_the_sitemap_does_not_have_is_not_found(client: httpx.Client, part: str) -> None:
    assert client.get("/sitemap-1.xml").content == client.get("/sitemap.xml").content
    assert client.get(f"/sitemap-{part}.xml").status_code == 404


def is_disallowed(robots: str, path: str) -> bool:
    """By the longest rule that fits.  Source: RFC 9309 §2.2.2."""
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", robots, re.MULTILINE)
    fitting = [
        (len(rule), kind) for kind, rule in rules if re.match(re.escape(rule).replace(r"\*", ".*"), path) is not None
    ]
    return max(fitting, default=(0, "Allow"))[1] == "Disallow"


def test_robots_keep_away_from_what_costs_and_find_the_rest(client: httpx.Client) -> None:
    robots = client.get("/robots.txt")
    assert robots.headers["content-type"] == "text/plain; charset=utf-8"
    for path in ("/sparql?query=ASK%7B%7D", "/search?q=x", "/suggest?q=x", "/queries/about?thing=Hungary"):
        assert is_disallowed(robots.text, path), path
    here = str(client.base_url).rstrip("/")
    for address in [*locations(client), f"{here}/.well-known/void", f"{here}/download/otsgraph.ttl"]:
        assert not is_disallowed(robots.text, address.removeprefix(here)), address
    (sitemap,) = re.findall(r"^Sitemap: (\S+)$", robots.text, re.MULTILINE)
    assert client.get(sitemap).status_code == 200


@pytest.mark.parametrize(
    ("iri", "location"),
    [
        (BASE + "id/state/hungary", "/id/state/hungary"),
        (BASE + "id/statement/trend-2025-12-02/026", "/id/statement/trend-2025-12-02/026"),
        ("http://www.wikidata.org/entity/Q28", "/sparql?query=DESCRIBE%20%3Chttp%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ28%3E"),
    ],
)  # fmt: skip
def test_an_iri_is_looked_up(client: httpx.Client, iri: str, location: str) -> None:
    answer = client.get("/lookup", params={"iri": iri})
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    data = client.get(location, headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (data.status_code, data.headers["content-type"]) == (200, "text/turtle; charset=utf-8")


@pytest.mark.parametrize("iri", ["", "Hungary", "http://x/> } #", "//evil.example/"])
def test_what_is_no_iri_is_not_looked_up(client: httpx.Client, iri: str) -> None:
    assert client.get("/lookup", params={"iri": iri}).json()["parameter"] == "iri"


# files


@pytest.mark.parametrize("path", ["/download/otsgraph.nt", "/graph/ontology.ttl", "/download/otsgraph.trig.gz"])
def test_parts_of_a_file_make_the_whole(client: httpx.Client, path: str) -> None:
    whole = client.get(path, headers={"Accept-Encoding": "identity"})
    half, tag = len(whole.content) // 2, whole.headers["etag"]
    parts = [client.get(path, headers={"Range": r, "If-Range": tag}) for r in (f"bytes=0-{half - 1}", f"bytes={half}-")]
    assert [part.status_code for part in parts] == [206, 206]
    assert parts[1].headers["content-range"] == f"bytes {half}-{len(whole.content) - 1}/{len(whole.content)}"
    assert {part.headers["etag"] for part in parts} == {tag}
    assert b"".join(part.content for part in parts) == whole.content


@pytest.mark.parametrize("path", ["/download/otsgraph.nt", "/graph/ontology.ttl", "/download/otsgraph.trig.gz"])
def test_head_is_about_the_whole_file_whatever_range_it_names(client: httpx.Client, path: str) -> None:
    """A range is asked for by GET alone.  Source: RFC 9110 §14.2."""
    wish = {"Accept-Encoding": "identity", "Range": "bytes=0-9"}
    part, head = client.get(path, headers=wish), client.head(path, headers=wish)
    size = part.headers["content-range"].partition("/")[2]
    assert (part.status_code, len(part.content)) == (206, 10)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, size, b"")
    assert "content-range" not in head.headers


def test_a_part_of_another_version_is_not_mixed_in(client: httpx.Client) -> None:
    for other in ('"0123456789abcdef"', "Tue, 24 Nov 2026 00:00:00 GMT", 'W/"x"'):
        answer = client.get("/download/otsgraph.nt", headers={"Range": "bytes=0-9", "If-Range": other})
        assert answer.status_code == 200


def test_a_range_behind_the_end_is_told_with_the_size(client: httpx.Client) -> None:
    size = client.head("/download/otsgraph.nt").headers["content-length"]
    answer = client.get("/download/otsgraph.nt", headers={"Range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")
    assert answer.json()["size"] == int(size)


def test_another_unit_than_bytes_is_passed_over(client: httpx.Client) -> None:
    assert client.get("/download/otsgraph.nt", headers={"Range": "lines=1-2"}).status_code == 200


@pytest.mark.parametrize("path", ["/download/otsgraph.ttl", "/download/SHA256SUMS", "/graph/ontology.jsonld"])
def test_a_client_that_has_a_file_is_told_so(client: httpx.Client, path: str) -> None:
    first = client.head(path)
    assert (first.status_code, first.content) == (200, b"")
    assert first.headers["accept-ranges"] == "bytes"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"], "Range": "bytes=0-1"})
    assert (again.status_code, again.headers["etag"]) == (304, first.headers["etag"])


def test_json_ld_has_short_names_and_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    for path in ("/download/otsgraph.jsonld", "/graph/trend-2025-12-02/facts.jsonld", "/data/state/hungary.jsonld"):
        document = client.get(path).json()
        assert document["@context"]["ots"] == BASE + "ontology#"
        assert all(isinstance(namespace, str) for namespace in document["@context"].values())
        assert f'"@id": "{BASE}id/state/' not in client.get(path).text


def test_the_same_dataset_version_gives_the_same_bytes_on_the_command_line(
    client: httpx.Client, tmp_path: Path
) -> None:
    done = otsgraph("export", str(tmp_path / "all"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "all" / "SHA256SUMS").read_bytes() == client.get("/download/SHA256SUMS").content
    for name in ("otsgraph.jsonld", "otsgraph.trig.gz", "graph/ontology.rdf"):
        path = f"/{name}" if name.startswith("graph/") else f"/download/{name}"
        served = client.get(path, headers={"Accept-Encoding": "identity"})
        assert (tmp_path / "all" / name).read_bytes() == served.content
    assert not (tmp_path / "all" / "manifest.json").exists()
    for name in ("void.ttl", "dcat.ttl"):
        described = rdflib.Graph().parse(tmp_path / "all" / name)
        assert (DATASET, DCTERMS.title, None) in described


# others' data


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of somebody else's data: one graph that is named, one that is not, and a triple about a triple."""
    file = tmp_path_factory.mktemp("others") / "data.trig"
    file.write_text(
        "@prefix x: <http://x/> . x:a a x:C ; x:p <<( x:a x:p x:c )>> . x:g { x:a x:p [ x:p x:b ] }", encoding="utf-8"
    )
    with running_server("--data", str(file)) as server:
        yield server


def test_others_data_is_described_at_its_own_address_with_its_own_counts(others: Server) -> None:
    void = rdflib.Graph().parse(data=httpx.get(f"{others.url}/.well-known/void").text, format="turtle")
    node = rdflib.URIRef(f"{others.url}/")
    assert number(void, node, VOID.triples) == 2
    assert number(void, node, VOID.classes) == 1
    assert not any("w3id.org/otsgraph" in str(term) for triple in void for term in triple)


def test_every_file_of_others_data_that_is_named_is_there(others: Server) -> None:
    void, dcat = (
        rdflib.Graph().parse(data=httpx.get(f"{others.url}{path}").text, format="turtle") for path in DESCRIPTIONS[1:]
    )
    links = re.findall(r"<(/[^>]*)>", httpx.get(others.url).headers["link"])
    named = {*void.objects(None, VOID.dataDump), *dcat.objects(None, DCAT.downloadURL)}
    assert f"{others.url}/download/otsgraph.trig" in {str(address) for address in named}
    for address in [*map(str, named), *(others.url + path for path in links)]:
        assert httpx.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("triple", "as_xml"),
    [
        pytest.param('<http://x/a> <http://x/p> "tab\\tand line\\r\\n"', True, id="what XML has"),
        pytest.param('<http://x/a> <http://x/p> "bell\\u0007"', False, id="a character that XML does not have"),
        pytest.param("<http://x/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#li> <http://x/b>", False, id="rdf:li"),
    ],
)
def test_rdf_xml_is_named_where_all_can_be_written_in_it(tmp_path: Path, triple: str, *, as_xml: bool) -> None:
    (tmp_path / "data.nt").write_text(f"{triple} .\n")
    with running_server("--data", str(tmp_path / "data.nt")) as server:
        told = [httpx.get(f"{server.url}{path}").text for path in ("/.well-known/void", "/dcat")]
        served = httpx.get(f"{server.url}/download/otsgraph.rdf")
    assert [("otsgraph.rdf" in text) for text in told] == [as_xml, as_xml]
    assert (served.status_code == 200) is as_xml
    if as_xml:
        read = rdflib.Graph().parse(data=served.content, format="xml")
        assert [str(o) for o in read.objects()] == ["tab\tand line\r\n"]


def test_nothing_is_claimed_of_others_data_that_is_not_known(others: Server) -> None:
    for path in ("/.well-known/void", "/dcat"):
        described = rdflib.Graph().parse(data=httpx.get(f"{others.url}{path}").text, format="turtle")
        for name in (DCTERMS.license, DCTERMS.creator, DCTERMS.publisher, DCTERMS.issued, DCTERMS.source):
            assert not list(described.objects(None, name)), (path, name)
    assert "license" not in block(httpx.get(others.url).text)


def test_others_data_has_a_downloads_page_that_leads_to_files_that_are_there(others: Server) -> None:
    page = httpx.get(f"{others.url}/downloads", headers=BROWSER).text
    links = set(re.findall(r'href="(/(?:download|graph)/[^"]*)"', page))
    assert "/download/otsgraph.nq" in links
    for path in links:
        assert httpx.get(f"{others.url}{path}").status_code == 200
    assert "diaspora" not in page


def test_the_sitemap_of_others_data_names_pages_that_are_there(others: Server) -> None:
    with httpx.Client(base_url=others.url, timeout=30) as client:
        found = locations(client)
        assert f"{others.url}/downloads" in found
        assert all(client.get(address, headers=BROWSER).status_code == 200 for address in found)


def test_the_address_that_the_settings_give_is_the_one_that_all_name() -> None:
    with running_server("--public-url", "https://graph.example/ots") as server:
        for path in ("/.well-known/void", "/dcat", "/robots.txt", "/sitemap.xml"):
            text = httpx.get(f"{server.url}{path}").text
            assert "https://graph.example/ots/" in text
            assert server.url not in text
        query = f"ASK {{ <{BASE}> <{VOID.sparqlEndpoint}> <https://graph.example/ots/sparql> }}"
        assert httpx.get(f"{server.url}/sparql", params={"query": query}).json()["boolean"] is True


def test_no_iri_leads_to_another_host(client: httpx.Client) -> None:
    answer = client.get("/lookup", params={"iri": "https://w3id.org/otsgraph//example.org/"})
    assert answer.headers["location"] == "/example.org/"


@pytest.mark.parametrize("path", ["graph/ontology", "query/about", "ontology#Meeting", "id/state/hungary"])
def test_every_iri_of_ours_is_looked_up_at_its_own_address(client: httpx.Client, path: str) -> None:
    assert client.get("/lookup", params={"iri": f"https://w3id.org/otsgraph/{path}"}).headers["location"] == f"/{path}"
