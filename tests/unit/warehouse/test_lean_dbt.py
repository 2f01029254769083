"""A lean run of dbt sends the engine the statements that a plain one sends, and says as much."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
from dbt_common.behavior_flags import BehaviorFlagRendered

from reachline.configuration import EXAMPLE
from reachline.settings import Settings, load_settings
from reachline.warehouse import WarehouseError, connect, model, open_run, runs, stage
from reachline.warehouse import dbt as ours
from reachline.warehouse.lean_dbt import _calling_module

# with all that they are made of: tables, incremental ones, enforced contracts, queries at compiling
GOALS = ("fct_mentions", "int_posts__grade_disclosures")


@contextmanager
def plain(*_: object) -> Iterator[None]:
    yield


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that dbt sends to the engine."""
    statements: list[str] = []
    execute = DuckDBCursorWrapper.execute

    def noted(self: Any, sql: str, bindings: Any = None) -> Any:
        statements.append(sql)
        return execute(self, sql, bindings)

    monkeypatch.setattr(DuckDBCursorWrapper, "execute", noted)
    monkeypatch.setattr(runs, "GOALS", GOALS)
    return statements


def two_nights(settings: Settings, sent: list[str]) -> list[str]:
    """Return what is sent in a first night and in the one after it, without ids of invocations."""
    sent.clear()
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        run = open_run(settings, day)
        stage(run)
        model(run)
    home = str(settings.paths.home)
    return [re.sub(r'"invocation_id": "[^"]+"', "", sql.replace(home, "")) for sql in sent]


@pytest.mark.slow
def test_the_engine_is_sent_the_same(
    tmp_path: Path, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lean = two_nights(load_settings(tmp_path / "lean", EXAMPLE), sent)
    monkeypatch.setattr(ours, "lean", plain)
    assert two_nights(load_settings(tmp_path / "plain", EXAMPLE), sent) == lean
    assert len(lean) > 100


@pytest.mark.slow
def test_an_error_says_the_same(
    tmp_path: Path, sent: list[str], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    run = open_run(load_settings(tmp_path, EXAMPLE), date(2026, 3, 1))
    stage(run)
    with connect(run.directory) as con:
        con.execute("drop table work.config.brand_competitors")
    told = []
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO), pytest.raises(WarehouseError) as failed:
            model(run)
        errors = [record.message for record in caplog.records if record.levelno > logging.INFO]
        without_time = [re.sub(r"\d+ of \d+|[\d.]+s\b", "", error) for error in errors]
        told.append((str(failed.value), without_time))
        monkeypatch.setattr(ours, "lean", plain)
    assert "int_posts__grade_disclosures" in told[0][0]
    assert told[0] == told[1]
    assert told[0][1]


def test_the_module_that_made_a_flag_is_the_one_that_dbt_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def source() -> str:
        flag = BehaviorFlagRendered({"name": "a", "default": False, "description": "b"}, {})
        found: str = flag._behavior_change_event.flag_source
        return found

    plain = source()
    monkeypatch.setattr(BehaviorFlagRendered, "_default_source", staticmethod(_calling_module))
    assert source() == plain == __name__
