"""The catalogue of metrics, as Python reads it: the YAML of dbt_project/macros/metrics."""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter
from ruamel.yaml import YAML

from reachline.cache import kept
from reachline.configuration.fields import Strict
from reachline.configuration.platforms import platforms
from reachline.configuration.platforms.base import Reported
from reachline.warehouse.dbt import PROJECT

CATALOGUE = PROJECT / "macros" / "metrics" / "metric_catalogue.sql"
DOCS = PROJECT / "models" / "docs_metrics.md"

AGES = ("_1d", "_7d", "_30d")
"""What stands behind a metric's name in columns of a post 1, 7 and 30 days after publication."""

Unit = Literal[
    "count",
    "people",
    "posts",
    "share",
    "ratio",
    "points",
    "money",
    "money per unit",
    "days",
    "units of the goal",
]

Format = Literal[
    "number",
    "signed number",
    "percent",
    "signed percent",
    "times",
    "fraction",
    "money",
    "small money",
]


class Ratio(Strict):
    """times x of / to, over columns of one row; NULL where one of `where` does not hold."""

    of: str
    to: str
    times: int = 1
    where: tuple[str, ...] = ()


class Interval(Strict):
    """A bound of the 95 % Wilson interval of of / to."""

    of: str
    to: str
    bound: Literal["low", "high"]


class Metric(Strict):
    """What a published figure means; the fields are explained in the catalogue's own head."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    label: str
    short_label: str | None = None
    formula: str
    unit: Unit
    format: Format
    is_estimate: bool = False
    additivity: Literal["additive", "semi_additive", "non_additive"]
    not_over: str | None = None
    zero_rule: str
    null_rule: str
    needs_any: tuple[Reported, ...] = ()
    source: str
    watched_by: tuple[Literal["orders", "clicks"], ...] = ()
    ratio: Ratio | None = None
    interval: Interval | None = None
    upper_bound_of: str | None = None

    @cached_property
    def not_reported_by(self) -> tuple[str, ...]:
        """The platforms of which it has no value, as they report nothing that it is made of."""
        return tuple(
            name
            for name, platform in platforms().items()
            if self.needs_any and {*self.needs_any} <= {*platform.never_reports}
        )


def catalogue() -> list[dict[str, Any]]:
    """Return the entries of the catalogue as its YAML has them; ValueError where it has none."""
    return _read(CATALOGUE)


@cache
def _read(path: Path) -> list[dict[str, Any]]:
    found = re.search(r"{% set text %}\n(.*?){% endset %}", path.read_text("utf-8"), re.DOTALL)
    if found is None:
        raise ValueError(f"{path}: no YAML stands between 'set text' and 'endset'.")
    text = found[1]

    def parse() -> bytes:
        return json.dumps(YAML(typ="safe").load(text)).encode()

    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    entries: list[dict[str, Any]] = json.loads(kept("metric-catalogue", version, parse))
    return entries


@cache
def load_metrics() -> dict[str, Metric]:
    """Return the metrics by name; ValueError when the catalogue is not what its head says."""
    listed = TypeAdapter(list[Metric]).validate_python(catalogue())
    metrics = {metric.name: metric for metric in listed}
    if len(metrics) < len(listed):
        names = [metric.name for metric in listed]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{CATALOGUE}: more than one entry for {', '.join(twice)}.")
    for metric in listed:
        if (metric.additivity == "semi_additive") != (metric.not_over is not None):
            raise ValueError(
                f"{CATALOGUE}: {metric.name}: a semi-additive metric, and no other, says in "
                "`not_over` what it may not be summed over."
            )
    return metrics


def metric_and_age(column: str) -> tuple[str, str]:
    """Return a column's name without its age, and its age as a suffix, such as `_7d`; else ""."""
    for age in AGES:
        if column.endswith(age):
            return column.removesuffix(age), age
    return column, ""


def docs_text() -> str:
    """Return the dbt docs blocks `metric_<name>`, one a metric."""
    blocks = [
        "<!-- Written by `make format` from macros/metrics/metric_catalogue.sql: edit that. -->"
    ]
    for metric in load_metrics().values():
        sums = {
            "additive": "",
            "semi_additive": f" Not to be summed over {metric.not_over}.",
            "non_additive": " Not to be summed.",
        }[metric.additivity]
        text = (
            f"{metric.formula[0].upper()}{metric.formula[1:]}. Unit: {metric.unit}. "
            f"Zero: {metric.zero_rule}. NULL: {metric.null_rule}.{sums}"
        )
        lines = textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)
        blocks.append(f"{{% docs metric_{metric.name} %}}\n{lines}\n{{% enddocs %}}")
    return "\n\n".join(blocks) + "\n"
