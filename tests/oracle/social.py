"""Accounts, posts and their metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from . import text
from .commerce import Table, live_collaborations
from .compare import ANYTHING
from .setting import Brand, Night, Setting, group, ratio, total
from .streams import Row

METRICS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
AFTERWARDS = timedelta(days=30)


@dataclass(frozen=True)
class Social:
    """The social side of a night; each part is computed once."""

    night: Night

    @property
    def setting(self) -> Setting:
        return self.night.setting

    @cached_property
    def profiles(self) -> dict[str, list[Row]]:
        """The profiles of each account, oldest first."""
        rows = [
            {**row, "account_id": f"{row['platform']}:{row['native_account_id']}"}
            for row in self.night.rows("profiles")
        ]
        rows.sort(key=lambda row: row["observed_at"])
        return group(rows, lambda row: row["account_id"])

    def account_by_handle(self, platform: str, handle: str | None, at: datetime) -> str | None:
        """The account that went by a handle at a time; None where none or two are candidates."""
        carried = [
            row
            for rows in self.profiles.values()
            for row in rows
            if handle is not None and (row["platform"], row["handle"]) == (platform, handle)
        ]
        for moments, choose in (
            ([row for row in carried if row["observed_at"] <= at], max),
            ([row for row in carried if row["observed_at"] > at], min),
        ):
            if moments:
                moment = choose(row["observed_at"] for row in moments)
                found = {r["account_id"] for r in moments if r["observed_at"] == moment}
                return found.pop() if len(found) == 1 else None
        for row in self.night.rows("creator_accounts"):
            if (row["platform"], row["handle"]) == (platform, handle) and row["native_account_id"]:
                return f"{platform}:{row['native_account_id']}"
        return None

    @cached_property
    def creator_of(self) -> dict[str, str]:
        """The creator of each account of the roster."""
        known = {row["creator_id"] for row in self.night.rows("creators")}
        found: dict[str, set[str]] = {}
        for row in self.night.rows("creator_accounts"):
            if row["native_account_id"]:
                account = f"{row['platform']}:{row['native_account_id']}"
            else:
                account = self.account_by_handle(row["platform"], row["handle"], self.setting.end)
            if account and row["creator_id"] in known:
                found.setdefault(account, set()).add(row["creator_id"])
        return {account: min(creators) for account, creators in found.items()}

    @cached_property
    def posts(self) -> dict[str, Row]:
        """The posts known at D, with their account, hashtags, mentions and links."""
        found = {}
        for row in self.night.rows("posts"):
            platform = row["platform"]
            if row["native_account_id"]:
                account = f"{platform}:{row['native_account_id']}"
            else:
                account = self.account_by_handle(platform, row["handle"], row["published_at"])
            tags = text.distinct((row["hashtags"] or []) + text.hashtags_in(row["text"]))
            names = text.distinct((row["mentions"] or []) + text.mentions_in(row["text"], platform))
            post_id = f"{platform}:{row['native_post_id']}"
            found[post_id] = {
                **row,
                "spoken": row["language"] or self.night.detected.get(post_id),
                "account_id": account,
                "hashtags": tags,
                "mentions": names,
                "links": (row["urls"] or []) + text.links_in(row["text"]),
                "day": self.setting.day_of(row["published_at"]),
            }
        return found

    @cached_property
    def snapshots(self) -> dict[str, list[Row]]:
        """The measured snapshots of each known post, oldest first, with their engagements."""
        rows = []
        for row in self.night.rows("post_metrics"):
            post_id = f"{row['platform']}:{row['native_post_id']}"
            if row["value_basis"] == "measured" and post_id in self.posts:
                engagements = total(row[name] for name in METRICS[:4])
                rows.append({**row, "post_id": post_id, "engagements": engagements})
        rows.sort(key=lambda row: row["observed_at"])
        return group(rows, lambda row: row["post_id"])

    def at_end(self, post_id: str, metric: str = "engagements") -> int | None:
        """A metric of a post at its last non-NULL measured value up to D."""
        values = [row[metric] for row in self.snapshots.get(post_id, []) if row[metric] is not None]
        return values[-1] if values else None

    @cached_property
    def live(self) -> dict[str, Row]:
        return live_collaborations(self.night)

    @cached_property
    def delivered(self) -> dict[str, list[str]]:
        """The live collaborations of each canonical URL of a deliverable, smallest id first."""
        found: dict[str, list[str]] = {}
        for row in self.night.rows("deliverables"):
            url = text.canonical(row["post_url"])
            if url and row["collaboration_id"] in self.live:
                found.setdefault(url, []).append(row["collaboration_id"])
        return {url: sorted(set(owners)) for url, owners in found.items()}

    def collaborations_around(self, post: Row, brand_id: str) -> list[Row]:
        """The author's live collaborations for a brand whose days, and 30 after, hold the post."""
        creator = self.creator_of.get(post["account_id"])
        return [
            row
            for row in self.live.values()
            if creator is not None
            and row["creator_id"] == creator
            and row["brand_id"] == brand_id
            and row["starts_on"] <= post["day"] <= row["ends_on"] + AFTERWARDS
        ]

    @cached_property
    def kinds(self) -> dict[str, dict[str, list[str]]]:
        """The kinds of mention of each brand in each post."""
        brands = self.setting.brands.values()
        return {
            post_id: {
                brand.brand_id: kinds for brand in brands if (kinds := mention_kinds(post, brand))
            }
            for post_id, post in self.posts.items()
        }

    @cached_property
    def paid(self) -> dict[str, str | None]:
        """The collaboration of each post that has one."""
        found: dict[str, str | None] = {}
        for post_id, post in self.posts.items():
            owners = self.delivered.get(text.canonical(post["permalink"]) or "", [])
            around = [
                row
                for brand_id in self.kinds[post_id]
                for row in self.collaborations_around(post, brand_id)
            ]
            around.sort(key=lambda row: row["collaboration_id"])
            around.sort(key=lambda row: row["starts_on"], reverse=True)
            ids = owners or [row["collaboration_id"] for row in around]
            found[post_id] = ids[0] if ids else None
        return found

    def relationship(self, post: Row, brand: Brand) -> str:
        """Whether a brand owns a post, pays for it, or earned it."""
        names = brand.handles.get(post["platform"], [])
        if any(row["handle"] in names for row in self.profiles.get(post["account_id"], [])):
            return "owned"
        owners = self.delivered.get(text.canonical(post["permalink"]) or "", [])
        if any(self.live[owner]["brand_id"] == brand.brand_id for owner in owners):
            return "paid"
        return "paid" if self.collaborations_around(post, brand.brand_id) else "earned"

    def followers_at(self, post: Row) -> int | None:
        """Followers of the author at posting: the last above 0 until then, else the first after."""
        rows = [row for row in self.profiles.get(post["account_id"], []) if row["followers"]]
        before = [row for row in rows if row["observed_at"] <= post["published_at"]]
        chosen = before[-1:] or rows[:1]
        return chosen[0]["followers"] if chosen else None

    def at_age(self, post: Row, post_id: str, age: int) -> Row | None:
        """The snapshot of a post at an age in days."""
        published, days = post["published_at"], timedelta(days=age)
        if self.setting.end <= published + days:
            return None
        rows = [
            row
            for row in self.snapshots.get(post_id, [])
            if published + 0.8 * days <= row["observed_at"] <= published + days
        ]
        return rows[-1] if rows else None

    # the tables

    def dim_brand(self) -> Table:
        return {
            (brand.brand_id,): {"brand_name": brand.name, "role": brand.role}
            for brand in self.setting.brands.values()
        }

    def dim_account(self) -> Table:
        seen: dict[str, list[datetime]] = {
            account: [row["observed_at"] for row in rows] for account, rows in self.profiles.items()
        }
        platforms = {account: rows[0]["platform"] for account, rows in self.profiles.items()}
        for row in self.posts.values():
            if row["account_id"]:
                seen.setdefault(row["account_id"], []).extend((row["since"], row["observed_at"]))
                platforms[row["account_id"]] = row["platform"]
        for row in self.night.rows("creator_accounts"):
            if row["native_account_id"]:
                account = f"{row['platform']}:{row['native_account_id']}"
                seen.setdefault(account, [])
                platforms[account] = row["platform"]
        table: Table = {}
        for account, moments in seen.items():
            last = (self.profiles.get(account) or [{}])[-1]
            followers = last.get("followers")
            table[(account,)] = {
                "platform": platforms[account],
                "handle": last.get("handle"),
                "display_name": last.get("display_name"),
                "creator_id": self.creator_of.get(account),
                "followers": followers,
                "following": last.get("following"),
                "tier": self.setting.tier(platforms[account], followers),
                "is_bot": last.get("is_bot"),
                "first_seen_at": min(moments, default=None),
                "last_seen_at": max(moments, default=None),
            }
        return table

    def dim_account_history(self) -> Table:
        table: Table = {}
        for account, rows in self.profiles.items():
            changes: list[tuple[datetime, tuple[Any, ...]]] = []
            for row in rows:
                tier = self.setting.tier(row["platform"], row["followers"])
                state = (row["handle"], row["display_name"], tier)
                if not changes or changes[-1][1] != state:
                    changes.append((row["observed_at"], state))
            ends = [change[0] for change in changes[1:]] + [None]
            for (start, state), end in zip(changes, ends, strict=True):
                table[(account, start)] = {
                    "handle": state[0],
                    "display_name": state[1],
                    "tier": state[2],
                    "valid_to": end,
                    "is_current": end is None,
                }
        return table

    def dim_creator(self) -> Table:
        accounts = self.dim_account()
        table: Table = {}
        for row in self.night.rows("creators"):
            mine = [a for a in accounts.values() if a["creator_id"] == row["creator_id"]]
            largest = sorted(
                (a for a in mine if a["followers"] is not None), key=lambda a: a["followers"]
            )
            table[(row["creator_id"],)] = {
                "creator_name": row["creator_name"],
                "country": row["country"],
                "accounts": len(mine),
                "followers_total": total(a["followers"] for a in mine),
                "tier": largest[-1]["tier"] if largest else None,
            }
        return table

    def dim_post(self) -> Table:
        names = "platform account_id published_at content_type permalink found_by"
        return {
            (post_id,): {
                **{name: post[name] for name in (*names.split(), "is_paid_label")},
                # addresses and phone numbers are masked, the contract does not say how
                "text": ANYTHING if text.has_address(post["text"]) else post["text"],
                "language": post["spoken"],
                "is_language_detected": None
                if post["spoken"] is None
                else post["language"] is None,
                "hashtags": frozenset(post["hashtags"]),
                "mentions": frozenset(post["mentions"]),
                "collaboration_id": self.paid[post_id],
            }
            for post_id, post in self.posts.items()
        }

    def dim_hashtag(self) -> Table:
        tagged = [(tag, post["day"]) for post in self.posts.values() for tag in post["hashtags"]]
        return {
            (tag,): {"first_seen_on": min(day for _, day in pairs), "posts": len(pairs)}
            for tag, pairs in group(tagged, lambda pair: pair[0]).items()
        }

    def fct_account_daily(self) -> Table:
        return self._daily(
            self.profiles, ("followers", "following", "posts_count"), "followers", lambda _, __: {}
        )

    def fct_post_daily(self) -> Table:
        def age(post_id: str, row: Row) -> Row:
            gap = row["observed_at"] - self.posts[post_id]["published_at"]
            return {"age_days": gap // timedelta(days=1)}

        return self._daily(self.snapshots, (*METRICS, "engagements"), "engagements", age)

    def _daily(
        self,
        series: dict[str, list[Row]],
        names: tuple[str, ...],
        changing: str,
        more: Callable[[str, Row], Row],
    ) -> Table:
        """The last row of each day that has one, and the change since the row before."""
        table: Table = {}
        for key, rows in series.items():
            by_day: dict[date, Row] = {}
            for row in rows:
                by_day[self.setting.day_of(row["observed_at"])] = row
            before = None
            for day, row in sorted(by_day.items()):
                now = row[changing]
                change = None if before is None or now is None else now - before
                values = {name: row[name] for name in names}
                more_of_it = {"is_derivable": True, **more(key, row)}  # the inbox forbids nothing
                table[(key, day)] = {**values, f"{changing}_change": change, **more_of_it}
                before = now
        return table

    def fct_post_at_age(self) -> Table:
        table: Table = {}
        for post_id, post in self.posts.items():
            for age in (1, 7, 30):
                row = self.at_age(post, post_id, age)
                if row is None:
                    continue
                public = self.setting.public(row)
                complete = None not in public
                engaged = total(public) if complete else None
                followers = self.followers_at(post)
                table[(post_id, age)] = {
                    **{name: row[name] for name in (*METRICS, "engagements")},
                    "is_complete": complete,
                    "followers_at_post": followers,
                    "er_followers": ratio(engaged, followers),
                    "er_views": ratio(engaged, row["views"]),
                    "er_reach": ratio(engaged, row["reach"]),
                }
        return table

    def tagged(self) -> list[tuple[str, str, str, Row]]:
        """(platform, hashtag, post_id, post) of every hashtag of every post."""
        return [
            (post["platform"], tag, post_id, post)
            for post_id, post in self.posts.items()
            for tag in post["hashtags"]
        ]

    def fct_hashtag_daily(self) -> Table:
        return {
            key: self.summary([(post_id, post) for _, _, post_id, post in rows])
            for key, rows in group(self.tagged(), lambda t: (t[0], t[1], t[3]["day"])).items()
        }

    def summary(self, posts: list[tuple[str, Row]]) -> Row:
        """Posts, accounts and engagements at D of some posts."""
        return {
            "posts": len(posts),
            "accounts": len({post["account_id"] for _, post in posts} - {None}),
            "engagements": total(self.at_end(post_id) for post_id, _ in posts),
        }

    def fct_mentions(self) -> Table:
        table: Table = {}
        for post_id, kinds_of in self.kinds.items():
            post = self.posts[post_id]
            for brand_id, kinds in kinds_of.items():
                for kind in kinds:
                    table[(post_id, brand_id, kind)] = {
                        "account_id": post["account_id"],
                        "mentioned_at": post["published_at"],
                        "relationship": self.relationship(post, self.setting.brands[brand_id]),
                        "engagements": self.at_end(post_id),
                    }
        return table


def mention_kinds(post: Row, brand: Brand) -> list[str]:
    """How a post mentions a brand."""
    kinds = []
    names = set(brand.handles.get(post["platform"], []))
    if post["platform"] == "mastodon":
        # on the brand's own server its bare user name is enough
        host = text.host_of(post["native_post_id"])
        names |= {name.split("@")[0] for name in names if name.endswith("@" + host)}
    if names & set(post["mentions"]):
        kinds.append("tag")
    if set(brand.hashtags) & set(post["hashtags"]):
        kinds.append("hashtag")
    if any(text.has_keyword(post["text"], word) for word in brand.keywords):
        kinds.append("keyword")
    hosts = [text.host_of(link) for link in post["links"]]
    if any(text.is_below(host, domain) for host in hosts for domain in brand.domains):
        kinds.append("link")
    return kinds
