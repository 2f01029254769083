"""Columns that land as values: only where the text of each can be told from its value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reachline.inbox import engine
from reachline.inbox.lossless import as_texts, lossless_values

COUNTS = [
    (["0", None, "42"], [0, None, 42]),
    (["9223372036854775807"], [2**63 - 1]),
    (["999999999999999999", "1000000000000000000"], [10**18 - 1, 10**18]),
    ([None, None], [None, None]),
]
NO_COUNTS = [
    "", " ", "042", "00", "+42", "-42", "-0", "42.0", "4e2", "1E2", "0x1F", "0xFFFFFFFF", " 42",
    "42 ", "4_2", "9223372036854775808", "100000000000000000000", "٤٢", "4２", "42\n", "n/a",
]  # fmt: skip


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


MOMENTS = [
    (["2026-03-01T10:00:00Z", None], [moment(2026, 3, 1, 10), None]),
    (["2024-02-29T23:59:59Z"], [moment(2024, 2, 29, 23, 59, 59)]),
    (["0001-01-01T00:00:00Z"], [moment(1, 1, 1)]),
    (["9999-12-31T23:59:59Z"], [moment(9999, 12, 31, 23, 59, 59)]),
    ([None], [None]),
]
NO_MOMENTS = [
    "", "2026-03-01T10:00:00", "2026-03-01 10:00:00Z", "2026-03-01T10:00:00z", "2026-03-01T10:00Z",
    "2026-03-01t10:00:00Z", "2026-03-01T10:00:00.0Z", "2026-03-01T10:00:00+00:00",
    "2026-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "2026-13-01T10:00:00Z", "2026-03-01T24:00:00Z",
    "2026-03-01T10:60:00Z", "2026-03-01T10:00:60Z", "0000-01-01T00:00:00Z", "-026-03-01T10:00:00Z",
    "+026-03-01T10:00:00Z", "2026-3-001T10:00:00Z", "2026-03-01T1a:00:00Z", "2026-03-01T 1:00:00Z",
]  # fmt: skip


def column(*chunks: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())


@pytest.mark.parametrize(
    ("kind", "texts", "values"),
    [("count", *case) for case in COUNTS] + [("timestamp", *case) for case in MOMENTS],
)
def test_values_are_what_the_texts_say(kind, texts, values):
    found = lossless_values(column(texts), kind)
    assert found is not None
    assert found.to_pylist() == values
    assert as_texts(found).to_pylist() == texts


@pytest.mark.parametrize("text", NO_COUNTS)
def test_one_text_that_its_count_does_not_tell_makes_the_column_text(text):
    assert lossless_values(column([text]), "count") is None
    assert lossless_values(column(["1", None, text, "2"]), "count") is None
    assert lossless_values(column(["1"], [text]), "count") is None


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_one_text_that_its_moment_does_not_tell_makes_the_column_text(text):
    good = "2026-03-01T10:00:00Z"
    assert lossless_values(column([text]), "timestamp") is None
    assert lossless_values(column([good, None, text, good]), "timestamp") is None


def test_lengths_that_even_out_are_no_moments():
    texts = ["2026-03-01T10:00:00ZZ", "2026-03-01T10:00:00"]
    assert lossless_values(column(texts), "timestamp") is None


def test_a_part_of_a_column_is_read_at_its_place():
    counts = lossless_values(column(["a", "7", None, "12", "b"]).slice(1, 3), "count")
    assert counts is not None
    assert counts.to_pylist() == [7, None, 12]
    moments = lossless_values(column(["x", "2026-03-01T10:00:00Z", "y"]).slice(1, 1), "timestamp")
    assert moments is not None
    assert moments.to_pylist() == [moment(2026, 3, 1, 10)]


_LIKE_NUMBERS = st.text("0123456789+-.eExX _", max_size=20)
_LIKE_MOMENTS = st.one_of(
    st.text("0123456789-:TZ +.", min_size=18, max_size=21),
    st.datetimes().map(lambda at: f"{at.isoformat(timespec='seconds')}Z"),
)


@given(st.lists(st.none() | _LIKE_NUMBERS | st.integers(0, 2**64).map(str)))
def test_whatever_became_counts_is_told_by_them(texts):
    values = lossless_values(column(texts), "count")
    if values is not None:
        assert as_texts(values).to_pylist() == texts
        assert [None if t is None else int(t) for t in texts] == values.to_pylist()


@given(st.lists(st.none() | _LIKE_MOMENTS))
def test_whatever_became_moments_is_told_by_them(texts):
    values = lossless_values(column(texts), "timestamp")
    if values is not None:
        assert as_texts(values).to_pylist() == texts
        assert [None if t is None else f"{t.isoformat()}Z" for t in values.to_pylist()] == texts


# --- in a file: groups of 120,000 rows ------------------------------------------------------------

KINDS = {"likes": "count", "views": "count", "observed_at": "timestamp"}
ROWS = 300_000


def written(tmp_path, rows, **odd):
    """Write rows whose named columns have an odd text at the end; return what was written."""
    start = moment(2026, 3, 1)
    moments = [f"{(start + timedelta(seconds=i)).isoformat()}Z" for i in range(rows)]
    texts = {
        "id": [f"p{i}" for i in range(rows)],
        "Likes": [str(i % 7) if i % 5 else None for i in range(rows)],
        "views": [str(i) for i in range(rows)],
        "observed_at": moments,
    }
    for name, text in odd.items():
        texts[name][-1] = text
    table = pa.table(texts)
    path = tmp_path / "rows.parquet"
    found = engine.write_parquet(table.to_reader(10_000), path, KINDS)
    assert list(tmp_path.iterdir()) == [path]
    return found, table, pq.read_table(path)


def test_columns_of_counts_and_moments_are_written_as_values(tmp_path):
    found, table, stored = written(tmp_path, ROWS)
    assert found == engine.Written(ROWS, (0, 60_000, 0, 0), ("Likes", "views", "observed_at"))
    assert [str(kind) for kind in stored.schema.types] == [
        "string", "int64", "int64", "timestamp[us]"
    ]  # fmt: skip
    for name in found.typed:
        assert as_texts(stored.column(name)).equals(table.column(name))


@pytest.mark.parametrize(
    "odd",
    [{"Likes": "007"}, {"observed_at": "yesterday"}, {"views": "-1", "observed_at": None}],
)
def test_a_column_with_an_odd_text_far_down_is_text_from_the_start(tmp_path, odd):
    found, table, stored = written(tmp_path, ROWS, **odd)
    made_text = {name for name, text in odd.items() if text is not None}
    assert set(found.typed) == {"Likes", "views", "observed_at"} - made_text
    for name in table.column_names:
        back = as_texts(stored.column(name)) if name in found.typed else stored.column(name)
        assert back.equals(table.column(name))
        assert (stored.schema.field(name).type == pa.string()) == (name not in found.typed)
