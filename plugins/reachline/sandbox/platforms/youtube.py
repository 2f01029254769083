"""The YouTube Data API v3: https://developers.google.com/youtube/v3/docs."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, whole
from reachline.sandbox.platforms.market import Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError
from reachline.sandbox.platforms.terms import parse

_PACIFIC = ZoneInfo("America/Los_Angeles")
_MOST_IDS = 50
# a search ends here, however much it says that there is
_MOST_RESULTS = 500
_EVERY_LIVE = 40
_DAILY = {"search": 100, "units": 10_000}


def pacific_day(now: datetime) -> tuple[datetime, datetime]:
    """Return the day of the quotas: from midnight to midnight in California."""
    today = now.astimezone(_PACIFIC).date()
    begins, ends = (
        datetime.combine(day, time(), _PACIFIC).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
    )
    return begins, ends


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _etag(value: object) -> str:
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest[:20]).decode().rstrip("=")


def _error(code: int, message: str, domain: str, reason: str, **more: Any) -> Refusal:
    place = {k: more.pop(k) for k in ("locationType", "location") if k in more}
    error = {"message": message, "domain": domain, "reason": reason, **place}
    said = {"code": code, "message": message, "errors": [error], **more}
    return Refusal(code, {"error": said})


def _bad_key(message: str) -> Refusal:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "youtube.googleapis.com"},
    }
    return _error(400, message, "global", "badRequest", status="INVALID_ARGUMENT", details=[info])


def split_text(text: str) -> tuple[str, str]:
    """Return title and description: what stands before the first tag or mention, and the rest."""
    first = re.search(r"(?<!\w)[#@]", text)
    title = text[: first.start()].strip() if first else text
    if not title or len(title) > 100:
        title = text[:100].strip()
    return title, text[len(title) :].strip() if text.startswith(title) else text


def _rounded(followers: int) -> int:
    """Return subscribers as they are told: three digits, rounded down."""
    scale: int = 10 ** max(0, len(str(followers)) - 3)
    return followers // scale * scale


class YouTube(Platform):
    """search.list, videos.list, channels.list and playlistItems.list."""

    name = "youtube"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls, under the paths that they have on www.googleapis.com."""
        return {
            ("GET", "/youtube/v3/search"): self.search,
            ("GET", "/youtube/v3/videos"): self.videos,
            ("GET", "/youtube/v3/channels"): self.channels,
            ("GET", "/youtube/v3/playlistItems"): self.playlist_items,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to too many requests a minute."""
        text = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'"
        return _error(429, text, "global", "rateLimitExceeded", status="RESOURCE_EXHAUSTED")

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a key, or a token, that is none any more."""
        if call.bearer is None:
            return _bad_key("API key expired. Please renew the API key.")
        text = "Request had invalid authentication credentials."
        return _error(
            401,
            text,
            "global",
            "authError",
            locationType="header",
            location="Authorization",
            status="UNAUTHENTICATED",
        )

    def failed(self, call: Call) -> Refusal:
        """Return the answer when YouTube fails."""
        return _error(500, "Internal error encountered.", "global", "backendError")

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _error(404, "Not Found", "global", "notFound")

    def _enter(self, call: Call, bucket: str) -> set[str]:
        """Return the parts asked for, once the caller is known and its quota has room."""
        key = call.params.get("key") or call.request.headers.get("x-goog-api-key")
        if key is None and call.bearer is None:
            text = "Method doesn't allow unregistered callers. Please use API Key."
            raise _error(403, text, "global", "forbidden", status="PERMISSION_DENIED")
        if key not in (None, TOKEN):
            raise _bad_key("API key not valid. Please pass a valid API key.")
        if key is None and call.bearer != TOKEN:
            raise self.expired(call)
        try:
            call.state.spend(self.name, bucket, "", _DAILY[bucket], pacific_day)
        except QuotaSpentError:
            text = (
                "The request cannot be completed because you have exceeded your "
                '<a href="/youtube/v3/getting-started#quota">quota</a>.'
            )
            raise _error(403, text, "youtube.quota", "quotaExceeded") from None
        parts = set(filter(None, call.params.get("part", "").split(",")))
        if not parts:
            raise self._lacks("part")
        return parts

    def _lacks(self, name: str) -> Refusal:
        text = f"No filter selected. Expected one of: {name}"
        return _error(
            400,
            text,
            "youtube.parameter",
            "missingRequiredParameter",
            locationType="parameter",
            location=name,
        )

    def _ids(self, call: Call) -> list[str]:
        ids = list(filter(None, call.params.get("id", "").split(",")))
        if len(ids) > _MOST_IDS:
            text = "The request specifies an invalid filter parameter."
            raise _error(400, text, "youtube.parameter", "invalidFilters")
        return ids

    def _paged(
        self, call: Call, found: Sequence[Any], default: int = 5
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """Return a page, and what the answer says of paging."""
        size = whole(call.params.get("maxResults"), default, 50, 0)
        start = _place(call.params.get("pageToken"))
        page, following, _ = call.page(found, start, size)
        said: dict[str, Any] = {}
        if following is not None:
            said["nextPageToken"] = _token(following)
        if start > 0:
            said["prevPageToken"] = _token(max(0, start - size))
        return page, {**said, "pageInfo": {"totalResults": len(found), "resultsPerPage": size}}

    def _list(self, kind: str, items: Sequence[dict[str, Any]], said: dict[str, Any]) -> Response:
        items = [{"kind": item["kind"], "etag": _etag(item), **item} for item in items]
        whole_answer = {"kind": f"youtube#{kind}", "etag": _etag(items), **said, "items": items}
        return JSONResponse(whole_answer)

    def search(self, call: Call) -> Response:
        """Answer videos, or channels, for a query; each call is one of 100 a day."""
        parts = self._enter(call, "search")
        accounts = call.state.accounts(self.name)
        kinds = set(call.params.get("type", "video,channel,playlist").split(","))
        channel, text = call.params.get("channelId"), call.params.get("q", "")
        wanted = parse(text)
        after, before = (_when(call, name) for name in ("publishedAfter", "publishedBefore"))
        found: list[Post | Account] = []
        if "video" in kinds:
            found += [
                post
                for post in reversed(call.state.posts(self.name))
                if wanted(post, accounts[post.account])
                and (channel is None or accounts[post.account].native_id == channel)
                and (after is None or post.published_at >= after)
                and (before is None or post.published_at < before)
            ]
            if call.params.get("order", "relevance") in ("viewCount", "relevance"):
                found.sort(key=lambda p: -call.state.counts(p).views)  # type: ignore[arg-type]
        if "channel" in kinds:
            found += [
                account
                for account in accounts.values()
                if text and text.lower().lstrip("@") in account.display_name.lower()
            ]
        page, said = self._paged(call, found[:_MOST_RESULTS])
        items = [
            self._found_channel(item)
            if isinstance(item, Account)
            else self._found_video(item, accounts[item.account])
            for item in page
        ]
        if "snippet" not in parts:
            items = [{name: item[name] for name in ("kind", "id")} for item in items]
        return self._list("searchListResponse", items, {"regionCode": "US", **said})

    def _found_video(self, post: Post, account: Account) -> dict[str, Any]:
        title, description = split_text(post.text)
        # a search escapes the title, and shows the beginning of the description
        snippet = {
            "publishedAt": _second(post.published_at),
            "channelId": account.native_id,
            "title": html.escape(title).replace("&#x27;", "&#39;"),
            "description": description if len(description) <= 160 else description[:157] + "...",
            "thumbnails": _thumbnails(post),
            "channelTitle": account.display_name,
            "liveBroadcastContent": "none",
            "publishTime": _second(post.published_at),
        }
        identity = {"kind": "youtube#video", "videoId": post.native_id}
        return {"kind": "youtube#searchResult", "id": identity, "snippet": snippet}

    def _found_channel(self, account: Account) -> dict[str, Any]:
        snippet = {
            "publishedAt": "2019-03-01T00:00:00Z",
            "channelId": account.native_id,
            "title": account.display_name,
            "description": account.bio,
            "thumbnails": {},
            "channelTitle": account.display_name,
            "liveBroadcastContent": "none",
            "publishTime": "2019-03-01T00:00:00Z",
        }
        identity = {"kind": "youtube#channel", "channelId": account.native_id}
        return {"kind": "youtube#searchResult", "id": identity, "snippet": snippet}

    def videos(self, call: Call) -> Response:
        """Answer up to 50 videos; those that are gone are left out."""
        parts = self._enter(call, "units")
        ids = self._ids(call)
        if not ids:
            raise self._lacks("chart, id, myRating")
        by_id = {post.native_id: post for post in call.state.posts(self.name)}
        accounts = call.state.accounts(self.name)
        found = [by_id[video] for video in dict.fromkeys(ids) if video in by_id]
        if call.is_due("empty_page"):
            found = []
        items = [self._video(call, post, accounts[post.account], parts) for post in found]
        said = {"pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)}}
        return self._list("videoListResponse", items, said)

    def _video(self, call: Call, post: Post, account: Account, parts: set[str]) -> dict[str, Any]:
        counts = call.state.counts(post)
        title, description = split_text(post.text)
        minutes, seconds = divmod(_seconds(post), 60)
        tags = {"tags": list(post.tags)} if post.tags else {}
        likes = {} if call.state.hides_likes(post) else {"likeCount": str(counts.likes)}
        known = {
            "snippet": {
                "publishedAt": _second(post.published_at),
                "channelId": account.native_id,
                "title": title,
                "description": description,
                "thumbnails": _thumbnails(post),
                "channelTitle": account.display_name,
                **tags,
                "categoryId": "22",
                "liveBroadcastContent": "none",
                "defaultLanguage": post.language,
                "localized": {"title": title, "description": description},
                "defaultAudioLanguage": post.language,
            },
            "contentDetails": {
                "duration": f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S",
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": True,
                "contentRating": {},
                "projection": "rectangular",
            },
            "statistics": {
                "viewCount": str(counts.views),
                **likes,
                "favoriteCount": "0",
                "commentCount": str(counts.comments),
            },
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": "public",
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": False,
            },
            "paidProductPlacementDetails": {"hasPaidProductPlacement": post.is_paid_label},
        }
        if post.number % _EVERY_LIVE == 0:  # it was one, and is a video now
            begun = {"actualStartTime": _second(post.published_at)}
            known["liveStreamingDetails"] = begun
        shown = {name: part for name, part in known.items() if name in parts}
        return {"kind": "youtube#video", "id": post.native_id, **shown}

    def channels(self, call: Call) -> Response:
        """Answer channels by id (up to 50) or by handle."""
        parts = self._enter(call, "units")
        ids, handle = self._ids(call), call.params.get("forHandle")
        if not ids and handle is None:
            raise self._lacks("categoryId, forHandle, forUsername, id, managedByMe, mine")
        asked = (handle or "").lstrip("@").lower()
        found = [
            account
            for account in call.state.accounts(self.name).values()
            if account.native_id in ids or (asked and account.handle.lower() == asked)
        ]
        size = whole(call.params.get("maxResults"), 5, 50, 0)
        said = {"pageInfo": {"totalResults": len(found), "resultsPerPage": size}}
        if not found:  # then there is no list at all
            etag = _etag(said)
            return JSONResponse({"kind": "youtube#channelListResponse", "etag": etag, **said})
        items = [self._channel(account, parts) for account in found]
        return self._list("channelListResponse", items, said)

    def _channel(self, account: Account, parts: set[str]) -> dict[str, Any]:
        known = {
            "snippet": {
                "title": account.display_name,
                "description": account.bio,
                "customUrl": f"@{account.handle.lower()}",
                "publishedAt": "2019-03-01T00:00:00Z",
                "thumbnails": {},
                "defaultLanguage": account.language,
                "localized": {"title": account.display_name, "description": account.bio},
                "country": account.country,
            },
            "contentDetails": {
                "relatedPlaylists": {"likes": "", "uploads": _uploads(account.native_id)}
            },
            "statistics": {
                "viewCount": str(account.followers * 40),
                "subscriberCount": str(_rounded(account.followers)),
                "hiddenSubscriberCount": False,
                "videoCount": str(account.posts_count),
            },
            "status": {
                "privacyStatus": "public",
                "isLinked": True,
                "longUploadsStatus": "longUploadsUnspecified",
            },
        }
        shown = {name: part for name, part in known.items() if name in parts}
        return {"kind": "youtube#channel", "id": account.native_id, **shown}

    def playlist_items(self, call: Call) -> Response:
        """Answer the uploads of a channel, newest first."""
        parts = self._enter(call, "units")
        playlist = call.params.get("playlistId")
        if playlist is None:
            raise self._lacks("id, playlistId")
        accounts = call.state.accounts(self.name)
        owner = next((a for a in accounts.values() if _uploads(a.native_id) == playlist), None)
        if owner is None:
            text = (
                "The playlist identified with the request's <code>playlistId</code> parameter "
                "cannot be found."
            )
            place = {"locationType": "parameter", "location": "playlistId"}
            raise _error(404, text, "youtube.playlistItem", "playlistNotFound", **place)
        found = [p for p in reversed(call.state.posts(self.name)) if p.account == owner.number]
        page, said = self._paged(call, found)
        start = _place(call.params.get("pageToken"))
        items = [
            self._playlist_item(post, owner, playlist, start + number, parts)
            for number, post in enumerate(page)
        ]
        return self._list("playlistItemListResponse", items, said)

    def _playlist_item(
        self, post: Post, owner: Account, playlist: str, position: int, parts: set[str]
    ) -> dict[str, Any]:
        title, description = split_text(post.text)
        known = {
            "snippet": {
                "publishedAt": _second(post.published_at),
                "channelId": owner.native_id,
                "title": title,
                "description": description,
                "thumbnails": _thumbnails(post),
                "channelTitle": owner.display_name,
                "playlistId": playlist,
                "position": position,
                "resourceId": {"kind": "youtube#video", "videoId": post.native_id},
                "videoOwnerChannelTitle": owner.display_name,
                "videoOwnerChannelId": owner.native_id,
            },
            "contentDetails": {
                "videoId": post.native_id,
                "videoPublishedAt": _second(post.published_at),
            },
            "status": {"privacyStatus": "public"},
        }
        identity = base64.b64encode(f"{playlist}.{post.native_id}".encode()).decode()
        shown = {name: part for name, part in known.items() if name in parts}
        return {"kind": "youtube#playlistItem", "id": identity, **shown}


def _uploads(channel: str) -> str:
    return "UU" + channel.removeprefix("UC")


def _thumbnails(post: Post) -> dict[str, Any]:
    return {
        name: {
            "url": f"https://i.ytimg.com/vi/{post.native_id}/{file}.jpg",
            "width": width,
            "height": height,
        }
        for name, file, width, height in (
            ("default", "default", 120, 90),
            ("medium", "mqdefault", 320, 180),
            ("high", "hqdefault", 480, 360),
        )
    }


def _seconds(post: Post) -> int:
    return 20 + post.number % 40 if post.content_type == "short" else 180 + post.number % 900


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(b"\x08" + place.to_bytes(3, "big") + b"\x10\x00").decode()


def _place(token: str | None) -> int:
    if not token:
        return 0
    try:
        raw = base64.urlsafe_b64decode(token)
        if len(raw) != 6 or raw[:1] != b"\x08":
            raise ValueError(token)
    except ValueError:
        text = "The request specifies an invalid page token."
        place = {"locationType": "parameter", "location": "pageToken"}
        raise _error(400, text, "youtube.parameter", "invalidPageToken", **place) from None
    return int.from_bytes(raw[1:4], "big")


def _when(call: Call, name: str) -> datetime | None:
    text = call.params.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
    except ValueError:
        message = f"Invalid value at '{name}': {text}"
        raise _error(
            400, message, "global", "invalidParameter", status="INVALID_ARGUMENT"
        ) from None
    return found
