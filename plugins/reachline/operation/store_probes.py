"""Probes of the object store that a home shares: login, conditional writes, clock, manifests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from reachline.landing.shared import distance
from reachline.object_store import ConditionsError, Store, StoreError, joined_url, store_of
from reachline.operation.findings import Finding
from reachline.settings import Paths

_AREA = "store"
_CLOCK_MAY_DIFFER = timedelta(minutes=5)
_SKEWED = "RequestTimeTooSkewed"
"""What S3 answers where the clocks differ by more than 15 minutes."""


def store(where: Paths, now: datetime) -> Iterator[Finding]:
    """Ask the object store of a home, and compare it with landing; nothing where none is named.

    Writes a small key there and removes it. A store that does not answer is given up after a few
    seconds. Of a login nothing is shown.
    """
    try:
        found = store_of(where.landing, quick=True)
        if found is None:
            return
        found.reach()
    except StoreError as error:
        yield _refused(error, "nothing lands here until it can be used")
        return
    yield Finding(_AREA, "ok", f"{found.url}: can be reached and listed with this login")
    yield from _proof(found, now)
    yield from _distance(where.landing, found)


def _refused(error: StoreError, meaning: str) -> Finding:
    if _SKEWED in str(error):
        remedy = "timedatectl status, and set the clock"
    else:
        remedy = "mend what it names, then reachline doctor"
    return Finding(_AREA, "error", f"{error}\n{meaning}", remedy)


def _proof(found: Store, now: datetime) -> Iterator[Finding]:
    """Say whether the store keeps to conditional writes, and whether its clock is that of here."""
    try:
        written_at = found.prove()
    except ConditionsError as error:
        remedy = (
            "let one host alone land, and move to a store that does: docs/object-storage.md, "
            "Move to another store"
        )
        yield Finding(_AREA, "error", str(error), remedy)
        return
    except StoreError as error:
        yield _refused(error, "it can be listed, but a key could not be written and removed")
        return
    yield Finding(_AREA, "ok", f"{found.url}: keeps to conditional writes")
    apart = now - written_at
    if abs(apart) > _CLOCK_MAY_DIFFER:
        text = (
            f"this clock is {_minutes(apart)} {'ahead of' if apart > timedelta() else 'behind'} "
            f"that of {found.url}, by whose times leftovers are told"
        )
        yield Finding(_AREA, "warning", text, "timedatectl status, and set the clock")


def _minutes(apart: timedelta) -> str:
    return f"{abs(apart) // timedelta(minutes=1):,} minutes"


def _distance(landing: Path, found: Store) -> Iterator[Finding]:
    """Say which manifests only the store has, and which only this home."""
    try:
        between = distance(landing, found)
    except StoreError as error:
        yield _refused(error, "what landed could not be compared")
        return
    is_joined = joined_url(landing) is not None
    # first what is only here: nothing is fetched from a store that has lost the last number
    if between.ahead:
        text = f"{found.url}: lacks {_manifests(between.ahead)} that this home has"
        yield Finding(_AREA, "warning", text, "reachline store push")
    if between.behind:
        text = f"{found.url}: has {_manifests(between.behind)} that this home lacks"
        yield Finding(_AREA, "warning", text, "reachline store pull")
    if not is_joined:
        text = f"this home has not joined {found.url} yet: the next night does"
        yield Finding(_AREA, "note", text, "reachline store pull")
    elif not between.ahead and not between.behind:
        yield Finding(
            _AREA, "ok", f"{found.url}: has the manifests of this home, {between.count:,}"
        )


def _manifests(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return f"manifest {numbers[0]}"
    return f"{len(numbers):,} manifests, {numbers[0]} to {numbers[-1]},"
