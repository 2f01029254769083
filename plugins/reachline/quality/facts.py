"""What the suites are told about the night that they look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reachline.settings import Thresholds


@dataclass(frozen=True)
class StreamGrain:
    """The columns that tell a stream's rows apart (beside `source`), and those it requires."""

    stream: str
    grain: tuple[str, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Night:
    """The night that is checked.

    `first_seq` is the first run whose rows have not passed the gate yet: rows with
    `loaded_seq >= first_seq` are looked at. `rebuilt` names the models that were built in full;
    of these, and of all when `whole` is set (an earlier night never passed), every row is looked
    at. `as_of_end` is the end of the logical date, exclusive, in UTC.
    """

    logical_date: date
    as_of_end: datetime
    thresholds: Thresholds
    first_seq: int = 1
    whole: bool = False
    rebuilt: frozenset[str] = field(default_factory=frozenset)
    streams: Mapping[str, StreamGrain] = field(default_factory=dict)

    def looks_at_all_of(self, model: str) -> bool:
        """Return True when every row of a model is looked at, not only what was touched."""
        return self.whole or model in self.rebuilt


def day(night: Night) -> str:
    """Return the logical date as SQL."""
    return f"date '{night.logical_date}'"


def landed_for(night: Night, batch_id: str = "batch_id") -> str:
    """Return the condition on a batch_id of rows that landed for the night.

    What is warned of by it is the same however often a night is run and however its rows came in.
    """
    landed = f"select batch_id from work.landing.batches where logical_date = {day(night)}"
    return f"{batch_id} in ({landed})"
