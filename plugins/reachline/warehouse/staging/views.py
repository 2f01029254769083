"""dbt's views of staging: made of its compiled SQL where they are missing, and left alone else."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from reachline.inbox.streams import IS_DELETED, load_streams
from reachline.sql import identifier
from reachline.warehouse.staging.feeds import Feeds, StagingError
from reachline.warehouse.staging.landed import PLACE


def missing_views(con: duckdb.DuckDBPyConnection, feeds: Feeds) -> tuple[str, ...]:
    """Return the views that are not there as they should be, each after those that it reads."""
    rows = con.execute(
        """
        select views.view_name
        from duckdb_views() as views
        inner join work.ops.model_hashes as hashes on views.view_name = hashes.model
        where
            views.database_name = 'work'
            and views.schema_name = 'staging'
            and hashes.wanted = hashes.built
        """
    ).fetchall()
    standing = {name for (name,) in rows}
    return tuple(name for name in feeds.all_views if name not in standing)


def create_views(con: duckdb.DuckDBPyConnection, feeds: Feeds, queries: Mapping[str, str]) -> None:
    """Make views of these queries, by name and in their order, all or none.

    Raises StagingError naming the view that the engine does not take, or the mapping that gives
    something else than a row of its stream.
    """
    streams = {mapping.model: mapping.stream for mapping in feeds.mappings}
    con.execute("begin")
    try:
        for name, query in queries.items():
            try:
                con.execute(f"create or replace view {_relation(name)} as\n{query}")
            except duckdb.Error as error:
                raise StagingError(f"{name}: {error}") from error
            if name in streams:
                columns = mapping_columns(con, feeds, streams[name])[name]
                _check_columns(name, streams[name], columns)
            con.execute(
                "update work.ops.model_hashes set built = wanted where model = ?",
                [name],
            )
    except StagingError:
        con.execute("rollback")
        raise
    con.execute("commit")


def mapping_columns(
    con: duckdb.DuckDBPyConnection, feeds: Feeds, stream: str
) -> dict[str, dict[str, str]]:
    """Return the columns, with their types, that each mapping of records into a stream gives."""
    mappings = dict.fromkeys(mapping.model for mapping in feeds.mappings_of(stream))
    rows = con.execute(
        """
        select table_name, column_name, data_type
        from duckdb_columns()
        where
            database_name = 'work'
            and schema_name = 'staging'
            and list_contains(cast(? as varchar[]), table_name)
        order by table_name, column_index
        """,
        [list(mappings)],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for model, name, type_ in rows:
        found.setdefault(model, {})[name] = type_
    return found


def _check_columns(mapping: str, stream: str, types: Mapping[str, str]) -> None:
    """A column that the stream has not would be left out of its union without a word."""
    known = {*load_streams()[stream].names, *PLACE}
    unknown = [name for name in types if name not in known]
    missing = [name for name in PLACE if name not in types]
    if unknown or missing:
        wrong = [*unknown, *(f"({name} is missing)" for name in missing)]
        raise StagingError(
            f"{mapping}: a mapping gives {', '.join(PLACE)}, {IS_DELETED} where it can tell, and "
            f"columns of the stream {stream}; not: {', '.join(wrong)}"
        )
    nested = [
        name
        for name, type_ in types.items()
        if type_ == "JSON" or type_.endswith("]") or type_.startswith(("STRUCT", "MAP"))
    ]
    if nested:
        raise StagingError(
            f"{mapping}: {', '.join(nested)}: not a text or a number. Pass a list on by the macro "
            "json_list, as files have it."
        )


def _relation(name: str) -> str:
    return f"work.staging.{identifier(name)}"
