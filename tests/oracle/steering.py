"""How campaigns go: outreach, pace, whether posts keep to the brief, and who stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from . import text
from .commerce import Table
from .compare import Saying
from .returns import DEFAULT, Returns
from .setting import Setting, group, median, ratio
from .social import Social, gone_on
from .streams import Row

DAY = timedelta(days=1)
STEPS = ("contacted", "replied", "negotiating", "agreed", "declined", "no_reply")
GOALS = {
    "engagements": "engagements", "reach": "reach_sum_of_posts", "impressions": "impressions",
    "clicks": "valid_clicks", "conversions": "attributed_orders", "revenue": "attributed_revenue",
    "posts": "posts",
}  # fmt: skip
LAPSED = 180  # days
AHEAD, BEHIND = Fraction("1.1"), Fraction("0.9")
Finding = tuple[str | None, tuple[str, ...]]  # a result, and what its evidence holds


@dataclass(frozen=True)
class Steering:
    """The campaigns of a night; each part is computed once."""

    social: Social
    returns: Returns

    @property
    def setting(self) -> Setting:
        return self.social.setting

    # outreach

    def outreach_funnel(self) -> Table:
        known = [
            row
            for row in self.social.night.rows("outreach")
            if row["campaign_id"] in self.returns.campaigns
        ]
        table: Table = {}
        for key, rows in group(known, lambda row: (row["campaign_id"], row["channel"])).items():
            at: dict[str, dict[str, datetime]] = {step: {} for step in STEPS}
            for row in rows:
                at[row["status"]][row["outreach_id"]] = row["status_at"]
            waits = [
                replied_at - at["contacted"][name]
                for name, replied_at in at["replied"].items()
                if name in at["contacted"]
            ]
            later = [wait for wait in waits if wait >= timedelta(0)]
            days = [Fraction(wait // timedelta(seconds=1), 86_400) for wait in later]
            table[key] = {
                **{step: len(names) for step, names in at.items()},
                "reply_rate": ratio(len(at["replied"]), len(at["contacted"])),
                "agree_rate": ratio(len(at["agreed"]), len(at["contacted"])),
                "median_days_to_reply": ratio(median(days), 1),
            }
        return table

    # pace

    @cached_property
    def published(self) -> set[str]:
        """The deliverables that a known post is."""
        posts = self.social.originals.values()
        return {name for post in posts for name in self.social.deliverables_of(post)}

    def goal_of(self, campaign: Row) -> Fraction | None:
        """The goal of a campaign, one of revenue in the reporting currency."""
        value = campaign["goal_value"]
        if value is None or campaign["goal_metric"] != "revenue":
            return None if value is None else Fraction(value)
        day = min(campaign["starts_on"], self.setting.day)
        worth = self.returns.rates.convert(Fraction(value), campaign["currency"], day)
        return None if worth is None else Fraction(worth)

    def campaign_pacing(self) -> Table:
        return {(key,): self._pacing(key, row) for key, row in self.returns.campaigns.items()}

    def _pacing(self, campaign_id: str, campaign: Row) -> Row:
        day, start, end = self.setting.day, campaign["starts_on"], campaign["ends_on"]
        mine = [
            row
            for row in self.social.night.rows("deliverables")
            if row["collaboration_id"] in self.social.live
            and self.social.live[row["collaboration_id"]]["campaign_id"] == campaign_id
        ]
        live = [row for row in mine if row["deliverable_id"] in self.published]
        late = [row for row in mine if row["due_on"] < day and row not in live]
        goal, metric = self.goal_of(campaign), campaign["goal_metric"]
        owners = self.returns.collaborations_of(campaign_id)
        figures = self.returns.watched_figures(campaign, owners, DEFAULT)
        actual = figures[GOALS[metric]] if metric else None
        whole = (end - start).days + 1
        elapsed = min(max((min(day, end) - start).days + 1, 0), whole)
        # a goal of nothing in particular is none
        expected = None if goal is None or metric is None else goal * elapsed / whole
        pacing = None if actual is None or not expected else Fraction(actual) / expected
        return {
            "deliverables": len(mine),
            "deliverables_due": sum(row["due_on"] <= day for row in mine),
            "deliverables_live": len(live),
            "deliverables_late": len(late),
            "goal_metric": metric,
            "goal_value": None if goal is None else _decimal(goal),
            "actual": ratio(actual, 1),
            "elapsed_days": elapsed,
            "total_days": whole,
            "expected_to_date": ratio(expected, 1),
            "pacing": ratio(pacing, 1),
            "projected": ratio(Fraction(actual) * whole, elapsed) if actual is not None else None,
            "status": status(day, start, end, pacing),
        }

    # the brief

    def compliance(self) -> Table:
        table: Table = {}
        for post_id, owner in self.returns.paid.items():
            post, deal = self.social.posts[post_id], self.returns.collaborations[owner]
            brief = self.returns.campaigns[deal["campaign_id"]]
            found = {
                "disclosure": self.disclosure(post_id, post),
                "required_hashtags": required(brief["required_hashtags"], post["hashtags"]),
                "required_mentions": required(brief["required_mentions"], mentions_of(post)),
                "forbidden_terms": forbidden(brief["forbidden_terms"], post["text"]),
                "on_time": self.on_time(post, owner),
                "tracking": self.tracking(post, owner),
                "kept_up": self.kept_up(post),
            }
            for rule, (result, pieces) in found.items():
                table[(post_id, rule)] = {
                    "collaboration_id": owner,
                    "campaign_id": deal["campaign_id"],
                    "creator_id": deal["creator_id"],
                    "result": result,
                    "evidence": Saying(pieces),
                }
        return table

    def disclosure(self, post_id: str, post: Row) -> Finding:
        grade, token, position, _ = self.returns.disclosed(post_id)
        if grade == "missing":
            return "fail", ()
        if post["is_paid_label"] or token is None:
            return grade, ("paid label of the platform",)
        # of a masked text the position is another
        return grade, (token,) if text.has_address(post["text"]) else (token, str(position))

    def on_time(self, post: Row, owner: str) -> Finding:
        """Of a collaboration's deliverables that a post is the first by id counts."""
        due = {
            name: row["due_on"]
            for name, row in self.social.deliverables_of(post).items()
            if row["collaboration_id"] == owner
        }
        if not due:
            return None, ()
        due_on = due[min(due)]
        pieces = (due_on.isoformat(), post["day"].isoformat())
        return ("pass" if post["day"] <= due_on else "fail"), pieces

    def kept_up(self, post: Row) -> Finding:
        """Whether a post was not taken down too early."""
        gone = gone_on(post, self.setting.day)
        if gone is None:
            return "pass", ()
        days = (gone - post["day"]).days
        # of one that was gone before it was published, nobody says for how long it was up
        return ("pass" if days >= self.setting.kept_up_days else "fail"), (
            (str(days),) if days >= 0 else ()
        )

    def tracking(self, post: Row, owner: str) -> Finding:
        night = self.social.night
        codes = {r["code"] for r in night.rows("promo_codes") if r["collaboration_id"] == owner}
        links = [
            row["url"] for row in night.rows("tracking_links") if row["collaboration_id"] == owner
        ]
        if not codes and not links:
            return None, ()
        places = [post["text"] or "", *(post["urls"] or [])]
        said = [code for code in codes if any(text.has_keyword(at, code) for at in places)]
        if said or any(leads_to(url, link) for url in post["links"] for link in links):
            return "pass", ()
        brand = self.setting.brands.get(self.social.live[owner]["brand_id"])
        hosts = [text.host_of(url) for url in post["links"]]
        is_near = brand is not None and any(
            text.is_below(host, domain) for host in hosts for domain in brand.domains
        )
        return ("weak" if is_near else "fail"), ()

    # who stays

    def creator_relationships(self) -> Table:
        deals = [
            {**row, **{name: campaign[name] for name in ("brand_id", "starts_on", "ends_on")}}
            for row in self.returns.collaborations.values()
            if (campaign := self.returns.campaigns.get(row["campaign_id"]))
        ]
        pairs = group(deals, lambda row: (row["brand_id"], row["creator_id"]))
        table: Table = {}
        for key, rows in pairs.items():
            live = [row for row in rows if row["collaboration_id"] in self.social.live]
            if live:
                table[key] = self._relationship(rows, live)
        return table

    def _relationship(self, rows: list[Row], live: list[Row]) -> Row:
        day = self.setting.day
        first_on, last_on = min(r["starts_on"] for r in live), max(r["ends_on"] for r in live)
        told = [row for row in rows if self.returns.is_told(row)]
        ordered = sorted(
            (row for row in told if row["collaboration_id"] in self.social.live),
            key=lambda row: (row["starts_on"], row["collaboration_id"]),
        )
        first, last = (
            self._figures(ordered[place : place + 1 or None])["roi"] for place in (0, -1)
        )
        # the figures of those that have one; of a return, with the cost of just these
        seen = self._figures(
            [
                row
                for row in rows
                if self.returns.share_covered(
                    self.returns.campaigns.get(row["campaign_id"]), "orders"
                )
            ]
        )
        roi = self._figures(told)["roi"]
        is_lapsed = last_on < day - LAPSED * DAY
        return {
            "collaborations": len(live),
            "first_on": first_on,
            "last_on": last_on,
            "tenure_days": max(0, (min(last_on, day) - first_on).days + 1),
            "is_repeat": len(live) >= 2,
            "attributed_profit": seen["attributed_profit"],
            "attributed_revenue": seen["attributed_revenue"],
            "cost": self.returns.cost_of(
                {row["collaboration_id"] for row in rows}, "is_committed_cost"
            ),
            "profit_coverage": seen["profit_coverage"],
            "roi": roi,
            "roi_first": first,
            "roi_last": last,
            "status": "lapsed" if is_lapsed else "active" if len(live) >= 2 else "new",
            "is_lapsed_star": is_lapsed and (roi or 0) > 0,
        }

    def _figures(self, rows: list[Row]) -> Row:
        """The figures of some collaborations; none of none."""
        owners = {row["collaboration_id"] for row in rows}
        figures = self.returns.figures(owners, DEFAULT)
        return figures if owners else dict.fromkeys(figures)


def status(day: date, start: date, end: date, pacing: Fraction | None) -> str | None:
    """Whether a campaign runs, and how fast."""
    if day < start or day > end:
        return "planned" if day < start else "ended"
    if pacing is None:
        return None
    return "ahead" if pacing >= AHEAD else "behind" if pacing < BEHIND else "on_track"


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def required(asked: list[str] | None, there: list[str]) -> Finding:
    """Whether all names are there that a brief asks for; evidence names each."""
    if not asked:
        return None, ()
    missing = [name for name in asked if name not in there]
    return ("fail" if missing else "pass"), tuple(asked)


def mentions_of(post: Row) -> list[str]:
    """The mentions of a post; on Mastodon a bare user is one of the account's own server."""
    names = list(post["mentions"])
    if post["platform"] == "mastodon":
        account = (post["account_id"] or "").removeprefix("mastodon:")
        host = text.host_of(account or post["native_post_id"])
        names += [f"{name}@{host}" for name in names if "@" not in name]
        names += [name.removesuffix(f"@{host}") for name in names]
    return names


def forbidden(terms: list[str] | None, said: str | None) -> Finding:
    """Whether none of some terms stands in a text; evidence quotes one that does."""
    if not terms:
        return None, ()
    found = [term for term in terms if text.has_keyword(said, term)]
    return ("fail" if found else "pass"), tuple(found) if len(found) == 1 else ()


def leads_to(url: str, link: str) -> bool:
    """Whether a URL is that of a tracking link."""
    pair = [text.parameters(link).get(name) for name in ("utm_campaign", "utm_content")]
    mine = [text.parameters(url).get(name) for name in ("utm_campaign", "utm_content")]
    return mine == pair if None not in pair else text.canonical(url) == text.canonical(link)
