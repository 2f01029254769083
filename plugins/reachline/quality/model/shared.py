"""What the suites of gate 3 have in common."""

from __future__ import annotations

from reachline.quality.checks import Check, Suite, never_null, no_row, unique
from reachline.quality.contract import CONTRACT, TOUCHED
from reachline.quality.facts import Night

_TWICE = "A row that stands twice is counted twice in every sum above it."
_KEY = "A row without its key can't be joined and is lost to every report."
NEGATIVE = "A count below zero is a broken source or a broken cast; sums over it are wrong."
SHARE = "A share outside 0 to 1 is no share; charts and scores break on it."
FUTURE = "Nothing after the logical date counts: a later event would change past reports."
RATES = ("er_followers", "er_views", "er_reach")


def grain(
    night: Night,
    table: str,
    *checks: Check,
    columns: tuple[str, ...] = (),
    parents: tuple[tuple[str, str], ...] = (),
) -> Suite:
    """Return a suite that holds a table to its grain, and to `checks` beside it."""
    key = CONTRACT[table]
    used = columns or tuple(
        str(check.arguments["column"]) for check in checks if "column" in check.arguments
    )
    return Suite(
        stage="model",
        table=table,
        rows=_rows(night, table, (*key, *used), parents),
        key=key,
        checks=(
            unique(key, _TWICE),
            *(never_null(column, _KEY) for column in key),
            *checks,
        ),
    )


def _rows(
    night: Night,
    table: str,
    columns: tuple[str, ...],
    parents: tuple[tuple[str, str], ...] = (),
) -> str:
    name = table.split(".", 1)[1]
    listed = ",\n    ".join(f"rows.{column}" for column in dict.fromkeys(columns))
    flags, joins = "", ""
    for number, (column, parent) in enumerate(parents):
        flags += (
            f",\n    rows.{column} is not null and parent_{number}.{column} is null "
            f"as {column}_is_unknown"
        )
        joins += (
            f"\nleft join (select {column} from {parent}) as parent_{number}"
            f"\n    on rows.{column} = parent_{number}.{column}"
        )
    touched = TOUCHED.get(name)
    source = f"{table} as rows"
    if touched is not None and not night.looks_at_all_of(name):
        keys = ", ".join(touched.columns)
        same = " and ".join(f"rows.{key} = touched.{key}" for key in touched.columns)
        source = (
            f"{table} as rows\nsemi join (select {keys} from work.intermediate.{touched.model}) "
            f"as touched\n    on {same}"
        )
        if joins:
            source = f"(\n    select rows.* from {source}\n) as rows"
    return f"select\n    {listed}{flags}\nfrom {source}{joins}"


def touched_rows(night: Night, model: str) -> str:
    """Return the condition on the key of a model for its rows that are looked at.

    The model is one of TOUCHED with a key of one column.
    """
    if night.looks_at_all_of(model):
        return "true"
    touched = TOUCHED[model]
    (key,) = touched.columns
    return f"{key} in (select {key} from work.intermediate.{touched.model})"


def end(night: Night) -> str:
    """Return the end of the logical date as SQL."""
    return f"timestamp '{night.as_of_end}'"


def by_the_logical_date(night: Night) -> Check:
    """Return the check that no `date_day` lies after the logical date."""
    return no_row(
        "dated_by_the_logical_date",
        f"date_day > date '{night.logical_date}'",
        f"date_day at most {night.logical_date}",
        FUTURE,
    )


def has(column: str, parent: str) -> Check:
    """Return the check that every value of a column stands in a parent of the suite."""
    return no_row(
        f"{column}_is_in_{parent.split('.')[1]}",
        f"{column}_is_unknown",
        f"every {column} in {parent}",
        f"A row whose {column} is not in {parent} is lost in every join.",
    )
