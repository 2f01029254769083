"""JSON as nobody means it: odd keys, numbers that no DOUBLE holds, depth, width and length."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reachline.inbox import unpack
from reachline.inbox.engine import Place
from reachline.inbox.jsonlines import document_keys, read_document
from reachline.inbox.names import MAX_COLUMNS
from reachline.inbox.numerals import may_be_inexact, with_exact_numbers
from reachline.inbox.unpack import text_facts

KEY = '"platform": "tiktok", "native_post_id": "%d", "observed_at": "2026-03-01T10:00:00Z"'


def lines(*parts):
    return "".join(
        "{" + ", ".join([KEY % number, '"value_basis": "measured"', *[part] * bool(part)]) + "}\n"
        for number, part in enumerate(parts, 1)
    )


def land(home, *parts):
    """Land a file of JSON lines; return it, and what each row has beside its key."""
    found = home.land_one("post_metrics", "m.jsonl", lines(*parts))
    return found, [dict(list(row.items())[4:]) for _, row in found.rows]


ODD_KEYS = {
    # the keys of a second record, and the column and value they give it
    '"": 3': {"likes": None, "column_6": "3"},
    '" ": 3': {"likes": None, "column_6": "3"},
    '"\\u0000": 3': {"likes": None, "column_6": "3"},
    '"Likes ": 3': {"likes": "3"},
    '"\\ufefflikes": 3': {"likes": "3"},
    '"\\tLIKES\\n": 3': {"likes": "3"},
    '"\\u00a0likes": 3': {"likes": "3"},
    '"li\\u006bes": 3': {"likes": "3"},
    '"a\\"b": 3': {"likes": None, 'a"b': "3"},
    '"a\\\\b": 3': {"likes": None, "a\\b": "3"},
    '"$.a[*]": 3': {"likes": None, "$.a[*]": "3"},
    '"a\'b": 3': {"likes": None, "a'b": "3"},
}


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_costs_nothing_else(home, both_ways, key):
    found, rows = land(home, '"likes": 1', key)
    expected = ODD_KEYS[key]
    assert rows == [dict.fromkeys(expected, None) | {"likes": "1"}, expected]
    assert found.rejects == []


@pytest.mark.parametrize(
    "keys",
    [
        '"likes": 2, "likes": 3',
        '"likes": 2, "lik\\u0065s": 3',
        '"likes": 2, "Likes": 3',
        '"likes": 2, "Likes ": 3',
        '"likes": 2, "\\ufefflikes": 3',
        '"likes": 2, "\\u0000likes": 3',
        '"likes": 2, "\\tlikes": 3',
        '"": 2, " ": 3',
        '"a\\"b": 2, "A\\"b": 3',
        '"a\\\\b": 2, "A\\\\b": 3',
    ],
)
def test_keys_of_one_name_in_a_record_cost_that_record_alone(home, keys):
    found, rows = land(home, '"likes": 1', keys, '"likes": 4')
    assert [row["likes"] for row in rows] == ["1", "4"]
    assert [(line, reason) for line, _, _, reason in found.rejects] == [
        (2, "a key stands twice in the record")
    ]


def test_two_ways_to_write_a_key_are_one_column(home):
    _, rows = land(home, '"a\\"b": 1', '"A\\"b": 2', '"a\\\\b": 3', '"A\\\\b": 4')
    assert [row['a"b'] for row in rows] == ["1", "2", None, None]
    assert [row["a\\b"] for row in rows] == [None, None, "3", "4"]


EXACT = {
    "12345678901234567890": "12345678901234567890",
    "1234567890123456789012345678901234567890": "1234567890123456789012345678901234567890",
    "-9223372036854775809": "-9223372036854775809",
    "0.1234567890123456789": "0.1234567890123456789",
    "123456789.123456789": "123456789.123456789",
    "-12345678901234567.5": "-12345678901234567.5",
    "1.00000000000000000001": "1.00000000000000000001",
    "12345678901234567890e-3": "12345678901234567890e-3",
    "1e400": "1e400",
    "-1E+400": "-1E+400",
    "1e-400": "1e-400",
    "1.5e-320": "1.5e-320",
    "1e999999999999999999999": "1e999999999999999999999",
    "[1.00000000000000000001, 2]": '["1.00000000000000000001",2]',
    '{"a": 1e-400}': '{"a":"1e-400"}',
    # what a DOUBLE holds is the same number, written as DuckDB writes it
    "1.0": "1.0",
    "19.90": "19.9",
    "0.30000000000000004": "0.30000000000000004",
    "-0": "0",
    "-0.0": "-0.0",
    "1e22": "1e+22",
    # what Python writes for no value
    "NaN": None,
    "[NaN, 1]": "[null,1]",
    '{"a": NaN}': '{"a":null}',
    # a text is as it is
    '"NaN"': "NaN",
    '"a: NaN, b"': "a: NaN, b",
    '"0.1234567890123456789"': "0.1234567890123456789",
    '"a, 0.1234567890123456789, b"': "a, 0.1234567890123456789, b",
    '"\\"0.1234567890123456789"': '"0.1234567890123456789',
}


@pytest.mark.parametrize("written", EXACT)
def test_a_number_is_exact_or_as_it_was_written(home, both_ways, written):
    found, rows = land(home, '"likes": 1', f'"likes": {written}')
    assert rows == [{"likes": "1"}, {"likes": EXACT[written]}]
    assert found.rejects == []


def test_a_number_behind_an_escaped_backslash_is_exact(home):
    _, rows = land(home, '"likes": 1', '"likes": "\\\\", "views": 0.1234567890123456789')
    assert rows[1] == {"likes": "\\", "views": "0.1234567890123456789"}


@pytest.mark.parametrize(
    "written", ["01.00000000000000000001", "1.", ".5", "+5", "1e", "0x1F", "xNaN", "NaN1"]
)
def test_what_is_no_number_of_json_fails_its_record(home, written):
    found, _ = land(home, f'"likes": {written}', '"likes": 0.1234567890123456789')
    assert [line for line, *_ in found.rejects] == [1]
    assert found.rejects[0][3] == "not JSON"


def test_the_numbers_of_a_document_are_exact(tmp_path):
    path = tmp_path / "d.json"
    path.write_text('{"data": [{"a": 0.1234567890123456789, "b": "0.1234567890123456789"}]}')
    place = Place(tmp_path / "data.parquet", tmp_path / "rejects.parquet", tmp_path)
    read_document(path, "data", place)
    digits = "0.1234567890123456789"
    assert pq.read_table(place.data).to_pylist() == [{"a": digits, "b": digits}]


numbers = st.decimals(allow_nan=False, allow_infinity=False, places=None).map(str) | st.builds(
    "{}{}.{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**20),
    st.text("0123456789", min_size=1, max_size=30),
    st.sampled_from(["", "e5", "E-7", "e+120", "e-330"]),
)


def is_same(number: str) -> bool:
    return Decimal(repr(float(number))) == Decimal(number)


@settings(max_examples=300)
@given(numbers, st.integers(0, 200), st.integers(9, 300))
@example("1.00000000000000000001", 0, 9)
def test_a_number_that_a_double_does_not_hold_is_seen_wherever_chunks_end(number, before, size):
    content = f'{{"{"x" * before}": {number}, "b": [{number}]}}\n'.encode()
    is_plain = not any(sign in number for sign in ".eE")
    expected = not is_plain and not is_same(number)
    cached = unpack._CACHED
    try:
        unpack._CACHED = max(size, 64)
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "x"
            path.write_bytes(content)
            facts = text_facts(path, with_keys=True)
    finally:
        unpack._CACHED = cached
    assert facts.may_be_inexact or not expected
    assert may_be_inexact(content) == expected
    loaded = json.loads(with_exact_numbers(content), parse_float=Decimal)["b"][0]
    assert loaded == (number if expected else Decimal(number))


@pytest.mark.parametrize(
    "nested", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]
)
def test_what_is_nested_deeply_is_a_text_and_breaks_nothing(home, tmp_path, nested):
    found, rows = land(home, '"likes": 1', f'"likes": 2, "note": {nested}')
    assert [row["likes"] for row in rows] + [len(found.rejects)] == ["1", "2", 0]
    assert rows[1]["note"] == nested
    path = tmp_path / "d.json"
    path.write_text(f'[{{"a": 1}}, {{"b": {nested}}}]')
    assert document_keys(path, None, tmp_path) == ("a",)


def test_a_record_of_very_many_keys_is_refused_and_the_others_land(home):
    many = ", ".join(f'"k{number}": {number}' for number in range(MAX_COLUMNS + 1))
    found, rows = land(home, '"likes": 1', f'"likes": 2, {many}', '"likes": 3')
    assert [row["likes"] for row in rows] == ["1", "3"]
    assert [(line, reason) for line, _, _, reason in found.rejects] == [
        (2, "more than 2000 keys in the record")
    ]


WIDE = {
    "m.jsonl": lines(*(f'"likes": 1, "id{n}": {n}' for n in range(3 * MAX_COLUMNS))),
    "m.csv": ",".join(f"k{n}" for n in range(MAX_COLUMNS + 1)) + "\n",
}


@pytest.mark.parametrize("name", WIDE)
def test_values_that_stand_where_names_belong_fail_the_file(home, name):
    found = home.land_one("post_metrics", name, WIDE[name])
    assert found.report.outcome == "failed"
    assert "more than 2,000 columns or keys" in found.report.reason
    assert "Are values written where names of columns belong?" in found.report.reason


def test_a_long_record_of_a_document_is_refused_and_the_others_are_read(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps([{"a": "x"}, {"a": "y" * 9_000_000}, {"a": "z"}]))
    place = Place(tmp_path / "data.parquet", tmp_path / "rejects.parquet", tmp_path)
    found = read_document(path, None, place)
    assert (found.rows, found.rejected) == (2, 1)
