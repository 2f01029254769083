"""How often Python looks for rubbish that goes round in itself."""

from __future__ import annotations

import gc

_OBJECTS_MADE = 100_000


def collect_rarely() -> None:
    """Look for it after 100,000 more objects; of its own accord Python does so after 700.

    Most of what a command makes lives as long as it, such as dbt's manifest or those of landing:
    looking through them each time took a tenth of a small night, and half of opening landing.
    """
    gc.set_threshold(_OBJECTS_MADE, 50, 50)
