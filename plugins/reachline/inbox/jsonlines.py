"""Reading JSON lines, and the records of a JSON document."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from reachline.inbox.delimited import refuse_encoding
from reachline.inbox.engine import (
    Content,
    Place,
    Written,
    copy_to,
    engine,
    has_empty_rows,
    is_empty_row,
    one_file,
    out_of_space,
    unreadable,
    write_numbered,
)
from reachline.inbox.names import MAX_COLUMNS, cleaned, file_columns, landed_names, too_many_columns
from reachline.inbox.numerals import may_be_inexact, with_exact_numbers
from reachline.inbox.problems import RejectSink, UnreadableFileError
from reachline.inbox.row_filter import (
    MAX_ROW_BYTES,
    FilteredRows,
    OtherEncodingError,
    filter_json_lines,
    key_with,
)
from reachline.inbox.unpack import TextFacts, refuse_wide_text, text_facts
from reachline.sql import identifier, list_literal, literal

_SAMPLE_BYTES = 1024 * 1024
_SAMPLE_LINES = 1000
_CHUNK_ROWS = 60 * 1024
_CHUNK_BYTES = 16 * 1024 * 1024
_SPOTS, _SPOT_BYTES = 64, 16 * 1024

# A document is one JSON value, which DuckDB holds in memory whole; lines have no such bound.
MAX_DOCUMENT_BYTES = 128 * 1024 * 1024


def sample_keys(source: Path) -> tuple[str, ...]:
    """Return the keys of the first and last records of a file of JSON lines, as first seen."""
    with source.open("rb") as handle:
        head = handle.read(_SAMPLE_BYTES)
        size = source.stat().st_size
        if size > 2 * _SAMPLE_BYTES:
            handle.seek(size - _SAMPLE_BYTES)
        tail = handle.read()
    refuse_wide_text(head)
    keys: dict[str, None] = {}
    lines = head.removeprefix(codecs.BOM_UTF8).split(b"\n")[:_SAMPLE_LINES]
    for line in [*lines, *tail.split(b"\n")[-_SAMPLE_LINES:]]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
    return tuple(keys)


def _chunk_rows(source: Path) -> int:
    """Return how many rows to read at a time, by where in the file the lines are longest.

    What DuckDB gives to Arrow is bounded in rows only, and can't be spilled.
    """
    longest = 1.0
    with source.open("rb") as handle:
        size = source.stat().st_size
        for at in range(0, size, max(_SPOT_BYTES, size // _SPOTS)):
            handle.seek(at)
            spot = handle.read(_SPOT_BYTES)
            longest = max(longest, len(spot) / max(1, spot.count(b"\n")))
    return int(min(_CHUNK_ROWS, _CHUNK_BYTES / longest))


def read_jsonlines(source: Path, place: Place) -> Content:
    """Read a file of one JSON object a line into a batch: a column a key, as text if not typed.

    Lists and objects stay JSON text. Raises UnreadableFileError when the file is empty or plainly
    not UTF-8.
    """
    if source.stat().st_size == 0:
        raise UnreadableFileError("the file is empty: not a single record stands in it.")
    keys = sample_keys(source)
    with ThreadPoolExecutor(1) as pool, engine(place.work) as con:
        counting = pool.submit(text_facts, source, with_keys=True)
        read = _read_with_duckdb(con, source, keys, place)
        facts = counting.result()
        is_whole = read is not None and _is_all(read, facts)
        if read is not None and is_whole and not has_empty_rows(con, place.data, keys, read):
            return Content(keys, read.rows, 0, 1, False, sha256=facts.sha256, typed=read.typed)
        return _read_row_by_row(con, source, facts, place)


def _are_plain(keys: tuple[str, ...]) -> bool:
    """Whether keys are the names of columns as they are."""
    try:
        return 0 < len(keys) <= MAX_COLUMNS and landed_names(keys) == keys
    except ValueError:
        return False


def _read_with_duckdb(
    con: duckdb.DuckDBPyConnection, source: Path, keys: tuple[str, ...], place: Place
) -> Written | None:
    """Let DuckDB read the file as it is, every value as text; None where it does not take it."""
    if not _are_plain(keys):
        return None
    types = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in keys)
    # of a single column DuckDB would make whole lines, unless it is told that they are records
    query = (
        f"select * from read_json({one_file(source)}, format = 'newline_delimited',"
        f" columns = {{{types}}}, records = 'true', compression = 'none',"
        f" maximum_object_size = {MAX_ROW_BYTES})"
    )
    try:
        return copy_to(con, query, place.data, place.kinds, chunk_rows=_chunk_rows(source))
    except duckdb.Error as error:
        if out_of_space(error):
            raise
        return None


def _is_all(read: Written, facts: TextFacts) -> bool:
    """Whether each line is a row, and no key but the known ones has a value.

    DuckDB passes over a key that it was not asked for. So the keys in the file are counted: where
    they are as many as the values that were read and the nulls that stand in the file, none was
    passed over. A `":` inside a text is counted too, and so the file is read row by row.
    """
    odd = facts.escaped_nuls or facts.odd_keys or facts.may_be_inexact
    if read.rows != facts.lines or odd or not facts.has_plain_lines:
        return False
    values = sum(read.rows - nulls for nulls in read.nulls)
    # a line `null` is a row without any value to DuckDB: in a file with a column that is never
    # empty there is none
    return 0 in read.nulls and facts.keys == values + facts.nulls


def _read_row_by_row(
    con: duckdb.DuckDBPyConnection, source: Path, facts: TextFacts, place: Place
) -> Content:
    clean = place.work / "clean.jsonl"
    place.data.unlink(missing_ok=True)
    with RejectSink(place.rejects) as rejects:
        with source.open("rb") as raw, clean.open("wb") as out:
            if raw.read(3) != codecs.BOM_UTF8:
                raw.seek(0)
            try:
                filtered = filter_json_lines(raw, out, rejects, cr_ends_lines=facts.lfs == 0)
            except OtherEncodingError as error:
                raise refuse_encoding(source, error.filtered) from error
        if filtered.is_other_encoding:
            raise refuse_encoding(source, filtered)
        if filtered.all_rows == 0:
            raise UnreadableFileError("the file is empty: not a single record stands in it.")
        if facts.may_be_inexact:
            clean = _with_exact_numbers(clean)
        lines = place.work / "lines.parquet"
        query = (
            f"select record from read_csv({one_file(clean)}, header = false, auto_detect = false,"
            " columns = {'record': 'VARCHAR'}, delim = '\x01', quote = '', escape = '',"
            " strict_mode = true, new_line = '\\n', compression = 'none',"
            f" max_line_size = {MAX_ROW_BYTES + 2**20})"
        )
        rows = copy_to(con, query, lines).rows
        clean.unlink()
        if rows != filtered.rows:
            raise RuntimeError(f"{rows} lines were read where {filtered.rows} were found")
        columns, landed, empty = _write_records(con, lines, filtered, rejects, place)
    return Content(
        columns=columns,
        rows=landed,
        empty=empty,
        rejected=rejects.rejected,
        first_line=filtered.run_lines[0] if filtered.run_lines else 1,
        has_line=len(filtered.run_lines) > 1 or landed < filtered.rows,
        sha256=facts.sha256,
    )


def _with_exact_numbers(lines: Path) -> Path:
    exact = lines.with_name(f"exact.{lines.name}")
    with lines.open("rb") as given, exact.open("wb") as out:
        out.writelines(map(with_exact_numbers, given))
    lines.unlink()
    return exact


def _write_records(
    con: duckdb.DuckDBPyConnection,
    lines: Path,
    filtered: FilteredRows,
    rejects: RejectSink,
    place: Place,
) -> tuple[tuple[str, ...], int, int]:
    """Turn texts of records into rows; what is no object of distinct keys goes to the rejects.

    Returns the columns, how many rows were written, and how many records have no value.
    """
    rejected = rejects.rejected
    records = f"read_parquet({one_file(lines)}, file_row_number = true)"
    checked = f"""
        select
            file_row_number as row_number,
            record,
            case
                when not json_valid(record) then 'not JSON'
                when json_type(record) <> 'OBJECT'
                    then 'not a JSON object but ' || lower(json_type(record))
                when len(json_keys(record))
                    <> list_unique(list_transform(json_keys(record), lambda k: lower(trim(k))))
                    then {literal(_TWICE)}
                when strlen(record) > {MAX_ROW_BYTES}
                    then 'longer than {MAX_ROW_BYTES} bytes'
                when len(json_keys(record)) > {MAX_COLUMNS}
                    then 'more than {MAX_COLUMNS} keys in the record'
                when contains(record, '\\u0000') and {_HAS_NUL} then {literal(_NUL)}
            end as reason
        from {records}
    """
    for row, record, reason in _each(
        con, f"select row_number, record, reason from ({checked}) where reason is not null"
    ):
        column = key_with(_NUL_CHARACTER, record.encode()) if reason == _NUL else None
        rejects.add(_line(filtered, row), record, column, reason)
    good = f"(select row_number, record from ({checked}) where reason is null)"
    variants = _variants(con, good)
    if not variants:
        raise UnreadableFileError(
            "no line of the file is a JSON object with keys. Is it JSON lines: one object a line?"
        )
    columns = file_columns(keys[0] for keys in variants)
    if twice := " or ".join(_has_several(keys) for keys in variants if len(keys) > 1):
        for row, record in _each(con, f"select row_number, record from {good} where {twice}"):
            rejects.add(_line(filtered, row), record, None, _TWICE)
        good = f"(select row_number, record from {good} where not ({twice}))"
    shape = json.dumps({keys[0]: "VARCHAR" for keys in variants if keys[0]} or {"-": "VARCHAR"})
    values = [
        _value(keys) + f" as {identifier(c)}" for keys, c in zip(variants, columns, strict=True)
    ]
    query = f"""
        select row_number, {", ".join(values)}
        from (
            select row_number, record, json_transform(record, {literal(shape)}) as parsed
            from {good}
        )
    """
    if len(filtered.run_lines) == 1 and not rejects.rejected:
        read = copy_to(con, f"select * exclude (row_number) from ({query})", place.data)
        if not has_empty_rows(con, place.data, columns, read):
            return columns, read.rows, 0
    query = f"select * from ({query}) where not ({is_empty_row(columns)})"
    landed = write_numbered(con, query, filtered, place.data, "row_number")
    return columns, landed, filtered.rows - (rejects.rejected - rejected) - landed


def _variants(con: duckdb.DuckDBPyConnection, records: str) -> list[list[str]]:
    """Return the keys of records as first seen, those that land under one name together."""
    found = con.execute(f"""
        select key
        from (
            select
                row_number,
                unnest(json_keys(record)) as key,
                generate_subscripts(json_keys(record), 1) as place
            from {records}
        )
        group by key
        order by min(row_number), min(place), key
        limit {MAX_COLUMNS + 1}
    """).fetchall()
    if len(found) > MAX_COLUMNS:
        raise too_many_columns(found[-1][0])
    variants: dict[str, list[str]] = {}
    for (key,) in found:
        variants.setdefault(cleaned(key).lower(), []).append(key)
    return list(variants.values())


def _has_several(keys: list[str]) -> str:
    """Return SQL of whether a record has more than one of some keys."""
    return f"len(list_intersect(json_keys(record), {list_literal(keys)})) > 1"


_TWICE = "a key stands twice in the record"
_NUL = "a NUL character in a text"
_NUL_CHARACTER = re.compile("\x00")
_HAS_NUL = "contains(array_to_string(json_extract_string(record, '$.*'), ''), chr(0))"


def _value(keys: list[str]) -> str:
    """Return SQL for the value of a column whose key is written in one or more ways."""
    first, *more = keys
    # the empty key is no field of a structure
    values = [f"parsed[{literal(first)}]" if first else _at(first), *map(_at, more)]
    return f"coalesce({', '.join(values)})" if more else values[0]


def _at(key: str) -> str:
    if not key:  # as no path can say it, but a pointer
        return "json_extract_string(record, '/')"
    path = '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"json_extract_string(record, {literal(path)})"


def _each(con: duckdb.DuckDBPyConnection, query: str) -> Iterable[tuple[Any, ...]]:
    with con.cursor() as cursor:
        result = cursor.execute(query)
        while rows := result.fetchmany(5000):
            yield from rows


def _line(filtered: FilteredRows, row: int) -> int:
    from bisect import bisect_right

    at = bisect_right(filtered.run_rows, row) - 1
    return filtered.run_lines[at] + (row - filtered.run_rows[at])


def read_document(source: Path, records: str | None, place: Place) -> Content:
    """Read the records of one JSON document into a batch, counted from 1.

    `records` is the path of the list of records in it, such as `data.items`; None when the document
    itself is the list. Raises UnreadableFileError when it isn't JSON, is too big, or has no list
    there.
    """
    size = source.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        raise UnreadableFileError(
            f"the JSON document is {size} bytes long; up to {MAX_DOCUMENT_BYTES} are read. Export "
            "JSON lines or CSV, or a shorter span."
        )
    with engine(place.work) as con, RejectSink(place.rejects) as rejects:
        lines = place.work / "lines.parquet"
        if may_be_inexact(document := source.read_bytes()):
            source = place.work / "exact.json"
            source.write_bytes(with_exact_numbers(document))
        del document
        rows = _split_document(con, source, records, lines)
        filtered = FilteredRows()
        filtered.wrote(rows, 1)
        columns, landed, empty = _write_records(con, lines, filtered, rejects, place)
    return Content(columns, landed, rejects.rejected, 1, has_line=landed < rows, empty=empty)


def _split_document(
    con: duckdb.DuckDBPyConnection, source: Path, records: str | None, lines: Path
) -> int:
    """Write each record of a document as JSON text to `lines`; returns how many."""
    with source.open("rb") as handle:
        refuse_wide_text(handle.read(4096))
    path = "$" + "".join(f'."{part}"' for part in records.split(".")) if records else "$"
    document = (
        f"select json as document from read_json_objects({one_file(source)},"
        f" format = 'unstructured', maximum_object_size = {MAX_DOCUMENT_BYTES + 1024},"
        " compression = 'none')"
    )
    try:
        kinds = con.execute(
            f"select json_type(document, {literal(path)}), json_type(document) from ({document})"
        ).fetchall()
    except duckdb.Error as error:
        raise unreadable("a JSON document", error) from error
    if not kinds:
        raise UnreadableFileError("the file is empty: not a single record stands in it.")
    if len(kinds) != 1 or kinds[0][0] != "ARRAY":
        what = "more than one document" if len(kinds) != 1 else (kinds[0][0] or "nothing").lower()
        raise UnreadableFileError(
            f"no list of records at {records or 'the top'}, but {what}. Correct `records` in "
            "config/exports."
        )
    query = (
        f"select unnest(json_extract(document, {literal(path + '[*]')}))::varchar as record"
        f" from ({document})"
    )
    rows = copy_to(con, query, lines).rows
    if rows == 0:
        raise UnreadableFileError(f"the list of records at {records or 'the top'} is empty.")
    return rows


def document_keys(source: Path, records: str | None, work: Path) -> tuple[str, ...]:
    """Return the keys of the first records of a JSON document; UnreadableFileError as above."""
    with engine(work) as con:
        lines = work / "peek.parquet"
        _split_document(con, source, records, lines)
        texts = con.execute(f"select record from {one_file(lines)} limit 1000").fetchall()
        lines.unlink()
    keys: dict[str, None] = {}
    for (text,) in texts:
        try:
            record = json.loads(text)
        except RecursionError:  # so deeply nested
            continue
        if isinstance(record, dict):
            keys.update(dict.fromkeys(record))
    return tuple(keys)
