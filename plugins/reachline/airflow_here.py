"""Airflow on this machine: one night in this process, or the whole of it with its web page.

`python -m reachline.airflow_here nightly DATE | up | down`, or `make nightly`, `make up`,
`make down`. What it keeps stands in AIRFLOW_HOME (default REACHLINE_HOME/airflow).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reachline.connectors import SOURCES
from reachline.settings import Paths, Settings, config_dir, load_settings, paths

PROJECT = Path(__file__).resolve().parents[2]
POOL = "duckdb_writer"
HOST = "127.0.0.1"
START_SECONDS = 180
STOP_SECONDS = 30

_PASSWORDS = "simple_auth_manager_passwords.json.generated"
_MARK = "# Written by reachline.airflow_here; take this line out to keep changes of your own."
_SESSION = "up.pid"


class AirflowError(Exception):
    """Airflow could not do what it was asked; the text says why and what to do."""


# --- one night, or many, in this process ---------------------------------------------------------


def run_nights(
    settings: Settings,
    dates: Iterable[date],
    before_each: Callable[[date], None] | None = None,
    *,
    promote: bool = False,
) -> None:
    """Run the DAG `nightly` for each date, in order, in this process.

    `before_each` is called with the date before its run, to drop files into the inbox, say. Raises
    AirflowError naming the step that failed; later dates are not run then.
    """
    prepare(settings.paths, settings.config_dir)
    dag = _dag("nightly")
    for logical_date in dates:
        if before_each is not None:
            before_each(logical_date)
        conf = {"night": logical_date.isoformat(), "promote": promote}
        run = dag.test(logical_date=None, run_after=datetime.now(UTC), run_conf=conf)
        if str(run.state) != "success":
            raise AirflowError(_why(settings, logical_date))


def ingest_sources(settings: Settings, at: datetime) -> dict[str, str]:
    """Run the DAG of each source that config/sources.yml enables, in this process.

    `at` is the moment that it is taken to be. Returns how each ended: a source that failed stops
    no other.
    """
    prepare(settings.paths, settings.config_dir)
    ended = {}
    for source, _ in settings.config.sources.connectors.enabled():
        run = _dag(f"ingest_{source}").test(
            logical_date=None, run_after=datetime.now(UTC), run_conf={"at": at.isoformat()}
        )
        ended[source] = str(run.state)
    return ended


def nightly(logical_date: date, *, promote: bool = False) -> None:
    """Run one night through Airflow, and say where its release is."""
    settings = load_settings()
    run_nights(settings, [logical_date], promote=promote)
    from reachline.publish.releases import current_release, releases

    made = releases(settings.paths.published)[-1]
    current = current_release(settings.paths.published)
    if current is not None and current.release_id == made.release_id:
        print(f"published {made.release_id}: {settings.paths.published / 'current'}")
    else:
        print(
            f"published {made.release_id} beside the current release: {made.path}\n"
            f"`reachline release rollback {made.release_id}` makes it the current one."
        )


def prepare(where: Paths, config: Path) -> None:
    """Set Airflow's home up: database and pool are made on first use. Safe to repeat."""
    os.environ.update(environment(where, config))
    _be_quiet()
    home = Path(os.environ["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    _write_config(home)
    from airflow import __version__

    stamp, is_now = home / "prepared.txt", f"{__version__} {' '.join(SOURCES)}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == is_now:
        return
    from airflow.models.pool import Pool
    from airflow.utils import db

    _be_quiet()
    db.initdb()
    Pool.create_or_update_pool(
        name=POOL,
        slots=1,
        description="Tasks that open the DuckDB warehouse: one at a time.",
        include_deferred=False,
    )
    for source in SOURCES:
        Pool.create_or_update_pool(
            name=f"ingest_{source}",
            slots=1,
            description=f"Tasks that ask {source}: one at a time.",
            include_deferred=False,
        )
    stamp.write_text(is_now, encoding="utf-8")


def environment(where: Paths, config: Path) -> dict[str, str]:
    """Return what Airflow's processes are told; what the caller has set already stays."""
    home = Path(os.environ.get("AIRFLOW_HOME") or where.airflow)
    told = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": "8080",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(where.logs / "airflow"),
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    merged = {name: os.environ.get(name, value) for name, value in told.items()}
    port = merged["AIRFLOW__API__PORT"]
    merged.setdefault("AIRFLOW__API__BASE_URL", f"http://{HOST}:{port}")
    # standalone starts its parts by the name `airflow`
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    search = [str(PROJECT / "plugins"), os.environ.get("PYTHONPATH", "")]
    return {
        **merged,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": os.pathsep.join(part for part in search if part),
        "REACHLINE_HOME": str(where.home),
        "REACHLINE_CONFIG": str(config),
    }


def _write_config(home: Path) -> None:
    """Write airflow.cfg, so that a plain `airflow …` in this home finds DAGs and database too.

    One that somebody else wrote stays.
    """
    path = home / "airflow.cfg"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_MARK):
        return
    sections: dict[str, list[str]] = {}
    for name, value in sorted(os.environ.items()):
        match = re.fullmatch(r"AIRFLOW__([A-Z]+(?:_[A-Z]+)*)__([A-Z_]+)", name)
        if match and not name.endswith(("_CMD", "_SECRET")):
            line = f"{match[2].lower()} = {value.replace('%', '%%')}"
            sections.setdefault(match[1].lower(), []).append(line)
    # the parts sign what they send one another; each would make a secret of its own
    sections.setdefault("api_auth", []).append(f"jwt_secret = {_jwt_secret(home)}")
    text = "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in sections.items())
    beside = path.with_suffix(".part")
    beside.touch(mode=0o600)
    beside.write_text(f"{_MARK}\n\n{text}\n", encoding="utf-8")
    beside.replace(path)


def _jwt_secret(home: Path) -> str:
    """Return the secret of this home; made once, for its owner alone to read."""
    path = home / "jwt_secret.txt"
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _dag(name: str) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    if bag.import_errors:
        raise AirflowError("\n".join(str(text) for text in bag.import_errors.values()))
    return bag.dags[name]


def _be_quiet() -> None:
    """Let warnings through and nothing else: a night's own words are in its journal."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("AIRFLOW__LOGGING__FAB_LOGGING_LEVEL", "WARNING")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="Using `httpx`")
    for name in ("airflow", "alembic", "sqlalchemy", "dbt", "great_expectations"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _why(settings: Settings, logical_date: date) -> str:
    from reachline.night import read_journal

    lines = [
        line
        for line in read_journal(settings)
        if line["night"] == logical_date.isoformat() and line["outcome"] != "done"
    ]
    if not lines:
        return f"the night of {logical_date} failed; logs in {settings.paths.logs / 'airflow'}"
    last = lines[-1]
    return f"the night of {logical_date} {last['outcome']} in {last['step']}: {last['error']}"


# --- the whole of it, with its page --------------------------------------------------------------


def up() -> None:
    """Start Airflow on 127.0.0.1, wait until its page answers, and print address and login."""
    where = paths()
    variables = {**os.environ, **environment(where, config_dir())}
    home = Path(variables["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    address = f"http://{HOST}:{variables['AIRFLOW__API__PORT']}"
    session = _running_session(home)
    if session is not None:
        print(f"Airflow is already up: {address}\n{_login(home)}\n`make down` stops it.")
        return
    _must_be_free(int(variables["AIRFLOW__API__PORT"]))
    subprocess.run(
        [sys.executable, "-m", "reachline.airflow_here", "prepare"], env=variables, check=True
    )
    where.logs.mkdir(parents=True, exist_ok=True)
    log = where.logs / "airflow-up.log"
    with log.open("ab") as output:
        leader = subprocess.Popen(
            [sys.executable, "-m", "reachline.airflow_here", "lead"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (home / _SESSION).write_text(str(leader.pid), encoding="utf-8")
    deadline = time.monotonic() + START_SECONDS
    while not _answers(address):
        if leader.poll() is not None or time.monotonic() > deadline:
            down()
            raise AirflowError(f"Airflow did not come up on {address}. Its last words: {log}")
        time.sleep(0.5)
    print(
        f"Airflow is up: {address}\n{_login(home)}\n"
        "The DAG nightly is paused until you switch it on. `make down` stops Airflow."
    )


def lead() -> None:
    """Run Airflow's parts until one of them ends or this process is told to; then end them all.

    Not `airflow standalone`: that also serves its log files, and to other machines too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parts = (("scheduler", "--skip-serve-logs"), ("dag-processor",), ("api-server",))
    processes = [subprocess.Popen([sys.executable, "-m", "airflow", *part]) for part in parts]
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(1)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def down() -> None:
    """Stop what `up` started, with all its children."""
    home = Path(environment(paths(), config_dir())["AIRFLOW_HOME"])
    session = _running_session(home)
    (home / _SESSION).unlink(missing_ok=True)
    if session is None:
        print("Airflow is not up.")
        return
    for how, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        members = _members(session)
        if not members:
            break
        # each one by itself: a child may have made a group of its own
        for member in members:
            _send(member, how)
        deadline = time.monotonic() + patience
        while _alive(members) and time.monotonic() < deadline:
            time.sleep(0.2)
        if not _alive(members) and not _members(session):
            break
    print("Airflow is down.")


def _running_session(home: Path) -> int | None:
    """Return the session that `up` started and that still runs."""
    try:
        session = int((home / _SESSION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return session if _members(session) else None


def _members(session: int) -> list[int]:
    """Return the processes of a session, whatever groups they are in, and their children."""
    parents: dict[int, int] = {}
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        state, parent, its_session = fields[0], int(fields[1]), int(fields[3])
        process = int(stat.parent.name)
        if state == "Z":
            continue
        parents[process] = parent
        if its_session == session:
            found.add(process)
    grew = True
    while grew:
        children = {p for p, parent in parents.items() if parent in found and p not in found}
        found |= children
        grew = bool(children)
    return sorted(found - {os.getpid()})


def _alive(processes: Iterable[int]) -> bool:
    return any(_is_alive(process) for process in processes)


def _is_alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def _send(process: int, how: signal.Signals) -> None:
    try:
        os.kill(process, how)
    except ProcessLookupError:
        return


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise AirflowError(
                f"port {port} is taken. Stop what uses it, or choose another: "
                f"AIRFLOW__API__PORT={port + 1} make up"
            ) from error


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
            body = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all(body.get(part, {}).get("status") == "healthy" for part in parts)


def _login(home: Path) -> str:
    try:
        users = json.loads((home / _PASSWORDS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"login: see {home / _PASSWORDS}"
    return "\n".join(f"login: {user}   password: {password}" for user, password in users.items())


def main() -> None:
    """Do what the command line says; an error is one paragraph and exit code 1."""
    parser = argparse.ArgumentParser(prog="reachline.airflow_here", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("nightly")
    one.add_argument("date", type=date.fromisoformat)
    one.add_argument("--promote", action="store_true")
    for name in ("up", "down", "prepare", "lead"):
        commands.add_parser(name)
    asked = parser.parse_args()
    try:
        if asked.command == "nightly":
            nightly(asked.date, promote=asked.promote)
        elif asked.command == "prepare":
            prepare(paths(), config_dir())
        else:
            {"up": up, "down": down, "lead": lead}[asked.command]()
    except Exception as error:
        if os.environ.get("REACHLINE_DEBUG") == "1" or not _is_ours(error):
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _is_ours(error: Exception) -> bool:
    return isinstance(error, AirflowError) or type(error).__module__.startswith("reachline.")


if __name__ == "__main__":
    main()
