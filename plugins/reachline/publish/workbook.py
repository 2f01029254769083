"""The workbook of a release: a sheet a report, for people who read it in a spreadsheet."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from reachline.languages import N_, SOURCE, gettext, numeric_day_text, spoken
from reachline.publish.labels import label_of
from reachline.publish.morning import read_morning
from reachline.publish.names import NAMES, Added, columns_of, names_beside
from reachline.publish.report.tables import safe_link
from reachline.publish.sheets import (
    ABOVE_ZERO_IS_BAD,
    BELOW_ZERO_IS_BAD,
    LONG_TEXTS,
    OF_METHODS,
    SHEETS,
    TONES,
    Kind,
    Sheet,
    header,
    in_words,
    kind_of,
    order_of,
)
from reachline.publish.summary import read_charts, write_summary
from reachline.publish.workbook_cells import (
    COLOURS,
    FORMULA_START,
    LONGEST_TEXT,
    Formats,
    alignment,
    cell_text,
    number_formats,
    safe_text,
)
from reachline.sql import identifier, literal

MOST_ROWS = 1_048_576
"""Rows of a sheet, by Excel's own limit."""

MOST_LINKS = 65_530
"""Links of a sheet, by Excel's own limit."""

LONGEST_LINK = 2_079
"""Length of a link, by Excel's own limit."""

WHOLE_NUMBERS = 2**53
"""A spreadsheet stores numbers as doubles: above this, not every whole number can be stored."""

_BATCH = 2_000
_HEAD = 3  # a title, a note and the headers stand above the rows
_LONGEST_WIDTH, _LONG_WIDTH, _MOST_LINES = 42, 64, 4
_CHARACTERS_PER_LINE = 66
_WIDTH_OF_A_PAGE = 260
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = 61  # 1 March 1900: before it spreadsheets disagree about the day of a number

_PAPER_A4 = 9
_LONGEST_HEADER = 255  # of a table, by Excel's own limit
_FIRST_SHEET, _DEFINITIONS = N_("Read me first"), N_("Definitions")
_RELEASE_ID = re.compile(r"^\.?(\d{4}-\d\d-\d\d-\d{4,})(\.partial)?$")


@dataclass(frozen=True)
class _Column:
    name: str
    sql: str
    kind: Kind
    header: str
    meaning: str
    place: str
    width: float
    is_link: bool = False


@dataclass(frozen=True)
class _Filled:
    """A sheet with what it shows of its table."""

    sheet: Sheet
    name: str
    row_is: str
    columns: tuple[_Column, ...]
    source: str
    order: str
    rows: int
    shown: int
    note: str = ""


@dataclass(frozen=True)
class _About:
    logical_date: date
    currency: str
    time_zone: str
    release_id: str | None


def write_workbook(database: Path, target: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Write the reports of a release's database as an xlsx workbook to `target`.

    The same database in a folder of the same name gives the same bytes. Rows are read and written
    in batches, so memory does not grow with them. A sheet holds at most `most_rows`; where a table
    has more, its last line says how many are left out and which csv has them all.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set threads = 2; set enable_progress_bar = false")
        about = _about(connection, database)
        filled = list(_fill(connection, about.currency, most_rows))
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(str(target), options) as book:
            book.set_properties(
                {
                    "title": gettext(
                        "Reachline as of {day}", day=numeric_day_text(about.logical_date)
                    ),
                    "author": "Reachline",
                    "created": datetime.combine(about.logical_date, datetime.min.time()),
                }
            )
            formats = Formats(book, about.currency)
            morning, charts = read_morning(connection), read_charts(connection)
            method = _default_method(connection)
            said = (
                gettext("Release {release}", release=about.release_id) if about.release_id else "",
                gettext("money in {currency}", currency=about.currency),
                gettext("by {method}, the default method of attribution", method=_said(method))
                if method
                else "",
            )
            below = "; ".join(filter(None, said))
            below = below[0].upper() + below[1:]
            write_summary(book, formats, morning, charts, about.currency, below)
            _write_first(book, formats, about, filled, method)
            for sheet in filled:
                _write_sheet(connection, book, formats, about, sheet)
            _write_definitions(book, formats, filled)


def _about(connection: duckdb.DuckDBPyConnection, database: Path) -> _About:
    ((logical_date, currency, time_zone),) = connection.execute(
        "select logical_date, currency, time_zone from meta.run"
    ).fetchall()
    found = _RELEASE_ID.match(database.resolve().parent.name)
    return _About(logical_date, currency, time_zone, found[1] if found else None)


def _default_method(connection: duckdb.DuckDBPyConnection) -> str | None:
    if "is_default_method" not in columns_of(connection, "reports", "campaign_performance"):
        return None
    rows = connection.execute(
        "select distinct method from reports.campaign_performance where is_default_method"
    ).fetchall()
    return rows[0][0] if rows else None


def _said(method: str) -> str:
    """Return a method of attribution as the sheets name it."""
    word = in_words("method")
    return word(method) if word else method


def _fill(
    connection: duckdb.DuckDBPyConnection, currency: str, most_rows: int
) -> Iterator[_Filled]:
    tables = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = current_database() and "
            "schema_name = 'reports' order by 1"
        ).fetchall()
    ]
    described = dict(
        connection.execute(
            "select table_name, description from meta.tables where table_schema = 'reports'"
        ).fetchall()
    )
    known = [sheet for sheet in SHEETS if sheet.table in tables]
    known_tables = {sheet.table for sheet in known}
    others = [
        Sheet(name, _title(name), "", tuple(name.name for name in NAMES), ())
        for name in tables
        if name not in known_tables
    ]
    taken: set[str] = set()
    for sheet in (*known, *others):
        name = _free_name(gettext(sheet.title), taken)
        methods = _methods(connection, sheet.table)
        row_is = _one_line(described.get(sheet.table) or "")
        own = columns_of(connection, "reports", sheet.table)
        can_compare = len(methods) > 1 and not own.keys().isdisjoint(OF_METHODS)
        beside = (
            _free_name(gettext("{sheet} by method", sheet=gettext(sheet.title)[:20]), taken)
            if can_compare
            else ""
        )
        source = f"reports.{identifier(sheet.table)}"
        note = ""
        if methods:
            source = f"(from {source} where is_default_method)"
            default = _said(methods[0])
            note = gettext("By {method}, the default method of attribution.", method=default)
            row_is = f"{row_is} {note}".lstrip()
            if beside:
                note = gettext(
                    "By {method}, the default method of attribution; what the others say stands in "
                    "{sheet}",
                    method=default,
                    sheet=beside,
                )
        yield _filled(
            connection, sheet, name, row_is, _columns(connection, sheet, currency, own, source),
            most_rows, note,
        )  # fmt: skip
        if beside:
            yield _by_method(connection, sheet, beside, currency, own, methods, most_rows)


def _filled(
    connection: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    name: str,
    row_is: str,
    columns_and_source: tuple[tuple[_Column, ...], str],
    most_rows: int,
    note: str,
) -> _Filled:
    columns, source = columns_and_source
    ((rows,),) = connection.execute(f"select count(*) from {source}").fetchall()
    room = most_rows - _HEAD
    cells = {column.name: column.sql for column in columns}
    unique = [column.sql for column in columns if column.place.startswith("reports.")]
    return _Filled(
        sheet=sheet,
        name=name,
        row_is=row_is,
        columns=columns,
        source=source,
        order=", ".join([*order_of(sheet, cells), *(f"{sql} nulls last" for sql in unique)]),
        rows=rows,
        shown=rows if rows <= room else room - 1,
        note=note,
    )


def _methods(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return the methods of attribution that a table has rows of, the default one first."""
    if not {"method", "is_default_method"} <= columns_of(connection, "reports", table).keys():
        return []
    rows = connection.execute(
        "select method, bool_or(is_default_method) as is_default "
        f"from reports.{identifier(table)} group by method order by is_default desc, method"
    ).fetchall()
    return [method for method, _ in rows]


def _by_method(
    connection: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    name: str,
    currency: str,
    own: dict[str, str],
    methods: Sequence[str],
    most_rows: int,
) -> _Filled:
    """Return a sheet with a column for each method: nothing there can be added up over methods."""
    shared = [column for column in OF_METHODS if column in own]
    keys = {column: kind for column, kind in own.items() if column.endswith("_id")}
    said = {
        f"{column} {number}": (column, method)
        for column in shared
        for number, method in enumerate(methods)
    }
    selected = [identifier(key) for key in keys] + [
        f"max({identifier(column)}) filter (where method = {literal(method)}) "
        f"as {identifier(alias)}"
        for alias, (column, method) in said.items()
    ]
    source = f"(select {', '.join(selected)} from reports.{identifier(sheet.table)} group by all)"
    first = tuple(each for each in sheet.first if each in {name.name for name in NAMES})
    wide = replace(
        sheet,
        question=N_("What would each method of attribution say?"),
        first=first,
        order=(*first, *keys),
        frozen=len(first) or 1,
    )
    kinds = {**keys, **{alias: own[column] for alias, (column, _) in said.items()}}
    columns = _columns(connection, wide, currency, kinds, source, said)
    thing = gettext(
        "A row is what the other sheet has a row for, with each figure by every method."
    )
    note = gettext(
        "Each method shares out the same orders: compare the columns, and never add them up"
    )
    return _filled(connection, wide, name, thing, columns, most_rows, note)


def _title(table: str) -> str:
    return table.replace("_", " ").capitalize()


def _free_name(title: str, taken: set[str]) -> str:
    """Return a sheet's name that Excel takes and no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Sheet"
    name, number = plain, 1
    own = {gettext(text).lower() for text in ("Summary", _FIRST_SHEET, _DEFINITIONS)}
    while name.lower() in taken | own | {"history"}:  # which Excel keeps for itself
        number += 1
        name = f"{plain[:26]} {number}"
    taken.add(name.lower())
    return name


def _columns(
    connection: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    currency: str,
    own: dict[str, str],
    read_from: str,
    of_methods: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> tuple[tuple[_Column, ...], str]:
    """Return a sheet's columns in their order, and what stands after `from`.

    `of_methods` says of a column which one of the table it is, and by which method.
    """
    meanings = {
        column: _one_line(meaning or "")
        for column, meaning in connection.execute(
            "select column_name, description from meta.columns "
            "where table_schema = 'reports' and table_name = ?",
            [sheet.table],
        ).fetchall()
    }
    named, source = names_beside(connection, own, read_from)
    found: dict[str, tuple[str, str, str, str]] = {
        added.name.name: (added.shown, "VARCHAR", *_about_name(added)) for added in named
    }
    links = {added.name.name for added in named if added.name.is_link}
    for name, type_name in own.items():
        column, method = of_methods.get(name, (name, ""))
        meaning, place = meanings.get(column, ""), f"reports.{sheet.table}.{column}"
        if method:
            meaning = gettext("By {method}. {meaning}", method=_said(method), meaning=meaning)
            place = f"{place} where method = '{method}'"
        found[name] = (f"report.{identifier(name)}", type_name, meaning, place)
    # a sheet by one method says so above its rows
    hidden = {"is_default_method"} if "method" in own else set()
    ids = [name for name in found if name.endswith("_id") and name not in sheet.first]
    first = [name for name in sheet.first if name in found and name not in hidden]
    rest = [name for name in own if name not in first and name not in ids and name not in hidden]
    added_last = [name for name in found if name not in (*first, *rest, *ids, *hidden)]
    shaped = []
    for name in (*first, *rest, *added_last, *ids):
        sql, type_name, meaning, place = found[name]
        kind = kind_of(of_methods.get(name, (name,))[0], type_name)
        shaped.append((name, _cell_sql(sql, type_name, kind), kind, meaning, place))
    widest = _widest(connection, source, [(sql, kind) for _, sql, kind, *_ in shaped])
    numbers = number_formats(currency)
    columns: list[_Column] = []
    for (name, sql, kind, meaning, place), most in zip(shaped, widest, strict=True):
        base, method = of_methods.get(name, (name, ""))
        said = _free_header(header(base, kind, currency, by=method), columns)
        if kind == "text" and (word := in_words(base)) is not None:
            rows = connection.execute(f"select distinct {sql} from {source}").fetchall()
            most = max((len(word(each)) for (each,) in rows if each), default=0)
        width = _LONG_WIDTH if name in LONG_TEXTS else _width(kind, most, numbers, said)
        columns.append(_Column(base, sql, kind, said, meaning, place, width, name in links))
    return tuple(columns), source


def _about_name(added: Added) -> tuple[str, str]:
    """Return what the column of a name means, and where it is read."""
    name = added.name
    words = name.column.replace("_", " ").capitalize()
    if spoken().code != SOURCE:
        words = label_of(name.column).text
    if name.unknown:
        words = gettext("{what}, or: {otherwise}", what=words, otherwise=gettext(name.unknown))
    elif not name.is_link:
        words = gettext("{what}, its id without one", what=words)
    return f"{words}.", f"core.{name.table}.{name.column}"


def _free_header(text: str, before: Sequence[_Column]) -> str:
    """Return a header that no other column of the sheet has: in a table they name the columns."""
    plain = safe_text(_one_line(text))[: _LONGEST_HEADER - 5]
    taken = {column.header.lower() for column in before}
    said, number = plain, 1
    while said.lower() in taken:
        number += 1
        said = f"{plain} ({number})"
    return said


def _cell_sql(sql: str, type_name: str, kind: Kind) -> str:
    """Return a value as a cell has it: days and times as a spreadsheet counts them."""
    if kind == "yes":
        yes, no = literal(gettext("yes")), literal(gettext("no"))
        return f"case when {sql} then {yes} when not {sql} then {no} end"
    if kind == "day":
        return f"{sql} - date '{_EPOCH}'"
    if kind == "time":
        return f"epoch_us({sql}) / 86400000000 + {(date(1970, 1, 1) - _EPOCH).days}"
    if kind != "text":
        is_exact = type_name.endswith(("INT", "INTEGER"))
        return sql if is_exact else f"cast({sql} as double)"
    if type_name.endswith("[]"):
        return f"array_to_string({sql}, ', ')"
    return f"cast({sql} as varchar)"


def _widest(
    connection: duckdb.DuckDBPyConnection, source: str, cells: Sequence[tuple[str, Kind]]
) -> Sequence[Any]:
    """Return the length that 19 of 20 texts keep to, and the largest number, of each column."""
    asked = ", ".join(
        f"quantile_disc(length({sql}), 0.95)" if kind in ("text", "yes") else f"max(abs({sql}))"
        for sql, kind in cells
    )
    return connection.execute(f"select {asked} from {source}").fetchall()[0]


def _width(kind: Kind, most: Any, numbers: dict[str, str], said: str) -> float:
    if kind in ("text", "yes"):
        needed = most or 0
    elif kind in ("day", "time"):
        needed = len(numbers[kind])
    else:
        large = abs(most) * (100 if kind == "percent" else 1) if most else 0
        large = large if math.isfinite(large) else 0
        # digits, a comma for each three, and what the format writes beside them
        needed = len(f"{large:,.0f}") + len(numbers[kind].removeprefix("#,##0")) + 1
    longest_word = max(map(len, said.split()))
    return min(max(needed, longest_word + 2, 9, math.sqrt(len(said)) * 2.3), _LONGEST_WIDTH) + 2


def _write_sheet(
    connection: duckdb.DuckDBPyConnection,
    book: xlsxwriter.Workbook,
    formats: Formats,
    about: _About,
    filled: _Filled,
) -> None:
    page = book.add_worksheet(filled.name)
    columns = filled.columns
    last_row, last_column = _HEAD - 1 + filled.shown, len(columns) - 1
    for index, column in enumerate(columns):
        style = formats.cell(column.name, column.kind, is_link=column.is_link)
        page.set_column(index, index, column.width, style)
    page.freeze_panes(_HEAD, filled.sheet.frozen)
    if filled.sheet.tab:
        page.set_tab_color(filled.sheet.tab)
    _print_setup(page, filled)
    if filled.shown:
        _make_a_table(page, filled, last_row, last_column)
    _colour(page, formats, columns, last_row)
    _write_head(page, formats, about, filled)
    _write_rows(connection, page, formats, filled)
    after = _HEAD + filled.shown
    quiet = formats(italic=True, **COLOURS["quiet"])
    if filled.shown < filled.rows:
        page.write_string(
            after,
            0,
            gettext(
                "{number} rows more do not fit into a sheet: all {all} are in {file} of the "
                "release.",
                number=filled.rows - filled.shown,
                all=filled.rows,
                file=f"reports/{filled.sheet.table}.csv",
            ),
            quiet,
        )
    elif not filled.rows:
        page.write_string(after, 0, gettext("No rows."), quiet)


def _make_a_table(page: Worksheet, filled: _Filled, last_row: int, last_column: int) -> None:
    """Make the rows a table of Excel's, with its filters, that formulas and pivots know by name.

    xlsxwriter refuses its own way where rows are written as they come, since it keeps each cell.
    Excel takes no table that consists of headers alone.
    """
    area = xl_range(_HEAD - 1, 0, last_row, last_column)
    page.tables.append(
        {
            "name": _table_name(filled),
            "range": area,
            "a_range": area,
            "autofilter": area,
            "columns": [
                {
                    "id": number,
                    "name": cell_text(column.header),
                    "total_string": "",
                    "total_function": "",
                    "custom_total": "",
                    "total_value": 0,
                    "formula": "",
                    "format": None,
                    "name_format": None,
                }
                for number, column in enumerate(filled.columns, 1)
            ],
            "header_row_count": 1,
            "totals_row_shown": False,
            "show_first_col": False,
            "show_last_col": False,
            "show_row_stripes": False,
            "show_col_stripes": False,
            "style": "TableStyleLight1",
            "title": filled.name,
            "description": filled.row_is,
        }
    )


def _table_name(filled: _Filled) -> str:
    """Return a name that Excel takes: that of the sheet, which no other sheet has, in one word."""
    return "t_" + re.sub(r"\W+", "_", filled.name.lower())


def _print_setup(page: Worksheet, filled: _Filled) -> None:
    page.set_landscape()
    page.set_paper(_PAPER_A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    width = sum(column.width for column in filled.columns)
    page.fit_to_pages(max(1, math.ceil(width / _WIDTH_OF_A_PAGE)), 0)
    page.repeat_rows(0, _HEAD - 1)
    page.repeat_columns(0, filled.sheet.frozen - 1)
    page.set_footer("&L&A&R" + gettext("Page &P of &N"))


def _write_head(
    page: Worksheet,
    formats: Formats,
    about: _About,
    filled: _Filled,
) -> None:
    title = ": ".join(filter(None, (filled.name, gettext(filled.sheet.question))))
    notes = [
        gettext("As of {day}", day=numeric_day_text(about.logical_date)),
        *filter(None, [filled.note]),
    ]
    page.set_row(0, 24)
    page.write_string(0, 0, title, formats(bold=True, font_size=14, valign="vcenter", indent=1))
    page.write_string(1, 0, "; ".join(notes), formats(indent=1, **COLOURS["quiet"]))
    lines = 1
    for index, column in enumerate(filled.columns):
        said = formats(
            bold=True,
            text_wrap=True,
            valign="top",
            bg_color="#EAEEF3",
            bottom=1,
            **alignment(column.kind),
        )
        lines = max(lines, len(textwrap.wrap(column.header, int(column.width))))
        page.write_string(_HEAD - 1, index, column.header, said)
        if column.meaning:
            high = len(textwrap.wrap(column.meaning, 48))
            page.write_comment(
                _HEAD - 1,
                index,
                column.meaning,
                {"author": "", "width": 300, "height": 14 + 15 * high, "font_size": 9},
            )
    page.set_row(_HEAD - 1, 15 * lines + 17)  # below is room for the filter's button


def _write_rows(
    connection: duckdb.DuckDBPyConnection,
    page: Worksheet,
    formats: Formats,
    filled: _Filled,
) -> None:
    """Write a table's rows into the sheet's file as XML.

    xlsxwriter's own way takes five times as long, rounds a double to 16 digits, which is not always
    the same double, and takes a text in `<r>` for XML of its own.
    """
    if not filled.shown:
        return
    columns = filled.columns
    cells = [_cell_writer(column, index, formats) for index, column in enumerate(columns)]
    linked = [index for index, column in enumerate(columns) if column.is_link]
    long_texts = [i for i, column in enumerate(columns) if column.name in LONG_TEXTS]
    result = connection.execute(
        f"select {', '.join(column.sql for column in columns)} from {filled.source} "
        f"order by {filled.order} limit {filled.shown}"
    )
    page._write_single_row(_HEAD)  # what stands above goes first
    row = _HEAD
    while batch := result.fetchmany(_BATCH):
        lines = []
        for values in batch:
            row += 1
            number = str(row)
            lines.append(f'<row r="{number}"')
            high = max((_lines(values[index]) for index in long_texts), default=1)
            if high > 1:
                lines.append(f' ht="{15 * high}" customHeight="1"')
            lines.append(">")
            lines += [
                cell(value, number)
                for cell, value in zip(cells, values, strict=True)
                if value is not None and value != ""
            ]
            lines.append("</row>")
            for index in linked:
                _link(page, row - 1, index, values[index])
        page.fh.write("".join(lines))
    page.previous_row = row
    page._check_dimensions(row - 1, len(columns) - 1)


def _link(page: Worksheet, row: int, column: int, address: str | None) -> None:
    """Make a cell lead to the address that it shows, where that is one of http or https.

    A sheet has no more links than Excel takes; the cells after them show the address alone.
    """
    is_safe = bool(safe_link(address)) and safe_text(address or "") == address
    if is_safe and len(address or "") <= LONGEST_LINK and page.hlink_count < MOST_LINKS:
        page.hlink_count += 1
        page.hyperlinks[row][column] = Url(str(address))


def _cell_writer(column: _Column, index: int, formats: Formats) -> Callable[[Any, str], str]:
    """Return a function (value, row number) that returns the XML of a cell of the column."""
    letters, is_serial = xl_col_to_name(index), column.kind in ("day", "time")
    name, kind, is_link = column.name, column.kind, column.is_link
    plain = formats.cell(name, kind, is_link=is_link)._get_xf_index()
    quoted = formats.cell(name, kind, is_link=is_link, quoted=True)._get_xf_index()
    word = in_words(name) if kind == "text" else None

    @lru_cache(maxsize=256)  # platforms, campaigns and the like come again and again
    def text_xml(value: str) -> str:
        value = word(value) if word else value
        style = quoted if FORMULA_START.match(value) else plain
        kept = escape(cell_text(value))
        return f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'

    def text(value: str, row: str) -> str:
        return f'<c r="{letters}{row}{text_xml(value)}'

    def number(value: Any, row: str) -> str:
        if not -WHOLE_NUMBERS <= value <= WHOLE_NUMBERS and (
            isinstance(value, int) or not math.isfinite(value)
        ):
            return text(str(value), row)
        if is_serial and value < _FIRST_DAY:
            start = datetime.combine(_EPOCH, datetime.min.time())
            return text((start + timedelta(value)).isoformat(" "), row)
        return f'<c r="{letters}{row}" s="{plain}"><v>{value!r}</v></c>'

    return text if column.kind in ("text", "yes") else number


def _lines(text: str | None) -> int:
    needed = sum(
        max(1, math.ceil(len(line) / _CHARACTERS_PER_LINE)) for line in (text or "").splitlines()
    )
    return min(max(needed, 1), _MOST_LINES)


def _colour(page: Worksheet, formats: Formats, columns: Sequence[_Column], last_row: int) -> None:
    if last_row < _HEAD:
        return
    page.ignore_errors({"number_stored_as_text": f"A{_HEAD + 1}:XFD{last_row + 1}"})
    tones = {name: formats(**properties) for name, properties in COLOURS.items()}
    for index, column in enumerate(columns):
        place = (_HEAD, index, last_row, index)
        in_cells = gettext if column.kind == "yes" else in_words(column.name)
        for word, tone in TONES.get(column.name, {}).items():
            # a formula, as a cell of the column may hold any text
            cell = f"${xl_col_to_name(index)}{_HEAD + 1}"
            said = in_cells(word) if in_cells else word
            page.conditional_format(
                *place,
                {"type": "formula", "criteria": f"={cell}={_quoted(said)}", "format": tones[tone]},
            )
        if column.name in BELOW_ZERO_IS_BAD:
            page.conditional_format(
                *place, {"type": "cell", "criteria": "<", "value": 0, "format": tones["bad"]}
            )
        if column.name in ABOVE_ZERO_IS_BAD:
            page.conditional_format(
                *place, {"type": "cell", "criteria": ">", "value": 0, "format": tones["bad"]}
            )
        if column.kind not in ("text", "yes"):
            page.conditional_format(*place, {"type": "blanks", "format": tones["empty"]})


def _quoted(text: str) -> str:
    """Return a text as a formula has it."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _write_first(
    book: xlsxwriter.Workbook,
    formats: Formats,
    about: _About,
    filled: Sequence[_Filled],
    default_method: str | None,
) -> None:
    page = book.add_worksheet(gettext(_FIRST_SHEET))
    page.hide_gridlines(2)
    for index, width in enumerate((20, 36, 88, 11)):
        page.set_column(index, index, width)
    page.set_paper(_PAPER_A4)
    page.fit_to_pages(1, 1)
    bold = formats(bold=True, valign="top")
    wrapped = formats(text_wrap=True, valign="top")
    row = 0

    def put(label: str, text: str, style: Format = wrapped) -> None:
        nonlocal row
        page.write_string(row, 0, label, bold)
        # text in a merged cell does not make its row higher
        page.set_row(row, 15 * max(1, len(textwrap.wrap(text, 135))))
        page.merge_range(row, 1, row, 3, "", style)
        page.write_string(row, 1, text, style)
        row += 1

    def shaded(colour: str) -> Format:
        return formats(text_wrap=True, valign="top", **COLOURS[colour])

    def head(*texts: str) -> None:
        nonlocal row
        row += 1
        page.set_row(row, 22)
        for index in range(4):
            style = formats(
                bold=True, font_size=12, bottom=1, align="right" if index == 3 else "left"
            )
            page.write_string(row, index, texts[index] if index < len(texts) else "", style)
        row += 1

    page.set_row(0, 28)
    page.write_string(0, 0, "Reachline", formats(bold=True, font_size=18))
    row = 1
    put(
        gettext("As of"),
        gettext(
            "{day}, the end of the day in the time zone {time_zone}.",
            day=numeric_day_text(about.logical_date),
            time_zone=about.time_zone,
        ),
    )
    if about.release_id:
        put(gettext("Release"), about.release_id)
    put(
        gettext("Money"),
        gettext(
            "{currency}. An amount is converted once, at the rate of its own day.",
            currency=about.currency,
        ),
    )
    put(
        gettext("Times"),
        gettext("Days are days in {time_zone}; times of day are UTC.", time_zone=about.time_zone),
    )
    if default_method:
        put(
            gettext("Attribution"),
            gettext(
                "{method} is the default method, and every sheet is by it alone. In the sheets “… "
                "by method” each method has columns of its own. Each shares out the same orders, "
                "so never add methods up.",
                method=_said(default_method),
            ),
        )
    head(gettext("How to read it"))
    put(
        gettext("Empty grey cell"),
        gettext(
            "Not reported, not watched, not known, or nothing to divide by. It is never 0: a 0 is "
            "written as 0. Orders and clicks of a campaign that nobody watched are empty, and so "
            "is what is made of them: “How far its return is known” says so, “Orders watched” and "
            "“Clicks watched” of how many of its days."
        ),
        shaded("empty"),
    )
    put(
        gettext("Estimate"),
        gettext("A header with “estimate” is over values that are worked out, not counted."),
    )
    put(
        gettext("Reach, sum of posts"),
        gettext("A sum over the posts that report it; people are counted once a post."),
    )
    put(
        gettext("Lower, upper bound"),
        gettext("The true rate lies between the two with 95 % confidence. Far apart: few data."),
    )
    put(gettext("Red"), gettext("Something is late, missing, failed or lost money."), shaded("bad"))
    put(gettext("Amber"), gettext("Worth a look."), shaded("watch"))
    put(gettext("Green"), gettext("As it should be."), shaded("good"))
    put(
        gettext("Figures"),
        gettext(
            "A cell holds the figure of the database to 15 digits; its format only rounds what you "
            "see. Whole numbers above {number} stand as text.",
            number=WHOLE_NUMBERS,
        ),
    )
    put(
        gettext("Texts"),
        gettext(
            "What people wrote is text, and never a formula. The address of a post leads there, if "
            "it is one of http or https. A text of more than {number} signs ends with “…”; signs "
            "that a file cannot hold are shown as “�”.",
            number=LONGEST_TEXT,
        ),
    )
    put(
        gettext("Headers"),
        gettext(
            "Hold the pointer over one for its meaning; Definitions, the last sheet, has them all. "
            "NULL there is an empty cell."
        ),
    )
    head(gettext("Sheet"), gettext("What it answers"), gettext("What a row is"), gettext("Rows"))
    for sheet in filled:
        rest = ""
        if sheet.shown < sheet.rows:
            rest = " " + gettext("Only the first {number} are here.", number=sheet.shown)
        texts = (gettext(sheet.sheet.question), sheet.row_is + rest)
        page.set_row(row, 15 * max(1, len(textwrap.wrap(texts[1], 88))))
        page.write_string(row, 0, sheet.name, bold)
        for index, text in enumerate(texts, start=1):
            page.write_string(row, index, safe_text(text), wrapped)
        page.write_number(row, 3, sheet.rows, formats(num_format="#,##0", valign="top"))
        row += 1


def _write_definitions(
    book: xlsxwriter.Workbook, formats: Formats, filled: Sequence[_Filled]
) -> None:
    page = book.add_worksheet(gettext(_DEFINITIONS))
    texts = (
        gettext("Sheet"),
        gettext("Column"),
        gettext("What it means"),
        gettext("Name in the database"),
    )
    for index, width in enumerate((18, 42, 100, 48)):
        page.set_column(index, index, width)
    page.freeze_panes(1, 2)
    page.set_landscape()
    page.set_paper(_PAPER_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for index, text in enumerate(texts):
        page.write_string(0, index, text, formats(bold=True, bg_color="#EAEEF3", bottom=1))
    wrapped = formats(text_wrap=True, valign="top")
    row = 0
    for sheet in filled:
        for column in sheet.columns:
            row += 1
            page.set_row(row, 15 * max(1, len(textwrap.wrap(column.meaning, 105))))
            cells = (sheet.name, column.header, column.meaning, column.place)
            for index, text in enumerate(cells):
                page.write_string(row, index, safe_text(text), wrapped)
    page.autofilter(0, 0, max(row, 1), len(texts) - 1)


def _one_line(text: str) -> str:
    return " ".join(text.split())
