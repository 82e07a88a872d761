"""The pages of source documents: every statement in its place and as what it is, numbers that the data bears out."""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from otsgraph.graph.documents import MOST_OTHERS, MOST_OWN
from otsgraph.rdf.terms import OTS, RDF
from otsgraph_testing import PREFIXES, running_server

BASE = "https://w3id.org/otsgraph/"
TREND = "/page/document/trend-2025-12-02"
KAZAKH = "/page/document/kt-kz-1377984675"
KINDS = {
    "ReportedFact": "reported fact",
    "AttributedStatement": "attributed statement",
    "EditorialAssessment": "editorial assessment",
    "BackgroundStatement": "background statement",
}
OF_DOCUMENT = PREFIXES + (
    "PREFIX document: <https://w3id.org/otsgraph/id/document/>\n"
    "PREFIX prov: <http://www.w3.org/ns/prov#>\n"
    "PREFIX schema: <https://schema.org/>\n"
)
IN_TEXT_ORDER = """SELECT ?statement ?class ?start ?end WHERE { GRAPH ?graph {
  ?statement ots:statedIn document:trend-2025-12-02 ; a ?class ; ots:paragraph ?paragraph ; ots:sentence ?sentence ;
    ots:passage/oa:hasSelector ?position . ?position oa:start ?start ; oa:end ?end } }
ORDER BY ?paragraph ?sentence ?start ?end ?statement"""
ORIGINS_OF_KEYS = """SELECT ?s ?p ?o ?on (COUNT(DISTINCT ?origin) AS ?origins) (COUNT(DISTINCT ?side) AS ?sides) WHERE {
  GRAPH ?graph {
    ?statement rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ots:nature ots:Factual ; ots:statedIn ?document .
    OPTIONAL { ?statement ots:occasion ?on }
    FILTER NOT EXISTS { ?statement ots:hedge|ots:degree|ots:modality|ots:negated ?commitment }
  }
  ?document ots:origin ?origin . ?origin ots:side ?side
} GROUP BY ?s ?p ?o ?on HAVING(COUNT(DISTINCT ?origin) > 1)"""
KEYS = """SELECT ?statement ?s ?p ?o ?on WHERE { GRAPH ?graph {
  ?statement ots:statedIn document:%s ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; ots:nature ots:Factual .
  OPTIONAL { ?statement ots:occasion ?on }
  FILTER NOT EXISTS { ?statement ots:hedge|ots:degree|ots:modality|ots:negated ?commitment } } }"""
Row = dict[str, str]


def asked(client: httpx.Client, query: str) -> list[Row]:
    answer = client.get(
        "/sparql", params={"query": OF_DOCUMENT + query}, headers={"Accept": "application/sparql-results+json"}
    )
    return [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]


def page(client: httpx.Client, address: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def words(markup: str) -> str:
    """What a piece of a page says."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def statements(text: str) -> dict[str, str]:
    """What the page says of each statement, by the number behind the anchor, in the order of the page."""
    pieces = re.findall(r'<li id="s-([^"]+)" class="statement [a-z]+">(.*?)(?=<li id="s-|</section>)', text, re.DOTALL)
    assert len(dict(pieces)) == len(pieces), "a statement stands twice"
    return {number: words(piece) for number, piece in pieces}


def section(text: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', text, re.DOTALL)
    assert found is not None
    return found[1]


def number_of(statement: str) -> str:
    return statement.rsplit("/", 1)[-1]


def json_ld(text: str) -> list[dict[str, Any]]:
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    graph: list[dict[str, Any]] = json.loads(block[1])["@graph"]
    return graph


@pytest.fixture(scope="module")
def trend(client: httpx.Client) -> str:
    return page(client, TREND)


def test_every_statement_is_there_once_in_the_order_of_the_text(client: httpx.Client, trend: str) -> None:
    expected = [number_of(row["statement"]) for row in asked(client, IN_TEXT_ORDER)]
    assert len(expected) == 111
    assert list(statements(trend)) == expected


def test_every_statement_says_as_what_it_is_said(client: httpx.Client, trend: str) -> None:
    said = statements(trend)
    for row in asked(client, IN_TEXT_ORDER):
        kind = KINDS[row["class"].rpartition("#")[2]]
        others = set(KINDS.values()) - {kind}
        above_details = said[number_of(row["statement"])].partition("no. ")[0]
        assert kind in above_details
        assert not any(other in above_details for other in others)


def test_the_numbers_beside_the_strip_are_those_of_the_positions(client: httpx.Client, trend: str) -> None:
    places: defaultdict[str, set[int]] = defaultdict(set)
    counts: defaultdict[str, int] = defaultdict(int)
    for row in asked(client, IN_TEXT_ORDER):
        kind = KINDS[row["class"].rpartition("#")[2]] + "s"
        counts[kind] += 1
        places[kind] |= set(range(int(row["start"]), int(row["end"])))
    (length,) = asked(
        client, "SELECT ?n { GRAPH ?g { ?t prov:specializationOf document:trend-2025-12-02 ; ots:length ?n } }"
    )
    whole = int(length["n"])
    cells = table(section(trend, "text"))
    for kind, covered in places.items():
        assert cells[kind] == [f"{counts[kind]:,}", f"{len(covered):,}", f"{len(covered) / whole * 100:.0f} %"]
    left = whole - len(set().union(*places.values()))
    assert cells["in no statement"] == ["0", f"{left:,}", f"{left / whole * 100:.0f} %"]


def test_a_box_of_the_strip_says_what_the_statement_says(client: httpx.Client, trend: str) -> None:
    boxes = re.findall(
        r'<a href="#s-([^"]+)"[^>]*><rect[^>]*/><title>(.*?)</title>', section(trend, "text").partition("</svg>")[0]
    )
    rows = asked(
        client,
        """SELECT ?statement ?says { GRAPH ?g {
             ?statement ots:statedIn document:trend-2025-12-02 ; ots:paraphrase ?says } }""",
    )
    assert {number: html.unescape(says) for number, says in boxes} == {
        number_of(row["statement"]): row["says"] for row in rows
    }


def test_the_address_that_stays_is_that_of_the_document(trend: str) -> None:
    assert re.findall(r'<link rel="canonical" href="([^"]*)">', trend) == [f"{BASE}id/document/trend-2025-12-02"]


def test_the_title_tells_one_kind_from_all(client: httpx.Client, trend: str) -> None:
    titles = [re.findall("<title>(.*?)</title>", text)[0] for text in (trend, page(client, f"{TREND}?kind=fact"))]
    assert "reported facts" in titles[1]
    assert "reported facts" not in titles[0]


def table(markup: str) -> dict[str, list[str]]:
    """The cells of each row of a table, by the row's heading."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', markup, re.DOTALL)
    return {words(head): [words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rest)] for head, rest in rows}


def test_the_strip_has_a_link_to_each_statement_of_the_list(trend: str) -> None:
    strip = section(trend, "text").partition("</svg>")[0]
    assert sorted(re.findall(r'<a href="#s-([^"]+)"', strip)) == sorted(statements(trend))


@pytest.mark.parametrize("slug", ["trend-2025-12-02", "kt-kz-1377984675", "gondola-318613", "azernews-251245"])
def test_a_statement_is_confirmed_by_as_many_other_origins_as_the_saved_question_counts(
    client: httpx.Client, slug: str
) -> None:
    counted = {
        (r["s"], r["p"], r["o"], r.get("on")): (int(r["origins"]), r["sides"]) for r in asked(client, ORIGINS_OF_KEYS)
    }
    listed = client.get("/queries/confirmed-by-origins.json", params={"least": "2"}).json()["results"]["bindings"]
    assert sorted(origins for origins, _ in counted.values()) == sorted(int(row["origins"]["value"]) for row in listed)
    expected = {}
    for row in asked(client, KEYS % slug):
        if (found := counted.get((row["s"], row["p"], row["o"], row.get("on")))) is not None:
            expected[number_of(row["statement"])] = (str(found[0] - 1), found[1])
    assert expected
    confirmed = r"Confirmed by (\d+) other origins?(?:, of the same side|; with its own they speak for (\d+) sides?)"
    said = statements(page(client, f"/page/document/{slug}"))
    told = {n: found.groups("1") for n, one in said.items() for found in re.finditer(confirmed, one)}
    assert told == expected


def test_what_is_counted_as_a_fact_is_what_the_facts_of_the_document_are(client: httpx.Client, trend: str) -> None:
    facts = asked(
        client,
        """SELECT DISTINCT ?statement WHERE {
             GRAPH <https://w3id.org/otsgraph/graph/trend-2025-12-02> {
               ?statement rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }
             GRAPH <https://w3id.org/otsgraph/graph/trend-2025-12-02/facts> { ?s ?p ?o } ?s ?p ?o }""",
    )
    counted = [number for number, said in statements(trend).items() if " counted as a fact " in said]
    assert {n for n in counted if "not counted" not in statements(trend)[n]} == {
        number_of(row["statement"]) for row in facts
    }


@pytest.mark.parametrize("kind", ["assessment", "attributed", "background"])
def test_the_facts_alone_are_listed_without_claims_and_judgements(client: httpx.Client, trend: str, kind: str) -> None:
    facts = page(client, f"{TREND}?kind=fact")
    listed = section(facts, "statements")
    assert "reported facts, in the order of the text" in words(re.findall("<h2.*?</h2>", listed)[0])
    others = set(statements(page(client, f"{TREND}?kind={kind}")))
    assert others
    assert not set(statements(facts)) & others
    assert set(statements(facts)) < set(statements(trend))


@pytest.mark.parametrize("kind", ["assessment", "attributed"])
def test_a_claim_or_judgement_is_never_said_to_be_counted_as_a_fact(client: httpx.Client, kind: str) -> None:
    listed = statements(page(client, f"{TREND}?kind={kind}"))
    assert len(listed) >= 14
    for number, said in listed.items():
        assert "counted as a fact" not in said, number
        assert re.search(r"remains a (claim|judgement)|no fact by this document", said), number


@pytest.mark.parametrize("wish", ["kind=opinion", "kind=", "kind=fact&kind=other"])
def test_of_a_kind_that_there_is_not_the_kinds_are_told(client: httpx.Client, wish: str) -> None:
    answer = client.get(f"/page/document/kt-kz-1377984675?{wish}")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["parameter"] == "kind"
    assert problem["choices"] == ["fact", "attributed", "assessment", "background", "other"]
    assert "assessment" in problem["detail"]


def test_a_hedge_and_a_speaker_are_told_in_words(trend: str) -> None:
    said = statements(trend)
    assert "hedged: one of" in said["075"]
    assert "among: Turkic world" in said["075"]
    assert "said by Fuad Muradov" in said["065"]


def test_who_relays_a_speaker_is_told(client: httpx.Client) -> None:
    said = statements(page(client, KAZAKH))["052"]
    assert "said by Kassym-Jomart Tokayev , relayed by Daniyar Kadyrov" in said


def test_a_statement_leads_to_its_passage_at_the_publisher(client: httpx.Client, trend: str) -> None:
    rows = asked(
        client,
        """SELECT ?fragment { document:trend-2025-12-02 schema:url ?url .
             GRAPH ?g { ?s ots:statedIn document:trend-2025-12-02 ; ots:passage/ots:textFragment ?fragment } }""",
    )
    links = re.findall(r'<a href="https://www.trend.az/azerbaijan/politics/4124758.html#:~:text=([^"]+)"', trend)
    assert sorted(map(html.unescape, links)) == sorted(row["fragment"] for row in rows)


def test_what_others_put_differently_is_beside_the_statement(client: httpx.Client, trend: str) -> None:
    rows = asked(
        client,
        """SELECT ?other ?says WHERE { GRAPH ?g { ?other ots:paraphrase ?says ;
             ots:differsFrom <https://w3id.org/otsgraph/id/statement/trend-2025-12-02/007> } }""",
    )
    assert rows
    for row in rows:
        assert row["says"] in statements(trend)["007"]
    assert "They differ in scope" in statements(trend)["007"]


@pytest.mark.parametrize("slug", ["trend-2025-12-02", "kt-kz-1377984675", "menafn-1110424059"])
def test_what_others_add_is_what_the_saved_question_answers(client: httpx.Client, slug: str) -> None:
    answer = client.get("/queries/what-others-add.json", params={"document": f"{BASE}id/document/{slug}"}).json()
    expected = sorted(row["says"]["value"] for row in answer["results"]["bindings"])
    added = section(page(client, f"/page/document/{slug}"), "others")
    shown = [words(says) for says in re.findall(r'<li><p class="says"><a[^>]*>(.*?)</a>', added)]
    assert len(shown) == min(20, len(expected))
    assert set(shown) <= set(expected)
    if expected:
        assert f"All {len(expected)}" in words(added)


def test_a_document_without_positions_counts_its_statements_and_says_so(client: httpx.Client) -> None:
    text = page(client, KAZAKH)
    shares = section(text, "text")
    assert "No positions in the text are on record" in words(shares)
    assert "<svg" not in shares
    assert table(shares) == {"attributed statements": ["29"]}


def test_statements_without_positions_come_in_the_order_of_their_numbers(client: httpx.Client) -> None:
    numbers = [[int(n) for n in re.findall("[0-9]+", number)] for number in statements(page(client, KAZAKH))]
    assert numbers == sorted(numbers)


def test_the_page_has_all_that_the_text_mentions(client: httpx.Client, trend: str) -> None:
    rows = asked(client, "SELECT ?thing { GRAPH ?g { document:trend-2025-12-02 schema:mentions ?thing } }")
    links = re.findall(r'<a href="/page/([^"]+)"', section(trend, "mentions"))
    assert sorted(links) == sorted(row["thing"].removeprefix(f"{BASE}id/") for row in rows)


def every_document(client: httpx.Client) -> Iterable[str]:
    return [row["d"] for row in asked(client, "SELECT ?d { ?d a ots:SourceDocument } ORDER BY ?d")]


def test_every_source_document_has_a_page_with_all_its_statements(client: httpx.Client) -> None:
    documents = list(every_document(client))
    assert len(documents) >= 22
    for document in documents:
        rows = asked(client, f"SELECT ?statement {{ GRAPH ?g {{ ?statement ots:statedIn <{document}> }} }}")
        text = page(client, document.replace(f"{BASE}id", "/page"))
        assert set(statements(text)) == {number_of(row["statement"]) for row in rows}, document


def test_what_a_machine_reads_is_what_the_data_says(client: httpx.Client, trend: str) -> None:
    about, *claims = json_ld(trend)
    (row,) = asked(
        client,
        """SELECT ?url ?issued ?language ?publisher ?label WHERE {
             document:trend-2025-12-02 schema:url ?url ; <http://purl.org/dc/terms/issued> ?issued ;
               <http://purl.org/dc/terms/language> ?language ; ots:publishedBy ?publisher ;
               <http://www.w3.org/2000/01/rdf-schema#label> ?label }""",
    )
    found = [about["url"]["@id"], *(about[key] for key in ("datePublished", "inLanguage", "name"))]
    assert found == [row[key] for key in ("url", "issued", "language", "label")]
    assert [publisher["@id"] for publisher in about["publisher"]] == [row["publisher"]]
    said = asked(
        client,
        """SELECT ?statement ?says ?speaker WHERE { VALUES ?class { ots:AttributedStatement ots:EditorialAssessment }
             GRAPH ?g { ?statement ots:statedIn document:trend-2025-12-02 ; a ?class ; ots:paraphrase ?says .
               OPTIONAL { ?statement ots:speaker ?speaker } } }""",
    )
    assert {claim["appearance"]["@id"] for claim in claims} == {about["@id"]}
    assert sorted((c["@id"], c["description"], c.get("author", {}).get("@id", "")) for c in claims) == sorted(
        (r["statement"], r["says"], r.get("speaker", "")) for r in said
    )


def test_who_claims_something_is_of_the_classes_that_the_data_says(client: httpx.Client, trend: str) -> None:
    rows = asked(
        client,
        """SELECT DISTINCT ?speaker ?class WHERE { GRAPH ?g { ?statement ots:statedIn document:trend-2025-12-02 ;
             ots:speaker ?speaker } ?speaker a ?class FILTER(STRSTARTS(STR(?class), STR(schema:))) }""",
    )
    authors = [claim["author"] for claim in json_ld(trend) if claim["@type"] == "Claim" and "author" in claim]
    told = {(author["@id"], f"https://schema.org/{type_}") for author in authors for type_ in author.get("@type", [])}
    assert rows
    assert told == {(row["speaker"], row["class"]) for row in rows if row["speaker"] in {a["@id"] for a in authors}}


def test_the_data_of_the_page_is_there_in_every_format_that_it_names(client: httpx.Client, trend: str) -> None:
    head, _, body = trend.partition("</head>")
    alternates = re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', head)
    assert len(alternates) == 4
    for media_type, address in alternates:
        assert client.get(address).headers["content-type"].partition(";")[0] == media_type
        assert f'href="{address}"' in body
    for address in re.findall(r'href="(/graph/[^"]+)"', body):
        assert client.get(address).status_code == 200


def test_a_page_asks_the_engine_five_times_at_most() -> None:
    with running_server() as server, httpx.Client(base_url=server.url, timeout=30) as client:
        before = queries_answered(client)
        page(client, TREND)
        assert 0 < queries_answered(client) - before <= 5


def queries_answered(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("otsgraph_queries_total"))


def test_own_data_has_as_much_of_a_page_as_it_says(tmp_path: Path) -> None:
    data = tmp_path / "own.ttl"
    data.write_text(
        f"<{BASE}id/document/own> <http://www.w3.org/2000/01/rdf-schema#label> 'Our report' ;"
        " <https://schema.org/url> <https://example.org/report> ."
    )
    with running_server("--data", str(data)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        text = words(page(client, "/page/document/own"))
        assert "Our report" in text
        assert "https://example.org/report" in text
        assert "No statement of it is taken apart here" in text
        assert client.get("/page/document/trend-2025-12-02").status_code == 404


def test_of_a_document_that_nobody_knows_there_is_no_page(client: httpx.Client) -> None:
    assert client.get("/page/document/nothing").status_code == 404


@pytest.mark.parametrize("slug", ["trend-2025-12-02", "gondola-318613", "samal-akparat-189239"])
def test_what_others_add_is_called_a_claim_only_where_the_graph_does_not_hold_it(
    client: httpx.Client, slug: str
) -> None:
    added = section(page(client, f"/page/document/{slug}"), "others")
    shown = re.findall(
        r'<li><p class="says"><a href="/page/(statement/[^"]+)">.*?<summary>(.*?)</summary>', added, re.DOTALL
    )
    held = asked(
        client,
        """SELECT DISTINCT ?statement { GRAPH ?g {
             ?statement ots:statedIn ?d ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } ?s ?p ?o }""",
    )
    facts = {row["statement"].removeprefix(f"{BASE}id/") for row in held}
    assert shown
    for statement, summary in shown:
        assert ("a fact here" in summary, "a claim here, no fact" in summary) == (
            statement in facts,
            statement not in facts,
        )


def statements_on(meeting: str, document: str, count: int) -> Iterable[str]:
    """So many statements of a document on one meeting, each of something else."""
    for number in range(count):
        about = {
            f"{RDF}type": f"<{OTS}ReportedFact>",
            f"{RDF}subject": f"<{BASE}id/meeting/{meeting}>",
            f"{RDF}predicate": f"<{OTS}discussed>",
            f"{RDF}object": f"<{BASE}id/topic/{number}>",
            f"{OTS}nature": f"<{OTS}Factual>",
            f"{OTS}statedIn": f"<{BASE}id/document/{document}>",
            f"{OTS}paraphrase": f'"They spoke of {number}."@en',
        }
        for predicate, value in about.items():
            yield f"<{BASE}id/statement/{document}/{number:04}> <{predicate}> {value} ."


def test_of_thousands_of_statements_the_page_has_so_many_and_says_so(tmp_path: Path) -> None:
    for folder in ("documents", "facts"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    for document, count in {"long": 3_000, "other": 3_000, "short": 3}.items():
        (tmp_path / "data" / "documents" / f"{document}.ttl").write_text("\n".join(statements_on("m", document, count)))
        (tmp_path / "data" / "facts" / f"{document}.ttl").write_text(
            f"<{BASE}id/meeting/m> a <{OTS}Meeting> . <{BASE}id/document/{document}> a <{OTS}SourceDocument> ;"
            f" <http://www.w3.org/2000/01/rdf-schema#label> '{document}' ."
        )
    with (
        running_server("--data", str(tmp_path), "--default-graph", "facts") as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        long = page(client, "/page/document/long")
        short = page(client, "/page/document/short")
    assert len(statements(long)) == MOST_OWN
    assert f"More than {MOST_OWN} statements of it" in words(long)
    assert f"It has more statements than one page takes. {MOST_OWN} of them are here" in words(long)
    assert list(statements(short)) == ["0000", "0001", "0002"]
    assert "It has more statements" not in words(short)
    assert f"{MOST_OTHERS:,} of their statements were looked at" in words(short)
    assert all("Confirmed by 2 other origins" in said for said in statements(short).values())


def test_an_address_that_is_none_of_the_web_is_no_link(tmp_path: Path) -> None:
    data = tmp_path / "own.ttl"
    data.write_text(
        f"<{BASE}id/document/own> <http://www.w3.org/2000/01/rdf-schema#label> 'Ours' ;"
        " <https://schema.org/url> <javascript:alert(1)> ."
    )
    with running_server("--data", str(data)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        assert "javascript:" not in page(client, "/page/document/own")
