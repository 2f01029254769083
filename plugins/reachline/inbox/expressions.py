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

MAX_CHARACTERS = 10_000
MAX_FILL = 1_000
_CALLED = """
abs array_contains array_extract array_length array_slice array_to_string ascii base64 ceil
ceiling char_length chr concat concat_ws contains date_add date_diff date_part date_sub date_trunc
datediff datepart datetrunc day dayname dayofmonth dayofweek dayofyear decode element_at encode
ends_with epoch epoch_ms even exp flatten floor from_base64 from_json greatest hour if
ilike_escape instr isfinite isinf isnan isodow json_array json_array_length json_contains
json_exists json_extract json_extract_path json_extract_path_text json_extract_string json_keys
json_object json_transform json_type json_valid json_value last_day lcase least left len length
like_escape list_aggr list_aggregate list_any_value list_append list_apply list_avg list_bool_and
list_bool_or list_cat list_concat list_contains list_count list_distinct list_element list_extract
list_filter list_first list_has list_has_all list_has_any list_last list_max list_median list_min
list_pack list_position list_prepend list_reverse list_reverse_sort list_slice list_sort
list_string_agg list_sum list_transform list_unique list_value list_where list_zip ln log10 log2
lower lpad ltrim make_date make_time make_timestamp make_timestamp_ms map map_contains map_entries
map_extract map_extract_value map_from_entries map_keys map_values md5 microsecond millisecond
minute mod month monthname nfc_normalize not_ilike_escape not_like_escape nullif octet_length ord
position pow power prefix quarter regexp_escape regexp_extract regexp_extract_all
regexp_full_match regexp_matches regexp_replace regexp_split_to_array replace reverse right round
row rpad rtrim second sha1 sha256 sign split split_part sqrt starts_with str_split strftime
string_split string_split_regex string_to_array strip_accents strlen strpos strptime
struct_extract struct_pack substr substring suffix time_bucket timezone to_base64 to_days to_hours
to_json to_microseconds to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp
to_weeks to_years translate trim trunc try_strptime typeof ucase unicode upper url_decode
url_encode week weekday weekofyear xor year
"""
_CALLED_OVER_GROUPS = """
any_value arbitrary arg_max arg_min argmax argmin array_agg avg bool_and bool_or count count_if
count_star countif first group_concat last list listagg max max_by mean median min min_by mode
quantile quantile_cont quantile_disc string_agg sum
"""
FUNCTIONS = frozenset(_CALLED.split())
"""What an expression may call: what gives the same value each time, of about the row's size."""
AGGREGATES = frozenset(_CALLED_OVER_GROUPS.split())
"""What may be called over a group: none of these fails, but `sum`, where it is too large."""

_OVER_LISTS = frozenset(("list_apply", "list_filter", "list_transform"))
_REPLACING = {"replace": 2, "regexp_replace": 2}
_FILLING = {"lpad": 1, "rpad": 1}
_CLOCK = frozenset(
    ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
)
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
    over: a second statement, a table, a query within it; or calls what is not among FUNCTIONS and
    AGGREGATES.
    """
    if len(sql) > MAX_CHARACTERS:
        raise ValueError(f"it is {len(sql):,} characters long; up to {MAX_CHARACTERS:,} are taken")
    tree = _parse(sql)
    for node in _nodes(tree):
        if (problem := _beyond(node)) is not None:
            raise ValueError(problem)
    return tree


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
    return dict(listed[0])


def _beyond(node: Tree) -> str | None:
    """Return what a part of an expression is that no mapping may hold; None where it may."""
    kind = node.get("class")
    if kind == "SUBQUERY":
        return "it holds a query of its own; a mapping sees its row or group alone"
    if kind == "STAR":
        return "it stands for several columns; name one"
    if kind == "WINDOW":
        return "it looks at other rows (over); a mapping sees its row or group alone"
    if kind == "PARAMETER":
        return "it holds a parameter (? or $), for which there is no value"
    if kind in ("POSITIONAL_REFERENCE", "DEFAULT"):
        return "it names a column by its place, or none"
    if kind == "LAMBDA" and any(
        each.get("function_name") in _OVER_LISTS for each in _nodes(node["expr"])
    ):
        return "it holds a lambda within a lambda, whose work grows with the square of a list"
    if kind == "COLUMN_REF" and str(node["column_names"][-1]).lower() in _CLOCK:
        return f"it uses {node['column_names'][-1]}, {_EACH_TIME}"
    return _beyond_call(node) if kind == "FUNCTION" else None


def _beyond_call(node: Tree) -> str | None:
    name = str(node["function_name"]).lower()
    if node["is_operator"]:
        return None
    is_known = node["qualified_name"]["path"] == [node["function_name"]]
    if not is_known or name not in FUNCTIONS | AGGREGATES:
        again = f", {_EACH_TIME}" if name in _unstable() else ""
        return f"it uses {name}{again}. docs/files-and-mappings.md lists what a mapping may call"
    arguments = [each["expression"] for each in node["arguments"]]
    if name in _REPLACING and not _is_constant(arguments, _REPLACING[name]):
        return f"{name} puts in something else than a fixed text, so that texts may grow endlessly"
    if name in _FILLING:
        length = _whole_number(arguments, _FILLING[name])
        if length is None or length > MAX_FILL:
            return f"{name} fills up to another length than a number of at most {MAX_FILL:,}"
    return None


_EACH_TIME = "so that the same file gives other rows each time"


def _is_constant(arguments: list[Tree], at: int) -> bool:
    return at >= len(arguments) or arguments[at]["class"] == "CONSTANT"


def _whole_number(arguments: list[Tree], at: int) -> int | None:
    if at >= len(arguments) or arguments[at]["class"] != "CONSTANT":
        return None
    literal = arguments[at]["literal"]
    return int(literal["text"]) if literal["kind"] == "INTEGER" else None


@cache
def _unstable() -> frozenset[str]:
    query = "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT'"
    return frozenset(name.lower() for (name,) in _engine().execute(query).fetchall())


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
    return tree["class"] == "FUNCTION" and str(tree["function_name"]).lower() in AGGREGATES


def may_fail(aggregate: Tree) -> bool:
    """Whether a call of an aggregate function can fail on what it is over."""
    return str(aggregate["function_name"]).lower() == "sum"


def as_list(aggregate: Tree) -> Tree:
    """Return the list of what an aggregate of one argument is over."""
    return {**aggregate, "function_name": "list", "qualified_name": {"path": ["list"]}}


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


def _through(call: str, value: Any) -> Any:
    given = value if isinstance(value, str) else json.dumps(value)
    ((found,),) = _engine().cursor().execute(f"select {call}", [given]).fetchall()
    return json.loads(found) if call.startswith("json_serialize") else found


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"enable_external_access": False})
