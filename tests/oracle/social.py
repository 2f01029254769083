"""Accounts, posts and their metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
ORGANIC = ("likes", "comments", "views", "reach")
AFTERWARDS = timedelta(days=30)
TICK = timedelta(microseconds=1)


def left(whole: int | None, paid: int | None) -> int | None:
    """What is left without advertising; unknown where it is said to have brought more."""
    return None if whole is None or whole < (paid or 0) else whole - (paid or 0)


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
            else:  # whoever carried the handle on the day on which the row came in
                end = self.setting.midnight(row["landed_on"] + timedelta(days=1)) - TICK
                account = self.account_by_handle(row["platform"], row["handle"], end)
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
            listed = row["hashtags"] or []
            tags = text.distinct(listed + text.hashtags_in(row["text"], listed))
            names = text.distinct((row["mentions"] or []) + text.mentions_in(row["text"], platform))
            post_id = f"{platform}:{row['native_post_id']}"
            found[post_id] = {
                **row,
                "detected": self.night.detected.get(post_id),
                "account_id": account,
                "hashtags": tags,
                "mentions": names,
                "links": (row["urls"] or []) + text.links_in(row["text"]),
                "day": self.setting.day_of(row["published_at"]),
                "is_again": is_again(row),
                "keys": text.post_keys(platform, row["native_post_id"], row["permalink"]),
            }
        return found

    @cached_property
    def originals(self) -> dict[str, Row]:
        """The posts that are no reposts: a repost has no mention, hashtag, voice or payer."""
        return {post_id: post for post_id, post in self.posts.items() if not post["is_again"]}

    @cached_property
    def told(self) -> dict[str, list[Row]]:
        """What is measured of each known post, oldest first, with engagements."""
        rows = []
        for row in self.night.rows("post_metrics"):
            post_id = f"{row['platform']}:{row['native_post_id']}"
            if row["value_basis"] == "measured" and post_id in self.posts:
                engagements = total(row[name] for name in METRICS[:4])
                rows.append({**row, "post_id": post_id, "engagements": engagements})
        rows.sort(key=lambda row: row["observed_at"])
        return group(rows, lambda row: row["post_id"])

    @cached_property
    def snapshots(self) -> dict[str, list[Row]]:
        """The measured snapshots of each known post; what tells of advertising alone is none."""
        kept = {
            post_id: [
                row
                for row in rows
                if any(row[name] is not None for name in METRICS)
                or all(row[f"paid_{name}"] is None for name in METRICS)
            ]
            for post_id, rows in self.told.items()
        }
        return {post_id: rows for post_id, rows in kept.items() if rows}

    def paid_until(self, post_id: str, of: Callable[[Row], int | None], at: datetime) -> int:
        """What advertising had brought at a time, as it was last told; 0 where nothing tells."""
        rows = [row for row in self.told.get(post_id, []) if row["observed_at"] <= at]
        return next((n for row in reversed(rows) if (n := of(row)) is not None), 0)

    def organic(self, post_id: str, row: Row) -> Row:
        """The organic part of a snapshot's metrics, and of its public engagements."""
        at, found = row["observed_at"], {}
        for name in ORGANIC:
            paid = self.paid_until(post_id, lambda r, n=name: r[f"paid_{n}"], at)
            found[name] = left(row[name], paid)
        public = self.setting.public(row)
        whole = None if None in public else total(public)
        paid = self.paid_until(post_id, self._paid_public, at)
        return {**found, "public": left(whole, paid)}

    def _paid_public(self, row: Row) -> int | None:
        names = {name: row[f"paid_{name}"] for name in METRICS}
        return total(self.setting.public({**row, **names}))

    def paid_at_end(self, post_id: str, metric: str = "engagements") -> int | None:
        """What advertising brought of a metric up to D, as it was last told."""
        if metric == "engagements":
            known = [name for name in METRICS[:4] if self.at_end(post_id, name) is not None]
            return total(self.paid_at_end(post_id, name) for name in known)
        rows = [r for r in self.told.get(post_id, []) if r[f"paid_{metric}"] is not None]
        return rows[-1][f"paid_{metric}"] if rows else None

    def last(self, post_id: str, metric: str) -> tuple[datetime, int] | None:
        """When a metric of a post was last measured up to D, and its value then."""
        known = [row for row in self.snapshots.get(post_id, []) if row[metric] is not None]
        return (known[-1]["observed_at"], known[-1][metric]) if known else None

    def at_end(self, post_id: str, metric: str = "engagements") -> int | None:
        """A metric of a post at D; engagements are the sum of their last known parts."""
        if metric == "engagements":
            return total(self.at_end(post_id, part) for part in METRICS[:4])
        known = self.last(post_id, metric)
        return known[1] if known else None

    @cached_property
    def live(self) -> dict[str, Row]:
        return live_collaborations(self.night)

    @cached_property
    def deliverables(self) -> dict[tuple[str, str], list[Row]]:
        """The deliverables by what their link is met by."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.night.rows("deliverables"):
            for key in text.link_keys(row["post_url"]):
                found.setdefault(key, []).append(row)
        return found

    def deliverables_of(self, post: Row) -> dict[str, Row]:
        """The deliverables that a post is, by id."""
        rows = [row for key in post["keys"] for row in self.deliverables.get(key, [])]
        return {row["deliverable_id"]: row for row in rows}

    def delivered(self, post: Row) -> list[str]:
        """The live collaborations that a post is a deliverable of, smallest id first."""
        owners = {row["collaboration_id"] for row in self.deliverables_of(post).values()}
        return sorted(owners & self.live.keys())

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
            for post_id, post in self.originals.items()
        }

    @cached_property
    def owners(self) -> dict[str, list[str]]:
        """The collaborations of each post, the one that stands for all of them first."""
        found: dict[str, list[str]] = {}
        for post_id, post in self.originals.items():
            around = [
                row
                for brand_id in self.kinds[post_id]
                for row in self.collaborations_around(post, brand_id)
            ]
            around.sort(key=lambda row: row["collaboration_id"])
            around.sort(key=lambda row: row["starts_on"], reverse=True)
            others = [row["collaboration_id"] for row in around[:1]]
            found[post_id] = self.delivered(post) or others
        return found

    @cached_property
    def paid(self) -> dict[str, str | None]:
        """The collaboration that dim_post names of each post, if it has one."""
        return {post_id: (self.owners.get(post_id) or [None])[0] for post_id in self.posts}

    def bridge_post_collaborations(self) -> Table:
        return {
            (post_id, owner): {
                "is_primary": owner == owners[0],
                "is_deliverable": owner in self.delivered(self.posts[post_id]),
            }
            for post_id, owners in self.owners.items()
            for owner in owners
        }

    def relationship(self, post: Row, brand: Brand) -> str:
        """Whether a brand owns a post, pays for it, or earned it."""
        names = brand.handles.get(post["platform"], [])
        if any(row["handle"] in names for row in self.profiles.get(post["account_id"], [])):
            return "owned"
        if any(self.live[owner]["brand_id"] == brand.brand_id for owner in self.delivered(post)):
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
            counted = [r for r in self.profiles.get(account, []) if r["followers"] is not None]
            followers = counted[-1]["followers"] if counted else None
            as_of = self.setting.day_of(counted[-1]["observed_at"]) if counted else None
            table[(account,)] = {
                "platform": platforms[account],
                "handle": _last(row["handle"] for row in self.profiles.get(account, [])),
                "display_name": last.get("display_name"),
                "creator_id": self.creator_of.get(account),
                "followers": followers,
                "followers_as_of": as_of,
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
            followers = handle = None
            for row in rows:
                followers = followers if row["followers"] is None else row["followers"]
                handle = row["handle"] or handle
                tier = self.setting.tier(row["platform"], followers)
                state = (handle, row["display_name"], tier)
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
                "language": post["language"] or post["detected"],
                "is_language_detected": None
                if post["language"] is post["detected"] is None
                else post["language"] is None,
                "hashtags": frozenset(post["hashtags"]),
                "mentions": frozenset(post["mentions"]),
                "is_repost": post["is_again"],
                "deleted_on": gone_on(post, self.setting.day),
                "collaboration_id": self.paid[post_id],
            }
            for post_id, post in self.posts.items()
        }

    def dim_hashtag(self) -> Table:
        tagged = [(tag, post["day"]) for _, tag, _, post in self.tagged()]
        return {
            (tag,): {"first_seen_on": min(day for _, day in pairs), "posts": len(pairs)}
            for tag, pairs in group(tagged, lambda pair: pair[0]).items()
        }

    def fct_account_daily(self) -> Table:
        """The last profile of each day that has one."""
        table: Table = {}
        for account, rows in self.profiles.items():
            days = self._by_day(rows)
            found = {day: mine[-1] for day, mine in days.items()}
            changes = _changes([row["followers"] for row in found.values()])
            for (day, row), change in zip(found.items(), changes, strict=True):
                table[(account, day)] = {
                    **{name: row[name] for name in ("followers", "following", "posts_count")},
                    "followers_change": change,
                    "is_derivable": True,  # the inbox forbids nothing
                }
        return table

    def fct_post_daily(self) -> Table:
        """The last known value of each metric of each day that has a snapshot."""
        table: Table = {}
        for post_id, rows in self.snapshots.items():
            days = self._by_day(rows)
            found = [
                {name: _last(row[name] for row in mine) for name in METRICS}
                for mine in days.values()
            ]
            engaged = [total(values[part] for part in METRICS[:4]) for values in found]
            changes = _changes(engaged)
            for (day, mine), values, sum_of_day, change in zip(
                days.items(), found, engaged, changes, strict=True
            ):
                age = mine[-1]["observed_at"] - self.posts[post_id]["published_at"]
                table[(post_id, day)] = {
                    **values,
                    "engagements": sum_of_day,
                    "engagements_change": change,
                    "age_days": age // timedelta(days=1),
                    "is_derivable": True,
                }
        return table

    def _by_day(self, rows: list[Row]) -> dict[date, list[Row]]:
        """Rows by the day on which they were observed, oldest first."""
        return group(rows, lambda row: self.setting.day_of(row["observed_at"]))

    def fct_post_at_age(self) -> Table:
        table: Table = {}
        for post_id, post in self.posts.items():
            for age in (1, 7, 30):
                row = self.at_age(post, post_id, age)
                if row is None:
                    continue
                organic = self.organic(post_id, row)
                engaged, followers = organic["public"], self.followers_at(post)
                table[(post_id, age)] = {
                    **{name: row[name] for name in (*METRICS, "engagements")},
                    "engagements_public": engaged,
                    "is_complete": engaged is not None,
                    "followers_at_post": followers,
                    "er_followers": ratio(engaged, followers),
                    "er_views": ratio(engaged, organic["views"]),
                    "er_reach": ratio(engaged, organic["reach"]),
                    **{f"organic_{name}": organic[name] for name in ORGANIC},
                }
        return table

    def tagged(self) -> list[tuple[str, str, str, Row]]:
        """(platform, hashtag, post_id, post) of every hashtag of every post that is no repost."""
        return [
            (post["platform"], tag, post_id, post)
            for post_id, post in self.originals.items()
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


def is_again(post: Row) -> bool:
    """Whether a post repeats another's."""
    return bool(post["is_repost"]) or (
        post["platform"] == "x" and (post["text"] or "").startswith("RT @")
    )


def gone_on(post: Row, day: date) -> date | None:
    """Since when a post is known at D to be gone."""
    gone = post["deleted_on"]
    return gone if gone is not None and gone <= day else None


def _last(values: Iterable[Any]) -> Any:
    """The last value that is known."""
    known = [value for value in values if value is not None]
    return known[-1] if known else None


def _changes(counts: Sequence[int | None]) -> list[int | None]:
    """What each count is more than the one before it."""
    pairs = zip([None, *counts], counts, strict=False)
    return [None if None in (old, new) else new - old for old, new in pairs]  # type: ignore[operator]


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
    if brand.is_named_in(post["text"]):
        kinds.append("keyword")
    hosts = [text.host_of(link) for link in post["links"]]
    if any(text.is_below(host, domain) for host in hosts for domain in brand.domains):
        kinds.append("link")
    return kinds
