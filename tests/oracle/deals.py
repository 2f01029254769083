"""What must be in every world of what collaborations returned: paths, codes, costs, disclosures.

Each row comes in a file of its own making, with all columns, so that chance takes none of it away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TICK = timedelta(microseconds=1)
SIX = ("r01", "r02", "r03", "r08", "r12", "r17")  # live on every night
WHERE = "https://www.tiktok.example/R/"


@dataclass
class Deals:
    """Writes rows by `write(stream, night, row)`; `days` are the logical dates of the nights."""

    write: Callable[[str, int, dict[str, Any]], None]
    zone: ZoneInfo
    home: str  # the reporting currency
    days: list[date]
    count: int = 0

    def everything(self) -> None:
        self.rates()
        self.program()
        self.codes_and_links()
        self.payments()
        self.paths()
        self.codes()
        self.refunds()
        self.corrected_orders()
        self.money()
        self.posts()
        self.earned()
        self.accounts()

    def midnight(self, ago: int) -> datetime:
        """The beginning of a day before the last D, as a UTC time."""
        day = self.days[-1] - ago * DAY
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def noon(self, ago: int) -> datetime:
        return self.midnight(ago) + 12 * 3600 * SECOND

    def day(self, ago: int) -> str:
        return (self.days[-1] - ago * DAY).isoformat()

    def number(self) -> int:
        self.count += 1
        return self.count

    # rows

    def rate(self, pair: str, ago: int, rate: float, night: int = 0) -> None:
        base, quote = pair.split()
        row = {"rate_date": self.day(ago), "base_currency": base, "quote_currency": quote}
        self.write("fx_rates", night, {**row, "rate": rate})

    def campaign(self, name: str, start: int, stop: int, night: int = 0, **more: Any) -> None:
        days = {"starts_on": self.day(start), "ends_on": self.day(stop)}
        row = {"campaign_id": name, "brand_id": "acme", "campaign_name": "Return", **days}
        empty = dict.fromkeys(("budget", "currency", "goal_metric", "goal_value"))
        self.write("campaigns", night, {**row, **empty, **more})

    def deal(self, name: str, campaign: str, status: str, night: int = 0, **more: Any) -> None:
        """`more`: creator_id, agreed (days before the last D), fee, product_cost, currency, ….

        The commission_rate is 0.075 unless it is stated.
        """
        agreed = more.pop("agreed", None)
        row = {
            "collaboration_id": name, "campaign_id": campaign, "status": status,
            "creator_id": "rtc2", "fee": None, "product_cost": None, "currency": self.home,
            "commission_rate": "0.075",
            "agreed_on": None if agreed is None else self.day(agreed),
        }  # fmt: skip
        self.write("collaborations", night, {**row, **more})

    def payment(self, owner: str, kind: str, status: str, amount: str, **more: Any) -> str:
        name = more.pop("name", None) or f"rp{self.number()}"
        row = {
            "payment_id": name, "collaboration_id": owner, "kind": kind, "status": status,
            "incurred_on": self.day(more.get("ago", 5)), "amount": amount,
            "currency": more.get("currency", self.home), "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("payments", more.get("night", 0), row)
        return name

    def click(self, visitor: str | None, owner: str | None, at: datetime, **more: Any) -> str:
        name = more.get("name") or f"rk{self.number():03d}"
        row = {
            "click_id": name, "clicked_at": at.isoformat(), "visitor_id": visitor,
            "link_id": f"l-{owner}" if owner else None,
            "landing_url": None if owner else f"https://acmecoffee.example/{more.get('url', '')}",
            "user_agent": more.get("agent"), "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("clicks", more.get("night", 0), row)
        return name

    def order(self, visitor: str | None, at: datetime, **more: Any) -> str:
        """`more`: codes, gross, discount, cost, currency, customer, status, is_test, gone."""
        name = more.get("name") or f"ro{self.number():03d}"
        row = {
            "order_id": name, "ordered_at": at.isoformat(), "visitor_id": visitor,
            "currency": more.get("currency", self.home), "gross_amount": more.get("gross", "10.01"),
            "discount_amount": more.get("discount"), "cost_of_goods": more.get("cost", "3.3333"),
            "customer_id": more.get("customer"), "discount_codes": more.get("codes", ""),
            "status": more.get("status", "placed"), "is_test": more.get("is_test"),
            "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("orders", more.get("night", 0), row)
        return name

    def refund(self, order: str, at: datetime, amount: str, **more: Any) -> str:
        name = more.get("name") or f"rr{self.number()}"
        row = {
            "refund_id": name, "order_id": order, "refunded_at": at.isoformat(), "amount": amount,
            "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("refunds", more.get("night", 0), row)
        return name

    def path(self, visitor: str, at: datetime, *touches: tuple[str, timedelta], **more: Any) -> str:
        """An order after clicks on (collaboration's link, time before the order)."""
        for owner, before in touches:
            self.click(visitor, owner, at - before)
        return self.order(visitor, at, **more)

    def post(self, name: str, owner: str | None, caption: str | None, **more: Any) -> None:
        """`more`: ago or at, content, language, label, night, gone, account, seen (hours later)."""
        at = more.get("at") or self.noon(more.get("ago", 12))
        seen = at + more.get("seen", 1) * 3600 * SECOND
        row = {
            "platform": "tiktok", "native_post_id": name, "observed_at": seen.isoformat(),
            "published_at": at.isoformat(), "native_account_id": more.get("account", "RT"),
            "text": caption, "permalink": WHERE + name, "content_type": more.get("content"),
            "language": more.get("language"), "is_paid_label": more.get("label"),
            "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("posts", more.get("night", 0), row)
        if owner and not more.get("night"):
            self.deliver(name, owner)

    def deliver(self, name: str, owner: str, night: int = 0, url: str | None = None) -> None:
        row = {"deliverable_id": f"d-{name}", "collaboration_id": owner, "platform": "tiktok"}
        about = {"content_type": "video", "due_on": self.day(0)}
        self.write("deliverables", night, {**row, **about, "post_url": url or WHERE + name})

    def count_of(self, name: str, at: datetime, night: int = 0, **counts: int) -> None:
        metrics = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
        row = {"platform": "tiktok", "native_post_id": name, "observed_at": at.isoformat()}
        row |= {metric: counts.get(metric) for metric in metrics}
        self.write("post_metrics", night, {**row, "value_basis": None})

    # what is in the world

    def rates(self) -> None:
        self.rate(f"AUD {self.home}", 80, 0.65)
        self.rate(f"AUD {self.home}", 5, 0.6789)
        self.rate(f"{self.home} CAD", 80, 1.25)  # the other way round only
        self.rate(f"{self.home} CAD", 60, 1.3)
        for pair in ("PLN AUD", "CAD PLN"):  # two ways of one age: the first by name
            self.rate(pair, 80, 0.4 if pair[0] == "P" else 3)
        self.rate("DKK AUD", 70, 0.2)  # the older leg decides, not the newest
        self.rate("DKK CAD", 60, 0.19)
        self.rate(f"MXN {self.home}", 50, 0.05)  # direct, though the inverse is newer
        self.rate(f"{self.home} MXN", 20, 18)
        self.rate(f"NZD {self.home}", 80, 0.5)
        self.rate(f"NOK {self.home}", 60, 0.0987, night=2)  # late
        self.rate(f"NOK {self.home}", 60, 0.0977, night=3)  # and corrected

    def program(self) -> None:
        home = {"currency": self.home}
        self.campaign("rt1", 60, 10, budget="500.05", currency="AUD")  # at the start's rate
        self.campaign("rt2", 20, -20, budget="1000.10", currency="NOK", goal_metric="conversions",
                      goal_value="12")  # fmt: skip
        started = (self.days[-1] - self.days[2]).days
        self.campaign("rt3", started, -30)
        self.campaign("rt4", -1, -40)  # has not started
        self.campaign("rt5", 30, 0, brand_id="beanbox")
        self.campaign("rt5", 25, 0, night=2, brand_id="beanbox")
        self.campaign("ghost", 15, 0, night=3)
        for name in ("rtc1", "rtc2"):
            self.write("creators", 0, {"creator_id": name, "creator_name": name})
        self.write(
            "creator_accounts", 0,
            {"platform": "tiktok", "handle": "rta", "creator_id": "rtc1",
             "native_account_id": "RTA"},
        )  # fmt: skip

        mine = {"creator_id": "rtc1"}
        self.deal("r01", "rt1", "active", agreed=61, fee="100.1", product_cost="20.005",
                  currency="AUD")  # fmt: skip
        self.deal("r02", "rt1", "completed")
        for night, rate in ((0, None), (2, "0.123457")):  # agreed later
            self.deal("r03", "rt1", "agreed", night, fee="0", commission_rate=rate)
        self.deal("r04", "rt1", "cancelled", agreed=50, fee="70")
        for night, status in ((0, "active"), (2, "cancelled")):
            self.deal("r05", "rt2", status, night, agreed=19, fee="55", currency="PLN", **mine)
        for night, campaign in ((0, "rt1"), (2, "rt2")):
            self.deal("r06", campaign, "active", night, agreed=3, fee="12.34", currency="DKK",
                      **mine)  # fmt: skip
        self.deal("r07", "ghost", "active", fee="80")
        for night, fee in ((0, "10"), (2, "20"), (3, None)):
            self.deal("r08", "rt2", "active", night, fee=fee, currency="MXN", **mine)
        self.deal("r09", "rt4", "active", fee="33", product_cost="5")
        for night, status in ((0, "proposed"), (1, "agreed")):
            self.deal("r10", "rt2", status, night, agreed=4, fee="44.44", currency="ISK")
        ago = (self.days[-1] - self.days[1]).days
        self.deal("r11", "rt2", "active", agreed=ago, fee="9", currency="CAD")
        self.deal("r12", "rt5", "active", agreed=29, fee="50", **home)
        self.deal("r13", "rt3", "active", fee="31")
        self.deal("r14", "rt2", "active", 2, agreed=9, fee="14")  # its payments were there before
        for night, status in ((0, "cancelled"), (3, "completed")):
            self.deal("r15", "rt5", status, night, agreed=8, fee="10", product_cost="1.5")
        self.deal("r16", "rt2", "active", fee="16", is_deleted=None)
        self.deal("r16", "rt2", "active", 3, fee="16", is_deleted="true")
        self.deal("r17", "rt1", "active", fee="2", product_cost="0", commission_rate="0")  # small
        self.deal("r18", "rt1", "proposed", agreed=20, fee="18")

    def codes_and_links(self) -> None:
        for n in range(1, 19):
            owner = f"r{n:02d}"
            url = f"https://acmecoffee.example/r?utm_campaign=return&utm_content={owner}"
            row = {"link_id": f"l-{owner}", "collaboration_id": owner, "url": url}
            self.write("tracking_links", 0, {**row, "is_deleted": None})
            self.write("promo_codes", 0, self.code(f"c-{owner}", owner, 90))
        moved = {"url": "https://acmecoffee.example/moved", "is_deleted": None}
        for night, owner in ((0, "r01"), (2, "r06")):
            row = {"link_id": "l-moved", "collaboration_id": owner, **moved}
            self.write("tracking_links", night, row)
        page = "https://acmecoffee.example/late?utm_campaign=LATER&utm_content=R02"
        row = {"link_id": "l-late", "collaboration_id": "r02", "url": page, "is_deleted": None}
        self.write("tracking_links", 2, row)
        for night, gone in ((0, None), (3, "true")):
            row = {"link_id": "l-gone", "collaboration_id": "r01", **moved, "is_deleted": gone}
            self.write("tracking_links", night, row)
            self.write("promo_codes", night, {**self.code("dead", "r02", 90), "is_deleted": gone})
        self.write("promo_codes", 0, self.code("Twin", "r01", 90))
        self.write("promo_codes", 0, self.code("past", "r01", 90, 40))
        self.write("promo_codes", 0, self.code("season", "r01", 200, 50))
        self.write("promo_codes", 0, self.code("SEASON", "r02", 30))
        self.write("promo_codes", 0, self.code("over", "r01", 90))
        self.write("promo_codes", 0, self.code("over", "r04", 30))  # of a cancelled one: no code
        for night, until in ((0, 1), (2, 45)):
            self.write("promo_codes", night, self.code("edit", "r01", 50, until))
        for night, owner in ((0, "r01"), (2, "r03")):
            self.write("promo_codes", night, self.code("passed", owner, 50))

    def code(self, code: str, owner: str, since: int, until: int | None = None) -> dict[str, Any]:
        valid_to = None if until is None else self.day(until)
        row = {"code": code, "collaboration_id": owner, "valid_from": self.day(since)}
        return {**row, "valid_to": valid_to, "is_deleted": None}

    def payments(self) -> None:
        pay = self.payment
        pay("r01", "fee", "paid", "100.1", currency="AUD")
        pay("r01", "product", "paid", "7")
        pay("r01", "boost", "committed", "12.345", currency="NOK", ago=59)
        pay("r01", "commission", "paid", "-3.25", currency="AUD")
        pay("r01", "shipping", "committed", "1.1", currency="NOK", ago=61)  # before its first rate
        pay("r02", "fee", "committed", "30", currency="PLN", ago=40)
        pay("r02", "fee", "paid", "20", currency="DKK", ago=65)
        pay("r02", "fee", "paid", "20", currency="DKK", ago=3)
        pay("r02", "product", "committed", "4.4", currency="MXN", ago=10)
        pay("r02", "shipping", "paid", "2")
        for ago in (0, -1):  # of the last D, and of the day after
            pay("r02", "fee", "committed", "1000", ago=ago)
        for amount in ("0.0001", "-0.0001"):  # half of it is rounded away from zero
            pay("r17", "shipping", "paid", amount, currency="NZD")
        for owner in ("r17", "r03"):
            pay(owner, "fee", "paid", "3")  # of r03 the stated fee is 0
        pay("r17", "product", "paid", "1")  # a stated cost of 0 is a cost
        pay("r04", "fee", "paid", "30")
        pay("r04", "shipping", "committed", "5")
        turned = pay("r04", "boost", "committed", "6")
        pay("r04", "boost", "paid", "6", name=turned, night=1)
        pay("r05", "fee", "paid", "55", currency="PLN", ago=4)
        pay("r05", "boost", "committed", "6", ago=4)
        for kind in ("fee", "commission"):
            pay("r07", kind, "paid" if kind == "fee" else "committed", "9")
        pay("r08", "fee", "paid", "8", currency="MXN", ago=4)
        pay("r08", "product", "committed", "3")
        pay("r09", "boost", "paid", "2.5")
        pay("r10", "commission", "paid", "77", currency="NOK")
        for status in ("committed", "paid"):
            pay("r14", "fee", status, "5")
            pay("nobody", "fee", status, "5")
            pay("r15", "product", status, "8", ago=30)
        pay("r16", "boost", "paid", "4")
        pay("r18", "boost", "committed", "4")
        moved = pay("r02", "boost", "paid", "11")
        pay("r05", "boost", "paid", "11", name=moved, night=2)
        renamed = pay("r03", "product", "committed", "13", ago=20)
        pay("r08", "shipping", "committed", "13.5", name=renamed, night=3, ago=2)
        gone = pay("r06", "shipping", "paid", "21", ago=20)
        pay("r06", "shipping", "paid", "21", name=gone, night=3, gone="true")
        pay("r06", "commission", "committed", "3", ago=1, night=3)
        # owed until a commission is entered, its day has come, and again when it is taken back
        pay("r08", "commission", "committed", "4", ago=(self.days[-1] - self.days[1]).days)
        gone = pay("r12", "commission", "paid", "6", ago=20)
        pay("r12", "commission", "paid", "6", name=gone, night=2, gone="true")

    def paths(self) -> None:
        """What lies between the first touch and the order."""
        self.order(None, self.noon(9))
        self.order("rv-none", self.noon(9))
        self.path("rv-one", self.noon(9), ("r01", 2 * DAY))
        self.path("rv-two", self.noon(9), ("r01", 14 * DAY), ("r02", 7 * DAY))
        self.path("rv-same", self.noon(9), ("r01", 9 * DAY), ("r02", 5 * DAY), ("r01", DAY))
        long = [(f"r{1 + n * 5 % 13:02d}", (27 - 3 * n) * DAY - n * 1234 * SECOND)
                for n in range(9)]  # fmt: skip
        self.path("rv-many", self.noon(9), *long, codes="c-r03|c-r02|c-r04", gross="123.4567")
        # parts whose eleventh place is rounded up: of fifteenths and of sixths
        six = [(owner, (n + 1) * DAY) for n, owner in enumerate(SIX)]
        self.path("rv-five", self.noon(9), *six[:5])
        self.path("rv-six", self.noon(9), *six)
        self.order(None, self.noon(9), codes="|".join(f"c-{owner}" for owner in SIX))
        for n, before in enumerate((30 * DAY, 30 * DAY + TICK, timedelta(0), -TICK, -SECOND)):
            self.path(f"rv-edge{n}", self.noon(9), ("r02", before))
        # at one moment: by click_id, and before the code of that moment
        at = self.noon(8)
        for name, owner in (("rkb", "r01"), ("rka", "r02"), ("rkB", "r03")):
            self.click("rv-tie", owner, at, name=name)
        self.order("rv-tie", at, codes="c-r06")
        self.path("rv-part", at, ("r01", 3 * DAY + 0.9 * SECOND), ("r02", 5 * SECOND))
        self.path("rv-weeks", at, ("r01", 28 * DAY), ("r02", 21 * DAY), ("r03", 7 * DAY))
        # duplicates and robots touch nothing
        for minutes in (60, 50, 31, 1):  # 50 and 1 follow too soon, 31 does not
            self.click("rv-again", "r01", at - minutes * 60 * SECOND)
        self.click("rv-again", "r02", at - 2 * SECOND, agent="curl/8.5.0")
        self.order("rv-again", at)
        for name in ("rkz1", "rkz0"):  # of two at one moment the first by id stands
            self.click("rv-equal", "r01", at - DAY, name=name)
            self.click("rv-lost", None, at - DAY, name=f"{name}-lost")  # no link: no duplicate
        self.order("rv-equal", at)
        # two orders of one visitor and two customers; of the second, the first's click is a touch
        self.path("rv-pair", self.noon(20), ("r03", DAY), customer="rc1")
        self.order("rv-pair", self.noon(15), customer="rc2")
        self.order("rv-pair", self.noon(14), customer="rc1", codes="c-r03")
        for name in ("rob", "roa"):  # of two at one moment the first by id is the first
            self.order(None, self.noon(30), customer="rc3", name=name)
        for ago in (12, 11):  # more conversions than clicks
            self.order("rv-twice", self.noon(ago))
        self.click("rv-twice", "r11", self.noon(13))
        self.path("rv-both", self.noon(7), ("r05", 2 * DAY), ("r08", DAY))  # of one campaign
        for n, at in enumerate((self.midnight(5) - TICK, self.midnight(5))):
            self.path(f"rv-day{n}", at, ("r17", timedelta(0)))
        for owner in ("r04", "r05", "r07", "r14", "r15", "r16", "r10", "r18"):
            self.path(f"rv-{owner}", self.noon(6), ("r02", 3 * DAY), (owner, DAY))
            self.order(None, self.noon(6), codes=f"c-{owner}")
        for link in ("moved", "gone"):
            self.path(f"rv-{link}", self.noon(6), ("r02", 3 * DAY), (link, DAY))
        self.click(None, "r09", self.noon(3))  # nobody's, and of what has not started
        # late: between others, before them, and so near that the next is a duplicate
        self.click("rv-two", "r03", self.noon(9) - 10 * DAY, night=2)
        self.click("rv-same", "r02", self.noon(9) - 29 * DAY, night=3)
        self.click("rv-one", "r01", self.noon(9) - 2 * DAY - 600 * SECOND, night=2)
        self.click("rv-none", "r17", self.noon(9) - DAY, night=1)
        # the click after midnight becomes one too many, the one after a removed click counts
        self.path("rv-mid", self.noon(38), ("r01", 12 * 3600 * SECOND - 300 * SECOND))
        self.click("rv-mid", "r01", self.midnight(38) - 300 * SECOND, night=2)
        first = self.click("rv-freed", "r01", self.noon(36) - 900 * SECOND)
        self.path("rv-freed", self.noon(36), ("r01", 300 * SECOND))
        at = self.noon(36) - 900 * SECOND
        self.click("rv-freed", "r01", at, name=first, night=3, gone="true")
        # found by its landing page alone, once the link is there
        self.click("rv-late", None, self.noon(36), url="?utm_campaign=later&utm_content=r02")
        self.order("rv-late", self.noon(32))
        last = self.click("rv-gone", "r06", self.noon(8) - DAY)
        self.path("rv-gone", self.noon(8), ("r01", 2 * DAY))
        self.click("rv-gone", "r06", self.noon(8) - DAY, name=last, night=3, gone="true")

    def codes(self) -> None:
        at = self.noon(7)
        for codes in ("c-r01|C-R02", "c-r01|twin", "c-r02| C-r02|@c-r02", "c-r04|c-r01", "past",
                      "season", "over", "edit|c-r02", "passed|c-r02", "dead", "nope"):  # fmt: skip
            self.path(f"rv {codes}", at, ("r03", DAY), codes=codes, gross="99.99")
        self.order(None, at, codes="c-r01|c-r02|c-r03", gross="0.01", cost=None)
        for ago in (60, 50, 49, 40, 31, 30, 29):  # the days on which they begin and end
            self.order(None, self.noon(ago), codes="season|past|edit")
        # a code that brings back who bought before, in a shop that finds new customers
        for n in range(6):
            self.order(None, self.noon(20 - n), customer="rc-back", codes="c-r09")
            self.order(None, self.noon(20 - n), customer=f"rc-fresh{n}")
        self.order(None, self.midnight(39) - TICK, codes="past")
        self.order(None, self.midnight(39), codes="past")

    def refunds(self) -> None:
        path = (("r01", 3 * DAY), ("r02", 2 * DAY), ("r17", DAY))
        above = self.path("rv-r1", self.noon(9), *path, gross="40", cost="10")
        self.refund(above, self.noon(8), "30")
        self.refund(above, self.noon(1), "30.01")
        month = self.path("rv-r2", self.noon(55), *path, gross="40", discount="0.03", cost="11.11")
        self.refund(month, self.noon(9), "12.34")
        # sixty days after its order, and in on a later night
        late = self.path("rv-r3", self.noon(62), *path, gross="70", cost="1")
        ago = (self.days[-1] - self.days[2]).days
        self.refund(late, self.noon(ago), "33.33", night=2)
        whole = self.path("rv-r4", self.noon(9), *path, gross="70", cost="1")
        self.refund(whole, self.noon(9), "70")
        other = self.path("rv-r5", self.noon(30), *path, gross="60", cost="6")
        moved = self.refund(whole, self.noon(7), "5")
        self.refund(other, self.noon(7), "5", name=moved, night=2)
        gone = self.refund(other, self.noon(6), "7")
        self.refund(other, self.noon(6), "7", name=gone, night=3, gone="yes")
        self.refund("ro-none", self.noon(6), "7")

    def corrected_orders(self) -> None:
        at, path = self.noon(16), (("r01", 3 * DAY), ("r08", DAY))
        self.path("rv-c1", at, *path, status="cancelled")
        self.path("rv-c2", at, *path, is_test="true")
        corrections: list[dict[str, Any]] = [
            {"status": "cancelled", "night": 2}, {"is_test": "yes", "night": 3},
            {"gone": "true", "night": 3}, {"gross": "7.77", "night": 1}, {"cost": None, "night": 2},
            {"currency": "NOK", "night": 1}, {"codes": "c-r17", "night": 3},
        ]  # fmt: skip
        for n, change in enumerate(corrections):
            name = self.path(f"rv-c{n + 3}", at, *path)
            self.order(f"rv-c{n + 3}", at, name=name, **change)
        for ago, night in (
            (20, 0),
            (25, 2),
        ):  # a first order that comes late makes another a second
            self.order(None, self.noon(ago), customer="rc4", night=night)
        self.order(None, self.noon(21), customer="rc5")
        name = self.order(None, self.noon(26), customer="rc5")
        self.order(None, self.noon(26), customer="rc5", name=name, status="cancelled", night=2)
        # from days and to days on which nothing else changes
        name = self.order(None, self.noon(33), codes="c-r01")
        self.order(None, self.noon(35), codes="c-r01", name=name, night=3)
        name = self.order(None, self.noon(37), codes="c-r01")
        self.order(None, self.noon(37), codes="c-r01", name=name, night=3, gone="true")
        name = self.path("rv-c20", at, *path)  # another visitor's, on another day
        self.order("rv-c3", self.noon(14), name=name, night=2)
        name = self.path("rv-c21", at, ("r17", DAY), status="cancelled")
        self.order("rv-c21", at, name=name, night=3)
        name = self.path("rv-c22", at, ("r17", DAY))
        self.order("rv-c22", self.noon(-1), name=name, night=3)  # only after the last D

    def money(self) -> None:
        three = (("r01", 3 * DAY), ("r02", 2 * DAY), ("r03", DAY))
        at = self.noon(9)
        self.path("rv-m1", at, *three, gross="20", discount="20", cost="10.0001")  # a loss
        self.path("rv-m2", at, *three, ("r06", 0 * DAY), gross="0.0002", cost="0.0003")
        # half of a loss is rounded away from zero; and the parts of a sum do not fit 64 bits
        self.path("rv-m21", at, ("r02", DAY), ("r17", DAY), gross="0.0001", cost="0.0004")
        others = (("r14", 3 * DAY), ("r15", 2 * DAY), ("r14", DAY))
        self.path("rv-m3", at, *others, gross="2000000.0003", cost="1")
        self.path("rv-m22", at, *others, gross="2000000.0004", cost="1")
        self.path("rv-m4", at, *three, gross="5", currency="ISK")
        self.path("rv-m5", at, *three, gross="500", currency="NOK", cost=None)
        self.path("rv-m6", at, *three, gross="0", cost="0")
        for n, currency in enumerate(("AUD", "CAD", "PLN", "DKK", "MXN", "NZD")):
            self.path(f"rv-m{n + 7}", at, *three, gross="33.33", currency=currency)
        self.path("rv-m20", self.noon(65), ("r01", DAY), gross="33.33", currency="DKK")
        # profits known of nine tenths of the revenue, of less, and of a little more
        for owner, known, unknown in (("r12", "90", "10"), ("r13", "85", "15"),
                                      ("r11", "90.01", "9.99")):  # fmt: skip
            self.order(None, at, codes=f"c-{owner}", gross=known, cost="2")
            self.order(None, at, codes=f"c-{owner}", gross=unknown, cost=None)

    def posts(self) -> None:
        captions: list[tuple[str | None, str | None, str | None]] = [
            ("New beans! #ad", "en", None), ("An #adventure, #ads", "en", None),
            ("#AD", "de", "false"), ("Paid Partnership with Acme", "en", None),
            ("unpaid partnerships", "en", None), ("#sp thanks", "en", None),
            ("#spon " + "a " * 70 + "#sponsored", "en", None), ("Anzeige: neu", "de", None),
            ("Anzeige: neu", "en", None), ("#Werbung #sp", None, None), ("Nothing", "en", "true"),
            ("#sp and #ad", "en", "true"), ("a " * 62 + "#ad", "en", None),
            ("a " * 62 + ". #ad", "en", None), ("☕ " * 62 + "#ad", "fr", None),
            ("🫘 " * 62 + ".#ad", "fr", None), ("#partenariat", "fr", None),
            ("PARTENARIAT RÉMUNÉRÉ", "fr", None), (None, "en", None), ("x#ad", "en", None),
            ("https://acmecoffee.example/#ad", None, None), ("#Publicité", "fr", None),
            ("#ad\n#ad", "tr", None), ("#partner", "pl", None), ("#collab", None, None),
            ("Kleinanzeige, ANZEIGE", "de-AT", None), ("e\u0301 Anzeige", "de", None),
            ("これは広告です", "ja", None), ("これは広告です", "en", None),
            ("#Werbung", "und", None), ("unpaid partnership, paid partnership", "en", None),
            ("https://acmecoffee.example/anzeige", "de", None), ("☕️Anzeige", "de", None),
            ("#PUBLICITE\u0301", "fr", None), ("e\u0301 " * 41 + "--#ad", "fr", None),
            ("#sp " + "-" * 121 + "#ad", "en", None),
        ]  # fmt: skip
        for n, (caption, language, label) in enumerate(captions):
            owner = "r01" if n % 2 else "r02"
            about = {
                "language": language,
                "label": label,
                "content": (None, "video", "image")[n % 3],
            }
            self.post(f"rd{n}", owner, caption, ago=12 + n % 4, **about)
            self.count_of(f"rd{n}", self.noon(5), likes=n * 7, comments=n % 3 or None, views=n * 31)
        at = self.noon(5)
        self.count_of("rd0", at + SECOND, likes=1000, saves=3, impressions=4000, reach=900)
        self.count_of("rd2", at - SECOND, likes=None, shares=2, views=None, reach=80)
        self.post("rp1", "r03", "#ad", content="story")
        self.count_of("rp1", at, likes=0, comments=0, impressions=0, views=50)  # 0 is a count
        self.post("rp2", "r06", "#ad", content="Video")
        self.count_of("rp2", at, likes=5, impressions=777, reach=600)
        self.post("rp3", "r10", "#ad")  # never measured
        self.post("rp4", "r17", "#ad", content="image")
        self.count_of("rp4", at, reach=60)  # neither engagements nor views
        self.count_of("rp4", at + SECOND, likes=3, views=4)
        for owner in ("r05", "r07", "r14", "r15", "r16", "r04", "r12", "r18"):
            self.post(f"rp-{owner}", owner, "#collab", ago=8, content="video")
            self.count_of(f"rp-{owner}", at, likes=11, comments=2, shares=1, views=100)
            self.count_of(f"rp-{owner}", self.noon(4), likes=15, comments=2, shares=1, views=140)
        # ages that fall due from one night to the next, and one that was never looked at
        for n, age in enumerate((1, 7, 30)):
            born = self.midnight((self.days[-1] - self.days[1]).days) - (age - 0.5) * DAY
            self.post(f"ra{n}", "r08", "#ad now", at=born, content="video")
            counts = {"likes": 9, "comments": 1, "shares": 0, "views": 300, "reach": 90}
            self.count_of(f"ra{n}", born + 0.95 * age * DAY, **counts)
            # and at the very end of the last D, which is after it
            born = self.midnight(-1) - age * DAY
            self.post(f"rz{n}", "r08", "#ad now", at=born, content="video")
            self.count_of(f"rz{n}", born + 0.95 * age * DAY, **counts)
        for n, day in enumerate(self.days):  # measured at the end of each D, and just before
            for tick in (TICK, 0 * TICK):
                end = self.midnight((self.days[-1] - day).days - 1) - tick
                self.count_of("rd13", end, likes=100 + n, comments=1 if tick else 2)
        # of the author's: the campaign that started last, live or moved by then
        for n, ago in enumerate((58, 15, 6)):
            self.post(f"rw{n}", None, "#acmecoffee #ad", ago=ago, account="RTA")
            self.count_of(f"rw{n}", at, likes=20 + n, comments=1, shares=2, views=500, reach=400)
        self.post("rw-both", "r01", "#acmecoffee", ago=15, account="RTA")  # the deliverable decides
        self.write("profiles", 0, {
            "platform": "tiktok", "native_account_id": "RT", "handle": "rt", "followers": 1500,
            "observed_at": self.noon(70).isoformat(),
        })  # fmt: skip
        # corrected
        self.count_of("rd4", at, night=2, likes=12, comments=5, views=9999)
        self.count_of("rp2", at, night=3, likes=6, impressions=None, views=70)
        self.post("rd5", None, "#ad thanks", night=1, seen=30, language="en")
        self.post("rd6", None, "none of it", night=2, seen=30, language="en")
        self.post("rd1", None, "An #adventure", night=2, seen=30, language="en", label="true",
                  content="video")  # fmt: skip
        self.post("rd7", None, "Anzeige: neu", night=3, seen=30, language="nl", content="image")
        self.post("rd8", None, None, night=3, gone="true")
        self.deliver("rd9", "r01", 2, "https://elsewhere.example/rd9")
        self.deliver("rd10", "r17", 2)
        self.deliver("rd11", "r04", 3)  # to a cancelled one: nobody's

    def earned(self) -> None:
        """Mentions that nobody paid for, on the first and last days of campaigns."""
        moments = [self.midnight(20) - TICK, self.midnight(20), self.midnight(9) - TICK]
        moments += [self.midnight(9), self.noon(0)]
        for n, at in enumerate(moments):
            self.post(f"rf{n}", None, "#acmecoffee @acmecoffee #кофе", at=at, account="RTF")

    def profile(self, account: str, handle: str, at: datetime, followers: int | None) -> None:
        row = {"platform": "tiktok", "native_account_id": account, "handle": handle}
        self.write("profiles", 0, {**row, "observed_at": at.isoformat(), "followers": followers})

    def accounts(self) -> None:
        """Names, tiers and days of accounts where chance seldom puts them."""
        for followers in (100_000, 100_001, 500_000, 1_000_000):  # the bounds of tiers
            self.profile(f"RB{followers}", f"rb{followers}", self.noon(9), followers)
        for n, followers in enumerate((10, None, 12, 15)):  # a day that says nothing
            self.profile("RN", "rn", self.noon(9 - n), followers)
        for n, counts in enumerate(({"likes": 1}, {"reach": 2}, {"likes": 3}, {"likes": 7})):
            self.count_of("rd12", self.noon(4 - n), **counts)
        # a post by a brand that is a deliverable too is the brand's own
        self.profile("RO", "acmecoffee", self.noon(20), 50)
        self.post("ro-own", "r01", "#acmecoffee", ago=15, account="RO")
        # of those who carried a name only later, the first; of one that nobody did, the roster
        for n in (1, 2):
            self.profile(f"RL{n}", "later", self.noon(9 - n), 20)
        for name in ("later", "roster"):
            at = self.noon(10).isoformat()
            row = {"platform": "tiktok", "native_post_id": f"by-{name}", "handle": name}
            self.write("posts", 0, {**row, "observed_at": at, "published_at": at})
        known = {"platform": "tiktok", "handle": "roster", "creator_id": "rtc1"}
        self.write("creator_accounts", 0, {**known, "native_account_id": "RR"})
        # on the last night: a post that goes from a week of its own, one that joins the fourth week
        # before another, and one that turns out to be another account's
        for night, gone in ((0, None), (3, "true")):
            self.post("rs-gone", None, "#brewbetter", ago=77, account="RTG", night=night, gone=gone)
        for night, ago in ((0, 12), (0, 41), (3, 40)):
            self.post(f"rs-{ago}", None, "#onceinawhile", ago=ago, account="RTG", night=night)
        for night, account in ((0, "RTX"), (3, "RTY")):
            about = {"night": night, "seen": 1 + night}
            self.post("rs-moved", None, "mine", ago=20, account=account, **about)
        # five accounts are enough for a tier to be compared, four are not
        for platform, few in (("five", 5), ("four", 4)):
            for n in range(few + 5):
                about = {"platform": platform, "native_account_id": f"T{n}"}
                at = self.noon(20)
                followers = 2000 + n if n < few else 600_000 + n
                row = {"handle": f"t{n}", "followers": followers, "observed_at": at.isoformat()}
                self.write("profiles", 0, {**about, **row})
                post = {"native_post_id": f"t{n}", "observed_at": at.isoformat()}
                self.write("posts", 0, {**about, **post, "published_at": at.isoformat()})
                seen = (at + 6 * DAY).isoformat()
                counts = {"likes": 10 + n, "comments": n, "observed_at": seen}
                row = {"platform": platform, "native_post_id": f"t{n}", "value_basis": None}
                self.write("post_metrics", 0, {**row, **counts})
