"""What a running sandbox remembers: its clock, quotas, misbehaviour, and the requests seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reachline.sandbox.platforms.market import Account, Counts, Market, Post

# what every platform takes for a token, key, or app password
TOKEN = "sandbox-token"  # noqa: S105  opens nothing but the sandbox

ANSWERED = {
    "429": "answers that too much was asked",
    "500": "answers that the server failed",
    "slow": "answers after `seconds` (2)",
    "cut": "closes the connection in the middle of the body",
    "truncated_json": "ends the body in the middle, as if it were whole",
    "empty_page": "answers a page without records in place of one that has some",
    "repeated_cursor": "answers the cursor, or for Mastodon the page, that came before",
    "expired_token": "answers that the token has expired",
    "ignored_filter": "answers a search with posts of other tags and mentions too (Bluesky)",
    "new_between_pages": "moves the clock on by `seconds` (3600) after the answer",
}
STANDING = {
    "hidden_likes": "leaves the likes out, of `ids` or of all posts",
    "deleted_posts": "has deleted `ids`, or the `times` newest posts",
    "unknown_names": "refuses fields, and parameters of fields, of the names `ids` (X, TikTok)",
    "late_posts": "shows `ids`, or all posts, on other servers `seconds` (43200) late (Mastodon)",
    "private_posts": "has `ids`, or all posts, for followers and the mentioned alone (Mastodon)",
    "content_warnings": "has the beginning of `ids`, or of all posts, as a warning (Mastodon)",
    "invalid_handles": "can't resolve the handle of the accounts `ids`, or of any (Bluesky)",
    "quotes": "quotes a post in `ids`, or in all posts, beside their media (Bluesky)",
    "future_posts": "has `ids`, or all posts, say that they are of a year later (Bluesky)",
}


@dataclass
class Fault:
    """A misbehaviour asked for: the next `times` requests that fit, after `skip` of them."""

    platform: str
    kind: str
    times: int = 1
    skip: int = 0
    path: str = ""
    seconds: float | None = None
    ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in ANSWERED | STANDING:
            known = ", ".join(ANSWERED | STANDING)
            raise ValueError(f"kind {self.kind!r} is unknown; there are {known}")


@dataclass(frozen=True)
class Window:
    """What is left of a quota, and when it is whole again."""

    limit: int
    remaining: int
    resets_at: datetime


class QuotaSpentError(Exception):
    """A quota's window has nothing left; `window` says when it begins anew."""

    def __init__(self, bucket: str, window: Window) -> None:
        super().__init__(f"{bucket} is spent until {window.resets_at}")
        self.window = window


@dataclass
class State:
    """Everything that changes while a sandbox runs; asked and told by one thread."""

    market: Market
    _set: datetime
    runs: bool = False
    faults: list[Fault] = field(default_factory=list)
    limits: dict[tuple[str, str], int] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    first_asked: dict[tuple[str, str], dict[str, datetime]] = field(default_factory=dict)
    buckets: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    crashes: list[Exception] = field(default_factory=list)
    _spent: dict[tuple[str, str, str], tuple[datetime, int]] = field(default_factory=dict)
    _deleted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now = self._set

    @property
    def now(self) -> datetime:
        """Return the clock: it stands where it was set, or runs on from there."""
        passed = time.monotonic() - self._set_at if self.runs else 0
        return self._set + timedelta(seconds=passed)

    @now.setter
    def now(self, moment: datetime) -> None:
        self._set, self._set_at = moment.astimezone(UTC), time.monotonic()

    def posts(self, platform: str) -> list[Post]:
        """Return what is up now, oldest first, as it reads now."""
        return [
            post.at(self.now)
            for post in self.market.posts.get(platform, ())
            if post.published_at <= self.now
            and (post.deleted_at is None or self.now < post.deleted_at)
            and post.native_id not in self._deleted
        ]

    def accounts(self, platform: str) -> dict[int, Account]:
        """Return the platform's accounts by number, as of now."""
        return {
            number: account
            for number, account in self.market.accounts(self.now).items()
            if account.platform == platform
        }

    def counts(self, post: Post) -> Counts:
        """Return the post's counts as of now."""
        return self.market.counts(post, self.now)

    def hides_likes(self, post: Post) -> bool:
        """Return whether the platform leaves the likes of this post out."""
        return post.hides_likes or self.standing("hidden_likes", post) is not None

    def standing(self, kind: str, about: Post | Account) -> Fault | None:
        """Return the misbehaviour of a kind that holds for a post or an account."""
        for fault in self.faults:
            is_asked = fault.kind == kind and fault.platform == about.platform
            if is_asked and (not fault.ids or about.native_id in fault.ids):
                return fault
        return None

    def knows(self, platform: str, name: str) -> bool:
        """Return whether the platform has a field, or a parameter of fields, of that name."""
        return not any(
            fault.kind == "unknown_names" and fault.platform == platform and name in fault.ids
            for fault in self.faults
        )

    def add_fault(self, fault: Fault) -> None:
        """Misbehave from now on."""
        if fault.kind == "deleted_posts":
            newest = [post.native_id for post in reversed(self.posts(fault.platform))]
            self._deleted |= fault.ids or set(newest[: fault.times])
        self.faults.append(fault)

    def clear_faults(self) -> None:
        """Behave again, and bring back what faults have deleted."""
        self.faults.clear()
        self._deleted.clear()

    def take(self, platform: str, path: str, kind: str) -> Fault | None:
        """Return the misbehaviour that this request is due, and count it."""
        for fault in self.faults:
            if fault.platform != platform or fault.kind != kind or fault.path not in path:
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def spend(
        self,
        platform: str,
        bucket: str,
        who: str,
        limit: int,
        opens: Callable[[datetime], tuple[datetime, datetime]],
        units: int = 1,
    ) -> Window:
        """Take units from a quota; raises QuotaSpentError if they are not left.

        `opens` gives the beginning and the end of the window that a moment is in.
        """
        limit = self.limits.get((platform, bucket), limit)
        begins, ends = opens(self.now)
        key = (platform, bucket, who)
        began, spent = self._spent.get(key, (begins, 0))
        if began != begins:
            spent = 0
        if spent + units > limit:
            raise QuotaSpentError(bucket, Window(limit, max(0, limit - spent), ends))
        self._spent[key] = (begins, spent + units)
        return Window(limit, limit - spent - units, ends)


def every(seconds: int) -> Callable[[datetime], tuple[datetime, datetime]]:
    """Return windows of a fixed length, counted from the epoch."""

    def opens(now: datetime) -> tuple[datetime, datetime]:
        begins = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
        return begins, begins + timedelta(seconds=seconds)

    return opens


def asked_posts(state: State, platform: str, query: str) -> Iterator[Post]:
    """Yield the posts up now that a query such as `hashtag:coffee` is about, oldest first.

    Raises ValueError for a kind that is none of hashtag, keyword, mention and account.
    """
    kind, _, value = query.partition(":")
    value = value.lower()
    if kind not in ("hashtag", "keyword", "mention", "account"):
        raise ValueError(f"query {query!r}: ask for hashtag:, keyword:, mention: or account:")
    accounts = state.accounts(platform)
    for post in state.posts(platform):
        if (
            (kind == "hashtag" and value in post.tags)
            or (kind == "keyword" and value in post.text.lower())
            or (kind == "mention" and value in post.mentions)
            or (kind == "account" and accounts[post.account].handle.lower() == value)
        ):
            yield post
