"""A report in another language in a browser: its words fit, and its scripts speak it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from reachline.languages import speaking
from reachline.publish.report import write_report
from tests.browser.conftest import Opened, go
from tests.browser.test_report_in_a_browser import kinds, violations
from tests.end_to_end.homes import Market
from tests.unit.publish.market_release import market_releases

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report in German: `opened` opens its pages."""
    folder = tmp_path_factory.mktemp("german")
    releases = market_releases(market, folder)
    with speaking("de"):
        write_report(releases.database, folder / "report", releases.previous)
    return folder / "report"


def test_longer_words_fit(report: Path, opened: Opened) -> None:
    for width in (1440, 390):
        page = opened("index.html", width=width)
        for path in kinds(report):
            go(page, report / path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide"


def test_axe_finds_nothing(report: Path, opened: Opened) -> None:
    page = opened("index.html", width=390)
    for path in ("index.html", "campaigns.html", "quality.html"):
        go(page, report / path)
        assert violations(page) == [], path


def test_tables_are_used_in_german(opened: Opened) -> None:
    page = opened("creators.html")
    expect(page.get_by_label("Farben")).to_have_value("")
    page.get_by_role("searchbox", name="Filter: Konten des Rosters").fill("youtube")
    expect(page.get_by_role("status").filter(has_text="Zeilen").first).to_be_visible()
    page.get_by_role("button", name="Sortieren nach Handle").first.click()
    expect(page.get_by_role("button", name="Kopieren: Konten des Rosters")).to_be_visible()


def test_sums_are_written_as_their_figures(report: Path, opened: Opened) -> None:
    campaign = max((report / "campaign").iterdir(), key=lambda path: path.stat().st_size)
    page = opened(f"campaign/{campaign.name}")
    page.locator("details.fold summary", has_text="Zeilen zeigen").last.wait_for()
    fold = page.locator("details.fold:has(#daily)")
    fold.locator("summary").first.click()
    rows = page.locator("#daily tbody tr")
    days = rows.locator("time").evaluate_all("all => all.map(one => one.dateTime).sort()")
    page.get_by_label("Von: Jeder Tag").fill(days[-3])
    sums = page.locator("#daily tfoot tr").first
    expect(sums.locator("th")).to_have_text("Diese 3 Tage")
    place = page.locator("#daily thead th").evaluate_all(
        "heads => heads.findIndex(head => head.dataset.column === 'cost')"
    )
    values = page.locator("#daily tbody tr:visible").evaluate_all(
        "(rows, place) => rows.map(row => Number(row.cells[place].dataset.value || 0))", place
    )
    written = f"{sum(values):,.2f}".translate(str.maketrans(",.", ".,"))
    assert sums.locator("td").nth(place - 1).inner_text() == written


def test_a_figure_explains_itself_in_german(opened: Opened) -> None:
    page = opened("campaigns.html")
    page.locator("#returned th[data-column=roi] a").focus()
    page.keyboard.press("ArrowDown")
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("(Zugeordneter Gewinn − Zugesagte Kosten) ÷ Zugesagte Kosten")
    expect(tip).to_contain_text("Stand 2. März 2026")


def test_a_chart_has_the_days_of_the_language(opened: Opened) -> None:
    page = opened("index.html")
    chart = page.locator("[data-chart=trend_revenue]")
    expect(chart.locator("text", has_text="März").first).to_be_attached()
    expect(chart.locator("text", has_text="Mar")).to_have_count(0)
