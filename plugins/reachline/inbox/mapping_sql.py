"""SQL of the mappings in config/exports: staging, and the check of a file, go by one rule.

All of it is over the columns of the export as they landed, and the named row expressions.
"""

from __future__ import annotations

from reachline.inbox.exports import RowExpression, StreamMapping
from reachline.sql import identifier

TAKEN_BY_NO_STREAM = "no stream of this export takes the row: see its `where` in config/exports"
"""Why a row goes to quarantine that meets no stream's `where`."""


def takes(mapping: StreamMapping) -> str:
    """Return the condition by which a mapping takes a row; one that can't be evaluated is false."""
    return f"coalesce(try({mapping.where or 'true'}), false)"


def row_values(mapping: StreamMapping) -> list[str]:
    """Return the named row expressions, for a select list; NULL where one can't be evaluated."""
    return [f"try({row.sql}) as {identifier(name)}" for name, row in mapping.rows.items()]


def column_values(mapping: StreamMapping) -> list[str]:
    """Return the stream's columns as texts, for a select list over rows that have `row_values`."""
    return [
        f"cast({sql if mapping.group_by else f'try({sql})'} as varchar) as {identifier(name)}"
        for name, sql in mapping.columns.items()
    ]


def required_rows(mapping: StreamMapping) -> dict[str, RowExpression]:
    """Return the row expressions without which a row is refused, by name."""
    return {name: row for name, row in mapping.rows.items() if row.required}


def why_required(name: str, row: RowExpression) -> str:
    """Return why a row is refused where a required row expression is NULL."""
    return f"{name}: is required by the mapping and empty or unreadable: {row.sql}"
