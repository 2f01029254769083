"""dbt's views of staging: made of its compiled SQL where they are missing, and left alone else."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from reachline.inbox.streams import IS_DELETED, load_streams
from reachline.sql import identifier
from reachline.warehouse.staging.feeds import Feeds, RecordMapping, StagingError

_PLACE = ("batch_id", "landing_sequence", "line")


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
    mappings = {mapping.model: mapping for mapping in feeds.mappings}
    con.execute("begin")
    try:
        for name, query in queries.items():
            try:
                con.execute(f"create or replace view {_relation(name)} as\n{query}")
            except duckdb.Error as error:
                raise StagingError(f"{name}: {error}") from error
            if name in mappings:
                _check_columns(con, mappings[name])
            con.execute(
                "update work.ops.model_hashes set built = wanted where model = ?",
                [name],
            )
    except StagingError:
        con.execute("rollback")
        raise
    con.execute("commit")


def _check_columns(con: duckdb.DuckDBPyConnection, mapping: RecordMapping) -> None:
    """A column that the stream has not would be left out of its union without a word."""
    rows = con.execute(f"describe {_relation(mapping.model)}").fetchall()
    types = {name: type_ for name, type_, *_ in rows}
    known = {*load_streams()[mapping.stream].names, *_PLACE}
    unknown = [name for name in types if name not in known]
    missing = [name for name in _PLACE if name not in types]
    if unknown or missing:
        wrong = [*unknown, *(f"({name} is missing)" for name in missing)]
        raise StagingError(
            f"{mapping.model}: a mapping gives {', '.join(_PLACE)}, {IS_DELETED} where it can tell,"
            f" and columns of the stream {mapping.stream}; not: {', '.join(wrong)}"
        )
    nested = [name for name, type_ in types.items() if type_ == "JSON" or type_[-1] in ")]"]
    nested = [name for name in nested if not types[name].startswith("DECIMAL")]
    if nested:
        raise StagingError(
            f"{mapping.model}: {', '.join(nested)} is no text: pass a list on by the macro "
            "json_list, as files have it"
        )


def _relation(name: str) -> str:
    return f"work.staging.{identifier(name)}"
