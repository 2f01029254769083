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
    """One change of a query: its kind, and the words that it stands at."""

    kind: str
    place: str
    change: Change

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}"


def parsed(sql: str) -> exp.Expr:
    """Return the tree of a query in DuckDB's dialect."""
    return sqlglot.parse_one(sql, dialect="duckdb")


def mutants(tree: exp.Expr) -> list[Mutant]:
    """Return all changes of a query, none of them made."""
    return [
        Mutant(kind, _words(node.parent if kind == "number" and node.parent else node), change)
        for node in tree.walk()
        for kind, change in _changes(node)
    ]


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
    return " ".join(node.sql(dialect="duckdb", comments=False).split())[:160]


def _changes(node: exp.Expr) -> Iterator[tuple[str, Change]]:
    for kind, others in (("compare", COMPARED), ("calculate", CALCULATED), ("aggregate", SUMMED)):
        other = others.get(type(node))
        if other is not None:
            yield kind, _swapped(node, other(**_args(node)))
    if isinstance(node, exp.Join) and not node.args.get("kind") and node.args.get("on"):
        # a join on nothing but true, as a cross join is written, has nothing to lose
        yield "join", _set(node, "side", None if node.args.get("side") else "LEFT")
    if isinstance(node, exp.Where | exp.Having | exp.Qualify):
        for part in list(node.this.flatten()) if isinstance(node.this, exp.And) else [node.this]:
            yield "filter", _swapped(part, exp.true())
    if isinstance(node, exp.Filter):
        yield "filter", _swapped(node, node.this.copy())
    if isinstance(node, exp.Coalesce) and node.expressions:
        yield "default", _swapped(node, node.this.copy())
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Select | exp.Count):
        yield "distinct", _without_distinct(node)
    if isinstance(node, exp.Window) and node.args.get("partition_by"):
        yield "window", _set(node, "partition_by", [])
    if isinstance(node, exp.Ordered):
        yield "order", _set(node, "desc", not node.args.get("desc"))
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        yield "null", _swapped(node, exp.Not(this=node.copy()))
    if isinstance(node, exp.Not):
        yield "null" if isinstance(node.this, exp.Is) else "not", _swapped(node, node.this.copy())
    # bounds, terms and factors; others are of types, groups of a pattern, parts of a text
    if isinstance(node, exp.Literal) and node.is_number and _calculates(node.parent):
        yield "number", _swapped(node, exp.Literal.number(f"{Decimal(node.name) + 1}"))
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            if len(node.args["ifs"]) > 1:
                yield "case", _set(node, "ifs", [b for b in node.args["ifs"] if b is not branch])
    if isinstance(node, exp.Union):
        yield "union", _set(node, "distinct", not node.args.get("distinct"))


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
