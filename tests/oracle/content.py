"""What must be in every world of what content brings: creators who all do better with some of it.

Each row comes in a file of its own making, with all columns, so that chance takes none of it away.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from .deals import TICK
from .posted import HOURS, KEPT, USER, Posted, native

KINDS = ("image", "video", "carousel")
EDGES = (1, 80, 81, 160, 161, 300, 301, 1000, 1001)  # characters
TAGS = ("coffee", "Café|latte", "latte", None)
# of engagements: a value that brings more, one that brings less, and chance
BETTER, WORSE, CHANCE = 2.5, 0.4, 0.15


@dataclass
class Content(Posted):
    """Writes rows by `write(stream, night, row)`; `days` are the logical dates of the nights."""

    def everything(self) -> None:
        self.campaign("ik", 60, 3)
        self.usual()
        self.bounds()
        self.alike()

    def post(self, account: str, name: str, at: Any, likes: int | None, **more: Any) -> None:
        """A post that is measured at 6.5 days; `more` as of `said`, and measured (hours after)."""
        platform, words = more.pop("platform", "tiktok"), more.pop("words", "beans")
        seen = at + more.pop("measured", 156) * HOURS
        self.said(platform, name, words, at=at, native_account_id=account, **more)
        self.counted(platform, name, seen, likes=likes, comments=3, shares=1)

    def usual(self) -> None:
        """Twelve creators, of whom videos bring more, and posts with #latte less."""
        rng = random.Random(12)
        for n in range(12):
            account = f"IK{n}"
            self.creator(f"ik{n}", account)
            self.deal(f"ik{n}", "ik", "active", creator_id=f"ik{n}", fee="5")
            self.seen(account, self.noon(200), 9_000 + 1_111 * n)
            for m in range(12):
                name = native("tiktok", 2000 + 12 * n + m)
                kind, tags = KINDS[(n + m) % 3], TAGS[(n * 5 + m) % 4]
                likes = 300 * math.exp(rng.gauss(0, CHANCE))
                likes *= BETTER if kind == "video" else 1
                likes *= WORSE if "latte" in (tags or "") else 1
                # where a band of hours begins, or just before it
                at = self.midnight(9 + 3 * m + n % 4) + 3 * ((n + m) % 8) * HOURS - m % 2 * TICK
                letters = EDGES[(n + 2 * m) % len(EDGES)]
                said = None if m == 7 else "é" * letters
                label = "true" if m == 2 else "false" if m == 3 else None
                about = {"content_type": None if m == 5 else kind, "hashtags": tags, "words": said}
                if m in (1, 2, 3, 4):
                    said = ("#ad", "#ad", "#sp", "beans")[m - 1]
                    about |= {"words": said, "is_paid_label": label}
                    url = KEPT["tiktok"].format(id=name, user=USER)
                    self.promise(f"ik{n}-{m}", f"ik{n}", url, due=5)
                self.post(account, name, at, round(likes), **about)

    def bounds(self) -> None:
        """Posts that nearly count: too old, reposted, unmeasured, of nobody; and deleted ones."""
        first, long = self.midnight(365), "beans " * 15
        for n in range(7):
            account = f"IB{n}"
            if n < 6:  # the seventh is of no creator; how many follow the sixth, nobody knows
                self.creator(f"ib{n}", account, platform="x")
            self.seen(account, self.noon(500), None if n == 5 else 4_000 + n, platform="x")
            about: dict[str, Any] = {"platform": "x", "content_type": "image"}
            posts: list[dict[str, Any]] = [
                {"at": first, "words": long}, {"at": first - TICK, "words": long},
                {"at": first + 9 * HOURS, "words": long},
                {"at": self.noon(40), "is_repost": "true"},
                {"at": self.noon(41), "words": "RT @ann: beans"},
                {"at": self.noon(42), "deleted_on": self.day(30)},
                {"at": self.noon(43), "likes": None}, {"at": self.noon(44), "measured": 169},
                {"at": self.noon(45), "measured": 134}, {"at": self.noon(46), "measured": 168},
                {"at": self.noon(6)}, {"at": self.noon(60), "content_type": "video"},
                # masked it has fewer than 80 characters
                {"at": self.noon(61), "content_type": "video", "words": "é" * 70 + " a@b.example"},
                {"at": self.noon(62), "content_type": "Video", "words": long},
            ]  # fmt: skip
            for m, row in enumerate(posts):
                more = {"likes": 50 + 7 * m + 11 * (n * m % 5), **about, **row}
                name = native("x", 2200 + 20 * n + m)
                self.post(account, name, more.pop("at"), more.pop("likes"), **more)

    def alike(self) -> None:
        """Accounts whose posts all bring the same, or differ all alike: no chance is seen."""
        for n in range(6):
            account = f"IA{n}"
            self.creator(f"ia{n}", account, platform="bluesky")
            self.seen(account, self.noon(100), 5_000, platform="bluesky")
            for m in range(5):
                kind = "video" if m == 4 else "image"
                name = f"at://did:plc:alike{n}/app.bsky.feed.post/{native('bluesky', 2400 + m)}"
                about = {"platform": "bluesky", "content_type": kind}
                at = self.noon(30 + m)
                self.post(account, name, at, 90 if m == 4 else 40, **about)
