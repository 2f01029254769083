"""dbt's own tests on a market of two nights: grains, relations, and the arithmetic by example."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reachline.inbox import land_files
from reachline.sandbox.world import write_world
from reachline.settings import Settings, load_settings
from reachline.warehouse import Run, WarehouseError, connect, model, open_run, stage
from reachline.warehouse import test as run_dbt_tests


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("market")
    world = write_world(folder / "world", nights=2)
    settings: Settings = load_settings(folder / "data", world.config)
    for night in world.nights:
        shutil.copytree(night.inbox, settings.paths.inbox, dirs_exist_ok=True)
        land_files(settings, night.logical_date, "test")
        run = open_run(settings, night.logical_date)
        stage(run)
        model(run)
    return run


def test_every_dbt_test_passes(market: Run) -> None:
    assert len(run_dbt_tests(market)) > 100


@pytest.fixture
def a_row_twice(market: Run) -> Iterator[None]:
    with connect(market.directory) as con:
        con.execute("create table kept as select * from core.dim_brand")
        con.execute("insert into core.dim_brand select * from core.dim_brand limit 1")
    yield
    with connect(market.directory) as con:
        con.execute("delete from core.dim_brand")
        con.execute("insert into core.dim_brand select * from kept")
        con.execute("drop table kept")


def test_a_key_that_stands_twice_is_named(market: Run, a_row_twice: Path) -> None:
    with pytest.raises(WarehouseError, match="unique_grain_dim_brand"):
        run_dbt_tests(market)


def test_a_ratio_that_breaks_the_rules_of_the_catalogue_is_named(market: Run) -> None:
    with connect(market.directory) as con:
        con.execute("create table kept as select * from reports.campaign_performance")
        con.execute("update reports.campaign_performance set roas = roas + 1, cpm = 0")
    try:
        with pytest.raises(WarehouseError, match="follows_the_catalogue_campaign_performance"):
            run_dbt_tests(market)
    finally:
        with connect(market.directory) as con:
            con.execute("delete from reports.campaign_performance")
            con.execute("insert into reports.campaign_performance select * from kept")
            con.execute("drop table kept")


def test_the_release_describes_itself(market: Run) -> None:
    """Tables and columns as the database has them, each with its words."""
    with connect(market.directory, read_only=True) as con:
        described = con.execute(
            "select table_schema, table_name, column_name, ordinal_position, data_type "
            "from meta.columns where (table_schema, table_name) <> ('quality', 'gate_results')"
        ).fetchall()
        there = con.execute(
            "select table_schema, table_name, column_name, ordinal_position, data_type "
            "from information_schema.columns where table_catalog = 'warehouse'"
            " and table_schema in ('core', 'reports', 'quality', 'meta')"
            " and (table_schema, table_name) <> ('quality', 'gate_results')"
        ).fetchall()
        grains = dict(con.execute("select table_name, grain from meta.tables").fetchall())
        unknown = con.execute(
            "select metric from meta.columns where metric is not null "
            "except select metric from meta.metrics"
        ).fetchall()
    assert {(*row[:4], _bare(row[4])) for row in described} == {
        (*row[:4], _bare(row[4])) for row in there
    }
    assert grains["campaign_performance"] == "One row per campaign_id, method"
    assert all(grain.startswith("One row") for grain in grains.values())
    assert unknown == []


def _bare(data_type: str) -> str:
    return data_type.lower().replace(" ", "")
