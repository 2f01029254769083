"""A part is well when the API server says so; what `start` becomes, and where tasks report to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from reachline.local_airflow import production
from reachline.local_airflow.environment import AirflowError, environment
from reachline.settings import config_dir, paths

ANSWER = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "healthy"},
    "dag_processor": {"status": "unhealthy"},
    "triggerer": {"status": None},
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_there = self.path == "/api/v2/monitor/health"
        self.send_response(200 if is_there else 404)
        self.end_headers()
        self.wfile.write(json.dumps(ANSWER).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Page) as made:
        address = f"http://127.0.0.1:{made.server_port}/execution/"
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", address)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("api-server", None),
        ("scheduler", None),
        ("dag-processor", "dag-processor is unhealthy"),
        ("triggerer", "triggerer is not known to the API server"),
    ],
)
def test_a_part_is_as_well_as_the_server_says(
    server: HTTPServer, part: str, said: str | None
) -> None:
    if said is None:
        production.health(part)
        return
    with pytest.raises(AirflowError, match=said):
        production.health(part)


def test_where_no_server_answers_no_part_is_well(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://127.0.0.1:9/execution/")
    with pytest.raises(
        AirflowError, match=r"does not answer on http://127\.0\.0\.1:9/api/v2/monitor"
    ):
        production.health("scheduler")


def test_where_tasks_report_to_may_be_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIRFLOW__API__PORT", "8123")
    assert environment(paths(), config_dir())[name] == "http://127.0.0.1:8123/execution/"
    monkeypatch.setenv(name, "http://elsewhere:8080/execution/")
    assert environment(paths(), config_dir())[name] == "http://elsewhere:8080/execution/"
