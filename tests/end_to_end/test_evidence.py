"""Evidence builds the site of bi/evidence from a release, and a browser shows it, on loopback."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from reachline.publish import evidence
from tests.end_to_end.homes import Market
from tests.servers.installed import installed

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "data" / "evidence-screenshots"
MINUTES = 15


@dataclass
class Site:
    """A built site, the release that it was built from, and whom Node.js asked meanwhile."""

    folder: Path
    database: Path
    asked: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@dataclass
class Watch:
    """A window on the site, and what its pages asked for and complained of."""

    page: Page
    address: str
    asked: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/{path}")
        expect(self.page.locator("h1")).to_be_visible(timeout=60_000)

    def table(self, number: int, rows: int) -> list[list[str]]:
        """Return what the cells of a table say, once it has so many rows."""
        # its queries lie on the page too, as tables that nobody sees
        table = self.page.locator("table:visible").nth(number)
        body = table.locator("tr", has=self.page.locator("td"))
        expect(body).to_have_count(rows, timeout=60_000)
        return [row.locator("td").all_inner_texts() for row in body.all()]


@pytest.fixture(scope="module")
def site(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of a small market's release, built as docs/bi.md says."""
    database = (market.after(2) / "published" / "current" / "warehouse.duckdb").resolve()
    project = installed("evidence", source=evidence.TARGET).parent
    for name in ("pages", "sources"):
        shutil.rmtree(project / name, ignore_errors=True)
        shutil.copytree(evidence.TARGET / name, project / name)
    for name in ("evidence.config.yaml", "evidence.settings.json", "package.json"):
        shutil.copy(evidence.TARGET / name, project)
    # without this folder Evidence fails to tell its makers of the build, whatever is set
    (project.parent / "customization").mkdir(exist_ok=True)
    for name in (".evidence", "build"):
        shutil.rmtree(project / name, ignore_errors=True)
    asked = tmp_path_factory.mktemp("evidence") / "asked"
    asked.touch()
    variables = {
        **os.environ,
        "EVIDENCE_SOURCE__reachline__filename": os.path.relpath(
            database, project / "sources" / "reachline"
        ),
        "NODE_OPTIONS": f"--require={HERE / 'no_internet.cjs'}",
        "REACHLINE_ASKED": str(asked),
        "npm_config_update_notifier": "false",
    }
    for script in ("sources", "build"):
        ended = subprocess.run(
            ["npm", "run", script], cwd=project, env=variables, check=False, capture_output=True,
            text=True, timeout=MINUTES * 60,
        )  # fmt: skip
        assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    return Site(project / "build", database, asked.read_text("utf-8"))


@pytest.fixture(scope="module")
def window(site: Site) -> Iterator[Watch]:
    """A window on the site, served as any web server serves files."""
    found = os.environ.get("REACHLINE_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("NO BROWSER: the site was built and not opened. Install Debian's `chromium`.")

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, directory=str(site.folder), **options)

        def log_message(self, *_: object) -> None:
            """Say nothing of each file."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        watch = Watch(context.new_page(), f"http://127.0.0.1:{server.server_port}")
        context.on("request", lambda request: watch.asked.add(request.url))
        watch.page.on(
            "console", lambda said: watch.errors.append(said.text) if said.type == "error" else None
        )
        watch.page.on("pageerror", lambda error: watch.errors.append(str(error)))
        yield watch
        browser.close()
    server.shutdown()
    server.server_close()


def check(shown: list[list[str]], rows: list[tuple[Any, ...]]) -> None:
    """Hold cells to values: words as they are, figures as they are rounded, a dash to NULL."""
    assert len(shown) == len(rows)
    for texts, values in zip(shown, rows, strict=True):
        assert len(texts) == len(values), texts
        for text, value in zip(texts, values, strict=True):
            if value is None:
                assert text.strip() == "-"
            elif isinstance(value, str):
                assert text.strip() == value
            elif text.strip().endswith("%"):
                assert number(text) / 100 == pytest.approx(float(value), abs=0.000_051)
            else:
                assert number(text) == pytest.approx(float(value), abs=0.0051)


def number(text: str) -> float:
    return float(text.strip().removesuffix("%").replace(",", ""))


def test_the_build_asks_nobody(site: Site) -> None:
    assert site.asked == ""
    tables = {path.stem for path in site.folder.glob("data/reachline/*/*/*.parquet")}
    assert tables == set(evidence.SOURCES)


def test_the_first_page_tells_whether_the_data_is_whole(site: Site, window: Watch) -> None:
    unwell = site.rows(
        "select source, stream, freshness, gate, completeness, rows_last_day, quarantined_7d,"
        " queries_incomplete, files_refused from reports.data_health"
        " where freshness <> 'fresh' or gate <> 'pass' or queries_incomplete > 0"
        " or files_refused > 0 or completeness in ('below_usual', 'above_usual')"
        " order by source, stream"
    )
    ((streams, day, undisclosed, paid),) = site.rows(
        "select (select count(*) from reports.data_health), cast(logical_date as varchar),"
        " (select count(*) from reports.compliance where rule = 'disclosure' and result = 'fail'),"
        " (select count(*) from reports.compliance where rule = 'disclosure') from meta.run"
    )
    window.open("")
    for text in (
        f"As of {day}",
        f"Of {streams} streams",
        f"Disclosure: {undisclosed} of {paid} paid posts",
    ):
        expect(window.page.get_by_role("main")).to_contain_text(text, timeout=60_000)
    if unwell:
        check(window.table(0, len(unwell)), unwell)
    else:
        expect(window.page.get_by_text("All streams are fresh")).to_be_visible()


def test_campaigns_are_those_of_the_release(site: Site, window: Watch) -> None:
    every = site.rows(
        "select format('{} ({})', campaign_name, campaign_id) as label, brand_name,"
        " cost_committed, attributed_revenue, attributed_profit, roi, roas, result_state"
        " from reports.campaign_performance as results"
        " inner join core.dim_campaign as campaigns using (campaign_id)"
        " inner join core.dim_brand as brands on campaigns.brand_id = brands.brand_id"
        " where is_default_method order by roi desc nulls last, label"
    )
    losing = [row[:-1] for row in reversed(every) if row[5] is not None and row[5] < 0]
    others = [row for row in every if row[5] is None or row[5] >= 0]
    window.open("campaigns")
    assert others
    check(window.table(1 if losing else 0, len(others)), others)
    if losing:
        check(window.table(0, len(losing)), losing)
    else:
        expect(window.page.get_by_text("No campaign is known to lose money.")).to_be_visible()


def test_a_verdict_that_is_chosen_is_asked_in_the_browser(site: Site, window: Watch) -> None:
    (*_, (verdict, count)) = site.rows(
        "select verdict, count(*) from reports.next_bookings where verdict <> 'rebook'"
        " group by verdict order by verdict"
    )
    rows = site.rows(
        "select brands.brand_name, shown.creator_name, b.how_sure, b.expected_profit,"
        " b.expected_profit_low, b.expected_profit_high, b.next_break_even_fee, b.last_fee,"
        " b.collaborations, cast(b.last_on as varchar),"
        " case when profile_url is not null then 'Profile' end"
        " from reports.next_bookings as b inner join core.dim_brand as brands using (brand_id)"
        " inner join views.bookings as shown using (brand_id, creator_id)"
        f" where b.verdict = '{verdict}'"
    )
    assert len(rows) == count
    window.open("bookings")
    button = window.page.get_by_role("button", name=verdict, exact=True)
    is_chosen = re.compile(r"\btext-primary\b")
    for _ in range(30):
        # the page stands as files before its program runs: until then a click does nothing
        button.click()
        with suppress(AssertionError):
            expect(button).to_have_class(is_chosen, timeout=2_000)
            break
    expect(button).to_have_class(is_chosen)
    shown = window.table(0, count)

    def key(row: Any) -> tuple[Any, ...]:
        return (row[0], row[1])

    check(sorted(shown, key=key), sorted(rows, key=key))


def test_posts_without_a_disclosure_are_listed(site: Site, window: Watch) -> None:
    rows = site.rows(
        "select cast(cast(posts.published_at as date) as varchar), shown.brand_name,"
        " shown.campaign_name, shown.creator_name, posts.platform, posts.content_type,"
        " case when posts.permalink is not null then 'Post' end"
        " from reports.compliance inner join core.dim_post as posts using (post_id)"
        " inner join views.posts as shown using (post_id)"
        " where rule = 'disclosure' and result = 'fail'"
    )
    window.open("disclosure")
    assert rows
    check(sorted(window.table(0, len(rows))), sorted(rows, key=lambda r: [v or "-" for v in r]))


def test_pages_ask_nobody_else_and_do_not_complain(window: Watch) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path in ("", "campaigns", "bookings", "disclosure"):
        window.open(path)
        expect(window.page.locator("table:visible").first).to_be_visible(timeout=60_000)
        window.page.screenshot(path=PICTURES / f"{path or 'index'}.png", full_page=True)
    assert any(url.endswith(".wasm") for url in window.asked)
    assert {urlsplit(url).hostname for url in window.asked if not url.startswith("blob:")} == {
        "127.0.0.1"
    }
    assert window.errors == []
