"""Both verdicts on a suite: SQL's counts and Great Expectations'."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from reachline.quality.checks import Result, Suite
from reachline.quality.runner import count
from reachline.quality.validation import validate


def both(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> tuple[Result, ...]:
    """Return what Great Expectations finds, once SQL was seen to count the same for every check."""
    validated = validate(con, suites)
    for suite in suites:
        assert _verdicts(count(con, suite)) == _verdicts(validated[suite.table]), suite.table
    return tuple(result for suite in suites for result in validated[suite.table])


def _verdicts(results: Sequence[Result]) -> list[tuple[str, bool, str]]:
    return [(result.expectation, result.success, result.observed) for result in results]
