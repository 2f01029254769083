"""TikTok's Display API and Research API: https://developers.tiktok.com/doc/.

`sandbox-token.<handle>` is the token that a creator of the roster has given, for their own videos;
`sandbox-token` alone is that of a client with a research licence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, digits
from reachline.sandbox.platforms.market import Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError, every

_MOST_DAYS = timedelta(days=30)
_VIDEO = {
    *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration"),
    *("height", "width", "title", "embed_html", "embed_link", "like_count", "comment_count"),
    *("share_count", "view_count"),
}
_RESEARCH_VIDEO = {
    *("id", "create_time", "username", "region_code", "video_description", "hashtag_names"),
    *("like_count", "comment_count", "share_count", "view_count"),
    *("favorites_count", "favourites_count"),
    *("video_duration", "music_id", "effect_ids", "playlist_id", "voice_to_text"),
}
_RESEARCH_USER = {
    *("display_name", "bio_description", "avatar_url", "is_verified"),
    *("follower_count", "following_count", "likes_count", "video_count"),
}
_USER = _RESEARCH_USER | {"open_id", "union_id", "username", "profile_deep_link"}


def _said(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "log_id": "20260301000000SANDBOX"}


def _refuse(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"data": {}, "error": _said(code, message)})


def _answer(data: dict[str, Any]) -> Response:
    return JSONResponse({"data": data, "error": _said("ok", "")})


class TikTok(Platform):
    """Videos and profile of who gave a token, and research on all."""

    name = "tiktok"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls."""
        return {
            ("POST", "/v2/video/list/"): self.video_list,
            ("POST", "/v2/video/query/"): self.video_query,
            ("GET", "/v2/user/info/"): self.user_info,
            ("POST", "/v2/research/video/query/"): self.research_videos,
            ("POST", "/v2/research/user/info/"): self.research_user,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to the 601st request in a minute."""
        text = "The API rate limit was exceeded. Please try again later."
        return _refuse(429, "rate_limit_exceeded", text)

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token of more than a day ago."""
        text = "The access token is invalid or not found in the request."
        return _refuse(401, "access_token_invalid", text)

    def failed(self, call: Call) -> Refusal:
        """Return the answer when TikTok fails."""
        return _refuse(500, "internal_error", "Something is wrong. Please try again later.")

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _refuse(404, "invalid_params", "Unsupported path")

    def _fields(self, call: Call, known: set[str]) -> list[str]:
        fields = [name for name in call.params.get("fields", "").split(",") if name]
        wrong = [n for n in fields if n not in known or not call.state.knows(self.name, n)]
        if not fields or wrong:
            got = ", ".join(sorted(wrong)) or "none"
            raise _refuse(400, "invalid_params", f"Fields is required and valid; got {got}")
        return fields

    def _spend(self, call: Call) -> None:
        try:
            call.state.spend(
                self.name, "requests", f"{call.bearer} {call.request.url.path}", 600, every(60)
            )
        except QuotaSpentError:
            raise self.limited(call) from None

    def _creator(self, call: Call) -> Account:
        """Return who gave the token."""
        start, dot, handle = (call.bearer or "").partition(".")
        for account in call.state.accounts(self.name).values():
            if start == TOKEN and dot and account.handle == handle:
                if not account.has_insights:
                    text = "The user did not authorize the scope required for this request."
                    raise _refuse(401, "scope_not_authorized", text)
                self._spend(call)
                return account
        raise self.expired(call)

    def _client(self, call: Call) -> None:
        if call.bearer != TOKEN:
            raise self.expired(call)
        self._spend(call)
        try:
            call.state.spend(self.name, "research", "", 1000, every(86400))
        except QuotaSpentError:
            text = "Daily quota limit exceeded. Please try again tomorrow."
            raise _refuse(429, "daily_quota_limit_exceeded", text) from None

    def _own(self, call: Call, creator: Account) -> list[Post]:
        posts = reversed(call.state.posts(self.name))
        return [post for post in posts if post.account == creator.number]

    def video_list(self, call: Call) -> Response:
        """Answer the creator's videos, newest first; the cursor is a moment in milliseconds."""
        creator, fields = self._creator(call), self._fields(call, _VIDEO)
        body = _body(call)
        size, cursor = _whole(body, "max_count", 10, 20), body.get("cursor")
        if cursor is not None and not isinstance(cursor, int):
            raise _refuse(400, "invalid_params", "The cursor is invalid")
        found = [p for p in self._own(call, creator) if cursor is None or _milli(p) < cursor]
        page, following, repeats = call.page(found, 0, size)
        last = cursor
        if page and not repeats:
            last = _milli(page[-1])
        data = {
            "videos": [self._video(call, post, fields) for post in page],
            "cursor": int(call.now.timestamp() * 1000) if last is None else last,
            "has_more": following is not None,
        }
        return _answer(data)

    def video_query(self, call: Call) -> Response:
        """Answer up to 20 of the creator's videos; those that are gone are left out."""
        creator, fields = self._creator(call), self._fields(call, _VIDEO)
        filters = _body(call).get("filters")
        ids = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= 20:
            raise _refuse(400, "invalid_params", "filters.video_ids holds 1 to 20 ids")
        found = [post for post in self._own(call, creator) if post.native_id in ids]
        if call.is_due("empty_page"):
            found = []
        return _answer({"videos": [self._video(call, post, fields) for post in found]})

    def _video(self, call: Call, post: Post, fields: Sequence[str]) -> dict[str, Any]:
        counts = call.state.counts(post)
        link = f"https://www.tiktok.com/player/v1/{post.native_id}"
        known = {
            "id": post.native_id,
            "create_time": int(post.published_at.timestamp()),
            "cover_image_url": f"https://p16-sign.tiktokcdn.example/{post.native_id}",
            "share_url": f"{post.permalink}?utm_campaign=tt4d_open_api&utm_source=sandbox",
            "video_description": post.text,
            "duration": 10 + post.number % 50,
            "height": 1024,
            "width": 576,
            "title": post.text,
            "embed_html": f'<iframe src="{link}"></iframe>',
            "embed_link": link,
            "like_count": None if call.state.hides_likes(post) else counts.likes,
            "comment_count": counts.comments,
            "share_count": counts.shares,
            "view_count": counts.views,
        }
        return {name: known[name] for name in fields if known[name] is not None}

    def user_info(self, call: Call) -> Response:
        """Answer the profile of who gave the token."""
        creator, fields = self._creator(call), self._fields(call, _USER)
        known = self._profile(call, creator)
        return _answer({"user": {name: known[name] for name in fields}})

    def _profile(self, call: Call, account: Account) -> dict[str, Any]:
        likes = sum(call.state.counts(post).likes for post in self._own(call, account))
        return {
            "open_id": f"-000{digits(20, 'open id', account.native_id)}",
            "union_id": digits(20, "union id", account.native_id),
            "username": account.handle,
            "display_name": account.display_name,
            "bio_description": account.bio,
            "avatar_url": f"https://p16-sign.tiktokcdn.example/u/{account.native_id}",
            "profile_deep_link": f"https://vm.tiktok.com/{account.number}/",
            "is_verified": account.is_verified,
            "follower_count": account.followers,
            "following_count": account.following,
            "likes_count": likes,
            "video_count": account.posts_count,
        }

    def research_videos(self, call: Call) -> Response:
        """Answer the videos of a query between two days, of 30 at most, newest first."""
        self._client(call)
        fields = self._fields(call, _RESEARCH_VIDEO)
        body = _body(call)
        first, last = _day(body, "start_date"), _day(body, "end_date")
        if not timedelta(0) <= last - first <= _MOST_DAYS:
            raise _refuse(400, "invalid_params", "end_date is at most 30 days after start_date")
        wanted = _wanted(body.get("query"))
        accounts = call.state.accounts(self.name)
        found = [
            post
            for post in reversed(call.state.posts(self.name))
            if first <= post.published_at < last + timedelta(days=1)
            and wanted(post, accounts[post.account])
        ]
        start = _whole(body, "cursor", 0, 1_000_000, 0)
        size = _whole(body, "max_count", 20, 100)
        page, following, _ = call.page(found, start, size)
        search = body.get("search_id") or digits(19, "search", str(body.get("query")))
        data = {
            "videos": [self._researched(call, p, accounts[p.account], fields) for p in page],
            "cursor": start + len(page) if following is None else following,
            "has_more": following is not None,
            "search_id": search,
        }
        return _answer(data)

    def _researched(
        self, call: Call, post: Post, account: Account, fields: Sequence[str]
    ) -> dict[str, Any]:
        counts = call.state.counts(post)
        # ids are numbers here, and text in the Display API
        known = {
            "id": int(post.native_id),
            "create_time": int(post.published_at.timestamp()),
            "username": account.handle,
            "region_code": account.country,
            "video_description": post.text,
            "hashtag_names": list(post.tags),
            "like_count": None if call.state.hides_likes(post) else counts.likes,
            "comment_count": counts.comments,
            "share_count": counts.shares,
            "view_count": counts.views,
            "favorites_count": counts.saves,
            "favourites_count": counts.saves,
            "video_duration": 10 + post.number % 50,
            "music_id": int(digits(18, "music", post.number % 50)),
            "effect_ids": [],
            "playlist_id": None,
            "voice_to_text": None,
        }
        return {name: known[name] for name in fields if known[name] is not None}

    def research_user(self, call: Call) -> Response:
        """Answer the profile of a name."""
        self._client(call)
        fields = self._fields(call, _RESEARCH_USER)
        name = str(_body(call).get("username", "")).lower()
        for account in call.state.accounts(self.name).values():
            if account.handle.lower() == name:
                known = self._profile(call, account)
                return _answer({field: known[field] for field in fields})
        raise _refuse(404, "not_found", f"User {name} can't be found")


def _body(call: Call) -> dict[str, Any]:
    if call.body is None:
        return {}
    if not isinstance(call.body, dict):
        raise _refuse(400, "invalid_params", "The body is no JSON object")
    return call.body


def _whole(body: dict[str, Any], name: str, default: int, most: int, least: int = 1) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or not least <= value <= most:
        raise _refuse(400, "invalid_params", f"{name} is not {least} to {most}")
    return value


def _milli(post: Post) -> int:
    return int(post.published_at.timestamp() * 1000)


def _day(body: dict[str, Any], name: str) -> datetime:
    try:
        return datetime.strptime(str(body.get(name)), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise _refuse(400, "invalid_params", f"{name} is a day in the form of 20260301") from None


Test = Callable[[Post, Account], bool]
_ASKS: dict[str, Callable[[str], Test]] = {
    "hashtag_name": lambda text: lambda post, account: text.lower() in post.tags,
    "keyword": lambda text: lambda post, account: text.lower() in post.text.lower(),
    "username": lambda text: lambda post, account: text.lower() == account.handle.lower(),
    "video_id": lambda text: lambda post, account: text == post.native_id,
    "region_code": lambda text: lambda post, account: text == account.country,
}


def _wanted(query: object) -> Test:
    """Return what and, or and not ask together of a video."""
    if not isinstance(query, dict) or not query or not {"and", "or", "not"}.issuperset(query):
        raise _refuse(400, "invalid_params", "query has and, or, not")
    parts = {kind: [_condition(condition) for condition in query.get(kind, ())] for kind in query}

    def test(post: Post, account: Account) -> bool:
        return (
            all(is_so(post, account) for is_so in parts.get("and", ()))
            and not any(is_so(post, account) for is_so in parts.get("not", ()))
            and (not parts.get("or") or any(is_so(post, account) for is_so in parts["or"]))
        )

    return test


def _condition(said: object) -> Test:
    said = said if isinstance(said, dict) else {}
    name, values = said.get("field_name"), said.get("field_values")
    if name not in _ASKS or said.get("operation") not in ("EQ", "IN") or not values:
        raise _refuse(400, "invalid_params", f"the sandbox can't ask for {said}")
    tests = [_ASKS[str(name)](str(value)) for value in values]
    return lambda post, account: any(is_so(post, account) for is_so in tests)
