"""Reading CSV: a clean file in one pass of Arrow or DuckDB, any other row by row where it must."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.csv as pa_csv

from reachline.arrow import pa
from reachline.inbox.engine import (
    Content,
    Place,
    Written,
    clean_csv,
    copy_to,
    engine,
    full_disk,
    has_empty_rows,
    one_file,
    out_of_space,
    write_clean,
    write_parquet,
)
from reachline.inbox.names import file_columns
from reachline.inbox.problems import RejectSink, UnreadableFileError
from reachline.inbox.row_filter import (
    MAX_ROW_BYTES,
    FilteredRows,
    MalformedRowError,
    OtherEncodingError,
    RowParser,
    Totals,
    filter_csv,
    invalid_utf8,
)
from reachline.inbox.unpack import (
    TextFacts,
    guess_encoding,
    other_encoding,
    refuse_wide_text,
    text_facts,
)
from reachline.sql import literal

DELIMITERS = (",", ";", "\t", "|")

# A line before the header that starts so is help for people, never data.
HELP_MARK = b"# reachline"

_HEAD = 1024 * 1024
# how much may stand before a header: it is kept in the manifest
PREAMBLE_BYTES = 64 * 1024
# what Arrow reads at a time: small, since it reads ahead; a line that is longer is DuckDB's
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Header:
    """The header row of a CSV file.

    `columns` are the names as they land. Rows begin at byte `start`, on physical line `line`;
    `is_plain` when the header is all of the first line. `text` is the row as it stands there,
    `preamble` are the lines before it, where they are none of ours.
    """

    columns: tuple[str, ...]
    delimiter: str
    start: int
    line: int
    is_plain: bool
    text: bytes
    preamble: tuple[str, ...] = ()


def read_header(
    head: bytes,
    known: Collection[str],
    delimiter: str | None = None,
    size: int | None = None,
    *,
    has_preamble: bool = False,
) -> Header:
    """Return the header of a CSV file from its first bytes.

    The delimiter is, unless given, the one of `,` `;` tab `|` under which most of the `known`
    names are found, then the one that gives most columns. With `has_preamble` the header is the
    first row that has all `known` names, if there is one. Raises UnreadableFileError.
    """
    is_whole = size is None or size <= len(head)
    refuse_wide_text(head)
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    line = 1
    preamble: tuple[str, ...] = ()
    if has_preamble and (at := _start_of_header(head, start, known, delimiter)) is not None:
        before = head[start:at].decode("utf-8", "backslashreplace")
        preamble = tuple(text.rstrip("\r") for text in before.split("\n")[:-1])
        start, line = at, 1 + len(preamble)
    while not preamble:
        end = head.find(b"\n", start)
        text = head[start : end if end >= 0 else len(head)]
        if end < 0 or (text.strip() and not text.lstrip(b'" ').startswith(HELP_MARK)):
            break
        start, line = end + 1, line + 1
    if not preamble and not text.strip():
        raise UnreadableFileError(
            "the file is empty: not even a header stands in it. `reachline inbox template STREAM` "
            "writes one."
        )
    found = []
    wanted = {name.lower() for name in known}
    for mark in [delimiter] if delimiter is not None else DELIMITERS:
        parser = RowParser(mark)
        try:
            values, end = parser.row(head, start, is_last=True)
        except MalformedRowError:
            continue
        matches = sum(v.decode("utf-8", "replace").strip().lower() in wanted for v in values)
        found.append((matches, len(values), mark, values, end))
    if not found:
        raise UnreadableFileError("line 1: the quotes of the header do not fit. Mend the header.")
    _, _, mark, values, end = max(found, key=lambda one: one[:2])
    if end >= len(head) and not is_whole:
        raise UnreadableFileError(f"the header is longer than {_HEAD} bytes: is this a CSV file?")
    raw = head[start:end]
    if bad := invalid_utf8(raw):
        at = start + bad[0]
        raise other_encoding(at, line, head[at], guess_encoding(raw))
    if b"\x00" in raw:
        raise UnreadableFileError(
            f"a NUL byte at position {start + raw.index(0)}, in the header: the file is damaged. "
            "Ask for it again."
        )
    ends = 2 if head[end : end + 2] == b"\r\n" else 1 if end < len(head) else 0
    return Header(
        columns=file_columns(value.decode() for value in values),
        delimiter=mark,
        start=end + ends,
        line=line + raw.count(b"\n") + 1,
        is_plain=line == 1 and b"\n" not in raw and b"\r" not in raw and end < len(head),
        text=raw,
        preamble=preamble,
    )


def _start_of_header(
    head: bytes, start: int, known: Collection[str], delimiter: str | None
) -> int | None:
    """Return where the first row begins that has all known names; None where no row has."""
    wanted = {name.lower() for name in known}
    for at in _line_starts(head[:PREAMBLE_BYTES], start):
        for mark in [delimiter] if delimiter is not None else DELIMITERS:
            try:
                values, _ = RowParser(mark).row(head, at, is_last=True)
            except MalformedRowError:
                continue
            if wanted <= {value.decode("utf-8", "replace").strip().lower() for value in values}:
                return at
    return None


def _line_starts(text: bytes, start: int) -> Iterator[int]:
    yield start
    while (end := text.find(b"\n", start)) >= 0:
        start = end + 1
        yield start


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, enough for any header."""
    with path.open("rb") as handle:
        return handle.read(_HEAD)


def read_delimited(
    source: Path, header: Header, place: Place, totals: Totals | None = None
) -> Content:
    """Read the rows of a CSV file in UTF-8 into a batch, without its rows of `totals`.

    Raises UnreadableFileError when the file is plainly not UTF-8.
    """
    with ThreadPoolExecutor(1) as pool, engine(place.work) as con:
        counting = pool.submit(text_facts, source, find=header.text)
        read = None if totals else _read_with_arrow(source, header, place)
        facts = counting.result()
        if totals or facts.finds > 1:  # more than one: files that were put together
            return _read_row_by_row(con, source, header, facts, place, totals)
        if read is None or facts.has_quotes or not _row_is_line(read, facts):
            read = _read_with_duckdb(con, source, header, place)
        if read is not None and _row_is_line(read, facts):
            # where a column has a value in each row, no row is empty
            is_full = 0 in read.nulls or not has_empty_rows(con, place.data, header.columns, read)
            if is_full:
                return _as_lines(header, read, facts)
        return _read_row_by_row(con, source, header, facts, place)


def _as_lines(header: Header, read: Written, facts: TextFacts) -> Content:
    return Content(
        columns=header.columns,
        rows=read.rows,
        rejected=0,
        first_line=2,
        has_line=False,
        delimiter=header.delimiter,
        sha256=facts.sha256,
        typed=read.typed,
    )


def _read_with_arrow(source: Path, header: Header, place: Place) -> Written | None:
    """Let Arrow read a file without quotes, in two thirds of DuckDB's time.

    None where the file's head shows that it is another one, or Arrow does not take it. That no
    quote stands further down is for the caller to see.
    """
    head = head_of(source)
    # in one column a blank line looks like an empty row
    if not header.is_plain or len(header.columns) == 1 or b'"' in head or b"\r" in head:
        return None
    texts = dict.fromkeys(header.columns, pa.string())
    try:
        reader = pa_csv.open_csv(
            source,
            pa_csv.ReadOptions(
                block_size=_BLOCK_BYTES, skip_rows=1, column_names=list(header.columns)
            ),
            pa_csv.ParseOptions(delimiter=header.delimiter, quote_char=False),
            pa_csv.ConvertOptions(column_types=texts, null_values=[""], strings_can_be_null=True),
        )
        return write_parquet(reader, place.data, place.kinds)
    except pa.ArrowInvalid:  # a ragged row, bytes that are not UTF-8, a line longer than a block
        return None
    except OSError as error:
        place.data.unlink(missing_ok=True)
        if out_of_space(error):
            raise full_disk(place.data) from error
        raise


def _read_with_duckdb(
    con: duckdb.DuckDBPyConnection, source: Path, header: Header, place: Place
) -> Written | None:
    """Let DuckDB read the file as it is; None where it does not take it."""
    # in one column a blank line looks like an empty row
    if not header.is_plain or len(header.columns) == 1:
        return None
    types = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in header.columns)
    query = (
        f"select * from read_csv({one_file(source)}, header = true, auto_detect = false,"
        f" columns = {{{types}}}, delim = {literal(header.delimiter)}, quote = '\"',"
        f" escape = '\"', nullstr = '', strict_mode = true, compression = 'none',"
        f" max_line_size = {MAX_ROW_BYTES})"
    )
    try:
        return copy_to(con, query, place.data, place.kinds)
    except duckdb.Error as error:
        if out_of_space(error):
            raise
        return None


def _row_is_line(read: Written, facts: TextFacts) -> bool:
    """Whether the rows that were read are the lines below the header, one by one.

    A row takes one line or more, and a blank line is none: so as many rows as lines leave no room
    for a row of two lines, a blank line, or one that was passed over.
    """
    return read.rows == facts.lines - 1 and facts.has_plain_lines


def _read_row_by_row(
    con: duckdb.DuckDBPyConnection,
    source: Path,
    header: Header,
    facts: TextFacts,
    place: Place,
    totals: Totals | None = None,
) -> Content:
    clean = place.work / "clean.csv"
    place.data.unlink(missing_ok=True)
    with RejectSink(place.rejects) as rejects:
        with source.open("rb") as raw, clean.open("wb") as out:
            raw.seek(header.start)
            try:
                filtered = filter_csv(
                    raw,
                    out,
                    rejects,
                    delimiter=header.delimiter,
                    columns=header.columns,
                    line=header.line,
                    header=header.text if facts.finds > 1 else None,
                    totals=totals,
                    cr_ends_lines=facts.lfs == 0,
                )
            except OtherEncodingError as error:
                raise refuse_encoding(source, error.filtered) from error
        if filtered.is_other_encoding:
            raise refuse_encoding(source, filtered)
    query = clean_csv(clean, header.columns, header.delimiter)
    first_line, has_line = write_clean(con, query, filtered.rows, filtered, place)
    clean.unlink()
    return Content(
        columns=header.columns,
        rows=filtered.rows,
        rejected=rejects.rejected,
        first_line=first_line or header.line,
        has_line=has_line,
        delimiter=header.delimiter,
        sha256=facts.sha256,
        headers=tuple(filtered.headers),
        empty=filtered.empty,
        preamble=header.preamble,
        totals=tuple(filtered.totals),
    )


def refuse_encoding(source: Path, filtered: FilteredRows) -> UnreadableFileError:
    """Return the refusal of a file that proved not to be UTF-8, by its first such byte."""
    assert filtered.first_bad is not None  # noqa: S101 - it counts bad lines
    at, line, byte, around = filtered.first_bad
    with source.open("rb") as handle:
        handle.seek(max(0, at - 32 * 1024))
        sample = handle.read(64 * 1024)
    return other_encoding(at, line, byte, guess_encoding(sample or around))
