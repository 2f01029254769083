"""Where a night keeps what its gates found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from reachline.settings import Settings


def gate_folder(settings: Settings, logical_date: date) -> Path:
    """Return where the results of a night's gates are kept, and their pages."""
    return settings.paths.logs / "gates" / logical_date.isoformat()
