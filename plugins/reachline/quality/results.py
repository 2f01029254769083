"""Where gate results are kept: a table that is published, and a file for people and `status`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb

from reachline.inbox.casts import masked_names
from reachline.quality.checks import STAGES, Result, Stage

# Grain: stage, table_name, expectation; of one night, the one that the database is built to. Every
# release so keeps the results of its own night, and equal nights have equal rows.
_TABLE = """
create table if not exists quality.gate_results (
    logical_date date not null,
    stage varchar not null,
    table_name varchar not null,
    expectation varchar not null,
    severity varchar not null,
    success boolean not null,
    expected varchar not null,
    observed varchar not null,
    failing_keys varchar[] not null,
    why varchar not null,
    owner varchar,
    accepted varchar
)
"""


def record(
    connection: duckdb.DuckDBPyConnection,
    logical_date: date,
    stage: Stage,
    results: Sequence[Result],
) -> None:
    """Write the results of a stage into `quality.gate_results`, in place of older ones.

    Those of later stages and of other nights go too: they belong to what was built before.
    """
    from reachline.arrow import pa

    later = list(STAGES[STAGES.index(stage) :])
    rows = pa.Table.from_pylist(
        [
            {
                "logical_date": logical_date,
                "stage": result.stage,
                "table_name": result.table,
                "expectation": result.expectation,
                "severity": result.severity,
                "success": result.success,
                "expected": result.expected,
                "observed": result.observed,
                "failing_keys": list(result.failing_keys),
                "why": result.why,
                "owner": result.owner or None,
                "accepted": result.accepted or None,
            }
            for result in for_readers(results)
        ],
        schema=pa.schema(
            [
                ("logical_date", pa.date32()),
                *((name, pa.string()) for name in ("stage", "table_name", "expectation")),
                ("severity", pa.string()),
                ("success", pa.bool_()),
                *((name, pa.string()) for name in ("expected", "observed")),
                ("failing_keys", pa.list_(pa.string())),
                *((name, pa.string()) for name in ("why", "owner", "accepted")),
            ]
        ),
    )
    connection.execute(_TABLE)
    for added in ("owner", "accepted"):  # a warehouse that an older version made lacks them
        connection.execute(
            f"alter table quality.gate_results add column if not exists {added} varchar"
        )
    connection.execute("begin")
    connection.execute(
        "delete from quality.gate_results where logical_date <> ? or list_contains(?, stage)",
        [logical_date, later],
    )
    connection.register("incoming_results", rows)
    connection.execute("insert into quality.gate_results select * from incoming_results")
    connection.unregister("incoming_results")
    connection.execute("commit")


def for_readers(results: Sequence[Result]) -> list[Result]:
    """Return results as they may be published: without addresses in the keys that they name.

    A log on this machine names them as they are, so that somebody can find the rows.
    """
    keys = [key for result in results for key in result.failing_keys]
    if not keys:
        return list(results)
    with duckdb.connect() as con:
        rows = con.execute(
            f"select {masked_names('failing_key')} from (select unnest(?) as failing_key)",
            [keys],
        ).fetchall()
    masked = iter(key for (key,) in rows)
    return [
        replace(result, failing_keys=tuple(next(masked) for _ in result.failing_keys))
        for result in results
    ]


def results_file(folder: Path, stage: Stage) -> Path:
    """Return where a night's folder keeps the results of a stage."""
    return folder / f"{stage}.json"


def write_results(folder: Path, stage: Stage, results: Sequence[Result]) -> Path:
    """Write the results of a stage as JSON, in place of an older file; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = results_file(folder, stage)
    beside = path.with_suffix(".part")
    text = json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False)
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def read_results(folder: Path, stage: Stage) -> tuple[Result, ...]:
    """Return the results that were written last, or none."""
    path = results_file(folder, stage)
    if not path.is_file():
        return ()
    rows = cast(list[dict[str, Any]], json.loads(path.read_text(encoding="utf-8")))
    return tuple(Result(**{**row, "failing_keys": tuple(row["failing_keys"])}) for row in rows)


def standing_warnings(folder: Path, stage: Stage) -> frozenset[tuple[str, str]]:
    """Return (table, check) of what warned in a stage when it last ran, in this night or before.

    `folder` is that of the night; its name, and those beside it, are dates.
    """
    nights = sorted(
        night.name
        for night in folder.parent.glob("*")
        if night.name <= folder.name and results_file(night, stage).is_file()
    )
    results = read_results(folder.parent / nights[-1], stage) if nights else ()
    return frozenset(
        (result.table, result.expectation)
        for result in results
        if not result.success and not result.blocks
    )


def prune(night: Path, keep: int) -> None:
    """Keep the results and pages of `keep` nights: of this one, and of the newest beside it.

    `night` is the folder of the one that runs: where it is older than all others (a backfill), it
    still needs its own. Names of folders are dates.
    """
    others = sorted(path for path in night.parent.glob("*") if path.is_dir() and path != night)
    for old in others[: max(0, len(others) - keep + 1)]:
        shutil.rmtree(old, ignore_errors=True)
