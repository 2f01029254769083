"""TikTok: https://developers.tiktok.com/doc/tiktok-api-v2-video-list and …/research-api.

A creator's consent opens their own videos and profile (Display API), a token each. Who has a
research licence may also ask for hashtags, keywords, mentions and the accounts without a token.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
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
from reachline.connectors.connections import Connection, name_of
from reachline.connectors.http import Answer, Api, Charge, Head, cut
from reachline.connectors.interests import Interests
from reachline.connectors.quota import Quota
from reachline.connectors.redact import Redactor

PAGE, RESEARCH_PAGE, IDS = 20, 100, 20
MOST_DAYS = 30
OVERLAP = timedelta(days=2)
"""A video may be shown, or known to research, so much later than it was made."""
_COUNTS = "like_count,comment_count,share_count,view_count"
_VIDEO = f"id,create_time,share_url,title,video_description,duration,{_COUNTS}"
_RESEARCH = (
    "id,create_time,username,region_code,video_description,hashtag_names,video_duration,"
    f"favorites_count,{_COUNTS}"
)
_USER = (
    "open_id,union_id,username,display_name,bio_description,profile_deep_link,is_verified,"
    "follower_count,following_count,likes_count,video_count"
)
_STATES = {
    "access_token_invalid": RunState.AUTH_EXPIRED,
    "scope_not_authorized": RunState.AUTH_EXPIRED,
    "scope_permission_missed": RunState.AUTH_EXPIRED,
    "rate_limit_exceeded": RunState.RATE_LIMITED,
    "daily_quota_limit_exceeded": RunState.QUOTA_EXHAUSTED,
}


class _Video(Head, rename={"at": "create_time"}):
    at: int | None = None
    video_description: str | None = None


class _User(Head, rename={"id": "open_id"}):
    id: str


class TikTok(Connector):
    """Videos and profiles of creators who gave a token; with a licence, research videos."""

    source = "tiktok"
    reread = Reread("videos", batch=IDS)

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the requests that a research licence allows in a day."""
        yield Quota("research", "requests", Decimal(options.research_requests_a_day))

    def __init__(self, options: Any, connection: Connection) -> None:
        super().__init__(options, connection)
        self.tokens: dict[str, BearerTokenAuth] = {}
        self.licence: BearerTokenAuth | None = None

    def open(self, make: Callable[..., Api], redactor: Redactor) -> None:
        """Ask with each creator's token, of the extra; for research with the password."""
        tokens = self.connection.extra.get("tokens") or {}
        if not isinstance(tokens, Mapping):
            raise Stop(
                RunState.AUTH_EXPIRED,
                f"tokens in the extra of {name_of(self.source)} is not of the form "
                '{"<handle>": "<access token>"}.',
            )
        redactor.learn(*map(str, tokens.values()))
        self.tokens = {
            handle.lower().lstrip("@"): BearerTokenAuth(str(token))
            for handle, token in tokens.items()
        }
        if self.options.research:
            self.licence = BearerTokenAuth(self.connection.need(self.source, "password"))
        elif not tokens:
            self.connection.need(self.source, "tokens")
        self.api = make(self.connection.base_url("https://open.tiktokapis.com"))

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for who gave a token; with a licence for all that is of interest."""
        for handle in self.tokens:
            about = {"handle": handle}
            yield Query("users", f"account:{handle}", once=False, about=about)
            yield Query("videos", f"account:{handle}", about=about)
        if self.options.research:
            asked = [
                *(("hashtag", tag, "hashtag_name", tag) for tag in interests.hashtags),
                *(("keyword", word, "keyword", word) for word in interests.keywords),
                *(("mention", name, "keyword", f"@{name}") for name in interests.mentions),
                *(("account", a.handle, "username", a.handle) for a in interests.accounts),
            ]
            for kind, text, name, value in asked:
                if kind != "account" or text not in self.tokens:
                    yield Query("videos", f"{kind}:{text}", about={"field": name, "value": value})

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a profile, the videos of a creator, or those of a research query."""
        handle = query.about.get("handle", "")
        if query.stream == "users":
            answer = self.api.call("/v2/user/info/", {"fields": _USER}, auth=self.tokens[handle])
            yield Page(cut(answer, "data.user", _User), None)
        elif handle:
            yield from self._videos(handle, cursor, window)
        else:
            yield from self._research(query, cursor, window)

    def _videos(self, handle: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read from the newest back to some days before the newest of the last time.

        A page is named by the moment that its videos were made before: it does not expire.
        """
        if cursor is None or "newest" not in cursor:
            end = parse(cursor["until"]) - OVERLAP if cursor else window.first
            cursor = {"end": iso(end), "newest": None, "page": None}
        repeats = 0
        while True:
            body = {"max_count": PAGE, **({"cursor": cursor["page"]} if cursor["page"] else {})}
            answer = self._post("/v2/video/list/", _VIDEO, body, self.tokens[handle])
            data = answer.json()["data"]
            found = cut(answer, "data.videos[*]", _Video)
            times = [record.at for record in found if record.at]
            newest = cursor["newest"] or (max(times) if times else None)
            is_last = not data["has_more"] or bool(
                times and parse(times[-1]) < parse(cursor["end"])
            )
            repeats = repeats + 1 if data["cursor"] == cursor["page"] else 0
            cursor = {**cursor, "newest": newest, "page": data["cursor"]}
            yield Page(found, {"until": newest or iso(window.now)} if is_last else cursor)
            if is_last:
                return
            _must_go_on(repeats)

    def _research(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read the days `start`…`end`, 30 at most, then what is left up to today."""
        where = _where(query.about["field"], [query.about["value"]])
        if cursor is None or "start" not in cursor:
            start = parse(cursor["until"]) - OVERLAP if cursor else window.first
            cursor = _span(start, window.now)
        repeats, resumed = 0, bool(cursor["page"])
        while True:
            body = {
                "query": {"and": [where]},
                "start_date": cursor["start"],
                "end_date": cursor["end"],
                "max_count": RESEARCH_PAGE,
                **({"cursor": cursor["page"]} if cursor["page"] else {}),
                **({"search_id": cursor["search"]} if cursor["search"] else {}),
            }
            answer = self._post_research(body, accept=[400] if resumed else [])
            if answer.status_code == 400:  # the search has expired
                resumed, cursor = False, {**cursor, "page": 0, "search": None}
                continue
            resumed, data = False, answer.json()["data"]
            found = cut(answer, "data.videos[*]", _Video)
            if query.text.startswith("mention:"):
                found = [record for record in found if _mentions(record, query.about["value"])]
            repeats = repeats + 1 if data["cursor"] == cursor["page"] else 0
            if data["has_more"]:
                cursor = {**cursor, "page": data["cursor"], "search": data["search_id"]}
                yield Page(found, cursor)
                _must_go_on(repeats)
                continue
            end = datetime.strptime(cursor["end"], "%Y%m%d").replace(tzinfo=UTC)
            is_last = end.date() >= window.now.date()
            cursor = {"until": iso(end)} if is_last else _span(end, window.now)
            yield Page(found, cursor)
            if is_last:
                return

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for videos by id, each where it was found; those left out twice are gone."""
        groups: dict[tuple[str, int], list[Known]] = defaultdict(list)
        for post in posts:
            handle = post.query.removeprefix("account:")
            made = msgspec.json.decode(post.raw, type=_Video).at or 0
            month = 0 if handle in self.tokens else made // (MOST_DAYS * 86_400)
            groups[handle if handle in self.tokens else "", month].append(post)
        for (handle, _), group in groups.items():
            if not handle and self.licence is None:
                continue  # the creator has taken the token back
            missing = group
            for _ in range(2):
                if missing:
                    found = cut(self._by_id(handle, missing), "data.videos[*]", _Video)
                    yield from found
                    here = {record.id for record in found}
                    missing = [post for post in missing if post.id not in here]
            for post in missing:
                yield Record(msgspec.json.encode({"id": post.id}), post.id, None, MISSING)

    def _by_id(self, handle: str, posts: Sequence[Known]) -> Answer:
        ids = [post.id for post in posts]
        if handle:
            body: dict[str, Any] = {"filters": {"video_ids": ids}}
            return self._post("/v2/video/query/", _VIDEO, body, self.tokens[handle])
        made = [msgspec.json.decode(post.raw, type=_Video).at or 0 for post in posts]
        days = [datetime.fromtimestamp(at, UTC).strftime("%Y%m%d") for at in (min(made), max(made))]
        return self._post_research(
            {
                "query": {"and": [_where("video_id", ids)]},
                "start_date": days[0],
                "end_date": days[1],
                "max_count": RESEARCH_PAGE,
            }
        )

    def _post_research(self, body: Mapping[str, Any], accept: Sequence[int] = ()) -> Answer:
        path, charge = "/v2/research/video/query/", [Charge("research")]
        return self._post(path, _RESEARCH, body, self.licence, charge, accept)

    def _post(
        self,
        path: str,
        fields: str,
        body: Mapping[str, Any],
        auth: BearerTokenAuth | None,
        charge: Sequence[Charge] = (),
        accept: Sequence[int] = (),
    ) -> Answer:
        return self.api.call(
            path,
            {"fields": fields},
            method="POST",
            json=body,
            auth=auth,
            charge=charge,
            accept=accept,
        )

    def judge(self, response: Response) -> Stop | None:
        """Tell by the code of the error; a token that is refused is that of one creator."""
        if response.status_code < 400:
            return None
        try:
            error = response.json()["error"]
            state = _STATES.get(error["code"])
        except (ValueError, KeyError, TypeError):
            return None
        if state is None:
            return None
        text = f"TikTok says: {error['code']}: {error.get('message')}"
        return Stop(state, text, whole_server=state == RunState.RATE_LIMITED)


def _where(field: str, values: Sequence[str]) -> dict[str, Any]:
    return {"field_name": field, "operation": "IN", "field_values": list(values)}


def _mentions(record: Record, mention: str) -> bool:
    """Return whether a video mentions a handle, and not only a longer one that begins like it."""
    text = msgspec.json.decode(record.raw, type=_Video).video_description or ""
    return bool(re.search(rf"(?<!\w){re.escape(mention)}(?!\.?\w)", text, re.IGNORECASE))


def _span(start: datetime, now: datetime) -> dict[str, Any]:
    """Return the beginning of a research query over the days from `start` on."""
    end = min(start + timedelta(days=MOST_DAYS), now)
    days = {"start": start.strftime("%Y%m%d"), "end": end.strftime("%Y%m%d")}
    return {**days, "page": 0, "search": None}


def _must_go_on(repeats: int) -> None:
    if repeats > 1:
        text = "the next page is named as the one just read; the next run goes on there"
        raise Stop(RunState.FAILED, text, whole_server=False)
