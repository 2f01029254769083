"""Both verdicts on a suite: SQL's counts and Great Expectations'."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from reachline.quality.checks import Result, Suite
from reachline.quality.runner import count
from reachline.quality.validation import validate


def both(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> tuple[Result, ...]:
    """Return what Great Expectations finds, once SQL was seen to count the same for every check."""
    counted = [count(con, suite) for suite in suites]
    validated = validate(con, suites)
    for suite, results in zip(suites, counted, strict=True):
        assert _verdicts(results) == _verdicts(validated[suite.table]), suite.table
    return tuple(result for suite in suites for result in validated[suite.table])


def red(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> dict[str, tuple[str, ...]]:
    """Return the failing keys of the checks that fail by both verdicts.

    Great Expectations, which takes 0.1 s a suite, is asked about those where SQL counts a failure;
    on those that pass, the two are compared elsewhere.
    """
    failing = [s for s in suites if not all(result.success for result in count(con, s))]
    return {r.expectation: r.failing_keys for r in both(con, failing) if not r.success}


def _verdicts(results: Sequence[Result]) -> list[tuple[str, bool, str]]:
    return [(result.expectation, result.success, result.observed) for result in results]
