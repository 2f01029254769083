"""What must be in every world of accounts and of those who might work for a brand.

Each row comes in a file of its own making, with all columns, so that chance takes none of it away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TICK = timedelta(microseconds=1)
HOURS = 3600 * SECOND
QUIET = "hm"  # says nothing of any brand
SEEN = "#coffee"  # opens acme's door


@dataclass
class People:
    """Writes rows by `write(stream, night, row)`; `days` are the logical dates of the nights."""

    write: Callable[[str, int, dict[str, Any]], None]
    zone: ZoneInfo
    days: list[date]
    count: int = 0

    def everything(self) -> None:
        self.roster()
        self.jumps()
        self.rates()
        self.tiers()
        self.posting()
        self.left_out()
        self.competitors()
        self.doors()
        self.ranks()

    def midnight(self, ago: int) -> datetime:
        """The beginning of a day before the last D, as a UTC time."""
        local = datetime.combine(self.days[-1] - ago * DAY, time(), tzinfo=self.zone)
        return local.astimezone(UTC)

    def noon(self, ago: int) -> datetime:
        return self.midnight(ago) + 12 * HOURS

    def day(self, ago: int) -> str:
        return (self.days[-1] - ago * DAY).isoformat()

    def ago(self, night: int) -> int:
        """How many days before the last D the D of a night is."""
        return (self.days[-1] - self.days[night]).days

    # rows

    def profile(
        self, account: str, at: datetime, followers: int | None, night: int = 0, **more: Any
    ) -> None:
        """`more`: platform, handle, following, is_bot, is_noindex."""
        row = {
            "platform": more.get("platform", "tiktok"), "native_account_id": account,
            "observed_at": at.isoformat(), "handle": more.get("handle", account.lower()),
            "followers": followers, "following": more.get("following"),
            "is_bot": more.get("is_bot"), "is_noindex": more.get("is_noindex"),
        }  # fmt: skip
        self.write("profiles", night, row)

    def person(self, account: str, followers: int | None = 30_000, **more: Any) -> str:
        """An account that has been there for long."""
        self.profile(account, self.noon(400), followers, **more)
        return account

    def post(self, account: str, at: datetime, said: str | None, **more: Any) -> str:
        """`more`: platform, label, language, night, counts (seen at 6 days), name, hashtags."""
        self.count += 1
        platform, name = more.get("platform", "tiktok"), more.get("name") or f"q{self.count}"
        row = {
            "platform": platform, "native_post_id": name, "observed_at": at.isoformat(),
            "published_at": at.isoformat(), "native_account_id": account, "text": said,
            "language": more.get("language"), "is_paid_label": more.get("label"),
            "permalink": f"https://q.example/{name}", "hashtags": more.get("hashtags"),
        }  # fmt: skip
        self.write("posts", more.get("night", 0), row)
        if "counts" in more:
            seen = {"platform": platform, "native_post_id": name, "value_basis": None}
            counts = dict.fromkeys(("likes", "comments", "shares", "saves", "views"))
            seen |= {"observed_at": (at + 6 * DAY).isoformat(), **counts, **more["counts"]}
            self.write("post_metrics", more.get("night", 0), seen)
        return name

    # what is in the world

    def roster(self) -> None:
        """Creators of every kind of collaboration; one of them on four platforms."""
        for n, (brand, status) in enumerate(
            (("acme", "proposed"), ("acme", "cancelled"), ("beanbox", "completed"))
        ):
            name = f"qc{n}"
            campaign = {"campaign_id": f"qc{n}", "brand_id": brand, "campaign_name": "Roster"}
            days = {"starts_on": self.day(500), "ends_on": self.day(480)}
            self.write("campaigns", 0, {**campaign, **days})
            self.write("creators", 0, {"creator_id": name, "creator_name": name})
            deal = {"collaboration_id": f"q{name}", "campaign_id": f"qc{n}", "creator_id": name}
            self.write("collaborations", 0, {**deal, "status": status})
            for platform in ("tiktok", "instagram", "x", "youtube")[: 1 if n == 1 else 4]:
                account = self.person(f"QC{n}", 20_000 + n, platform=platform)
                self.post(account, self.noon(12), SEEN, platform=platform)
                known = {"platform": platform, "handle": account.lower(), "creator_id": name}
                self.write("creator_accounts", 0, known)

    def series(
        self, account: str, last: int, changes: Sequence[int | None], following: int = 20_000
    ) -> None:
        """A profile a day up to `last` days before D, changed by so much; None skips a day."""
        followers, start = 10_000, last + len(changes)
        self.profile(account, self.noon(start), followers)
        for n, change in enumerate(changes, start=1):
            if change is not None:
                followers += change
                self.profile(account, self.noon(start - n), followers, following=following + n % 2)

    def jumps(self) -> None:
        calm = [5, 7, 6, 9, 4, 6, 8]
        self.series("QJ1", 1, [*calm, 900])
        self.series("QJ2", 1, [*calm[:6], 900])  # the sample is just enough
        self.series("QJ3", 1, [*calm[:5], 900])  # and is not
        self.series("QJ4", 1, [5] * 8)  # all alike: no spread
        self.series("QJ5", 1, [5, 5, 5, 5, 5, 900, 5])  # nor here
        self.series("QJ6", 1, [3, None, 4, 9, None, 900, 2])  # two days apart is no change
        self.series("QJ7", 1, [900])  # of one change nothing is known
        self.series("QJ8", 1, [-5, -7, -6, -900, -4, -6, -8])  # losses do not jump
        self.series("QJ9", 85, [*calm, 900, 5, 6])  # the jump passes out of the 90 days
        self.series("QJ0", 88, [40, 900, 6])  # at their edge: on each night another is the first
        self.series("QJZ", 1, [*calm, 900], following=90_000)  # everything speaks against it
        for n in range(5):
            counts = {"likes": 1, "comments": 1, "shares": 0, "views": 5}
            self.post("QJZ", self.noon(11 + n), QUIET, counts=counts)
        for n, followers in enumerate((500, None, 520, 1500, 1510, 1525, 0)):
            self.profile("QJN", self.noon(7 - n), followers, following=1001)
        # the last profile of a day counts, and one at its very end
        for tick in (0, 1):
            for n, followers in enumerate((700, 705, 709, 1400)):
                at = self.midnight(4 - n) - tick * TICK
                self.profile("QJE", at, followers + tick, night=tick)
        # grown from what it was at the end of the day 30 days before
        for n, tick in enumerate((1, 0)):
            self.profile("QG", self.midnight(self.ago(2) + 29) - tick * TICK, 1000 + 500 * n)
        self.profile("QG", self.noon(20), 3000)
        self.profile("QG0", self.noon(50), 0)
        self.profile("QG0", self.noon(20), 3000)

    def rates(self) -> None:
        """Ratios at their bounds, hidden likes, posts that are all alike."""
        follow = (("QF1", 5000, 10_000), ("QF2", 5000, 10_001), ("QF3", 0, 9), ("QF4", None, 9))
        for account, followers, following in follow:
            self.person(account, followers, following=following)
        counts: dict[str, list[dict[str, int]]] = {
            "QL1": [{"likes": 20, "comments": 10, "shares": 0}],
            "QL2": [{"likes": 19, "comments": 10, "shares": 0}],
            "QL3": [{"likes": 300, "comments": 1, "shares": 0}] * 2,
            "QL4": [{"likes": 300, "comments": 1, "shares": 0}, {"likes": 301, "comments": 1,
                    "shares": 2, "views": 900}],
            "QL5": [{"likes": 901, "comments": 1, "shares": 0}],  # too few
            "QL6": [{"likes": 901, "comments": 0, "shares": 0}] * 2,
            "QL7": [{"comments": 5, "shares": 1}, {"likes": 30, "comments": 5, "shares": 1}],
            "QV1": [{"likes": 50, "comments": 25, "shares": 5, "views": 0}] * 5,
            "QV2": [{"likes": 50, "comments": 25, "shares": 5, "views": n} for n in (70, 7, 0, 7)],
            "QV3": [{"likes": n, "comments": 9, "shares": 0} for n in (100, 100, 100, 100, 112)],
            "QV4": [{"likes": n, "comments": 9, "shares": 0} for n in (100, 100, 100, 100, 114)],
            "QV5": [{"likes": 0, "comments": 0, "shares": 0}] * 5,
            "QV6": [{"likes": 3_000_000_000 + n, "comments": n * n, "shares": 2} for n in range(6)],
        }  # fmt: skip
        for n, (account, posts) in enumerate(counts.items()):
            followers = 900_000_000 if account == "QV6" else 40_000 + 37 * n
            self.person(account, followers)
            for m, counted in enumerate(posts):
                self.post(account, self.noon(11 + m), QUIET, counts=counted)
        # instagram shows neither shares nor saves of most: they count for nobody
        for n, more in enumerate(({}, {"shares": 500, "saves": 40})):
            self.person(f"QI{n}", 8_000, platform="instagram")
            counted = {"likes": 90, "comments": 10, **more}
            about = {"platform": "instagram", "counts": counted}
            self.post(f"QI{n}", self.noon(15), QUIET, **about)
        # followers only after the post, at first none, and never any
        for account, ago in (("QP1", 9), ("QP2", 9), ("QP3", None)):
            self.profile(account, self.noon(30), 0 if account == "QP2" else None)
            if ago:
                self.profile(account, self.noon(ago), 6000)
            self.post(account, self.noon(20), QUIET, counts=counts["QL1"][0])
        # a hidden count later shown, and a post that falls due between nights
        self.person("QA", 7000)
        shown = {"likes": 40, "comments": 4, "shares": 4}
        for night, counted in ((0, {"comments": 4, "shares": 4}), (2, shown)):
            self.post("QA", self.noon(14), QUIET, name="qa1", night=night, counts=counted)
        for tick in (0, 1):
            at = self.midnight(self.ago(1) + 6) - tick * TICK
            self.post("QA", at, QUIET, counts={**shown, "likes": 50 + tick})

    def tiers(self) -> None:
        """Tiers of so many accounts that the interval of their median moves inwards."""
        for platform, few, many in (("nine", 9, 6), ("eight", 8, 12), ("six", 5, 6)):
            for n in range(few + many):
                followers = 2000 + 7 * n if n < few else 600_000 + n
                name = f"{platform}{n}"
                self.person(name, followers, platform=platform)
                # peers in a row with the same rates, but for a few
                likes = 20 + n % 7 if n < few else 900 + n
                posts = 2 if n % 3 else 1
                for m in range(posts):
                    counted = {"likes": likes, "comments": 3 + m}
                    about = {"platform": platform, "counts": counted}
                    self.post(name, self.noon(20 + m), SEEN, **about)
        # two that grew at one rate from other numbers; and one that changes its tier
        for n in (1, 2):
            name = self.person(f"even{n}", 3000, platform="even")
            self.profile(name, self.noon(12), 3000 * n, platform="even")
            counted = {"likes": 27 * n, "comments": 3 * n}
            self.post(name, self.noon(9), SEEN, platform="even", counts=counted)
        self.person("mover", 100_000, platform="nine")
        self.profile("mover", self.noon(self.ago(2)), 100_001, platform="nine")
        counted = {"likes": 700, "comments": 3}
        self.post("mover", self.noon(20), SEEN, platform="nine", counts=counted)

    def posting(self) -> None:
        """Posts at both ends of the 90 days, paid ones, and hashtags that compete."""
        self.person("QD")
        for ago in (89, 90):
            for tick in (0, 1):
                at = self.midnight(ago + self.ago(1)) - tick * TICK
                self.post("QD", at, "#coffee #edge, acme coffee")
        for n in range(10):
            self.post(
                "QD", self.noon(30 + n), "#ad" if n < 3 else QUIET, label="true" if n < 2 else ""
            )
        self.person("QH")
        for words in ("#b #a #zebra", "#b #c #É", "#d #b #a", "#e #f", "#É #ä", "#𝒶bc #ｆ"):
            self.post("QH", self.noon(25), words)
        self.post("QH", self.noon(95), "#g #g #f")

    def left_out(self) -> None:
        flags: tuple[dict[str, Any], ...] = (
            {}, {"is_bot": "false", "is_noindex": "false"}, {"is_bot": "true"},
            {"is_noindex": "true"}, {"followers": 999}, {"followers": 100_000},
            {"followers": 100_001}, {"followers": None},
        )  # fmt: skip
        for n, flag in enumerate(flags):
            self.person(f"QX{n}", flag.pop("followers", 30_000 + n), **flag)
            self.post(f"QX{n}", self.noon(12), SEEN)
        # became a bot, was one; went by a competitor's name, or will only after D
        for night in (0, 2):
            said = "true" if night else "false"
            self.profile("QXB", self.noon(60 - night), 30_000, night, is_bot=said, is_noindex="")
            self.profile(
                "QXW", self.noon(60 - night), 30_000, night, is_noindex="" if night else "1"
            )
        self.person("QXO", 30_000, handle="RivalRoast")
        self.profile("QXO", self.noon(60), 30_000)
        self.person("QXL", 30_000)
        self.profile("QXL", self.midnight(-1), 30_000, handle="rivalroast")
        for account in ("QXB", "QXW", "QXO", "QXL"):
            self.post(account, self.noon(12), SEEN)
        self.person("QXN")  # posts only before and after
        self.post("QXN", self.midnight(-1), SEEN)
        self.post("QXN", self.noon(95), SEEN)

    def competitors(self) -> None:
        edge = self.ago(1)  # on this night the first day of a year is the day 364 days before it
        said: dict[str, list[tuple[datetime, str, dict[str, Any]]]] = {
            "QR1": [(self.midnight(364 + edge), "#rivalroast #ad", {})],
            "QR2": [(self.midnight(364 + edge) - TICK, "#rivalroast #ad", {})],
            "QR3": [(self.noon(200), "I like rival roast", {"label": "true"})],
            "QR4": [(self.noon(200), "https://rivalroast.example #sp", {})],
            "QR5": [(self.noon(200), "#rivalroast #ads", {"label": "false"})],
            "QR6": [(self.noon(200), "@rivalroast " + "." * 130 + "#ad", {})],
            "QR7": [(self.noon(200), "#rivalroast Anzeige", {"language": "de"})],
            "QR8": [(self.noon(200), "#rivalroast Anzeige", {"language": "en"})],
            "QR9": [(self.noon(300), "#acmecoffee #ad", {})],
            "QT1": [(self.noon(ago), "@rivalroast", {}) for ago in (300, 200, 100)],
            "QT2": [(self.noon(ago), "@rivalroast", {}) for ago in (300, 200)]
            + [(self.noon(100), "#rivalroast rival roast", {})],
            "QT3": [(self.noon(ago), "@rivalroast", {}) for ago in (364 + edge, 365 + edge, 30)],
            "QT4": [(self.noon(100 + n), f"@{name}", {}) for n, name in
                    enumerate(("rivalroast", "acmecoffee", "rivalroast", "acmecoffee"))],
            "QT5": [(self.noon(100 + n), "@rivalroast @rivalroast", {"hashtags": "rivalroast"})
                    for n in range(2)],
        }  # fmt: skip
        for n, (account, posts) in enumerate(said.items()):
            self.person(account, 31_000 + n)
            self.post(account, self.noon(12), QUIET)
            for at, words, more in posts:
                self.post(account, at, words, **more)
        # told late, and taken back
        self.person("QRL")
        self.post("QRL", self.noon(12), QUIET)
        for night, words in ((0, "#rivalroast"), (2, "#rivalroast #ad")):
            self.post("QRL", self.noon(50) + night * SECOND, words, name=f"qrl{night}", night=night)
        for n, label in ((0, "true"), (3, "false")):
            at = self.noon(55)
            row = {"platform": "tiktok", "native_post_id": "qrt", "native_account_id": "QRL"}
            seen = {"observed_at": (at + n * HOURS).isoformat(), "published_at": at.isoformat()}
            self.write("posts", n, {**row, **seen, "text": "@acmecoffee", "is_paid_label": label})

    def doors(self) -> None:
        """Customers, recommendations and events."""
        for n in range(10):
            self.person(f"QE{n}", 33_000 + n % 3)
            self.post(f"QE{n}", self.noon(12), QUIET)
        # a name that passes from QE0 to QE1 on the last night, and one that two have at a time
        self.profile("QE0", self.noon(30), 33_000, handle="passed")
        self.profile("QE1", self.noon(0), 33_001, handle="passed")
        for account in ("QE2", "QE3"):
            self.profile(account, self.noon(30), 33_002, handle="shared")
        self.profile("QE4", self.noon(5), 33_003, handle="fresh")  # no longer by its old name
        self.profile("QE6", self.noon(5), 33_003, handle="newer")
        for who, handle in (("a", "@Passed"), ("b", "shared"), ("c", "QE4"), ("d", "nobody"),
                            ("e", None), ("f", "acmecoffee")):  # fmt: skip
            row = {"customer_id": f"qu{who}", "platform": "TikTok" if handle else None}
            self.write("customers", 0, {**row, "handle": handle, "is_deleted": None})
        for night, gone in ((0, None), (2, "true")):
            row = {"customer_id": "qug", "platform": "tiktok", "handle": "qe5", "is_deleted": gone}
            self.write("customers", night, row)

        told: list[tuple[str | None, str, str, int]] = [
            ("qua", "passed", "acme", 30), ("qua", "@PASSED", "acme", 3),
            ("qub", "passed", "acme", 0),
            (None, "qe6", "acme", 40), (None, "qe6", "acme", 40), ("qua", "qe6", "acme", 3),
            ("qua", "qe6", "beanbox", 3), ("qua", "newer", "acme", 200),
            ("qua", "qe7", "rivalroast", 3),
            ("qua", "qe7", "acme", -1), ("qua", "shared", "acme", 3), ("qua", "nobody", "acme", 3),
            ("qua", "qe5", "nobody", 3), ("qua", "qe8", "acme", self.ago(1)),
        ]  # fmt: skip
        for n, (who, handle, brand, ago) in enumerate(told):
            self.recommend(f"qr{n}", who, handle, brand, self.day(ago))
        self.recommend("qr-quiet", "qua", "qxn", "acme", self.day(9))  # who does not post
        # by the very end of the day, and the beginning of the next
        for n, tick in enumerate((1, 0)):
            self.profile(f"QE{n + 8}", self.midnight(59) - tick * TICK, 33_000, handle="ends")
        self.recommend("qr-end", "qub", "ends", "acme", self.day(60))
        for night, brand in ((0, "acme"), (3, "beanbox")):
            self.recommend("qr-moved", "quc", "qe9", brand, self.day(9), night)

        events = (
            ("qv1", "acme", "qfair|qshow", 45, 44), ("qv2", "beanbox", "qfair", 45, 45),
            ("qv3", "rivalroast", "qfair", 45, 44), ("qv4", "acme", "qold", 380, 370),
            ("qv5", "acme", "qnext", -3, -5), ("qv0", "acme", "QFair", 44, 44),
            ("qv6", "acme", "qnow", 0, -2),
        )  # fmt: skip
        for name, brand, tags, start, stop in events:
            self.event(name, brand, tags, start, stop)
        self.event("qv7", "acme", "qlate", 30, 30)
        self.event("qv7", "acme", "qlate", 20, 20, night=2)
        for n in range(8):
            self.person(f"QW{n}", 34_000 + n)
            self.post(f"QW{n}", self.noon(12), QUIET)
        for n, at in enumerate((self.midnight(45) - TICK, self.midnight(45),
                                self.midnight(43) - TICK, self.midnight(43))):  # fmt: skip
            self.post(f"QW{n}", at, "#QFair", hashtags="qshow")
        self.post("QW4", self.noon(375), "#qold")
        self.post("QW5", self.noon(0), "#qnow #qnext")
        self.post("QW6", self.noon(45), "qfair")
        for ago in (30, 20):
            self.post("QW7", self.noon(ago), "#qlate")

    def recommend(
        self, name: str, who: str | None, handle: str, brand: str, day: str, night: int = 0
    ) -> None:
        row = {"recommendation_id": name, "customer_id": who, "platform": "tiktok"}
        about = {"handle": handle, "brand_id": brand, "recommended_on": day}
        self.write("recommendations", night, {**row, **about})

    def event(
        self, name: str, brand: str, tags: str, start: int, stop: int, night: int = 0
    ) -> None:
        row = {"event_id": name, "event_name": f"Day {name}", "brand_id": brand, "hashtags": tags}
        days = {"starts_on": self.day(start), "ends_on": self.day(stop)}
        self.write("events", night, {**row, **days})

    def ranks(self) -> None:
        """Scores that are equal, hashtags of which one is named, words of any script."""
        for n, followers in enumerate((35_000, 35_001, 35_000, 35_001)):
            self.person(f"QK{n}", followers)
            self.post(f"QK{n}", self.noon(12), "#brewbetter")
        said = {
            "QN1": ("#coffee #brewbetter", "#brewbetter", "#coffee", QUIET),
            "QN2": ("acme coffee", "acme coffees", QUIET),
            "QN3": ("我爱珈琲啊", "☕\ufe0fLINE", "lines"),
            "QN4": ("line\u0301", "x_line", "1line", "line\u20e3"), "QN5": ("#Café", "#кофе",
            "Line."),
            "QN6": ("#coffee", *[QUIET] * 7), "QN7": ("#coffee", *[QUIET] * 120),
        }  # fmt: skip
        for n, (account, texts) in enumerate(said.items()):
            self.person(account, 36_000 + n)
            for m, words in enumerate(texts):
                self.post(account, self.noon(12) + m * 600 * SECOND, words)
