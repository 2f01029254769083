"""The measured tasks, each called as a process of its own; the last line printed is its figures."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import requests

from bench.books import (
    METRICS,
    attribution_events,
    attribution_program,
    market_events,
    market_program,
)
from bench.pages import NEWEST, PAGE, serve
from reachline.configuration import EXAMPLE
from reachline.sql import literal

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
        f"read_csv({literal(file)}, header = true, columns = {columns})"
        if file.suffix == ".csv"
        else f"read_json({literal(file)}, format = 'newline_delimited', columns = {columns})"
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


def attribution_book(home: Path, orders: str, share: str) -> dict[str, float]:
    """Write a book of orders into staging, with 20 clicks each, as if its files had been read.

    `share` 0: the book, as of 2026-02-28; else that share more of it, a night later.
    """
    visitors = int(orders) * 5
    is_more = float(share) > 0
    first, count = (visitors, int(visitors * float(share))) if is_more else (0, visitors)
    streams = attribution_events(first, count, visitors)
    if not is_more:
        streams |= attribution_program()
    _write_staged(home, date(2026, 3, 1) if is_more else date(2026, 2, 28), streams)
    return {}


def market_book(
    home: Path, posts: str, accounts: str, night: str, creators: str = "2000"
) -> dict[str, float]:
    """Write a market into staging as of 2026-02-28; with a `night`, what that day adds to it."""
    streams = market_events(int(posts), int(accounts), night or None)
    if not night:
        streams |= market_program(int(creators), min(50, int(accounts) // int(creators)))
    _write_staged(home, date.fromisoformat(night or "2026-02-28"), streams)
    return {}


def _write_staged(home: Path, day: date, streams: dict[str, str]) -> None:
    from reachline.warehouse import connect, open_run, stage

    settings = _settings(home)
    stage(open_run(settings, day))
    with connect(settings.paths.warehouse) as con:
        run_seq = con.execute("select run_seq from work.ops.current_run").fetchall()[0][0]
        for stream, rows in streams.items():
            con.execute(
                f"""
                insert into work.staging.stg_inbox__{stream} by name
                select *, false as is_deleted, 'inbox' as source, 'batch' as batch_id,
                    1 as landing_sequence, 0 as line, {run_seq} as loaded_seq
                from ({rows}) as rows
                """
            )
        con.execute("checkpoint work")


def attribution_models(home: Path) -> dict[str, float]:
    """Run the models from clicks to attribution on what lies in staging."""
    from reachline.warehouse import built_to, connect, model, open_run, runs

    settings = _settings(home)
    runs.GOALS = ("fct_attribution",)
    run = open_run(settings, date(2026, 3, 1) if built_to(settings) else date(2026, 2, 28))
    started, worked = time.perf_counter(), time.process_time()
    model(run)
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    with connect(settings.paths.warehouse, read_only=True) as con:
        rows = con.execute("select count(*) from core.fct_attribution").fetchall()[0][0]
    return {"seconds": seconds, "cpu_seconds": worked, "rows": float(rows)}


def attribution_script(home: Path) -> dict[str, float]:
    """Make the same rows by bench/attribution.sql, from the same staging with the same memory."""
    from reachline.warehouse.files import STORAGE_VERSION, engine_settings, staging_file

    settings = _settings(home)
    directory = settings.paths.warehouse
    file = home / "script.duckdb"
    file.unlink(missing_ok=True)
    sql = (PROJECT / "bench" / "attribution.sql").read_text("utf-8")
    started, worked = time.perf_counter(), time.process_time()
    with duckdb.connect(config=dict(engine_settings(directory))) as con:
        con.execute(f"attach {literal(file)} as script (storage_version '{STORAGE_VERSION}')")
        con.execute(f"attach {literal(staging_file(directory))} as work (read_only)")
        con.execute("use script")
        con.execute("set TimeZone = 'UTC'")
        end = con.execute("select as_of_end from work.ops.current_run").fetchall()[0][0]
        con.execute(sql.replace("$as_of_end", f"timestamp '{end}'"))
        con.execute("checkpoint")
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        rows = con.execute("select count(*) from fct_attribution").fetchall()[0][0]
    return {"seconds": seconds, "cpu_seconds": worked, "rows": float(rows)}


def attribution_same(home: Path) -> dict[str, float]:
    """Compare the models' tables with the script's, as bags of rows; 1 where they agree."""
    from reachline.warehouse import connect

    directory = _settings(home).paths.warehouse
    bag = "count(*), sum(cast(hash(rows) as hugeint)), bit_xor(hash(rows))"
    with connect(directory, read_only=True) as con:
        con.execute(f"attach {literal(home / 'script.duckdb')} as script (read_only)")
        return {
            name: float(
                con.execute(f"select {bag} from core.{name} as rows").fetchall()
                == con.execute(f"select {bag} from script.main.{name} as rows").fetchall()
            )
            for name in ("fct_clicks", "fct_orders", "fct_attribution")
        }


def market_models(home: Path, day: str) -> dict[str, float]:
    """Build every model on the market that lies in staging."""
    from reachline.warehouse import connect, model, open_run

    settings = _settings(home)
    run = open_run(settings, date.fromisoformat(day))
    started = time.perf_counter()
    model(run)
    seconds = time.perf_counter() - started
    with connect(settings.paths.warehouse, read_only=True) as con:
        rows = con.execute("select count(*) from core.dim_post").fetchall()[0][0]
    return {"seconds": seconds, "posts": float(rows)}


def market_reports(home: Path, day: str) -> dict[str, float]:
    """Build again, of the models that stand, those that say whom to approach for what fee."""
    from reachline.warehouse import open_run, runs
    from reachline.warehouse.dbt import load_manifest

    models = (
        *("path:models/intermediate/creators", "path:models/intermediate/discovery"),
        *("creator_scorecard", "tier_benchmarks", "discovery_shortlist", "fair_compensation"),
    )
    settings = _settings(home)
    run = open_run(settings, date.fromisoformat(day))
    load_manifest(run.directory, settings.paths.logs)
    started, worked = time.perf_counter(), time.process_time()
    runs._build(run, models)
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - worked}


def market_script(home: Path, day: str) -> dict[str, float]:
    """Find the same by bench/market.sql, from the same core with the same memory."""
    from reachline.warehouse.files import engine_settings, staging_file, warehouse_file

    directory = _settings(home).paths.warehouse
    file = home / "script.duckdb"
    file.unlink(missing_ok=True)
    sql = (PROJECT / "bench" / "market.sql").read_text("utf-8")
    started, worked = time.perf_counter(), time.process_time()
    with duckdb.connect(config=dict(engine_settings(directory))) as con:
        con.execute(f"attach {literal(file)} as script")
        con.execute(f"attach {literal(warehouse_file(directory))} as warehouse (read_only)")
        con.execute(f"attach {literal(staging_file(directory))} as work (read_only)")
        con.execute("use script")
        con.execute(sql.replace("$as_of", f"date '{day}'"))
        con.execute("checkpoint")
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - worked}


def market_same(home: Path) -> dict[str, float]:
    """Compare what the script found with the reports; of each the number of rows that differ."""
    from reachline.warehouse import connect

    different = {}
    with connect(_settings(home).paths.warehouse, read_only=True) as con:
        con.execute(f"attach {literal(home / 'script.duckdb')} as script (read_only)")
        for table, by_hand, key in (
            ("creator_scorecard", "scorecard", ("account_id",)),
            ("tier_benchmarks", "benchmarks", ("platform", "tier")),
            ("discovery_shortlist", "shortlist", ("brand_id", "account_id")),
        ):
            columns = con.execute(f"describe script.{by_hand}").fetchall()
            unequal = " or ".join(
                f"not (abs(ours.{name} - theirs.{name}) <= 1e-12 * greatest(1, abs(ours.{name}))"
                f" or (ours.{name} is null and theirs.{name} is null))"
                if kind == "DOUBLE"
                else f"ours.{name} is distinct from theirs.{name}"
                for name, kind, *_ in columns
                if name not in key
            )
            different[table] = con.execute(
                f"select count(*) from reports.{table} as ours full outer join script.{by_hand}"
                f" as theirs using ({', '.join(key)}) where coalesce({unequal}, true)"
            ).fetchall()[0][0]
    return different


def release_plain(home: Path) -> dict[str, float]:
    """DuckDB's own COPY of every table that a release has to Parquet, and nothing else."""
    from reachline.publish.candidate import table_rows
    from reachline.warehouse.files import warehouse_file

    target = home / "plain"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    file = warehouse_file(_settings(home).paths.warehouse)
    with duckdb.connect(str(file), read_only=True, config={"threads": 2}) as con:
        rows = table_rows(con)
        started = time.perf_counter()
        for name in rows:
            con.execute(f"copy {name} to {literal(target / f'{name}.parquet')} (format parquet)")
        seconds = time.perf_counter() - started
    shutil.rmtree(target)
    core = sum(count for name, count in rows.items() if name.startswith("core."))
    return {"seconds": seconds, "core_rows": float(core), "rows": float(sum(rows.values()))}


def release_database(home: Path) -> dict[str, float]:
    """Copy the database file, hashed and synced, as a release does."""
    from reachline.publish.files import copy_file
    from reachline.warehouse.files import warehouse_file

    target = home / "copy.duckdb"
    started = time.perf_counter()
    copy_file(warehouse_file(_settings(home).paths.warehouse), target)
    seconds = time.perf_counter() - started
    target.unlink()
    return {"seconds": seconds}


def release_candidate(home: Path) -> dict[str, float]:
    """Build all of a release, and publish it for the tasks that follow."""
    from reachline.publish.candidate import about_release, build_candidate
    from reachline.publish.releases import promote, seal
    from reachline.quality.results import record
    from reachline.warehouse import connect
    from reachline.warehouse.files import warehouse_file

    where = _settings(home).paths
    with connect(where.warehouse) as con:
        record(con, date(2026, 2, 28), "release", [])  # no gate is measured here, nor said to pass
    started = time.perf_counter()
    candidate = build_candidate(warehouse_file(where.warehouse), where.published, date(2026, 2, 28))
    seconds = time.perf_counter() - started
    about = about_release(
        candidate, promoted=True, run={}, gates=[], batches=[], published_at="2026-03-01"
    )
    promote(where.published, seal(candidate.path, about))
    return {"seconds": seconds}


def release_written(home: Path, what: str) -> dict[str, float]:
    """Write the workbook or the report of the release."""
    from importlib import import_module

    from reachline.publish.releases import DATABASE, find_release

    release = find_release(_settings(home).paths.published, "current")
    write = getattr(import_module(f"reachline.publish.{what}"), f"write_{what}")
    target = home / ("reachline.xlsx" if what == "workbook" else "report")
    started = time.perf_counter()
    write(release.path / DATABASE, target)
    return {"seconds": time.perf_counter() - started}


def release_postgres(home: Path, uri: str) -> dict[str, float]:
    """Copy the release to Postgres and swap it in; there is one already from the second call on."""
    from reachline.publish.postgres import copy_to_postgres
    from reachline.publish.releases import find_release
    from reachline.settings import PostgresCopy

    where = _settings(home).paths
    os.environ.update(AIRFLOW_CONN_BENCH=uri, AIRFLOW_HOME=str(home / "airflow"))
    from airflow.sdk import BaseHook

    BaseHook.get_connection("bench")  # Airflow itself is imported before the clock starts
    release = find_release(where.published, "current")
    started = time.perf_counter()
    copy_to_postgres(where, PostgresCopy(connection="bench"), release)
    return {"seconds": time.perf_counter() - started}


@contextmanager
def _server_on_another_core(records: int) -> Iterator[str]:
    """Serve pages of posts from a process of its own; this process keeps to one core."""
    cores = sorted(os.sched_getaffinity(0))
    opened = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(
        target=serve, args=(records, opened), daemon=True
    )
    server.start()
    address = f"http://127.0.0.1:{opened.getsockname()[1]}"
    opened.close()
    os.sched_setaffinity(server.pid or 0, set(cores[1:] or cores))
    os.sched_setaffinity(0, {cores[0]})
    try:
        _search(address, NEWEST)  # waits until the answers are made
        yield address
    finally:
        server.kill()
        server.join()


def _search(address: str, until: datetime) -> dict[str, Any]:
    text = until.isoformat().replace("+00:00", "Z")
    url = f"{address}/xrpc/app.bsky.feed.searchPosts"
    answer = _HTTP.get(url, params={"q": "#coffee", "limit": PAGE, "until": text}, timeout=120)
    return {"content": answer.content, **answer.json()}


_HTTP = requests.Session()


def ingest_plain(work: Path, records: str) -> dict[str, float]:
    """Read the pages with plain requests, and write each as it came into a file."""
    work.mkdir(parents=True, exist_ok=True)
    with _server_on_another_core(int(records)) as address, (work / "pages").open("wb") as file:
        started, began, until, read = time.perf_counter(), time.process_time(), NEWEST, 0
        while True:
            page = _search(address, until)
            file.write(page["content"])
            read += len(page["posts"])
            if "cursor" not in page:
                break
            made = datetime.fromisoformat(page["posts"][-1]["record"]["createdAt"])
            until = made - timedelta(seconds=1)
        seconds, cpu = time.perf_counter() - started, time.process_time() - began
    return {"seconds": seconds, "cpu_seconds": cpu, "records": read}


def ingest_landed(home: Path, records: str) -> dict[str, float]:
    """Read the same pages through a connector, into landing."""
    from reachline.configuration.models import Brand
    from reachline.configuration.platforms.bluesky import Options
    from reachline.connectors.clock import Clock
    from reachline.connectors.connections import Connection
    from reachline.connectors.ingest import ingest

    settings = _settings(home)
    brand = Brand(brand_id="a", name="A", role="own", hashtags=("coffee",))
    connectors = settings.config.sources.connectors.model_copy(
        update={"bluesky": Options(first_days=365)}
    )
    sources = settings.config.sources.model_copy(update={"connectors": connectors})
    config = settings.config.model_copy(update={"brands": (brand,), "sources": sources})
    settings = replace(settings, config=config)
    clock = Clock(now=lambda: NEWEST + timedelta(seconds=1))
    with _server_on_another_core(int(records)) as address:
        connection = Connection("a.example", "p", {"base_url": address})
        started, began = time.perf_counter(), time.process_time()
        report = ingest(settings, "bluesky", "bench", clock=clock, connection=connection)
        seconds, cpu = time.perf_counter() - started, time.process_time() - began
    return {"seconds": seconds, "cpu_seconds": cpu, "records": report.records}


def _settings(home: Path):  # type: ignore[no-untyped-def]
    from reachline.settings import load_settings

    config = home / "config"
    if not config.exists():
        shutil.copytree(EXAMPLE, config)
        sources = (config / "sources.yml").read_text()
        (config / "sources.yml").write_text(
            sources.replace("settle_seconds: 30", "settle_seconds: 0")
        )
    return load_settings(home, config)


def main() -> None:
    """Run the task named on the command line."""
    tasks = (
        typed_read,
        stage_file,
        night,
        attribution_book,
        attribution_models,
        attribution_script,
        attribution_same,
        market_book,
        market_models,
        market_reports,
        market_script,
        market_same,
        release_plain,
        release_database,
        release_candidate,
        release_written,
        release_postgres,
        ingest_plain,
        ingest_landed,
    )
    task = {each.__name__: each for each in tasks}[sys.argv[1]]
    figures = task(Path(sys.argv[2]), *(_argument(a) for a in sys.argv[3:]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mb": peak}))


def _argument(text: str) -> Path | str:
    return Path(text) if text.startswith("/") else text


if __name__ == "__main__":
    main()
