"""What must be in every world of how posts are known: links, deletions, reposts, captions, and what
was not watched.

Each row comes in a file of its own making, with all columns, so that chance takes none of it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .deals import DAY, SECOND, TICK, Deals

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"  # of a record key of Bluesky
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
HOURS = 3600 * SECOND

# how people write the link of a post; {id} is its id, {user} its author
LINKS = {
    "x": (
        "https://x.com/{user}/status/{id}?s=20", "https://twitter.com/{user}/status/{id}",
        "https://mobile.twitter.com/{user}/status/{id}/", "http://WWW.X.com/i/web/status/{id}#m",
        "https://x.com/i/status/{id}", "x.com/{user}/status/{id}/photo/1",
        "https://m.twitter.com/another/status/{id}?t=AbC&s=19", "https://mobile.x.com/a/status/{id}",
    ),
    "instagram": (
        "https://www.instagram.com/p/{id}/", "https://instagram.com/reel/{id}?igsh=MzRl",
        "https://www.instagram.com/reels/{id}/", "http://m.instagram.com/tv/{id}",
        "https://www.instagram.com/{user}/reel/{id}/?utm_source=ig", "instagram.com/{user}/p/{id}",
    ),
    "youtube": (
        "https://www.youtube.com/watch?v={id}&t=12s", "https://youtu.be/{id}?si=AbC-d",
        "https://youtube.com/shorts/{id}?feature=share", "https://www.youtube.com/live/{id}",
        "https://www.youtube.com/embed/{id}/", "http://m.youtube.com/watch?app=desktop&v={id}#a",
    ),
    "tiktok": (
        "https://www.tiktok.com/@{user}/video/{id}?is_from_webapp=1",
        "https://tiktok.com/@another.one/video/{id}/", "https://www.tiktok.com/@{user}/photo/{id}",
        "https://m.tiktok.com/v/{id}", "http://m.tiktok.com/v/{id}.html?u_code=d",
    ),
    "bluesky": (
        "https://bsky.app/profile/{user}.bsky.social/post/{id}",
        f"https://bsky.app/profile/{DID}/post/{{id}}/?ref=x",
        f"at://{DID}/app.bsky.feed.post/{{id}}",
    ),
    "threads": (
        "https://www.threads.net/@{user}/post/{id}", "https://www.threads.com/@{user}/post/{id}?x=1",
        "https://threads.net/t/{id}/", "threads.com/t/{id}",
    ),
    "reddit": (
        "https://www.reddit.com/r/coffee/comments/{id}/my_new_beans/", "https://redd.it/{id}",
        "https://reddit.com/comments/{id}", "https://old.reddit.com/r/coffee/comments/{id}?sort=new",
    ),
    "mastodon": (
        "https://social.example/@{user}/{id}", "https://Social.example/users/{user}/statuses/{id}/",
        "social.example/@{user}/{id}?x=1#y", "https://social.example/@Ann.B/{id}",
    ),
}  # fmt: skip
# what a file of another tool, or a connector, keeps as the link of a post
KEPT = {
    "x": "https://x.com/i/web/status/{id}",
    "instagram": "https://www.instagram.com/p/{id}/",
    "youtube": "https://www.youtube.com/watch?v={id}",
    "tiktok": "https://www.tiktok.com/@{user}/video/{id}?utm_source=api",
    "bluesky": "https://bsky.app/profile/{user}.bsky.social/post/{id}",
    "threads": "https://www.threads.net/@{user}/post/{id}",
    "reddit": "https://www.reddit.com/r/coffee/comments/{id}/my_new_beans/",
    "mastodon": "https://social.example/@{user}/{id}",
}
USER = "ann.b"


def native(platform: str, n: int) -> str:
    """The id that a link of the n-th post of a platform holds, in the platform's form."""
    if platform in ("x", "tiktok", "mastodon"):
        return str(1_890_000_000_000_000_000 + n)
    if platform == "bluesky":
        return "3lhzq" + "".join(LETTERS[n // 32**place % 32] for place in range(8))
    if platform == "reddit":
        return f"1aB{n:04d}".lower()
    return f"Ab-_x{n:04d}Yz"


def own_id(platform: str, n: int) -> str:
    """The id that a platform's own answer gives the n-th post."""
    link = native(platform, n)
    if platform == "mastodon":
        return f"https://social.example/users/{USER}/statuses/{link}"
    if platform == "bluesky":
        return f"at://{DID}/app.bsky.feed.post/{link}"
    return link


@dataclass
class Posted(Deals):
    """Writes rows by `write(stream, night, row)`; `days` are the logical dates of the nights."""

    def everything(self) -> None:
        self.people()
        self.links()
        self.near_misses()
        self.several()
        self.gone()
        self.again()
        self.measured()
        self.hidden_followers()
        self.hands()
        self.unwatched()
        self.fees()
        self.captions()
        self.words()
        self.worth()

    def ago(self, night: int) -> int:
        """How many days before the last D the D of a night is."""
        return (self.days[-1] - self.days[night]).days

    # rows

    def campaign(self, name: str, start: int, stop: int, night: int = 0, **more: Any) -> None:
        empty = dict.fromkeys(("required_hashtags", "required_mentions", "forbidden_terms"))
        super().campaign(name, start, stop, night, **{**empty, **more})

    def said(self, platform: str, name: str, words: str | None, **more: Any) -> None:
        """`more`: at or ago, seen (hours later), night, and columns of the stream."""
        at = more.pop("at", None) or self.noon(more.pop("ago", 20))
        seen = at + more.pop("seen", 1) * HOURS
        row = {
            "platform": platform, "native_post_id": name, "observed_at": seen.isoformat(),
            "published_at": at.isoformat(), "native_account_id": "PA", "text": words,
        }  # fmt: skip
        empty = (
            "permalink", "content_type", "language", "hashtags", "mentions", "urls",
            "is_paid_label", "is_repost", "deleted_on", "authors", "handle",
        )  # fmt: skip
        night = more.pop("night", 0)
        self.write("posts", night, {**row, **dict.fromkeys(empty), **more})

    def counted(
        self, platform: str, name: str, at: datetime, night: int = 0, **counts: Any
    ) -> None:
        metrics = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
        row = {"platform": platform, "native_post_id": name, "observed_at": at.isoformat()}
        row |= {metric: counts.get(metric) for metric in metrics}
        self.write("post_metrics", night, {**row, "value_basis": counts.get("basis")})

    def promise(self, name: str, owner: str, url: str | None, **more: Any) -> None:
        """A deliverable. `more`: platform, due (days before the last D), night."""
        row = {"deliverable_id": name, "collaboration_id": owner, "post_url": url}
        row |= {"platform": more.get("platform", "tiktok"), "content_type": None}
        row["due_on"] = self.day(more.get("due", 5))
        self.write("deliverables", more.get("night", 0), row)

    def seen(self, account: str, at: datetime, followers: int | None, **more: Any) -> None:
        """A profile. `more`: platform, handle, night."""
        row = {
            "platform": more.get("platform", "tiktok"), "native_account_id": account,
            "observed_at": at.isoformat(), "handle": more.get("handle", account.lower()),
            "followers": followers, "following": more.get("following"),
        }  # fmt: skip
        self.write("profiles", more.get("night", 0), row)

    def creator(self, name: str, *accounts: str, platform: str = "tiktok") -> None:
        self.write("creators", 0, {"creator_id": name, "creator_name": name})
        for account in accounts:
            row = {"platform": platform, "handle": account.lower(), "creator_id": name}
            self.write("creator_accounts", 0, {**row, "native_account_id": account})

    # what is in the world

    def people(self) -> None:
        for n in range(1, 5):
            self.creator(f"pc{n}")
        self.campaign("pl", 60, 6)
        self.campaign("pl2", 55, 1, brand_id="beanbox")
        for n in (1, 2):
            self.deal(f"pl-{n}", "pl", "active", creator_id=f"pc{n}", fee=f"{n}0")
        self.deal("pl-3", "pl2", "active", creator_id="pc1", fee="5")
        self.deal("pl-4", "pl2", "cancelled", creator_id="pc2", fee="5")

    def links(self) -> None:
        """Each form of a link, to posts that are known by id, by link, or by both."""
        self.seen(DID, self.noon(90), 4000, platform="bluesky", handle=f"{USER}.bsky.social")
        n = 0
        for platform, forms in LINKS.items():
            for form in forms:
                for known in ("id", "link", "both"):
                    n += 1
                    link = native(platform, n)
                    name = own_id(platform, n)
                    if known == "link":
                        name = f"tool-{n}"  # of another tool, which counts by itself
                    kept = KEPT[platform].format(id=link, user=USER)
                    about = {"permalink": None if known == "id" else kept, "ago": 9 + n % 20}
                    if platform == "bluesky":
                        about |= {"native_account_id": DID, "handle": f"{USER}.bsky.social"}
                    self.said(platform, name, f"{n}", **about)
                    self.counted(platform, name, self.noon(4), likes=n, comments=1, views=10 * n)
                    url = form.format(id=link, user=USER)
                    self.promise(f"pl{n}", f"pl-{1 + n % 3}", url, platform=platform, due=6)

    def near_misses(self) -> None:
        """Links that mean no known post, and posts whose ids are nearly the link's."""
        code = native("instagram", 900)
        self.said("instagram", "178", "hm", permalink=f"https://www.instagram.com/p/{code}/")
        self.said("x", native("x", 900), "hm")
        self.said("youtube", native("youtube", 900), "hm")
        self.said("tiktok", native("tiktok", 900), "hm")
        self.said("mastodon", own_id("mastodon", 900), "hm")
        self.said("reddit", native("reddit", 900), "hm")
        self.said("bluesky", own_id("bluesky", 900), "hm", native_account_id=DID)
        number = native("x", 900)
        urls = (
            f"https://www.instagram.com/p/{code.swapcase()}/",
            f"https://www.instagram.com/stories/{USER}/{number}/",
            f"https://www.instagram.com/{USER}/", f"https://x.com/{USER}",
            f"https://x.com/{USER}/status/{number}1", f"https://x.com/{USER}/status/",
            f"https://x.example/{USER}/status/{number}", "https://t.co/AbC",
            "https://vm.tiktok.com/ZMabc/", f"https://youtu.be/{native('youtube', 900).swapcase()}",
            "https://www.youtube.com/@ann", f"https://other.example/@{USER}/{number}",
            f"https://other.example/@{USER}@social.example/{number}",
            f"https://social.example/@another/{number}",
            f"at://{DID}/app.bsky.feed.like/{native('bluesky', 900)}",
            f"https://bsky.app/profile/{DID}/feed/{native('bluesky', 900)}",
            "https://www.reddit.com/r/coffee/", "nothing", None,
        )  # fmt: skip
        for n, url in enumerate(urls):
            self.promise(f"pn{n}", "pl-1", url, due=6)

    def several(self) -> None:
        """Posts of several collaborations, deliverables of one post, posts of one deliverable."""
        at = self.noon(5)
        link = "https://www.tiktok.com/@ann.b/video/{}"
        # two authors: of one campaign, of two, and one whose other collaboration is not live
        for n, owners in enumerate((("1", "2"), ("2", "3"), ("1", "4"), ("3", "1", "2"), ("4",))):
            name = native("tiktok", 1000 + n)
            about = {"authors": "ann.b|@Bea", "content_type": "video"}
            self.said("tiktok", name, "#acmecoffee with bea #ad", **about)
            counts = {"likes": 100 + n, "comments": 5, "shares": 2, "views": 900, "reach": 300}
            self.counted("tiktok", name, at, **counts, impressions=None if n == 3 else 500 + n)
            for owner in owners:
                self.promise(f"ps{n}{owner}", f"pl-{owner}", link.format(name), due=9 + n)
        # the second author's collaboration only comes, or goes, on a later night
        name = native("tiktok", 1010)
        self.said("tiktok", name, "two of us #ad")
        self.counted("tiktok", name, at, likes=7, comments=1, shares=0, impressions=70)
        self.promise("ps-late1", "pl-2", link.format(name))
        self.promise("ps-late2", "pl-1", f"https://m.tiktok.com/v/{name}.html", night=2)
        # one post twice, of one collaboration: once in time, once late
        name = native("tiktok", 1011)
        self.said("tiktok", name, "twice", ago=20)
        self.promise("ps-twice2", "pl-1", link.format(name), due=19)
        self.promise("ps-twice1", "pl-1", f"https://m.tiktok.com/v/{name}", due=21)
        # two posts that both answer to one link
        for platform, n in (("x", 1020), ("instagram", 1021)):
            name = native(platform, n)
            kept = KEPT[platform].format(id=name, user=USER)
            self.said(platform, name, "one of two", ago=11)
            self.said(platform, f"tool-{n}", "the other", permalink=kept, ago=10)
            for post in (name, f"tool-{n}"):
                self.counted(platform, post, at, likes=11, comments=3, impressions=80)
            url = LINKS[platform][1].format(id=name, user=USER)
            self.promise(f"ps-both{n}", "pl-2", url, platform=platform)
        # a link that a later version takes back
        kept = KEPT["instagram"].format(id=native("instagram", 1025), user=USER)
        self.said("instagram", "tool-1025", "with a link", permalink=kept, ago=12)
        self.said("instagram", "tool-1025", "without one", ago=12, seen=200, night=2)
        self.counted("instagram", "tool-1025", at, likes=13, comments=2, impressions=90)
        self.promise("ps-link", "pl-1", kept, platform="instagram")
        # by author and mention: the deliverable's collaboration takes it from the author's
        self.creator("pc5", "PA5")
        self.deal("pl-5", "pl", "active", creator_id="pc5", fee="3")
        name = native("tiktok", 1030)
        self.said("tiktok", name, "#acmecoffee", native_account_id="PA5", ago=15)
        self.promise("ps-other", "pl-3", link.format(name), night=2)

    def gone(self) -> None:
        """Posts that are taken down within 30 days, after 30, after a D, or for a while."""
        published = 50
        for n, days in enumerate((0, 1, 19, 20, 29, 30, 31, 45)):
            name = native("x", 1100 + n)
            last_seen = {"ago": published, "content_type": "post"}
            self.said("x", name, "#acmecoffee #ad", **last_seen)
            self.counted("x", name, self.noon(published - 1), likes=40 + n, shares=4, comments=2)
            self.promise(f"pg{n}", "pl-1", f"https://x.com/ann/status/{name}?s=20", platform="x",
                         due=published)  # fmt: skip
            # a platform that asks it has the text and the link of a deleted post gone, too
            words = "#acmecoffee #ad" if n % 2 else None
            gone = self.day(published - days)
            self.said("x", name, words, deleted_on=gone, seen=30 + 24 * days, night=n % 3,
                      **last_seen)  # fmt: skip
        for night in range(4):  # known before that day is there
            name = native("tiktok", 1120 + night)
            self.said("tiktok", name, "#brewbetter #ad", ago=12,
                      permalink=KEPT["tiktok"].format(id=name, user=USER),
                      deleted_on=self.day(self.ago(night)))  # fmt: skip
            self.counted("tiktok", name, self.noon(9), likes=9, comments=1, shares=1, views=99)
            self.promise(f"pg-t{night}", "pl-2", LINKS["tiktok"][3].format(id=name), due=12)
        # back again, and one that a file removes for good
        name = native("tiktok", 1130)
        for night, deleted in ((0, self.day(19)), (2, None)):
            self.said("tiktok", name, "#ad", ago=25, deleted_on=deleted, night=night,
                      seen=3 + 24 * night)  # fmt: skip
        self.promise("pg-back", "pl-2", LINKS["tiktok"][0].format(id=name, user=USER), due=24)
        name = native("tiktok", 1131)
        for night, removed in ((0, None), (2, "true")):
            self.said("tiktok", name, "#ad", ago=25, night=night, is_deleted=removed)
        self.promise("pg-none", "pl-2", LINKS["tiktok"][0].format(id=name, user=USER), due=24)

    def again(self) -> None:
        """Reposts, and what only looks like one."""
        self.creator("pc6", "PA6")
        self.creator("pc7", "PA7", platform="x")
        self.campaign("pr", 40, 3)
        for name in ("pc6", "pc7"):
            self.deal(f"pr-{name}", "pr", "active", creator_id=name, fee="20")
        self.seen("PA6", self.noon(60), 20_000)
        self.seen("PA7", self.noon(60), 20_000, platform="x")
        tags = "#acmecoffee #onlyrepeated acme coffee @acmecoffee"
        kinds: tuple[tuple[str, str, str | None], ...] = (
            ("tiktok", tags, "true"), ("tiktok", tags, "false"), ("tiktok", tags, None),
            ("tiktok", f"RT @ann: {tags}", None), ("x", f"RT @ann: {tags}", None),
            ("x", f"RT @acmecoffee {tags}", "true"), ("x", f"look: RT @ann {tags}", None),
            ("x", f"RT: {tags}", None), ("x", tags, "true"), ("x", f"RTs are nice {tags}", None),
            ("mastodon", tags, "true"), ("mastodon", f"RT @ann@social.example {tags}", None),
        )  # fmt: skip
        for n, (platform, words, flag) in enumerate(kinds):
            name = native(platform, 1200 + n)
            if platform == "mastodon":
                name = own_id(platform, 1200 + n)
            account = "PA7" if platform == "x" else "PA6"
            about = {"native_account_id": account, "is_repost": flag, "ago": 8 + n}
            self.said(platform, name, words, **about)
            counts = {"likes": 30 + n, "comments": 2, "shares": 1, "views": 100, "reach": 70}
            self.counted(platform, name, self.noon(2 + n), **counts)
        for n in (0, 4, 8):  # and though a deliverable names it
            name = native(kinds[n][0], 1200 + n)
            url = KEPT[kinds[n][0]].format(id=name, user=USER)
            self.promise(f"pr{n}", "pl-1", url, platform=kinds[n][0], due=9)
        for night, flag in ((0, None), (2, "true")):  # known as one only later
            self.said("tiktok", native("tiktok", 1230), tags, native_account_id="PA6", ago=9,
                      is_repost=flag, night=night, seen=1 + 24 * night)  # fmt: skip
        for night, flag in ((0, "true"), (3, "false")):  # and turned out to be none
            self.said("tiktok", native("tiktok", 1231), tags, native_account_id="PA6", ago=10,
                      is_repost=flag, night=night, seen=1 + 24 * night)  # fmt: skip

    def measured(self) -> None:
        """Metrics that are hidden later, of several snapshots of a day, views after impressions."""
        self.campaign("pm", 40, 3)
        for n in range(8):
            self.deal(f"pm{n}", "pm", "active", creator_id=f"pc{1 + n % 4}", fee=str(10 + n))
            link = {"link_id": f"l-pm{n}", "collaboration_id": f"pm{n}", "is_deleted": None}
            self.write("tracking_links", 0, {**link, "url": f"https://acmecoffee.example/pm{n}"})
            for m in range(n % 4):
                self.click(f"pv{n}{m}", f"pm{n}", self.noon(12 + m))
        morning, evening, late = (self.midnight(10) + hours * HOURS for hours in (9, 21, 22))
        snapshots: dict[str, list[tuple[datetime, dict[str, Any]]]] = {
            # likes are hidden once they were known; and the other way round
            "pm0 a": [(self.noon(15), {"likes": 1000, "comments": 50, "impressions": 900}),
                      (self.noon(9), {"comments": 60, "impressions": 950})],
            "pm0 b": [(self.noon(15), {"comments": 5, "saves": 2, "views": 10}),
                      (self.noon(9), {"likes": 70, "shares": 1, "views": 8})],
            # within a day: reach and likes are missing in the later answer
            "pm1 a": [(evening, {"likes": 10, "comments": 1, "reach": 77, "impressions": 90}),
                      (late, {"comments": 2, "shares": 3, "impressions": 95})],
            "pm1 b": [(morning, {"likes": 4}), (evening, {"reach": 50}), (late, {"comments": 6}),
                      (self.noon(8), {"likes": 3, "impressions": 20})],
            # impressions that end before views; at one moment; before them
            "pm2 a": [(self.noon(15), {"impressions": 100, "views": 90}),
                      (self.noon(9), {"views": 400})],
            "pm2 b": [(self.noon(15), {"views": 90}), (self.noon(9), {"impressions": 100})],
            "pm3 a": [(self.noon(9), {"impressions": 100, "views": 400})],
            "pm3 b": [(self.noon(9), {"views": 300, "reach": 5})],
            # a view that was only estimated; one that is measured after the last D
            "pm4 a": [(self.noon(15), {"impressions": 50}),
                      (self.noon(9), {"views": 800, "basis": "estimated"}),
                      (self.midnight(-1), {"views": 900})],
            # one of a collaboration's posts is never seen: none of its ratios
            "pm5 a": [(self.noon(9), {"impressions": 60, "likes": 2})],
            "pm5 b": [(self.noon(9), {"likes": 3, "comments": 1})],
            "pm6 a": [(self.noon(9), {"impressions": 0, "views": 0, "likes": 0})],
            # seen only on a later night
            "pm7 a": [(self.noon(9), {"impressions": 60, "views": 70})],
            "pm7 b": [(self.noon(self.ago(2)), {"impressions": 30, "views": 20})],
        }  # fmt: skip
        for n, (key, rows) in enumerate(snapshots.items()):
            owner = key.split()[0]
            name = native("youtube", 1300 + n)
            self.said("youtube", name, "#ad", ago=18, content_type="video")
            self.promise(f"pm-{n}", owner, LINKS["youtube"][n % 6].format(id=name))
            for at, counts in rows:
                self.counted("youtube", name, at, **counts)
        # hidden on one night and shown again on the next
        for night, likes in ((0, 90), (1, None), (3, 95)):
            at = self.noon(self.ago(night) + 1)
            self.counted("youtube", native("youtube", 1300), at, night, likes=likes, views=5)

    def hidden_followers(self) -> None:
        """Accounts whose newest profile hides how many follow them; at times, and for good."""
        series: dict[str, list[tuple[int, int | None]]] = {
            "PH1": [(60, 30_000), (9, None)], "PH2": [(60, 30_000), (31, 40_000), (2, None)],
            "PH3": [(60, None), (9, None)], "PH4": [(60, None), (9, 25_000), (0, None)],
            "PH5": [(60, 1999), (40, None), (9, 2500), (5, None)],
            "PH6": [(60, 26_000), (35, None), (8, 27_000)], "PH7": [(60, 0), (9, None)],
        }  # fmt: skip
        for n, (account, counts) in enumerate(series.items()):
            for ago, followers in counts:
                self.seen(account, self.noon(ago), followers, following=100 + n)
            name = f"ph{n}"
            self.said("tiktok", name, "#coffee", native_account_id=account, ago=15)
            counted = {"likes": 60 + 9 * n, "comments": 6, "shares": 3}
            self.counted("tiktok", name, self.noon(9), **counted)
        # its handle is not told for a while, and not at first
        for n, handle in enumerate((None, "phn", None, "phn.new", None)):
            self.seen("PHN", self.noon(50 - 9 * n), 21_000 + n, handle=handle)
        for night, followers in ((0, 31_000), (2, None)):  # from a night on
            self.seen("PH8", self.noon(self.ago(night)), followers, night=night)

    def hands(self) -> None:
        """Handles of the roster that pass from one account to another."""
        self.campaign("ph", 50, -5)
        first, later = self.noon(40), self.noon(self.ago(1))
        end = self.midnight(self.ago(0) - 1)  # of the day on which the roster came in
        carriers: dict[str, tuple[int, list[tuple[str, datetime]]]] = {
            "pha": (0, [("PB1", first), ("PB2", later)]),
            "phb": (2, [("PB3", first), ("PB4", later)]),
            "phc": (0, [("PB5", later), ("PB6", self.noon(self.ago(2)))]),
            "phd": (0, [("PB7", end - TICK), ("PB8", end)]),
            "phe": (0, [("PB9", first), ("PBA", first)]),
            "phf": (0, [("PBB", first), ("PBC", later), ("PBB", self.noon(self.ago(3)))]),
            "phg": (3, [("PBD", later), ("PBE", self.noon(0))]),
        }  # fmt: skip
        for handle, (night, carried) in carriers.items():
            name = f"c-{handle}"
            self.write("creators", 0, {"creator_id": name, "creator_name": name})
            row = {"platform": "tiktok", "handle": f"@{handle}", "creator_id": name}
            self.write("creator_accounts", night, {**row, "native_account_id": None})
            self.deal(name, "ph", "active", creator_id=name, fee="4")
            for account, at in carried:
                self.seen(account, at, 12_000, handle=handle)
                self.said("tiktok", f"{account}{at:%m%d%H}", "#acmecoffee", ago=12,
                          native_account_id=account)  # fmt: skip
            # and posts that only say a handle
            for ago in (39, self.ago(1), 0):
                self.said("tiktok", f"by-{handle}-{ago}", "#acmecoffee", ago=ago,
                          native_account_id=None, handle=handle)  # fmt: skip
        # the row comes again on a later night: it is still the one that came first
        row = {"platform": "tiktok", "handle": "pha", "creator_id": "c-pha"}
        self.write("creator_accounts", 3, {**row, "native_account_id": None})

    def unwatched(self) -> None:
        """Campaigns before the first order or click, in part after, and not begun."""
        first = 460 + self.ago(0)  # days before the last D of the first order: see Briefs.stays
        self.click("pw", None, self.noon(95), agent="curl/8.5.0")  # a robot's is the first click
        self.click("pw", None, self.noon(92))
        plan = {
            "pw-old": (700, 650), "pw-last": (first + 31, first + 31), "pw-day": (first + 30,) * 2,
            "pw-90": (first + 10, first - 59), "pw-89": (first + 11, first - 58),
            "pw-on": (first, first - 20), "pw-clicks": (130, 120), "pw-some": (110, 70),
            "pw-next": (-1, -20), "pw-now": (0, -20), "pw-soon": (self.ago(2), -20),
            "pw-run": (30, -30),
        }  # fmt: skip
        self.creator("pwc", "PWC")
        self.creator("pwd", "PWD")
        for account in ("PWC", "PWD"):
            self.seen(account, self.noon(800), 22_000)
        for n, (name, (start, stop)) in enumerate(plan.items()):
            goal = ("clicks", "revenue", "conversions", "posts")[n % 4]
            self.campaign(name, start, stop, goal_metric=goal, goal_value="3", currency=self.home)
            for m, status in enumerate(("active", "cancelled", "completed")):
                owner = f"{name}-{m}"
                creator = "pwd" if m == 2 and n % 2 else "pwc"
                self.deal(owner, name, status, creator_id=creator, fee=str(2 + n), agreed=start)
                url = f"https://acmecoffee.example/{owner}"
                link = {"link_id": f"l-{owner}", "collaboration_id": owner, "url": url}
                self.write("tracking_links", 0, {**link, "is_deleted": None})
                self.write("promo_codes", 0, self.code(f"c-{owner}", owner, 900))
                post = native("tiktok", 1400 + 3 * n + m)
                if start > 0:
                    self.said("tiktok", post, "#ad", ago=start - 1, native_account_id="PWC")
                    self.promise(f"p{owner}", owner, KEPT["tiktok"].format(id=post, user=USER))
                    at = self.noon(max(start - 8, 0))
                    self.counted("tiktok", post, at, likes=50, comments=5, impressions=700)
            inside = min(max(start - 5, 0), first, 90)
            for m in range(3):
                self.path(f"pw{n}{m}", self.noon(max(inside - 1, 0)), (f"{name}-0", DAY),
                          codes=f"c-{name}-2" if m == 2 else "", gross="30")  # fmt: skip

    def fees(self) -> None:
        """Creators of one tier of whom some earn more than they cost, and some less."""
        self.campaign("pf", 70, 40)
        self.campaign("pf-next", -3, -20)
        self.campaign("pf-old", 720, 690)
        # posts, fee, orders of 20 with a profit of 10, and whether all profits are known
        plan = (
            (4, "10", 20, True), (3, "400", 2, True), (2, "60", 6, True), (1, "5", 9, True),
            (5, None, 5, True), (2, "30", 3, False), (0, "12", 4, True), (3, "31.5", 7, True),
            (2, "15", 0, True),
        )  # fmt: skip
        number = 1500
        for n, (posts, fee, orders, is_known) in enumerate(plan):
            name, account = f"pf{n}", f"PF{n}"
            self.creator(name, account)
            self.seen(account, self.noon(100), 30_000 + n)
            self.deal(name, "pf", "active", creator_id=name, fee=fee, agreed=71)
            self.write("promo_codes", 0, self.code(f"c-{name}", name, 90))
            for m in range(max(posts, 1)):
                number += 1
                post = native("tiktok", number)
                url = KEPT["tiktok"].format(id=post, user=USER)
                self.promise(f"{name}-{m}", name, url if posts else None, due=40)
                if posts:
                    self.said("tiktok", post, "#ad", ago=60 - m, native_account_id=account)
                    self.counted("tiktok", post, self.noon(50), likes=200 + m, comments=9, shares=1)
            for m in range(orders):
                cost = "10" if is_known or m else None
                self.order(None, self.noon(55 - m), codes=f"c-{name}", gross="20", cost=cost)
        # a second collaboration: of two brands for one post, not begun, and not watched
        self.campaign("pf2", 60, 30, brand_id="beanbox")
        self.deal("pf0-b", "pf2", "completed", creator_id="pf0", fee="9", agreed=60)
        post = native("tiktok", 1501)
        self.promise("pf0-b", "pf0-b", LINKS["tiktok"][3].format(id=post), due=40)
        self.write("promo_codes", 0, self.code("c-pf0-b", "pf0-b", 90))
        for m in range(3):
            self.order(None, self.noon(45 + m), codes="c-pf0-b", gross="17", cost="4.5")
        self.deal("pf2-next", "pf-next", "agreed", creator_id="pf2", fee="900")
        self.deal("pf3-old", "pf-old", "completed", creator_id="pf3", fee="900", agreed=720)
        # one more order, and one that is refunded, on later nights
        self.order(None, self.noon(44), codes="c-pf3", gross="20", cost="10", night=2)
        back = self.order(None, self.noon(43), codes="c-pf7", gross="90", cost="1")
        self.refund(back, self.noon(self.ago(2)), "90", night=2)
        # creators of another tier, and one whose tier nobody knows
        for n, followers in enumerate((700_000, 800_000, None)):
            name, account = f"pfm{n}", f"PFM{n}"
            self.creator(name, account)
            self.seen(account, self.noon(100), followers)
            self.deal(name, "pf", "active", creator_id=name, fee="70", agreed=71)
            self.write("promo_codes", 0, self.code(f"c-{name}", name, 90))
            for m in range(2):
                post = native("tiktok", 1600 + 2 * n + m)
                self.said("tiktok", post, "#ad", ago=58, native_account_id=account)
                url = KEPT["tiktok"].format(id=post, user=USER)
                self.promise(f"{name}-{m}", name, url, due=40)
                self.order(None, self.noon(50), codes=f"c-{name}", gross=f"{150 * (n + 1)}")

    def captions(self) -> None:
        """Disclosures: where they stand, in which language, and whether they are denied."""
        self.campaign("pd", 40, 3)
        for n in (1, 2):
            self.deal(f"pd-{n}", "pd", "active", creator_id=f"pc{n}", fee="1")
        fill = "so good " * 20
        said: list[tuple[str, str, str | None]] = [
            # at the beginning, and what only looks so
            ("instagram", "Ad: new beans", "en"), ("instagram", "AD | new beans", "en"),
            ("instagram", "[AD] new beans", "en"), ("instagram", "☕️ (Ad) beans", "en"),
            ("instagram", "Advert: beans", "en"), ("instagram", "Adverts: beans", "en"),
            ("instagram", "Adventure time", "en"), ("instagram", "My ad: beans", "en"),
            ("instagram", "1 ad: beans", "en"), ("instagram", "\n\n— Ad —\nbeans", "en"),
            ("instagram", "#ad: beans", "en"), ("instagram", "My beans. Ad:", "en"),
            ("tiktok", "Advertisement feature with Acme", "en"),
            ("tiktok", "An advertisement feature", "en"),
            ("youtube", "Anzeige | neue Bohnen", "de"), ("youtube", "Werbung: Bohnen", "de"),
            ("youtube", "Meine Werbung", "de"), ("x", "Publicité : du café", "fr"),
            # denials: within three words before, in the language, and not
            ("instagram", "Not sponsored by Acme", "en"), ("instagram", "I am not sponsored", "en"),
            ("instagram", "This isn't sponsored at all", "en"),
            ("instagram", "not my own words, sponsored", "en"),
            ("instagram", "not my words, sponsored", "en"),
            ("instagram", "never ever sponsored, sponsored", "en"),
            ("instagram", "not sponsored, but later quite truly sponsored", "en"),
            ("instagram", "knot sponsored", "en"), ("instagram", "NOT #ad", "en"),
            ("instagram", "no filter #ad", "en"), ("instagram", "not a b c #ad", "en"),
            ("tiktok", "Keine Werbung", "de"), ("tiktok", "Das ist keine bezahlte Werbung", "de"),
            ("tiktok", "Kleine Werbung", "de"), ("tiktok", "not Werbung", "de"),
            ("tiktok", "nicht Werbung, aber Anzeige", "de"), ("x", "pas de publicité ici", "fr"),
            ("x", "pas ma publicité", "fr"), ("x", "pas de a b publicité", "fr"),
            ("x", "keine publicité", "fr"), ("instagram", "not #sp", "en"),
            # folds: characters and lines of each platform
            ("instagram", "a " * 62 + "#ad", "en"), ("instagram", "a " * 62 + ". #ad", "en"),
            ("instagram", "one\ntwo\n#ad", "en"), ("instagram", "one\ntwo\nthree\n#ad", "en"),
            ("instagram", "one\r\ntwo\r\nthree #ad", "en"), ("instagram", "\n\n\n#ad", "en"),
            ("x", fill + "#ad", "en"), ("x", fill + fill + "#ad", "en"),
            ("x", "a\nb\nc\nd\ne\n#ad", "en"), ("x", "a " * 139 + ".#ad", "en"),
            ("x", "a " * 140 + "#ad", "en"), ("youtube", fill + "#ad", "en"),
            ("youtube", "a\n#ad", "en"), ("twitch", "a " * 55 + "#ad", "en"),
            ("twitch", "a\nb\n#ad", "en"), ("tiktok", fill + "#ad", "en"),
            # among other hashtags
            ("instagram", "#one #two #three #ad", "en"),
            ("instagram", "#one #two #three #four #ad", "en"),
            ("instagram", "#one #2026 #two #three #ad", "en"),
            ("instagram", "#one ＃two #three #four #ad", "en"), ("instagram", "＃ad now", "en"),
            ("instagram", "#a #b #c #d paid partnership", "en"),
            ("instagram", "#a #b #sp #c", "en"),
            ("instagram", "#a #b #c #d #e #sp", "en"),
            # of a brand
            ("tiktok", "#acmepartner", "en"), ("tiktok", "#acmecoffee_ambassador", None),
            ("tiktok", "#AcmeCoffeeAd", "fr"), ("tiktok", "#rivalroastpartner", "en"),
            ("tiktok", "#rivalroast #rivalroast_sponsored", "en"),
            ("tiktok", "#acme_partners", "en"), ("tiktok", "not #acmepartner", "en"),
            ("tiktok", "#beanboxad @acmecoffee", "en"), ("tiktok", "#brewbetterpartner", "en"),
            # languages: stated, none, undetermined, detected
            ("tiktok", "#pub in town tonight", "en"), ("tiktok", "#pub", "fr"),
            ("tiktok", "#pub", None), ("tiktok", "#werbung", None), ("tiktok", "#werbung", "und"),
            ("tiktok", "#werbung", "en"), ("tiktok", "Anzeige", None), ("tiktok", "#reklama", None),
            ("tiktok", "The best coffee that I have had in this town for years #pub", None),
            ("tiktok", "Das ist der beste Kaffee, den ich heute getrunken habe #werbung", None),
            ("tiktok", "Das ist der beste Kaffee, den ich je getrunken habe. Werbung", "und"),
            ("tiktok", "C'est le meilleur café que j'ai bu depuis des années, vraiment #pub", None),
            ("tiktok", "The best coffee that I have had in this town for years #werbung", "mul"),
            ("tiktok", "keine sponsored", None), ("tiktok", "keine Werbung", None),
            ("tiktok", "gifted by Acme", "en"),
            ("tiktok", "#gifted", None), ("tiktok", "not gifted by Acme", "en"),
        ]  # fmt: skip
        for n, (platform, words, language) in enumerate(said):
            name = native(platform, 1700 + n) if platform != "twitch" else f"pd{n}"
            kept = KEPT.get(platform, "https://twitch.example/{id}")
            about = {"language": language, "permalink": kept.format(id=name, user=USER)}
            label = {"is_paid_label": "true"} if n % 23 == 22 else {}
            self.said(platform, name, words, ago=12 + n % 4, **about, **label)
            self.promise(f"pd{n}", f"pd-{1 + n % 2}", about["permalink"], platform=platform)
        # told in another way later
        name = native("tiktok", 1700 + len(said))
        for night, words in ((0, "not sponsored"), (2, "sponsored"), (3, "Ad: sponsored")):
            self.said("tiktok", name, words, language="en", night=night, seen=1 + 24 * night)
        self.promise("pd-told", "pd-1", KEPT["tiktok"].format(id=name, user=USER))

    def words(self) -> None:
        """Keywords in links and where an excluded term stands; hashtags that are not torn."""
        said = (
            "acme coffee", "see https://shop.example/?q=acme coffee", "https://a.example/line",
            "https://a.example/line line", "line dance", "my line dance, my line", "line dancers",
            "a LINE DANCE", "acme coffee table", "acme coffee tables", "acme coffee, table",
            "acme coffee and an acme coffee table", "acme anvils", "acme anvils, acme coffee",
            "https://a.example/acme-anvils acme coffee", "HTTP://A.EXAMPLE/珈琲", "珈琲",
            "line\nup", "line-dance",
        )  # fmt: skip
        self.seen("PK", self.noon(100), 50_000)
        for n, words in enumerate(said):
            self.said("tiktok", f"pk{n}", words, native_account_id="PK", ago=5 + n)
        for night, words in ((0, "line"), (2, "line dance")):
            self.said("tiktok", "pk-later", words, night=night, seen=1 + 24 * night)
        tags: tuple[tuple[str, str | None], ...] = (
            ("#ぼっち・ざ・ろっく 最高", "ぼっち・ざ・ろっく"),
            ("#ぼっち・ざ・ろっく", None), ("#l·lum #coffee", "L·LUM|coffee"), ("#l·lum", None),
            ("#می\u200cخواهم", "می\u200cخواهم"), ("#می\u200cخواهم", None),
            ("#ぼっち", "ぼっち・ざ・ろっく"), ("#cafe\u0301-bar #cafe\u0301", "Café-Bar"),
            ("#coffee", "coff"), (None, "ぼっち・ざ・ろっく|l·lum"),
        )  # fmt: skip
        for n, (words, listed) in enumerate(tags):
            self.said("tiktok", f"ph-{n}", words, native_account_id="PK", ago=5 + n,
                      hashtags=listed)  # fmt: skip

    def worth(self) -> None:
        """Posts of which no rate tells the worth, or the kind of content is spelled another way."""
        self.campaign("pe", 40, 3)
        kinds = (
            ("reddit", None), ("instagram", "CAROUSEL_ALBUM"), ("instagram", "carousel"),
            ("instagram", "Reels"), ("instagram", "reel"), ("instagram", "story"),
            ("tiktok", "reels"), ("tiktok", "Carousel_Album"),
        )  # fmt: skip
        for n, (platform, kind) in enumerate(kinds):
            owner = f"pe{n}"
            self.deal(owner, "pe", "active", creator_id=f"pc{1 + n % 4}", fee="2")
            name = native(platform, 1900 + n)
            self.said(platform, name, "#ad", content_type=kind, ago=14)
            count = 0 if n == 2 else 100 + n
            self.counted(platform, name, self.noon(6), likes=count, comments=count, views=count)
            self.promise(owner, owner, KEPT[platform].format(id=name, user=USER), platform=platform)
        self.campaign("pe-none", 40, 3)
        self.deal("pe-none", "pe-none", "active", creator_id="pc1", fee="2")
        name = native("reddit", 1920)
        self.said("reddit", name, "#ad", ago=14)
        self.counted("reddit", name, self.noon(6), likes=8, comments=1)
        self.promise("pe-none", "pe-none", LINKS["reddit"][1].format(id=name), platform="reddit")
