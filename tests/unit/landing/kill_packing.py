"""Packs in children that kill themselves after their n-th line of code, for every n.

Prints what was found after each kill, as JSON. Run by test_packing.py.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

from reachline import landing
from reachline.landing.packs import all_packs
from tests.unit.landing.kill_commits import die_at
from tests.unit.landing.test_packing import commit, pack, read, single

EACH = 4
"""Not every line, so that it does not take minutes."""


def main() -> None:
    base = Path(sys.argv[1])
    outcome: dict[str, Any] = {"kills": 0, "single": 0, "both": 0, "packed": 0, "torn": []}
    # a kill takes no power: what was written stays written
    os.fsync = lambda handle: None
    first = base / "first"
    # one month that has a pack and gets more, and one that has none
    commit(first, "packed")
    pack(first)
    commit(first, "joins")
    commit(first, "april", date(2026, 4, 2))
    wanted = (landing.all_manifests(first), read(first))
    for count in range(1, 100_000, EACH):
        root = base / str(count)
        shutil.copytree(first, root)
        child = os.fork()
        if child == 0:
            die_at(count)
            pack(root)
            sys.settrace(None)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if landing.verify(root) or (landing.all_manifests(root), read(root)) != wanted:
            outcome["torn"].append(count)
        state = (bool(single(root)), len(all_packs(root)))
        outcome["single" if state == (True, 1) else "both" if state[0] else "packed"] += 1
        if landing.sweep(root, 0).orphans or landing.repair(root).manifests:
            outcome["torn"].append(count)
        pack(root)
        left = [path.name for path in (root / "_packs").rglob("*") if path.is_file()]
        if sorted(left) != ["2026-03-1.zip", "2026-04-1.zip"] or single(root):
            outcome["torn"].append(count)
        if landing.verify(root) or (landing.all_manifests(root), read(root)) != wanted:
            outcome["torn"].append(count)
        shutil.rmtree(root)
        if not os.WIFSIGNALED(status):
            break
        outcome["kills"] += 1
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
