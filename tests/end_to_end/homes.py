"""Homes for whole nights: a small market, its drops, and the tables of a release to compare."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from reachline.night import run_night
from reachline.sandbox.world import World, write_world
from reachline.settings import Settings, load_settings
from tests.shared import made_once

PROJECT = Path(__file__).parents[2]

CLOCKS = {("reports", "data_health"): ("last_landed_at",)}
"""Columns that tell when something was landed, and so differ from home to home."""


def small_world(folder: Path, nights: int = 2, **options: object) -> World:
    """Write a small market with its configuration and the drops of its first nights."""
    return write_world(folder, nights=nights, **options)  # type: ignore[arg-type]


def settings_of(world: World, home: Path) -> Settings:
    """Return the settings of a home that runs the world's configuration."""
    return load_settings(home, world.config)


def drop(world: World, night: int, home: Path) -> date:
    """Drop a night's files into the inbox of a home; return its logical date."""
    shutil.copytree(world.nights[night].inbox, home / "inbox", dirs_exist_ok=True)
    return world.nights[night].logical_date


@dataclass(frozen=True)
class Market:
    """A small market of two nights, and homes in which its nights were run, each once in all.

    Nobody writes into the homes: `copy` gives a test one of its own.
    """

    folder: Path

    @property
    def world(self) -> World:
        """The market with the drops of its two nights."""
        return made_once(self.folder / "world", small_world)

    def after(self, nights: int) -> Path:
        """Return the home after one night or two."""
        return made_once(self.folder / f"after-{nights}", lambda folder: self._run(folder, nights))

    def copy(self, nights: int, home: Path) -> Settings:
        """Copy the home after one night or two; return its settings."""
        shutil.copytree(self.after(nights), home, symlinks=True)
        return settings_of(self.world, home)

    def _run(self, folder: Path, nights: int) -> Path:
        home = folder / "data"
        settings = self.copy(nights - 1, home) if nights > 1 else settings_of(self.world, home)
        run_night(settings, drop(self.world, nights - 1, home))
        return home


def command(world: World, home: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line and environment of `reachline …` for a home."""
    environment = {
        **os.environ,
        "REACHLINE_HOME": str(home),
        "REACHLINE_CONFIG": str(world.config),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    return [sys.executable, "-m", "reachline.cli", *arguments], environment


def published_tables(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every published table that are a function of landing, in one order."""
    tables = {}
    with duckdb.connect(str(home / "published/current/warehouse.duckdb"), read_only=True) as con:
        names = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
        ).fetchall()
        assert len(names) > 20
        for schema, name in names:
            hidden = ", ".join(CLOCKS.get((schema, name), ()))
            columns = f"* exclude ({hidden})" if hidden else "*"
            tables[f"{schema}.{name}"] = con.execute(
                f'select {columns} from "{schema}"."{name}" order by all'
            ).fetchall()
    return tables


def assert_same_tables(ours: Path, theirs: Path, but: tuple[str, ...] = ()) -> None:
    """Fail, naming the first rows that differ, unless two homes publish the same tables."""
    left, right = published_tables(ours), published_tables(theirs)
    assert sorted(left) == sorted(right)
    for name, rows in left.items():
        if name in but or rows == right[name]:
            continue
        only_left = [row for row in rows if row not in right[name]][:3]
        only_right = [row for row in right[name] if row not in rows][:3]
        raise AssertionError(
            f"{name}: {len(rows)} rows against {len(right[name])}\n{only_left}\n{only_right}"
        )
