"""A connector as somebody would write it who has read CONTRIBUTING: Reddit.

https://www.reddit.com/dev/api. The project has no such source: this shows that the parts that
connectors share are enough for one. `test_reddit.py` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from reachline.connectors.base import Connector
from reachline.connectors.http import RateHeaders
from reachline.connectors.interests import Interests
from reachline.connectors.logins import OAuthLogin
from reachline.connectors.paging import newest_pages
from reachline.connectors.records import RecordKey
from reachline.connectors.types import Known, Page, Query, Record, Reread, Window

OVERLAP = timedelta(hours=1)


class _Post(RecordKey, rename={"id": "name", "at": "created_utc"}):
    id: str
    at: float


class Reddit(Connector):
    """The newest posts of subreddits, and searches for keywords."""

    source = "reddit"
    reread = Reread("posts", batch=100, id_name="name")
    rate = RateHeaders("x-ratelimit-remaining", "x-ratelimit-reset", "seconds")

    def open(self) -> None:
        """Log in with the app's id and secret, the connection's login and password."""
        app = self.connection.need(self.source, "login")
        secret = self.connection.need(self.source, "password")
        gate = self.api(self.connection.base_url("https://www.reddit.com"))
        login = OAuthLogin(gate, "/api/v1/access_token", app, secret, basic=True)
        self.server = self.api(self.connection.base_url("https://oauth.reddit.com"), auth=login)

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for the subreddits of the options, and for keywords everywhere."""
        for name in self.options.subreddits:
            yield Query("posts", f"subreddit:{name}", about={"path": f"/r/{quote(name)}/new"})
        for word in interests.keywords:
            about = {"path": "/search", "params": {"q": f'"{word}"', "sort": "new"}}
            yield Query("posts", f"keyword:{word}", about=about)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read from the newest post back; one subreddit may be private, or gone."""

        def ask(page: str | None) -> tuple[list[Record], str | None]:
            params = {"limit": "100", **query.about.get("params", {}), "after": page}
            answer = self.server.call(query.about["path"], params, absent=(403, 404))
            return answer.records("data.children[*].data", _Post), answer.json()["data"]["after"]

        return newest_pages(ask, cursor, window, OVERLAP)

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by their full names."""
        answer = self.server.call("/api/info", {"id": ",".join(post.id for post in posts)})
        yield from answer.records("data.children[*].data", _Post)
