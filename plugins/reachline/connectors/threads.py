"""Threads: https://developers.facebook.com/docs/threads.

Searches and look-ups give anybody's public posts, without a count. An account that gave a token has
insights of its posts, and is told who mentions it. A search has no pages: it goes on by time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, Api
from reachline.connectors.interests import Interests
from reachline.connectors.paging import made_since, newest_pages
from reachline.connectors.quota import Charge, Quota
from reachline.connectors.records import RecordKey, records_at
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

log = logging.getLogger("reachline.connectors")

PAGE, TOGETHER = 100, 50
OVERLAP = timedelta(days=1)
"""A post may be found so much later than it was made."""
_SECOND = timedelta(seconds=1)
_POST = "id,media_type,permalink,username,text,timestamp,topic_tag,link_attachment_url"
_USER = "id,username,name,threads_biography,is_verified"
_METRICS = "views,likes,replies,reposts,quotes,shares"
_AUTH, _PERMISSION, _RATE = (102, 104, 190), (3, 10, 200), (4, 17, 32, 613)
_GONE, _GONE_OR_NOT_OURS = "24", "100.33"
"""There is no such post; the second is also said of one that the token may not read."""
_BAD_PARAMETER = "100"
_SEARCHES, _LOOKUPS = "searches", "lookups"


class _Post(RecordKey, rename={"at": "timestamp"}):
    at: str | None = None


class _Told(msgspec.Struct):
    username: str | None = None
    media_type: str | None = None


class _Profile(RecordKey, rename={"id": "username"}):
    id: str


class Threads(Connector):
    """Searches, accounts that gave a token with their insights and mentions, and other accounts."""

    source = "threads"
    reread = Reread("posts", batch=TOGETHER)
    # of an author there is no other id than the name
    owners: ClassVar = {
        "posts": Owner(handles=("username",)),
        "profiles": Owner(handles=("username",)),
        "users": Owner(handles=("user.username",)),
    }
    kept_when_gone: ClassVar = {
        "posts": ("id", "username", "timestamp", "permalink"),  # which has its other id
        "media_insights": ("media_id", "data[*].name", "data[*].values"),
    }
    servers: Mapping[str, Api] = MappingProxyType({})
    """By the handle of who gave the token: a limit, or a refusal, is of one token."""

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the searches, and the look-ups of others, that a token has in 24 hours."""
        for name, limit in (
            (_SEARCHES, options.searches_a_day),
            (_LOOKUPS, options.lookups_a_day),
        ):
            yield Quota(name, name, Decimal(limit), window="rolling", days=1)

    def open(self) -> None:
        """Ask with each account's token, of the extra; the first also searches and looks up."""
        self.connection.need(self.source, "tokens")
        tokens = self.connection.by_handle(self.source, "tokens", "access token")
        address = self.connection.base_url("https://graph.threads.net")
        self.servers = {
            handle: self.api(address, auth=BearerTokenAuth(token))
            for handle, token in tokens.items()
        }
        self.first = next(iter(self.servers))
        self._reads_others = False
        self._looks_up = True

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for topic tags and keywords, and for accounts, each as its token allows."""
        self._known_authors = {*self.servers, *(account.handle for account in interests.accounts)}
        for tag in interests.hashtags:
            asked = {"q": tag, "search_mode": "TAG"}
            yield Query("posts", f"hashtag:{tag}", about={"search": asked})
        for word in interests.keywords:
            yield Query("posts", f"keyword:{word}", about={"search": {"q": word}})
        for handle in self.servers:
            about = {"token": handle}
            yield Query("users", f"account:{handle}", once=False, about=about)
            yield Query("posts", f"account:{handle}", about={**about, "path": "me/threads"})
            yield Query("posts", f"mention:{handle}", about={**about, "path": "me/mentions"})
        for account in interests.accounts:
            if account.handle not in self.servers:
                about = {"username": account.handle}
                yield Query("profiles", f"account:{account.handle}", once=False, about=about)
                yield Query("posts", f"account:{account.handle}", about=about)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search or a list of posts back to where the last run began, or a profile once."""
        about = query.about
        if "search" in about:
            yield from self._search(about["search"], cursor, window)
        elif query.stream == "users":
            yield Page([self._user(about["token"])], None)
        elif query.stream == "profiles":
            yield Page(self._profile(about), None)
        elif "username" in about:
            yield from self._list(self.first, "profile_posts", about, cursor, window)
        else:
            token, is_own = about["token"], about["path"] == "me/threads"
            for page in self._list(token, about["path"], {}, cursor, window):
                insights = self._insights(token, page.records) if is_own else ()
                yield Page([*page.records, *insights], page.cursor)

    def _search(self, asked: Mapping[str, str], cursor: Any, window: Window) -> Iterator[Page]:
        """Read what was made in `after`…`until`, the newest first, with who made what is new.

        `next` is the next `after`; what was made since `new` was not searched for before.
        """
        if cursor is None or "next" not in cursor:
            new_since = parse(cursor["after"]) if cursor else window.first
            after = new_since - OVERLAP if cursor else window.first
            now = iso(window.now)
            cursor = {"after": iso(after), "until": now, "next": now, "new": iso(new_since)}
        seen: set[str] = set()
        while True:
            since, until = parse(cursor["after"]), parse(cursor["until"])
            span = {"since": _epoch(since), "until": _epoch(until)}
            params = {**asked, "search_type": "RECENT", "fields": _POST, "limit": PAGE, **span}
            answer = self._ask(self.first, "keyword_search", params)
            found = answer.records("data[*]", _Post)
            if not found:
                self.servers[self.first].give_back(_SEARCHES, 1)
            new = [record for record in found if record.id not in seen]
            seen.update(record.id for record in new)
            oldest = min((parse(record.at) for record in new if record.at), default=since)
            is_full = not new and len(found) >= PAGE
            is_last = not is_full and oldest <= since + _SECOND
            # a second more, for others may be of the same one
            below = until - 2 * _SECOND if is_full else min(until, oldest + _SECOND)
            cursor = {**cursor, "until": iso(below)}
            authors = self._authors(made_since(new, parse(cursor["new"])))
            yield Page([*new, *authors], {"after": cursor["next"]} if is_last else cursor)
            if is_full:
                text = f"more than {PAGE} posts of one second; the next run goes on below it"
                raise Stop(RunState.FAILED, text, whole_server=False)
            if is_last:
                return

    def _authors(self, posts: Sequence[Record]) -> list[Record]:
        """Return the profiles of who made posts, each once a run, while there are look-ups."""
        names = dict.fromkeys((_told(post.raw).username or "").lower() for post in posts)
        found: list[Record] = []
        for name in names:
            if not name or name in self._known_authors or not self._looks_up:
                continue
            self._known_authors.add(name)
            try:
                found += self._profile({"username": name}, stream="profiles")
            except NoAnswer:  # fewer than 100 follow it
                continue
            except Stop as stop:
                if stop.whole_server or stop.state == RunState.FAILED:
                    raise
                # posts are landed all the same
                log.warning("threads: who made posts is not looked up any more: %s", stop)
                self._looks_up = False
        return found

    def _profile(self, asked: Mapping[str, str], stream: str | None = None) -> list[Record]:
        answer = self._ask(self.first, "profile_lookup", asked, [_GONE, _BAD_PARAMETER])
        return answer.records("", _Profile, stream=stream)

    def _list(
        self, token: str, path: str, params: Mapping[str, str], cursor: Any, window: Window
    ) -> Iterator[Page]:
        """Read a list from the newest back to a day before the newest of the last time.

        What an account reposts is not its own.
        """

        def ask(page: str | None) -> tuple[list[Record], str | None]:
            place = {"after": page} if page else {}
            is_known = page is None and "username" not in params
            absent = [] if is_known else [_GONE, _BAD_PARAMETER]
            asked = {**params, "fields": _POST, "limit": PAGE, **place}
            answer = self._ask(token, path, asked, absent)
            paging = answer.json().get("paging") or {}
            posts = answer.records("data[*]", _Post)
            own = [post for post in posts if _told(post.raw).media_type != "REPOST_FACADE"]
            return own, (paging.get("cursors") or {}).get("after")

        return newest_pages(ask, cursor, window, OVERLAP, repeats=1)

    def _user(self, token: str) -> Record:
        """Return the profile of who gave a token: what its node says, and its insights."""
        user = self._ask(token, "me", {"fields": _USER})
        insights = self._ask(token, "me/threads_insights", {"metric": "followers_count"})
        (data,) = records_at(insights.body(), "data")
        raw = b'{"user":%b,"data":%b}' % (user.body().strip(), data)
        return Record(raw, str(user.json()["id"]))

    def _insights(self, token: str, posts: Sequence[Record]) -> Iterator[Record]:
        """Yield the insights of posts of who gave a token."""
        for post in posts:
            with suppress(NoAnswer):  # deleted since
                path = f"{quote(post.id, safe='')}/insights"
                answer = self._ask(token, path, {"metric": _METRICS}, [_GONE, _GONE_OR_NOT_OURS])
                for data in records_at(answer.body(), "data"):
                    raw = b'{"media_id":%b,"data":%b}' % (msgspec.json.encode(post.id), data)
                    yield Record(raw, post.id, post.at, "media_insights")

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Yield posts as they are now, with insights where their author gave a token.

        One error says both that a post is gone and that the token may not read it. It is believed
        of who gave the token, and of others once the token has read some post of theirs.
        """
        unclear = []
        for post in posts:
            author = (_told(post.raw).username or "").lower()
            token = author if author in self.servers else self.first
            try:
                found, error = self._again(token, post.id)
            except Stop as stop:
                # the account's own query tells of its token; nobody else's posts wait for it
                if token == self.first or stop.state != RunState.AUTH_EXPIRED:
                    raise
                continue
            if error == _GONE_OR_NOT_OURS and token != author:
                unclear.append(post.id)
            elif error:
                yield _missing(post.id)
            elif token == author:
                yield from (*found, *self._insights(token, found))
            else:
                self._reads_others = True
                yield from found
        if self._reads_others:
            yield from map(_missing, unclear)

    def _again(self, token: str, identity: str) -> tuple[list[Record], str]:
        """Return a post by its id, and the code of the error where it is not given."""
        codes: set[str] = set()

        def is_gone(answer: Answer) -> bool:
            codes.update(_codes(_error(answer)) & {_GONE, _GONE_OR_NOT_OURS})
            return bool(codes)

        path = f"/v1.0/{quote(identity, safe='')}"
        with suppress(NoAnswer):
            answer = self.servers[token].call(path, {"fields": _POST}, absent=is_gone)
            return answer.records("", _Post), ""
        return [], codes.pop()

    def _ask(
        self, token: str, path: str, params: Mapping[str, Any], absent: Sequence[str] = ()
    ) -> Answer:
        """Return an answer; NoAnswer where the error is one that `absent` names."""
        quota = {"keyword_search": _SEARCHES, "profile_lookup": _LOOKUPS, "profile_posts": _LOOKUPS}
        return self.servers[token].call(
            f"/v1.0/{path}",
            params,
            charge=[Charge(quota[path])] if path in quota else [],
            absent=lambda answer: bool(_codes(_error(answer)) & set(absent)),
        )

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell by the code of an error; https://developers.facebook.com/docs/graph-api/guides."""
        error = _error(response)
        code, text = error.get("code"), f"Threads says: {error.get('message')}"
        if code in _AUTH:
            return Stop(RunState.AUTH_EXPIRED, f"{text}. Renew the token in the connection.")
        if code in _RATE:
            return Stop(RunState.RATE_LIMITED, text)
        if code in _PERMISSION:
            text = f"{text}. Give the token's app this permission."
            return Stop(RunState.AUTH_EXPIRED, text, whole_server=False)
        return None


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _told(raw: bytes) -> _Told:
    return msgspec.json.decode(raw, type=_Told)


def _missing(identity: str) -> Record:
    return Record(msgspec.json.encode({"id": identity}), identity, None, MISSING)


def _codes(error: Mapping[str, Any]) -> set[str]:
    """Return what `absent` may name an error by: code, and code.subcode."""
    code = error.get("code")
    return {str(code), f"{code}.{error.get('error_subcode')}"}


def _error(response: Response) -> dict[str, Any]:
    try:
        found = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
