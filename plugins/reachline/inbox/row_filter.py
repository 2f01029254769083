"""Copies the well-formed rows of a text file, and rejects the others with line and reason.

A file that DuckDB's strict parser reads whole, one row a line, never comes here: this is slower. It
reads in bounded memory and writes a second file, in which every row is well-formed, for DuckDB to
parse. Runs of well-formed rows are found by one regular expression and copied as they are; only
the rows between them are parsed one by one.

Lines are physical: they end with LF or CRLF; a lone CR ends a line only where it ends a row.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import regex

from reachline.inbox.names import cleaned
from reachline.inbox.problems import RejectSink, UnreadableFileError, raw_text

# One row may be this long; it bounds memory here and in DuckDB's parser.
MAX_ROW_BYTES = 8 * 1024 * 1024
_CHUNK = 4 * 1024 * 1024
# Their texts are kept in the manifest. A mapping that takes data for totals is told so.
MOST_TOTALS = 1000

Totals = Mapping[int, Collection[str]]
"""By what a row of totals is known: at each of these positions, from 0, stands one of the texts."""

_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


def invalid_utf8(data: bytes) -> list[int]:
    """Return the positions from 0 at which bytes begin that are not UTF-8, in order.

    Python decodes such bytes to surrogates (`surrogateescape`, PEP 383), which valid UTF-8 never
    decodes to. What stands before one is encoded again, which gives its position in bytes.
    """
    if data.isascii():
        return []
    text = data.decode("utf-8", "surrogateescape")
    positions = []
    position = start = 0
    for escaped in _ESCAPED_BYTES.finditer(text):
        position += len(text[start : escaped.start()].encode())
        positions.append(position)
        position += len(escaped[0])  # one surrogate a byte
        start = escaped.end()
    return positions


@dataclass
class FilteredRows:
    """How many rows were copied and rejected, and from which lines.

    `rows` were written to the second file. Row numbers and lines go together by runs: from
    `run_rows[i]` (from 0) on, line = `run_lines[i]` + (row - `run_rows[i]`). `bad_lines` counts
    rows with bytes that are not UTF-8, `good_lines` rows with characters beyond ASCII that are;
    `first_bad` is (position in the file from 0, line from 1, byte, bytes around it). `headers` are
    the lines on which the header stands again, `totals` line and text of the rows of totals,
    `empty` counts the rows without any value.
    """

    rows: int = 0
    all_rows: int = 0
    bad_lines: int = 0
    good_lines: int = 0
    first_bad: tuple[int, int, int, bytes] | None = None
    run_rows: array[int] = field(default_factory=lambda: array("q"))
    run_lines: array[int] = field(default_factory=lambda: array("q"))
    headers: array[int] = field(default_factory=lambda: array("q"))
    totals: list[tuple[int, str]] = field(default_factory=list)
    empty: int = 0
    _offset: int | None = None

    def wrote(self, count: int, line: int) -> None:
        """Note `count` rows written, the first from `line`, one line each."""
        offset = line - self.rows
        if offset != self._offset:
            self.run_rows.append(self.rows)
            self.run_lines.append(line)
            self._offset = offset
        self.rows += count

    def left_out(self, line: int, text: bytes | str) -> None:
        """Note a row of totals. UnreadableFileError where there are too many to be only that."""
        if len(self.totals) == MOST_TOTALS:
            raise UnreadableFileError(
                f"more than {MOST_TOTALS:,} rows are totals by the mapping, so is line {line}: "
                f"{raw_text(text)[:200]}. Correct `totals` in config/exports."
            )
        self.totals.append((line, raw_text(text)))

    @property
    def is_other_encoding(self) -> bool:
        """Whether the file as a whole is not UTF-8, rather than a few of its rows.

        So it is when rows that are not UTF-8 outnumber the rows that need UTF-8 and have it, and
        they are more than one in a hundred.
        """
        return self.bad_lines > self.good_lines and self.bad_lines * 100 > self.all_rows


class OtherEncodingError(Exception):
    """The file is plainly not UTF-8; carries the FilteredRows so far."""

    def __init__(self, filtered: FilteredRows) -> None:
        super().__init__("not UTF-8")
        self.filtered = filtered


class _Window:
    """A part of a file in memory, that slides forward; knows where it isn't UTF-8."""

    def __init__(self, source: BinaryIO) -> None:
        self.data = b""
        self.pos = 0
        self.base = source.tell()
        self.is_last = False
        self._source = source
        self._bad: list[int] = []
        self._bad_next = 0
        self._checked = 0
        self.more()

    @property
    def left(self) -> int:
        return len(self.data) - self.pos

    def more(self) -> None:
        """Drop what was passed and read on."""
        chunk = self._source.read(_CHUNK)
        self.is_last = len(chunk) < _CHUNK
        self._bad = [at - self.pos for at in self._bad[self._bad_next :]]
        self._bad_next = 0
        self._checked -= self.pos
        self.base += self.pos
        self.data = self.data[self.pos :] + chunk
        self.pos = 0
        end = len(self.data) if self.is_last else _whole_characters(self.data)
        start = max(self._checked, 0)
        if end > start:
            self._bad += [start + at for at in invalid_utf8(self.data[start:end])]
            self._checked = end

    def run_limit(self) -> int:
        """How far a run of clean rows may reach: whole lines of UTF-8, no row too long."""
        limit = min(len(self.data), self.pos + MAX_ROW_BYTES)
        if (bad := self.next_bad()) is not None:
            limit = min(limit, bad)
        if limit == len(self.data) and self.is_last:
            return limit
        return max(self.data.rfind(b"\n", self.pos, limit) + 1, self.pos)

    def next_bad(self) -> int | None:
        """The first position from `pos` on that isn't UTF-8, in what was looked at."""
        while self._bad_next < len(self._bad) and self._bad[self._bad_next] < self.pos:
            self._bad_next += 1
        return self._bad[self._bad_next] if self._bad_next < len(self._bad) else None


_END = re.compile(rb"\r\n|\n|\r")
_LINE_END = re.compile(rb"\r?\n")
_OLD_LINE_END = re.compile(rb"\r")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff][^\n]*+")


def _whole_characters(data: bytes) -> int:
    """Return the end of the last character that can't be cut by the end of the data."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return len(data) - back
    return len(data)


def _line_end(data: bytes, start: int, cr_ends_lines: bool) -> tuple[int, int]:
    """Return where the line from `start` ends, without and with its line end."""
    found = (_OLD_LINE_END if cr_ends_lines else _LINE_END).search(data, start)
    return (found.start(), found.end()) if found else (len(data), len(data))


def _header_pattern(header: bytes) -> bytes:
    return rb"(?:\xef\xbb\xbf)?" + re.escape(header)


class MalformedRowError(Exception):
    """A row whose quotes do not fit."""


class _NeedMoreError(Exception):
    """The row goes on behind the window."""


class RowParser:
    """Splits rows of delimited text by RFC 4180, as DuckDB's strict mode does where that is clear.

    Spaces around a quoted value are no part of it; a quote inside a value that does not begin with
    one is an ordinary character.
    """

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter.encode())
        self.delimiter = delimiter.encode()
        self._opens = re.compile(rb' *"')
        # of `regex`: before Python 3.11.5, `re` lost its place after groups that are possessive
        self._quoted = regex.compile(rb' *"([^"]*+(?:""[^"]*+)*+)" *')
        self._plain = re.compile(rb"[^\r\n" + mark + rb"]*+")

    def clean_run(self, columns: int, header: bytes | None = None) -> Any:
        """Return a pattern for as many rows as it can that need no second look.

        None of them is a header, or without any value.
        """
        mark = re.escape(self.delimiter)
        value = rb'(?:[^"\r\n\x00' + mark + rb']*+|"[^"\r\n\x00]*+(?:""[^"\r\n\x00]*+)*+")'
        # the first value may not be empty where it is the only one: that is a blank line
        rest = (rb"(?:" + mark + value + rb"){%d}" % (columns - 1)) if columns > 1 else rb""
        head = value if columns > 1 else rb"(?=[^\r\n])" + value
        is_row = rb'(?![" ' + mark + rb"]*+\r?\n)"
        if header is not None:
            is_row += rb"(?!" + _header_pattern(header) + rb"\r?\n)"
        return regex.compile(rb"(?:" + is_row + head + rest + rb"\r?\n)++")

    def row(self, data: bytes, start: int, is_last: bool) -> tuple[list[bytes], int]:
        """Return the values of the row at `start` and where it ends, its line end not included.

        Raises MalformedRowError, or _NeedMoreError where the data end too early.
        """
        values = []
        at = start
        while True:
            if self._opens.match(data, at):
                found = self._quoted.match(data, at)
                if found is None:
                    if not is_last:
                        raise _NeedMoreError
                    raise MalformedRowError("a quote is opened and never closed")
                values.append(found[1].replace(b'""', b'"'))
            else:
                found = self._plain.match(data, at)
                assert found is not None  # noqa: S101 - the pattern matches the empty string
                values.append(found[0])
            at = found.end()
            after = data[at : at + 1]
            if after == self.delimiter:
                at += 1
                continue
            if not is_last and at + 1 >= len(data):
                raise _NeedMoreError
            if after in (b"", b"\n", b"\r"):
                return values, at
            raise MalformedRowError("text follows a closing quote")


def filter_csv(
    source: BinaryIO,
    clean: BinaryIO,
    rejects: RejectSink,
    *,
    delimiter: str,
    columns: tuple[str, ...],
    line: int,
    header: bytes | None = None,
    totals: Totals | None = None,
    cr_ends_lines: bool = False,
) -> FilteredRows:
    """Copy the well-formed rows from `source` (at the first row, physical line `line`) to `clean`.

    A row that is `header` once more, with a byte order mark or without, is left out, and so is a
    row of `totals`, which may have more values than there are columns, and one without any value.

    `clean` gets rows that end with LF, with as many values as there are columns. Only in a file
    without any LF does a lone CR end lines (`cr_ends_lines`). Raises OtherEncodingError when the
    file is plainly not UTF-8.
    """
    parser = RowParser(delimiter)
    run_pattern = parser.clean_run(len(columns), header)
    is_header = regex.compile(_header_pattern(header)).fullmatch if header is not None else None
    window = _Window(source)
    filtered = FilteredRows()
    while window.left or not window.is_last:
        if not window.left:
            window.more()
            continue
        # whether a row is one of totals is asked of each
        limit = window.run_limit() if not totals else 0
        if limit > window.pos:
            run = run_pattern.match(window.data, window.pos, limit)
            if run is not None:
                line += _copy_run(run[0], clean, filtered, line)
                window.pos = run.end()
                continue
        try:
            values, end = parser.row(window.data, window.pos, window.is_last)
            malformed = None
        except _NeedMoreError:
            if window.left <= MAX_ROW_BYTES:
                window.more()
                continue
            values = []
            malformed = f"a quote is opened and not closed within {MAX_ROW_BYTES} bytes"
        except MalformedRowError as error:
            values, malformed = [], str(error)
        is_again = (
            malformed is None and is_header is not None and is_header(window.data, window.pos, end)
        )
        is_total = malformed is None and totals and any(values) and _is_total(values, totals)
        if is_again or is_total:
            if is_again:
                filtered.headers.append(line)
            else:
                filtered.left_out(line, window.data[window.pos : end])
            after = _END.match(window.data, end)
            line += window.data.count(b"\n", window.pos, end) + (1 if after else 0)
            window.pos = after.end() if after else end
            continue
        if malformed is not None:
            # what the quote swallowed may be good rows: only this line is given up
            end, _ = _line_end(window.data, window.pos, cr_ends_lines)
            if end == len(window.data) and not window.is_last:
                if window.left <= MAX_ROW_BYTES:
                    window.more()
                    continue
                line += _skip_long_line(window, rejects, filtered, line)
                continue
        line += _write_or_reject(
            window,
            end,
            values,
            malformed,
            clean,
            rejects,
            filtered,
            line,
            columns,
            parser.delimiter,
        )
    return filtered


def totals_at(columns: Collection[str], totals: Mapping[str, Collection[str]]) -> Totals:
    """Return what tells a row of totals by position, of what tells it by the names of columns."""
    positions = {column.lower(): at for at, column in enumerate(columns)}
    return {positions[column.lower()]: texts for column, texts in totals.items()}


def _is_total(values: list[bytes], totals: Totals) -> bool:
    return all(
        at < len(values) and values[at].decode("utf-8", "replace").strip() in texts
        for at, texts in totals.items()
    )


def _copy_run(run: bytes, clean: BinaryIO, filtered: FilteredRows, line: int) -> int:
    """Copy a run of rows of one line each; returns how many."""
    count = run.count(b"\n")
    clean.write(run.replace(b"\r\n", b"\n") if b"\r" in run else run)
    if not run.isascii():
        filtered.good_lines += sum(1 for _ in _BEYOND_ASCII.finditer(run))
    filtered.wrote(count, line)
    filtered.all_rows += count
    return count


def _write_or_reject(
    window: _Window,
    end: int,
    values: list[bytes],
    malformed: str | None,
    clean: BinaryIO,
    rejects: RejectSink,
    filtered: FilteredRows,
    line: int,
    columns: tuple[str, ...],
    delimiter: bytes,
) -> int:
    """Write or reject the row that ends at `end`; returns the number of its lines."""
    start = window.pos
    row = window.data[start:end]
    ends = _END.match(window.data, end)
    bad = window.next_bad()
    window.pos = ends.end() if ends else end
    lines = row.count(b"\n") + (1 if ends else 0)
    if not row:
        return lines  # a blank line is no row
    if malformed is None and not any(values):
        filtered.empty += 1
        return lines
    filtered.all_rows += 1
    reason, column = malformed, None
    if bad is not None and bad < end:
        _note_bad_row(filtered, window, bad, line)
        column = _column_of(values, columns, lambda value: bool(invalid_utf8(value)))
        reason = f"byte 0x{window.data[bad]:02X} at position {bad - start} of the row is not UTF-8"
    elif not row.isascii():
        filtered.good_lines += 1
    if reason is None and b"\x00" in row:
        column = _column_of(values, columns, lambda value: b"\x00" in value)
        reason = f"a NUL byte at position {row.index(0)} of the row"
    if reason is None and len(row) > MAX_ROW_BYTES:
        reason = f"the row is {len(row)} bytes long; up to {MAX_ROW_BYTES} are read"
    if reason is None and (len(values) < len(columns) or any(values[len(columns) :])):
        reason = f"{len(values)} values, where the header names {len(columns)} columns"
    if reason is not None:
        rejects.add(line, row, column, reason)
        return lines
    clean.write(
        delimiter.join(
            b'"' + v.replace(b'"', b'""') + b'"' if v else b"" for v in values[: len(columns)]
        )
    )
    clean.write(b"\n")
    filtered.wrote(1, line)
    return lines


def _column_of(
    values: list[bytes], columns: tuple[str, ...], is_it: Callable[[bytes], bool]
) -> str | None:
    pairs = zip(values, columns, strict=False)
    return next((column for value, column in pairs if is_it(value)), None)


def _note_bad_row(filtered: FilteredRows, window: _Window, bad: int, line: int) -> None:
    filtered.bad_lines += 1
    if filtered.first_bad is None:
        around = window.data[max(0, bad - 2000) : bad + 2000]
        filtered.first_bad = (window.base + bad, line, window.data[bad], around)
    if filtered.bad_lines > 1000 and filtered.is_other_encoding:
        raise OtherEncodingError(filtered)


def _skip_long_line(window: _Window, rejects: RejectSink, filtered: FilteredRows, line: int) -> int:
    """Reject a line that is longer than a row may be, without keeping it; returns 1."""
    head = window.data[window.pos : window.pos + 40_000]
    size = 0
    while True:
        end = window.data.find(b"\n", window.pos)
        if end >= 0:
            size += end - window.pos
            window.pos = end + 1
            break
        size += window.left
        window.pos = len(window.data)
        if window.is_last:
            break
        window.more()
    filtered.all_rows += 1
    rejects.add(line, head, None, f"the line is {size} bytes long; up to {MAX_ROW_BYTES} are read")
    return 1


# Raw control characters are never part of a JSON text; a tab may stand between its parts.
_JSON_RUN = regex.compile(rb"(?:(?=[ \t]*+[^ \t\r\n])[^\x00-\x08\x0a-\x1f]++\r?\n)++")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f]")
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f]")


def filter_json_lines(
    source: BinaryIO,
    clean: BinaryIO,
    rejects: RejectSink,
    *,
    line: int = 1,
    cr_ends_lines: bool = False,
) -> FilteredRows:
    """Copy the lines that may be a JSON text each from `source` to `clean`, ended by LF.

    Blank lines are passed over; lines with control characters, bytes that are not UTF-8 or too
    many bytes go to the rejects. Raises OtherEncodingError when the file is plainly not UTF-8.
    """
    window = _Window(source)
    filtered = FilteredRows()
    while window.left or not window.is_last:
        if not window.left:
            window.more()
            continue
        limit = window.run_limit()
        run = _JSON_RUN.match(window.data, window.pos, limit) if limit > window.pos else None
        if run is not None:
            line += _copy_run(run[0], clean, filtered, line)
            window.pos = run.end()
            continue
        bad = window.next_bad()
        end, after = _line_end(window.data, window.pos, cr_ends_lines)
        if after >= len(window.data) and not window.is_last:
            if window.left <= MAX_ROW_BYTES:
                window.more()
                continue
            line += _skip_long_line(window, rejects, filtered, line)
            continue
        text = window.data[window.pos : end]
        start, window.pos = window.pos, after
        if not text.strip():
            line += 1
            continue
        filtered.all_rows += 1
        reason, column = None, None
        if bad is not None and bad < end:
            _note_bad_row(filtered, window, bad, line)
            byte = window.data[bad]
            column = key_with(_ESCAPED_BYTES, text)
            reason = f"byte 0x{byte:02X} at position {bad - start} of the line is not UTF-8"
        elif control := _CONTROL.search(text):
            name = "NUL" if text[control.start()] == 0 else f"0x{text[control.start()]:02X}"
            column = key_with(_CONTROL_CHARACTERS, text)
            reason = f"not JSON: a control character ({name}) at position {control.start()}"
        elif len(text) > MAX_ROW_BYTES:
            reason = f"the line is {len(text)} bytes long; up to {MAX_ROW_BYTES} are read"
        if reason is None:
            filtered.good_lines += not text.isascii()
            clean.write(text + b"\n")
            filtered.wrote(1, line)
        else:
            rejects.add(line, text, column, reason)
        line += 1
    return filtered


def key_with(what: re.Pattern[str], record: bytes) -> str | None:
    """Return the key of a record's first text that has something in it; None where none has."""
    try:
        parsed = json.loads(record.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
    pairs = parsed.items() if isinstance(parsed, dict) else ()
    key = next((key for key, value in pairs if isinstance(value, str) and what.search(value)), None)
    return None if key is None else cleaned(key.encode("utf-8", "backslashreplace").decode())
