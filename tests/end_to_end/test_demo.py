"""`make demo` as its reader runs it: platforms and files, night after night, in one home."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reachline.landing import manifests
from tests.end_to_end.homes import PROJECT

pytestmark = pytest.mark.slow


def test_the_demo_runs_two_nights_of_files_and_platforms(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    command = [
        *(sys.executable, "-m", "reachline.sandbox.demo"),
        *("--home", str(home), "--nights", "2"),
    ]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tables to look at:" in done.stdout
    assert (home / "published/current/report/index.html").is_file()
    # the second night found batches of the first that share a manifest
    nights = {b.logical_date for b in manifests(home / "landing") if "-states-" in b.batch_id}
    assert len(nights) == 2
