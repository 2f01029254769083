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
    """Have nothing looked for within the block, and what it made counted among the oldest."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        # not frozen to the end: libraries with types of their own complain of what is left then
        gc.freeze()
        gc.unfreeze()
    finally:
        if was_enabled:
            gc.enable()
