"""What it returned: attribution, costs, and the figures of campaigns, collaborations and posts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Any

from . import commerce, text
from .commerce import Rates, Table, rounded
from .compare import ANYTHING
from .setting import Night, Setting, Token, group, ratio, total
from .social import METRICS, Social, left
from .streams import Row

METHODS = (
    "code_then_click", "last_touch", "first_touch", "linear", "position_based", "time_decay",
    "shapley",
)  # fmt: skip
DEFAULT = "code_then_click"
Touch = tuple[datetime, str, str, str]  # touched_at, kind, click_id or code, collaboration_id
Z = Decimal("1.959964")
NO_LANGUAGE = ("", "und", "mul", "zxx")
HASHTAGS_BEFORE = 3  # among more than these a disclosure drowns
DENIED_WITHIN = 3  # words
# what each stream gives
OF_ORDERS = (
    "attributed_orders", "attributed_revenue", "attributed_profit", "profit_coverage", "roas",
    "roi", "cpa", "new_customers", "cost_per_new_customer", "revenue_new", "revenue_repeat",
)  # fmt: skip
OF_CLICKS = ("valid_clicks", "ctr", "ctr_low", "ctr_high", "cpc")
OF_BOTH = ("conversion_rate", "conversion_rate_low", "conversion_rate_high")
COVERED = Fraction(9, 10)  # of its days, for a return to be told
# one kind of content by two names
KINDS = {"carousel_album": "carousel", "reels": "reel"}
Disclosure = tuple[str, str | None, int | None, int | None]  # grade, token, position, rank


def shares(
    method: str, path: list[Touch], ordered_at: datetime, half_life_days: int = 7
) -> dict[int, Fraction]:
    """The share of each touch that a method credits, by its place on the path; exact."""
    last = len(path) - 1
    if method == "code_then_click":
        codes = [place for place, touch in enumerate(path) if touch[1] == "code"]
        return _equal(codes or [last])
    if method == "last_touch":
        return {last: Fraction(1)}
    if method == "first_touch":
        return {0: Fraction(1)}
    if method == "position_based" and last > 1:
        between = {place: Fraction(1, 5 * (last - 1)) for place in range(1, last)}
        return {0: Fraction(2, 5), **between, last: Fraction(2, 5)}
    if method == "time_decay":
        ages = [(ordered_at - touch[0]) // timedelta(seconds=1) for touch in path]
        weights = [_decayed(age, half_life_days) for age in ages]
        return {place: weight / sum(weights) for place, weight in enumerate(weights)}
    if method == "shapley":
        return _equal(sorted({touch[3]: place for place, touch in enumerate(path)}.values()))
    return _equal(list(range(len(path))))  # linear, and the positions of one or two touches


def _equal(places: list[int]) -> dict[int, Fraction]:
    return {place: Fraction(1, len(places)) for place in places}


def _decayed(seconds: int, half_life_days: int) -> Fraction:
    """2^(−age / half-life), to 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return Fraction(Decimal(2) ** (Decimal(-seconds) / Decimal(half_life_days * 86400)))


def divided(total: Decimal | None, parts: dict[int, Fraction], places: int) -> dict[int, Any]:
    """An amount in parts rounded half up, what remains of it added to the last."""
    if total is None:
        return dict.fromkeys(parts)
    found = {place: rounded(Fraction(total) * part, places) for place, part in parts.items()}
    found[max(found)] += total - sum(found.values())
    return found


def wilson(count: int, of: int | None) -> tuple[float | None, float | None]:
    """The 95 % interval of a ratio; no values where it has none or is above 1."""
    if not of or count > of:
        return None, None
    with localcontext() as context:
        context.prec = 60
        p, n = Decimal(count) / of, Decimal(of)
        middle = p + Z * Z / (2 * n)
        reach = Z * (p * (1 - p) / n + Z * Z / (4 * n * n)).sqrt()
        whole = 1 + Z * Z / n
        low = 0.0 if count == 0 else float((middle - reach) / whole)
        high = 1.0 if count == of else float((middle + reach) / whole)
        return low, high


def money(amounts: Any) -> Decimal:
    """The sum of the amounts that are known."""
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def kind_of(content_type: str | None) -> str | None:
    """What a content type is, whoever spelled it."""
    name = content_type and text.lower(content_type)
    return KINDS.get(name or "", name)


@dataclass(frozen=True)
class Returns:
    """The returns of a night; each part is computed once."""

    social: Social

    @property
    def night(self) -> Night:
        return self.social.night

    @property
    def setting(self) -> Setting:
        return self.social.setting

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.night)

    @cached_property
    def orders(self) -> Table:
        return commerce.fct_orders(self.night)

    @cached_property
    def paths(self) -> dict[str, list[Touch]]:
        return commerce.touches(self.night)

    @cached_property
    def campaigns(self) -> dict[str, Row]:
        return {row["campaign_id"]: row for row in self.night.rows("campaigns")}

    @cached_property
    def collaborations(self) -> dict[str, Row]:
        return {row["collaboration_id"]: row for row in self.night.rows("collaborations")}

    # core

    @cached_property
    def attribution(self) -> Table:
        table: Table = {}
        for (order_id,), order in self.orders.items():
            path, day = self.paths[order_id], self.setting.day_of(order["ordered_at"])
            for method in METHODS:
                if not path:
                    table[(order_id, method, 0)] = {
                        "collaboration_id": None,
                        "touch_kind": "none",
                        "touched_at": None,
                        "credit": Decimal(1),
                        "attributed_revenue": order["net_revenue"],
                        "attributed_profit": order["gross_profit"],
                        "touch_key": None,
                        "ordered_on": day,
                    }
                    continue
                parts = shares(method, path, order["ordered_at"], self.setting.half_life_days)
                credit = divided(Decimal(1), parts, 10)
                exact = {place: Fraction(part) for place, part in credit.items()}
                revenue = divided(order["net_revenue"], exact, 4)
                profit = divided(order["gross_profit"], exact, 4)
                for place in (place for place, part in credit.items() if part > 0):
                    touched_at, kind, key, collaboration_id = path[place]
                    table[(order_id, method, place + 1)] = {
                        "collaboration_id": collaboration_id,
                        "touch_kind": kind,
                        "touched_at": touched_at,
                        "credit": credit[place],
                        "attributed_revenue": revenue[place],
                        "attributed_profit": profit[place],
                        "touch_key": key,
                        "ordered_on": day,
                    }
        return table

    def fct_attribution(self) -> Table:
        return self.attribution

    @cached_property
    def costs(self) -> Table:
        table: Table = {}

        def add(cost_id: str, row: Row, **cost: Any) -> None:
            if cost["incurred_on"] > self.setting.day:
                return
            amount, day = Fraction(cost["original_amount"]), cost["incurred_on"]
            way = self.rates.way(row["currency"], day)
            table[(cost_id,)] = {
                "collaboration_id": row["collaboration_id"],
                **cost,
                "currency": row["currency"],
                "amount": rounded(amount * way[0]) if way else None,
                "fx_rate_on": way[1] if way else None,
            }

        for key, row in self.social.live.items():
            for kind in ("fee", "product"):
                amount = row["fee" if kind == "fee" else "product_cost"]
                if amount is not None:
                    add(
                        f"{kind}:{key}", row, kind=kind, status="committed",
                        incurred_on=row["agreed_on"] or row["starts_on"], original_amount=amount,
                        is_committed_cost=True, is_paid_cost=False,
                    )  # fmt: skip
        for row in self.night.rows("payments"):
            owner, kind = self.collaborations.get(row["collaboration_id"]), row["kind"]
            is_paid = owner is not None and row["status"] == "paid"
            is_committed = is_paid
            if owner and owner["collaboration_id"] in self.social.live:
                stated = {"fee": "fee", "product": "product_cost"}.get(kind)
                is_committed = stated is None or owner[stated] is None
            add(
                f"payment:{row['payment_id']}", row, kind=kind, status=row["status"],
                incurred_on=row["incurred_on"], original_amount=row["amount"],
                is_committed_cost=is_committed, is_paid_cost=is_paid,
            )  # fmt: skip
        for key in self.social.live:
            if owed := self.commission_owed(key):
                day, amount = owed
                table[(f"commission:{key}",)] = {
                    "collaboration_id": key, "kind": "commission", "status": "owed",
                    "incurred_on": day, "amount": amount, "original_amount": amount,
                    "currency": self.setting.currency, "fx_rate_on": day,
                    "is_committed_cost": True, "is_paid_cost": False,
                }  # fmt: skip
        return table

    def commission_owed(self, key: str) -> tuple[date, Decimal] | None:
        """The day and amount of the commission that a live collaboration owes; None if nothing."""
        deal = self.collaborations[key]
        campaign = self.campaigns[deal["campaign_id"]]
        is_entered = any(
            (row["collaboration_id"], row["kind"]) == (key, "commission")
            and row["incurred_on"] <= self.setting.day
            for row in self.night.rows("payments")
        )
        if is_entered or deal["commission_rate"] is None:
            return None
        if not self.share_covered(campaign, "orders"):
            return None
        earned = [
            (row["ordered_on"], row["attributed_revenue"])
            for (_, method, _), row in self.attribution.items()
            if method == DEFAULT and row["collaboration_id"] == key
        ]
        rate = Fraction(deal["commission_rate"])
        amount = rounded(rate * Fraction(money(revenue for _, revenue in earned)))
        by_day = group(earned, lambda pair: pair[0])
        days = [day for day, parts in by_day.items() if money(part for _, part in parts)]
        return (max(*days, campaign["starts_on"]), amount) if amount else None

    def fct_costs(self) -> Table:
        return self.costs

    def fct_refunds(self) -> Table:
        return {
            (row["refund_id"],): {
                "order_id": row["order_id"],
                "refunded_at": row["refunded_at"],
                "refunded_on": self.setting.day_of(row["refunded_at"]),
                "amount": row["amount"],
            }
            for row in self.night.rows("refunds")
        }

    def rate_of(self, currency: str, day: date) -> Row | None:
        """The row of dim_fx_rate for a currency and day; None where there is no rate."""
        way = self.rates.way(currency, day)
        return way and {"rate": float(way[0]), "rate_on": way[1], "middle_currency": way[2]}

    def converted(self) -> set[tuple[str, date]]:
        """The currencies and days of the amounts that are converted, rate or none."""
        placed = [row for row in self.night.rows("orders") if (row["order_id"],) in self.orders]
        budgets = [row for row in self.campaigns.values() if row["budget"] is not None]
        return {
            *((row["currency"], self.setting.day_of(row["ordered_at"])) for row in placed),
            *(
                (row["currency"], row["incurred_on"])
                for row in self.costs.values()
                if row["status"] != "owed"  # it is in the reporting currency from the first
            ),
            *((row["currency"], min(row["starts_on"], self.setting.day)) for row in budgets),
        }

    # posts

    @cached_property
    def paid(self) -> dict[str, str]:
        """The collaboration of each paid post; of several the one that stands for all."""
        return {post_id: owner for post_id, owner in self.social.paid.items() if owner}

    def worth_of(self, post_id: str, action: str) -> tuple[str, Fraction, str] | None:
        """Content type, value and currency of the rate that holds for an action; None without."""
        post = self.social.posts[post_id]
        rates = {
            kind_of(content_type): (content_type, value, currency)
            for platform, content_type, name, value, currency in self.setting.emv_rates
            if (platform, name) == (post["platform"], action)
        }
        return rates.get(kind_of(post["content_type"]), rates.get("*"))

    def fct_paid_post_metrics(self) -> Table:
        table: Table = {}
        for post_id in self.paid:
            for name in (*METRICS, "engagements"):
                number, worth = self.social.at_end(post_id, name), self.worth_of(post_id, name)
                if number is None:
                    continue
                paid = self.social.paid_at_end(post_id, name)
                organic = left(number, paid)
                row = {"number": number, "paid_number": paid, "emv": None}
                row |= dict.fromkeys(("emv_content_type", "emv_rate", "emv_currency"))
                if worth:
                    kind, value, currency = worth
                    # by which of its names a kind is called, the contract leaves open
                    row["emv_content_type"] = kind if kind == kind_of(kind) else ANYTHING
                    row["emv_currency"] = currency
                    row["emv_rate"] = Decimal(value.numerator) / Decimal(value.denominator)
                    if organic is not None:
                        row["emv"] = self.rates.convert(value * organic, currency, self.setting.day)
                table[post_id, name] = row
        return table

    def emv_of(self, post_id: str) -> Decimal | None:
        """Σ organic count × rate of a post, each rounded once; None where none has both.

        Of an action in a currency without a rate nobody knows the value, and so none of the sum.
        """
        amounts = []
        for action in METRICS:
            worth, count = self.worth_of(post_id, action), self.social.at_end(post_id, action)
            if worth and count is not None:
                organic = left(count, self.social.paid_at_end(post_id, action))
                value = None if organic is None else worth[1] * organic
                amounts.append(self.rates.convert(value, worth[2], self.setting.day))
        return None if not amounts or None in amounts else money(amounts)

    def disclosed(self, post_id: str) -> Disclosure:
        """The disclosure of a post that is known."""
        brands = set(self.social.kinds.get(post_id, {}))
        brands |= {
            self.social.live[owner]["brand_id"] for owner in self.social.owners.get(post_id, [])
        }
        return self.disclosure_of(self.social.posts[post_id], brands)

    def tokens(self, post: Row) -> list[Token]:
        """The rows of disclosure.csv that count for a post: by the language that it is in."""
        stated, detected = (
            text.lower((post[name] or "").split("-")[0]) for name in ("language", "detected")
        )
        spoken = detected if stated in NO_LANGUAGE else stated
        return [
            token
            for token in (Token(*row) for row in self.setting.disclosure)
            if token.language in ("*", spoken) or (spoken in NO_LANGUAGE and not token.ordinary_in)
        ]

    def disclosure_of(self, post: Row, brands: Iterable[str] = ()) -> Disclosure:
        """Grade, token, position (from 1) and rank of a disclosure; the first clear token's.

        `brands` are those that the post mentions or is paid for.
        """
        said, tokens = post["text"] or "", self.tokens(post)
        tags = text.hashtag_places(said, "#\uff03")
        own = {
            name
            for brand_id in brands
            if brand_id in self.setting.brands
            for name in self.setting.brands[brand_id].disclosures
        }
        found = []
        for row in [*tokens, *(Token("*", name, "clear") for name in sorted(own))]:
            if row.strength == "denial":
                continue
            denials = [
                text.fold(other.token)
                for other in tokens
                if other.strength == "denial"
                and (row.language == "*" or other.language in ("*", row.language))
            ]
            if row.token.startswith("#"):
                places = [place for place, name in tags if name == text.hashtag(row.token)]
            else:
                places = text.phrase_places(said, text.fold(row.token))
            for place in places:
                before = text.without_urls(said)[:place]
                is_first = not any(text.is_letter(c) or text.is_digit(c) for c in before)
                near = text.words_before(before, place, DENIED_WITHIN)
                is_denied = any(text.has_keyword(near, denial) for denial in denials)
                if (is_first or row.place != "beginning") and not is_denied:
                    found.append((row.strength != "clear", place + 1, row.token))
                    break
        if not found:
            return "pass" if post["is_paid_label"] else "missing", None, None, None
        is_unclear, position, token = min(found)
        rank = 1 + sum(place + 1 < position for place, _ in tags)
        folds = self.setting.folds
        characters, lines = folds.get(post["platform"], folds.get("*", (None, None)))
        is_seen = (
            (characters is None or position <= characters)
            and (lines is None or said[: position - 1].count("\n") < lines)
            and rank <= 1 + HASHTAGS_BEFORE
        )
        is_told = post["is_paid_label"] or (not is_unclear and is_seen)
        return "pass" if is_told else "weak", token, position, rank

    def post_performance(self) -> Table:
        ages = self.social.fct_post_at_age()
        table: Table = {}
        for post_id, owner in self.paid.items():
            post = self.social.posts[post_id]
            row = {
                "campaign_id": self.collaborations[owner]["campaign_id"],
                "collaboration_id": owner,
                "emv": self.emv_of(post_id),
                "account_id": post["account_id"],
                "platform": post["platform"],
                "content_type": post["content_type"],
                "published_on": post["day"],
            }
            for name in ("engagements", "views", "reach", "impressions"):
                row[name] = self.social.at_end(post_id, name)
                row[f"paid_{name}"] = (
                    self.social.paid_at_end(post_id, name) if row[name] is not None else None
                )
            for age in (1, 7, 30):
                then = ages.get((post_id, age), {})
                for name in ("engagements", "views", "reach"):
                    row[f"{name}_{age}d"] = then.get(name)
                for name in ("er_followers", "er_views", "er_reach"):
                    row[f"{name}_{age}d"] = then.get(name)
            names = ("", "_token", "_position", "_rank")
            found = zip(names, self.disclosed(post_id), strict=True)
            row |= {f"disclosure{name}": value for name, value in found}
            if text.has_address(post["text"]):  # masked, the contract does not say how
                row["disclosure_position"] = ANYTHING
            table[(post_id,)] = row
        return table

    # figures

    @cached_property
    def clicks(self) -> list[Row]:
        """The valid clicks of live collaborations."""
        found = commerce.fct_clicks(self.night).values()
        return [c for c in found if c["is_valid"] and c["collaboration_id"] in self.social.live]

    @cached_property
    def kept(self) -> dict[tuple[frozenset[str], str], Row]:
        return {}

    def figures(self, owners: set[str], method: str) -> Row:
        """The figures of some collaborations together, but for mentions_earned."""
        key = frozenset(owners), method
        if key not in self.kept:
            self.kept[key] = self._figures(owners, method)
        return self.kept[key]

    def seen(self, post_id: str) -> tuple[str, int | None]:
        """Impressions of a post, or its views where those were counted later."""
        impressions, views = (self.social.last(post_id, name) for name in ("impressions", "views"))
        if impressions is None or (views is not None and views[0] > impressions[0]):
            return "views", views[1] if views else None
        return "impressions", impressions[1]

    @cached_property
    def posts_of(self) -> dict[str, list[str]]:
        """The posts of each collaboration."""
        pairs = self.social.bridge_post_collaborations()
        return {
            owner: [key[0] for key in keys]
            for owner, keys in group(list(pairs), lambda key: key[1]).items()
        }

    def _figures(self, owners: set[str], method: str) -> Row:
        posts = sorted({post for owner in owners for post in self.posts_of.get(owner, [])})
        seen = {post_id: self.seen(post_id) for post_id in posts}
        bases = {basis for basis, count in seen.values() if count is not None}
        engagements = total(self.social.at_end(post_id) for post_id in posts)
        reached = [self.social.at_end(post_id, "reach") for post_id in posts]
        clicks = sum(click["collaboration_id"] in owners for click in self.clicks)
        converting = sum(
            any(touch[1] == "click" and touch[3] in owners for touch in self.paths[key[0]])
            for key in self.orders
        )
        credited = [
            (order_id, row)
            for (order_id, by, _), row in self.attribution.items()
            if by == method and row["collaboration_id"] in owners
        ]
        mine = [row for _, row in credited]
        orders = money(row["credit"] for row in mine)
        revenue = money(row["attributed_revenue"] for row in mine)
        profit = money(row["attributed_profit"] for row in mine)
        known = money(
            row["attributed_revenue"] for row in mine if row["attributed_profit"] is not None
        )
        kinds = group(credited, lambda pair: self.orders[(pair[0],)]["order_kind"])
        first = [row for _, row in kinds.get("new", [])]
        further = [row for kind in ("repeat", "renewal") for _, row in kinds.get(kind, [])]
        customers = money(row["credit"] for row in first)
        coverage = Fraction(known) / Fraction(revenue) if revenue else Fraction(1)
        cost = self.cost_of(owners, "is_committed_cost")
        is_enough = coverage >= self.setting.profit_coverage_min
        # ctr and cpm are over the collaborations of which every post has been counted
        whole = {
            owner
            for owner in owners
            if (theirs := self.posts_of.get(owner))
            and all(seen[post_id][1] is not None for post_id in theirs)
        }
        counted = {post_id for owner in whole for post_id in self.posts_of[owner]}
        shown = total(seen[post_id][1] for post_id in counted)
        clicked = sum(click["collaboration_id"] in whole for click in self.clicks)
        ctr, conversion = wilson(clicked, shown), wilson(converting, clicks)
        emv = [amount for post_id in posts if (amount := self.emv_of(post_id)) is not None]
        return {
            "is_default_method": method == DEFAULT,
            "posts": len(posts),
            "engagements": engagements,
            "reach_sum_of_posts": total(reached),
            "posts_with_reach": sum(count is not None for count in reached),
            "impressions": total(count for _, count in seen.values()),
            "posts_with_impressions": sum(count is not None for _, count in seen.values()),
            "posts_in_ratios": len(counted),
            "impressions_basis": "mixed" if len(bases) > 1 else min(bases, default=None),
            "valid_clicks": clicks,
            "ctr": ratio(clicked, shown),
            "ctr_low": ctr[0],
            "ctr_high": ctr[1],
            "conversion_rate": ratio(converting, clicks),
            "conversion_rate_low": conversion[0],
            "conversion_rate_high": conversion[1],
            "attributed_orders": orders,
            "attributed_revenue": revenue,
            "attributed_profit": profit,
            "profit_coverage": float(coverage),
            "cost_committed": cost,
            "cost_paid": self.cost_of(owners, "is_paid_cost"),
            "roi": ratio(profit - cost, cost) if is_enough else None,
            "roas": ratio(revenue, cost),
            "cpm": ratio(1000 * self.cost_of(whole, "is_committed_cost"), shown),
            "cpe": ratio(cost, engagements),
            "cpc": ratio(cost, clicks),
            "cpa": ratio(cost, orders),
            "new_customers": customers,
            "cost_per_new_customer": ratio(cost, customers),
            "revenue_new": money(row["attributed_revenue"] for row in first),
            "revenue_repeat": money(row["attributed_revenue"] for row in further),
            "emv": money(emv) if emv else None,
            "paid_engagements": total(self.social.paid_at_end(post_id) for post_id in posts),
            "paid_reach_sum_of_posts": total(
                self.social.paid_at_end(post_id, "reach")
                for post_id, count in zip(posts, reached, strict=True)
                if count is not None
            ),
            "paid_impressions": total(
                self.social.paid_at_end(post_id, basis)
                for post_id, (basis, count) in seen.items()
                if count is not None
            ),
        }

    def cost_of(self, owners: set[str], which: str) -> Decimal:
        """What some collaborations cost: `is_committed_cost` or `is_paid_cost`."""
        rows = [row for row in self.costs.values() if row["collaboration_id"] in owners]
        return money(row["amount"] for row in rows if row[which])

    # what was watched

    def coverage(self) -> Table:
        """From which day on landing tells of orders, clicks and the mentions of each brand."""
        days = {
            "orders": [row["ordered_at"] for row in self.night.rows("orders")],
            "clicks": [row["clicked_at"] for row in self.night.rows("clicks")],
        }
        table: Table = {}
        for stream, moments in days.items():
            set_day = self.setting.coverage.get(stream)
            table[(stream, None)] = self._covered(set_day, moments)
        set_days = self.setting.coverage.get("mentions") or {}
        mentioned = group(list(self.social.fct_mentions().items()), lambda pair: pair[0][1])
        for brand_id in self.setting.brands:
            moments = [row["mentioned_at"] for _, row in mentioned.get(brand_id, [])]
            table[("mentions", brand_id)] = self._covered(set_days.get(brand_id), moments)
        return table

    def _covered(self, set_day: date | None, moments: list[datetime]) -> Row:
        first = self.setting.day_of(min(moments)) if moments else None
        start = set_day or first
        return {
            "covered_from": start,
            "covered_to": self.setting.day if start else None,
            "basis": "configured" if set_day else "first_event" if first else None,
        }

    @cached_property
    def watched_from(self) -> dict[tuple[Any, ...], date | None]:
        return {key: row["covered_from"] for key, row in self.coverage().items()}

    def share_covered(self, campaign: Row | None, stream: str) -> Fraction | None:
        """The share of a campaign's days on which a stream was watched; None before its start."""
        if campaign is None or self.setting.day < campaign["starts_on"]:
            return None
        start, watched = campaign["starts_on"], self.watched_from[(stream, None)]
        end = min(campaign["ends_on"] + timedelta(days=30), self.setting.day)
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        if watched is None or not days:
            return Fraction(0)
        return Fraction(sum(day >= watched for day in days), len(days))

    def result_state(self, campaign: Row | None) -> str | None:
        if campaign is None:
            return None
        share = self.share_covered(campaign, "orders")
        if share is None:
            return "planned"
        if share < 1:
            return "partly_covered" if share else "not_covered"
        return "running" if self.setting.day <= campaign["ends_on"] else "ended"

    def watched_figures(self, campaign: Row | None, owners: set[str], method: str) -> Row:
        """The figures of collaborations of a campaign, without what nobody watched."""
        figures = dict(self.figures(owners, method))
        orders, clicks = (self.share_covered(campaign, name) for name in ("orders", "clicks"))
        hidden = [
            *(OF_BOTH if not orders or not clicks else ()),
            *(() if orders else OF_ORDERS),
            *(() if clicks else OF_CLICKS),
            *(("roi",) if (orders or 0) < COVERED else ()),
        ]
        return {
            **figures,
            **dict.fromkeys(hidden),
            "orders_covered": ratio(orders, 1),
            "clicks_covered": ratio(clicks, 1),
            "result_state": self.result_state(campaign),
        }

    def is_told(self, collaboration: Row) -> bool:
        """Whether a collaboration's campaign has begun, and enough of its days were watched."""
        campaign = self.campaigns.get(collaboration["campaign_id"])
        return (self.share_covered(campaign, "orders") or 0) >= COVERED

    def collaborations_of(self, campaign_id: str) -> set[str]:
        return {
            key for key, row in self.collaborations.items() if row["campaign_id"] == campaign_id
        }

    def collaboration_performance(self) -> Table:
        return {
            (key, method): {
                "campaign_id": row["campaign_id"],
                "creator_id": row["creator_id"],
                **self.watched_figures(self.campaigns.get(row["campaign_id"]), {key}, method),
                "mentions_earned": None,
            }
            for key, row in self.collaborations.items()
            for method in METHODS
        }

    def campaign_performance(self) -> Table:
        return {
            (key, method): {
                **self.watched_figures(campaign, self.collaborations_of(key), method),
                "mentions_earned": self.earned_by(campaign),
            }
            for key, campaign in self.campaigns.items()
            for method in METHODS
        }

    @cached_property
    def earned(self) -> dict[str, dict[str, date]]:
        """The posts with an earned mention of each brand, and their days."""
        found: dict[str, dict[str, date]] = {}
        for (post_id, brand_id, _), row in self.social.fct_mentions().items():
            if row["relationship"] == "earned":
                found.setdefault(brand_id, {})[post_id] = self.social.posts[post_id]["day"]
        return found

    def earned_by(self, campaign: Row) -> int:
        days = self.earned.get(campaign["brand_id"], {}).values()
        return sum(campaign["starts_on"] <= day <= campaign["ends_on"] for day in days)

    def campaign_daily(self) -> Table:
        daily = self.social.fct_post_daily()
        clicks = group(self.clicks, lambda click: self.setting.day_of(click["clicked_at"]))
        by_default = [row for key, row in self.attribution.items() if key[1] == DEFAULT]
        attributed = group(by_default, lambda row: row["ordered_on"])
        costs = group(
            [row for row in self.costs.values() if row["is_committed_cost"]],
            lambda row: row["incurred_on"],
        )
        table: Table = {}
        for key, campaign in self.campaigns.items():
            owners = self.collaborations_of(key)
            posts = sorted({post for owner in owners for post in self.posts_of.get(owner, [])})
            day = campaign["starts_on"]
            while day <= self.setting.day:
                credited = [r for r in attributed.get(day, []) if r["collaboration_id"] in owners]
                table[(key, day)] = {
                    "posts": sum(self.social.posts[post_id]["day"] == day for post_id in posts),
                    "engagements_change": total(
                        daily.get((post_id, day), {}).get("engagements_change") for post_id in posts
                    ),
                    "valid_clicks": sum(
                        click["collaboration_id"] in owners for click in clicks.get(day, [])
                    )
                    if self.is_watched("clicks", day)
                    else None,
                    **dict.fromkeys(("attributed_orders", "attributed_revenue")),
                    "cost": money(
                        row["amount"]
                        for row in costs.get(day, [])
                        if row["collaboration_id"] in owners
                    ),
                }
                if self.is_watched("orders", day):
                    table[(key, day)] |= {
                        "attributed_orders": money(row["credit"] for row in credited),
                        "attributed_revenue": money(row["attributed_revenue"] for row in credited),
                    }
                day += timedelta(days=1)
        return table

    def is_watched(self, stream: str, day: date) -> bool:
        start = self.watched_from[(stream, None)]
        return start is not None and start <= day
