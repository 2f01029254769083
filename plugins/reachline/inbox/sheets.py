"""Reading workbooks: the first sheet, row by row, in the values that Excel stored."""

from __future__ import annotations

import csv
import datetime
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_datetime
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from reachline.inbox.engine import Content, Place, clean_csv, engine, unreadable, write_clean
from reachline.inbox.names import file_columns
from reachline.inbox.problems import RejectSink, UnreadableFileError
from reachline.inbox.row_filter import MAX_ROW_BYTES, FilteredRows, totals_at

# A workbook is a zip: what it may unpack to. Excel's own limit of rows stays below.
MAX_UNPACKED_BYTES = 1024**3
MAX_SHARED_BYTES = 256 * 1024**2
BOMB_RATIO = 200
_FREE_BYTES = 16 * 1024**2

_MOST_EXACT = 10**15 - 1

_HELP_MARK = "# reachline"
_NO_TOTALS: Mapping[str, Collection[str]] = {}
# how much may stand before a header: it is kept in the manifest
PREAMBLE_CHARACTERS = 64 * 1024

Cell = tuple[str, str | None]
"""The text of a cell, and what is wrong with it (None: nothing)."""


class _Parser(WorkSheetParser):
    """openpyxl's parser, which also tells a formula without a stored value from an empty one."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        # a formula whose result is the empty text says so by its type
        is_empty_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
        is_formula = element.find(FORMULA_TAG) is not None
        if is_formula and not element.findtext(VALUE_TAG) and not is_empty_text:
            cell["data_type"] = "unstored"
        return cell


def read_sheet(
    source: Path,
    place: Place,
    known: Collection[str] = (),
    totals: Mapping[str, Collection[str]] = _NO_TOTALS,
) -> Content:
    """Read the first sheet of a workbook into a batch; a row's line is its row in the sheet.

    `known` are the names by which a header is found below other rows, none where it is the first.
    `totals` are the columns, and the texts in them, by which a row of totals is known.

    Raises UnreadableFileError when it is no workbook, or empty, or unpacks to too many bytes.
    """
    rows = _rows(source)
    header_row, columns, header, preamble = _header(rows, known)
    are_totals = totals_at(columns, totals)
    filtered = FilteredRows()
    clean = place.work / "sheet.csv"
    with (
        RejectSink(place.rejects) as rejects,
        clean.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, cells in rows:
            reason, column = _wrong(number, cells, columns)
            texts = [cells.get(at, ("", None))[0] for at in range(1, len(columns) + 1)]
            if texts == header:
                filtered.headers.append(number)
                continue
            if are_totals and all(texts[at].strip() in wanted for at, wanted in are_totals.items()):
                if any(text for text, _ in cells.values()):
                    filtered.left_out(number, _as_line(cells))
                continue
            if reason is None and sum(map(len, texts)) > MAX_ROW_BYTES // 4:
                reason = "the row is too long"
            if reason is not None:
                rejects.add(number, _as_line(cells), column, reason)
            elif any(texts):
                writer.writerow(texts)
                filtered.wrote(1, number)
            else:
                filtered.empty += 1
    with engine(place.work) as con:
        query = clean_csv(clean, columns, ",")
        first_line, has_line = write_clean(con, query, filtered.rows, filtered, place)
    clean.unlink()
    return Content(
        columns,
        filtered.rows,
        rejects.rejected,
        first_line or header_row + 1,
        has_line,
        headers=tuple(filtered.headers),
        preamble=preamble,
        totals=tuple(filtered.totals),
        empty=filtered.empty,
    )


def sheet_columns(source: Path, known: Collection[str] = ()) -> tuple[str, ...]:
    """Return the columns of a workbook's first sheet; UnreadableFileError as `read_sheet`."""
    try:
        return _header(_rows(source), known)[1]
    except UnreadableFileError:
        if not known:
            raise
        return _header(_rows(source), ())[1]


def _header(
    rows: Iterator[tuple[int, dict[int, Cell]]], known: Collection[str]
) -> tuple[int, tuple[str, ...], list[str], tuple[str, ...]]:
    """Return the number of the header's row, the columns, that row, and the rows before it.

    The header is the first row that has all `known` names. Without any it is the first with
    anything in it but our own help, and no row stands before it.
    """
    wanted = {name.lower() for name in known}
    preamble: list[str] = []
    for number, cells in rows:
        preamble += [""] * (number - 1 - len(preamble))  # rows without a cell
        names = {at: text for at, (text, _) in cells.items() if text.strip()}
        if not wanted <= {name.strip().lower() for name in names.values()}:
            preamble.append(_as_line(cells))
            if sum(map(len, preamble)) > PREAMBLE_CHARACTERS:
                break
            continue
        if not names or names[min(names)].startswith(_HELP_MARK):
            continue
        listed = range(1, max(names) + 1)
        texts = [cells.get(at, ("", None))[0] for at in listed]
        before = tuple(preamble) if wanted else ()
        return number, file_columns(names.get(at, "") for at in listed), texts, before
    raise UnreadableFileError("the first sheet is empty: not even a header stands in it.")


def _as_line(cells: Mapping[int, Cell]) -> str:
    return "\t".join(cells[at][0] for at in sorted(cells))


def _wrong(
    number: int, cells: dict[int, Cell], columns: tuple[str, ...]
) -> tuple[str | None, str | None]:
    """Return why a row can't be taken and in which column; (None, None) when it can."""
    for at in sorted(cells):
        text, problem = cells[at]
        name = f"{get_column_letter(at)}{number}"
        if at > len(columns):
            if text or problem:
                return f"cell {name} stands right of the header's last column", None
        elif problem is not None:
            return f"cell {name} {problem}", columns[at - 1]
    return None, None


def _rows(source: Path) -> Iterator[tuple[int, dict[int, Cell]]]:
    """Yield the rows of the first sheet: number, and cells by column from 1."""
    _refuse_bombs(source)
    # openpyxl goes by the ending of a path, so it is given the open file
    with source.open("rb") as raw:
        yield from _rows_of(raw)


def _rows_of(raw: BinaryIO) -> Iterator[tuple[int, dict[int, Cell]]]:
    try:
        book = load_workbook(raw, read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise unreadable("a workbook (.xlsx)", error) from error
    try:
        if not book.worksheets:
            raise UnreadableFileError("the workbook has no sheet with cells.")
        sheet: Any = book.worksheets[0]
        formats = book._number_formats  # type: ignore[attr-defined]
        styles = book._cell_styles  # type: ignore[attr-defined]
        with sheet._get_source() as xml:
            parser = _Parser(
                xml,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,  # type: ignore[attr-defined]
                timedelta_formats=book._timedelta_formats,  # type: ignore[attr-defined]
            )
            for number, row in parser.parse():
                yield (
                    number,
                    {cell["column"]: _cell(cell, formats, styles) for cell in row},
                )
    except UnreadableFileError:
        raise
    except Exception as error:
        raise unreadable("a workbook (.xlsx)", error) from error
    finally:
        book.close()


def _refuse_bombs(source: Path) -> None:
    try:
        with zipfile.ZipFile(source) as book:
            members = book.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise unreadable("a workbook (.xlsx)", error) from error
    unpacked = sum(member.file_size for member in members)
    shared = sum(m.file_size for m in members if m.filename.lower().endswith("sharedstrings.xml"))
    packed = max(source.stat().st_size, 1)
    if (
        unpacked > MAX_UNPACKED_BYTES
        or shared > MAX_SHARED_BYTES
        or unpacked > max(_FREE_BYTES, packed * BOMB_RATIO)
    ):
        raise UnreadableFileError(
            f"the workbook is {packed} bytes long and unpacks to {unpacked}: it looks like a bomb. "
            "Save the sheet as CSV if it is not."
        )


def _cell(cell: dict[str, Any], formats: Any, styles: Any) -> Cell:
    value, kind = cell["value"], cell["data_type"]
    if kind == "unstored":
        return "", (
            "holds a formula without a stored value: open the workbook in a spreadsheet program "
            "and save it"
        )
    if kind == "e":
        return str(value), f"holds the error {value}"
    if isinstance(value, int | float) and abs(value) > _MOST_EXACT:
        return _text(value, cell["style_id"], formats, styles), (
            "holds a number of more than 15 digits: a workbook keeps no more of them, so an id has "
            "lost its last ones. Format the column as text before the ids are put in, and export "
            "it anew"
        )
    return _text(value, cell["style_id"], formats, styles), None


def _text(value: Any, style_id: int, formats: Any, styles: Any) -> str:
    """Return a stored value as the text that a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        is_midnight = value.time() == datetime.time()
        if is_midnight and _format_kind(style_id, formats, styles) == "date":
            return value.date().isoformat()
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _format_kind(style_id: int, formats: Any, styles: Any) -> str | None:
    """Return date, time or datetime: what a cell's number format shows."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    format_id = styles[style_id].numFmtId
    if format_id < BUILTIN_FORMATS_MAX_SIZE:
        code = BUILTIN_FORMATS.get(format_id, "General")
    else:
        code = formats[format_id - BUILTIN_FORMATS_MAX_SIZE]
    kind: str | None = is_datetime(code)
    return kind
