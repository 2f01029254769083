"""YouTube: the Data API v3, https://developers.google.com/youtube/v3/docs.

A search goes from the newest video back to where the last one began. It ends after 500 results
however many there are, and a page token may expire or repeat: then it goes on with what is older
than the last video that was seen. Videos and channels are asked for by id, 50 a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Absent, Answer
from reachline.connectors.interests import Interests
from reachline.connectors.paging import made_since, newest_first
from reachline.connectors.quota import Charge, Quota
from reachline.connectors.records import RecordKey, decoded, readable
from reachline.connectors.types import (
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

IDS = PAGE = 50
FULL = 450
"""A search that gave so many has come near its end of 500, and is gone on with by time."""
OVERLAP = timedelta(days=1)
"""A video may be found, or made public, so much later than it was published."""
_SEARCH, _UNIT = [Charge("search")], [Charge("units")]
_VIDEO = "snippet,contentDetails,statistics,status,liveStreamingDetails,paidProductPlacementDetails"
_CHANNEL = "snippet,contentDetails,statistics,status"
_STATES = {
    RunState.QUOTA_EXHAUSTED: ("quotaExceeded", "dailyLimitExceeded"),
    RunState.RATE_LIMITED: ("rateLimitExceeded", "userRateLimitExceeded"),
    RunState.AUTH_EXPIRED: (
        *("API_KEY_INVALID", "keyInvalid", "keyExpired", "authError"),
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


class _Item(RecordKey):
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
    keeps_for_days = 30  # Developer Policies III.E.4.d: refresh or delete
    owners: ClassVar = {
        "videos": Owner(ids=("snippet.channelId",)),
        "search_results": Owner(ids=("snippet.channelId", "id.channelId")),
        "playlist_items": Owner(ids=("snippet.videoOwnerChannelId",)),
        "channels": Owner(ids=("id",), handles=("snippet.customUrl",)),
    }
    kept_when_gone: ClassVar = {
        "videos": ("id", "snippet.publishedAt", "snippet.channelId", "statistics"),
        "search_results": ("id", "snippet.publishedAt", "snippet.channelId"),
        "playlist_items": (
            *("snippet.publishedAt", "snippet.channelId", "snippet.videoOwnerChannelId"),
            *("contentDetails.videoId", "contentDetails.videoPublishedAt"),
        ),
    }

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the two buckets of a day in California: searches, and units for all else."""
        zone = "America/Los_Angeles"
        yield Quota("search", "calls", Decimal(options.searches_a_day), zone=zone)
        yield Quota("units", "units", Decimal(options.units_a_day), zone=zone)

    def open(self) -> None:
        """Ask with the API key of the connection's password, in a header."""
        key = self.connection.need(self.source, "password")
        self.server = self.api(
            self.connection.base_url("https://www.googleapis.com"),
            auth=APIKeyAuth(name="X-Goog-Api-Key", api_key=key, location="header"),
        )
        self._profiles: dict[str, Answer] = {}
        self._landed_channels: set[str] = set()

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for videos by hashtag, keyword and mention, for accounts by id, else by handle."""
        for tag in interests.hashtags:
            yield Query("search_results", f"hashtag:{tag}", about={"q": f"#{tag}"})
        for word in interests.keywords:
            yield Query("search_results", f"keyword:{word}", about={"q": f'"{word}"'})
        for handle in interests.mentions:
            yield Query("search_results", f"mention:{handle}", about={"q": f"@{handle}"})
        for account in interests.accounts:
            by = {"id": account.id} if account.id else {"forHandle": account.handle}
            yield Query("channels", f"account:{account.handle}", once=False, about=by)
            yield Query("playlist_items", f"account:{account.handle}", about=by)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a search, a channel, or the uploads of a channel."""
        if query.stream == "search_results":
            yield from self._search(query, cursor, window)
            return
        profile = self._profile(query)
        items = profile.json().get("items")
        if not items:
            raise not_found("YouTube", query.about["forHandle"])
        if query.stream == "channels":
            yield Page(profile.records("items[*]", _Item), None)
        else:
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
            pages = self.server.pages(
                "/youtube/v3/search",
                {**asked, **begin, **_page(cursor["page"])},
                paginator=JSONResponseCursorPaginator("nextPageToken", cursor_param="pageToken"),
                charge=_SEARCH,
                absent=_is_unknown_page,
            )
            with suppress(NoAnswer):
                for answer, params in pages:
                    found = answer.records("items[*]", _Found, is_required=True)
                    following = params.get("pageToken")
                    cursor = {**cursor, "page": following, "seen": cursor["seen"] + len(found)}
                    # one that can't be read has no time, and no id to ask for
                    known = [record for record in found if record.at]
                    if known:
                        cursor["oldest"] = iso(parse(known[-1].at or "") + timedelta(seconds=1))
                    done = following is None and cursor["seen"] < FULL
                    new = {"after": cursor["until"]} if done else cursor
                    yield Page([*found, *self._details([record.id for record in known])], new)
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
        anew = {**cursor, "newest": None, "page": None}
        after = parse(cursor["after"])
        asked = {"part": "snippet,contentDetails,status", "playlistId": playlist}

        def ask(page: str | None) -> tuple[list[Record], str | None]:
            params = {**asked, **_page(page)}
            answer = self._call("playlistItems", params, absent=_is_unknown_page)
            found = answer.records("items[*]", _Upload, is_required=True)
            return found, answer.json().get("nextPageToken")

        try:
            for found, place in newest_first(
                ask, after, newest=cursor["newest"], page=cursor["page"]
            ):
                newest = place.newest or cursor["after"]
                cursor = {**cursor, "newest": newest, "page": place.page}
                records = made_since(found, after)
                uploads = filter(None, (decoded(record, _Upload) for record in records))
                end = {"after": newest} if place.is_end else anew if place.is_circle else cursor
                details = self._details([str(upload.contentDetails) for upload in uploads])
                yield Page([*records, *details], end)
        except NoAnswer:
            if cursor["page"] is None:  # a channel without uploads has no playlist
                return
            yield Page([], anew)
            text = "the platform does not know the page any more; the next run reads these anew"
            raise Stop(RunState.FAILED, text, whole_server=False) from None

    def _call(self, what: str, params: dict[str, Any], absent: Absent = ()) -> Answer:
        return self.server.call(f"/youtube/v3/{what}", params, charge=_UNIT, absent=absent)

    def _profile(self, query: Query) -> Answer:
        """Return the channel of an account, asked for once a run."""
        if query.text not in self._profiles:
            answer = self._call("channels", {"part": _CHANNEL, **query.about})
            self._profiles[query.text] = answer
            self._landed_channels.update(record.id for record in answer.records("items[*]"))
        return self._profiles[query.text]

    def _details(self, ids: Sequence[str]) -> list[Record]:
        """Return videos by id, and their channels, each of these once a run."""
        if not ids:
            return []
        answer = self._call("videos", {"part": _VIDEO, "id": ",".join(ids)})
        items = readable(answer.json().get("items"), _Item)
        channels = {item.snippet.channelId: None for item in items if item.snippet.channelId}
        new = [channel for channel in channels if channel not in self._landed_channels]
        records = answer.records("items[*]", _Item, stream="videos")
        if new:
            params = {"part": _CHANNEL, "id": ",".join(new), "maxResults": str(IDS)}
            answer = self._call("channels", params)
            records += answer.records("items[*]", _Item, stream="channels")
            self._landed_channels.update(new)
        return records

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for videos by id."""
        yield from self._details([post.id for post in posts])

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell a quota that is used up, and a key that is refused, by the reason in the body."""
        reasons = _reasons(response)
        for state, those in _STATES.items():
            if reasons & set(those):
                text = f"YouTube answered {response.status_code}: {', '.join(sorted(reasons))}"
                # the other bucket may have room
                return Stop(state, text, whole_server=state != RunState.QUOTA_EXHAUSTED)
        return None


def _page(token: str | None) -> dict[str, str]:
    return {"maxResults": str(PAGE), **({"pageToken": token} if token else {})}


def _is_unknown_page(answer: Answer) -> bool:
    """Return whether an error says that there is no such list, or not the page to go on with."""
    return answer.status_code == 404 or (
        answer.status_code == 400 and "invalidPageToken" in _reasons(answer)
    )


def _reasons(response: Response) -> set[str]:
    try:
        error = response.json()["error"]
        found = [*error.get("errors", ()), *error.get("details", ())]
        return {str(one["reason"]) for one in found if "reason" in one}
    except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError):
        return set()
