"""Mastodon, on several servers: https://docs.joinmastodon.org/methods/.

Every server shows the posts of all, under ids of its own; a status is the same by its `uri`. Some
servers differ, as real ones do: see SERVERS.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, iso, number, whole
from reachline.sandbox.platforms.market import MARK, Account, Post
from reachline.sandbox.platforms.state import (
    TOKEN,
    QuotaSpentError,
    State,
    asked_posts,
    every,
)

# accounts joined minutes apart
_JOINED = datetime(2023, 3, 1, tzinfo=UTC)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LATE = 43_200.0
_MOST_STATUSES = 20


@dataclass(frozen=True)
class Server:
    """How a server differs from a plain Mastodon.

    `ids`: Mastodon's numbers and GoToSocial's ULIDs are of the moment when a post was made, so one
    that comes late stands among the old ones; Pleroma's flakes are of the moment when it came.
    `many` is what is answered to the call for several statuses. `closed` is what is answered to who
    has no token: by timelines, or with `is_closed` by everything.
    """

    software: str = "4.6.4"
    has_link: bool = True
    ids: Literal["number", "flake", "ulid"] = "number"
    has_actor_uris: bool = True
    knows_all_tags: bool = True
    many: int = 200
    feeds: str = "public"
    closed: int = 422
    is_closed: bool = False


SERVERS = {
    "social.example": Server(),
    "kaffee.example": Server(has_link=False),
    "pleroma.example": Server("2.7.2 (compatible; Pleroma 2.9.1)", ids="flake", many=400),
    "old.example": Server("3.5.3", has_actor_uris=False, knows_all_tags=False, many=404),
    "gotosocial.example": Server(
        "0.17.3",
        ids="ulid",
        has_actor_uris=False,
        many=405,
        feeds="authenticated",
        closed=401,
        is_closed=True,
    ),
    "pixelfed.example": Server(
        "3.5.3 (compatible; Pixelfed 0.12.5)",
        has_actor_uris=False,
        many=404,
        feeds="authenticated",
        closed=403,
    ),
    "closed.example": Server(feeds="authenticated"),
    "quiet.example": Server(feeds="disabled"),
}


def _local_id(host: str, what: object, made_at: datetime) -> str:
    """Return an id of the server: by time, and of fixed width, so that it sorts."""
    milliseconds, kind = int(made_at.timestamp() * 1000), SERVERS[host].ids
    if kind == "number":
        return str((milliseconds << 16) + number(host, what) % 65536)
    if kind == "ulid":
        return _written((milliseconds << 80) + number(host, what), _BASE32).rjust(26, "0")
    return _written((milliseconds << 64) + number(host, what), _BASE62)


def _written(rest: int, digits: str) -> str:
    text = ""
    while rest:
        rest, digit = divmod(rest, len(digits))
        text = digits[digit] + text
    return text


def _came_at(state: State, host: str, post: Post) -> datetime:
    """Return when a server got a post: at once, unless it is late on others than its own."""
    late = state.standing("late_posts", post)
    if late is None or state.accounts(post.platform)[post.account].handle.endswith(f"@{host}"):
        return post.published_at
    return post.published_at + timedelta(seconds=late.seconds or _LATE)


def _visibility(state: State, post: Post) -> str:
    if state.standing("private_posts", post) is None:
        return "public"
    return "direct" if post.number % 2 else "private"


class Mastodon(Platform):
    """Tag timelines, accounts and their statuses, single statuses, search, the instance."""

    name = "mastodon"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls, each below the name of a server."""
        return {
            ("GET", "/{server}/api/v1/timelines/tag/{tag}"): self.tag_timeline,
            ("GET", "/{server}/api/v1/accounts/lookup"): self.lookup,
            ("GET", "/{server}/api/v1/accounts/{id}"): self.account,
            ("GET", "/{server}/api/v1/accounts/{id}/statuses"): self.account_statuses,
            ("GET", "/{server}/api/v1/statuses"): self.statuses,
            ("GET", "/{server}/api/v1/statuses/{id}"): self.status,
            ("GET", "/{server}/api/v2/search"): self.search,
            ("GET", "/{server}/api/v1/instance"): self.instance_v1,
            ("GET", "/{server}/api/v1/instance/"): self.instance_v1,
            ("GET", "/{server}/api/v2/instance"): self.instance,
            ("GET", "/{server}/api/v2/instance/"): self.instance,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to the 301st request in five minutes."""
        _, ends = every(300)(call.now)
        headers = {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": iso(ends),
        }
        return Refusal(429, {"error": "Too many requests"}, headers)

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token that is none any more."""
        return Refusal(401, {"error": "The access token is invalid"})

    def failed(self, call: Call) -> Refusal:
        """Return the answer of a server that fails."""
        return Refusal(500, {"error": "We're sorry, but something went wrong on our end."})

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to what is not there."""
        return Refusal(404, {"error": "Record not found"})

    def truth(self, state: State, query: str) -> list[str]:
        """Return URIs; a query may end in @ and a server, which shows what all of them show.

        What is not public is not, nor are accounts that ask not to be found, unless they are asked
        for.
        """
        kind, _, value = query.partition(":")
        asked, _, server = value.rpartition("@")
        if server not in SERVERS or (kind == "account" and "@" not in asked):
            asked = value
        posts = [
            post
            for post in asked_posts(state, self.name, f"{kind}:{asked}")
            if _visibility(state, post) == "public"
        ]
        if server in SERVERS:
            if kind == "hashtag" and SERVERS[server].feeds == "disabled":
                return []
            accounts = state.accounts(self.name)
            posts = [
                post
                for post in posts
                if _came_at(state, server, post) <= state.now
                and (kind == "account" or not accounts[post.account].is_noindex)
            ]
        return [self.record_id(post) for post in posts]

    def _posts(self, call: Call, host: str) -> list[Post]:
        """Return the posts that have come to a server, and that the caller may read there."""
        return [
            post
            for post in call.state.posts(self.name)
            if _came_at(call.state, host, post) <= call.now
            and (call.bearer is not None or _visibility(call.state, post) == "public")
        ]

    def _enter(self, call: Call) -> tuple[str, bool]:
        """Return the server, and whether the caller is known there."""
        host = call.path["server"]
        if host not in SERVERS:
            raise self.unknown(call)
        try:
            left = call.state.spend(self.name, "requests", f"{host} {call.bearer}", 300, every(300))
        except QuotaSpentError:
            raise self.limited(call) from None
        call.headers |= {
            "X-RateLimit-Limit": str(left.limit),
            "X-RateLimit-Remaining": str(left.remaining),
            "X-RateLimit-Reset": iso(left.resets_at),
        }
        if call.bearer is not None and call.bearer != TOKEN:
            raise self.expired(call)
        if call.bearer is None and SERVERS[host].is_closed:
            raise self._closed(host)
        return host, call.bearer is not None

    def _closed(self, host: str) -> Refusal:
        return Refusal(
            SERVERS[host].closed, {"error": "This method requires an authenticated user"}
        )

    def tag_timeline(self, call: Call) -> Response:
        """Answer the posts of a tag, newest first."""
        host, is_known = self._enter(call)
        server = SERVERS[host]
        if server.feeds == "authenticated" and not is_known:
            raise self._closed(host)
        shown = self._posts(call, host) if server.feeds != "disabled" else []
        posts = [post for post in shown if _visibility(call.state, post) == "public"]
        many = call.request.query_params.getlist
        tag = call.path["tag"].lower()
        wanted = {tag, *(text.lower() for text in many("any[]"))}
        needed = {text.lower() for text in many("all[]")}
        banned = {text.lower() for text in many("none[]")}
        found = [
            post
            for post in posts
            if wanted.intersection(post.tags)
            and needed.issubset(post.tags)
            and not banned.intersection(post.tags)
        ]
        if not server.knows_all_tags and not any(tag in post.tags for post in posts):
            raise self.unknown(call)
        return self._timeline(call, host, found, always_next=True)

    def lookup(self, call: Call) -> Response:
        """Answer the account of a handle: `user` of this server, or `user@host`."""
        host, _ = self._enter(call)
        asked = call.params.get("acct", "").lstrip("@").lower()
        handle = asked if "@" in asked else f"{asked}@{host}"
        for account in call.state.accounts(self.name).values():
            if account.handle.lower() == handle:
                return JSONResponse(self._account(call, host, account))
        raise self.unknown(call)

    def _found_account(self, call: Call, host: str) -> Account:
        for account in call.state.accounts(self.name).values():
            if self._account_id(call, host, account) == call.path["id"]:
                return account
        raise self.unknown(call)

    def account(self, call: Call) -> Response:
        """Answer the account of a local id."""
        host, _ = self._enter(call)
        return JSONResponse(self._account(call, host, self._found_account(call, host)))

    def account_statuses(self, call: Call) -> Response:
        """Answer the posts of an account, newest first."""
        host, _ = self._enter(call)
        account = self._found_account(call, host)
        tag = call.params.get("tagged", "").lower()
        found = [
            post
            for post in self._posts(call, host)
            if post.account == account.number
            and (not tag or tag in post.tags)
            and (call.params.get("only_media") not in ("true", "1") or post.content_type != "text")
        ]
        if call.params.get("pinned") in ("true", "1"):
            found = []
        return self._timeline(call, host, found, always_next=False)

    def status(self, call: Call) -> Response:
        """Answer the status of a local id."""
        host, _ = self._enter(call)
        for post in self._posts(call, host):
            if self._status_id(call.state, host, post) == call.path["id"]:
                return JSONResponse(self._status(call, host, post))
        raise self.unknown(call)

    def statuses(self, call: Call) -> Response:
        """Answer up to 20 statuses by their local ids; those that there are not are left out."""
        host, _ = self._enter(call)
        if SERVERS[host].many != 200:
            raise Refusal(SERVERS[host].many, {"error": "Not found"})
        ids = set(call.request.query_params.getlist("id[]"))
        if len(ids) > _MOST_STATUSES:
            raise Refusal(422, {"error": "Validation failed"})
        found = [p for p in self._posts(call, host) if self._status_id(call.state, host, p) in ids]
        return JSONResponse([self._status(call, host, post) for post in found])

    def search(self, call: Call) -> Response:
        """Answer accounts, tags and, to who has a token, statuses."""
        host, is_known = self._enter(call)
        text, kind = call.params.get("q", "").lower(), call.params.get("type")
        if not is_known and call.params.get("resolve") in ("true", "1"):
            resolve = "Search queries that resolve remote resources are not supported"
            raise Refusal(401, {"error": f"{resolve} without authentication"})
        if not is_known and "offset" in call.params:
            paging = "Search queries pagination is not supported without authentication"
            raise Refusal(401, {"error": paging})
        size = whole(call.params.get("limit"), 20, 40)
        start = whole(call.params.get("offset"), 0, 1_000_000, 0)
        answer: dict[str, list[Any]] = {"accounts": [], "statuses": [], "hashtags": []}
        if kind in (None, "accounts"):
            asked = text.lstrip("@")
            answer["accounts"] = [
                self._account(call, host, account)
                for account in call.state.accounts(self.name).values()
                if asked in account.handle.lower()
            ][start : start + size]
        if kind in (None, "hashtags"):
            tags = sorted({tag for post in call.state.posts(self.name) for tag in post.tags})
            answer["hashtags"] = [
                {"name": tag, "url": f"https://{host}/tags/{quote(tag)}", "history": []}
                for tag in tags
                if text.lstrip("#") in tag
            ][start : start + size]
        if kind in (None, "statuses") and is_known:
            phrase = text.strip('"')
            found = [p for p in reversed(self._posts(call, host)) if phrase in p.text.lower()]
            page, _, _ = call.page(found, start, size)
            answer["statuses"] = [self._status(call, host, post) for post in page]
        return JSONResponse(answer)

    def instance(self, call: Call) -> Response:
        """Answer what the server says of itself."""
        host, _ = self._enter(call)
        server = SERVERS[host]
        feeds = {"local": server.feeds, "remote": server.feeds}
        return JSONResponse(
            {
                "domain": host,
                "title": host,
                "version": server.software,
                "source_url": "https://github.com/mastodon/mastodon",
                "description": "A server of a made-up market",
                "usage": {"users": {"active_month": len(call.state.accounts(self.name))}},
                "thumbnail": {"url": f"https://{host}/thumbnail.png"},
                "icon": [],
                "languages": ["en"],
                "configuration": {
                    "urls": {"streaming": f"wss://{host}"},
                    "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
                    "statuses": {
                        "max_characters": 500,
                        "max_media_attachments": 4,
                        "characters_reserved_per_url": 23,
                    },
                    "media_attachments": {"supported_mime_types": ["image/jpeg", "video/mp4"]},
                    "polls": {"max_options": 4, "max_characters_per_option": 50},
                    "translation": {"enabled": False},
                    "timelines_access": {"live_feeds": feeds, "hashtag_feeds": feeds},
                },
                "registrations": {"enabled": False, "approval_required": False, "message": None},
                "api_versions": {"mastodon": 11},
                "contact": {"email": "", "account": None},
                "rules": [],
            }
        )

    def instance_v1(self, call: Call) -> Response:
        """Answer the same in the first version's words, which clients ask for the version."""
        host, _ = self._enter(call)
        return JSONResponse(
            {
                "uri": host,
                "title": host,
                "short_description": "A server of a made-up market",
                "description": "",
                "email": "",
                "version": SERVERS[host].software,
                "urls": {"streaming_api": f"wss://{host}"},
                "stats": {
                    "user_count": len(call.state.accounts(self.name)),
                    "status_count": len(call.state.posts(self.name)),
                    "domain_count": len(SERVERS),
                },
                "languages": ["en"],
                "registrations": False,
                "approval_required": False,
                "invites_enabled": False,
                "contact_account": None,
                "rules": [],
            }
        )

    def _timeline(
        self, call: Call, host: str, found: Sequence[Post], *, always_next: bool
    ) -> Response:
        """Answer a page of posts between max_id and since_id, or the first after min_id."""
        size = whole(call.params.get("limit"), 20, 40)
        ids = {self._status_id(call.state, host, post): post for post in found}
        order = self._order(host)
        ordered = sorted(ids, key=order)
        bounds = {name: order(call.params[name]) for name in _BOUNDS if name in call.params}
        if call.is_due("repeated_cursor"):  # a server that takes no notice of where to go on
            bounds = {}
        kept = [
            local
            for local in ordered
            if ("max_id" not in bounds or order(local) < bounds["max_id"])
            and ("since_id" not in bounds or order(local) > bounds["since_id"])
            and ("min_id" not in bounds or order(local) > bounds["min_id"])
        ]
        page = kept[:size][::-1] if "min_id" in bounds else kept[::-1][:size]
        if call.is_due("empty_page"):
            page = []
        if page and SERVERS[host].has_link:
            asked = {k: v for k, v in call.params.items() if k not in _BOUNDS}
            links = [f'<{call.url(**asked, min_id=page[0])}>; rel="prev"']
            if always_next or len(page) == size:
                links.insert(0, f'<{call.url(**asked, max_id=page[-1])}>; rel="next"')
            call.headers["Link"] = ", ".join(links)
        return JSONResponse([self._status(call, host, ids[local]) for local in page])

    def _order(self, host: str) -> Any:
        if SERVERS[host].ids != "number":
            return str
        return lambda text: int(text) if text.isdecimal() else 0

    def _status_id(self, state: State, host: str, post: Post) -> str:
        is_flake = SERVERS[host].ids == "flake"
        moment = _came_at(state, host, post) if is_flake else post.published_at
        return _local_id(host, post.number, moment)

    def _account_id(self, call: Call, host: str, account: Account) -> str:
        return _local_id(host, "account", _JOINED + timedelta(minutes=account.number))

    def _account(self, call: Call, host: str, account: Account) -> dict[str, Any]:
        user, _, home = account.handle.partition("@")
        url = f"https://{home}/@{user}"
        picture = f"https://{home}/avatars/original/missing.png"
        last = max(
            (p.published_at for p in call.state.posts(self.name) if p.account == account.number),
            default=None,
        )
        return {
            "id": self._account_id(call, host, account),
            "username": user,
            "acct": user if home == host else account.handle,
            "display_name": account.display_name,
            "locked": False,
            "bot": account.is_bot,
            "discoverable": not account.is_noindex,
            "indexable": not account.is_noindex,
            "group": False,
            "created_at": iso(_JOINED),
            "note": f"<p>{html.escape(account.bio)}</p>",
            "url": url,
            **({"uri": account.native_id} if SERVERS[host].has_actor_uris else {}),
            "avatar": picture,
            "avatar_static": picture,
            "avatar_description": "",
            "header": picture,
            "header_static": picture,
            "header_description": "",
            "followers_count": account.followers,
            "following_count": account.following,
            "statuses_count": account.posts_count,
            "last_status_at": None if last is None else last.date().isoformat(),
            "hide_collections": None,
            "noindex": account.is_noindex,
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def _status(self, call: Call, host: str, post: Post) -> dict[str, Any]:
        accounts = call.state.accounts(self.name)
        by_handle = {account.handle.lower(): account for account in accounts.values()}
        counts = call.state.counts(post)
        mentioned = [by_handle[handle] for handle in post.mentions if handle in by_handle]
        medias = [] if post.content_type == "text" else [self._media(post, host)]
        warning, text = "", post.text
        if call.state.standing("content_warnings", post) is not None:
            warning, _, text = post.text.partition(" ")
        return {
            "id": self._status_id(call.state, host, post),
            "created_at": iso(post.published_at),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": bool(warning),
            "spoiler_text": warning,
            "visibility": _visibility(call.state, post),
            "language": post.language,
            "uri": post.native_id,
            "url": post.permalink,
            "replies_count": counts.comments,
            "reblogs_count": counts.shares,
            "favourites_count": counts.likes,
            "quotes_count": 0,
            "edited_at": iso(post.edited_at)
            if post.edited_at is not None and post.edited_at <= call.now
            else None,
            "content": self._content(text, host),
            "reblog": None,
            "application": None,
            "account": self._account(call, host, accounts[post.account]),
            "media_attachments": medias,
            "mentions": [
                {
                    "id": self._account_id(call, host, account),
                    "username": account.handle.partition("@")[0],
                    "url": "https://{1}/@{0}".format(*account.handle.split("@")),
                    "acct": account.handle
                    if not account.handle.endswith(f"@{host}")
                    else account.handle.partition("@")[0],
                }
                for account in mentioned
            ],
            "tags": [
                {"name": tag, "url": f"https://{host}/tags/{quote(tag)}"} for tag in post.tags
            ],
            "emojis": [],
            "quote": None,
            "card": None,
            "poll": None,
        }

    def _media(self, post: Post, host: str) -> dict[str, Any]:
        url = f"https://{host}/media/{post.number}"
        return {
            "id": str(post.number),
            "type": post.content_type,
            "url": url,
            "preview_url": url,
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {},
            "description": None,
            "blurhash": None,
        }

    def _content(self, text: str, host: str) -> str:
        """Return a text as HTML, with tags, mentions and addresses as links."""
        parts, last = [], 0
        for found in MARK.finditer(text):
            mark = html.escape(found.group())
            parts.append(html.escape(text[last : found.start()], quote=False))
            if mark.startswith("#"):
                href = f"https://{host}/tags/{quote(found.group()[1:].lower())}"
                parts.append(
                    f'<a href="{href}" class="mention hashtag" rel="tag">'
                    f"#<span>{mark[1:]}</span></a>"
                )
            elif mark.startswith("@"):
                user, _, home = mark[1:].partition("@")
                parts.append(
                    f'<span class="h-card"><a href="https://{home or host}/@{user}" '
                    f'class="u-url mention">@<span>{user}</span></a></span>'
                )
            else:
                parts.append(f'<a href="{mark}" rel="nofollow noopener">{mark}</a>')
            last = found.end()
        parts.append(html.escape(text[last:], quote=False))
        return f"<p>{''.join(parts)}</p>"


_BOUNDS = ("max_id", "since_id", "min_id")
