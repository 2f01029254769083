"""The X API v2: https://docs.x.com/x-api.

What a call reads is paid for: `units` of the list of requests says how much it was. Fields are
asked for by `tweet.fields` or, in the names of newer documents, by `post.fields`; an answer is in
the same names. An edit is a post with an id of its own.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import (
    Call,
    Handler,
    Platform,
    Refusal,
    digits,
    iso,
    packed,
    unpacked,
)
from reachline.sandbox.platforms.market import EDITED, MARK, Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError, Window, every
from reachline.sandbox.platforms.terms import QueryError, parse

_QUARTER = 900
_RECENT = timedelta(days=7)
_MOST_CHARACTERS = 280
_MEDIA = {"image": "3", "video": "13"}
_PROBLEMS = "https://api.twitter.com/2/problems"


def _month(now: datetime) -> tuple[datetime, datetime]:
    begins = datetime(now.year, now.month, 1, tzinfo=UTC)
    return begins, datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


def _blank(status: int, title: str, detail: str | None = None) -> Refusal:
    said = {"title": title, "detail": detail or title, "type": "about:blank", "status": status}
    return Refusal(status, said)


def _invalid(parameter: str, value: str, message: str) -> Refusal:
    return Refusal(
        400,
        {
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": f"{_PROBLEMS}/invalid-request",
        },
    )


@dataclass(frozen=True)
class _Names:
    """What a document calls things: the parameter of posts' fields, and what is in a post."""

    parameter: str
    note: str
    versions: str
    reposts: str
    posts_of_user: str
    expanded: frozenset[str] = frozenset()
    """What a post has only where it is expanded."""


_TWEETS = _Names(
    "tweet.fields", "note_tweet", "edit_history_tweet_ids", "retweet_count", "tweet_count"
)
_POSTS = _Names(
    *("post.fields", "note_post", "edit_history_post_ids", "repost_count", "post_count"),
    frozenset({"author_id", "edit_history_post_ids"}),
)


class X(Platform):
    """Recent search, posts by id, and users by name."""

    name = "x"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls."""
        return {
            ("GET", "/2/tweets/search/recent"): self.search_recent,
            ("GET", "/2/tweets"): self.tweets,
            ("GET", "/2/users/by"): self.users_by,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to too many requests in a quarter of an hour."""
        _, ends = every(_QUARTER)(call.now)
        self._tell(call, Window(450, 0, ends))
        return _blank(429, "Too Many Requests")

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token that is none any more."""
        return _blank(401, "Unauthorized")

    def failed(self, call: Call) -> Refusal:
        """Return the answer when X fails."""
        return _blank(500, "Internal Server Error", "Something is broken.")

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _blank(404, "Not Found")

    def _tell(self, call: Call, left: Window) -> None:
        call.headers |= {
            "x-rate-limit-limit": str(left.limit),
            "x-rate-limit-remaining": str(left.remaining),
            "x-rate-limit-reset": str(int(left.resets_at.timestamp())),
        }

    def _enter(self, call: Call, bucket: str, limit: int) -> None:
        call.units = 0
        if call.bearer != TOKEN:
            raise self.expired(call)
        try:
            left = call.state.spend(self.name, bucket, "", limit, every(_QUARTER))
        except QuotaSpentError as spent:
            refusal = self.limited(call)
            self._tell(call, spent.window)
            raise refusal from None
        self._tell(call, left)

    def _pay(self, call: Call, records: int) -> None:
        """Count what is read of the month's cap; it has to be there before."""
        try:
            call.state.spend(self.name, "posts a month", "", 1_000_000, _month, records)
        except QuotaSpentError:
            said = {
                "title": "UsageCapExceeded",
                "detail": "Usage cap exceeded: Monthly product cap",
                "type": f"{_PROBLEMS}/usage-capped",
                "period": "Monthly",
                "scope": "Product",
            }
            raise Refusal(429, said) from None
        call.units = records

    def search_recent(self, call: Call) -> Response:
        """Answer the posts of a query of the last seven days, newest first."""
        self._enter(call, "search", 450)
        params = call.params
        query = params.get("query", "")
        if not query or len(query) > 512:
            text = "'query' must be a non-empty string of at most 512 characters"
            raise _invalid("query", query, f"Invalid 'query':'{query}'. {text}")
        size_text = params.get("max_results", "10")
        if not size_text.isdecimal() or not 10 <= int(size_text) <= 100:
            text = (
                f"The `max_results` query parameter value [{size_text}] is not between 10 and 100"
            )
            raise _invalid("max_results", size_text, text)
        try:
            wanted = parse(query, _OPERATORS)
        except QueryError as error:
            raise _invalid("query", query, str(error)) from None
        accounts = call.state.accounts(self.name)
        posts = call.state.posts(self.name)
        since, begins = self._since(call), _when(call, "start_time")
        ends = _when(call, "end_time")
        found = [
            post
            for post in reversed(posts)
            if wanted(post, accounts[post.account])
            and post.published_at > since
            and (begins is None or post.published_at >= begins)
            and (ends is None or post.published_at < ends)
        ]
        token = params.get("next_token") or params.get("pagination_token")
        try:
            place = "" if token is None else unpacked(token)
        except ValueError:
            text = "Invalid 'next_token'"
            raise _invalid("next_token", str(token), text) from None
        start = sum(_by_time(post) >= place for post in found) if place else 0
        page, following, repeats = call.page(found, start, int(size_text))
        self._pay(call, len(page))
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            newest, oldest = (_versions(post)[-1] for post in (page[0], page[-1]))
            meta |= {"newest_id": newest, "oldest_id": oldest}
        if repeats or (not page and following is not None):
            meta["next_token"] = token or packed("9")
        elif following is not None:
            meta["next_token"] = packed(_by_time(page[-1]))
        answer = self._posts(call, page, accounts)
        return JSONResponse({**answer, "meta": meta})

    def _since(self, call: Call) -> datetime:
        """Return what since_id asks for: posts after that one, not older than seven days."""
        oldest, text = call.now - _RECENT, call.params.get("since_id")
        if text is None:
            return oldest
        for post in call.state.market.posts[self.name]:
            if text in (post.native_id, _edited_id(post)):
                if post.published_at < oldest:
                    message = "'since_id' must be a tweet id created within the last 7 days"
                    raise _invalid("since_id", text, message)
                return post.published_at
        raise _invalid("since_id", text, f"'since_id' [{text}] is not a valid tweet id")

    def tweets(self, call: Call) -> Response:
        """Answer up to 100 posts, and an error for each that is not there."""
        self._enter(call, "lookup", 300)
        ids = self._many(call, "ids")
        posts = call.state.posts(self.name)
        by_id = {identity: post for post in posts for identity in _versions(post)}
        # of a post that was edited the version that is asked for
        found = {identity: by_id[identity] for identity in ids if identity in by_id}
        if call.is_due("empty_page"):
            found = {}
        self._pay(call, len(found))
        accounts = call.state.accounts(self.name)
        answer = self._posts(call, list(found.values()), accounts, list(found))
        errors = [_not_found("tweet", "ids", i) for i in ids if i not in by_id]
        return JSONResponse({**answer, **({"errors": errors} if errors else {})})

    def users_by(self, call: Call) -> Response:
        """Answer up to 100 users, and an error for each that is not there."""
        self._enter(call, "users", 300)
        names = self._many(call, "usernames")
        by_name = {a.handle.lower(): a for a in call.state.accounts(self.name).values()}
        found = [by_name[name.lower()] for name in names if name.lower() in by_name]
        self._pay(call, len(found))
        users = [self._user(call, account, self._names(call)) for account in found]
        answer = {"data": users} if users else {}
        errors = [_not_found("user", "usernames", n) for n in names if n.lower() not in by_name]
        return JSONResponse({**answer, **({"errors": errors} if errors else {})})

    def _many(self, call: Call, name: str) -> list[str]:
        text = call.params.get(name, "")
        values = list(dict.fromkeys(value for value in text.split(",") if value))
        if not 1 <= len(values) <= 100:
            message = f"The number of values in the `{name}` query parameter list is not 1 to 100"
            raise _invalid(name, text, message)
        return values

    def _names(self, call: Call) -> _Names:
        """Return the names that a call asks in; refuse those that X is told not to know."""
        for names in (_TWEETS, _POSTS):
            if names.parameter in call.params and not call.state.knows(self.name, names.parameter):
                others = ", ".join(sorted({"expansions", "ids", "query", "user.fields"}))
                message = f"The query parameter [{names.parameter}] is not one of [{others}]"
                raise _invalid(names.parameter, call.params[names.parameter], message)
        is_newer = not call.state.knows(self.name, _TWEETS.parameter)
        return _POSTS if is_newer or _POSTS.parameter in call.params else _TWEETS

    def _posts(
        self,
        call: Call,
        page: Sequence[Post],
        accounts: dict[int, Account],
        ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Return the data of an answer, and the authors where it is told to include them.

        `ids` are those of the versions of the posts; the newest unless told.
        """
        names = self._names(call)
        if not page:
            return {}
        expansions = set(_listed(call, "expansions"))
        fields = (set(_listed(call, names.parameter)) - names.expanded) | (
            expansions & {"author_id", names.versions}
        )
        if names is _TWEETS:
            fields.add(names.versions)
        by_name = {account.handle.lower(): account for account in accounts.values()}
        ids = ids or [_versions(post)[-1] for post in page]
        answer: dict[str, Any] = {
            "data": [
                self._post(call, post, identity, accounts[post.account], by_name, fields, names)
                for post, identity in zip(page, ids, strict=True)
            ]
        }
        includes: dict[str, Any] = {}
        if "author_id" in expansions:
            authors = dict.fromkeys(post.account for post in page)
            includes["users"] = [self._user(call, accounts[a], names) for a in authors]
        if names.versions in expansions:
            key = "tweets" if names is _TWEETS else "posts"
            includes[key] = [
                self._post(call, post, identity, accounts[post.account], by_name, fields, names)
                for post in page
                for identity in _versions(post)
            ]
        return {**answer, **({"includes": includes} if includes else {})}

    def _post(
        self,
        call: Call,
        post: Post,
        identity: str,
        account: Account,
        by_name: dict[str, Account],
        fields: set[str],
        names: _Names,
    ) -> dict[str, Any]:
        counts = call.state.counts(post)
        is_newest = identity == _versions(post)[-1]
        written = post.text if is_newest else post.text.removesuffix(EDITED)
        whole = html.escape(written, quote=False)
        most = call.state.limits.get((self.name, "characters"), _MOST_CHARACTERS)
        text = whole if len(whole) <= most else whole[: most - 1] + "…"
        media = _MEDIA.get(post.content_type)
        known: dict[str, Any] = {
            "author_id": account.native_id,
            "conversation_id": post.native_id,
            "created_at": iso(post.published_at),
            "lang": post.language,
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "public_metrics": {
                names.reposts: counts.shares,
                "reply_count": counts.comments,
                "like_count": counts.likes,
                "quote_count": 0,
                "bookmark_count": counts.saves,
                "impression_count": counts.views,
            },
            "entities": _entities(text, by_name),
            "attachments": {} if media is None else {"media_keys": [f"{media}_{post.native_id}"]},
            names.versions: _versions(post),
            names.note: {}
            if text == whole
            else {"text": whole, "entities": _entities(whole, by_name)},
        }
        if names is _POSTS:
            known["paid_partnership"] = post.is_paid_label
        shown = {name: value for name, value in known.items() if name in fields and value != {}}
        return {"id": identity, "text": text, **shown}

    def _user(self, call: Call, account: Account, names: _Names) -> dict[str, Any]:
        fields = set(_listed(call, "user.fields"))
        known = {
            "created_at": "2019-03-01T00:00:00.000Z",
            "description": account.bio,
            "location": account.country,
            "protected": False,
            "verified": account.is_verified,
            "public_metrics": {
                "followers_count": account.followers,
                "following_count": account.following,
                names.posts_of_user: account.posts_count,
                "listed_count": 0,
            },
        }
        shown = {name: value for name, value in known.items() if name in fields}
        return {
            "id": account.native_id,
            "name": account.display_name,
            "username": account.handle,
            **shown,
        }


def _listed(call: Call, name: str) -> Iterable[str]:
    return filter(None, call.params.get(name, "").split(","))


def _edited_id(post: Post) -> str:
    """Return the id that a post gets when it is edited."""
    return post.native_id[:-9] + digits(9, "edited", post.native_id)


def _versions(post: Post) -> list[str]:
    """Return the ids of a post as it reads now, the oldest first."""
    return [post.native_id, _edited_id(post)] if post.is_edited else [post.native_id]


def _entities(text: str, by_name: dict[str, Account]) -> dict[str, Any]:
    """Return what is marked in a text, by places in its characters."""
    found: dict[str, list[dict[str, Any]]] = {}
    for mark in MARK.finditer(text):
        url, tag, mention = mark.group("url", "tag", "mention")
        place: dict[str, Any] = {"start": mark.start(), "end": mark.end()}
        if url is not None:
            shown = url.partition("://")[2]
            more = {"url": url, "expanded_url": url, "display_url": shown}
            found.setdefault("urls", []).append(place | more)
        elif tag is not None:
            found.setdefault("hashtags", []).append({**place, "tag": tag})
        elif mention.lower() in by_name:
            who = {"username": mention, "id": by_name[mention.lower()].native_id}
            found.setdefault("mentions", []).append(place | who)
    return found


def _by_time(post: Post) -> str:
    return f"{post.published_at.isoformat()}|{post.number:020d}"


def _not_found(what: str, parameter: str, value: str) -> dict[str, str]:
    return {
        "value": value,
        "detail": f"Could not find {what} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": what,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{_PROBLEMS}/resource-not-found",
    }


def _when(call: Call, name: str) -> datetime | None:
    text = call.params.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
    except ValueError:
        raise _invalid(name, text, f"Invalid '{name}':'{text}'. It is no RFC 3339") from None
    if name == "start_time" and found < call.now - _RECENT:
        message = f"Invalid '{name}':'{text}'. It must be within the last 7 days"
        raise _invalid(name, text, message)
    return found


# nothing in the market is a repost or a reply
_OPERATORS: dict[str, Any] = {
    "from": lambda name: lambda post, account: account.handle.lower() == name.lower(),
    "lang": lambda code: lambda post, account: post.language == code,
    "is": lambda kind: lambda post, account: kind == "verified" and account.is_verified,
    "has": lambda what: (
        lambda post, account: bool(
            {"hashtags": post.tags, "mentions": post.mentions, "links": post.urls}.get(what)
        )
    ),
}
