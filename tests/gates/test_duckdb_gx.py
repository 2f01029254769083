"""What Great Expectations needs from us on DuckDB, and when it no longer does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from reachline.quality.checks import Suite, between, never_null, unique
from reachline.quality.docs import offline, prune
from reachline.quality.duckdb_gx import add_duckdb, great_expectations, new_context
from reachline.quality.runner import GateError, run_suites

ROWS = "select unnest([1, 2, 2, null]) as id"
CHECKS = (never_null("id", "why"), unique(("id",), "why"), between("id", "why", low=2))


def test_the_reason_for_duckdb_gx_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red: this Great Expectations reads DuckDB without our entry. Remove the entry, keep this."""
    great_expectations()
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    without = tuple(d for d in engine._PERSISTED_CONNECTION_DIALECTS if d != "duckdb")
    monkeypatch.setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", without)
    with pytest.raises(GateError, match="could not be run"):
        run_suites(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), CHECKS)])


def test_with_it_expectations_see_the_rows_and_name_those_that_fail() -> None:
    results = run_suites(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), CHECKS)])
    assert {r.expectation: (r.success, r.observed, r.failing_keys) for r in results} == {
        "id_is_never_null": (False, "1 of 4 rows", ("NULL",)),
        "grain_is_unique": (False, "2 of 4 rows", ("2",)),
        "id_is_in_range": (False, "1 of 4 rows", ("1",)),
    }


def test_a_check_that_can_not_be_run_is_an_error_and_no_pass() -> None:
    checks = (never_null("no_such_column", "why"),)
    with pytest.raises(GateError, match="no_such_column_is_never_null"):
        run_suites(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), checks)])


def test_at_most_twenty_failing_keys_are_shown_and_each_is_cut() -> None:
    rows = "select repeat('x', 1000) || i as id, null as v from range(1000) as numbers(i)"
    checks = (never_null("v", "why"),)
    result = run_suites(duckdb.connect(), [Suite("model", "t", rows, ("id",), checks)])[0]
    assert len(result.failing_keys) == 20
    assert {len(key) for key in result.failing_keys} == {300}
    assert result.observed == "1000 of 1000 rows"


def test_its_connections_are_closed_before_ours_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else SQLAlchemy finds them closed later on, and says so at length in the log."""
    import duckdb_engine

    opened: list[duckdb.DuckDBPyConnection] = []
    wrapper = duckdb_engine.ConnectionWrapper
    monkeypatch.setattr(
        duckdb_engine, "ConnectionWrapper", lambda con: opened.append(con) or wrapper(con)
    )
    with duckdb.connect() as con:
        run_suites(con, [Suite("model", "t", ROWS, ("id",), CHECKS)])
        assert con.execute("select 1").fetchall() == [(1,)]
        assert opened
        for each in opened:
            with pytest.raises(duckdb.ConnectionException, match="closed"):
                each.execute("select 1")


def test_data_docs_refer_to_nothing_outside(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    con = duckdb.connect()
    run_suites(con, [Suite("model", "core.orders", ROWS, ("id",), CHECKS)], docs=docs)
    pages = list(docs.rglob("*.html"))
    assert (docs / "index.html") in pages
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert "https://" not in text
    assert "http://" not in text
    assert "<script" not in text
    assert "core.orders" in text


def test_offline_keeps_the_words_of_a_link() -> None:
    page = '<head></head><a href="https://out.example/x">words</a><img src="https://a.example/i">'
    assert "words" in offline(page)
    assert "example" not in offline(page)


def test_old_data_docs_are_removed(tmp_path: Path) -> None:
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        (tmp_path / day).mkdir()
    prune(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-03-02", "2026-03-03"]


def test_a_source_is_one_that_duckdb_answers() -> None:
    source = add_duckdb(new_context(), duckdb.connect())
    assert source.get_engine().dialect.name == "duckdb"
