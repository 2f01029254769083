"""Builds the models after staging on Spark by dbt, night after night, and compares with DuckDB.

    python parity.py <exported> <work>

<exported> has a folder for each night, 0 and up, as world.py writes them: the first is built in
full, those that follow as nights. Every table of core and reports must have DuckDB's rows and
types.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from compared import differences
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession
from session import session, with_ansi

DBT = Path(__file__).parents[2] / "dbt_project"
GIVEN = ("config", "landing", "ops", "staging")
BUILT = ("intermediate", "core", "reports", "coverage")
COMPARED = ("core", "reports")


def read_given(spark: SparkSession, exported: Path) -> None:
    """Make the tables that models read and do not make known to Spark, those of a night."""
    for schema in GIVEN:
        spark.sql(f"create schema if not exists {schema}")
        for file in (exported / schema).glob("*.parquet"):
            spark.sql(f"drop table if exists {schema}.`{file.stem}`")
            spark.sql(f"create table {schema}.`{file.stem}` using parquet location '{file}'")


def build(night: Path, work: Path, is_first: bool) -> list[str]:
    """Run dbt for a night; return a line for each model that failed."""
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


def main() -> int:
    """Return 0 where all tables of all nights are equal."""
    exported, work = Path(sys.argv[1]), Path(sys.argv[2])
    os.environ["REACHLINE_SPARK_METHOD"] = "session"
    shutil.rmtree(work, ignore_errors=True)
    (work / "differences").mkdir(parents=True)
    spark = session(work / "tables")
    with_ansi()
    different = 0
    for place, night in enumerate(sorted(path for path in exported.iterdir() if path.is_dir())):
        started = time.monotonic()
        read_given(spark, night)
        for line in build(night, work, is_first=place == 0):
            print(f"night {place}: FAILED {line}", flush=True)
            different += 1
        built = time.monotonic() - started
        tables = sorted(path for schema in COMPARED for path in (night / schema).glob("*.parquet"))
        unequal = 0
        for file in tables:
            schema = file.parent.name
            made = work / "tables" / f"{schema}.db" / file.stem
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
