"""Bluesky: the AT Protocol's app.bsky, https://docs.bsky.app/docs/api/.

Searches and feeds are read from the newest post back. A search's cursor is a number that every post
made or deleted meanwhile shifts, so searches go on by time: `until` the oldest post that was seen.
A server may ignore a filter; what a search gives is held against what was asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import compress
from typing import Any, ClassVar

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import Response

from reachline.configuration.fields import lower, normalize
from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Absent, Answer, RateHeaders
from reachline.connectors.interests import Account, Interests
from reachline.connectors.logins import OAuthLogin
from reachline.connectors.paging import ask_all, made_since, newest_first
from reachline.connectors.records import RecordKey
from reachline.connectors.types import (
    UNANSWERED,
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

PAGE, IDS = 100, 25
OVERLAP = timedelta(days=1)
"""A post may be indexed so much later than it says that it was made."""
_INSTANT = timedelta(milliseconds=1)
_SERVER = "/xrpc/com.atproto.server"
_PROFILE = "actor.getProfile"
_BLOCKED = ("BlockedActor", "BlockedByActor")
_DEACTIVATED, _TAKEN_DOWN = "AccountDeactivated", "AccountTakedown"
_REFUSED = ("ExpiredToken", "InvalidToken", "AuthMissing", _DEACTIVATED, _TAKEN_DOWN)


class _Post(RecordKey, rename={"id": "uri", "indexed": "indexedAt"}):
    id: str
    indexed: str
    record: dict[str, Any]

    @property
    def at(self) -> datetime | str:
        """Return when it was made, as searches sort: an author can't claim a later time."""
        try:
            return min(parse(self.record["createdAt"]), parse(self.indexed))
        except (KeyError, TypeError, ValueError):
            return self.indexed


class _Entry(msgspec.Struct):
    reason: Any = None


class _More(msgspec.Struct):
    """What names the page after one."""

    cursor: str | None = None


class _Feed(_More, kw_only=True):
    feed: list[_Entry]


class _Profile(RecordKey, rename={"id": "did"}):
    id: str
    handle: str


class _Viewer(msgspec.Struct, frozen=True, rename="camel"):
    """How an account stands to the one that reads."""

    blocked_by: bool = False
    blocking: Any = None
    blocking_by_list: Any = None

    @property
    def is_blocked(self) -> bool:
        return bool(self.blocked_by or self.blocking or self.blocking_by_list)


class _Viewed(msgspec.Struct):
    viewer: _Viewer = _Viewer()


class Bluesky(Connector):
    """Searches, the posts and profiles of the roster and the brands, and profiles of who posts."""

    source = "bluesky"
    reread = Reread("posts", batch=IDS, id_name="uri")
    owners: ClassVar = {
        "posts": Owner(ids=("author.did",), handles=("author.handle",)),
        "profiles": Owner(ids=("did",), handles=("handle",)),
    }
    kept_when_gone: ClassVar = {
        "posts": (
            *("uri", "cid", "author.did", "indexedAt", "record.createdAt", "likeCount"),
            *("replyCount", "repostCount", "quoteCount", "bookmarkCount"),
        )
    }
    rate = RateHeaders("RateLimit-Remaining", "RateLimit-Reset", "epoch")

    def open(self) -> None:
        """Log in once, with the handle and app password of the connection."""
        login = self.connection.need(self.source, "login")
        password = self.connection.need(self.source, "password")
        base = self.connection.base_url("https://bsky.social")
        self.server = self.api(base, auth=_Session(self.api(base), _SERVER, login, password))
        self._accounts: tuple[Account, ...] = ()
        self._dids: dict[str, str] = {}
        self._profiles: dict[str, Record | None] = {}
        self._landed_authors: set[str] = set()

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for posts by hashtag, mention and keyword, and for accounts.

        An account is asked for by its DID once that is known: in an outage, or while its owner
        moves it to another domain, a handle leads to nobody.
        """
        self._accounts = interests.accounts
        self._dids = {a.handle: a.id for a in interests.accounts if a.id}
        for tag in interests.hashtags:
            yield Query("posts", f"hashtag:{tag}", about={"q": f"#{tag}", "tag": tag})
        for handle in interests.mentions:
            name = self._name(handle)
            asked = {"q": f"mentions:{handle}", "mentions": name}
            yield Query("posts", f"mention:{handle}", about=asked)
        for word in interests.keywords:
            phrase = word.replace('"', " ")
            yield Query("posts", f"keyword:{word}", about={"q": f'"{phrase}"'})
        for account in interests.accounts:
            text, about = f"account:{account.handle}", {"actor": self._name(account.handle)}
            yield Query("profiles", text, once=False, about=about)
            yield Query("posts", text, about=about)

    def _name(self, handle: str) -> str:
        return self._dids.get(handle, handle)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search or a feed back to where the last run began, or a profile once."""
        if "q" in query.about:
            yield from self._search(query, cursor, window)
            return
        profile = self._profile(query.about["actor"])
        if profile is None:
            self._profile_alone(query.about["actor"])
            raise not_found("Bluesky", query.about["actor"])
        if query.stream == "profiles":
            yield Page([profile], None)
        else:
            yield from self._feed(profile.id, cursor, window)

    def _search(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what was made in `after`…`until`; the next search begins at `next`."""
        cursor = _search_window(cursor, window)
        asked = {**query.about, "sort": "latest", "limit": PAGE, "since": cursor["after"]}
        page: str | None = None
        while True:
            place = {"until": cursor["until"], **({"cursor": page} if page else {})}
            answer = self._get("feed.searchPosts", {**asked, **place})
            found = answer.records("posts[*]", _Post, is_required=True)
            keep = [record.key is None or self._is_asked(query, record.key) for record in found]
            following = answer.read(_More).cursor
            oldest = min((parse(r.at) for r in found if r.at), default=None)
            is_last = not following or (oldest is not None and oldest < parse(cursor["after"]))
            before = cursor["until"]
            if oldest is not None and oldest + _INSTANT < parse(before):
                cursor = {**cursor, "until": iso(oldest + _INSTANT)}
            records = list(compress(found, keep))
            authors = [_author(record.id) for record in records if record.key is not None]
            end = {"after": cursor["next"]} if is_last else dict(cursor)
            yield Page([*records, *self._authors(authors)], end)
            if is_last:
                return
            if cursor["until"] != before:
                page = None
            elif following == page:
                text = "searchPosts names the page again that was just read; the next run goes on"
                raise Stop(RunState.FAILED, text, whole_server=False)
            else:
                page = following

    def _feed(self, did: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read an author's own posts; what they repost is not theirs."""
        cursor = {"page": None, **_search_window(cursor, window)}
        asked = {"actor": did, "limit": PAGE, "filter": "posts_with_replies"}
        after = parse(cursor["after"])

        def ask(page: str | None) -> tuple[list[Record], str | None]:
            params = {**asked, "cursor": page} if page else asked
            answer = self._get("feed.getAuthorFeed", params)
            feed = answer.read(_Feed)
            posts = zip(answer.records("feed[*].post", _Post), feed.feed, strict=True)
            return [post for post, entry in posts if entry.reason is None], feed.cursor

        for posts, place in newest_first(ask, after, page=cursor["page"]):
            cursor = {**cursor, "page": None if place.is_circle else place.page}
            end = {"after": cursor["next"]} if place.is_end else cursor
            yield Page(made_since(posts, after), end)

    def _is_asked(self, query: Query, post: _Post) -> bool:
        """Hold a post against what a search was to filter by."""
        if "tag" in query.about:
            tag = query.about["tag"]
            tags = [*_features(post.record, "tag"), *(post.record.get("tags") or ())]
            return tag in map(normalize, tags) or _contains(_said(post), f"#{tag}")
        if "mentions" in query.about:
            handle = query.text.partition(":")[2]
            profile = self._profile(query.about["mentions"])
            did = self._dids.get(handle) or (profile and profile.id)
            return did in _features(post.record, "did") or _contains(_said(post), f"@{handle}")
        return _words(query.text.partition(":")[2]) in _words(_said(post))

    def _authors(self, dids: Sequence[str]) -> list[Record]:
        """Return the profiles of those who posted, each once a run."""
        new = [did for did in dict.fromkeys(dids) if did not in self._landed_authors]
        records = []
        for start in range(0, len(new), IDS):
            records += self._ask_profiles(new[start : start + IDS], stream="profiles")
        self._landed_authors.update(new)
        return records

    def _profile(self, actor: str) -> Record | None:
        """Return the profile of an account of ours; all are asked for at once, 25 a call."""
        if actor not in self._profiles:
            known = dict.fromkeys([actor, *(self._name(a.handle) for a in self._accounts)])
            wanted = [name for name in known if name not in self._profiles]
            for start in range(0, len(wanted), IDS):
                actors = wanted[start : start + IDS]
                found = self._ask_profiles(actors)
                named = {
                    name: record
                    for record in found
                    for name in _names(msgspec.json.decode(record.raw, type=_Profile))
                }
                self._profiles.update({name: named.get(name) for name in actors})
        return self._profiles[actor]

    def _ask_profiles(self, actors: Sequence[str], stream: str | None = None) -> list[Record]:
        """Return profiles; where one name spoils the call, each is asked for alone."""

        def ask(some: Sequence[str]) -> list[Record]:
            answer = self._get("actor.getProfiles", {"actors": list(some)}, absent=[400])
            return answer.records("profiles[*]", _Profile, stream=stream)

        return ask_all(ask, actors)

    def _profile_alone(self, actor: str) -> None:
        """Ask why no list of profiles has this one.

        Raises Stop with feed_disabled where its owner has deactivated it, and may come back.
        """
        with suppress(NoAnswer):
            self._get(_PROFILE, {"actor": actor}, absent=[400])

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by URI.

        What a block hides, either way, or an account that is deactivated, is not told of.
        """
        answer = self._get("feed.getPosts", {"uris": [post.id for post in posts]})
        found = answer.records("posts[*]", _Post)
        yield from found
        told = {record.id for record in found}
        left = {post.id: _author(post.id) for post in posts if post.id not in told}
        if not left:
            return
        authors = dict.fromkeys(left.values())
        profiles = {profile.id: profile for profile in self._ask_profiles(list(authors))}
        hidden = {author for author in authors if self._is_hidden(author, profiles.get(author))}
        for uri, author in left.items():
            if author in hidden:
                yield Record(b"{}", uri, None, UNANSWERED)

    def _is_hidden(self, author: str, profile: Record | None) -> bool:
        """Return whether posts that are not shown to us may stand all the same."""
        if profile is not None:
            return msgspec.json.decode(profile.raw, type=_Viewed).viewer.is_blocked
        try:
            self._profile_alone(author)
        except Stop as stop:
            if stop.state != RunState.FEED_DISABLED:
                raise
            return True
        return False

    def _get(self, name: str, params: Mapping[str, Any], absent: Absent = ()) -> Answer:
        return self.server.call(f"/xrpc/app.bsky.{name}", params, absent=absent)

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell by an error's name what its status, that of any mistake, does not."""
        error = _error(response)
        if error in _BLOCKED:
            text = "the account blocks the one that reads, or is blocked by it: read with another"
            return Stop(RunState.FEED_DISABLED, text, whole_server=False)
        is_of_account = response.url.partition("?")[0].endswith(_PROFILE)
        if is_of_account and error == _DEACTIVATED:
            text = "the account is deactivated: what it posted is hidden until its owner is back"
            return Stop(RunState.FEED_DISABLED, text, whole_server=False)
        if error not in _REFUSED or (is_of_account and error == _TAKEN_DOWN):
            return None
        text = f"Bluesky answered {response.status_code} {error}: renew the app password"
        return Stop(RunState.AUTH_EXPIRED, text)


class _Session(OAuthLogin):
    """A session, made once; its access token lives two hours, and is renewed when it expires."""

    refresh_token = ""

    def obtain_token(self) -> None:
        """Make the session, or renew it."""
        if self.refresh_token:
            renewal = {"auth": BearerTokenAuth(self.refresh_token)}
            tokens = self._ask("refreshSession", **renewal)
        else:
            login = {"identifier": self.client_id, "password": self.client_secret}
            tokens = self._ask("createSession", json=login)
        self.refresh_token = str(tokens["refreshJwt"])
        self.keep(str(tokens["accessJwt"]), self.refresh_token)

    def _ask(self, call: str, **options: Any) -> Any:
        path = f"{self.access_token_url}.{call}"
        return self.api.call(path, method="POST", **options).json()

    def is_refused(self, response: Response) -> bool:
        """Return whether the access token has expired."""
        return response.status_code in (400, 401) and _error(response) == "ExpiredToken"


def _search_window(cursor: Any, window: Window) -> dict[str, Any]:
    """Return a cursor of a window that is being read: one left half way, or a new one."""
    if cursor is not None and "next" in cursor:
        return dict(cursor)
    after = parse(cursor["after"]) - OVERLAP if cursor else window.first
    return {"after": iso(after), "until": iso(window.now), "next": iso(window.now)}


def _names(profile: _Profile) -> tuple[str, str]:
    return profile.id, normalize(profile.handle)


def _author(uri: str) -> str:
    """Return the DID of a post's author."""
    return uri.removeprefix("at://").partition("/")[0]


def _features(record: Mapping[str, Any], name: str) -> list[str]:
    """Return what a post's text is marked with: `tag` of hashtags, `did` of mentions."""
    facets = record.get("facets")
    if not facets:
        return []
    found = (feature.get(name) for facet in facets for feature in facet.get("features", ()))
    return [value for value in found if isinstance(value, str)]


def _said(post: _Post) -> str:
    """Return all that a post says, its links too, as it is compared."""
    text = msgspec.json.encode(post.record).decode().replace("\\n", " ")
    return lower(text if text.isascii() else unicodedata.normalize("NFC", text))


@cache
def _ending(mark: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(mark)}(?!\w)")


def _contains(text: str, mark: str) -> bool:
    return mark in text and _ending(mark).search(text) is not None


def _words(text: str) -> str:
    """Return a text without what stands between its words: searches pass over it, too."""
    return re.sub(r"[\W_]+", " ", text).strip()


def _error(response: Response) -> str | None:
    try:
        return str(response.json().get("error"))
    except (msgspec.DecodeError, ValueError, AttributeError):
        return None
