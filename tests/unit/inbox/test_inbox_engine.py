"""Writing parquet: in the order of the query, in bounded groups, whole or not at all."""

import duckdb
import pyarrow.parquet as pq
import pytest

from reachline.inbox import engine


def test_rows_are_written_in_order_in_groups_of_bounded_rows(tmp_path):
    path = tmp_path / "rows.parquet"
    with engine.engine(tmp_path) as con:
        query = "select nullif(cast(i as varchar), '7') as n from range(300001) r(i)"
        assert engine.copy_to(con, query, path) == engine.Written(300_001, nulls=(1,), typed=())
    written = pq.ParquetFile(path)
    numbers = [str(i) if i != 7 else None for i in range(300_001)]
    assert written.read()["n"].to_pylist() == numbers
    groups = [written.metadata.row_group(g).num_rows for g in range(written.num_row_groups)]
    assert 3 <= len(groups) <= 4
    assert max(groups) < 130_000


def test_long_rows_are_written_in_groups_of_bounded_bytes(tmp_path):
    path = tmp_path / "rows.parquet"
    with engine.engine(tmp_path) as con:
        engine.copy_to(con, "select repeat('x', 10000) as t from range(30000)", path)
    written = pq.ParquetFile(path).metadata
    sizes = [written.row_group(g).total_byte_size for g in range(written.num_row_groups)]
    assert len(sizes) >= 3  # 300 MB in groups of 64, and what one chunk of the query adds


def test_a_dictionary_holds_what_repeats_and_nothing_else(tmp_path):
    path = tmp_path / "rows.parquet"
    query = (
        "select 'p' || i % 16 as few, 'p' || i % 17 as more, 'p' || i as ids from range(9999) r(i)"
    )
    with engine.engine(tmp_path) as con:
        engine.copy_to(con, query, path)
        assert con.execute(f"select * from '{path}'").fetchall() == con.execute(query).fetchall()
    group = pq.ParquetFile(path).metadata.row_group(0)
    coded = {c.path_in_schema: c.has_dictionary_page for c in map(group.column, range(3))}
    assert coded == {"few": True, "more": False, "ids": False}


def test_no_rows_are_a_file_with_columns(tmp_path):
    path = tmp_path / "rows.parquet"
    with engine.engine(tmp_path) as con:
        assert engine.copy_to(con, "select 'a' as one, 'b' as two where false", path).rows == 0
    assert pq.ParquetFile(path).schema_arrow.names == ["one", "two"]


def test_a_query_that_fails_half_way_is_an_error_of_the_query_and_leaves_no_file(tmp_path):
    path = tmp_path / "rows.parquet"
    query = (
        "select cast(cast(case when i < 900000 then '1' else 'x' end as int) as varchar) as n"
        " from range(1000000) r(i)"
    )
    with engine.engine(tmp_path) as con, pytest.raises(duckdb.Error, match="Could not convert"):
        engine.copy_to(con, query, path)
    assert not path.exists()


def test_files_share_an_engine_until_one_breaks_it(tmp_path, monkeypatch):
    started = []
    start = engine._start
    monkeypatch.setattr(engine, "_start", lambda spills: started.append(spills) or start(spills))
    with engine.shared_engine(tmp_path / "all"):
        for _ in range(2):
            with engine.engine(tmp_path / "file") as con:
                # what one file leaves, the next does not see
                con.execute("create temp table left_behind as select 1")
        with pytest.raises(duckdb.FatalException), engine.engine(tmp_path / "file"):
            raise duckdb.FatalException("broken")
        with engine.engine(tmp_path / "file") as con:
            assert con.execute("select 1").fetchall() == [(1,)]
    with engine.engine(tmp_path / "file") as con:
        assert con.execute("select 1").fetchall() == [(1,)]
    assert started == [tmp_path / "all", tmp_path / "all", tmp_path / "file"]
