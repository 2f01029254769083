"""Every figure of every row of the performance reports, computed again from the facts.

The world is a random one of the oracle's, with all its edge cases: `explain` shares no SQL with the
models, and must find the same figures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from reachline.explain import TABLES, Answer, Question, explain_in, open_release
from reachline.explain.text import WIDTH, as_text
from reachline.inbox import land_files
from reachline.publish.releases import Release
from reachline.settings import load_settings
from reachline.warehouse import model, open_run, stage

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import worlds

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a world's last night, open as a release is."""
    folder = tmp_path_factory.mktemp("explained")
    world = worlds.world(0)
    home, config = folder / "home", folder / "config"
    for night, (day, _) in enumerate(world.nights):
        world.configure(config, night)
        world.drop(home / "inbox", night)
        land_files(load_settings(home, config), day, f"night-{night}")
    settings = load_settings(home, config)
    run = open_run(settings, day)
    stage(run)
    model(run)
    with open_release(Release("world", 1, day, True, settings.paths.warehouse, {})) as con:
        yield con


def questions(con: duckdb.DuckDBPyConnection, table: str, where: str = "true") -> list[Question]:
    key = {
        "campaign_performance": "campaign_id, null, null, null, method",
        "collaboration_performance": "null, collaboration_id, null, null, method",
        "campaign_daily": "campaign_id, null, null, date_day, 'code_then_click'",
        "post_performance": "null, null, post_id, null, 'code_then_click'",
    }[table]
    rows = con.execute(f"select {key} from reports.{table} where {where} order by all").fetchall()
    return [Question(table, *row) for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_the_facts_give_every_figure_as_it_is_published(
    release: duckdb.DuckDBPyConnection, table: str
) -> None:
    asked = questions(release, table)
    # rows of a campaign or collaboration follow one another: no number of them is a step of 11
    some = asked[:: 11 if len(asked) > 100 else 1]
    for name, *_ in release.execute(f"describe reports.{table}").fetchall():
        some += questions(release, table, f"{name} is not null")[:1]
    every_figure_is_right(release, table, list(dict.fromkeys(some)))


@pytest.mark.long
@pytest.mark.parametrize("table", TABLES)
def test_the_facts_give_every_figure_of_every_row(
    release: duckdb.DuckDBPyConnection, table: str
) -> None:
    every_figure_is_right(release, table, questions(release, table))


def every_figure_is_right(
    release: duckdb.DuckDBPyConnection, table: str, asked: list[Question]
) -> None:
    answers = [explain_in(release, "world", question) for question in asked]
    assert len(answers) > 10
    wrong = [
        f"{answer.question.key} {figure.name}: {figure.published} against {figure.recomputed}"
        for answer in answers
        for figure in answer.wrong
    ]
    assert not wrong, "\n".join(wrong)
    unexplained = [
        f"{answer.question.key} {figure.name}: {figure.published}, {figure.because}"
        for answer in answers
        for figure in answer.figures
        if (figure.published is None) != (figure.because is not None)
    ]
    assert not unexplained, "\n".join(unexplained)
    known = {figure.name: figure.published is not None for figure in answers[0].figures}
    for answer in answers:
        for figure in answer.figures:
            known[figure.name] |= figure.published is not None
    # of a whole column of NULLs nothing would be seen
    assert [name for name, is_known in known.items() if not is_known] == (
        ["mentions_earned"] if table == "collaboration_performance" else []
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_facts_below_a_figure_add_up_to_it(
    release: duckdb.DuckDBPyConnection, table: str
) -> None:
    """Listed whole, the facts of some rows with facts of every kind add up to what is published."""
    for question in questions(release, table)[::5][:12]:
        row = explain_in(release, "world", question).row
        for metric, total in _TOTALS.items():
            if metric in row:
                answer = explain_in(release, "world", replace(question, metric=metric))
                # what nobody watched is NULL, whatever facts there are
                assert row[metric] in (None, total(answer)), (question.key, metric)
                lines = as_text(answer).splitlines()
                assert max(map(len, lines)) <= WIDTH
                assert answer.as_json()


def _orders(answer: Answer, name: str) -> object:
    touches = [
        touch
        for order in answer.sections["orders"]["orders"]
        for touch in order["touches"]
        if touch["is_counted"]
    ]
    return sum(touch[name] for touch in touches if touch[name] is not None)


def _costs(answer: Answer, flag: str) -> object:
    listed = answer.sections["costs"]["costs"]
    return sum(cost["amount"] for cost in listed if cost[flag] and cost["amount"] is not None)


def _posts(answer: Answer, name: str) -> object:
    known = [post[name] for post in answer.sections["posts"]["posts"] if post[name] is not None]
    return sum(known) if known else None


_TOTALS = {
    "attributed_orders": lambda answer: _orders(answer, "credit"),
    "attributed_revenue": lambda answer: _orders(answer, "attributed_revenue"),
    "attributed_profit": lambda answer: _orders(answer, "attributed_profit"),
    "cost_committed": lambda answer: _costs(answer, "is_committed_cost"),
    "cost_paid": lambda answer: _costs(answer, "is_paid_cost"),
    "cost": lambda answer: _costs(answer, "is_committed_cost"),
    "valid_clicks": lambda answer: len(answer.sections["clicks"]["clicks"]),
    "converting_orders": lambda answer: len(answer.sections["touches"]["orders"]),
    "engagements": lambda answer: _posts(answer, "engagements"),
    "emv": lambda answer: _posts(answer, "emv"),
    "mentions_earned": lambda answer: (
        len(answer.sections["mentions"]["posts"])
        if answer.question.table == "campaign_performance"
        else None
    ),
}


def test_every_batch_that_is_named_is_known(release: duckdb.DuckDBPyConnection) -> None:
    named = release.execute(
        "select batch_id from core.fct_clicks union select unnest(batch_ids) from core.fct_orders "
        "union select batch_id from core.fct_costs union select batch_id from core.dim_post "
        "union select batch_id from core.fct_paid_post_metrics "
        "union select batch_id from core.fct_post_at_age"
    ).fetchall()
    known = release.execute("select batch_id from meta.batches where not is_held").fetchall()
    assert len(named) > 10
    assert set(named) <= set(known)
