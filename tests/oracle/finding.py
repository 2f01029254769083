"""Whom a brand should approach."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property

from .commerce import Table
from .returns import Returns
from .setting import Brand, Setting
from .social import Social
from .streams import Row
from .vetting import Vetting

YEAR = 365  # days
TAGGED = 3  # posts that tag a competitor, and tell of work for it
TICK = timedelta(microseconds=1)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """The shortlists of a night; each part is computed once."""

    social: Social
    returns: Returns
    vetting: Vetting

    @property
    def setting(self) -> Setting:
        return self.social.setting

    def carrier(self, platform: str, handle: str, at: datetime) -> str | None:
        """The account whose profile carried a handle at a time; None where there are two."""
        carried = [
            (row["observed_at"], account)
            for account, rows in self.social.profiles.items()
            for row in rows
            if (row["platform"], row["handle"]) == (platform, handle)
        ]
        before = [pair for pair in carried if pair[0] <= at]
        moment = max(before)[0] if before else min(carried, default=(None,))[0]
        found = {account for when, account in carried if when == moment}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def branded(self) -> set[str]:
        """The accounts that carried a handle of any brand."""
        return {
            account
            for account, rows in self.social.profiles.items()
            for row in rows
            for brand in self.setting.brands.values()
            if row["handle"] in brand.handles.get(row["platform"], [])
        }

    @cached_property
    def customers(self) -> set[str | None]:
        """The accounts that customers have at D."""
        return {
            self.carrier(row["platform"], row["handle"], self.setting.end)
            for row in self.social.night.rows("customers")
            if row["platform"] and row["handle"]
        }

    def recommenders(self, brand: Brand) -> dict[str | None, set[str]]:
        """Who recommended each account to a brand; one without a name is somebody of his own."""
        found: dict[str | None, set[str]] = {}
        for row in self.social.night.rows("recommendations"):
            day = row["recommended_on"]
            if row["brand_id"] != brand.brand_id or day > self.setting.day:
                continue
            end = self.setting.midnight(day + timedelta(days=1)) - TICK
            account = self.carrier(row["platform"], row["handle"], end)
            who = row["customer_id"] or f"\n{row['recommendation_id']}"
            found.setdefault(account, set()).add(who)
        return found

    def roster(self, brand: Brand) -> set[str]:
        """The creators that a brand has a collaboration with, whatever became of it."""
        return {
            row["creator_id"]
            for row in self.returns.collaborations.values()
            if (campaign := self.returns.campaigns.get(row["campaign_id"]))
            and campaign["brand_id"] == brand.brand_id
        }

    def rivals(self, account: str, brand: Brand) -> dict[str, str]:
        """The competitors that an account has worked with in a year, and what tells so."""
        found = {}
        for rival in brand.competitors:
            told, tagged = [], []
            for post_id, post in self.by_account.get(account, {}).items():
                kinds = self.social.kinds[post_id].get(rival)
                if not kinds or not self.setting.is_recent(post["day"], YEAR):
                    continue
                if self.returns.disclosed(post_id)[0] != "missing":
                    told.append(post["day"])
                if "tag" in kinds:
                    tagged.append(post["day"])
            name = self.setting.brands[rival].name
            if told:
                found[rival] = f"worked with {name} in {month(max(told))}"
            elif len(tagged) >= TAGGED:
                found[rival] = f"tagged {name} in {len(tagged)} posts, last in {month(max(tagged))}"
        return dict(sorted(found.items()))

    @cached_property
    def by_account(self) -> dict[str | None, dict[str, Row]]:
        found: dict[str | None, dict[str, Row]] = {}
        for post_id, post in self.social.originals.items():
            found.setdefault(post["account_id"], {})[post_id] = post
        return found

    def attended(self, account: str, brand: Brand) -> dict[str, str]:
        """The events of a brand that an account posted of on their days, by id, with their name."""
        return {
            row["event_id"]: row["event_name"]
            for row in self.social.night.rows("events")
            if row["brand_id"] == brand.brand_id
            and any(
                row["starts_on"] <= post["day"] <= row["ends_on"]
                and set(row["hashtags"]) & set(post["hashtags"])
                for post in self.by_account.get(account, {}).values()
            )
        }

    def discovery_shortlist(self) -> Table:
        return self.shortlists

    @cached_property
    def shortlists(self) -> Table:
        table: Table = {}
        for brand in self.setting.brands.values():
            if brand.role != "own":
                continue
            rows = self._candidates(brand)
            for place, row in enumerate(sorted(rows, key=_standing), start=1):
                table[(brand.brand_id, row.pop("account_id"))] = {"rank": place, **row}
        return table

    def _candidates(self, brand: Brand) -> list[Row]:
        roster, recommenders = self.roster(brand), self.recommenders(brand)
        seeds = set(brand.hashtags) | set(brand.niches)
        rows = []
        for account, row in self.vetting.accounts.items():
            posts = self.vetting.recent[account].values()
            last = (self.social.profiles.get(account) or [{}])[-1]
            if (
                row["tier"] not in self.setting.shortlist_tiers
                or not posts
                or last.get("is_bot")
                or last.get("is_noindex")
                or account in self.branded
                or row["creator_id"] in roster
            ):
                continue
            matched = Counter(tag for post in posts for tag in seeds & set(post["hashtags"]))
            worded = [brand.is_named_in(post["text"]) for post in posts]
            relevant = sum(
                bool(seeds & set(post["hashtags"])) or by_word
                for post, by_word in zip(posts, worded, strict=True)
            )
            rivals, events = self.rivals(account, brand), self.attended(account, brand)
            is_customer, count = account in self.customers, len(recommenders.get(account, ()))
            doors = (bool(rivals), is_customer, count > 0, bool(events))
            if not relevant and not any(doors):
                continue
            reasons = []
            if matched:
                tag = min(matched, key=lambda name: (-matched[name], name))
                reasons.append(f"uses #{tag} in {whole_percent(matched[tag], len(posts))} of posts")
            if any(worded):
                share = whole_percent(sum(worded), len(posts))
                reasons.append(f"names {brand.name} in {share} of posts")
            if count:
                reasons.append(f"recommended by {count} customer{'s' if count > 1 else ''}")
            reasons += ["is a customer"] if is_customer else []
            reasons += [
                *rivals.values(),
                *(f"posted on {name}" for _, name in sorted(events.items())),
            ]
            card = self.vetting.scorecards[(account,)]
            relevance, affinity = Fraction(relevant, len(posts)), Fraction(sum(doors), 4)
            percentile, score = card["er_percentile"], card["authenticity_score"]
            rows.append(
                {
                    "account_id": account,
                    **{name: row[name] for name in ("handle", "platform", "creator_id")},
                    **{name: row[name] for name in ("followers", "tier")},
                    "score": self._score(relevance, percentile, score, affinity),
                    "relevance": float(relevance),
                    "er_percentile": percentile,
                    "authenticity_score": score,
                    "affinity": float(affinity),
                    "is_hashtag_match": bool(matched),
                    "is_keyword_match": any(worded),
                    "works_with_competitors": list(rivals),
                    "is_customer": is_customer,
                    "recommended_by": count,
                    "event_ids": sorted(events),
                    "reasons": "; ".join(reasons),
                }
            )
        return rows

    def _score(
        self, relevance: Fraction, percentile: float | None, score: int, affinity: Fraction
    ) -> float:
        weights = self.setting.discovery
        return (
            weights["relevance"] * float(relevance)
            + weights["er_percentile"] * (percentile or 0.0)
            + weights["authenticity"] * score / 100
            + weights["affinity"] * float(affinity)
        )


def whole_percent(part: int, whole: int) -> str:
    """A share as a whole percentage, half up."""
    if 100 * part < whole:
        return "under 1 %"
    return f"{int(Fraction(100 * part, whole) + Fraction(1, 2))} %"


def month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _standing(row: Row) -> tuple[float, int, str]:
    return -row["score"], -row["followers"], row["account_id"]
