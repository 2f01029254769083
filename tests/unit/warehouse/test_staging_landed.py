"""The relations over what landed: the same columns whatever they show, and the batches told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from reachline.inbox.exports import Export, StreamMapping
from reachline.inbox.streams import load_streams
from reachline.warehouse.staging import Batch, Feeds, RecordMapping, create_sources
from reachline.warehouse.staging.landed import RECORD_COLUMNS, file_columns, show_batches

STREAM = load_streams()["post_metrics"]
EXPORT = Export(
    tool="tool",
    name="sheet",
    header=("Post", "Hearts"),
    streams={
        "post_metrics": StreamMapping(
            columns={"native_post_id": "Post", "likes": "Hearts", "platform": "'x'"}
        )
    },
)
FEEDS = Feeds(
    tables={"post_metrics": "metrics"},
    views={"post_metrics": "unread"},
    mappings=(RecordMapping("pixel", "posts", "post_metrics", "pixel_metrics", 0),),
    exports=(EXPORT,),
    record_sources=frozenset({("pixel", "posts")}),
)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as work")
        con.execute("create schema work.landing")
        con.execute("create table work.landing.batches (batch_id text, sequence bigint, path text)")
        create_sources(con, FEEDS)
        yield con


def batch(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    rows: str,
    columns: tuple[str, ...],
    *,
    source: str = "inbox",
    landed: str = "post_metrics",
    typed: tuple[str, ...] = (),
) -> Batch:
    """Land what a query selects as a batch of two header lines."""
    number = len(list(folder.iterdir())) + 1
    path = folder / f"it's {number}.parquet"
    quoted = str(path).replace("'", "''")
    con.execute(f"copy ({rows}) to '{quoted}' (format parquet)")
    con.execute(
        "insert into work.landing.batches values (?, ?, ?)", [f"b{number}", number, str(path)]
    )
    has_line = "_line" in columns
    columns = tuple(column for column in columns if column != "_line")
    return Batch(
        f"b{number}", number, source, landed, str(path), 1, 0, None, columns, typed, 3, has_line
    )


def columns_of(con: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    rows = con.execute(f"describe {relation}").fetchall()
    return [(name, type_.lower()) for name, type_, *_ in rows]


def test_the_columns_are_the_same_whatever_is_shown(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    shown = [
        batch(con, tmp_path, "select 'p1' as Native_Post_ID, '5' as likes, 'z' as mine, 9 as _line",
              ("Native_Post_ID", "likes", "mine", "_line")),
        batch(con, tmp_path, "select 'p2' as native_post_id, 6::bigint as likes",
              ("native_post_id", "likes"), typed=("likes",)),
        batch(con, tmp_path, "select 'p3' as Post, '7' as Hearts", ("Post", "Hearts"),
              source="tool", landed="sheet"),
        batch(con, tmp_path, "select '{}' as record, 'q' as query", ("record", "query"),
              source="pixel", landed="posts"),
        batch(con, tmp_path, "select '{' as record, 'q' as query", ("record", "query"),
              source="pixel", landed="posts"),
    ]  # fmt: skip
    files, records = "work.landed_inbox.post_metrics", "work.landed_pixel.posts"
    wanted = list(file_columns(STREAM).items()), list(RECORD_COLUMNS.items())
    assert (columns_of(con, files), columns_of(con, records)) == wanted
    con.execute(f"create view work.landing.on_top as select * from {files}")
    show_batches(con, FEEDS, STREAM, shown)
    assert (columns_of(con, files), columns_of(con, records)) == wanted
    found = con.execute(
        "select native_post_id, likes, likes__value, source, batch_id, line"
        " from work.landing.on_top order by batch_id"
    ).fetchall()
    assert found == [
        ("p1", "5", None, "inbox", "b1", 9),
        ("p2", None, 6, "inbox", "b2", 3),
        ("p3", "7", None, "tool", "b3", 3),
    ]
    absent = con.execute(f"select absent_columns from {files} order by batch_id").fetchall()
    others = [c.name for c in STREAM.columns if c.name not in ("native_post_id", "likes")]
    assert absent[:2] == [(others,)] * 2
    assert absent[2] == ([name for name in others if name != "platform"],)
    assert con.execute(f"select batch_id, record from {records}").fetchall() == [("b4", "{}")]
    show_batches(con, FEEDS, STREAM, ())
    assert con.execute("from work.landing.on_top").fetchall() == []
    assert con.execute(f"from {records}").fetchall() == []


def test_a_relation_of_other_columns_is_made_anew(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create or replace view work.landed_inbox.post_metrics as select 1 as likes")
    con.execute("drop view work.landed_pixel.posts")
    create_sources(con, FEEDS)
    assert columns_of(con, "work.landed_inbox.post_metrics") == list(file_columns(STREAM).items())
    assert columns_of(con, "work.landed_pixel.posts") == list(RECORD_COLUMNS.items())
