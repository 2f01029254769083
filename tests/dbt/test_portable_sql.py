"""What DuckDB says otherwise than Spark stands in macros/compat, behind a macro with a name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dbt.landed import PROJECT

DBT = Path(PROJECT / "dbt_project")
MODELS = ("core", "intermediate", "meta", "quality", "reports", "views")
MACROS = ("commerce", "discovery", "metrics", "performance", "program", "social", "text")
FILES = {
    str(path.relative_to(DBT)): path
    for folder in (
        *(DBT / "models" / name for name in MODELS),
        *(DBT / "macros" / m for m in MACROS),
    )
    for path in folder.rglob("*.sql")
}
DUCKDB_ALONE = re.compile(
    r"(?<!:)//|::|\blambda\b|\b(?:hugeint|isoyear|timestamptz|at time zone)\b"
    r"|\b(?:array_to_string|arg_max_null|epoch\w*|format|gcd|generate_series|len|levenshtein|lgamma|list"
    r"|list_(?!literal|of)\w+|nfc_normalize"
    r"|quantile_cont|range|regexp_(?:extract_all|matches|replace)|rtrim|starts_with|strftime|string_agg|strpos|struct_\w+|to_\w+|unnest)\("
    r"|\bfilter \([^()]*(?:\([^()]*\)[^()]*)*\) over\b|\bignore nulls\b|\bas varchar\b"
)


def _sql(path: Path) -> str:
    """A file without its comments, and without what is Jinja alone."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text("utf-8"), flags=re.S)
    return re.sub(r"--[^\n]*", "", text)


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_duckdb_alone_says_stands_in_compat(name: str) -> None:
    assert DUCKDB_ALONE.findall(_sql(FILES[name])) == []


@pytest.mark.parametrize("path", sorted((DBT / "macros" / "compat").glob("*.sql")), ids=str)
def test_what_stands_in_compat_is_dispatched(path: Path) -> None:
    text = path.read_text("utf-8")
    names = set(re.findall(r"macro (\w+)\(", text))
    macros = {name for name in names if not name.startswith(("duckdb__", "spark_"))}
    of_duckdb = {f"duckdb__{name}" for name in macros}
    of_spark = {f"spark__{name}" for name in macros}
    assert of_duckdb == {name for name in names if name.startswith("duckdb__")}
    assert of_spark == {name for name in names if name.startswith("spark__")}
    assert macros == set(re.findall(r"dispatch\('(\w+)', 'reachline'\)", text))
    assert "Spark" in text or "DuckDB alone" in text, "say what differs"
