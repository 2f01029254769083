"""A cluster over thrift: that it is ours alone, ends whole, and gives the tables of DuckDB."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.environments import PROJECT, environment
from tests.servers.processes import free_port
from tests.spark.cluster import Cluster, ClusterError
from tests.spark.world import build

HERE = Path(__file__).parent
DBT = PROJECT / "dbt_project"

pytestmark = pytest.mark.long


def processes(cluster: Cluster) -> list[psutil.Process]:
    """Return all processes of a cluster, by their environment."""
    conf, found = str(cluster.folder / "conf"), []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SPARK_CONF_DIR") == conf:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has what Spark needs, which needs Java 17."""
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED: there is no Java for Spark here")
    return environment("requirements-spark", PROJECT) / "python"


@pytest.fixture(scope="module")
def cluster(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that leaves rows in as many parts as they come in."""
    folder = tmp_path_factory.mktemp("cluster")
    made = Cluster(
        folder / "spark",
        folder / "logs",
        port=free_port(),
        master_port=free_port(),
        settings={"spark.sql.adaptive.coalescePartitions.enabled": "false"},
    )
    made.up()
    yield made
    was_up = made.down()
    assert was_up
    assert processes(made) == []
    assert not made.down()


def test_all_of_it_listens_on_loopback_alone(cluster: Cluster) -> None:
    said = [" ".join(process.cmdline()) for process in processes(cluster)]
    for part in ("master.Master", "worker.Worker", "CoarseGrainedExecutorBackend"):
        assert sum(part in each for each in said) == (1 if "Master" in part else 2), part
    listening = [
        connection.laddr
        for process in processes(cluster)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {cluster.port, cluster.master_port} < {address.port for address in listening}
    for address in listening:
        ip = ipaddress.ip_address(address.ip)
        assert (getattr(ip, "ipv4_mapped", None) or ip).is_loopback, address
    assert "already up" in cluster.up()


def test_the_master_runs_no_program_of_others(cluster: Cluster, python: Path) -> None:
    asked = "import sys; from pyspark.sql import SparkSession as S; "
    asked += "S.builder.master(sys.argv[1]).getOrCreate(); print('LET IN')"
    submitted = ["--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false"]
    done = subprocess.run(
        [python, "-c", asked, f"spark://127.0.0.1:{cluster.master_port}"],
        env={
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": " ".join([*submitted, "pyspark-shell"]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "LET IN" not in done.stdout
    assert "Expected SaslMessage" in done.stderr, done.stderr[-2000:]


def test_dbt_has_numbers_that_are_too_large_fail(
    cluster: Cluster, python: Path, tmp_path: Path
) -> None:
    """It turns ANSI off as it connects, and the session is that of all who ask."""
    off = "import sys; from pyhive import hive; hive.connect('127.0.0.1', int(sys.argv[1]))"
    off += ".cursor().execute('set spark.sql.ansi.enabled = false')"
    subprocess.run([python, "-c", off, str(cluster.port)], check=True)
    (tmp_path / "dbt_project.yml").write_text("{name: asked, profile: reachline}", "utf-8")
    done = subprocess.run(
        [
            *(python.with_name("dbt"), "show", "--target", "spark", "--project-dir", tmp_path),
            *("--profiles-dir", DBT, "--inline", "select 9223372036854775807 + 1 as n"),
        ],
        env={**os.environ, "REACHLINE_SPARK_PORT": str(cluster.port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    assert "ARITHMETIC_OVERFLOW" in done.stdout


def test_two_workers_give_what_duckdb_gives(cluster: Cluster, python: Path, tmp_path: Path) -> None:
    exported = build(5, tmp_path, builds=3)
    done = subprocess.run(
        [python, HERE / "parity.py", exported, tmp_path / "spark", "--tables", cluster.tables],
        env={**os.environ, "REACHLINE_SPARK_PORT": str(cluster.port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
    for night in range(3):
        assert f"night {night}: 44 of 44 tables equal" in done.stdout


def test_what_does_not_come_up_leaves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    broken = replace(
        cluster,
        folder=tmp_path / "spark",
        logs=tmp_path / "logs",
        port=free_port(),
        master_port=free_port(),
        memory="much",
    )
    with pytest.raises(ClusterError, match="did not come up"):
        broken.up()
    assert processes(broken) == []
    with pytest.raises(ClusterError, match=f"{cluster.port} is taken"):
        replace(broken, port=cluster.port).up()
