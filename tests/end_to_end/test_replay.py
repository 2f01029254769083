"""Night by night, rebuilt from landing, run again: the same tables, row for row."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from reachline.night import run_night
from reachline.sandbox.world import World
from reachline.settings import load_settings
from reachline.warehouse import built_to
from tests.end_to_end.homes import (
    Market,
    assert_same_tables,
    drop,
    published_tables,
    settings_of,
    small_world,
)

pytestmark = pytest.mark.slow

NIGHTS = 4


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    # corrections, deletions, late rows and rows dated ahead are part of every market
    return small_world(tmp_path_factory.mktemp("world") / "world", nights=NIGHTS)


def _change_configuration(config: Path) -> None:
    """What a team may change between two nights: bounds of tiers, and what a brand is known by."""
    tiers = (config / "tiers.csv").read_text("utf-8")
    assert "100000" in tiers
    assert "100001" in tiers
    (config / "tiers.csv").write_text(
        tiers.replace("100001", "80001").replace("100000", "80000"), "utf-8"
    )
    brands = (config / "brands.yml").read_text("utf-8")
    assert "keywords: [" in brands
    (config / "brands.yml").write_text(brands.replace("keywords: [", "keywords: [coffee, ", 1))


@pytest.fixture(scope="module")
def replayed(market: Market, world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("replayed") / "data"
    # of a market of fewer nights, which is the beginning of this one
    market.copy(2, home)
    _change_configuration(world.config)
    for night in range(2, NIGHTS):
        run_night(settings_of(world, home), drop(world, night, home))
    return home


def test_four_nights_one_by_one_equal_one_rebuild_from_landing(
    world: World, replayed: Path, tmp_path: Path
) -> None:
    rebuilt = tmp_path / "data"
    rebuilt.mkdir()
    shutil.copytree(replayed / "landing", rebuilt / "landing")
    run_night(load_settings(rebuilt, world.config), world.nights[-1].logical_date)
    assert_same_tables(replayed, rebuilt)
    tables = published_tables(rebuilt)
    empty = {name for name, rows in tables.items() if not rows and not name.startswith("quality.")}
    # its clicks are told of by one source, and each meets its link
    of_clicks = {f"reports.{name}" for name in ("click_doors", "click_door_hours", "orphan_clicks")}
    # and no period of its retention.yml deletes posts
    assert empty == {*of_clicks, "core.fct_kept_daily"}, "the market fills every other table"


def test_the_last_night_again_changes_nothing(world: World, replayed: Path) -> None:
    before = published_tables(replayed)
    first = os.readlink(replayed / "published/current")
    run_night(settings_of(world, replayed), world.nights[-1].logical_date)
    assert os.readlink(replayed / "published/current") != first, "a run makes a release of its own"
    assert published_tables(replayed) == before


def test_an_older_date_makes_its_own_release_and_moves_nothing(
    world: World, replayed: Path
) -> None:
    settings = settings_of(world, replayed)
    current = os.readlink(replayed / "published/current")
    before = published_tables(replayed)
    older = world.nights[1].logical_date
    done = run_night(settings, older)
    assert not done.is_current
    assert os.readlink(replayed / "published/current") == current
    assert published_tables(replayed) == before
    assert built_to(settings) == world.nights[-1].logical_date
    folder = replayed / "published" / "releases" / done.release.release_id
    about = json.loads((folder / "release.json").read_text("utf-8"))
    assert about["logical_date"] == older.isoformat()
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        latest = con.execute("select max(ordered_at) from core.fct_orders").fetchall()[0][0]
    assert latest.date() <= date.fromisoformat(older.isoformat())
    assert about["batches_read"], "it names the batches that it read"
