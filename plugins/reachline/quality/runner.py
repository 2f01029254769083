"""Runs suites: Great Expectations decides, SQL shows the rows that failed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from reachline.errors import ReachlineError
from reachline.quality.checks import Check, Result, Suite
from reachline.quality.docs import take_offline
from reachline.quality.duckdb_gx import add_duckdb, close, great_expectations, new_context

MAX_FAILING_KEYS = 20
MAX_KEY_LENGTH = 300

_GX_SEVERITY = {"block": "critical", "warn": "warning"}


class GateError(ReachlineError):
    """A check could not be run at all; the text says which and why."""


def run_suites(
    connection: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    *,
    docs: Path | None = None,
) -> tuple[Result, ...]:
    """Run every check of every suite and return one result a check, in order.

    With `docs`, the data docs of these results are written to that folder. Raises GateError when a
    check could not be evaluated: a gate that did not look is no gate that passed.
    """
    if not suites:
        return ()
    gx = great_expectations()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = new_context()
    source = add_duckdb(context, connection)
    definitions = []
    for suite in suites:
        asset = source.add_query_asset(
            suite.table, f"select * from (\n{suite.rows}\n) as looked_at"
        )
        batch = asset.add_batch_definition_whole_table("touched")
        expectations = context.suites.add(
            gx.ExpectationSuite(
                name=suite.table,
                expectations=[_expectation(gx, check) for check in suite.checks],
            )
        )
        definitions.append(
            context.validation_definitions.add(
                gx.ValidationDefinition(name=suite.table, data=batch, suite=expectations)
            )
        )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=suites[0].stage,
            validation_definitions=definitions,
            result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
        )
    )
    if docs is not None:
        _declare_docs(context, docs)
    try:
        run = checkpoint.run()
    finally:
        close(source)
    if docs is not None:
        context.build_data_docs()
        take_offline(docs)
    found = {
        validation.suite_name: {
            each.expectation_config.meta["check"]: each for each in validation.results
        }
        for validation in run.run_results.values()
    }
    return tuple(
        _result(connection, suite, check, found[suite.table][check.name])
        for suite in suites
        for check in suite.checks
    )


def _expectation(gx: Any, check: Check) -> Any:
    kind = getattr(gx.expectations, check.kind)
    return kind(
        **check.arguments,
        meta={"check": check.name},
        notes=check.why,
        severity=_GX_SEVERITY[check.severity],
    )


def _result(
    connection: duckdb.DuckDBPyConnection, suite: Suite, check: Check, outcome: Any
) -> Result:
    trouble = _exception(outcome.exception_info)
    if trouble:
        raise GateError(
            f"gate {suite.stage}: {suite.table}: {check.name} could not be run: {trouble}. "
            "The suite and the table do not fit together: see "
            f"plugins/reachline/quality/{suite.stage}.py."
        )
    success = bool(outcome.success)
    return Result(
        stage=suite.stage,
        table=suite.table,
        expectation=check.name,
        severity=check.severity,
        success=success,
        expected=check.expected,
        observed=_observed(outcome.result),
        why=check.why,
        failing_keys=() if success else _failing_keys(connection, suite, check),
    )


def _exception(info: Any) -> str:
    """Return the text of the exception that an expectation met, or an empty string."""
    if not info:
        return ""
    infos = [info] if "raised_exception" in info else list(info.values())
    raised = [str(each.get("exception_message")) for each in infos if each["raised_exception"]]
    return "; ".join(raised)


def _observed(result: Any) -> str:
    if "observed_value" in result:
        value = result["observed_value"]
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    failing, looked_at = result["unexpected_count"], result["element_count"]
    return f"{failing} of {looked_at} rows" if failing else "0 rows"


def _failing_keys(
    connection: duckdb.DuckDBPyConnection, suite: Suite, check: Check
) -> tuple[str, ...]:
    sql = suite.failing_sql(check, MAX_FAILING_KEYS)
    if sql is None:
        return ()
    rows = connection.cursor().execute(sql).fetchall()
    return tuple(str(key)[:MAX_KEY_LENGTH] for (key,) in rows)


def _declare_docs(context: Any, docs: Path) -> None:
    docs.mkdir(parents=True, exist_ok=True)
    context.add_data_docs_site(
        site_name="gate",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(docs.resolve()),
            },
        },
    )
