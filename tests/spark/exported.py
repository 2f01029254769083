"""The tables of a home's working files as parquet, as Spark reads them."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

SCHEMAS = (
    *("config", "landing", "ops", "staging"),
    *("intermediate", "core", "reports", "meta"),
)


def export(warehouse: Path, out: Path) -> dict[str, str]:
    """Write <out>/<schema>/<table>.parquet for all tables of a warehouse's two files.

    Returns the run that is under way, as dbt's `run` variable has it.
    """
    with duckdb.connect() as con:
        con.execute(f"attach '{warehouse / 'warehouse.duckdb'}' as built (read_only)")
        con.execute(f"attach '{warehouse / 'staging.duckdb'}' as work (read_only)")
        tables = con.execute(
            "select database_name, schema_name, table_name from duckdb_tables() "
            "where database_name in ('built', 'work') order by all"
        ).fetchall()
        for database, schema, table in tables:
            if schema not in SCHEMAS:
                continue
            (out / schema).mkdir(parents=True, exist_ok=True)
            described = con.execute(f'describe {database}.{schema}."{table}"').fetchall()
            # 128 bits are a double in parquet
            columns = ", ".join(
                f'cast("{name}" as decimal(38, 0)) as "{name}"'
                if kind == "HUGEINT"
                else f'"{name}"'
                for name, kind, *_ in described
            )
            con.execute(
                f'copy (select {columns} from {database}.{schema}."{table}") '
                f"to '{out / schema / table}.parquet' (format parquet)"
            )
        row = con.execute("select to_json(current_run) from work.ops.current_run").fetchone()
    assert row is not None
    return str(row[0])


if __name__ == "__main__":
    print(export(Path(sys.argv[1]), Path(sys.argv[2])))
