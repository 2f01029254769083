"""Rows of one file that say different things of one key: the later holds, and people are told."""

from __future__ import annotations

from collections.abc import Sequence

from reachline.inbox.streams import Stream
from reachline.sql import identifier, list_literal

_UNSHOWN = frozenset({"text", "masked", "lower", "url", "picture"})
"""Kinds whose values are not repeated outside the file: names, addresses and what people wrote."""


def contradictions(stream: Stream, rows: str, by: Sequence[str] = ()) -> str:
    """Return SQL of what rows of one key do not agree on.

    Its columns are those of `by`, row_key, column_name, first_value and last_value, which holds;
    both values are NULL where they are not to be shown. `rows` is SQL of cast rows with their line,
    of one file or of one each for the columns `by`.
    """
    listed = ", ".join([*by, "row_key", "column_name"])
    others = [column for column in stream.columns if column.name not in stream.grain]
    key = ", ".join(f"coalesce(cast({identifier(name)} as varchar), '')" for name in stream.grain)
    kept = "".join(f"{name}, " for name in by)
    values = ", ".join(
        f"coalesce(cast({identifier(column.name)} as varchar), '') as {identifier(column.name)}"
        for column in others
    )
    names = ", ".join(identifier(column.name) for column in others) or "nothing"
    unshown = list_literal(column.name for column in others if column.kind in _UNSHOWN)
    shown = f"not list_contains(cast({unshown} as varchar[]), column_name)"
    return f"""
select
    {listed},
    min_by(said, line) filter (where {shown}) as first_value,
    max_by(said, line) filter (where {shown}) as last_value
from (
    unpivot (
        select {kept}line, concat_ws(' ', {key}) as row_key, {values or "'' as nothing"}
        from ({rows}) as rows
    ) on {names} into name column_name value said
) as spoken
group by {listed}
having count(distinct said) > 1
"""
