"""The made-up market as its platforms know it: who there is, what is up, and how it counts by now.

It is made anew from what `truth.json` of a world says of itself, so the accounts, posts and orders
are those of the world's inbox files, at any moment and not at the evenings of the exports alone.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb

from reachline.sandbox.names import ALSO_ON
from reachline.sandbox.sizes import SIZES
from reachline.sandbox.world import make_market

# exports read the profiles in this hour of the evening
_EVENING = timedelta(hours=21)
EDITED = " (edited)"
"""What an edit adds to a text."""
# what is marked in a text: addresses first, since what stands in them is neither tag nor mention
MARK = re.compile(
    r"(?P<url>https?://\S+)|(?<!\w)#(?P<tag>\w*[^\W\d]\w*)"
    r"|(?<!\w)@(?P<mention>\w+(?:[.-]\w+)*(?:@\w+(?:[.-]\w+)+)?)"
)

# the numbers of what is on the platforms of ALSO_ON, apart from those of the others
_APART = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Account:
    """An account as of one evening."""

    number: int
    platform: str
    native_id: str
    handle: str
    display_name: str
    bio: str
    followers: int
    following: int
    posts_count: int
    is_verified: bool
    is_bot: bool
    is_noindex: bool
    country: str
    language: str
    has_insights: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A post, with the counts that it ends at and the days, `tau`, that it takes to get near."""

    number: int
    platform: str
    native_id: str
    account: int
    published_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    content_type: str
    text: str
    permalink: str
    language: str
    tags: tuple[str, ...]
    mentions: tuple[str, ...]
    urls: tuple[str, ...]
    is_paid_label: bool
    hides_likes: bool
    has_insights: bool
    ends_at: dict[str, float]
    tau: float
    is_edited: bool = False

    def at(self, now: datetime) -> Post:
        """Return the post as it reads at a moment: some are edited."""
        if self.edited_at is None or now < self.edited_at:
            return self
        return replace(self, text=self.text + EDITED, is_edited=True)


@dataclass(frozen=True, slots=True)
class Counts:
    """What people have done with a post by a moment."""

    likes: int
    comments: int
    shares: int
    saves: int
    views: int
    reach: int
    impressions: int


class Market:
    """All that there is on the platforms and in the shop, asked by moment (aware datetimes)."""

    def __init__(self, seed: int, size: str, start: date, nights: int) -> None:
        self.start = datetime.combine(start, time(), UTC)
        self.nights = nights
        self.end = self.start + timedelta(days=nights)
        self._size = SIZES[size]
        self._con = duckdb.connect()
        make_market(self._con, seed, self._size, start)
        self._con.execute(f"insert into post select * from posts_of(-400, {nights})")
        self.posts = self._read_posts()
        for place, (platform, other) in enumerate(ALSO_ON.items(), 1):
            found = self.posts.get(other, ())
            self.posts[platform] = [_post_on(platform, place * _APART, post) for post in found]
        self._profiles: dict[int, dict[int, Account]] = {}

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        found = self._con.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _read_posts(self) -> dict[str, list[Post]]:
        """Return the posts by platform, in the order in which they came up."""
        columns = "w.platform, w.native_post_id, w.content_type, w.text, w.permalink, w.language"
        # seen at most two nights after they were made
        texts = " union all ".join(
            f"(select * from post_rows({night}) where what = 'new')"
            for night in range(self.nights + 3)
        )
        posts: dict[str, list[Post]] = {}
        for row in self._rows(
            f"""
            select {columns}, w.urls, w.is_paid_label, w.observed_at,
                p.* exclude (platform, native_post_id, content_type, observed_at)
            from ({texts}) as w inner join post as p on w.post = p.post
            order by p.published_at, p.post
            """
        ):
            text = unicodedata.normalize("NFC", row["text"])
            marks = {name: _once(text, name) for name in ("url", "tag", "mention")}
            deleted = row["deleted_night"]
            post = Post(
                number=row["post"],
                platform=row["platform"],
                native_id=row["native_post_id"],
                account=row["account"],
                published_at=row["published_at"].replace(tzinfo=UTC),
                edited_at=None
                if row["edited_night"] is None
                else row["observed_at"].replace(tzinfo=UTC) + timedelta(days=2),
                deleted_at=None if deleted is None else self.start + timedelta(days=deleted),
                content_type=row["content_type"],
                text=text,
                permalink=row["permalink"],
                language=row["language"],
                tags=marks["tag"],
                mentions=marks["mention"],
                urls=marks["url"] or tuple(row["urls"] or ()),
                is_paid_label=row["is_paid_label"],
                hides_likes=row["hides_likes"],
                has_insights=row["has_insights"],
                ends_at={name: row[name] for name in Counts.__slots__},
                tau=row["tau"],
            )
            posts.setdefault(post.platform, []).append(post)
        return posts

    def accounts(self, now: datetime) -> dict[int, Account]:
        """Return all accounts, by number, as they were on the last evening before a moment."""
        day = (now - _EVENING - self.start).days
        if day not in self._profiles:
            found = self._rows(
                "select s.*, a.has_insights from profile_states("
                f"{day}) as s inner join account as a on s.account = a.account order by s.account"
            )
            profiles = {
                row["account"]: Account(
                    number=row["account"],
                    native_id=row["native_account_id"],
                    is_bot=bool(row["is_bot"]),
                    is_noindex=bool(row["is_noindex"]),
                    **{
                        name: row[name]
                        for name in (
                            *("platform", "handle", "display_name", "bio", "followers"),
                            *("following", "posts_count", "is_verified", "country", "language"),
                            "has_insights",
                        )
                    },
                )
                for row in found
            }
            for place, (platform, other) in enumerate(ALSO_ON.items(), 1):
                others = [one for one in profiles.values() if one.platform == other]
                also = [_account_on(platform, place * _APART, account) for account in others]
                profiles |= {account.number: account for account in also}
            self._profiles[day] = profiles
        return self._profiles[day]

    def counts(self, post: Post, now: datetime) -> Counts:
        """Return the counts of a post: they saturate, and now and then likes are taken back."""
        age = max(0.0, (now - post.published_at).total_seconds()) / 86400
        share = 1 - math.exp(-((age / post.tau) ** 0.8))
        counts = {name: math.floor(end * share) for name, end in post.ends_at.items()}
        if (post.number + (now - self.start).days * 31) % 211 == 0:
            counts["likes"] = max(0, counts["likes"] - 2)
        return Counts(**counts)

    @cached_property
    def orders(self) -> list[dict[str, Any]]:
        """Return the shop's orders, oldest first; columns as in sql/commerce.sql."""
        first = -self._size.past_click_days
        for day in range(first, self.nights + 1):
            self._con.execute(f"insert into click select * from clicks_of({day}, {day})")
            self._con.execute(f"insert into shop_order select * from orders_of({day})")
        rows = self._rows(
            """
            select o.*,
                greatest(o.ordered_at + interval 1 hour, day_at(o.refund_day)
                    + to_seconds(cast(o.refund_h % 86400 as integer))) as refunded_at
            from shop_order as o order by o.ordered_at, o.order_id
            """
        )
        return [{name: _aware(value) for name, value in row.items()} for row in rows]

    @cached_property
    def clicks(self) -> list[dict[str, Any]]:
        """Return the visits of the shops' pages, oldest first."""
        _ = self.orders  # makes both
        rows = self._rows(
            "select c.*, t.url as link_url from click as c "
            "left join tracking_link as t on c.link_id = t.link_id "
            "order by c.clicked_at, c.click_id"
        )
        return [{name: _aware(value) for name, value in row.items()} for row in rows]

    @cached_property
    def clicks_by_id(self) -> dict[str, dict[str, Any]]:
        """Return the visits by their ids."""
        return {click["click_id"]: click for click in self.clicks}


def _account_on(platform: str, apart: int, account: Account) -> Account:
    number = account.number + apart
    return replace(account, platform=platform, number=number, native_id=f"{number:x}")


def _post_on(platform: str, apart: int, post: Post) -> Post:
    """Return a post as it is made on another platform; the platform itself says its links."""
    text, native_id = post.text, f"18{post.number:015d}"
    if platform == "reddit":
        native_id = f"1{post.number:06x}"
        text = MARK.sub(lambda mark: f"u/{mark['mention']}" if mark["mention"] else mark[0], text)
    account = post.account + apart
    return replace(post, platform=platform, account=account, native_id=native_id, text=text)


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _once(text: str, kind: str) -> tuple[str, ...]:
    found = (mark.group(kind) for mark in MARK.finditer(text))
    lowered = (name if kind == "url" else name.lower() for name in found if name is not None)
    return tuple(dict.fromkeys(lowered))


@lru_cache(maxsize=2)
def _made(seed: int, size: str, start: date, nights: int) -> Market:
    return Market(seed, size, start, nights)


def open_market(world: Path) -> Market:
    """Return the market of a world's folder; raises ValueError where there is no world."""
    path = world / "truth.json"
    try:
        said = json.loads(path.read_text("utf-8"))
        return _made(
            said["seed"], said["size"], date.fromisoformat(said["start"]), len(said["nights"])
        )
    except FileNotFoundError:
        raise ValueError(
            f"{path} is not there: name a folder that `reachline sandbox world` has written"
        ) from None
    except (json.JSONDecodeError, KeyError) as error:
        raise ValueError(f"{path} is not that of a made-up world: {error!r}") from None
