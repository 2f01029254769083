"""The relations that dbt's views read: what landed and was not read yet, by source and stream.

Their names, columns and types stay as they are from night to night, so that the views on top of
them stay valid; only the batches that they show change. Between two runs they show none.

A stream's files are one relation, `landed_inbox.<stream>`: its own files, and other tools' exports
as their mappings in config/exports read them. Each column of the stream is a text there; of a count
or a moment there is a second column, with the values of batches in which it landed as values.
Records of a platform are `landed_<platform>.<stream>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import duckdb

from reachline.inbox.mapping_sql import mapped_rows
from reachline.inbox.streams import VALUE, VALUE_TYPES, Stream, load_streams
from reachline.sql import file_pattern, identifier, list_literal, literal
from reachline.warehouse.staging.feeds import (
    INBOX,
    SOURCE_SCHEMA_PREFIX,
    Batch,
    ExportMapping,
    Feeds,
)

Columns = Mapping[str, str]

PLACE: Columns = {"batch_id": "varchar", "landing_sequence": "bigint", "line": "bigint"}
_ROW: Columns = {
    "source": "varchar",
    **PLACE,
    "source_lines": "bigint[]",
    "absent_columns": "varchar[]",
    "row_reject": "varchar",
}
RECORD_COLUMNS: Columns = {
    **PLACE,
    "query": "varchar",
    "fetched_at": "varchar",
    "record": "varchar",
    "record_id": "varchar",
    "record_at": "varchar",
}


def source_name(source: str, landed: str) -> str:
    """Return the name, quoted, of the relation over what a source landed as a stream."""
    return f"work.{identifier(SOURCE_SCHEMA_PREFIX + source)}.{identifier(landed)}"


def file_columns(stream: Stream) -> Columns:
    """Return the columns and types of the relation over a stream's files."""
    values = {
        column.name + VALUE: VALUE_TYPES[column.kind]
        for column in stream.columns
        if column.kind in VALUE_TYPES
    }
    return {**dict.fromkeys(stream.names, "varchar"), **values, **_ROW}


def create_sources(con: duckdb.DuckDBPyConnection, feeds: Feeds) -> None:
    """Make the relations that are not there, or have other columns than they should; all empty."""
    rows = con.execute(
        """
        select schema_name, table_name, list([column_name, lower(data_type)] order by column_index)
        from duckdb_columns()
        where database_name = 'work' and starts_with(schema_name, ?)
        group by schema_name, table_name
        """,
        [SOURCE_SCHEMA_PREFIX],
    ).fetchall()
    standing = {(schema, name): [tuple(column) for column in found] for schema, name, found in rows}
    wanted = {
        **{(INBOX, name): file_columns(stream) for name, stream in load_streams().items()},
        **dict.fromkeys(feeds.record_sources, RECORD_COLUMNS),
    }
    for (source, landed), columns in sorted(wanted.items()):
        schema = SOURCE_SCHEMA_PREFIX + source
        if standing.get((schema, landed)) != list(columns.items()):
            con.execute(f"create schema if not exists work.{identifier(schema)}")
            _show(con, source, landed, empty_rows(columns))


def show_batches(
    con: duckdb.DuckDBPyConnection, feeds: Feeds, stream: Stream, batches: Sequence[Batch]
) -> None:
    """Let the relations that a stream reads show these batches and no others."""
    shown = [batch for batch in batches if batch.rows or batch.retries]
    records = {(mapping.source, mapping.landed) for mapping in feeds.mappings_of(stream.name)}
    files = [batch for batch in shown if (batch.source, batch.landed) not in records]
    _show(con, INBOX, stream.name, file_rows(stream, files, feeds.exports_of(stream.name)))
    for source, landed in sorted(records):
        mine = [batch for batch in shown if (batch.source, batch.landed) == (source, landed)]
        _show(con, source, landed, record_rows(mine))


def _show(con: duckdb.DuckDBPyConnection, source: str, landed: str, query: str) -> None:
    con.execute(f"create or replace view {source_name(source, landed)} as\n{query}")


def file_rows(
    stream: Stream,
    batches: Iterable[Batch],
    exports: Mapping[tuple[str, str], ExportMapping],
) -> str:
    """Return SQL for a stream's rows in batches of files, with the columns of `file_columns`."""
    queries = [empty_rows(file_columns(stream))]
    decided: dict[tuple[str, str], list[str]] = {}
    for group in grouped(batches):
        first = group[0]
        place = (first.source, first.landed)
        if first.source == INBOX:
            queries.append(_own_rows(stream, group))
        elif first.has_decisions:
            # a mapping that groups lines adds up those that were retried with those that were not
            decided.setdefault(place, []).append(f"from {landed_rows(group, stream.name)}")
        else:
            landed = landed_rows(group, stream.name)
            queries.append(_export_rows(stream, landed, exports[place]))
    for place, parts in decided.items():
        landed = "(" + "\nunion all by name\n".join(parts) + ")"
        queries.append(_export_rows(stream, landed, exports[place]))
    return "\nunion all by name\n".join(queries)


def record_rows(batches: Iterable[Batch]) -> str:
    """Return SQL for the records in batches, with RECORD_COLUMNS; what is no JSON is left out."""
    queries = [empty_rows(RECORD_COLUMNS)]
    for group in grouped(batches):
        have = {*PLACE, *group[0].columns}
        listed = [name for name in RECORD_COLUMNS if name in have]
        queries.append(
            f"select {', '.join(listed)}\nfrom {landed_rows(group)} as landed\n"
            "where json_valid(record)"
        )
    return "\nunion all by name\n".join(queries)


def empty_rows(columns: Columns) -> str:
    """Return SQL for no rows of these columns."""
    listed = [f"cast(null as {type_}) as {identifier(name)}" for name, type_ in columns.items()]
    return f"select {', '.join(listed)} where false"


def grouped(batches: Iterable[Batch]) -> list[tuple[Batch, ...]]:
    """Return the batches in groups that one query can read, each in landing order.

    What is read in the place of lines of a batch is a group of its own.
    """
    by_form: dict[tuple[object, ...], list[Batch]] = {}
    for batch in batches:
        for each in (batch, *_retries_of(batch)):
            by_form.setdefault(each.form, []).append(each)
    return [tuple(group) for group in by_form.values()]


def _retries_of(batch: Batch) -> Iterable[Batch]:
    return (
        replace(batch, path=path, typed=(), first_line=None, has_line=True, is_retry=True)
        for path in batch.retries
    )


def landed_rows(group: Sequence[Batch], stream: str | None = None) -> str:
    """Return a subquery of the rows of a group as they lie there, with batch, sequence and line.

    What was retried is left out where it landed, and is there as it was retried. What was dropped
    from `stream` is left out too.
    """
    first = group[0]
    hidden = ["filename", "file_row_number", *(["_line"] if first.has_line else [])]
    line = "landed._line" if first.has_line else f"{first.first_line} + landed.file_row_number"
    paths = {batch.path: batch for batch in group}
    undecided = _undecided(first, line, stream)
    return f"""(
    select
        landed.* exclude ({", ".join(hidden)}),
        batches.batch_id,
        batches.landing_sequence,
        {line} as line
    from read_parquet(
        {listed_files(paths)},
        filename = true, file_row_number = true, hive_partitioning = false
    ) as landed
    inner join {inline_batches(paths)} on landed.filename = batches.path{undecided}
)"""


def _undecided(form: Batch, line: str, stream: str | None) -> str:
    """Return the condition that leaves out lines about which something else was decided."""
    if not form.has_decisions:
        return ""
    retried = f"""
        select 1 from work.landing.retried as retried
        where retried.batch_id = batches.batch_id and retried.line = {line}"""
    if form.is_retry:
        condition = f"exists ({retried} and retried.path = landed.filename\n    )"
    else:
        condition = f"not exists ({retried}\n    )"
    if stream is not None:
        condition += f""" and not exists (
        select 1 from work.landing.dropped as dropped
        where
            dropped.batch_id = batches.batch_id
            and dropped.line = {line}
            and dropped.stream = {literal(stream)}
    )"""
    return f"\n    where {condition}"


def listed_files(paths: Iterable[str]) -> str:
    """Return SQL of a list of files, each meant as it is named, whatever wildcards its name has."""
    return list_literal(map(file_pattern, paths))


def inline_batches(batches: Mapping[str, Batch]) -> str:
    """Return SQL of a relation `batches` of the batches by the path of a file of theirs."""
    rows = ", ".join(
        f"({literal(path)}, {literal(batch.batch_id)}, cast({batch.sequence} as bigint))"
        for path, batch in batches.items()
    )
    return f"(values {rows}) as batches (path, batch_id, landing_sequence)"


def _own_rows(stream: Stream, group: Sequence[Batch]) -> str:
    """Return SQL for the rows of files in the stream's own form."""
    present = {name.lower() for name in group[0].columns}
    typed = {name.lower() for name in group[0].typed}
    listed = [
        f"landed.{identifier(name)}" + (f" as {identifier(name + VALUE)}" if name in typed else "")
        for name in stream.names
        if name in present
    ]
    absent = [column.name for column in stream.columns if column.name not in present]
    return f"""select
    {", ".join(listed)},
    {literal(INBOX)} as source,
    landed.batch_id,
    landed.landing_sequence,
    landed.line,
    {absent_columns(absent)} as absent_columns
from {landed_rows(group, stream.name)} as landed"""


def absent_columns(names: Sequence[str]) -> str:
    """Return SQL of a row's absent_columns; NULL where it has all."""
    return list_literal(names) if names else "cast(null as varchar[])"


def _export_rows(stream: Stream, landed: str, found: ExportMapping) -> str:
    """Return SQL for what landed rows of an export are in a stream, by its mapping."""
    mapped = mapped_rows(found.mapping, landed, ["batch_id", "landing_sequence"])
    absent = [column.name for column in stream.columns if column.name not in found.mapping.columns]
    return f"""select
    mapped.*,
    {literal(found.export.tool)} as source,
    {absent_columns(absent)} as absent_columns
from ({mapped}) as mapped"""


def row_as_text(batch: Batch, alias: str) -> str:
    """Return SQL for a landed row as JSON text, for people who look at the quarantine."""
    parts = []
    for name in batch.columns:
        value = f"{alias}.{identifier(name)}"
        if name in batch.typed:
            # the text that came as this value: see reachline.inbox.lossless
            value = (
                f"case when typeof({value}) = 'TIMESTAMP' "
                f"then replace(cast({value} as varchar), ' ', 'T') || 'Z' "
                f"else cast({value} as varchar) end"
            )
        parts.append(f"{literal(name)}: {value}")
    return f"cast(to_json({{{', '.join(parts)}}}) as varchar)"
