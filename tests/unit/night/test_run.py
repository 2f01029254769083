"""A whole night: what it leaves, and what stops it before data is touched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from reachline.landing import manifests
from reachline.night import STEPS, NightBusyError, NightError, run_night
from reachline.night.gates import gate_model, gate_staging
from reachline.night.lock import run_lock
from reachline.night.release import build_release
from reachline.night.steps import land_inbox, model, stage
from reachline.publish.releases import current_release
from reachline.settings import ConfigError, Settings
from reachline.warehouse import built_to
from tests.unit.nights import FIRST, ORDERS, SECOND, current_id, drop, order, served


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


def test_refused_rows_are_written_by_the_run_after_one_that_was_stopped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What staging has read and refused it does not read again, but people have no file yet."""
    drop(settings.paths.home, "third.csv", ORDERS + "o9,never,USD,1.00,placed\n")
    land_inbox(settings, SECOND)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reachline.inbox.write_rejects", stopped)
        with pytest.raises(KeyboardInterrupt):
            stage(settings, SECOND)
    rejects = settings.paths.inbox / "_done" / "orders" / "third.csv.rejects.csv"
    assert not rejects.exists()
    stage(settings, SECOND)
    assert "never" in rejects.read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_older_night_is_built_aside_and_moves_current_only_when_told_to(
    settings: Settings,
) -> None:
    """That it does not move it otherwise is seen in tests/end_to_end/test_replay.py."""
    for day in range(1, settings.config.thresholds.keep_releases + 1):
        (settings.paths.logs / "gates" / f"2026-04-{day:02}").mkdir(parents=True)
    steps: list[str] = []
    report = run_night(settings, FIRST, promoted=True, on_step=steps.append)
    assert steps == list(STEPS)
    assert report.is_current
    assert report.release.promoted
    assert current_id(settings) == "2026-03-01-0003"
    assert served(settings, "select count(*) from core.fct_orders") == [(2,)]
    assert built_to(settings) == SECOND
    assert list((settings.paths.warehouse / "scratch").iterdir()) == []


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
    holds = (
        "import sys; from pathlib import Path; from reachline.settings import load_settings; "
        "from reachline.night import run_lock\n"
        "with run_lock(load_settings(*map(Path, sys.argv[1:])), 'a test'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holds, settings.paths.home, settings.config_dir]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NightBusyError, match="a test"):
            run_night(settings, SECOND)
    with run_lock(settings, "free again"):
        pass


def test_a_step_of_another_night_is_refused(settings: Settings) -> None:
    for step in (gate_staging, model, gate_model, build_release):
        with pytest.raises(NightError, match="staged for 2026-03-02, not for 2026-03-09"):
            step(settings, date(2026, 3, 9))
