"""Fixtures of the browser tests: Chromium, and pages of the server in which nothing may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect

from browser_testing import LIGHT, Complaints, Look, opened, running_browser
from otsgraph_testing import Server

# a busy machine is no fault of the pages [ms]
expect.set_options(timeout=20_000)

OpenPage: TypeAlias = Callable[[Look], Page]


# Not of the session, since coroutines of other folders' tests cannot run meanwhile.
@pytest.fixture(scope="package")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, with a home of its own."""
    with running_browser(chromium, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Opens empty pages, each in a context of its own.  The test fails at its end if anything went wrong in one."""
    watched: list[Complaints] = []
    with ExitStack() as stack:

        def open_one(look: Look) -> Page:
            page, complaints = stack.enter_context(opened(browser, server.url, look))
            watched.append(complaints)
            return page

        yield open_one
    fail_for(complaint for complaints in watched for complaint in complaints)


def fail_for(complaints: Iterable[str]) -> None:
    if found := list(complaints):
        pytest.fail("in the browser:\n" + "\n".join(found), pytrace=False)


@pytest.fixture(scope="package")
def kept_pages(browser: Browser, server: Server) -> Iterator[dict[Look, tuple[Page, Complaints]]]:
    """Pages that stay open for the tests that only read: opening one takes longer than reading it."""
    with ExitStack() as stack:

        class Kept(dict[Look, tuple[Page, Complaints]]):
            def __missing__(self, look: Look) -> tuple[Page, Complaints]:
                return self.setdefault(look, stack.enter_context(opened(browser, server.url, look)))

        yield Kept()


@pytest.fixture
def read_page(kept_pages: dict[Look, tuple[Page, Complaints]]) -> Iterator[OpenPage]:
    """As `open_page`, but the page may have shown others before: one for each look."""
    watched: list[tuple[Page, Complaints]] = []

    def read_one(look: Look) -> Page:
        page, complaints = kept_pages[look]
        watched.append((page, complaints))
        return page

    yield read_one
    for page, _ in watched:
        page.title()  # an answer that comes after what the page has said so far
    fail_for(complaint for _, complaints in watched for complaint in complaints.taken())


@pytest.fixture
def look() -> Look:
    """How `page` is seen; a test that wants another one has a parameter of this name."""
    return LIGHT


@pytest.fixture
def page(open_page: OpenPage, look: Look) -> Page:
    """An empty page for the server's addresses."""
    return open_page(look)
