"""The catalogue of metrics: whole, current in dbt's docs, and kept by the linter."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import jinja2
import pytest
from ruamel.yaml import YAML
from sqlfluff.core import FluffConfig, Linter

from reachline.warehouse import metrics
from reachline.warehouse.metrics import load_metrics

PROJECT = Path(__file__).parents[3] / "dbt_project"
PERFORMANCE = ("campaign_performance", "collaboration_performance")
PROGRAM = ("outreach_funnel", "campaign_pacing", "creator_relationships", "next_bookings")
WITH_RATIOS = (
    "campaign_performance", "outreach_funnel", "campaign_pacing", "creator_scorecard",
    "fair_compensation", "next_bookings",
)  # fmt: skip


def columns_of(report: str) -> dict[str, str]:
    """The columns of a report with their types, as its contract has them."""
    text = PROJECT / "models" / "reports" / f"{report}.yml"
    (model,) = YAML(typ="safe").load(text)["models"]
    return {column["name"]: column["data_type"] for column in model["columns"]}


@pytest.mark.parametrize("report", [*PERFORMANCE, *PROGRAM])
def test_every_figure_of_a_report_stands_in_the_catalogue(report: str) -> None:
    figures = {
        name
        for name, kind in columns_of(report).items()
        if re.match("bigint|double|decimal|integer", kind)
    }
    assert len(figures) > (20 if report in PERFORMANCE else 6)
    assert figures <= load_metrics().keys()


def test_every_ratio_is_made_of_columns_that_stand_beside_it() -> None:
    reports = [{*columns_of(name), "profit_coverage_min"} for name in WITH_RATIOS]
    at_age = {"engagements_public", "followers_at_post", "organic_views", "organic_reach"}
    made = [metric for metric in load_metrics().values() if metric.ratio or metric.interval]
    assert len(made) >= 15
    for metric in made:
        parts = metric.ratio or metric.interval
        assert parts is not None
        texts = [parts.of, parts.to, *getattr(parts, "where", ())]
        names = set(re.findall(r"[a-z_]{2}[a-z0-9_]*", " ".join(texts))) - {"is", "not", "null"}
        beside = [columns for columns in reports if metric.name in columns] or [at_age]
        assert all(names <= columns for columns in beside), metric.name
        assert metric.additivity == "non_additive", metric.name


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("- name: roi\n", "- name: roas\n", "more than one entry for roas"),
        ("additivity: non_additive\n", "additivity: sometimes\n", "additivity"),
        ("  zero_rule: NULL where there is no cost\n", "", "zero_rule"),
        ("  not_over: days,", "  over: days,", "not_over|over"),
        ("{% endset %}", "", "no YAML"),
    ],
)
def test_a_broken_catalogue_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: str, after: str, told: str
) -> None:
    text = metrics.CATALOGUE.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "metric_catalogue.sql"
    broken.write_text(text.replace(before, after, 1), encoding="utf-8")
    monkeypatch.setattr(metrics, "CATALOGUE", broken)
    with pytest.raises(ValueError, match=told):
        load_metrics.__wrapped__()


def lint(sql: str) -> list[str]:
    config = FluffConfig(overrides={"dialect": "duckdb", "rules": "Reachline_ME01"})
    return [found.desc() for found in Linter(config=config).lint_string(sql).get_violations()]


@pytest.mark.parametrize(
    "summed",
    [
        "sum(posts.reach) as reach",
        "sum(reach)",
        'SUM("Reach") as people',
        "cast(sum(coalesce(posts.reach, 0)) as bigint) as reach",
        "sum(roi) over (partition by campaign_id) as roi",
        "sum(posts.er_views) filter (where posts.platform = 'x') as er_views",
        # the name belongs to reach alone
        "sum(posts.ctr) as reach_sum_of_posts",
    ],
)
def test_the_linter_refuses_a_sum_of_what_does_not_add_up(summed: str) -> None:
    (told,) = lint(f"select {summed} from posts\n")
    assert "does not add up" in told


@pytest.mark.parametrize(
    "summed",
    [
        "sum(posts.reach) as reach_sum_of_posts",
        "cast(sum(posts.reach) as bigint) as reach_sum_of_posts",
        "sum(posts.likes) as likes",
        "sum(posts.reach_sum_of_posts) as reach_sum_of_posts",
        "max(posts.reach) as reach",
        "sum(posts.reach_of_nobody) as x",
        "posts.reach",
    ],
)
def test_the_linter_lets_the_rest_pass(summed: str) -> None:
    assert lint(f"select {summed} from posts\n") == []


def bound_by_search(count: int, of: int, side: int) -> float:
    """The share whose score test gives exactly z: the definition, found by halving."""
    share, z = count / of, 1.959964
    low, high = (0.0, share) if side < 0 else (share, 1.0)
    for _ in range(200):
        middle = (low + high) / 2
        inside = abs(share - middle) <= z * (middle * (1 - middle) / of) ** 0.5
        if inside == (side < 0):
            high = middle
        else:
            low = middle
    return (low + high) / 2


@pytest.mark.parametrize(
    ("count", "of"),
    [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (10, 100), (1, 1_000_000), (999, 1000), (7, 13)],
)
def test_the_interval_is_wilsons(count: int, of: int) -> None:
    text = (PROJECT / "macros/metrics/wilson_bound.sql").read_text(encoding="utf-8")
    macros = jinja2.Environment(autoescape=False).from_string(text).module  # noqa: S701
    select = ", ".join(macros.wilson_bound("x", "n", bound) for bound in ("low", "high"))  # type: ignore[attr-defined]
    low, high = duckdb.execute(f"select {select} from (select {count} as x, {of} as n)").fetchall()[
        0
    ]
    assert low == pytest.approx(bound_by_search(count, of, -1), rel=1e-9, abs=1e-12)
    assert high == pytest.approx(bound_by_search(count, of, +1), rel=1e-9)
    assert count or low == 0
    assert count < of or high == 1


def test_the_interval_of_a_median_has_the_ends_that_exact_coin_tosses_give() -> None:
    """As tier_benchmarks adds the chances up, place by place, for up to 20,000 accounts."""
    text = (PROJECT / "macros/compat/binomial_half.sql").read_text(encoding="utf-8")
    macros = jinja2.Environment(autoescape=False).from_string(text).module  # noqa: S701
    chance = macros.duckdb__binomial_half("place - 1", "accounts")  # type: ignore[attr-defined]
    sizes = [*range(1, 301), 1000, 1999, 5001, 20_000]
    found = duckdb.execute(
        f"""
        select accounts, count(*) filter (where chance <= 0.025)
        from (
            select accounts, sum({chance}) over (
                partition by accounts order by place
                rows between unbounded preceding and current row
            ) as chance
            from (
                select accounts, unnest(range(1, accounts + 1)) as place
                from (select unnest($1) as accounts)
            )
        )
        group by accounts
        """,
        [sizes],
    ).fetchall()
    assert dict(found) == {size: place_of_low_end(size) for size in sizes}


def place_of_low_end(accounts: int) -> int:
    """The largest k for which fewer than k heads in so many tosses come at most 1 time in 40."""
    ways, below, k, limit = 1, 0, 0, 2**accounts // 40
    while below + ways <= limit:
        below, k = below + ways, k + 1
        ways = ways * (accounts - k + 1) // k
    return k
