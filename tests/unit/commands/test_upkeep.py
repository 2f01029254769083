"""`reachline upkeep`: what is old goes, what is needed stays, and a part that fails stops none."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline.connectors.ingest import one_at_a_time
from reachline.landing import commit_batch, draft_batch, manifests
from reachline.operation import upkeep
from reachline.operation.upkeep import Cleared, UpkeepError, keep_up, last_failures
from reachline.publish.releases import current_release, releases, rollback
from reachline.settings import Settings, load_settings
from tests.unit.commands.test_doctor import age
from tests.unit.commands.test_status import holding
from tests.unit.commands.typed import said, typed
from tests.unit.publish.small_release import publish_release


@pytest.fixture(autouse=True)
def _no_airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))


def with_options(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The home with a configuration that keeps two releases, and packs nothing."""
    config = Path(shutil.copytree(settings.config_dir, tmp_path / "keeps-two"))
    told = (config / "upkeep.yml").read_text(encoding="utf-8")
    (config / "upkeep.yml").write_text(
        told.replace("pack_below_kib: 1024", "pack_below_kib: 0"), encoding="utf-8"
    )
    text = (config / "thresholds.yml").read_text(encoding="utf-8")
    (config / "thresholds.yml").write_text(
        text.replace("keep_releases: 7", "keep_releases: 2"), encoding="utf-8"
    )
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    return load_settings(settings.paths.home, config)


def clear(settings: Settings, part: str, *, is_dry: bool = False) -> Cleared:
    (cleared,) = keep_up(settings, [part], is_dry=is_dry)
    return cleared


def everything(home: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a home, with mode and content."""
    return {
        str(path.relative_to(home)): (stat.S_IMODE(path.lstat().st_mode), path.read_bytes())
        for path in home.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def old(at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that has run for long: more releases than are kept, and what was left over."""
    settings = with_options(at_home, tmp_path, monkeypatch)
    where = settings.paths
    for build in (3, 4):
        publish_release(where.home, build=build)
    for name in ("2026-02-01", "2026-02-02"):
        folder = where.logs / "gates" / name
        folder.mkdir(parents=True)
        (folder / "landing.json").write_text("[]", encoding="utf-8")
        age(folder, 40)
    for path in (
        where.published / "releases" / ".2026-03-03-0003.partial" / "warehouse.duckdb",
        where.warehouse / "scratch" / "2026-02-01" / "staging.duckdb",
        where.logs / "airflow" / "dag_id=nightly" / "run_id=old" / "attempt=1.log",
    ):
        path.parent.mkdir(parents=True)
        path.write_text("old", encoding="utf-8")
        age(path.parent.parent if "airflow" in path.parts else path.parent, 40)
    new = where.logs / "airflow" / "dag_id=nightly" / "run_id=new" / "attempt=1.log"
    new.parent.mkdir(parents=True)
    new.write_text("new", encoding="utf-8")
    return settings


def test_a_dry_run_names_what_would_go_and_changes_nothing(old: Settings) -> None:
    before = everything(old.paths.home)
    text = said("upkeep", "--dry-run")
    assert everything(old.paths.home) == before
    for words in (
        "releases  would remove 2", "  2026-03-01-0001\n  2026-03-02-0002\n",
        "scratch   would remove 2", ".2026-03-03-0003.partial", "scratch/2026-02-01",
        "gates     would remove 2", "gates/2026-02-01",
        "logs      would remove 1", "run_id=old/attempt=1.log",
        "airflow   would remove nothing", "packs     would pack nothing",
        "verify    all of landing would be read",
    ):  # fmt: skip
        assert words in text


def test_what_a_dry_run_names_goes_and_nothing_else(old: Settings) -> None:
    before = everything(old.paths.home)
    text = said("upkeep")
    assert "verify    landing is whole" in text
    gone = before.keys() - everything(old.paths.home).keys()
    assert {name.split("/")[0] for name in gone} == {"published", "warehouse", "logs"}
    assert {"/".join(name.split("/")[:3]) for name in gone if name.startswith("published")} == {
        "published/releases/2026-03-01-0001", "published/releases/2026-03-02-0002",
        "published/releases/.2026-03-03-0003.partial",
    }  # fmt: skip
    assert {name for name in gone if name.startswith("warehouse")} == {
        "warehouse/scratch/2026-02-01/staging.duckdb"
    }
    assert not any("landing" in name.split("/")[:1] for name in gone)
    logs = old.paths.logs
    assert [path.name for path in (logs / "airflow").rglob("run_id=*")] == ["run_id=new"]
    assert sorted(path.name for path in (logs / "gates").iterdir()) == ["2026-03-01", "2026-03-02"]
    lines = [json.loads(line) for line in (logs / upkeep.JOURNAL).read_text().splitlines()]
    assert [(line["part"], line["removed"]) for line in lines] == [
        ("releases", 2), ("scratch", 2), ("gates", 2), ("logs", 1), ("airflow", 0), ("packs", 0),
        ("verify", 0),
    ]  # fmt: skip
    assert typed("upkeep") == (0, said("upkeep")), "there is nothing more to remove"


def test_what_is_young_stays(at_home: Settings) -> None:
    scratch = at_home.paths.warehouse / "scratch" / "2026-02-01"
    scratch.mkdir(parents=True)
    log = at_home.paths.logs / "airflow" / "attempt=1.log"
    log.parent.mkdir()
    log.write_text("", encoding="utf-8")
    age(log, 29)
    age(scratch, 1.9)
    assert clear(at_home, "scratch").removed == ()
    assert clear(at_home, "logs").removed == ()
    # one file that is written to makes all of it young
    age(scratch, 3)
    (scratch / "staging.duckdb").touch()
    assert clear(at_home, "scratch").removed == ()
    age(scratch, 3)
    assert clear(at_home, "scratch").removed == ("warehouse/scratch/2026-02-01",)


def test_the_current_release_and_the_way_back_stay(old: Settings) -> None:
    published = old.paths.published
    first, second, *_ = releases(published)
    rollback(published, second.release_id)
    assert clear(old, "releases").removed == ()
    assert rollback(published).release_id == first.release_id
    # and where the way back was used, nothing is before it
    assert clear(old, "releases").removed == (second.release_id,)
    current = current_release(published)
    assert current is not None
    assert current.release_id == first.release_id


def test_no_release_goes_while_it_is_not_known_which_is_read(old: Settings) -> None:
    current = current_release(old.paths.published)
    assert current is not None
    shutil.rmtree(current.path)
    code, text = typed("upkeep", "--only", "releases")
    assert code == 1
    assert "no release is removed while it is not known which is read" in text
    assert len(releases(old.paths.published)) == 3


def test_a_part_that_fails_stops_no_other_and_status_tells_of_it(old: Settings) -> None:
    batch = manifests(old.paths.landing)[0]
    path = old.paths.landing / str(batch.path)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    code, text = typed("upkeep")
    assert code == 1
    assert f"verify    failed: {batch.batch_id}: {path}: SHA-256 is" in text
    assert "landing verify --repair" in text
    assert "releases  removed 2" in text
    (line,) = last_failures(old.paths)
    assert line["part"] == "verify"
    status = typed("status", "--check")[1]
    assert "warning  upkeep: verify failed, " in status
    assert "  do: reachline upkeep --only verify" in status
    path.write_bytes(content)
    said("upkeep", "--only", "verify")
    assert last_failures(old.paths) == []


def test_while_a_night_runs_nothing_that_it_writes_is_touched(old: Settings) -> None:
    before = everything(old.paths.published)
    with holding(old):
        code, text = typed("upkeep", "--only", "releases", "--only", "gates", "--only", "logs")
        assert code == 1
        assert text.count("another run is under way") == 2
        assert "logs      removed 1" in text
        assert typed("upkeep", "--dry-run")[0] == 0
    assert everything(old.paths.published) == before


@pytest.mark.parametrize("name", ["brands.yml", "upkeep.yml"])
def test_a_broken_configuration_removes_nothing(old: Settings, name: str) -> None:
    (old.config_dir / name).write_text("keep_logs_days: never\n", encoding="utf-8")
    before = everything(old.paths.home)
    code, _ = typed("upkeep")
    assert code == 1  # of main() it is 2
    assert everything(old.paths.home) == before


# --- packs ----------------------------------------------------------------------------------------


def test_small_files_of_old_months_are_packed_once(at_home: Settings) -> None:
    root = at_home.paths.landing
    before = everything(root)
    single = [name for name in before if name.startswith("inbox/")]
    assert f"packs     would pack {len(single)}" in said("upkeep", "--dry-run", "--only", "packs")
    assert everything(root) == before
    text = said("upkeep", "--only", "packs", "--only", "verify")
    assert f"packs     packed {len(single)}" in text
    assert f"  landing/{single[0]}" in text
    assert "verify    landing is whole" in text
    batch = manifests(root)[0]
    pack = f"{root}/_packs/{batch.source}/{batch.stream}/2026-03-1.zip"
    assert f"data       {root / str(batch.path)}, in {pack}" in said(
        "landing", "show", batch.batch_id
    )
    after = everything(root)
    assert not [name for name in after if name.startswith("inbox/")]
    assert {name for name in after if name.startswith("_packs/")} == {
        f"_packs/{'/'.join(name.split('/')[:2])}/2026-03-1.zip" for name in single
    }
    assert "packs     packed nothing" in said("upkeep", "--only", "packs")
    line = json.loads((at_home.paths.logs / upkeep.JOURNAL).read_text().splitlines()[0])
    assert (line["part"], line["removed"]) == ("packs", len(single))


def test_nothing_is_packed_while_a_night_runs_or_a_platform_is_read(at_home: Settings) -> None:
    root = at_home.paths.landing
    with draft_batch(root, "x", "posts", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"record": ["{}"]}), draft.data)
        commit_batch(draft, run_id="r", rows=1, columns=("record",), first_line=1)
    before = everything(root)
    with holding(at_home):
        assert "another run is under way" in typed("upkeep", "--only", "packs")[1]
    with one_at_a_time(at_home, "x"):
        code, text = typed("upkeep", "--only", "packs")
    assert (code, "x is being read by another run" in text) == (1, True)
    locks = {".ingest-x.lock"}
    assert {n: b for n, b in everything(root).items() if n not in locks} == before
    assert last_failures(at_home.paths) == [], "it is tried again, and nothing to be warned of"
    assert "packs     packed " in said("upkeep", "--only", "packs")


def test_young_months_and_large_files_are_left(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(shutil.copytree(at_home.config_dir, tmp_path / "config"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    for line in ("pack_after_days: 100000", "pack_below_kib: 0"):
        (config / "upkeep.yml").write_text(line, encoding="utf-8")
        assert clear(load_settings(at_home.paths.home, config), "packs").removed == ()


# --- Airflow's database ---------------------------------------------------------------------------


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What is run instead of Airflow: command and environment."""
    found: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], env: dict[str, str], **_: object) -> object:
        found.append((command, env))
        return upkeep.subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(upkeep.subprocess, "run", run)
    return found


def test_without_airflow_its_database_is_left_alone(
    at_home: Settings, commands: list[object]
) -> None:
    assert clear(at_home, "airflow").removed == ()
    assert commands == []


def test_a_task_finds_the_database_that_airflow_hides_from_it(
    at_home: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    commands: list[tuple[list[str], dict[str, str]]],
) -> None:
    """What Airflow's supervisor sets in a task: airflow.sdk.execution_time.supervisor."""
    name = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    for variable in (name, "AIRFLOW__CORE__SQL_ALCHEMY_CONN"):
        monkeypatch.setenv(variable, "airflow-db-not-allowed:///")
    home = tmp_path / "airflow"
    home.mkdir()
    (home / "airflow.cfg").write_text("[core]\nload_examples = False\n", encoding="utf-8")
    told = clear(at_home, "airflow")
    assert "a task of Airflow is not told where its database is" in told.error
    assert commands == [], "else Airflow would make a database of its own"
    (home / "airflow.cfg").write_text("[database]\nsql_alchemy_conn = x%y\n", encoding="utf-8")
    assert clear(at_home, "airflow").error == ""
    ((command, env),) = commands
    assert command[:5] == [sys.executable, "-m", "airflow", "db", "clean"]
    assert "--error-on-cleanup-failure" in command
    assert not any("SQL_ALCHEMY_CONN" in key for key in env)
    (home / "airflow.cfg").write_text("", encoding="utf-8")
    monkeypatch.setenv(f"{name}_CMD", "cat /run/secrets/database")
    assert clear(at_home, "airflow", is_dry=True).error == ""
    assert "--dry-run" in commands[-1][0]


def test_rows_of_tables_are_counted() -> None:
    told = (
        "Performing dry run for db cleanup.\n"
        "Performing dry run for table job\nFound 3 rows meeting deletion criteria.\n"
        "Performing dry run for table dag_run\nFound 0 rows meeting deletion criteria.\n"
    )
    assert list(upkeep._cleaned_rows(told)) == ["3 rows of job"]


@pytest.mark.slow
def test_airflow_removes_its_own_old_rows(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3
    import subprocess

    home = at_home.paths.airflow
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    env = {**os.environ, "PYTHONPATH": str(Path(upkeep.__file__).parents[2])}
    prepare = [sys.executable, "-m", "reachline.cli", "airflow", "prepare"]
    subprocess.run(prepare, env=env, check=True, capture_output=True)
    with sqlite3.connect(home / "airflow.db") as con:
        for number, when in ((1, "2020-01-01 00:00:00"), (2, "2099-01-01 00:00:00")):
            con.execute("insert into log (id, dttm, event) values (?, ?, 'test')", [number, when])
    con.close()
    dry = clear(at_home, "airflow", is_dry=True)
    assert (dry.error, dry.removed) == ("", ("1 rows of log",))
    assert clear(at_home, "airflow").error == ""
    with sqlite3.connect(home / "airflow.db") as con:
        assert con.execute("select count(*) from log where event = 'test'").fetchall() == [(1,)]
    con.close()


def test_airflows_last_words_stand_in_the_error(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "airflow.cfg").write_text("", encoding="utf-8")

    def run(command: list[str], **_: object) -> object:
        return upkeep.subprocess.CompletedProcess(command, 1, "", "a\nno such table: dag_run\n")

    monkeypatch.setattr(upkeep.subprocess, "run", run)
    assert clear(at_home, "airflow").error.endswith("no such table: dag_run")
    assert issubclass(UpkeepError, Exception)
