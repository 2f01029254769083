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


def compare(folder: Path, builds: int, *options: str) -> str:
    """Build a world on both, hold them to be equal after each build, and return what was said."""
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED: there is no Java for Spark here")
    python = environment("requirements-spark", PROJECT) / "python"
    exported = build(5, folder, builds=builds)
    done = subprocess.run(
        [python, HERE / "parity.py", exported, folder / "spark", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
    assert done.stdout.count(" tables equal") == builds
    return done.stdout


def test_spark_gives_what_duckdb_gives(tmp_path: Path) -> None:
    assert "night 0: 44 of 44 tables equal" in compare(tmp_path, 1)


def test_nights_that_write_what_they_touch_give_the_same(tmp_path: Path) -> None:
    """Of the models with increments those behind orders, and what these are made of."""
    select = ("--select", "fct_orders", "fct_refunds", "int_snapshots__count_engagements")
    said = compare(tmp_path, 3, *select)
    assert "night 2: 28 of 28 tables equal" in said
