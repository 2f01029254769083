"""A model that needs more memory than there is spills to disk, and those after it still run."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2
import pytest
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment

from tests.dbt.landed import PROJECT


def test_the_next_statement_runs_after_one_that_spilled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_WAREHOUSE_FILE", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("REACHLINE_STAGING_FILE", str(tmp_path / "staging.duckdb"))
    monkeypatch.setenv("REACHLINE_DUCKDB_TEMP", str(tmp_path / "spilled"))
    monkeypatch.setenv("REACHLINE_DUCKDB_MEMORY", "100MB")
    environment = LocalEnvironment(_credentials())
    try:
        environment.handle().cursor().execute(
            "create temp table sorted as select md5(cast(i as varchar)) as text"
            " from range(3000000) as numbers(i) order by text"
        )
        assert list((tmp_path / "spilled").iterdir()), "it was meant to need more than 100 MB"
        cursor = environment.handle().cursor()
        cursor.execute("select current_setting('memory_limit'), current_setting('threads')")
        assert cursor.fetchall() == [("95.3 MiB", 2)]
    finally:
        environment.close()


def _credentials() -> DuckDBCredentials:
    """The project's profile, as dbt reads it."""
    text = (PROJECT / "dbt_project" / "profiles.yml").read_text("utf-8")
    environment = jinja2.Environment(autoescape=False)  # noqa: S701
    environment.filters["as_number"] = int
    template = environment.from_string(text)
    profile = yaml.safe_load(
        template.render(env_var=lambda name, default: os.getenv(name, default))
    )
    target = profile["reachline"]["outputs"]["reachline"]
    del target["type"], target["threads"]
    return DuckDBCredentials.from_dict({**target, "database": "warehouse"})
