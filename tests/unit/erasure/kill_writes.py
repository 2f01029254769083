"""Erases in children that are killed before their n-th write, for every n; then runs a night.

Prints what the night published after each state that a kill can leave, as JSON. Run by
test_killed_erasure.py, with what is to be killed, a home, its configuration and an empty folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reachline.erasure import apply_retention, asked, forget
from reachline.landing import (
    all_manifests,
    decisions,
    delete_batch,
    deleted_batches,
    is_there,
    manifests,
)
from reachline.night import run_night
from reachline.publish import report, workbook
from reachline.settings import Settings, load_settings
from reachline.warehouse.files import is_whole
from reachline.warehouse.quarantine import Which, drop_rows, export_rows, refused_rows, retry_file

_CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SAMPLED = 25


def die_before_write(count: int, home: Path) -> None:
    """Kill this process, unblockably, before it changes a file of a home for the `count`-th time.

    Seen is what Python writes, names, renames and removes; DuckDB's own writes are not. Of what is
    written into a folder that has no name yet, one in `SAMPLED` counts.
    """
    left, where, unnamed = count, str(home), 0

    def hook(event: str, values: tuple[Any, ...]) -> None:
        nonlocal left, unnamed
        if event == "open":
            changes = bool((values[2] or 0) & _WRITES) or any(
                c in (values[1] or "") for c in "wax+"
            )
        else:
            changes = event in _CHANGES
        if changes and (isinstance(values[0], int) or str(values[0]).startswith(where)):
            if ".partial/" in str(values[0]):
                unnamed += 1
                if unnamed % SAMPLED:
                    return
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _mend(settings: Settings) -> None:
    which = Which(source="inbox")
    if all(row.is_decided for row in refused_rows(settings, which)):
        return
    mended = settings.paths.home.with_suffix(".csv")
    mended.unlink(missing_ok=True)
    export_rows(settings, which, mended)
    text = mended.read_text(encoding="utf-8-sig").replace("not a number", "7.00")
    mended.write_text(text, encoding="utf-8")
    retry_file(settings, mended)


def _delete(settings: Settings) -> None:
    root = settings.paths.landing
    gone = next(b for b in manifests(root) if b.stream == "orders")
    if gone.batch_id not in deleted_batches(root):
        delete_batch(root, gone.batch_id, "nobody's")


def _forget(settings: Settings) -> None:
    from tests.unit.erasure.two_people import HANDLE

    done = forget(settings, asked(settings, "instagram", HANDLE, None))
    assert done.is_whole, done.not_done


COMMANDS: dict[str, Callable[[Settings], object]] = {
    "retention": lambda settings: apply_retention(
        settings, at=datetime(2026, 3, 22, 13, tzinfo=UTC)
    ),
    "delete": _delete,
    "drop": lambda settings: drop_rows(settings, Which(source="inbox"), "not ours"),
    "retry": _mend,
    "forget": _forget,
}


def left_of_her(home: Path) -> list[str]:
    """Return what of her names, ids and texts some byte of a home still holds."""
    from tests.unit.erasure.two_people import SECRETS, places_of

    return [name for name, text in SECRETS.items() if any(places_of(home, text))]


NIGHT = date(2026, 3, 22)


def state_of(settings: Settings) -> str:
    """What a night reads of a home: two that have this in common publish the same."""
    root, releases = settings.paths.landing, settings.paths.published / "releases"
    forgotten = settings.paths.forgotten
    lies = [*manifests(root), *decisions(root)]
    told = [
        *((m.sequence, m.kind, m.batch_id, m.path, m.rejects_path) for m in all_manifests(root)),
        *(f"{m.batch_id} {name}" for m in lies if (name := m.path) and not is_there(root, name)),
        is_whole(settings.paths.warehouse),
        forgotten.read_text().count("\n") if forgotten.is_file() else 0,
        sorted(path.name for path in releases.iterdir()) if releases.is_dir() else [],
        (settings.paths.published / "current").exists(),
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def in_child(call: Callable[[], object]) -> tuple[bool, Any]:
    """Call in a child; return whether it was killed, and what it returned or raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            told = call()
        except Exception as error:  # the parent tells of it
            told = f"{type(error).__name__}: {error}"
        with os.fdopen(writing, "w") as out:
            json.dump(told, out, default=str)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told_by:
        text = told_by.read()
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), json.loads(text) if text else None


def write_short_pages() -> None:
    """Let releases have a workbook and a report of one line: they take most of the time."""

    def write(database: Path, target: Path, *_: object) -> None:
        page = target if target.suffix else target / "index.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(f"of {database.name}\n", "utf-8")

    report.write_report = workbook.write_workbook = write


def main() -> None:
    write_short_pages()
    what, home, config, base = sys.argv[1], *map(Path, sys.argv[2:5])
    command = COMMANDS[what]
    # a kill takes no power: what was written stays written
    os.fsync = lambda handle: None
    outcome: dict[str, Any] = {"kills": 0, "states": {}}

    def copied(name: str) -> Settings:
        shutil.rmtree(base / name, ignore_errors=True)
        shutil.copytree(home, base / name, symlinks=True)
        return load_settings(base / name, config)

    def night(settings: Settings) -> Any:
        from tests.unit.erasure.test_forget import figures

        release = run_night(settings, NIGHT).release
        return {
            name: hashlib.sha256(repr(rows).encode()).hexdigest()
            for name, rows in figures(release.path).items()
        } | {"": [len(rows) for rows in figures(release.path).values()]}

    def run(settings: Settings, count: int) -> None:
        if count:
            die_before_write(count, settings.paths.home)
        command(settings)

    outcome["before"] = in_child(lambda: night(copied("before")))[1]
    settings = copied("after")
    error = in_child(lambda: run(settings, 0))[1]
    assert error is None, error
    outcome["after"] = in_child(lambda: night(settings))[1]
    for count in range(1, 100_000):
        settings = copied("killed")
        was_killed, error = in_child(lambda settings=settings, count=count: run(settings, count))
        assert error is None, error
        state = state_of(settings)
        if state not in outcome["states"]:
            again = base / "again"
            shutil.rmtree(again, ignore_errors=True)
            settings.paths.home.rename(again)
            shutil.copytree(again, settings.paths.home, symlinks=True)
            published = in_child(lambda settings=settings: night(settings))[1]
            second, later = load_settings(again, config), None
            # what was built is gone, and with it what tells of the posts: then a night is needed
            for _ in range(2):
                if later != outcome["after"]:
                    error = error or in_child(lambda second=second: run(second, 0))[1]
                    later = in_child(lambda second=second: night(second))[1]
            outcome["states"][state] = {
                **{"count": count, "night": published, "error": error, "again": later},
                "left": left_of_her(again),
            }
        if not was_killed:
            break
        outcome["kills"] += 1
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
