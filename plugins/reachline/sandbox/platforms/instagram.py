"""The Instagram Graph API: https://developers.facebook.com/docs/instagram-platform.

A token opens the accounts of the own brands, and the insights of creators who said yes to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from reachline.sandbox.names import BRANDS
from reachline.sandbox.platforms.base import (
    Call,
    Handler,
    Platform,
    Refusal,
    digits,
    packed,
    unpacked,
    whole,
)
from reachline.sandbox.platforms.market import Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError, every

_WEEK = timedelta(days=7)
_MOST_TAGS = 30
_OWN = {brand.handle_on("instagram") for brand in BRANDS if brand.role == "own"}
_TYPES = {"image": "IMAGE", "story": "IMAGE", "carousel": "CAROUSEL_ALBUM", "reel": "VIDEO"}
_ALL = ("reach", "shares", "views", "total_interactions")
_COMMON = (*_ALL, "saved", "likes", "comments")
METRICS = {
    "FEED": (*_COMMON, "follows", "profile_visits", "profile_activity"),
    "REELS": (*_COMMON, "ig_reels_avg_watch_time", "ig_reels_video_view_total_time"),
    "STORY": (*_ALL, "replies", "follows", "navigation", "profile_visits", "profile_activity"),
}
_STORY_LIFE = timedelta(days=1)
# insights come with a delay
_FIRST_INSIGHTS = timedelta(hours=1)
_HASHTAG_MEDIA = {
    *("id", "caption", "children", "comments_count", "like_count", "media_type"),
    *("media_url", "permalink", "timestamp"),
}
MEDIA = {
    *_HASHTAG_MEDIA,
    *("username", "owner", "shortcode", "is_comment_enabled", "view_count", "media_product_type"),
}


def _by_time(post: Post) -> str:
    return f"{post.published_at.isoformat()}|{post.number:020d}"


def _error(
    code: int, message: str, *, subcode: int | None = None, status: int = 400, **more: Any
) -> Refusal:
    said = {"message": message, "type": "OAuthException", "code": code, **more}
    if subcode is not None:
        said["error_subcode"] = subcode
    return Refusal(status, {"error": {**said, "fbtrace_id": "ASandboxTraceId00000000"}})


@dataclass
class Fields:
    """The fields asked for: each with its arguments, as in `.limit(5)`, and the fields within."""

    names: dict[str, Fields] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)


_FIELD = re.compile(r"\s*(\w+)((?:\.\w+\([^)]*\))*)\s*([{,}]|$)")


def read_fields(text: str) -> Fields:
    """Return what `id,media.limit(2){id,caption}` asks for; raises the platform's refusal."""
    fields, rest = _read_fields(text)
    if rest.strip():
        raise _error(2500, f"Syntax error at character {len(text) - len(rest)}: {rest[:20]}")
    return fields


def _read_fields(text: str) -> tuple[Fields, str]:
    fields = Fields()
    while text.strip() and not text.lstrip().startswith("}"):
        found = _FIELD.match(text)
        if found is None:
            break
        name, arguments, ends = found.groups()
        inner = Fields(arguments=dict(re.findall(r"\.(\w+)\(([^)]*)\)", arguments)))
        text = text[found.end() - (ends == "}") :]
        if ends == "{":
            within, text = _read_fields(text)
            if not text.startswith("}"):
                raise _error(2500, "Syntax error: Expected }")
            inner.names, text = within.names, text[1:].removeprefix(",")
        fields.names[name] = inner
    return fields, text


class Instagram(Platform):
    """Hashtags and their media, tagged and mentioned media, business discovery, insights."""

    name = "instagram"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls, below a version such as v22.0."""
        return {
            ("GET", "/{version}/ig_hashtag_search"): self.hashtag_search,
            ("GET", "/{version}/{id}/recent_media"): self.recent_media,
            ("GET", "/{version}/{id}/top_media"): self.top_media,
            ("GET", "/{version}/{id}/tags"): self.tags,
            ("GET", "/{version}/{id}/media"): self.media,
            ("GET", "/{version}/{id}/stories"): self.stories,
            ("GET", "/{version}/{id}/insights"): self.insights,
            ("GET", "/{version}/{id}"): self.node,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to too many calls."""
        self._tell(call, 100)
        return _error(4, "(#4) Application request limit reached", status=403)

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token of more than 60 days ago."""
        text = "Error validating access token: Session has expired."
        return _error(190, text, subcode=463)

    def failed(self, call: Call) -> Refusal:
        """Return the answer when the Graph API fails."""
        text = "An unexpected error has occurred. Please retry your request later."
        return _error(2, text, status=500, is_transient=True)

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _error(2500, "Unknown path components: " + call.request.url.path)

    def _missing(self, what: str) -> Refusal:
        text = (
            f"Unsupported get request. Object with ID '{what}' does not exist, cannot be loaded "
            "due to missing permissions, or does not support this operation"
        )
        return _error(100, text, subcode=33)

    def _tell(self, call: Call, percent: int) -> None:
        usage = {"call_count": percent, "total_time": percent // 2, "total_cputime": percent // 2}
        call.headers["X-App-Usage"] = json.dumps(usage, separators=(",", ":"))

    def _enter(self, call: Call) -> None:
        token = call.params.get("access_token") or call.bearer
        if token is None:
            text = "An access token is required to request this resource."
            raise _error(104, text)
        if token != TOKEN:
            raise _error(190, "Invalid OAuth access token - Cannot parse access token")
        try:
            left = call.state.spend(self.name, "requests", "", 4800, every(86400))
        except QuotaSpentError:
            raise self.limited(call) from None
        self._tell(call, 100 - 100 * left.remaining // max(1, left.limit))

    def _user(self, call: Call, identity: str) -> Account:
        """Return an own brand's account, the only ones that may ask."""
        for account in call.state.accounts(self.name).values():
            if account.native_id == identity and account.handle in _OWN:
                return account
        raise self._missing(identity)

    def hashtag_search(self, call: Call) -> Response:
        """Answer the id of a hashtag; 30 different ones may be asked for in 7 days."""
        self._enter(call)
        for name in ("user_id", "q"):
            if not call.params.get(name):
                raise _error(100, f"(#100) The parameter {name} is required")
        user = self._user(call, call.params["user_id"])
        tag = call.params["q"].lstrip("#").lower()
        if not any(tag in post.tags for post in call.state.posts(self.name)):
            text = "The requested resource does not exist"
            raise _error(24, text, subcode=2207024)
        self._count_tag(call, user, tag)
        return JSONResponse({"data": [{"id": _hashtag_id(tag)}]})

    def _count_tag(self, call: Call, user: Account, tag: str) -> None:
        asked = call.state.first_asked.setdefault((self.name, user.native_id), {})
        for old in [old for old, first in asked.items() if first <= call.now - _WEEK]:
            del asked[old]
        most = call.state.limits.get((self.name, "hashtags"), _MOST_TAGS)
        if tag not in asked and len(asked) >= most:
            text = "(#18) You have queried the maximum number of hashtags within 7 days"
            raise _error(18, text, subcode=2207034)
        asked.setdefault(tag, call.now)

    def _tag_media(self, call: Call) -> list[Post]:
        """Return the posts of the hashtag whose id is in the path."""
        self._enter(call)
        if not call.params.get("user_id"):
            raise _error(100, "(#100) The parameter user_id is required")
        user = self._user(call, call.params["user_id"])
        posts = call.state.posts(self.name)
        tags = {tag for post in posts for tag in post.tags}
        tag = next((tag for tag in tags if _hashtag_id(tag) == call.path["id"]), None)
        if tag is None:
            raise self._missing(call.path["id"])
        self._count_tag(call, user, tag)
        return [post for post in reversed(posts) if tag in post.tags]

    def recent_media(self, call: Call) -> Response:
        """Answer the posts of a hashtag of the last 24 hours, newest first."""
        found = self._tag_media(call)
        since = call.now - timedelta(days=1)
        recent = [post for post in found if post.published_at > since]
        return self._edge(call, recent, _HASHTAG_MEDIA, ends_empty=True)

    def top_media(self, call: Call) -> Response:
        """Answer the posts of a hashtag, those with most likes first."""
        found = self._tag_media(call)
        found.sort(key=lambda post: -call.state.counts(post).likes)
        return self._edge(call, found, _HASHTAG_MEDIA, None, ends_empty=True)

    def tags(self, call: Call) -> Response:
        """Answer the posts that an own brand is tagged in, newest first."""
        self._enter(call)
        handle = self._user(call, call.path["id"]).handle
        found = [p for p in reversed(call.state.posts(self.name)) if handle in p.mentions]
        return self._edge(call, found, MEDIA)

    def media(self, call: Call) -> Response:
        """Answer the posts of an own brand, newest first."""
        self._enter(call)
        number = self._user(call, call.path["id"]).number
        found = [p for p in reversed(call.state.posts(self.name)) if p.account == number]
        return self._edge(call, found, MEDIA)

    def stories(self, call: Call) -> Response:
        """Answer the stories of an own brand that are shown now, newest first."""
        self._enter(call)
        return self._edge(call, self._shown_stories(call, self._user(call, call.path["id"])), MEDIA)

    def _shown_stories(self, call: Call, user: Account) -> list[Post]:
        """Return the stories of the last 24 hours: one an hour after each picture of the feed."""
        stories = [
            _story(post, user)
            for post in reversed(call.state.posts(self.name))
            if post.account == user.number and post.content_type == "image"
        ]
        since = call.now - _STORY_LIFE
        return [story for story in stories if since < story.published_at <= call.now]

    def _edge(
        self,
        call: Call,
        found: Sequence[Post],
        known: set[str],
        place: Callable[[Post], str] | None = _by_time,
        *,
        ends_empty: bool = False,
    ) -> Response:
        fields = read_fields(call.params.get("fields", "id"))
        size = whole(call.params.get("limit"), 25, 50)
        media, paging = self._media_page(
            call, found, fields, known, size, call.params.get("after"), place, ends_empty
        )
        if "next" in paging:
            asked = {k: v for k, v in call.params.items() if k not in ("after", "before")}
            paging["next"] = call.url(**asked, after=paging["cursors"]["after"])
        return JSONResponse({"data": media, **({"paging": paging} if paging else {})})

    def _media_page(
        self,
        call: Call,
        found: Sequence[Post],
        fields: Fields,
        known: set[str],
        size: int,
        after: str | None,
        place: Callable[[Post], str] | None,
        ends_empty: bool,
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a page of media and its paging; `place` is what a cursor holds, else a number.

        Hashtags name a next page even after the last one, so that an empty page ends them.
        """
        try:
            text = "" if after is None else unpacked(after)
            start = 0
            if text and place is None:
                start = int(text)
            elif text:
                start = sum(place(post) >= text for post in found)  # type: ignore[misc]
        except ValueError:
            raise _error(100, "(#100) Invalid parameter: after") from None
        page, following, repeats = call.page(found, start, size)
        media = [self._media(call, post, fields, known) for post in page]
        if repeats or (not page and following is not None):  # as if nobody had gone on
            return media, {"cursors": {"after": after or packed("")}, "next": ""}
        if not page:
            return media, {}
        upto = str(start + size) if place is None else place(page[-1])
        paging: dict[str, Any] = {"cursors": {"after": packed(upto)}}
        if following is not None or ends_empty:
            paging["next"] = ""
        return media, paging

    def _media(self, call: Call, post: Post, fields: Fields, known: set[str]) -> dict[str, Any]:
        for name in fields.names:
            if name not in known:
                text = f"(#100) Tried accessing nonexisting field ({name}) on node type (IGMedia)"
                raise _error(100, text)
        counts = call.state.counts(post)
        account = call.state.accounts(self.name)[post.account]
        values = {
            "id": post.native_id,
            "caption": post.text,
            "comments_count": counts.comments,
            "like_count": None if call.state.hides_likes(post) else counts.likes,
            "media_type": _TYPES[post.content_type],
            "media_product_type": _product(post),
            "media_url": f"https://scontent.cdninstagram.example/{post.native_id}",
            "permalink": post.permalink,
            "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "username": account.handle,
            "owner": {"id": account.native_id},
            "shortcode": post.permalink.rstrip("/").rpartition("/")[2],
            "is_comment_enabled": True,
            "view_count": counts.views if _product(post) == "REELS" else None,
        }
        # what is hidden, or not there, is left out
        shown = {n: values[n] for n in fields.names if values.get(n) is not None}
        return {**shown, "id": post.native_id}

    def insights(self, call: Call) -> Response:
        """Answer the insights of a post of an own brand, or of a creator who said yes."""
        self._enter(call)
        post = self._own_post(call, call.path["id"])
        metrics = [name for name in call.params.get("metric", "").split(",") if name]
        valid = METRICS[_product(post)]
        for number, name in enumerate(metrics):
            if name not in valid:
                allowed = ", ".join(valid)
                text = f"(#100) metric[{number}] must be one of the following values: {allowed}"
                raise _error(100, text)
        if not metrics:
            raise _error(100, "(#100) The parameter metric is required")
        counts = call.state.counts(post)
        values = {
            "reach": counts.reach,
            "saved": counts.saves,
            "shares": counts.shares,
            "views": counts.impressions,
            "likes": counts.likes,
            "comments": counts.comments,
            "total_interactions": counts.likes + counts.comments + counts.shares + counts.saves,
            "replies": counts.comments,
        }
        is_early = call.now < post.published_at + _FIRST_INSIGHTS
        data = [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": values[name]}],
                "title": name.replace("_", " ").capitalize(),
                "description": f"The {name.replace('_', ' ')} of the media",
                "id": f"{post.native_id}/insights/{name}/lifetime",
            }
            for name in metrics
            if name in values and not is_early
        ]
        return JSONResponse({"data": data})

    def _own_post(self, call: Call, identity: str) -> Post:
        accounts = call.state.accounts(self.name)
        for post in call.state.posts(self.name):
            if post.native_id == identity and (
                post.has_insights or accounts[post.account].handle in _OWN
            ):
                return post
        for user in accounts.values():
            if user.handle in _OWN:
                for story in self._shown_stories(call, user):
                    if story.native_id == identity:
                        return story
        raise self._missing(identity)

    def node(self, call: Call) -> Response:
        """Answer an own user, with business_discovery or mentioned_media, or an own post."""
        self._enter(call)
        fields = read_fields(call.params.get("fields", "id"))
        identity = call.path["id"]
        if any(p.native_id == identity for p in call.state.posts(self.name)):
            post = self._own_post(call, identity)
            return JSONResponse(self._media(call, post, fields, MEDIA))
        user = self._user(call, identity)
        answer: dict[str, Any] = {}
        for name, inner in fields.names.items():
            if name == "business_discovery":
                answer[name] = self._discovered(call, inner)
            elif name == "mentioned_media":
                wanted = inner.arguments.get("media_id", "")
                posts = call.state.posts(self.name)
                found = [p for p in posts if p.native_id == wanted and user.handle in p.mentions]
                if not found:
                    raise self._missing(wanted)
                answer[name] = self._media(call, found[0], inner, MEDIA)
            else:
                answer |= self._profile(user, name)
        return JSONResponse({**answer, "id": user.native_id})

    def _profile(self, account: Account, name: str) -> dict[str, Any]:
        known = {
            "id": account.native_id,
            "username": account.handle,
            "name": account.display_name,
            "biography": account.bio,
            "followers_count": account.followers,
            "follows_count": account.following,
            "media_count": account.posts_count,
            "profile_picture_url": f"https://scontent.cdninstagram.example/u/{account.native_id}",
            "website": None,
        }
        if name not in known:
            text = f"(#100) Tried accessing nonexisting field ({name}) on node type (IGUser)"
            raise _error(100, text)
        return {name: known[name]} if known[name] is not None else {}

    def _discovered(self, call: Call, fields: Fields) -> dict[str, Any]:
        handle = fields.arguments.get("username", "").lower()
        accounts = call.state.accounts(self.name).values()
        account = next((a for a in accounts if a.handle.lower() == handle), None)
        if account is None:
            told = f"The user with username: {handle} cannot be found."
            raise _error(110, "Invalid user id", subcode=2207013, error_user_msg=told)
        answer: dict[str, Any] = {}
        for name, inner in fields.names.items():
            if name != "media":
                answer |= self._profile(account, name)
                continue
            posts = call.state.posts(self.name)
            found = [post for post in reversed(posts) if post.account == account.number]
            size = whole(inner.arguments.get("limit"), 25, 50)
            media, paging = self._media_page(
                call, found, inner, MEDIA, size, inner.arguments.get("after"), _by_time, False
            )
            # there is no address of a page within: whoever goes on puts the cursor in
            has_more = paging.pop("next", None) is not None
            answer["media"] = {"data": media, **({"paging": paging} if has_more else {})}
        return {**answer, "id": account.native_id}


def _product(post: Post) -> str:
    return {"reel": "REELS", "story": "STORY"}.get(post.content_type, "FEED")


def _story(post: Post, author: Account) -> Post:
    """Return the story that tells of a post."""
    identity = "180" + digits(14, "story", post.native_id)
    return replace(
        post,
        native_id=identity,
        content_type="story",
        published_at=post.published_at + timedelta(hours=1),
        permalink=f"https://www.instagram.com/stories/{author.handle}/{identity}",
    )


def _hashtag_id(tag: str) -> str:
    return "178" + digits(14, "hashtag", tag)
