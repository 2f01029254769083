"""SQL expressions of mappings as trees, as DuckDB itself parses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import duckdb

from reachline.sql import identifier

Tree = Mapping[str, Any]
"""A node of DuckDB's `json_serialize_sql`: its `class`, and what it is made of."""

_PLACES = ("query_location", "query_location_length", "alias")
_ONLY_AN_EXPRESSION: Tree = {
    "modifiers": [],
    "where_clause": None,
    "group_expressions": [],
    "having": None,
    "qualify": None,
    "sample": None,
}


def parse(sql: str) -> Tree:
    """Return the tree of one expression.

    Raises ValueError where the text is none, or asks for more than the row or group that it is
    over: a second statement, a table, a query within it.
    """
    return _parse(sql)


@cache
def _parse(sql: str) -> Tree:
    # on lines of its own: a comment at its end hides nothing
    found = _through("json_serialize_sql(?)", f"select\n{sql}\n")
    if found["error"]:
        raise ValueError(found["error_message"])
    statements = found["statements"]
    node = statements[0]["node"] if len(statements) == 1 else {}
    listed = node.get("select_list", ())
    is_bare = all(node.get(name) == nothing for name, nothing in _ONLY_AN_EXPRESSION.items())
    if len(listed) != 1 or not is_bare or node["from_table"]["type"] != "EMPTY":
        raise ValueError("it is not one expression")
    for each in _nodes(listed[0]):
        if each.get("class") == "SUBQUERY":
            raise ValueError("it holds a query of its own; a mapping sees its row or group alone")
        if each.get("class") == "STAR":
            raise ValueError("it stands for several columns; name one")
    return dict(listed[0])


def text(tree: Tree) -> str:
    """Return an expression as SQL."""
    statement = json.loads(json.dumps(_shell()))
    statement["statements"][0]["node"]["select_list"] = [{**tree, "alias": ""}]
    return str(_through("json_deserialize_sql(?::json)", statement)).removeprefix("SELECT ")


def column(name: str) -> Tree:
    """Return an expression that is a column."""
    return parse(identifier(name))


def is_plain(tree: Tree) -> bool:
    """Whether an expression is a column as it stands, or a constant: it can't fail."""
    return tree["class"] in ("COLUMN_REF", "CONSTANT")


def is_aggregate(tree: Tree) -> bool:
    """Whether an expression is a call of an aggregate function."""
    return tree["class"] == "FUNCTION" and str(tree["function_name"]).lower() in _aggregates()


def parts(aggregate: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """Return an aggregate with what it is over changed: arguments, filter and order."""
    orders = [
        {**order, "expression": change(order["expression"])}
        for order in aggregate["order_bys"]["orders"]
    ]
    return {
        **aggregate,
        "arguments": [
            {**each, "expression": change(each["expression"])} for each in aggregate["arguments"]
        ],
        "filter": change(aggregate["filter"]) if aggregate["filter"] else None,
        "order_bys": {**aggregate["order_bys"], "orders": orders},
    }


def replaced(tree: Any, change: Callable[[Tree], Tree | None]) -> Any:
    """Return an expression with each part for which `change` gives another replaced by it."""
    if isinstance(tree, list):
        return [replaced(each, change) for each in tree]
    if not isinstance(tree, Mapping):
        return tree
    if "class" in tree and (other := change(tree)) is not None:
        return other
    return {name: replaced(each, change) for name, each in tree.items()}


def are_same(one: Tree, other: Tree) -> bool:
    """Whether two expressions say the same; names of columns are compared without case."""
    return bool(_bare(one) == _bare(other))


def _bare(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_bare(each) for each in tree]
    if not isinstance(tree, Mapping):
        return tree
    return {
        name: [part.lower() for part in each] if name == "column_names" else _bare(each)
        for name, each in tree.items()
        if name not in _PLACES
    }


def _nodes(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, Mapping):
        yield tree
    for each in tree.values() if isinstance(tree, Mapping) else tree:
        if isinstance(each, (Mapping, list)):
            yield from _nodes(each)


@cache
def _shell() -> Tree:
    return dict(_through("json_serialize_sql(?)", "select 1"))


@cache
def _aggregates() -> frozenset[str]:
    query = (
        "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    )
    return frozenset(name.lower() for (name,) in _engine().execute(query).fetchall())


def _through(call: str, value: Any) -> Any:
    given = value if isinstance(value, str) else json.dumps(value)
    ((found,),) = _engine().cursor().execute(f"select {call}", [given]).fetchall()
    return json.loads(found) if call.startswith("json_serialize") else found


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"enable_external_access": False})
