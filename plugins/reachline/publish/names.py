"""The names that stand beside ids, in the workbook and in the csv files of a release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from reachline.languages import N_, gettext
from reachline.sql import identifier, literal


@dataclass(frozen=True)
class Name:
    """What is added for an id, and the table of `core`, its key and column that it is read from.

    `name` is what the workbook calls the column, `csv` what a csv does. `unknown` is said in place
    of a name that is not known; the id itself where that is empty. A link is never said otherwise.
    """

    name: str
    csv: str
    key: str
    table: str
    table_key: str
    column: str
    unknown: str = ""
    is_link: bool = False


NAMES = (
    Name("campaign", "campaign_name", "campaign_id", "dim_campaign", "campaign_id",
         "campaign_name"),
    Name("creator", "creator_name", "creator_id", "dim_creator", "creator_id", "shown_name"),
    Name("brand", "brand_name", "brand_id", "dim_brand", "brand_id", "brand_name"),
    Name("voice", "voice_brand_name", "voice_brand_id", "dim_brand", "brand_id", "brand_name"),
    # nobody takes an account's id for its handle
    Name("handle", "handle", "account_id", "dim_account", "account_id", "handle",
         unknown=N_("handle not known")),
    Name("post_address", "permalink", "post_id", "dim_post", "post_id", "permalink", is_link=True),
)  # fmt: skip
"""In the order in which they are looked for."""

_OF_COLLABORATION = ("campaign_id", "creator_id")


@dataclass(frozen=True)
class Added:
    """A name that is added to a table, as SQL: the name alone, and as the workbook says it.

    `after` is the column of the table that it belongs beside.
    """

    name: Name
    sql: str
    shown: str
    after: str


def names_beside(
    connection: duckdb.DuckDBPyConnection, own: Mapping[str, str], source: str
) -> tuple[tuple[Added, ...], str]:
    """Return the names for the ids among a table's own columns, and what to read it all from.

    `source` is what the table is read from; there it is called `report`. A table that knows a
    collaboration alone is given the names of its campaign and its creator.
    """
    added = []
    source = f"{source} as report"
    keys = {key: (f"report.{identifier(key)}", key) for key in own if key.endswith("_id")}
    joined = _joined_collaboration(connection, own)
    if joined:
        source += joined
        for key in _OF_COLLABORATION:
            keys.setdefault(key, (f"of_collaboration.{key}", _collaboration_key(own)))
    for name in NAMES:
        if name.key not in keys or name.name in own or name.csv in own:
            continue
        if not {name.table_key, name.column} <= columns_of(connection, "core", name.table).keys():
            continue
        key, after = keys[name.key]
        source += f" left join core.{name.table} as {name.name} on {key} = " + _of(
            name, name.table_key
        )
        known = _of(name, name.column)
        if name.is_link:
            shown = known
        elif name.unknown:
            said = f"coalesce({known}, {literal(gettext(name.unknown))})"
            shown = f"case when {key} is not null then {said} end"
        else:
            shown = f"coalesce({known}, {key})"
        added.append(Added(name, known, shown, after))
    return tuple(added), source


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Return the columns of a table with their types, in order; none where there is no such."""
    named = literal(f"{identifier(schema)}.{identifier(table)}")
    try:
        # duckdb_columns() would look at every column of the database each time
        rows = connection.execute(f"select name, type from pragma_table_info({named})").fetchall()
    except duckdb.CatalogException:
        return {}
    return dict(rows)


def ids_first(own: Mapping[str, str], added: tuple[Added, ...]) -> Iterator[str | Added]:
    """Yield a table's columns in their order, each name after the id that it is of."""
    for column in own:
        yield column
        yield from (each for each in added if each.after == column)


def _of(name: Name, column: str) -> str:
    return f"{name.name}.{identifier(column)}"


def _collaboration_key(own: Mapping[str, str]) -> str:
    return next(key for key in ("collaboration_id", "latest_collaboration_id") if key in own)


def _joined_collaboration(connection: duckdb.DuckDBPyConnection, own: Mapping[str, str]) -> str:
    """Return the join for a table with a collaboration but not all that it is between."""
    has_key = "collaboration_id" in own or "latest_collaboration_id" in own
    if not has_key or own.keys() >= {*_OF_COLLABORATION}:
        return ""
    needed = {"collaboration_id", "is_default_method", *_OF_COLLABORATION}
    if not needed <= columns_of(connection, "reports", "collaboration_performance").keys():
        return ""
    return (
        " left join reports.collaboration_performance as of_collaboration on "
        f"report.{_collaboration_key(own)} = of_collaboration.collaboration_id "
        "and of_collaboration.is_default_method"
    )
