"""`reachline status`, before and after nights, and where parts of a home are broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.commands import status
from reachline.configuration import EXAMPLE
from reachline.landing import FileOrigin, manifests, refuse_file
from reachline.landing.manifests import _READ, manifest_path
from reachline.landing.shared import fetch
from reachline.night import STEPS
from reachline.night.lock import IDLE_SECONDS, TURN
from reachline.object_store import STORE, Store, StoreError
from reachline.operation import state
from reachline.settings import Paths, Settings
from tests.unit.commands.typed import said, typed

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""The last night is that of 2 March: nothing is late."""


def set_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    def look(where: Paths, config: Path) -> state.State:
        return state.look(where, config, now)

    monkeypatch.setattr(status, "look", look)


@pytest.fixture
def at_noon(at_home: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The home with two nights, on the day after the second."""
    set_clock(monkeypatch, NOON)
    return at_home


def checked() -> tuple[int, str]:
    return typed("status", "--check")


def test_status_says_what_ran_and_what_is_stale(at_home: Settings) -> None:
    text = said("status")
    for words in ("2026-03-02: published", "built to   2026-03-02", "2026-03-02-0002", "checks"):
        assert words in text
    assert "inbox/posts: never" in text
    assert "the day    " in text


def test_status_names_refused_files_until_they_are_dismissed(at_noon: Settings) -> None:
    refuse_file(
        at_noon.paths.landing,
        source="inbox",
        stream="orders",
        logical_date=date(2026, 3, 2),
        run_id="r",
        file=FileOrigin("bad.csv", "bad.csv", 3, "", "", "", None, 1, 7),
        reason="it has no column currency",
    )
    text = said("status")
    assert "refused    1 dropped file\n" in text
    assert "  orders/bad.csv, for 2026-03-02: it has no column currency" in text
    code, text = checked()
    assert (code, text.splitlines()[0]) == (
        1,
        "warning  inbox: orders/bad.csv was refused: it has no column currency",
    )
    assert "dismissed" in said("inbox", "dismiss", "orders/bad.csv", "--reason", "by mistake")
    assert "bad.csv" not in said("status")
    assert checked()[0] == 0


@pytest.mark.parametrize(
    ("judged", "lines"),
    [
        (
            [("inbox", "creators", None, None, None, None, 0)],
            ["the day    no source tells of days"],
        ),
        (
            [
                ("inbox", "clicks", "below_usual", 1200, 5000.0, 9000.5, 0),
                ("inbox", "orders", "whole", 9, 8.0, 10.0, 3),
                ("x", "posts", "too_early", 9, None, None, 1),
            ],
            [
                "the day    1 whole, 1 below what is usual, 1 too early to tell",
                "  inbox/clicks: 1,200 rows, usual are 5,000 to 9,000",
                "held       4 rows of days to come",
                "  inbox/orders: 3",
                "  x/posts: 1",
            ],
        ),
    ],
)
def test_status_tells_which_days_are_whole_and_what_is_held(
    judged: list[tuple[object, ...]], lines: list[str]
) -> None:
    names = ("source", "stream", "completeness", "rows_last_day", "usual_low", "usual_high")
    days = [dict(zip((*names, "rows_held"), row, strict=True)) for row in judged]
    assert list(status._days(days)) == lines


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    return tmp_path / "none"


def test_status_before_the_first_night(empty: Path) -> None:
    text = said("status")
    assert "No night has run yet" in text
    assert "nothing has been published yet" in text
    assert checked() == (
        1,
        "warning  releases: nothing has been published yet\n  do: reachline doctor\n",
    )
    assert json.loads(said("status", "--json"))["last_run"] is None
    assert not empty.exists(), "it only reads"


@pytest.fixture
def shared_home(empty: Path, store: Store) -> Store:
    """An empty home that a store is named for."""
    return store


def line_of(text: str, word: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith(word))
    return line


def test_status_says_that_landing_is_not_shared(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REACHLINE_STORE", raising=False)
    assert line_of(said("status"), "shared") == "shared     no: what lands is on this host alone"
    assert json.loads(said("status", "--json"))["shared"] is None


def test_status_says_where_landing_is_shared_and_when_it_was_fetched(
    shared_home: Store, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = shared_home.url
    told = f"shared     {url}: not joined yet, the next night does"
    assert line_of(said("status"), "shared") == told
    assert json.loads(said("status", "--json"))["shared"] == {
        "url": url,
        "is_joined": False,
        "fetched_at": None,
    }
    before = datetime.now(UTC).replace(microsecond=0)
    assert typed("store", "pull")[0] == 0
    # a store that does not answer is not asked
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = json.loads(said("status", "--json"))["shared"]
    at = datetime.fromisoformat(found.pop("fetched_at"))
    assert found == {"url": url, "is_joined": True}
    assert before <= at <= datetime.now(UTC)
    told = f"shared     {url}, last fetched {at:%Y-%m-%d %H:%M} UTC"
    assert line_of(said("status"), "shared") == told


def test_a_fetch_that_fails_is_not_the_last_one(
    shared_home: Store, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = empty / "landing"
    landing.mkdir(parents=True)
    fetch(landing)
    note = json.loads((landing / STORE).read_text())
    (landing / STORE).write_text(json.dumps({**note, "fetched_at": "2026-03-01T01:02:03+00:00"}))
    with monkeypatch.context() as broken:
        broken.setattr(Store, "keys", lambda *_: (_ for _ in ()).throw(StoreError("down")))
        with pytest.raises(StoreError, match="down"):
            fetch(landing)
    told = f"shared     {shared_home.url}, last fetched 2026-03-01 01:02 UTC"
    assert line_of(said("status"), "shared") == told
    fetch(landing)
    assert line_of(said("status"), "shared") != told
    # as a home that joined before this was written down
    (landing / STORE).write_text(json.dumps({"url": note["url"]}))
    assert line_of(said("status"), "shared") == f"shared     {shared_home.url}"


@pytest.mark.parametrize(
    ("named", "note", "told"),
    [
        ("s3://key:secret@bucket/x", None, "an address without login or options"),
        ("ftp://bucket/x", None, "It must be like s3://bucket/prefix"),
        ("s3://bucket/other", '{"url": "s3://bucket/x"}', "landing is that of s3://bucket/x"),
        ("s3://key:secret@bucket", '{"url": "s3://bucket/x"}', "an address without login"),
        ("s3://bucket/x", '{"url": "s3://bucket/x", "fetched_at": "noon"}', "can't be read"),
        ("s3://bucket/x", "[]", "can't be read"),
    ],
)
def test_a_store_that_is_named_wrong_is_critical(
    empty: Path, monkeypatch: pytest.MonkeyPatch, named: str, note: str | None, told: str
) -> None:
    monkeypatch.setenv("REACHLINE_STORE", named)
    if note is not None:
        (empty / "landing").mkdir(parents=True)
        (empty / "landing" / STORE).write_text(note)
    code, text = checked()
    assert code == 2
    assert line_of(text, "error    store: ")
    assert told in text
    text = said("status")
    assert told in line_of(text, "error    store: ")
    assert "key:secret" not in text
    assert not [line for line in text.splitlines() if line.startswith("shared")]
    assert json.loads(said("status", "--json"))["shared"] is None


# --- for monitors ---------------------------------------------------------------------------------


def test_a_home_that_is_well_is_exit_0_and_says_so_in_a_line(at_noon: Settings) -> None:
    assert checked() == (0, "ok       the last run was 2026-03-02: published\n")


def test_json_says_what_the_text_says(at_noon: Settings) -> None:
    found = json.loads(said("status", "--json"))
    assert (found["state"], found["findings"], found["running"]) == ("ok", [], None)
    assert found["last_run"]["outcome"] == "published"
    assert found["built_to"] == "2026-03-02"
    assert found["current"]["release_id"] == "2026-03-02-0002"
    assert found["health"]["checks"] > 50
    assert {row["step"] for row in found["step_times"]} == {*STEPS, "night"}
    assert {row["times"] for row in found["step_times"]} == {1}
    assert found["at"] == NOON.isoformat()


def test_the_times_of_steps_stand_beside_those_before(at_noon: Settings) -> None:
    lines = said("status").splitlines()
    table = lines[lines.index("steps      seconds: last, median of the times before, ratio") + 1 :]
    assert [line.split()[0] for line in table] == [*STEPS, "night"]
    assert all(line.endswith("  of 1") for line in table)


def test_a_night_is_late_in_the_hours_that_alarms_are_given(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours, code in ((30 - 1, 0), (30 + 1, 2)):
        # six hours after the day of 3 March
        now = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(hours=hours)
        monkeypatch.setattr(
            status, "look", lambda where, config, at=now: state.look(where, config, at)
        )
        assert checked()[0] == code
    assert "2026-03-03 is not published" in checked()[1]
    assert "late       2026-03-03 is not published" in said("status")


# --- broken homes ---------------------------------------------------------------------------------


def journal(settings: Settings, **changed: Any) -> None:
    """Add a line to the journal, of a night that was tried after the others."""
    line = {
        "at": "2026-03-03T00:00:00+00:00",
        "night": "2026-03-03",
        "step": "check_config",
        "outcome": "done",
        "seconds": 1.0,
    }
    with (settings.paths.logs / "nights.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**line, **changed}) + "\n")


def break_config(settings: Settings, tmp_path: Path) -> None:
    config = Path(shutil.copytree(settings.config_dir, tmp_path / "broken"))
    (config / "brands.yml").write_text("brands: [\n", encoding="utf-8")
    os.environ["REACHLINE_CONFIG"] = str(config)


def break_current(settings: Settings, tmp_path: Path) -> None:
    shutil.rmtree((settings.paths.published / "current").resolve())


def lose_database(settings: Settings, tmp_path: Path) -> None:
    path = settings.paths.published / "current" / "warehouse.duckdb"
    path.chmod(0o640)
    path.write_text("no database", encoding="utf-8")


def put_a_folder_over(settings: Settings, path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def lose_journal(settings: Settings, tmp_path: Path) -> None:
    put_a_folder_over(settings, settings.paths.logs / "nights.jsonl")


def lose_lock(settings: Settings, tmp_path: Path) -> None:
    put_a_folder_over(settings, settings.paths.home / ".run.lock")


def damage_manifest(settings: Settings, tmp_path: Path) -> None:
    last = manifests(settings.paths.landing)[-1].sequence
    manifest_path(settings.paths.landing, last).write_text("{", encoding="utf-8")
    _READ.clear()  # as in another process


def mistype_a_date(settings: Settings, tmp_path: Path) -> None:
    from reachline.warehouse import connect

    with connect(settings.paths.warehouse) as con:
        con.execute("update work.ops.runs set logical_date = date '2062-03-02'")


def fail(settings: Settings, tmp_path: Path) -> None:
    journal(settings)
    journal(settings, step="gate_landing", outcome="blocked", error="a file was changed")


def give_up(settings: Settings, tmp_path: Path) -> None:
    journal(settings)


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (break_config, "error    config: 1 mistake in the configuration"),
        (break_current, "error    releases: "),
        (lose_database, "error    releases: IOException"),
        (lose_journal, "error    journal: IsADirectoryError"),
        (lose_lock, "error    lock: IsADirectoryError"),
        (damage_manifest, "error    landing: "),
        (mistype_a_date, "error    warehouse: it is built to 2062-03-02, after today"),
        (fail, "error    night: 2026-03-03 blocked in gate_landing: a file was changed"),
        (give_up, "error    night: 2026-03-03 ended after check_config: it was killed"),
    ],
)
def test_what_is_broken_is_critical_and_hides_nothing_else(
    at_noon: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[[Settings, Path], None],
    told: str,
) -> None:
    monkeypatch.setenv("REACHLINE_CONFIG", str(at_noon.config_dir))
    breaks(at_noon, tmp_path)
    code, text = checked()
    assert code == 2
    assert told in text
    code, text = typed("status")
    assert (code, "Traceback" in text) == (0, False)
    # each says what the others can't
    assert ("last run   2026-03-0" in text) == (breaks is not lose_journal)
    assert "built to   2" in text
    assert "current    " in text
    found = json.loads(said("status", "--json"))
    assert found["state"] == "error"
    assert found["findings"]


def test_a_release_that_is_not_whole_warns(at_noon: Settings) -> None:
    (at_noon.paths.published / "releases" / "2026-03-01-0001" / "release.json").unlink()
    code, text = checked()
    assert code == 1
    assert "2026-03-01-0001: not a whole release" in text


# --- a night that runs ----------------------------------------------------------------------------

HOLDS = """
import sys, time
from pathlib import Path
from reachline.night import run_lock
from reachline.settings import load_settings
from reachline.warehouse import connect
settings = load_settings()
with run_lock(settings, "the night of 2026-03-03"), connect(settings.paths.warehouse):
    print("held", flush=True)
    time.sleep(120)
"""


@contextmanager
def holding(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock and has the warehouse open, as a night does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(state.__file__).parents[2]),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_night_that_runs_is_no_fault_and_one_that_was_killed_is(at_noon: Settings) -> None:
    journal(at_noon)
    with holding(at_noon) as process:
        assert checked()[0] == 0
        text = said("status")
        assert "2026-03-03: check_config was the last step that ended" in text
        assert "it is still running" in text
        assert f"running    process {process.pid}: the night of 2026-03-03, since " in text
        assert "built to   a run has the warehouse open just now" in text
        running = json.loads(said("status", "--json"))["running"]
        assert running["is_held"]
        # whoever looks does not get into the way of it
        assert process.poll() is None
    code, text = checked()
    assert code == 2
    assert "2026-03-03 ended after check_config: it was killed, or not taken up again" in text


def test_between_two_steps_in_airflow_nothing_is_wrong(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(at_home)
    for minutes, code in ((20, 0), (120, 2)):
        now = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(minutes=minutes)
        monkeypatch.setattr(
            status, "look", lambda where, config, at=now: state.look(where, config, at)
        )
        assert checked()[0] == code
    # what a process wrote that was killed with the lock: nobody waits an hour for it
    (at_home.paths.home / ".run.lock").write_text("process 1: the night", encoding="utf-8")
    set_clock(monkeypatch, datetime(2026, 3, 3, tzinfo=UTC) + timedelta(minutes=20))
    assert checked()[0] == 2


def test_a_run_that_goes_on_between_its_tasks_is_said_to_run(at_noon: Settings) -> None:
    journal(at_noon)
    told = {"run": "scheduled__2026-03-03", "night": "2026-03-03", "doing": "check_config"}
    turn = at_noon.paths.home / TURN
    turn.write_text(json.dumps(told), encoding="utf-8")
    text = said("status")
    assert "running    run scheduled__2026-03-03 of the night of 2026-03-03, last: check" in text
    # by the clock it would be given up
    assert "it is still running" in text
    assert checked()[0] == 0
    then = time.time() - IDLE_SECONDS - 60
    os.utime(turn, (then, then))
    assert "running" not in said("status").splitlines()[1]
