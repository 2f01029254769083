"""The figures of a release that the next ones are compared with, and those of the nights before.

published/figures.jsonl has a line for each night that readers saw: by table, and by platform where
a table has one, its rows, the sums of its metrics and how many rows have a value in each column.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from reachline.quality.contract import CONTRACT
from reachline.sql import identifier, literal
from reachline.warehouse.metrics import load_metrics, metric_and_age

FILE = "figures.jsonl"
ALL = ""
"""In a platform's place: the table as a whole."""

_KEPT_NIGHTS = 400
_POSTS = "select post_id as id, {metric} as value from {earlier}core.fct_post_latest"
_NEWEST = {
    "core.fct_post_daily": _POSTS,
    "core.fct_post_latest": _POSTS,
    "core.fct_account_daily": (
        "select account_id as id, max_by({metric}, date_day) as value "
        "from {earlier}core.fct_account_daily "
        "where date_day > (select max(date_day) - 3 from {earlier}core.fct_account_daily) "
        "group by account_id"
    ),
}
"""What each post, or account of the last three days, was counted to have."""

_NESTED = ("[]", "STRUCT", "MAP", "JSON")


@dataclass
class Figures:
    """What a table, or a platform's part of it, holds: rows, sums by metric, values by column."""

    rows: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)

    def add(self, other: Figures) -> None:
        """Add another platform's figures to these."""
        self.rows += other.rows
        for metric, found in other.sums.items():
            self.sums[metric] = round(self.sums.get(metric, 0.0) + found, 2)
        for column, found in other.filled.items():
            self.filled[column] = self.filled.get(column, 0) + found


Tables = dict[str, dict[str, Figures]]
"""By `schema.table`, then by platform; ALL is the whole table."""


def of_database(database: Path) -> Tables:
    """Return the figures of a release's database, by one query a table.

    Sums are of the metrics of the catalogue that add up, also of those that do so in part only: as
    a mark of the same table a night before they compare. Reading it takes a look at all columns but
    nested ones of the tables in core.
    """
    with duckdb.connect(str(database), read_only=True) as con:
        con.execute("set threads = 2")
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in con.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
            "where database_name = current_database() order by all"
        ).fetchall():
            columns.setdefault(table, {})[column] = kind
        return {
            table: _of_table(con, table, columns[table])
            for table in CONTRACT
            if table.startswith(("core.", "reports.")) and table in columns
        }


def taken_back(before: Path, now: Path, table: str, platform: str, metric: str) -> float:
    """Return how much less single posts or accounts have in a release's database than before.

    It is what each had that is lower now, or gone: a post that was deleted takes all of it. 0 where
    a release counts no such thing of them.
    """
    name, newest = identifier(metric), _NEWEST[table]
    with duckdb.connect(str(now), read_only=True) as con:
        con.execute(f"attach {literal(before)} as earlier (read_only)")
        try:
            (found,) = con.execute(
                "select coalesce(sum(greatest(was.value - coalesce(has.value, 0), 0)), 0) "
                f"from ({newest.format(earlier='earlier.', metric=name)}) as was "
                f"left join ({newest.format(earlier='', metric=name)}) as has using (id) "
                f"where $platform in ('{ALL}', split_part(id, ':', 1))",
                {"platform": platform},
            ).fetchall()
        except duckdb.BinderException:
            return 0.0
    return float(found[0])


def read(path: Path, first: date) -> dict[date, Tables]:
    """Return what the file has of the nights from a day on; the later line of a night counts.

    A line that was cut short is left out, as is a file that is not there.
    """
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            body = json.loads(line) if line[10:20] >= first.isoformat() else None
        except ValueError:
            continue
        if body is not None:
            found[date.fromisoformat(body["night"])] = _tables(body["tables"])
    return dict(sorted(found.items()))


def append(path: Path, night: date, tables: Tables) -> None:
    """Add a night's line in one step, in place of an older one of it; keep the newest nights."""
    start = _start(night)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    lines = sorted(line for line in lines if not line.startswith(start))
    lines.append(to_json(night, tables))
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in sorted(lines)[-_KEPT_NIGHTS:])
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def to_json(night: date, tables: Tables) -> str:
    """Return a night's line."""
    body = {
        table: {platform: asdict(figures) for platform, figures in parts.items()}
        for table, parts in tables.items()
    }
    return _start(night) + json.dumps(body, separators=(",", ":"), ensure_ascii=False) + "}"


def from_json(text: str) -> Tables:
    """Return the figures of a line."""
    return _tables(json.loads(text)["tables"])


def _start(night: date) -> str:
    return f'{{"night":"{night.isoformat()}","tables":'


def _tables(body: Mapping[str, Mapping[str, Any]]) -> Tables:
    return {
        table: {platform: Figures(**figures) for platform, figures in parts.items()}
        for table, parts in body.items()
    }


def _of_table(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]
) -> dict[str, Figures]:
    """Return the figures of a table by platform, and of all of it."""
    metrics = load_metrics()
    summed = [
        name
        for name, kind in columns.items()
        if (metric := metrics.get(metric_and_age(name)[0])) is not None
        and metric.additivity != "non_additive"
        and kind.startswith(("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "DECIMAL"))
    ]
    # what is derived is told of by what it is derived from: its rows and sums are enough
    is_derived = table.startswith("reports.")
    counted = [
        name
        for name, kind in columns.items()
        if not is_derived and not any(nested in kind for nested in _NESTED)
    ]
    platform = f"'{ALL}'" if is_derived else _platform(columns)
    chosen = ", ".join(
        [
            f"{platform} as part",
            "count(*)",
            *(f"coalesce(sum({identifier(name)}), 0)" for name in summed),
            *(f"count({identifier(name)})" for name in counted),
        ]
    )
    name = ".".join(map(identifier, table.split(".", 1)))
    found: dict[str, Figures] = {}
    whole = Figures()
    for part, rows, *values in con.execute(
        f"select {chosen} from {name} group by part order by part"
    ).fetchall():
        sums = (round(float(value), 2) for value in values[: len(summed)])
        figures = Figures(
            rows,
            dict(zip(summed, sums, strict=True)),
            dict(zip(counted, values[len(summed) :], strict=True)),
        )
        whole.add(figures)
        if part != ALL:
            found[part] = figures
    return {ALL: whole, **found}


def _platform(columns: Mapping[str, str]) -> str:
    """Return SQL of the platform of a row, by the ids that begin with it where it has no other."""
    for name in ("platform", "post_id", "account_id"):
        if name in columns:
            return f"coalesce(split_part({name}, ':', 1), 'none')"
    return f"'{ALL}'"
