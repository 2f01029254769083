"""What dbt built becomes OpenLineage events; a night never ends for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.warehouse.lineage import FOLDER, write_events


def node(name: str, kind: str = "model", needs: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(
        unique_id=f"{kind}.reachline.{name}",
        name=name,
        resource_type=kind,
        relation_name=None if name == "inlined" else f'"warehouse"."core"."{name}"',
        depends_on=SimpleNamespace(nodes=list(needs)),
    )


def span(started: str, completed: str) -> Any:
    day = "2026-03-02T01:00:"
    return SimpleNamespace(
        started_at=datetime.fromisoformat(day + started),
        completed_at=datetime.fromisoformat(day + completed),
    )


SOURCE, INLINED = node("orders", "source"), node("inlined")
TABLE = node(
    "fct_orders", needs=("source.reachline.orders", "model.reachline.inlined", "model.reachline.x")
)
NODES = {of.unique_id: of for of in (SOURCE, INLINED, TABLE)}


def result(status: str = "success", of: Any = TABLE, timing: Any = None) -> Any:
    timing = [span("01", "02"), span("02", "05")] if timing is None else timing
    return SimpleNamespace(node=of, status=status, timing=timing)


def written(logs: Path) -> list[dict[str, Any]]:
    (path,) = (logs / FOLDER).iterdir()
    assert path.name == f"{datetime.now(UTC).date()}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_model_has_a_beginning_an_end_inputs_and_an_output(tmp_path: Path) -> None:
    write_events(tmp_path, [result()], NODES)
    write_events(tmp_path, [result("error")], NODES)
    start, complete, _, fail = written(tmp_path)
    kinds = [event["eventType"] for event in (start, complete, fail)]
    assert kinds == ["START", "COMPLETE", "FAIL"]
    assert start["run"] == complete["run"] != fail["run"]
    assert start["job"] == {"namespace": "reachline", "name": "dbt.fct_orders", "facets": {}}
    # what is no table, and what is not of the project, is no data set
    (read,), (made,) = complete["inputs"], complete["outputs"]
    assert (read["name"], made["name"]) == ("warehouse.core.orders", "warehouse.core.fct_orders")
    assert start["eventTime"] == "2026-03-02T01:00:01+00:00"
    assert complete["eventTime"] == "2026-03-02T01:00:05+00:00"
    assert complete["schemaURL"].startswith("https://openlineage.io/spec/")


def test_what_was_not_run_and_what_is_no_model_has_no_event(tmp_path: Path) -> None:
    write_events(
        tmp_path,
        [result("skipped"), result(timing=[]), result(of=node("a_test", "test"))],
        NODES,
    )
    assert written(tmp_path) == []


def test_it_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_OPENLINEAGE", "off")
    write_events(tmp_path, [result()], NODES)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_can_not_be_written_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FOLDER).write_text("no folder", encoding="utf-8")
    write_events(tmp_path, [result()], NODES)
    assert "it lacks 2 events" in caplog.text
