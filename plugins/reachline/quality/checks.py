"""What an expectation is, before Great Expectations has been imported.

A suite looks at the rows of one SQL query, and every check of it is one expectation. The builders
below (`never_null`, `unique`, …) keep four things together that must not drift apart: the
expectation, the words that say what is expected, the SQL that counts the rows that fail, and the
SQL that finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from reachline.errors import ReachlineError
from reachline.sql import literal

if TYPE_CHECKING:
    import duckdb

MAX_FAILING_KEYS = 20
MAX_KEY_LENGTH = 300

Severity = Literal["block", "warn"]
Stage = Literal["landing", "staging", "model", "release"]
STAGES: tuple[Stage, ...] = ("landing", "staging", "model", "release")


@dataclass(frozen=True)
class Check:
    """One expectation of a suite.

    `why` is the owner's sentence: what goes wrong for a reader when this fails, and `owner` who is
    asked then; "" where a team has named nobody. `kind` is the name
    of a class in `great_expectations.expectations` and `arguments` are its own. `failing` is SQL
    that returns the failing rows of a query named `looked_at`; None: there is no row to show.
    `unexpected_count` is an SQL expression over `looked_at`: the number of rows that Great
    Expectations finds unexpected. None: Great Expectations has to count them.
    """

    name: str
    severity: Severity
    why: str
    kind: str
    arguments: Mapping[str, Any]
    expected: str
    failing: str | None = None
    unexpected_count: str | None = None
    owner: str = ""

    def observed(self, failing: int, looked_at: int) -> str:
        """Return how many of the rows that were looked at fail, in words."""
        if self.kind == "UnexpectedRowsExpectation":
            return str(failing)  # groups of rows, too: their number is no part of the rows'
        return f"{failing} of {looked_at} rows" if failing else "0 rows"


@dataclass(frozen=True)
class Suite:
    """What one stage expects of one table.

    `rows` is the query whose rows are looked at; it is restricted to what the night touched, so
    that a gate costs what is new. `key` names the columns that tell a reader which row is meant.
    """

    stage: Stage
    table: str
    rows: str
    key: tuple[str, ...]
    checks: tuple[Check, ...]

    def result(
        self, check: Check, *, success: bool, observed: str, failing_keys: tuple[str, ...] = ()
    ) -> Result:
        """Return what became of a check of this suite."""
        return Result(
            stage=self.stage,
            table=self.table,
            expectation=check.name,
            severity=check.severity,
            success=success,
            expected=check.expected,
            observed=observed,
            why=check.why,
            owner=check.owner,
            failing_keys=failing_keys,
        )

    def counts_sql(self, *checks: Check) -> str:
        """Return SQL for one row: how many rows are looked at, and how many fail each check."""
        counts = "".join(f",\n    {check.unexpected_count}" for check in checks)
        return (
            f"with looked_at as materialized (\n{self.rows}\n)\n"
            f"select\n    count(*){counts}\nfrom looked_at"
        )

    def failing_sql(self, check: Check, limit: int) -> str | None:
        """Return SQL for up to `limit` keys of rows that fail, as text, in order of key."""
        if check.failing is None:
            return None
        key = ", ".join(f"coalesce(cast({column} as varchar), 'NULL')" for column in self.key)
        return (
            f"with looked_at as (\n{self.rows}\n)\n"
            f"select distinct concat_ws(' | ', {key}) as failing_key\n"
            f"from ({check.failing}) as failing\norder by failing_key\nlimit {limit}"
        )


@dataclass(frozen=True)
class Result:
    """What became of one check: one row of `quality.gate_results`.

    `accepted` is the reason for which a person let a failure through that would have blocked; its
    severity is warn then. "" where nobody did.
    """

    stage: Stage
    table: str
    expectation: str
    severity: Severity
    success: bool
    expected: str
    observed: str
    why: str
    failing_keys: tuple[str, ...] = field(default=())
    owner: str = ""
    accepted: str = ""

    @property
    def blocks(self) -> bool:
        """Return True when this result ends the run."""
        return self.severity == "block" and not self.success


def failing_keys(
    connection: duckdb.DuckDBPyConnection, suite: Suite, check: Check
) -> tuple[str, ...]:
    """Return the keys of rows that fail a check, the first in order; none where it has no rows."""
    sql = suite.failing_sql(check, MAX_FAILING_KEYS)
    if sql is None:
        return ()
    rows = connection.cursor().execute(sql).fetchall()
    return tuple(str(key)[:MAX_KEY_LENGTH] for (key,) in rows)


class GateError(ReachlineError):
    """A check could not be run at all; the text says which and why."""

    def __init__(self, suite: Suite, check: str, trouble: str) -> None:
        """Name the suite, the check, what went wrong, and the file to look at."""
        where = {"model": "model/", "staging": "staging.py and plausibility.py"}.get(
            suite.stage, f"{suite.stage}.py"
        )
        super().__init__(
            f"gate {suite.stage}: {suite.table}: {check} could not be run: {trouble}. The suite "
            f"and the table do not fit together: see plugins/reachline/quality/{where}."
        )


class GateBlocked(ReachlineError):  # noqa: N818 - the name says what happened to the run
    """A check of severity `block` failed. The run ends as failed and nothing is published."""

    def __init__(self, stage: Stage, night: str, results: Sequence[Result]) -> None:
        """Keep the failing results; the text shows stage, table, expectation, observed, sample."""
        self.stage = stage
        self.night = night
        self.results = tuple(result for result in results if result.blocks)
        super().__init__(stage, night, self.results)

    def __str__(self) -> str:
        """Return the message that a person reads in a log at three in the morning."""
        count = len(self.results)
        lines = [
            f"gate {self.stage} blocked the night of {self.night}: "
            f"{count} {'check' if count == 1 else 'checks'} failed. Nothing was published; "
            "published/current is the release it was."
        ]
        for result in self.results:
            lines += [
                f"  {result.table}: {result.expectation}",
                f"    expected: {result.expected}",
                f"    observed: {result.observed}",
                f"    sample:   {', '.join(result.failing_keys) or 'none to show'}",
                f"    why:      {result.why}",
                *([f"    owner:    {result.owner}"] if result.owner else []),
            ]
        return "\n".join(lines)


def never_null(column: str, why: str, *, severity: Severity = "block") -> Check:
    """Expect a column to hold a value in every row."""
    return Check(
        name=f"{column}_is_never_null",
        severity=severity,
        why=why,
        kind="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
        expected=f"no row without {column}",
        failing=_rows_where(f"{column} is null"),
        unexpected_count=_count_where(f"{column} is null"),
    )


def unique(columns: Sequence[str], why: str, *, severity: Severity = "block") -> Check:
    """Expect no two rows with the same values in these columns.

    Rows with a NULL in one of them are compared with none: `never_null` is there for those.
    """
    names = ", ".join(columns)
    are_known = " and ".join(f"{column} is not null" for column in columns)
    single = len(columns) == 1
    return Check(
        name="grain_is_unique",
        severity=severity,
        why=why,
        kind="ExpectColumnValuesToBeUnique" if single else "ExpectCompoundColumnsToBeUnique",
        arguments={"column": columns[0]} if single else {"column_list": list(columns)},
        expected=f"one row for each {names}",
        failing=f"select {names} from looked_at group by {names} having count(*) > 1",
        unexpected_count=(
            "(select coalesce(sum(rows), 0) from "
            f"(select count(*) as rows from looked_at where {are_known} "
            f"group by {names} having count(*) > 1))"
        ),
    )


def between(
    column: str,
    why: str,
    *,
    low: float | None = None,
    high: float | None = None,
    severity: Severity = "block",
) -> Check:
    """Expect every value of a column that is not NULL between `low` and `high`, both inclusive."""
    bounds = []
    if low is not None:
        bounds.append(f"{column} < {low}")
    if high is not None:
        bounds.append(f"{column} > {high}")
    beyond = " or ".join(bounds)
    if low is not None and high is not None:
        words = f"{column} between {low} and {high}"
    else:
        words = f"{column} at least {low}" if low is not None else f"{column} at most {high}"
    return Check(
        name=f"{column}_is_in_range",
        severity=severity,
        why=why,
        kind="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": low, "max_value": high},
        expected=words,
        failing=_rows_where(beyond),
        unexpected_count=_count_where(beyond),
    )


def one_of(column: str, values: Sequence[str], why: str, *, severity: Severity = "block") -> Check:
    """Expect every value of a column that is not NULL to be one of `values`."""
    listed = ", ".join(map(literal, values))
    is_unknown = f"{column} not in ({listed})"
    return Check(
        name=f"{column}_is_known",
        severity=severity,
        why=why,
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": list(values)},
        expected=f"{column} in ({', '.join(values)})",
        failing=_rows_where(is_unknown),
        unexpected_count=_count_where(is_unknown),
    )


def equal(left: str, right: str, name: str, why: str, *, severity: Severity = "block") -> Check:
    """Expect two columns to hold the same value in every row; two NULLs are the same.

    On SQL the expectation takes a NULL for different from everything, another NULL too.
    """
    return Check(
        name=name,
        severity=severity,
        why=why,
        kind="ExpectColumnPairValuesToBeEqual",
        arguments={
            "column_A": left,
            "column_B": right,
            "ignore_row_if": "both_values_are_missing",
        },
        expected=f"{left} = {right}",
        failing=_rows_where(f"{left} is distinct from {right}"),
        unexpected_count=_count_where(f"{left} is distinct from {right}"),
    )


def no_row(
    name: str, condition: str, expected: str, why: str, *, severity: Severity = "block"
) -> Check:
    """Expect no row that meets a SQL condition over the columns of the suite's rows."""
    return Check(
        name=name,
        severity=severity,
        why=why,
        kind="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": f"select 1 from {{batch}} where {_braces(condition)}"},
        expected=expected,
        failing=_rows_where(condition),
        unexpected_count=_count_where(condition),
    )


def no_group(
    name: str, groups: str, expected: str, why: str, *, severity: Severity = "block"
) -> Check:
    """Expect no row from `groups`, a whole query over `looked_at` that returns the key columns."""
    return Check(
        name=name,
        severity=severity,
        why=why,
        kind="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": _braces(groups).replace("looked_at", "{batch}")},
        expected=expected,
        failing=groups,
        unexpected_count=f"(select count(*) from ({groups}))",
    )


def _rows_where(condition: str) -> str:
    return f"select * from looked_at where {condition}"


def _count_where(condition: str) -> str:
    return f"count(*) filter (where {condition})"


def _braces(sql: str) -> str:
    # Great Expectations fills {batch} in with str.format.
    return sql.replace("{", "{{").replace("}", "}}")
