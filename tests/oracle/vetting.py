"""How accounts do: their rates against their peers', the signs of bought followers, a fair fee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any

from .commerce import Table, rounded
from .compare import Near, Saying
from .returns import DEFAULT, Returns
from .setting import Setting, group, median, quantile, ratio
from .social import Social
from .streams import Row

if TYPE_CHECKING:
    from .finding import Finding

RECENT = 90  # days
MAD_SCALE = Fraction("1.4826")
ENOUGH = 5  # collaborations of a kind, to go by it
DRAWN = 5  # posts: how strongly a creator's own are drawn to those of the tier
QUARTERS = (("25", Fraction(1, 4)), ("50", Fraction(1, 2)), ("75", Fraction(3, 4)))


@dataclass(frozen=True)
class Measured:
    """What a measured post counted at 7 days."""

    engagements: int
    followers: int
    views: int | None
    likes: int | None
    comments: int | None


@dataclass(frozen=True)
class Standing:
    """Where an account stands among its peers; exact."""

    peers: int = 0
    shrunk: Fraction | None = None
    percentile: Fraction | None = None


@dataclass(frozen=True)
class Vetting:
    """The accounts of a night; each part is computed once."""

    social: Social
    returns: Returns

    @property
    def setting(self) -> Setting:
        return self.social.setting

    @cached_property
    def accounts(self) -> dict[str, Row]:
        return {key[0]: row for key, row in self.social.dim_account().items()}

    @cached_property
    def recent(self) -> dict[str, dict[str, Row]]:
        """The posts of each account of the 90 days that end with D."""
        found: dict[str, dict[str, Row]] = {account: {} for account in self.accounts}
        for post_id, post in self.social.originals.items():
            if post["account_id"] and self.setting.is_recent(post["day"], RECENT):
                found[post["account_id"]][post_id] = post
        return found

    @cached_property
    def measured(self) -> dict[str, list[Measured]]:
        """The measured posts of each account: complete at 7 days, followers known."""
        found: dict[str, list[Measured]] = {account: [] for account in self.accounts}
        for account, posts in self.recent.items():
            for post_id, post in posts.items():
                row, followers = (
                    self.social.at_age(post, post_id, 7),
                    self.social.followers_at(post),
                )
                organic = {} if row is None else self.social.organic(post_id, row)
                if organic.get("public") is None or not followers:
                    continue
                found[account].append(
                    Measured(
                        organic["public"],
                        followers,
                        organic["views"],
                        organic["likes"],
                        organic["comments"],
                    )
                )
        return found

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """Each account among those of its platform and tier that have a measured post."""
        found = {}
        tiered = [account for account, row in self.accounts.items() if row["tier"] is not None]
        for mine in group(tiered, self._kind).values():
            peers = [account for account in mine if self.measured[account]]
            shrunk = self._shrunk(peers)
            for account in mine:
                at = shrunk.get(account)
                below = [other for other in shrunk.values() if at is not None and other < at]
                equal = [other for other in shrunk.values() if other == at]
                share = len(below) + Fraction(len(equal), 2)
                found[account] = Standing(
                    len(peers), at, None if at is None else share / len(peers)
                )
        return found

    def _kind(self, account: str) -> tuple[str, str | None]:
        return self.accounts[account]["platform"], self.accounts[account]["tier"]

    def _shrunk(self, peers: list[str]) -> dict[str, Fraction]:
        """The rates of peers, each drawn to the rate of all."""
        if not peers:
            return {}
        sums = {
            account: (
                sum(post.engagements for post in self.measured[account]),
                sum(post.followers for post in self.measured[account]),
            )
            for account in peers
        }
        rate = Fraction(sum(e for e, _ in sums.values()), sum(f for _, f in sums.values()))
        middle = median([self.accounts[account]["followers"] for account in peers])
        weight = 5 * (middle or Fraction(0))
        return {
            account: (engagements + rate * weight) / (followers + weight)
            for account, (engagements, followers) in sums.items()
        }

    def standing(self, account: str) -> Standing:
        return self.standings.get(account, Standing())

    # signals

    def jumps(self, account: str) -> tuple[float | None, int]:
        """The largest day-on-day change in robust z-scores, and the number of changes."""
        days = self.days.get(account, {})
        changes = []
        for day, row in days.items():
            before = days.get(day - timedelta(days=1))
            if self.setting.is_recent(day, RECENT) and before:
                old, new = before["followers"], row["followers"]
                if old is not None and new is not None:
                    changes.append(new - old)
        if len(changes) < 2:
            return None, len(changes)
        middle = median(changes) or Fraction(0)
        spread = median([abs(change - middle) for change in changes])
        return ratio(max(changes) - middle, MAD_SCALE * (spread or 0)), len(changes)

    @cached_property
    def days(self) -> dict[str, dict[Any, Row]]:
        """The profile of each account and day that has one."""
        found: dict[str, dict[Any, Row]] = {}
        for (account, day), row in self.social.fct_account_daily().items():
            found.setdefault(account, {})[day] = row
        return found

    def growth(self, account: str) -> float | None:
        """Of followers in 30 days, from the last known count of both ends."""
        rows = self.days.get(account, {})
        days = [day for day, row in rows.items() if row["followers"] is not None]
        then = [day for day in days if day <= self.setting.day - timedelta(days=30)]
        old = rows[max(then)]["followers"] if then else None
        return float(Fraction(rows[max(days)]["followers"], old) - 1) if old else None

    def scored(self, signals: dict[str, tuple[float | None, int]]) -> tuple[int, list[Saying]]:
        """The score that signals (value, sample) leave, and what each penalty says."""
        points, said = 0, []
        for signal, comparison, bound, sample, cost in self.setting.authenticity:
            value, size = signals[signal]
            if value is None or size < sample:
                continue
            limit = float(Fraction(bound))
            if value > limit if comparison == "above" else value < limit:
                points += cost
                said.append(Saying((f"{signal} ", f" {comparison} {bound}: -{cost}")))
        return max(0, 100 - points), said

    # the tables

    @cached_property
    def scorecards(self) -> Table:
        return {(account,): self._scorecard(account) for account in self.accounts}

    def creator_scorecard(self) -> Table:
        return self.scorecards

    def _scorecard(self, account: str) -> Row:
        row, posts = self.accounts[account], self.recent[account]
        measured, standing = self.measured[account], self.standing(account)
        engagements = [post.engagements for post in measured]
        seen = [post for post in measured if post.views]
        answered = [p for p in measured if p.likes is not None and p.comments is not None]
        paid = [p for p, post in posts.items() if post["is_paid_label"] or self.social.paid[p]]
        tags = Counter(tag for post in posts.values() for tag in post["hashtags"])
        jump, changes = self.jumps(account)
        figures = {
            "er_percentile": ratio(standing.percentile, 1),
            "follower_jump_z": jump,
            "likes_per_comment": ratio(
                sum(p.likes or 0 for p in answered), sum(p.comments or 0 for p in answered)
            ),
            "following_per_follower": ratio(row["following"], row["followers"]),
            "posts_per_week": ratio(7 * len(posts), RECENT),
            "engagement_variation": variation(engagements),
        }
        samples = {
            "er_percentile": standing.peers,
            "follower_jump_z": changes,
            "likes_per_comment": len(answered),
            "following_per_follower": 1,
            "posts_per_week": len(posts),
            "engagement_variation": len(measured),
        }
        score, penalties = self.scored({name: (figures[name], samples[name]) for name in figures})
        rates = [Fraction(post.engagements, post.followers) for post in measured]
        return {
            **{name: row[name] for name in ("platform", "handle", "creator_id", "tier")},
            **{name: row[name] for name in ("followers", "following")},
            "posts_measured": len(measured),
            "peers": standing.peers,
            "er_followers_pooled": ratio(sum(engagements), sum(p.followers for p in measured)),
            "er_followers_median": ratio(median(rates), 1),
            "er_followers_shrunk": ratio(standing.shrunk, 1),
            "er_views_pooled": ratio(
                sum(p.engagements for p in seen), sum(p.views or 0 for p in seen)
            ),
            "followers_growth_30d": self.growth(account),
            "follower_jump_days": changes,
            "likes_per_comment_posts": len(answered),
            **figures,
            "posts_90d": len(posts),
            "paid_posts_90d": len(paid),
            "paid_posts_share": ratio(len(paid), len(posts)),
            "top_hashtags": sorted(tags, key=lambda tag: (-tags[tag], tag))[:5],
            "authenticity_score": score,
            "authenticity_penalties": penalties,
            "is_suspicious": score < self.setting.authenticity_min_score,
        }

    def tier_intervals(self) -> dict[tuple[Any, ...], Row]:
        """Of each platform and tier, the interval of its median rate, and of that over macro's."""
        rated = [account for account in self.standings if self.measured[account]]
        bounds = {
            kind: order_interval(
                [
                    Fraction(
                        sum(post.engagements for post in self.measured[account]),
                        sum(post.followers for post in self.measured[account]),
                    )
                    for account in mine
                ]
            )
            for kind, mine in group(rated, self._kind).items()
        }
        table: Table = {}
        for (platform, tier), (low, high) in bounds.items():
            macro_low, macro_high = bounds.get((platform, "macro"), (None, None))
            table[(platform, tier)] = {
                "er_followers_p50_low": ratio(low, 1),
                "er_followers_p50_high": ratio(high, 1),
                "ratio_to_macro_low": ratio(low, macro_high),
                "ratio_to_macro_high": ratio(high, macro_low),
            }
        return table

    # a fair fee

    @cached_property
    def comparable(self) -> dict[str, tuple[Fraction, set[tuple[str, str | None]]]]:
        """Cost of an engagement of each live collaboration, and the kinds of its authors."""
        found = {}
        for owner in self.social.live:
            figures = self.returns.figures({owner}, DEFAULT)
            if not figures["engagements"] or not self.has_known_costs(owner):
                continue
            authors = {
                self.social.posts[post_id]["account_id"]
                for post_id in self.returns.posts_of.get(owner, [])
            }
            kinds = {self._kind(author) for author in authors - {None}}
            cost = Fraction(figures["cost_committed"]) / figures["engagements"]
            found[owner] = (cost, kinds)
        return found

    def has_known_costs(self, owner: str) -> bool:
        """Whether every committed cost of a collaboration has an exchange rate."""
        return all(
            row["amount"] is not None
            for row in self.returns.costs.values()
            if row["collaboration_id"] == owner and row["is_committed_cost"]
        )

    def peers_of(self, platform: str, tier: str | None) -> tuple[str, list[Fraction]]:
        """The level at which there are enough collaborations, and their costs."""
        alike = self.comparable.values()
        of_tier = [cost for cost, kinds in alike if tier is not None and (platform, tier) in kinds]
        if len(of_tier) >= ENOUGH:
            return "platform_tier", of_tier
        of_platform = [cost for cost, kinds in alike if platform in {kind[0] for kind in kinds}]
        if len(of_platform) >= ENOUGH:
            return "platform", of_platform
        return "all", [cost for cost, _ in alike]

    def per_post(self, creator: str | None) -> Fraction | None:
        """Cost of a deliverable in the latest live collaboration of a creator."""
        mine = [
            row
            for row in self.social.live.values()
            if row["creator_id"] == creator
            and (row["agreed_on"] or row["starts_on"]) <= self.setting.day
        ]
        if creator is None or not mine:
            return None
        last = max(
            mine, key=lambda row: (row["agreed_on"] or row["starts_on"], row["collaboration_id"])
        )
        owner = last["collaboration_id"]
        rows = self.social.night.rows("deliverables")
        promised = sum(row["collaboration_id"] == owner for row in rows)
        cost = self.returns.figures({owner}, DEFAULT)["cost_committed"]
        is_known = promised and self.has_known_costs(owner)
        return Fraction(cost) / promised if is_known else None

    # what a creator's posts earned

    @cached_property
    def tiers(self) -> dict[str, str | None]:
        """The tier of each creator of the roster."""
        return {key[0]: row["tier"] for key, row in self.social.dim_creator().items()}

    @cached_property
    def told(self) -> dict[str, dict[str, tuple[Fraction, list[str]]]]:
        """Creator → live collaboration whose profit is known → profit before fees, and posts."""
        found: dict[str, dict[str, tuple[Fraction, list[str]]]] = {}
        for owner, row in self.social.live.items():
            figures = self.returns.figures({owner}, DEFAULT)
            is_known = figures["profit_coverage"] >= float(self.setting.profit_coverage_min)
            if self.returns.is_told(row) and is_known:
                profit = Fraction(figures["attributed_profit"])
                posts = self.returns.posts_of.get(owner, [])
                found.setdefault(row["creator_id"], {})[owner] = profit, posts
        return found

    def earned(self, creator: str) -> tuple[Fraction, int]:
        """Profit before fees of a creator's collaborations, and the number of their posts."""
        mine = self.told.get(creator, {}).values()
        return sum((p for p, _ in mine), Fraction(0)), len({x for _, posts in mine for x in posts})

    def break_even(self, creator: str | None) -> Row:
        """What a post of a creator earns, drawn to those of the tier, and what follows."""
        names = ("break_even_fee", "break_even_low", "break_even_high", "break_even_posts")
        if creator is None:
            return dict.fromkeys((*names, "verdict"))
        profit, posts = self.earned(creator)
        row: Row = dict.fromkeys(names)
        fee = low = high = None
        row["break_even_posts"] = posts or None
        tier = self.tiers.get(creator)
        if posts and tier is not None:
            peers = [name for name in self.told if self.tiers.get(name) == tier]
            sums = [sums for name in peers if (sums := self.earned(name))[1]]
            mean = sum((p for p, _ in sums), Fraction(0)) / sum(n for _, n in sums)
            fee = (profit + mean * DRAWN) / (posts + DRAWN)
            row["break_even_fee"] = Near(float(fee))
            each = [
                (p, len(theirs))
                for name in peers
                for p, theirs in self.told[name].values()
                if theirs
            ]
            if len(each) >= 2:
                whole = sum((p for p, _ in each), Fraction(0)) ** 2 / sum(n for _, n in each)
                squares = sum((p * p / n for p, n in each), Fraction(0)) - whole
                half = 1.959964 * float(squares / (len(each) - 1) / (posts + DRAWN)) ** 0.5
                low, high = float(fee) - half, float(fee) + half
                row |= {"break_even_low": Near(low), "break_even_high": Near(high)}
        return {**row, "verdict": verdict(posts, self.per_post(creator), fee, low, high)}

    def fair_compensation(self, finding: Finding) -> Table:
        listed = {key[1] for key in finding.discovery_shortlist()}
        table: Table = {}
        for account, row in self.accounts.items():
            if row["creator_id"] is None and account not in listed:
                continue
            shrunk = self.standing(account).shrunk
            expected = None if shrunk is None else shrunk * row["followers"]
            level, costs = self.peers_of(row["platform"], row["tier"])
            cuts = {name: quantile(costs, share) for name, share in QUARTERS}
            low, mid, high = (
                None if expected is None or cut is None else rounded(expected * cut)
                for cut in cuts.values()
            )
            actual = self.per_post(row["creator_id"])
            table[(account,)] = {
                "expected_engagements": ratio(expected, 1),
                "peer_level": level,
                "peers": len(costs),
                **{f"peer_cpe_p{name}": ratio(cut, 1) for name, cut in cuts.items()},
                "suggested_low": low,
                "suggested_mid": mid,
                "suggested_high": high,
                "actual_cost_per_post": ratio(actual, 1),
                "position": position(actual, low, high),
                **self.break_even(row["creator_id"]),
            }
        return table


def verdict(
    posts: int, actual: Fraction | None, fee: Fraction | None, low: float | None, high: float | None
) -> str:
    """What to do with a creator, by what a post earns and costs."""
    if posts < 2 or fee is None or low is None or high is None or actual is None:
        return "too_early"
    if low > actual:
        return "rebook"
    return "stop" if high < actual or fee <= 0 else "renegotiate"


def position(actual: Fraction | None, low: Decimal | None, high: Decimal | None) -> str | None:
    """Where a cost lies about a range."""
    if actual is None or low is None or high is None:
        return None
    if actual < Fraction(low):
        return "below"
    return "above" if actual > Fraction(high) else "within"


def variation(counts: Sequence[int]) -> float | None:
    """Sample standard deviation over mean; None under 2 counts, or where the mean is 0."""
    n, whole = len(counts), sum(counts)
    if n < 2 or whole == 0:
        return None
    squares = Fraction(n * sum(x * x for x in counts) - whole * whole, n * (n - 1))
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(squares.numerator) / Decimal(squares.denominator)).sqrt()
        return float(root * n / whole)


def order_interval(rates: list[Fraction]) -> tuple[Fraction | None, Fraction | None]:
    """The 95 % interval of a median by order statistics: the k-th rates from both ends.

    k is the largest for which fewer than k of n fair coins fall heads at most once in 40 times.
    """
    n, k = len(rates), 0
    while Fraction(sum(comb(n, heads) for heads in range(k + 1)), 2**n) <= Fraction(1, 40):
        k += 1
    ordered = sorted(rates)
    return (ordered[k - 1], ordered[-k]) if k else (None, None)
