"""Progress is drawn on a terminal; elsewhere a command says what it says, and nothing else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.commands import deliver, ingest, nights
from reachline.configuration import EXAMPLE
from reachline.night import STEPS
from tests.unit.commands.typed import said

COMMAND = "from reachline.cli import main; main()"
WITHOUT_RICH = """
import sys
from reachline.cli import main
try:
    main()
finally:
    assert "rich" not in sys.modules
"""
LOGGING = """
import logging
from reachline.commands.progress import progress
logging.basicConfig(level="INFO", format="%(message)s")
with progress("the first half", 2) as show:
    logging.info("said [b]inside[/b] " + 99 * "x ")
    show("the second half", 1)
logging.info("said after")
"""


def on_a_terminal(code: str, *arguments: object) -> tuple[str, str]:
    """What a process writes to stdout, a pipe, and to stderr, a terminal."""
    terminal, side = pty.openpty()
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=side, env=environment) as process:
        os.close(side)
        drawn = b""
        while chunk := read(terminal):
            drawn += chunk
        os.close(terminal)
        assert process.stdout is not None
        written = process.stdout.read()
    assert process.returncode == 0, drawn.decode()
    return written.decode(), drawn.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the process has ended
        return b""


def left_on_screen(drawn: str) -> list[str]:
    """The lines that a terminal shows at the end; a line is always erased before it is redrawn."""
    rows, at = [""], 0
    for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[\n\r]|[^\x1b\n\r]+", drawn):
        if part == "\n":
            at += 1
            rows += [""] * (at + 1 - len(rows))
        elif part == "\x1b[1A":
            at -= 1
        elif part == "\x1b[2K":
            rows[at] = ""
        elif part[0] not in "\x1b\r":
            rows[at] += part
    return [row for row in rows if row]


def test_a_terminal_shows_the_nights_of_a_world_and_a_pipe_the_same_lines_as_ever(
    tmp_path: Path,
) -> None:
    arguments = ("sandbox", "world", "--nights", "1", "--out")
    piped = subprocess.run(
        [sys.executable, "-c", WITHOUT_RICH, *arguments, str(tmp_path / "piped")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (piped.returncode, piped.stderr) == (0, "")
    out = tmp_path / "piped"
    assert re.fullmatch(
        rf"[\d,]+ rows in \d+ files for 1 nights under {out}\n"
        rf"configuration: {out}/config\n"
        rf"what is true of it: {out}/truth.json\n"
        rf"before each run: cp -r {out}/nights/<date>/inbox/\. \$REACHLINE_HOME/inbox/\n",
        piped.stdout,
    )
    written, drawn = on_a_terminal(COMMAND, *arguments, tmp_path / "drawn")
    assert written == piped.stdout.replace(str(out), str(tmp_path / "drawn"))
    assert "the market" in drawn
    assert re.search(r"night 1 of 1 .*0:00:0\d", drawn)
    assert left_on_screen(drawn) == []


def test_what_is_logged_stands_above_the_line() -> None:
    written, drawn = on_a_terminal(LOGGING)
    assert written == ""
    assert "the first half" in drawn
    assert "the second half" in drawn
    assert left_on_screen(drawn) == ["said [b]inside[/b] " + 99 * "x ", "said after"]


# --- not on a terminal ----------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    return tmp_path / "data"


def ran(_settings: object, night: date, *, promoted: bool, on_step: Any) -> Any:
    """What a night reports, each of whose steps took a second."""
    for step in STEPS:
        on_step(step)
    release = SimpleNamespace(release_id=f"{night}-0001", path=f"releases/{night}-0001")
    return SimpleNamespace(
        logical_date=night, release=release, is_current=promoted, seconds=dict.fromkeys(STEPS, 1.0)
    )


def line_of(home: Path, night: str) -> str:
    seconds = ", ".join(f"{step} 1.0" for step in STEPS)
    return f"{night}: published {night}-0001 in 10 s ({seconds}): {home}/published/current\n"


def test_a_night_says_where_its_release_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nights, "run_night", ran)
    assert said("run", "--date", "2026-03-01", "--promote") == line_of(home, "2026-03-01")


def test_a_replay_says_it_of_each_night(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nights, "run_night", ran)
    assert said("replay", "--from", "2026-03-01", "--to", "2026-03-02", "--promote") == line_of(
        home, "2026-03-01"
    ) + line_of(home, "2026-03-02")


def test_an_ingest_says_how_its_queries_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_source(_settings: object, source: str, _at: object, *, on_records: Any) -> Any:
        on_records(1200)
        return SimpleNamespace(
            lines=lambda: [f"{source}: ok: 3 queries, 1,200 records"],
            needs_credentials=False,
            may_be_retried=False,
        )

    monkeypatch.setattr(ingest, "read_source", read_source)
    assert said("ingest", "mastodon") == "mastodon: ok: 3 queries, 1,200 records\n"


def test_a_delivery_says_what_was_done(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = SimpleNamespace(release_id="2026-03-01-0001")
    monkeypatch.setattr(deliver, "find_release", lambda _published, _id: release)
    monkeypatch.setattr(deliver, "deliver", lambda _settings, where, which: f"{which.release_id}!")
    assert said("deliver", "storage") == "2026-03-01-0001!\n"
