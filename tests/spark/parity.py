"""Builds the models after staging on Spark by dbt, night after night, and compares with DuckDB.

    python parity.py <exported> <work> [--tables <tables>]

<exported> has a folder for each night, 0 and up, as world.py writes them: the first is built in
full, those that follow as nights. Every table of core and reports must have DuckDB's rows and
types. With <tables>, the folder of a cluster's tables, all is asked of the thrift server on
127.0.0.1, REACHLINE_SPARK_PORT; without, of a Spark of one thread in this process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from compared import differences
from dbt.cli.main import dbtRunner
from session import session, with_ansi
from silent import silent

DBT = Path(__file__).parents[2] / "dbt_project"
GIVEN = ("config", "landing", "ops", "staging")
BUILT = ("intermediate", "core", "reports", "coverage")
COMPARED = ("core", "reports")


def read_given(ask: Callable[[str], object], exported: Path, is_spread: bool) -> None:
    """Make the tables that models read and do not make known to Spark, those of a night.

    `is_spread`: their rows in several files and another order, as several workers write them.
    """
    for schema in GIVEN:
        ask(f"create schema if not exists {schema}")
        for file in (exported / schema).glob("*.parquet"):
            table = f"{schema}.`{file.stem}`"
            ask(f"drop table if exists {table}")
            ask(
                f"create table {table} using parquet "
                f"as select /*+ repartition(4) */ * from parquet.`{file}`"
                if is_spread
                else f"create table {table} using parquet location '{file}'"
            )


def over_thrift() -> Callable[[str], object]:
    """Return what asks the thrift server a statement."""
    from pyhive import hive

    port = int(os.environ["REACHLINE_SPARK_PORT"])
    return hive.connect("127.0.0.1", port).cursor().execute


def build(night: Path, work: Path, is_first: bool) -> list[str]:
    """Run dbt for a night, the first in full; return a line for each model that failed."""
    done = dbtRunner().invoke(
        [
            *("run", "--target", "spark", "--quiet", "--select", *BUILT),
            *(["--full-refresh"] if is_first else []),
            *("--project-dir", str(DBT), "--profiles-dir", str(DBT), "--no-version-check"),
            *("--target-path", str(work / "dbt"), "--log-path", str(work / "logs")),
            *("--vars", (night / "vars.json").read_text("utf-8")),
        ]
    )
    if done.result is None:
        return [f"dbt: {done.exception}"]
    return [
        f"{result.node.name}: {' '.join(str(result.message).split())[:300]}"
        for result in done.result.results
        if str(result.status) != "success"
    ]


def compiled_in_silence(compiled: Path) -> list[str]:
    """Return what the models' statements say that engines understand otherwise."""
    return [
        f"{file.stem}: {why}"
        for file in sorted(compiled.rglob("*.sql"))
        for why in silent(file.read_text("utf-8"))
    ]


def main() -> int:
    """Return 0 where all tables of all nights are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exported", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tables", type=Path)
    asked = parser.parse_args()
    exported, work, elsewhere = asked.exported, asked.work, asked.tables
    os.environ["REACHLINE_SPARK_METHOD"] = "thrift" if elsewhere else "session"
    shutil.rmtree(work, ignore_errors=True)
    (work / "differences").mkdir(parents=True)
    if elsewhere:
        tables_of, ask = elsewhere, over_thrift()
    else:
        tables_of = work / "tables"
        ask = session(tables_of).sql
        with_ansi()
    different = 0
    for place, night in enumerate(sorted(path for path in exported.iterdir() if path.is_dir())):
        started = time.monotonic()
        read_given(ask, night, is_spread=bool(elsewhere))
        for line in build(night, work, is_first=place == 0):
            print(f"night {place}: FAILED {line}", flush=True)
            different += 1
        built = time.monotonic() - started
        for line in compiled_in_silence(work / "dbt" / "compiled") if place == 0 else ():
            print(f"SILENT {line}", flush=True)
            different += 1
        tables = sorted(file for schema in COMPARED for file in (night / schema).glob("*.parquet"))
        unequal = 0
        for file in tables:
            schema = file.parent.name
            made = tables_of / f"{schema}.db" / file.stem
            if any(made.glob("*.parquet")):
                kept = work / "differences" / f"{place}-{file.stem}"
                said = differences(str(file), f"{made}/*.parquet", kept)
            else:
                said = "not built"
            if said:
                print(f"night {place}: DIFFERS {schema}.{file.stem} {said}", flush=True)
            unequal += bool(said)
        different += unequal
        print(
            f"night {place}: {len(tables) - unequal} of {len(tables)} tables equal, "
            f"built in {built:.0f} s",
            flush=True,
        )
    (work / "result.json").write_text(json.dumps({"different": different}), "utf-8")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
