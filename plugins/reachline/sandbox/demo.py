"""`make demo`: a made-up market, its nights through the real DAG, and where to look."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import shutil
import sys
import time
import warnings
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import TYPE_CHECKING

from reachline.errors import ReachlineError
from reachline.landing import manifests
from reachline.sandbox.world import World, write_world

if TYPE_CHECKING:
    import duckdb

HOME = Path("data-demo")
NIGHTS = 4
_EVENING = clock_time(22, 30, tzinfo=UTC)
"""When the platforms are read: after the day's posts, before the night."""

# table -> what it answers, in the order in which a newcomer may want to look; those that are there
_TO_LOOK_AT = {
    "core.dim_account": "the accounts, with followers, tier and creator",
    "core.fct_mentions": "who mentioned which brand: owned, paid, earned",
    "core.fct_orders": "orders with net revenue and gross profit",
    "reports.tier_benchmarks": "do smaller accounts engage more?",
    "reports.share_of_voice": "who is talked about?",
    "reports.hashtag_trends": "what rises?",
    "reports.campaign_performance": "what did each campaign return?",
    "reports.collaboration_performance": "which creators returned it?",
    "reports.discovery_shortlist": "whom should we approach?",
    "reports.data_health": "can I trust today's numbers?",
}


class DemoError(ReachlineError):
    """The demo can't run here; the text says what to do."""


def run_demo(home: Path, nights: int = NIGHTS, seed: int = 7) -> Path:
    """Run the nights of a small made-up market through the DAG; return the release's directory.

    `home` is emptied if a demo made it; raises DemoError if anything else is in it.
    """
    home = home.resolve()
    _make_room(home)
    # beside the platforms: a night waits for it where this code runs for the first time
    preparing = multiprocessing.get_context("spawn").Process(
        target=_prepare, args=[home], daemon=True
    )
    preparing.start()
    from reachline.sandbox.ingested import configure, connect

    made = write_world(home / "world", seed, nights, "small")
    configure(made.config)
    rows = sum(file.rows for night in made.nights for file in night.files)
    print(f"a made-up market: {rows:,} rows in {nights} nights under {made.out}", flush=True)
    os.environ["REACHLINE_HOME"] = str(home)
    os.environ["REACHLINE_CONFIG"] = str(made.config)
    os.environ["AIRFLOW_HOME"] = str(home / "airflow")

    from reachline.local_airflow.nights import ingest_sources, run_nights
    from reachline.sandbox.platforms import serving
    from reachline.settings import load_settings

    settings = load_settings()
    started = time.monotonic()

    def end_night() -> None:
        refused = refused_files(settings.paths.inbox)
        if refused:
            raise DemoError("files of the made-up market were refused:\n" + "\n".join(refused))
        print(f"    done in {time.monotonic() - started:.0f} s", flush=True)

    def drop(logical_date: date) -> None:
        nonlocal started
        _be_quiet()
        if logical_date > made.nights[0].logical_date:
            end_night()
        started = time.monotonic()
        dropped = drop_night(made, logical_date, settings.paths.inbox)
        print(f"night of {logical_date}: {dropped} files dropped", flush=True)
        evening = datetime.combine(logical_date, _EVENING)
        sandbox.set_clock(evening)
        ended = ingest_sources(settings, evening)
        failed = [source for source, state in ended.items() if state != "success"]
        if failed:
            raise DemoError(f"platforms that could not be read: {', '.join(failed)}")
        records = sum(
            batch.rows
            for batch in manifests(settings.paths.landing)
            if batch.source in ended and batch.logical_date == logical_date.isoformat()
        )
        preparing.join()
        print(
            f"    {len(ended)} platforms read through their DAGs in "
            f"{time.monotonic() - started:.0f} s: {records:,} records; running the night",
            flush=True,
        )

    with serving(made.out, datetime.combine(made.nights[0].logical_date, _EVENING)) as sandbox:
        connect(sandbox)
        run_nights(settings, [night.logical_date for night in made.nights], drop, force=True)
    end_night()
    return settings.paths.published / "current"


def _prepare(home: Path) -> None:
    """Fill the cache with what is made once for a state of the code."""
    from reachline.publish.report.scripts import charts_script, runtime_script
    from reachline.warehouse.dbt import prepare

    prepare(home / "warehouse", home / "logs")
    charts_script()
    runtime_script()


def _be_quiet() -> None:
    """Leave the words of the night to its journal; what the gates warn of is told at the end."""
    logging.getLogger("reachline").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


def refused_files(inbox: Path) -> list[str]:
    """Return a line for each file that the inbox could not take: its name and why."""
    reasons = sorted((inbox / "_failed").rglob("*.reason.txt"))
    return [f"  {path.read_text(encoding='utf-8').strip()}" for path in reasons]


def drop_night(world: World, logical_date: date, inbox: Path) -> int:
    """Copy the files of a night into the inbox; return how many there were."""
    night = next(night for night in world.nights if night.logical_date == logical_date)
    shutil.copytree(night.inbox, inbox, dirs_exist_ok=True)
    return len(night.files)


def _make_room(home: Path) -> None:
    mark = home / ".demo"
    if mark.is_file():
        shutil.rmtree(home)
    elif home.exists() and any(home.iterdir()):
        raise DemoError(
            f"{home} is not empty and no demo made it: name another directory with --home"
        )
    home.mkdir(parents=True, exist_ok=True)
    mark.write_text("made by `make demo`; it empties this folder each time\n", encoding="utf-8")


def tell(release: Path, home: Path) -> str:
    """Return where the release is, what is in it, and how to ask it."""
    import duckdb

    from reachline.publish.releases import DATABASE, REPORT, WORKBOOK

    database = release / DATABASE
    lines = [
        "",
        f"The release:      {release}",
        f"  the report:     {release / REPORT / 'index.html'}",
        f"  the workbook:   {release / WORKBOOK}",
        f"  for BI tools:   {database}",
    ]
    for folder, what in (("tables", "parquet"), ("reports", "csv")):
        lines.append(f"  as {what + ':':13}{release / folder}/")
    with duckdb.connect(str(database), read_only=True) as con:
        there = {
            f"{schema}.{table}"
            for schema, table in con.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
        lines += ["", "Tables to look at:"]
        for table, answers in _TO_LOOK_AT.items():
            if table in there:
                rows = con.execute(f"select count(*) from {table}").fetchall()[0][0]
                lines.append(f"  {table:34}{rows:>8,} rows  {answers}")
        if "quality.gate_results" in there:
            lines += ["", *_what_gates_say(con)]
        if "reports.tier_benchmarks" in there:
            lines += ["", "Do smaller accounts engage more? (median engagement rate, Instagram)"]
            for tier, accounts, rate in con.execute(
                "select tier, accounts, er_followers_p50 from reports.tier_benchmarks "
                "where platform = 'instagram' and er_followers_p50 is not null "
                "order by list_position(['nano', 'micro', 'mid', 'macro', 'mega'], tier)"
            ).fetchall():
                lines.append(f"  {tier:8}{accounts:>5} accounts  {rate:.2%}")
    lines += [
        "",
        "Ask it yourself:",
        f"  {sys.executable} -c \"import duckdb; duckdb.connect('{database}', read_only=True)"
        ".sql('from reports.tier_benchmarks').show()\"",
        f"What was planted in this market: {home / 'world' / 'truth.json'}",
    ]
    return "\n".join(lines)


def _what_gates_say(con: duckdb.DuckDBPyConnection) -> list[str]:
    passed, checks = con.execute(
        "select count(*) filter (success), count(*) from quality.gate_results"
    ).fetchall()[0]
    lines = [f"The gates of the last night: {passed} of {checks} checks passed; none blocks."]
    for table, expectation, observed, key in con.execute(
        "select table_name, expectation, observed, failing_keys[1] from quality.gate_results "
        "where not success order by all"
    ).fetchall():
        lines.append(f"  warns: {table}: {expectation}: {observed}, e.g. {key}")
    return lines


def main() -> int:
    """Run the demo from the command line."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--nights", type=int, default=NIGHTS)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    started = time.monotonic()
    try:
        release = run_demo(options.home, options.nights, options.seed)
    except Exception as error:
        print(f"the demo stopped: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(tell(release, options.home.resolve()))
    print(f"\nThe whole demo took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
