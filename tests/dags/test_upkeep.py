"""The upkeep: a task a part, none after another, and those that a night meets in its pool."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.configuration.upkeep import PARTS
from reachline.operation.upkeep import Cleared
from reachline.settings import ConfigError

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def upkeep() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DAGS / "upkeep.py"))
    assert bag.import_errors == {}
    return bag.dags["upkeep"]


def module_of(dag: Any) -> Any:
    return sys.modules[dag.get_task("releases").python_callable.__module__]


def test_each_part_is_a_task_that_waits_for_no_other(upkeep: Any) -> None:
    assert {task.task_id for task in upkeep.tasks} == set(PARTS)
    assert all(not task.upstream_task_ids for task in upkeep.tasks)
    assert all("red" in task.doc_md for task in upkeep.tasks)


def test_what_holds_the_lock_of_a_night_is_in_its_pool(upkeep: Any) -> None:
    from reachline.operation.upkeep import _UNDER_LOCK

    in_pool = {task.task_id for task in upkeep.tasks if task.pool == "duckdb_writer"}
    assert in_pool == set(_UNDER_LOCK)


def test_a_task_does_its_part_and_is_red_if_that_fails(
    upkeep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from reachline.operation import upkeep as library

    module, asked = module_of(upkeep), []
    context: dict[str, Any] = {"params": {"dry_run": True}}
    monkeypatch.setattr(module, "get_current_context", lambda: context)

    def keep_up(_: object, parts: list[str], *, is_dry: bool) -> Any:
        asked.append((parts, is_dry))
        yield Cleared(parts[0], ("a", "b"), error="it broke" if parts == ["verify"] else "")

    monkeypatch.setattr(library, "keep_up", keep_up)
    assert upkeep.get_task("releases").python_callable() == "2 would go"
    with pytest.raises(RuntimeError, match="it broke"):
        upkeep.get_task("verify").python_callable()
    assert asked == [(["releases"], True), (["verify"], True)]

    def broken() -> Any:
        raise ConfigError([])

    monkeypatch.setattr(module, "load_settings", broken)
    with pytest.raises(AirflowFailException):
        upkeep.get_task("logs").python_callable()
    assert module._told()[1] == "UTC"


def test_alarms_tell_of_a_part_that_failed(
    upkeep: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from reachline.night import alarms

    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        alarms,
        "ways_of",
        lambda *_: {"mail": lambda subject, text: sent.append((subject, text))},
    )
    tell = module_of(upkeep)._tell_failed
    tell({"ti": SimpleNamespace(task_id="verify")})
    assert sent == [], "nobody is named"
    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    (config / "publish.yml").write_text("alarms: {mail: {to: [a@b.c]}}\n", encoding="utf-8")
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    tell({"ti": SimpleNamespace(task_id="verify")})
    ((subject, text),) = sent
    assert subject == "Reachline: the upkeep failed in verify"
    assert "reachline upkeep --only verify" in text
