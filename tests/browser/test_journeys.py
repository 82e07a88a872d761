"""What people come for, from the home page on: by mouse, by keyboard, without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser_testing import LIGHT, PAPER, SCRIPTLESS, Look

from .conftest import OpenPage

pytestmark = pytest.mark.browser

with_and_without_scripts = pytest.mark.parametrize(
    "look", [pytest.param(LIGHT, id="with scripts"), pytest.param(SCRIPTLESS, id="without scripts")]
)


@with_and_without_scripts
def test_who_represented_azerbaijan(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("link", name="Who represented whom at the 7th meeting").click()
    page.get_by_label("party").select_option(label="Azerbaijan")
    page.get_by_role("button", name="Ask").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows.first).to_contain_text("Fuad Muradov")
    expect(page.get_by_label("party")).to_have_value("https://w3id.org/otsgraph/id/state/azerbaijan")
    assert all("Azerbaijan" in text for text in rows.all_inner_texts())


@with_and_without_scripts
def test_which_facts_three_origins_confirm_and_which_four(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("link", name="Which facts do several origins confirm?").click()
    expect(page.get_by_label("least")).to_have_value("3")
    expect(page.get_by_text("11 rows")).to_be_visible()
    page.get_by_label("least").fill("4")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("3 rows")).to_be_visible()


def test_the_same_answer_goes_into_a_spreadsheet(page: Page) -> None:
    page.goto("/queries/confirmed-by-origins?least=4")
    page.get_by_text("In a shell, in Python, in a spreadsheet").click()
    formula = page.get_by_label("In a spreadsheet").inner_text()
    (address,) = re.findall(r'^=IMPORTDATA\("(.*)"\)$', formula)
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(answer.text().splitlines()) == 1 + 3


@with_and_without_scripts
def test_what_a_name_in_another_language_means(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("Macarıstan")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("main").get_by_role("link", name="Hungary").click()
    expect(page.get_by_role("heading", name="Hungary", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Magyarország (Hungarian)")


BENCHMARK = "The article sees Azerbaijan turning into a measure for the other members of the OTS."
TREND = "https://www.trend.az/azerbaijan/politics/4124758.html#:~:text="


@with_and_without_scripts
def test_who_says_that_azerbaijan_is_a_benchmark_and_whether_anybody_else_does(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("link", name="Whose diaspora work is said to be praised").click()
    page.get_by_role("row", name=BENCHMARK).get_by_role("link", name="Statement 48, Trend").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("editorial assessment")
    expect(main).to_contain_text("No other origin on record says the same.")
    expect(main).to_contain_text("The Uzbek and Kazakh sides are said to think highly of Azerbaijan's model.")
    passage = page.get_by_role("link", name="To the passage at the publisher").first
    assert (passage.get_attribute("href") or "").startswith(TREND)


@with_and_without_scripts
def test_the_same_by_searching_for_the_word(page: Page, look: Look) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("benchmark")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="benchmark", exact=True).click()
    claims = page.get_by_role("region", name="Claims")
    expect(claims).to_contain_text(BENCHMARK)
    expect(claims).to_contain_text("No other origin on record says the same.")
    expect(claims.get_by_role("link", name="To the passage at the publisher").first).to_be_visible()


@with_and_without_scripts
def test_the_evidence_of_a_fact_is_opened_beside_it(page: Page, look: Look) -> None:
    page.goto("/page/meeting/diaspora-7")
    facts = page.get_by_role("region", name="Facts")
    host = facts.get_by_role("definition").filter(has_text="Hungary").filter(has_text="so").first
    expect(host.get_by_text("Statement 25, Trend, 2 December")).not_to_be_visible()
    host.locator("summary").click()
    expect(host.get_by_text("reported fact").first).to_be_visible()


def test_the_iri_of_a_thing_is_marked_by_one_click(page: Page) -> None:
    page.goto("/page/state/hungary")
    page.get_by_text("https://w3id.org/otsgraph/id/state/hungary", exact=True).click()
    assert page.evaluate("getSelection().toString()") == "https://w3id.org/otsgraph/id/state/hungary"


def test_a_name_is_searched_for_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/queries")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "search":
            break
    page.keyboard.type("muradov")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Fuad Muradov", exact=True)).to_be_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto("/queries")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()


def test_a_value_that_does_not_fit_is_told_beside_its_control_with_what_may_be_meant(page: Page) -> None:
    page.goto("/queries/about?thing=Azerbaidjan")
    control = page.get_by_label("thing")
    expect(control).to_have_value("Azerbaidjan")
    expect(control).to_have_accessible_description(re.compile("Nothing is called Azerbaidjan. It takes"))
    page.get_by_role("link", name="Azerbaijan", exact=True).click()
    expect(page.get_by_role("table")).to_contain_text("Baku")


def test_a_question_without_an_answer_says_so_and_leads_on(page: Page) -> None:
    page.goto("/queries/said-by?speaker=Budapest")
    expect(page.get_by_text("No rows.")).to_be_visible()
    page.get_by_role("link", name="The question as it was first").click()
    expect(page.get_by_role("table")).to_be_visible()


def test_values_stay_when_evidence_is_asked_for(page: Page) -> None:
    page.goto("/queries/statements-in-text-order?voice=ots:ReportedFact")
    page.get_by_label("with who states it, and where").check()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_label("voice")).to_have_value("https://w3id.org/otsgraph/ontology#ReportedFact")
    expect(page.get_by_role("columnheader", name="evidence document")).to_be_visible()


def test_more_rows_than_a_page_holds_are_reached_by_its_links(page: Page) -> None:
    page.goto("/queries/statements-in-text-order")
    expect(page.get_by_text("Rows 1 to 100 of 111")).to_be_visible()
    page.get_by_role("link", name="More rows").click()
    expect(page.get_by_text("Rows 101 to 111 of 111")).to_be_visible()
    page.get_by_role("link", name="Rows before").click()
    expect(page.get_by_text("Rows 1 to 100 of 111")).to_be_visible()


@with_and_without_scripts
def test_a_question_is_changed_in_sparql_and_a_mistake_is_told_with_its_line(page: Page, look: Look) -> None:
    page.goto("/queries/represented-states")
    page.get_by_text("The query in SPARQL").click()
    page.get_by_role("link", name="Change it and ask").click()
    expect(page.get_by_role("table")).to_contain_text("state:hungary")
    page.get_by_text("Get this elsewhere").click()
    expect(page.get_by_label("In a shell")).to_contain_text(
        re.compile("^curl -H 'Accept: text/csv' 'http://127.0.0.1:[0-9]+/sparql")
    )
    page.get_by_label("Query").fill("SELECT *\n{ foo:bar ?p ?o }")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Unknown prefix foo:")).to_contain_text("(Line 2, column 3.)")
    expect(page.get_by_label("The line of the mistake")).to_have_text("{ foo:bar ?p ?o }")


@pytest.mark.parametrize("look", [pytest.param(PAPER, id="on paper")])
def test_on_paper_there_is_the_answer_and_nothing_to_click(page: Page, look: Look) -> None:
    page.goto("/queries/confirmed-by-origins")
    expect(page.get_by_role("table")).to_be_visible()
    for hidden in (
        page.get_by_role("navigation"),
        page.get_by_role("button", name="Ask"),
        page.get_by_text("Get this as"),
    ):
        expect(hidden).not_to_be_visible()


def test_every_address_on_the_pages_leads_somewhere(page: Page) -> None:
    """All links within the site, from the home page, the lists and a page of each kind."""
    seen: dict[str, int] = {}
    for address in (
        "/",
        "/queries",
        "/docs",
        "/search?q=hungary",
        "/queries/about",
        "/queries/who-says",
        "/queries/about?thing=x",
        "/page/meeting/diaspora-7",
        "/page/statement/trend-2025-12-02/048",
        "/page/document/kt-kz-1377984675",
        "/downloads",
    ):
        page.goto(address)
        for target in page.eval_on_selector_all(
            "a[href^='/']", "links => links.map(link => link.getAttribute('href'))"
        ):
            path = target.split("#")[0]
            if path and path not in seen:
                seen[path] = page.request.get(path, max_redirects=0).status
    assert len(seen) > 100
    assert {path: status for path, status in seen.items() if status not in (200, 303)} == {}


def test_the_home_page_is_small(open_page: OpenPage) -> None:
    page = open_page(LIGHT)
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto("/", wait_until="networkidle")
    assert 0 < sum(sizes) < 60_000
