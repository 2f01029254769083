"""The report as people meet it: in a browser, from disk, with a mouse, a keyboard or a reader."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS, Opened, Watch, drawn, go

pytestmark = pytest.mark.slow

AREAS = (
    "index.html",
    "needs.html",
    "bookings.html",
    "campaigns.html",
    "creators.html",
    "shortlists.html",
    "voice.html",
    "hashtags.html",
    "tiers.html",
    "works.html",
    "outreach.html",
    "quality.html",
    "definitions.html",
)


def kinds(report: Path) -> list[str]:
    """Return a page of each kind: every area, orders, a campaign, a creator and a shortlist.

    Of these the fullest but four: the fullest of all hold texts of 5,000 characters.
    """
    chosen = []
    for folder in ("orders", "campaign", "creator", "shortlist"):
        by_size = sorted((report / folder).iterdir(), key=lambda path: path.stat().st_size)
        chosen.append(by_size[max(0, len(by_size) - 5)])
    return [*AREAS, *(str(path.relative_to(report)) for path in chosen)]


def test_every_page_opens_from_disk_without_an_error_or_a_request(
    report: Path, opened: Opened, watch: Watch
) -> None:
    page = opened("index.html")
    paths = sorted(report.rglob("*.html"))
    assert len(paths) > 60
    charts = 0
    for path in paths:
        go(page, path)
        assert page.locator("h1").inner_text().strip()
        assert page.evaluate("window.hurt") is None, f"{path.name} ran a text from outside"
        for chart in page.locator(".chart:visible").all():
            assert chart.locator("svg path, svg line, svg rect").count() > 3, path.name
            charts += 1
    assert charts > 60
    assert not watch.errors
    assert not watch.requests


def test_what_a_page_asks_of_the_internet_is_seen(opened: Opened, watch: Watch) -> None:
    page = opened("index.html")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://a.example/x'}))")
    page.wait_for_timeout(200)
    seen = watch.errors + watch.requests
    assert any("a.example" in text for text in seen), "the policy refuses it, and says so"
    watch.errors.clear()
    watch.requests.clear()


def column(page: Page, table: str, name: str) -> list[str | None]:
    """Return the exact values of a column's visible cells, from top to bottom."""
    values: list[str | None] = page.evaluate(
        """([table, name]) => {
            const found = document.getElementById(table);
            const heads = [...found.tHead.rows[0].cells];
            const place = heads.findIndex(head => head.dataset.column === name);
            return [...found.tBodies[0].rows]
                .filter(row => row.checkVisibility())
                .map(row => row.cells[place].dataset.value ?? null);
        }""",
        [table, name],
    )
    return values


def test_a_table_is_sorted_by_keyboard_with_the_unknown_last(opened: Opened) -> None:
    page = opened("creators.html")
    header = page.locator("#scorecards th[data-column=er_views_pooled]")
    button = header.get_by_role("button", name="Sort by Rate by views")
    as_written = column(page, "scorecards", "er_views_pooled")
    known = sorted(float(value) for value in as_written if value is not None)
    assert len(set(known)) > 5
    assert None in as_written
    button.focus()
    for turn, expected in (("descending", known[::-1]), ("ascending", known)):
        page.keyboard.press("Enter")
        expect(header).to_have_attribute("aria-sort", turn)
        values = column(page, "scorecards", "er_views_pooled")
        assert [float(value) for value in values if value is not None] == expected
        assert all(value is None for value in values[len(known) :])
    names = page.locator("#scorecards th[data-column=creator_name]")
    names.get_by_role("button").press("Space")
    expect(names).to_have_attribute("aria-sort", "ascending")
    assert page.locator("#scorecards th[aria-sort]").count() == 1


def test_a_table_is_searched_by_keyboard(opened: Opened) -> None:
    page = opened("creators.html")
    rows = page.locator("#scorecards tbody tr")
    everything = rows.count()
    box = page.get_by_role("searchbox", name="Filter: Accounts of the roster")
    box.focus()
    page.keyboard.type("Mastodon MICRO")
    status = page.locator(".tools [role=status]").first
    expect(status).to_contain_text("rows")
    visible = page.locator("#scorecards tbody tr:visible")
    assert 0 < visible.count() < everything
    assert status.inner_text() == f"{visible.count()} rows"
    for row in visible.all():
        text = row.inner_text().lower()
        assert "mastodon" in text
        assert "micro" in text
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert visible.count() == everything


def test_the_method_of_attribution_is_switched_and_remembered(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    revenue = page.locator("dl.stats dd[data-column=attributed_revenue]:visible")
    by_default = column(page, "money-by-campaign", "attributed_revenue")
    rows = page.locator("#money-by-campaign tbody tr")
    of_rows = rows.evaluate_all("rows => rows.flatMap(row => row.dataset.method.split(' '))")
    assert len(set(of_rows)) == 7
    chart = page.locator("[data-chart=money_by_campaign]")
    before = chart.inner_html()
    page.get_by_label("Attribution").focus()
    page.keyboard.type("First")
    expect(page.get_by_label("Attribution")).to_have_value("first_touch")
    page.wait_for_function(
        "before => document.querySelector('[data-chart=money_by_campaign]').innerHTML !== before",
        arg=before,
    )
    assert revenue.count() == 1
    page.emulate_media(media="print")
    expect(page.locator(".by-method span:visible")).to_have_text(["First touch"])
    page.emulate_media(media="screen")
    assert column(page, "money-by-campaign", "attributed_revenue") != by_default
    shown = page.locator("#money-by-campaign tbody tr:visible")
    assert shown.count() * 7 == len(of_rows)
    assert all("first_touch" in methods for methods in methods_of(shown))
    campaign = next(iter(sorted((report / "campaign").iterdir())))
    go(page, campaign)
    expect(page.get_by_label("Attribution")).to_have_value("first_touch")
    there = page.locator("#collaborations tbody tr:visible")
    assert there.count() > 3
    assert all("first_touch" in methods for methods in methods_of(there))


def methods_of(rows: Locator) -> list[list[str]]:
    """Return the methods of attribution by which each of the rows says the same."""
    found: list[list[str]] = rows.evaluate_all(
        "rows => rows.map(row => row.dataset.method.split(' '))"
    )
    return found


def test_colours_follow_the_system_until_they_are_chosen(report: Path, opened: Opened) -> None:
    def paper(page: Page) -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light, dark = paper(opened("index.html")), paper(opened("index.html", colours="dark"))
    assert light != dark
    page = opened("index.html", colours="dark")
    page.get_by_label("Colours").select_option("light")
    assert paper(page) == light
    go(page, report / "tiers.html")
    assert paper(page) == light, "the choice is remembered"
    page.get_by_label("Colours").select_option("")
    assert paper(page) == dark


def test_links_work_by_keyboard(opened: Opened) -> None:
    page = opened("index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Campaigns").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Campaigns")
    expect(page.get_by_role("link", name="Campaigns")).to_have_attribute("aria-current", "page")
    page.locator("#returned th a", has_text="ROAS").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Definitions")
    expect(page.locator(":target")).to_be_in_viewport()
    expect(page.locator(":target")).to_contain_text("attributed_revenue / cost_committed")
    page.go_back()
    page.locator("#pacing tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Campaigns").last).to_be_visible()
    page.locator("#collaborations tbody a").first.press("Enter")
    expect(page.locator("#scorecard")).to_be_visible()


def test_the_whole_of_a_long_text_and_a_folded_table_open_by_keyboard(
    report: Path, opened: Opened
) -> None:
    longest = max((report / "creator").iterdir(), key=lambda path: path.stat().st_size)
    page = opened(str(longest.relative_to(report)))
    for whole in (
        page.locator("main > details.full"),
        page.locator("#latest td details.full:visible").first,
    ):
        expect(whole.locator("p")).to_be_hidden()
        whole.locator("summary").press("Enter")
        expect(whole.locator("p")).to_be_visible()
        expect(whole.locator("p")).to_contain_text("the end")
    fold = page.locator("details.fold").first
    expect(fold.locator("table")).to_be_hidden()
    fold.locator("summary").first.press("Enter")
    expect(fold.locator("table")).to_be_visible()


def test_no_page_is_wider_than_a_phone(report: Path, opened: Opened) -> None:
    page = opened("index.html", width=360)
    for path in kinds(report):
        go(page, report / path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path} is {wide} px wide"
        for region in page.locator(".scroll:visible").all()[:5]:
            assert region.get_attribute("tabindex") == "0"
            assert region.get_attribute("aria-labelledby")


def test_printed_pages_are_light_and_whole(report: Path, opened: Opened) -> None:
    page = opened(kinds(report)[-2], colours="dark")
    page.get_by_label("Colours").select_option("dark")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.get_by_label("Colours")).to_be_hidden()
    expect(page.locator("#followers")).to_be_visible()
    assert printed_pages(page) > 1


def printed_pages(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def test_a_campaign_is_printed_on_one_page(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    campaigns = sorted((report / "campaign").iterdir())
    assert len(campaigns) > 5
    for campaign in campaigns:
        go(page, campaign)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert printed_pages(page) == 1, campaign.name
    page.emulate_media(media="print")
    expect(page.locator("#best, #short-title").last).to_be_visible()
    expect(page.locator("#collaborations")).to_be_hidden()


def violations(page: Page) -> list[str]:
    """Return what axe finds, of whatever weight."""
    found: list[dict[str, Any]] = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{one['id']} ({one['impact']}), {len(one['nodes'])}: {one['nodes'][0]['html'][:200]}"
        for one in found
    ]


ALL_LOOKS = [(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")]


def test_axe_finds_nothing(report: Path, opened: Opened) -> None:
    # five pages, each in one look; `long` has every page in all of them
    campaign, creator, shortlist = kinds(report)[-3:]
    for place, path in enumerate((campaign, creator, "index.html", shortlist, "works.html")):
        page = opened(path, *ALL_LOOKS[place % len(ALL_LOOKS)])
        assert violations(page) == [], path


@pytest.mark.long
@pytest.mark.parametrize(("width", "colours"), ALL_LOOKS)
def test_axe_finds_nothing_in_any_look(
    report: Path, opened: Opened, width: int, colours: str
) -> None:
    page = opened("index.html", width, colours)
    for path in kinds(report):
        go(page, report / path)
        assert violations(page) == [], path


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("document.querySelector('#method').parentElement.replaceWith(method)", "select-name"),
        (
            "document.querySelector('.lead, p').textContent = 'pale';"
            "document.querySelector('.masthead').style.color = '#ccc';"
            "document.querySelector('.asof').style.color = '#ccc'",
            "color-contrast",
        ),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    ],
)
def test_axe_sees_what_is_broken(opened: Opened, spoil: str, rule: str) -> None:
    page = opened("index.html")
    page.evaluate(f"const method = document.getElementById('method'); {spoil}")
    assert any(text.startswith(rule) for text in violations(page))


@pytest.mark.long
@pytest.mark.parametrize("look", ["1440", "390", "dark", "print", "greyscale"])
def test_pictures_to_look_at(report: Path, opened: Opened, look: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = opened(
        "index.html", 390 if look == "390" else 1440, "dark" if look == "dark" else "light"
    )
    if look == "print":
        page.emulate_media(media="print")
    if look == "greyscale":
        eyes = page.context.new_cdp_session(page)
        eyes.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    for path in kinds(report):
        go(page, report / path)
        drawn(page)
        picture = SCREENSHOTS / f"{path.split('/')[0].removesuffix('.html')}-{look}.png"
        whole = page.evaluate("document.documentElement.scrollHeight") < 12_000
        picture.unlink(missing_ok=True)
        page.screenshot(path=picture, full_page=whole)
        assert picture.stat().st_size > 5_000
        colour = colour_of(page, picture)
        if look == "greyscale":
            assert colour <= 2
        elif look != "print":
            assert colour > 2


def colour_of(page: Page, picture: Path) -> int:
    """Return by how much red, green and blue of a picture's points differ at most, 0 to 255."""
    found: int = page.evaluate(
        """async png => {
            const bytes = Uint8Array.from(atob(png), letter => letter.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const canvas = new OffscreenCanvas(image.width, Math.min(image.height, 4000));
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            let most = 0;
            for (let i = 0; i < data.length; i += 4) {
                const point = [data[i], data[i + 1], data[i + 2]];
                most = Math.max(most, Math.max(...point) - Math.min(...point));
            }
            return most;
        }""",
        base64.b64encode(picture.read_bytes()).decode(),
    )
    return found


def test_without_scripts_each_figure_is_there_once(
    report: Path, browser: Browser, watch: Watch
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = watch.over(context.new_page())
        page.goto((report / "index.html").as_uri())
        expect(page.locator("dl.stats dd[data-column=attributed_revenue]:visible")).to_have_count(1)
        rows = page.locator("#money-by-campaign tbody tr")
        visible = page.locator("#money-by-campaign tbody tr:visible").count()
        assert sum(len(methods) for methods in methods_of(rows)) == 7 * visible
        expect(page.locator("figure:visible")).to_have_count(0)
        expect(page.locator(".controls")).to_be_hidden()
        expect(page.locator(".by-method span:visible")).to_have_text(["Code, then click"])
