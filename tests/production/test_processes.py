"""The services of docker-compose.yml as processes on a PostgreSQL, driven over REST and the page.

The tests are one story, told in order: an operator's first days. With `REACHLINE_BACKFILLED=7` a
week is backfilled, else two nights.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import threading
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psutil
import psycopg
import pytest
from playwright.sync_api import expect, sync_playwright

from reachline.sandbox.ingested import configure, connect
from reachline.sandbox.platforms import serving
from reachline.sandbox.world import write_world
from tests.end_to_end.test_contributing import _NOT_COPIED, type_in, walk_through
from tests.end_to_end.test_contributing import run as run_in
from tests.production.services import PARTS, Services, nights_in_order, services
from tests.unit.nights import ORDERS

pytestmark = pytest.mark.long

expect.set_options(timeout=180_000)  # of a machine that others use too
BACKFILLED = int(os.environ.get("REACHLINE_BACKFILLED", "2"))
TODAY = datetime.now(UTC).date()
LAST = TODAY - timedelta(days=1)
SOURCE = "mastodon"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """All services of a small market, with a platform of the sandbox; nothing is switched on."""
    folder = tmp_path_factory.mktemp("production")
    world = write_world(folder / "world", nights=1, size="small", start=LAST)
    configure(world.config)
    sources = world.config / "sources.yml"
    said = sources.read_text(encoding="utf-8")
    # one platform is enough
    sources.write_text(said.replace('"x": {"enabled": true', '"x": {"enabled": false'), "utf-8")
    with (
        serving(world.out, datetime.combine(LAST, datetime.min.time())) as sandbox,
        pytest.MonkeyPatch.context() as patched,
    ):
        before = set(os.environ)
        connect(sandbox)
        told = {name: os.environ[name] for name in set(os.environ) - before}
        for name in told:
            patched.delenv(name)
        # the project is parsed and compiled once for all tests
        told["REACHLINE_CACHE"] = os.environ["REACHLINE_CACHE"]
        with services(folder / "services", world.config, more=told) as made:
            # a few orders: what is tried is who runs when, not what is computed
            drop_orders(made, "first")
            made.migrate()
            made.start(*PARTS)
            yield made


def drop_orders(running: Services, name: str) -> None:
    """Drop ten orders of the last night."""
    folder = running.home / "inbox/orders"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{name}-{n},{LAST}T12:00:{n:02}Z,USD,10.00,placed\n" for n in range(10)]
    (folder / f"{name}.csv").write_text(ORDERS + "".join(rows), encoding="utf-8")


# --- who is let in --------------------------------------------------------------------------------


def test_nobody_is_let_in_without_the_password(running: Services) -> None:
    for password in ("", "admin", "airflow", "reachline"):
        login = {"username": "admin", "password": password}
        with pytest.raises(urllib.error.HTTPError) as refused:
            running._send("POST", "/auth/token", login, {})
        assert refused.value.code in (400, 401, 422), password
    for head in ({}, {"Authorization": "Bearer of-nobody"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            running._send("GET", "/api/v2/dags", None, head)
        assert refused.value.code in (401, 403)
    assert running.ask("GET", "/dags")["total_entries"] >= 0


def test_secrets_stand_in_their_files_alone(running: Services) -> None:
    secrets = {path.name: path.read_text(encoding="utf-8") for path in running.secrets.iterdir()}
    assert set(secrets) >= {"fernet_key", "jwt_secret", "database_password", "admin_password"}
    told = [running.log_of(path.stem) for path in running.logs.iterdir()]
    for part in PARTS:
        for process in running.processes(part):
            told.append(" ".join(process.cmdline()))
            told.append(repr(process.environ()))
    for path in running.home.rglob("*"):
        if path.is_file():
            told.append(path.read_bytes().decode("utf-8", "replace"))
    for name, secret in secrets.items():
        assert not any(secret in text for text in told), name


def test_what_is_listened_on_is_loopback(running: Services) -> None:
    for part in PARTS:
        for process in running.processes(part):
            for connection in process.net_connections():
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip == "127.0.0.1", (part, connection.laddr)


def test_a_part_that_is_down_is_told_as_not_well(running: Services) -> None:
    assert running.run("triggerer", "healthcheck").returncode == 0
    assert running.stop("triggerer") < 60
    deadline = time.monotonic() + 300
    while running.run("triggerer", "healthcheck").returncode == 0:
        assert time.monotonic() < deadline, "it was told to be well for two minutes"
        time.sleep(2)
    assert "triggerer is unhealthy" in running.run("triggerer", "healthcheck").stderr
    running.start("triggerer")


# --- the first night ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(running: Services) -> str:
    """The run of the last night that is over, which begins when the DAG is switched on."""
    _switch_on(running)
    deadline = time.monotonic() + 300
    while not (found := running.runs("nightly")):
        assert time.monotonic() < deadline, "nightly is switched on, and nothing runs"
        time.sleep(0.5)
    (name,) = found
    return name


def _switch_on(running: Services) -> None:
    """Sign in on the page, and switch `nightly` on there; where no Chromium is, over REST."""
    chromium = os.environ.get("REACHLINE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        running.unpause("nightly")
        return
    running.wait_dag("nightly")
    with sync_playwright() as playwright:
        # a container's root has no sandbox of its own; the page is ours
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(180_000)
        page.goto(running.address)
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill("not the password")
        page.locator("input[type=submit]").click()
        expect(page.get_by_text("Invalid login")).to_be_visible()
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill(running.secret("admin_password"))
        page.locator("input[type=submit]").click()
        page.goto(f"{running.address}/dags/nightly")
        expect(page.get_by_text("nightly").first).to_be_visible()
        page.locator("label[data-scope=switch], [role=switch]").first.click()
        confirm = page.get_by_role("button", name="Confirm")
        deadline = time.monotonic() + 180
        while running.ask("GET", "/dags/nightly")["is_paused"]:
            if confirm.count():
                confirm.click()
            assert time.monotonic() < deadline, "the switch of the page did nothing"
            page.wait_for_timeout(300)
        browser.close()


def test_the_night_goes_on_when_scheduler_and_tasks_are_killed(
    running: Services, first: str
) -> None:
    running.wait_task("nightly", first, "stage", "running")
    # a platform is read meanwhile: its DAG waits for no night, and no night for it
    running.unpause(f"ingest_{SOURCE}")
    ingested = running.trigger(f"ingest_{SOURCE}")
    _kill_task(running, "nightly", first, "stage")
    running.wait_task("nightly", first, "stage", "up_for_retry")
    assert running.wait(f"ingest_{SOURCE}", ingested) == "success"
    running.wait_task("nightly", first, "model", "running")
    running.kill("scheduler")
    running.start("scheduler")
    assert running.wait("nightly", first) == "success", running.journal()
    assert running.current().endswith(f"{LAST}-0001")
    ended = running.runs(f"ingest_{SOURCE}")[ingested]["end_date"]
    assert ended < running.runs("nightly")[first]["end_date"]
    assert running.tasks("nightly", first)["stage"]["try_number"] == 2
    assert not (running.home / ".night.json").exists()


def _kill_task(running: Services, dag: str, run: str, task: str) -> None:
    """Kill the process that runs a task, as the kernel does where memory is short."""
    pid = running.tasks(dag, run)[task]["pid"]
    os.kill(int(pid), signal.SIGKILL)


def test_what_is_written_is_for_its_owner_and_group(running: Services, first: str) -> None:
    inbox = running.home / "inbox"  # what people drop is theirs
    for path in running.home.rglob("*"):
        if path.is_symlink() or not path.exists() or path == inbox or inbox in path.parents:
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & 0o027, f"{path}: {mode:o}"


# --- many nights at once --------------------------------------------------------------------------


@dataclass
class Watched:
    """What was seen of the writers' pool while nights ran."""

    most: int = 0
    looks: int = 0


def test_a_backfill_runs_one_night_at_a_time_and_lets_others_go_first(
    running: Services, first: str
) -> None:
    assert running.wait("nightly", first) == "success"
    oldest = LAST - timedelta(days=BACKFILLED)
    watched, over = Watched(), threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            pool = running.ask("GET", "/pools/duckdb_writer")
            held = pool["occupied_slots"]
            watched.most, watched.looks = max(watched.most, held), watched.looks + 1

    body = {
        "dag_id": "nightly",
        "from_date": f"{oldest}T00:00:00Z",
        "to_date": f"{LAST - timedelta(days=1)}T00:00:00Z",
        "reprocess_behavior": "none",
    }
    looker = threading.Thread(target=watch)
    looker.start()
    before = len(running.journal())
    try:
        made = running.ask("POST", "/backfills", body)
        assert made["max_active_runs"] == 10, "Airflow's own default"
        runs = [name for name in running.runs("nightly") if name.startswith("backfill")]
        assert len(runs) == BACKFILLED
        for name in sorted(runs)[:1]:
            running.wait_task("nightly", name, "land_inbox", "success")
        tonight = running.trigger("nightly", night=LAST.isoformat())
        # a scheduler that is asked to stop waits for the task under way
        running.wait_task("nightly", tonight, "stage", "running", 2400)
        running.stop("scheduler", 900)
        assert running.tasks("nightly", tonight)["stage"]["state"] == "success"
        assert running.journal()[-1]["step"] == "stage"
        running.start("scheduler")
        for name in (*runs, tonight):
            assert running.wait("nightly", name, 1200 * BACKFILLED + 1200) == "success", name
    finally:
        over.set()
        looker.join()
    lines = running.journal()[before:]
    assert {line["outcome"] for line in lines} == {"done"}
    days = [oldest + timedelta(days=number) for number in range(BACKFILLED)]
    # the night that somebody wants now comes after the one that had begun
    assert nights_in_order(lines) == [days[0], LAST, *days[1:]]
    assert running.tasks("nightly", tonight)["stage"]["try_number"] == 1
    assert watched.looks > 20
    assert watched.most == 1
    assert running.current().endswith("-0003"), "an older night leaves `current` alone"


# --- a scheduler that was away --------------------------------------------------------------------


def test_of_the_nights_that_were_due_while_all_was_down_the_first_and_the_last_are_run(
    running: Services, first: str
) -> None:
    """The state in which three days without a machine leave the database."""
    assert running.wait("nightly", first) == "success"
    for part in PARTS:
        running.stop(part)
    _as_of_days_ago(running, 3)
    running.start(*PARTS)
    begun: list[str] = []
    for days_before in (2, 0):
        deadline = time.monotonic() + 240
        while not (new := _scheduled(running) - set(begun)):
            assert time.monotonic() < deadline, f"none after {begun}"
            time.sleep(1)
        (name,) = new
        interval = running.runs("nightly")[name]["data_interval_start"]
        assert interval.startswith((LAST - timedelta(days=days_before)).isoformat())
        begun.append(name)
        if days_before:
            # that a night runs to its end is seen above
            running.ask("PATCH", f"/dags/nightly/dagRuns/{name}", {"state": "success"})
    # the turn of a run that somebody has ended is nobody's
    assert running.wait("nightly", begun[-1]) == "success"
    assert running.journal()[-1]["night"] == LAST.isoformat()
    assert len(_scheduled(running)) == 2, "those between are asked for by a backfill"


def _scheduled(running: Services) -> set[str]:
    return {name for name in running.runs("nightly") if name.startswith("scheduled")}


def _as_of_days_ago(running: Services, days: int) -> None:
    """Let Airflow know of no scheduled night of the last days."""
    with psycopg.connect(
        host="127.0.0.1", port=running.database_port, user="reachline", dbname="reachline",
        password=running.secret("database_password"),
    ) as con:  # fmt: skip
        con.execute(
            "delete from dag_run where dag_id = 'nightly' and run_type in ('scheduled', 'backfill')"
        )
        back = f"interval '{days:d} days'"
        con.execute(
            f"update dag set next_dagrun = next_dagrun - {back}, "  # type: ignore[arg-type]
            f"next_dagrun_create_after = next_dagrun_create_after - {back}, "
            f"next_dagrun_data_interval_start = next_dagrun_data_interval_start - {back}, "
            f"next_dagrun_data_interval_end = next_dagrun_data_interval_end - {back} "
            "where dag_id = 'nightly'"
        )


# --- a newer version ------------------------------------------------------------------------------


def test_an_upgrade_builds_what_it_changed_and_nothing_else(
    running: Services, first: str, project: Path, tmp_path: Path
) -> None:
    assert running.wait("nightly", first) == "success"
    before, rows = _hashes(running), _published(running, "select * from core.fct_orders")
    for part in PARTS:
        running.stop(part)
    newer = tmp_path / "newer"
    shutil.copytree(project, newer, ignore=_NOT_COPIED)
    type_in(newer, walk_through(project, "Add a metric"))
    run_in(newer, "-m", "reachline.generated")
    running.project = newer
    running.migrate()
    running.start(*PARTS)
    run = running.trigger("nightly", night=TODAY.isoformat())
    assert running.wait("nightly", run) == "success", running.journal()[-1]
    assert (
        _published(running, "select cost_per_post from reports.campaign_performance limit 0") == []
    )
    changed = {name for name, built in _hashes(running).items() if before.get(name) != built}
    assert {"campaign_performance", "collaboration_performance"} <= changed
    # nothing is read or joined anew: the facts and what they are made of stay
    assert not [name for name in changed if name.startswith(("stg_", "int_", "fct_", "dim_"))]
    assert _published(running, "select * from core.fct_orders") == rows


def _hashes(running: Services) -> dict[str, str]:
    with duckdb.connect(str(running.home / "warehouse/staging.duckdb"), read_only=True) as con:
        return dict(con.execute("select model, built from ops.model_hashes").fetchall())


def _published(running: Services, sql: str) -> list[tuple[Any, ...]]:
    file = running.home / "published/current/warehouse.duckdb"
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()
