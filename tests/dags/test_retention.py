"""What may not be kept any longer goes daily, and what is late is told of."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def dag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(DAGS / "upkeep.py"))
    assert bag.import_errors == {}
    return bag.dags["retention"]


def test_it_runs_daily_where_a_night_writes(dag: Any) -> None:
    (task,) = dag.tasks
    assert task.pool == "duckdb_writer"
    assert dag.timetable.expression == "0 13 * * *"
    assert not dag.catchup


@pytest.mark.parametrize(
    ("late", "is_whole", "is_red"), [(False, True, False), (True, True, True), (False, False, True)]
)
def test_it_is_red_where_something_is_late_or_was_left(
    dag: Any, monkeypatch: pytest.MonkeyPatch, late: bool, is_whole: bool, is_red: bool
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    import reachline.erasure

    (task,) = dag.tasks
    module = sys.modules[task.python_callable.__module__]
    monkeypatch.setattr(module, "load_settings", lambda: "settings")
    monkeypatch.setattr(module, "get_current_context", lambda: {"params": {"dry_run": True}})

    def apply_retention(settings: object, *, is_dry: bool) -> Any:
        assert (settings, is_dry) == ("settings", True)
        return SimpleNamespace(
            late=late,
            certificates=[SimpleNamespace(is_whole=is_whole)],
            lines=lambda: iter(["youtube: 3 posts"]),
        )

    monkeypatch.setattr(reachline.erasure, "apply_retention", apply_retention)
    if is_red:
        with pytest.raises(AirflowFailException, match="youtube: 3 posts"):
            task.python_callable()
    else:
        assert task.python_callable() == "youtube: 3 posts"
