"""Bluesky: the AT Protocol's app.bsky, https://docs.bsky.app/docs/api/.

Searches and feeds are read from the newest post back. A search's cursor is a number that every post
made or deleted meanwhile shifts, so searches go on by time: `until` the oldest post that was seen.
A server may ignore a filter; what a search gives is held against what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import PreparedRequest, Response
from requests.auth import AuthBase

from reachline.configuration.models import normalize
from reachline.connectors.base import (
    MISSING,
    Connector,
    Known,
    Page,
    Query,
    Record,
    Reread,
    RunState,
    Stop,
    Window,
)
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer, Api, Head, RateHeaders, cut
from reachline.connectors.interests import Account, Interests
from reachline.connectors.redact import Redactor

PAGE, IDS = 100, 25
OVERLAP = timedelta(days=1)
"""A post may be indexed so much later than it says that it was made."""
_INSTANT = timedelta(milliseconds=1)
_RATE = RateHeaders("RateLimit-Remaining", "RateLimit-Reset", "epoch")
_REFUSED = ("ExpiredToken", "InvalidToken", "AuthMissing", "AccountTakedown", "AccountDeactivated")


class _Post(Head, rename={"id": "uri", "indexed": "indexedAt"}):
    id: str
    indexed: str
    record: dict[str, Any]

    @property
    def at(self) -> str:
        """Return when it was made, as searches sort: an author can't claim a later time."""
        try:
            return iso(min(parse(self.record["createdAt"]), parse(self.indexed)))
        except (KeyError, TypeError, ValueError):
            return self.indexed


class _Author(msgspec.Struct):
    did: str


class _Found(msgspec.Struct):
    author: _Author
    record: dict[str, Any]


class _Entry(msgspec.Struct):
    reason: Any = None


class _Profile(Head, rename={"id": "did"}):
    id: str
    handle: str


class Bluesky(Connector):
    """Searches, the posts and profiles of the roster and the brands, and profiles of who posts."""

    source = "bluesky"
    reread = Reread("posts", batch=IDS)

    def open(self, make: Callable[..., Api], redactor: Redactor) -> None:
        """Log in once, with the handle and app password of the connection."""
        login = self.connection.need(self.source, "login")
        password = self.connection.need(self.source, "password")
        base = self.connection.base_url("https://bsky.social")
        session = _Session(make(base, rate=_RATE), redactor, login, password)
        self.api = make(base, auth=session, rate=_RATE)
        self._accounts: tuple[Account, ...] = ()
        self._profiles: dict[str, Record | None] = {}
        self._told: set[str] = set()

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for posts by hashtag, mention and keyword, and for accounts by handle."""
        self._accounts = interests.accounts
        for tag in interests.hashtags:
            yield Query("posts", f"hashtag:{tag}", about={"q": f"#{tag}", "tag": tag})
        for handle in interests.mentions:
            asked = {"q": f"mentions:{handle}", "mentions": handle}
            yield Query("posts", f"mention:{handle}", about=asked)
        for word in interests.keywords:
            phrase = word.replace('"', " ")
            yield Query("posts", f"keyword:{word}", about={"q": f'"{phrase}"'})
        for account in interests.accounts:
            text, about = f"account:{account.handle}", {"actor": account.handle}
            yield Query("profiles", text, once=False, about=about)
            yield Query("posts", text, about=about)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search or a feed back to where the last run began, or a profile once."""
        if "q" in query.about:
            yield from self._search(query, cursor, window)
            return
        profile = self._profile(query.about["actor"])
        if profile is None:
            return
        if query.stream == "profiles":
            yield Page([profile], None)
        else:
            yield from self._feed(profile.id, cursor, window)

    def _search(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what was made in `after`…`until`; the next search begins at `next`."""
        cursor = _begun(cursor, window)
        asked = {**query.about, "sort": "latest", "limit": PAGE, "since": cursor["after"]}
        page: str | None = None
        while True:
            place = {"until": cursor["until"], **({"cursor": page} if page else {})}
            answer = self._get("feed.searchPosts", {**asked, **place})
            found = cut(answer, "posts[*]", _Post)
            posts = msgspec.convert(answer.json()["posts"], list[_Found])
            keep = [self._is_asked(query, post) for post in posts]
            following = answer.json().get("cursor")
            oldest = min((parse(r.at) for r in found if r.at), default=None)
            is_last = not following or (oldest is not None and oldest < parse(cursor["after"]))
            before = cursor["until"]
            if oldest is not None and oldest + _INSTANT < parse(before):
                cursor = {**cursor, "until": iso(oldest + _INSTANT)}
            authors = [post.author.did for post, wanted in zip(posts, keep, strict=True) if wanted]
            records = [record for record, wanted in zip(found, keep, strict=True) if wanted]
            end = {"after": cursor["next"]} if is_last else dict(cursor)
            yield Page([*records, *self._authors(authors)], end)
            if is_last:
                return
            if cursor["until"] != before:
                page = None
            elif following == page:
                raise _circle("searchPosts")
            else:
                page = following

    def _feed(self, did: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read an author's own posts; what they repost is not theirs."""
        cursor = {"page": None, **_begun(cursor, window)}
        asked = {"actor": did, "limit": PAGE, "filter": "posts_with_replies"}
        while True:
            place = {"cursor": cursor["page"]} if cursor["page"] else {}
            answer = self._get("feed.getAuthorFeed", {**asked, **place})
            entries = msgspec.convert(answer.json()["feed"], list[_Entry])
            records = [
                record
                for record, entry in zip(cut(answer, "feed[*].post", _Post), entries, strict=True)
                if entry.reason is None
            ]
            after, following = parse(cursor["after"]), answer.json().get("cursor")
            is_last = not following or any(r.at and parse(r.at) < after for r in records)
            recent = [r for r in records if r.at is None or parse(r.at) >= after]
            if not is_last and following == cursor["page"]:
                yield Page(recent, {**cursor, "page": None})
                raise _circle("getAuthorFeed")
            cursor = {**cursor, "page": following}
            yield Page(recent, {"after": cursor["next"]} if is_last else dict(cursor))
            if is_last:
                return

    def _is_asked(self, query: Query, post: _Found) -> bool:
        """Hold a post against what a search was to filter by."""
        said = normalize(msgspec.json.encode(post.record).decode().replace("\\n", " "))
        if "tag" in query.about:
            tag = query.about["tag"]
            tags = [*_features(post.record, "tag"), *(post.record.get("tags") or ())]
            return tag in map(normalize, tags) or _holds(said, f"#{tag}")
        if "mentions" in query.about:
            handle = query.about["mentions"]
            profile = self._profile(handle)
            is_marked = profile is not None and profile.id in _features(post.record, "did")
            return is_marked or _holds(said, f"@{handle}")
        return _words(query.text.partition(":")[2]) in _words(said)

    def _authors(self, dids: Sequence[str]) -> list[Record]:
        """Return the profiles of those who posted, each once a run."""
        new = [did for did in dict.fromkeys(dids) if did not in self._told]
        records = []
        for start in range(0, len(new), IDS):
            records += self._ask_profiles(new[start : start + IDS], stream="profiles")
        self._told.update(new)
        return records

    def _profile(self, actor: str) -> Record | None:
        """Return the profile of an account of ours; all are asked for at once, 25 a call."""
        if actor not in self._profiles:
            known = dict.fromkeys([actor, *(account.handle for account in self._accounts)])
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
        answer = self._get("actor.getProfiles", {"actors": list(actors)}, accept=[400])
        if answer.status_code == 200:
            return cut(answer, "profiles[*]", _Profile, stream=stream)
        if len(actors) == 1:
            return []
        return [record for actor in actors for record in self._ask_profiles([actor], stream)]

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for posts by URI; one that is left out, also of a second answer, is gone."""
        missing = [post.id for post in posts]
        for _ in range(2):
            if missing:
                found = cut(self._get("feed.getPosts", {"uris": missing}), "posts[*]", _Post)
                yield from found
                here = {record.id for record in found}
                missing = [uri for uri in missing if uri not in here]
        for uri in missing:
            yield Record(msgspec.json.encode({"uri": uri}), uri, None, MISSING)

    def _get(self, name: str, params: Mapping[str, Any], accept: Sequence[int] = ()) -> Answer:
        return self.api.call(f"/xrpc/app.bsky.{name}", params, accept=accept)

    def judge(self, response: Response) -> Stop | None:
        """Tell a token that is refused by the error's name: its status is that of any mistake."""
        error = _error(response)
        if error not in _REFUSED:
            return None
        text = f"Bluesky answered {response.status_code} {error}: renew the app password"
        return Stop(RunState.AUTH_EXPIRED, text)


class _Session(AuthBase):
    """A session, made once; its access token lives two hours, and is renewed when it expires."""

    def __init__(self, api: Api, redactor: Redactor, login: str, password: str) -> None:
        self._api, self._redactor = api, redactor
        self._ask("createSession", json={"identifier": login, "password": password})

    def _ask(self, call: str, **options: Any) -> None:
        path = f"/xrpc/com.atproto.server.{call}"
        tokens = self._api.call(path, method="POST", **options).json()
        self._access, self._refresh = str(tokens["accessJwt"]), str(tokens["refreshJwt"])
        self._redactor.learn(self._access, self._refresh)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._access}"
        request.register_hook("response", self._renewed)
        return request

    def _renewed(self, response: Response, **options: Any) -> Response:
        """Ask again with a new token what was refused for an old one."""
        if response.status_code not in (400, 401) or _error(response) != "ExpiredToken":
            return response
        self._ask("refreshSession", auth=BearerTokenAuth(self._refresh))
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {self._access}"
        answer: Response = response.connection.send(again, **options)
        return answer


def _begun(cursor: Any, window: Window) -> dict[str, Any]:
    """Return a cursor of a window that is being read: one left half way, or a new one."""
    if cursor is not None and "next" in cursor:
        return dict(cursor)
    after = parse(cursor["after"]) - OVERLAP if cursor else window.first
    return {"after": iso(after), "until": iso(window.now), "next": iso(window.now)}


def _names(profile: _Profile) -> tuple[str, str]:
    return profile.id, normalize(profile.handle)


def _features(record: Mapping[str, Any], name: str) -> list[str]:
    """Return what a post's text is marked with: `tag` of hashtags, `did` of mentions."""
    facets = record.get("facets") or ()
    found = (feature.get(name) for facet in facets for feature in facet.get("features", ()))
    return [value for value in found if isinstance(value, str)]


def _holds(text: str, mark: str) -> bool:
    return re.search(rf"{re.escape(mark)}(?!\w)", text) is not None


def _words(text: str) -> str:
    """Return a text without what stands between its words: searches pass over it, too."""
    return re.sub(r"[\W_]+", " ", text).strip()


def _circle(call: str) -> Stop:
    text = f"{call} names the page again that was just read; the next run goes on from there"
    return Stop(RunState.FAILED, text, whole_server=False)


def _error(response: Response) -> str | None:
    if response.status_code < 400:
        return None
    try:
        return str(response.json().get("error"))
    except (msgspec.DecodeError, ValueError, AttributeError):
        return None
