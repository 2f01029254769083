"""The journal, logs/nights.jsonl: a line for each step of a night that has ended."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from reachline.quality.checks import GateBlocked
from reachline.settings import Paths, Settings

JOURNAL = "nights.jsonl"

log = logging.getLogger("reachline.night")


@contextmanager
def journal_step(settings: Settings, logical_date: date, step: str) -> Iterator[None]:
    """Add a line when the step ends: when it began, which, how it ended, seconds, the error.

    A journal that can't be written is warned of: the step has ended as it has, and says so itself.
    """
    started_at, started = datetime.now(UTC), time.perf_counter()
    line: dict[str, Any] = {
        "at": started_at.isoformat(timespec="seconds"),
        "night": logical_date.isoformat(),
        "step": step,
        "outcome": "done",
    }
    try:
        yield
    except BaseException as error:
        line["outcome"] = "blocked" if isinstance(error, GateBlocked) else "failed"
        line["error"] = str(error) or type(error).__name__
        raise
    finally:
        line["seconds"] = round(time.perf_counter() - started, 2)
        path = settings.paths.logs / JOURNAL
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            log.warning("%s: %s; it lacks: %s", path, error.strerror, line)


_FIELDS = {"at", "night", "step", "outcome", "seconds"}


def read_journal(where: Paths) -> list[dict[str, Any]]:
    """Return the journal's lines, oldest first; a line that was cut short is left out."""
    path = where.logs / JOURNAL
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and line.keys() >= _FIELDS:
            lines.append(line)
    return lines
