"""The whole of Airflow with its web page: started, served and stopped on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from reachline.local_airflow.environment import HOST, PASSWORDS, AirflowError, environment
from reachline.settings import config_dir, paths

START_SECONDS = 180
STOP_SECONDS = 30

_SESSION = "up.pid"


def up() -> str:
    """Start Airflow on 127.0.0.1 and wait until its page answers; return address and login."""
    where = paths()
    variables = {**os.environ, **environment(where, config_dir())}
    home = Path(variables["AIRFLOW_HOME"])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = f"http://{HOST}:{variables['AIRFLOW__API__PORT']}"
    session = _running_session(home)
    if session is not None:
        return f"Airflow is already up: {address}\n{_login(home)}\n`make down` stops it."
    _must_be_free(int(variables["AIRFLOW__API__PORT"]))
    subprocess.run(
        [sys.executable, "-m", "reachline.cli", "airflow", "prepare"], env=variables, check=True
    )
    where.logs.mkdir(parents=True, exist_ok=True)
    log = where.logs / "airflow-up.log"
    with log.open("ab") as output:
        leader = subprocess.Popen(
            [sys.executable, "-m", "reachline.cli", "airflow", "serve"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _note_session(home, leader.pid)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(address):
        if leader.poll() is not None or time.monotonic() > deadline:
            down()
            raise AirflowError(f"Airflow did not come up on {address}. Its last words: {log}")
        time.sleep(0.5)
    return (
        f"Airflow is up: {address}\n{_login(home)}\n"
        "The DAG nightly is paused until you switch it on. `make down` stops Airflow."
    )


def serve() -> None:
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


def down() -> bool:
    """Stop what `up` started, with all its children; return False if nothing was running."""
    home = Path(environment(paths(), config_dir())["AIRFLOW_HOME"])
    session = _running_session(home)
    (home / _SESSION).unlink(missing_ok=True)
    if session is None:
        return False
    processes = _members(session)
    for process in processes:
        _end(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    # those too that a process started while it was told to stop
    for process in {*stubborn, *_members(session)}:
        _end(process.kill)
    return True


def _note_session(home: Path, leader: int) -> None:
    began = psutil.Process(leader).create_time()
    noted = {"pid": leader, "began": began}
    (home / _SESSION).write_text(json.dumps(noted), encoding="utf-8")


def _running_session(home: Path) -> int | None:
    """Return the session that `up` started and that still runs.

    The number of a process that has ended is given to another one. What bears it now is ours only
    if it serves Airflow from this home; where the leader has ended, its members are ours if they
    run Airflow and began after it.
    """
    try:
        noted = json.loads((home / _SESSION).read_text(encoding="utf-8"))
        session, began = int(noted["pid"]), float(noted["began"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    members = _members(session)
    try:
        leader = psutil.Process(session)
        serves = leader.cmdline()[-2:] == ["airflow", "serve"]
        is_ours = serves and leader.environ().get("AIRFLOW_HOME") == str(home)
    except psutil.NoSuchProcess:
        is_ours = all(_is_airflows(process, began) for process in members)
    except psutil.AccessDenied:
        is_ours = False
    return session if is_ours and members else None


def _is_airflows(process: psutil.Process, began: float) -> bool:
    try:
        return process.create_time() >= began and "airflow" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _members(session: int) -> list[psutil.Process]:
    """Return the processes of a session, whatever groups they are in, and all their children."""
    found = {process for process in psutil.process_iter() if _session_of(process) == session}
    for process in tuple(found):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.update(process.children(recursive=True))
    return [process for process in found if process.pid != os.getpid()]


def _session_of(process: psutil.Process) -> int | None:
    try:
        is_over = process.status() == psutil.STATUS_ZOMBIE
        return None if is_over else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return None


def _end(signal_process: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        signal_process()


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
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310 # nosec B310
            body = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all(body.get(part, {}).get("status") == "healthy" for part in parts)


def _login(home: Path) -> str:
    try:
        users = json.loads((home / PASSWORDS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return f"login: see {home / PASSWORDS}"
    return "\n".join(f"login: {user}   password: {password}" for user, password in users.items())
