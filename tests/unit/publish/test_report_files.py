"""The csv and JSON files of a release: the database's figures, with names, in rank order."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from reachline.publish.candidate import export_tables
from reachline.publish.releases import DATABASE, REPORTS, TABLES
from reachline.publish.sheets import SHEETS
from tests.unit.publish.reports_by_contract import ROWS, TEXTS, contracts, write_reports

NAMES = {
    "campaign_id": ("campaign_name", "core.dim_campaign", "campaign_id", "campaign_name"),
    "creator_id": ("creator_name", "core.dim_creator", "creator_id", "shown_name"),
    "brand_id": ("brand_name", "core.dim_brand", "brand_id", "brand_name"),
    "voice_brand_id": ("voice_brand_name", "core.dim_brand", "brand_id", "brand_name"),
    "account_id": ("handle", "core.dim_account", "account_id", "handle"),
    "post_id": ("permalink", "core.dim_post", "post_id", "permalink"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    write_reports(folder / DATABASE)
    for name in (REPORTS, TABLES):
        (folder / name).mkdir()
    rows, files = export_tables(folder)
    named = {f"{REPORTS}/{table}.{kind}" for table in contracts() for kind in ("csv", "json")}
    assert {name for name in files if name.startswith(REPORTS)} == named
    assert {rows[f"reports.{table}"] for table in contracts()} == {ROWS}
    return folder


def of_json(folder: Path, table: str) -> list[dict[str, Any]]:
    text = (folder / REPORTS / f"{table}.json").read_text(encoding="utf-8")
    read: list[dict[str, Any]] = json.loads(text, parse_float=Decimal)
    return read


def of_csv(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / REPORTS / f"{table}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("table", contracts())
def test_every_figure_of_a_file_is_that_of_the_database(folder: Path, table: str) -> None:
    with duckdb.connect(str(folder / DATABASE), read_only=True) as con:
        columns = [
            (name, kind)
            for name, kind, *_ in con.execute(f"describe reports.{table}").fetchall()
            if kind != "VARCHAR" and not kind.endswith("[]")
        ]
        names = ", ".join(["1", *(f'"{name}"::varchar' for name, _ in columns)])
        rows = con.execute(f"select {names} from reports.{table}").fetchall()
    expected = Counter(
        tuple(comparable(value, kind) for value, (_, kind) in zip(row[1:], columns, strict=True))
        for row in rows
    )
    for read in (of_csv(folder, table), of_json(folder, table)):
        found = Counter(
            tuple(comparable(row[name], kind) for name, kind in columns) for row in read
        )
        assert found == expected


def comparable(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    if kind == "BOOLEAN":
        return str(value).lower()
    if kind == "DOUBLE":
        return float(value)
    if kind.startswith("DECIMAL") or kind in ("BIGINT", "INTEGER"):
        return Decimal(str(value))
    return str(value)


@pytest.mark.parametrize("table", contracts())
def test_a_name_stands_after_the_id_that_it_is_of(folder: Path, table: str) -> None:
    read = of_json(folder, table)
    header = list(read[0])
    assert [*of_csv(folder, table)[0]] == header
    own = [*contracts()[table]]
    assert [name for name in header if name in own] == own, "in the order of the table"
    with duckdb.connect(str(folder / DATABASE), read_only=True) as con:
        for key, (name, place, place_key, said) in NAMES.items():
            if key not in own or name in own:
                continue
            assert header[header.index(key) + 1] == name
            known = dict(con.execute(f"select {place_key}, {said} from {place}").fetchall())
            assert {row[key]: row[name] for row in read} == {
                row[key]: known.get(row[key]) for row in read
            }


def test_rows_come_in_the_order_of_the_sheets(folder: Path) -> None:
    shortlist = of_json(folder, "discovery_shortlist")
    for brand in {row["brand_id"] for row in shortlist}:
        ranks = [row["rank"] for row in shortlist if row["brand_id"] == brand]
        assert ranks == sorted(ranks, key=lambda rank: (rank is None, rank))
    weeks = [row["week"] for row in of_csv(folder, "hashtag_trends")]
    known = [week for week in weeks if week]
    assert known == sorted(known, reverse=True)
    assert weeks[: len(known)] == known, "NULL comes last"
    costs = [row["cost_committed"] for row in of_json(folder, "campaign_performance")]
    known_costs = [cost for cost in costs if cost is not None]
    assert known_costs == sorted(known_costs, reverse=True)
    assert {sheet.table for sheet in SHEETS} == set(contracts())


def test_a_csv_begins_with_the_mark_that_excel_needs_and_json_does_not(folder: Path) -> None:
    for table in contracts():
        as_csv = (folder / REPORTS / f"{table}.csv").read_bytes()
        first = next(iter(contracts()[table]))
        assert as_csv.startswith(b"\xef\xbb\xbf" + first.encode())
        assert as_csv.count(b"\xef\xbb\xbf") == 1
        assert (folder / REPORTS / f"{table}.json").read_bytes().startswith(b"[")
        # what others read with takes no notice of it
        path = str(folder / REPORTS / f"{table}.csv")
        assert pd.read_csv(path).columns[0] == first
        with duckdb.connect() as con:
            assert con.read_csv(path).columns[0] == first


def test_no_name_is_run_as_a_formula_and_json_has_it_as_it_is(folder: Path) -> None:
    # campaigns of even numbers have the texts of odd numbers for names
    named = {row["campaign_name"] for row in of_json(folder, "campaign_pacing")} - {None}
    assert named >= {TEXTS[1], TEXTS[3], TEXTS[5]}
    in_csv = {row["campaign_name"] for row in of_csv(folder, "campaign_pacing")}
    assert {f"'{text}" for text in (TEXTS[1], TEXTS[3])} <= in_csv
    assert not [text for text in in_csv if text.lstrip().startswith(("=", "+", "-", "@", "＝"))]
