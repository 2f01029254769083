"""Lands four files in children that kill themselves somewhere, and goes on after each.

Prints what was found, as JSON. Run by test_inbox_rules.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow.parquet as pq

from reachline import inbox, landing
from reachline.configuration import EXAMPLE
from reachline.inbox import land_files
from reachline.inbox.exports import load_exports
from reachline.inbox.streams import load_streams
from reachline.settings import Paths, Settings, load_settings

WATCHED = (str(Path(inbox.__file__).parent), str(Path(landing.__file__).parent))
HEAD = "code,valid_from,collaboration_id\n"
FILES = {
    "a.csv": HEAD + "A,2026-03-01,c1\n",
    "b.csv": HEAD + "B,2026-03-01,c1\nbroken\n",
    "c.jsonl": '{"code":"C","valid_from":"2026-03-01","collaboration_id":"c1"}\n\n{\n',
    "d.csv": HEAD + "D,2026-03-01,c1\n",
}


def counting(stop_at: int) -> list[int]:
    """Count the lines of our code that run; at the `stop_at`-th this process is killed."""
    seen = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == stop_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    return seen


def land(settings: Settings, stop_at: int) -> int | None:
    """Land in a child; returns the lines it took, or None when it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        seen = counting(stop_at)
        land_files(settings, date(2026, 3, 1), "r1")
        sys.settrace(None)
        os.write(write, str(seen[0]).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    text = os.read(read, 100)
    os.close(read)
    return None if os.WIFSIGNALED(status) else int(text)


def fresh(base: Path, settings: Settings, name: str) -> Settings:
    home = Paths(base / name)
    shutil.rmtree(home.home, ignore_errors=True)
    (home.inbox / "promo_codes").mkdir(parents=True)
    for file, text in FILES.items():
        (home.inbox / "promo_codes" / file).write_text(text)
        os.utime(home.inbox / "promo_codes" / file, (1, 1))
    return replace(settings, paths=home)


def main() -> None:
    base, kills = Path(sys.argv[1]), int(sys.argv[2])
    settings = load_settings(config=EXAMPLE)
    # a kill takes no power: what was written stays written
    os.fsync = lambda handle: None
    # read once, here: they say nothing of the files, and reading them takes longer than landing
    load_exports(settings.config_dir)
    load_streams()
    lines = land(fresh(base, settings, "whole"), 0)
    assert lines is not None
    outcome: dict[str, Any] = {"kills": 0, "batches_at_kill": [], "wrong": []}
    for number in range(kills):
        stop_at = lines * number // kills + 1
        mine = fresh(base, settings, str(number))
        if land(mine, stop_at) is not None:
            outcome["wrong"].append([stop_at, "was not killed"])
            continue
        outcome["kills"] += 1
        root = mine.paths.landing
        outcome["batches_at_kill"].append(len(landing.manifests(root)))
        if landing.verify(root):
            outcome["wrong"].append([stop_at, "torn"])
        land(mine, 0)
        found = landing.manifests(root)
        codes = [
            pq.read_table(root / str(m.path), partitioning=None)["code"].to_pylist() for m in found
        ]
        if codes != [["A"], ["B"], ["C"], ["D"]] or landing.verify(root):
            outcome["wrong"].append([stop_at, codes])
        if [m.rejected for m in found] != [0, 1, 1, 0]:
            outcome["wrong"].append([stop_at, "rejects"])
        done = sorted(p.name for p in (mine.paths.inbox / "_done" / "promo_codes").iterdir())
        if done != sorted(FILES) or any((mine.paths.inbox / "promo_codes").iterdir()):
            outcome["wrong"].append([stop_at, done])
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
