"""Mastodon, several servers at once, and others that speak its API.

https://docs.joinmastodon.org/methods/. Ids are local to a server and opaque: nothing is compared
but equality, and what a status is told apart by is its `uri`. Timelines are read forward by
`min_id`, which gives the page right after it, so that nothing posted meanwhile is jumped over; the
`Link` header, which some servers leave out, is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, Api, RateHeaders
from reachline.connectors.interests import Interests
from reachline.connectors.records import RecordKey, decoded, moment
from reachline.connectors.types import (
    MISSING,
    Known,
    NoAnswer,
    Page,
    Query,
    Record,
    Reread,
    RunState,
    Stop,
    Window,
    not_found,
)

PAGE = 40


class _Status(RecordKey, rename={"id": "uri", "at": "created_at"}):
    id: str
    at: str


class _Author(msgspec.Struct):
    noindex: bool | None = None


class _Local(msgspec.Struct):
    """A status as its server names it."""

    id: str
    created_at: str
    account: _Author | None = None


_Found = tuple[_Local | None, Record]


class Mastodon(Connector):
    """Tag timelines, the roster's statuses and profiles, and with a token searches."""

    source = "mastodon"
    reread = Reread("statuses", batch=1)
    # the account is not gone: its profile is read from here
    kept_when_gone: ClassVar = {
        "statuses": (
            *("id", "uri", "created_at", "account", "reblog.uri"),
            *("favourites_count", "replies_count", "reblogs_count"),
        )
    }
    rate = RateHeaders("X-RateLimit-Remaining", "X-RateLimit-Reset", "iso")

    def open(self) -> None:
        """Make an Api for each server; tokens stand in the connection's extra, by server."""
        tokens: dict[str, str] = dict(self.connection.extra.get("tokens") or {})
        if self.connection.password:
            tokens = dict.fromkeys(self.options.servers, self.connection.password) | tokens
        self.has_token = set(tokens)
        self.apis = {
            server: self.api(
                self._address(server),
                auth=BearerTokenAuth(tokens[server]) if server in tokens else None,
            )
            for server in self.options.servers
        }

    def _address(self, server: str) -> str:
        base = self.connection.extra.get("base_url")
        return f"{base}/{server}" if base else f"https://{server}"

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask each server for each hashtag, and an account's own server for the account."""
        for server in self.options.servers:
            for tag in interests.hashtags:
                path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
                yield Query("statuses", f"hashtag:{tag}@{server}", about={"path": path})
            if server in self.has_token:
                for kind, texts in (
                    ("mention", interests.mentions),
                    ("keyword", interests.keywords),
                ):
                    for text in texts:
                        asked = f"@{text}" if kind == "mention" else f'"{text}"'
                        yield Query("statuses", f"{kind}:{text}@{server}", about={"search": asked})
        for account in interests.accounts:
            user, _, home = account.handle.partition("@")
            server = home if home in self.options.servers else self.options.servers[0]
            acct = user if home == server else account.handle
            text = f"account:{account.handle}"
            yield Query("accounts", text, once=False, about={"acct": acct, "server": server})
            yield Query("statuses", text, about={"acct": acct, "server": server})

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a timeline forward, or a profile once."""
        if "path" in query.about:
            server = query.text.rpartition("@")[2]
            yield from self._timeline(self.apis[server], query.about["path"], cursor, window)
        elif "search" in query.about:
            server = query.text.rpartition("@")[2]
            yield from self._search(self.apis[server], query.about["search"])
        else:
            api = self.apis[query.about["server"]]
            asked = {"acct": query.about["acct"]}
            try:
                answer = api.call("/api/v1/accounts/lookup", asked, absent=[404])
            except NoAnswer:
                raise not_found(query.about["server"], asked["acct"]) from None
            if query.stream == "accounts":
                yield Page(answer.records("", _Status), None)
            else:
                path = f"/api/v1/accounts/{quote(answer.json()['id'], safe='')}/statuses"
                options = {"exclude_reblogs": "true"}
                yield from self._timeline(api, path, cursor, window, options)

    def _timeline(
        self,
        api: Api,
        path: str,
        cursor: Any,
        window: Window,
        options: Mapping[str, str] | None = None,
    ) -> Iterator[Page]:
        """Read what is after the cursor, oldest page first.

        The first time there is nothing to be after: pages are read backward from the newest, as far
        as the window goes. `after` is the newest status that is known, `back` where to go on.
        """
        options = {"limit": str(PAGE), **(options or {})}
        cursor = dict(cursor or {"back": None, "first": iso(window.first)})
        while "back" in cursor:
            place = {"max_id": cursor["back"]} if cursor["back"] else {}
            found = self._page(api, path, {**options, **place})
            if not found and "after" not in cursor:
                self._must_be_open(api, path)
                return
            recent = [one for one in found if not _is_before(one, cursor["first"])]
            known = _known(found)
            if not known and "after" not in cursor:
                yield Page(_shown(recent, path), dict(cursor))
                return
            after, back = cursor.get("after") or known[0].id, known[-1].id if known else None
            is_whole = bool(known and recent) and recent[-1] is found[-1]
            goes_on = is_whole and back != cursor["back"]
            cursor = {**cursor, "after": after, "back": back} if goes_on else {"after": after}
            yield Page(_shown(recent, path), dict(cursor))
        while True:
            found = self._page(api, path, {**options, "min_id": cursor["after"]})
            newest = _known(found)[0].id if _known(found) else cursor["after"]
            if not found or newest == cursor["after"]:
                yield Page(_shown(found, path), dict(cursor))
                return
            cursor = {"after": newest}
            yield Page(_shown(found, path), dict(cursor))

    def _page(self, api: Api, path: str, params: Mapping[str, str]) -> list[_Found]:
        """Return the statuses of a page; none where there is no such timeline."""
        try:
            return _statuses(api.call(path, params, absent=[404]), "[*]")
        except NoAnswer:
            return []

    def _search(self, api: Api, text: str) -> Iterator[Page]:
        """Read the newest page of a search; a server without full text search finds nothing."""
        params = {"q": text, "type": "statuses", "limit": str(PAGE), "resolve": "false"}
        found = _statuses(api.call("/api/v2/search", params), "statuses[*]")
        yield Page(_shown(found, "search"), None)

    def _must_be_open(self, api: Api, path: str) -> None:
        """Stop where an empty timeline means that the server shows none."""
        if "/timelines/tag/" not in path:
            return
        answer = api.call("/api/v2/instance", absent=[404])
        access = (answer.json().get("configuration") or {}).get("timelines_access") or {}
        feeds = access.get("hashtag_feeds") or {}
        if feeds and all(value == "disabled" for value in feeds.values()):
            text = f"{api.base_url} shows no hashtag timelines"
            raise Stop(RunState.FEED_DISABLED, text, whole_server=False)

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask the server that a status was found on; one that says 404 or 410 has lost it."""
        for post in posts:
            local = msgspec.json.decode(post.raw, type=_Local)
            server = self._server_of(post.query)
            path = f"/api/v1/statuses/{quote(local.id, safe='')}"
            try:
                yield from self.apis[server].call(path, absent=[404, 410]).records("", _Status)
            except NoAnswer as lost:
                gone = {"id": local.id, "uri": post.id, "http_status": lost.status}
                yield Record(msgspec.json.encode(gone), post.id, None, MISSING)

    def _server_of(self, query: str) -> str:
        """Return the server of a query such as hashtag:x@server or account:user@home."""
        server = query.rpartition("@")[2]
        return server if server in self.apis else self.options.servers[0]


def _statuses(answer: Answer, place: str) -> list[_Found]:
    """Return the statuses at a place of an answer, each as its server names it, and its record."""
    records = answer.records(place, _Status)
    found = [(decoded(record, _Local), record) for record in records]
    if len(found) > 1 and not _known(found):
        # more than one bad item: then it is the answer
        raise Stop(RunState.FAILED, f"{answer.url}: no status can be read", whole_server=False)
    return found


def _is_before(found: _Found, first: str) -> bool:
    """Return whether a status was made before a moment; one that does not say when was not."""
    made = moment(found[0].created_at) if found[0] is not None else None
    return made is not None and parse(made) < parse(first)


def _known(found: Sequence[_Found]) -> list[_Local]:
    """Return those that could be read: the others land, but name no place to go on from."""
    return [status for status, _ in found if status is not None]


def _shown(found: Sequence[_Found], path: str) -> list[Record]:
    """Return the records of statuses, but those of accounts that ask not to be found.

    An account that works with us is read by its name: then it was not found, it was asked for.
    """
    is_asked = "/accounts/" in path
    return [
        record
        for status, record in found
        if is_asked or status is None or status.account is None or not status.account.noindex
    ]
