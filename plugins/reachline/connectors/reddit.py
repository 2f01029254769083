"""Reddit: the Data API, https://www.reddit.com/dev/api, with an app's own login.

Lists and searches go from the newest post back; the platform ends each after some hundreds. What
its author, a moderator or Reddit has taken away is no post any more: lists leave it out, and a post
that was read before is missing. Nothing of it is landed, for Reddit's terms let nothing be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from reachline import __version__
from reachline.connectors.base import Connector
from reachline.connectors.clock import parse
from reachline.connectors.http import Answer, RateHeaders
from reachline.connectors.interests import Interests
from reachline.connectors.logins import OAuthLogin
from reachline.connectors.paging import made_since, newest_pages
from reachline.connectors.records import RecordKey
from reachline.connectors.types import (
    MISSING,
    Known,
    NoAnswer,
    Owner,
    Page,
    Query,
    Record,
    Reread,
    RunState,
    Stop,
    Window,
)

PAGE = IDS = 100
OVERLAP = timedelta(hours=6)
"""A post may be found, or let through by a moderator, so much later than it was made."""
FULL, FULL_SEARCH = 900, 220
"""A list, or a search, that ends after so many new posts has more that the platform does not show:
it ends them at 1,000 and 250, less what it leaves out."""
_POSTS = "data.children[*].data"


class _Post(RecordKey, rename={"at": "created_utc"}):
    id: str
    at: float


class _Shown(msgspec.Struct):
    author: str | None = None
    selftext: str | None = None
    removed_by_category: str | None = None


class _User(RecordKey):
    id: str


class Reddit(Connector):
    """Searches, the newest posts of subreddits, and the posts and profiles of accounts."""

    source = "reddit"
    reread = Reread("posts", batch=IDS)
    owners: ClassVar = {
        "posts": Owner(ids=("author_fullname",), handles=("author",)),
        "profiles": Owner(handles=("name",)),
    }
    kept_when_gone: ClassVar = {
        "posts": (
            *("id", "author_fullname", "created_utc", "score", "hide_score", "num_comments"),
            "num_crossposts",
        )
    }
    rate = RateHeaders("x-ratelimit-remaining", "x-ratelimit-reset", "seconds")

    def open(self) -> None:
        """Log in with the app's id and secret, the connection's login and password."""
        app = self.connection.need(self.source, "login")
        secret = self.connection.need(self.source, "password")
        # Reddit blocks who does not say by this form who asks
        agent = f"python:reachline:v{__version__} (by /u/{self.options.username})"
        headers = {"User-Agent": agent}
        gate = self.api(self.connection.base_url("https://www.reddit.com"), headers=headers)
        login = OAuthLogin(gate, "/api/v1/access_token", app, secret, basic=True)
        address = self.connection.base_url("https://oauth.reddit.com")
        self.server = self.api(address, auth=login, headers=headers)

    @classmethod
    def tells_of_deleted_account(cls, missing: Mapping[str, Any]) -> bool:
        """Return whether a post stands, and its author does not: see `_taken_away`."""
        return missing.get("removed_by_category") == "author"

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for keywords and mentions everywhere, for subreddits, and for accounts."""
        self._known_authors = {account.handle for account in interests.accounts}
        for name in self.options.subreddits:
            yield Query("posts", f"subreddit:{name}", about={"path": f"/r/{quote(name)}/new"})
        searches = [
            *(("keyword", word, word) for word in interests.keywords),
            *(("mention", handle, f"u/{handle}") for handle in interests.mentions),
        ]
        for kind, text, phrase in searches:
            asked = {"q": '"{}"'.format(phrase.replace('"', " ")), "sort": "new", "type": "link"}
            yield Query("posts", f"{kind}:{text}", about={"path": "/search", "params": asked})
        for account in interests.accounts:
            text = f"account:{account.handle}"
            yield Query("profiles", text, once=False, about={"name": account.handle})
            path = f"{_user(account.handle)}/submitted"
            yield Query("posts", text, about={"path": path, "params": {"sort": "new"}})

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a list back to where the last run began, or a profile once."""
        if query.stream == "posts":
            yield from self._list(query, cursor, window)
            return
        if profile := self._profile(query.about["name"]):
            yield Page(profile, None)

    def _list(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read from the newest post back; with a search come the profiles of who made what is new.

        Raises Stop with partial, after the last page, where the platform shows no more although
        there is more.
        """
        begun_at = (cursor or {}).get("page")
        read, oldest, is_end = 0, "", False

        def ask(page: str | None) -> tuple[list[Record], str | None]:
            nonlocal read, oldest
            params = {**query.about.get("params", {}), "limit": PAGE, "after": page}
            answer = self._ask(query.about["path"], params)
            found = answer.records(_POSTS, _Post)
            if page is not None and page == begun_at and not found:
                # a page is named by its last post: one that is gone since names nothing
                raise NoAnswer(f"{query.text}: the page after {page} is not there any more", 200)
            read += len(found)
            oldest = min((record.at for record in found if record.at), default=oldest)
            shown = [record for record in found if _taken_away(record) is None]
            return shown, answer.json()["data"]["after"]

        is_search, wanted = query.about["path"] == "/search", _wanted(cursor, window)
        for page in newest_pages(ask, cursor, window, OVERLAP):
            authors = self._authors(made_since(page.records, wanted)) if is_search else ()
            yield Page([*page.records, *authors], page.cursor)
            is_end = "until" in page.cursor
        full = FULL_SEARCH if is_search else FULL
        if is_end and read >= full and oldest and parse(oldest) >= wanted:
            text = (
                f"Reddit shows no more than the newest {read} posts of this list, back to "
                f"{oldest}; older ones can't be read. Ask more often, or for rarer words."
            )
            raise Stop(RunState.PARTIAL, text, whole_server=False)

    def _authors(self, posts: Sequence[Record]) -> Iterator[Record]:
        """Yield the profiles of who made posts, each once a run."""
        names = dict.fromkeys(_shown(post).author or "" for post in posts)
        for name in names:
            if name and name.lower() not in self._known_authors:
                self._known_authors.add(name.lower())
                with suppress(NoAnswer):
                    yield from self._profile(name, stream="profiles")

    def _profile(self, name: str, stream: str | None = None) -> list[Record]:
        """Return the profile of an account; of one that is suspended nothing is told."""
        answer = self._ask(f"{_user(name)}/about")
        is_suspended = answer.json()["data"].get("is_suspended")
        return [] if is_suspended else answer.records("data", _User, stream=stream)

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by id; of one that is gone, nothing but its id and who took it is kept."""
        names = ",".join(f"t3_{post.id}" for post in posts)
        for record in self._ask("/api/info", {"id": names}).records(_POSTS, _Post):
            by = _taken_away(record)
            if by is None:
                yield record
            else:
                gone = {"id": record.id, "removed_by_category": by}
                yield Record(msgspec.json.encode(gone), record.id, None, MISSING)

    def _ask(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Return an answer whose texts are not escaped for HTML; NoAnswer where there is none.

        A subreddit may be private, quarantined or banned, an account suspended or deleted.
        """
        return self.server.call(path, {**(params or {}), "raw_json": 1}, absent=_is_not_shown)


def _is_not_shown(answer: Answer) -> bool:
    """Return whether Reddit says so itself: who is blocked altogether gets a page of HTML."""
    try:
        return answer.status_code in (403, 404) and answer.json()["error"] == answer.status_code
    except (msgspec.DecodeError, KeyError, TypeError):
        return False


def _user(name: str) -> str:
    return f"/user/{quote(name, safe='')}"


def _shown(record: Record) -> _Shown:
    return msgspec.json.decode(record.raw, type=_Shown)


def _taken_away(record: Record) -> str | None:
    """Return who took a post, its content or its author away, as Reddit says; None: it is there."""
    post = _shown(record)
    if post.removed_by_category is None and post.author == "[deleted]":
        return "author"
    if post.removed_by_category is None and post.selftext in ("[deleted]", "[removed]"):
        return post.selftext.strip("[]")
    return post.removed_by_category


def _wanted(cursor: Any, window: Window) -> datetime:
    """Return from when on a post is new to a list."""
    if cursor is None:
        return window.first
    newest = parse(cursor["end"]) + OVERLAP if "end" in cursor else parse(cursor["until"])
    return newest + timedelta(seconds=1)
