"""Mastodon, several servers at once, and others that speak its API.

https://docs.joinmastodon.org/methods/. Ids are local to a server and opaque: nothing is compared
but equality, and what a status is told apart by is its `uri`. Timelines are read from the newest
back by `max_id`, which all servers know; the `Link` header, which some leave out, is not needed.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, Api, RateHeaders
from reachline.connectors.interests import Interests
from reachline.connectors.landed import REMEMBERED_DAYS
from reachline.connectors.records import RecordKey, decoded, moment
from reachline.connectors.types import (
    MISSING,
    REREAD,
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
    not_found,
)

log = logging.getLogger("reachline.connectors")

PAGE, IDS = 40, 20
PUBLIC = frozenset({"public", "unlisted"})
"""What everybody may read; not `private` and `direct`, nor Pleroma's `list` and `local`."""
_STATUSES = "/api/v1/statuses"
_NO_SUCH_CALL = (400, 401, 403, 404, 405, 422, 501)


class _Status(RecordKey, rename={"id": "uri", "at": "created_at"}):
    id: str
    at: str


class _Account(RecordKey, rename={"id": "url", "at": "created_at"}):
    id: str
    at: str | None = None


class _Author(msgspec.Struct):
    noindex: bool | None = None


class _Local(msgspec.Struct):
    """A status as its server names it."""

    id: str
    created_at: str
    visibility: str | None = None
    account: _Author | None = None


_Found = tuple[_Local | None, Record]
_Copies = Sequence[tuple[str, str]]
"""The servers that showed a status, the first one first, and its id on each."""


class Mastodon(Connector):
    """Tag timelines, the roster's statuses and profiles, and with a token searches."""

    source = "mastodon"
    reread = Reread("statuses", batch=500)
    # the account is not gone: its profile is read from here
    owners: ClassVar = {
        "statuses": Owner(
            ids=("account.uri", "account.pleroma.ap_id", "account.url"), handles=("account.acct",)
        ),
        "accounts": Owner(ids=("uri", "pleroma.ap_id", "url"), handles=("acct",)),
    }
    kept_when_gone: ClassVar = {
        "statuses": (
            *("id", "uri", "url", "created_at", "visibility", "account", "reblog.uri"),
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
        self._one_by_one: set[str] = set()
        self._shut: dict[str, bool] = {}

    def _address(self, server: str) -> str:
        base = self.connection.extra.get("base_url")
        return f"{base}/{server}" if base else f"https://{server}"

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask each server for each hashtag, and an account's own server for the account.

        The text of a query ends in `@` and the server that it is asked of.
        """
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
            if home in self.options.servers:
                acct, text = user, f"account:{account.handle}"
            else:
                acct, text = account.handle, f"account:{account.handle}@{self.options.servers[0]}"
            yield Query("accounts", text, once=False, about={"acct": acct})
            yield Query("statuses", text, about={"acct": acct})

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a timeline back to the last run, or a profile once."""
        api = self.apis[_server(query.text)]
        if "path" in query.about:
            yield from self._timeline(api, query.about["path"], cursor, window)
        elif "search" in query.about:
            yield from self._search(api, query.about["search"], cursor, window)
        else:
            asked = {"acct": query.about["acct"]}
            try:
                answer = api.call("/api/v1/accounts/lookup", asked, absent=[404])
            except NoAnswer:
                raise not_found(_server(query.text), asked["acct"]) from None
            if query.stream == "accounts":
                yield Page(answer.records("", _Account), None)
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
        """Read back to `late_days` before the last reading began, the first time to the window's.

        A status that reaches a server late has an id, and a place, of when it was made: what is
        after the newest one that is known would leave it out. The cursor of a whole reading is
        `{"until": <when it began>}`; of one that was cut short, `since` is how far it goes and
        `back` where to go on. What came meanwhile is read after it.
        """
        options = {"limit": str(PAGE), **(options or {})}
        cursor = {key: cursor[key] for key in ("since", "until", "back") if key in (cursor or {})}
        while True:
            is_rest = "back" in cursor
            if not is_rest:
                since, _ = self._reach(cursor, window)
                cursor = {"since": iso(since), "until": iso(window.now), "back": None}
            is_whole = yield from self._read_back(api, path, cursor, window, options)
            if not is_rest or not is_whole:
                return
            cursor = {"until": cursor["until"]}

    def _reach(self, cursor: Any, window: Window) -> tuple[datetime, datetime]:
        """Return when what a reading looks for was made at the earliest, and what it takes along.

        Beyond what is remembered to have landed, the same would land again.
        """
        cursor = cursor or {}
        since = window.first
        if "since" in cursor:
            since = parse(cursor["since"])
        elif "until" in cursor:
            since = parse(cursor["until"]) - timedelta(days=self.options.late_days)
        remembered = window.now - timedelta(days=REMEMBERED_DAYS)
        return since, min(since, max(window.first, remembered))

    def _read_back(
        self,
        api: Api,
        path: str,
        cursor: dict[str, Any],
        window: Window,
        options: Mapping[str, str],
    ) -> Generator[Page, None, bool]:
        """Read from `back` to `since`; return whether it was read to its end.

        A page without statuses may be a slip of the server, and what is older would never be read:
        it ends nothing at first. The next run goes on there, and believes it when it comes twice.
        """
        since, reach = self._reach(cursor, window)
        back = cursor["back"]
        end = {"until": cursor["until"]}
        is_rest, was_empty = back is not None, False
        seen = {back}
        while True:
            found = self._page(api, path, {**options, **({"max_id": back} if back else {})})
            if not found:
                if back is None:
                    self._must_be_open(api, path)
                if not is_rest:
                    return False
                if was_empty:
                    yield Page((), end)
                    return True
                was_empty = True
                continue
            recent = [one for one in found if not _is_before(one, reach)]
            known = _known(found)
            if not known or all(_is_before(one, since) for one in found):
                yield Page(_shown(recent, path), end)
                return True
            back = known[-1].id
            if back in seen:
                yield Page(_shown(recent, path), cursor)
                text = f"{path} gives a page again that was read; the next run goes on"
                raise Stop(RunState.FAILED, text, whole_server=False)
            seen.add(back)
            cursor = {**cursor, "back": back}
            yield Page(_shown(recent, path), cursor)

    def _page(self, api: Api, path: str, params: Mapping[str, str]) -> list[_Found]:
        """Return the statuses of a page; none where there is no such timeline."""
        try:
            return _statuses(api.call(path, params, absent=[404]), "[*]")
        except NoAnswer:
            return []

    def _search(self, api: Api, text: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search back as far as a timeline; a server without full text search finds nothing.

        Its pages go by number, so what comes meanwhile gives some of it twice. One that takes no
        notice of the number gives its newest page alone.
        """
        since, reach = self._reach(cursor, window)
        asked = {"q": text, "type": "statuses", "limit": str(PAGE), "resolve": "false"}
        seen: set[str] = set()
        while True:
            answer = api.call("/api/v2/search", {**asked, "offset": str(len(seen))})
            found = _statuses(answer, "statuses[*]")
            recent = [one for one in found if not _is_before(one, reach)]
            new = {status.id for status in _known(found)} - seen
            is_end = not new or all(_is_before(one, since) for one in found)
            end = {"until": iso(window.now)} if found or seen else cursor
            yield Page(_shown(recent, "search"), end if is_end else cursor)
            if is_end:
                return
            seen |= new

    def _must_be_open(self, api: Api, path: str) -> None:
        """Stop where an empty timeline means that the server shows none."""
        if "/timelines/tag/" not in path:
            return
        server = str(api.base_url)
        if server not in self._shut:
            try:
                said = api.call("/api/v2/instance", absent=[404]).json()
            except NoAnswer:
                said = {}
            access = (said.get("configuration") or {}).get("timelines_access") or {}
            feeds = (access.get("hashtag_feeds") or {}).values()
            self._shut[server] = bool(feeds) and all(value == "disabled" for value in feeds)
        if self._shut[server]:
            text = f"{server} shows no hashtag timelines"
            raise Stop(RunState.FEED_DISABLED, text, whole_server=False)

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask the server that showed a status first, by the id that the status has there.

        It is gone where each server that showed it says 404 or 410: one may have dropped its copy
        of what lives on another. A server that can't answer stops no other.
        """
        by_server: dict[str, list[tuple[Known, _Copies]]] = {}
        for post in posts:
            copies = self._copies(post)
            if copies:
                by_server.setdefault(copies[0][0], []).append((post, copies))
        asked = sum(map(len, by_server.values()))
        if asked < len(posts):
            text = "mastodon: %d statuses are of servers that are not asked any more"
            log.info(text, len(posts) - asked)
        stopped: Stop | None = None
        for server, known in by_server.items():
            for start in range(0, len(known), IDS):
                some = known[start : start + IDS]
                try:
                    together = self._together(server, [copies[0][1] for _, copies in some])
                except Stop as stop:
                    stopped = stopped or stop
                    continue
                for post, copies in some:
                    try:
                        record = together.get(post.id) or self._alone(post, copies)
                    except Stop as stop:
                        stopped = stopped or stop
                        continue
                    if record is not None:
                        yield record
        if stopped is not None:
            raise stopped

    def _copies(self, post: Known) -> _Copies:
        """Return where a status was seen: ids are local, so each query's server has its own."""
        copies: dict[str, str] = {}
        for query, raw in post.seen:
            server = _server(query)
            if server in self.apis:
                copies.setdefault(server, msgspec.json.decode(raw, type=_Local).id)
        return list(copies.items())

    def _together(self, server: str, ids: Sequence[str]) -> dict[str, Record]:
        """Return statuses by `uri`; none where a server has no such call, as before Mastodon 4.3.

        What it leaves out may be gone, or not: that is asked one by one.
        """
        if server in self._one_by_one or len(ids) == 1:
            return {}
        found: dict[str, Record] = {}
        try:
            answer = self.apis[server].call(_STATUSES, {"id[]": list(ids)}, absent=_NO_SUCH_CALL)
            if isinstance(answer.json(), list):
                public = _public(_statuses(answer, "[*]"))
                found = {record.id: _again(record, server) for _, record in public}
        except NoAnswer as refused:
            log.info("mastodon: %s; statuses are read again one by one", refused)
        if not found:
            self._one_by_one.add(server)
        return found

    def _alone(self, post: Known, copies: _Copies) -> Record | None:
        """Return a status, or that it is gone; None where no server can tell."""
        gone: dict[str, Any] | None = None
        can_tell = True
        for server, local in copies:
            path = f"{_STATUSES}/{quote(local, safe='')}"
            try:
                answer = self.apis[server].call(path, absent=[404, 410])
            except NoAnswer as lost:
                gone = gone or {"id": local, "uri": post.id, "http_status": lost.status}
                continue
            for _, record in _public(_statuses(answer, "")):
                if record.id == post.id:
                    return _again(record, server)
            can_tell = False
        if gone is None or not can_tell:
            return None
        return Record(msgspec.json.encode(gone), post.id, None, MISSING)

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell a call that wants a token from a token that has expired: none was given here."""
        url = urlsplit(response.url or "")
        wants = {401, 403, 422} if "/timelines/" in url.path else {401, 403}
        is_batch = url.path.endswith(_STATUSES)
        if response.status_code not in wants or is_batch or _has_token(response):
            return None
        text = (
            f"{url.netloc}{url.path} answered {response.status_code}: the server shows this to who "
            "has a token only. Make one there, and write it in `tokens` of the connection's extra."
        )
        return Stop(RunState.AUTH_EXPIRED, text, whole_server=False)


def _has_token(response: Response) -> bool:
    return "Authorization" in response.request.headers


def _server(query: str) -> str:
    """Return the server of a query such as hashtag:x@server or account:user@home."""
    return query.rpartition("@")[2]


def _again(record: Record, server: str) -> Record:
    """Return a record that says on which server it was read again."""
    return replace(record, query=f"{REREAD}@{server}")


def _statuses(answer: Answer, place: str) -> list[_Found]:
    """Return the statuses at a place of an answer, each as its server names it, and its record."""
    records = answer.records(place, _Status)
    found = [(decoded(record, _Local), record) for record in records]
    if len(found) > 1 and not _known(found):
        # more than one bad item: then it is the answer
        raise Stop(RunState.FAILED, f"{answer.url}: no status can be read", whole_server=False)
    return found


def _is_before(found: _Found, when: datetime) -> bool:
    """Return whether a status was made before a moment; one that does not say when was not."""
    made = moment(found[0].created_at) if found[0] is not None else None
    return made is not None and parse(made) < when


def _known(found: Sequence[_Found]) -> list[_Local]:
    """Return those that could be read: the others land, but name no place to go on from."""
    return [status for status, _ in found if status is not None]


def _public(found: Sequence[_Found]) -> list[_Found]:
    """Return the statuses that everybody may read, as a token shows others, too.

    One that can't be read lands for staging to tell of, unless it says that it is none of these.
    """
    return [
        (status, record)
        for status, record in found
        if (_visibility_of(record) if status is None else status.visibility) in PUBLIC
    ]


def _visibility_of(unreadable: Record) -> Any:
    said = decoded(unreadable, dict[str, Any])
    return said.get("visibility", "public") if said is not None else "public"


def _shown(found: Sequence[_Found], path: str) -> list[Record]:
    """Return the records of public statuses, but those of accounts that ask not to be found.

    An account that works with us is read by its name: then it was not found, it was asked for.
    """
    is_asked = "/accounts/" in path
    return [
        record
        for status, record in _public(found)
        if is_asked or status is None or status.account is None or not status.account.noindex
    ]
