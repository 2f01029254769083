"""Reddit's Data API: https://www.reddit.com/dev/api.

An app logs in with any id and the sandbox's token as its secret. A post stands in the subreddit of
its first tag, else on its author's own page.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, digits, whole
from reachline.sandbox.platforms.market import Account, Post
from reachline.sandbox.platforms.state import (
    TOKEN,
    QuotaSpentError,
    State,
    Window,
    asked_posts,
    every,
)

_HOUR = 3600
_LIVES = 24 * _HOUR
_TEN_MINUTES = 600
_MOST, _MOST_FOUND = 1000, 250
_AGENT = re.compile(r"[^:\s]+:[^:\s]+:[^:\s]+ \(by /u/[\w-]+\)")
_TITLE = 60


def _refuse(status: int, message: str, **more: str) -> Refusal:
    return Refusal(status, {**more, "message": message, "error": status})


class Reddit(Platform):
    """Logins of apps, searches, lists of subreddits and users, and posts by id."""

    name = "reddit"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls of both hosts: the one for logins, and the other."""
        return {
            ("POST", "/api/v1/access_token"): self.access_token,
            ("GET", "/search"): self.search,
            ("GET", "/r/{name}/new"): self.subreddit,
            ("GET", "/user/{name}/submitted"): self.submitted,
            ("GET", "/user/{name}/about"): self.about,
            ("GET", "/api/info"): self.info,
        }

    def truth(self, state: State, query: str) -> list[str]:
        """Return the ids of all that a complete read of a query would land now."""
        kind, _, value = query.partition(":")
        if kind == "subreddit":
            accounts = state.accounts(self.name)
            found = [
                post
                for post in state.posts(self.name)
                if _subreddit(post, accounts[post.account]).lower() == value
            ]
        elif kind == "keyword":
            found = [post for post in state.posts(self.name) if _says(post.text, value)]
        else:
            found = list(asked_posts(state, self.name, query))
        return [post.native_id for post in found]

    def limited(self, call: Call) -> Refusal:
        """Return the answer to the 1,001st request in ten minutes."""
        _, ends = every(_TEN_MINUTES)(call.now)
        self._tell(call, Window(1000, 0, ends))
        return _refuse(429, "Too Many Requests")

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token, or a secret, that is not good."""
        return _refuse(401, "Unauthorized")

    def failed(self, call: Call) -> Refusal:
        """Return the answer when Reddit fails."""
        return _refuse(500, "Internal Server Error")

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return _refuse(404, "Not Found")

    def _tell(self, call: Call, left: Window) -> None:
        call.headers |= {
            "x-ratelimit-used": str(left.limit - left.remaining),
            "x-ratelimit-remaining": f"{left.remaining}.0",
            "x-ratelimit-reset": str(int((left.resets_at - call.now).total_seconds())),
        }

    def _agent(self, call: Call) -> None:
        """Refuse who does not say by Reddit's form who asks."""
        if not _AGENT.fullmatch(call.request.headers.get("user-agent", "")):
            raise self.limited(call)

    def access_token(self, call: Call) -> Response:
        """Answer a token of a day for an app's id and secret."""
        self._agent(call)
        kind, _, given = call.request.headers.get("authorization", "").partition(" ")
        app, _, secret = base64.b64decode(given).decode().partition(":")
        if kind != "Basic" or not app or secret != TOKEN:
            raise self.expired(call)
        if (call.body or {}).get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"})
        ends = int(call.now.timestamp()) + _LIVES
        token = {"access_token": _token(ends), "token_type": "bearer"}
        return JSONResponse({**token, "expires_in": _LIVES, "scope": "*"})

    def _enter(self, call: Call) -> None:
        self._agent(call)
        ends, _, _ = (call.bearer or "").partition("-")
        if not ends.isdecimal() or call.bearer != _token(int(ends)):
            raise self.expired(call)
        if int(ends) <= call.now.timestamp():
            raise self.expired(call)
        try:
            left = call.state.spend(self.name, "requests", "", 1000, every(_TEN_MINUTES))
        except QuotaSpentError:
            raise self.limited(call) from None
        self._tell(call, left)

    def search(self, call: Call) -> Response:
        """Answer the posts with words, newest first."""
        self._enter(call)
        words = call.params.get("q", "").strip('"').lower()
        posts = reversed(call.state.posts(self.name))
        found = [post for post in posts if words and _says(post.text, words)]
        return self._list(call, found[:_MOST_FOUND])

    def subreddit(self, call: Call) -> Response:
        """Answer the posts of a subreddit, newest first."""
        self._enter(call)
        name, accounts = call.path["name"].lower(), call.state.accounts(self.name)
        found = [
            post
            for post in reversed(call.state.posts(self.name))
            if _subreddit(post, accounts[post.account]).lower() == name
        ]
        if not found:
            raise _refuse(404, "Not Found", reason="banned")
        return self._list(call, found[:_MOST])

    def _user(self, call: Call) -> Account:
        self._enter(call)
        for account in call.state.accounts(self.name).values():
            if account.handle.lower() == call.path["name"].lower():
                return account
        raise self.unknown(call)

    def submitted(self, call: Call) -> Response:
        """Answer the posts of an account, newest first."""
        account = self._user(call)
        posts = reversed(call.state.posts(self.name))
        return self._list(call, [p for p in posts if p.account == account.number][:_MOST])

    def about(self, call: Call) -> Response:
        """Answer an account."""
        account = self._user(call)
        page = {
            "display_name": f"u_{account.handle}",
            "title": account.display_name,
            "subscribers": account.followers,
            "display_name_prefixed": f"u/{account.handle}",
            "name": f"t5_{account.native_id}",
            "url": f"/user/{account.handle}/",
            "public_description": account.bio,
            "subreddit_type": "user",
        }
        data = {
            "is_employee": False,
            "subreddit": page,
            "id": account.native_id,
            "verified": True,
            "is_gold": False,
            "is_mod": False,
            "has_verified_email": True,
            "icon_img": f"https://styles.redditmedia.example/{account.native_id}",
            "link_karma": account.posts_count,
            "total_karma": account.posts_count,
            "accept_followers": True,
            "name": account.handle,
            "created_utc": 1535536900.0,
        }
        return JSONResponse({"kind": "t2", "data": data})

    def info(self, call: Call) -> Response:
        """Answer up to 100 posts; one that its author has deleted is there, without its content."""
        self._enter(call)
        names = call.params.get("id", "").split(",")[:100]
        shown = {post.native_id: post for post in call.state.posts(self.name)}
        made = {post.native_id: post for post in call.state.market.posts[self.name]}
        found = [made[name[3:]] for name in names if name[:3] == "t3_" and name[3:] in made]
        if call.is_due("empty_page"):
            found = []
        children = [
            self._thing(call, shown.get(post.native_id, post), post.native_id not in shown)
            for post in found
        ]
        return self._listing(children, None)

    def _list(self, call: Call, found: Sequence[Post]) -> Response:
        size, after = whole(call.params.get("limit"), 25, 100), call.params.get("after")
        start = 0
        if after:
            names = [f"t3_{post.native_id}" for post in found]
            if after not in names:
                return self._listing([], None)
            start = names.index(after) + 1
        page, following, repeats = call.page(found, start, size)
        children = [self._thing(call, post) for post in page]
        if repeats or (not page and following is not None):
            # of a page of nothing, the one before it is the last that has a name
            return self._listing(children, after or f"t3_{found[0].native_id}")
        return self._listing(children, f"t3_{page[-1].native_id}" if following else None)

    def _listing(self, children: Sequence[dict[str, Any]], after: str | None) -> Response:
        data = {"after": after, "dist": len(children), "modhash": None, "geo_filter": ""}
        whole_list = {**data, "children": list(children), "before": None}
        return JSONResponse({"kind": "Listing", "data": whole_list})

    def _thing(self, call: Call, post: Post, is_deleted: bool = False) -> dict[str, Any]:
        account = call.state.accounts(self.name)[post.account]
        counts, name = call.state.counts(post), _subreddit(post, account)
        title, text = _split(post.text)
        url = next(filter(None, post.urls), None)
        slug = re.sub(r"\W+", "_", title.lower()).strip("_")[:50]
        permalink = f"/r/{name}/comments/{post.native_id}/{quote(slug)}/"
        is_video = post.content_type in ("reel", "video")
        escaped = str if call.params.get("raw_json") == "1" else _escaped
        author = {} if is_deleted else {"author_fullname": f"t2_{account.native_id}"}
        link = {} if url is None else {"url_overridden_by_dest": escaped(url)}
        data = {
            "subreddit": name,
            "selftext": "[deleted]" if is_deleted else escaped(text),
            **author,
            "title": escaped(title),
            "subreddit_name_prefixed": f"r/{name}",
            "hide_score": call.state.hides_likes(post),
            "name": f"t3_{post.native_id}",
            "upvote_ratio": 0.97,
            "ups": counts.likes,
            "score": counts.likes,
            "edited": False,
            "is_self": url is None,
            "removed_by_category": "deleted" if is_deleted else None,
            "view_count": None,
            "is_video": is_video,
            **link,
            "id": post.native_id,
            "author": "[deleted]" if is_deleted else account.handle,
            "num_comments": counts.comments,
            "permalink": permalink,
            "url": escaped(url or f"https://www.reddit.com{permalink}"),
            "created_utc": float(int(post.published_at.timestamp())),
            "num_crossposts": counts.shares,
            "over_18": False,
        }
        return {"kind": "t3", "data": data}


def _token(ends: int) -> str:
    return f"{ends}-{digits(24, TOKEN, ends)}"


def _subreddit(post: Post, account: Account) -> str:
    names = [tag for tag in post.tags if re.fullmatch(r"[A-Za-z0-9_]{2,21}", tag)]
    return names[0] if names else f"u_{account.handle}"


def _says(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words.lower())}(?!\w)", text.lower()) is not None


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _split(text: str) -> tuple[str, str]:
    """Return the title and the rest of a text, cut between two words."""
    if len(text) <= _TITLE:
        return text, ""
    title = text[:_TITLE].rpartition(" ")[0] or text[:_TITLE]
    return title, text[len(title) :].strip()
