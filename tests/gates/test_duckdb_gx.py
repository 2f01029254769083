"""What Great Expectations needs from us on DuckDB, and when it no longer does."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from reachline.quality.checks import GateError, Suite, between, never_null, unique
from reachline.quality.duckdb_gx import add_duckdb, great_expectations, new_context
from reachline.quality.validation import validate

ROWS = "select unnest([1, 2, 2, null]) as id"
CHECKS = (never_null("id", "why"), unique(("id",), "why"), between("id", "why", low=2))


def test_the_reason_for_duckdb_gx_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red: this Great Expectations reads DuckDB without our entry. Remove the entry, keep this."""
    great_expectations()
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    without = tuple(d for d in engine._PERSISTED_CONNECTION_DIALECTS if d != "duckdb")
    monkeypatch.setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", without)
    with pytest.raises(GateError, match="could not be run"):
        validate(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), CHECKS)])


def test_with_it_expectations_see_the_rows_and_name_those_that_fail() -> None:
    results = validate(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), CHECKS)])["t"]
    assert {r.expectation: (r.success, r.observed, r.failing_keys) for r in results} == {
        "id_is_never_null": (False, "1 of 4 rows", ("NULL",)),
        "grain_is_unique": (False, "2 of 4 rows", ("2",)),
        "id_is_in_range": (False, "1 of 4 rows", ("1",)),
    }


def test_a_check_that_can_not_be_run_is_an_error_and_no_pass() -> None:
    checks = (never_null("no_such_column", "why"),)
    with pytest.raises(GateError, match="no_such_column_is_never_null"):
        validate(duckdb.connect(), [Suite("model", "t", ROWS, ("id",), checks)])


def test_at_most_twenty_failing_keys_are_shown_and_each_is_cut() -> None:
    rows = "select repeat('x', 1000) || i as id, null as v from range(1000) as numbers(i)"
    checks = (never_null("v", "why"),)
    result = validate(duckdb.connect(), [Suite("model", "t", rows, ("id",), checks)])["t"][0]
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
        validate(con, [Suite("model", "t", ROWS, ("id",), CHECKS)])
        assert con.execute("select 1").fetchall() == [(1,)]
        assert opened
        for each in opened:
            with pytest.raises(duckdb.ConnectionException, match="closed"):
                each.execute("select 1")


def test_a_source_is_one_that_duckdb_answers() -> None:
    source = add_duckdb(new_context(), duckdb.connect())
    assert source.get_engine().dialect.name == "duckdb"


LATE = """
import sys
from reachline.quality.duckdb_gx import _imported_when_used, great_expectations

with _imported_when_used("colorsys"):
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
great_expectations()
assert not {"scipy.stats", "altair"} & set(sys.modules), "imported, and not used"
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as kl
import altair, scipy.stats

assert kl.alt.Chart is altair.Chart
assert kl.stats.entropy is scipy.stats.entropy
"""


def test_what_two_expectations_need_is_imported_when_they_use_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
