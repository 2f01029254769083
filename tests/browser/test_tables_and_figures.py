"""What people do with the report's tables and figures, by mouse, keyboard and touch."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Opened, Watch, drawn, go
from tests.browser.test_report_in_a_browser import violations

pytestmark = pytest.mark.slow


def shown(page: Page, table: str) -> list[str]:
    """Return the keys of a table's visible rows, from top to bottom."""
    keys: list[str] = page.locator(f"#{table} tbody tr").evaluate_all(
        "rows => rows.filter(row => row.checkVisibility()).map(row => row.dataset.key)"
    )
    return keys


def sought(page: Page) -> None:
    """Filter, sort and hide a column of the accounts."""
    page.get_by_role("searchbox", name="Filter: Accounts of the roster").fill("mastodon")
    page.locator("#scorecards th[data-column=followers]").get_by_role("button").click()
    page.locator("#scorecards th[data-column=followers]").get_by_role("button").click()
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_role("group", name="Columns: Accounts").get_by_label("Tier").uncheck()


def test_what_was_sought_survives_reload_back_and_is_sent_as_a_link(opened: Opened) -> None:
    page = opened("creators.html")
    everything = shown(page, "scorecards")
    sought(page)
    found = shown(page, "scorecards")
    assert 1 < len(found) < len(everything)
    address = page.url
    for again in ("reload", "back", "link"):
        if again == "reload":
            page.reload()
        elif again == "back":
            page.locator("#scorecards tbody tr:visible a").first.click()
            expect(page.locator("#scorecard")).to_be_visible()
            page.go_back()
        else:
            page = opened("index.html")
            page.goto(address)
        expect(page.locator("#scorecards th[data-column=tier][hidden]")).to_have_count(1)
        assert shown(page, "scorecards") == found, again
        expect(page.locator("#scorecards th[data-column=followers]")).to_have_attribute(
            "aria-sort", "ascending"
        )
        box = page.get_by_role("searchbox", name="Filter: Accounts of the roster")
        expect(box).to_have_value("mastodon")


def test_the_way_back_by_its_links_keeps_what_was_sought(opened: Opened) -> None:
    page = opened("creators.html")
    sought(page)
    found = shown(page, "scorecards")
    page.locator("#scorecards tbody tr:visible a").first.click()
    page.locator(".crumbs a").click()
    expect(page.locator("#scorecards th[data-column=tier][hidden]")).to_have_count(1)
    assert shown(page, "scorecards") == found


def test_a_voice_leads_to_the_posts_of_its_week(opened: Opened) -> None:
    page = opened("voice.html")
    link = page.locator("table a[href*='#~posts-']").first
    name, _, week = (link.get_attribute("href") or "").partition("#~")[2].partition(".q=")
    rows = page.locator(f"#{name} tbody tr")
    of_week = page.locator(f"#{name} tbody tr:has(th:text-is('{week}'))").count()
    assert 0 < of_week < rows.count()
    expect(rows.first).not_to_be_visible()
    link.click()
    expect(page.locator(f"#{name} tbody tr:visible")).to_have_count(of_week)
    expect(page.locator(f"#{name}")).to_be_in_viewport()


def test_nothing_is_sought_that_is_not_there(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    page.goto(
        (report / "creators.html").as_uri() + "#~scorecards.sort=no_such&scorecards.hide=x,y&z=1"
    )
    drawn(page)
    assert len(shown(page, "scorecards")) > 10
    assert page.locator("#scorecards th[hidden]").count() == 0


FRAMES = {
    "https://www.instagram.com/p/AB_1-c/": "https://www.instagram.com/p/AB_1-c/embed/",
    "https://www.instagram.com/anna/reel/AB1/?igsh=x": "https://www.instagram.com/reel/AB1/embed/",
    "https://www.tiktok.com/@anna/video/7310": "https://www.tiktok.com/player/v1/7310",
    "https://twitter.com/anna/status/18?s=20": (
        "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=18"
    ),
    "https://bsky.app/profile/did:plc:ab/post/3l2": (
        "https://embed.bsky.app/embed/did:plc:ab/app.bsky.feed.post/3l2"
    ),
    "https://www.threads.com/@anna.b/post/D-x": "https://www.threads.net/@anna.b/post/D-x/embed",
    "https://old.reddit.com/r/coffee/comments/1a/best_one/": (
        "https://embed.reddit.com/r/coffee/comments/1a/best_one/"
    ),
    # a page from a disk has no address that YouTube could know, a handle is none of Bluesky's
    # frames, and nobody knows Mastodon's servers before
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ": "",
    "https://bsky.app/profile/anna.bsky.social/post/3l2": "",
    "https://social.example/@anna/11": "",
    "https://instagram.com.evil.example/p/AB1/": "",
    # which no browser can read
    "https://[www.instagram.com/p/AB1/": "",
}
"""A post's address, and that of its frame where there is one."""


def test_a_post_is_shown_by_its_platform_at_a_click_and_not_before(
    report: Path, opened: Opened, watch: Watch, tmp_path: Path
) -> None:
    page = opened("index.html")
    texts = [path.read_text("utf-8") for path in sorted((report / "creator").iterdir())]
    text = max(texts, key=lambda text: text.count('class="out"'))
    (tmp_path / "creator").mkdir()
    shutil.copytree(report / "assets", tmp_path / "assets")
    there = list(dict.fromkeys(re.findall(r'class="out" href="([^"]+)"', text)))
    assert len(there) >= len(FRAMES)
    for was, address in zip(there, FRAMES, strict=False):
        text = text.replace(f'href="{was}"', f'href="{html.escape(address)}"')
    copy = tmp_path / "creator" / "anna.html"
    copy.write_text(text, "utf-8")
    go(page, copy)
    for address, frame in FRAMES.items():
        cell = page.locator("td", has=page.locator(f'a.out[href="{address}"]')).first
        if not frame:
            assert cell.get_by_role("button").count() == 0, address
            continue
        assert not watch.requests, "nothing was asked for"
        button = cell.get_by_role("button", name="Show the post here")
        button.press("Enter")
        expect(cell.locator("iframe")).to_have_attribute("src", frame)
        cell.locator("iframe").scroll_into_view_if_needed()
        expect(button).to_have_attribute("aria-expanded", "true")
        for _ in range(50):
            if watch.requests:
                break
            page.wait_for_timeout(100)
        assert any(frame in asked for asked in watch.requests), f"{frame}: {watch.errors}"
        assert not any("Content Security" in said for said in watch.errors), watch.errors
        button.press("Enter")
        expect(cell.locator("iframe")).to_have_count(0)
        watch.requests.clear()
        watch.errors.clear()


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE, GONE = "https://cdn.acme.example/a/1.png?x=1&y=2", "https://cdn.acme.example/gone.png"


def test_a_picture_is_asked_for_at_a_click_and_not_before(
    report: Path, opened: Opened, watch: Watch, tmp_path: Path
) -> None:
    """Of its host alone, without an address of this page; what is not shown says why."""
    page = opened("index.html")
    texts = [path.read_text("utf-8") for path in sorted((report / "creator").iterdir())]
    text = max(texts, key=lambda text: text.count('class="out"'))
    (tmp_path / "creator").mkdir()
    shutil.copytree(report / "assets", tmp_path / "assets")
    for address in (PICTURE, GONE):
        marked = f'<span dir="auto" data-picture="{html.escape(address)}">'
        text = text.replace('<td class=t><span dir="auto">', f"<td class=t>{marked}", 1)
    text = text.replace("img-src 'self' data:;", "img-src 'self' data: https://cdn.acme.example;")
    copy = tmp_path / "creator" / "anna.html"
    copy.write_text(text, "utf-8")
    asked: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        asked.append({"url": route.request.url, **route.request.headers})
        if route.request.url == PICTURE:
            route.fulfill(body=PIXEL, content_type="image/png")
        else:
            route.fulfill(status=404, body="")

    page.route("https://cdn.acme.example/**", answer)
    go(page, copy)
    shown, gone = (
        page.locator("td", has=page.locator(f'[data-picture="{address}"]'))
        for address in (PICTURE, GONE)
    )
    button = shown.get_by_role("button", name="Show the picture here")
    assert not asked
    button.press("Enter")
    picture = shown.get_by_role("img", name="The picture of the post")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") == 1
    expect(button).to_have_attribute("aria-expanded", "true")
    assert [(one["url"], one.get("referer")) for one in asked] == [(PICTURE, None)]
    assert violations(page) == []
    button.press("Enter")
    expect(picture).to_have_count(0)
    gone.get_by_role("button", name="Show the picture here").press("Enter")
    expect(gone.get_by_role("status")).to_contain_text("cdn.acme.example does not show the picture")
    watch.errors.clear()  # of the picture that is gone
    assert not watch.requests


def days_of(page: Page, table: str) -> list[str]:
    """Return the first column of a table's visible rows, from top to bottom."""
    found: list[str] = page.locator(f"#{table} tbody tr").evaluate_all(
        "rows => rows.filter(row => !row.classList.contains('outside'))"
        ".map(row => row.querySelector('time').dateTime)"
    )
    return found


def test_days_are_chosen_and_summed_beside_as_many_before(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    for path in sorted((report / "campaign").glob("*.html")):
        go(page, path)
        if page.locator("#daily tbody tr").count() > 20:
            break
    everything = days_of(page, "daily")
    assert len(everything) > 20
    page.locator("details.fold", has=page.locator("#daily")).locator("summary").first.click()
    first, last = everything[9], everything[3]
    page.get_by_label("From: Each day").fill(first)
    page.get_by_label("to: Each day").fill(last)
    for again in ("chosen", "reload"):
        if again == "reload":
            page.reload()
            drawn(page)
        expect(page.locator("#daily tbody tr:visible")).to_have_count(7)
        assert days_of(page, "daily") == everything[3:10], again
        sums = page.locator("#daily tfoot tr")
        assert [row.locator("th").inner_text() for row in sums.all()] == [
            "These 7 days",
            "The 7 before",
        ]
        place = page.locator("#daily thead th").evaluate_all(
            "heads => heads.findIndex(head => head.dataset.column === 'attributed_revenue')"
        )
        for row, those in zip(sums.all(), (everything[3:10], everything[10:17]), strict=True):
            values = page.locator("#daily tbody tr").evaluate_all(
                "(rows, [those, place]) => rows.filter(row => "
                "those.includes(row.querySelector('time').dateTime))"
                ".map(row => row.cells[place].dataset.value)",
                [those, place],
            )
            known = [Decimal(value) for value in values if value is not None]
            text = row.locator("td").nth(place - 1).inner_text()
            assert text.startswith(f"{sum(known):,.2f}" if known else "none is known"), again
        # what may be counted twice is not summed
        posts = page.locator("#daily thead th").evaluate_all(
            "heads => heads.findIndex(head => head.dataset.column === 'posts')"
        )
        assert sums.first.locator("td").nth(posts - 1).inner_text() == ""
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV: Each day").click()
    saved = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(saved) == 1 + 7
    page.get_by_label("From: Each day").fill("")
    page.get_by_label("to: Each day").fill("")
    assert days_of(page, "daily") == everything
    expect(page.locator("#daily tfoot")).to_have_count(0)


def test_weeks_are_chosen_too_and_not_summed_where_many_rows_are_of_one(opened: Opened) -> None:
    page = opened("voice.html")
    table = page.locator("main table:has(th[data-column=week])").first
    name = table.get_attribute("id") or ""
    weeks = days_of(page, name)
    assert len(set(weeks)) > 2
    caption = page.locator(f"#{name}-caption").inner_text()
    page.get_by_label(f"From: {caption}").fill(max(weeks))
    assert set(days_of(page, name)) == {max(weeks)}
    expect(page.locator(f"#{name} tfoot")).to_have_count(0)


def test_what_is_seen_is_saved_as_csv(opened: Opened) -> None:
    page = opened("creators.html")
    sought(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV: Accounts of the roster").click()
    assert download.value.suggested_filename == "scorecards.csv"
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert "Tier" not in head
    assert head[:2] == ["Creator", "Handle"]
    assert len(rows) == len(shown(page, "scorecards"))
    followers = [row[head.index("Followers")] for row in rows]
    values = page.locator("#scorecards tbody tr:visible").evaluate_all(
        """rows => rows.map(row => [...row.cells].find(
            cell => cell.closest("table").tHead.rows[0].cells[cell.cellIndex].dataset.column
                === "followers").dataset.value ?? "")"""
    )
    assert followers == values


def test_what_is_seen_is_copied_for_a_spreadsheet_and_no_text_becomes_a_formula(
    opened: Opened,
) -> None:
    page = opened("creators.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Accounts of the roster").click()
    rows = len(shown(page, "scorecards"))
    expect(page.get_by_text(f"{rows} rows copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    lines = [line.split("\t") for line in text.splitlines()]
    assert len(lines) == rows + 1
    assert len({len(line) for line in lines}) == 1
    cells = [cell for line in lines for cell in line]
    assert any(cell.startswith("'=HYPERLINK(") for cell in cells)
    assert not any(re.match(r"[=+@]", cell) for cell in cells)


def test_totals_are_of_all_rows_and_hide_behind_a_filter(opened: Opened) -> None:
    page = opened("campaigns.html")
    total = page.locator("#returned tfoot tr:visible")
    expect(total).to_have_count(1)
    expect(total).to_contain_text("All 8")
    revenue = page.locator("#returned th[data-column=attributed_revenue]").evaluate(
        "one => one.cellIndex"
    )
    values = page.locator("#returned tbody tr:visible").evaluate_all(
        "(rows, place) => rows.map(row => Number(row.cells[place].dataset.value ?? 0))", revenue
    )
    shown_total = total.evaluate("(row, place) => Number(row.cells[place].dataset.value)", revenue)
    assert sum(values) == pytest.approx(shown_total)
    page.get_by_label("Attribution").select_option("last_touch")
    expect(total).to_have_count(1)
    page.get_by_role("searchbox", name="Filter: What every campaign cost").fill("verdant")
    expect(total).to_have_count(0)


# --- figures explain themselves


def test_a_figure_explains_itself_at_the_pointer(opened: Opened) -> None:
    page = opened("campaigns.html")
    page.locator("#returned tbody tr:visible td[data-value]").first.hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("As of 2 Mar 2026")
    expect(tip).to_contain_text("Exactly ")
    tip.hover()
    page.wait_for_timeout(400)
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_a_figure_explains_itself_at_the_keyboard(opened: Opened) -> None:
    page = opened("campaigns.html")
    page.keyboard.press("Tab")
    page.locator("#returned th[data-column=roi] a").focus()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("(attributed profit − cost committed) ÷ cost committed")
    page.keyboard.press("ArrowDown")
    expect(tip).to_contain_text("No figure here: starts 7 Mar.")
    expect(page.locator("td:focus")).to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("Cost committed")
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.locator("#returned th[data-column=cost_committed] a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_a_figure_in_a_sentence_explains_itself_and_leads_to_its_definition(
    opened: Opened,
) -> None:
    page = opened("index.html")
    page.keyboard.press("Tab")
    figure = page.locator(".morning a.fig").first
    figure.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Attributed revenue")
    figure.press("Enter")
    expect(page.locator(":target")).to_contain_text("attributed_revenue")


def test_a_figure_explains_itself_at_a_tap(report: Path, browser: Browser) -> None:
    with browser.new_context(has_touch=True, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        go(page, report / "index.html")
        page.locator(".morning a.fig").first.tap()
        tip = page.get_by_role("tooltip")
        expect(tip).to_contain_text("Attributed revenue")
        expect(page.locator("h1.day")).to_be_visible()
        box = tip.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        tip.get_by_role("link", name="Definition").tap()
        expect(page.locator("h1")).to_have_text("Definitions")


def test_every_figure_has_an_explanation_in_plain_words(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    seen = 0
    for path in sorted(report.glob("*.html")):
        go(page, path)
        without, texts = page.evaluate(
            """() => {
                const missing = [], texts = new Set();
                for (const head of document.querySelectorAll("thead th.n a, .stats dt a, a.fig")) {
                    const found = window.reachlineWords[head.hash.slice(1)];
                    if (found) texts.add(found[1]); else missing.push(head.outerHTML);
                }
                return [missing, [...texts]];
            }"""
        )
        assert without == [], path.name
        seen += len(texts)
        for text in texts:
            assert not re.search(r"[a-z]_[a-z]|\.yml|\.csv\b", text), text
    assert seen > 100


# --- without end


def test_from_a_campaign_to_a_creator_a_post_and_its_orders(opened: Opened) -> None:
    page = opened("campaigns.html")
    page.locator("#pacing tbody a", has_text="#3").first.click()
    page.locator("#collaborations-measured tbody a", has_text="orders, clicks").first.click()
    expect(page.locator(":target")).to_be_in_viewport()
    expect(page.locator("h1")).to_contain_text("Orders and clicks of")
    assert page.locator("table[data-table='core.fct_attribution'] tbody tr").count() > 3
    page.locator("section a", has_text="All of the creator").first.click()
    expect(page.locator("#scorecard")).to_be_visible()
    page.go_back()
    page.locator(".crumbs a").last.click()
    expect(page.locator("#short-title")).to_be_visible()
    page.locator("#posts tbody a", has_text="orders, clicks").first.click()
    expect(page.locator("h1")).to_contain_text("Orders and clicks of")


def test_each_need_leads_to_all_of_it(report: Path, opened: Opened) -> None:
    page = opened("index.html")
    needs = page.locator(".needs li > a:first-child")
    hrefs = [need.get_attribute("href") or "" for need in needs.all()]
    assert len(hrefs) >= 4
    for href in hrefs:
        page.goto((report / "index.html").as_uri())
        page.locator(f".needs a[href='{href}']").first.click()
        expect(page.locator(":target")).to_be_in_viewport()
        section = page.locator(f"section:has(> {page.evaluate('location.hash')})")
        assert section.locator("tbody tr").count() > 0
        assert section.locator(".left-out").count() == 0


def test_the_first_screen_is_there_without_scripts(report: Path, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((report / "index.html").as_uri())
        expect(page.locator(".numbers .fig").first).to_be_visible()
        page.locator(".needs a", has_text="Undisclosed").click()
        assert page.locator("#undisclosed tbody tr").count() > 10
