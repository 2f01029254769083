"""A report of a small market, and Chromium to open it with: offline, and watched."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from reachline.publish.report import write_report
from tests.end_to_end.homes import Market
from tests.unit.publish.market_release import market_releases

SCREENSHOTS = Path(__file__).parents[2] / "data" / "report-screenshots"


@dataclass
class Watch:
    """What pages of a context said and asked for that they should not."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        page.on(
            "console",
            lambda said: (
                self.errors.append(f"{page.url}: {said.text}")
                if said.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        return page


@pytest.fixture(scope="session")
def report(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report."""
    folder = tmp_path_factory.mktemp("browser")
    releases = market_releases(market, folder)
    write_report(releases.database, folder / "report", releases.previous)
    return folder / "report"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("REACHLINE_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip(
            "NO BROWSER: the report was not opened. Install Debian's `chromium`, or say where one "
            "is in REACHLINE_CHROMIUM."
        )
    with sync_playwright() as playwright:
        # a container's root has no sandbox of its own; the pages are ours
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Return what watches the test's pages; at its end, none may have said or asked anything."""
    watched = Watch()
    yield watched
    assert not watched.errors
    assert not watched.requests


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, report: Path, watch: Watch) -> Iterator[Opened]:
    """Return what opens a new window on one of the report's pages."""
    contexts: list[BrowserContext] = []

    def refuse(route: Route) -> None:
        watch.requests.append(route.request.url)
        route.abort()

    def open_page(path: str, width: int = 1440, colours: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=colours,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.route(re.compile(r"^(?!file:|data:)"), refuse)
        page = watch.over(context.new_page())
        go(page, report / path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def go(page: Page, path: Path) -> None:
    """Open a page in a window, and wait until its charts are drawn."""
    page.goto(path.as_uri())
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_function(
        "[...document.querySelectorAll('.chart')].every(chart => 'drawn' in chart.dataset)"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any("pictures_to_look_at" in key for key in _ran(terminalreporter)):
        terminalreporter.write_line(f"pictures of the report to look at: {SCREENSHOTS}")


def _ran(terminalreporter: pytest.TerminalReporter) -> list[str]:
    return [done.nodeid for done in terminalreporter.getreports("passed")]
