"""The notebook answers from a release what the release's own tables say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.publish import notebook
from tests.end_to_end.homes import Market

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(market: Market) -> Path:
    return (market.after(2) / "published" / "current").resolve()


@pytest.fixture(scope="module")
def answers(published: Path) -> dict[str, Any]:
    """Run the cells of the notebook, each of which shows what its last line is."""
    book = json.loads(notebook.TARGET.read_text("utf-8"))
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REACHLINE_RELEASE", str(published))
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), "cell", "exec"), names)  # noqa: S102
    names["release"].close()
    return names


def asked(published: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(published / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def test_there_are_ten_questions_each_with_an_answer() -> None:
    cells = json.loads(notebook.TARGET.read_text("utf-8"))["cells"]
    assert [cell["source"] for cell in cells if cell.get("outputs")] == []
    heads = [number for cell in cells for number in re.findall(r"^## (\d+)\. ", _text(cell), re.M)]
    assert heads == [str(number) for number in range(1, 11)]
    for index, cell in enumerate(cells):
        if re.match(r"## \d", _text(cell)):
            assert cells[index + 1]["cell_type"] == "code"


def _text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize(
    ("name", "column", "truth"),
    [
        (
            *("unwell", "stream"),
            "select stream from reports.data_health where freshness <> 'fresh' or gate <> 'pass' "
            "or completeness in ('below_usual', 'above_usual')",
        ),
        (
            *("returned", "roi"),
            "select roi from reports.campaign_performance "
            "where method = 'code_then_click' and roi is not null",
        ),
        (
            *("campaigns", "cost_committed"),
            "select cost_committed from reports.campaign_performance "
            "where method = 'code_then_click'",
        ),
        (
            *("creators", "profit_after_cost"),
            "select sum(attributed_profit) - sum(cost_committed) "
            "from reports.collaboration_performance where is_default_method "
            "and attributed_profit is not null group by creator_id",
        ),
        (
            *("bookings", "next_break_even_fee"),
            "select next_break_even_fee from reports.next_bookings "
            "where expected_profit is not null",
        ),
        (
            *("at_7_days", "er_followers_7d"),
            "select er_followers from core.fct_post_at_age "
            "where age_days = 7 and er_followers is not null",
        ),
        (
            *("undisclosed", "post_id"),
            "select post_id from reports.post_performance where disclosure = 'missing'",
        ),
        (*("shortlist", "rank"), "select rank from reports.discovery_shortlist"),
    ],
)
def test_an_answer_has_the_rows_and_the_figures_of_the_reports(
    answers: dict[str, Any], published: Path, name: str, column: str, truth: str
) -> None:
    found = sorted(answers[name][column].tolist())
    assert found == sorted(value for (value,) in asked(published, truth))
    assert found


def test_sums_are_those_of_one_method(answers: dict[str, Any], published: Path) -> None:
    ((orders, revenue),) = asked(
        published,
        "select sum(credit), sum(attributed_revenue) from core.fct_attribution "
        "where method = 'code_then_click' and collaboration_id is not null",
    )
    assert (answers["orders"]["orders"].sum(), answers["orders"]["revenue"].sum()) == (
        *(orders, revenue),
    )
    ((cost,),) = asked(published, "select sum(amount) from core.fct_costs where is_committed_cost")
    assert answers["money"]["cost"].sum() == cost
    methods = dict(
        asked(
            published,
            "select method, sum(attributed_revenue) from reports.campaign_performance group by all",
        )
    )
    assert {method: answers["methods"][method].sum() for method in methods} == methods
    assert len(methods) == 7
    assert answers["answer"].figures[0].is_same
