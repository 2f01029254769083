"""Bluesky, as a server of accounts answers for them: https://docs.bsky.app/docs/api/."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, iso
from reachline.sandbox.platforms.market import MARK, Account, Post
from reachline.sandbox.platforms.state import TOKEN, QuotaSpentError, Window, every
from reachline.sandbox.platforms.terms import QueryError, parse

_ACCESS, _REFRESH = "com.atproto.access", "com.atproto.refresh"
_LIVES = {_ACCESS: timedelta(hours=2), _REFRESH: timedelta(days=90)}
_MOST_ACTORS = _MOST_URIS = 25


def _segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _signature(text: str) -> str:
    return _segment(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha256).digest())


def _token(scope: str, did: str, now: datetime) -> str:
    claims = {
        "scope": scope,
        "sub": did,
        "iat": int(now.timestamp()),
        "exp": int((now + _LIVES[scope]).timestamp()),
        "aud": "did:web:bsky.example",
    }
    text = f"{_segment({'typ': 'at+jwt', 'alg': 'HS256'})}.{_segment(claims)}"
    return f"{text}.{_signature(text)}"


def _cid(value: object) -> str:
    """Return a content id: version 1, dag-cbor, SHA-256, in base 32."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return "b" + base64.b32encode(b"\x01\x71\x12\x20" + digest).decode().lower().rstrip("=")


def _error(status: int, error: str, message: str) -> Refusal:
    return Refusal(status, {"error": error, "message": message})


class Bluesky(Platform):
    """Sessions, searches, an author's feed, posts and profiles."""

    name = "bluesky"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the calls, by the names of their lexicons."""
        return {
            ("POST", "/xrpc/com.atproto.server.createSession"): self.create_session,
            ("POST", "/xrpc/com.atproto.server.refreshSession"): self.refresh_session,
            ("GET", "/xrpc/app.bsky.feed.searchPosts"): self.search_posts,
            ("GET", "/xrpc/app.bsky.feed.getAuthorFeed"): self.author_feed,
            ("GET", "/xrpc/app.bsky.feed.getPosts"): self.get_posts,
            ("GET", "/xrpc/app.bsky.actor.getProfiles"): self.profiles,
            ("GET", "/xrpc/app.bsky.actor.getProfile"): self.profile,
        }

    def limited(self, call: Call) -> Refusal:
        """Return the answer to the 3,001st request in five minutes."""
        _, ends = every(300)(call.now)
        self._tell(call, Window(3000, 0, ends))
        return _error(429, "RateLimitExceeded", "Rate Limit Exceeded")

    def expired(self, call: Call) -> Refusal:
        """Return the answer to an access token of more than two hours ago."""
        return _error(400, "ExpiredToken", "Token has expired")

    def failed(self, call: Call) -> Refusal:
        """Return the answer when the server fails."""
        return _error(500, "InternalServerError", "Internal Server Error")

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a method that is none."""
        return _error(501, "MethodNotImplemented", "Method Not Implemented")

    def _tell(self, call: Call, left: Window) -> None:
        call.headers |= {
            "RateLimit-Limit": str(left.limit),
            "RateLimit-Remaining": str(left.remaining),
            "RateLimit-Reset": str(int(left.resets_at.timestamp())),
            "RateLimit-Policy": f"{left.limit};w=300",
        }

    def _spend(self, call: Call, bucket: str, limit: int, who: str, seconds: int = 300) -> None:
        try:
            left = call.state.spend(self.name, bucket, who, limit, every(seconds))
        except QuotaSpentError as spent:
            refusal = self.limited(call)
            self._tell(call, spent.window)
            raise refusal from None
        self._tell(call, left)

    def _enter(self, call: Call, scope: str = _ACCESS) -> str:
        """Return the DID of who asks; raises the refusal of a token that is not good."""
        if call.bearer is None:
            raise _error(401, "AuthMissing", "Authentication Required")
        text, _, signature = call.bearer.rpartition(".")
        if not hmac.compare_digest(signature, _signature(text)):
            raise _error(400, "InvalidToken", "Token could not be verified")
        payload = text.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims["scope"] != scope:
            raise _error(400, "InvalidToken", "Bad token scope")
        if claims["exp"] <= call.now.timestamp():
            raise self.expired(call)
        did: str = claims["sub"]
        self._spend(call, "requests", 3000, did)
        return did

    def create_session(self, call: Call) -> Response:
        """Answer tokens for a handle, or DID, and an app password."""
        said = call.body if isinstance(call.body, dict) else {}
        who = str(said.get("identifier", "")).lstrip("@").lower()
        for bucket, limit, seconds in (("sessions", 30, 300), ("sessions a day", 300, 86400)):
            self._spend(call, bucket, limit, who, seconds)
        account = self._actor(call, who, is_own=True)
        if account is None or said.get("password") != TOKEN:
            raise _error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(call, account)

    def refresh_session(self, call: Call) -> Response:
        """Answer new tokens for a refresh token."""
        account = self._actor(call, self._enter(call, _REFRESH))
        if account is None:
            raise _error(400, "AccountTakedown", "Account has been taken down")
        return self._session(call, account)

    def _session(self, call: Call, account: Account) -> Response:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": str(call.request.url).partition("/xrpc/")[0],
        }
        return JSONResponse(
            {
                "did": account.native_id,
                "didDoc": {
                    "@context": ["https://www.w3.org/ns/did/v1"],
                    "id": account.native_id,
                    "alsoKnownAs": [f"at://{account.handle}"],
                    "verificationMethod": [],
                    "service": [service],
                },
                "handle": account.handle,
                "accessJwt": _token(_ACCESS, account.native_id, call.now),
                "refreshJwt": _token(_REFRESH, account.native_id, call.now),
                "active": True,
            }
        )

    def _actor(self, call: Call, actor: str, *, is_own: bool = False) -> Account | None:
        """Return an account by DID or handle; a server resolves the handles of its own itself."""
        for account in call.state.accounts(self.name).values():
            is_known = is_own or call.state.standing("invalid_handles", account) is None
            if actor == account.native_id or (is_known and actor == account.handle.lower()):
                return account
        return None

    def _size(self, call: Call, default: int) -> int:
        text = call.params.get("limit", str(default))
        if not text.isdecimal() or not 1 <= int(text) <= 100:
            bound = "greater than 100" if text.isdecimal() and int(text) > 100 else "less than 1"
            raise _error(400, "InvalidRequest", f"Error: limit can not be {bound}")
        return int(text)

    def search_posts(self, call: Call) -> Response:
        """Answer the posts of a query, newest first."""
        self._enter(call)
        params, many = call.params, call.request.query_params.getlist
        size = self._size(call, 25)
        if not params.get("q"):
            raise _error(400, "InvalidRequest", 'Error: Params must have the property "q"')
        accounts = call.state.accounts(self.name)
        by_did = {account.native_id: account.handle for account in accounts.values()}
        mentioned = params.get("mentions", "").lstrip("@").lower()
        if mentioned and self._actor(call, mentioned) is None:
            raise _error(400, "InvalidRequest", "Unable to resolve handle")
        mentioned = by_did.get(mentioned, mentioned).lower()
        author = params.get("author", "").lstrip("@").lower()
        tags = {tag.lstrip("#").lower() for tag in many("tag")}
        if call.is_due("ignored_filter"):
            tags, mentioned = set(), ""
        since, until = (_when(call, name) for name in ("since", "until"))
        try:
            wanted = parse("" if params["q"] == "*" else params["q"], _operators(by_did))
        except QueryError as error:
            raise _error(400, "BadQueryString", str(error)) from None
        found = [
            post
            for post in reversed(call.state.posts(self.name))
            if wanted(post, accounts[post.account])
            and tags.issubset(post.tags)
            and (not mentioned or mentioned in post.mentions)
            and (not author or author in _names(accounts[post.account]))
            and params.get("lang", post.language) == post.language
            and (since is None or post.published_at >= since)
            and (until is None or post.published_at < until)
        ]
        text = params.get("cursor", "0")
        if not text.isdecimal():
            raise _error(400, "InvalidRequest", "Malformed cursor")
        page, following, _ = call.page(found, int(text), size)
        cursor = {} if following is None else {"cursor": str(following)}
        posts = [self._post(call, post, accounts) for post in page]
        return JSONResponse({**cursor, "hitsTotal": len(found), "posts": posts})

    def author_feed(self, call: Call) -> Response:
        """Answer the posts of an account, newest first; the cursor is a moment."""
        self._enter(call)
        actor = call.params.get("actor", "").lower()
        size, account = self._size(call, 50), self._actor(call, actor)
        if account is None:
            raise _error(400, "InvalidRequest", "Profile not found")
        text = call.params.get("cursor")
        try:
            before = None if text is None else datetime.fromisoformat(text)
        except ValueError:
            raise _error(400, "InvalidRequest", "Malformed cursor") from None
        found = [
            post
            for post in reversed(call.state.posts(self.name))
            if post.account == account.number and (before is None or post.published_at < before)
        ]
        page, following, repeats = call.page(found, 0, size)
        cursor = {}
        if repeats or (following is not None and not page):
            cursor = {"cursor": text if text is not None else iso(call.now)}
        elif page:  # there is always one, as the server can't know that nothing is left
            cursor = {"cursor": iso(page[-1].published_at)}
        accounts = call.state.accounts(self.name)
        feed = [{"post": self._post(call, post, accounts)} for post in page]
        return JSONResponse({**cursor, "feed": feed})

    def get_posts(self, call: Call) -> Response:
        """Answer up to 25 posts; those that are gone are left out."""
        self._enter(call)
        uris = call.request.query_params.getlist("uris")
        if len(uris) > _MOST_URIS:
            text = f"Error: uris must not have more than {_MOST_URIS} elements"
            raise _error(400, "InvalidRequest", text)
        by_uri = {post.native_id: post for post in call.state.posts(self.name)}
        accounts = call.state.accounts(self.name)
        found = [by_uri[uri] for uri in dict.fromkeys(uris) if uri in by_uri]
        if call.is_due("empty_page"):
            found = []
        return JSONResponse({"posts": [self._post(call, post, accounts) for post in found]})

    def profiles(self, call: Call) -> Response:
        """Answer up to 25 profiles; those that there are not are left out."""
        self._enter(call)
        actors = call.request.query_params.getlist("actors")
        if len(actors) > _MOST_ACTORS:
            text = f"Error: actors must not have more than {_MOST_ACTORS} elements"
            raise _error(400, "InvalidRequest", text)
        found = [self._actor(call, actor.lower()) for actor in dict.fromkeys(actors)]
        known = [self._detailed(call, account) for account in found if account is not None]
        return JSONResponse({"profiles": known})

    def profile(self, call: Call) -> Response:
        """Answer one profile."""
        self._enter(call)
        account = self._actor(call, call.params.get("actor", "").lower())
        if account is None:
            raise _error(400, "InvalidRequest", "Profile not found")
        return JSONResponse(self._detailed(call, account))

    def _basic(self, call: Call, account: Account) -> dict[str, Any]:
        is_known = call.state.standing("invalid_handles", account) is None
        return {
            "did": account.native_id,
            "handle": account.handle if is_known else "handle.invalid",
            "displayName": account.display_name,
            "avatar": f"https://cdn.bsky.example/img/avatar/{account.native_id}",
            "viewer": {"muted": False, "blockedBy": False},
            "labels": [],
            "createdAt": "2024-03-01T00:00:00.000Z",
        }

    def _detailed(self, call: Call, account: Account) -> dict[str, Any]:
        return {
            **self._basic(call, account),
            "description": account.bio,
            "indexedAt": "2024-03-01T00:00:00.000Z",
            "followersCount": account.followers,
            "followsCount": account.following,
            "postsCount": account.posts_count,
            "associated": {"lists": 0, "feedgens": 0, "starterPacks": 0, "labeler": False},
        }

    def _post(self, call: Call, post: Post, accounts: dict[int, Account]) -> dict[str, Any]:
        counts = call.state.counts(post)
        by_handle = {account.handle.lower(): account.native_id for account in accounts.values()}
        facets = _facets(post, by_handle)
        said_at = post.published_at
        if call.state.standing("future_posts", post) is not None:
            said_at += timedelta(days=365)
        embed = _embed(post, is_quote=call.state.standing("quotes", post) is not None)
        record = {
            "$type": "app.bsky.feed.post",
            "createdAt": iso(said_at),
            "langs": [post.language],
            "text": post.text,
            **({"facets": facets} if facets else {}),
        }
        return {
            "uri": post.native_id,
            "cid": _cid(record),
            "author": self._basic(call, accounts[post.account]),
            "record": record,
            **({} if embed is None else {"embed": embed}),
            "bookmarkCount": 0,
            "replyCount": counts.comments,
            "repostCount": counts.shares,
            "likeCount": counts.likes,
            "quoteCount": 0,
            "indexedAt": iso(post.published_at),
            "viewer": {"bookmarked": False, "threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }


def _embed(post: Post, *, is_quote: bool) -> dict[str, Any] | None:
    """Return the view of what a post shows beside its text."""
    kind, url, media = "app.bsky.embed", f"https://cdn.bsky.example/{post.number}", None
    if post.content_type == "image":
        image = {"thumb": url, "fullsize": url, "alt": ""}
        media = {"$type": f"{kind}.images#view", "images": [image]}
    elif post.content_type == "video":
        media = {"$type": f"{kind}.video#view", "cid": _cid(post.number), "playlist": url}
    if not is_quote:
        return media
    gone = {"uri": f"{post.native_id}-quoted", "notFound": True}
    quoted = {"record": {"$type": f"{kind}.record#viewNotFound", **gone}}
    if media is None:
        return {"$type": f"{kind}.record#view", **quoted}
    return {"$type": f"{kind}.recordWithMedia#view", "record": quoted, "media": media}


def _names(account: Account) -> tuple[str, str]:
    return account.native_id, account.handle.lower()


def _operators(by_did: dict[str, str]) -> dict[str, Any]:
    """Return what from:, mentions:, to: and lang: ask within a query."""

    def mentions(name: str) -> Any:
        handle = by_did.get(name, name.lstrip("@").lower())
        return lambda post, account: handle in post.mentions

    return {
        "from": lambda name: lambda post, account: name.lstrip("@").lower() in _names(account),
        "mentions": mentions,
        "to": mentions,
        "lang": lambda code: lambda post, account: post.language == code,
    }


def _facets(post: Post, by_handle: dict[str, str]) -> list[dict[str, Any]]:
    """Return what is marked in a text, by places in its UTF-8."""
    kind, facets = "app.bsky.richtext.facet", []
    for mark in MARK.finditer(post.text):
        url, tag, mention = mark.group("url", "tag", "mention")
        if url is not None:
            feature = {"$type": f"{kind}#link", "uri": url}
        elif tag is not None:
            feature = {"$type": f"{kind}#tag", "tag": tag}
        elif mention.lower() in by_handle:
            feature = {"$type": f"{kind}#mention", "did": by_handle[mention.lower()]}
        else:
            continue
        begin = len(post.text[: mark.start()].encode())
        place = {"byteStart": begin, "byteEnd": begin + len(mark.group().encode())}
        facets.append({"index": place, "features": [feature]})
    return facets


def _when(call: Call, name: str) -> datetime | None:
    text = call.params.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _error(400, "InvalidRequest", f"Error: {name} must be a datetime") from None
    return found.replace(tzinfo=call.now.tzinfo) if found.tzinfo is None else found
