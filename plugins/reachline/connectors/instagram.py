"""Instagram: the Graph API, https://developers.facebook.com/docs/instagram-platform.

What is not ours can't be asked for by id. Hashtag media, which name no author, are read once, and
our stories each time, as long as the platform shows them: 24 hours. Accounts are read through
business discovery with their media, as far back as the schedule of re-reading says. A page may come
again or be empty although more follows; it is asked for once more, and where that gives nothing
new, the next run begins anew.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests import Response

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer
from reachline.connectors.interests import Interests
from reachline.connectors.quota import Charge, Quota
from reachline.connectors.records import RecordKey, moment, readable, records_at
from reachline.connectors.types import (
    NoAnswer,
    Owner,
    Page,
    Query,
    Record,
    RunState,
    Stop,
    TooMuch,
    Window,
    not_found,
)

log = logging.getLogger("reachline.connectors")

PAGE = 50
OVERLAP = timedelta(days=1)
"""A post may be tagged, or found, so much later than it was published."""
_HASHTAG = "id,caption,comments_count,like_count,media_type,permalink,timestamp"
_MEDIA = f"{_HASHTAG},username"
_STORY = f"{_MEDIA},media_product_type"
_DISCOVERED = f"{_HASHTAG},media_product_type,view_count"
_PROFILE = "id,username,name,biography,website,followers_count,follows_count,media_count"
_COMMON = "reach,views,shares,total_interactions"
_METRICS = {
    "FEED": f"{_COMMON},saved,likes,comments,follows,profile_visits",
    "REELS": f"{_COMMON},saved,likes,comments",
    "STORY": f"{_COMMON},replies,follows,profile_visits",
}
"""A metric that a type does not have fails the whole call."""


@dataclass(frozen=True)
class _Meaning:
    """What an error of some codes means; `advice` says what to do."""

    state: RunState
    advice: str = ""
    whole_server: bool = True


_TOKEN = _Meaning(RunState.AUTH_EXPIRED, "Renew the token in the connection.")
_LOGIN = _Meaning(
    RunState.AUTH_EXPIRED,
    "Log in to the account by hand, do what it asks for, and renew the token in the connection.",
)
_LIMIT = _Meaning(RunState.RATE_LIMITED)
_DOWN = _Meaning(RunState.FAILED, "It is a passing fault of Instagram's.")
_PERMISSION = _Meaning(
    RunState.AUTH_EXPIRED, "Give the token's app this permission.", whole_server=False
)
_NOT_THIS = _Meaning(RunState.FAILED, whole_server=False)
_SUBCODES = {459: _LOGIN, 464: _LOGIN, 2207050: _LOGIN}
"""Of a token that is good again after a login; all other subcodes are for the code to say."""
_CODES: Mapping[int, _Meaning] = {
    **dict.fromkeys((-2, -1, 1, 2), _DOWN),
    **dict.fromkeys((3, 10, *range(200, 300)), _PERMISSION),
    **dict.fromkeys((102, 104, 190), _TOKEN),
    25: _LOGIN,
    # the app, its user, a page, a call; 341 and 368: for a time
    **dict.fromkeys((4, 17, 32, 341, 368, 613), _LIMIT),
    # business use cases: 80002 is Instagram's
    **dict.fromkeys(range(80000, 80015), _LIMIT),
    18: _Meaning(RunState.QUOTA_EXHAUSTED, whole_server=False),
    # a parameter, or what it names: a hashtag, a user
    **dict.fromkeys((24, 100, 110), _NOT_THIS),
}
"""https://developers.facebook.com/docs/graph-api/guides/error-handling, …/overview/rate-limiting
and https://developers.facebook.com/docs/instagram-platform, "Error Codes"."""
_BAD_PARAMETER, _NO_HASHTAG, _NO_USER = "100", "24", "110"
_TOO_FEW_VIEWERS = "(#10) Not enough viewers for the media to show insights"
_NO_INSIGHTS = (_TOO_FEW_VIEWERS, "100.2108006")
"""Too few have seen it, or it is older than our account is a professional one."""
_TOO_MUCH = "reduce the amount of data"
"""What the message says of a page that is too large for the platform, with code 1."""


class _UseCase(msgspec.Struct, rename={"minutes": "estimated_time_to_regain_access"}):
    minutes: float = 0


_USAGE, _Usage = "X-Business-Use-Case-Usage", dict[str, list[_UseCase]]


class _Media(RecordKey, rename={"at": "timestamp"}):
    at: Any = None
    caption: str | None = None
    media_product_type: str | None = None


@dataclass(frozen=True)
class _Call:
    """A list of media: what to ask, for the media after a cursor, and where they stand in it."""

    path: str
    params: Callable[[str | None, int], Mapping[str, str]]
    """The parameters after a cursor, for so many media."""
    place: str
    charge: Sequence[Charge] = ()
    absent: Sequence[str] = ()
    """What of an error says that there is no such thing: code, code.subcode, or message."""


class Instagram(Connector):
    """Hashtags, what our accounts are tagged in, accounts with their media, our own insights."""

    source = "instagram"
    owners: ClassVar = {
        "business_discovery": Owner(ids=("id",), handles=("username",)),
        "hashtag_media": Owner(handles=("username",)),
        "tagged_media": Owner(handles=("username",)),
        "mentioned_media": Owner(handles=("username",)),
        "stories": Owner(handles=("username",)),
    }
    users: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def quotas(cls, options: Any) -> Iterable[Quota]:
        """Return the different hashtags that an account may ask for in seven days."""
        limit = Decimal(options.hashtags_a_week)
        yield Quota("hashtags", "hashtags", limit, window="rolling", days=7, distinct=True)

    def open(self) -> None:
        """Ask with the token of the password, for our accounts of the extra: handle → user id."""
        token = self.connection.need(self.source, "password")
        self.connection.need(self.source, "accounts")
        self.users = self.connection.by_handle(
            self.source, "accounts", "user id, in digits; the first asks for hashtags", r"\d+"
        )
        self.user = next(iter(self.users.values()))
        address = self.connection.base_url("https://graph.facebook.com")
        self.server = self.api(address, auth=BearerTokenAuth(token))

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for hashtags, tags of our accounts, every account, our insights and stories."""
        for tag in interests.hashtags:
            yield Query("hashtag_media", f"hashtag:{tag}", about={"tag": tag})
        for account in interests.accounts:
            about = {"handle": account.handle}
            yield Query("business_discovery", f"account:{account.handle}", once=False, about=about)
        for handle in self.users:
            about = {"handle": handle}
            yield Query("tagged_media", f"mention:{handle}", about=about)
            yield Query("media_insights", f"account:{handle}", once=False, about=about)
            yield Query("stories", f"account:{handle}", once=False, about=about)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read one query; see the methods below."""
        handle = query.about.get("handle", "")
        if query.stream == "hashtag_media":
            yield from self._hashtag(query.about["tag"], cursor or {}, window)
        elif query.stream == "business_discovery":
            yield from self._discover(handle, cursor, window)
        elif query.stream == "tagged_media":
            params = {"fields": _MEDIA}
            call = _Call(f"{self.users[handle]}/tags", _with_cursor(params), "data")
            yield from self._new(call, cursor, window)
        elif query.stream == "stories":
            yield from self._stories(self.users[handle])
        else:
            yield from self._insights(self.users[handle], cursor, window)

    def _hashtag(self, tag: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read the top of a hashtag, and what was published with it in the last 24 hours."""
        charge = [Charge("hashtags", key=tag)]
        identity = cursor.get("id")
        if identity is None:
            params = {"user_id": self.user, "q": tag}
            answer = self._ask("ig_hashtag_search", params, charge, [_NO_HASHTAG])
            identity = str(answer.json()["data"][0]["id"])
        params = {"user_id": self.user, "fields": _HASHTAG}
        if cursor.get("after") is None:
            # all of it the first time; then it is the first page that changes
            is_first = "until" not in cursor
            top = _Call(f"{identity}/top_media", _with_cursor(params), "data", charge)
            size = _Size(cursor)
            for answer, *_ in self._pages(top, None, datetime.min.replace(tzinfo=UTC), size):
                found = self._found(answer) if is_first else answer.records("data[*]", _Media)
                cursor = {**cursor, "id": identity, **size.kept()}
                yield Page(found, cursor)
                if not is_first:
                    break
        call = _Call(f"{identity}/recent_media", _with_cursor(params), "data", charge)
        for page in self._new(call, cursor, window):
            yield Page(page.records, {**page.cursor, "id": identity})

    def _found(self, answer: Answer) -> list[Record]:
        """Return hashtag media; of those that mention us, also what tells their author."""
        records = answer.records("data[*]", _Media)
        for media in readable(answer.json().get("data"), _Media):
            words = {word.rstrip(".") for word in re.findall(r"@([\w.]+)", media.caption or "")}
            for handle in words & set(self.users):
                fields = f"mentioned_media.media_id({media.id}){{{_MEDIA}}}"
                # who is named in a caption may not be mentioned: then the author stays unknown
                with suppress(NoAnswer):
                    mention = self._ask(
                        self.users[handle], {"fields": fields}, absent=[_BAD_PARAMETER]
                    )
                    records += mention.records("mentioned_media", _Media, stream="mentioned_media")
        return records

    def _new(self, call: _Call, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a list from the newest back to a day before the newest of the last time."""
        cursor = cursor or {}
        until = cursor.get("until") or iso(window.first)
        newest = cursor.get("newest")
        hashtag = "recent_media" in call.path
        end = parse(until) - OVERLAP if "until" in cursor else window.first
        size = _Size(cursor)
        for answer, media, after, is_last in self._pages(call, cursor.get("after"), end, size):
            newest = newest or max(_times(media), default=None)
            records = self._found(answer) if hashtag else answer.records("data[*]", _Media)
            if is_last:
                yield Page(records, {"until": newest or until, **size.kept(grown=True)})
            else:
                goes_on = {"until": until, "newest": newest, "after": after}
                yield Page(records, {**goes_on, **size.kept()})

    def _discover(self, handle: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read a profile with its media, as far back as is due."""

        def params(after: str | None, size: int) -> Mapping[str, str]:
            place = f".after({after})" if after else ""
            media = f"media.limit({size}){place}{{{_DISCOVERED}}}"
            fields = f"business_discovery.username({handle}){{{_PROFILE},{media}}}"
            return {"fields": fields}

        call = _Call(self.user, params, "business_discovery.media", absent=[_NO_USER])
        pages = self._due_pages(call, cursor, window)
        while True:
            try:
                answer, media, page_cursor = next(pages)
            except StopIteration:
                return
            except NoAnswer:
                remedy = "correct or remove it, or ask whether its account is a professional one"
                raise not_found("Instagram", handle, remedy) from None
            # the profile comes with every page of its media: a page is told apart by where it ends
            end = f"/{media[-1].id}" if media else ""
            found = answer.records("business_discovery")
            yield Page([replace(record, id=record.id + end) for record in found], page_cursor)

    def _insights(self, user: str, cursor: Any, window: Window) -> Iterator[Page]:
        """Read the insights of our media, as far back as is due, each by what its type has."""
        fields = {"fields": "id,timestamp,media_product_type"}
        call = _Call(f"{user}/media", _with_cursor(fields), "data")
        answered, refused = 0, list[str]()
        for _, media, page_cursor in self._due_pages(call, cursor, window):
            records, left_out, told = self._insights_of(media)
            answered, refused = answered + told, refused + left_out
            yield Page(records, page_cursor, left_out)
        if refused and not answered:
            # then it is not about single media
            raise Stop(RunState.FAILED, "no medium tells its insights", whole_server=False)

    def _stories(self, user: str) -> Iterator[Page]:
        """Read our stories that are shown, with their insights: a list of their own."""
        call = _Call(f"{user}/stories", _with_cursor({"fields": _STORY}), "data")
        end = datetime.min.replace(tzinfo=UTC)
        for answer, media, *_ in self._pages(call, None, end, _Size(None)):
            records, left_out, _ = self._insights_of(media)
            yield Page([*answer.records("data[*]", _Media), *records], None, left_out)

    def _insights_of(self, media: Sequence[_Media]) -> tuple[list[Record], list[str], int]:
        """Return the insights of media, what is told of those left out, and how many were told."""
        records: list[Record] = []
        left_out, told = [], 0
        for one in media:
            metrics = _METRICS.get(one.media_product_type or "")
            if metrics is None:
                continue
            try:
                with suppress(NoAnswer):
                    asked = {"metric": metrics}
                    answer = self._ask(f"{one.id}/insights", asked, absent=_NO_INSIGHTS)
                    told += 1
                    identity = msgspec.json.encode(str(one.id))
                    for data in records_at(answer.body(), "data"):
                        raw = b'{"media_id":%b,"data":%b}' % (identity, data)
                        records.append(Record(raw, str(one.id), moment(one.at), "media_insights"))
            except Stop as stop:
                if stop.state != RunState.FAILED or not stop.was_asked:
                    raise
                left_out.append(f"medium {one.id}: {stop}")
        return records, left_out, told

    def _due_pages(
        self, call: _Call, cursor: Any, window: Window
    ) -> Iterator[tuple[Answer, Sequence[_Media], Any]]:
        """Read a list back to the oldest age that is due to be read again.

        Yields (answer, media, cursor). The cursor's `read` holds when each age was read last.
        """
        cursor = cursor or {"read": {}}
        size = _Size(cursor)
        read: dict[str, str] = cursor["read"]
        end, begun = cursor.get("end"), cursor.get("begun") or iso(window.now)
        if end is None:
            ages = [age for age, every in self.options.reread if _is_due(read, age, every, window)]
            ends = [window.now - timedelta(days=age) for age in ages]
            ends.append(parse(read["new"]) - OVERLAP if read else window.first)
            end = iso(min(ends))
            read = {**read, **{str(age): iso(window.now) for age in ages}}
        pages = self._pages(call, cursor.get("after"), parse(end), size)
        for answer, media, after, is_last in pages:
            if is_last:
                yield answer, media, {"read": {**read, "new": begun}, **size.kept(grown=True)}
            else:
                goes_on = {"read": read, "end": end, "begun": begun, "after": after}
                yield answer, media, {**goes_on, **size.kept()}

    def _pages(
        self, call: _Call, after: str | None, end: datetime, size: _Size
    ) -> Iterator[tuple[Answer, Sequence[_Media], str | None, bool]]:
        """Yield (answer, media, where the next page is, whether the list was read to its end).

        A page that is too large for the platform is asked for again in a smaller size.
        """
        seen: set[str] = set()
        idle, resumed = 0, after is not None
        while True:
            absent = [*call.absent, _BAD_PARAMETER] if resumed else call.absent
            try:
                asked = call.params(after, size.media)
                answer = self._ask(call.path, asked, call.charge, absent)
            except TooMuch as error:
                if not size.shrink():
                    raise Stop(RunState.FAILED, str(error), whole_server=False) from None
                log.warning("%s: %s; asking for %d media a page", call.path, error, size.media)
                continue
            except NoAnswer:
                if not resumed:
                    raise
                after, resumed = None, False  # the cursor has expired
                continue
            resumed = False
            place = answer.json()
            for step in filter(None, call.place.removesuffix("data").split(".")):
                place = place.get(step) or {}
            # a private account has no media; a list of ours is one, if an empty one
            media = readable(place["data"] if call.place == "data" else place.get("data"), _Media)
            paging = place.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if call.place == "data" and "next" not in paging:
                after = None
            times = _times(media)
            is_last = after is None or bool(times and parse(times[-1]) < end)
            idle = 0 if {str(one.id) for one in media} - seen else idle + 1
            seen |= {str(one.id) for one in media}
            if idle > 1:
                # nothing new comes: the next run reads from the newest on, to where this one wanted
                yield answer, media, None, False
                return
            yield answer, media, after, is_last
            if is_last:
                return

    def _ask(
        self,
        path: str,
        params: Mapping[str, str],
        charge: Sequence[Charge] = (),
        absent: Sequence[str] = (),
    ) -> Answer:
        """Return an answer; NoAnswer where the error is one that `absent` names."""
        return self.server.call(
            f"/{self.options.api_version}/{path}",
            params,
            charge=charge,
            absent=lambda answer: bool(_error_codes(_error(answer)) & set(absent)),
        )

    def is_too_much(self, response: Response) -> bool:
        """Tell by code and message: code 1 alone is any unknown error."""
        error = _error(response)
        return error.get("code") == 1 and _TOO_MUCH in str(error.get("message"))

    def stop_for_error(self, response: Response) -> Stop | None:
        """Tell by code and subcode; what it means by its status alone is for the caller."""
        error = _error(response)
        if error.get("message") == _TOO_FEW_VIEWERS:
            return None
        means = _SUBCODES.get(error.get("error_subcode", 0)) or _CODES.get(error.get("code", 0))
        text = f"Instagram says: {error.get('message')}"
        if means is None or means is _NOT_THIS:
            # of one thing alone; the token is good
            is_one = response.status_code == 403
            return Stop(RunState.FAILED, text, whole_server=False) if is_one else None
        text = f"{text.rstrip('.')}. {means.advice}" if means.advice else text
        until = self._free_at(response) if means is _LIMIT else None
        return Stop(means.state, text, whole_server=means.whole_server, until=until)

    def _free_at(self, response: Response) -> datetime | None:
        """Return when a limit of a business use case is over, which its header tells in minutes."""
        try:
            usage = msgspec.json.decode(response.headers.get(_USAGE, "{}"), type=_Usage)
        except msgspec.DecodeError:
            return None
        minutes = max((one.minutes for use in usage.values() for one in use), default=0)
        return self.run.clock.now() + timedelta(minutes=minutes) if minutes else None


class _Size:
    """How many media a page of a list is asked for: fewer where the platform could not give more.

    It stands in the list's cursor. A list that was read to its end is asked for twice as many the
    next time: what was too much on one bad day does not make all later readings slow.
    """

    def __init__(self, cursor: Any) -> None:
        self.media = int((cursor or {}).get("size", PAGE))

    def shrink(self) -> bool:
        """Ask for half as many; False where it is one already."""
        before, self.media = self.media, max(self.media // 2, 1)
        return self.media < before

    def kept(self, *, grown: bool = False) -> dict[str, int]:
        """Return what the cursor holds of it: nothing where it is the usual size."""
        size = self.media * 2 if grown else self.media
        return {"size": size} if size < PAGE else {}


def _times(media: Sequence[_Media]) -> list[str]:
    """Return when media were made, of those that say so."""
    return [made for one in media if (made := moment(one.at))]


def _with_cursor(params: Mapping[str, str]) -> Callable[[str | None, int], Mapping[str, str]]:
    """Return a function that adds the size and the cursor, if there is one, to the parameters."""
    return lambda after, size: {
        **params,
        "limit": str(size),
        **({"after": after} if after else {}),
    }


def _is_due(read: Mapping[str, str], age: int, every: int, window: Window) -> bool:
    last = read.get(str(age))
    # an hour's grace, as for every post that is read again
    wait = timedelta(days=every, hours=-1)
    return last is None or window.now - parse(last) >= wait


def _error_codes(error: Mapping[str, Any]) -> set[str]:
    """Return what `absent` may name an error by: code, code.subcode and message."""
    code = error.get("code")
    return {str(code), f"{code}.{error.get('error_subcode')}", str(error.get("message"))}


def _error(response: Response) -> dict[str, Any]:
    try:
        found = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
