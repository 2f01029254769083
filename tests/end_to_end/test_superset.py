"""Superset imports the bundle and answers every chart, from one release and from the next."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.night import run_night
from reachline.publish import dashboards, superset
from tests.end_to_end.environments import environment
from tests.end_to_end.homes import drop, settings_of, small_world

pytestmark = pytest.mark.long

CONFIG = """
SECRET_KEY = "of-a-test-and-nothing-else-0123456789"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""
CHARTS = [chart for rows in dashboards.DASHBOARDS.values() for row in rows for chart in row]


@dataclass
class Server:
    """A running Superset, and who is signed in."""

    address: str
    token: str = ""

    def ask(self, path: str, body: object | None = None) -> Any:
        """Return the JSON that a page of the API answers with."""
        kind, data = "application/json", None if body is None else json.dumps(body).encode()
        return self.send(path, kind, data)

    def bring(self, bundle: bytes) -> Any:
        """Import a bundle over the one that is there."""
        head = b'--cut\r\nContent-Disposition: form-data; name="bundle"; filename="b.zip"\r\n\r\n'
        return self.send(
            "/api/v1/assets/import/",
            "multipart/form-data; boundary=cut",
            head + bundle + b"\r\n--cut--\r\n",
        )

    def send(self, path: str, kind: str, data: bytes | None) -> Any:
        """Ask for a page of the API; AssertionError with what it says when it refuses."""
        request = urllib.request.Request(  # noqa: S310 - an address of this test
            self.address + path,
            data=data,
            headers={
                **({} if data is None else {"Content-Type": kind}),
                **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()[:2000]}") from error


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path, Any]]:
    """A Superset with the bundle of a home that has had one night; the way to the next night."""
    programs = environment("superset")
    folder = tmp_path_factory.mktemp("superset")
    world = small_world(folder / "world", nights=2)
    home = folder / "data"
    settings = settings_of(world, home)
    run_night(settings, drop(world, 0, home))

    (folder / "superset_config.py").write_text(CONFIG.format(folder=folder), "utf-8")
    bundle = folder / "bundle.zip"
    bundle.write_bytes(superset.pack(home / "published" / "current" / "warehouse.duckdb"))
    clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    variables = {
        **clean,
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
        "PATH": f"{programs}:{clean['PATH']}",
    }
    log = (folder / "superset.log").open("w", encoding="utf-8")

    def call(*arguments: str) -> None:
        subprocess.run(
            [str(programs / "superset"), *arguments], env=variables, check=True, cwd=folder,
            stdout=log, stderr=log,
        )  # fmt: skip

    try:
        call("db", "upgrade")
        call(
            *("fab", "create-admin", "--username", "admin", "--password", "admin"),
            *("--firstname", "A", "--lastname", "B", "--email", "admin@host.example"),
        )
        call("init")
        call("import-dashboards", "-p", str(bundle), "-u", "admin")
    except subprocess.CalledProcessError as error:
        log.close()
        tail = (folder / "superset.log").read_text("utf-8")[-4000:]
        raise AssertionError(f"superset {error.cmd[1]} failed:\n{tail}") from error
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(programs / "superset"), "run", "--host", "127.0.0.1", "--port", str(port)],
        env=variables, cwd=folder, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{server.address}/health", timeout=5).read()  # noqa: S310
                break
            except OSError:
                assert process.poll() is None, (folder / "superset.log").read_text("utf-8")[-4000:]
                assert time.monotonic() < until, "Superset does not answer"
                time.sleep(0.5)
        signed_in = server.ask(
            "/api/v1/security/login",
            {"username": "admin", "password": "admin", "provider": "db", "refresh": False},
        )
        server.token = signed_in["access_token"]
        yield server, home, lambda: run_night(settings, drop(world, 1, home))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        log.close()


def answers(server: Server) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that each chart's own query gives, by the chart's name."""
    listed = server.ask("/api/v1/chart/?q=(page_size:100)")["result"]
    found = {}
    for chart in listed:
        body = server.ask(f"/api/v1/chart/{chart['id']}/data/")
        (result,) = body["result"]
        assert result["error"] is None, chart["slice_name"]
        found[chart["slice_name"]] = result["data"]
    return found


def expected(home: Path) -> dict[str, Any]:
    with duckdb.connect(str(home / "published/current/warehouse.duckdb"), read_only=True) as con:
        return {
            "cost": float(
                con.execute(
                    "select sum(cost_committed) from reports.campaign_performance"
                    " where is_default_method"
                ).fetchall()[0][0]
            ),
            **{
                metric: dict(
                    con.execute(
                        f"select format('{{}} ({{}})', campaign_name, campaign_id), {metric}"
                        " from reports.campaign_performance"
                        " inner join core.dim_campaign using (campaign_id)"
                        f" where is_default_method and {which}"
                    ).fetchall()
                )
                for metric, which in (("roas", "roas is not null"), ("roi", "true"))
            },
            "followers": con.execute(
                "select max(followers) from reports.creator_scorecard where creator_id is not null"
            ).fetchall()[0][0],
        }


def check(found: dict[str, list[dict[str, Any]]], known: dict[str, Any]) -> None:
    assert set(found) == {chart.name for chart in CHARTS}
    assert [name for name, rows in found.items() if not rows] == []
    for chart in CHARTS:
        rows = found[chart.name]
        assert {*chart.metrics, *chart.columns} == {*rows[0]}, chart.name
        for name in chart.metrics:
            assert any(row[name] is not None for row in rows), (chart.name, name)
    (cost,) = found["Cost committed"]
    assert float(cost["cost_committed"]) == pytest.approx(known["cost"])
    by_day = sum(float(row["cost"]) for row in found["Revenue and cost by day"])
    assert by_day == pytest.approx(known["cost"])
    for metric, chart, column in (
        ("roas", "Return on spend by campaign", "campaign_label"),
        ("roi", "Campaign results", "campaign_label"),
    ):
        shown = {row[column]: row[metric] for row in found[chart]}
        assert shown == {
            name: None if value is None else pytest.approx(value)
            for name, value in known[metric].items()
        }
    assert found["Creators"][0]["followers"] == known["followers"]


def test_every_chart_answers_from_one_release_and_then_from_the_next(
    served: tuple[Server, Path, Any],
) -> None:
    server, home, next_night = served
    first, of_first = answers(server), expected(home)
    check(first, of_first)
    next_night()
    second, of_second = answers(server), expected(home)
    check(second, of_second)
    assert of_first["cost"] != of_second["cost"], "the nights must differ for this to say anything"
    assert first["Revenue and cost by day"] != second["Revenue and cost by day"]


def test_a_newer_bundle_is_brought_over_the_one_that_is_there(
    served: tuple[Server, Path, Any],
) -> None:
    server, home, _ = served
    database = home / "published" / "current" / "warehouse.duckdb"
    assert server.bring(superset.pack(database))["message"] == "OK"
    check(answers(server), expected(home))


def test_both_dashboards_show_their_charts(served: tuple[Server, Path, Any]) -> None:
    server, _, _ = served
    for title, rows in dashboards.DASHBOARDS.items():
        slug = "reachline-" + title.lower().replace(" ", "_")
        charts = server.ask(f"/api/v1/dashboard/{slug}/charts")["result"]
        assert {chart["slice_name"] for chart in charts} == {c.name for row in rows for c in row}
        filters = json.loads(server.ask(f"/api/v1/dashboard/{slug}")["result"]["json_metadata"])[
            "native_filter_configuration"
        ]
        assert all(f["targets"][0]["datasetId"] for f in filters)


def test_the_sql_editor_reads_no_file_of_the_server(served: tuple[Server, Path, Any]) -> None:
    server, _, _ = served
    (database,) = server.ask("/api/v1/database/")["result"]
    with pytest.raises(AssertionError, match=r"(?i)disabled|permission"):
        server.ask(
            "/api/v1/sqllab/execute/",
            {
                "database_id": database["id"],
                "sql": "select * from read_text('/etc/hostname')",
                "runAsync": False,
            },
        )
