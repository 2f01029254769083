"""The committed bundle is what the catalogue gives, and its charts ask for what is there."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest
from ruamel.yaml import YAML

from reachline.publish import dashboards, superset
from reachline.publish.aggregates import aggregates
from reachline.warehouse.metrics import load_metrics

CHARTS = [chart for rows in dashboards.DASHBOARDS.values() for row in rows for chart in row]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_chart_asks_for_columns_and_metrics_that_its_dataset_has(chart: dashboards.Chart) -> None:
    rows = chart.dataset.rows
    columns = {column.name for column in rows.columns}
    columns |= {name for name, *_ in chart.dataset.derived}
    metrics = {aggregate.column for aggregate in aggregates(rows)}
    metrics |= {name for name, *_ in chart.dataset.counts}
    assert {*chart.columns} <= columns
    assert {*chart.metrics} <= metrics
    assert {subject for subject, *_ in chart.filters} <= columns
    assert {name for name, _ in chart.orders} <= {*chart.columns, *chart.metrics}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_campaigns_or_creators_of_one_name_are_not_put_together(chart: dashboards.Chart) -> None:
    """A name is no key: what is grouped by it is grouped by the id, too."""
    for thing in ("campaign", "creator"):
        if chart.metrics and f"{thing}_name" in chart.columns:
            assert f"{thing}_id" in chart.columns


def test_the_bars_of_campaigns_have_labels_of_their_own() -> None:
    (bars,) = [chart for chart in CHARTS if chart.name == "Return on spend by campaign"]
    assert bars.columns == ("campaign_label",)


def test_tiers_stand_in_the_order_of_their_size() -> None:
    """Superset puts the words of an axis into the order of the alphabet: macro before nano."""
    (chart,) = [chart for chart in CHARTS if chart.name == "Engagement rate by tier"]
    ((_, _, sql),) = [one for one in chart.dataset.derived if one[0] == chart.columns[0]]
    tiers = "(values ('macro'), ('mega'), ('micro'), ('mid'), ('nano')) as t (tier)"
    shown = duckdb.sql(f"select {sql} as shown from {tiers} order by shown").fetchall()
    assert [text for (text,) in shown] == ["1 nano", "2 micro", "3 mid", "4 macro", "5 mega"]


def test_days_without_money_are_not_bridged_by_a_line() -> None:
    assert [chart.kind for chart in CHARTS if chart.dataset is dashboards.MONEY] == [dashboards.BAR]


def test_bars_with_long_names_lie() -> None:
    """Upright, every second name is left out."""
    long = {"method", "campaign_label", "brand_name"}
    bars = [c for c in CHARTS if c.kind == dashboards.BAR and c.columns[0] in long]
    assert len(bars) == 3
    assert {chart.options["orientation"] for chart in bars} == {"horizontal"}


@pytest.mark.parametrize("dataset", dashboards.DATASETS, ids=lambda dataset: dataset.name)
def test_headings_are_brief_and_of_one_column_each(dataset: dashboards.Dataset) -> None:
    file = superset.TARGET / "datasets" / "Reachline" / f"{dataset.name}.yaml"
    loaded = YAML(typ="safe").load(file)
    headings = {c["column_name"]: c["verbose_name"] for c in loaded["columns"]}
    headings |= {m["metric_name"]: m["verbose_name"] for m in loaded["metrics"]}
    derived = {name for name, *_ in dataset.derived}
    words = [text for name, text in headings.items() if name not in derived]
    assert sorted({text for text in words if words.count(text) > 1}) == []
    for metric in loaded["metrics"]:
        known = load_metrics().get(metric["metric_name"])
        assert known is None or metric["verbose_name"] == (known.short_label or known.label)


def test_money_is_shown_in_the_currency_of_the_release(tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema meta")
        connection.execute("create table meta.run as select 'SEK' as currency")
    target = tmp_path / "bundle.zip"
    target.write_bytes(superset.pack(database))
    with ZipFile(target) as archive:
        text = archive.read("reachline/datasets/Reachline/campaign_results.yaml").decode()
    metrics = {m["metric_name"]: m for m in YAML(typ="safe").load(text)["metrics"]}
    shown = {"symbol": "SEK", "symbolPosition": "prefix"}
    assert metrics["cost_committed"]["currency"] == metrics["cpe"]["currency"] == shown
    assert "currency" not in metrics["posts"]
    assert "currency" not in metrics["roas"]


def test_our_share_of_voice_leaves_out_an_own_brand_that_competes_with_another() -> None:
    (chart,) = [chart for chart in CHARTS if chart.name == "Our share of voice by week"]
    assert ("is_own_voice", "==", True) in chart.filters
    assert "voice_role" not in {subject for subject, *_ in chart.filters}


def test_what_does_not_add_up_is_never_summed() -> None:
    files = sorted((superset.TARGET / "datasets" / "Reachline").glob("*.yaml"))
    assert len(files) == len(dashboards.DATASETS)
    for file in files:
        for metric in YAML(typ="safe").load(file)["metrics"]:
            for name, known in load_metrics().items():
                if known.additivity == "non_additive":
                    assert f"SUM({name})" not in metric["expression"], metric["metric_name"]
                    assert f"AVG({name})" not in metric["expression"], metric["metric_name"]


def test_figures_that_methods_repeat_are_only_summed_within_one() -> None:
    dataset = dashboards.METHODS.rows
    file = superset.TARGET / "datasets" / "Reachline" / "campaign_results_by_method.yaml"
    loaded = YAML(typ="safe").load(file)
    summed = [m["expression"] for m in loaded["metrics"] if "SUM(" in m["expression"]]
    assert dataset.one_of == "method"
    assert len(summed) > 15
    assert all(sql.startswith("CASE WHEN COUNT(DISTINCT method) = 1 THEN ") for sql in summed)


def test_what_one_brand_spends_next_is_not_added_to_what_another_does() -> None:
    dataset = superset.TARGET / "datasets" / "Reachline" / "bookings.yaml"
    metrics = {m["metric_name"]: m["expression"] for m in YAML(typ="safe").load(dataset)["metrics"]}
    assert metrics["next_1000_part"] == (
        "CASE WHEN COUNT(DISTINCT brand_id) = 1 THEN SUM(next_1000_part) END"
    )
    assert metrics["expected_profit"] == "CASE WHEN COUNT(*) = 1 THEN MAX(expected_profit) END"


def test_ids_stay_the_same_and_are_nobody_elses() -> None:
    loaded = [YAML(typ="safe").load(file) for file in superset.TARGET.rglob("*.yaml")]
    ids = [body["uuid"] for body in loaded if "uuid" in body]
    assert len(ids) == len(set(ids)) == len(loaded) - 1
    known = YAML(typ="safe").load(superset.TARGET / "databases" / "Reachline.yaml")["uuid"]
    assert known == "7bd59edf-1d64-5eee-ae3b-cbb26b8408ed"


def test_the_database_is_opened_for_reading_and_locked(tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    target.write_bytes(superset.pack(tmp_path / "my data" / "warehouse.duckdb"))
    with ZipFile(target) as archive:
        names = archive.namelist()
        text = archive.read("reachline/databases/Reachline.yaml").decode()
    database = YAML(typ="safe").load(text)
    arguments = database["extra"]["engine_params"]["connect_args"]
    assert database["sqlalchemy_uri"] == f"duckdb:///{tmp_path}/my%20data/warehouse.duckdb"
    assert arguments == {
        "read_only": True,
        "config": {"enable_external_access": False, "lock_configuration": True},
    }
    assert not database["allow_dml"]
    assert {name.split("/")[0] for name in names} == {"reachline"}


def test_a_path_that_is_not_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="whole path"):
        superset.files(Path("data/warehouse.duckdb"))
