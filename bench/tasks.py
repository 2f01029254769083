"""The measured tasks, each called as a process of its own; the last line printed is its figures."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from datetime import date
from pathlib import Path

import duckdb

from bench.books import METRICS

PROJECT = Path(__file__).resolve().parents[1]


def typed_read(file: Path, work: Path) -> dict[str, float]:
    """DuckDB's own typed read of the file into a table of a database file."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    columns = {
        "platform": "varchar",
        "native_post_id": "varchar",
        "observed_at": "timestamp",
        "value_basis": "varchar",
        **dict.fromkeys(METRICS, "bigint"),
    }
    reader = (
        f"read_csv('{file}', header = true, columns = {columns})"
        if file.suffix == ".csv"
        else f"read_json('{file}', format = 'newline_delimited', columns = {columns})"
    )
    with duckdb.connect(str(work / "typed.duckdb"), config={"threads": 2}) as con:
        started = time.perf_counter()
        con.execute(f"create table metrics as select * from {reader}")
        con.execute("checkpoint")
        seconds = time.perf_counter() - started
    return {"seconds": seconds}


def stage_file(file: Path, home: Path) -> dict[str, float]:
    """Drop the file into the inbox of a warehouse that stands, land it and stage it."""
    from reachline.inbox import land_files
    from reachline.warehouse import open_run, stage

    shutil.rmtree(home, ignore_errors=True)
    settings = _settings(home)
    day = date(2026, 3, 1)
    stage(open_run(settings, day))
    started = time.perf_counter()
    stage(open_run(settings, day))
    idle = time.perf_counter() - started
    inbox = home / "inbox" / "post_metrics"
    inbox.mkdir(parents=True)
    os.link(file, inbox / file.name)
    started = time.perf_counter()
    land_files(settings, day, "bench")
    landed = time.perf_counter()
    stage(open_run(settings, day))
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "landing_seconds": landed - started,
        "idle_seconds": idle,
    }


def night(home: Path, day: str) -> dict[str, float]:
    """One whole night in this process: inbox, stage, gates, models, release."""
    from reachline.night import run_night
    from reachline.warehouse import connect

    settings = _settings(home)
    started = time.perf_counter()
    done = run_night(settings, date.fromisoformat(day))
    seconds = time.perf_counter() - started
    with connect(settings.paths.warehouse, read_only=True) as con:
        core_rows = con.execute(
            "select sum(estimated_size) from duckdb_tables()"
            " where database_name = 'warehouse' and schema_name = 'core'"
        ).fetchall()[0][0]
    return {
        "seconds": seconds,
        "publish_seconds": done.seconds["build_release"] + done.seconds["publish"],
        "core_rows": float(core_rows),
    }


def _settings(home: Path):  # type: ignore[no-untyped-def]
    from reachline.settings import load_settings

    config = home / "config"
    if not config.exists():
        shutil.copytree(PROJECT / "config", config)
        sources = (config / "sources.yml").read_text()
        (config / "sources.yml").write_text(
            sources.replace("settle_seconds: 30", "settle_seconds: 0")
        )
    return load_settings(home, config)


def main() -> None:
    """Run the task named on the command line."""
    task = {"typed_read": typed_read, "stage_file": stage_file, "night": night}[sys.argv[1]]
    figures = task(Path(sys.argv[2]), *(_argument(a) for a in sys.argv[3:]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mb": peak}))


def _argument(text: str) -> Path | str:
    return Path(text) if text.startswith("/") else text


if __name__ == "__main__":
    main()
