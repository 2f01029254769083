"""What the sandboxes of all platforms share: a call, its answer or refusal, and paging."""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.market import Post
from reachline.sandbox.platforms.state import State, asked_posts

T = TypeVar("T")


class Refusal(Exception):  # noqa: N818  an answer like others, to the client
    """The platform answers with an error."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body, self.headers = status, body, dict(headers or {})

    def answer(self) -> Response:
        """Return it as the client sees it."""
        return JSONResponse(self.body, self.status, self.headers)


@dataclass
class Call:
    """A request as a platform's handler sees it; `headers` go into the answer, whatever it is."""

    state: State
    platform: str
    request: Request
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    units: int = 1

    @property
    def now(self) -> datetime:
        """Return the sandbox's clock."""
        return self.state.now

    @property
    def params(self) -> Mapping[str, str]:
        """Return the parameters of the query; of repeated ones the last."""
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, str]:
        """Return the variables of the path."""
        return self.request.path_params

    @property
    def bearer(self) -> str | None:
        """Return the bearer token, or None."""
        kind, _, token = self.request.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else None

    def url(self, **params: str) -> str:
        """Return this request's address with other parameters."""
        # a header holds no other letters
        base = quote(str(self.request.url.replace(query="")), safe=":/%@")
        return f"{base}?{urlencode(params)}" if params else base

    def is_due(self, kind: str) -> bool:
        """Return whether this request gets that misbehaviour, and count it."""
        return self.state.take(self.platform, self.request.url.path, kind) is not None

    def page(
        self, found: Sequence[T], start: int, size: int
    ) -> tuple[Sequence[T], int | None, bool]:
        """Return a page, where the next starts (None: it was the last), and whether it repeats.

        An empty page that is due stands in front of this one, so nothing is lost by going on.
        """
        if self.is_due("empty_page"):
            return [], start, False
        records = found[start : start + size]
        following = start + size if start + size < len(found) else None
        if self.is_due("repeated_cursor"):
            return records, start, True
        return records, following, False


Handler = Callable[[Call], Response | Awaitable[Response]]


class Platform(ABC):
    """A platform: its calls by (method, path below the prefix), and how it refuses."""

    name: str

    @abstractmethod
    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the handlers by method and path, in starlette's spelling."""

    @abstractmethod
    def limited(self, call: Call) -> Refusal:
        """Return what it says when too much was asked."""

    @abstractmethod
    def expired(self, call: Call) -> Refusal:
        """Return what it says of a token that has expired."""

    @abstractmethod
    def failed(self, call: Call) -> Refusal:
        """Return what it says when it fails itself."""

    @abstractmethod
    def unknown(self, call: Call) -> Refusal:
        """Return what it says of a path that it does not have."""

    def truth(self, state: State, query: str) -> list[str]:
        """Return the ids of all that a complete read of a query would land now."""
        return [self.record_id(post) for post in asked_posts(state, self.name, query)]

    def record_id(self, post: Post) -> str:
        """Return what a post is told apart by."""
        return post.native_id


def number(*parts: object) -> int:
    """Return 64 bits that always are the same for the same parts."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def digits(width: int, *parts: object) -> str:
    """Return a number of so many digits that always is the same for the same parts."""
    return f"{number(*parts) % 10**width:0{width}d}"


def packed(place: object) -> str:
    """Return a cursor that says nothing to its reader."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def unpacked(cursor: str) -> str:
    """Return what was packed; raises ValueError for what never was."""
    padded = cursor + "=" * (-len(cursor) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode()


def whole(text: str | None, default: int, most: int, least: int = 1) -> int:
    """Return a number asked for, within bounds; what is no number is the default."""
    try:
        return max(least, min(most, int(text))) if text is not None else default
    except ValueError:
        return default


def iso(moment: datetime) -> str:
    """Return a moment as most platforms write it: 2026-03-01T06:00:00.000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
