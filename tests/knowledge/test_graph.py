"""The packaged graph: what it says, what it leaves unsaid, and that its facts are exactly what the rule gives."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from otsgraph.dataset.facts import derived_files
from otsgraph.dataset.sources import layered_sources
from otsgraph.graph.passages import passages, text_version
from otsgraph.graph.statements import asserted, facts, reifications
from otsgraph.queries import saved
from otsgraph.rdf.files import RdfFile
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.rdf.terms import OTS, RDF, RDFS, Triple, iri, literal_value
from otsgraph.sparql.protocol import FormatChoice

DOCUMENT = "trend-2025-12-02"
VOICES = {"ReportedFact": 26, "AttributedStatement": 14, "EditorialAssessment": 51, "BackgroundStatement": 20}

CHOICE = FormatChoice(ResultsFormat.CSV, GraphFormat.NTRIPLES)

RULE = """
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
CONSTRUCT { ?s ?p ?o } WHERE {
  ?st rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ots:nature ?nature .
  FILTER(?nature IN (ots:Factual, ots:Naming))
  FILTER(isIRI(?s) && !CONTAINS(STR(?s), "/id/statement/") && !CONTAINS(STR(?s), "/id/sentence/"))
  { ?st a ots:ReportedFact } UNION { ?st a ots:ReferenceFact }
  UNION { ?st a ots:BackgroundStatement ; ots:grounding ots:Entailed }
  FILTER NOT EXISTS { ?st ots:hedge|ots:degree|ots:modality|ots:negated ?commitment } }
"""


@pytest.fixture(scope="module")
def document(project: Path) -> list[Triple]:
    return RdfFile(project / "data" / "documents" / f"{DOCUMENT}.ttl").triples()


@pytest.fixture(scope="module")
def store(project: Path) -> ox.Store:
    """Everything that the repository holds, in one graph."""
    store = ox.Store()
    for source in layered_sources(project):
        store.extend(RdfFile(source.path).quads())
    return store


def test_the_committed_facts_are_current(project: Path) -> None:
    assert [file.name for file in derived_files(project) if not file.current] == []


def test_the_statements_of_the_article_are_all_there(document: list[Triple]) -> None:
    identifiers = {o for _, p, o in document if p == iri("http://purl.org/dc/terms/identifier")}
    assert identifiers == {f'"F{number:03}"' for number in range(1, 112)}
    assert len(reifications(document)) == 111


@pytest.mark.parametrize(("voice", "count"), VOICES.items())
def test_each_voice_has_its_statements(document: list[Triple], voice: str, count: int) -> None:
    assert sum(iri(OTS + voice) in s.voices for s in reifications(document)) == count


def test_the_article_asserts_its_26_reported_facts_and_4_that_its_words_entail(document: list[Triple]) -> None:
    held = [s for s in reifications(document) if asserted(s)]
    assert sum(iri(OTS + "ReportedFact") in s.voices for s in held) == 26
    assert sorted(s.iri[-4:-1] for s in held if iri(OTS + "BackgroundStatement") in s.voices) == [
        "012",
        "018",
        "049",
        "102",
    ]
    assert len({s.triple for s in held}) == len(held) == 30


def test_no_claim_of_the_article_is_among_its_facts(document: list[Triple]) -> None:
    claims = {s.triple for s in reifications(document) if not asserted(s)}
    assert len(claims) == 81
    assert not claims & set(facts(document))


def test_five_statements_are_hedged_by_one_of(document: list[Triple]) -> None:
    hedged = {s[-4:-1] for s, p, o in document if p == iri(OTS + "hedge") and o == iri(OTS + "OneOf")}
    assert hedged == {"016", "029", "075", "097", "109"}


def test_every_attributed_statement_has_a_speaker_and_no_other_has(document: list[Triple]) -> None:
    attributed = {s.iri for s in reifications(document) if iri(OTS + "AttributedStatement") in s.voices}
    speaking = {s for s, p, _ in document if p == iri(OTS + "speaker") and "/id/statement/" in s}
    assert attributed == speaking


def test_the_article_mentions_61_things_that_are_all_described(document: list[Triple], store: ox.Store) -> None:
    mentioned = {o for _, p, o in document if p == iri("https://schema.org/mentions")}
    assert len(mentioned) == 61
    for thing in mentioned:
        assert list(store.quads_for_pattern(ox.NamedNode(thing[1:-1]), ox.NamedNode(RDFS + "label"), None)), thing


def test_the_16_ambiguous_places_of_the_article_have_their_other_readings(document: list[Triple]) -> None:
    ambiguities = {literal_value(o) for _, p, o in document if p == iri(OTS + "ambiguity")}
    assert ambiguities == {f"A{number}" for number in range(1, 17)}
    readings = {s for s, p, _ in document if p == iri(OTS + "reads")}
    assert readings == {o for _, p, o in document if p == iri(OTS + "alternativeReading")}


ABOUT_AZERBAIJAN = """
PREFIX ots: <https://w3id.org/otsgraph/ontology#>
PREFIX state: <https://w3id.org/otsgraph/id/state/>
SELECT DISTINCT ?claim { %s }"""


def test_claims_about_azerbaijan_are_met_inside_named_graphs_only(client: httpx.Client) -> None:
    pattern = "?claim ots:concerns state:azerbaijan ; a ots:EditorialAssessment"
    counts = [
        len(client.get("/sparql", params={"query": ABOUT_AZERBAIJAN % p}).json()["results"]["bindings"])
        for p in (f"{{ {pattern} }}", f"GRAPH ?g {{ {pattern} }}")
    ]
    assert counts == [0, 28]


def test_no_claim_predicate_says_anything_in_the_default_graph(client: httpx.Client) -> None:
    query = "PREFIX ots: <https://w3id.org/otsgraph/ontology#> ASK { ?p a ots:ClaimPredicate . ?s ?p ?o }"
    assert client.get("/sparql", params={"query": query}).json()["boolean"] is False


def test_the_claim_predicates_are_a_closed_list_of_25(store: ox.Store) -> None:
    kind = ox.NamedNode(OTS + "ClaimPredicate")
    assert len({q.subject for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), kind)}) == 25


def test_all_that_is_assessed_or_attributed_but_a_fact_and_two_existences_uses_claim_predicates(
    document: list[Triple], store: ox.Store
) -> None:
    kind = ox.NamedNode(OTS + "ClaimPredicate")
    closed = {str(q.subject) for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), kind)}
    claims = [
        s
        for s in reifications(document)
        if s.voices & {iri(OTS + "EditorialAssessment"), iri(OTS + "AttributedStatement")}
    ]
    assert len(claims) == 51 + 14
    assert sorted(s.iri[-4:-1] for s in claims if s.triple[1] not in closed) == ["063", "066"]


def test_the_rule_in_code_agrees_with_the_rule_in_sparql(document: list[Triple], project: Path) -> None:
    store = ox.Store()
    store.extend(RdfFile(project / "data" / "documents" / f"{DOCUMENT}.ttl").quads())
    result = store.query(RULE)
    assert isinstance(result, ox.QueryTriples)
    by_sparql = {(str(t.subject), str(t.predicate), str(t.object)) for t in result}
    assert len(by_sparql) == 30
    projected = ("/id/participation/", "/id/tenure/", "/id/membership/")
    assert by_sparql == {t for t in facts(document) if not any(kind in t[0] for kind in projected)}


def test_every_statement_has_its_evidence(document: list[Triple]) -> None:
    for predicate in ("nature", "statedIn", "paraphrase", "paragraph", "sentence", "passage"):
        subjects = [s for s, p, _ in document if p == iri(OTS + predicate) and "/id/statement/" in s]
        assert len(subjects) == len(set(subjects)) == 111, predicate


def test_every_position_is_inside_the_text_and_every_digest_well_formed(document: list[Triple]) -> None:
    text = text_version(document)
    assert text is not None
    assert text.length == 4412
    digest = re.compile(r"sha256:[0-9a-f]{64}")
    for passage in passages(document):
        assert 0 <= passage.start < passage.end <= text.length
        assert digest.fullmatch(passage.digest)
        assert passage.focus_start == -1 or passage.start <= passage.focus_start < passage.focus_end <= passage.end


def test_everything_spoken_of_has_a_kind_and_one_english_label(store: ox.Store) -> None:
    query = """
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?thing (COUNT(DISTINCT ?label) AS ?labels) {
          { ?st rdf:subject ?thing } UNION { ?st rdf:object ?thing FILTER(isIRI(?thing)) }
          ?thing a ?kind . OPTIONAL { ?thing rdfs:label ?label FILTER(LANG(?label) = "en") } }
        GROUP BY ?thing HAVING (COUNT(DISTINCT ?label) != 1)"""
    result = store.query(query)
    assert isinstance(result, ox.QuerySolutions)
    assert [str(row["thing"]) for row in result] == []


def test_every_term_used_is_defined_with_label_and_definition(store: ox.Store) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#definition"
    terms = {str(t) for q in store for t in (q.predicate, q.object) if str(t).startswith(f"<{OTS}")}
    terms -= {t for t in terms if "#prefix-" in t}
    for term in terms:
        about = {str(q.predicate) for q in store.quads_for_pattern(ox.NamedNode(term[1:-1]), None, None)}
        assert about >= {"<http://www.w3.org/2000/01/rdf-schema#label>", f"<{skos}>"}, term


def test_nothing_is_a_blank_node(store: ox.Store) -> None:
    assert not [q for q in store if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]


def test_every_select_among_the_saved_queries_is_ordered(project: Path) -> None:
    for query in saved.load(project / "queries").values():
        assert query.form.gives_graph or "ORDER BY" in query.text
