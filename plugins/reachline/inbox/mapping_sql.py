"""SQL of the mappings in config/exports: staging, and the check of a file, go by one rule.

All of it is over the columns of the export as they landed, and the named row expressions. One that
can't be worked out refuses its row, and with it the group of the row, since a sum that lacks a line
would be wrong: what is NULL was NULL. DuckDB's `try` does not tell these apart, so each value is
tried within a list: NULL where that fails, a list of NULL where the value is NULL. Lines count from
1, of documents and workbooks too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reachline.inbox import expressions
from reachline.inbox.exports import StreamMapping
from reachline.inbox.expressions import Tree
from reachline.sql import identifier, literal

TAKEN_BY_NO_STREAM = "no stream of this export takes the row: see its `where` in config/exports"
"""Why a row goes to quarantine that meets no stream's `where`."""


def takes(mapping: StreamMapping) -> str:
    """Return the condition by which a mapping takes a row; where it fails: takes, to refuse."""
    if mapping.where is None:
        return "true"
    tried = _tried(f"cast(({mapping.where}) as boolean)")
    return f"({tried} is null or coalesce({tried}[1], false))"


def mapped_rows(mapping: StreamMapping, landed: str, carried: Sequence[str] = ()) -> str:
    """Return SQL of what a mapping makes of rows, for a stream.

    `landed` is a relation with the export's columns, `line`, and those that are `carried`. The
    result has the stream's columns as texts, `line`, with groups `source_lines` (all lines of one,
    `line` is the first), the carried columns, and `row_reject`: why it is refused, or NULL.
    """
    rows = _Rows(mapping)
    if not mapping.group_by:
        return f"""select
    {", ".join([*rows.texts, *carried, "line"])},
    {_first_reason(rows.reasons)} as row_reject
from ({rows.query(landed)}) as mapped"""
    keys = [f"{_name('key', n)}[1] as {_name('group', n)}" for n in range(len(mapping.group_by))]
    grouping = [*carried, *(_name("key", n) for n in range(len(mapping.group_by)))]
    return f"""select
    {", ".join([*rows.texts, *carried, "line", "source_lines"])},
    coalesce(row_reject, {_first_reason(rows.reasons_of_groups)}) as row_reject
from (
    select {", ".join(["grouped.*", *rows.outer])}
    from (
        select
            {", ".join([*carried, *keys, *rows.aggregates])},
            min(line) as line,
            list(line order by line) as source_lines,
            max({_first_reason(rows.reasons)}) as row_reject
        from ({rows.query(landed)}) as mapped
        group by {", ".join(grouping)}
    ) as grouped
) as mapped"""


class _Rows:
    """The parts of a mapping's query; expressions that can fail are columns of their own.

    `inner` are tried over each row, `aggregates` over a group, `outer` over what a group gave.
    """

    def __init__(self, mapping: StreamMapping) -> None:
        self.mapping = mapping
        self.inner: list[str] = []
        self.aggregates: list[str] = []
        self.outer: list[str] = []
        self.texts: list[str] = []
        self.reasons = list(self._reasons_of_rows())
        self.reasons_of_groups: list[str] = []
        self.keys = [expressions.parse(sql) for sql in mapping.group_by]
        for number, sql in enumerate(mapping.group_by):
            self.inner.append(f"{_tried(sql)} as {_name('key', number)}")
            self.reasons.append(_why_failed(_name("key", number), "group_by", sql))
        for target, sql in mapping.columns.items():
            value = self._value(target, sql)
            self.texts.append(f"{_as_text(value)} as {identifier(target)}")

    def query(self, landed: str) -> str:
        """Return the rows that the mapping takes, with all that is tried over each."""
        named = [f"{_name('row', name)}[1] as {identifier(name)}" for name in self.mapping.rows]
        tried = [f"{_tried(row.sql)} as {_name('row', n)}" for n, row in self.mapping.rows.items()]
        return f"""
    select {", ".join(["evaluated.*", *self.inner])}
    from (
        select {", ".join(["tried.*", *named])}
        from (
            select {", ".join(["landed.*", *tried])}
            from {landed} as landed
            where {takes(self.mapping)}
        ) as tried
    ) as evaluated
"""

    def _reasons_of_rows(self) -> Iterator[str]:
        if self.mapping.where is not None:
            tried = _tried(f"cast(({self.mapping.where}) as boolean)")
            yield _why_failed(tried, "where", self.mapping.where)
        for name, row in self.mapping.rows.items():
            yield _why_failed(_name("row", name), name, row.sql)
            if row.required:
                why = f"{name}: is required by the mapping and empty: {row.sql}"
                yield f"when {identifier(name)} is null then {literal(why)}"

    def _value(self, target: str, sql: str) -> str:
        """Return what a column is in the last select; parts that can fail become columns below."""
        tree = expressions.parse(sql)
        if not self.mapping.group_by:
            if expressions.is_plain(tree):
                return sql
            name = _name("column", target)
            self.inner.append(f"{_tried(sql)} as {name}")
            self.reasons.append(_why_failed(name, target, sql))
            return f"{name}[1]"

        def over_the_row(part: Tree) -> Tree:
            if expressions.is_plain(part):
                return part
            name = _name("argument", len(self.inner))
            self.inner.append(f"{_tried(expressions.text(part))} as {name}")
            self.reasons.append(_why_failed(name, target, sql))
            return expressions.parse(f"{name}[1]")

        def over_the_group(part: Tree) -> Tree | None:
            for number, key in enumerate(self.keys):
                if expressions.are_same(part, key):
                    return expressions.parse(_name("group", number))
            if not expressions.is_aggregate(part):
                return None
            name = _name("aggregate", len(self.aggregates))
            over = expressions.parts(part, over_the_row)
            if not expressions.may_fail(part):
                self.aggregates.append(f"{expressions.text(over)} as {name}")
                return expressions.parse(name)
            # `try` takes no aggregate, but one of a list: so a group fails for itself
            self.aggregates.append(f"{expressions.text(expressions.as_list(over))} as {name}")
            return expressions.parse(f"list_aggregate({name}, 'sum')")

        outer = expressions.replaced(tree, over_the_group)
        if expressions.is_plain(outer):
            return expressions.text(outer)
        name = _name("column", target)
        self.outer.append(f"{_tried(expressions.text(outer))} as {name}")
        self.reasons_of_groups.append(_why_failed(name, target, sql))
        return f"{name}[1]"


def _name(what: str, of: str | int) -> str:
    """Return a name that no export's column has."""
    return identifier(f"mapping's {what} {of}")


def _tried(sql: str) -> str:
    # What several expressions have in common DuckDB works out once, outside of their `try`, where
    # it fails the whole query. What stands in a case that depends on the row it leaves there.
    return f"try([case when line > 0 then {sql}\nend])"


def _why_failed(tried: str, target: str, sql: str) -> str:
    why = f"{target}: the mapping's expression fails on this row, or on its group: {sql}"
    return f"when {tried} is null then {literal(why)}"


def _first_reason(cases: Sequence[str]) -> str:
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def _as_text(value: str) -> str:
    """A list or an object is JSON, as files have it."""
    return (
        f"case when typeof({value}) similar to '.*\\]|STRUCT.*|MAP.*' "
        f"then cast(to_json({value}) as varchar) else cast({value} as varchar) end"
    )
