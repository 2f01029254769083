"""The DAG is what the snapshot says, loads fast, and never publishes without a gate."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"
SNAPSHOT = Path(__file__).parent / "snapshot.json"

OPENS_THE_DATABASE = {
    "gate_landing",
    "stage",
    "gate_staging",
    "model",
    "gate_model",
    "build_release",
    "gate_release",
    "publish",
}


@pytest.fixture(scope="module")
def bag() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(DAGS))


@pytest.fixture(scope="module")
def nightly(bag: Any) -> Any:
    return bag.dags["nightly"]


def described(dag: Any) -> dict[str, Any]:
    """What of a DAG the snapshot holds."""
    timetable = dag.timetable
    return {
        "schedule": [type(timetable).__name__, timetable.expression, str(timetable.timezone)],
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "params": sorted(dag.params),
        "tasks": {
            task.task_id: {
                "after": sorted(task.upstream_task_ids),
                "pool": task.pool,
                "retries": task.retries,
                "retry_delay_seconds": task.retry_delay.total_seconds(),
                "backoff": task.retry_exponential_backoff,
                "timeout_minutes": task.execution_timeout.total_seconds() / 60,
                "inlets": sorted(asset.name for asset in task.inlets),
                "outlets": sorted(asset.name for asset in task.outlets),
            }
            for task in dag.tasks
        },
    }


def test_the_bag_is_not_empty_and_every_file_loads(bag: Any) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(json.loads(SNAPSHOT.read_text(encoding="utf-8")))


def test_the_dags_are_what_the_snapshot_says(bag: Any) -> None:
    """Meant to change? Write what is printed here into snapshot.json, and look at the diff."""
    found = {name: described(dag) for name, dag in bag.dags.items()}
    assert found == json.loads(SNAPSHOT.read_text(encoding="utf-8")), json.dumps(found, indent=1)


def test_every_task_that_opens_the_database_is_in_the_writer_pool(nightly: Any) -> None:
    pools = {task.task_id: task.pool for task in nightly.tasks}
    assert {name for name, pool in pools.items() if pool == "duckdb_writer"} == OPENS_THE_DATABASE
    others = set(pools) - OPENS_THE_DATABASE
    assert others == {"check_config", "land_inbox"}


def test_every_gate_stands_between_what_it_checks_and_the_publish(nightly: Any) -> None:
    gates = {task.task_id for task in nightly.tasks if task.task_id.startswith("gate_")}
    assert gates == {"gate_landing", "gate_staging", "gate_model", "gate_release"}
    publishers = [
        task for task in nightly.tasks if "reachline_release" in {a.name for a in task.outlets}
    ]
    assert [task.task_id for task in publishers] == ["publish"]
    for task in publishers:
        assert gates <= task.get_flat_relative_ids(upstream=True)
        assert all(nightly.get_task(gate).trigger_rule == "all_success" for gate in gates)
        assert task.trigger_rule == "all_success"


def test_the_steps_are_those_of_the_library_in_order(nightly: Any) -> None:
    from reachline.night import STEPS

    assert [task.task_id for task in nightly.topological_sort()] == list(STEPS)


def test_the_dag_and_each_task_say_what_to_do_when_they_are_red(nightly: Any) -> None:
    assert "red" in nightly.doc_md
    for task in nightly.tasks:
        assert len(task.doc_md or "") > 80, task.task_id


def test_an_interval_is_one_day_of_the_reporting_zone(nightly: Any) -> None:
    from airflow.serialization.encoders import coerce_to_core_timetable

    timetable = coerce_to_core_timetable(nightly.timetable)
    interval = timetable.infer_manual_data_interval(
        run_after=_moment(datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    )
    assert interval.start == datetime(2026, 3, 1, tzinfo=UTC)
    assert interval.end == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "night"),
    [
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC), date(2026, 3, 1)),
        ("Asia/Tokyo", datetime(2026, 2, 28, 15, tzinfo=UTC), date(2026, 3, 1)),
        ("America/New_York", datetime(2026, 3, 1, 5, tzinfo=UTC), date(2026, 3, 1)),
        ("America/New_York", datetime(2026, 3, 9, 4, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_the_night_is_the_first_day_of_the_interval_in_the_reporting_zone(
    bag: Any, monkeypatch: pytest.MonkeyPatch, zone: str, start: datetime, night: date
) -> None:
    module = _module(bag)
    context = {"params": {}, "data_interval_start": start}
    monkeypatch.setattr(module, "get_current_context", lambda: context)
    monkeypatch.setattr(module, "_reporting_zone", lambda: zone)
    assert module._night() == night


def test_a_night_that_is_asked_for_is_the_one_that_runs(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    module = _module(bag)
    context: dict[str, Any] = {"params": {"night": "2026-01-31"}}
    monkeypatch.setattr(module, "get_current_context", lambda: context)
    assert module._night() == date(2026, 1, 31)
    context["params"] = {"night": None}
    with pytest.raises(AirflowFailException, match="parameter night"):
        module._night()


def test_what_a_retry_can_not_mend_is_not_retried(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from reachline import night
    from reachline.quality.checks import GateBlocked
    from reachline.settings import ConfigError
    from reachline.warehouse import WarehouseError

    module = _module(bag)
    context = of_a_run(params={"night": "2026-03-01", "promote": True}, try_number=4)
    monkeypatch.setattr(module, "get_current_context", lambda: context)
    asked: list[Any] = []
    raised: list[Exception] = []

    def step(_settings: object, day: date, name: str, *, promoted: bool, turn: Any) -> None:
        asked.append((day, name, promoted, turn.run, turn.is_last_try, turn.gives_way))
        raise raised[-1]

    monkeypatch.setattr(night, "run_step", step)
    for stop in (GateBlocked("model", "x", []), ConfigError([]), night.NightError("no")):
        raised.append(stop)
        with pytest.raises(AirflowFailException):
            module._run("gate_model")
    for stop in (WarehouseError("disk"), OSError("full")):
        raised.append(stop)
        with pytest.raises(type(stop)):
            module._run("gate_model")
    assert set(asked) == {(date(2026, 3, 1), "gate_model", True, "a", True, False)}


def test_a_step_whose_turn_it_is_not_uses_no_try_up(
    bag: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.exceptions import AirflowRescheduleException

    from reachline import night

    module = _module(bag)

    def step(*_: object, turn: Any, **__: object) -> None:
        raise night.NightBusyError("the night of 2026-03-01 is under way")

    monkeypatch.setattr(night, "run_step", step)
    monkeypatch.setattr(night, "night_under_way", lambda _: date(2026, 3, 1))
    for kind, of, seconds in (
        ("scheduled", "2026-03-08", 30),
        ("backfill", "2026-03-02", 30),
        ("backfill", "2026-03-08", 210),
        ("backfill", "2026-06-01", 300),
        ("backfill", "2026-02-01", 30),
    ):
        context = of_a_run(params={"night": of}, run_type=kind)
        monkeypatch.setattr(module, "get_current_context", lambda context=context: context)
        began = datetime.now(UTC)
        with pytest.raises(AirflowRescheduleException) as again:
            module._run("stage")
        waits = (again.value.reschedule_date - began).total_seconds()
        assert seconds <= waits < seconds + 5, (kind, of)
        assert f"under way Asks again in {seconds} s." in caplog.text


def test_the_nights_of_a_backfill_take_turns_from_the_oldest_on(
    bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowRescheduleException

    from reachline import night

    module = _module(bag)
    ran: list[str] = []
    monkeypatch.setattr(night, "run_step", lambda *given, **_: ran.append(given[2]))
    older, scheduled = SimpleNamespace(run_id="older", run_type="backfill"), "scheduled"
    for kind, before, step, waits in (
        ("backfill", older, "check_config", True),
        ("backfill", older, "land_inbox", False),
        ("backfill", None, "check_config", False),
        ("backfill", SimpleNamespace(run_id="b", run_type=scheduled), "check_config", False),
        (scheduled, older, "check_config", False),
    ):
        context = of_a_run(params={"night": "2026-03-02"}, run_type=kind, before=before)
        monkeypatch.setattr(module, "get_current_context", lambda context=context: context)
        ran.clear()
        if waits:
            with pytest.raises(AirflowRescheduleException):
                module._run(step)
        else:
            module._run(step)
        assert ran == ([] if waits else [step]), (kind, before, step)


def test_a_broken_configuration_does_not_hide_the_dag(
    bag: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REACHLINE_CONFIG", str(tmp_path))
    assert _module(bag)._reporting_zone() == "UTC"


def test_a_dag_file_costs_less_than_a_second_beside_airflow_itself() -> None:
    """CPU seconds, not wall time; and none of the heavy libraries."""
    code = f"""
import sys, time
sys.path[:0] = [{str(DAGS)!r}, {str(DAGS.parent / "plugins")!r}]
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param, get_current_context, task
before, started = set(sys.modules), time.process_time()
import nightly
from reachline.configuration import EXAMPLE
used = time.process_time() - started
heavy = {{"dbt", "great_expectations", "pandas", "duckdb", "pyarrow", "openpyxl"}}
new = {{name.split(".")[0] for name in set(sys.modules) - before}}
print(used, sorted(heavy & new))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    seconds, heavy = done.stdout.strip().splitlines()[-1].split(" ", 1)
    assert heavy == "[]"
    assert float(seconds) < 1


@pytest.fixture
def delivering(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The DAG of a configuration in which every delivery is switched on."""
    from airflow.dag_processing.dagbag import DagBag

    from reachline.configuration import EXAMPLE

    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    (config / "publish.yml").write_text(
        "postgres: {connection: a}\nmail: {to: [a@b.c]}\nstorage: {url: 'memory://b'}\n"
    )
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path))
    return DagBag(dag_folder=str(DAGS))


def test_what_is_configured_is_delivered_beside_each_other_after_the_publish(
    delivering: Any,
) -> None:
    dag = delivering.dags["nightly"]
    found = {task.task_id: task for task in dag.tasks if task.task_id.startswith("deliver_")}
    assert sorted(found) == ["deliver_mail", "deliver_postgres", "deliver_storage"]
    for task in found.values():
        assert task.upstream_task_ids == {"publish"}
        assert task.trigger_rule == "all_success"
        assert not task.downstream_task_ids, "nothing waits for a delivery"
        assert task.pool != "duckdb_writer", "nor does a night wait for one"
        assert "reachline deliver" in task.doc_md


def test_the_release_of_this_night_is_delivered_and_no_other(
    delivering: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from reachline.publish import deliver
    from tests.unit.publish.small_release import DAY, publish_release

    module = _module(delivering)
    release = publish_release(tmp_path)
    asked: list[Any] = []
    monkeypatch.setattr(
        deliver, "deliver", lambda _, name, which: asked.append((name, which.release_id))
    )
    monkeypatch.setattr(module, "_night", lambda: DAY)
    module._deliver("mail")
    assert asked == [("mail", release.release_id)]
    monkeypatch.setattr(module, "_night", lambda: date(2026, 1, 1))
    with pytest.raises(AirflowSkipException, match="2026-03-10, not of 2026-01-01"):
        module._deliver("mail")
    assert len(asked) == 1


def of_a_run(
    params: dict[str, Any], run_type: str = "manual", try_number: int = 1, before: Any = None
) -> dict[str, Any]:
    """The context of a task of a run; `before` is the run before it that is under way."""
    found = SimpleNamespace(
        run_id="a",
        try_number=try_number,
        max_tries=3,
        get_previous_dagrun=lambda state: before if state == "running" else None,
    )
    return {"params": params, "ti": found, "dag_run": SimpleNamespace(run_type=run_type)}


def _moment(value: datetime) -> Any:
    import pendulum

    return pendulum.instance(value)


def _module(bag: Any) -> Any:
    """The module of the DAG file, as the bag has loaded it."""
    task = bag.dags["nightly"].get_task("check_config")
    return sys.modules[task.python_callable.__module__]
