"""What the browser tests find by themselves in a page, and what they let pass."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from browser_testing import (
    LIGHT,
    NARROW,
    SCRIPTLESS,
    Look,
    accessibility_faults,
    assert_nothing_is_wider_than_the_window,
    opened,
)
from otsgraph_testing import Server

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'unsafe-inline'; img-src *; style-src 'self'"


def complaints_about(html: str, browser: Browser, server: Server, look: Look = LIGHT, status: int = 200) -> str:
    headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
    with opened(browser, server.url, look) as (page, complaints):
        page.route("**/made-up", lambda route: route.fulfill(status=status, headers=headers, body=html))
        page.goto("/made-up")
    return "\n".join(complaints)


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        pytest.param("<script>console.error('oh')</script>", "oh", id="an error on the console"),
        pytest.param("<script>throw Error('oh')</script>", "an exception in a script: oh", id="an exception"),
        pytest.param("<p style='color: red'>", "Content Security Policy", id="a breach of the policy"),
        pytest.param("<img src='http://localhost.example/a'>", "leaves the server", id="a request to elsewhere"),
        pytest.param("<img src='/queries/nothing'>", "404", id="a part that is missing"),
    ],
)
def test_a_page_is_found_to_have(html: str, complaint: str, browser: Browser, server: Server) -> None:
    assert complaint in complaints_about(html, browser, server)


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        pytest.param("<p style='color: red'>", "Content Security Policy", id="a breach of the policy"),
        pytest.param("<img src='http://localhost.example/a'>", "leaves the server", id="a request to elsewhere"),
    ],
)
def test_without_scripts_too_a_page_is_found_to_have(
    html: str, complaint: str, browser: Browser, server: Server
) -> None:
    assert complaint in complaints_about(html, browser, server, SCRIPTLESS)


@pytest.mark.parametrize(
    ("html", "status"),
    [
        pytest.param("<script>console.log('well')</script>", 200, id="what a script says that is no error"),
        pytest.param("<p>There is nothing here.", 404, id="a page that is itself an error"),
    ],
)
def test_no_complaint_is_made_about(html: str, status: int, browser: Browser, server: Server) -> None:
    assert complaints_about(html, browser, server, status=status) == ""


def test_a_fault_of_accessibility_names_rule_and_element(browser: Browser, server: Server) -> None:
    with opened(browser, server.url) as (page, _):
        page.set_content("<main><h1>A picture</h1><img src='data:,' class='odd'></main>")
        faults = accessibility_faults(page)
    assert any("image-alt" in fault and 'class="odd"' in fault for fault in faults)


def test_a_fault_of_width_names_what_is_wide_and_does_not_scroll_by_itself(browser: Browser, server: Server) -> None:
    wide = "<p class='odd' style='width: 400px'>odd</p>"
    with opened(browser, server.url, NARROW) as (page, _):
        page.set_content(f"<main>{wide}<div style='overflow: auto'><p class='even' style='width: 400px'>even</p></div>")
        with pytest.raises(AssertionError, match='wide, the window 320 px\nto 408 px: <p class="odd"') as raised:
            assert_nothing_is_wider_than_the_window(page)
    assert "even" not in str(raised.value)
