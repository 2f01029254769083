"""The semantic layer says of each metric what the catalogue says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from reachline.publish import semantic_layer
from reachline.publish.aggregates import Rows, aggregates, as_sql, metric_of
from reachline.warehouse.metrics import load_metrics


@pytest.fixture(scope="module")
def layer() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(semantic_layer.TARGET)
    return loaded


def test_every_metric_is_named_after_one_of_the_catalogue(layer: dict[str, Any]) -> None:
    prefixes = "|".join({fact.prefix for fact in semantic_layer.FACTS if fact.prefix})
    named = [metric for metric in layer["metrics"] if "config" in metric]
    for metric in named:
        found = metric_of(re.sub(f"^({prefixes})", "", metric["name"]))
        assert found is not None
        assert found.name == metric["config"]["meta"]["metric"]
    assert {"roas", "roi", "ctr", "post_er_followers_7d", "reply_rate"} <= {
        metric["name"] for metric in named
    }


def test_a_metric_is_described_as_the_column_that_it_is_made_of(layer: dict[str, Any]) -> None:
    """The catalogue's words on impressions speak of views, which stand in for no post here."""
    descriptions = {metric["name"]: metric["description"] for metric in layer["metrics"]}
    columns = {column.name: column.description for column in Rows("views", "posts").columns}
    assert descriptions["post_impressions"] == columns["impressions"]
    assert "views" not in descriptions["post_impressions"]
    assert "day of agreement" in descriptions["daily_cost"]


def test_of_next_bookings_only_what_adds_up_over_brands_is_a_metric(layer: dict[str, Any]) -> None:
    """Each brand spends a next 1,000 of its own, and expectations are of one creator each."""
    names = {metric["name"] for metric in layer["metrics"]}
    assert {name for name in names if name.startswith("booking_")} == {
        *("booking_last_fee", "booking_last_cost", "booking_collaborations"),
        *("booking_collaborations_measured", "booking_collaborations_running"),
    }


def test_what_does_not_add_up_is_a_ratio_of_sums(layer: dict[str, Any]) -> None:
    metrics = load_metrics()
    measures = {
        measure["name"]: measure
        for model in layer["semantic_models"]
        for measure in model.get("measures", [])
    }
    assert {measure["agg"] for measure in measures.values()} == {"sum"}
    ratios = 0
    for metric in layer["metrics"]:
        known = metrics.get(metric.get("config", {}).get("meta", {}).get("metric"))
        if known is not None and known.additivity == "non_additive":
            assert metric["type"] == "derived", metric["name"]
            assert "nullif(" in metric["type_params"]["expr"], metric["name"]
            ratios += 1
        else:
            assert metric["type"] == "simple", metric["name"]
    assert ratios > 10


def test_a_figure_without_a_sum_is_shown_of_one_row_alone() -> None:
    """Reach, medians, scores and distinct orders: neither summed nor averaged."""
    rows = Rows("views", "creator_accounts")
    for aggregate in aggregates(rows):
        sql = as_sql(rows, aggregate)
        if aggregate.kind == "single":
            assert aggregate.metric.additivity == "non_additive"
            assert sql == f"CASE WHEN COUNT(*) = 1 THEN MAX({aggregate.column}) END"
        if aggregate.metric.additivity == "non_additive":
            assert f"SUM({aggregate.column})" not in sql
    kinds = {aggregate.column: aggregate.kind for aggregate in aggregates(rows)}
    assert kinds["er_followers_median"] == kinds["authenticity_score"] == "single"
    assert kinds["paid_posts_share"] == "ratio"
    assert kinds["posts_90d"] == "sum"
