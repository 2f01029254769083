"""A night that fails through its DAG is told of once; when it is published, that it is over."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.night import alarms
from reachline.settings import Settings, load_settings
from tests.unit.publish.small_release import publish_release

DAGS = Path(__file__).parents[2] / "dags"
NIGHT = date(2026, 3, 1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was sent, as subject and text; no server is asked."""
    found: list[tuple[str, str]] = []

    def ways(*_: object) -> Mapping[str, Callable[[str, str], None]]:
        return {"mail": lambda subject, text: found.append((subject, text))}

    monkeypatch.setattr(alarms, "ways_of", ways)
    return found


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    (config / "publish.yml").write_text("alarms: {mail: {to: [a@b.c]}}\n", encoding="utf-8")
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    return load_settings()


def bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    found = DagBag(dag_folder=str(DAGS))
    assert found.import_errors == {}
    return found


@pytest.mark.slow
def test_a_night_that_fails_in_airflow_is_told_of_once(
    settings: Settings, told: list[tuple[str, str]]
) -> None:
    from reachline.local_airflow.environment import AirflowError
    from reachline.local_airflow.nights import run_nights

    (settings.config_dir / "brands.yml").write_text("brands: 7\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(AirflowError, match="2026-03-01 failed"):
            run_nights(settings, [NIGHT])
    ((subject, text),) = told
    assert subject == "Reachline: the night of 2026-03-01 failed in check_config"
    assert "brands.yml" in text
    assert "Nothing has been published yet." in text
    assert "Next: reachline config check" in text


def test_a_night_is_late_fails_and_is_over(settings: Settings, told: list[tuple[str, str]]) -> None:
    found = bag()
    check = found.dags["watch"].get_task("check").python_callable
    check()
    assert told == []
    release = publish_release(settings.paths.home)
    # by the clock of this machine its night was long ago
    check()
    check()
    ((subject, _),) = told
    assert subject.endswith("is late")
    steps = found.dags["nightly"].get_task("check_config").python_callable
    nightly = sys.modules[steps.__module__]
    context = {
        "params": {"night": str(release.logical_date)},
        "ti": SimpleNamespace(task_id="gate_model"),
        "run_id": "a",
    }
    nightly._tell_failed(context)
    nightly._tell_published(context)
    nightly._tell_published(context)
    assert "failed in gate_model" in told[1][0]
    assert "had failed in gate_model" in told[2][1]
    assert len(told) == 3


def test_nobody_watches_where_nobody_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "watch" in bag().dags
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    assert "watch" not in bag().dags
