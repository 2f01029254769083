"""TikTok: https://developers.tiktok.com/doc/tiktok-api-v2-video-list and …/research-api.

A creator's consent opens their own videos and profile (Display API), a token each. Who has a
research licence may also ask for hashtags, keywords, mentions and the accounts without a token.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Absent, Answer
from reachline.connectors.interests import Interests
from reachline.connectors.paging import newest_pages
from reachline.connectors.quota import Charge, Quota
from reachline.connectors.records import RecordKey, decoded
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
)

PAGE, RESEARCH_PAGE, IDS = 20, 100, 20
MOST_DAYS = 30
OVERLAP = timedelta(days=2)
"""A video may be shown, or known to research, so much later than it was made."""
_COUNTS = "like_count,comment_count,share_count,view_count"
_VIDEO = f"id,create_time,share_url,title,video_description,duration,{_COUNTS}"
_RESEARCH = (
    f"id,create_time,username,region_code,video_description,hashtag_names,video_duration,{_COUNTS}"
)
_SAVES = ("favorites_count", "favourites_count", "")
"""TikTok's page spells it both ways: where one is refused the next is asked for, at last none."""
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


class _Video(RecordKey, rename={"at": "create_time"}):
    at: int | None = None
    video_description: str | None = None


class _User(RecordKey, rename={"id": "open_id"}):
    id: str


class TikTok(Connector):
    """Videos and profiles of creators who gave a token; with a licence, research videos."""

    source = "tiktok"
    reread = Reread("videos", batch=IDS)
    # of an author there is no other id than the name
    owners: ClassVar = {
        "videos": Owner(handles=("username",)),
        "users": Owner(ids=("open_id",), handles=("username",)),
    }
    kept_when_gone: ClassVar = {
        "videos": (
            *("id", "create_time", "username", "like_count", "comment_count", "share_count"),
            *("view_count", "favorites_count", "favourites_count"),
        )
    }
    tokens: Mapping[str, BearerTokenAuth] = MappingProxyType({})
    licence: BearerTokenAuth | None = None

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the requests that a research licence allows in a day."""
        yield Quota("research", "requests", Decimal(options.research_requests_a_day))

    def open(self) -> None:
        """Ask with each creator's token, of the extra; for research with the password."""
        tokens = self.connection.by_handle(self.source, "tokens", "access token")
        self.tokens = {handle: BearerTokenAuth(token) for handle, token in tokens.items()}
        if self.options.research:
            self.licence = BearerTokenAuth(self.connection.need(self.source, "password"))
        elif not tokens:
            self.connection.need(self.source, "tokens")
        self.server = self.api(self.connection.base_url("https://open.tiktokapis.com"))
        self._saves = [*_SAVES]

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
            auth = self.tokens[handle]
            answer = self.server.call("/v2/user/info/", {"fields": _USER}, auth=auth)
            yield Page(answer.records("data.user", _User), None)
        elif handle:
            yield from self._videos(handle, cursor, window)
        else:
            yield from self._research(query, cursor, window)

    def _videos(self, handle: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read from the newest back to some days before the newest of the last time.

        A page is named by the moment that its videos were made before: it does not expire.
        """

        def ask(page: int | None) -> tuple[list[Record], int | None]:
            body = {"max_count": PAGE, **({"cursor": page} if page else {})}
            answer = self._post("/v2/video/list/", _VIDEO, body, self.tokens[handle])
            data = answer.json()["data"]
            following = data["cursor"] if data["has_more"] else None
            return answer.records("data.videos[*]", _Video), following

        return newest_pages(ask, cursor, window, OVERLAP, repeats=1)

    def _research(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read the days `start`…`end`, 30 at most, then what is left up to today."""
        where = _condition(query.about["field"], [query.about["value"]])
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
            try:
                answer = self._post_research(body, absent=[400] if resumed else [])
            except NoAnswer:  # the search has expired
                resumed, cursor = False, {**cursor, "page": 0, "search": None}
                continue
            resumed, data = False, answer.json()["data"]
            found = answer.records("data.videos[*]", _Video)
            if query.text.startswith("mention:"):
                found = [record for record in found if _mentions(record, query.about["value"])]
            repeats = repeats + 1 if data["cursor"] == cursor["page"] else 0
            if data["has_more"]:
                cursor = {**cursor, "page": data["cursor"], "search": data["search_id"]}
                yield Page(found, cursor)
                if repeats > 1:
                    text = "the next page is named as the one just read; the next run goes on there"
                    raise Stop(RunState.FAILED, text, whole_server=False)
                continue
            end = datetime.strptime(cursor["end"], "%Y%m%d").replace(tzinfo=UTC)
            is_last = end.date() >= window.now.date()
            cursor = {"until": iso(end)} if is_last else _span(end, window.now)
            yield Page(found, cursor)
            if is_last:
                return

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Yield videos as they are now, each asked for where it was found."""
        groups: dict[tuple[str, int], list[Known]] = defaultdict(list)
        for post in posts:
            handle = self._owner(post)
            groups[handle, 0 if handle else _created_at(post) // (MOST_DAYS * 86_400)].append(post)
        for (handle, _), group in groups.items():
            if handle or self.licence is not None:  # else the creator has taken the token back
                yield from super().read_again(group)

    def _owner(self, post: Known) -> str:
        """Return the creator whose token found a post; "" for what research found."""
        handle = post.query.removeprefix("account:")
        return handle if handle in self.tokens else ""

    def by_id(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask for videos of one creator, or for those that research found in one month."""
        ids = [post.id for post in posts]
        if handle := self._owner(posts[0]):
            body: dict[str, Any] = {"filters": {"video_ids": ids}}
            answer = self._post("/v2/video/query/", _VIDEO, body, self.tokens[handle])
        else:
            made = [_created_at(post) for post in posts]
            first, last = (_day(datetime.fromtimestamp(at, UTC)) for at in (min(made), max(made)))
            answer = self._post_research(
                {
                    "query": {"and": [_condition("video_id", ids)]},
                    "start_date": first,
                    "end_date": last,
                    "max_count": RESEARCH_PAGE,
                }
            )
        yield from answer.records("data.videos[*]", _Video)

    def _post_research(self, body: Mapping[str, Any], absent: Collection[int] = ()) -> Answer:
        """Ask with the name of saves that TikTok takes, which holds for the rest of the run."""
        path, charge = "/v2/research/video/query/", [Charge("research")]
        while True:
            name = self._saves[0]

            def is_absent(answer: Answer, name: str = name) -> bool:
                if name and _is_field_refused(answer, name):
                    self._saves.remove(name)
                    return True
                return answer.status_code in absent

            fields = f"{_RESEARCH},{name}" if name else _RESEARCH
            try:
                return self._post(path, fields, body, self.licence, charge, is_absent)
            except NoAnswer:
                if name in self._saves:
                    raise

    def _post(
        self,
        path: str,
        fields: str,
        body: Mapping[str, Any],
        auth: BearerTokenAuth | None,
        charge: Sequence[Charge] = (),
        absent: Absent = (),
    ) -> Answer:
        return self.server.call(
            path,
            {"fields": fields},
            method="POST",
            json=body,
            auth=auth,
            charge=charge,
            absent=absent,
        )

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell by the code of the error; a token that is refused is that of one creator."""
        try:
            error = response.json()["error"]
            state = _STATES.get(error["code"])
        except (ValueError, KeyError, TypeError):
            return None
        if state is None:
            return None
        text = f"TikTok says: {error['code']}: {error.get('message')}"
        return Stop(state, text, whole_server=state == RunState.RATE_LIMITED)


def _is_field_refused(answer: Answer, name: str) -> bool:
    """Return whether an answer says that there is no field of that name."""
    if answer.status_code != 400:
        return False
    try:
        error = answer.json()["error"]
        return error["code"] == "invalid_params" and name in str(error.get("message"))
    except (KeyError, TypeError, AttributeError):
        return False


def _condition(field: str, values: Sequence[str]) -> dict[str, Any]:
    return {"field_name": field, "operation": "IN", "field_values": list(values)}


def _mentions(record: Record, mention: str) -> bool:
    """Return whether a video mentions a handle, and not only a longer one that begins like it."""
    video = decoded(record, _Video)
    if video is None:  # it lands, for staging to say what it lacks
        return True
    text = video.video_description or ""
    return bool(re.search(rf"(?<!\w){re.escape(mention)}(?!\.?\w)", text, re.IGNORECASE))


def _span(start: datetime, now: datetime) -> dict[str, Any]:
    """Return the beginning of a research query over the days from `start` on."""
    end = min(start + timedelta(days=MOST_DAYS), now)
    return {"start": _day(start), "end": _day(end), "page": 0, "search": None}


def _day(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _created_at(post: Known) -> int:
    """Return when a video was made, as the platform says: in seconds since 1970; 0 if unknown."""
    return msgspec.json.decode(post.raw, type=_Video).at or 0
