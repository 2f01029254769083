"""A person in the tables of a release: their rows go, other rows lose what leads to them.

Rows of orders and clicks are the brand's own: they stay. Aggregates stay where they are over
enough people, and go where they are over so few that they tell of this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from reachline.arrow import pa
from reachline.erasure.person import Person, hashed
from reachline.erasure.texts import Texts
from reachline.forgotten import FORGOTTEN
from reachline.sql import identifier, list_literal
from reachline.warehouse.files import PUBLISHED_SCHEMAS

KEPT: Mapping[str, Mapping[str, str]] = {
    "core.fct_attribution": {"collaboration_id": "collaboration", "touch_key": "touch"},
    "core.fct_clicks": {"collaboration_id": "collaboration", "link_id": "link"},
    "core.fct_orders": {"customer_id": "customer"},
    "core.dim_post": {"collaboration_id": "collaboration"},
}
"""Tables whose rows stay, and the columns of them that lose a person, with their kinds."""


_BOTH = ("core.dim_post",)
"""Tables of which rows are theirs, and other rows lead to them."""
_ROWS = 10_000


@dataclass
class Keys:
    """What a person is known by in the tables of one release, by kind of key."""

    by_kind: dict[str, set[str]] = field(default_factory=dict)

    def of(self, kind: str) -> set[str]:
        """Return the keys of a kind."""
        return self.by_kind.get(kind, set())


def keys_in(con: duckdb.DuckDBPyConnection, person: Person, key: bytes) -> Keys:
    """Return a person's keys in a release: ids of accounts and posts as its tables have them."""

    def also_hashed(kind: str) -> set[str]:
        values = person.of(kind)
        return values | {hashed(key, value) for value in values if "@" in value or "+" in value}

    keys = Keys({kind: also_hashed(kind) for kind in ("creator", "collaboration", "code", "link")})
    keys.by_kind["customer"] = also_hashed("customer")
    keys.by_kind["handle"] = person.of("handle")
    keys.by_kind["account"] = person.of("account") | person.of("handle")
    keys.by_kind["post"] = person.of("post")
    tables = set(_tables(con))
    if "core.dim_account" in tables:
        keys.by_kind["account"] |= _first(
            con,
            "select lower(account_id) from core.dim_account where lower(account_id) in "
            f"{_listed(keys.of('account'))} or lower(creator_id) in {_listed(keys.of('creator'))} "
            f"or lower(platform || ':' || handle) in {_listed(keys.of('handle'))}",
        )
    if "core.dim_post" in tables:
        keys.by_kind["post"] |= _first(
            con,
            "select lower(post_id) from core.dim_post where lower(post_id) in "
            f"{_listed(keys.of('post'))} or lower(account_id) in {_listed(keys.of('account'))}",
        )
    keys.by_kind["touch"] = keys.of("code") | _touches(con, tables, keys)
    return keys


def _touches(con: duckdb.DuckDBPyConnection, tables: set[str], keys: Keys) -> set[str]:
    if "core.fct_clicks" not in tables:
        return set()
    return _first(
        con,
        "select lower(click_id) from core.fct_clicks where lower(collaboration_id) in "
        f"{_listed(keys.of('collaboration'))}",
    )


def count_in(
    con: duckdb.DuckDBPyConnection, keys: Keys, texts: Texts, least: int
) -> dict[str, int]:
    """Return how many rows of each table would go or lose something; tables without any are out."""
    found = {}
    for table in _tables(con):
        conditions = [*_of_theirs(con, table, keys), *_links(con, table, keys).values()]
        conditions += filter(None, [_few(con, table, keys, least)])
        for column, is_list in _text_columns(con, table):
            if told := _values_with(con, table, column, texts, is_list=is_list):
                conditions.append(f"{identifier(column)} in (select before from {told})")
        count = _count(con, table, conditions)
        if count:
            found[table] = count
    return found


def _count(con: duckdb.DuckDBPyConnection, table: str, conditions: list[str]) -> int:
    if not conditions:
        return 0
    where = " or ".join(f"coalesce({each}, false)" for each in conditions)
    return int(con.execute(f"select count(*) from {_name(table)} where {where}").fetchall()[0][0])


def remove_from(con: duckdb.DuckDBPyConnection, keys: Keys, texts: Texts, least: int) -> None:
    """Take a person out of the tables of a database that is open for writing."""
    # all that asks other tables comes before those lose their rows
    for table in _tables(con):
        if few := _few(con, table, keys, least):
            con.execute(f"delete from {_name(table)} where coalesce({few}, false)")
    for table in _tables(con):
        gone = _of_theirs(con, table, keys)
        if gone:
            where = " or ".join(f"coalesce({each}, false)" for each in gone)
            con.execute(f"delete from {_name(table)} where {where}")
        for column, where in _links(con, table, keys).items():
            _unlink(con, table, column, where)
        for column, is_list in _text_columns(con, table):
            _clean(con, table, column, texts, is_list=is_list)


def _of_theirs(con: duckdb.DuckDBPyConnection, table: str, keys: Keys) -> list[str]:
    """Return the conditions by which rows of a table are theirs."""
    if table in KEPT and table not in _BOTH:
        return []
    kinds = dict(_key_columns(con, table))
    kept = KEPT.get(table, {})
    return [_in(column, kind, keys, kinds) for column, kind in kinds.items() if column not in kept]


def _links(con: duckdb.DuckDBPyConnection, table: str, keys: Keys) -> dict[str, str]:
    """Return the conditions by which columns of a table that is kept lead to them."""
    columns = _columns(con, table)
    return {
        column: _in(column, kind, keys, {})
        for column, kind in KEPT.get(table, {}).items()
        if column in columns
    }


_KINDS = {
    "account_id": "account",
    "creator_id": "creator",
    "post_id": "post",
    "collaboration_id": "collaboration",
    "code": "code",
    "handle": "handle",
}


def _key_columns(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, str]]:
    columns = _columns(con, table)
    for column, kind in _KINDS.items():
        if column in columns:
            yield column, kind


def _in(column: str, kind: str, keys: Keys, kinds: Mapping[str, str]) -> str:
    values = keys.of(kind)
    if kind == "handle":
        # of an account of the platform where the table says of which, else where nothing else tells
        return (
            "false" if "account_id" in kinds else f"{_lowered(column)} in {_listed(_bare(values))}"
        )
    return f"{_lowered(column)} in {_listed(values)}"


def _bare(values: set[str]) -> set[str]:
    return {value.partition(":")[2] for value in values}


def _unlink(con: duckdb.DuckDBPyConnection, table: str, column: str, where: str) -> None:
    if column not in _columns(con, table):
        return
    try:
        con.execute(
            f"update {_name(table)} set {identifier(column)} = null where coalesce({where}, false)"
        )
    except duckdb.ConstraintException:
        con.execute(
            f"update {_name(table)} set {identifier(column)} = ? where coalesce({where}, false)",
            [FORGOTTEN],
        )


def _few(con: duckdb.DuckDBPyConnection, table: str, keys: Keys, least: int) -> str:
    """Return the condition of aggregates over few people, this one among them; "": none."""
    columns = _columns(con, table)
    if (
        "accounts" not in columns
        or "hashtag" not in columns
        or "core.dim_post" not in set(_tables(con))
    ):
        return ""
    theirs = f"lower(account_id) in {_listed(keys.of('account'))}"
    return (
        f"accounts < {int(least)} and (platform, hashtag) in ("
        f"select (platform, unnest(hashtags)) from core.dim_post where {theirs})"
    )


def _values_with(
    con: duckdb.DuckDBPyConnection, table: str, column: str, texts: Texts, *, is_list: bool
) -> str:
    """Return a temporary table of the values in which texts stand, and what they become; or ""."""
    name = identifier(column)
    rows = con.execute(f"select distinct {name} from {_name(table)} where {name} is not null")
    told: list[dict[str, object]] = []
    while values := rows.fetchmany(_ROWS):
        for (value,) in values:
            parts = value if is_list else [value]
            new = [texts.without(part) if isinstance(part, str) else part for part in parts]
            if new != parts:
                told.append({"before": value, "after": new if is_list else new[0]})
    if not told:
        return ""
    kind = pa.list_(pa.string()) if is_list else pa.string()
    found = pa.Table.from_pylist(told, schema=pa.schema([("before", kind), ("after", kind)]))
    place = f"temp.{identifier(f'told_{table}_{column}')}"
    con.register("told_incoming", found)
    con.execute(f"create or replace temp table {place} as from told_incoming")
    con.unregister("told_incoming")
    return place


def _clean(
    con: duckdb.DuckDBPyConnection, table: str, column: str, texts: Texts, *, is_list: bool
) -> None:
    """Take texts out of a column, wherever they stand in it."""
    if told := _values_with(con, table, column, texts, is_list=is_list):
        name = identifier(column)
        con.execute(
            f"update {_name(table)} as rows set {name} = told.after from {told} as told "
            f"where rows.{name} = told.before"
        )


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where "
        f"list_contains({list_literal(PUBLISHED_SCHEMAS)}, schema_name) "
        "and database_name = current_database() order by all"
    ).fetchall()
    return [name for (name,) in rows]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    schema, name = table.split(".", 1)
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and "
        "table_name = ? and database_name = current_database()",
        [schema, name],
    ).fetchall()
    return dict(rows)


def _text_columns(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, bool]]:
    for column, kind in _columns(con, table).items():
        if kind in ("VARCHAR", "VARCHAR[]"):
            yield column, kind == "VARCHAR[]"


def _name(table: str) -> str:
    return ".".join(map(identifier, table.split(".", 1)))


def _lowered(column: str) -> str:
    return f"lower({identifier(column)})"


def _listed(values: set[str]) -> str:
    if not values:
        return "(null)"
    return f"(select unnest({list_literal(sorted(values))}))"


def _first(con: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    return {value for (value,) in con.execute(sql).fetchall() if value}
