"""A gate that blocks stops its night, and the next one looks at what it left."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from reachline.configuration.quality import CheckRule
from reachline.night import (
    NightError,
    accept,
    gate_folder,
    read_journal,
    run_night,
    run_step,
)
from reachline.night.accepted import let_through
from reachline.night.scope import gate_scope
from reachline.publish.releases import current_release, releases
from reachline.quality import figures, release
from reachline.quality.checks import Check, GateBlocked, Suite
from reachline.quality.results import read_results, write_results
from reachline.settings import DriftBounds, Quality, Settings
from reachline.warehouse import connect, open_run
from tests.unit.nights import FIRST, SECOND, drop, served

THIRD = SECOND + timedelta(days=1)


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
        *("figures.json", "landing.json", "model.json", "release.json", "staging.json")
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


def deleting(settings: Settings) -> Settings:
    """Return settings under which a table of three rows is judged, and drop a file that deletes.

    Of the orders o1 to o3 it leaves o3.
    """
    strict = Quality(drift=DriftBounds(least_rows=1))
    drop(
        settings.paths.home,
        "deleted.csv",
        "order_id,is_deleted\no1,true\no2,true\n",
    )
    return replace(settings, quality=strict)


def test_a_file_that_deletes_most_orders_blocks_until_somebody_accepts_it(
    settings: Settings,
) -> None:
    judged, published = deleting(settings), settings.paths.published
    before = os.readlink(published / "current")
    with pytest.raises(GateBlocked, match=r"core\.fct_orders: rows: 1, 3 before"):
        run_night(judged, THIRD)
    assert os.readlink(published / "current") == before
    assert list(figures.read(published / figures.FILE, FIRST)) == [FIRST, SECOND]

    check = "release.drift.nothing_has_collapsed"
    for night, name, reason, said in (
        (THIRD, "release.drift.nothing_has_surged", "a", "did not block the last run"),
        (SECOND, check, "a", "what did: none"),
        (THIRD, check, " ", "--reason is empty"),
        (THIRD, check, "ask ann@example.com", "is published"),
    ):
        with pytest.raises(NightError, match=said):
            accept(judged, night, name, reason)
    kept = published / figures.FILE
    line = kept.read_bytes()
    kept.unlink()  # without it the database of the release is read
    with pytest.raises(GateBlocked, match=r"core\.fct_orders: rows: 1, 3 before"):
        run_step(judged, THIRD, "gate_release")
    kept.write_bytes(line)

    accepted = accept(judged, THIRD, check, "test orders of the shop")
    assert "core.fct_orders: rows: 1, 3 before" in accepted.failing_keys
    run_step(judged, THIRD, "gate_release")
    run_step(judged, THIRD, "publish")
    rows = served(
        settings,
        "select severity, accepted from quality.gate_results "
        "where expectation = 'nothing_has_collapsed' and table_name = 'release.drift'",
    )
    assert rows[0][0] == "warn"
    assert rows[0][1].startswith("test orders of the shop (accepted ")
    current = current_release(published)
    assert current is not None
    assert current.logical_date == THIRD
    (gate,) = [gate for gate in current.about["gates"] if gate["accepted"]]
    assert (gate["expectation"], gate["success"]) == ("nothing_has_collapsed", False)
    page = (current.path / "report" / "quality.html").read_text(encoding="utf-8")
    assert "test orders of the shop" in page
    assert list(figures.read(published / figures.FILE, FIRST)) == [FIRST, SECOND, THIRD]
    # one night alone, and what was seen alone: whatever else is found blocks again
    assert let_through(settings.paths, THIRD, [accepted])[0].severity == "warn"
    worse = replace(accepted, failing_keys=(*accepted.failing_keys, "core.fct_clicks: rows: 1, 9"))
    assert let_through(settings.paths, THIRD, [worse]) == (worse,)
    bare = replace(accepted, failing_keys=(), observed="4711")
    assert let_through(settings.paths, THIRD, [bare]) == (bare,)
    assert let_through(settings.paths, THIRD + timedelta(days=1), [accepted]) == (accepted,)


def test_what_is_damaged_is_accepted_by_nobody(settings: Settings) -> None:
    suite = next(s for s in release.suites() if s.table == "release.texts")
    failed = suite.result(suite.checks[0], success=False, observed="1")
    folder = gate_folder(settings, SECOND)
    write_results(folder, "release", [failed])
    with pytest.raises(NightError, match="can't be let through"):
        accept(settings, SECOND, "release.texts.no_email_address", "it is mine")
    line = {"night": str(SECOND), "check": "release.texts.no_email_address", "reason": "a"}
    (settings.paths.logs / "accepted.jsonl").write_text(json.dumps({**line, "at": "2026-03-02"}))
    assert let_through(settings.paths, SECOND, [failed]) == (failed,)
