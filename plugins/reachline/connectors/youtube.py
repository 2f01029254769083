"""YouTube: the Data API v3, https://developers.google.com/youtube/v3/docs.

A search goes from the newest video back to where the last one began. It ends after 500 results
however many there are, and a page token may expire or repeat: then it goes on with what is older
than the last video that was seen. Videos and channels are asked for by id, 50 a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

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
from reachline.connectors.http import Answer, Api, Charge, Head, cut
from reachline.connectors.interests import Interests
from reachline.connectors.quota import Quota
from reachline.connectors.redact import Redactor

IDS = PAGE = 50
FULL = 450
"""A search that gave so many has come near its end of 500, and is gone on with by time."""
OVERLAP = timedelta(days=1)
"""A video may be found, or made public, so much later than it was published."""
_SEARCH, _UNIT = [Charge("search")], [Charge("units")]
_VIDEO = "snippet,contentDetails,statistics,status,paidProductPlacementDetails"
_CHANNEL = "snippet,contentDetails,statistics,status"
_STATES = {
    RunState.QUOTA_EXHAUSTED: ("quotaExceeded", "dailyLimitExceeded"),
    RunState.RATE_LIMITED: ("rateLimitExceeded", "userRateLimitExceeded"),
    RunState.AUTH_EXPIRED: (
        *("API_KEY_INVALID", "keyInvalid", "keyExpired", "authError", "forbidden"),
        *("accessNotConfigured", "ipRefererBlocked"),
    ),
}
"""What the reasons of https://developers.google.com/youtube/v3/docs/errors mean."""


class _VideoId(msgspec.Struct):
    videoId: str  # noqa: N815 - the platform's name

    def __str__(self) -> str:
        return self.videoId


class _Snippet(msgspec.Struct):
    publishedAt: str  # noqa: N815
    channelId: str | None = None  # noqa: N815


class _Item(Head):
    id: str
    snippet: _Snippet

    @property
    def at(self) -> str:
        return self.snippet.publishedAt


class _Found(_Item):
    id: _VideoId  # type: ignore[assignment]


class _Upload(_Item):
    contentDetails: _VideoId  # noqa: N815


class YouTube(Connector):
    """Searches, uploads of the roster and the brands, and the videos and channels of both."""

    source = "youtube"
    reread = Reread("videos", batch=IDS)

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the two buckets of a day in California: searches, and units for all else."""
        zone = "America/Los_Angeles"
        yield Quota("search", "calls", Decimal(options.searches_a_day), zone=zone)
        yield Quota("units", "units", Decimal(options.units_a_day), zone=zone)

    def open(self, make: Callable[..., Api], redactor: Redactor) -> None:
        """Ask with the API key of the connection's password, in a header."""
        key = self.connection.need(self.source, "password")
        self.api = make(
            self.connection.base_url("https://www.googleapis.com"),
            auth=APIKeyAuth(name="X-Goog-Api-Key", api_key=key, location="header"),
        )
        self._profiles: dict[str, Answer] = {}
        self._told: set[str] = set()

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for videos by hashtag, keyword and mention, and for accounts by handle."""
        for tag in interests.hashtags:
            yield Query("search_results", f"hashtag:{tag}", about={"q": f"#{tag}"})
        for word in interests.keywords:
            yield Query("search_results", f"keyword:{word}", about={"q": f'"{word}"'})
        for handle in interests.mentions:
            yield Query("search_results", f"mention:{handle}", about={"q": f"@{handle}"})
        for account in interests.accounts:
            by = {"forHandle": account.handle}
            yield Query("channels", f"account:{account.handle}", once=False, about=by)
            yield Query("playlist_items", f"account:{account.handle}", about=by)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search, a channel, or the uploads of a channel."""
        if query.stream == "search_results":
            yield from self._search(query, cursor, window)
        elif query.stream == "channels":
            if found := cut(self._profile(query), "items[*]", _Item):
                yield Page(found, None)
        elif items := self._profile(query).json().get("items"):
            playlist = items[0]["contentDetails"]["relatedPlaylists"].get("uploads")
            if playlist:
                yield from self._uploads(playlist, cursor, window)

    def _search(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what was published in `after`…`before`; `until` is where the next search begins."""
        if cursor is None or "until" not in cursor:
            after = parse(cursor["after"]) - OVERLAP if cursor else window.first
            now = iso(window.now.replace(microsecond=0))
            cursor = {
                "after": iso(after.replace(microsecond=0)),
                "before": now,
                "until": now,
                "page": None,
                "seen": 0,
            }
        asked = {"part": "snippet", "type": "video", "order": "date", **query.about}
        done = False
        while not done:
            begin = {"publishedAfter": cursor["after"], "publishedBefore": cursor["before"]}
            for answer, following in self._pages(
                "search", {**asked, **begin}, cursor["page"], _SEARCH
            ):
                found = cut(answer, "items[*]", _Found)
                cursor = {**cursor, "page": following, "seen": cursor["seen"] + len(found)}
                if found and found[-1].at:
                    cursor["oldest"] = iso(parse(found[-1].at) + timedelta(seconds=1))
                done = following is None and cursor["seen"] < FULL
                new = {"after": cursor["until"]} if done else cursor
                yield Page([*found, *self._details([record.id for record in found])], new)
            if not done:
                # so many were read, or the token is of no use any more
                oldest = cursor.get("oldest", cursor["before"])
                done = oldest == cursor["before"] and cursor["page"] is None
                cursor = {**cursor, "before": oldest, "page": None, "seen": 0}
                yield Page([], {"after": cursor["until"]} if done else cursor)

    def _uploads(self, playlist: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read from the newest upload back to `after`; `newest` is where the next time ends."""
        if cursor is None or "newest" not in cursor:
            after = parse(cursor["after"]) - OVERLAP if cursor else window.first
            cursor = {"after": iso(after), "newest": None, "page": None}
        asked = {"part": "snippet,contentDetails,status", "playlistId": playlist}
        for answer, following in self._pages("playlistItems", asked, cursor["page"], _UNIT):
            items = msgspec.convert(answer.json().get("items") or [], list[_Upload])
            times = [parse(item.snippet.publishedAt) for item in items]
            keep = [at >= parse(cursor["after"]) for at in times]
            records = [r for r, k in zip(cut(answer, "items[*]", _Upload), keep, strict=True) if k]
            newest = cursor["newest"] or (iso(max(times)) if times else cursor["after"])
            cursor = {**cursor, "newest": newest, "page": following}
            is_last = following is None or (bool(keep) and not keep[-1])
            ids = [str(i.contentDetails) for i, k in zip(items, keep, strict=True) if k]
            new = {"after": newest} if is_last else cursor
            yield Page([*records, *self._details(ids)], new)
            if is_last:
                return
        if cursor["page"] is None:  # a channel without uploads has no playlist
            return
        yield Page([], {"after": cursor["after"], "newest": None, "page": None})
        raise Stop(
            RunState.FAILED,
            "the page to go on with is unknown to the platform, or the one just read; the next "
            "run reads these uploads from the newest on",
            whole_server=False,
        )

    def _pages(
        self, what: str, asked: dict[str, Any], page: str | None, charge: Sequence[Charge]
    ) -> Iterator[tuple[Answer, str | None]]:
        """Yield answers, each with the token of the next; none where it has expired or is none."""
        params = {**asked, "maxResults": str(PAGE), **({"pageToken": page} if page else {})}
        paginator = JSONResponseCursorPaginator("nextPageToken", cursor_param="pageToken")
        for found in self.api.pages(
            f"/youtube/v3/{what}", params, paginator=paginator, charge=charge, accept=[400, 404]
        ):
            answer = cast(Answer, found.response)
            if answer.status_code == 200:
                following = cast(dict[str, str | None], found.request.params).get("pageToken")
                yield answer, following
            elif answer.status_code == 400 and "invalidPageToken" not in _reasons(answer):
                text = f"{what}: {answer.json()['error'].get('message')}"
                raise Stop(RunState.FAILED, text, whole_server=False)

    def _profile(self, query: Query) -> Answer:
        """Return the channel of an account, asked for once a run."""
        if query.text not in self._profiles:
            params = {"part": _CHANNEL, **query.about}
            answer = self.api.call("/youtube/v3/channels", params, charge=_UNIT)
            self._profiles[query.text] = answer
            self._told.update(record.id for record in cut(answer, "items[*]"))
        return self._profiles[query.text]

    def _details(self, ids: Sequence[str]) -> list[Record]:
        """Return videos by id, and their channels, each of these once a run."""
        if not ids:
            return []
        params = {"part": _VIDEO, "id": ",".join(ids)}
        answer = self.api.call("/youtube/v3/videos", params, charge=_UNIT)
        items = msgspec.convert(answer.json().get("items") or [], list[_Item])
        channels = {item.snippet.channelId: None for item in items if item.snippet.channelId}
        new = [channel for channel in channels if channel not in self._told]
        records = cut(answer, "items[*]", _Item, stream="videos")
        if new:
            params = {"part": _CHANNEL, "id": ",".join(new), "maxResults": str(IDS)}
            answer = self.api.call("/youtube/v3/channels", params, charge=_UNIT)
            records += cut(answer, "items[*]", _Item, stream="channels")
            self._told.update(new)
        return records

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for videos by id; one that is left out, also alone with others, is gone."""
        missing = [post.id for post in posts]
        for _ in range(2):
            found = self._details(missing)
            yield from found
            here = {record.id for record in found}
            missing = [video for video in missing if video not in here]
        for video in missing:
            yield Record(msgspec.json.encode({"id": video}), video, None, MISSING)

    def judge(self, response: Response) -> Stop | None:
        """Tell a quota that is used up, and a key that is refused, by the reason in the body."""
        if response.status_code < 400:
            return None
        reasons = _reasons(response)
        for state, those in _STATES.items():
            if reasons & set(those):
                text = f"YouTube answered {response.status_code}: {', '.join(sorted(reasons))}"
                # the other bucket may have room
                return Stop(state, text, whole_server=state != RunState.QUOTA_EXHAUSTED)
        return None


def _reasons(response: Response) -> set[str]:
    try:
        error = response.json()["error"]
        told = [*error.get("errors", ()), *error.get("details", ())]
        return {str(one["reason"]) for one in told if "reason" in one}
    except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError):
        return set()
