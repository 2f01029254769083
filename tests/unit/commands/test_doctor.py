"""`reachline doctor`: each probe has been seen to find something, and none ends the others."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.landing import manifests
from reachline.landing.manifests import manifest_path
from reachline.operation import doctor, environment_probes, home_probes
from reachline.settings import Settings
from tests.unit.commands.test_status import break_config, break_current, damage_manifest, holding
from tests.unit.commands.typed import said, typed

NOON = datetime(2030, 3, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))


@pytest.fixture
def at_home(at_home: Settings) -> Settings:
    """The home with two nights, closed to others, as the command line makes it."""
    at_home.paths.home.chmod(0o750)
    return at_home


def examined() -> dict[str, list[tuple[str, str, str]]]:
    """What is found, by area: severity, text and remedy."""
    code, text = typed("doctor", "--json")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for of in json.loads(text):
        found.setdefault(of["area"], []).append((of["severity"], of["text"], of["remedy"]))
    severities = {severity for of in found.values() for severity, _, _ in of}
    assert code == (2 if "error" in severities else 1 if "warning" in severities else 0)
    return found


def worst_of(area: str) -> tuple[str, str, str]:
    order = ["ok", "note", "warning", "error"]
    return max(examined()[area], key=lambda found: order.index(found[0]))


def test_a_home_that_is_well_is_exit_0_in_every_area(at_home: Settings) -> None:
    found = examined()
    bad = [of for area in found.values() for of in area if of[0] in ("warning", "error")]
    assert bad == []
    assert found.keys() == {"configuration", *doctor._PROBES} - {"connections", "store"}
    text = said("doctor")
    assert "ok       configuration: " in text
    assert "  do: write alarms in " in text


def test_an_empty_home_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    assert worst_of("rights")[0] == "note"
    assert typed("doctor")[0] == 0
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "airflow").exists()


def test_what_is_wrong_is_told_with_what_to_type(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_CONFIG", str(at_home.config_dir))
    break_current(at_home, tmp_path)
    damage_manifest(at_home, tmp_path)
    break_config(at_home, tmp_path)
    found = examined()
    assert found["configuration"][0][0] == "error"
    assert found["configuration"][0][2] == "reachline config check"
    assert ("error", "reachline landing verify --repair") in {
        (severity, remedy) for severity, _, remedy in found["landing"]
    }
    assert found["releases"][0][0] == "error"
    assert "rollback" in found["releases"][0][2]
    # these need what is broken, and say so
    assert found["connections"][0][1] == "the configuration does not say which are needed"
    assert found["clock"][0][0] == "error"
    assert found["disk"][0][0] == "error"
    # and these do not
    assert found["rights"][0][0] == "ok"
    assert found["locks"][0][0] == "ok"


@pytest.mark.parametrize("area", doctor._PROBES)
def test_a_probe_that_fails_is_a_finding(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch, area: str
) -> None:
    def fail(_: object) -> Any:
        raise PermissionError(13, "Permission denied", "/somewhere")

    monkeypatch.setitem(doctor._PROBES, area, fail)
    found = examined()
    ((severity, text, remedy),) = found[area]
    assert (severity, remedy) == ("error", "mend what it names, then reachline doctor")
    assert "could not be looked at: PermissionError: " in text
    assert "/somewhere" in text
    assert len(found) >= len(doctor._PROBES) - 1


def put_a_folder_over(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


@pytest.mark.parametrize(
    "name",
    [
        "home.key",
        ".run.lock",
        "logs/nights.jsonl",
        "published/releases/2026-03-01-0001/release.json",
        "landing/_last_sequence",
        "airflow/airflow.cfg",
        "airflow/airflow.db",
        "airflow/prepared.txt",
    ],
)
def test_a_folder_or_a_link_to_nowhere_in_the_place_of_a_file_ends_nothing(
    at_home: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(at_home.paths.home / "airflow"))
    path = at_home.paths.home / name
    put_a_folder_over(path)
    assert examined().keys() >= {"configuration", "rights", "orphans"}
    path.rmdir()
    path.symlink_to("nowhere")
    assert examined().keys() >= {"configuration", "rights", "orphans"}


# --- the environment ------------------------------------------------------------------------------


def test_packages_are_compared_with_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "duckdb==0.0.1 \\\n    --hash=sha256:00\n"
        "no-such-package==1.0 \\\n    --hash=sha256:00\n"
        "no-such-other==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(environment_probes, "_LOCK", lock)
    missing, other = environment_probes.packages()
    assert (missing.severity, missing.text) == ("error", "not installed: no-such-package")
    assert other.severity == "warning"
    assert other.text.startswith("not as in the lock: duckdb ")
    assert {missing.remedy, other.remedy} == {"make setup-run"}
    lock.unlink()
    assert [found.severity for found in environment_probes.packages()] == ["note"]
    monkeypatch.setattr(environment_probes, "_PYTHONS", ((3, 99), (3, 100)))
    assert next(environment_probes.packages()).severity == "error"


def airflow_home(folder: Path, prepared: str, *, paused: int = 0, broken: str = "") -> None:
    folder.mkdir()
    (folder / "airflow.cfg").touch(mode=0o600)
    (folder / "prepared.txt").write_text(f"{prepared} mastodon encrypted", encoding="utf-8")
    with sqlite3.connect(folder / "airflow.db") as con:
        con.execute("create table import_error (filename text, stacktrace text)")
        con.execute("create table dag (dag_id text, is_paused integer)")
        con.execute("insert into dag values ('nightly', ?)", [paused])
        if broken:
            con.execute("insert into import_error values ('nightly.py', ?)", [broken])
    con.close()
    (folder / "airflow.db").chmod(0o600)


@pytest.mark.parametrize(
    ("home", "severity", "text", "remedy"),
    [
        ({}, "ok", "no DAG is broken", ""),
        ({"paused": 1}, "note", "nightly is paused", "airflow dags unpause nightly"),
        (
            {"broken": "Traceback\nKeyError: 'x'\n"},
            "error",
            "nightly.py does not load: KeyError",
            "",
        ),
        ({"prepared": "2.0.0"}, "error", "prepared by version 2.0.0", "reachline airflow prepare"),
    ],
)
def test_the_home_of_airflow_is_looked_into(
    at_home: Settings, tmp_path: Path, home: Any, severity: str, text: str, remedy: str
) -> None:
    from importlib.metadata import version

    airflow_home(tmp_path / "airflow", **{"prepared": version("apache-airflow"), **home})
    found = worst_of("airflow")
    assert found[0] == severity
    assert text in found[1]
    assert remedy in found[2]


# --- connections ----------------------------------------------------------------------------------


@pytest.fixture
def with_sources(at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two sources, one of which works without a connection, and an alarm by webhook."""
    config = Path(shutil.copytree(at_home.config_dir, tmp_path / "with-sources"))
    (config / "sources.yml").write_text(
        "connectors: {reddit: {username: acme}, mastodon: {servers: [social.example]}}\n",
        encoding="utf-8",
    )
    (config / "publish.yml").write_text(
        "alarms: {webhook: {connection: reachline_alarms}}\n", encoding="utf-8"
    )
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    return at_home


def test_connections_are_named_and_nothing_of_them_is_told(
    with_sources: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examined()["connections"]
    assert [text for severity, text, _ in found if severity == "error"] == [
        "reachline_reddit is not there, and the source reddit needs it",
        "reachline_alarms is not there, and an alarm needs it",
    ]
    for name in ("REDDIT", "ALARMS"):
        value = {"conn_type": "http", "login": "who", "password": "s3cret-of-" + name}
        monkeypatch.setenv(f"AIRFLOW_CONN_REACHLINE_{name}", json.dumps(value))
    found = examined()["connections"]
    assert found == [("ok", "there: reachline_reddit, reachline_alarms", "")]
    assert "s3cret" not in said("doctor")


def test_servers_are_connected_to_only_when_asked(
    with_sources: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.connectors.server import Given, serving

    with serving(lambda _: Given({})) as server:
        for name, extra in (
            ("REDDIT", {"base_url": server.url}),
            ("MASTODON", {"base_url": "http://127.0.0.1:9"}),  # nobody listens there
            ("ALARMS", {}),
        ):
            value = {"conn_type": "http", "password": "x", "extra": extra}
            monkeypatch.setenv(f"AIRFLOW_CONN_REACHLINE_{name}", json.dumps(value))
        port = server.url.rsplit(":", 1)[1]
        assert typed("doctor")[0] == 0
        code, text = typed("doctor", "--online")
    assert code == 2
    assert f"reachline_reddit: its server can be reached on port {port}" in text
    assert "reachline_mastodon: no connection to port 9 of its server: Connection refused" in text
    assert "reachline_alarms: it names no server" in text


def test_the_addresses_are_those_that_the_connectors_ask() -> None:
    import re

    import reachline.connectors as connectors

    folder = Path(connectors.__file__).parent
    asked = {
        (path.stem, address)
        for path in folder.glob("*.py")
        for address in re.findall(r'base_url\(\s*"(https://[^"]+)"', path.read_text("utf-8"))
    }
    # Reddit gives its tokens at another one
    assert asked - {("reddit", "https://www.reddit.com")} == set(
        environment_probes.ADDRESSES.items()
    )


# --- the home -------------------------------------------------------------------------------------


def test_who_may_read_secrets_and_data(at_home: Settings) -> None:
    for path in at_home.paths.home.rglob("*"):
        path.chmod(path.stat().st_mode & ~0o007)
    manifest = manifest_path(at_home.paths.landing, 1)
    manifest.chmod(0o644)
    assert worst_of("rights")[0] == "ok", "nobody else gets into the home"
    at_home.paths.home.chmod(0o755)
    at_home.paths.key.chmod(0o644)
    found = examined()["rights"]
    assert [severity for severity, _, _ in found] == ["error", "warning"]
    assert found[0][2] == f"chmod 600 {at_home.paths.key}"
    assert str(manifest) in found[1][1]
    assert "umask 0027" in found[1][2]


def test_a_folder_that_is_none_can_not_be_written(at_home: Settings) -> None:
    shutil.rmtree(at_home.paths.inbox)
    at_home.paths.inbox.write_text("", encoding="utf-8")
    severity, text, remedy = worst_of("rights")
    assert severity == "error"
    assert f"{at_home.paths.inbox} can't be written by" in text
    assert remedy.startswith("chown -R ")


def test_locks_name_who_holds_them(at_home: Settings) -> None:
    with holding(at_home) as process:
        found = examined()["locks"]
        assert f"a run is under way: process {process.pid}: the night of 2026-03-03" in found[0][1]
    (found,) = examined()["locks"]
    assert found[0] == "note"
    assert f"a run was killed: process {process.pid}" in found[1]
    assert "the next run takes the lock" in found[2]


def test_another_lock_names_its_process(at_home: Settings) -> None:
    import fcntl

    with (at_home.paths.landing / ".ingest-mastodon.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (found,) = examined()["locks"]
    assert f"landing/.ingest-mastodon.lock: held by process {os.getpid()} (" in found[1]


@pytest.mark.parametrize(
    ("free", "severity", "text"),
    [
        (lambda need, grows: need - 1, "error", "a night needs"),
        (lambda need, grows: need + 3 * grows, "warning", "it is full in 3 nights"),
        (lambda need, grows: 2 * need + 30 * grows, "ok", "a night needs"),
    ],
)
def test_what_is_free_is_held_to_what_the_last_nights_took(
    at_home: Settings,
    monkeypatch: pytest.MonkeyPatch,
    free: Callable[[int, int], int],
    severity: str,
    text: str,
) -> None:
    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    where = at_home.paths
    batches = manifests(where.landing)
    landed = max(
        sum(batch.bytes for batch in batches if batch.logical_date == night)
        for night in ("2026-03-01", "2026-03-02")
    )
    need = size((where.published / "current").resolve()) + size(where.warehouse) + 2 * landed
    of_disk = SimpleNamespace(f_bavail=free(need, 2 * landed), f_frsize=1, f_files=100, f_favail=50)
    monkeypatch.setattr(home_probes.os, "statvfs", lambda _: of_disk)
    (found,) = list(home_probes.disk(where))
    assert found.severity == severity
    assert text in found.text
    of_disk.f_favail = 4
    assert "only 4 of 100 inodes" in list(home_probes.disk(where))[-1].text


def test_a_clock_that_is_behind_what_was_written_is_an_error(at_home: Settings) -> None:
    landed = datetime.fromisoformat(manifests(at_home.paths.landing)[-1].landed_at)
    for minutes, severity in ((4, "ok"), (6, "error")):
        now = landed - timedelta(minutes=minutes)
        found = list(home_probes.clock(at_home.paths, at_home, now))
        # the journal's last line is later than the manifest
        newest = home_probes._newest(at_home.paths)
        assert newest is not None
        if newest[0] - now <= timedelta(minutes=5):
            severity = "ok"
        elif severity == "ok":
            continue
        assert found[0].severity == severity
    behind = list(home_probes.clock(at_home.paths, at_home, landed - timedelta(days=2)))
    assert [of.severity for of in behind] == ["error", "note"]
    assert "the clock is behind, or was ahead then" in behind[0].text


def age(path: Path, days: float) -> None:
    then = time.time() - days * 24 * 3600
    for of in (*path.rglob("*"), path):
        os.utime(of, (then, then))


def test_what_killed_runs_left_is_named(at_home: Settings) -> None:
    where = at_home.paths
    (batch,) = [b for b in manifests(where.landing) if b.sequence == 1]
    lost = where.landing / "inbox" / "orders" / "date=2026-03-01" / "lost.parquet"
    lost.write_bytes(b"PAR1")
    partial = where.published / "releases" / ".2026-03-03-0003.partial"
    scratch = where.warehouse / "scratch" / "2026-02-01"
    orphan = where.landing / "_orphans" / "inbox" / "x.parquet"
    for folder in (partial, scratch, orphan.parent):
        folder.mkdir(parents=True)
    orphan.write_bytes(b"PAR1")
    (where.warehouse / "staging.duckdb.wal").write_bytes(b"")
    found = {text for _, text, _ in examined()["orphans"]}
    assert not any(name in str(found) for name in ("lost.parquet", ".partial", "2026-02-01"))
    for path in (lost, partial, scratch):
        age(path, 2)
    told = examined()["orphans"]
    text = "\n".join(text for _, text, _ in told)
    for words in (
        "1 files in ", "1 files of batches have no manifest, such as ", str(lost), str(partial),
        "2026-02-01", "staging.duckdb.wal is of a run that was killed",
    ):  # fmt: skip
        assert words in text
    assert str(batch.path) not in text
    remedies = {remedy for _, _, remedy in told}
    assert "reachline upkeep --only scratch" in remedies
    assert "reachline landing verify --repair" in remedies
