"""How often Python looks for rubbish that goes round in itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_MADE = 100_000


def collect_rarely() -> None:
    """Look for it after 100,000 more objects; of its own accord Python does so after 700.

    Most of what a command makes lives as long as it, such as dbt's manifest or those of landing:
    looking through them each time took a tenth of a small night, and two thirds of opening landing.
    """
    gc.set_threshold(_OBJECTS_MADE, 50, 50)


@contextmanager
def making_what_stays() -> Iterator[None]:
    """Have nothing looked for within the block, nor ever in what it made, which is to stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


def leave_all() -> None:
    """Have nothing looked for at the end of the process: it gives all back at once.

    Python would look through all that lives, twice or more.
    """
    gc.freeze()
