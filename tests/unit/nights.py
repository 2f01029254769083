"""Nights of a few orders: what is dropped before them, and what they leave."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from reachline.night import run_night
from reachline.publish.releases import current_release
from reachline.settings import Settings, load_settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

ORDERS = "order_id,ordered_at,currency,gross_amount,status\n"


def order(number: int, day: date, amount: str = "10.00") -> str:
    return f"o{number},{day}T12:00:00Z,USD,{amount},placed\n"


def drop(home: Path, name: str, text: str) -> None:
    folder = home / "inbox" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def run_two_nights(home: Path, config: Path) -> Settings:
    settings = load_settings(home, config)
    drop(home, "first.csv", ORDERS + order(1, FIRST) + order(2, FIRST))
    run_night(settings, FIRST)
    drop(home, "second.csv", ORDERS + order(3, SECOND))
    run_night(settings, SECOND)
    return settings


def copy_of(settings: Settings, home: Path) -> Settings:
    shutil.copytree(settings.paths.home, home, symlinks=True)
    return load_settings(home, settings.config_dir)


def current_id(settings: Settings) -> str:
    current = current_release(settings.paths.published)
    assert current is not None
    return current.release_id


def served(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    path = settings.paths.published / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(sql).fetchall()
