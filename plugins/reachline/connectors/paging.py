"""The ways of reading that several platforms share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from reachline.connectors.clock import iso, parse
from reachline.connectors.types import NoAnswer, Page, Record, RunState, Stop, Window

Item = TypeVar("Item")


@dataclass(frozen=True)
class Place:
    """How far the reading of a list has come, for the cursor of a page.

    `newest` is when the newest record of this reading was made: the next one reads back to it.
    `page` names the page to go on with. `is_end`: the list was read back as far as was wanted.
    `is_circle`: the page to go on with was read already, and the reading stops here.
    """

    newest: str | None
    page: Any
    is_end: bool
    is_circle: bool = False


def newest_first(
    ask: Callable[[Any], tuple[Sequence[Record], Any]],
    end: datetime,
    *,
    newest: str | None = None,
    page: Any = None,
    repeats: int = 0,
) -> Iterator[tuple[Sequence[Record], Place]]:
    """Yield the records of each page, back to those that were made before `end`, and the place.

    `ask` takes the name of a page (None: the first) and returns its records and the name of the
    page after it, None after the last. `newest` and `page` are those of a reading that was cut
    short. A page may be named again `repeats` times.

    Raises Stop with failed where a page is named once more, after its records were given.
    """
    named = Counter([page])
    while True:
        records, following = ask(page)
        times = [parse(record.at) for record in records if record.at]
        newest = newest or (iso(max(times)) if times else None)
        is_end = following is None or bool(times and times[-1] < end)
        named[following] += 1
        is_circle = not is_end and named[following] > 1 + repeats
        yield records, Place(newest, following, is_end, is_circle)
        if is_end:
            return
        if is_circle:
            raise Stop(
                RunState.FAILED,
                "the next page is named as one that was read; the next run goes on from there",
                whole_server=False,
            )
        page = following


def newest_pages(
    ask: Callable[[Any], tuple[Sequence[Record], Any]],
    cursor: Any,
    window: Window,
    overlap: timedelta,
    *,
    repeats: int = 0,
) -> Iterator[Page]:
    """Yield the pages of a list, the newest first, back to `overlap` before the last reading.

    The cursor of a whole reading is `{"until": <when the newest was made>}`; of one that was cut
    short it says where to go on: `{"end": …, "newest": …, "page": …}`. Where `ask` raises NoAnswer
    for a page, it is not known any more, and the list is read from the newest on. See
    `newest_first` for the rest.
    """
    if cursor is None or "newest" not in cursor:
        end = parse(cursor["until"]) - overlap if cursor else window.first
        cursor = {"end": iso(end), "newest": None, "page": None}

    def ask_or_begin_anew(page: Any) -> tuple[Sequence[Record], Any]:
        try:
            return ask(page)
        except NoAnswer:
            if page is None:
                raise
            return ask(None)

    newest, page = cursor["newest"], cursor["page"]
    for records, place in newest_first(
        ask_or_begin_anew, parse(cursor["end"]), newest=newest, page=page, repeats=repeats
    ):
        cursor = {**cursor, "newest": place.newest, "page": place.page}
        yield Page(records, {"until": place.newest or iso(window.now)} if place.is_end else cursor)


def made_since(records: Sequence[Record], end: datetime) -> list[Record]:
    """Return the records that were made at `end` or later, and those that do not say when."""
    return [record for record in records if record.at is None or parse(record.at) >= end]


def ask_all(ask: Callable[[Sequence[Item]], list[Record]], items: Sequence[Item]) -> list[Record]:
    """Return the records of all items at once; where one of them spoils the call, of each alone."""
    try:
        return ask(items)
    except NoAnswer:
        if len(items) == 1:
            return []
        return [record for item in items for record in ask_all(ask, [item])]
