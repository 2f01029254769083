"""What a connector is: the queries that it asks, the pages that it reads, how a run can end.

A connector is one module that subclasses `Connector`. It knows calls, paging and what a platform
asks to be respected. It does not know what the fields of a record mean: that stands in
dbt_project/models/staging/<source>/.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from requests import Response

    from reachline.connectors.connections import Connection
    from reachline.connectors.http import Api
    from reachline.connectors.interests import Interests
    from reachline.connectors.quota import Quota
    from reachline.connectors.redact import Redactor

MISSING = "missing"
"""The stream of posts that were asked for by id and are not there any more."""
REREAD = "reread"
"""The query of posts that are read again for their metrics."""


class RunState(StrEnum):
    """How the reading of one query ended; see inputs.md of the design, "Connectors"."""

    OK = "ok"
    NO_DATA = "no_data"
    FEED_DISABLED = "feed_disabled"
    QUOTA_EXHAUSTED = "quota_exhausted"
    AUTH_EXPIRED = "auth_expired"
    RATE_LIMITED = "rate_limited"
    PARTIAL = "partial"
    FAILED = "failed"


WHOLE = frozenset({RunState.OK, RunState.NO_DATA, RunState.FEED_DISABLED})
"""The states after which a query's window is complete."""


class Stop(Exception):  # noqa: N818
    """Reading can't go on; `state` says what for. The text holds no secret.

    `whole_server` tells a stop of everything that the server is still to be asked (a token that
    expired) from one of this query alone (a feed that is disabled). `until` is when it may go on,
    if known.
    """

    def __init__(
        self,
        state: RunState,
        text: str,
        *,
        whole_server: bool = True,
        until: datetime | None = None,
    ) -> None:
        super().__init__(text)
        self.state = state
        self.whole_server = whole_server
        self.until = until


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


@dataclass(frozen=True)
class Record:
    """One record as it came: its JSON text, byte for byte, and what it is told apart by."""

    raw: bytes
    id: str
    at: str | None = None
    """When the thing was made: ISO 8601, UTC; None where the platform does not say."""
    stream: str | None = None
    """Another stream than the query's: the users that came with posts."""


@dataclass(frozen=True)
class Known:
    """A post that was landed before: what query found it, and as it was the last time."""

    id: str
    query: str
    raw: bytes


@dataclass(frozen=True)
class Page:
    """What one answer gave. Reading can be taken up again after it with `cursor`."""

    records: Sequence[Record]
    cursor: Any


@dataclass(frozen=True)
class Reread:
    """How posts are read again: the stream they are in, and how many ids one call takes."""

    stream: str
    batch: int


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


class Connector(ABC):
    """A platform. Its attributes say what to respect, its methods what to ask.

    `quotas` are checked and charged before each call, whatever runs beside it; `reread` is None
    where posts can't be asked for by id.
    """

    source: ClassVar[str]
    reread: ClassVar[Reread | None] = None

    def __init__(self, options: Any, connection: Connection) -> None:
        self.options = options
        self.connection = connection

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return what may be used up, by name; nothing for a platform with rate limits alone."""
        return ()

    @abstractmethod
    def open(self, make: Callable[..., Api], redactor: Redactor) -> None:
        """Prepare to ask: make the Api of each server, log in where the platform wants it.

        `make` is Api with ledger, clock, judge and bounds given; tokens that are fetched are told
        to `redactor`. Raises Stop where the connection lacks what is needed.
        """

    @abstractmethod
    def queries(self, interests: Interests) -> Iterator[Query]:
        """Yield what is to be asked, in no order."""

    @abstractmethod
    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Yield the pages of a query from `cursor` on (None: from the beginning).

        Raises Stop. The cursor of the last page is the one that the next run starts with.
        """

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Yield posts as they are now, at most `reread.batch`; in stream MISSING those gone."""
        raise NotImplementedError(f"{self.source} reads no post again")

    def judge(self, response: Response) -> Stop | None:
        """Return what an answer that is no success means; None: what its status says."""
        return None
