"""The workbook: the database's figures, harmless texts, and what a spreadsheet can hold."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reachline.publish.labels import COLUMNS
from reachline.publish.morning import plain, read_morning
from reachline.publish.sheets import OF_METHODS, SHEETS, TONES
from reachline.publish.workbook import write_workbook
from reachline.publish.workbook_cells import LONGEST_TEXT, number_formats, safe_text
from reachline.warehouse.metrics import load_metrics
from tests.unit.publish.reports_by_contract import (
    ADDRESSES,
    DAY,
    LINKS,
    METHODS,
    ROWS,
    TEXTS,
    contracts,
    write_reports,
)

HEAD = 3
"""A title, a note and the headers."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(tmp_path_factory.mktemp("reports") / "warehouse.duckdb")


@pytest.fixture(scope="module")
def written(database: Path) -> Path:
    target = database.with_name("reachline.xlsx")
    write_workbook(database, target)
    return target


@pytest.fixture(scope="module")
def book(written: Path) -> Workbook:
    return openpyxl.load_workbook(written)


def changed(database: Path, tmp_path: Path, *statements: str) -> Path:
    """Return a copy of the database in which something else stands."""
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy)) as con:
        for statement in statements:
            con.execute(statement)
    return copy


def sheet_of(book: Workbook, table: str) -> Worksheet:
    (title,) = [sheet.title for sheet in SHEETS if sheet.table == table]
    return book[title]


def places(book: Workbook) -> dict[str, list[str]]:
    """Return where each column of a sheet comes from, in order, as the definitions say."""
    found: dict[str, list[str]] = {}
    for title, _, _, place in book["Definitions"].iter_rows(min_row=2, values_only=True):
        found.setdefault(str(title), []).append(str(place))
    return found


def comparable(value: Any, kind: str) -> Any:
    """Return a value of the database, or a cell's, in a form that is equal if they are."""
    if value is None or value in ("", []):
        return None
    if kind == "BOOLEAN":
        return {True: "yes", False: "no"}.get(value, value)
    if kind.startswith("DECIMAL"):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-int(kind[:-1].split(",")[1])))
    if kind == "DATE":
        return value.date() if isinstance(value, datetime) else value
    if kind.startswith("TIMESTAMP"):  # openpyxl reads a time to the millisecond
        value += timedelta(microseconds=500)
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if kind.endswith("[]"):
        return safe_text(", ".join(value)) if isinstance(value, list) else value
    return safe_text(said(value)) if isinstance(value, str) else value


def said(value: Any) -> Any:
    """Return a cell's value; openpyxl leaves the escape of `_x0041_` as it stands in the file."""
    return value.replace("_x005F_", "_") if isinstance(value, str) else value


def shown_rows(table: str) -> str:
    """Return the rows of a report that its sheet shows, as SQL."""
    where = " where is_default_method" if "is_default_method" in contracts()[table] else ""
    return f"(from reports.{table}{where})"


def rows_of(table: str) -> int:
    """Return how many rows the sheet of a report has: each method of the tests has a quarter."""
    return ROWS // len(METHODS) if "is_default_method" in contracts()[table] else ROWS


def walk(book: Workbook, database: Path) -> int:
    """Compare every row of every sheet with the table it shows; return the number of cells.

    A table with methods of attribution is shown by the default one.
    """
    seen = 0
    named = places(book)
    with duckdb.connect(str(database), read_only=True) as con:
        for table, columns in contracts().items():
            page = sheet_of(book, table)
            own = {
                place.rpartition(".")[2]: index
                for index, place in enumerate(named[page.title])
                if place.startswith(f"reports.{table}.")
            }
            assert set(own) == set(columns) - {"is_default_method"}
            kinds = {
                name: kind for name, kind, *_ in con.execute(f"describe reports.{table}").fetchall()
            }
            names = ", ".join(f'"{name}"' for name in own)
            expected = Counter(
                tuple(comparable(v, kinds[name]) for v, name in zip(row, own, strict=True))
                for row in con.execute(f"select {names} from {shown_rows(table)}").fetchall()
            )
            cells = Counter(
                tuple(comparable(row[index], kinds[name]) for name, index in own.items())
                for row in page.iter_rows(min_row=HEAD + 1, values_only=True)
            )
            assert cells == expected, table
            seen += sum(cells.values()) * len(own)
    return seen


def test_every_figure_is_that_of_the_database(book: Workbook, database: Path) -> None:
    cells = sum(
        rows_of(table) * len(set(columns) - {"is_default_method"})
        for table, columns in contracts().items()
    )
    assert walk(book, database) == cells
    assert cells > 5_000


OF_EACH_METHOD = re.compile(r"reports\.(\w+)\.(\w+) where method = '(\w+)'")


def walk_methods(book: Workbook, database: Path) -> int:
    """Compare every figure by a method with the row it is of; return how many there are."""
    seen = 0
    with duckdb.connect(str(database), read_only=True) as con:
        for title, named in places(book).items():
            if not title.endswith(" by method"):
                continue
            keys = {
                place.rpartition(".")[2]: index
                for index, place in enumerate(named)
                if place.startswith("reports.") and place.endswith("_id")
            }
            of = {i: found.groups() for i, place in enumerate(named)
                  if (found := OF_EACH_METHOD.fullmatch(place))}  # fmt: skip
            ((table,),) = {(table,) for table, *_ in of.values()}
            kinds = {
                name: kind for name, kind, *_ in con.execute(f"describe reports.{table}").fetchall()
            }
            expected = Counter(
                (key, column, row[-1], comparable(value, kinds[column]))
                for row in con.execute(
                    f"select {', '.join([*keys, *OF_METHODS])}, method from reports.{table}"
                ).fetchall()
                for key in [row[: len(keys)]]
                for column, value in zip(OF_METHODS, row[len(keys) : -1], strict=True)
                if value is not None
            )
            found = Counter(
                (tuple(row[i] for i in keys.values()), column, method,
                 comparable(row[index], kinds[column]))
                for row in book[title].iter_rows(min_row=HEAD + 1, values_only=True)
                for index, (_, column, method) in of.items()
                if row[index] is not None
            )  # fmt: skip
            assert found == expected, table
            assert {method for _, _, method in of.values()} == set(METHODS)
            seen += sum(found.values())
    return seen


def test_every_method_has_columns_of_its_own(book: Workbook, database: Path) -> None:
    assert walk_methods(book, database) > 100
    page = book["Campaigns by method"]
    heads = [str(cell.value) for cell in page[HEAD]]
    assert heads[:2] == ["Campaign", "Attributed revenue, code then click (USD)"]
    assert len([head for head in heads if "shares" not in head and "revenue" in head]) == 4
    assert "never add them up" in str(page["A2"].value)


def test_the_walk_over_methods_sees_a_figure_that_differs(
    book: Workbook, database: Path, tmp_path: Path
) -> None:
    change = "update reports.campaign_performance set roi = 5 where method = 'linear'"
    with pytest.raises(AssertionError, match="Counter"):
        walk_methods(book, changed(database, tmp_path, change))


@pytest.mark.parametrize(
    "change",
    [
        "update reports.campaign_daily set cost = cost + 0.0001 where campaign_id = 'campaign-1'",
        "update reports.creator_scorecard set er_percentile = 0 where er_percentile is null",
        "update reports.data_health set rows_7d = rows_7d + 1",
        "delete from reports.compliance where post_id = 'post-3'",
    ],
)
def test_the_walk_sees_a_figure_that_differs(
    book: Workbook, database: Path, tmp_path: Path, change: str
) -> None:
    with pytest.raises(AssertionError, match="Counter"):
        walk(book, changed(database, tmp_path, change))


def test_names_stand_beside_ids_and_an_id_in_their_place_where_there_is_none(
    book: Workbook, database: Path
) -> None:
    page = sheet_of(book, "campaign_pacing")
    own = places(book)[page.title]
    name, key = (
        own.index("core.dim_campaign.campaign_name"),
        own.index("reports.campaign_pacing.campaign_id"),
    )
    assert name == 0
    with duckdb.connect(str(database), read_only=True) as con:
        named = dict(
            con.execute("select campaign_id, campaign_name from core.dim_campaign").fetchall()
        )
    shown = {row[key]: said(row[0]) for row in page.iter_rows(min_row=HEAD + 1, values_only=True)}
    assert len(shown) == ROWS
    assert shown == {key: safe_text(named.get(key) or key) for key in shown}
    assert shown["campaign-0"] == shown["campaign-0"], "has no name"
    assert shown["campaign-1"] == "campaign-1", "is not known"
    assert shown["campaign-2"] == TEXTS[1]


def test_every_report_has_a_sheet_in_words(book: Workbook) -> None:
    assert {sheet.table for sheet in SHEETS} == set(contracts())
    by_method = {f"{sheet.title} by method" for sheet in SHEETS if rows_of(sheet.table) < ROWS}
    assert by_method == {"Campaigns by method", "Collaborations by method"}
    assert [title for title in book.sheetnames if title not in by_method] == [
        *("Summary", "Read me first"),
        *(sheet.title for sheet in SHEETS),
        "Definitions",
    ]
    assert by_method < set(book.sheetnames)
    names = [name for page in book.worksheets for name in page.tables]
    assert len(set(names)) == len(names) == len(SHEETS) + 2
    for sheet in SHEETS:
        page = book[sheet.title]
        headers = [cell.value for cell in page[HEAD]]
        assert len(set(headers)) == len(headers), "two columns of one name"
        assert not [text for text in headers if "_" in text]
        assert page["A1"].value == f"{sheet.title}: {sheet.question}"
        assert page.freeze_panes is not None
        assert page.freeze_panes.endswith(str(HEAD + 1))
        last = page.cell(HEAD + rows_of(sheet.table), len(headers)).coordinate
        (table,) = page.tables.values()
        assert table.ref == table.autoFilter.ref == f"A{HEAD}:{last}"
        assert [column.name for column in table.tableColumns] == headers, "else Excel mends it"
        assert page.print_title_rows == f"$1:${HEAD}"
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr is not None
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToHeight == 0


def test_what_sheets_say_of_columns_is_true_of_the_contracts() -> None:
    added = {"campaign", "creator", "brand", "voice", "handle", "post_address"}
    every = {name for columns in contracts().values() for name in columns} | added
    aged = re.compile(r"_(1|7|30)d$")
    said = load_metrics().keys() | COLUMNS.keys()
    unsaid = {name for name in every - said if not name.endswith("_id")}
    assert {aged.sub("", name) for name in unsaid} <= said
    assert set(TONES) <= every
    for sheet in SHEETS:
        there = set(contracts()[sheet.table]) | added
        assert set(sheet.first) <= there
        assert {entry.lstrip("-!") for entry in sheet.order} <= there


def test_the_verdict_stands_before_what_peers_are_paid(book: Workbook) -> None:
    heads = [cell.value for cell in book["Fair fees"][HEAD]]
    placed = [
        heads.index(head)
        for head in (
            "Verdict",
            "Break-even fee of a post (estimate, USD)",
            "Fee at peers' price (estimate, USD)",
            "Paid beside peers",
        )
    ]
    assert placed == sorted(placed)
    assert "good" not in TONES.get("position", {}).values()
    returns = [cell.value for cell in book["Campaigns"][HEAD]]
    assert returns.index("How far its return is known") < returns.index("Cost committed (USD)")


def test_headers_say_unit_and_estimate(book: Workbook) -> None:
    headers = {cell.value for page in book.worksheets for cell in page[HEAD]}
    assert {
        "Cost committed (USD)",
        "Engagement rate, followers, 7 days (%)",
        "Fee at peers' price (estimate, USD)",
        "Engagements to expect of one post (estimate)",
        "Last landed (UTC)",
        "Reach, sum of the posts that report it",
        "Return on ad spend (revenue / cost)",
        "Rank",
    } <= headers
    noted = sheet_of(book, "campaign_daily").cell(HEAD, 3).comment
    assert noted is not None
    assert noted.text == "What posts means."


def cell_under(page: Worksheet, header: str, row: int = HEAD + 1) -> Any:
    (column,) = [cell.column for cell in page[HEAD] if cell.value == header]
    return page.cell(row, column)


@pytest.mark.parametrize(
    ("currency", "money", "small"),
    [("USD", "#,##0.00", "#,##0.0000"), ("JPY", "#,##0", "#,##0.0000"), ("KWD", "#,##0.000", None)],
)
def test_money_has_the_decimals_of_its_currency(
    tmp_path: Path, currency: str, money: str, small: str | None
) -> None:
    path = write_reports(tmp_path / "warehouse.duckdb", currency)
    write_workbook(path, tmp_path / "a.xlsx")
    page = sheet_of(openpyxl.load_workbook(tmp_path / "a.xlsx"), "campaign_performance")
    assert cell_under(page, f"Cost paid ({currency})").number_format == money
    cpe = cell_under(page, f"Cost per engagement ({currency})").number_format
    assert cpe == (small or "#,##0.00000")


def test_each_kind_of_figure_has_its_format(book: Workbook) -> None:
    def under(table: str, header: str) -> str:
        page = sheet_of(book, table)
        cells = [cell_under(page, header, row) for row in range(HEAD + 1, HEAD + 1 + ROWS)]
        (found,) = {str(cell.number_format) for cell in cells if cell.value is not None}
        return found

    assert under("campaign_daily", "Day") == "yyyy-mm-dd"
    assert under("data_health", "Last landed (UTC)") == "yyyy-mm-dd hh:mm"
    assert under("campaign_performance", "Return on investment (%)") == "#,##0.00%"
    assert under("campaign_performance", "Return on ad spend (revenue / cost)") == "#,##0.00"
    assert under("campaign_performance", "Valid clicks") == "#,##0"
    assert under("campaign_performance", "Attributed orders") == "#,##0.00"
    assert (
        under("tier_benchmarks", "Engagement rate, followers, lower quartile (%)")
        == (number_formats("USD")["percent"])
    )


def test_null_is_an_empty_cell_and_zero_a_zero(book: Workbook, database: Path) -> None:
    page = sheet_of(book, "campaign_daily")
    header = "Engagements gained"
    found = Counter(
        str(cell_under(page, header, row).value) for row in range(HEAD + 1, HEAD + ROWS + 1)
    )
    with duckdb.connect(str(database), read_only=True) as con:
        ((nulls, zeros),) = con.execute(
            "select count_if(engagements_change is null), count_if(engagements_change = 0) "
            "from reports.campaign_daily"
        ).fetchall()
    assert nulls > 0
    assert zeros > 0
    assert (found["None"], found["0"]) == (nulls, zeros)
    letter = cell_under(page, header).column_letter
    shaded = [
        str(area.sqref)
        for area, rules in page.conditional_formatting._cf_rules.items()
        if any(rule.type == "containsBlanks" for rule in rules)
    ]
    assert f"{letter}{HEAD + 1}:{letter}{HEAD + ROWS}" in shaded


def test_the_first_sheet_says_what_one_must_know(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".2026-03-10-0007.partial"
    folder.mkdir()
    shutil.copy(written.with_name("warehouse.duckdb"), folder)
    write_workbook(folder / "warehouse.duckdb", tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Read me first"]
    rows = {row[0]: row[1:] for row in page.iter_rows(values_only=True) if row[0]}
    assert rows["As of"][0].startswith(f"{DAY}, the end of the day")
    assert "Europe/Berlin" in rows["As of"][0]
    assert rows["Release"][0] == "2026-03-10-0007"
    assert rows["Money"][0].startswith("USD.")
    assert rows["Attribution"][0].startswith("code_then_click is the default method, and")
    assert "never 0" in rows["Empty grey cell"][0]
    for sheet in SHEETS:
        row_is = f"One row of {sheet.table}."
        if rows_of(sheet.table) < ROWS:
            row_is += " By code_then_click, the default method of attribution."
        assert rows[sheet.title] == (sheet.question, row_is, rows_of(sheet.table))


def test_a_sheet_is_by_one_method_and_says_which(book: Workbook) -> None:
    for table in ("campaign_performance", "collaboration_performance"):
        page = sheet_of(book, table)
        rows = range(HEAD + 1, HEAD + 1 + rows_of(table))
        methods = [cell_under(page, "Method of attribution", row).value for row in rows]
        assert methods == ["code_then_click"] * rows_of(table)
        assert page.cell(HEAD + 1 + rows_of(table), 1).value is None
        assert not [row for row in rows if page.row_dimensions[row].hidden]
        assert "By code_then_click, the default method" in str(page["A2"].value)


def test_what_needs_attention_comes_first(book: Workbook) -> None:
    page = sheet_of(book, "compliance")
    results = [cell_under(page, "Result", row).value for row in range(HEAD + 1, HEAD + ROWS + 1)]
    fails, weak = results.count("fail"), results.count("weak")
    assert min(fails, weak) > 1
    assert results[: fails + weak] == ["fail"] * fails + ["weak"] * weak


def xml_parts(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def test_no_cell_is_a_formula(written: Path) -> None:
    sheets = 0
    for name, content in xml_parts(written):
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        root = ElementTree.fromstring(content)  # noqa: S314 - written a moment ago
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        if name.startswith("xl/worksheets/sheet"):
            sheets += 1
            assert "f" not in tags
        if name.endswith(".rels") and b"External" in content:
            assert name.startswith("xl/worksheets/")
            outside = [each for each in root if each.get("TargetMode") == "External"]
            assert {str(each.get("Type")).rpartition("/")[2] for each in outside} == {"hyperlink"}
            targets = [str(each.get("Target")) for each in outside]
            assert not [target for target in targets if not re.match(r"(?i)https?://\w", target)]
    assert sheets == len(SHEETS) + 5
    assert not [name for name, _ in xml_parts(written) if "externalLink" in name]


@pytest.mark.parametrize("table", ["post_performance", "compliance"])
def test_a_post_is_linked_where_its_address_is_one_of_the_web(book: Workbook, table: str) -> None:
    page = sheet_of(book, table)
    cells = [cell_under(page, "Address of the post", row) for row in range(HEAD + 1, HEAD + 25)]
    linked = {}
    for cell in cells:
        if cell.hyperlink is not None:
            anchor = f"#{cell.hyperlink.location}" if cell.hyperlink.location else ""
            linked[cell.value] = f"{cell.hyperlink.target}{anchor}"
    assert linked == {link: link for link in LINKS}
    shown = {said(cell.value) for cell in cells if cell.value is not None}
    assert shown == {safe_text(address) for address in ADDRESSES[:ROWS]}
    elsewhere = [
        cell.coordinate
        for other in book.worksheets
        if other.title not in ("Posts", "Compliance")
        for row in other.iter_rows()
        for cell in row
        if cell.hyperlink is not None
    ]
    assert elsewhere == []


def test_a_sheet_has_no_more_links_than_excel_takes(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reachline.publish.workbook.MOST_LINKS", 3)
    write_workbook(database, tmp_path / "a.xlsx")
    page = sheet_of(openpyxl.load_workbook(tmp_path / "a.xlsx"), "post_performance")
    cells = [cell_under(page, "Address of the post", row) for row in range(HEAD + 1, HEAD + 25)]
    assert len([cell for cell in cells if cell.hyperlink is not None]) == 3
    assert {said(cell.value) for cell in cells} >= set(LINKS)


def test_the_summary_says_what_the_morning_says(book: Workbook, database: Path) -> None:
    page = book["Summary"]
    texts = {said(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None}
    with duckdb.connect(str(database), read_only=True) as con:
        morning = read_morning(con)
    whole = [*morning.came_in, *morning.data, morning.nothing_else]
    whole += [(*need.words, ".") for need in morning.needs]
    whole += [choice.why for each in morning.choices for choice in each.those]
    whole += [each.rest for each in morning.choices]
    assert len(whole) > 8
    assert {safe_text(plain(sentence)) for sentence in whole if sentence} <= texts
    known = [float(number.figure.value) for number in morning.numbers if number.figure]
    assert set(known) <= texts
    assert f"What came in by {DAY.day} {DAY:%B %Y}" in texts


def test_the_summary_has_charts_over_cells_that_are_the_figures(tmp_path: Path) -> None:
    path = write_reports(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(path)) as con:
        con.execute(
            "insert into meta.coverage values ('orders', null, date '2026-02-20', ?)", [DAY]
        )
        con.execute(
            "insert into core.fct_attribution values "
            "('o1', 'code_then_click', 'l1', date '2026-03-10', 1, 30.5, 20), "
            "('o1', 'last_touch', 'l1', date '2026-03-10', 1, 999, 999), "
            "('o2', 'code_then_click', 'l1', date '2026-03-09', 1, 12, null), "
            "('o3', 'code_then_click', 'l1', date '2026-02-24', 1, 7, 1)"
        )
        con.execute(
            "update reports.next_bookings set next_break_even_fee = null; "
            "update reports.next_bookings set next_break_even_fee = 9.5, last_fee = 2 "
            "where brand_id = 'brand-2' and creator_id = 'creator-2'"
        )
        con.execute("update reports.share_of_voice set is_partial = true")
        con.execute(
            "update reports.share_of_voice set voice_brand_id = brand_id, is_partial = false, "
            "week = date '2026-03-02', share_of_posts = 0.25 where brand_id = 'brand-2'"
        )
        campaigns = con.execute(
            "select coalesce(c.campaign_name, p.campaign_id), p.attributed_revenue::double, "
            "p.cost_committed::double from reports.campaign_performance as p "
            "left join core.dim_campaign as c using (campaign_id) where p.is_default_method"
        ).fetchall()
    write_workbook(path, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Summary"]
    charts = [*page._charts]
    assert [type(chart).__name__ for chart in charts] == [
        *("LineChart", "BarChart", "BarChart", "LineChart")
    ]
    drawn = [[series_of(page, series) for series in chart.series] for chart in charts]
    revenue, before = drawn[0]
    assert revenue[at(2026, 3, 10)] == 30.5
    assert revenue[at(2026, 3, 9)] == 12
    assert len(revenue) == 14
    assert sum(value or 0 for value in revenue.values()) == 42.5
    assert before[at(2026, 3, 10)] == 7
    assert before[at(2026, 3, 5)] is None, "before orders were watched"
    earned, cost = drawn[1]
    shown = [row for row in campaigns if (row[1] or 0) > 0 or (row[2] or 0) > 0]
    assert earned == {safe_text(name): revenue for name, revenue, _ in shown}
    assert cost == {safe_text(name): spent for name, _, spent in shown}
    assert drawn[2] == [{TEXTS[1]: 9.5}, {TEXTS[1]: 2}]
    assert drawn[3] == [{at(2026, 3, 2): 0.25}]


def at(year: int, month: int, day: int) -> datetime:
    """Return a day as openpyxl reads it."""
    return datetime.combine(date(year, month, day), datetime.min.time())


def series_of(page: Worksheet, series: Any) -> dict[Any, Any]:
    """Return a chart's series as the cells that it is drawn from have it, by its categories."""

    def cells(reference: str) -> list[Any]:
        first, _, last = reference.rpartition("!")[2].replace("$", "").partition(":")
        return [said(cell.value) for (cell,) in page[f"{first}:{last or first}"]]

    categories = series.cat.numRef or series.cat.strRef
    assert series.tx.strRef.f.startswith("Summary!")
    return dict(zip(cells(categories.f), cells(series.val.numRef.f), strict=True))


def test_a_release_of_nothing_has_a_summary_without_charts(tmp_path: Path) -> None:
    path = write_reports(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(path)) as con:
        for table in contracts():
            con.execute(f"delete from reports.{table}")
        con.execute("delete from core.dim_campaign")
    write_workbook(path, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["Summary"]
    assert len(page._charts) == 0
    texts = {cell.value for row in page.iter_rows() for cell in row}
    assert "No campaign has cost or earned anything yet." in texts


def test_texts_stay_what_people_wrote(book: Workbook) -> None:
    page = sheet_of(book, "campaign_pacing")
    column = [page.cell(row, 1) for row in range(HEAD + 1, HEAD + 1 + ROWS)]
    cells = {said(cell.value): cell for cell in column}
    assert "_x005F_x0041_ and _x005F_x000D_" in {cell.value for cell in column}, "no sign's number"
    shown = set(TEXTS[1::2])
    assert {safe_text(text) for text in shown} <= set(cells)
    for text in shown:
        cell = cells[safe_text(text)]
        assert cell.data_type == "s"
        starts = text.lstrip().startswith(("=", "+", "-", "@", "＝"))
        assert bool(cell.quotePrefix) == starts, "stays a text when it is edited"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\x00b\x1f\x0bc", "a\ufffdb\ufffd\ufffdc"),
        ("\ud800 alone", "\ufffd alone"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
        # an emoji is two units of UTF-16, and is not cut in two
        ("😀" * 16_384, "😀" * 16_383 + "…"),
        ("x" + "😀" * 16_384, "x" + "😀" * 16_382 + "…"),
        ("👩\u200d🍳 שלום", "👩\u200d🍳 שלום"),
    ],
)
def test_a_text_is_made_such_as_a_cell_holds(
    database: Path, tmp_path: Path, text: str, safe: str
) -> None:
    assert safe_text(text) == safe
    assert len(safe.encode("utf-16-le")) <= 2 * LONGEST_TEXT
    if "\ud800" in text:
        return  # DuckDB holds no half of a pair
    copy = changed(database, tmp_path)
    with duckdb.connect(str(copy)) as con:
        con.execute("update reports.compliance set evidence = ?", [text])
    write_workbook(copy, tmp_path / "a.xlsx")
    page = sheet_of(openpyxl.load_workbook(tmp_path / "a.xlsx"), "compliance")
    assert cell_under(page, "What shows it").value == safe


def test_whole_numbers_that_a_double_does_not_hold_stand_as_text(
    database: Path, tmp_path: Path
) -> None:
    copy = changed(
        database,
        tmp_path,
        f"update reports.campaign_daily set posts = {2**53}, valid_clicks = {2**53 + 1}",
        "update reports.fair_compensation set expected_engagements = 'nan'",
        "update reports.campaign_daily set date_day = date '1899-12-31'",
    )
    write_workbook(copy, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    page = sheet_of(book, "campaign_daily")
    assert cell_under(page, "Posts").value == 2**53
    assert cell_under(page, "Valid clicks").value == str(2**53 + 1)
    assert str(cell_under(page, "Day").value).startswith("1899-12-31")
    fees = sheet_of(book, "fair_compensation")
    assert cell_under(fees, "Engagements to expect of one post (estimate)").value == "nan"


def test_rows_that_do_not_fit_are_counted_and_the_csv_is_named(
    database: Path, tmp_path: Path
) -> None:
    limit = HEAD + ROWS
    write_workbook(database, tmp_path / "fits.xlsx", most_rows=limit)
    page = sheet_of(openpyxl.load_workbook(tmp_path / "fits.xlsx"), "hashtag_trends")
    assert page.max_row == limit
    assert "more" not in str(page.cell(limit, 1).value)

    write_workbook(database, tmp_path / "cut.xlsx", most_rows=limit - 1)
    book = openpyxl.load_workbook(tmp_path / "cut.xlsx")
    page = sheet_of(book, "hashtag_trends")
    assert page.max_row == limit - 1
    assert page.cell(limit - 1, 1).value == (
        f"2 rows more do not fit into a sheet: all {ROWS} are in reports/hashtag_trends.csv of the "
        "release."
    )
    (table,) = page.tables.values()
    assert table.ref.endswith(str(limit - 2)), "the last line is no row"
    days = [cell_under(page, "Week from", row).value for row in range(HEAD + 1, limit - 1)]
    known = [day for day in days if day is not None]
    assert known == sorted(known, reverse=True), "the newest are kept"
    first = {row[0]: row for row in book["Read me first"].iter_rows(values_only=True)}
    assert first["Hashtags"][2].endswith(f"Only the first {ROWS - 2} are here.")
    assert first["Hashtags"][3] == ROWS


def test_a_report_without_rows_says_so(database: Path, tmp_path: Path) -> None:
    copy = changed(
        database,
        tmp_path,
        "delete from reports.outreach_funnel",
        "delete from reports.campaign_performance",
        "delete from reports.collaboration_performance",
    )
    write_workbook(copy, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert sheet_of(book, "outreach_funnel").cell(HEAD + 1, 1).value == "No rows."
    labels = [row[0] for row in book["Read me first"].iter_rows(values_only=True)]
    assert "Attribution" not in labels


def test_a_report_that_a_team_added_has_a_sheet_of_its_own(database: Path, tmp_path: Path) -> None:
    copy = changed(
        database,
        tmp_path,
        'create table reports."my/own [report] of a very long name?" as '
        "select 'campaign-2' as campaign_id, 5 as my_figure",
        "create table reports.pacing as select 1 as a_id, timestamptz '2026-03-10 01:00+02' as b",
        "create table reports.definitions as select 1 as a",
    )
    write_workbook(copy, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[-4:] == [
        *("Definitions 2", "My own  report  of a very long", "Pacing 2", "Definitions")
    ]
    page = book["My own  report  of a very long"]
    assert [cell.value for cell in page[HEAD]] == ["Campaign", "My figure", "Campaign id"]
    assert [cell.value for cell in page[HEAD + 1]] == [TEXTS[1], 5, "campaign-2"]
    assert book["Pacing 2"].cell(HEAD + 1, 1).value == datetime.fromisoformat("2026-03-09 23:00")


def test_the_same_database_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_workbook(written.with_name("warehouse.duckdb"), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == written.read_bytes()
    core = dict(xml_parts(written))["docProps/core.xml"].decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", core) == [f"{DAY}T00:00:00"] * 2


def test_memory_does_not_grow_with_the_rows(database: Path, tmp_path: Path) -> None:
    """Rows come in batches: no statement's result is ever fetched whole."""
    copy = changed(
        database,
        tmp_path,
        "insert into reports.hashtag_trends "
        "select t.* from reports.hashtag_trends as t, range(2000)",
    )
    few, many = peak_of(database, tmp_path), peak_of(copy, tmp_path)
    assert many - few < 100, "MiB, for 48,000 rows more, which as Python objects are 190"


def peak_of(database: Path, tmp_path: Path) -> int:
    """Return the most MiB that a process of its own held while it wrote a workbook."""
    code = (
        "import resource, sys; from pathlib import Path; "
        "from reachline.publish.workbook import write_workbook; "
        "write_workbook(Path(sys.argv[1]), Path(sys.argv[2])); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(database), str(tmp_path / "peak.xlsx")],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


def figure(text: str) -> float:
    """Return what LibreOffice writes of a cell, `97.5%` among it."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def test_libreoffice_opens_it_without_a_warning(
    written: Path, book: Workbook, database: Path, tmp_path: Path
) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip(
            "NOT CHECKED: soffice is missing; install libreoffice-calc to open the workbook"
        )
    # every sheet (-1) as csv, quoted, values instead of what is shown
    as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,false,false,false,-1"
    done = subprocess.run(
        [
            *(soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", as_csv, "--outdir", str(tmp_path), str(written)),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = [line for line in done.stderr.splitlines() if "javaldx" not in line]
    assert said == []
    compared, named = 0, places(book)
    with duckdb.connect(str(database), read_only=True) as con:
        for sheet in SHEETS:
            path = tmp_path / f"reachline-{sheet.title}.csv"
            with path.open(encoding="utf-8", newline="") as lines:
                _, _, _, *rows = list(csv.reader(lines))
            assert len(rows) == rows_of(sheet.table), sheet.title
            for name in ("cost_committed", "roi", "engagements", "er_percentile", "suggested_mid"):
                if name not in contracts()[sheet.table]:
                    continue
                index = named[sheet.title].index(f"reports.{sheet.table}.{name}")
                found = sorted(figure(row[index]) for row in rows if row[index])
                expected = con.execute(
                    f"select {name}::double from {shown_rows(sheet.table)} "
                    f"where {name} is not null order by 1"
                ).fetchall()
                assert found == pytest.approx([value for (value,) in expected], rel=1e-14)
                compared += len(found)
    assert compared > 120
    with (tmp_path / "reachline-Pacing.csv").open(encoding="utf-8", newline="") as lines:
        names = {row[0] for row in csv.reader(lines)}
    assert {safe_text(text) for text in TEXTS[1::2]} <= names


def test_dates_are_the_days_of_the_database(book: Workbook, database: Path) -> None:
    page = sheet_of(book, "campaign_daily")
    days = {cell_under(page, "Day", row).value for row in range(HEAD + 1, HEAD + ROWS + 1)}
    known = {day.date() for day in days if isinstance(day, datetime)}
    assert known == {DAY - timedelta(days=days) for days in (0, 1, 400)}
    assert known >= {date(2026, 3, 10)}
