"""A gate that blocks stops its night, and the next one looks at what it left."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from reachline.configuration.quality import CheckRule
from reachline.night import read_journal, run_step
from reachline.night.scope import gate_scope
from reachline.publish.releases import releases
from reachline.quality.checks import Check, GateBlocked, Suite
from reachline.quality.results import read_results
from reachline.settings import Quality, Settings
from reachline.warehouse import connect, open_run
from tests.unit.nights import SECOND


def blocked_by(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """Add a check to a stage's gate that fails on the order o3."""
    from reachline.quality import model, staging

    module = {"staging": staging, "model": model}[stage]
    sound = module.suites
    check = Check(
        name="nobody_buys",
        severity="block",
        why="Because the test says so.",
        kind="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": "select 1 from {batch} where order_id = 'o3'"},
        expected="no order o3",
        failing="select * from looked_at where order_id = 'o3'",
    )
    rows = {
        "staging": "select order_id from work.staging.stg_inbox__orders",
        "model": "select order_id from core.fct_orders",
    }[stage]
    suite = Suite(stage, "orders_of_the_test", rows, ("order_id",), (check,))  # type: ignore[arg-type]
    monkeypatch.setattr(module, "suites", lambda facts: [suite, *sound(facts)][:1])


@pytest.mark.parametrize("stage", ["staging", "model"])
def test_a_blocked_gate_says_all_and_leaves_the_release_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before = os.readlink(settings.paths.published / "current")
    blocked_by(monkeypatch, stage)
    with pytest.raises(GateBlocked) as stopped:
        run_step(settings, SECOND, f"gate_{stage}")
    text = str(stopped.value)
    for words in (
        *(stage, "2026-03-02", "orders_of_the_test", "nobody_buys", "no order o3"),
        *("observed: 1", "o3", "Because the test says so."),
    ):
        assert words in text
    assert os.readlink(settings.paths.published / "current") == before
    assert len(releases(settings.paths.published)) == 2
    last = read_journal(settings.paths)[-1]
    assert (last["step"], last["outcome"]) == (f"gate_{stage}", "blocked")
    kept = read_results(settings.paths.logs / "gates" / "2026-03-02", stage)  # type: ignore[arg-type]
    assert [r.failing_keys for r in kept] == [("o3",)]
    pages = settings.paths.logs / "gates" / "2026-03-02" / stage
    assert "orders_of_the_test" in (pages / "index.html").read_text(encoding="utf-8")
    with connect(settings.paths.warehouse, read_only=True) as con:
        rows = con.execute(
            "select success, failing_keys from quality.gate_results where not success"
        )
        assert rows.fetchall() == [(False, ["o3"])]


def landed_before(settings: Settings, rows: int) -> None:
    """Let the warehouse know ten weeks of orders before the second night, as many each day."""
    with connect(settings.paths.warehouse) as con:
        con.execute(
            "insert into work.landing.batches by name select 'old' as batch_id, 'inbox' as source, "
            "'orders' as stream, 'ok' as status, ? as rows, false as is_held, "
            "cast(? as date) - cast(back as integer) as logical_date from range(1, 71) t(back)",
            [rows, SECOND],
        )


def test_a_feed_that_came_in_part_blocks_its_night(settings: Settings) -> None:
    landed_before(settings, 100)
    with pytest.raises(GateBlocked, match=r"inbox/orders: 1 rows, 100 expected by 8 of its week"):
        run_step(settings, SECOND, "gate_staging")


def test_a_rule_of_the_team_reaches_the_result(settings: Settings) -> None:
    landed_before(settings, 100)
    rule = CheckRule(table="landing.volume", severity="warn", owner="Ann", why="She will call.")
    eased = replace(settings, quality=Quality(checks=(rule,)))
    run_step(eased, SECOND, "gate_staging")
    with connect(settings.paths.warehouse, read_only=True) as con:
        (row,) = con.execute(
            "select expectation, severity, owner, why, accepted from quality.gate_results "
            "where not success"
        ).fetchall()
    assert row == ("rows_have_not_collapsed", "warn", "Ann", "She will call.", None)
    (result,) = [
        found
        for found in read_results(settings.paths.logs / "gates" / "2026-03-02", "staging")
        if not found.success
    ]
    assert (result.severity, result.owner) == ("warn", "Ann")


def test_gates_that_pass_leave_no_pages(settings: Settings) -> None:
    kept = settings.paths.logs / "gates" / "2026-03-02"
    assert sorted(path.name for path in kept.iterdir()) == [
        *("landing.json", "model.json", "release.json", "staging.json")
    ]


def test_what_a_blocked_night_built_is_looked_at_by_the_next(settings: Settings) -> None:
    """Its rows are in the tables already, and no later night touches them."""
    run = open_run(settings, SECOND)
    passed = "insert into work.ops.gates_passed select 'model', run_seq from work.ops.current_run"
    with connect(settings.paths.warehouse) as con:
        assert not gate_scope(con, run, "model").whole
        con.execute("delete from work.ops.gates_passed where run_seq = 2")
        con.execute(
            "insert into work.ops.runs "
            "select * replace (3 as run_seq) from work.ops.runs where run_seq = 2"
        )
        con.execute("update work.ops.current_run set run_seq = 3")
        assert gate_scope(con, run, "model").whole
        assert gate_scope(con, run, "staging").first_seq == 2
        con.execute(passed)
        con.execute("update work.ops.current_run set run_seq = 4")
        assert not gate_scope(con, run, "model").whole
