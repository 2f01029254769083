"""What a connector is: the queries that it asks, the pages that it reads, how a run can end.

A connector is one module that subclasses `Connector`. It knows calls, paging and what a platform
asks to be respected. It does not know what the fields of a record mean: that stands in
dbt_project/models/staging/<source>/.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from requests import Response
from requests.auth import AuthBase

from reachline.connectors.connections import Connection
from reachline.connectors.http import Api, RateHeaders, RunContext
from reachline.connectors.interests import Interests
from reachline.connectors.paging import ask_all
from reachline.connectors.quota import Quota
from reachline.connectors.types import (
    MISSING,
    UNANSWERED,
    Known,
    Owner,
    Page,
    Query,
    Record,
    Reread,
    Stop,
    Window,
)


class Connector(ABC):
    """A platform. Its attributes say what to respect, its methods what to ask.

    `quotas` are checked and charged before each call, whatever runs beside it; `reread` is None
    where posts can't be asked for by id. `kept_when_gone` names, by stream, what stays of the
    records of a post that is gone, as paths such as
    `snippet.publishedAt` or `referenced_tweets[*].type`: ids, times and counts. `owners` says, by
    stream, where a record says whose it is.
    """

    source: ClassVar[str]
    reread: ClassVar[Reread | None] = None
    kept_when_gone: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    owners: ClassVar[Mapping[str, Owner]] = MappingProxyType({})
    rate: ClassVar[RateHeaders | None] = None
    """The headers that tell of the platform's rate limit."""
    learns_of_deletions_in_hours: ClassVar[int | None] = None
    """So soon the platform's terms want gone what was deleted there."""
    keeps_for_days: ClassVar[int | None] = None
    """A post that was not read again for so long is given up, as the platform's terms ask."""

    def __init__(self, options: Any, connection: Connection, run: RunContext) -> None:
        self.options = options
        self.connection = connection
        self.run = run

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return what may be used up, by name; nothing for a platform with rate limits alone."""
        return ()

    @abstractmethod
    def open(self) -> None:
        """Prepare to ask: make the Api of each server, log in where the platform wants it.

        Raises Stop where the connection lacks what is needed.
        """

    @abstractmethod
    def queries(self, interests: Interests) -> Iterator[Query]:
        """Yield what is to be asked, in no order."""

    @classmethod
    def tells_of_deleted_account(cls, missing: Mapping[str, Any]) -> bool:
        """Return whether a record of MISSING says that the post's account was deleted."""
        return False

    @abstractmethod
    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Yield the pages of a query from `cursor` on (None: from the beginning).

        Raises Stop, or NoAnswer where what the query asks for is not there. The cursor of the last
        page is the one that the next run starts with.
        """

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Yield posts as they are now, those that the platform gives, at most `reread.batch`.

        A record in stream MISSING says that a post is gone, one in UNANSWERED that the platform
        can't tell. Where it raises NoAnswer, each post is asked for alone.
        """
        raise NotImplementedError(f"{self.source} reads no post again")

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Yield posts as they are now; one that two answers leave out is gone."""
        missing = {post.id: post for post in posts}
        for _ in range(2):
            if not missing:
                return
            for record in ask_all(lambda asked: list(self.by_id(asked)), [*missing.values()]):
                missing.pop(record.id, None)
                if record.stream != UNANSWERED:
                    yield record
        name = self.reread.id_name if self.reread else "id"
        for identity in missing:
            yield Record(msgspec.json.encode({name: identity}), identity, None, MISSING)

    def stop_for_error(self, response: Response) -> Stop | None:
        """Return what the body of an error means; None: what its status says."""
        return None

    def is_too_much(self, response: Response) -> bool:
        """Return whether an error says that less is to be asked for at once."""
        return False

    def api(
        self,
        address: str,
        *,
        auth: AuthBase | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Api:
        """Return the Api of a server at `address`, with what this platform asks for."""
        return Api(
            address,
            self.run,
            stop_for_error=self.stop_for_error,
            is_too_much=self.is_too_much,
            auth=auth,
            headers=headers,
            rate=self.rate,
        )
