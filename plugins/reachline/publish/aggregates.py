"""What a group of a published table's rows comes to, metric by metric, as the catalogue allows.

The Superset bundle and the semantic layer are written from this. A figure that adds up is summed.
A ratio is the ratio of its parts' sums, over the rows whose orders and clicks were watched where it
needs them. Anything else (a median, people reached, a score) has no value for a group: it is shown
where the group is one row, and is NULL otherwise.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from reachline.cache import kept
from reachline.warehouse.dbt import PROJECT
from reachline.warehouse.files import PUBLISHED_SCHEMAS
from reachline.warehouse.metrics import DOCS, Metric, docs_text, load_metrics, metric_and_age

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_DOC = re.compile(r"{{ doc\('(\w+)'\) }}")
_BLOCK = re.compile(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", re.DOTALL)

# the threshold of profit_coverage is the team's own, so it is read where the rows are
PROFIT_COVERAGE_MIN = "(select max(value) from meta.thresholds where name = 'profit_coverage_min')"
KNOWN_REVENUE = "profit_coverage * attributed_revenue"


class Column(BaseModel):
    """A column of a published table or view, as its YAML describes it."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Rows:
    """A published table or view to be grouped.

    `one_of` is a column whose values repeat the same figures (attribution methods), so that figures
    of two of them are never added up. `repeated` are columns that repeat over other rows, or
    that other rows have in full.
    `is_paired`: a ratio counts only rows that have both of its parts, as rates of posts do.
    """

    schema: str
    name: str
    one_of: str | None = None
    repeated: frozenset[str] = frozenset()
    is_paired: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns in the order of the contract."""
        return described(self.schema, self.name)[1]

    @property
    def description(self) -> str:
        """What one row is, and what the table holds."""
        return described(self.schema, self.name)[0]


@dataclass(frozen=True)
class Aggregate:
    """A metric of a group: `column` is its name, `metric` what the catalogue says of it.

    `kind` says how it is made: sum, ratio (of `of` over `to`, texts of column names with + and -,
    `times` over) or single, the value of the only row. A ratio is over the rows that meet
    `condition`, SQL over a row; one that is guarded is NULL where too little of the profit of these
    is known.
    """

    column: str
    metric: Metric
    kind: str
    of: str = ""
    to: str = ""
    times: int = 1
    condition: str = ""
    is_guarded: bool = False

    def where_met(self, expression: str) -> str:
        """Return an expression that is NULL in rows that do not meet the condition."""
        if self.condition in ("", f"{expression} IS NOT NULL"):
            return expression
        return f"CASE WHEN {self.condition} THEN {expression} END"


@cache
def described(schema: str, name: str) -> tuple[str, tuple[Column, ...]]:
    """Return the description and the columns of a published model, dbt's docs blocks put in.

    FileNotFoundError when there is no such model.
    """
    model = model_yaml(schema, name)
    blocks = _blocks()

    def resolved(words: str) -> str:
        return " ".join(_DOC.sub(lambda found: blocks[found[1]], words).split())

    columns = tuple(
        Column(
            name=column["name"],
            data_type=column["data_type"],
            description=resolved(column["description"]),
        )
        for column in model["columns"]
    )
    return resolved(model["description"]), columns


def model_yaml(schema: str, name: str) -> dict[str, Any]:
    """Return what the YAML of a published model says, docs blocks as they are written there."""
    path = PROJECT / "models" / schema / f"{name}.yml"
    models = _model_yamls()
    if f"{schema}.{name}" not in models:
        raise FileNotFoundError(path)
    return models[f"{schema}.{name}"]


@cache
def _model_yamls() -> dict[str, dict[str, Any]]:
    """Return what the YAML of each published model says of it; reading all takes seconds."""
    texts = {
        f"{schema}.{path.stem}": path.read_text("utf-8")
        for schema in PUBLISHED_SCHEMAS
        for path in sorted((PROJECT / "models" / schema).glob("*.yml"))
    }

    def read() -> bytes:
        found = {}
        for name, text in texts.items():
            (found[name],) = YAML(typ="safe").load(text)["models"]
        return json.dumps(found).encode()

    version = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]
    models: dict[str, dict[str, Any]] = json.loads(kept("model-yaml", version, read))
    return models


@cache
def _blocks() -> dict[str, str]:
    by_hand = (
        path.read_text(encoding="utf-8")
        for path in sorted((PROJECT / "models").glob("*.md"))
        if path != DOCS
    )
    return {name: text for page in (*by_hand, docs_text()) for name, text in _BLOCK.findall(page)}


def metric_of(column: str) -> Metric | None:
    """Return the catalogue's metric that a column of this name is; er_views_7d is er_views."""
    metrics = load_metrics()
    return metrics.get(column) or metrics.get(metric_and_age(column)[0])


def aggregates(rows: Rows) -> list[Aggregate]:
    """Return what each metric of the rows comes to in a group, in the order of the columns."""
    names = [column.name for column in rows.columns]
    found = []
    for name in names:
        metric = metric_of(name)
        if metric is not None and name not in rows.repeated:
            found.append(_aggregate(rows, names, name, metric))
    return found


def _aggregate(rows: Rows, names: Sequence[str], name: str, metric: Metric) -> Aggregate:
    if metric.additivity != "non_additive":
        return Aggregate(name, metric, "sum")
    if name == "profit_coverage" and "attributed_revenue" in names:
        return Aggregate(name, metric, "ratio", KNOWN_REVENUE, "attributed_revenue")
    if metric.ratio is not None:
        suffix = name.removeprefix(metric.name)
        of = _parts(metric.ratio.of, suffix, names, rows)
        to = _parts(metric.ratio.to, suffix, names, rows)
        if of and to:
            guards = [each for each in metric.ratio.where if each.startswith("profit_coverage ")]
            needed = [each for each in metric.ratio.where if each not in guards]
            if not metric.ratio.where:
                needed = [f"{part} IS NOT NULL" for part in _watched(f"{of} {to}")]
            return Aggregate(
                name,
                metric,
                "ratio",
                of,
                to,
                metric.ratio.times,
                condition=" AND ".join(needed),
                is_guarded=bool(guards),
            )
    return Aggregate(name, metric, "single")


def _watched(expression: str) -> list[str]:
    """Return the columns of an expression that are NULL where nobody watched."""
    found = dict.fromkeys(_NAME.findall(expression))
    return [name for name in found if (metric := metric_of(name)) and metric.watched_by]


def _parts(expression: str, suffix: str, names: Sequence[str], rows: Rows) -> str | None:
    """Return a ratio's part in the rows' own names; None where its sum is not to be had."""
    if "*" in expression:
        return None
    metrics = load_metrics()
    for part in _NAME.findall(expression):
        column = part + suffix if part + suffix in names else part
        if (
            column not in names
            or column in rows.repeated
            or (part in metrics and metrics[part].additivity == "non_additive")
        ):
            return None
        expression = re.sub(rf"\b{part}\b", column, expression)
    return expression


def as_sql(rows: Rows, aggregate: Aggregate) -> str:
    """Return the aggregate as one SQL expression over the rows of a group."""
    column = aggregate.column
    if aggregate.kind == "single":
        return f"CASE WHEN COUNT(*) = 1 THEN MAX({column}) END"
    if aggregate.kind == "sum":
        return _of_one(rows, f"SUM({column})")
    of, to = _summed(aggregate, aggregate.of), _summed(aggregate, aggregate.to)
    if rows.is_paired:
        of, to = (
            f"SUM(CASE WHEN {column} IS NOT NULL THEN {part} END)"
            for part in (aggregate.of, aggregate.to)
        )
    times = f"{aggregate.times} * " if aggregate.times != 1 else ""
    ratio = f"{times}CAST({of} AS DOUBLE) / NULLIF({to}, 0)"
    if column == "profit_coverage":
        whole = f"COALESCE({ratio}, 1)"
        return _of_one(rows, f"CASE WHEN SUM(attributed_revenue) IS NOT NULL THEN {whole} END")
    if aggregate.is_guarded:
        known = _summed(aggregate, KNOWN_REVENUE)
        revenue = _summed(aggregate, "attributed_revenue")
        known = f"COALESCE({known} / NULLIF({revenue}, 0), 1)"
        ratio = f"CASE WHEN {known} >= {PROFIT_COVERAGE_MIN} THEN {ratio} END"
    return _of_one(rows, ratio)


def _summed(aggregate: Aggregate, expression: str) -> str:
    """Return the sum of a ratio's part: of each column where it is + and -, else of the product."""
    if "*" in expression:
        return f"SUM({aggregate.where_met(expression)})"
    return _NAME.sub(lambda found: f"SUM({aggregate.where_met(found[0])})", expression)


def _of_one(rows: Rows, expression: str) -> str:
    if rows.one_of is None:
        return expression
    return f"CASE WHEN COUNT(DISTINCT {rows.one_of}) = 1 THEN {expression} END"
