"""Each enabled source has a DAG of its own; what fails in one stops no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.connectors.homes import batches, make_home
from tests.unit.connectors.server import Asked, Given, serving

PROJECT = Path(__file__).parents[2]
SOURCES = {
    "mastodon": {"servers": ["social.example"], "schedule": "15 */4 * * *"},
}


@pytest.fixture
def bag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    settings = make_home(tmp_path, SOURCES)
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    return DagBag(dag_folder=str(PROJECT / "dags" / "ingest.py"))


def test_each_enabled_source_has_its_schedule_pool_and_retries(bag: Any) -> None:
    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["ingest_mastodon"]
    dag = bag.dags["ingest_mastodon"]
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == ("15 */4 * * *", "UTC")
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    (task,) = dag.tasks
    assert (task.pool, task.retries) == ("ingest_mastodon", 3)
    assert [asset.name for asset in task.outlets] == ["reachline_landing_mastodon"]
    assert "red" in dag.doc_md


def test_the_night_says_that_it_reads_what_the_sources_landed(tmp_path, monkeypatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("REACHLINE_CONFIG", str(make_home(tmp_path, SOURCES).config_dir))
    bag = DagBag(dag_folder=str(PROJECT / "dags" / "nightly.py"))
    stage = bag.dags["nightly"].get_task("stage")
    assert {asset.name for asset in stage.inlets} == {
        "reachline_landing",
        "reachline_landing_mastodon",
    }


def test_a_source_that_is_switched_off_has_none(tmp_path, monkeypatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    off = {"mastodon": {**SOURCES["mastodon"], "enabled": False}}
    monkeypatch.setenv("REACHLINE_CONFIG", str(make_home(tmp_path, off).config_dir))
    assert DagBag(dag_folder=str(PROJECT / "dags" / "ingest.py")).dags == {}


# with a sound token, then with a dead one
SCRIPT = """
import json
import os
import sys
from datetime import datetime, UTC
from reachline.local_airflow.nights import ingest_sources
from reachline.settings import load_settings

for token in ("sound", "dead"):
    connection = {"conn_type": "http", "password": token, "extra": {"base_url": sys.argv[1]}}
    os.environ["AIRFLOW_CONN_REACHLINE_MASTODON"] = json.dumps(connection)
    print(token, ingest_sources(load_settings(), datetime(2026, 3, 2, 6, tzinfo=UTC)))
"""


def ingested(settings: Any, url: str) -> str:
    """Run the DAGs twice in a process of their own; return what it said."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, url],
        env={
            **os.environ,
            "REACHLINE_HOME": str(settings.paths.home),
            "REACHLINE_CONFIG": str(settings.config_dir),
            "AIRFLOW_HOME": str(settings.paths.airflow),
            "PYTHONPATH": str(PROJECT / "plugins"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_what_a_source_says_lands_through_its_dag_and_a_dead_token_is_not_retried(tmp_path) -> None:
    settings = make_home(tmp_path, SOURCES)
    post = {"id": "1", "uri": "https://social.example/1", "created_at": "2026-03-02T05:00:00Z"}
    post["visibility"] = "public"

    def answer(asked: Asked) -> Given:
        if asked.headers.get("Authorization") == "Bearer dead":
            return Given({"error": "The access token is invalid"}, 401)
        if "acmecoffee" in asked.path:
            return Given([] if "max_id" in asked.params else [post])
        return Given([] if "timelines" in asked.path else {})

    with serving(answer) as server:
        told = ingested(settings, server.url)
        tokens = [asked.headers.get("Authorization") for asked in server.asked]
    assert "sound {'mastodon': 'success'}" in told
    found = [(b.stream, b.query, b.status, b.rows) for b in batches(settings, "mastodon")]
    assert ("statuses", "hashtag:acmecoffee@social.example", "ok", 1) in found
    (run_id,) = {batch.run_id for batch in batches(settings, "mastodon")}
    assert run_id == "ingest-mastodon-20260302T060000Z"

    assert "dead {'mastodon': 'failed'}" in told
    assert "renew it in the connection" in told
    assert tokens.count("Bearer sound") > 1
    assert tokens.count("Bearer dead") == 1
