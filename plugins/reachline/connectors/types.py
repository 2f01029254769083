"""What connectors, the HTTP layer and ingestion speak of; this module imports none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from reachline.errors import ReachlineError

MISSING = "missing"
"""The stream of posts that were asked for by id and are not there any more."""
REREAD = "reread"
"""The query of posts that are read again for their metrics."""
GIVEN_UP = "given_up"
"""The query of posts that count as gone since they were not read again in time."""
ERASED = "erased"
"""The query whose cursor says up to which landing sequence what is gone was erased."""
UNANSWERED = "unanswered"
"""What the platform can't tell about a post at the moment; it does not land, and is asked again."""


class RunState(StrEnum):
    """How the reading of one query ended; see inputs.md of the design, "Connectors"."""

    OK = "ok"
    NO_DATA = "no_data"
    NOT_FOUND = "not_found"
    FEED_DISABLED = "feed_disabled"
    QUOTA_EXHAUSTED = "quota_exhausted"
    AUTH_EXPIRED = "auth_expired"
    RATE_LIMITED = "rate_limited"
    PARTIAL = "partial"
    WAITING = "waiting"
    FAILED = "failed"


WHOLE = frozenset({RunState.OK, RunState.NO_DATA, RunState.NOT_FOUND, RunState.FEED_DISABLED})
"""The states after which a query's window is complete."""


class Stop(ReachlineError):  # noqa: N818
    """Reading can't go on; `state` says what for. The text holds no secret.

    `whole_server` tells a stop of everything that the server is still to be asked (a token that
    expired) from one of this query alone (a feed that is disabled). `until` is when it may go on,
    if known. `was_asked` is False where the server was not asked any more: what it was to be asked
    is not to blame.
    """

    def __init__(
        self,
        state: RunState,
        text: str,
        *,
        whole_server: bool = True,
        until: datetime | None = None,
        was_asked: bool = True,
    ) -> None:
        super().__init__(text)
        self.state = state
        self.whole_server = whole_server
        self.until = until
        self.was_asked = was_asked


class NoAnswer(ReachlineError):  # noqa: N818
    """The platform has no answer for the one item that was asked for; all others go on.

    A query that ends by it is whole: there is nothing, or nothing more, to read. `status` is the
    HTTP status of the answer.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class TooMuch(ReachlineError):  # noqa: N818
    """The platform can't give so much in one answer; a smaller page may do."""


@dataclass(frozen=True)
class Query:
    """One thing that is asked of a source: it has a cursor and a state of its own.

    `text` is `<kind>:<value>`, such as hashtag:coldbrew, and unique in its stream. `stream` is the
    stream that the cursor stands in. `once`: an id that the query has landed does not land again;
    False where each reading is an observation of its own, as of a profile. `about` carries what the
    connector needs to ask it.
    """

    stream: str
    text: str
    once: bool = True
    about: Mapping[str, Any] = field(default_factory=dict)
    unique: bool = False
    """The connector itself yields nothing twice but what changed: no id is looked up or kept."""


@dataclass(slots=True)
class Record:
    """One record as it came: its JSON text, byte for byte, and what it is told apart by.

    Never changed; it is not frozen, since that costs four times as much to make, once a record.
    """

    raw: bytes
    id: str
    at: str | None = None
    """When the thing was made: ISO 8601, UTC; None where the platform does not say."""
    stream: str | None = None
    """Another stream than the query's: the users that came with posts."""
    query: str | None = None
    """Another text than the query's: which server a post was read again on."""
    key: Any = field(default=None, compare=False, repr=False)
    """What it was decoded as when it was cut out; None where it is of another form."""


@dataclass(frozen=True)
class Known:
    """A post that was landed before: what query found it, and as it was the last time.

    `seen` has each query that landed it, the first one first, with the post as it gave it.
    """

    id: str
    query: str
    raw: bytes
    seen: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Page:
    """What one answer gave. Reading can be taken up again after it with `cursor`.

    `left_out` says of each item that could not be read which one it was, and why.
    """

    records: Sequence[Record]
    cursor: Any
    left_out: Sequence[str] = ()


@dataclass(frozen=True)
class Reread:
    """How posts are read again: the stream they are in, and how many ids one call takes.

    A post that is gone lands in MISSING as `{"<id_name>": "<its id>"}`.
    """

    stream: str
    batch: int
    id_name: str = "id"


@dataclass(frozen=True)
class Window:
    """What a run is about: it asks for what was made before `now`."""

    logical_date: date
    now: datetime
    first_days: int
    """A query without a cursor reads so many days back."""

    @property
    def first(self) -> datetime:
        """The moment that a query without a cursor reads back to."""
        return self.now - timedelta(days=self.first_days)


def not_found(platform: str, handle: str, remedy: str = "correct or remove the handle") -> Stop:
    """Return the stop of a query about an account that the platform does not know."""
    text = f"{platform} knows no account {handle!r}: {remedy}"
    return Stop(RunState.NOT_FOUND, text, whole_server=False)


class Owner(NamedTuple):
    """Where a record has the ids and the handles of the account that it is of, as paths."""

    ids: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
