"""A server leaves no process, whatever it started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.processes import alive, running


def test_what_a_server_started_ends_with_it(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 600 & echo up; wait; wait"
    with running(["sh", "-c", stubborn], tmp_path / "log", os.environ) as server:
        server.wait_for("up", 10)
        group = os.getpgid(server._process.pid)
    assert group not in alive().values()


def test_a_server_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    with (
        running(["sh", "-c", "echo no such option"], tmp_path / "log", os.environ) as server,
        pytest.raises(AssertionError, match="ended:\nno such option"),
    ):
        server.wait_for("up", 600)


def test_a_server_ends_with_the_test_that_is_killed(tmp_path: Path) -> None:
    killed = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from tests.servers.processes import WHILE_READ, running\n"
        "command = [*WHILE_READ, 'sh', '-c', 'echo $$; exec sleep 600']\n"
        f"with running(command, Path({str(tmp_path / 'log')!r}), os.environ) as server:\n"
        "    server.wait_for('', 10)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    project = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", killed], cwd=project, check=False)
    pid = int((tmp_path / "log").read_text("utf-8").split()[0])
    deadline = time.monotonic() + 10
    while pid in alive():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)
