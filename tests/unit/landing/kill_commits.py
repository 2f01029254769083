"""Commits a batch in children that kill themselves after their n-th line of code, for every n.

Prints what was found after each kill, as JSON. Run by test_landing_batches.py.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reachline import landing
from reachline.landing import batches
from reachline.landing.copies import copy_path

WATCHED = str(Path(batches.__file__).parent)


def die_at(count: int) -> None:
    """Kill this process, unblockably, when it comes to its `count`-th line of the landing code."""
    left = count

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def commit(root: Path, value: str) -> None:
    with landing.draft_batch(root, "inbox", "orders", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"order_id": [value]}), draft.data)
        pq.write_table(pa.table({"_line": [1]}), draft.rejects)
        landing.commit_batch(draft, run_id="r", rows=1, rejected=1)


def main() -> None:
    base = Path(sys.argv[1])
    outcome: dict[str, Any] = {"kills": 0, "with_batch": 0, "without_batch": 0, "torn": []}
    # a kill takes no power: what was written stays written
    os.fsync = lambda handle: None
    commit(base / "first", "first")
    for count in range(1, 10_000):
        root = base / str(count)
        shutil.copytree(base / "first", root)
        child = os.fork()
        if child == 0:
            die_at(count)
            commit(root, "second")
            sys.settrace(None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        found = landing.manifests(root)
        values = [pq.read_table(root / m.path).column(0).to_pylist() for m in found]
        if landing.verify(root) or values not in ([["first"]], [["first"], ["second"]]):
            outcome["torn"].append(count)
        batches.sweep(root, older_than_seconds=0)
        known = {p for m in found for p in (m.path, m.rejects_path, copy_path(m))}
        left = {p.relative_to(root).as_posix() for p in root.rglob("*.*") if p.is_file()}
        if {p for p in left if not p.startswith(("_manifests/0", "_orphans/", ".lock"))} != known:
            outcome["torn"].append(count)
        # what a kill left whole is a batch that may be had, and never half of one
        landing.repair(root)
        if landing.verify(root) or len(landing.manifests(root)) < len(found):
            outcome["torn"].append(count)
        if not os.WIFSIGNALED(status):
            break
        outcome["kills"] += 1
        outcome["with_batch" if len(found) == 2 else "without_batch"] += 1
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
