"""Pages of things and of statements: facts with their evidence, claims apart from them, and the same as data."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest

from otsgraph_testing import Server, running_server

BASE = "https://w3id.org/otsgraph/"
OTS = BASE + "ontology#"
BENCHMARK = "/page/statement/trend-2025-12-02/048"
MOST_ENGINE_CALLS = 5


def page(client: httpx.Client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


def section(text: str, name: str) -> str:
    """The part of a page under the heading with an id, up to the next section."""
    _, _, behind = text.partition(f'<h2 id="{name}">')
    assert behind, name
    return re.split(r"</section>", behind)[0]


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def asked(client: httpx.Client, query: str) -> list[dict[str, str]]:
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+json"})
    return [{k: v["value"] for k, v in row.items()} for row in answer.json()["results"]["bindings"]]


def linked_data(text: str) -> dict[str, object]:
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    found: dict[str, object] = json.loads(block)
    return found


def test_the_head_of_a_page_says_what_the_thing_is_and_gives_its_iri(client: httpx.Client) -> None:
    text = page(client, "/page/meeting/diaspora-7")
    assert "<h1>7th meeting of the heads of diaspora agencies</h1>" in text
    assert f'<code class="iri">{BASE}id/meeting/diaspora-7</code>' in text
    assert "A meeting, held in Budapest, hosted by Hungary, on 2 December 2025." in words(text)


def test_names_in_other_languages_are_marked_as_such(client: httpx.Client) -> None:
    facts = section(page(client, "/page/state/hungary"), "facts")
    assert '<span lang="az">Macarıstan</span>' in facts
    assert "Magyarország (Hungarian)" in words(facts)


def test_a_fact_shows_who_states_it_where_and_how_many_origins_say_so(client: httpx.Client) -> None:
    facts = section(page(client, "/page/meeting/diaspora-7"), "facts")
    (row,) = re.findall(r'<dd><span class="value"><a href="/page/place/budapest">.*?</dd>', facts, re.DOTALL)
    said = words(row)
    assert "origins of" in said
    assert "reported fact" in said
    assert "reference fact" in said
    assert "Trend, dispatch of 2 December on the 7th meeting , paragraph 1, sentence 2" in said
    (address, *_) = re.findall(r'class="passage" href="([^"]*)"', row)
    assert address.startswith("https://www.trend.az/azerbaijan/politics/4124758.html#:~:text=")


def test_the_number_of_origins_is_that_of_the_saved_query(client: httpx.Client) -> None:
    text = page(client, "/page/meeting/diaspora-7")
    facts = words(section(text, "facts"))
    claims = {own_statement(claim): words(claim) for claim in section(text, "claims").split("<li>\n")[1:]}
    rows = client.get("/queries/confirmed-by-origins.json").json()["results"]["bindings"]
    of_meeting = [row for row in rows if row["subject"]["value"].startswith("7th meeting") and "occasion" not in row]
    assert len(of_meeting) > 3
    only_claimed = []
    for row in of_meeting:
        value, origins, sides = (row[name]["value"] for name in ("object", "origins", "sides"))
        if f"{value} {origins} origins of {sides} sides say so" in facts:
            continue
        only_claimed.append(value)
        said = [claims[one] for one in saying(client, row["predicate"]["value"], value) if one in claims]
        assert len(said) == int(origins)
        assert all(f"{int(origins) - 1} other origins say the same" in one for one in said), row
    assert only_claimed == ["Ministers and heads of diaspora institutions"]
    assert "Budapest 5 origins of 4 sides" in facts


def own_statement(claim: str) -> str:
    """The statement that an entry of the list of claims is about; those of others come after it."""
    found = re.search(r'href="/page/(statement/[^"]*)"', claim)
    assert found
    return found[1]


def saying(client: httpx.Client, predicate: str, value: str) -> set[str]:
    """The statements that say factually of the 7th meeting what a property and a value are called."""
    query = f"""PREFIX ots: <{OTS}> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?statement {{ GRAPH ?g {{
          ?statement rdf:subject <{BASE}id/meeting/diaspora-7> ; rdf:predicate ?p ; rdf:object ?o ;
            ots:nature ots:Factual ; ots:statedIn ?document }}
          ?p rdfs:label ?predicate . OPTIONAL {{ ?o rdfs:label ?label }}
          FILTER(STR(?predicate) = "{predicate}" && STR(COALESCE(?label, ?o)) = "{value}") }}"""
    return {row["statement"].removeprefix(BASE + "id/") for row in asked(client, query)}


def test_background_is_told_from_what_documents_state(client: httpx.Client) -> None:
    facts = words(section(page(client, "/page/state/hungary"), "facts"))
    assert "background: several sources" in facts


def test_a_claim_stands_in_a_section_of_its_own_and_nowhere_among_facts(client: httpx.Client) -> None:
    text = page(client, "/page/state/azerbaijan")
    claim = "The article sees Azerbaijan turning into a measure for the other members of the OTS."
    assert claim in words(section(text, "claims"))
    assert claim not in words(section(text, "facts"))
    assert "None of this is counted as fact here" in words(section(text, "claims"))


def test_no_triple_under_facts_is_missing_from_the_default_graph(client: httpx.Client) -> None:
    for path in ("state/azerbaijan", "person/fuad-muradov", "organization/ots"):
        text = page(client, f"/page/{path}")
        linked = set(re.findall(r'<span class="value"><a href="/page/([^"]*)">', section(text, "facts")))
        query = f"SELECT DISTINCT ?o {{ <{BASE}id/{path}> ?p ?o FILTER(STRSTARTS(STR(?o), '{BASE}id/')) }}"
        assert linked
        assert linked <= {row["o"].removeprefix(BASE + "id/") for row in asked(client, query)}


def test_every_statement_about_a_thing_is_on_its_page(client: httpx.Client) -> None:
    for path in ("quality/benchmark", "state/azerbaijan", "person/fuad-muradov", "meeting/diaspora-7"):
        text = page(client, f"/page/{path}")
        query = (
            "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> SELECT DISTINCT ?s WHERE"
            f" {{ GRAPH ?g {{ ?s rdf:subject|rdf:object <{BASE}id/{path}> }} }}"
        )
        rows = asked(client, query)
        assert rows
        for row in rows:
            assert f'href="/page/{row["s"].removeprefix(BASE + "id/")}"' in text, row


def test_a_page_says_that_nobody_else_claims_what_one_origin_claims(client: httpx.Client) -> None:
    claims = words(section(page(client, "/page/quality/benchmark"), "claims"))
    assert "No other origin on record says the same." in claims
    assert "Put differently (strength): The Uzbek and Kazakh sides are said to think highly" in claims


def test_documents_that_repeat_one_origin_are_heard_once(client: httpx.Client) -> None:
    claims = words(section(page(client, "/page/quality/benchmark"), "claims"))
    _, _, repeated = claims.partition("Repeated from the same origin in")
    assert repeated.count("on diaspora meetings") + repeated.count("on meetings beside the 7th meeting") >= 4


def test_the_page_of_a_statement_tells_its_place_and_who_else_says_so(client: httpx.Client) -> None:
    text = page(client, BENCHMARK)
    said = words(text)
    assert "editorial assessment" in said
    assert "is it counted as fact? no" in said
    assert "paragraph 3, sentence 1, characters 1,495 to 1,544" in said
    assert "It may be Azerbaijan's model, not Azerbaijan, that is turning into the measure." in said
    assert "No other origin on record says the same." in said
    (fragment,) = re.findall(r'class="passage" href="[^"#]*#:~:text=([^"]*)"', text)[:1]
    (row,) = asked(
        client,
        f"SELECT ?f {{ GRAPH ?g {{ ?passage <{OTS}textFragment> ?f FILTER(?passage = <{BASE}id/statement/trend-2025-12-02/048#passage>) }} }}",
    )
    assert unquote(html.unescape(fragment)) == unquote(row["f"])


def test_a_reference_fact_names_its_sources_and_how_far_it_is_confirmed(client: httpx.Client) -> None:
    said = words(page(client, "/page/statement/links/001"))
    assert "reference fact" in said
    assert "several sources" in said
    assert "country-coder 5.6.1, a JavaScript package" in said
    assert "Does anybody else say so?" not in said


def test_a_meeting_shows_who_came_the_series_and_a_map(client: httpx.Client) -> None:
    text = page(client, "/page/meeting/diaspora-7")
    who = words(section(text, "participants"))
    states = asked(
        client,
        f"SELECT ?s {{ <{BASE}id/meeting/diaspora-7> <{OTS}representedState>/<http://www.w3.org/2000/01/rdf-schema#label> ?s }}",
    )
    assert len(states) == 6
    assert all(row["s"] in who for row in states)
    assert "Azerbaijan 3 origins of 3 sides say so" in who
    assert "Fuad Muradov ( Chairman of the State Committee on Work with the Diaspora ) one origin says so" in who
    assert "Chairman of the committee on youth and sports" not in who
    assert "chaired by Kubanychbek Omuraliev" in who
    assert section(text, "participants").count('class="chart-point"') == 6
    series = section(text, "series")
    assert series.count("<tr>") == 1 + 7
    assert "<strong>7th meeting of the heads of diaspora agencies</strong>" in series


def test_what_is_embedded_in_a_page_is_said_by_the_endpoint_too(client: httpx.Client) -> None:
    for path in ("state/hungary", "person/fuad-muradov", "meeting/diaspora-7", "organization/ots", "place/budapest"):
        found = linked_data(page(client, f"/page/{path}"))
        assert found.pop("@id") == f"{BASE}id/{path}"
        assert found.pop("@context") == {"@vocab": "https://schema.org/"}
        rows = asked(client, f"SELECT ?p ?o {{ <{BASE}id/{path}> ?p ?o }}")
        held = {(row["p"], row["o"]) for row in rows}
        types = found.pop("@type")
        for type_ in types if isinstance(types, list) else [types]:
            assert ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"https://schema.org/{type_}") in held
        for name, values in found.items():
            predicates = {"https://schema.org/" + name}
            predicates |= {"name": {"http://www.w3.org/2000/01/rdf-schema#label"}}.get(name, set())
            predicates |= {"sameAs": {"http://www.w3.org/2002/07/owl#sameAs"}}.get(name, set())
            for value in values if isinstance(values, list) else [values]:
                text = value.get("@id", value.get("@value")) if isinstance(value, dict) else value
                assert any((predicate, text) in held for predicate in predicates), (path, name, text)


def test_only_claims_are_claims_in_the_words_of_schema_org(client: httpx.Client) -> None:
    claim = linked_data(page(client, BENCHMARK))
    assert (claim["@type"], claim["appearance"]) == ("Claim", {"@id": BASE + "id/document/trend-2025-12-02"})
    assert linked_data(page(client, "/page/statement/trend-2025-12-02/026"))["@type"] == "Thing"
    assert linked_data(page(client, "/page/statement/links/001"))["@type"] == "Thing"


def test_every_link_on_a_page_leads_somewhere(client: httpx.Client) -> None:
    seen: set[str] = set()
    for path in ("state/hungary", "meeting/diaspora-7", "person/fuad-muradov", "statement/trend-2025-12-02/048"):
        links = {html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', page(client, f"/page/{path}"))}
        assert len(links) >= 30, path
        seen |= links
    for link in sorted(seen):
        assert client.get(link, follow_redirects=True).status_code == 200, link


def test_a_thing_that_no_fact_is_about_shows_what_is_recorded_of_it(client: httpx.Client) -> None:
    said = words(page(client, "/page/quotation/trend-2025-12-02/2"))
    assert "What is recorded of it" in said


def test_a_named_graph_has_a_page(client: httpx.Client) -> None:
    said = words(page(client, "/page/graph/trend-2025-12-02"))
    assert "Statements of a document" in said


@pytest.fixture(scope="module")
def fresh() -> Iterator[Server]:
    """A server that has answered nothing yet."""
    with running_server() as server:
        yield server


def engine_calls(server: Server) -> int:
    text = httpx.get(f"{server.url}/metrics").text
    return sum(
        int(float(n)) for n in re.findall(r'^otsgraph_queries_total\{.*outcome="ok"\} (\S+)$', text, re.MULTILINE)
    )


@pytest.mark.parametrize(
    "path",
    [
        "/page/meeting/diaspora-7",
        "/page/state/azerbaijan",
        "/page/person/fuad-muradov",
        "/page/statement/trend-2025-12-02/026",
        "/page/organization/ots",
        "/page/graph/trend-2025-12-02",
        "/data/meeting/diaspora-7.ttl",
        "/id/meeting/diaspora-7",
    ],
)
def test_a_page_asks_the_engine_five_times_at_most_and_then_no_more(fresh: Server, path: str) -> None:
    before = engine_calls(fresh)
    assert httpx.get(fresh.url + path).status_code in (200, 303)
    asked_for_page = engine_calls(fresh) - before
    assert 1 <= asked_for_page <= MOST_ENGINE_CALLS
    httpx.get(fresh.url + path)
    httpx.get(fresh.url + path)
    kept = 0 if not path.startswith("/id/") else 2  # the cache of answers is asked, no worker
    assert engine_calls(fresh) - before - asked_for_page <= kept


def test_where_a_place_is_stands_on_its_page_once(client: httpx.Client) -> None:
    facts = section(page(client, "/page/state/hungary"), "facts")
    assert ">coordinates</a></dt>" in facts
    assert ">lat</a></dt>" not in facts


def test_what_a_resolution_rejects_is_told_as_doubted_and_is_no_fact(client: httpx.Client) -> None:
    text = page(client, "/page/meeting/diaspora-5")
    assert "Bursa" in words(section(text, "doubted"))
    assert "Bursa" not in words(section(text, "facts"))
    verdict = words(page(client, "/page/statement/meeting-series/041"))
    assert "Resolution: 5th meeting place rejects it." in verdict


def test_a_claim_that_only_the_reference_layer_records_is_on_the_page(client: httpx.Client) -> None:
    assert "14 June" in words(section(page(client, "/page/meeting/diaspora-2"), "claims"))


def test_other_readings_of_a_claim_are_told_with_it(client: httpx.Client) -> None:
    claims = words(section(page(client, "/page/quality/benchmark"), "claims"))
    assert "May be read otherwise: It may be Azerbaijan's model, not Azerbaijan" in claims


def test_what_one_origin_says_of_two_things_is_not_taken_for_a_repetition(client: httpx.Client) -> None:
    claims = section(page(client, "/page/quality/benchmark"), "claims")
    of_model, of_experience = (
        f"The Uzbek and Kazakh sides are said to think highly of Azerbaijan's {what}."
        for what in ("model", "experience")
    )
    summaries = [words(found) for found in re.findall(r"<summary>(.*?)</summary>", claims)]
    assert sum(of_model in one for one in summaries) == 1
    assert sum(of_experience in one for one in summaries) == 1


def test_each_fact_of_a_shared_node_rests_on_the_statements_that_give_it(client: httpx.Client) -> None:
    text = section(page(client, "/page/membership/hungary-ots-observer"), "facts")
    since = words(re.findall(r"2018-09-03</span>(.*?)</dd>", text, re.DOTALL)[0])
    assert since.startswith("background")
    assert "origin" not in since.partition("reference fact")[0]
    text = section(page(client, "/page/participation/diaspora-7-kazakhstan"), "facts")
    (kadyrov,) = re.findall(r'<dd><span class="value"><a href="/page/person/daniyar-kadyrov">.*?</dd>', text, re.DOTALL)
    assert "origins" not in words(kadyrov)
    (party,) = re.findall(r'<dd><span class="value"><a href="/page/state/kazakhstan">.*?</dd>', text, re.DOTALL)
    assert "reported fact" in words(party)


def test_a_statement_that_is_rejected_is_not_said_to_count_as_fact(client: httpx.Client) -> None:
    for number in ("041", "053"):
        said = words(page(client, f"/page/statement/meeting-series/{number}"))
        assert "is it counted as fact? no: it is rejected or left open by a resolution" in said
    assert "is it counted as fact? yes" in words(page(client, "/page/statement/trend-2025-12-02/026"))


def test_no_fact_stands_among_claims(client: httpx.Client) -> None:
    facts = asked(
        client,
        """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
           PREFIX ots: <https://w3id.org/otsgraph/ontology#>
           SELECT DISTINCT ?statement WHERE {
             GRAPH ?g { ?statement a ots:ReportedFact ; ots:nature ots:Factual ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o
               FILTER NOT EXISTS { ?statement ots:hedge|ots:degree|ots:modality|ots:negated ?commitment } }
             ?s ?p ?o }""",
    )
    assert len(facts) > 20
    for path in ("state/azerbaijan", "state/kazakhstan", "state/hungary", "organization/ots", "meeting/diaspora-7"):
        claims = section(page(client, f"/page/{path}"), "claims")
        own = re.sub(r"<details.*?</details>", "", claims, flags=re.DOTALL)  # what others say of the same
        assert 'class="voice' in own
        for row in facts:
            assert f'href="/page/{row["statement"].removeprefix(BASE + "id/")}"' not in own, (path, row)


def test_that_nothing_was_checked_by_a_second_reader_is_said_once(client: httpx.Client) -> None:
    text = words(page(client, "/page/meeting/diaspora-7"))
    assert text.count("second reader on record") == 1


def test_names_that_documents_give_are_counted_by_origin_and_not_taken_for_background(client: httpx.Client) -> None:
    facts = words(section(page(client, "/page/plan/joint-action-plan-2026"), "facts"))
    assert "Joint Action Plan on the Diaspora one origin calls it so" in facts
