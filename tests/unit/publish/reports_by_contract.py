"""A release's database with every report as its contract has it, filled by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from ruamel.yaml import YAML

from reachline.sql import identifier
from reachline.warehouse.dbt import PROJECT
from reachline.warehouse.metrics import load_metrics
from tests.unit.publish.morning_tables import create_missing

DAY = date(2026, 3, 10)
ROWS = 24

METHODS = ("last_touch", "code_then_click", "first_touch", "linear")

TEXTS = (
    '=HYPERLINK("http://evil.example","pay")',
    "+44 20 7946 0000",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r\n=1+1",
    "  =1+1",
    "＝1+1",
    "http://evil.example/?a=1&b=2",
    "internal:'Read me first'!A1",
    "<script>alert(1)</script>",
    "<r><t>not ours</t></r>",
    "<r>& not even closed</r>",
    "_x0041_ and _x000D_",
    "007",
    "1e5",
    "TRUE",
    "שלום עולם \u202e\u200f",
    "👩\u200d🍳🍜",
    "he said \"no\", twice; 'yes'",
    "two\nlines\r\nand a third",
    " leading and trailing ",
    "plain",
)
"""What people write in captions, handles and names."""

LINKS = (
    "https://social.example/p/1?a=1&b=%20#c",
    "https://social.example/é/2",
    "http://social.example/4",
    "HTTPS://social.example/5",
    TEXTS[8],
)
ADDRESSES = (
    *LINKS,
    *TEXTS[:8],
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://social.example/" + "x" * 2_079,
    "mailto:a@social.example",
    "ftp://social.example/3",
    "https://",
    "http:// social.example",
    "https://social.example/\x01",
    TEXTS[9],
    TEXTS[12],
)
"""What stands as the address of a post: LINKS are such that lead there, the others are text."""

NAMED = {
    "campaign": "campaign_name",
    "creator": "shown_name",
    "brand": "brand_name",
    "account": "handle",
}
"""What has a name, and the column that it stands in."""

_WORDS = {
    "status": ("behind", "on_track", "planned"),
    "result": ("pass", "weak", "fail"),
    "tier": ("micro", "nano", "mega"),
    "freshness": ("fresh", "stale", "never"),
}

_VALUES: dict[str, Sequence[Any]] = {
    "bigint": (0, 1, 1237, 9_007_199_254_740_992, 250_000),
    "integer": (0, 100, 64),
    "double": (0.0, 1 / 3, 0.9765624999999999, -1.0, 1e-7, 12345678.9, 2.0000000000000004),
    "decimal(18, 4)": tuple(map(Decimal, ("0", "0.0001", "12345678901.2345", "-5.5", "9999.9999"))),
    "decimal(28, 10)": tuple(map(Decimal, ("0", "0.3333333333", "12.0000000001"))),
    "boolean": (True, False),
    "date": tuple(DAY - timedelta(days) for days in (0, 1, 400)),
    "timestamp": ("2026-03-10 01:02:03.456789", "2025-12-31 23:59:59"),
    "varchar[]": ([], ["skincare", "=1+1"], ["@a", "x,y"]),
}


@cache
def contracts() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the columns of every report, by name, as its YAML has them."""
    tables = {}
    for path in sorted((PROJECT / "models" / "reports").glob("*.yml")):
        for model in YAML(typ="safe").load(path.read_text("utf-8"))["models"]:
            tables[model["name"]] = {column["name"]: column for column in model["columns"]}
    return tables


def write_reports(path: Path, currency: str = "USD") -> Path:
    """Write a database of ROWS rows a report to `path`, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metrics = load_metrics()
    with duckdb.connect(str(path)) as con:
        con.execute("create schema core; create schema reports; create schema meta")
        con.execute(
            "create table meta.run as select ?::date as logical_date, ? as currency, "
            "'Europe/Berlin' as time_zone",
            [DAY, currency],
        )
        con.execute(
            """
            create table meta.tables (
                table_schema varchar, table_name varchar, description varchar
            );
            create table meta.columns (
                table_schema varchar, table_name varchar, column_name varchar,
                description varchar, metric varchar
            );
            create table meta.metrics (metric varchar, unit varchar);
            create table core.dim_post (post_id varchar, permalink varchar);
            create table core.dim_date as
            select unnest(range(date '2026-01-01', date '2026-04-01', interval 1 day))::date
                as date_day;
            """
        )
        con.executemany(
            "insert into meta.metrics values (?, ?)",
            [(metric.name, metric.unit) for metric in metrics.values()],
        )
        for table, columns in contracts().items():
            con.execute(
                "insert into meta.tables values ('reports', ?, ?)", [table, f"One row of {table}."]
            )
            con.executemany(
                "insert into meta.columns values ('reports', ?, ?, ?, ?)",
                [
                    (table, name, f"What {name}\nmeans.", name if name in metrics else None)
                    for name in columns
                ],
            )
            types = ", ".join(
                f"{identifier(name)} {column['data_type']}" for name, column in columns.items()
            )
            con.execute(f"create table reports.{table} ({types})")
            con.executemany(
                f"insert into reports.{table} values ({', '.join('?' * len(columns))})",
                [
                    [
                        _value(name, column, i, place)
                        for place, (name, column) in enumerate(columns.items())
                    ]
                    for i in range(ROWS)
                ],
            )
        create_missing(con)
        for thing, name in NAMED.items():
            names: list[str | None] = [None, *TEXTS]
            con.executemany(
                f"insert into core.dim_{thing} ({thing}_id, {name}) values (?, ?)",
                [(f"{thing}-{i}", names[i % len(names)]) for i in range(0, ROWS, 2)],
            )
        con.executemany(
            "insert into core.dim_post values (?, ?)",
            [(f"post-{i}", address) for i, address in enumerate(ADDRESSES[:ROWS])],
        )
    return path


def _value(name: str, column: dict[str, Any], row: int, place: int) -> Any:
    if name == "is_default_method":
        return METHODS[row % len(METHODS)] == "code_then_click"
    if name == "method":
        return METHODS[row % len(METHODS)]
    is_key = name.endswith("_id")
    if not is_key and "constraints" not in column and (row + place) % 3 == 0:
        return None
    if name in _WORDS:
        return _WORDS[name][(row + row // 3) % len(_WORDS[name])]
    if name.endswith("_id"):
        return f"{name.removesuffix('_id').removeprefix('voice_').split('_')[-1]}-{row}"
    values = _VALUES.get(column["data_type"], TEXTS)
    return values[(row + place) % len(values)]
