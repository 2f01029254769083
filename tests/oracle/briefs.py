"""What must be in every world of outreach, briefs, pace and returning creators.

Each row comes in a file of its own making, with all columns, so that chance takes none of it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .deals import Deals

SHOP = "https://acmecoffee.example"
TRACKED = f"{SHOP}/b?utm_campaign=brief&utm_content=b%C3%B6"
BRIEF = ("required_hashtags", "required_mentions", "forbidden_terms")
GOAL = ("goal_metric", "goal_value", "currency")


@dataclass
class Briefs(Deals):
    """Writes rows by `write(stream, night, row)`; `days` are the logical dates of the nights."""

    def everything(self) -> None:
        self.people()
        self.outreach()
        self.briefs()
        self.deadlines()
        self.goals()
        self.fees()
        self.stays()

    def ago(self, night: int) -> int:
        """How many days before the last D the D of a night is."""
        return (self.days[-1] - self.days[night]).days

    def campaign(self, name: str, start: int, stop: int, night: int = 0, **more: Any) -> None:
        super().campaign(name, start, stop, night, **{**dict.fromkeys(BRIEF), **more})

    def people(self) -> None:
        for n in range(1, 10):
            self.write("creators", 0, {"creator_id": f"bc{n}", "creator_name": f"bc{n}"})

    # outreach

    def step(self, name: str, status: str, at: datetime, night: int = 0, **more: Any) -> None:
        """`more`: campaign, channel, gone."""
        row = {
            "outreach_id": name, "status": status, "campaign_id": more.get("campaign", "bo"),
            "creator_id": None, "platform": "tiktok", "handle": "somebody",
            "channel": more.get("channel", "email"), "status_at": at.isoformat(),
            "is_deleted": more.get("gone"),
        }  # fmt: skip
        self.write("outreach", night, row)

    def outreach(self) -> None:
        self.campaign("bo", 60, 10)
        noon, second = self.noon, self.noon(10) - self.noon(11)
        second /= 86400
        for n, (asked, answered) in enumerate(
            ((30, 29), (30, 26), (30, 30), (30, 31), (30, None), (None, 29), (3, -1))
        ):
            if asked is not None:
                self.step(f"bo{n}", "contacted", noon(asked))
            if answered is not None:
                self.step(f"bo{n}", "replied", noon(answered) + n * 3600 * second)
        for status in ("contacted", "replied"):  # at one moment
            self.step("bo8", status, noon(17))
        for n, status in enumerate(("negotiating", "agreed", "declined", "no_reply")):
            self.step("bo0", status, noon(28 - n))
            self.step(f"bo{n}", status, noon(28 - n), channel="dm")
        self.step("bo1", "agreed", noon(5))
        # at the end of a D, and just before
        for n, tick in enumerate((0, 1)):
            at = self.midnight(self.ago(1) - 1) - tick * second
            self.step(f"be{n}", "contacted", at)
            self.step(f"be{n}", "agreed", at)
        # the same status again, another day, another channel, and taken back
        self.step("bs", "contacted", noon(20))
        self.step("bs", "replied", noon(19))
        self.step("bs", "contacted", noon(18), night=2)
        self.step("bm", "contacted", noon(20), channel="Email")
        self.step("bm", "contacted", noon(20), channel="post", night=2)
        for night, gone in ((0, None), (3, "true")):
            self.step("bg", "contacted", noon(20), night=night, gone=gone)
            self.step("bg", "replied", noon(9), night=night, gone=gone)
        self.step("bx", "contacted", noon(20), campaign="bnone")
        self.step("bl", "contacted", noon(20), campaign="blate")
        self.campaign("blate", 15, 0, night=2)
        for n in range(3):  # only later, only of no campaign's channel
            self.step("bt", ("contacted", "replied", "agreed")[n], noon(-1), channel="talk")

    # briefs

    def said(self, name: str, words: str | None, owner: str, **more: Any) -> None:
        """A post that is a deliverable. `more`: platform, ago, urls, tags, names, due, label."""
        platform, at = (
            more.get("platform", "tiktok"),
            more.get("at") or self.noon(more.get("ago", 12)),
        )
        native = f"https://social.example/b/{name}" if platform == "mastodon" else name
        native = more.get("native", native)
        url = f"https://www.{platform}.example/b/{name}"
        row = {
            "platform": platform, "native_post_id": native, "observed_at": at.isoformat(),
            "published_at": at.isoformat(), "native_account_id": more.get("account", "BA"),
            "text": words, "permalink": url, "is_paid_label": more.get("label"),
            "urls": more.get("urls"), "hashtags": more.get("tags"), "mentions": more.get("names"),
        }  # fmt: skip
        self.write("posts", more.get("night", 0), row)
        if more.get("night"):
            return
        asked = {"deliverable_id": f"b-{name}", "collaboration_id": owner, "platform": platform}
        due = self.day(more.get("due", 5))
        self.write(
            "deliverables",
            0,
            {
                **asked,
                "due_on": due,
                "post_url": url.upper()
                .replace(f"/B/{name.upper()}", f"/b/{name}/?x=1")
                .replace("HTTPS://WWW.", "http://m."),
            },
        )

    def briefs(self) -> None:
        terms = "cheap|Best Ever|無料|ราคาถูก|#giveaway|c++|été"
        self.campaign(
            "bb1",
            40,
            5,
            required_hashtags="#AcmeCoffee|brewbetter|Café",
            required_mentions="@AcmeCoffee|acme@social.example",
            forbidden_terms=terms,
        )
        self.campaign("bb2", 40, 5, required_mentions="acmecoffee")
        self.campaign("bb3", 40, 5, brand_id="beanbox", forbidden_terms="line")
        self.campaign("bb3", 40, 5, night=2, brand_id="beanbox", required_hashtags="кофе")
        for n, campaign in enumerate(("bb1", "bb2", "bb3", "bb1", "bb1"), start=1):
            self.deal(f"b{n}", campaign, "active", creator_id=f"bc{n}", fee="10")
        self.deal("b4", "bb2", "active", 3, creator_id="bc4", fee="10")  # of another brief then

        whole = "#acmecoffee #BREWBETTER #cafe\u0301 @acmecoffee"
        tags = [
            (whole, {}), ("#acmecoffee #brewbetter", {"tags": "café", "names": "@ACMECOFFEE"}),
            ("#acmecoffees #brew_better #cafe @acmecoffees", {}), (None, {}), ("plain", {}),
            (whole + " @acme@social.example", {}),
        ]  # fmt: skip
        for n, (words, more) in enumerate(tags):
            self.said(f"bt{n}", words, "b1", **more)
        server = {"platform": "mastodon", "account": "https://social.example/users/b"}
        for n, words in enumerate(("@acme", "@acme@social.example", "@acme@else.example",
                                   "@acme @acmecoffee", "@Acmecoffee@social.example")):  # fmt: skip
            self.said(f"bm{n}", words, "b1", **server)
            self.said(f"bn{n}", words, "b2", **server)
        far = {"account": "https://far.example/users/b", "native": "https://far.example/b/1"}
        self.said("bm9", "@acme @acmecoffee", "b1", **{**server, **far})
        self.said("bm8", "@acme @acmecoffee", "b1", platform="mastodon", account=far["account"])

        texts = (
            "CHEAP!", "cheaper, uncheap", "so cheap", "the best\never", "the BEST EVER.",
            "best evers",
            "今日は無料です", "มากราคาถูกนะ", "#giveaways", "x#GiveAway", "c++", "C++11", "cafété",
            "e\u0301te\u0301 et E\u0301TE\u0301", "☕\ufe0fcheap", "cheap\u0301",
            "https://a.example/cheap",
            "cheap_, _cheap, cheap1", "x " * 60 + "cheap" + " y" * 60, "a cheap, cheap deal",
            "ask me@mail.example, cheap", "ＣＨＥＡＰ", "cheap",
        )  # fmt: skip
        for n, words in enumerate(texts):
            self.said(f"bf{n}", words, "b4" if n % 2 else "b1")
        for label in ("true", "false"):
            self.said(f"blabel-{label}", "#ad", "b1", label=label)
        self.said("bfu", "see the link", "b1", urls="https://a.example/cheap|https://b.example/")
        self.said("bl1", "line up, #кофе", "b3")
        self.said("bl2", "a line", "b3")
        self.said("bl2", "#кофе none", "b3", night=2, at=self.noon(12))

        self.tracked()

    def tracked(self) -> None:
        """Codes and links in texts and URLs; of collaborations with both, one, or none."""
        self.campaign("bk", 40, 5)
        self.campaign("bq", 40, 5, brand_id="nobody")
        names = ("both", "code", "link", "none", "bare", "more")
        for n, name in enumerate(names, start=1):
            self.deal(f"bk-{name}", "bk", "active", creator_id=f"bc{n}")
        self.deal("bq-code", "bq", "active", creator_id="bc7")
        for code, owner, since in (("TenOff", "both", 90), ("Été-20", "code", 90),
        ("ten", "more", 90),
                                   ("OLD5", "more", 300)):  # fmt: skip
            row = self.code(code, f"bk-{owner}", since, 200 if since == 300 else None)
            self.write("promo_codes", 0, row)
        self.write("promo_codes", 0, self.code("qq", "bq-code", 90))
        links = (("both", TRACKED), ("link", f"{SHOP}/l?utm_campaign=brief&utm_content=l"),
                 ("bare", f"{SHOP}/bare/"), ("bare", "https://short.example/b1?x=1"))  # fmt: skip
        for n, (owner, url) in enumerate(links):
            row = {"link_id": f"l-b{n}", "collaboration_id": f"bk-{owner}", "url": url}
            self.write("tracking_links", 0, {**row, "is_deleted": None})
        utm = "utm_content=B%c3%B6&utm_campaign=%20Brief%20"
        said: list[tuple[str, str | None, str | None]] = [
            ("both", "use TENOFF now", None), ("both", "tenoff", None), ("both", "tenoffs", None),
            ("both", "#TenOff", None), ("both", "with_tenoff", None), ("both", None, None),
            ("both", f"{SHOP}/other?{utm}", None), ("both", None, f"https://else.example/?{utm}"),
            ("both", f"{SHOP}/b?utm_campaign=brief", None), ("both", f"{SHOP}/c", None),
            ("both", None, "https://shop.acmecoffee.example/x|https://a.example"),
            ("both", "acmecoffee.example", None), ("both", "https://notacmecoffee.example/", None),
            ("both", None, "https://a.example/?code=tenoff"), ("both", "無料TenOffです", None),
            ("both", f"{SHOP}/c?utm_campaign=brief&utm_content=l", None),
            ("code", "e\u0301te\u0301-20!", None), ("code", "été-200", None), ("code", SHOP, None),
            ("link", "use TENOFF", None),
            ("link", f"{SHOP}/x?utm_content=l&utm_campaign=BRIEF", None),
            ("link", f"({SHOP}/?utm_content=l2&utm_campaign=brief", None),
            ("none", "use TENOFF", None), ("none", TRACKED, None), ("bare", f"{SHOP}/bare", None),
            ("bare", "http://m.acmecoffee.example/bare/?y=2", None),
            ("bare", f"{SHOP}/bare/r", None),
            ("bare", None, "http://short.example/b1"), ("bare", "https://short.example/b2", None),
            ("more", "ten off", None), ("more", "TenOff", None), ("more", "old5", None),
        ]  # fmt: skip
        for n, (owner, words, urls) in enumerate(said):
            self.said(f"bk{n}", words, f"bk-{owner}", urls=urls)
        self.said("bq1", f"{SHOP}/x", "bq-code")
        # a code and a link that come late, go, or pass to another
        self.deal("bk-late", "bk", "active", creator_id="bc8")
        self.said("bkl", "use latecode", "bk-late")
        self.write("promo_codes", 2, self.code("latecode", "bk-late", 20))
        for night, gone in ((0, None), (3, "true")):
            row = {"link_id": "l-bgone", "collaboration_id": "bk-none", "url": f"{SHOP}/gone"}
            self.write("tracking_links", night, {**row, "is_deleted": gone})
        for night, owner in ((0, "bk-more"), (2, "bk-code")):
            self.write("promo_codes", night, self.code("swap", owner, 20))
        self.said("bks", "swap", "bk-more")
        self.said("bkt", "swap", "bk-code")

    # pace

    def asked(
        self, name: str, owner: str, due: int, url: str | None, night: int = 0, **more: Any
    ) -> None:
        row = {"deliverable_id": name, "collaboration_id": owner, "platform": "tiktok"}
        row |= {"due_on": self.day(due), "post_url": url, "is_deleted": more.get("gone")}
        self.write("deliverables", night, row)

    def deadlines(self) -> None:
        """Deliverables due at each D and about it, with a post, none, or one that comes late."""
        self.campaign("bd", 60, -30)
        self.deal("bd1", "bd", "active", creator_id="bc1")
        for night, status in ((0, "active"), (2, "cancelled")):
            self.deal("bd2", "bd", status, night, creator_id="bc2")
        self.deal("bd3", "bd", "proposed", creator_id="bc3")
        for night in range(4):
            for n in (-1, 0, 1):
                self.asked(f"bd{night}{n}", "bd1", self.ago(night) + n, None)
        self.asked("bdx", "bd2", 9, None)
        self.asked("bdy", "bd3", 9, None)
        self.asked("bdn", "bd1", 9, "https://www.tiktok.example/nowhere")
        self.asked("bdl", "bd1", 9, None)
        self.asked("bdl", "bd1", 9, "https://tiktok.example/b/bdp", night=2)
        for night, gone in ((0, None), (3, "true")):
            self.asked("bdg", "bd1", 9, None, night, gone=gone)
        # on the last moment of the day it was due, the first of the next; and after a D
        second = (self.noon(10) - self.noon(11)) / 86400
        for n, tick in enumerate((1, 0)):
            self.said(f"bdp{n}", "#ad", "bd1", at=self.midnight(8) - tick * second, due=9)
            self.said(
                f"bdq{n}", "#ad", "bd1", at=self.midnight(self.ago(1) - 1) - tick * second, due=9
            )
        self.said("bdp", "#ad", "bd2", at=self.noon(8), due=9)
        # two collaborations that one post is for, and two deliverables of one
        self.said("bdo", "#ad", "bd1", at=self.noon(20), due=19)
        url = "https://www.tiktok.example/b/bdo"
        self.asked("bdo2", "b1", 21, url)
        self.said("bdd", "#ad", "bd1", at=self.noon(20), due=21)
        self.asked("a-bdd", "bd1", 19, "https://www.tiktok.example/b/bdd")

    def goals(self) -> None:
        """Every kind of goal, at and about the bounds of pace; none, half a goal, and 0."""
        last = self.ago(1)
        for ago, rate in ((90, 0.7), (0, 0.8)):  # the second before the start, but after most D
            self.rate(f"SGD {self.home}", ago, rate)
        metrics = (
            "engagements",
            "reach",
            "impressions",
            "clicks",
            "conversions",
            "revenue",
            "posts",
        )
        for n, metric in enumerate(metrics):
            name = f"bg{n}"
            about = {"goal_metric": metric, "goal_value": str(7 + n), "currency": "AUD"}
            self.campaign(name, 50, -20 if n % 2 else 3, **about)
            self.deal(name, name, "active", creator_id="bc9", fee="5")
            self.said(name, "#ad", name, ago=30)
            at = self.noon(20)
            counts = {"likes": 30, "comments": 2, "reach": 50, "impressions": 90, "views": 100}
            row = {"platform": "tiktok", "native_post_id": name, "observed_at": at.isoformat()}
            self.write("post_metrics", 0, {**row, **counts, "value_basis": None})
            link = {"link_id": f"l-{name}", "collaboration_id": name, "url": f"{SHOP}/{name}"}
            self.write("tracking_links", 0, {**link, "is_deleted": None})
            self.path(f"bv-{name}", self.noon(9), (name, self.noon(9) - self.noon(10)))
        # ten days of which five have passed on the second night: 100 × 5 / 10
        for n, likes in enumerate((55, 54, 45, 44, 0)):
            name = f"bp{n}"
            about = {"goal_metric": "engagements", "goal_value": "100"}
            self.campaign(name, last + 4, last - 5, **about)
            self.deal(name, name, "active", creator_id="bc9")
            self.said(name, "#ad", name, ago=last + 2)
            row = {"platform": "tiktok", "native_post_id": name, "comments": None, "reach": None}
            at = self.noon(last + 1).isoformat()
            row |= {"observed_at": at, "likes": likes, "value_basis": None}
            self.write("post_metrics", 0, row)
        kinds: tuple[tuple[int, int, dict[str, Any]], ...] = (
            (last, last, {"goal_metric": "posts", "goal_value": "3"}),
            (last, last - 1, {"goal_metric": "clicks", "goal_value": "0"}),
            (last - 1, -3, {"goal_metric": "reach", "goal_value": "9"}),
            (30, -3, {"goal_metric": "posts"}), (30, -3, {"goal_value": "3"}),
            (30, -3, {"goal_metric": "reach", "goal_value": "3"}),  # nobody has reached anybody
            (30, -3, {"goal_metric": "revenue", "goal_value": "99.5", "currency": self.home}),
            (30, -3, {"goal_metric": "revenue", "goal_value": "99.5", "currency": "ISK"}),
            (30, -3, {"goal_metric": "revenue", "goal_value": "99.5"}),
            (-1, -3, {"goal_metric": "revenue", "goal_value": "10.01", "currency": "MXN"}),
            (0, -3, {"goal_metric": "revenue", "goal_value": "10.01", "currency": "SGD"}),
            (30, -3, {"goal_metric": "posts", "goal_value": "0.5"}),
        )  # fmt: skip
        for n, (start, stop, goal) in enumerate(kinds):
            self.campaign(f"bz{n}", start, stop, **goal)
        self.campaign("bz5", 30, -3, night=2, goal_metric="clicks", goal_value="4")

    # who stays

    def fees(self) -> None:
        """Collaborations by tier and platform of their authors: five of a kind, or fewer."""
        self.campaign("bw", 50, 3)
        plan = ["eight0", "eight0", "eight1", "eight2", "eight9", "six0", "six0", "nine0", "nine0"]
        plan += [
            "nine1",
            "nine2",
            "nine3",
            "nine3",
            "six7",
            "six8",
            "six8",
            "mover",
            None,
            "eight3",
            "eight4",
        ]
        for n, author in enumerate(plan):
            name, creator = f"bw{n:02d}", f"bwc{author}"
            platform = "nine" if author == "mover" else (author or "eight").rstrip("0123456789")
            agreed = (None, 51, 49)[n % 3]
            about = {"agreed": agreed, "fee": str(3 + n * n), "currency": self.home}
            self.deal(name, "bw", "active", creator_id=creator, **about)
            self.write("creators", 0, {"creator_id": creator, "creator_name": creator})
            known = {"platform": platform, "handle": author or "nobody", "creator_id": creator}
            self.write("creator_accounts", 0, {**known, "native_account_id": author})
            for m, writer in enumerate((author, "eight3") if n == 2 else (author,)):
                post = f"bw{n}{m}"
                self.said(post, "#ad", name, ago=30, platform=platform, account=writer)
                likes = 0 if n == 8 else 40 + 3 * n
                row = {"platform": platform, "native_post_id": post, "likes": likes}
                row |= {"observed_at": self.noon(20).isoformat(), "value_basis": None}
                if n != 12:
                    self.write("post_metrics", 0, {**row, "comments": None, "reach": None})
            for m in range(n % 3):
                self.asked(f"bwd{n}{m}", name, 9, None)
        self.deal("bw90", "bw", "cancelled", creator_id="bwceight1", agreed=5, fee="1000")
        # and one that turns out to have been somebody else's
        self.said("bw00", "#ad", "bw00", ago=30, platform="eight", account="eight9", night=2)

    def stays(self) -> None:
        """Campaigns that ended 180 days before a D, and 181; and what came of them."""
        last = self.ago(1)
        for n, stop in enumerate((180, 181, 40, -40)):
            start = stop + 10 + last if n < 2 else stop + 30
            self.campaign(f"bs{n}", start, stop + last if n < 2 else stop)
        self.campaign("bsx", 500, 450)
        self.campaign("bsb", 250, 230, brand_id="beanbox")
        self.campaign("bsf", -5, -9)
        deals: tuple[tuple[str, str, str, str], ...] = (
            ("bs0", "bs1c", "completed", "2"), ("bs1", "bs2c", "completed", "2"),
            ("bs0", "bs3c", "completed", "4"), ("bs1", "bs3c", "active", "3"),
            ("bsx", "bs4c", "completed", "1"), ("bs2", "bs4c", "cancelled", "8"),
            ("bs2", "bs5c", "active", "5"), ("bs3", "bs5c", "agreed", "6"),
            ("bs3", "bs5c", "proposed", "6"), ("bsb", "bs5c", "completed", "7"),
            ("bsf", "bs6c", "agreed", ""), ("bs2", "bs7c", "cancelled", "9"),
            ("bsx", "bs8c", "completed", ""), ("bsx", "bs8c", "completed", "3"),
            ("bsx", "bs9c", "completed", "500"), ("bnone", "bs6c", "active", "3"),
            ("bs2", "unknown", "active", "3"),
        )  # fmt: skip
        for n in range(1, 10):
            self.write("creators", 0, {"creator_id": f"bs{n}c", "creator_name": f"bs{n}c"})
        for n, (campaign, creator, status, fee) in enumerate(deals):
            name = f"bs{n:02d}"
            self.deal(name, campaign, status, creator_id=creator, fee=fee or None)
            self.write("promo_codes", 0, self.code(f"c-{name}", name, 600))
            for m, cost in enumerate(("1.25", None if n in (6, 12) else "2")):
                at = self.noon(self.ago(0) + 460 if campaign == "bsx" else 60)
                self.order(None, at, codes=f"c-{name}", gross="9.99" if m else "3", cost=cost)
            self.payment(name, "boost", "paid" if n % 2 else "committed", "0.5")
        for night, status in ((2, "cancelled"), (3, "completed")):
            self.deal("bs06", "bs2", status, night, creator_id="bs5c", fee="5")
