"""Takes from a quota that hosts share. Run by test_shared_quota.py.

`take_at_once.py LANDING COUNT`: tries to take 1 as many times as COUNT, and prints how many it got.
With DIE set, the process kills itself, unblockably, after the hosts' account has its first.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from reachline.connectors.quota import Ledger, Quota
from reachline.connectors.types import Stop

CALLS = Quota("calls", "calls", Decimal(30))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def main() -> None:
    ledger, taken = Ledger(Path(sys.argv[1]), "any", [CALLS]), 0
    if os.environ.get("DIE"):
        Ledger._append = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    for _ in range(int(sys.argv[2])):
        try:
            ledger.take("calls", 1, NOON)
            taken += 1
        except Stop:
            pass
    print(taken)


if __name__ == "__main__":
    main()
