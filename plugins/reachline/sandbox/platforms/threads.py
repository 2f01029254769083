"""The Threads API: https://developers.facebook.com/docs/threads.

`sandbox-token.<handle>` is the token of a brand, or of a creator who said yes. A search gives what
is of its time, newest first, and no pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from reachline.sandbox.names import BRANDS
from reachline.sandbox.platforms.base import (
    Call,
    Handler,
    Platform,
    Refusal,
    packed,
    unpacked,
    whole,
)
from reachline.sandbox.platforms.market import Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError, State, asked_posts, every

_DAY = 86400
_FIRST_TIME = 1688540400
_BRANDS = {brand.handle_on("threads") for brand in BRANDS}
_TYPES = {"image": "IMAGE", "carousel": "CAROUSEL_ALBUM", "reel": "VIDEO"}
_FIELDS = {
    *("id", "media_product_type", "media_type", "media_url", "permalink", "owner", "username"),
    *("text", "timestamp", "shortcode", "thumbnail_url", "children", "is_quote_post"),
    *("alt_text", "link_attachment_url", "has_replies", "is_reply", "topic_tag", "quoted_post"),
    *("reposted_post", "is_verified", "profile_picture_url"),
}
_USER = {"id", "username", "name", "threads_profile_picture_url", "threads_biography"}
_METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")
_LEAST_FOLLOWERS = 100


def _error(code: int, message: str, *, subcode: int | None = None, status: int = 400) -> Refusal:
    said = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        said["error_subcode"] = subcode
    return Refusal(status, {"error": {**said, "fbtrace_id": "ASandboxTraceId00000000"}})


def _missing(what: str) -> Refusal:
    text = (
        f"Unsupported get request. Object with ID '{what}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation"
    )
    return _error(100, text, subcode=33)


class Threads(Platform):
    """Searches, accounts with their posts and mentions, look-ups of others, and insights."""

    name = "threads"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls of the one version that there is."""
        return {
            ("GET", "/v1.0/keyword_search"): self.keyword_search,
            ("GET", "/v1.0/profile_lookup"): self.profile_lookup,
            ("GET", "/v1.0/profile_posts"): self.profile_posts,
            ("GET", "/v1.0/me"): self.me,
            ("GET", "/v1.0/me/threads"): self.threads,
            ("GET", "/v1.0/me/mentions"): self.mentions,
            ("GET", "/v1.0/me/threads_insights"): self.user_insights,
            ("GET", "/v1.0/{id}/insights"): self.insights,
            ("GET", "/v1.0/{id}"): self.media,
        }

    def truth(self, state: State, query: str) -> list[str]:
        """Return the ids of all that a complete read of a query would land now."""
        kind, _, value = query.partition(":")
        found = asked_posts(state, self.name, query)
        return [p.native_id for p in found if kind != "hashtag" or _topic(p) == value.lower()]

    def limited(self, call: Call) -> Refusal:
        """Return the answer to too many calls with one token."""
        return _error(4, "(#4) Application request limit reached", status=403)

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token of more than 60 days ago."""
        text = "Error validating access token: Session has expired."
        return _error(190, text, subcode=463, status=401)

    def failed(self, call: Call) -> Refusal:
        """Return the answer when Threads fails."""
        return _error(2, "An unexpected error has occurred. Please retry later.", status=500)

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _error(2500, "Unknown path components: " + call.request.url.path)

    def _spend(self, call: Call, bucket: str, who: str, limit: int) -> None:
        try:
            call.state.spend(self.name, bucket, who, limit, every(_DAY))
        except QuotaSpentError:
            raise self.limited(call) from None

    def _me(self, call: Call) -> Account:
        """Return whose token it is."""
        start, _, handle = (call.bearer or "").partition(".")
        for account in call.state.accounts(self.name).values():
            is_ours = account.handle in _BRANDS or account.has_insights
            if start == TOKEN and account.handle == handle and is_ours:
                # 4,800 for each time that somebody saw a post of theirs, and at least for ten
                self._spend(call, "requests", handle, 48_000)
                return account
        raise _error(190, "Invalid OAuth access token - Cannot parse access token", status=401)

    def keyword_search(self, call: Call) -> Response:
        """Answer the posts with a keyword, or of a topic tag, of a span of time."""
        me = self._me(call)
        query, now = call.params.get("q", "").lower(), int(call.now.timestamp())
        if not query:
            raise _error(100, "(#100) The parameter q is required")
        since = whole(call.params.get("since"), _FIRST_TIME, 2**40)
        until = whole(call.params.get("until"), now, 2**40)
        if not _FIRST_TIME <= since < until <= now:
            raise _error(100, "(#100) Invalid parameter: since, until")
        is_tag = call.params.get("search_mode") == "TAG"
        found = [
            post
            for post in reversed(call.state.posts(self.name))
            if since <= post.published_at.timestamp() <= until
            and (_topic(post) == query if is_tag else query in post.text.lower())
        ]
        if found:
            self._spend(call, "searches", me.handle, 2200)
        if call.params.get("search_type") != "RECENT":
            found.sort(key=lambda post: -call.state.counts(post).likes)
        page = found[: whole(call.params.get("limit"), 25, 100)]
        data = [self._media(call, post, _FIELDS - {"owner"}) for post in page]
        return JSONResponse({"data": data})

    def profile_lookup(self, call: Call) -> Response:
        """Answer a public profile."""
        self._me(call)
        account = self._public(call)
        posts = [post for post in self._newest(call) if post.account == account.number]
        recent = [p for p in posts if p.published_at > call.now - timedelta(days=7)]
        counts = [call.state.counts(post) for post in recent]
        return JSONResponse(
            {
                "username": account.handle,
                "name": account.display_name,
                "profile_picture_url": f"https://scontent.example/{account.handle}",
                "biography": account.bio,
                "is_verified": account.is_verified,
                "follower_count": account.followers,
                "likes_count": sum(count.likes for count in counts),
                "quotes_count": 0,
                "replies_count": sum(count.comments for count in counts),
                "reposts_count": sum(count.shares for count in counts),
                "views_count": sum(count.views for count in counts),
            }
        )

    def _public(self, call: Call) -> Account:
        who = self._me(call).handle
        self._spend(call, "lookups", who, 1000)
        name = call.params.get("username", "").lower()
        for account in call.state.accounts(self.name).values():
            if account.handle.lower() == name and account.followers >= _LEAST_FOLLOWERS:
                return account
        raise _error(24, "The requested resource does not exist", subcode=4279009)

    def _newest(self, call: Call) -> list[Post]:
        return list(reversed(call.state.posts(self.name)))

    def profile_posts(self, call: Call) -> Response:
        """Answer the posts of a public profile."""
        account = self._public(call)
        found = [post for post in self._newest(call) if post.account == account.number]
        return self._list(call, found, _FIELDS - {"owner"})

    def threads(self, call: Call) -> Response:
        """Answer the posts of whose token it is."""
        me = self._me(call)
        return self._list(call, [p for p in self._newest(call) if p.account == me.number], _FIELDS)

    def mentions(self, call: Call) -> Response:
        """Answer the posts that mention whose token it is."""
        me = self._me(call)
        found = [post for post in self._newest(call) if me.handle.lower() in post.mentions]
        return self._list(call, found, _FIELDS)

    def _list(self, call: Call, found: Sequence[Post], known: set[str]) -> Response:
        size, after = whole(call.params.get("limit"), 25, 100), call.params.get("after")
        try:
            text = unpacked(after) if after else ""
        except ValueError:
            raise _error(100, "(#100) Invalid parameter: after") from None
        start = sum(_by_time(post) >= text for post in found) if text else 0
        page, following, repeats = call.page(found, start, size)
        data = [self._media(call, post, known) for post in page]
        if repeats or (not page and following is not None):
            return JSONResponse(
                {"data": data, "paging": {"cursors": {"after": after or packed("9")}}}
            )
        if not page:
            return JSONResponse({"data": []})
        cursors = {"before": packed(_by_time(page[0])), "after": packed(_by_time(page[-1]))}
        return JSONResponse({"data": data, "paging": {"cursors": cursors}})

    def me(self, call: Call) -> Response:
        """Answer the profile of whose token it is."""
        me = self._me(call)
        values = {
            "id": me.native_id,
            "username": me.handle,
            "name": me.display_name,
            "threads_profile_picture_url": f"https://scontent.example/{me.handle}",
            "threads_biography": me.bio,
            "is_verified": me.is_verified,
        }
        fields = _fields(call, {*_USER, "is_verified"}, "THUser")
        return JSONResponse({**{name: values[name] for name in fields}, "id": me.native_id})

    def user_insights(self, call: Call) -> Response:
        """Answer how many follow whose token it is."""
        me = self._me(call)
        if call.params.get("metric") != "followers_count":
            raise _error(100, "(#100) metric[0] must be one of the following values")
        told = {
            "name": "followers_count",
            "period": "day",
            "title": "Followers Count",
            "description": "The number of followers that you have on Threads.",
            "total_value": {"value": me.followers},
            "id": f"{me.native_id}/insights/followers_count/day",
        }
        return JSONResponse({"data": [told]})

    def insights(self, call: Call) -> Response:
        """Answer the counts of a post of whose token it is."""
        me = self._me(call)
        post = self._post(call)
        if post.account != me.number:
            raise _missing(post.native_id)
        counts = call.state.counts(post)
        values = {
            "views": counts.views,
            "likes": counts.likes,
            "replies": counts.comments,
            "reposts": counts.shares,
            "quotes": 0,
            "shares": 0,
        }
        names = [name for name in call.params.get("metric", "").split(",") if name]
        if not names or not set(names) <= set(_METRICS):
            raise _error(100, "(#100) metric[0] must be one of the following values")
        data = [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": values[name]}],
                "title": name.capitalize(),
                "description": f"The number of {name} of your post.",
                "id": f"{post.native_id}/insights/{name}/lifetime",
            }
            for name in names
            if name != "likes" or not call.state.hides_likes(post)
        ]
        return JSONResponse({"data": data})

    def media(self, call: Call) -> Response:
        """Answer one public post."""
        self._me(call)
        return JSONResponse(self._media(call, self._post(call), _FIELDS))

    def _post(self, call: Call) -> Post:
        identity = call.path["id"]
        for post in call.state.posts(self.name):
            if post.native_id == identity:
                return post
        raise _missing(identity)

    def _media(self, call: Call, post: Post, known: set[str]) -> dict[str, Any]:
        """Return the fields that were asked for; what a post does not have is left out."""
        account = call.state.accounts(self.name)[post.account]
        code = f"D{post.native_id[-9:]}"
        kind = _TYPES.get(post.content_type, "TEXT_POST")
        values = {
            "id": post.native_id,
            "media_product_type": "THREADS",
            "media_type": kind,
            "media_url": f"https://scontent.example/{code}" if kind != "TEXT_POST" else None,
            "permalink": f"https://www.threads.com/@{account.handle}/post/{code}",
            "owner": {"id": account.native_id},
            "username": account.handle,
            "text": post.text,
            "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shortcode": code,
            "is_quote_post": False,
            "link_attachment_url": next(filter(None, post.urls), None),
            "has_replies": call.state.counts(post).comments > 0,
            "is_reply": False,
            "topic_tag": _topic(post) or None,
            "is_verified": account.is_verified,
        }
        fields = _fields(call, known, "THMedia")
        shown = {name: values[name] for name in fields if values.get(name) is not None}
        return {**shown, "id": post.native_id}


def _fields(call: Call, known: set[str], node: str) -> list[str]:
    names = [name for name in call.params.get("fields", "id").split(",") if name]
    for name in names:
        if name not in known:
            text = f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
            raise _error(100, text)
    return names


def _topic(post: Post) -> str:
    """Return the one tag that is a post's topic, which people write last; "" where it has none."""
    return post.tags[-1] if post.tags else ""


def _by_time(post: Post) -> str:
    moment: datetime = post.published_at.astimezone(UTC)
    return f"{moment.isoformat()}|{post.number:020d}"
