"""The workbook of a release: a sheet a report, for people who read it in a spreadsheet."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from reachline.publish.sheets import (
    ABOVE_ZERO_IS_BAD,
    BELOW_ZERO_IS_BAD,
    LONG_TEXTS,
    SHEETS,
    TONES,
    Kind,
    Sheet,
    header,
    kind_of,
    words_in_order,
)
from reachline.sql import identifier, literal

MOST_ROWS = 1_048_576
"""Rows of a sheet, by Excel's own limit."""

LONGEST_TEXT = 32_767
"""Length of a cell's text in units of UTF-16, by Excel's own limit."""

WHOLE_NUMBERS = 2**53
"""A spreadsheet stores numbers as doubles: above this, not every whole number can be stored."""

_BATCH = 2_000
_HEAD = 3  # a title, a note and the headers stand above the rows
_LONGEST_WIDTH, _LONG_WIDTH, _MOST_LINES = 42, 64, 4
_CHARACTERS_PER_LINE = 66
_WIDTH_OF_A_PAGE = 190
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = 61  # 1 March 1900: before it spreadsheets disagree about the day of a number

_PAPER_A4 = 9
_FORMULA_START = re.compile(r"^\s*[=+\-@＝＋－＠]")
_ESCAPED = re.compile(r"(_x[0-9a-fA-F]{4}_)")  # a spreadsheet reads it as the sign of that number
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RELEASE_ID = re.compile(r"^\.?(\d{4}-\d\d-\d\d-\d{4,})(\.partial)?$")

_COLOURS = {
    "good": {"font_color": "#1E6B2B"},
    "watch": {"bg_color": "#FBF0D5", "font_color": "#6B4A00"},
    "bad": {"bg_color": "#F9DEDC", "font_color": "#8C1D18"},
    "quiet": {"font_color": "#6B7078"},
    "empty": {"bg_color": "#EEEEEC"},
}

# a column with a name, added for an id: its name, then the id's column, and the table of `core`,
# key and column that the name is read from
_NAMES = {
    "campaign": ("campaign_id", "dim_campaign", "campaign_id", "campaign_name"),
    "creator": ("creator_id", "dim_creator", "creator_id", "shown_name"),
    "brand": ("brand_id", "dim_brand", "brand_id", "brand_name"),
    "voice": ("voice_brand_id", "dim_brand", "brand_id", "brand_name"),
    "handle": ("account_id", "dim_account", "account_id", "handle"),
    "post_address": ("post_id", "dim_post", "post_id", "permalink"),
}
# where there is no name, the id is shown instead, but not for these
_WITHOUT_FALLBACK = frozenset({"post_address"})
# nobody takes an account's id for its handle
_UNKNOWN = {"handle": "handle not known"}

# currencies whose smallest unit is not a hundredth (ISO 4217)
_DECIMALS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0
    ),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


@dataclass(frozen=True)
class _Column:
    name: str
    sql: str
    kind: Kind
    header: str
    meaning: str
    place: str
    width: float


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


@dataclass(frozen=True)
class _About:
    logical_date: date
    currency: str
    time_zone: str
    release_id: str | None


class _Formats:
    """The formats of a book, each made once."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._numbers = number_formats(currency)

    def __call__(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def cell(self, column: _Column, *, quoted: bool = False) -> Format:
        """Return the format of a column's cells; `quoted` keeps a text one that is edited."""
        properties: dict[str, Any] = {"valign": "top", **_alignment(column.kind)}
        if column.kind in self._numbers:
            properties["num_format"] = self._numbers[column.kind]
        if column.name in LONG_TEXTS:
            properties["text_wrap"] = True
        if column.name.endswith("_id"):
            properties |= _COLOURS["quiet"]
        if quoted:
            properties["quote_prefix"] = True
        return self(**properties)


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
                    "title": f"Reachline as of {about.logical_date}",
                    "author": "Reachline",
                    "created": datetime.combine(about.logical_date, datetime.min.time()),
                }
            )
            formats = _Formats(book, about.currency)
            default_method = _default_method(connection)
            _write_first(book, formats, about, filled, default_method)
            for sheet in filled:
                _write_sheet(connection, book, formats, about, sheet, default_method)
            _write_definitions(book, formats, filled)


def number_formats(currency: str) -> dict[str, str]:
    """Return the number format of each kind of column that has one.

    Headers name the currency; money has as many decimals as the currency, a small amount two more.
    """
    places = _DECIMALS.get(currency, 2)
    fine = max(places, 2) + 2
    return {
        "day": "yyyy-mm-dd",
        "time": "yyyy-mm-dd hh:mm",
        "whole": "#,##0",
        "number": "#,##0.00",
        "percent": "#,##0.00%",
        "money": "#,##0" + ("." + "0" * places if places else ""),
        "small money": "#,##0." + "0" * fine,
    }


def safe_text(text: str) -> str:
    """Return a text as a cell can hold it.

    Signs that XML forbids become U+FFFD, every end of a line a line feed, and what is longer than
    a cell may be ends with an ellipsis.
    """
    text = _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > LONGEST_TEXT // 2:
        units = text.encode("utf-16-le")
        if len(units) > 2 * LONGEST_TEXT:
            text = units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
    return text


def _alignment(kind: Kind) -> dict[str, Any]:
    """Return the alignment of a column's cells; a text is indented, for the figure to its left."""
    if kind == "yes":
        return {"align": "center"}
    return {"align": "left", "indent": 1} if kind == "text" else {"align": "right"}


def _about(connection: duckdb.DuckDBPyConnection, database: Path) -> _About:
    ((logical_date, currency, time_zone),) = connection.execute(
        "select logical_date, currency, time_zone from meta.run"
    ).fetchall()
    found = _RELEASE_ID.match(database.resolve().parent.name)
    return _About(logical_date, currency, time_zone, found[1] if found else None)


def _default_method(connection: duckdb.DuckDBPyConnection) -> str | None:
    if "is_default_method" not in _columns_of(connection, "reports", "campaign_performance"):
        return None
    rows = connection.execute(
        "select distinct method from reports.campaign_performance where is_default_method"
    ).fetchall()
    return rows[0][0] if rows else None


def _fill(
    connection: duckdb.DuckDBPyConnection, currency: str, most_rows: int
) -> Iterator[_Filled]:
    tables = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() "
            "where database_name = current_database() and schema_name = 'reports' order by 1"
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
        Sheet(name, _title(name), "", tuple(_NAMES), ())
        for name in tables
        if name not in known_tables
    ]
    taken: set[str] = set()
    for sheet in (*known, *others):
        name = _free_name(sheet.title, taken)
        ((rows,),) = connection.execute(
            f"select count(*) from reports.{identifier(sheet.table)}"
        ).fetchall()
        room = most_rows - _HEAD
        columns, source = _columns(connection, sheet, currency)
        yield _Filled(
            sheet=sheet,
            name=name,
            row_is=_one_line(described.get(sheet.table) or ""),
            columns=columns,
            source=source,
            order=_order(connection, sheet, columns),
            rows=rows,
            shown=rows if rows <= room else room - 1,
        )


def _title(table: str) -> str:
    return table.replace("_", " ").capitalize()


def _free_name(title: str, taken: set[str]) -> str:
    """Return a sheet's name that Excel takes and no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Sheet"
    name, number = plain, 1
    while name.lower() in taken | {"read me first", "definitions", "history"}:
        number += 1
        name = f"{plain[:26]} {number}"
    taken.add(name.lower())
    return name


def _columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = "
            "current_database() and schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
    )


def _columns(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, currency: str
) -> tuple[tuple[_Column, ...], str]:
    """Return a sheet's columns in their order, and what stands after `from`."""
    own = _columns_of(connection, "reports", sheet.table)
    meanings = {
        column: _one_line(meaning or "")
        for column, meaning in connection.execute(
            "select column_name, description from meta.columns "
            "where table_schema = 'reports' and table_name = ?",
            [sheet.table],
        ).fetchall()
    }
    source = f"reports.{identifier(sheet.table)} as report"
    found: dict[str, tuple[str, str, str, str]] = {}
    for name, (key, table, table_key, said) in _NAMES.items():
        if name in own or key not in own:
            continue
        if not {table_key, said} <= _columns_of(connection, "core", table).keys():
            continue
        source += (
            f" left join core.{table} as {name} on report.{key} = {name}.{identifier(table_key)}"
        )
        words, place = said.replace("_", " ").capitalize(), f"core.{table}.{said}"
        if name in _UNKNOWN:
            known = f"coalesce({name}.{said}, {literal(_UNKNOWN[name])})"
            shown = f"case when report.{key} is not null then {known} end"
            words += f", or: {_UNKNOWN[name]}."
        elif name in _WITHOUT_FALLBACK:
            shown, words = f"{name}.{said}", words + "."
        else:
            shown, words = f"coalesce({name}.{said}, report.{key})", words + ", its id without one."
        found[name] = (shown, "VARCHAR", words, place)
    for name, type_name in own.items():
        place = f"reports.{sheet.table}.{name}"
        found[name] = (
            *(f"report.{identifier(name)}", type_name),
            *(meanings.get(name, ""), place),
        )
    ids = [name for name in found if name.endswith("_id") and name not in sheet.first]
    first = [name for name in sheet.first if name in found]
    rest = [name for name in own if name not in first and name not in ids]
    added = [name for name in found if name not in (*first, *rest, *ids)]
    shaped = []
    for name in (*first, *rest, *added, *ids):
        sql, type_name, meaning, place = found[name]
        kind = kind_of(name, type_name)
        shaped.append((name, _cell_sql(sql, type_name, kind), kind, meaning, place))
    widest = _widest(connection, source, [(sql, kind) for _, sql, kind, *_ in shaped])
    numbers = number_formats(currency)
    columns = []
    for (name, sql, kind, meaning, place), most in zip(shaped, widest, strict=True):
        said = header(name, kind, currency)
        width = _LONG_WIDTH if name in LONG_TEXTS else _width(kind, most, numbers, said)
        columns.append(_Column(name, sql, kind, said, meaning, place, width))
    return tuple(columns), source


def _cell_sql(sql: str, type_name: str, kind: Kind) -> str:
    """Return a value as a cell has it: days and times as a spreadsheet counts them."""
    if kind == "yes":
        return f"case when {sql} then 'yes' when not {sql} then 'no' end"
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


def _order(connection: duckdb.DuckDBPyConnection, sheet: Sheet, columns: Sequence[_Column]) -> str:
    by_name = {column.name: column for column in columns}
    parts = []
    for entry in sheet.order:
        name = entry.lstrip("-!")
        if name not in by_name:
            continue
        sql = by_name[name].sql
        if entry.startswith("!"):
            words = ", ".join(map(literal, words_in_order(name)))
            sql = f"nullif(list_position([{words}], {sql}), 0)"
        parts.append(f"{sql} {'desc' if entry.startswith('-') else 'asc'} nulls last")
    own = _columns_of(connection, "reports", sheet.table)
    return ", ".join([*parts, *(f"report.{identifier(name)} nulls last" for name in own)])


def _write_sheet(
    connection: duckdb.DuckDBPyConnection,
    book: xlsxwriter.Workbook,
    formats: _Formats,
    about: _About,
    filled: _Filled,
    default_method: str | None,
) -> None:
    page = book.add_worksheet(filled.name)
    columns = filled.columns
    last_row, last_column = _HEAD - 1 + filled.shown, len(columns) - 1
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width, formats.cell(column))
    page.freeze_panes(_HEAD, filled.sheet.frozen)
    if filled.sheet.tab:
        page.set_tab_color(filled.sheet.tab)
    _print_setup(page, filled)
    page.autofilter(_HEAD - 1, 0, last_row, last_column)
    names = [column.name for column in columns]
    by_default = names.index("is_default_method") if "is_default_method" in names else None
    if by_default is not None:
        page.filter_column(by_default, "x == yes")
    _colour(page, formats, columns, last_row)
    _write_head(page, formats, about, filled, default_method)
    _write_rows(connection, page, formats, filled, by_default)
    after = _HEAD + filled.shown
    quiet = formats(italic=True, **_COLOURS["quiet"])
    if filled.shown < filled.rows:
        page.write_string(
            after,
            0,
            f"{filled.rows - filled.shown:,} rows more do not fit into a sheet: all "
            f"{filled.rows:,} are in reports/{filled.sheet.table}.csv of the release.",
            quiet,
        )
    elif not filled.rows:
        page.write_string(after, 0, "No rows.", quiet)


def _print_setup(page: Worksheet, filled: _Filled) -> None:
    page.set_landscape()
    page.set_paper(_PAPER_A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    width = sum(column.width for column in filled.columns)
    page.fit_to_pages(max(1, math.ceil(width / _WIDTH_OF_A_PAGE)), 0)
    page.repeat_rows(0, _HEAD - 1)
    page.repeat_columns(0, filled.sheet.frozen - 1)
    page.set_footer("&L&A&RPage &P of &N")


def _write_head(
    page: Worksheet,
    formats: _Formats,
    about: _About,
    filled: _Filled,
    default_method: str | None,
) -> None:
    title = ": ".join(filter(None, (filled.name, filled.sheet.question)))
    notes = [f"As of {about.logical_date}"]
    if default_method and any(column.name == "is_default_method" for column in filled.columns):
        notes.append(
            f"filtered to the default method, {default_method}: clear the filter on Default "
            "method to see the others, and do not add them up"
        )
    page.set_row(0, 24)
    page.write_string(0, 0, title, formats(bold=True, font_size=14, valign="vcenter", indent=1))
    page.write_string(1, 0, "; ".join(notes), formats(indent=1, **_COLOURS["quiet"]))
    lines = 1
    for index, column in enumerate(filled.columns):
        said = formats(
            bold=True,
            text_wrap=True,
            valign="top",
            bg_color="#EAEEF3",
            bottom=1,
            **_alignment(column.kind),
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
    formats: _Formats,
    filled: _Filled,
    by_default: int | None,
) -> None:
    """Write a table's rows into the sheet's file as XML.

    xlsxwriter's own way takes five times as long, rounds a double to 16 digits, which is not always
    the same double, and takes a text in `<r>` for XML of its own.
    """
    if not filled.shown:
        return
    columns = filled.columns
    cells = [_cell_writer(column, index, formats) for index, column in enumerate(columns)]
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
            if by_default is not None and values[by_default] != "yes":
                lines.append(' hidden="1"')
            lines.append(">")
            lines += [
                cell(value, number)
                for cell, value in zip(cells, values, strict=True)
                if value is not None and value != ""
            ]
            lines.append("</row>")
        page.fh.write("".join(lines))
    page.previous_row = row
    page._check_dimensions(row - 1, len(columns) - 1)


def _cell_writer(column: _Column, index: int, formats: _Formats) -> Callable[[Any, str], str]:
    """Return a function (value, row number) that returns the XML of a cell of the column."""
    letters, is_serial = xl_col_to_name(index), column.kind in ("day", "time")
    plain = formats.cell(column)._get_xf_index()
    quoted = formats.cell(column, quoted=True)._get_xf_index()

    @lru_cache(maxsize=256)  # platforms, campaigns and the like come again and again
    def text_xml(value: str) -> str:
        style = quoted if _FORMULA_START.match(value) else plain
        kept = _ESCAPED.sub(r"_x005F\1", escape(safe_text(value)))
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


def _colour(page: Worksheet, formats: _Formats, columns: Sequence[_Column], last_row: int) -> None:
    if last_row < _HEAD:
        return
    page.ignore_errors({"number_stored_as_text": f"A{_HEAD + 1}:XFD{last_row + 1}"})
    tones = {name: formats(**properties) for name, properties in _COLOURS.items()}
    for index, column in enumerate(columns):
        place = (_HEAD, index, last_row, index)
        for word, tone in TONES.get(column.name, {}).items():
            # a formula, as a cell of the column may hold any text
            cell = f"${xl_col_to_name(index)}{_HEAD + 1}"
            page.conditional_format(
                *place, {"type": "formula", "criteria": f'={cell}="{word}"', "format": tones[tone]}
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


def _write_first(
    book: xlsxwriter.Workbook,
    formats: _Formats,
    about: _About,
    filled: Sequence[_Filled],
    default_method: str | None,
) -> None:
    page = book.add_worksheet("Read me first")
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
        return formats(text_wrap=True, valign="top", **_COLOURS[colour])

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
    put("As of", f"{about.logical_date}, the end of the day in the time zone {about.time_zone}.")
    if about.release_id:
        put("Release", about.release_id)
    put(
        "Money",
        f"{about.currency}. An amount is converted once, at the rate of its own day.",
    )
    put("Times", f"Days are days in {about.time_zone}; times of day are UTC.")
    if default_method:
        put(
            "Attribution",
            f"{default_method} is the default method. Sheets with a column Default method hold all "
            "methods and are filtered to the default: clear that filter to see the others. Each "
            "method shares out the same orders, so never add methods up.",
        )
    head("How to read it")
    put(
        "Empty grey cell",
        "Not reported, not watched, not known, or nothing to divide by. It is never 0: a 0 is "
        "written as 0. Orders and clicks of a campaign that nobody watched are empty, and so is "
        "what is made of them: “How far its return is known” says so, “Orders watched” and "
        "“Clicks watched” of how many of its days.",
        shaded("empty"),
    )
    put("Estimate", "A header with “estimate” is over values that are worked out, not counted.")
    put(
        "Reach, sum of posts",
        "A sum over the posts that report it; people are counted once a post.",
    )
    put(
        "Lower, upper bound",
        "The true rate lies between the two with 95 % confidence. Far apart: few data.",
    )
    put("Red", "Something is late, missing, failed or lost money.", shaded("bad"))
    put("Amber", "Worth a look.", shaded("watch"))
    put("Green", "As it should be.", shaded("good"))
    put(
        "Figures",
        "A cell holds the figure of the database to 15 digits; its format only rounds what you "
        f"see. Whole numbers above {WHOLE_NUMBERS:,} stand as text.",
    )
    put(
        "Texts",
        "What people wrote is text: it is never a formula or a link. A text of more than "
        f"{LONGEST_TEXT:,} signs ends with “…”; signs that a file cannot hold are shown as “�”.",
    )
    put(
        "Headers",
        "Hold the pointer over one for its meaning; Definitions, the last sheet, has them all. "
        "NULL there is an empty cell.",
    )
    head("Sheet", "What it answers", "What a row is", "Rows")
    for sheet in filled:
        rest = "" if sheet.shown == sheet.rows else f" Only the first {sheet.shown:,} are here."
        texts = (sheet.sheet.question, sheet.row_is + rest)
        page.set_row(row, 15 * max(1, len(textwrap.wrap(texts[1], 88))))
        page.write_string(row, 0, sheet.name, bold)
        for index, text in enumerate(texts, start=1):
            page.write_string(row, index, safe_text(text), wrapped)
        page.write_number(row, 3, sheet.rows, formats(num_format="#,##0", valign="top"))
        row += 1


def _write_definitions(
    book: xlsxwriter.Workbook, formats: _Formats, filled: Sequence[_Filled]
) -> None:
    page = book.add_worksheet("Definitions")
    texts = ("Sheet", "Column", "What it means", "Name in the database")
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
