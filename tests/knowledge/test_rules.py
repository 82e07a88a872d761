"""The rules in ontology/rules/: each holds in the packaged graph, and each finds what it is there for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import pyoxigraph as ox
import pytest
import rdflib

from otsgraph.checks import data as rules
from otsgraph.dataset.build import build
from otsgraph.dataset.sources import layered_sources, packaged_folder
from otsgraph.errors import DataError
from otsgraph.queries import saved

FOLDER = packaged_folder() / "ontology" / "rules"
RULES = {name: rules.read_rule(name, text) for name, text in saved.load_texts(FOLDER)}

STATEMENT = "https://w3id.org/otsgraph/id/statement/trend-2025-12-02/"

PLANTS = {
    "blank-node": ("<900>", "GRAPH d: { <900> ots:nature [] }"),
    "claim-among-facts": ("<096>", "GRAPH f: { state:azerbaijan ots:tookStance topic:azerbaijans-active-position }"),
    "claim-predicate-among-facts": ("topic:diaspora", "GRAPH f: { topic:diaspora ots:enables topic:support }"),
    "concerned-polity-missing": ("<900>", "GRAPH d: { <900> rdf:subject state:hungary ; ots:statedIn document: }"),
    "dangling-iri": ("<900>", "GRAPH d: { <900> rdf:subject state:nowhere }"),
    "described-in-a-statement-graph": ("state:hungary", 'GRAPH d: { state:hungary rdfs:label "Hungary"@en }'),
    "digest-of-two-passages": (
        "<026#passage>",
        'GRAPH d: { <900#passage> oa:hasSource text: ; ots:passageDigest "sha256:0" ; oa:hasSelector <026#position> }',
    ),
    "focus-outside-the-passage": ("<900#focus>", "GRAPH d: { <026#passage> ots:focus <900#focus> . <900#focus> oa:start 0 ; oa:end 3 }"),
    "label-of-two-things": ("state:magyarorszag", 'GRAPH e: { state:magyarorszag a ots:State ; rdfs:label "Hungary"@en }'),
    "node-written-by-hand": ("participation:a-b", "GRAPH d: { participation:a-b a ots:Participation }"),
    "object-outside-the-range": ("<900>", "GRAPH d: { <900> rdf:predicate ots:heldIn ; rdf:object state:hungary }"),
    "passage-missing": ("<900>", "GRAPH d: { <900> rdf:subject place:budapest }"),
    "position-outside-the-text": ("<900#focus>", "GRAPH d: { <026#passage> ots:focus <900#focus> . <900#focus> oa:end 4413 }"),
    "quotation-of-another-speaker": ("<080>", "GRAPH d: { <080> ots:quotation q:1 }"),
    "said-without-quotation": ("<900>", "GRAPH d: { <900> rdf:predicate ots:said ; rdf:object topic:support }"),
    "statement-of-another-document": ("<900>", "GRAPH d: { <900> ots:statedIn <https://w3id.org/otsgraph/id/document/other> }"),
    "statement-twice": (
        "<900>",
        "GRAPH d: { <900> a ots:ReportedFact ; rdf:subject meeting:diaspora-7 ; rdf:predicate ots:ordinal ; rdf:object 7 }",
    ),
    "still-to-fill-in": ("<900>", 'GRAPH d: { <900> ots:paraphrase "FILL IN what it says"@en }'),
    "subject-outside-the-domain": ("<900>", "GRAPH d: { <900> rdf:predicate ots:heldIn ; rdf:subject place:budapest }"),
    "text-fragment-of-two-passages": (
        "<026#passage>",
        'GRAPH d: { <900#passage> oa:hasSource text: ; ots:textFragment "Azerbaijan%20was,Muradov" ; oa:hasSelector <001#position> .'
        ' <026#passage> ots:textFragment "Azerbaijan%20was,Muradov" }',
    ),
    "text-of-another-document": (
        "<026#passage>",
        "GRAPH d: { <026> ots:statedIn <https://w3id.org/otsgraph/id/document/other> }",
    ),
    "undefined-term": ("<900>", "GRAPH d: { <900> a ots:RumouredFact }"),
    "plain-fact-in-the-reference-layer": ("state:hungary", "GRAPH e: { state:hungary ots:memberOf organization:ots }"),
    "thing-in-the-ontology": ("state:hungary", "GRAPH o: { state:hungary ots:memberOf organization:ots }"),
    "predicate-for-no-statement": ("<900>", "GRAPH d: { <900> rdf:predicate ots:speaker }"),
    "thing-of-no-kind": ("topic:diaspora", "GRAPH e: { topic:diaspora a <http://www.w3.org/2004/02/skos/core#Concept> }"),
    "thing-of-two-kinds": ("state:hungary", "GRAPH e: { state:hungary a ots:City }"),
    "kind-that-the-iri-denies": ("topic:new", 'GRAPH e: { topic:new a ots:Group ; rdfs:label "New"@en }'),
    "slug-that-is-none": ("topic:Not_A_Slug", "GRAPH e: { topic:Not_A_Slug a ots:Topic }"),
    "qualifier-outside-its-range": ("<026>", "GRAPH d: { <026> ots:period state:hungary }"),
    "literal-for-a-thing": ("<026>", 'GRAPH d: { <026> ots:beneficiary "everybody" }'),
    "speaker-who-cannot-speak": ("<062>", "GRAPH d: { <062> ots:speaker place:budapest }"),
    "reference-fact-in-a-document": ("<026>", "GRAPH d: { <026> a ots:ReferenceFact }"),
    "orphan": ("<900#reading-b>", "GRAPH d: { <900#reading-b> a ots:Reading }"),
    "rival-values": ("meeting:diaspora-7", "GRAPH f: { meeting:diaspora-7 ots:ordinal 8 }"),
    "member-and-observer": ("<900>", "GRAPH s: { <900> a ots:ReferenceFact ; rdf:subject state:turkmenistan ; rdf:predicate ots:memberOf ; rdf:object organization:ots }"),
    "day-from-a-dateline": (
        "<900>",
        'GRAPH d: { <900> ots:statedIn document: ; rdf:subject meeting:diaspora-7 ; rdf:predicate ots:heldOn ; rdf:object "2025-12-02"^^xsd:date }',
    ),
    "group-quoted-as-a-person": ("<080>", "GRAPH d: { <080> ots:speaker person:fuad-muradov }"),
    "strategies-merged": (
        "strategy:joint-action-of-diasporas",
        "GRAPH f: { strategy:joint-action-of-diasporas owl:sameAs strategy:ots-2022-2026 }",
    ),
    "turkish-for-turkic": ("strategy:turkic-speaking-diaspora-joint-activity", 'GRAPH e: { strategy:turkic-speaking-diaspora-joint-activity rdfs:label "Strategy of the Turkish diaspora"@en }'),
    "origin-of-another-issuer": ("document:infobridge-281", "GRAPH r: { document:infobridge-281 ots:origin origin:hu-state-secretariat-mti }"),
    "presence-not-stated": ("<900>", "GRAPH d: { <900> rdf:subject person:kahraman-sariev ; rdf:predicate ots:tookPartIn ; rdf:object meeting:diaspora-7 }"),
    "undated-offices": (
        "<900>",
        "GRAPH p: { <900> a ots:ReferenceFact ; rdf:subject person:abzal-saparbekuly ; rdf:predicate ots:heldOffice ; rdf:object office:ots-secretary-general }",
    ),
    "agency-before-its-time": (
        "<900>",
        "GRAPH s: { <900> rdf:subject meeting:diaspora-6 ; rdf:predicate ots:organizedBy ; rdf:object agency:uz-compatriots-committee }",
    ),
    "statement-of-an-unseen-text": ("<900>", "GRAPH d: { <900> ots:statedIn document:haqqin-369872 }"),
    "excluded-source": ("<900>", "GRAPH s: { <900> dcterms:source <https://science-technology.news-articles.net/forum> }"),
    "link-elsewhere": ("state:hungary", "GRAPH f: { state:hungary owl:sameAs <https://www.wikidata.org/wiki/Q28> }"),
    "confidence-without-sources": ("<900>", "GRAPH s: { <900> ots:confidence ots:SeveralSources ; dcterms:source <https://example.org/> }"),
    "checked-by-nobody": ("<026>", 'GRAPH d: { <026> ots:checkedOn "2026-11-25"^^xsd:date }'),
    "name-without-language": ("<900>", 'GRAPH s: { <900> rdf:predicate ots:formerName ; rdf:object "Turkic Council" }'),
    "difference-unsaid": ("<026>", "GRAPH d: { <026> ots:differsFrom <../kt-kz-1377984675/047-1> }"),
    "resolution-of-nothing": ("resolution:new", "GRAPH s: { resolution:new a ots:Resolution ; ots:accepts <026> }"),
    "nature-unlike-its-origin": (
        "<900>",
        "GRAPH d: { <900> rdf:subject meeting:diaspora-7 ; rdf:predicate ots:hostState ; rdf:object state:hungary ; ots:nature ots:Factual ; ots:statedIn document:azernews-250910 }",
    ),
    "identifier-of-two-documents": ("<900>", 'GRAPH d: { <900> dcterms:identifier "st125" ; rdf:subject state:hungary }'),
    "address-of-two-documents": ("document:infobridge-281", "GRAPH r: { document:infobridge-281 <https://schema.org/url> <https://news.day.az/politics/1799389.html> }"),
    "doubted-value-stated-again": (
        "<900>",
        'GRAPH s: { <900> a ots:ReferenceFact ; rdf:subject meeting:diaspora-2 ; rdf:predicate ots:heldOn ; rdf:object "2013-06-14"^^xsd:date }',
    ),
    "praise-as-a-fact": ("<900>", "GRAPH d: { <900> a ots:ReportedFact ; ots:nature ots:Factual ; rdf:predicate ots:praised ; rdf:object topic:azerbaijani-model }"),
    "voice-unlike-its-origin": (
        "<../azernews-250910/900>",
        "GRAPH z: { <../azernews-250910/900> a ots:ReportedFact ; ots:statedIn document:azernews-250910 ; rdf:subject person:fuad-muradov ;"
        " rdf:predicate ots:tookPartIn ; rdf:object <https://w3id.org/otsgraph/id/event/muradov-torma-meeting-2025> }",
    ),
    "disputed-standing": ("<900>", "GRAPH s: { <900> a ots:ReferenceFact ; rdf:subject polity:northern-cyprus ; rdf:predicate ots:observerOf ; rdf:object organization:ots }"),
    "version-of-another-origin": ("document:dayaz-1799389", "GRAPH r: { document:dayaz-1799389 ots:origin origin:kz-mfa-release }"),
    "side-of-another-state": ("origin:kz-mfa-release", "GRAPH r: { origin:kz-mfa-release ots:side state:hungary }"),
    "derived-from-something-else": (
        "<900>",
        "GRAPH s: { <900> <http://www.w3.org/ns/prov#wasDerivedFrom> <026> ; rdf:subject meeting:diaspora-7 ; rdf:object place:budapest }",
    ),
}  # fmt: skip
"""What breaks each rule: the resource that is to be named, and the quads."""

OTHER_PLANTS = {
    "node-written-by-hand": ("participation:a-b", "GRAPH d: { <900> rdf:object participation:a-b }"),
    "object-outside-the-range": ("<900>", 'GRAPH d: { <900> rdf:predicate ots:ordinal ; rdf:object "seventh" }'),
    "subject-outside-the-domain": ("place:budapest", "GRAPH f: { place:budapest ots:heldIn place:baku }"),
    "undefined-term": ("<900>", "GRAPH d: { <900> <http://purl.org/dc/terms/identifer> 'F900' }"),
    "claim-among-facts": ("<azernews-251245/084-1>", "GRAPH e: { group:uzbek-and-kazakh-sides ots:praised topic:azerbaijani-model }"),
    "predicate-for-no-statement": ("<900>", "GRAPH d: { <900> rdf:predicate rdf:type ; rdf:object ots:Statement }"),
    "qualifier-outside-its-range": ("<026>", 'GRAPH d: { <026> ots:unresolved "yes" }'),
    "plain-fact-in-the-reference-layer": (
        "document:trend-2025-12-02",
        'GRAPH e: { document:trend-2025-12-02 ots:title "A title"@en }',
    ),
    "dangling-iri": ("state:hungary", "GRAPH f: { state:hungary ots:memberOf organization:nothing }"),
    "blank-node": ("meeting:diaspora-7", "GRAPH f: { meeting:diaspora-7 ots:heldIn [] }"),
    "day-from-a-dateline": (
        "<900>",
        'GRAPH s: { <900> a ots:ReferenceFact ; rdf:subject meeting:diaspora-7 ; rdf:predicate ots:heldOn ; rdf:object "2025-12-02"^^xsd:date }',
    ),
    "presence-not-stated": (
        "<900>",
        "GRAPH d: { <900> rdf:subject person:abdulhadi-turus ; rdf:predicate ots:represented ; rdf:object state:turkiye }",
    ),
    "strategies-merged": ("strategy:joint-action-of-diasporas", 'GRAPH f: { strategy:joint-action-of-diasporas ots:title "OTS Strategy"@en }'),
    "link-elsewhere": ("state:hungary", "GRAPH f: { state:hungary skos:exactMatch <http://eurovoc.europa.eu/1255> }"),
    "member-and-observer": ("<900>", "GRAPH d: { <900> a ots:ReportedFact ; rdf:subject state:hungary ; rdf:predicate ots:memberOf ; rdf:object organization:ots }"),
    "disputed-standing": ("polity:northern-cyprus", "GRAPH e: { polity:northern-cyprus a ots:State }"),
    "confidence-without-sources": (
        "<900>",
        "GRAPH s: { <900> ots:confidence ots:SeveralSources ; dcterms:source <https://news.day.az/politics/1800401.html> , <https://infobridge.hu/az/news/diaszpora/281> }",
    ),
    "rival-values": ("meeting:diaspora-5", 'GRAPH f: { meeting:diaspora-5 ots:heldOn "2023-11-23"^^xsd:date }'),
}  # fmt: skip

MORE_UNDEFINED = {
    "a subject": ("Polty", "GRAPH o: { ots:Polty rdfs:subClassOf ots:State }"),
    "a wider term of another vocabulary": (
        "State",
        "GRAPH o: { ots:State rdfs:subClassOf <https://schema.org/Countri> }",
    ),
    "a term of RDFS": ("900", 'GRAPH d: { <900> rdfs:labl "x"@en }'),
    "a term of OWL": ("State", "GRAPH o: { ots:State a owl:Clas }"),
}

LINES = [(name, *plant) for table in (PLANTS, OTHER_PLANTS) for name, plant in table.items()]


Plant: TypeAlias = Callable[[Iterable[ox.Quad]], None]


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The packaged dataset, to be planted in."""
    return build(layered_sources(packaged_folder()), layered=True)[0]


@pytest.fixture
def plant(store: ox.Store) -> Iterator[Plant]:
    """Adds quads to the store until the test has ended."""
    planted: list[ox.Quad] = []

    def add(quads: Iterable[ox.Quad]) -> None:
        new = [quad for quad in quads if quad not in store]
        store.extend(new)
        planted.extend(new)

    yield add
    for quad in planted:
        store.remove(quad)


def trig(text: str) -> str:
    """The plant as TriG: `d:` is the article's graph, `f:` its facts, `e:` the entities, `o:` the ontology;

    `p:`, `r:` and `s:` are reference graphs: people and offices, records of documents, the meeting series; `z:` is
    the graph of another document.
    """
    kinds = (
        "agency document geometry group meeting office organization origin participation person place polity resolution state"
        " strategy text topic"
    )
    base = "https://w3id.org/otsgraph/"
    prefixes = {kind: f"{base}id/{kind}/" for kind in kinds.split()} | {
        "ots": f"{base}ontology#",
        "dcterms": "http://purl.org/dc/terms/",
        "q": f"{base}id/quotation/trend-2025-12-02/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "oa": "http://www.w3.org/ns/oa#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    }
    for short in ("document", "text"):
        text = re.sub(rf"(?<!/){short}: ", f"<{base}id/{short}/trend-2025-12-02> ", text)
    for short, slug in {
        "d": "trend-2025-12-02",
        "f": "trend-2025-12-02/facts",
        "e": "entities",
        "o": "ontology",
        "p": "people-and-offices",
        "r": "documents",
        "s": "meeting-series",
        "z": "azernews-250910",
    }.items():
        text = text.replace(f"GRAPH {short}: ", f"GRAPH <{base}graph/{slug}> ")
    declared = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in prefixes.items())
    return f"@base <{STATEMENT}> .\n{declared}{text}"


def test_there_is_a_plant_for_every_rule() -> None:
    assert PLANTS.keys() == RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_a_rule_holds_in_the_packaged_graph(store: ox.Store, name: str) -> None:
    assert not store.query(RULES[name].text)
    assert list(rules.breaches(store, RULES[name])) == []


@pytest.mark.parametrize(("name", "resource", "text"), LINES)
def test_a_rule_finds_what_it_is_there_for(store: ox.Store, plant: Plant, name: str, resource: str, text: str) -> None:
    quads = list(ox.parse(trig(text), format=ox.RdfFormat.TRIG))
    plant(quads)
    plant(
        ox.Quad(q.subject, q.predicate, q.object)
        for q in quads
        if isinstance(q.graph_name, ox.NamedNode)
        and q.graph_name.value.endswith(("/facts", "/entities", "/ontology", "/documents", "/meeting-series"))
    )
    expected = resource.strip("<>").removeprefix("../") if resource.startswith("<") else resource.split(":")[1]
    assert store.query(RULES[name].text)
    breaches = list(rules.breaches(store, RULES[name]))
    assert any(breach.value("resource").endswith(f"/{expected}") for breach in breaches)
    for breach in breaches:
        said = breach.message(str)
        assert "{" not in said
        assert "nothing" not in said.split(":")[0], said


@pytest.mark.parametrize("kind", MORE_UNDEFINED)
def test_a_term_that_is_defined_nowhere_is_found_wherever_it_stands(store: ox.Store, plant: Plant, kind: str) -> None:
    resource, text = MORE_UNDEFINED[kind]
    plant(ox.parse(trig(text), format=ox.RdfFormat.TRIG))
    found = {breach.value("resource") for breach in rules.breaches(store, RULES["undefined-term"])}
    assert any(name.endswith(resource) for name in found)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_would_be_right(name: str) -> None:
    rule = RULES[name]
    assert rule.summary.endswith(".")
    assert rule.message.endswith((".", "?"))
    variables = set(re.findall(r"\{(\w+)\}", rule.message))
    assert variables <= set(re.findall(r"\?(\w+)", rule.text))
    assert "?resource" in rule.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("ASK { }", "has no header", id="no header"),
        pytest.param("#+ summary: It is so.\nASK { }", "no message", id="no message"),
        pytest.param("#+ summary: It is so.\n#+ message: is so.\nSELECT * { }", "an ASK query", id="no ASK"),
        pytest.param("#+ summary: It is so.\n#+ message: is so.\nASK { ?s ?p ?o }", "?resource", id="no resource"),
        pytest.param(
            "#+ summary: It is so.\n#+ message: has {x}.\nASK { ?resource ?p ?o }",
            "?x",
            id="a variable of the message that is not there",
        ),
    ],
)
def test_a_file_that_is_no_rule_is_told(text: str, words: str) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        rules.read_rule("rule", text)


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")
def test_a_rule_is_plain_sparql_that_a_second_engine_answers_alike(store: ox.Store, plant: Plant) -> None:
    name, _, text = next(line for line in LINES if line[0] == "concerned-polity-missing")
    for expected in (False, True):
        dataset = rdflib.Dataset().parse(data=store.dump(format=ox.RdfFormat.N_QUADS), format="nquads")
        assert dataset.query(RULES[name].text).askAnswer is expected
        plant(ox.parse(trig(text), format=ox.RdfFormat.TRIG))


@pytest.mark.parametrize("call", ["SERVICE <http://127.0.0.1:9/> {{ {} }}", "SERVICE SILENT ?resource {{ {} }}"])
def test_a_rule_asks_no_other_endpoint(store: ox.Store, call: str) -> None:
    text = "ASK { " + call.format("?resource ?p ?o") + " }"
    with pytest.raises(DataError, match="SERVICE is not allowed here"):
        list(rules.breaches(store, rules.Rule("asking", "", "", text)))
