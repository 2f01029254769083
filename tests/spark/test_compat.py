"""Each macro of macros/compat gives the same on DuckDB and on Spark, in the same type."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.rendered import COMPAT, MACROS, render
from tests.end_to_end.environments import PROJECT, environment
from tests.spark.cases import CASES, NOT_ASKED, TYPES, Case

HERE = Path(__file__).parent
SAME_TYPE = {
    **{duck.upper(): TYPES["spark"][name] for name, duck in TYPES["duckdb"].items()},
    "BOOLEAN": "boolean",
    "JSON": "string",
    "INTEGER": "int",
    "DECIMAL(18,4)": "decimal(18,4)",
    "DATE[]": "array<date>",
    "BIGINT[]": "array<bigint>",
    'STRUCT("value" VARCHAR, "version" BIGINT)': "struct<value:string,version:bigint>",
}
"""Which type of Spark a type of DuckDB is."""


def rendering(dialect: str) -> Callable[[str], str]:
    """Return a function that writes a call of a macro as SQL of a dialect."""
    jinja, _ = render(
        (MACROS / "mask_personal_data.sql", MACROS / "staging" / "cast_kind.sql"), dialect
    )
    return lambda call: jinja.from_string(f"{{{{ {call} }}}}").render()


def rows_of(case: Case, dialect: str) -> str:
    """Return a query of a case's rows, with their `place`."""
    return " union all ".join(
        f"select {place} as place, "
        + ", ".join(
            f"{literal(value, kind, dialect)} as {name}"
            for value, (name, kind) in zip(row, case.columns.items(), strict=True)
        )
        for place, row in enumerate(case.rows)
    )


def query(case: Case, rows: str, write: Callable[[str], str]) -> str:
    """Return the query of a case over its rows, with columns `place` and `made`."""
    made = write(case.call)
    if case.is_aggregate:
        return f"select g as place, {made} as made from {rows} as t group by g"
    return f"select place, {made} as made from {rows} as t"


def literal(value: Any, kind: str, dialect: str) -> str:
    """Return a value as a literal of its type."""
    if value is None:
        written = "null"
    elif kind == "texts":
        listed = ", ".join(literal(each, "text", dialect) for each in value)
        written = f"[{listed}]" if dialect == "duckdb" else f"array({listed})"
    elif kind == "version":
        text, number = (
            literal(each, of, dialect) for each, of in zip(value, ("text", "int"), strict=True)
        )
        written = (
            f"struct_pack(value := {text}, version := {number})"
            if dialect == "duckdb"
            else f"named_struct('value', {text}, 'version', {number})"
        )
    else:
        text = str(value).replace("'", "''")
        written = "'" + (text if dialect == "duckdb" else text.replace("\\", "\\\\")) + "'"
    return f"cast({written} as {TYPES[dialect][kind]})"


@pytest.fixture(scope="module")
def spark() -> dict[str, Any]:
    """What Spark answers in each case. It needs Java 17."""
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED: there is no Java for Spark here")
    python = environment("requirements-spark", PROJECT) / "python"
    write = rendering("spark")
    asked = {
        name: query(case, f"({rows_of(case, 'spark')})", write) for name, case in CASES.items()
    }
    done = subprocess.run(
        [python, HERE / "ask.py"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def asked_of_duckdb(case: Case) -> dict[str, Any]:
    """Return what DuckDB answers, as the Spark of the tests does."""
    with duckdb.connect() as con:
        # a table, as constants are worked out before TRY can hold their errors
        con.execute(f"create table asked as {rows_of(case, 'duckdb')}")
        answer = con.sql(query(case, "asked", rendering("duckdb")))
        kind, rows = str(answer.types[1]), answer.fetchall()
    return {"type": kind, "rows": json.loads(json.dumps(rows, default=str))}


def comparable(value: Any) -> Any:
    """Return a value as it is compared: structs as lists, doubles to 9 digits.

    Spark's wide integers are decimals.
    """
    if isinstance(value, dict):
        return [comparable(each) for each in value.values()]
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return str(value) if isinstance(value, int) else value


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(CASES))
def test_both_engines_give_the_same(name: str, spark: dict[str, Any]) -> None:
    ours, theirs = asked_of_duckdb(CASES[name]), spark[name]
    assert "error" not in theirs, theirs
    assert sorted(comparable(theirs["rows"]), key=repr) == sorted(
        comparable(ours["rows"]), key=repr
    )
    assert theirs["type"].replace(" ", "") == SAME_TYPE[ours["type"]].replace(" ", "")


def test_each_macro_of_compat_has_a_case() -> None:
    text = "".join(path.read_text("utf-8") for path in COMPAT)
    macros = set(re.findall(r"dispatch\('(\w+)'", text))
    assert macros == CASES.keys() | NOT_ASKED.keys()
