"""An explanation of a row: every figure computed again, and for one metric the facts below it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from reachline.explain import facts
from reachline.explain.figures import (
    day_values,
    parts_of,
    performance_values,
    post_values,
    same,
)
from reachline.explain.scope import (
    TABLES,
    Question,
    UnknownError,
    check_release,
    open_scope,
    published_row,
    row_of,
    rows_of,
)
from reachline.publish.releases import DATABASE, Release
from reachline.warehouse.metrics import Metric, load_metrics, metric_and_age


@dataclass(frozen=True)
class Figure:
    """A figure of the row: as it is published, and as the facts of core give it.

    `formula` is that of the release's own catalogue; `parts` are the values that it is made of,
    `because` the rule that makes it NULL, `facts` the kinds of facts below it.
    """

    name: str
    unit: str | None
    formula: str
    published: Any
    recomputed: Any
    parts: Mapping[str, Any]
    because: str | None
    facts: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Return whether the facts give what is published."""
        return same(self.published, self.recomputed)


@dataclass(frozen=True)
class Answer:
    """An explanation. `sections` are the facts below the one metric that was asked about."""

    question: Question
    release_id: str
    run: Mapping[str, Any]
    row: Mapping[str, Any]
    collaborations: facts.Section
    figures: tuple[Figure, ...]
    sections: Mapping[str, facts.Section]

    @property
    def wrong(self) -> tuple[Figure, ...]:
        """The figures that the facts do not give as they are published."""
        return tuple(figure for figure in self.figures if not figure.is_same)

    def as_json(self) -> str:
        """Return it as JSON: money, credit and rates as text, days and times in ISO 8601."""
        body = {
            "table": self.question.table,
            "key": self.question.key,
            "metric": self.question.metric,
            "release": {"release_id": self.release_id, **self.run},
            "is_reproduced": not self.wrong,
            "collaborations": self.collaborations,
            "figures": [
                {
                    "metric": figure.name,
                    "published": figure.published,
                    "recomputed": figure.recomputed,
                    "is_same": figure.is_same,
                    "unit": figure.unit,
                    "formula": figure.formula,
                    "parts": figure.parts,
                    "null_because": figure.because,
                    "facts": figure.facts,
                }
                for figure in self.figures
            ],
            "facts": self.sections,
        }
        return json.dumps(body, indent=1, ensure_ascii=False, default=_plain)


def explain(release: Release, question: Question, limit: int | None = None) -> Answer:
    """Return where the figures of a row come from; at most `limit` of each kind of facts.

    Reads the release alone. Raises UnknownError when there is no such row, method or metric, and
    ExplainError when the release is too old to tell.
    """
    with open_release(release) as con:
        return explain_in(con, release.release_id, question, limit)


@contextmanager
def open_release(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a release for explain_in, to ask several questions of it."""
    with duckdb.connect(
        str(release.path / DATABASE),
        read_only=True,
        config={"enable_external_access": "false", "threads": "2"},
    ) as con:
        check_release(con, release.release_id)
        yield con


def explain_in(
    con: duckdb.DuckDBPyConnection, release_id: str, question: Question, limit: int | None = None
) -> Answer:
    """Return the same as explain, from a release that is open."""
    row = published_row(con, question)
    others = (*question.key, *TABLES[question.table].others)
    names = [name for name in row if name not in others]
    if question.metric is not None and question.metric not in names:
        raise UnknownError(
            f"--metric {question.metric}: {question.table} has no such metric. There are "
            f"{', '.join(names)}."
        )
    catalogue = load_metrics()
    open_scope(con, question)
    values = _values(con, question, catalogue)
    words = {
        metric["metric"]: metric
        for metric in rows_of(con, "select metric, formula, unit from meta.metrics")
    }
    described = {
        column["column_name"]: column["description"]
        for column in rows_of(
            con,
            "select column_name, description from meta.columns"
            " where table_schema = 'reports' and table_name = ?",
            [question.table],
        )
    }
    figures = []
    for name in names:
        if question.metric is not None and name not in _with_parts(
            question.metric, catalogue, values
        ):
            continue
        found = parts_of(name, catalogue, values)
        said = words.get(metric_and_age(name)[0])
        figures.append(
            Figure(
                name=name,
                unit=said["unit"] if said else None,
                formula=said["formula"] if said else described[name],
                published=row[name],
                recomputed=values[name],
                parts={part: values[part] for part in found.parts},
                because=found.because,
                facts=found.facts,
            )
        )
    if question.metric is not None:
        figures.sort(key=lambda figure: figure.name != question.metric)
    return Answer(
        question=question,
        release_id=release_id,
        run=row_of(con, "select logical_date, currency, time_zone from meta.run"),
        row=row,
        collaborations=_collaborations(con, limit),
        figures=tuple(figures),
        sections={} if question.metric is None else _sections(con, figures[0].facts, limit),
    )


def _with_parts(
    name: str, catalogue: Mapping[str, Metric], values: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return a figure, its parts and theirs."""
    parts = parts_of(name, catalogue, values).parts
    below = [inner for part in parts if part in _TWO_DEEP for inner in _TWO_DEEP[part]]
    return (name, *parts, *below)


# of the parts of ratios these alone are made of others
_TWO_DEEP = {
    "profit_coverage": ("attributed_revenue",),
    "impressions_in_ratios": ("posts_in_ratios", "impressions_basis"),
}


def _values(
    con: duckdb.DuckDBPyConnection, question: Question, catalogue: Mapping[str, Metric]
) -> dict[str, Any]:
    if question.table == "post_performance":
        return post_values(con, catalogue)
    if question.table == "campaign_daily":
        return day_values(con)
    return performance_values(con, catalogue, of_campaign=question.table == "campaign_performance")


def _collaborations(con: duckdb.DuckDBPyConnection, limit: int | None) -> facts.Section:
    found = rows_of(
        con,
        "select collaboration_id, creator_id, is_live from scope_collaborations"
        " order by collaboration_id",
    )
    return {
        "count": len(found),
        "live": sum(row["is_live"] for row in found),
        "collaborations": found[:limit],
    }


def _sections(
    con: duckdb.DuckDBPyConnection, kinds: tuple[str, ...], limit: int | None
) -> dict[str, facts.Section]:
    sections = {kind: facts.SECTIONS[kind](con, limit) for kind in kinds}
    if any(kind in facts.CONVERTED for kind in kinds):
        sections["rates"] = facts.rates(con, kinds, limit)
    sections["batches"] = facts.batches(con, kinds, limit)
    return sections


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in JSON")
