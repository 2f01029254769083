"""The time that connectors go by, and how they write it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec


@dataclass(frozen=True)
class Clock:
    """The time of day and a way to wait; a test gives others."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


def iso(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, with Z."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # as isoformat() writes it, in a tenth of its time
    return msgspec.json.encode(utc)[1:-1].decode()


def parse(text: str) -> datetime:
    """Return the moment of an ISO 8601 text; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
