"""What browser tests use: ways to have a page before one, what must not happen meanwhile, and rules for every page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    sync_playwright,
)

# Chromium asks for its maker's hosts by itself unless it is told not to; and no host but the loopback one has an address.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
)

ACCESSIBLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""The tags of axe's rules that pages keep: WCAG 2.2 on levels A and AA, and what axe holds to be good practice."""

TOO_WIDE = """() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const clips = element => element !== document.body && getComputedStyle(element).overflowX !== "visible";
    const clipped = element => element !== document.body && (clips(element) || clipped(element.parentElement));
    const right = element => {
        const content = document.createRange();
        content.selectNodeContents(element);
        const boxes = clips(element) ? [element] : [element, content];
        return Math.round(Math.max(...boxes.map(box => box.getBoundingClientRect().right)));
    };
    const wide = [...document.body.querySelectorAll("*")]
        .filter(element => right(element) > page.clientWidth && !clipped(element.parentElement))
        .filter((element, _, all) => ![...element.children].some(child => all.includes(child)))
        .map(element => `to ${right(element)} px: ${element.outerHTML.slice(0, 120)}`);
    return [`the page is ${page.scrollWidth} px wide, the window ${page.clientWidth} px`, ...wide];
}"""
"""What makes a page wider than its window: the innermost elements, but for those in a box that scrolls by itself."""

LIGHTNESS = """element => {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = getComputedStyle(element).color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / (3 * 255);
}"""


@dataclass(frozen=True)
class Look:
    """How a reader has a page before them; `width` is that of the window [CSS px]."""

    width: int = 1100
    color_scheme: Literal["light", "dark"] = "light"
    media: Literal["screen", "print"] = "screen"
    scripts: bool = True


LIGHT = Look()
DARK = Look(color_scheme="dark")
NARROW = Look(width=320)  # what a page of 1280 px has at 400 %: WCAG 2.2, 1.4.10
PAPER = Look(width=720, media="print")
SCRIPTLESS = Look(scripts=False)


@contextmanager
def running_browser(path: str, home: Path) -> Iterator[Browser]:
    """The Chromium at `path`; what it writes stays in `home`.

    Until it ends, this thread counts as one with a running event loop: no test in between can be a coroutine.
    """
    folders = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=QUIET, env={**os.environ, **dict.fromkeys(folders, str(home))}
        )
        try:
            yield browser
        finally:
            browser.close()


class Complaints:
    """What goes wrong in the pages of a context that only asks the server at `origin`.

    These are errors on the console, among them breaches of the Content Security Policy; exceptions in scripts; and
    requests to elsewhere.  That the page itself is an answer with an error status is no complaint.  A request for the
    icon of the page is seen only on the console, and only while no route is set: Playwright stops it otherwise.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self._origin = origin
        self._found: list[tuple[str, str]] = []
        self._error_pages: set[str] = set()
        context.on("console", self._said)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("weberror", lambda error: self._found.append(("", f"an exception in a script: {error.error}")))

    def __iter__(self) -> Iterator[str]:
        for address, what in self._found:
            if not (address in self._error_pages and what.startswith("Failed to load resource")):
                yield f"{what} ({address})" if address else what

    def taken(self) -> list[str]:
        """Those so far, which are forgotten."""
        found = list(self)
        self._found.clear()
        self._error_pages.clear()
        return found

    def _is_own(self, url: str) -> bool:
        return url.startswith((f"{self._origin}/", "data:", "blob:", "about:"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._found.append((message.location["url"], message.text))

    def _asked(self, request: Request) -> None:
        if not self._is_own(request.url):
            self._found.append((request.url, "a request that leaves the server"))

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status >= 400:
            self._error_pages.add(response.url)


@contextmanager
def opened(browser: Browser, origin: str, look: Look = LIGHT) -> Iterator[tuple[Page, Complaints]]:
    """An empty page for addresses relative to `origin`; the complaints are complete when the block has ended."""
    context = browser.new_context(
        base_url=origin,
        color_scheme=look.color_scheme,
        java_script_enabled=look.scripts,
        reduced_motion="reduce",
        service_workers="block",
        viewport={"width": look.width, "height": 800},
    )
    complaints = Complaints(context, origin)
    page = context.new_page()
    page.emulate_media(media=look.media)
    try:
        yield page, complaints
        page.title()  # an answer that comes after what the page has said so far
    finally:
        context.close()


def accessibility_faults(page: Page) -> list[str]:
    """A line for each element that breaks a rule of axe: the rule, the element, and what is wrong with it."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": ACCESSIBLE}}
    return [
        f"{broken['id']} ({broken['impact']}): {element['html']} – {element['failureSummary']}"
        for broken in Axe().run(page, options=options).response["violations"]
        for element in broken["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Needs scripts, which axe is."""
    faults = accessibility_faults(page)
    assert not faults, "\n".join(faults)


def assert_nothing_is_wider_than_the_window(page: Page) -> None:
    faults: list[str] = page.evaluate(TOO_WIDE)
    assert not faults, "\n".join(faults)


def lightness_of_text(element: Locator) -> float:
    """From 0 for black to 1 for white, in whatever words the style sheet gives the colour."""
    lightness: float = element.evaluate(LIGHTNESS)
    return lightness
