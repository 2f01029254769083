"""The copy of a release in Postgres, for the BI tools that speak it.

    <prefix>_core, <prefix>_reports, <prefix>_views, <prefix>_quality, <prefix>_meta

A first transaction makes schemas of other names and fills them, a second one gives them the names
of the old ones, a third one drops those. A copy that is killed leaves at most schemas under other
names; the next copy drops them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from reachline.publish.connections import DeliveryError, needed_connection, redacted
from reachline.publish.keys import Table, published
from reachline.publish.releases import DATABASE, Release
from reachline.settings import Paths, PostgresCopy
from reachline.sql import identifier, literal
from reachline.warehouse.files import PUBLISHED_SCHEMAS

if TYPE_CHECKING:
    from airflow.sdk import Connection

log = logging.getLogger("reachline.publish")

SWAP_WAIT_SECONDS = 30.0
"""So long a copy waits for a moment without open transactions on the old one; see `_swap`."""

_TRY_MS, _PAUSE_SECONDS = 50, 0.2
_DROP_WAIT_MS = 2000
_BATCH_ROWS = 100_000

# how the comment of every schema begins that a copy has made; no other is renamed or dropped
_MARK = "Reachline release "

_KEY_BYTES = 2600
"""An entry of an index in Postgres holds 2,704 bytes, its own few included."""

_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "BLOB": "bytea",
}
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER")
"""Postgres has no such types: these are cast to wider ones."""
_LISTS = ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE")


@dataclass(frozen=True)
class Column:
    """A column in both databases: its type in Postgres, and how DuckDB selects it for that."""

    name: str
    kind: str
    selected: str
    is_required: bool
    comment: str | None


def copy_to_postgres(paths: Paths, target: PostgresCopy, release: Release) -> dict[str, int]:
    """Copy a release's tables into Postgres, swap them in, and return rows by `schema.table`.

    Readers never see half of it. Raises DeliveryError; the copy that was there then stays.
    """
    import adbc_driver_manager
    import adbc_driver_postgresql.dbapi

    connection = needed_connection(paths, target.connection)
    described = published()  # reading takes seconds: no transaction waits for it
    try:
        with (
            adbc_driver_postgresql.dbapi.connect(_conninfo(connection)) as postgres,
            duckdb.connect(str(release.path / DATABASE), read_only=True) as served,
        ):
            served.execute("set threads = 2")
            served.execute("set TimeZone = 'UTC'")
            with postgres.cursor() as cursor:
                _lock_copy(cursor, target)
                _drop_leftovers(postgres, target)
                rows = _fill(cursor, served, target, release, described)
                # rows must be committed before their tables can be found: a reader whose snapshot
                # is older than they are would find the tables empty
                postgres.commit()
                _swap(postgres, cursor, target)
                postgres.commit()
                _drop_leftovers(postgres, target)
    except adbc_driver_manager.Error as error:
        raise DeliveryError(
            f"Postgres, by the connection {target.connection}: {redacted(error, connection)}. The "
            "copy that was there stays. Mend that, then clear the task, or run `reachline deliver "
            "postgres`."
        ) from None
    return rows


def erase_replaced(paths: Paths, target: PostgresCopy) -> bool:
    """Remove what Postgres keeps of copies that were replaced; return False where it may not.

    Samples of the texts of tables that are gone stay in the planner's statistics until these are
    written anew, which the owner of the database alone may do. Raises DeliveryError where somebody
    still reads a copy that was replaced.
    """
    import adbc_driver_manager
    import adbc_driver_postgresql.dbapi

    connection = needed_connection(paths, target.connection)
    try:
        with adbc_driver_postgresql.dbapi.connect(_conninfo(connection)) as postgres:
            _drop_leftovers(postgres, target)
            with postgres.cursor() as cursor:
                left = _leftover_schemas(cursor, target)
                cursor.execute(
                    "select pg_has_role(datdba, 'usage') from pg_catalog.pg_database "
                    "where datname = current_database()"
                )
                is_owner = bool(cursor.fetchall()[0][0])
            postgres.rollback()
            if left:
                raise DeliveryError(
                    f"Postgres still holds {', '.join(left)}, copies that were replaced: somebody "
                    "reads them, or has made views of them. End that, and repeat the command."
                )
        if is_owner:
            with (
                adbc_driver_postgresql.dbapi.connect(
                    _conninfo(connection), autocommit=True
                ) as postgres,
                postgres.cursor() as cursor,
            ):
                cursor.execute("vacuum (full) pg_catalog.pg_statistic")
    except adbc_driver_manager.Error as error:
        raise DeliveryError(
            f"Postgres, by the connection {target.connection}: {redacted(error, connection)}. What "
            "it keeps of copies that were replaced is left. Mend that, and repeat the command."
        ) from None
    return is_owner


def _conninfo(connection: Connection) -> str:
    """Return the connection as libpq reads it; its extra holds further parameters of libpq."""
    if connection.conn_type not in ("postgres", "postgresql"):
        raise DeliveryError(
            f"the connection {connection.conn_id} is of the type {connection.conn_type}: make it "
            "one of the type postgres."
        )
    parts = {
        "application_name": "reachline",
        "connect_timeout": 30,
        **{
            name: value
            for name, value in connection.extra_dejson.items()
            if isinstance(value, str | int)
        },
        "host": connection.host,
        "port": connection.port,
        "user": connection.login,
        "password": connection.password,
        "dbname": connection.schema,
    }
    return " ".join(
        f"{name}='{_escaped(value)}'" for name, value in parts.items() if value not in (None, "")
    )


def _escaped(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("'", "\\'")


def _fill(
    cursor: Any,
    served: duckdb.DuckDBPyConnection,
    target: PostgresCopy,
    release: Release,
    described: Sequence[Table],
) -> dict[str, int]:
    """Make the new schemas and copy every table into them; return the rows of each."""
    about = literal(
        f"{_MARK}{release.release_id}: the night of {release.logical_date}, published "
        f"{release.about['published_at']}. Replaced whole by the next."
    )
    for schema in PUBLISHED_SCHEMAS:
        new = _new(target, schema)
        # one that a user has made by that name is not ours to drop: then this says that it is there
        cursor.execute(f"create schema {new}")
        cursor.execute(f"comment on schema {new} is {about}")
    rows, copied = {}, {}
    for schema, table, comment in _tables(served):
        where = f"{_new(target, schema)}.{identifier(table)}"
        columns = _columns(served, schema, table)
        listed = ", ".join(
            f"{identifier(column.name)} {column.kind}{' not null' if column.is_required else ''}"
            for column in columns
        )
        cursor.execute(f"create table {where} ({listed})")
        selected = ", ".join(f"{c.selected} as {identifier(c.name)}" for c in columns)
        batches = served.sql(
            f"select {selected} from {identifier(schema)}.{identifier(table)}"
        ).to_arrow_reader(_BATCH_ROWS)
        cursor.adbc_ingest(table, batches, mode="append", db_schema_name=_new_name(target, schema))
        rows[f"{schema}.{table}"] = _count(cursor, where)
        if comment:
            cursor.execute(f"comment on table {where} is {literal(comment)}")
        for column in columns:
            if column.comment:
                name = identifier(column.name)
                cursor.execute(f"comment on column {where}.{name} is {literal(column.comment)}")
        cursor.execute(f"analyze {where}")
        copied[schema, table] = {column.name: column.is_required for column in columns}
    _declare_keys(cursor, served, target, copied, described)
    for role in target.reader_roles:
        for schema in PUBLISHED_SCHEMAS:
            new, reader = _new(target, schema), identifier(role)
            cursor.execute(f"grant usage on schema {new} to {reader}")
            cursor.execute(f"grant select on all tables in schema {new} to {reader}")
    return rows


def _declare_keys(
    cursor: Any,
    served: duckdb.DuckDBPyConnection,
    target: PostgresCopy,
    copied: Mapping[tuple[str, str], Mapping[str, bool]],
    described: Sequence[Table],
) -> None:
    """Declare the keys of the new tables and what they refer to: BI tools draw and join by these.

    `copied` says of each column whether it may not be NULL. A key with a column that may be is not
    declared, nor one that Postgres can't hold; the rows are there all the same. References are
    declared `not valid`, which looks up no row: dbt's tests did, or the row may be missing.
    """
    tables = [table for table in described if (table.schema, table.name) in copied]
    named: dict[str, str] = {}
    for table in tables:
        columns = copied[table.schema, table.name]
        if not all(columns.get(name, False) for name in table.key):
            continue
        if not _can_hold(served, table):
            log.warning(
                "the key of %s.%s is not declared in Postgres, its rows are there: one is longer "
                "than %s bytes, or has U+0000 in it",
                table.schema,
                table.name,
                f"{_KEY_BYTES:,}",
            )
            continue
        where = f"{_new(target, table.schema)}.{identifier(table.name)}"
        key = ", ".join(map(identifier, table.key))
        cursor.execute(f"alter table {where} add primary key ({key})")
        if len(table.key) == 1:
            named[table.name] = f"{where} ({key})"
    for table in tables:
        where = f"{_new(target, table.schema)}.{identifier(table.name)}"
        for reference in table.references:
            known = reference.column in copied[table.schema, table.name]
            if known and reference.table in named:
                cursor.execute(
                    f"alter table {where} add foreign key ({identifier(reference.column)}) "
                    f"references {named[reference.table]} not valid"
                )


def _can_hold(served: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether an index of Postgres holds every key of a table, and tells them apart.

    A stranger may write a hashtag or a link of any length, or one with U+0000 in it.
    """
    key = f"concat({', '.join(map(identifier, table.key))})"
    found = served.execute(
        f"select coalesce(bool_and(strlen({key}) <= ? and not contains({key}, chr(0))), true) "
        f"from {identifier(table.schema)}.{identifier(table.name)}",
        [_KEY_BYTES],
    ).fetchone()
    return bool(found and found[0])


def _swap(postgres: Any, cursor: Any, target: PostgresCopy) -> None:
    """Give the new schemas the names of the old ones, in one transaction.

    A statement, or a transaction, that has read one table of the old copy must not read another one
    of the new: so the old tables are locked first, in tries so short that a reader who comes
    meanwhile hardly waits. Should transactions stay open for SWAP_WAIT_SECONDS, the swap is made
    all the same: those may then see both.
    """
    old = _served_schemas(cursor, target)
    tables = _tables_of(cursor, list(old))
    if tables and not _lock(postgres, cursor, tables):
        log.warning(
            "transactions have read the old copy in Postgres for more than %.0f s and are still "
            "open: swapped beside them, so these may see tables of both",
            SWAP_WAIT_SECONDS,
        )
    for name, oid in old.items():
        cursor.execute(f"alter schema {identifier(name)} rename to {identifier(f'{name}__{oid}')}")
    for schema in PUBLISHED_SCHEMAS:
        new = _new(target, schema)
        cursor.execute(f"alter schema {new} rename to {identifier(_name(target, schema))}")


def _served_schemas(cursor: Any, target: PostgresCopy) -> dict[str, int]:
    """Return the schemas of the copy that readers use now, with their oids."""
    names = ", ".join(literal(_name(target, schema)) for schema in PUBLISHED_SCHEMAS)
    cursor.execute(
        "select nspname, oid, coalesce(obj_description(oid, 'pg_namespace'), '') "
        f"from pg_catalog.pg_namespace where nspname in ({names}) order by nspname"
    )
    found = cursor.fetchall()
    strangers = [name for name, _, comment in found if not comment.startswith(_MARK)]
    if strangers:
        raise DeliveryError(
            f"Postgres has schemas that are no copy of a release: {', '.join(strangers)}. Write "
            "another postgres.schema_prefix in config/publish.yml, or drop them."
        )
    return {name: int(oid) for name, oid, _ in found}


def _lock_copy(cursor: Any, target: PostgresCopy) -> None:
    """Take the lock that lets one copy run at a time; it is held until the connection ends."""
    cursor.execute(f"select pg_try_advisory_lock(hashtext({literal(target.schema_prefix)}))")
    if not cursor.fetchone()[0]:
        raise DeliveryError(
            f"another copy to {target.schema_prefix} is under way in Postgres. Wait until it ends."
        )


def _lock(postgres: Any, cursor: Any, tables: list[str]) -> bool:
    """Lock the tables for a transaction; return False where others hold them all the time."""
    import adbc_driver_manager

    until = time.monotonic() + SWAP_WAIT_SECONDS
    while True:
        try:
            cursor.execute(f"set local lock_timeout = {_TRY_MS}")
            cursor.execute(f"lock table {', '.join(tables)} in access exclusive mode")
        except adbc_driver_manager.Error as error:
            postgres.rollback()
            if error.sqlstate != "55P03":  # lock_not_available
                raise
            if time.monotonic() > until:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True


def _drop_leftovers(postgres: Any, target: PostgresCopy) -> None:
    """Drop the schemas of replaced and unfinished copies, each in a transaction of its own.

    A schema that is still read, or that somebody else's view uses, is left with a warning; the next
    copy tries again.
    """
    import adbc_driver_manager

    with postgres.cursor() as cursor:
        for name in _leftover_schemas(cursor, target):
            try:
                cursor.execute(f"set local lock_timeout = {_DROP_WAIT_MS}")
                tables = _tables_of(cursor, [name])
                if tables:
                    cursor.execute(f"drop table {', '.join(tables)}")
                cursor.execute(f"drop schema {identifier(name)}")
                postgres.commit()
            except adbc_driver_manager.Error as error:
                postgres.rollback()
                log.warning(
                    "the copy %s is left in Postgres, and the next one tries again to drop it: %s",
                    name,
                    " ".join(str(error).split()),
                )


def _leftover_schemas(cursor: Any, target: PostgresCopy) -> list[str]:
    """Return the schemas of replaced and unfinished copies, each before those it refers to."""
    pattern = f"^{target.schema_prefix}_({'|'.join(PUBLISHED_SCHEMAS)})__([0-9]+|new)$"
    cursor.execute(
        "select nspname from pg_catalog.pg_namespace "
        f"where nspname ~ {literal(pattern)} "
        f"and obj_description(oid, 'pg_namespace') like {literal(_MARK + '%')} order by nspname"
    )
    core = f"{_name(target, 'core')}__"
    return sorted((name for (name,) in cursor.fetchall()), key=lambda name: name.startswith(core))


def _tables(served: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None]]:
    """Return schema, name and description of what is served; a view is copied as a table."""
    return served.execute(
        """
        with served as (
            select schema_name, table_name from duckdb_tables()
            where database_name = current_database()
            union all
            select schema_name, view_name from duckdb_views()
            where database_name = current_database() and not internal
        )

        select served.schema_name, served.table_name, described.description
        from served
        left join meta.tables as described
            on
                served.schema_name = described.table_schema
                and served.table_name = described.table_name
        where list_contains(?, served.schema_name)
        order by served.schema_name, served.table_name
        """,
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()


def _columns(served: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[Column]:
    rows = served.execute(
        """
        select columns.column_name, columns.data_type, not columns.is_nullable,
            described.description
        from duckdb_columns() as columns
        left join meta.columns as described
            on
                columns.schema_name = described.table_schema
                and columns.table_name = described.table_name
                and columns.column_name = described.column_name
        where
            columns.database_name = current_database()
            and columns.schema_name = ? and columns.table_name = ?
        order by columns.column_index
        """,
        [schema, table],
    ).fetchall()
    return [
        Column(name, *_mapped(name, kind), is_required, comment)
        for name, kind, is_required, comment in rows
    ]


def _mapped(name: str, kind: str) -> tuple[str, str]:
    """Return the type in Postgres of a column in DuckDB, and the select that fits it.

    Timestamps without a zone are in UTC, as everywhere in a release. What Postgres has no type for
    is text, lists and records of several levels are JSON.
    """
    column = identifier(name)
    if kind in _TYPES:
        return _TYPES[kind], f"{column}::{_TYPES[kind]}" if kind in _UNSIGNED else column
    if kind.startswith("DECIMAL("):
        return "numeric" + kind.removeprefix("DECIMAL"), column
    if kind in ("UBIGINT", "HUGEINT", "UHUGEINT"):
        return "numeric(38, 0)", f"{column}::decimal(38, 0)"
    if kind in (
        "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
    ):
        return "timestamptz", f"{column}::timestamptz"
    if kind == "VARCHAR[]":
        return "text[]", f"list_transform({column}, lambda text: {_without_nul('text')})"
    if kind.endswith("[]") and kind.removesuffix("[]") in _LISTS:
        return _TYPES[kind.removesuffix("[]")] + "[]", column
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return "json", f"to_json({column})::varchar"
    return "text", _without_nul(f"{column}::varchar")


def _without_nul(text: str) -> str:
    # Postgres holds no U+0000
    return f"replace({text}, chr(0), '\ufffd')"


def _tables_of(cursor: Any, schemas: list[str]) -> list[str]:
    if not schemas:
        return []
    cursor.execute(
        "select schemaname, tablename from pg_catalog.pg_tables "
        f"where schemaname in ({', '.join(map(literal, schemas))}) order by 1, 2"
    )
    return [f"{identifier(schema)}.{identifier(table)}" for schema, table in cursor.fetchall()]


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"select count(*) from {table}")
    (rows,) = cursor.fetchone()
    return int(rows)


def _name(target: PostgresCopy, schema: str) -> str:
    return f"{target.schema_prefix}_{schema}"


def _new_name(target: PostgresCopy, schema: str) -> str:
    return f"{_name(target, schema)}__new"


def _new(target: PostgresCopy, schema: str) -> str:
    return identifier(_new_name(target, schema))
