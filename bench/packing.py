"""What packing does to a landing of small batches: files, bytes, and the time of those that read.

    python -m bench.packing [--batches 3000] [--runs 5]

Batches of 5 to 24 records of a platform land on 30 days. Each time is that of a process of its own,
the middle one of some runs: one that begins and lists what has landed, `sweep` as each night does,
a walk over the folder as a backup does, `verify`, and a read of every row as staging reads them
when it is built anew: hashed, unpacked, counted by DuckDB.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reachline import landing
from reachline.sql import file_pattern

FIRST = date(2026, 3, 1)
DAYS = 30


def fill(root: Path, count: int) -> None:
    """Land batches as a connector does, but without waiting for the disk."""
    os.fsync = lambda _: None  # type: ignore[assignment]
    for number in range(count):
        rows = 5 + number % 20
        day = FIRST + timedelta(days=number * DAYS // count)
        records = [
            json.dumps({"id": f"{number}-{row}", "text": os.urandom(60).hex()})
            for row in range(rows)
        ]
        told = ("x", "posts", f"#tag{number % 40}", f"{day}T04:00:00Z")
        columns = dict(zip(("source", "stream", "query", "fetched_at"), told, strict=True))
        with landing.draft_batch(root, "x", "posts", day) as draft:
            table = pa.table({name: [value] * rows for name, value in columns.items()})
            pq.write_table(table.append_column("record", [records]), draft.data, compression="zstd")
            landing.commit_batch(
                draft, run_id="r", rows=rows, columns=tuple(columns), query=told[2], first_line=1
            )


def list_all(root: Path) -> int:
    """Return how many batches there are."""
    return len(landing.manifests(root))


def sweep(root: Path) -> int:
    """Sweep, as each night does first."""
    return len(landing.sweep(root).removed)


def walk(root: Path) -> int:
    """Return how many files there are, with the facts of each."""
    return len([path.stat() for path in root.rglob("*") if path.is_file()])


def verify(root: Path) -> int:
    """Read all of landing."""
    return len(landing.verify(root))


def read(root: Path) -> int:
    """Return how many rows there are, by reading all."""
    batches = landing.manifests(root)
    with closing(landing.Checks(root)) as checks, checks.reading(batches), duckdb.connect() as con:
        files = [file_pattern(checks.path(str(batch.path))) for batch in batches]
        ((rows,),) = con.execute(
            "select count(*) from read_parquet(?, filename = true, file_row_number = true,"
            " hive_partitioning = false) where json_valid(record)",
            [files],
        ).fetchall()
    return int(rows)


TASKS: dict[str, Callable[[Path], int]] = {
    each.__name__: each for each in (list_all, sweep, walk, verify, read)
}


def measured(root: Path, name: str, runs: int) -> tuple[float, int]:
    """Return the seconds of the middle run of a task, each in a process, and what it found."""
    times, found = [], 0
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-m", "bench.packing", "--task", name, "--root", str(root)],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds, found = json.loads(done.stdout)
        times.append(seconds)
    return statistics.median(times), found


def sizes(root: Path) -> dict[str, tuple[int, int, int]]:
    """Return files, bytes, and bytes on the disk by the first folder."""
    found: dict[str, tuple[int, int, int]] = {}
    for path in root.rglob("*"):
        if path.is_file():
            facts = path.stat()
            top = path.relative_to(root).parts[0] if path.parent != root else "."
            files, size, blocks = found.get(top, (0, 0, 0))
            found[top] = (files + 1, size + facts.st_size, blocks + facts.st_blocks * 512)
    return found


def main() -> None:
    """Measure before and after, and print both."""
    parser = argparse.ArgumentParser(prog="python -m bench.packing", description=__doc__)
    parser.add_argument("--batches", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--task", choices=list(TASKS), help="one of them alone, in this process")
    parser.add_argument("--root", type=Path)
    options = parser.parse_args()
    if options.task:
        start = time.perf_counter()
        found = TASKS[options.task](options.root)
        print(json.dumps([time.perf_counter() - start, found]))
        return
    with tempfile.TemporaryDirectory(prefix="reachline-packing-") as folder:
        root = Path(folder) / "landing"
        fill(root, options.batches)
        list_all(root)  # the index is there from now on
        for state in ("single files", "packed"):
            if state == "packed":
                start = time.perf_counter()
                done = landing.pack(root, ended_before=date(2026, 6, 1), below=1024 * 1024)
                seconds = time.perf_counter() - start
                print(f"packed {len(done.names):,} files in {seconds:.1f} s (not synced)")
            print(state)
            for top, (files, size, blocks) in sorted(sizes(root).items()):
                told = f"{size / 2**20:8.1f} MiB, on disk {blocks / 2**20:8.1f} MiB"
                print(f"  {top:<12} {files:>7,} files {told}")
            for name in TASKS:
                seconds, found = measured(root, name, options.runs)
                print(f"  {name:<12} {seconds:7.2f} s   ({found:,})")


if __name__ == "__main__":
    main()
