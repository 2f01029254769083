"""A Spark of several processes on this machine: a master, two workers and a thrift server.

python -m tests.spark.cluster up | down

All of it listens on 127.0.0.1 alone; its files are in REACHLINE_HOME/spark, its logs in
REACHLINE_HOME/logs/spark. Settings (environment, default): REACHLINE_SPARK_PORT (10000),
REACHLINE_SPARK_MASTER_PORT (7077), REACHLINE_SPARK_WORKER_CORES (1), REACHLINE_SPARK_WORKER_MEMORY
(1g), REACHLINE_SPARK_DRIVER_MEMORY (2g).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reachline.private import kept_secret, write_private
from reachline.processes import Background, is_free
from reachline.settings import paths
from tests.end_to_end.environments import PROJECT, environment

HOST = "127.0.0.1"
START_SECONDS = 240
SERVER = PROJECT / "deploy" / "spark" / "thrift_server.py"
LANGUAGE = PROJECT / "plugins" / "reachline" / "warehouse" / "language.py"


class ClusterError(Exception):
    """The cluster could not do what it was asked; the text says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """A cluster whose files are in a folder. `settings` are those of spark-defaults.conf."""

    folder: Path
    logs: Path
    port: int = 10000
    master_port: int = 7077
    cores: int = 1
    memory: str = "1g"
    driver_memory: str = "2g"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> Path:
        """The folder of its tables: <schema>.db/<table>/*.parquet."""
        return self.folder / "tables"

    def up(self) -> str:
        """Start it and wait until the thrift server answers; return where, in words.

        Raises ClusterError where it can't; nothing of it runs then.
        """
        where = f"{HOST}:{self.port}"
        if self._background.session() is not None:
            return f"Spark is already up: thrift on {where}. `make spark-down` stops it."
        if shutil.which("java") is None:
            raise ClusterError("there is no java on PATH: Spark needs Java 17 or later.")
        for name, port in (("PORT", self.port), ("MASTER_PORT", self.master_port)):
            if not is_free(HOST, port):
                raise ClusterError(f"port {port} is taken; choose another: REACHLINE_SPARK_{name}")
        try:
            programs = environment("requirements-spark", PROJECT)
        except pytest.skip.Exception as error:
            raise ClusterError(str(error)) from error
        self._prepare(programs)
        leader = self._background.start(
            [sys.executable, "-m"],
            self._variables(programs),
            self.logs / "cluster.log",
        )
        deadline = time.monotonic() + START_SECONDS
        while not _listens(self.port):
            if leader.poll() is not None or time.monotonic() > deadline:
                self.down()
                raise ClusterError(f"Spark did not come up on {where}. Its last words: {self.logs}")
            time.sleep(0.5)
        return (
            f"Spark is up: thrift on {where}, tables in {self.tables}, logs in {self.logs}\n"
            "Whoever has a login on this machine can ask it. `make spark-down` stops it."
        )

    def down(self) -> bool:
        """Stop it, with all its processes; return False if nothing was running."""
        was_up = self._background.stop()
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        return was_up

    @property
    def _background(self) -> Background:
        return Background(
            note=self.folder / "up.pid",
            command=("tests.spark.cluster", "serve"),
            variable=("SPARK_CONF_DIR", str(self.folder / "conf")),
            program="spark",
        )

    def _prepare(self, programs: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.logs / "executors", ignore_errors=True)
        (self.folder / "conf").mkdir(mode=0o700, exist_ok=True)
        # without it, whoever has a login here could have the workers run a program of theirs
        secret = kept_secret(self.folder / "secret.txt", lambda: secrets.token_urlsafe(32))
        settings = {
            "spark.master": f"spark://{HOST}:{self.master_port}",
            "spark.authenticate": "true",
            "spark.authenticate.secret": secret,
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.driver.memory": self.driver_memory,
            "spark.executor.cores": str(self.cores),
            "spark.executor.memory": self.memory,
            "spark.pyspark.python": str(programs / "python"),
            "spark.sql.warehouse.dir": str(self.tables),
            # few rows: 200 parts of each would cost more than they bring
            "spark.sql.shuffle.partitions": str(2 * self.cores * len(WORKERS)),
            "spark.hadoop.hive.server2.thrift.bind.host": HOST,
            "spark.hadoop.hive.server2.thrift.port": str(self.port),
            "spark.master.rest.enabled": "false",
            "spark.ui.enabled": "false",
            "spark.ui.killEnabled": "false",
            **self.settings,
        }
        write_private(
            self.folder / "conf" / "spark-defaults.conf",
            "".join(f"{name} {value}\n" for name, value in settings.items()),
        )

    def _variables(self, programs: Path) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SPARK_", "PYSPARK_"))
        }
        return {
            **kept,
            "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "plugins")]),
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_HOME": str(next(programs.parent.glob("lib/python*/site-packages/pyspark"))),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_LOCAL_DIRS": str(self.folder / "scratch"),
            "SPARK_WORKER_DIR": str(self.logs / "executors"),
            "SPARK_DAEMON_MEMORY": "512m",
            "REACHLINE_SPARK_FOLDER": str(self.folder),
            "REACHLINE_SPARK_LOGS": str(self.logs),
            "REACHLINE_SPARK_MASTER_PORT": str(self.master_port),
            "REACHLINE_SPARK_WORKER_CORES": str(self.cores),
            "REACHLINE_SPARK_WORKER_MEMORY": self.memory,
        }


WORKERS = ("worker-1", "worker-2")


def of_home() -> Cluster:
    """Return the cluster of REACHLINE_HOME."""
    where, told = paths(), os.environ
    return Cluster(
        folder=where.home / "spark",
        logs=where.logs / "spark",
        port=int(told.get("REACHLINE_SPARK_PORT", "10000")),
        master_port=int(told.get("REACHLINE_SPARK_MASTER_PORT", "7077")),
        cores=int(told.get("REACHLINE_SPARK_WORKER_CORES", "1")),
        memory=told.get("REACHLINE_SPARK_WORKER_MEMORY", "1g"),
        driver_memory=told.get("REACHLINE_SPARK_DRIVER_MEMORY", "2g"),
    )


def serve() -> None:
    """Run the processes until one of them ends or this one is told to; then end them all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.umask(0o077)
    told = os.environ
    folder, logs = Path(told["REACHLINE_SPARK_FOLDER"]), Path(told["REACHLINE_SPARK_LOGS"])
    spark = Path(told["SPARK_HOME"]) / "bin"
    port = told["REACHLINE_SPARK_MASTER_PORT"]
    spark_class = spark / "spark-class"
    processes: list[subprocess.Popen[bytes]] = []

    def run(name: str, *words: object) -> None:
        with (logs / f"{name}.log").open("wb") as log:
            processes.append(
                subprocess.Popen(
                    [str(word) for word in words],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def goes_on() -> bool:
        return all(process.poll() is None for process in processes)

    try:
        # pages on any free port: 8080 is Airflow's
        run(
            "master",
            *(spark_class, "org.apache.spark.deploy.master.Master"),
            *("--host", HOST, "--port", port, "--webui-port", 0),
        )
        while not _listens(int(port)) and goes_on():
            time.sleep(0.2)
        for name in WORKERS:
            run(
                name,
                *(spark_class, "org.apache.spark.deploy.worker.Worker", "--webui-port", 0),
                *("--host", HOST, "--cores", told["REACHLINE_SPARK_WORKER_CORES"]),
                *("--memory", told["REACHLINE_SPARK_WORKER_MEMORY"], f"spark://{HOST}:{port}"),
            )
        run("thrift", spark / "spark-submit", "--py-files", LANGUAGE, SERVER)
        while goes_on():
            time.sleep(1)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((HOST, port)) == 0


def main() -> int:
    """Do what the command line says; return 0, or 2 where it can't be done."""
    command = sys.argv[1:]
    if command == ["serve"]:
        serve()
    elif command == ["up"]:
        try:
            print(of_home().up())
        except ClusterError as error:
            print(error, file=sys.stderr)
            return 2
    elif command == ["down"]:
        print("Spark is stopped." if of_home().down() else "Spark was not running.")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
