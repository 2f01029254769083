"""dbt's semantic models and metrics, which MetricFlow reads, out of the catalogue of metrics.

Figures of a method of attribution are those of the default one. What has no value for a group (see
reachline.publish.aggregates) is no metric here.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from reachline.publish.aggregates import (
    KNOWN_REVENUE,
    PROFIT_COVERAGE_MIN,
    Aggregate,
    Rows,
    aggregates,
)
from reachline.publish.labels import label_of
from reachline.warehouse.dbt import PROJECT

TARGET = PROJECT / "models" / "semantic" / "semantic_layer.yml"

_HEAD = "# Written by `make format` from macros/metrics/metric_catalogue.sql: edit that.\n"
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Fact:
    """Rows that are measured: at which day, of what, under which prefix of the metrics' names."""

    rows: Rows
    key: str
    day: str
    entities: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    prefix: str = ""


@dataclass(frozen=True)
class Thing:
    """A dimension table: what facts are grouped by, and the tables that it points at."""

    entity: str
    rows: Rows
    dimensions: tuple[str, ...]
    entities: tuple[str, ...] = ()


THINGS = (
    Thing("brand", Rows("core", "dim_brand"), ("brand_name", "role")),
    Thing(
        "campaign",
        Rows("core", "dim_campaign"),
        ("campaign_name", "objective", "status"),
        ("brand",),
    ),
    Thing("creator", Rows("core", "dim_creator"), ("creator_name", "country", "tier")),
    Thing("account", Rows("core", "dim_account"), ("platform", "handle", "tier"), ("creator",)),
)

FACTS = (
    Fact(
        Rows("views", "collaboration_results"),
        key="collaboration_result",
        day="starts_on",
        entities=("campaign", "creator"),
        dimensions=("is_live",),
    ),
    Fact(
        Rows(
            "views",
            "campaign_days",
            repeated=frozenset({"attributed_orders", "attributed_revenue", "cost"}),
        ),
        key="campaign_day",
        day="date_day",
        entities=("campaign",),
        prefix="daily_",
    ),
    Fact(
        Rows("views", "campaign_money"),
        key="campaign_money_day",
        day="date_day",
        entities=("campaign",),
        prefix="daily_",
    ),
    Fact(
        Rows("views", "outreach"),
        key="outreach",
        day="starts_on",
        entities=("campaign",),
        dimensions=("channel",),
    ),
    Fact(
        Rows("views", "posts", repeated=frozenset({"followers"}), is_paired=True),
        key="post",
        day="published_on",
        entities=("account", "campaign"),
        dimensions=("content_type", "is_paid_label"),
        prefix="post_",
    ),
    Fact(
        Rows("views", "bookings", repeated=frozenset({"next_1000_part"})),
        key="booking",
        day="last_on",
        entities=("brand", "creator"),
        dimensions=("verdict", "how_sure"),
        prefix="booking_",
    ),
    Fact(Rows("core", "fct_orders"), key="order", day="ordered_on", entities=()),
    Fact(
        Rows("core", "fct_account_daily"),
        key="account_day",
        day="date_day",
        entities=("account",),
        prefix="account_",
    ),
)


def text() -> str:
    """Return the YAML of the semantic models and their metrics."""
    models = [_thing(thing) for thing in THINGS]
    metrics: list[dict[str, Any]] = []
    for fact in FACTS:
        model, of_fact = _fact(fact)
        models.append(model)
        metrics += of_fact
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 100
    stream = io.StringIO()
    yaml.dump({"version": 2, "semantic_models": models, "metrics": metrics}, stream)
    return _HEAD + stream.getvalue()


def _thing(thing: Thing) -> dict[str, Any]:
    return {
        "name": f"{thing.entity}s",
        "description": thing.rows.description,
        "model": f"ref('{thing.rows.name}')",
        "entities": [
            {"name": thing.entity, "type": "primary", "expr": f"{thing.entity}_id"},
            *_foreign(thing.entities),
        ],
        "dimensions": [{"name": name, "type": "categorical"} for name in thing.dimensions],
    }


def _foreign(entities: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"name": name, "type": "foreign", "expr": f"{name}_id"} for name in entities]


def _fact(fact: Fact) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    measures: dict[str, dict[str, Any]] = {}
    metrics = []
    for aggregate in aggregates(fact.rows):
        if aggregate.kind == "sum":
            measure = _measure(fact, aggregate.column, aggregate.column)
            if aggregate.column == "followers":
                measure["non_additive_dimension"] = {
                    "name": fact.day,
                    "window_choice": "max",
                    "window_groupings": ["account"],
                }
            measures[measure["name"]] = measure
            params: dict[str, Any] = {"measure": measure["name"]}
            metrics.append(_metric(fact, aggregate, "simple", params))
        elif aggregate.kind == "ratio":
            metrics.append(_ratio(fact, aggregate, measures, metrics))
    model = {
        "name": fact.rows.name,
        "description": fact.rows.description,
        "model": f"ref('{fact.rows.name}')",
        "defaults": {"agg_time_dimension": fact.day},
        "primary_entity": fact.key,
        "entities": _foreign(fact.entities),
        "dimensions": [
            {"name": fact.day, "type": "time", "type_params": {"time_granularity": "day"}},
            *({"name": name, "type": "categorical"} for name in fact.dimensions),
        ],
        "measures": list(measures.values()),
    }
    return {name: value for name, value in model.items() if value != []}, metrics


def _ratio(
    fact: Fact,
    aggregate: Aggregate,
    measures: dict[str, dict[str, Any]],
    metrics: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the metric of a ratio, after its parts, where these are no metrics themselves."""
    of, to = aggregate.of, aggregate.to
    if fact.rows.is_paired:
        parts = {
            f"{aggregate.column}_{side}": f"case when {aggregate.column} is not null then {sql} end"
            for side, sql in (("of", of), ("to", to))
        }
        of, to = parts
    elif aggregate.of == KNOWN_REVENUE:
        parts = {"known_revenue": KNOWN_REVENUE}
        of = "known_revenue"
    elif aggregate.condition:
        parts = {
            f"{aggregate.column}_{side}": met
            for side, sql in (("of", of), ("to", to))
            if (met := aggregate.where_met(sql)) != sql
        }
        of, to = (
            part if (part := f"{aggregate.column}_{side}") in parts else sql
            for side, sql in (("of", of), ("to", to))
        )
    else:
        parts = {}
    guard: tuple[str, ...] = ()
    if aggregate.is_guarded:
        guarded = {
            f"{aggregate.column}_{side}": aggregate.where_met(sql)
            for side, sql in (("known_revenue", KNOWN_REVENUE), ("revenue", "attributed_revenue"))
        }
        guard = tuple(guarded)
        parts |= guarded
    for name, expression in parts.items():
        measure = _measure(fact, name, expression)
        measures[measure["name"]] = measure
        metrics.append(
            {
                "name": fact.prefix + name,
                "label": _label(fact.prefix, name),
                "description": f"A part of {fact.prefix}{aggregate.column}.",
                "type": "simple",
                "type_params": {"measure": measure["name"]},
            }
        )
    used = sorted({*_NAME.findall(of), *_NAME.findall(to), *guard})
    names = {name: fact.prefix + name for name in used}
    times = f"{aggregate.times} * " if aggregate.times != 1 else ""
    expression = f"{times}cast({of} as double) / nullif({to}, 0)"
    if aggregate.column == "profit_coverage":
        expression = f"case when {to} is not null then coalesce({expression}, 1) end"
    if guard:
        known = f"coalesce(cast({guard[0]} as double) / nullif({guard[1]}, 0), 1)"
        expression = f"case when {known} >= {PROFIT_COVERAGE_MIN} then {expression} end"
    params = {
        "expr": expression,
        "metrics": [
            {"name": names[name], "alias": name} if names[name] != name else {"name": name}
            for name in used
        ],
    }
    return _metric(fact, aggregate, "derived", params)


def _measure(fact: Fact, name: str, expression: str) -> dict[str, Any]:
    if fact.rows.one_of == "method":
        expression = f"case when is_default_method then {expression} end"
    return {"name": f"{fact.rows.name}_{name}", "agg": "sum", "expr": expression}


def _metric(fact: Fact, aggregate: Aggregate, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    described = next(column for column in fact.rows.columns if column.name == aggregate.column)
    return {
        "name": fact.prefix + aggregate.column,
        "label": _label(fact.prefix, aggregate.column),
        "description": described.description,
        "type": kind,
        "type_params": params,
        "config": {"meta": {"metric": aggregate.metric.name, "unit": aggregate.metric.unit}},
    }


def _label(prefix: str, column: str) -> str:
    words = label_of(column).text
    return f"{prefix.rstrip('_').capitalize()}: {words}" if prefix else words
