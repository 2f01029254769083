"""A night, step by step: one at a time, stopped by a gate, told in the journal."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from reachline import night, night_commands
from reachline.configuration import EXAMPLE
from reachline.landing import manifests
from reachline.night import NightBusyError, NightError, read_journal, run_lock, run_night, run_step
from reachline.publish import commands as release_commands
from reachline.publish.releases import current_release, releases
from reachline.quality.checks import Check, GateBlocked, Suite
from reachline.quality.results import read_results
from reachline.settings import ConfigError, Settings, load_settings
from reachline.warehouse import built_to, connect, open_run

CONFIG = EXAMPLE
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

ORDERS = "order_id,ordered_at,currency,gross_amount,status\n"


def order(number: int, day: date, amount: str = "10.00") -> str:
    return f"o{number},{day}T12:00:00Z,USD,{amount},placed\n"


def drop(home: Path, name: str, text: str) -> None:
    folder = home / "inbox" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's configuration, with files taken as soon as they are dropped."""
    folder = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(CONFIG, folder)
    sources = (folder / "sources.yml").read_text(encoding="utf-8")
    assert "settle_seconds: 30" in sources
    (folder / "sources.yml").write_text(
        sources.replace("settle_seconds: 30", "settle_seconds: 0"), encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Settings:
    """A home with two nights of orders; tests work on copies of it."""
    home = tmp_path_factory.mktemp("home") / "data"
    settings = load_settings(home, config)
    drop(home, "first.csv", ORDERS + order(1, FIRST) + order(2, FIRST))
    run_night(settings, FIRST)
    drop(home, "second.csv", ORDERS + order(3, SECOND))
    run_night(settings, SECOND)
    return settings


@pytest.fixture
def settings(two_nights: Settings, tmp_path: Path, config: Path) -> Settings:
    home = tmp_path / "data"
    shutil.copytree(two_nights.paths.home, home, symlinks=True)
    return load_settings(home, config)


def current_id(settings: Settings) -> str:
    current = current_release(settings.paths.published)
    assert current is not None
    return current.release_id


def served(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    path = settings.paths.published / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(sql).fetchall()


# --- what a night leaves -------------------------------------------------------------------------


def test_a_night_publishes_what_was_dropped(settings: Settings) -> None:
    assert served(settings, "select count(*), sum(net_amount) from core.fct_orders") == [(3, 30)]
    assert current_id(settings) == "2026-03-02-0002"
    assert built_to(settings) == SECOND


def test_every_gate_s_results_are_served_with_the_release(settings: Settings) -> None:
    stages = served(
        settings,
        "select stage, count(*) > 5, bool_and(success or severity = 'warn'), "
        "min(logical_date), max(logical_date) from quality.gate_results group by stage",
    )
    assert sorted(stages) == [
        (stage, True, True, SECOND, SECOND) for stage in ("landing", "model", "release", "staging")
    ]
    current = current_release(settings.paths.published)
    assert current is not None
    kept = served(settings, "select count(*) from quality.gate_results")[0][0]
    assert len(current.about["gates"]) == kept
    assert current.about["rows"]["quality.gate_results"] == kept


def test_release_json_says_what_was_read(settings: Settings) -> None:
    current = current_release(settings.paths.published)
    assert current is not None
    assert current.about["batches_read"] == [
        batch.batch_id for batch in manifests(settings.paths.landing)
    ]
    assert current.about["run_id"] == "night-2026-03-02"


def test_an_older_night_is_built_aside_and_moves_current_only_when_told_to(
    settings: Settings,
) -> None:
    """That it does not move it otherwise is seen in tests/end_to_end/test_replay.py."""
    report = run_night(settings, FIRST, promoted=True)
    assert report.is_current
    assert report.release.promoted
    assert current_id(settings) == "2026-03-01-0003"
    assert served(settings, "select count(*) from core.fct_orders") == [(2,)]
    assert built_to(settings) == SECOND
    assert list((settings.paths.warehouse / "scratch").iterdir()) == []


# --- what stops a night --------------------------------------------------------------------------


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
    last = read_journal(settings)[-1]
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
        assert not night._night(con, run, "model").whole
        con.execute("delete from work.ops.gates_passed where run_seq = 2")
        con.execute(
            "insert into work.ops.runs "
            "select * replace (3 as run_seq) from work.ops.runs where run_seq = 2"
        )
        con.execute("update work.ops.current_run set run_seq = 3")
        assert night._night(con, run, "model").whole
        assert night._night(con, run, "staging").first_seq == 2
        con.execute(passed)
        con.execute("update work.ops.current_run set run_seq = 4")
        assert not night._night(con, run, "model").whole


def test_a_bad_configuration_stops_before_data_is_touched(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(settings.config_dir, broken)
    (broken / "thresholds.yml").write_text("keep_releases: -1\n", encoding="utf-8")
    (broken / "exports" / "grin.yml").write_text("tool: grin\nexports: 3\n", encoding="utf-8")
    changed = Settings(settings.paths, broken, settings.config)
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND))
    with pytest.raises(ConfigError) as stop:
        run_night(changed, SECOND)
    assert "keep_releases" in str(stop.value), "every mistake of every file at once"
    assert "grin.yml" in str(stop.value)
    assert (settings.paths.inbox / "orders" / "third.csv").exists()
    assert len(manifests(settings.paths.landing)) == 2


def test_one_run_at_a_time(settings: Settings) -> None:
    with run_lock(settings, "a test"), pytest.raises(NightBusyError, match="a test"):
        run_night(settings, SECOND)
    with run_lock(settings, "free again"):
        pass


def test_a_step_of_another_night_is_refused(settings: Settings) -> None:
    for step in (night.gate_staging, night.model, night.gate_model, night.build_release):
        with pytest.raises(NightError, match="staged for 2026-03-02, not for 2026-03-09"):
            step(settings, date(2026, 3, 9))


def test_to_publish_again_what_was_published_changes_nothing(settings: Settings) -> None:
    where = settings.paths.published
    made = releases(where)
    assert night.publish(settings, SECOND) == made[-1], "as a task does that was killed at its end"
    assert releases(where) == made
    assert (where / "current").resolve() == made[-1].path.resolve()


def test_nothing_is_released_that_has_not_passed(settings: Settings) -> None:
    with connect(settings.paths.warehouse) as con:
        con.execute("delete from work.ops.gates_passed where stage = 'model' and run_seq = 2")
    with pytest.raises(NightError, match="gates have not passed"):
        night.build_release(settings, SECOND)


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def at_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    return settings


def said(app: Any, *arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_status_says_what_ran_and_what_is_stale(at_home: Settings) -> None:
    text = said(night_commands.app, "status")
    for words in ("2026-03-02: published", "built to   2026-03-02", "2026-03-02-0002", "checks"):
        assert words in text
    assert "inbox/posts: never" in text


def test_status_before_the_first_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    text = said(night_commands.app, "status")
    assert "No night has run yet" in text
    assert "nothing has been published yet" in text


def test_release_lists_shows_and_rolls_back(at_home: Settings) -> None:
    listed = said(release_commands.app, "ls").splitlines()
    assert [line[:17] for line in listed] == ["  2026-03-01-0001", "* 2026-03-02-0002"]
    assert "core.fct_orders" in said(release_commands.app, "show")
    assert "2026-03-01-0001" in said(release_commands.app, "rollback")
    assert current_id(at_home) == "2026-03-01-0001"
    assert "night      2026-03-01" in said(release_commands.app, "show", "current")
    said(release_commands.app, "rollback", "2026-03-02-0002")
    assert current_id(at_home) == "2026-03-02-0002"


def test_replay_runs_the_nights_of_a_world_in_order(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "world" / "nights" / "2026-03-04" / "inbox" / "orders"
    inbox.mkdir(parents=True)
    (inbox / "x.csv").write_text(ORDERS, encoding="utf-8")
    ran: list[date] = []

    def fake(settings: Settings, day: date, *, promoted: bool) -> None:
        ran.append(day)
        assert (settings.paths.inbox / "orders" / "x.csv").exists() == (day >= date(2026, 3, 4))

    monkeypatch.setattr(night_commands, "run_night", fake)
    monkeypatch.setattr(night_commands, "_tell", lambda *_: None)
    said(
        night_commands.app,
        *("replay", "--from", "2026-03-03", "--to", "2026-03-05"),
        *("--inbox-from", str(tmp_path / "world")),
    )
    assert ran == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
