"""A home may be copied, moved, put back in part, or asked for a day that is not there yet."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from reachline.landing import find_batch, hold_batch, manifests
from reachline.night import NightError, require_reached, run_night
from reachline.night.steps import calls_of, stage
from reachline.settings import Settings, load_settings
from reachline.warehouse import WarehouseFileError, built_to, connect
from tests.unit.commands.typed import said, typed
from tests.unit.nights import FIRST, ORDERS, SECOND, drop, order, served

pytestmark = pytest.mark.slow

FAR = (datetime.now(ZoneInfo("UTC")).date() + timedelta(9)).isoformat()
STAGED = "select order_id from work.staging.stg_inbox__orders order by 1"
REFUSED = "select raw from work.staging.quarantine order by 1"


def in_warehouse(settings: Settings, sql: str) -> list[str]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        return [value for (value,) in con.execute(sql).fetchall()]


def land_and_stage(settings: Settings, name: str, text: str) -> str:
    drop(settings.paths.home, name, text)
    calls = calls_of(settings, SECOND, promoted=False)
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    return manifests(settings.paths.landing)[-1].batch_id


@pytest.mark.parametrize("name", ["moved", "mo[v]ed *", "day=1", "it's moved", "mö ved"])
def test_a_moved_home_reads_its_own_landing(settings: Settings, tmp_path: Path, name: str) -> None:
    """All of it again, the lines that could not be parsed as well."""
    last = land_and_stage(settings, "third.csv", ORDERS + order(4, SECOND) + "broken\n")
    assert in_warehouse(settings, REFUSED) == ["broken"]
    home = tmp_path / name
    settings.paths.home.rename(home)
    moved = load_settings(home, settings.config_dir)
    first = manifests(moved.paths.landing)[0]
    hold_batch(moved.paths.landing, first.batch_id, "read the others again")
    stage(moved, SECOND)
    assert in_warehouse(moved, STAGED) == ["o3", "o4"]
    assert in_warehouse(moved, REFUSED) == ["broken"]
    paths = in_warehouse(moved, "select path from work.landing.batches")
    paths += in_warehouse(moved, "select rejects_path from work.landing.batches")
    assert not [path for path in paths if path is not None and Path(path).is_absolute()]
    assert find_batch(moved.paths.landing, last).path in paths


def test_a_home_in_which_duckdb_can_not_work_is_refused(settings: Settings, tmp_path: Path) -> None:
    moved = load_settings(settings.paths.home.rename(tmp_path / "why?"), settings.config_dir)
    with pytest.raises(WarehouseFileError, match="Give the folder another name"):
        stage(moved, SECOND)


def test_a_copy_does_not_read_what_it_was_copied_from(settings: Settings, tmp_path: Path) -> None:
    land_and_stage(settings, "third.csv", ORDERS + order(4, SECOND) + "broken\n")
    home = tmp_path / "copy"
    shutil.copytree(settings.paths.home, home, symlinks=True)
    for path in settings.paths.landing.rglob("*.parquet"):
        path.write_bytes(b"of the other home")
    copied = load_settings(home, settings.config_dir)
    hold_batch(copied.paths.landing, manifests(copied.paths.landing)[0].batch_id, "again")
    stage(copied, SECOND)
    assert in_warehouse(copied, STAGED) == ["o3", "o4"]
    assert in_warehouse(copied, REFUSED) == ["broken"]


@pytest.mark.parametrize("lost", ["warehouse.duckdb", "staging.duckdb"])
def test_a_working_file_may_be_deleted_alone(settings: Settings, lost: str) -> None:
    before = served(settings, "from core.fct_orders order by order_id")
    (settings.paths.warehouse / lost).unlink()
    # what a run that was killed may have left of it
    (settings.paths.warehouse / f"{lost}.wal").write_bytes(b"half a log")
    assert built_to(settings) is None
    assert "nothing yet" in _status(settings)
    run_night(settings, SECOND)
    assert served(settings, "from core.fct_orders order by order_id") == before
    assert built_to(settings) == SECOND


def _status(settings: Settings) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("REACHLINE_HOME", str(settings.paths.home))
        patched.setenv("REACHLINE_CONFIG", str(settings.config_dir))
        code, output = typed("status")
    assert code == 0
    return output


@pytest.mark.parametrize("older", ["warehouse.duckdb", "staging.duckdb"])
def test_an_older_copy_of_one_working_file_says_what_to_do(
    settings: Settings, tmp_path: Path, older: str
) -> None:
    """A night between, of the same date: nothing in the tables tells the two files apart."""
    path = settings.paths.warehouse / older
    shutil.copy(path, tmp_path / older)
    run_night(settings, SECOND)
    shutil.copy(tmp_path / older, path)
    with pytest.raises(WarehouseFileError, match="one of them is an older copy") as stop:
        run_night(settings, SECOND)
    assert f"delete them ({settings.paths.warehouse}/*.duckdb*)" in str(stop.value)
    assert "is an older copy" in _status(settings)
    for file in settings.paths.warehouse.glob("*.duckdb*"):
        file.unlink()
    assert built_to(settings) is None


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 20_000])
def test_a_working_file_that_is_none_says_what_to_do(settings: Settings, content: bytes) -> None:
    path = settings.paths.warehouse / "warehouse.duckdb"
    path.write_bytes(content)
    with pytest.raises(WarehouseFileError, match="delete them"):
        built_to(settings)


def test_a_kill_between_the_mark_and_the_end_of_a_run_is_no_older_copy(settings: Settings) -> None:
    with connect(settings.paths.warehouse) as con:
        con.execute("update work.ops.runs set is_complete = false where logical_date = ?", [SECOND])
    assert built_to(settings) == FIRST
    with connect(settings.paths.warehouse) as con:
        con.execute("delete from work.ops.runs where logical_date = ?", [SECOND])
    with pytest.raises(WarehouseFileError):
        built_to(settings)


def test_no_release_tells_of_the_mark(settings: Settings) -> None:
    database = settings.paths.published / "current" / "warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as con:
        for kind in ("tables", "views"):
            found = con.execute(
                f"from duckdb_{kind}() where schema_name = 'main' and not internal"
            ).fetchall()
            assert found == []


def test_a_date_after_tomorrow_is_asked_twice(settings: Settings) -> None:
    zone = ZoneInfo(settings.config.reporting.time_zone)
    today = datetime.now(zone).date()
    for days in (-1, 0, 1):
        require_reached(settings, today + timedelta(days), is_forced=False)
    far = today + timedelta(3)
    with pytest.raises(NightError, match=f"{far} is after tomorrow .*--force"):
        require_reached(settings, far, is_forced=False)
    require_reached(settings, far, is_forced=True)


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--date", "2999-01-01"),
        ("replay", "--from", "2026-03-01", "--to", "2999-01-01"),
        ("airflow", "nightly", "--date", "2999-01-01"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_that_runs_nights_asks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    ran: list[str] = []
    for name in ("reachline.commands.nights.run_night", "reachline.local_airflow.nights.prepare"):
        monkeypatch.setattr(name, lambda *_, **__: ran.append("ran"))
    with pytest.raises(NightError, match=r"is after tomorrow .*--force"):
        said(*command)
    assert ran == []
    if command[0] != "airflow":
        monkeypatch.setattr(f"reachline.commands.{command[0]}.print_report", lambda *_: None)
        said(*(word.replace("2999-01-01", FAR) for word in command), "--force")
        assert ran
