"""Search by names, what a browser suggests, and where the IRIs of things lead to."""

from __future__ import annotations

from xml.etree import ElementTree

import httpx
import pytest

BROWSER = {"Accept": "text/html"}
HUNGARY = "https://w3id.org/otsgraph/id/state/hungary"


def found(client: httpx.Client, text: str) -> list[str]:
    return [result["iri"] for result in client.get("/search", params={"q": text}).json()["results"]]


@pytest.mark.parametrize(
    "text", ["Macarıstan", "macaristan", "MACARISTAN", "Венгрия", "венгрия", "Magyarország", "magyarorszag", "Hungary"]
)
def test_a_name_is_found_in_any_language_and_however_it_is_typed(client: httpx.Client, text: str) -> None:
    assert found(client, text)[0] == HUNGARY


def test_words_may_come_in_any_order(client: httpx.Client) -> None:
    assert found(client, "muradov fuad")[0] == "https://w3id.org/otsgraph/id/person/fuad-muradov"


def test_what_is_found_says_what_it_is_and_where_it_leads_to(client: httpx.Client) -> None:
    (result,) = client.get("/search", params={"q": "Macarıstan"}).json()["results"]
    assert (result["label"], result["kind"], result["name"], result["language"]) == (
        "Hungary",
        "state",
        "Macarıstan",
        "az",
    )
    assert client.get(result["address"], headers=BROWSER).status_code == 200


def test_where_nothing_is_called_so_similar_names_are_told(client: httpx.Client) -> None:
    answer = client.get("/search", params={"q": "Hungry"}).json()
    assert answer["results"] == []
    assert answer["similar"][0]["iri"] == HUNGARY


def test_questions_are_found_by_their_words(client: httpx.Client) -> None:
    questions = client.get("/search", params={"q": "origins confirm"}).json()["questions"]
    assert [question["name"] for question in questions] == ["confirmed-by-origins"]


@pytest.mark.parametrize("text", ["", " ", '"', "*", "AND", "a" * 5_000, "\x00", "🜚", "%", "' OR 1=1 --", "NEAR(a b)"])
def test_any_text_has_an_answer(client: httpx.Client, text: str) -> None:
    for headers in ({}, BROWSER):
        assert client.get("/search", params={"q": text}, headers=headers).status_code == 200
    assert client.get("/suggest", params={"q": text}).status_code == 200


def test_markup_in_the_text_is_text_on_the_page(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "<script>alert(1)</script>"}, headers=BROWSER)
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_browser_is_told_how_to_search_and_gets_suggestions(client: httpx.Client) -> None:
    description = ElementTree.fromstring(client.get("/opensearch.xml").text)  # noqa: S314
    by_type = {url.get("type"): str(url.get("template")) for url in description if url.tag.endswith("}Url")}
    suggestions = client.get(by_type["application/x-suggestions+json"].replace("{searchTerms}", "macar"))
    assert suggestions.headers["content-type"] == "application/x-suggestions+json"
    text, names, kinds, addresses = suggestions.json()
    assert (text, names[0], kinds[0]) == ("macar", "Macaristan", "Hungary, state")
    assert addresses[0].endswith("/page/state/hungary")
    assert client.get(by_type["text/html"].replace("{searchTerms}", "macar")).status_code == 200
