"""docs/runbook.md as written: each failure is made, seen as the page says, and mended by it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from reachline import cli
from reachline.landing import manifests
from reachline.landing.manifests import _READ, manifest_path
from reachline.night import run_step
from reachline.publish.releases import current_release
from reachline.settings import ConfigError, Settings, load_settings
from tests.unit.commands.test_status import NOON, holding, set_clock
from tests.unit.connectors.server import Asked, Given, serving
from tests.unit.nights import ORDERS, drop, order, served

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "runbook.md").read_text("utf-8")
NIGHT = datetime(2026, 3, 3, tzinfo=UTC).date()
REACHLINE = ".venv/bin/reachline "
BAD = f"order_id,ordered_at,gross_amount,status\no9,{NIGHT}T12:00:00Z,5,placed\n"
GOOD = ORDERS + order(9, NIGHT)

pytestmark = pytest.mark.slow


class Section:
    """A section of the page: what is seen, and what is typed. Lines are run once each."""

    def __init__(self, title: str, home: Path) -> None:
        (body,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
        self.home = home
        self.seen: list[str] = re.findall(r"^```text\n(.*?)^```", body, re.M | re.S)
        blocks = re.findall(r"(?:^ {4}.*\n)+", body, re.M)
        self.blocks = [
            [re.sub(r" +# .*", "", line.strip()) for line in block.splitlines()] for block in blocks
        ]
        self.inline = re.findall(rf"`({re.escape(REACHLINE)}[^`]+)`", body)
        self.said = ""

    def shows(self, text: str, number: int = 0) -> None:
        """Hold what the page shows to what was said; `…` stands for anything."""
        for line in self.seen[number].splitlines():
            pattern = ".*".join(re.escape(part) for part in line.split("…"))
            assert re.search(pattern, text, re.S), f"{line}\nis not in\n{text}"

    def types(
        self,
        *,
        names: Mapping[str, str] | None = None,
        may_fail: tuple[str, ...] = (),
        mends: Callable[[], object] | None = None,
    ) -> str:
        """Type the next block; `names` are what its placeholders stand for."""
        block = self.blocks.pop(0)
        said = ""
        if any("export " in line for line in block):
            block = [" && ".join(block)]
        for line in block:
            if line.startswith("# "):
                assert mends is not None, line
                mends()
                continue
            said += self.run(line, names or {}, may_fail)
        self.said += said
        return said

    def types_inline(self, names: Mapping[str, str] | None = None) -> str:
        """Type the next command that stands in the text."""
        return self.run(self.inline.pop(0), names or {}, ())

    def run(self, line: str, names: Mapping[str, str], may_fail: tuple[str, ...]) -> str:
        for name, value in names.items():
            line = line.replace(name, value)
        if line.startswith(REACHLINE) and "&&" not in line:
            code, said = reachline(*shlex.split(line)[1:])
        else:
            code, said = shell(line, self.home)
        assert code == 0 or any(part in line for part in may_fail), f"{line}: {code}\n{said}"
        return said

    def is_done(self) -> None:
        assert self.blocks == [], "not typed"
        assert self.inline == [], "not typed"


def reachline(*arguments: str) -> tuple[int, str]:
    """Exit code and words of a command, those of its error included, as main() has them."""
    _READ.clear()  # as in a process of its own
    done = CliRunner().invoke(cli.app, list(arguments))
    error = done.exception
    if isinstance(error, Exception):
        code = cli.UNUSABLE if isinstance(error, ConfigError) else cli.FAILED
        return code, done.output + cli._paragraph(error)
    return done.exit_code, done.output


def shell(line: str, folder: Path) -> tuple[int, str]:
    """Exit code and words of what is typed into a shell."""
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def home(two_nights: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with a home of two nights, on the day after the second."""
    project = tmp_path / "project"
    shutil.copytree(two_nights.paths.home, project / "data", symlinks=True)
    shutil.copytree(two_nights.config_dir, project / "config")
    (project / "data").chmod(0o750)
    (project / ".venv" / "bin").mkdir(parents=True)
    for name in ("reachline", "python"):
        (project / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    monkeypatch.chdir(project)
    monkeypatch.setenv("REACHLINE_HOME", str(project / "data"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(project / "config"))
    monkeypatch.setenv("AIRFLOW_HOME", str(project / "data" / "airflow"))
    set_clock(monkeypatch, NOON)
    return project


def checked() -> str:
    return reachline("status", "--check")[1]


def is_well() -> None:
    assert reachline("status", "--check")[0] == 0, checked()


def batch_of(name: str) -> str:
    found = manifests(load_settings().paths.landing)
    (batch,) = {b.batch_id for b in found if b.file is not None and b.file.name == name}
    return batch


def test_the_page_has_the_failures_that_are_tried_here() -> None:
    titles = set(re.findall(r"^## (.*)$", PAGE, re.M))
    source = Path(__file__).read_text("utf-8")
    assert set(re.findall(r'Section\("([^"]+)", home\)', source)) == titles
    assert len(titles) == 12 + 2


def test_the_first_commands(home: Path) -> None:
    head = PAGE.split("\n## ")[0]
    (block,) = re.findall(r"(?:^ {4}.*\n)+", head, re.M)
    for line in block.splitlines():
        code, said = reachline(*shlex.split(line.strip(), comments=True)[1:])
        assert code == 0, said


def test_a_refused_file(home: Path) -> None:
    page = Section("A file was refused", home)
    drop(home / "data", "march.csv", BAD)
    run_step(load_settings(), NIGHT, "land_inbox")
    page.shows(checked())
    other = Path(shutil.copytree(home / "data", home / "other"))
    (home / "data").rename(home / "kept")
    other.rename(home / "data")
    page.types_inline()
    assert "was refused" not in checked()
    shutil.rmtree(home / "data")
    (home / "kept").rename(home / "data")
    failed = home / "data/inbox/_failed/orders/march.csv"
    said = page.types(
        may_fail=("inbox check",), mends=lambda: failed.write_text(GOOD, encoding="utf-8")
    )
    assert "currency" in said
    is_well()
    assert "refused    " not in reachline("status")[1]
    assert served(load_settings(), "select count(*) from core.fct_orders") == [(4,)]
    page.is_done()


def test_a_broken_configuration(home: Path) -> None:
    page = Section("The configuration is broken", home)
    path = home / "config" / "brands.yml"
    sound = path.read_text(encoding="utf-8")
    path.write_text("brands: [\n", encoding="utf-8")
    assert reachline("run", "--date", str(NIGHT))[0] == 2
    page.shows(checked())

    def mend() -> None:
        path.write_text(sound, encoding="utf-8")

    lines = page.blocks[0]
    assert lines[0] == lines[2], "before and after"
    assert reachline(*shlex.split(lines[0])[1:])[0] == 2
    said = page.types(may_fail=("config check",), mends=mend)
    assert "is sound" in said
    is_well()
    page.is_done()


def use_mastodon(home: Path, url: str, token: str) -> str:
    """Let the home read a server; return the connection with that token as JSON."""
    sources = {"connectors": {"mastodon": {"servers": ["social.example"], "max_wait_seconds": 0}}}
    (home / "config" / "sources.yml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    return json.dumps({"conn_type": "http", "password": token, "extra": {"base_url": url}})


def test_an_expired_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Section("A token has expired", home)

    def answer(asked: Asked) -> Given:
        if asked.headers.get("Authorization") == "Bearer dead":
            return Given({"error": "The access token is invalid"}, 401)
        return Given([] if "timelines" in asked.path or "statuses" in asked.path else {"id": "1"})

    with serving(answer) as server:
        dead = use_mastodon(home, server.url, "dead")
        (home / "token.json").write_text(dead.replace('"dead"', '"renewed"') + "\n", "utf-8")
        monkeypatch.setenv("AIRFLOW_CONN_REACHLINE_MASTODON", dead)
        code, said = shell(f"{REACHLINE} ingest mastodon", home)
        assert code == 1
        page.shows(said)
        assert "auth_expired" not in page.types()
    page.is_done()


def test_a_rate_limit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Section("A platform slows us down", home)
    with serving(lambda _: Given({}, 429, {"Retry-After": "99999"})) as server:
        connection = use_mastodon(home, server.url, "token")
        monkeypatch.setenv("AIRFLOW_CONN_REACHLINE_MASTODON", connection)
        code, said = shell(f"{REACHLINE} ingest mastodon", home)
    assert code == 0, said
    page.shows(said)
    assert "mastodon" in page.types()
    page.is_done()


def test_a_full_disk(home: Path) -> None:
    page = Section("The disk is full", home)
    orders = "".join(order(number, NIGHT) for number in range(10, 3_000))
    drop(home / "data", "large.csv", ORDERS + orders)
    left = home / "data/warehouse/scratch/2026-02-01"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    # a file may have 64 KiB: what a full disk does, for one process
    code, said = shell(f"ulimit -f 64; {REACHLINE} run --date {NIGHT}", home)
    assert code == 1
    assert "File too large" in said, said
    assert "`File too large`" in PAGE
    current = current_release(home / "data/published")
    assert current is not None
    assert current.release_id == "2026-03-02-0002", "readers see what they saw"
    said = page.types(may_fail=("reachline doctor",))
    assert "scratch/2026-02-01" in said
    assert not left.exists()
    assert served(load_settings(), "select count(*) from core.fct_orders") == [(2_993,)]
    page.is_done()


def test_a_gate_that_blocks(home: Path) -> None:
    page = Section("A gate blocks the night", home)
    bad = "".join(order(number, NIGHT, "much") for number in range(10, 210))
    drop(home / "data", "bad.csv", ORDERS + bad)
    code, said = reachline("run", "--date", str(NIGHT))
    assert code == 1, said
    page.shows(checked())
    said = page.types(names={"BATCH": batch_of("bad.csv")})
    assert "200" in said
    is_well()
    page.is_done()


KILLED = f"""
import os, signal
from datetime import date
from reachline.night import run_lock
from reachline.night.journal import journal_step
from reachline.night.steps import calls_of
from reachline.settings import load_settings
settings, night = load_settings(), date.fromisoformat("{NIGHT}")
with run_lock(settings, f"the night of {{night}}"):
    for name, call in calls_of(settings, night, promoted=False).items():
        if name == "gate_landing":
            os.kill(os.getpid(), signal.SIGKILL)
        with journal_step(settings, night, name):
            call()
"""


def test_a_night_that_was_killed(home: Path) -> None:
    page = Section("A night was killed", home)
    drop(home / "data", "third.csv", GOOD)
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        check=False,
    )
    assert done.returncode == -9
    page.shows(checked())
    page.types()
    is_well()
    assert served(load_settings(), "select count(*) from core.fct_orders") == [(4,)]
    page.is_done()


def test_a_run_that_hangs(home: Path) -> None:
    page = Section("A run hangs and holds the lock", home)
    with holding(load_settings()) as process:
        code, said = reachline("run", "--date", str(NIGHT))
        assert code == 1
        page.shows(said)
        block = page.blocks[0]
        assert block[1] == "kill PROCESS"
        ((who, said),) = [(line, page.run(line, {}, ())) for line in block[:1]]
        assert who.endswith("doctor")
        (number,) = set(re.findall(r"a run is under way: process (\d+): the night of", said))
        assert int(number) == process.pid
        page.run(block[1], {"PROCESS": number}, ())
        process.wait(timeout=30)
        page.run(block[2], {}, ())
        page.blocks.pop(0)
    is_well()
    page.is_done()


def test_a_damaged_batch(home: Path) -> None:
    page = Section("A batch was damaged", home)
    batch = manifests(home / "data/landing")[0]
    (home / "backup").mkdir()
    shutil.copytree(home / "data/landing", home / "backup/landing")
    path = home / "data/landing" / str(batch.path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert reachline("upkeep", "--only", "verify")[0] == 1
    page.shows(checked())
    said = page.types(names={"FILE": str(batch.path)}, may_fail=("landing verify",))
    assert str(path) in said
    assert "landing is whole" in said
    is_well()
    page.types_inline({"BATCH": batch.batch_id})
    page.is_done()


def test_a_lost_manifest(home: Path) -> None:
    page = Section("A manifest is lost", home)
    manifest_path(home / "data/landing", 2).unlink()
    code, said = reachline("doctor")
    assert code == 2
    page.shows(said)
    page.types(may_fail=("--repair",))
    is_well()
    assert reachline("doctor")[0] == 0
    page.is_done()


def test_a_broken_current(home: Path) -> None:
    page = Section("Readers see nothing: current is broken", home)
    shutil.rmtree((home / "data/published/current").resolve())
    page.shows(checked())
    page.types()
    current = current_release(home / "data/published")
    assert current is not None
    assert current.release_id == "2026-03-01-0001"
    page.types()
    is_well()
    page.is_done()


def test_missed_nights(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Section("Nights were missed", home)
    set_clock(monkeypatch, datetime(2026, 3, 5, 7, tzinfo=UTC))
    page.shows(checked())
    page.types()
    is_well()
    page.types_inline()
    is_well()
    page.is_done()


def test_backup_and_restore(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied while a night runs is whole, and gives the same tables in another place."""
    backup = Section("Backup", home)
    airflow = home / "data/airflow"
    airflow.mkdir()
    (airflow / "fernet_key.txt").write_text("key", encoding="utf-8")
    with sqlite3.connect(airflow / "airflow.db") as con:
        con.execute("create table connection (conn_id text)")
    con.close()
    drop(home / "data", "third.csv", GOOD)
    drop(home / "data", "bad.csv", BAD)
    night = subprocess.Popen(
        [str(home / ".venv/bin/reachline"), "run", "--date", str(NIGHT)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    backup.types(may_fail=("tar ",))
    said = backup.types()
    assert night.wait(timeout=400) == 0, night.communicate()[0]
    assert said.strip(), "what verify says"
    backup.types()
    with sqlite3.connect(home / "backup/airflow.db") as con:
        assert con.execute("select count(*) from connection").fetchall() == [(0,)]
    con.close()
    backup.is_done()

    restored = tmp_path / "restored"
    (restored / ".venv").parent.mkdir()
    (restored / ".venv").symlink_to(home / ".venv")
    shutil.copytree(home / "backup", restored / "backup")
    monkeypatch.chdir(restored)
    monkeypatch.setenv("REACHLINE_HOME", str(restored / "data"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(restored / "config"))
    restore = Section("Restore", home)
    restore.home = restored
    restore.types()
    assert (restored / "data/home.key").stat().st_mode & 0o777 == 0o600
    again = load_settings()
    sql = "select order_id, gross_amount from core.fct_orders order by all"
    before = load_settings(home / "data", home / "config")
    # what had not landed yet waits in the inbox of the copy
    assert reachline("run", "--date", str(NIGHT))[0] == 0
    assert served(again, sql) == served(before, sql)
    assert len(served(again, sql)) == 4
    restore.is_done()
