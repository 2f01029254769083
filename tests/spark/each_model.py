"""Runs each model on a Spark of one thread over DuckDB's own tables, and compares what it gives.

    python each_model.py <exported> <work> [<model> ...]

<exported> is what exported.py wrote, with its vars.json. Each model reads what DuckDB gave for its
parents, so that none hides the fault of another. Prints a line a model.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from compared import differences
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession
from session import session, with_ansi

DBT = Path(__file__).parents[2] / "dbt_project"
LAYERS = ("intermediate", "core", "reports")


def read_tables(spark: SparkSession, exported: Path) -> None:
    """Make the exported tables known to Spark under their names."""
    for folder in sorted(path for path in exported.iterdir() if path.is_dir()):
        spark.sql(f"create schema if not exists {folder.name}")
        for file in folder.glob("*.parquet"):
            spark.sql(f"create table {folder.name}.`{file.stem}` using parquet location '{file}'")


def compiled(work: Path, variables: dict[str, Any], models: list[str]) -> dict[str, Any]:
    """Return dbt's node of each model after staging, by name, compiled for Spark."""
    os.environ["REACHLINE_SPARK_METHOD"] = "session"
    done = dbtRunner().invoke(
        [
            *("compile", "--target", "spark", "--full-refresh", "--quiet", "--no-populate-cache"),
            *("--project-dir", str(DBT), "--profiles-dir", str(DBT)),
            *("--target-path", str(work / "dbt"), "--log-path", str(work / "logs")),
            *("--vars", json.dumps(variables), "--select", *(models or LAYERS)),
            *("--exclude", "resource_type:test", "resource_type:unit_test"),
        ]
    )
    if done.result is None:
        raise SystemExit(f"dbt compile: {done.exception}")
    nodes = {}
    for result in done.result.results:
        if result.node.compiled_code is None or str(result.status) != "success":
            print(f"NOT COMPILED {result.node.name}: {str(result.message)[:300]}")
        else:
            nodes[result.node.name] = result.node
    return nodes


def main() -> int:
    exported, work, models = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    shutil.rmtree(work / "tables", ignore_errors=True)
    out = work / "made"
    out.mkdir(parents=True, exist_ok=True)
    spark = session(work / "tables")
    with_ansi()
    read_tables(spark, exported)
    nodes = compiled(work, json.loads((exported / "vars.json").read_text("utf-8")), models)
    equal = 0
    verdicts = {}
    for name, node in nodes.items():
        ours = exported / node.schema / f"{name}.parquet"
        if name.startswith(("int_touched__", "int_changed__")):
            # what they had belongs to the night; it must run, no more
            ours = None
        started = time.monotonic()
        made = out / name
        shutil.rmtree(made, ignore_errors=True)
        try:
            frame = spark.sql(node.compiled_code)
            frame.coalesce(1).write.parquet(str(made))
            said = differences(str(ours), f"{made}/*.parquet", out / name) if ours else ""
        except Exception as error:
            text = re.sub(r"\s+", " ", str(error))
            said = "ERROR " + text[:400]
        verdicts[name] = said
        equal += not said
        print(
            f"{'equal' if not said else 'DIFFERS'} {node.schema}.{name} "
            f"{time.monotonic() - started:.1f} s {said}",
            flush=True,
        )
    print(f"{equal} of {len(nodes)}")
    (work / "verdicts.json").write_text(json.dumps(verdicts, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
