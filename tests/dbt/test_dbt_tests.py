"""A market of two nights: dbt's own tests, how it describes itself, and what was planted in it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

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


def test_disclosures_are_graded_as_they_were_planted(market: Run) -> None:
    truth = json.loads((market.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    with connect(market.directory, read_only=True) as con:
        paid = con.execute("select post_id, disclosure from reports.post_performance").fetchall()
    graded = dict(paid)
    planted = {row["post_id"]: row["disclosure"] for row in truth["disclosures"]}
    found = {post_id: graded[post_id] for post_id in planted if post_id in graded}
    assert found == {post_id: planted[post_id] for post_id in found}
    assert len(found) > 0.8 * len(planted)
    assert set(found.values()) == {"pass", "weak", "missing"}


SPOILED = {
    "core.dim_brand": "insert into core.dim_brand select * from core.dim_brand limit 1",
    "reports.campaign_performance": (
        "update reports.campaign_performance set roas = roas + 1, cpm = 0"
    ),
}


@pytest.fixture
def spoiled(market: Run) -> Iterator[None]:
    with connect(market.directory) as con:
        for table, spoil in SPOILED.items():
            con.execute(f"create table kept_{table.split('.')[1]} as from {table}; {spoil}")
    yield
    with connect(market.directory) as con:
        for table in SPOILED:
            kept = f"kept_{table.split('.')[1]}"
            con.execute(f"delete from {table}; insert into {table} from {kept}; drop table {kept}")


def test_what_breaks_a_grain_or_a_rule_of_the_catalogue_is_named(
    market: Run, spoiled: None
) -> None:
    with pytest.raises(WarehouseError) as found:
        run_dbt_tests(market)
    assert "unique_grain_dim_brand" in str(found.value)
    assert "follows_the_catalogue_campaign_performance" in str(found.value)


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


@pytest.mark.parametrize("measure", ["attributed_revenue", "attributed_orders", "valid_clicks"])
def test_the_creators_who_drive_orders_come_out_on_top(market: Run, measure: str) -> None:
    """By every method: what they bring is far more than what any way of sharing it moves."""
    truth = json.loads((market.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    drivers = {driver["creator_id"] for driver in truth["drivers"]}
    assert len(drivers) == 3
    with connect(market.directory, read_only=True) as con:
        ranked = con.execute(
            f"""
            select method, list(creator_id order by brought desc, creator_id)[1:3]
            from (
                select method, creator_id, sum({measure}) as brought
                from reports.collaboration_performance
                group by method, creator_id
            )
            group by method
            """
        ).fetchall()
    assert len(ranked) == 7
    assert {method: set(top) for method, top in ranked} == {m: drivers for m, _ in ranked}


def test_the_best_fits_stand_on_top_of_the_shortlist_of_their_brand(market: Run) -> None:
    truth = json.loads((market.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    planted = {(fit["brand_id"], fit["account_id"]) for fit in truth["best_fit"]}
    with connect(market.directory, read_only=True) as con:
        ranked = con.execute(
            "select brand_id, account_id, rank, reasons from reports.discovery_shortlist"
        ).fetchall()
        suspects = con.execute(
            "select count(*) from reports.discovery_shortlist "
            "inner join core.dim_account using (account_id) "
            "where is_bot or is_noindex or dim_account.tier <> 'micro'"
        ).fetchall()
    assert {brand_id for brand_id, _ in planted} == {"lumen", "verdant"}
    assert planted <= {(row[0], row[1]) for row in ranked if row[2] <= 20}
    # a list that is no longer would put anybody into its top 20
    assert all(sum(row[0] == brand_id for row in ranked) > 40 for brand_id, _ in planted)
    assert all(
        "is a customer" in row[3] and "worked with" in row[3]
        for row in ranked
        if (row[0], row[1]) in planted
    )
    assert suspects == [(0,)]


def test_compliance_grades_disclosures_as_they_were_planted(market: Run) -> None:
    truth = json.loads((market.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    with connect(market.directory, read_only=True) as con:
        held = dict(
            con.execute(
                "select post_id, result from reports.compliance where rule = 'disclosure'"
            ).fetchall()
        )
    words = {"pass": "pass", "weak": "weak", "missing": "fail"}
    planted = {row["post_id"]: words[row["disclosure"]] for row in truth["disclosures"]}
    found = {post_id: held[post_id] for post_id in planted if post_id in held}
    assert found == {post_id: planted[post_id] for post_id in found}
    assert len(found) > 0.8 * len(planted)
    hidden = {post_id for row in truth["undisclosed"] for post_id in row["post_ids"]}
    assert len(hidden & held.keys()) > 0.8 * len(hidden)
    assert {held[post_id] for post_id in hidden & held.keys()} == {"fail"}


@pytest.fixture
def late_by_campaign(market: Run) -> tuple[dict[str, int], dict[str, int]]:
    """Late deliverables on the market's last day, and on a day more without a delivery."""
    days = []
    for day in (market.logical_date, market.logical_date + timedelta(days=1)):
        run = open_run(market.settings, day)
        stage(run)
        model(run)
        with connect(run.directory, read_only=True) as con:
            days.append(
                dict(
                    con.execute(
                        "select campaign_id, deliverables_late from reports.campaign_pacing"
                    ).fetchall()
                )
            )
    return days[0], days[1]


@pytest.mark.long
def test_planted_deliverables_are_late_from_the_day_after_they_were_due(
    market: Run, late_by_campaign: tuple[dict[str, int], dict[str, int]]
) -> None:
    truth = json.loads((market.settings.config_dir.parent / "truth.json").read_text("utf-8"))
    planted = truth["late_deliverables"]
    assert {row["due_on"] for row in planted} == {str(market.logical_date)}
    with connect(market.directory, read_only=True) as con:
        campaigns = dict(
            con.execute(
                "select collaboration_id, campaign_id from reports.collaboration_performance"
            ).fetchall()
        )
    late = Counter(campaigns[row["collaboration_id"]] for row in planted)
    before, after = late_by_campaign
    assert late
    assert {name: after[name] - before[name] >= count for name, count in late.items()} == (
        dict.fromkeys(late, True)
    )
    assert sum(after.values()) < 2 * (sum(before.values()) + late.total())
