"""Each table of core and reports has DuckDB's rows and types on Spark."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.environments import PROJECT, environment
from tests.spark.world import build

pytestmark = pytest.mark.long
HERE = Path(__file__).parent


def test_spark_gives_what_duckdb_gives(tmp_path: Path) -> None:
    """A full build, and two nights that build what is new."""
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED: there is no Java for Spark here")
    python = environment("requirements-spark", PROJECT) / "python"
    exported = build(5, tmp_path, builds=3)
    done = subprocess.run(
        [python, HERE / "parity.py", exported, tmp_path / "spark"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
    for night in range(3):
        assert f"night {night}: 44 of 44 tables equal" in done.stdout
