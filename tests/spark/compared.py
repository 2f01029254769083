"""How two parquet files of one table differ."""

from __future__ import annotations

from pathlib import Path

import duckdb


def rounded(name: str, kind: str) -> str:
    """Return a column as it is compared: doubles to 9 digits."""
    if kind == "DOUBLE":
        # 0.0 and -0.0 are one
        return f'format(\'{{:.9g}}\', "{name}" + 0.0) as "{name}"'
    if "DOUBLE" in kind:
        return f'cast("{name}" as {kind.replace("DOUBLE", "FLOAT")}) as "{name}"'
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
