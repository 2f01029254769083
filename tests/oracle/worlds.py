"""Small random worlds, dense in edge cases: what is dropped on each of several nights, and the
configuration of each night. The same seed gives the same world."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from .briefs import Briefs
from .content import Content
from .deals import Deals
from .people import People
from .posted import LINKS, Posted, native
from .streams import Dropped, columns

Row = dict[str, Any]
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)

# zone, currency and first logical date, so that a change of clocks lies among the nights
PLACES = (
    ("America/New_York", "USD", date(2026, 3, 6)),
    ("Asia/Tokyo", "EUR", date(2026, 2, 27)),
    ("UTC", "USD", date(2025, 12, 26)),
    ("America/New_York", "GBP", date(2025, 10, 31)),
    ("Europe/Berlin", "EUR", date(2026, 3, 27)),
    ("Pacific/Kiritimati", "USD", date(2026, 1, 2)),
)
NIGHTS = (0, 1, 2, 4)  # days after the first, a Friday: a Sunday is in, a Monday left out
PLATFORMS = ("instagram", "tiktok", "youtube", "x", "mastodon", "bluesky", "twitch")
BOTS = ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/8.5.0")
PEOPLE = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 Safari/605.1.15", "")
CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CHF", "SEK", "ISK")  # none rates ISK
GOALS = ("engagements", "reach", "impressions", "clicks", "conversions", "revenue", "posts")
# columns that go together, so that none is left behind when the other is absent
OPTIONAL = {
    "campaigns": (
        "objective",
        "budget currency",
        "goal_metric goal_value",
        "utm_campaign",
        "required_hashtags required_mentions",
        "forbidden_terms",
        "attribution_window_days",
    ),
    "creators": ("country", "language niches", "email"),
    "creator_accounts": ("native_account_id",),
    "collaborations": ("agreed_on", "fee product_cost currency", "commission_rate"),
    "deliverables": ("content_type", "post_url"),
    "promo_codes": ("discount_rate", "valid_to"),
    "orders": (
        "discount_amount",
        "cost_of_goods",
        "customer_id",
        "is_test",
        "discount_codes",
        "order_kind gift_card_amount",
    ),
    "clicks": ("user_agent", "referrer", "visitor_id"),
    "profiles": ("display_name", "following", "is_bot", "bio", "posts_count", "is_noindex"),
    "outreach": ("platform handle",),
    "recommendations": ("customer_id",),
    "posts": (
        "text",
        "permalink",
        "hashtags mentions",
        "urls is_paid_label",
        "handle language",
        "is_repost",
        "deleted_on authors",
    ),
    "post_metrics": (
        "saves",
        "views reach",
        "impressions",
        "value_basis",
        "paid_likes paid_comments paid_shares paid_saves",
        "paid_views paid_reach paid_impressions",
    ),
}


# exports of another tool: their columns by the stream's
EXPORTS = {
    "creators": {"creator_id": "Id", "creator_name": "Full name", "country": "Land"},
    "orders": {
        "order_id": "No", "ordered_at": "When", "currency": "Cur", "gross_amount": "Gross",
        "cost_of_goods": "Cost", "visitor_id": "Who", "status": "State",
    },
    "profiles": {
        "platform": "Network", "native_account_id": "Account", "observed_at": "Seen",
        "handle": "Name", "followers": "Fans", "display_name": "Shown",
    },
    "posts": {
        "platform": "Network", "native_post_id": "Post", "observed_at": "Seen",
        "published_at": "Out", "native_account_id": "Account", "text": "Caption",
    },
    "promo_codes": {
        "code": "Code", "valid_from": "From", "collaboration_id": "Deal", "valid_to": "To",
    },
    "clicks": {
        "click_id": "Tap", "clicked_at": "Tapped", "link_id": "Link", "landing_url": "Url",
        "visitor_id": "Who", "user_agent": "Agent",
    },
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Nights (logical date and files) and their configuration (file by name)."""

    seed: int
    zone: str
    currency: str
    nights: list[tuple[date, list[Dropped]]]
    configs: list[dict[str, str]]

    def dropped(self, upto: int | None = None) -> list[Dropped]:
        """The files of the first nights; of all where `upto` is None."""
        return [dropped for _, files in self.nights[:upto] for dropped in files]

    def drop(self, inbox: Path, night: int) -> None:
        """Put a night's files into an inbox."""
        for dropped in self.nights[night][1]:
            (inbox / dropped.folder).mkdir(parents=True, exist_ok=True)
            (inbox / dropped.folder / dropped.name).write_bytes(dropped.content)

    def configure(self, folder: Path, night: int) -> None:
        """Write a night's configuration."""
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        for name, content in self.configs[night].items():
            (folder / name).write_text(content, encoding="utf-8")


def world(seed: int) -> World:
    """The world of a seed."""
    zone, currency, first = PLACES[seed % len(PLACES)]
    days = [first + n * DAY for n in NIGHTS]
    maker = _Maker(random.Random(seed), ZoneInfo(zone), days, currency)
    maker.everything()
    nights = [
        (day, [replace(dropped, day=day) for dropped in maker.night_files(night)])
        for night, day in enumerate(maker.days)
    ]
    configs = [
        _config(zone, currency, _coverage(seed, days[-1], night), changed=night >= 2)
        for night in range(len(nights))
    ]
    return World(seed, zone, currency, nights, configs)


@dataclass
class _Maker:
    rng: random.Random
    zone: ZoneInfo
    days: list[date]
    currency: str
    # stream → (night, row) in the order in which they are written
    rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)
    free: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)  # not planted
    sealed: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)  # in files of their own
    posts: list[Row] = field(default_factory=list)
    accounts: list[tuple[str, str, list[tuple[datetime, str]]]] = field(default_factory=list)

    @property
    def last(self) -> date:
        return self.days[-1]

    def everything(self) -> None:
        self.program()
        self.people()
        self.make_posts()
        self.metrics()
        self.web()
        self.shop()
        self.rates()
        self.pay()
        self.rest()
        self.free = {stream: list(rows) for stream, rows in self.rows.items()}
        self.edges()
        Deals(self.seal, self.zone, self.currency, self.days).everything()
        Briefs(self.seal, self.zone, self.currency, self.days).everything()
        People(self.seal, self.zone, self.days).everything()
        Posted(self.seal, self.zone, self.currency, self.days).everything()
        Content(self.seal, self.zone, self.currency, self.days).everything()

    # when

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def moment(self, low: int = -100, high: int = 2) -> datetime:
        """A moment between two days about the last D, often at the edge of one."""
        day = self.last + self.rng.randint(low, high) * DAY
        if self.rng.random() < 0.25:
            tick = self.rng.choice((SECOND, timedelta(microseconds=1)))
            return self.midnight(day) + self.rng.choice((0, -1, 1)) * tick
        return self.midnight(day) + timedelta(seconds=self.rng.randrange(86400))

    def night(self) -> int:
        return self.rng.choice((0, 0, 0, 1, 2, 3))

    def stamp(self, at: datetime) -> str:
        """A moment as text, with one offset or another, or none."""
        kind = self.rng.randrange(5)
        if kind == 0:
            at = at.astimezone(timezone(timedelta(hours=self.rng.choice((-11, -5, 2, 14)))))
        elif kind == 1:
            at = at.astimezone(timezone(timedelta(hours=5, minutes=45)))
        elif kind == 2:
            at = at.replace(tzinfo=None)
        return at.isoformat(sep=" " if kind == 3 else "T").replace("+00:00", "Z")

    # rows

    def add(self, stream: str, row: Row, night: int | None = None) -> None:
        """A row on a night, and at times a correction, a removal and a return on later ones."""
        night = self.night() if night is None else night
        rows = self.rows.setdefault(stream, [])
        rows.append((night, row))
        roll = self.rng.random()
        if roll < 0.06:  # twice in a file: the later line holds
            rows.append((night, self.changed(stream, row)))
        elif roll < 0.2 and night < 3:
            later = self.rng.randint(night + 1, 3)
            rows.append((later, self.changed(stream, row)))
        elif roll < 0.25 and night < 3:
            gone = self.rng.randint(night + 1, 3)
            rows.append((gone, {**row, "is_deleted": self.rng.choice(("true", "1", "YES"))}))
            if gone < 3 and self.rng.random() < 0.5:
                rows.append((3, {**self.changed(stream, row), "is_deleted": "false"}))

    def changed(self, stream: str, row: Row) -> Row:
        """A later version of a row: one or two values emptied or taken from another row."""
        new, spec = dict(row), columns(stream)
        others = [other for _, other in self.rows[stream]]
        free = [n for n in row if not spec[n].is_key and n not in ("currency", "is_deleted")]
        for name in self.rng.sample(free, min(2, len(free))):
            value = self.rng.choice(others).get(name)
            if spec[name].kind == "money" and name not in ("gross_amount",):
                value = value if value is not None and row.get("currency") else None
            if spec[name].is_required and value in (None, ""):
                continue
            if not spec[name].is_required and self.rng.random() < 0.3:
                value = None
            new[name] = value
        if stream == "orders" and (new.get("discount_amount") or 0) > new["gross_amount"]:
            new["discount_amount"] = None
        if stream == "orders" and (new.get("gift_card_amount") or 0) > new["gross_amount"] - (
            new.get("discount_amount") or 0
        ):
            new["gift_card_amount"] = None
        if stream == "campaigns" and new["ends_on"] < new["starts_on"]:
            new["ends_on"] = new["starts_on"]
        if stream == "clicks" and not new["link_id"] and not new["landing_url"]:
            new["landing_url"] = "https://acmecoffee.example/"
        if stream == "posts":
            # seen later, earlier or at the same moment: only the moment says which one holds
            shift = self.rng.choice((0, 0, 3600, 86400, 200_000, -3600))
            at = datetime.fromisoformat(str(row["observed_at"]).replace("Z", "+00:00"))
            new["observed_at"] = (at + timedelta(seconds=shift)).isoformat()
            new["published_at"] = row["published_at"]
        return new

    def maybe(self, value: Any, chance: float = 0.7) -> Any:
        return value if self.rng.random() < chance else None

    def odd(self, name: str) -> str:
        """A name as people write it: cased, signed, decomposed."""
        ways = (
            name,
            name.upper(),
            name.title(),
            "@" + name,
            f" {name} ",
            unicodedata.normalize("NFD", name),
        )
        return self.rng.choice(ways)

    def program(self) -> None:
        rng, pick = self.rng, self.rng.choice
        for n in range(6):
            start = self.last + rng.choice((-150, -90, -45, -31, -10, -2, 0, 1)) * DAY
            end = start + rng.choice((0, 5, 20, 60)) * DAY
            budget = self.maybe(f"{rng.randint(1, 9000)}.{rng.randint(0, 99):02d}")
            self.add(
                "campaigns",
                {
                    "campaign_id": f"c{n}",
                    "brand_id": pick(("acme", "acme", "acme", "beanbox", "rivalroast", "nobody")),
                    "campaign_name": pick(("Spring", "Été", 'The "big" one', "a,b;c|d")),
                    "objective": self.maybe("awareness"),
                    "starts_on": start.isoformat(),
                    "ends_on": end.isoformat(),
                    "budget": budget,
                    "currency": pick(CURRENCIES) if budget else None,
                    "goal_metric": self.maybe(pick(GOALS)),
                    "goal_value": self.maybe(pick(("12.5", "0", "100000", "3"))),
                    "required_hashtags": self.maybe(pick(("#AcmeCoffee|café", "coffee")), 0.5),
                    "required_mentions": self.maybe(pick(("@acmecoffee", "acme@social.example"))),
                    "forbidden_terms": self.maybe(pick(("50%|line", "acme coffee|コーヒー"))),
                    "utm_campaign": f"Camp {n}",
                    "attribution_window_days": (None, 5, "31", 60, 2, None)[n],
                },
            )
        for n in range(7):
            self.add(
                "creators",
                {
                    "creator_id": f"cr{n}",
                    "creator_name": pick(("Ann", "Björk", "小林", "عمر")),
                    "country": self.maybe(pick(("US", "JP"))),
                    "language": "en",
                    "niches": "coffee|#ColdBrew",
                    "email": f"Ann{n % 2}@mail.example",
                },
            )
        live = ("agreed", "active", "completed")
        for n in range(16):
            fee = self.maybe(f"{rng.randint(0, 500)}")
            self.add(
                "collaborations",
                {
                    "collaboration_id": f"co{n:02d}",
                    "campaign_id": pick(("c0", "c1", "c2", "c3", "c4", "c5", "c1", "c9")),
                    "creator_id": pick(("cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6")),
                    "status": pick(live * 3 + ("proposed", "cancelled")),
                    "agreed_on": self.maybe(
                        (self.last + pick((-100, -20, -4, -1, 0, 1)) * DAY).isoformat()
                    ),
                    "fee": fee,
                    "product_cost": self.maybe(f"{rng.randint(0, 90)}.{rng.randint(0, 99)}", 0.4),
                    "commission_rate": "0.1",
                    "currency": pick(CURRENCIES),
                },
            )
        for _ in range(12):
            start = self.last + rng.choice((-80, -40, -20, -5, 0, 2)) * DAY
            self.add(
                "promo_codes",
                {
                    "code": pick(("ann10", "bean-15", "ÉTÉ", "spring", "free")).upper(),
                    "valid_from": start.isoformat(),
                    "collaboration_id": f"co{rng.randrange(18):02d}",
                    "discount_rate": "0.1",
                    "valid_to": self.maybe((start + rng.choice((0, 3, 30, 90)) * DAY).isoformat()),
                },
            )
        for n in range(10):
            content = pick(("Ann", "bj%C3%B6rk", "%20x%20", "story"))
            self.add(
                "tracking_links",
                {
                    "link_id": f"l{n}",
                    "collaboration_id": f"co{rng.randrange(18):02d}",
                    "url": f"https://acmecoffee.example/p?utm_campaign=camp%20{n % 3}"
                    f"&utm_content={content}" + pick(("", "#top", "&x=1")),
                },
            )

    def people(self) -> None:
        rng = self.rng
        sizes = {"micro": (1000, 100000), "macro": (500001, 1000000), "nano": (1, 999)}
        plan = [("instagram", "micro")] * 7 + [("instagram", "macro")] * 6 + [("x", "nano")] * 2
        plan += [(platform, rng.choice(tuple(sizes))) for platform in PLATFORMS] * 2
        for n, (platform, size) in enumerate(plan):
            native = f"https://social.example/users/u{n}" if platform == "mastodon" else f"A{n}"
            name = rng.choice(("café", "ann", "bjørk", "köln.kaffee", "소라", "bean")) + str(n)
            if platform == "mastodon":
                name += "@social.example"
            if n % 9 == 4:  # goes by the handle that another account gives up
                name = self.accounts[-1][2][0][1] if self.accounts[-1][0] == platform else name
            if rng.random() < 0.08:
                name = {"mastodon": "acme@social.example"}.get(platform, "acmecoffee")
            names = []
            followers = rng.randint(*sizes[size])
            for _ in range(rng.randint(1, 5)):
                at = self.moment(-110, 2)
                if rng.random() < 0.15:
                    at = self.midnight(self.last - 9 * DAY)  # several at one moment
                shown = name if rng.random() < 0.85 else f"{name.split('@')[0]}.new"
                names.append((at, shown))
                followers += rng.randint(-5, max(2, followers // 20))
                self.add(
                    "profiles",
                    {
                        "platform": rng.choice((platform, platform.title())),
                        "native_account_id": native,
                        "observed_at": self.stamp(at),
                        "handle": self.odd(shown),
                        "display_name": rng.choice(("Ann", "Ann B.", None)),
                        "bio": rng.choice(("likes ☕", "write to ann@mail.example", None)),
                        "followers": rng.choice((followers,) * 9 + (0, None)),
                        "following": self.maybe(rng.randint(0, 2000)),
                        "posts_count": self.maybe(rng.randint(0, 300)),
                        "is_bot": rng.choice((None, "false", "false", "true")),
                        "is_noindex": rng.choice((None, None, "false", "true")),
                    },
                )
            self.accounts.append((platform, native, sorted(names)))
        for n, (platform, native, names) in enumerate(self.accounts):
            if n % 3 != 1:
                # two handles of one account belong to one creator
                self.add(
                    "creator_accounts",
                    {
                        "platform": platform,
                        "handle": self.odd(rng.choice(names)[1]),
                        "creator_id": f"cr{n % 8}",
                        "native_account_id": self.maybe(native, 0.5),
                    },
                )
        for n in range(2):  # of the roster, never seen
            row = {"platform": "instagram", "handle": f"unseen{n}", "creator_id": "cr1"}
            self.add("creator_accounts", {**row, "native_account_id": self.maybe(f"U{n}")})

    def caption(self) -> str:
        bits = (
            "#AcmeCoffee", "#acmecoffee", "#ACMECOFFEE", "#brewBetter", "#RivalRoast", "#Café",
            unicodedata.normalize("NFD", "#café"), "#КОФЕ", "#кофе", "#ΛΟΓΟΣ", "#コーヒー", "#قهوة",
            "#2026", "#26coffee", "#cold_brew", "a#not", "_#not", "1#not", "(#paren)", "#a#b", "#",
            "@acmecoffee", "@AcmeCoffee.", "@rivalroast!", "@acme@social.example", "@acme",
            "x@acme",
            "write to info@acmecoffee.example please", "@acmecoffee.example",
            "https://acmecoffee.example/menu#coffee", "https://WWW.acmecoffee.example/@acmecoffee",
            "http://shop.rivalroast.example:8080/x?y=1", "https://notacmecoffee.example/",
            "Acme Coffee is good", "acme coffees", "macme coffee", "acme\ncoffee", "rival roast,",
            "ACME COFFEE!", "☕️ #coffee", "\"quoted\"", "עברית #קפה", "a,b;c|d\te", "line\nbreak",
            "#coffee", "#brewbetter", "#Ad", "#ad", "50% off", "RT @ann", "not", "acme anvils",
        )  # fmt: skip
        return " ".join(self.rng.choices(bits, k=self.rng.randint(0, 6)))

    def make_posts(self) -> None:
        rng = self.rng
        tags = ("#Coffee|coffee| latte", "КОФЕ|İstanbul", "acmecoffee", "")
        names_said = ("@RivalRoast", "acmecoffee|@x", "acme@social.example")
        for n in range(110):
            platform, native, names = self.accounts[n % len(self.accounts)]
            post_id = f"https://social.example/p/{n}" if platform == "mastodon" else f"p{n}"
            at = self.moment(-95, 2) if n % 2 else self.moment(-20, 0)
            known = rng.random()
            post: Row = {
                "platform": rng.choice((platform, platform.upper())),
                "native_post_id": post_id,
                "observed_at": self.stamp(at + rng.choice((0, 600, 90000)) * SECOND),
                "native_account_id": native if known < 0.7 else None,
                "handle": self.odd(rng.choice(names)[1]) if known > 0.5 and known < 0.97 else None,
                "published_at": self.stamp(at),
                "content_type": rng.choice(("video", "image", None)),
                "text": self.caption() or None,
                "permalink": self.permalink(platform, n),
                "language": self.maybe("en"),
                "hashtags": self.maybe(rng.choice(tags), 0.5),
                "mentions": self.maybe(rng.choice(names_said), 0.3),
                "urls": self.maybe("https://beanbox.example/x|https://b.acmecoffee.example", 0.1),
                "is_paid_label": rng.choice((None, "true", "false", "0")),
                "found_by": self.maybe("hashtag:coffee", 0.3),
                "is_repost": rng.choice((None,) * 12 + ("false", "true")),
                "deleted_on": self.maybe((at + rng.randint(1, 60) * DAY).date().isoformat(), 0.1),
                "authors": self.maybe("ann|@Bea", 0.1),
            }
            self.posts.append({**post, "at": at})
            self.add("posts", post)
            if rng.random() < 0.3:
                url = self.permalink(platform, n, rng.randrange(4))
                self.add(
                    "deliverables",
                    {
                        "deliverable_id": f"d{n}",
                        "collaboration_id": f"co{rng.randrange(18):02d}",
                        "platform": platform,
                        "content_type": "video",
                        "due_on": (self.last + rng.choice((-30, -9, -1, 0, 1)) * DAY).isoformat(),
                        "post_url": url,
                    },
                )
                if rng.random() < 0.3:
                    other = {"collaboration_id": f"co{rng.randrange(16):02d}", "post_url": url}
                    row = self.rows["deliverables"][-1][1]
                    self.add("deliverables", {**row, **other, "deliverable_id": f"d{n}b"})

    def permalink(self, platform: str, n: int, way: int = 0) -> str:
        if n % 2 and platform in LINKS:
            forms = LINKS[platform]
            return forms[way % len(forms)].format(id=native(platform, 5000 + n), user="ann.b")
        if platform == "youtube":
            return (
                f"https://www.youtube.com/watch?v=Vid_{n}&t=3",
                f"https://youtu.be/Vid_{n}?si=1",
                f"https://youtube.com/shorts/Vid_{n}/",
                f"http://m.youtube.com/watch?app=m&v=Vid_{n}",
            )[way]
        return (
            f"https://www.{platform}.example/P/{n}",
            f"http://{platform}.example/P/{n}/?utm_source=x",
            f"https://M.{platform}.Example/P/{n}#c",
            f"https://www.{platform}.example/p/{n}",  # another post: paths have case
        )[way]

    def metrics(self) -> None:
        rng = self.rng
        for n, post in enumerate(self.posts):
            at = post["at"]
            offsets = rng.sample(
                [f * age * DAY for age in (1, 7, 30) for f in (0.8, 1, 0.9)]
                + [0.8 * 7 * DAY - SECOND, 7 * DAY + SECOND, 3 * DAY, 50 * DAY, -SECOND],
                rng.randint(0, 5),
            )
            if n % 2 == 0:
                offsets.append(6 * DAY)
            for offset in offsets:
                if at + offset > self.midnight(self.last + 4 * DAY):
                    continue
                basis = rng.choice((None,) * 8 + ("measured", "Estimated", "declared"))
                names = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
                values = {name: self.maybe(rng.randint(0, 3000), 0.85) for name in names}
                row = {
                    "platform": post["platform"],
                    "native_post_id": post["native_post_id"],
                    "observed_at": self.stamp(at + offset),
                    "value_basis": basis,
                }
                # some tell of advertising, at times of more than there is; or of nothing else
                ads = random.Random(f"{n} {offset}")
                told = ads.random() < 0.3
                paid = {
                    f"paid_{name}": ads.randint(0, ads.choice((300, 300, 4000)))
                    if told and ads.random() < 0.7
                    else None
                    for name in names
                }
                self.add("post_metrics", {**row, **values, **paid})
                if told and ads.random() < 0.5:
                    at_ads = {"observed_at": self.stamp(at + offset + ads.randint(1, 9) * HOUR)}
                    more = {**paid, "paid_likes": ads.randint(0, 99)}
                    self.add("post_metrics", {**row, **dict.fromkeys(names), **more, **at_ads})
        orphan = {"platform": "x", "native_post_id": "nowhere", "likes": 3, "value_basis": None}
        self.add("post_metrics", {**orphan, "observed_at": self.stamp(self.moment(-5, -1))})

    def web(self) -> None:
        rng = self.rng
        number = 0
        for chain in range(22):
            at = self.moment(-70, 1) if chain % 2 else self.moment(-9, 1)
            link, visitor = f"l{rng.randrange(12)}", self.maybe(f"v{rng.randrange(8)}", 0.9)
            for _ in range(rng.randint(1, 4)):
                by_link = rng.random()
                utm = f"utm_campaign=CAMP%20{rng.randrange(4)}&utm_content=" + rng.choice(
                    ("ann", "Bj%c3%b6rk", "x", "story", "")
                )
                url = f"https://acmecoffee.example/?{utm}" if by_link > 0.5 else None
                self.add(
                    "clicks",
                    {
                        "click_id": f"k{number:03d}" if number % 7 else f"K{number}",
                        "clicked_at": self.stamp(at),
                        "link_id": link if by_link < 0.8 else None,
                        "landing_url": url,
                        "visitor_id": visitor,
                        "user_agent": rng.choice(PEOPLE * 3 + BOTS),
                        "referrer": None,
                    },
                )
                number += 1
                minutes = rng.choice((0, 10, 29, 30, 30, 31))
                at += minutes * timedelta(minutes=1) - rng.choice((0, 0, 1)) * SECOND

    def shop(self) -> None:
        rng = self.rng
        clicks = [
            (row["visitor_id"], datetime.fromisoformat(row["clicked_at"].replace("Z", "+00:00")))
            for _, row in self.rows["clicks"]
            if row["visitor_id"]
        ]
        for n in range(45):
            visitor, at = self.maybe(f"v{rng.randrange(8)}"), self.moment(-60, 1)
            if n % 3:
                visitor, clicked = rng.choice(clicks)
                clicked = clicked if clicked.tzinfo else clicked.replace(tzinfo=UTC)
                windows = (2, 5, 20, 30, 31, 60)
                edges = [days * DAY + more for days in windows for more in (timedelta(0), SECOND)]
                edges += [timedelta(0), -SECOND, DAY, DAY]
                at = clicked + rng.choice(edges)
            gross = rng.choice((0, rng.randint(1, 300), rng.randint(1, 30000) / 100))
            discount = rng.choice((None, 0, gross, round(gross / 3, 2)))
            codes = rng.choice(("", "Ann10", "ann10|ANN10 ", "ÉTÉ|spring", "free|nope", "bean-15"))
            self.add(
                "orders",
                {
                    "order_id": f"o{n}",
                    "ordered_at": self.stamp(at),
                    "currency": rng.choice(CURRENCIES * 2 + ("ISK", "usd")),
                    "gross_amount": gross,
                    "discount_amount": discount,
                    "tax_amount": 1,
                    "shipping_amount": None,
                    "cost_of_goods": rng.choice((None, round(gross / 7, 4), 3)),
                    "customer_id": self.maybe(f"cu{rng.randrange(9)}"),
                    "visitor_id": visitor,
                    "discount_codes": codes,
                    "status": rng.choice(("placed",) * 7 + ("cancelled",)),
                    "is_test": rng.choice((None, "no", "false", "false", "yes")),
                    "order_kind": "renewal" if n % 7 == 0 else None,
                    "gift_card_amount": (None, 0, round(gross / 4, 2), gross)[n % 4]
                    if not discount
                    else None,
                },
            )
            for part in range(rng.choice((0, 0, 1, 1, 2))):
                amount = rng.choice((gross, gross + 5, round(gross / 3, 2)))
                late = rng.choice((0, 1, 20, 60)) * DAY
                self.add(
                    "refunds",
                    {
                        "refund_id": f"r{n}-{part}",
                        "order_id": f"o{n}" if rng.random() < 0.95 else "o999",
                        "refunded_at": self.stamp(at + late),
                        "amount": amount,
                    },
                )

    def rates(self) -> None:
        rng = self.rng
        pairs = [("EUR", "USD"), ("USD", "GBP"), ("CHF", "EUR"), ("CHF", "USD"), ("JPY", "EUR")]
        pairs += [("GBP", "JPY"), ("SEK", "CHF"), ("SEK", "GBP"), ("USD", "EUR")]
        for base, quote in pairs:
            for _ in range(rng.randint(1, 5)):
                day = self.last + rng.choice((-90, -60, -61, -30, -12, -5, -3, -1, 0, 1)) * DAY
                rate = rng.randint(2, 30000) / 10000 * (100 if quote == "JPY" else 1)
                self.add(
                    "fx_rates",
                    {
                        "rate_date": day.isoformat(),
                        "base_currency": base,
                        "quote_currency": rng.choice((quote, quote.lower())),
                        "rate": round(rate, 6),
                    },
                )

    def pay(self) -> None:
        rng = self.rng
        kinds = ("fee", "fee", "product", "commission", "shipping", "boost")
        for n in range(30):
            day = self.last + rng.choice((-150, -61, -40, -12, -4, -3, -1, 0, 1)) * DAY
            self.add(
                "payments",
                {
                    "payment_id": f"pay{n}",
                    "collaboration_id": f"co{rng.randrange(18):02d}",
                    "kind": rng.choice(kinds),
                    "status": rng.choice(("committed", "paid")),
                    "incurred_on": day.isoformat(),
                    "amount": f"{rng.randint(-5, 300)}.{rng.randint(0, 9999):04d}",
                    "currency": rng.choice(CURRENCIES),
                },
            )

    def rest(self) -> None:
        """Who was asked, who bought, who was recommended, and what was celebrated."""
        rng, pick = self.rng, self.rng.choice
        statuses = ("contacted", "replied", "negotiating", "agreed", "declined", "no_reply")
        for n in range(14):
            at = self.moment(-60, 1)
            for status in (*rng.sample(statuses, rng.randint(1, 4)), "contacted"):
                reached: Row = {"outreach_id": f"out{n}", "status": status, "creator_id": f"cr{n}"}
                where = {"campaign_id": f"c{n % 7}", "channel": pick(("email", "email", "DM"))}
                at += pick((0, 3600, 86400, 500_000, -7200)) * SECOND
                self.add("outreach", {**reached, **where, "status_at": self.stamp(at)})
        for n, (platform, _, names) in enumerate(self.accounts):
            handle = self.odd(pick(names)[1])
            if n % 4 == 1:
                row = {"customer_id": f"cu{n % 5}", "platform": platform, "handle": handle}
                self.add("customers", {**row, "email_sha256": None})
            if n % 4 < 2:
                day = self.last + pick((-100, -60, -9, -1, 0, 1)) * DAY
                about = {"platform": platform.title(), "handle": handle, "customer_id": None}
                about["customer_id"] = self.maybe(f"cu{rng.randrange(3)}")
                self.add(
                    "recommendations",
                    {
                        "recommendation_id": f"rec{n}",
                        **about,
                        "brand_id": pick(("acme", "acme", "beanbox", "rivalroast")),
                        "recommended_on": day.isoformat(),
                    },
                )
        self.add("customers", {"customer_id": "cu9", "platform": None, "handle": None})
        for n in range(7):  # creators who buy
            address = hashlib.sha256(f"ann{n % 2}@mail.example".encode()).hexdigest()
            self.plant("customers", customer_id=f"cu{n + 2}", email_sha256=address.upper())
        for n in range(4):
            start = self.last + pick((-60, -20, -9, -3, 0)) * DAY
            days = {
                "starts_on": start.isoformat(),
                "ends_on": (start + pick((0, 2, 12)) * DAY).isoformat(),
            }
            about = {"event_name": "Fair", "brand_id": pick(("acme", "beanbox"))}
            tags = pick(("coffee", "#Café|кофе", "acmecoffee|nothing"))
            self.add("events", {"event_id": f"e{n}", **about, "hashtags": tags, **days})

    def plant(self, stream: str, **row: Any) -> None:
        """A row of the first night that nothing changes later."""
        self.rows[stream].append((0, row))

    def seal(self, stream: str, night: int, row: Row) -> None:
        """A row of a file in which every column of it stands."""
        self.sealed.setdefault(stream, []).append((night, row))

    def edges(self) -> None:
        """What must lie exactly at an edge, and chance would seldom put there."""
        rng, end = self.rng, self.last - 35 * DAY
        days = ((end - 20 * DAY, end), (end - 10 * DAY, end - 2 * DAY), (end - 10 * DAY, end))
        for n, (start, stop) in enumerate((*days, (self.days[2], self.days[2]))):
            about = {"campaign_id": f"e{n}", "brand_id": "acme", "campaign_name": "Edge"}
            self.plant("campaigns", **about, starts_on=start.isoformat(), ends_on=stop.isoformat())
            deal = {"collaboration_id": f"edge{3 - n}", "creator_id": "edge", "status": "active"}
            self.plant("collaborations", **deal, campaign_id=f"e{n}")
        for window in ("1", "365", "0", "366", "-1", "1.5", "a week"):  # the first two may be
            about = {"campaign_id": f"w{window}", "brand_id": "acme", "campaign_name": "Window"}
            about |= {"starts_on": end.isoformat(), "ends_on": end.isoformat()}
            self.plant("campaigns", **about, attribution_window_days=window)
        self.plant("creators", creator_id="edge", creator_name="Edge")
        self.plant(
            "creator_accounts", platform="tiktok", handle="edge", creator_id="edge",
            native_account_id="E",
        )  # fmt: skip
        moments = [self.midnight(stop + n * DAY) for _, stop in days for n in (-1, 0, 29, 30, 31)]
        moments += [self.midnight(start + n * DAY) for start, _ in days for n in (-1, 0)]
        moments += [self.midnight(self.last - n * DAY) for n in (88, 89, 90)]
        for n, at in enumerate(moments):
            post = {"platform": "tiktok", "native_post_id": f"edge{n}", "native_account_id": "E"}
            seen = {"observed_at": at.isoformat(), "published_at": at.isoformat()}
            self.plant("posts", **post, **seen, text="#acmecoffee")
            post.pop("native_account_id")
            counts = {"likes": n + 1, "comments": 1, "shares": 1}
            self.plant("post_metrics", **post, observed_at=(at + 6 * DAY).isoformat(), **counts)
        profile = {"platform": "tiktok", "native_account_id": "E", "followers": 5000}
        seen_at = self.midnight(self.last - 95 * DAY)
        self.plant("profiles", **profile, handle="edge", observed_at=seen_at.isoformat())
        self.names_at_edges()
        self.links_that_are_nearly_met()
        for n, day in enumerate(self.days):  # the last moment of a date, and the first of the next
            for tick in (0, 1):
                at = self.midnight(day + DAY) - tick * timedelta(microseconds=1)
                when, name = at.isoformat(), f"end{n}{tick}"
                self.plant("clicks", click_id=name, clicked_at=when, link_id="l1", visitor_id=name)
                paid = {"currency": "USD", "gross_amount": 5, "status": "placed"}
                codes = {"discount_codes": f"edge{n}", "visitor_id": None}
                self.plant("orders", order_id=name, ordered_at=when, **paid, **codes)
                back = {"order_id": "end00", "amount": rng.randint(1, 2)}
                self.plant("refunds", refund_id=name, refunded_at=when, **back)
                known = {"platform": "x", "native_account_id": name, "handle": name}
                self.plant("profiles", **known, observed_at=when, followers=3)
                post = {"platform": "x", "native_post_id": name, "native_account_id": name}
                self.plant("posts", **post, observed_at=when, published_at=when, text="#coffee")
                self.plant(
                    "posts", **{**post, "native_post_id": f"{name}b"}, observed_at=when,
                    published_at=seen_at.isoformat(), text="#coffee",
                )  # fmt: skip
                post.pop("native_account_id")
                self.plant("post_metrics", **post, observed_at=when, likes=n)
            valid = {"valid_from": day.isoformat(), "valid_to": day.isoformat()}
            self.plant("promo_codes", code=f"edge{n}", collaboration_id="edge1", **valid)

    def links_that_are_nearly_met(self) -> None:
        """Clicks whose UTM values are near those of links, on the days at the edge of 90."""
        contents = ("ann.", "annn", "anna-1", "st%20ory", "storey", "storeys", "bj%C3%B6rkk", "!")
        for campaign in ("camp+0", "camp_1", "camp+2", "camps+1", "kamps+2", "camp+3"):
            for n, content in enumerate((*contents, "story", "x")):
                at = self.midnight(self.last - (0, 89, 90)[n % 3] * DAY)
                name = f"near-{campaign}-{content}"
                url = f"https://acmecoffee.example/?utm_campaign={campaign}&utm_content={content}"
                when = {"clicked_at": at.isoformat(), "visitor_id": None}
                self.plant("clicks", click_id=name, landing_url=url, **when)

    def names_at_edges(self) -> None:
        """Handles carried from the very moment of a post, and by two accounts at one moment."""
        at = self.midnight(self.last - 6 * DAY)
        for n, handle in enumerate(("swap", "swap", "both", "both", "before", "after")):
            moment = at - (1 - n % 2) * (n < 2) * DAY + (handle == "after") * DAY
            known = {"platform": "twitch", "native_account_id": f"N{n}", "handle": handle}
            self.plant("profiles", **known, observed_at=moment.isoformat(), followers=9)
        for handle in ("swap", "both", "before", "after", "never"):
            post = {"platform": "twitch", "native_post_id": handle, "handle": handle}
            seen = {"observed_at": at.isoformat(), "published_at": at.isoformat()}
            self.plant("posts", **post, **seen, text="#coffee")
        for n, host in enumerate(("social.example", "other.example")):
            post = {"platform": "mastodon", "native_post_id": f"https://{host}/p/edge"}
            seen = {"observed_at": at.isoformat(), "published_at": at.isoformat()}
            self.plant("posts", **post, **seen, text="ask @acme", native_account_id=f"M{n}")
            post["native_post_id"] += "2"
            self.plant("posts", **post, **seen, text="(@Acme@Social.example)")

    # files

    def night_files(self, night: int) -> list[Dropped]:
        """What is dropped on a night: files of the streams, and exports of another tool."""
        found = [
            Dropped(night, stream, name, content)
            for stream in self.rows
            for name, content in self.files(stream, night)
        ]
        for stream, kept in self.sealed.items():
            rows = [row for when, row in kept if when == night]
            body = io.StringIO()
            writer = csv.DictWriter(body, {name: None for row in rows for name in row})
            writer.writeheader()
            writer.writerows(rows)
            if rows:
                found.append(Dropped(night, stream, f"m{night}.csv", body.getvalue().encode()))
        for stream, mapping in EXPORTS.items() if night else ():
            given = [row for when, row in self.free[stream] if when <= night]
            rows = [self.changed(stream, row) for row in self.rng.sample(given, min(8, len(given)))]
            if stream == "clicks":  # the same taps under ids of its own, and some of no other
                taps = self.rng.sample(given, min(30, len(given)))
                rows += [{**row, "click_id": f"p-{row['click_id']}"} for row in taps]
            body = io.StringIO()
            writer = csv.writer(body, lineterminator="\n")
            writer.writerow(mapping.values())
            # in an export every column is there, and nothing is removed
            writer.writerows([[row.get(name) for name in mapping] for row in rows])
            name = f"{self.rng.choice('az')} {stream} {night}.csv"
            columns_of = tuple((theirs, ours) for ours, theirs in mapping.items())
            content = body.getvalue().encode()
            found.append(Dropped(night, stream, name, content, "partner", columns_of))
        return found

    def files(self, stream: str, night: int) -> list[tuple[str, bytes]]:
        """A night's rows of a stream, as one or two files of some format."""
        rng = self.rng
        rows = [row for when, row in self.rows[stream] if when == night]
        if not rows:
            return []
        found = []
        half = rng.randint(0, len(rows))
        for number, part in enumerate((rows[:half], rows[half:])):
            if not part:
                continue
            absent = self.absent(stream, part)
            present = {name for row in part for name in row} - absent
            names = [name for name in columns(stream) if name in present]
            bad = [self.spoiled(stream, row, names) for row in part if rng.random() < 0.05]
            kind = rng.choice(("csv", "csv", "jsonl", "csv.gz"))
            content = self.written(kind, names, part, bad)
            name = f"{rng.choice('abz')}{number} {night}.{kind}"
            found.append((name, content))
            if rng.random() < 0.15:  # the same again under a later name: skipped
                found.append((f"zz{number} {night}.{kind}", content))
        if stream == "creators":  # a content that comes back after another is a new delta
            name = ("Swing", "Swung")[night % 2]
            body = f"creator_id,creator_name\nswing,{name}\n"
            found.append((f"zzz {night}.csv", body.encode()))
        if rng.random() < 0.1:  # a required column is missing: fails whole
            found.append((f"headless {night}.csv", b"is_deleted,unknown\r\ntrue,1\r\n"))
        return found

    def absent(self, stream: str, rows: list[Row]) -> set[str]:
        groups = OPTIONAL.get(stream, ())
        if not groups or self.rng.random() < 0.5 or any("is_deleted" in row for row in rows):
            return set()
        chosen = self.rng.sample(groups, min(len(groups), self.rng.randint(1, 2)))
        return {name for together in chosen for name in together.split()}

    def spoiled(self, stream: str, row: Row, names: list[str]) -> Row | str:
        """A copy of a row that must be refused."""
        spec = columns(stream)
        bad = {"money": "1,234.5", "count": "-3", "date": "2026-02-30", "number": "x"}
        bad |= {"timestamp": "2026-02-01", "boolean": "maybe", "currency": "dollars"}
        bad["enum"] = "other"
        breakable = [n for n in names if spec[n].kind in bad or spec[n].is_required]
        name = self.rng.choice(breakable or names)
        if self.rng.random() < 0.15:
            return "ragged"
        if spec[name].is_required and (self.rng.random() < 0.4 or spec[name].kind not in bad):
            return {**row, name: self.rng.choice((None, "  "))}
        return {**row, name: bad.get(spec[name].kind, "")}

    def written(self, kind: str, names: list[str], rows: list[Row], bad: list[Row | str]) -> bytes:
        lines: list[Row | str] = list(rows)
        for line in bad:
            lines.insert(self.rng.randint(0, len(lines)), line)
        if kind == "jsonl":
            return self.jsonl(names, lines).encode()
        body = io.StringIO()
        delimiter = self.rng.choice(",,;\t")
        end = self.rng.choice(("\n", "\r\n"))
        form = {"delimiter": delimiter, "lineterminator": end, "extrasaction": "ignore"}
        writer = csv.DictWriter(body, [*names, "unknown"], **form)
        writer.writeheader()
        for line in lines:
            if isinstance(line, str):
                body.write(delimiter.join(["x"] * (len(names) + 3)) + end)
            else:
                writer.writerow({"unknown": "?", **line})
        content = body.getvalue().encode(self.rng.choice(("utf-8", "utf-8-sig")))
        return gzip.compress(content, mtime=0) if kind.endswith(".gz") else content

    def jsonl(self, names: list[str], lines: Iterable[Row | str]) -> str:
        out = []
        for line in lines:
            if isinstance(line, str):
                out.append('{"broken": ')
                continue
            record = {name: line.get(name) for name in names}
            for name in ("hashtags", "mentions", "urls", "authors", "discount_codes", "niches"):
                if isinstance(record.get(name), str) and self.rng.random() < 0.7:
                    record[name] = record[name].split("|")
            out.append(json.dumps(record, ensure_ascii=self.rng.random() < 0.3))
        return "\n".join(out) + "\n"


def _coverage(seed: int, last: date, night: int) -> Row:
    """The days from which streams are watched, as a night's configuration says them."""
    if seed % 3 == 1:  # from the first night on, and told by the events later
        days: Row = {"orders": last - 900 * DAY, "mentions": {"rivalroast": last - 45 * DAY}}
        return days if night < 3 else {}
    if seed % 3 == 2:
        return {"clicks": last - 25 * DAY} if night else {"orders": last - 12 * DAY}
    days = {"orders": last - 64 * DAY, "clicks": last - 33 * DAY}
    return days | {"mentions": {"acme": last - 40 * DAY}} if night >= 2 else {}


def _config(zone: str, currency: str, coverage: Row, *, changed: bool) -> dict[str, str]:
    """The configuration; `changed` as it is edited between two nights."""
    brands: list[Row] = [
        {
            "brand_id": "acme",
            "name": "Acme Coffee",
            "role": "own",
            "handles": {
                "instagram": ["@AcmeCoffee"],
                "x": ["acmecoffee"],
                "mastodon": ["acme@social.example"],
                "bluesky": ["acmecoffee.example"],
                "youtube": ["acmecoffee"],
                "tiktok": ["acmecoffee"],
            },
            "hashtags": ["AcmeCoffee", "#BrewBetter"] + (["coffee"] if changed else []),
            "keywords": ["Acme Coffee"],
            "domains": ["acmecoffee.example"],
            "niches": ["coffee"],
            "competitors": ["rivalroast"],
            "exclude": ["Acme Coffee table", "acme anvils"],
        },
        {
            "brand_id": "beanbox",
            "name": "Bean Box",
            "role": "own",
            "handles": {},
            "hashtags": ["кофе", "café"],
            "keywords": ["line", "珈琲"],
            "domains": ["beanbox.example"],
            "exclude": ["line dance"],
            "niches": [],
            "competitors": ["acme", "rivalroast"] if changed else ["rivalroast"],
        },
        {
            "brand_id": "rivalroast",
            "name": "Rival Roast",
            "role": "competitor",
            "handles": {"instagram": ["rivalroast"], "tiktok": ["rivalroast"]},
            "hashtags": ["rivalroast"],
            "keywords": ["rival roast"],
            "domains": ["rivalroast.example"],
            "niches": [],
            "competitors": [],
        },
    ]
    document = {"reporting": {"currency": currency, "time_zone": zone}, "brands": brands}
    tiers = "platform,tier,min_followers,max_followers\n"
    for platform, nano in (("*", 999), ("tiktok", 4999 if changed else 1999)):
        tiers += f"{platform},nano,0,{nano}\n{platform},micro,{nano + 1},100000\n"
        tiers += f"{platform},mid,100001,500000\n{platform},macro,500001,1000000\n"
        tiers += f"{platform},mega,1000001,\n"
    metrics = {
        "instagram": "likes comments", "tiktok": "likes comments shares", "x": "likes shares",
        "youtube": "likes comments", "mastodon": "likes comments shares",
        "bluesky": "likes comments shares", "twitch": "comments", "*": "likes comments",
    }  # fmt: skip
    emv = "platform,content_type,action,value,currency,source\n" + "".join(
        f"{row},by hand\n"
        for row in (
            "tiktok,*,likes,0.0105,USD",
            f"tiktok,video,likes,{'0.2' if changed else '0.1255'},EUR",
            "tiktok,*,comments,1.5,GBP",
            "tiktok,image,views,0.00335,CHF",
            "tiktok,story,views,0.00005,ISK" if changed else "tiktok,video,views,0.001,AUD",
            "tiktok,*,saves,0.5,ISK",  # a currency without a rate
            "instagram,*,likes,0.07,USD",
            "instagram,video,comments,3,USD",
            "instagram,carousel,likes,0.25,USD",
            "instagram,REELS,likes,0.35,USD",
            "tiktok,reel,comments,2.5,USD",
            "x,*,impressions,0.0003,JPY",
            "youtube,*,views,0.0123,SEK",
        )
    )
    tokens = "language,token,strength,place,ordinary_in,source,checked_on\n" + "".join(
        f"{row},https://regulator.example/guide,2026-01-01\n"
        for row in (
            "*,#ad,clear,anywhere,", "*,#sponsored,clear,anywhere,",
            "en,paid partnership,clear,anywhere,", "*,#sp,unclear,anywhere,",
            "*,#spon,unclear,anywhere,", "*,#collab,unclear,anywhere,",
            "de,#werbung,clear,anywhere,", "de,anzeige,clear,anywhere,",
            "ja,広告,clear,anywhere,", "fr,partenariat rémunéré,clear,anywhere,",
            "fr,#publicité,clear,anywhere,", "fr,#partenariat,unclear,anywhere,",
            f"*,#partner,{'clear' if changed else 'unclear'},anywhere,",
            "en,ad:,clear,beginning,", "en,ad |,clear,beginning,", "en,[ad],clear,beginning,",
            "en,ad,clear,beginning,de|fr|ja", "en,advert,clear,beginning,fr",
            "en,advertisement feature,clear,beginning,", "de,werbung,clear,beginning,",
            "fr,publicité,clear,anywhere,en", "fr,#pub,clear,anywhere,en",
            "pl,#reklama,clear,anywhere,cs|sk", "en,sponsored,clear,anywhere,",
            "*,#gifted,unclear,anywhere,", "en,gifted by,unclear,anywhere,",
            "de,bezahlte werbung,clear,anywhere,",
            "en,not,denial,anywhere,", "en,no,denial,anywhere,es", "en,never,denial,anywhere,",
            "en,isn't,denial,anywhere,", "de,keine,denial,anywhere,", "de,nicht,denial,anywhere,",
            "fr,pas de,denial,anywhere,", "fr,pas,denial,anywhere,",
        )
    )  # fmt: skip
    folds = "platform,characters,lines\n" + "".join(
        f"{row}\n"
        for row in (
            "instagram,125,3", "x,280,", "youtube,5000,1", f"tiktok,{90 if changed else 150},",
            "*,110,2",
        )
    )  # fmt: skip
    penalties = "signal,comparison,bound,min_sample,points\n" + "".join(
        f"{row}\n"
        for row in (
            "follower_jump_z,above,6,7,30", "er_percentile,below,0.1,1,20",
            f"er_percentile,above,{0.8 if changed else 0.9},6,15", "likes_per_comment,below,2,1,10",
            "likes_per_comment,above,300,2,10", "following_per_follower,above,2,1,10",
            *(["posts_per_week,above,0.7,10,25"] if changed else []),
            "engagement_variation,below,0.05,5,60", "following_per_follower,below,0.00001,1,5",
        )
    )  # fmt: skip
    weights = "part,weight\n" + "".join(
        f"{part},{weight}\n"
        for part, weight in (
            (("affinity", 0.4), ("authenticity", 0.1), ("er_percentile", 0.25), ("relevance", 0.25))
            if changed
            else (("relevance", 0.35), ("er_percentile", 0.3), ("authenticity", 0.2),
                  ("affinity", 0.15))
        )
    )  # fmt: skip
    exports = [
        {
            "name": stream,
            "format": "csv",
            "header": list(mapping.values()),
            "streams": {stream: {"columns": {o: f'"{t}"' for o, t in mapping.items()}}},
        }
        for stream, mapping in EXPORTS.items()
    ]
    return {
        "brands.yml": yaml.safe_dump(document, allow_unicode=True, sort_keys=False),
        "tiers.csv": tiers,
        "platform_metrics.csv": "platform,metric\n"
        + "".join(f"{p},{m}\n" for p, names in metrics.items() for m in names.split()),
        "emv_rates.csv": emv,
        "disclosure.csv": tokens,
        "platform_folds.csv": folds,
        "authenticity.csv": penalties,
        "discovery.csv": weights,
        "sources.yml": yaml.safe_dump(
            {
                "inbox": {"settle_seconds": 0},
                "freshness": {"posts": {"warn_after_days": 2, "error_after_days": 7}},
                "connectors": {},
                **({"coverage": coverage} if coverage else {}),
                **({"clicks": {"prefer": ["partner", "inbox"]}} if changed else {}),
            }
        ),
        "publish.yml": "{}\n",
        "exports/partner.yml": yaml.safe_dump({"tool": "partner", "exports": exports}),
        # a world has bad rows and missing rates on purpose: nothing blocks
        "thresholds.yml": "fx_missing_block_share: 1.0\nquarantine_block_share: 1.0\n"
        f"profit_coverage_min: {0.85 if changed else 0.9}\n"
        f"authenticity_min_score: {75 if changed else 65}\n"
        f"shortlist_tiers: [{'nano, micro' if changed else 'micro'}]\n"
        f"kept_up_days: {20 if changed else 30}\n"
        + ("attribution: {window_days: 20, half_life_days: 1}\n" if changed else "")
        # a world has few orders of each code
        + "codes: {orders_min: 2, early_orders: 2, own_orders: 1, post_days: "
        + ("9, no_touch_share: 0.3, new_customers_ratio: 1.0}\n" if changed else "4}\n"),
    }
