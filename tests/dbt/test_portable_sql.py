"""What DuckDB says otherwise than Spark stands in macros/compat, behind a macro with a name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dbt.landed import PROJECT
from tests.spark.silent import open_orders, silent

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


# What both engines take and understand otherwise, without a word. A literal of DECIMAL makes a
# quotient a DECIMAL of few decimals in Spark; an exponent makes it a DOUBLE for both.
SILENT = {
    "an offset in a text: DuckDB takes it off, Spark may take it for another's": re.compile(
        r"(?<!cast\(null) as timestamp\b"
    ),
    "max_by takes a NULL for a value in Spark: value_at_greatest": re.compile(
        r"\bm(?:ax|in)_by\([^()]*(?:\([^()]*\)[^()]*)*\)(?!\s+filter\s*\(where)"
    ),
    "a CASE for weekday: days_apart": re.compile(r"\b(?:dayofweek|isodow|weekday)\b(?!')"),
    "the element of a list has another place in Spark: element_of": re.compile(r"\w\[\d+\]"),
    "QUALIFY and GROUP BY ALL": re.compile(r"\bqualify\b|\b(?:group|order) by all\b"),
    "a quotient of DECIMAL": re.compile(
        r"\(\s*\d+\.\d+(?!e)\s*\*\s*\w+\s*/|[+-]\s*\d+\.\d+(?![\de])\s*\)\s*/"
    ),
    "an element of a text in double quotes": re.compile(r'\b(?:select|by|on|where)\s+"'),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_means_another_thing_in_silence(name: str) -> None:
    sql = _sql(FILES[name])
    found = [why for why, pattern in SILENT.items() if pattern.search(sql)]
    assert found == []
    assert open_orders(sql) == [], "say nulls last: Spark has NULLs first"
    assert _doubly_exploded(sql) == [], "Spark makes all pairs of two lists"


def _doubly_exploded(sql: str) -> list[str]:
    """Return the select lists that make rows of two lists."""
    lists = re.findall(r"\bselect\b(.*?)\bfrom\b", sql, flags=re.S)
    return [each for each in lists if each.count("exploded(") > 1]


@pytest.mark.parametrize(
    "sql",
    [
        "select max_by(a, b) from t",
        "select a[1] from t",
        "select (0.05 * place / 2) from t",
        "select (n + 0.5) / m from t",
        "select isodow from t",
        "select cast(trim(a) as timestamp) from t",
        "select a from t qualify b = 1",
    ],
)
def test_silent_differences_are_seen(sql: str) -> None:
    assert [why for why, pattern in SILENT.items() if pattern.search(sql)]


def test_open_orders_and_lists_are_seen() -> None:
    sql = "lag(a) over (partition by b order by c, f(d, e) desc, g rows between 1 and 2)"
    assert open_orders(sql) == ["c", "g"]
    assert open_orders("order by a nulls last, b desc") == []
    assert _doubly_exploded("select {{ exploded('a') }}, {{ exploded('b') }} from t")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select a from t qualify b = 1", "QUALIFY"),
        ("select a, count(*) from t group  by all", "BY ALL"),
        ('select "a" from t', "double quotes"),
        ("select dayofweek(day) from t", "days of the week"),
        ("select cast(a / 2 as bigint) from t", "rounds"),
        ("select cast(avg(coalesce(a, 0)) as integer) from t", "rounds"),
        ("select cast(0.5 * a as int) from t", "rounds"),
        ("select row_number() over (order by a) from t", "NULLs"),
    ],
)
def test_what_compiled_sql_says_in_silence_is_seen(sql: str, why: str) -> None:
    (found,) = silent(sql)
    assert why in found


def test_what_both_engines_take_alike_is_left_alone() -> None:
    sql = """
        -- qualify "this" order by that
        select `a`, 'he said "qualify", it''s as timestamp' as b, cast(null as timestamp) as c,
            cast(floor(a / 2) as bigint), cast(a as bigint), cast(a as double) / 0.5,
            row_number() over (order by a desc, b nulls last)
        from t
        """
    assert silent(sql) == []
