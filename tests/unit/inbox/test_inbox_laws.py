"""What holds for any file at all: counted, and read again, by Python's own csv module."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reachline.inbox import row_filter, unpack
from reachline.inbox.delimited import (
    _read_row_by_row,
    _read_with_arrow,
    _read_with_duckdb,
    _row_is_line,
    read_header,
)
from reachline.inbox.engine import Place, engine
from reachline.inbox.jsonlines import read_jsonlines
from reachline.inbox.problems import RejectSink, UnreadableFileError
from reachline.inbox.row_filter import filter_csv, filter_json_lines, invalid_utf8
from reachline.inbox.unpack import text_facts

texts = st.text(st.sampled_from('ab ,;"\n\r\té🎉'), max_size=6)
tables = st.lists(st.lists(texts, min_size=3, max_size=3), max_size=6)


def filtered(content: bytes, columns=("a", "b", "c"), delimiter=","):
    """Return what is clean, what was found, and the rejects, as (line, raw)."""
    rejects: list[tuple[int, bytes]] = []

    class Sink(RejectSink):
        def add(self, line, raw, column, reason):
            rejects.append((line, raw))

    clean = io.BytesIO()
    found = filter_csv(
        io.BytesIO(content),
        clean,
        Sink(Path("unused")),
        delimiter=delimiter,
        columns=columns,
        line=1,
        cr_ends_lines=b"\n" not in content,
    )
    return clean.getvalue(), found, rejects


def lines_of(found):
    starts = [*found.run_rows, found.rows]
    return [
        line + offset
        for i, line in enumerate(found.run_lines)
        for offset in range(starts[i + 1] - starts[i])
    ]


def parsed(clean: bytes):
    return list(csv.reader(io.StringIO(clean.decode(), newline=""), strict=True))


@settings(max_examples=300)
@given(tables, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_a_writer_of_csv_wrote_arrives_whole(rows, end, all_quoted):
    out = io.StringIO(newline="")
    # left to itself, Python's writer does not quote a lone CR before LF line ends
    alone = end == "\n" and any("\r" in value for row in rows for value in row)
    quoting = csv.QUOTE_ALL if all_quoted or alone else csv.QUOTE_MINIMAL
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    expected_lines, line = [], 1
    for row in rows:
        expected_lines += [line] * any(row)
        before = out.tell()
        writer.writerow(row)
        line += out.getvalue()[before:].count("\n")
    clean, found, rejects = filtered(out.getvalue().encode())
    assert parsed(clean) == [row for row in rows if any(row)]
    assert found.empty == sum(row == ["", "", ""] for row in rows)
    assert rejects == []
    assert lines_of(found) == expected_lines


@settings(max_examples=400)
@given(st.text(st.sampled_from("ab,,,\n\n\r"), max_size=40))
def test_without_quotes_each_line_with_a_value_is_a_row_or_a_reject(text):
    clean, found, rejects = filtered(text.encode())
    ends = re.compile("\r\n|\n|\r")
    lines = [line for line in ends.split(text) if line.strip(",")]
    taken = [
        line for line in lines if line.count(",") == 2 or re.fullmatch("[^,]*,[^,]*,[^,]*,+", line)
    ]
    assert found.rows == len(taken)
    assert sorted(raw.decode() for _, raw in rejects) == sorted(
        line for line in lines if line not in taken
    )
    assert found.all_rows == len(lines)
    assert [row[:3] for row in parsed(clean)] == [line.split(",")[:3] for line in taken]


@settings(max_examples=400)
@given(
    st.binary(max_size=60) | st.text(st.sampled_from('ab,"\n\r\x00é'), max_size=50).map(str.encode)
)
def test_every_byte_of_any_file_is_in_a_row_a_reject_or_a_line_end(content):
    try:
        clean, found, rejects = filtered(content)
    except row_filter.OtherEncodingError:
        return
    assert found.all_rows == found.rows + len(rejects)
    rows = parsed(clean)
    assert len(rows) == found.rows == len(lines_of(found))
    assert all(len(row) == 3 for row in rows)
    # letters are neither dropped nor doubled (quotes, separators and line ends may be)
    letters = re.compile(rb'[^,"\r\n ]')
    kept = clean + b"".join(raw for _, raw in rejects)
    assert sorted(letters.findall(kept)) == sorted(letters.findall(content))
    starts = [1 + content[:at].count(b"\n") for at in range(len(content) + 1)]
    assert {*lines_of(found), *(line for line, _ in rejects)} <= set(range(1, len(starts) + 1))


@settings(max_examples=60)
@given(
    st.text(st.sampled_from('ab,,"\n\n\r é\0\udce9'), max_size=30),
    st.sampled_from(["\n", "\r\n"]),
)
@example('"a",b,c\n"a"b,c,d\n', "\n")
@example('a,b,"c\n"\nd,e,f\n', "\n")
@example("a,b,c\n\nd,e,f\n", "\n")
@example(' "a" ,b,c,,\n', "\n")
@example("a,b,c\nd,e\n", "\n")
@example("a,b,c\n\0,e,\udce9\n", "\n")
@example("a,b,\udce9\nd,e,f", "\n")
@example("a,b,\r\nd,e,f\n", "\n")
def test_what_arrow_and_duckdb_are_trusted_with_is_read_as_row_by_row(text, end):
    """Where Arrow or DuckDB alone is trusted with a file, all ways give the same rows and lines."""
    content = ("a,b,c\n" + text).replace("\n", end).encode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = work / "in.csv"
        source.write_bytes(content)
        header = read_header(content, ())
        fast = Place(work / "fast.parquet", work / "fast.rejects.parquet", work)
        unquoted = Place(work / "unquoted.parquet", work / "unquoted.rejects.parquet", work)
        by_row = Place(work / "by_row.parquet", work / "by_row.rejects.parquet", work)
        facts = text_facts(source)
        with engine(work) as con:
            rows = _read_with_duckdb(con, source, header, fast)
            without_quotes = _read_with_arrow(source, header, unquoted)
            try:
                found = _read_row_by_row(con, source, header, facts, by_row)
            except UnreadableFileError:
                assert without_quotes is None
                assert rows is None
                return
        trusted = []
        if rows is not None and _row_is_line(rows, facts):
            trusted.append(fast)
        is_plain = without_quotes is not None and not facts.has_quotes
        if is_plain and _row_is_line(without_quotes, facts):
            trusted.append(unquoted)
        for place in trusted:
            assert found.rejected == 0
            assert (found.first_line, found.has_line) == (2, False)
            assert pq.read_table(place.data).to_pylist() == pq.read_table(by_row.data).to_pylist()


records = st.dictionaries(
    st.sampled_from(["id", "b c", "n"]),
    st.none() | st.integers(-(2**63), 2**64 - 1) | texts | st.booleans() | st.lists(st.integers()),
    max_size=3,
)
json_lines = st.one_of(
    records.map(json.dumps),
    records.map(lambda r: json.dumps(r, ensure_ascii=False, separators=(",", ":"))),
    st.sampled_from(["", "  ", "[1]", "null", "{", '{"id":1,"id":2}', '{"n": 1 }x', '{"id" : 3}']),
)


def as_text(value):
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


@settings(max_examples=60)
@given(st.lists(json_lines, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
@example(['{"id":1}', '{"zz":2}'], "\n")
@example(["{}", '{"id":1,"id":2}', "[1]"], "\n")
@example(['{"id":1}', '{"id":2}', "[1]"], "\n")
@example(['{"id":null,"n":1}', '{"id":2}'], "\n")
def test_json_lines_are_rows_or_rejects_and_keep_every_digit(lines, end):
    expected, bad = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs = json.loads(line, object_pairs_hook=list)
            keys = [key for key, _ in pairs]
            good = len(set(keys)) == len(keys) and line[0] == "{"
        except (ValueError, TypeError):
            good = False
        (expected if good else bad).append((number, json.loads(line) if good else line))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = work / "in.jsonl"
        source.write_bytes((end.join(lines) + end).encode())
        place = Place(work / "d.parquet", work / "r.parquet", work)
        if not any(record for _, record in expected):
            with pytest.raises(UnreadableFileError):
                read_jsonlines(source, place)
            return
        found = read_jsonlines(source, place)
        rows = pq.read_table(place.data).to_pylist()
        rejects = pq.read_table(place.rejects).to_pylist() if place.rejects.exists() else []
    assert [(row.pop("_line", found.first_line + n), row) for n, row in enumerate(rows)] == [
        (number, {key: as_text(record.get(key)) for key in found.columns})
        for number, record in expected
        if any(value not in (None, "") for value in record.values())
    ]
    assert len(rows) + len(rejects) + found.empty == len(expected) + len(bad)
    assert sorted((r["_line"], r["_raw"]) for r in rejects) == sorted(bad)
    assert set(found.columns) == {key for _, record in expected for key in record}


@settings(max_examples=300)
@given(
    st.binary(max_size=40)
    | st.lists(
        st.sampled_from(
            [b"\n", b"a", "é".encode(), "🎉".encode(), b"\xc3", b"\xed\xa0\x80", b"\xff"]
        )
    ).map(b"".join)
)
def test_bytes_that_are_not_utf_8_are_found(data):
    positions = invalid_utf8(data)
    assert positions == sorted(set(positions))
    assert all(data[at] >= 0x80 for at in positions)
    start = 0
    for line in data.split(b"\n"):
        try:
            line.decode()
            first = None
        except UnicodeDecodeError as error:
            first = start + error.start
        end = start + len(line)
        assert next((at for at in positions if start <= at < end), None) == first
        start = end + 1


@settings(max_examples=150)
@given(st.binary(max_size=80), st.integers(1, 7))
def test_chunks_of_any_size_give_the_same(content, size):
    whole = io.BytesIO(), io.BytesIO()
    lines = []
    for clean, chunk in zip(whole, (row_filter._CHUNK, size), strict=True):
        before, row_filter._CHUNK = row_filter._CHUNK, chunk
        try:
            with tempfile.TemporaryDirectory() as name, RejectSink(Path(name) / "r") as rejects:
                found = filter_json_lines(io.BytesIO(content), clean, rejects)
                lines.append((found.rows, rejects.rejected, lines_of(found)))
        except row_filter.OtherEncodingError:
            lines.append(None)
        finally:
            row_filter._CHUNK = before
    assert lines[0] == lines[1]
    assert whole[0].getvalue() == whole[1].getvalue()


@settings(max_examples=150)
@given(st.text(st.sampled_from('ab,"\n\r é\x00'), max_size=60), st.integers(1, 7))
def test_csv_in_chunks_of_any_size_gives_the_same(text, size):
    before = row_filter._CHUNK
    whole = filtered(text.encode())
    try:
        row_filter._CHUNK = size
        cut = filtered(text.encode())
    finally:
        row_filter._CHUNK = before
    assert (cut[0], lines_of(cut[1]), cut[2]) == (whole[0], lines_of(whole[1]), whole[2])


pieces = st.sampled_from(
    ['"', ":", " ", "n", '":', '": n', '":null', "\t", "\r\n", "\r", "\n", "\0", "\\u0000", "x"]
)


@settings(max_examples=150)
@given(st.lists(pieces, max_size=60).map("".join), st.integers(8, 40))
@example('":n', 8)
def test_the_counts_that_prove_a_file_clean(text, size):
    data = text.encode()
    before = unpack._CACHED
    try:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "x"
            path.write_bytes(data)
            unpack._CACHED = size
            found = text_facts(path, with_keys=True)
            plain = text_facts(path)
    finally:
        unpack._CACHED = before
    assert found.sha256 == plain.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.lfs, found.nuls) == (data.count(b"\n"), data.count(0))
    assert found.lines == len(data.split(b"\n")) - (data[-1:] in (b"", b"\n"))
    assert found.lone_crs == len(re.findall(rb"\r(?!\n)", data))
    assert found.keys == data.count(b'":')
    assert found.nulls == len(re.findall(rb'(?=": ?n)', data))
    assert found.escaped_nuls == data.count(b"\\u0000")
    # blanks before a colon may be more than a chunk: what counts is whether there are any
    if len(data) <= size:
        assert found.odd_keys == len(re.findall(rb'"[ \t\r]+:', data))
