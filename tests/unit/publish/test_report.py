"""The report against its database: every figure, every link, and texts that mean harm."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import duckdb
import pytest

from reachline.publish.labels import label_of
from reachline.publish.report import words, write_report
from reachline.publish.report.cells import rows_html
from reachline.publish.report.tables import Cell, Header, Table, TableRow, safe_link, safe_name
from tests.end_to_end.homes import Market
from tests.unit.publish.market_release import (
    FORMULA,
    LONG,
    PATH,
    RTL,
    SCRIPT,
    Releases,
    market_releases,
    with_many_creators,
)
from tests.unit.publish.pages import Database, columns_of, elements, figures, wrong

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    # frames that a click opens
    "frame-src https://www.instagram.com https://www.tiktok.com https://www.youtube-nocookie.com "
    "https://platform.twitter.com https://embed.bsky.app https://www.threads.net "
    "https://embed.reddit.com; "
    "base-uri 'none'; form-action 'none'"
)


@pytest.fixture(scope="module")
def releases(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return market_releases(market, tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def report(releases: Releases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "report"
    write_report(releases.database, folder, releases.previous)
    return folder


def pages(report: Path) -> dict[str, str]:
    found = {
        str(path.relative_to(report)): path.read_text("utf-8")
        for path in sorted(report.rglob("*.html"))
    }
    assert len(found) > 60
    return found


def test_every_figure_is_the_databases(releases: Releases, report: Path) -> None:
    current, previous = Database(releases.database), Database(releases.previous)
    seen, unknown, tables, wrongs = 0, 0, set(), []
    for name, page in pages(report).items():
        for figure in figures(page):
            seen += 1
            unknown += figure.value is None
            tables.add(figure.table)
            if error := wrong(figure, current, previous):
                wrongs.append(f"{name}: {error}")
    assert not wrongs, "\n".join(wrongs[:20])
    assert seen > 20_000
    assert 500 < unknown < seen / 2
    everything = {
        f"reports.{name}"
        for (name,) in current.con.execute(
            "select table_name from duckdb_tables() where schema_name = 'reports'"
        ).fetchall()
    }
    assert len(everything) > 10
    assert everything <= tables
    assert {"core.fct_costs", "core.fct_account_daily", "quality.rejects"} <= tables


def test_the_walk_sees_a_wrong_figure(releases: Releases, report: Path) -> None:
    current, previous = Database(releases.database), Database(releases.previous)
    walked = list(figures((report / "index.html").read_text("utf-8")))
    kinds = {
        "a row's": next(f for f in walked if f.value and not f.expression and not f.database),
        "a sum": next(f for f in walked if f.value and f.expression.startswith("sum")),
        "a change": next(f for f in walked if f.value and f.database == "change"),
        "the one before": next(f for f in walked if f.value and f.database == "previous"),
    }
    for kind, figure in kinds.items():
        assert not wrong(figure, current, previous), kind
        off = str(Decimal(figure.value or "0") + Decimal("0.0001"))
        assert wrong(replace(figure, value=off), current, previous), kind
        assert wrong(replace(figure, value=None, shown="not reported"), current, previous), kind
        assert wrong(replace(figure, shown="123456789"), current, previous), kind
    unknown = next(f for f in walked if f.value is None)
    assert not wrong(unknown, current, previous)
    assert wrong(replace(unknown, value="0", shown="0"), current, previous)


def test_every_header_of_figures_leads_to_a_definition(report: Path) -> None:
    all_pages = pages(report)
    known = {
        element.attributes["id"]
        for element in elements(all_pages["definitions.html"])
        if "id" in element.attributes
    }
    headers = 0
    for name, page in all_pages.items():
        for element in elements(page):
            numeric = element.tag == "th" and "n" in (element.attributes.get("class") or "").split()
            if numeric or (element.tag == "dt" and element.inherited("class") == "stats"):
                links = [child for child in element.children if child.tag == "a"]
                assert links, f"{name}: {element.attributes} {element.text}"
                path, anchor = urldefrag(links[0].attributes["href"] or "")
                assert path.endswith("definitions.html")
                assert anchor in known, f"{name}: {anchor}"
                headers += 1
    assert headers > 1000


def test_every_link_leads_somewhere_and_nothing_is_asked_of_the_internet(report: Path) -> None:
    all_pages = pages(report)
    ids = {
        name: {element.attributes.get("id") for element in elements(page)}
        for name, page in all_pages.items()
    }
    inner = outer = of_release = 0
    # what a release has beside its report
    beside = {report.resolve().parent / name for name in ("reachline.xlsx", "reports", "tables")}
    for name, page in all_pages.items():
        for element in elements(page):
            if element.tag == "a":
                href = element.attributes["href"] or ""
                if urlsplit(href).scheme:
                    assert href.startswith(("http://", "https://")), f"{name}: {href}"
                    assert '<meta name="referrer" content="no-referrer">' in page, name
                    outer += 1
                    continue
                path, anchor = urldefrag(href)
                target = ((report / name).parent / path).resolve() if path else report / name
                if target in beside:
                    of_release += 1
                    continue
                assert target.is_relative_to(report.resolve()), f"{name}: {href}"
                there = str(target.relative_to(report.resolve())) if path else name
                assert there in all_pages, f"{name}: {href}"
                if anchor.startswith("~"):  # a table, and what is sought in it
                    anchor = anchor[1:].partition(".q=")[0]
                assert not anchor or anchor in ids[there], f"{name}: {href}"
                inner += 1
            for attribute in ("src", "srcset", "data", "action", "poster", "style", "onclick"):
                if attribute in element.attributes:
                    assert (element.tag, attribute) == ("script", "src"), f"{name}: {element}"
            asset = element.attributes.get({"script": "src", "link": "href"}.get(element.tag, ""))
            if asset is not None:
                assert ((report / name).parent / asset).is_file(), f"{name}: {asset}"
    assert inner > 1000
    assert outer > 100
    assert of_release == len(beside) * len(all_pages)
    css = (report / "assets/report.css").read_text("utf-8")
    assert "url(" not in css
    assert "@import" not in css


def test_texts_that_mean_harm_do_none(report: Path) -> None:
    all_pages = pages(report)
    found = {"formula": 0, "script": 0, "long": 0, "right to left": 0}
    for name, page in all_pages.items():
        parsed = elements(page)
        policies = [
            element.attributes["content"]
            for element in parsed
            if element.attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == [POLICY], name
        scripts = [element for element in parsed if element.tag == "script"]
        assert all(element.attributes.get("src") and not element.text for element in scripts)
        assert not [element for element in parsed if element.tag in ("img", "iframe", "b")], name
        assert not [e for e in parsed if any(key.startswith("on") for key in e.attributes)], name
        assert "javascript:" not in page
        for element in parsed:
            found["formula"] += element.text == FORMULA
            found["script"] += element.text == SCRIPT
            found["long"] += element.tag == "p" and element.text == LONG
            if element.text == RTL:
                assert element.tag == "bdi" or element.attributes.get("dir") == "auto"
                found["right to left"] += 1
    assert all(count > 2 for count in found.values()), found
    names = [path.name for path in report.rglob("*")]
    assert all(re.fullmatch(r"[a-z0-9-]+(\.(html|css|js))?", name) for name in names)
    assert f"creator/{safe_name(PATH)}.html" in all_pages


def test_the_same_release_gives_the_same_bytes(
    releases: Releases, report: Path, tmp_path: Path
) -> None:
    write_report(releases.database, tmp_path / "again", releases.previous)
    first = {p.relative_to(report): p.read_bytes() for p in report.rglob("*") if p.is_file()}
    again = tmp_path / "again"
    second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert first == second


def test_a_first_release_and_one_after_an_older_contract_are_compared_with_nothing(
    releases: Releases, tmp_path: Path
) -> None:
    write_report(releases.database, tmp_path / "first")
    index = (tmp_path / "first/index.html").read_text("utf-8")
    assert "Nothing to compare with: there is no earlier" in index
    older = tmp_path / "older.duckdb"
    shutil.copy(releases.previous, older)
    with duckdb.connect(str(older)) as con:
        con.execute("alter table reports.campaign_performance drop column cost_committed")
    write_report(releases.database, tmp_path / "second", older)
    assert "Nothing to compare with" in (tmp_path / "second/index.html").read_text("utf-8")
    other = tmp_path / "other.duckdb"
    shutil.copy(releases.previous, other)
    with duckdb.connect(str(other)) as con:
        con.execute("update meta.run set currency = 'XTS'")
    write_report(releases.database, tmp_path / "third", other)
    third = (tmp_path / "third/index.html").read_text("utf-8")
    assert "Nothing to compare with" in third
    assert 'data-database="' not in third


def test_an_empty_release_has_all_its_pages(releases: Releases, tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    shutil.copy(releases.database, empty)
    with duckdb.connect(str(empty)) as con:
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('core', 'reports', 'quality')"
        ).fetchall():
            con.execute(f"delete from {schema}.{table}")
    write_report(empty, tmp_path / "report", releases.previous)
    written = {path.name for path in (tmp_path / "report").rglob("*.html")}
    assert "index.html" in written
    assert len(written) == 13
    for path in (tmp_path / "report").rglob("*.html"):
        assert elements(path.read_text("utf-8"))


def test_money_to_date_ends_where_the_campaign_stands(releases: Releases, report: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        standing = con.execute(
            "select p.campaign_id, p.cost_committed, p.attributed_revenue "
            "from reports.campaign_performance as p where p.is_default_method and exists "
            "(from reports.campaign_daily as d where d.campaign_id = p.campaign_id)"
        ).fetchall()
        of_the_days = dict(
            con.execute(
                "select campaign_id, sum(cost) from reports.campaign_daily group by campaign_id"
            ).fetchall()
        )
    assert len(standing) > 3
    assert any(cost != of_the_days[campaign] for campaign, cost, _ in standing)
    assert any(revenue for _, _, revenue in standing)
    for campaign, cost, revenue in standing:
        page = (report / f"campaign/{safe_name(campaign)}.html").read_text("utf-8")
        assert 'data-chart="money_to_date" data-of="to-date"' in page
        # the last day is the first row
        row = page.partition('<table id="to-date"')[2].partition("<tr data-key=")[2]
        last = re.findall(r"data-value=([^ >]+)", row.partition("</tr>")[0])
        assert [Decimal(value) for value in last] == [revenue, cost], campaign


def test_money_to_date_is_never_cut(releases: Releases, tmp_path: Path) -> None:
    database = tmp_path / "long.duckdb"
    shutil.copy(releases.database, database)
    with duckdb.connect(str(database)) as con:
        # a campaign of 900 days, each of which costs 1
        ((campaign, collaboration),) = con.execute(
            "select campaign_id, any_value(collaboration_id) "
            "from reports.collaboration_performance where campaign_id in "
            "(select campaign_id from reports.campaign_daily) group by 1 order by 1 limit 1"
        ).fetchall()
        con.execute(
            "insert into reports.campaign_daily "
            "select d.* replace (date_day - cast(n as integer) as date_day) "
            "from reports.campaign_daily as d cross join range(1, 901) as r (n) "
            "where campaign_id = ? "
            "qualify row_number() over (partition by n order by date_day) = 1",
            [campaign],
        )
        con.execute(
            "insert into core.fct_costs "
            "select c.* replace ('day ' || d.date_day as cost_id, ? as collaboration_id, "
            "d.date_day as incurred_on, 1 as amount, true as is_committed_cost) from "
            "(from core.fct_costs limit 1) as c cross join reports.campaign_daily as d "
            "where d.campaign_id = ?",
            [collaboration, campaign],
        )
    write_report(database, tmp_path / "report")
    page = (tmp_path / f"report/campaign/{safe_name(campaign)}.html").read_text("utf-8")
    table = page.partition('<table id="to-date"')[2].partition("</table>")[0]
    assert table.count("<tr data-key=") > 900


def rows_of(page: str, table: str) -> list[list[str]]:
    """Return the texts of a table's cells by row, each with what stands in small letters."""
    body = (
        page.partition(f'<table id="{table}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    )
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).replace("\N{NO-BREAK SPACE}", " ")
            for cell in re.findall(r"<t[dh](?: [^>]*)?>(.*?)(?=<t[dh][ >]|$)", row)
        ]
        for row in body.split("</tr>")[:-1]
    ]


def headers_of(page: str, table: str) -> list[str]:
    head = (
        page.partition(f'<table id="{table}"')[2].partition("<thead>")[2].partition("</thead>")[0]
    )
    return columns_of(head)


def test_a_sum_of_reach_is_no_upper_bound_and_a_goal_has_its_unit(
    releases: Releases, report: Path
) -> None:
    assert not [name for name, page in pages(report).items() if "≤" in page]
    page = (report / "campaigns.html").read_text("utf-8")
    assert "Σ a sum over the posts that report it (people are counted once a post)" in page
    place = headers_of(page, "measured").index("reach_sum_of_posts")
    unknown = {"known of no post", "no posts"}
    reach = [row[place] for row in rows_of(page, "measured") if row[place] not in unknown]
    assert reach
    assert all(text.startswith("Σ ") for text in reach)
    columns = headers_of(page, "pacing")
    goals = {}
    for row in rows_of(page, "pacing"):
        cells = dict(zip(columns, row, strict=True))
        for column in words.OF_THE_GOAL:
            if not re.match("[a-z]", cells[column]):
                goals.setdefault(cells["goal_metric"], []).append(cells[column])
    with duckdb.connect(str(releases.database), read_only=True) as con:
        ((currency,),) = con.execute("select currency from meta.run").fetchall()
    assert {"reach", "revenue", "clicks"} <= set(goals)
    for goal, texts in goals.items():
        shape = r"Σ [\d,.]+ reach" if goal == "reach" else rf"[\d,.]+ {goal}"
        if goal == "revenue":
            shape = rf"[\d,]+\.\d\d {currency}"
        assert all(re.fullmatch(shape, text) for text in texts), texts


_RETURNED = ("attributed_orders", "attributed_revenue", "attributed_profit", "profit_coverage")


def returned(page: str) -> dict[str, dict[str, str]]:
    """Return what the table of returns shows under the default method, by campaign."""
    body = page.partition('<table id="returned"')[2].partition("</tbody>")[0]
    of_rows = re.findall(r'<tr data-key="([^" ]+) \w+" data-method="([^"]+)"', body)
    found = [key for key, methods in of_rows if "code_then_click" in methods.split()]
    rows = [
        row
        for row, (_, methods) in zip(rows_of(page, "returned"), of_rows, strict=True)
        if "code_then_click" in methods.split()
    ]
    columns = headers_of(page, "returned")
    return {key: dict(zip(columns, row, strict=True)) for key, row in zip(found, rows, strict=True)}


def test_a_reason_stands_in_place_of_what_nobody_watched(
    releases: Releases, tmp_path: Path
) -> None:
    """A campaign of each state; the days are those of the market, and what is set here."""
    made = tmp_path / "warehouse.duckdb"
    shutil.copy(releases.database, made)
    with duckdb.connect(str(made)) as con:
        states = dict(
            con.execute(
                "select result_state, min(campaign_id) from reports.campaign_performance "
                "group by result_state"
            ).fetchall()
        )
        assert {"planned", "partly_covered", "running"} <= states.keys()
        starts_on, partly = con.execute(
            "select c.starts_on, (select max(orders_covered) from reports.campaign_performance "
            "where campaign_id = ?) from core.dim_campaign as c where c.campaign_id = ?",
            [states["partly_covered"], states["planned"]],
        ).fetchall()[0]
        # nobody watched the one that runs
        con.execute(
            "update meta.coverage set covered_from = date '2026-02-28' where stream = 'orders'"
        )
        con.execute("update meta.coverage set covered_from = null where stream = 'clicks'")
        con.execute(
            "update reports.campaign_performance set result_state = 'not_covered', "
            "orders_covered = 0, clicks_covered = 0, attributed_orders = null, "
            "attributed_revenue = null, attributed_profit = null, profit_coverage = null, "
            "roi = null, roas = null, cpa = null, valid_clicks = null, ctr = null, cpc = null, "
            "conversion_rate = null where campaign_id = ?",
            [states["running"]],
        )
    write_report(made, tmp_path / "report")
    page = (tmp_path / "report/campaigns.html").read_text("utf-8")
    shown = returned(page)
    assert {shown[states["planned"]][column] for column in (*_RETURNED, "roi", "roas", "cpa")} == {
        f"starts {starts_on.day} {starts_on:%b}"
    }
    assert {shown[states["running"]][column] for column in (*_RETURNED, "roi", "roas", "cpa")} == {
        "no orders before 28 Feb"
    }
    in_part = shown[states["partly_covered"]]
    assert in_part["attributed_revenue"].endswith(f" {int(100 * partly)} % of days")
    assert in_part["roi"] == f"orders of {int(100 * partly)} % of its days"
    columns = headers_of(page, "measured")
    clicks = {
        row[columns.index("valid_clicks")]
        for row in rows_of(page, "measured")
        if row[columns.index("valid_clicks")].startswith("no ")
    }
    assert clicks == {"no clicks yet"}
    own = (tmp_path / f"report/campaign/{safe_name(states['running'])}.html").read_text("utf-8")
    assert "no orders before 28 Feb" in own.partition("</header>")[0] + own.partition("<h2")[0]


def test_totals_are_over_the_campaigns_that_have_a_figure(releases: Releases, report: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        rows = con.execute(
            "select attributed_revenue, attributed_profit, cost_committed, orders_covered "
            "from reports.campaign_performance where is_default_method"
        ).fetchall()
    earned = [row for row in rows if row[0] is not None]
    whole = [row for row in rows if row[3] is not None and row[3] >= 0.9]
    assert 0 < len(whole) < len(earned) < len(rows)
    page = (report / "index.html").read_text("utf-8")
    stats = {}
    for column in ("cost_committed", "attributed_revenue", "roas", "roi"):
        (found, note) = re.findall(
            rf'data-method="code_then_click"><dt>(?:(?!</dt>).)*</dt><dd data-column="{column}" '
            r'data-value="([^"]+)"[^>]*>[^<]*(?:<small>([^<]*)</small>)?',
            page,
        )[0]
        stats[column] = (float(found), note)
    assert stats["cost_committed"] == (float(sum(row[2] for row in rows)), "")
    of = f"of {len(earned)} of {len(rows)} campaigns"
    assert stats["attributed_revenue"] == (float(sum(row[0] for row in earned)), of)
    revenue, cost = sum(row[0] for row in earned), sum(row[2] for row in earned)
    assert stats["roas"] == (pytest.approx(float(revenue / cost)), of)
    cost = sum(row[2] for row in whole)
    assert stats["roi"] == (
        pytest.approx(float((sum(row[1] for row in whole) - cost) / cost)),
        f"of {len(whole)} of {len(rows)} campaigns",
    )


def test_ratios_say_of_how_many_posts_they_are(releases: Releases, report: Path) -> None:
    page = (report / "campaigns.html").read_text("utf-8")
    columns = headers_of(page, "measured")
    keys = re.findall(r'<tr data-key="([^" ]+) \w+"', page.partition('<table id="measured"')[2])
    shown = {
        key: dict(zip(columns, row, strict=True))
        for key, row in zip(keys, rows_of(page, "measured"), strict=True)
    }
    with duckdb.connect(str(releases.database), read_only=True) as con:
        rows = con.execute(
            "select campaign_id, posts, posts_with_reach, posts_with_impressions, posts_in_ratios "
            "from reports.campaign_performance where is_default_method and posts > 0"
        ).fetchall()
    assert len(rows) > 3
    for campaign, posts, reach, impressions, in_ratios in rows:
        cells = shown[campaign]
        for column, some in (
            ("reach_sum_of_posts", reach),
            ("impressions", impressions),
            ("cpm", in_ratios),
        ):
            if 0 < some < posts:
                assert cells[column].endswith(f" {some} of {posts} posts"), (campaign, column)


def test_every_figure_that_is_not_there_says_why(report: Path) -> None:
    without = 0
    for name, page in pages(report).items():
        for figure in figures(page):
            if figure.value is None:
                without += 1
                assert figure.shown not in ("", words.NOT_REPORTED), f"{name}: {figure}"
    assert without > 500


def test_a_goal_that_was_missed_is_flagged_where_all_was_watched(
    releases: Releases, tmp_path: Path
) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        ended = [
            row[0]
            for row in con.execute(
                "select campaign_id from reports.campaign_pacing where status = 'ended' "
                "order by campaign_id limit 3"
            ).fetchall()
        ]
    missed, reached, unsure = ended
    report = changed_report(
        releases,
        tmp_path,
        "update reports.campaign_pacing set goal_metric = 'revenue', goal_value = 100, "
        f"actual = 40 where campaign_id in ('{missed}', '{unsure}');"
        "update reports.campaign_pacing set goal_metric = 'revenue', goal_value = 100, "
        f"actual = 140 where campaign_id = '{reached}';"
        "update reports.campaign_performance set orders_covered = 1 "
        f"where campaign_id = '{missed}';"
        "update reports.campaign_performance set orders_covered = 0.5 "
        f"where campaign_id in ('{unsure}', '{reached}')",
    )
    page = (report / "campaigns.html").read_text("utf-8")
    place = headers_of(page, "pacing").index("status")
    keys = re.findall(r'<tr data-key="([^" ]+)"', page.partition('<table id="pacing"')[2])
    shown = {key: row[place] for key, row in zip(keys, rows_of(page, "pacing"), strict=False)}
    assert shown[missed] == "goal missed"
    assert shown[reached] == "goal reached"
    assert shown[unsure] == "ended"
    needs = (report / "needs.html").read_text("utf-8")
    assert f'<tr data-key="{missed}">' in needs.partition('id="campaigns-missed"')[2]
    assert f'<tr data-key="{unsure}">' in needs.partition('id="campaigns-perhaps-missed"')[2]


def test_totals_stand_where_figures_add_up(releases: Releases, report: Path) -> None:
    page = (report / "campaigns.html").read_text("utf-8")
    foot = page.partition('<table id="returned"')[2].partition("<tfoot>")[2].partition("</tfoot>")
    columns = headers_of(page, "returned")
    rows = [re.findall(r"<t[dh][ >]", row) for row in foot[0].split("</tr>")[:-1]]
    assert [len(row) for row in rows] == [len(columns)] * 7
    totals = re.findall(r'data-expression="sum\(([a-z_]+)\)"', foot[0].partition("</tr>")[0])
    assert totals == [
        column
        for column in columns
        if column
        in (
            *("cost_committed", "attributed_revenue", "attributed_profit", "attributed_orders"),
            *("new_customers", "cost_paid"),
        )
    ]
    assert not {"roi", "roas", "posts", "cpa"} & set(totals)


def test_no_list_of_what_needs_somebody_is_cut(releases: Releases, tmp_path: Path) -> None:
    report = changed_report(
        releases,
        tmp_path,
        "insert into reports.compliance select c.* replace (c.post_id || n as post_id) "
        "from (from reports.compliance where rule = 'disclosure' and result = 'fail') as c "
        "cross join range(20) as r (n)",
    )
    with duckdb.connect(str(tmp_path / "now.duckdb"), read_only=True) as con:
        ((undisclosed,),) = con.execute(
            "select count(*) from reports.compliance where rule = 'disclosure' and result = 'fail'"
        ).fetchall()
    assert undisclosed > 900
    page = (report / "needs.html").read_text("utf-8")
    table = page.partition('<table id="undisclosed"')[2].partition("</table>")[0]
    assert table.count("<tr data-key=") == undisclosed
    assert "left-out" not in page


def test_the_best_creator_does_not_look_overpaid(releases: Releases, tmp_path: Path) -> None:
    """Paid above what peers are paid per engagement, and worth far more."""
    made = tmp_path / "warehouse.duckdb"
    shutil.copy(releases.database, made)
    with duckdb.connect(str(made)) as con:
        ((creator,),) = con.execute(
            "select min(creator_id) from reports.fair_compensation where creator_id <> ?", [PATH]
        ).fetchall()
        con.execute(
            "update reports.fair_compensation set actual_cost_per_post = 500, suggested_low = 80, "
            "suggested_mid = 120, suggested_high = 160, position = 'above', break_even_fee = 900, "
            "break_even_low = 700, break_even_high = 1100, break_even_posts = 9, "
            "verdict = 'rebook' where creator_id = ?",
            [creator],
        )
    write_report(made, tmp_path / "report")
    page = (tmp_path / f"report/creator/{safe_name(creator)}.html").read_text("utf-8")
    columns, rows = headers_of(page, "fees"), rows_of(page, "fees")
    assert columns[:3] == ["account", "verdict", "break_even_fee"]
    assert columns.index("actual_cost_per_post") < columns.index("suggested_mid")
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        assert cells["verdict"] == "rebook"
        assert cells["break_even_fee"] == "900.00 9 posts"
        assert (cells["break_even_low"], cells["break_even_high"]) == ("700.00", "1,100.00")
        assert cells["position"] == "above"
    assert '<span class="status good">rebook</span>' in page
    assert ">above</span>" not in page


@pytest.mark.parametrize(
    ("word", "tone"),
    [
        *(("rebook", "good"), ("try again", "fair"), ("below usual", "poor")),
        *(("auth expired", "poor"), ("too early", "plain"), ("no such word", "plain")),
        *(("goal reached", "good"), ("goal missed", "poor")),
    ],
)
def test_a_word_has_the_colour_that_the_workbook_gives_it(word: str, tone: str) -> None:
    row = TableRow((Cell("a", "text"), Cell(word, "status")))
    table = Table("t", "T", "", "", (Header("a", "A", False), Header("b", "B", False)), (row,))
    assert f'<span class="status {tone}">{word}</span>' in rows_html(table, "", "last_touch")


def test_a_cost_says_how_it_counts(releases: Releases, report: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        campaigns = con.execute(
            "select distinct p.campaign_id from core.fct_costs as c inner join "
            "reports.collaboration_performance as p on c.collaboration_id = p.collaboration_id "
            "where c.kind = 'fee' and c.is_paid_cost and not c.is_committed_cost"
        ).fetchall()
    assert campaigns
    for (campaign,) in campaigns:
        page = (report / f"campaign/{safe_name(campaign)}.html").read_text("utf-8")
        assert "In its currency" in page
        columns = headers_of(page, "costs")
        counted = {
            (row[columns.index("is_committed_cost")], row[columns.index("is_paid_cost")])
            for row in rows_of(page, "costs")
            if row[columns.index("kind")] == "fee"
        }
        assert {("yes", "no"), ("no", "yes")} <= counted


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            "update reports.compliance set result = 'pass' where rule = 'disclosure'",
            "Every paid post says that it is one.",
        ),
        (
            "update reports.compliance set result = 'weak' where rule = 'disclosure' "
            "and post_id = (select min(post_id) from reports.compliance where rule = 'disclosure')"
            "; update reports.compliance set result = 'pass' where rule = 'disclosure' "
            "and result = 'fail'; update reports.compliance set result = 'pass' "
            "where rule = 'disclosure' and result = 'weak' and post_id <> "
            "(select min(post_id) from reports.compliance where rule = 'disclosure')",
            "No paid post lacks a disclosure; 1 is weak.",
        ),
        ("delete from reports.compliance", "There is no paid post yet."),
    ],
)
def test_paid_posts_are_praised_only_where_all_disclose(
    releases: Releases, tmp_path: Path, spoil: str, said: str
) -> None:
    database = tmp_path / "disclosed.duckdb"
    shutil.copy(releases.database, database)
    with duckdb.connect(str(database)) as con:
        con.execute(spoil)
    write_report(database, tmp_path / "report")
    page = (tmp_path / "report/needs.html").read_text("utf-8")
    assert (
        page.partition("Paid posts without a disclosure")[2]
        .partition('class="none">')[2]
        .startswith(said)
    )


@pytest.mark.parametrize(
    ("completeness", "said"),
    [
        ("'whole'", "streams are fresh and whole, and passed their gate."),
        ("'too_early'", "have too little history to tell."),
        ("null", "tell of no days."),
        ("'below_usual'", "need a look."),
    ],
)
def test_streams_are_called_whole_only_where_that_was_told(
    releases: Releases, tmp_path: Path, completeness: str, said: str
) -> None:
    database = tmp_path / "health.duckdb"
    shutil.copy(releases.database, database)
    with duckdb.connect(str(database)) as con:
        con.execute(
            "update reports.data_health set freshness = 'fresh', gate = 'pass',"
            f" queries_incomplete = 0, queries_not_found = 0, completeness = {completeness}"
        )
    write_report(database, tmp_path / "report")
    page = (tmp_path / "report/index.html").read_text("utf-8")
    health = page.partition("Can these numbers be trusted?")[2]
    assert said in health
    assert ("fresh and whole" in health) == (completeness == "'whole'")


def test_posts_that_are_not_told_yet_are_not_checked(releases: Releases, report: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        campaigns = con.execute(
            "select campaign_id, count(result), count(*) - count(result) from reports.compliance "
            "where rule = 'on_time' group by campaign_id having count(*) > count(result)"
        ).fetchall()
    assert campaigns
    for campaign, checked, not_told in campaigns:
        page = (report / f"campaign/{safe_name(campaign)}.html").read_text("utf-8")
        columns = headers_of(page, "rules")
        (row,) = (row for row in rows_of(page, "rules") if row[0] == "on time")
        assert row[columns.index("posts_checked")] == str(checked)
        assert row[columns.index("not_told")] == str(not_told)


def changed_report(releases: Releases, folder: Path, spoil: str, spoil_before: str = "") -> Path:
    """Write the report of copies of both releases after something was changed in them."""
    paths = {
        "now.duckdb": (releases.database, spoil),
        "then.duckdb": (releases.previous, spoil_before),
    }
    for name, (path, statements) in paths.items():
        shutil.copy(path, folder / name)
        with duckdb.connect(str(folder / name)) as con:
            con.execute(statements or "select 1")
    write_report(folder / "now.duckdb", folder / "report", folder / "then.duckdb")
    return folder / "report"


def test_what_is_new_or_known_now_is_shown_itself(releases: Releases, tmp_path: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        new, known, late = (
            row[0]
            for row in con.execute(
                "select campaign_id from reports.campaign_performance where is_default_method "
                "and engagements > 0 order by engagements desc, campaign_id limit 3"
            ).fetchall()
        )
    same = f"campaign_id in ('{known}', '{late}')"
    report = changed_report(
        releases,
        tmp_path,
        "select 1",
        f"delete from reports.campaign_performance where campaign_id = '{new}' or {same};"
        f"delete from reports.campaign_pacing where {same};"
        f"attach '{releases.database}' as other (read_only);"
        f"insert into reports.campaign_performance from other.reports.campaign_performance "
        f"where {same};"
        f"insert into reports.campaign_pacing from other.reports.campaign_pacing where {same};"
        f"update reports.campaign_performance set engagements = null "
        f"where campaign_id = '{known}';"
        f"update reports.campaign_pacing set deliverables_late = deliverables_late + 1 "
        f"where campaign_id = '{late}'",
    )
    page = (report / "index.html").read_text("utf-8")
    keys = re.findall(
        r'<tr data-key="([^" ]+)',
        page.partition('<table id="changed-campaigns"')[2].partition("</table>")[0],
    )
    rows = dict(zip(keys, rows_of(page, "changed-campaigns"), strict=True))
    place = headers_of(page, "changed-campaigns").index("engagements")
    assert rows[new][0].endswith(" new")
    assert re.fullmatch(r"[\d,]+", rows[new][place])
    assert not rows[known][0].endswith(" new")
    assert re.fullmatch(r"[\d,]+ not known before", rows[known][place])
    assert rows[late][headers_of(page, "changed-campaigns").index("deliverables_late")] == "−1"
    current, previous = Database(tmp_path / "now.duckdb"), Database(tmp_path / "then.duckdb")
    assert not [error for f in figures(page) if (error := wrong(f, current, previous))]


def test_the_method_is_named_where_figures_follow_one(releases: Releases, report: Path) -> None:
    named = 0
    for name, page in pages(report).items():
        by_method = '<tr data-key="' in page and "data-method=" in page
        labels = [
            (element.attributes["data-method"], "hidden" in element.attributes, element.text)
            for element in elements(page)
            if element.tag == "span" and "data-method" in element.attributes
        ]
        assert bool(labels) == by_method, name
        if labels:
            named += 1
            assert len(labels) == 7
            shown = [label for label in labels if not label[1]]
            assert shown == [("code_then_click", False, "Code, then click")]
    assert named > 3
    for path, table in (
        ("index.html", "pacing"),
        ("needs.html", "lapsed"),
        ("campaigns.html", "pacing"),
        ("creators.html", "relationships"),
    ):
        page = (report / path).read_text("utf-8")
        caption = page.partition(f'id="{table}-caption"')[2].partition("</h3>")[0]
        assert "(code, then click)" in caption, (path, table)


def test_profit_stands_beside_how_much_of_it_is_known(report: Path) -> None:
    seen = 0
    for name, page in pages(report).items():
        for head in re.findall(r"<thead>(.*?)</thead>", page):
            columns = columns_of(head)
            # of one order its own profit is known, or it is not
            if "attributed_profit" in columns and not name.startswith("orders/"):
                seen += 1
                assert columns[columns.index("attributed_profit") + 1] == "profit_coverage", name
    assert seen > 10
    index = (report / "index.html").read_text("utf-8")
    stats = [f.column for f in figures(index) if f.expression and f.table.endswith("performance")]
    assert stats.count("profit_coverage") == stats.count("attributed_profit") == 7


def test_the_share_of_voice_is_cut_between_weeks(releases: Releases, tmp_path: Path) -> None:
    report = changed_report(
        releases,
        tmp_path,
        "create temp table week as from reports.share_of_voice where week = "
        "(select max(week) from reports.share_of_voice);"
        "delete from reports.share_of_voice; insert into reports.share_of_voice "
        "select w.* replace (w.week - cast(7 * n as integer) as week, w.voice_brand_id || v "
        "as voice_brand_id) from week as w cross join range(40) as r (n) "
        "cross join range(9) as s (v)",
    )
    with duckdb.connect(str(tmp_path / "now.duckdb"), read_only=True) as con:
        brands = con.execute(
            "select brand_id, count(*) from reports.share_of_voice group by brand_id"
        ).fetchall()
    assert brands
    page = (report / "voice.html").read_text("utf-8")
    for brand, rows in brands:
        assert rows * 26 / 40 > 500
        table = page.partition(f'<table id="voice-{safe_name(brand)}"')[2]
        assert table.partition("</table>")[0].count("<tr data-key=") == rows * 26 // 40
        assert f"{rows * 14 // 40:,} more rows are in" in table.partition("</div>\n<div")[0]


def test_behind_a_share_of_voice_are_its_posts_the_most_engaging_first(
    releases: Releases, report: Path
) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        found = con.execute(
            "select post_id, brand_id, min(kind), engagements, mentioned_on from core.fct_mentions "
            "where relationship <> 'owned' group by all"
        ).fetchall()
        voices = con.execute(
            "select brand_id, voice_brand_id, week, posts from reports.share_of_voice"
        ).fetchall()
    week_of = {
        post: (voice, day - timedelta(days=day.weekday())) for post, voice, _, _, day in found
    }
    page = (report / "voice.html").read_text("utf-8")
    tables = {e.attributes["id"]: e for e in elements(page) if e.tag == "table"}
    led = {e.attributes["href"] for e in elements(page) if e.tag == "a"}
    last = {brand: max(v[2] for v in voices if v[0] == brand) for brand, *_ in voices}
    seen = 0
    for brand, voice, week, posts in voices:
        name = f"posts-{safe_name(brand)}-{safe_name(voice)}"
        iso = f"{week.isocalendar().year}-W{week.isocalendar().week:02}"
        is_shown = posts > 0 and week > last[brand] - timedelta(weeks=8)
        assert (f"voice.html#~{name}.q={iso}" in led) == is_shown
        if not is_shown:
            continue
        mine = [row for row in found if (row[1], week_of[row[0]][1]) == (voice, week)]
        assert len(mine) == posts
        mine.sort(key=lambda row: (row[3] is None, -(row[3] or 0), -row[4].toordinal(), row[0]))
        shown = [
            tuple(map(unquote, (row.attributes["data-key"] or "").split()))
            for row in elements(page)
            if row.tag == "tr" and row.inherited("id") == name and row.children[0].text == iso
        ]
        assert shown == [row[:3] for row in mine[:10]]
        assert name in tables
        seen += 1
    assert seen > 4


def test_hashtags_rise_in_the_current_week_while_no_other_is_over(
    releases: Releases, tmp_path: Path
) -> None:
    report = changed_report(
        releases,
        tmp_path,
        "delete from reports.hashtag_trends where not is_partial;"
        "update reports.hashtag_trends set z_score = -1;"
        "update reports.hashtag_trends set z_score = 2 where hashtag in "
        "(select min(hashtag) from reports.hashtag_trends)",
    )
    page = (report / "hashtags.html").read_text("utf-8")
    risen = rows_of(page, "rose")
    place = headers_of(page, "rose").index("z_score")
    assert risen
    assert {row[place] for row in risen} == {"2"}
    assert "in the current week, which is not over" in page
    assert "last whole week" not in page


def test_rows_that_are_not_shown_are_counted(releases: Releases, report: Path) -> None:
    with duckdb.connect(str(releases.database), read_only=True) as con:
        (trends,) = con.execute("select count(*) from reports.hashtag_trends").fetchall()[0]
    page = (report / "hashtags.html").read_text("utf-8")
    shown = page.partition('id="trends"')[2].count("<tr data-key=")
    assert 0 < shown < trends
    assert f"{trends - shown:,} more rows are in reports/hashtag_trends.csv" in page


def test_500_creators_take_at_most_30_mb(releases: Releases, tmp_path: Path) -> None:
    database = tmp_path / "many.duckdb"
    with_many_creators(releases, database, 500)
    write_report(database, tmp_path / "report")
    creators = list((tmp_path / "report/creator").iterdir())
    assert len(creators) >= 500
    size = sum(path.stat().st_size for path in (tmp_path / "report").rglob("*") if path.is_file())
    # with what 200 campaigns add it is 30 MB
    assert 10e6 < size <= 26.5e6, size
    middle = sorted(creators, key=lambda path: path.stat().st_size)[len(creators) // 2]
    assert sum(1 for _ in figures(middle.read_text("utf-8"))) > 100


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("roi", -0.5, "−50.0%"),
        ("roi", 12.0, "+1,200%"),
        ("roas", 1.005, "1.00×"),
        ("ctr", 0.00012, "0.01%"),
        ("attributed_revenue", Decimal("1234567.8950"), "1,234,567.90"),
        ("cpe", 0.1172571, "0.1173"),
        ("attributed_orders", Decimal("12.5000000000"), "12.5"),
        ("attributed_orders", Decimal("12.0000000000"), "12"),
        ("posts", 0, "0"),
        ("ctr", 0.0, "0%"),
        ("cost_committed", Decimal("0.0000"), "0.00"),
        ("ctr_low", 0.00000312, "0.00031%"),
        ("following_per_follower", 0.00042, "0.00042"),
        ("growth", -0.00001, "−0.0010%"),
    ],
)
def test_a_figure_is_shown_as_people_read_it(name: str, value: object, shown: str) -> None:
    assert words.number(value, label_of(name).format) == shown


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.com/a/status/1", True),
        ("http://site.example/?q=a&b", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" https://a.example", False),
        ("data:text/html,x", False),
        ("//a.example/b", False),
        ("https://[broken", False),
        ("https:///path", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert safe_link(url) == (url if kept else "")


def test_names_of_files_are_safe_and_differ() -> None:
    ids = ["a b", "a-b", "A-B", PATH, "", "é", "ß", "con", "x" * 300]
    names = [safe_name(value) for value in ids]
    assert len(set(names)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{10,43}", name) for name in names)


def test_a_picture_is_named_to_nobody_but_its_own_page(releases: Releases, tmp_path: Path) -> None:
    """What the database holds is not trusted: an address of another kind is none."""
    database = tmp_path / "pictures.duckdb"
    shutil.copy(releases.database, database)
    addresses = ("https://cdn.acme.example/1.jpg?a=1&b=2", "http://plain.example/1", SCRIPT)
    with duckdb.connect(str(database)) as con:
        con.execute("update core.dim_post set media_url = ?", [addresses[0]])
        posts = con.execute("select post_id from core.dim_post order by 1").fetchall()
        for number, (post,) in enumerate(posts):
            con.execute(
                "update core.dim_post set media_url = ? where post_id = ?",
                [addresses[number % 3], post],
            )
    write_report(database, tmp_path / "report")
    seen = set()
    for name, page in pages(tmp_path / "report").items():
        parsed = elements(page)
        seen |= {each.attributes.get("data-picture") for each in parsed}
        assert not [each for each in parsed if each.tag == "img"], name
        (policy,) = (
            each.attributes["content"]
            for each in parsed
            if each.attributes.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy == POLICY.replace("data:;", "data: https://cdn.acme.example;"), name
    assert seen == {None, addresses[0]}
