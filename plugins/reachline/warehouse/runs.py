"""A night's two warehouse steps: stage what is new, then build every model as of the date."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from reachline.arrow import pa
from reachline.errors import ReachlineError
from reachline.home_key import fingerprint, hand_over, home_key
from reachline.inbox.exports import Export, load_exports
from reachline.inbox.streams import load_streams
from reachline.landing import (
    Checks,
    Manifest,
    held_batches,
    manifests,
    open_refusals,
    reading_files,
)
from reachline.landing.refusals import refused_at
from reachline.settings import Settings, config_tables
from reachline.warehouse.dbt import (
    DbtError,
    compile_models,
    load_manifest,
    model_hashes,
    models_to_build,
    run_models,
    run_tests,
)
from reachline.warehouse.files import (
    close_kept,
    connect,
    create_files,
    is_whole,
    mark_built,
    require_pair,
)
from reachline.warehouse.metrics import catalogue
from reachline.warehouse.staging import (
    Feeds,
    Landing,
    StagingError,
    code_digest,
    create_sources,
    create_views,
    fill_table,
    find_feeds,
    mapping_table,
    mirror_decisions,
    missing_views,
    unread_streams,
)

GOALS: Collection[str] | None = None
"""The models that are wanted, by name, with all that they are made of; None: every model."""


class WarehouseError(ReachlineError):
    """A step of the warehouse failed; the text says in which model and why."""


@dataclass(frozen=True)
class Run:
    """One build as of a logical date: where its files are, and whether they are scratch files.

    A date before the warehouse's `built_to` is built from landing in files of its own, and leaves
    the warehouse alone.
    """

    settings: Settings
    logical_date: date
    directory: Path
    is_scratch: bool

    @property
    def as_of_end(self) -> datetime:
        """The end of the logical date, exclusive, as naive UTC."""
        zone = ZoneInfo(self.settings.config.reporting.time_zone)
        midnight = datetime.combine(self.logical_date + timedelta(days=1), time(), zone)
        return midnight.astimezone(UTC).replace(tzinfo=None)


def built_to(settings: Settings) -> date | None:
    """Return the date that the warehouse is built to, or None before its first night.

    A warehouse of which a file is missing has none. Raises WarehouseFileError where its files can't
    be opened, or are not of one run.
    """
    return built_to_in(settings.paths.warehouse)


def built_to_in(directory: Path) -> date | None:
    """Return the same of the working databases in a folder, whatever the configuration says."""
    if not is_whole(directory):
        return None
    with connect(directory, read_only=True) as con:
        require_pair(con, directory)
        row = con.execute(
            "select max(logical_date) from work.ops.runs where is_complete"
        ).fetchall()[0]
    found: date | None = row[0]
    return found


def open_run(settings: Settings, logical_date: date) -> Run:
    """Decide where a date is built: in the warehouse, or in scratch files if it is an older one."""
    last = built_to(settings)
    if last is None or logical_date >= last:
        return Run(settings, logical_date, settings.paths.warehouse, is_scratch=False)
    scratch = settings.paths.warehouse / "scratch" / logical_date.isoformat()
    return Run(settings, logical_date, scratch, is_scratch=True)


def stage(run: Run, checks: Checks | None = None) -> None:
    """Stage every batch that the run's files have not read.

    Writes the configuration and the mirror of the landing zone first, and opens a new run. Scratch
    files start empty. The files of each batch are hashed when they are read, but for those that
    `checks` knows of already.

    Raises WarehouseError naming each stream that could not be staged and each batch that is not
    what landed, WarehouseBusyError when the files are open elsewhere. The other streams are staged
    all the same.
    """
    root = run.settings.paths.landing
    checks = checks or Checks(root)
    if run.is_scratch:
        close_kept(run.directory)
        shutil.rmtree(run.directory, ignore_errors=True)
    create_files(run.directory)
    logs = run.settings.paths.logs
    key = home_key(run.settings.paths)
    names = run.settings.config.names_with_server
    manifest = load_manifest(run.directory, logs)
    exports = load_exports(run.settings.config_dir)
    try:
        feeds = find_feeds(manifest, exports)
        tables = {
            **config_tables(run.settings.config),
            **_export_tables(exports),
            "record_mappings": mapping_table(feeds.mappings),
        }
        with reading_files(root):
            batches = manifests(root)
            landed = Landing(root, {batch.batch_id: batch for batch in batches}, checks)
            with connect(run.directory) as con:
                _write_config(con, tables)
                _mirror_landing(con, batches, held_batches(root))
                mirror_decisions(con, root)
                _mirror_refused(con, root, run.logical_date)
                _begin_run(con, run)
                inputs = _inputs_by_stream(con, fingerprint(key, names))
                hashes = model_hashes(manifest, _table_digests(tables), inputs)
                _write_hashes(con, hashes)
                create_sources(con, feeds)
                missing = missing_views(con, feeds)
                if not missing:
                    hand_over(con, key, names)
                    return _fill_tables(con, feeds, landed)
            views = {name: hashes[name] for name in feeds.all_views}
            queries = compile_models(run.directory, logs, views)
            with connect(run.directory) as con:
                create_views(con, feeds, {name: queries[name] for name in missing})
                hand_over(con, key, names)
                return _fill_tables(con, feeds, landed)
    except (DbtError, StagingError) as error:
        raise WarehouseError(str(error)) from error


def _fill_tables(con: duckdb.DuckDBPyConnection, feeds: Feeds, landed: Landing) -> None:
    (run_seq,) = con.execute("select run_seq from work.ops.current_run").fetchall()[0]
    failed = []
    for each in unread_streams(con, feeds, landed):
        try:
            fill_table(con, feeds, each, run_seq)
        except StagingError as error:
            failed.append(str(error))
    if failed:
        raise StagingError("\n".join(failed))


def model(run: Run) -> None:
    """Build all layers after staging as of the run's date, and mark the run complete.

    Raises WarehouseError when dbt fails; the run stays incomplete, and the next one catches up.
    """
    manifest = load_manifest(run.directory, run.settings.paths.logs)
    with connect(run.directory, read_only=True) as con:
        waiting = models_to_build(manifest, _models_standing(con), _models_fed(con), GOALS)
    if waiting:
        _build(run, waiting)
    with connect(run.directory) as con:
        mark_built(con, con.execute("select run_seq from work.ops.current_run").fetchall()[0][0])
        con.execute("begin")
        con.execute(
            "update work.ops.runs set is_complete = true"
            " where run_seq = (select run_seq from work.ops.current_run)"
        )
        con.execute("update work.ops.model_hashes set built = wanted")
        con.execute("commit")
        con.execute("checkpoint work")
        con.execute("checkpoint")


def test(run: Run, models: Collection[str] | None) -> tuple[str, ...]:
    """Run dbt's own tests on what stands in the run's files; return their unique ids.

    `models` names the models whose tests are run; None: all tests. A night runs none: its gates
    look at what it touched, these at the whole history.

    Raises WarehouseError naming each test that failed.
    """
    try:
        variables = _variables(run)
        # unit tests look at models in their general form
        variables.pop("streams_of_one_source")
        return run_tests(run.directory, run.settings.paths.logs, variables, models)
    except DbtError as error:
        raise WarehouseError(str(error)) from error


def _build(run: Run, select: tuple[str, ...]) -> None:
    try:
        run_models(run.directory, run.settings.paths.logs, select, _variables(run))
    except DbtError as error:
        raise WarehouseError(str(error)) from error


def _variables(run: Run) -> dict[str, object]:
    with connect(run.directory, read_only=True) as con:
        state = con.execute("select to_json(current_run) from work.ops.current_run").fetchall()
        changed = con.execute(
            "select model from work.ops.model_hashes where wanted is distinct from built"
        ).fetchall()
        several = con.execute(
            "select stream from work.staging.batches_read"
            " group by stream having count(distinct source) > 1"
        ).fetchall()
    return {
        "run": json.loads(state[0][0]),
        "changed_models": [name for (name,) in changed],
        "streams_of_one_source": sorted(load_streams().keys() - {name for (name,) in several}),
        "metric_catalogue": catalogue(),
    }


def _write_config(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    con.execute("begin")
    for name, table in tables.items():
        con.register("incoming", table)
        con.execute(f'create or replace table work.config."{name}" as select * from incoming')
        con.unregister("incoming")
    con.execute("commit")


def _mirror_landing(
    con: duckdb.DuckDBPyConnection, batches: Iterable[Manifest], held: Collection[str]
) -> None:
    """Bring work.landing.batches up to the manifests: what is new, where it lies, what is held.

    A batch whose manifest is given up for lost is held: its rows count nowhere any more.
    """
    standing = con.execute(
        "select batch_id, is_held, path, rejects_path from work.landing.batches"
    ).fetchall()
    mirrored = {batch_id: tuple(facts) for batch_id, *facts in standing}
    fresh = [
        {**_batch_row(batch), "is_held": batch.batch_id in held}
        for batch in batches
        if batch.batch_id not in mirrored
    ]
    con.execute("begin")
    if fresh:
        con.register("incoming", pa.Table.from_pylist(fresh, schema=_BATCH_SCHEMA))
        con.execute("insert into work.landing.batches by name select * from incoming")
        con.unregister("incoming")
    now = {
        batch.batch_id: (batch.batch_id in held, batch.path, batch.rejects_path)
        for batch in batches
    }
    for batch_id, facts in mirrored.items():
        wanted = now.get(batch_id, (True, *facts[1:]))
        if facts != wanted:
            con.execute(
                "update work.landing.batches set is_held = ?, path = ?, rejects_path = ?"
                " where batch_id = ?",
                [*wanted, batch_id],
            )
    con.execute("commit")


def _mirror_refused(con: duckdb.DuckDBPyConnection, root: Path, until: date) -> None:
    """Write the dropped files that could not be read by the night, and that are waited for."""
    rows = [
        {
            "source": refusal.source,
            "stream": refusal.stream,
            "file_name": refusal.file.name if refusal.file else None,
            "logical_date": date.fromisoformat(refusal.logical_date),
            "refused_at": refused_at(refusal).replace(tzinfo=None),
            "reason": refusal.reason,
        }
        for refusal in open_refusals(root, until)
    ]
    con.register("incoming", pa.Table.from_pylist(rows, schema=_REFUSED_SCHEMA))
    con.execute("begin")
    con.execute("delete from work.landing.refused")
    con.execute("insert into work.landing.refused by name select * from incoming")
    con.execute("commit")
    con.unregister("incoming")


_REFUSED_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("stream", pa.string()),
        ("file_name", pa.string()),
        ("logical_date", pa.date32()),
        ("refused_at", pa.timestamp("us")),
        ("reason", pa.string()),
    ]
)


def _batch_row(batch: Manifest) -> dict[str, object]:
    landed_at = datetime.fromisoformat(batch.landed_at).astimezone(UTC).replace(tzinfo=None)
    return {
        "batch_id": batch.batch_id,
        "sequence": batch.sequence,
        "source": batch.source,
        "stream": batch.stream,
        "logical_date": date.fromisoformat(batch.logical_date),
        "landed_at": landed_at,
        "status": batch.status,
        "path": batch.path,
        "rows": batch.rows,
        "rejected": batch.rejected,
        "rejects_path": batch.rejects_path,
        "columns": list(batch.columns),
        "first_line": batch.first_line,
        "has_line": batch.has_line,
        "file_name": batch.file.name if batch.file else None,
        "query": batch.query or None,
        "typed": list(batch.typed),
    }


_BATCH_SCHEMA = pa.schema(
    [
        ("batch_id", pa.string()),
        ("sequence", pa.int64()),
        ("source", pa.string()),
        ("stream", pa.string()),
        ("logical_date", pa.date32()),
        ("landed_at", pa.timestamp("us")),
        ("status", pa.string()),
        ("path", pa.string()),
        ("rows", pa.int64()),
        ("rejected", pa.int64()),
        ("rejects_path", pa.string()),
        ("columns", pa.list_(pa.string())),
        ("first_line", pa.int64()),
        ("has_line", pa.bool_()),
        ("file_name", pa.string()),
        ("query", pa.string()),
        ("typed", pa.list_(pa.string())),
        ("is_held", pa.bool_()),
    ]
)


def _begin_run(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Write the run that begins into work.ops: its number, date, and the run it catches up from."""
    reporting = run.settings.config.reporting
    con.execute("begin")
    con.execute("delete from work.ops.current_run")
    con.execute(
        """
        insert into work.ops.current_run
        select
            coalesce((select max(run_seq) from work.ops.runs), 0) + 1,
            $day,
            (select max(logical_date) from work.ops.runs where is_complete),
            coalesce((select max(run_seq) from work.ops.runs where is_complete), 0),
            $as_of_end,
            (select max(as_of_end) from work.ops.runs where is_complete),
            $time_zone,
            $currency
        """,
        {
            "day": run.logical_date,
            "as_of_end": run.as_of_end,
            "time_zone": reporting.time_zone,
            "currency": reporting.currency,
        },
    )
    con.execute(
        "insert into work.ops.runs"
        " select run_seq, logical_date, as_of_end, false from work.ops.current_run"
    )
    con.execute("commit")


def _write_hashes(con: duckdb.DuckDBPyConnection, hashes: Mapping[str, str]) -> None:
    """Write the hash that each model is wanted with, beside the one that it was built with."""
    wanted = pa.table({"model": list(hashes), "wanted": list(hashes.values())})
    con.register("incoming", wanted)
    con.execute(
        "create or replace table work.ops.model_hashes as"
        " select incoming.model, incoming.wanted, known.built from incoming"
        " left join work.ops.model_hashes as known on incoming.model = known.model"
    )
    con.unregister("incoming")


def _models_standing(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the models whose relation is there and was built as it is wanted now."""
    rows = con.execute(
        """
        select hashes.model
        from work.ops.model_hashes as hashes
        where
            hashes.wanted is not distinct from hashes.built
            and hashes.model in (
                select table_name from duckdb_tables()
                union all
                select view_name from duckdb_views()
            )
        """
    ).fetchall()
    return frozenset(model for (model,) in rows)


def _models_fed(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the staging models that read a batch since the last complete run."""
    rows = con.execute(
        """
        select batches_read.model
        from work.staging.batches_read as batches_read
        inner join work.ops.current_run as run on batches_read.read_seq > run.since_seq
        """
    ).fetchall()
    return frozenset(model for (model,) in rows)


def _table_digests(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    return {
        name: hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest()
        for name, table in tables.items()
    }


def _inputs_by_stream(con: duckdb.DuckDBPyConnection, key: str) -> dict[str, str]:
    """Return for each stream a digest of the exports that feed it, its held batches and our code.

    `key` tells the home's key from others: with another one all hashed ids are others.

    A batch that is held or let go again, and a line that is retried or dropped, change rows that
    later ones were folded with, so their streams are read anew; the same holds for an export whose
    mapping changed.
    """
    rows = con.execute(
        """
        with feeds as (
            select tool as source, export as landed, stream from work.config.export_streams
            union all
            select distinct 'inbox', stream, stream from work.landing.batches where source = 'inbox'
            union all
            select source, landed, stream from work.config.record_mappings
        ),

        parts as (
            select stream, to_json(export_streams) as part from work.config.export_streams
            union all
            select stream, to_json(export_rows) from work.config.export_rows
            union all
            select stream, to_json(export_columns) from work.config.export_columns
            union all
            select mine.stream, to_json(other)
            from work.config.export_streams as mine
            inner join work.config.export_streams as other
                on mine.tool = other.tool and mine.export = other.export
            union all
            select feeds.stream, to_json(batches.batch_id)
            from feeds
            inner join work.landing.batches as batches
                on feeds.source = batches.source and feeds.landed = batches.stream
            where batches.is_held
            union all
            select feeds.stream, to_json([decisions.batch_id, decisions.sha256])
            from feeds
            inner join work.landing.batches as batches
                on feeds.source = batches.source and feeds.landed = batches.stream
            inner join work.landing.decisions as decisions
                on batches.batch_id = decisions.batch_id
            where
                decisions.kind = 'retry'
                or exists (
                    select 1
                    from work.landing.dropped as dropped
                    where
                        dropped.batch_id = decisions.batch_id
                        and dropped.stream = feeds.stream
                )
        )

        select stream, sha256(string_agg(cast(part as varchar), chr(10) order by part))
        from parts
        group by stream
        """
    ).fetchall()
    inputs = dict(rows)
    return {stream: code_digest() + key + inputs.get(stream, "") for stream in load_streams()}


def _export_tables(exports: Iterable[Export]) -> dict[str, pa.Table]:
    streams: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    columns: list[dict[str, object]] = []
    for export in exports:
        for position, (stream, mapping) in enumerate(export.streams.items()):
            at = {"tool": export.tool, "export": export.name, "stream": stream}
            streams.append(
                {
                    **at,
                    "position": position,
                    "where_sql": mapping.where,
                    "group_by": list(mapping.group_by),
                }
            )
            for n, (name, row) in enumerate(mapping.rows.items()):
                rows.append(
                    {**at, "position": n, "name": name, "sql": row.sql, "required": row.required}
                )
            for n, (target, sql) in enumerate(mapping.columns.items()):
                columns.append({**at, "position": n, "target": target, "sql": sql})
    key = [("tool", pa.string()), ("export", pa.string()), ("stream", pa.string())]
    place = ("position", pa.int64())
    return {
        "export_streams": pa.Table.from_pylist(
            streams,
            schema=pa.schema(
                [*key, place, ("where_sql", pa.string()), ("group_by", pa.list_(pa.string()))]
            ),
        ),
        "export_rows": pa.Table.from_pylist(
            rows,
            schema=pa.schema(
                [
                    *key,
                    place,
                    ("name", pa.string()),
                    ("sql", pa.string()),
                    ("required", pa.bool_()),
                ]
            ),
        ),
        "export_columns": pa.Table.from_pylist(
            columns, schema=pa.schema([*key, place, ("target", pa.string()), ("sql", pa.string())])
        ),
    }
