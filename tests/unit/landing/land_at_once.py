"""Lands batches into one store, each run from a home of its own. Run by test_shared_landing.py.

`land_at_once.py HOME NAME COUNT`: as many batches as COUNT, one after the other. With DIE set, the
process kills itself, unblockably, between the files of its last batch and its manifest.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reachline import landing
from reachline.landing import shared
from reachline.object_store import Store


def main() -> None:
    root, name, count = Path(sys.argv[1]) / "landing", sys.argv[2], int(sys.argv[3])
    shared.fetch(root)
    for number in range(count):
        if os.environ.get("DIE") and number == count - 1:
            Store.create = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        with landing.draft_batch(root, "inbox", "orders", date(2026, 3, 1)) as draft:
            pq.write_table(pa.table({"order_id": [f"{name}-{number}"]}), draft.data)
            # the same file dropped at both: the one name of a batch is wanted by two
            both = {"order_id": [f"both-{number}"]}
            with landing.draft_batch(root, "inbox", "clicks", date(2026, 3, 1)) as same:
                pq.write_table(pa.table(both), same.data)
                landing.commit_batch(same, run_id=name, rows=1)
            landing.commit_batch(draft, run_id=name, rows=1)


if __name__ == "__main__":
    main()
