"""Which promo codes are likely leaked, or used by their own creators."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from .commerce import Table
from .finding import Finding, whole_percent
from .returns import Returns, money
from .setting import group, ratio
from .social import Social
from .streams import Row

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Codes:
    """The codes of a night; each part is computed once."""

    social: Social
    returns: Returns
    finding: Finding

    @cached_property
    def post_days(self) -> dict[tuple[str, str], dict[date, bool]]:
        """The days with a post of a creator about a brand, and whether one of them was paid."""
        found: dict[tuple[str, str], dict[date, bool]] = {}
        for post_id, post in self.social.originals.items():
            creator = self.social.creator_of.get(post["account_id"])
            told = [(creator, brand_id, False) for brand_id in self.social.kinds[post_id]]
            owners = [self.social.live[owner] for owner in self.social.owners[post_id]]
            told += [(row["creator_id"], row["brand_id"], True) for row in owners]
            for who, brand_id, is_paid in told:
                days = found.setdefault((str(who), brand_id), {})
                days[post["day"]] = days.get(post["day"], False) or is_paid
        return found

    @cached_property
    def seen(self) -> set[str | None]:
        """The creators of whom any post is known."""
        return {
            self.social.creator_of.get(post["account_id"]) for post in self.social.posts.values()
        }

    @cached_property
    def customers(self) -> dict[str, set[str]]:
        """The customers who a creator is."""
        found: dict[str, set[str]] = {}
        night = self.social.night
        for row in night.rows("customers"):
            for creator in night.rows("creators"):
                address = (creator["email"] or "").lower().encode()
                if address and hashlib.sha256(address).hexdigest() == row["email_sha256"]:
                    found.setdefault(creator["creator_id"], set()).add(row["customer_id"])
            if row["platform"] and row["handle"]:
                end = self.social.setting.end
                account = self.finding.carrier(row["platform"], row["handle"], end)
                if account in self.social.creator_of:
                    creator_id = self.social.creator_of[account]
                    found.setdefault(creator_id, set()).add(row["customer_id"])
        return found

    def code_health(self) -> Table:
        today = self.social.setting.day
        rows = [
            row
            for row in self.social.night.rows("promo_codes")
            if row["collaboration_id"] in self.social.live and row["valid_from"] <= today
        ]
        return {
            (code,): self._code(code, sorted(mine, key=lambda row: row["valid_from"]))
            for code, mine in group(rows, lambda row: row["code"]).items()
        }

    def _code(self, code: str, rows: list[Row]) -> Row:
        setting, live = self.social.setting, self.social.live
        bounds = setting.codes
        newest = live[rows[-1]["collaboration_id"]]
        owned = [live[row["collaboration_id"]] for row in rows]
        creators = {row["creator_id"] for row in owned}
        since = rows[0]["valid_from"]
        ends = [row["valid_to"] for row in rows]
        until = min(max(end or setting.day for end in ends), setting.day)
        orders_from = self.returns.watched_from[("orders", None)]
        clicks_from = self.returns.watched_from[("clicks", None)]

        told: dict[date, bool] = {}
        for row in owned:
            for day, is_paid in self.post_days.get(
                (row["creator_id"], row["brand_id"]), {}
            ).items():
                told[day] = told.get(day, False) or is_paid
        is_seen = bool(told) or bool(creators & self.seen)
        early = timedelta(days=int(bounds["post_days"]))
        posts = [
            day for day, is_paid in told.items() if day >= since - (early if is_paid else 0 * DAY)
        ]
        first = min(posts, default=None)
        about: Row = {
            "collaboration_id": newest["collaboration_id"],
            "creator_id": newest["creator_id"],
            "brand_id": newest["brand_id"],
            "collaborations_with_code": len({row["collaboration_id"] for row in rows}),
            "valid_from": since,
            "valid_to": None if None in ends else max(ends),
            "first_post_on": first,
            "last_post_on": max(posts, default=None),
        }
        if orders_from is None or until < orders_from:
            return about | dict.fromkeys(
                (
                    *("likely_leaked", "is_self_referred", "reasons", "orders", "early_orders"),
                    *("revenue_with_code", "first_order_on", "last_order_on", "own_orders"),
                    *("orders_with_visitor", "untouched_orders", "no_touch_share"),
                    *("orders_with_customer", "orders_of_new_customers", "new_customer_share"),
                    *("other_new_customer_share", "days_after_posts", "days_without_posts"),
                    *("orders_after_posts", "orders_without_posts"),
                    *("orders_per_day_after_posts", "orders_per_day_without_posts"),
                )
            )

        def is_told(day: date) -> bool:
            return any(post <= day <= post + early for post in posts)

        orders = []
        for order_id, path in self.returns.paths.items():
            order = self.returns.orders.get((order_id,))
            if order and any((kind, key) == ("code", code) for _, kind, key, _ in path):
                clicked = {
                    live[owner]["creator_id"] for _, kind, _, owner in path if kind == "click"
                }
                row = next(r for r in self.social.night.rows("orders") if r["order_id"] == order_id)
                day = setting.day_of(row["ordered_at"])
                has_visitor = row["visitor_id"] is not None
                is_clicked = bool(clicked & creators)
                orders.append((day, {**row, **order}, is_clicked, has_visitor))
        cold = [day for day, _, is_clicked, _ in orders if not is_clicked]
        known = [
            (day, is_clicked)
            for day, _, is_clicked, has_visitor in orders
            if has_visitor and clicks_from and day >= clicks_from
        ]
        untouched = [day for day, is_clicked in known if not is_clicked and not is_told(day)]
        kinds = [order["order_kind"] for _, order, _, _ in orders]
        new, buyers = kinds.count("new"), kinds.count("new") + kinds.count("repeat")
        days = [day for day, *_ in orders]
        others = [
            row["order_kind"]
            for row in self.returns.orders.values()
            if days
            and row["touches"] == 0
            and min(days) <= setting.day_of(row["ordered_at"]) <= max(days)
        ]
        other_new = others.count("new")
        other_buyers = other_new + others.count("repeat")
        own = {name for creator in creators for name in self.customers.get(creator, ())}
        own_orders = sum(order["customer_id"] in own for _, order, _, _ in orders)
        start = max(day for day in (since, orders_from, first) if day)
        told_days = [start + n * DAY for n in range((until - start).days + 1)] if first else []
        after = [day for day in told_days if is_told(day)]
        sold_after = [day for day in cold if first and day >= start and is_told(day)]
        sold_without = [day for day in cold if first and day >= start and not is_told(day)]
        early_orders = sum(first is None or day < first for day in cold)
        knows_early = is_seen and (
            first is None or first <= since or first > max(since, orders_from)
        )
        without = len(told_days) - len(after)

        signs = {
            "early": knows_early and early_orders >= bounds["early_orders"],
            "cold": is_seen
            and len(untouched) >= bounds["orders_min"]
            and len(untouched) >= bounds["no_touch_share"] * len(known),
            "old": buyers >= bounds["orders_min"]
            and bool(other_buyers)
            and new * other_buyers < bounds["new_customers_ratio"] * other_new * buyers,
            "late": len(sold_without) >= bounds["orders_min"]
            and bool(after)
            and len(sold_without) * len(after)
            >= bounds["without_posts_ratio"] * len(sold_after) * without,
            "own": own_orders >= bounds["own_orders"],
        }
        rates = [ratio(len(sold_without), without), ratio(len(sold_after), len(after))]
        reasons = []
        if signs["early"]:
            which = "its first" if first else "any"
            reasons.append(f"orders before {which} post: {early_orders}")
        if signs["cold"]:
            share = whole_percent(len(untouched), len(known))
            reasons.append(f"{share} of its orders without a click or a post")
        if signs["old"]:
            mine, theirs = whole_percent(new, buyers), whole_percent(other_new, other_buyers)
            reasons.append(
                f"new customers in {mine} of its orders, in {theirs} of the shop's others"
            )
        if signs["late"]:
            shown = [
                f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"
                for rate in rates
                if rate is not None
            ]
            reasons.append(f"orders a day long after posts: {shown[0]}, after posts: {shown[1]}")
        if signs["own"]:
            reasons.append(f"orders of its own creator: {own_orders}")
        return about | {
            "likely_leaked": signs["early"] or signs["cold"] + signs["old"] + signs["late"] >= 2,
            "is_self_referred": signs["own"],
            "reasons": "; ".join(reasons) or None,
            "orders": len(orders),
            "revenue_with_code": money(
                order["net_revenue"]
                for _, order, _, _ in orders
                if order["net_revenue"] is not None
            ),
            "first_order_on": min(days, default=None),
            "last_order_on": max(days, default=None),
            "early_orders": early_orders if knows_early else None,
            "orders_with_visitor": len(known),
            "untouched_orders": len(untouched) if is_seen else None,
            "no_touch_share": ratio(len(untouched), len(known)) if is_seen else None,
            "orders_with_customer": buyers,
            "orders_of_new_customers": new,
            "new_customer_share": ratio(new, buyers),
            "other_new_customer_share": ratio(other_new, other_buyers),
            "days_after_posts": len(after) if first else None,
            "days_without_posts": without if first else None,
            "orders_after_posts": len(sold_after) if first else None,
            "orders_without_posts": len(sold_without) if first else None,
            "orders_per_day_after_posts": rates[1],
            "orders_per_day_without_posts": rates[0],
            "own_orders": own_orders,
        }
