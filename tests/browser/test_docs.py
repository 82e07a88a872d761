"""/docs: every address can be tried in the browser, with nothing from elsewhere and within the page's own policy."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from browser_testing import DARK, LIGHT, NARROW, Look, lightness_of_text

pytestmark = pytest.mark.browser

TAG, OPERATION = "#operations-tag-facts", "[id^='operations-facts-queries'][id$='about']"


def opened(page: Page, address: str = "/docs") -> None:
    page.goto(address)
    page.locator(f"{TAG} button").click()
    page.locator(f"{OPERATION} button.opblock-summary-control").click()


def test_a_saved_query_is_tried_out_and_its_answer_is_shown(page: Page) -> None:
    opened(page)
    operation = page.locator(OPERATION)
    operation.get_by_placeholder("per_page").fill("2")
    with page.expect_response(lambda response: "/queries/about?" in response.url) as asked:
        operation.get_by_role("button", name="Execute").click()
    assert asked.value.status == 200
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    body = operation.locator(".live-responses-table .highlight-code").first
    expect(body).to_contain_text('"bindings"')
    shown = body.inner_text()
    assert len(json.loads(shown[shown.index("{") : shown.rindex("}") + 1])["results"]["bindings"]) == 2


def test_a_mistake_is_shown_as_the_problem_that_it_is(page: Page) -> None:
    opened(page)
    operation = page.locator(OPERATION)
    operation.get_by_placeholder("thing").fill("Hungry")
    # the browser says on the console that an answer was an error, which is not a fault of the page
    page.route("**/queries/about?*", lambda route: route.fulfill(response=route.fetch(), status=200))
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("Nothing is called `Hungry`")


def test_operations_are_filtered_by_tag(page: Page) -> None:
    page.goto("/docs")
    page.get_by_placeholder("Filter by tag or path").fill("meeting")
    expect(page.locator("#operations-tag-meeting")).to_be_visible()
    expect(page.locator(TAG)).not_to_be_visible()


@pytest.mark.parametrize("look", [pytest.param(DARK, id="dark")])
def test_readers_who_want_dark_pages_have_the_operations_dark_too(page: Page, look: Look) -> None:
    page.goto("/docs")
    assert lightness_of_text(page.locator(TAG)) > 0.5


@pytest.mark.parametrize("look", [pytest.param(LIGHT, id="wide"), pytest.param(NARROW, id="320 px")])
def test_the_page_says_how_to_ask_before_what_can_be_tried(page: Page, look: Look) -> None:
    page.goto("/docs")
    expect(page.get_by_role("main")).to_contain_text("curl")
    expect(page.get_by_role("region", name=re.compile("to try"))).to_contain_text("SPARQL")
