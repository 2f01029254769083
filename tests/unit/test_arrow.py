"""Arrow's tables are made without pandas, and become frames where pandas is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("before", "is_loaded"), [("", False), ("import pandas", True)], ids=["without", "with"]
)
def test_pandas_is_imported_for_frames_alone(before: str, is_loaded: bool) -> None:
    code = f"""
import sys
{before}
from reachline.arrow import pa
table = pa.table({{"name": ["a", None], "n": [1, 2]}})
assert ("pandas" in sys.modules) is {is_loaded}, "pandas"
frame = table.to_pandas()
assert list(frame["n"]) == [1, 2]
assert pa.table(frame).to_pylist() == table.to_pylist()
assert pa.array(frame["n"]).to_pylist() == [1, 2]
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
