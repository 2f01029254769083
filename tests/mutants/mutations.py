"""One change at a time in a query, as a hand might slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp

# an operator, and what a hand may write in its place
COMPARED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
CALCULATED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
    exp.And: exp.Or,
    exp.Or: exp.And,
}
SUMMED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Sum: exp.Max,
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.ArgMax: exp.ArgMin,
    exp.ArgMin: exp.ArgMax,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}


Undo = Callable[[], object]
Change = Callable[[], Undo]


@dataclass(frozen=True)
class Mutant:
    """One change of a query: its kind, and the words that it stands at.

    Where the same words may stand twice, `place` says of the second what they are for: their sign,
    or a default.
    """

    kind: str
    place: str
    change: Change

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}"


def parsed(sql: str) -> exp.Expr:
    """Return the tree of a query in DuckDB's dialect."""
    return sqlglot.parse_one(sql, dialect="duckdb")


def mutants(tree: exp.Expr) -> list[Mutant]:
    """Return all changes of a query, none of them made; a unit test's rows are left alone."""
    return [
        Mutant(kind, _words(place) + _purpose(node), change)
        for node in tree.walk(prune=_is_fixture)
        for kind, place, change in _changes(node)
    ]


def _is_fixture(node: exp.Expr) -> bool:
    return isinstance(node, exp.CTE) and node.alias.startswith("__dbt__cte__")


def mutated(tree: exp.Expr, mutant: Mutant) -> str:
    """Return a query with one change, as text; the tree is left as it was."""
    undo = mutant.change()
    try:
        return written(tree)
    finally:
        undo()


def written(tree: exp.Expr) -> str:
    """Return a query as text."""
    return tree.sql(dialect="duckdb", comments=False)


def _words(node: exp.Expr) -> str:
    words = " ".join(node.sql(dialect="duckdb", comments=False).split())
    return words if len(words) <= 160 else f"{words[:100]} … {words[-57:]}"


def _purpose(node: exp.Expr) -> str:
    """Return of a node within SIGN(…), or within a default of COALESCE(…), that it is there."""
    while node.parent is not None and not isinstance(node.parent, exp.Query):
        if isinstance(node.parent, exp.Sign):
            return ", for its sign"
        if isinstance(node.parent, exp.Coalesce) and node.arg_key == "expressions":
            return ", in a default"
        node = node.parent
    return ""


def _changes(node: exp.Expr) -> Iterator[tuple[str, exp.Expr, Change]]:
    """Yield the changes of a node: the kind, what it is told by, and the change."""
    for kind, others in (("compare", COMPARED), ("calculate", CALCULATED), ("aggregate", SUMMED)):
        other = others.get(type(node))
        if other is not None and not _is_asked_for(node):
            yield kind, node, _swapped(node, other(**_args(node)))
    if isinstance(node, exp.Join) and not node.args.get("kind") and node.args.get("on"):
        # a join on nothing but true, as a cross join is written, has nothing to lose
        yield "join", node, _set(node, "side", None if node.args.get("side") else "LEFT")
    if isinstance(node, exp.Where | exp.Having | exp.Qualify):
        for part in list(node.this.flatten()) if isinstance(node.this, exp.And) else [node.this]:
            if not _is_passed_over(part, node.parent):
                yield "filter", part, _swapped(part, exp.true())
    if isinstance(node, exp.Filter) and not _is_passed_over(node.expression.this, node):
        yield "filter", node, _swapped(node, node.this.copy())
    if isinstance(node, exp.Coalesce) and node.expressions:
        yield "default", node, _swapped(node, node.this.copy())
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Select | exp.Count):
        yield "distinct", node.parent, _without_distinct(node)
    if isinstance(node, exp.Window) and node.args.get("partition_by"):
        yield "window", node, _set(node, "partition_by", [])
    if isinstance(node, exp.Ordered) and not _is_of_a_table(node):
        yield "order", node, _set(node, "desc", not node.args.get("desc"))
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        yield "null", node, _swapped(node, exp.Not(this=node.copy()))
    if isinstance(node, exp.Not):
        kind = "null" if isinstance(node.this, exp.Is) else "not"
        yield kind, node, _swapped(node, node.this.copy())
    # bounds, terms and factors; others are of types, groups of a pattern, parts of a text
    if isinstance(node, exp.Literal) and node.is_number and _calculates(node.parent):
        more = exp.Literal.number(f"{Decimal(node.name) + 1}")
        yield "number", node.parent or node, _swapped(node, more)
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            if len(node.args["ifs"]) > 1:
                others = [each for each in node.args["ifs"] if each is not branch]
                yield "case", branch, _set(node, "ifs", others)
    if isinstance(node, exp.Union):
        yield "union", node.expression, _set(node, "distinct", not node.args.get("distinct"))


def _is_passed_over(condition: exp.Expr, where: exp.Expr | None) -> bool:
    """Whether a condition keeps NULLs from an aggregate, which passes them over by itself."""
    of = where.this.this if isinstance(where, exp.Filter) else None
    is_there = exp.Not(this=exp.Is(this=of, expression=exp.Null()))
    return isinstance(of, exp.Expr) and condition == is_there


def _is_asked_for(node: exp.Expr) -> bool:
    """Whether it is asked if an aggregate is NULL: the largest of many is as their smallest is."""
    of = node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent
    is_asked = isinstance(of, exp.Is) and isinstance(of.expression, exp.Null)
    return is_asked and isinstance(node, exp.AggFunc)


def _is_of_a_table(node: exp.Ordered) -> bool:
    """Whether rows are only stored in an order: a table is the same in any."""
    return node.parent is not None and node.parent.parent is node.root()


def _calculates(node: exp.Expr | None) -> bool:
    return type(node) in COMPARED or type(node) in CALCULATED or isinstance(node, exp.Between)


def _args(node: exp.Expr) -> dict[str, object]:
    return {name: _copied(value) for name, value in node.args.items()}


def _copied(value: object) -> object:
    if isinstance(value, exp.Expr):
        return value.copy()
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _swapped(node: exp.Expr, other: exp.Expr) -> Change:
    def change() -> Undo:
        node.replace(other)
        return lambda: other.replace(node)

    return change


def _set(node: exp.Expr, name: str, value: Any) -> Change:
    def change() -> Undo:
        held = node.args.get(name)
        node.set(name, value)
        return lambda: node.set(name, held)

    return change


def _without_distinct(node: exp.Distinct) -> Change:
    parent = node.parent
    if isinstance(parent, exp.Select):
        return _set(parent, "distinct", None)
    return _swapped(node, node.expressions[0].copy())
