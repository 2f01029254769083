"""Runs suites: SQL counts the rows that fail, Great Expectations decides where there are some."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

import duckdb

from reachline.quality.checks import GateError, Result, Suite, failing_keys
from reachline.quality.proven import is_proven

log = logging.getLogger("reachline.quality")


def run_suites(
    connection: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    standing: Collection[tuple[str, str]] = (),
) -> tuple[Result, ...]:
    """Run every check of every suite and return one result a check, in order.

    A suite passes by one SQL query, if the tests have proven that Great Expectations agrees with
    SQL on its definition. Great Expectations, which costs seconds, evaluates all other suites, and
    those in which SQL finds a failing check; its results are then the suite's. Warnings that stand
    are not evaluated again: `standing` has (table, check) of those of the night before. Raises
    GateError when a check could not be evaluated: the gate has not passed then.
    """
    results: dict[str, tuple[Result, ...]] = {}
    unsettled = []
    for suite in suites:
        counted = count(connection, suite, standing) if is_proven(suite) else ()
        if counted and all(
            result.success
            or (result.severity == "warn" and (suite.table, result.expectation) in standing)
            for result in counted
        ):
            results[suite.table] = counted
        else:
            unsettled.append(suite)
    if unsettled:
        from reachline.quality.validation import validate

        log.info(
            "gate %s: Great Expectations looks at %s",
            *(suites[0].stage, ", ".join(suite.table for suite in unsettled)),
        )
        results |= validate(connection, unsettled)
    return tuple(result for suite in suites for result in results[suite.table])


def count(
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    standing: Collection[tuple[str, str]] = (),
) -> tuple[Result, ...]:
    """Return the results of a suite's checks by one SQL query.

    Failing keys are looked for where a check of `standing` fails again, and nowhere else. No result
    at all where a count is NULL.

    Every check has to say its `unexpected_count`. Raises GateError when one could not be evaluated.
    """
    try:
        ((looked_at, *counts),) = connection.execute(suite.counts_sql(*suite.checks)).fetchall()
    except duckdb.Error as error:
        raise _gate_error(connection, suite, error) from error
    if None in counts:
        return ()
    return tuple(
        suite.result(
            check,
            success=failing == 0,
            observed=check.observed(failing, looked_at),
            failing_keys=failing_keys(connection, suite, check)
            if failing and (suite.table, check.name) in standing
            else (),
        )
        for check, failing in zip(suite.checks, counts, strict=True)
    )


def _gate_error(
    connection: duckdb.DuckDBPyConnection, suite: Suite, error: duckdb.Error
) -> GateError:
    """Return a GateError that names the first check whose SQL fails when it is run alone."""
    for name, checks in (
        ("the query of its rows", ()),
        *((check.name, (check,)) for check in suite.checks),
    ):
        try:
            connection.execute(suite.counts_sql(*checks)).fetchall()
        except duckdb.Error as alone:
            return GateError(suite, name, str(alone))
    return GateError(suite, "the query of all its checks", str(error))
