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

import duckdb
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

DBT = Path(__file__).parents[2] / "dbt_project"
LANGUAGE = DBT.parent / "plugins" / "reachline" / "warehouse" / "language.py"
LAYERS = ("intermediate", "core", "reports")
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.log.level": "ERROR",
}


def session(work: Path) -> SparkSession:
    """Return a session of one thread whose tables are below a folder."""
    builder = SparkSession.builder.master("local[1]")
    for name, value in {**SETTINGS, "spark.sql.warehouse.dir": str(work / "tables")}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    # the file by itself: the package around it needs what is not installed beside Spark
    spark.sparkContext.addPyFile(str(LANGUAGE))
    from language import detect_language

    spark.udf.register("detect_language", detect_language, "string")
    return spark


def read_tables(spark: SparkSession, exported: Path) -> None:
    """Make the exported tables known to Spark under their names."""
    for folder in sorted(path for path in exported.iterdir() if path.is_dir()):
        spark.sql(f"create schema if not exists {folder.name}")
        for file in folder.glob("*.parquet"):
            spark.sql(
                f"create table {folder.name}.`{file.stem}` using parquet location '{file}'"
            )


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


def rounded(name: str, kind: str) -> str:
    """Return a column as it is compared: doubles to 9 digits."""
    if kind == "DOUBLE":
        # 0.0 and -0.0 are one
        return f"format('{{:.9g}}', \"{name}\" + 0.0) as \"{name}\""
    if "DOUBLE" in kind:
        return f"cast(\"{name}\" as {kind.replace('DOUBLE', 'FLOAT')}) as \"{name}\""
    return f'"{name}"'


def differences(ours: str, theirs: str, kept: Path) -> str:
    """Return in words how two parquet files differ; empty where they don't."""
    with duckdb.connect() as con:
        types = [
            {name: kind for name, kind, *_ in con.execute(f"describe from '{file}'").fetchall()}
            for file in (ours, theirs)
        ]
        if list(types[0]) != list(types[1]):
            return f"columns {sorted(set(types[0]) ^ set(types[1])) or 'in another order'}"
        other = [
            f"{n}: {k}, not {types[0][n]}"
            for n, k in types[1].items()
            # a sum of whole numbers is of 128 bits, which Spark has not; none is published
            if k != types[0][n] and (k, types[0][n]) != ("BIGINT", "DECIMAL(38,0)")
        ]
        columns = ", ".join(rounded(name, kind) for name, kind in types[0].items())
        con.execute(f"create table ours as select {columns} from '{ours}'")
        con.execute(f"create table theirs as select {columns} from '{theirs}'")
        counts = con.execute("select (from ours select count(*)), (from theirs select count(*))")
        (ours_count, theirs_count) = counts.fetchall()[0]
        said = f"types {'; '.join(other)} " if other else ""
        try:
            con.execute("create table missing as from ours except all from theirs")
            con.execute("create table added as from theirs except all from ours")
        except duckdb.Error as error:
            return f"{said}{str(error)[:200]}"
        (missing, added) = con.execute(
            "select (from missing select count(*)), (from added select count(*))"
        ).fetchall()[0]
        if missing or added:
            con.execute(f"copy (select * from missing order by all) to '{kept}.missing.parquet'")
            con.execute(f"copy (select * from added order by all) to '{kept}.added.parquet'")
            said += f"rows {missing} of {ours_count} missing, {added} of {theirs_count} added"
    return said


def main() -> int:
    exported, work, models = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    shutil.rmtree(work / "tables", ignore_errors=True)
    out = work / "made"
    out.mkdir(parents=True, exist_ok=True)
    spark = session(work)
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
        print(f"{'equal' if not said else 'DIFFERS'} {node.schema}.{name} "
              f"{time.monotonic() - started:.1f} s {said}", flush=True)
    print(f"{equal} of {len(nodes)}")
    (work / "verdicts.json").write_text(json.dumps(verdicts, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
