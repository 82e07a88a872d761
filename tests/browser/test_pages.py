"""Every page, for every reader: accessible, whole on a narrow screen, without scripts and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser_testing import (
    DARK,
    LIGHT,
    NARROW,
    PAPER,
    SCRIPTLESS,
    Look,
    assert_accessible,
    assert_nothing_is_wider_than_the_window,
    lightness_of_text,
)

from .conftest import OpenPage

pytestmark = pytest.mark.browser

PAGES = [
    pytest.param("/", id="home"),
    pytest.param("/queries", id="the list of questions"),
    pytest.param("/queries/represented-states", id="a question and its answer"),
    pytest.param("/queries/statements-in-text-order?voice=ots:ReportedFact&evidence=1", id="an answer with evidence"),
    pytest.param("/queries/series-timeline", id="an answer with a timeline"),
    pytest.param("/queries/statements-by-document", id="an answer with bars"),
    pytest.param("/queries/places-on-a-map", id="an answer with a map"),
    pytest.param("/queries/statement-in-full", id="an answer that is a graph"),
    pytest.param("/queries/about?thing=Hungry", id="a value that does not fit"),
    pytest.param("/queries/said-by?speaker=Budapest", id="a question without an answer"),
    pytest.param("/search?q=macar", id="what a search finds"),
    pytest.param("/search?q=Hungry", id="a search that finds similar names"),
    pytest.param("/search?q=qqqq", id="a search that finds nothing"),
    pytest.param("/search", id="the search"),
    pytest.param("/page/meeting/diaspora-7", id="a meeting"),
    pytest.param("/page/state/hungary", id="a state"),
    pytest.param("/page/person/fuad-muradov", id="a person"),
    pytest.param("/page/quality/benchmark", id="what only claims are about"),
    pytest.param("/page/statement/trend-2025-12-02/048", id="a statement of a document"),
    pytest.param("/page/statement/links/001", id="a reference fact"),
    pytest.param("/page/quotation/trend-2025-12-02/2", id="what no fact is about"),
    pytest.param("/page/graph/trend-2025-12-02", id="a named graph"),
    pytest.param("/id/state/hungry", id="an IRI that nobody has given"),
    pytest.param("/page/document/trend-2025-12-02", id="a source document"),
    pytest.param("/page/document/kt-kz-1377984675", id="a source document without positions"),
    pytest.param("/docs", id="the API for people"),
    pytest.param("/downloads", id="the downloads"),
    pytest.param("/ontology", id="the ontology"),
    pytest.param("/sparql", id="the endpoint"),
    pytest.param(
        "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%203", id="an answer of the endpoint"
    ),
    pytest.param("/sparql?query=SELECT%20*%20%7B%20foo%3Abar%20%3Fp%20%3Fo%20%7D", id="a mistake in a query"),
    pytest.param("/queries/nothing", id="an address where nothing is"),
]
"""An address of each kind of page."""


@pytest.fixture
def page(read_page: OpenPage, look: Look) -> Page:
    """A page that may have shown other addresses before."""
    return read_page(look)


every_page = pytest.mark.parametrize("address", PAGES)


@every_page
def test_a_page_opens_without_a_complaint_from_the_browser(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle")
    expect(page.get_by_role("main")).to_be_visible()


@every_page
@pytest.mark.parametrize(
    "look",
    [
        pytest.param(LIGHT, id="in light colours"),
        pytest.param(DARK, id="in dark colours"),
        pytest.param(NARROW, id="on a narrow screen"),
    ],
)
def test_a_page_is_accessible(page: Page, address: str, look: Look) -> None:
    page.goto(address)
    assert_accessible(page)


@every_page
@pytest.mark.parametrize("look", [pytest.param(NARROW, id="320 px")])
def test_a_page_is_read_without_scrolling_sideways(page: Page, address: str, look: Look) -> None:
    page.goto(address)
    assert_nothing_is_wider_than_the_window(page)


@every_page
@pytest.mark.parametrize("look", [pytest.param(DARK, id="dark")])
def test_the_text_is_light_for_readers_who_want_dark_pages(page: Page, address: str, look: Look) -> None:
    page.goto(address)
    assert lightness_of_text(page.locator("body")) > 0.5


def main_text(page: Page, address: str) -> str:
    """What the page says outside of forms, in which a script may put better ones."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('form').forEach(form => form.remove())")
    return page.get_by_role("main").inner_text()


@every_page
def test_a_page_says_the_same_without_scripts(read_page: OpenPage, address: str) -> None:
    assert main_text(read_page(SCRIPTLESS), address) == main_text(read_page(LIGHT), address)


@every_page
@pytest.mark.parametrize("look", [pytest.param(PAPER, id="print")])
def test_on_paper_there_is_neither_navigation_nor_form(page: Page, address: str, look: Look) -> None:
    page.goto(address)
    assert page.locator("nav, form").filter(visible=True).evaluate_all("them => them.map(e => e.outerHTML)") == []
