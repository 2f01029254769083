"""The whole of Airflow with its web page: started, served and stopped on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from reachline.local_airflow.environment import HOST, PASSWORDS, AirflowError, environment
from reachline.processes import Background, is_free
from reachline.settings import config_dir, paths

START_SECONDS = 180


def up() -> str:
    """Start Airflow on 127.0.0.1 and wait until its page answers; return address and login."""
    where = paths()
    variables = {**os.environ, **environment(where, config_dir())}
    home = Path(variables["AIRFLOW_HOME"])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = f"http://{HOST}:{variables['AIRFLOW__API__PORT']}"
    background = _background(home)
    if background.session() is not None:
        return f"Airflow is already up: {address}\n{_login(home)}\n`make down` stops it."
    _must_be_free(int(variables["AIRFLOW__API__PORT"]))
    subprocess.run(
        [sys.executable, "-m", "reachline.cli", "airflow", "prepare"], env=variables, check=True
    )
    where.logs.mkdir(parents=True, exist_ok=True)
    log = where.logs / "airflow-up.log"
    leader = background.start([sys.executable, "-m", "reachline.cli"], variables, log)
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
    return _background(Path(environment(paths(), config_dir())["AIRFLOW_HOME"])).stop()


def _background(home: Path) -> Background:
    return Background(
        note=home / "up.pid",
        command=("airflow", "serve"),
        variable=("AIRFLOW_HOME", str(home)),
        program="airflow",
    )


def _must_be_free(port: int) -> None:
    if not is_free(HOST, port):
        raise AirflowError(
            f"port {port} is taken. Stop what uses it, or choose another: "
            f"AIRFLOW__API__PORT={port + 1} make up"
        )


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
