"""Why a row of a published table is as it is, or is not there: from its key back to landing.

Reads a release and the landing zone, and never the working databases: it disturbs no night, and
answers while one runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb

from reachline.explain.scope import UnknownError, rows_of
from reachline.landing import (
    Checks,
    Manifest,
    decisions,
    deleted_batches,
    held_batches,
    is_there,
    manifests,
    open_refusals,
    reading_files,
)
from reachline.landing.refusals import shown
from reachline.publish.releases import DATABASE, Release
from reachline.quality.contract import CONTRACT, VIEWS
from reachline.sql import file_pattern, identifier, list_literal

_BATCH_COLUMNS = ("batch_id", "batch_ids")
_FILES_AT_ONCE = 500


@dataclass(frozen=True)
class Null:
    """A column of the row that is NULL, and what the release says of it."""

    column: str
    description: str
    rule: str | None


@dataclass(frozen=True)
class Place:
    """A line of landing in which the key stands, and what became of it.

    `line` is None for a record of a platform that counts none. `state` is read, held, refused,
    dropped, or unread (by the release that is asked); `why` is the reason, `remedy` what to type.
    """

    batch_id: str
    source: str
    stream: str
    file: str
    logical_date: str
    line: int | None
    state: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Row:
    """What is known of a row.

    `values` are None where the release has no such row, and where there is no release
    (`release_id` is None). `came_by` are the batches that the row names, `places` where its key
    stands in landing. `deleted` batches can't be looked into; `refused` files were never read.
    """

    table: str
    key: Mapping[str, str]
    release_id: str | None
    logical_date: str | None
    values: Mapping[str, Any] | None
    nulls: tuple[Null, ...]
    came_by: tuple[Mapping[str, Any], ...]
    places: tuple[Place, ...]
    deleted: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where a table comes from: what a row of it is, and what landed for it."""

    table: str
    key: tuple[str, ...]
    release_id: str
    description: str
    rows: int
    came_by: tuple[Mapping[str, Any], ...]
    never_filled: tuple[Null, ...]


def grain_of(table: str) -> tuple[str, tuple[str, ...]]:
    """Return a published table with its schema, and the columns of its key.

    Raises UnknownError for a name that there is not; it names what is near.
    """
    known = CONTRACT | VIEWS
    found = [name for name in known if table in (name, name.split(".")[1])]
    if not found:
        near = get_close_matches(table, [*known, *(name.split(".")[1] for name in known)], n=3)
        hint = f"is it {', '.join(near)}?" if near else f"there are {', '.join(sorted(known))}."
        raise UnknownError(f"{table}: no table of this name is published; {hint}")
    return found[0], known[found[0]]


def origin_of(release: Release, table: str) -> Origin:
    """Return where a table of a release comes from; UnknownError without one of the name."""
    name, grain = grain_of(table)
    with _opened(release) as con:
        (about,) = rows_of(
            con,
            "select description from meta.tables where table_schema || '.' || table_name = ?",
            [name],
        ) or [{"description": ""}]
        columns = _columns(con, name)
        (counted,) = rows_of(con, f"select count(*) as n from {_quoted(name)}")
        filled = rows_of(
            con,
            "select "
            + ", ".join(
                f"count({identifier(column)}) as {identifier(column)}" for column in columns
            )
            + f" from {_quoted(name)}",
        )[0]
        empty = tuple(
            null for column, null in columns.items() if not filled[column] and counted["n"]
        )
        return Origin(
            table=name,
            key=grain,
            release_id=release.release_id,
            description=about["description"],
            rows=counted["n"],
            came_by=_sources_of(con, name, columns),
            never_filled=empty,
        )


def row_of_key(release: Release | None, landing: Path, table: str, key: Sequence[str]) -> Row:
    """Return what is known of a row by its key; UnknownError where the key is of another form."""
    name, grain = grain_of(table)
    if len(key) != len(grain):
        raise UnknownError(f"{name} has a row per {', '.join(grain)}: give {len(grain)} of them.")
    asked = dict(zip(grain, key, strict=True))
    values: Mapping[str, Any] | None = None
    nulls: tuple[Null, ...] = ()
    came_by: tuple[Mapping[str, Any], ...] = ()
    rejects: list[dict[str, Any]] = []
    if release is not None:
        with _opened(release) as con:
            found = rows_of(
                con,
                f"select * from {_quoted(name)} where "
                + " and ".join(f"cast({identifier(column)} as varchar) = ?" for column in grain),
                list(key),
            )
            values = found[0] if found else None
            if values is not None:
                columns = _columns(con, name)
                nulls = tuple(
                    columns[column]
                    for column, value in values.items()
                    if value is None and column in columns
                )
                came_by = _batches(con, values)
            rejects = rows_of(con, "select * from quality.rejects")
    return Row(
        table=name,
        key=asked,
        release_id=release.release_id if release else None,
        logical_date=str(release.logical_date) if release else None,
        values=values,
        nulls=nulls,
        came_by=came_by,
        places=tuple(_places(release, landing, key, rejects)),
        deleted=tuple(sorted(deleted_batches(landing))),
        refused=tuple(shown(refusal) for refusal in open_refusals(landing)),
    )


def _opened(release: Release) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(release.path / DATABASE),
        read_only=True,
        config={"enable_external_access": "false", "threads": "2"},
    )


def _quoted(name: str) -> str:
    return ".".join(identifier(part) for part in name.split("."))


def _columns(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, Null]:
    """Return the columns of a table, each with its description and the rule that makes it NULL."""
    found = rows_of(
        con,
        "select columns.column_name, columns.description, metrics.null_rule, metrics.zero_rule"
        " from meta.columns as columns"
        " left join meta.metrics as metrics on columns.metric = metrics.metric"
        " where columns.table_schema || '.' || columns.table_name = ?"
        " order by columns.ordinal_position",
        [name],
    )
    return {
        row["column_name"]: Null(
            row["column_name"],
            row["description"] or "",
            "; ".join(filter(None, [row["null_rule"], row["zero_rule"]])) or None,
        )
        for row in found
    }


def _sources_of(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Null]
) -> tuple[Mapping[str, Any], ...]:
    """Return source and stream of the batches that the rows of a table name, and how many."""
    column = next((column for column in _BATCH_COLUMNS if column in columns), None)
    if column is None:
        return ()
    named = f"unnest({column})" if column == "batch_ids" else column
    return tuple(
        rows_of(
            con,
            "select batches.source, batches.stream, count(*) as batches,"
            " sum(batches.rows) as rows, max(batches.logical_date) as last_night"
            f" from (select distinct {named} as batch_id from {_quoted(name)}) as named"
            " inner join meta.batches as batches using (batch_id)"
            " group by all order by all",
        )
    )


def _batches(
    con: duckdb.DuckDBPyConnection, values: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ...]:
    named = [values[column] for column in _BATCH_COLUMNS if values.get(column)]
    ids = [batch for of in named for batch in (of if isinstance(of, list) else [of])]
    return tuple(
        rows_of(
            con,
            "select batch_id, source, stream, file_name, query, logical_date from meta.batches"
            " where list_contains(?, batch_id) order by logical_date, batch_id",
            [ids],
        )
    )


# --- landing --------------------------------------------------------------------------------------


def _places(
    release: Release | None,
    landing: Path,
    key: Sequence[str],
    rejects: Sequence[Mapping[str, Any]],
) -> Iterator[Place]:
    """Yield where a key stands in landing, by night, and what became of each line."""
    held = held_batches(landing)
    read = set(release.about.get("batches_read", ())) if release is not None else set()
    batches = {batch.batch_id: batch for batch in manifests(landing)}
    refused: dict[tuple[str, int], Mapping[str, Any]] = {}
    lines = {(batch, line) for batch, line in _lines(landing, list(batches.values()), key)}
    for row in rejects:
        place = (row["batch_id"], row["line"])
        if place in lines or all(part in (row["raw"] or "") for part in _texts(key)):
            refused[place] = row
    dropped = dict(_dropped(landing))
    for batch_id, line in sorted({*lines, *refused}, key=lambda at: (at[0], at[1] or 0)):
        if (batch := batches.get(batch_id)) is None:
            continue
        state, why, remedy = "read", "", ""
        if batch_id in held:
            state, why = "held", held[batch_id]
            remedy = f"reachline landing unhold {batch_id}"
        elif (batch_id, line) in dropped:
            state, why = "dropped", dropped[batch_id, line]
            remedy = f"reachline quarantine ls --dropped --batch {batch_id}"
        elif batch_id not in read:
            state, why = "unread", "the release was made before it landed, or without it"
            remedy = f"reachline run --date {batch.logical_date}"
        elif (batch_id, line) in refused:
            row = refused[batch_id, line]
            column = f"{row['column_name']}: " if row["column_name"] else ""
            state, why = "refused", f"{column}{row['reason']}"
            remedy = f"reachline quarantine show --batch {batch_id} --line {line}"
        yield Place(
            batch_id=batch_id,
            source=batch.source,
            stream=batch.stream,
            file=batch.file.name if batch.file else batch.query,
            logical_date=batch.logical_date,
            line=line,
            state=state,
            why=why,
            remedy=remedy,
        )


def _texts(key: Sequence[str]) -> list[str]:
    """Return a key as it may stand in landing: ids of platforms stand there without their name."""
    return [part.split(":", 1)[-1] for part in key]


def _lines(
    landing: Path, batches: Sequence[Manifest], key: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Yield batch and line of each row in which every part of the key is the value of a column."""
    there = [b for b in batches if b.path is not None and is_there(landing, b.path)]
    alike: dict[tuple[bool, tuple[str, ...]], list[Manifest]] = {}
    for batch in there:
        columns = batch.columns if batch.file is not None else ("record_id",)
        if columns:
            alike.setdefault((batch.has_line, columns), []).append(batch)
    checks = Checks(landing)
    with reading_files(landing), duckdb.connect(config={"threads": "2"}) as con:
        for (has_line, columns), found in alike.items():
            for start in range(0, len(found), _FILES_AT_ONCE):
                values = (
                    f"[{', '.join(f'cast({identifier(name)} as varchar)' for name in columns)}]"
                )
                with checks.unpacking():
                    some = {
                        str(checks.path(str(b.path))): b
                        for b in found[start : start + _FILES_AT_ONCE]
                    }
                    rows = con.execute(
                        f"select filename, {'_line' if has_line else 'file_row_number'}"
                        f" from read_parquet({list_literal(map(file_pattern, some))},"
                        " filename = true, file_row_number = true, hive_partitioning = false)"
                        f" where list_has_all({values}, $texts) or list_has_all({values}, $key)",
                        {"texts": _texts(key), "key": list(key)},
                    ).fetchall()
                for name, number in rows:
                    batch = some[name]
                    yield batch.batch_id, number if has_line else (batch.first_line or 0) + number


def _dropped(landing: Path) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield each line that somebody dropped, with the reason that was given."""
    import pyarrow.parquet as pq

    for decision in decisions(landing):
        if decision.kind == "drop" and decision.path is not None:
            for line in pq.read_table(landing / decision.path, columns=["_line"])["_line"]:
                yield (decision.batch_id, line.as_py()), decision.reason
