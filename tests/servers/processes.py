"""Servers as processes: started, waited for, and none left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ONLY_HERE = Path(__file__).parent / "only_here.cjs"
WHILE_READ = ("sh", "-c", '"$@" & read -r _; kill $!; wait $!', "sh")
"""Before a command: it ends, too, where the test that reads it is killed."""


class Running:
    """A server under way; what it says is in `log`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self.log = process, log

    def wait_for(self, text: str, seconds: float, times: int = 1) -> str:
        """Return the line of the log that has `text` the `times`-th time, once it is there.

        Fails with the log's end where the server ended, or said nothing of it in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            has_ended = self._process.poll() is not None
            lines = self.log.read_text("utf-8", errors="replace").split("\n")[:-1]
            found = [line for line in lines if text in line]
            if len(found) >= times:
                return found[times - 1]
            if has_ended or time.monotonic() > deadline:
                why = "ended" if has_ended else f"did not say {text!r} in {seconds:.0f} s"
                raise AssertionError(f"the server {why}:\n" + "\n".join(lines[-30:]))
            time.sleep(0.05)

    def say(self, line: str) -> None:
        """Write a line to the server's input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    user: str | None = None,
) -> Iterator[Running]:
    """Run a server with all that it starts in a group of its own; end the group at the end."""
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, text=True,
            env=dict(environment), user=user, start_new_session=True,
        )  # fmt: skip
    try:
        yield Running(process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End a server and all that it started: asked to at first, after 10 seconds by force."""
    group = process.pid
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(group, sent)
        deadline = time.monotonic() + 10
        while group in alive().values() and time.monotonic() < deadline:
            process.poll()
            time.sleep(0.05)
    process.wait(10)
    assert process.stdin is not None
    process.stdin.close()


def alive() -> dict[int, int]:
    """Return the groups of all processes but those that have ended, by their ids."""
    found = {}
    for process in psutil.process_iter(["status"]):
        with suppress(ProcessLookupError):
            if process.info["status"] != psutil.STATUS_ZOMBIE:
                found[process.pid] = os.getpgid(process.pid)
    return found


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
