"""Money, clicks and orders; and which collaborations are live."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from . import text
from .setting import Night, group
from .streams import Row

LIVE = ("agreed", "active", "completed")
Table = dict[tuple[Any, ...], Row]


class Rates:
    """Exchange rates by pair and day."""

    def __init__(self, night: Night) -> None:
        self.to = night.setting.currency
        self.rates: dict[tuple[str, str], dict[date, Fraction]] = {}
        for row in night.rows("fx_rates"):
            pair = (row["base_currency"], row["quote_currency"])
            self.rates.setdefault(pair, {})[row["rate_date"]] = Fraction(row["rate"])

    def leg(self, base: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        """The latest rate on or before a day with its date: direct, else inverse."""
        for pair, inverse in (((base, quote), False), ((quote, base), True)):
            days = [at for at in self.rates.get(pair, {}) if at <= day]
            if days:
                rate = self.rates[pair][max(days)]
                return max(days), 1 / rate if inverse else rate
        return None

    def way(self, currency: str, day: date) -> tuple[Fraction, date, str | None] | None:
        """What one unit of a currency is worth in the reporting currency on a day.

        With the day of the rate (of the older one, where it took two) and the middle currency.
        """
        if currency == self.to:
            return Fraction(1), day, None
        if direct := self.leg(currency, self.to, day):
            return direct[1], direct[0], None
        best: tuple[Fraction, date, str | None] | None = None
        for middle in sorted({name for pair in self.rates for name in pair}):
            if middle in (currency, self.to):
                continue
            first, second = self.leg(currency, middle, day), self.leg(middle, self.to, day)
            if first and second:
                older = min(first[0], second[0])
                if best is None or older > best[1]:
                    best = (first[1] * second[1], older, middle)
        return best

    def rate(self, currency: str, day: date) -> Fraction | None:
        way = self.way(currency, day)
        return way[0] if way else None

    def convert(self, amount: Fraction | None, currency: str, day: date) -> Decimal | None:
        """An amount in the reporting currency, rounded once, half up, to 4 decimals."""
        rate = self.rate(currency, day)
        return None if amount is None or rate is None else rounded(amount * rate)


def rounded(amount: Fraction, places: int = 4) -> Decimal:
    """Half up, away from zero."""
    scaled = abs(amount) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Decimal(-whole if amount < 0 else whole).scaleb(-places)


def live_collaborations(night: Night) -> dict[str, Row]:
    """The live collaborations whose campaign is known, with their campaign's brand and days."""
    campaigns = {row["campaign_id"]: row for row in night.rows("campaigns")}
    return {
        row["collaboration_id"]: {
            **row,
            "brand_id": campaigns[row["campaign_id"]]["brand_id"],
            "starts_on": campaigns[row["campaign_id"]]["starts_on"],
            "ends_on": campaigns[row["campaign_id"]]["ends_on"],
            "window": timedelta(
                days=campaigns[row["campaign_id"]]["attribution_window_days"]
                or night.setting.window_days
            ),
        }
        for row in night.rows("collaborations")
        if row["status"] in LIVE and row["campaign_id"] in campaigns
    }


def dim_campaign(night: Night) -> Table:
    rates, day = Rates(night), night.setting.day
    table: Table = {}
    for row in night.rows("campaigns"):
        status = "running" if row["starts_on"] <= day <= row["ends_on"] else "planned"
        budget = row["budget"]
        table[(row["campaign_id"],)] = {
            "brand_id": row["brand_id"],
            "campaign_name": row["campaign_name"],
            "objective": row["objective"],
            "starts_on": row["starts_on"],
            "ends_on": row["ends_on"],
            # the event's day of a budget is the campaign's start
            "budget_amount": None
            if budget is None
            else rates.convert(Fraction(budget), row["currency"], min(row["starts_on"], day)),
            "goal_metric": row["goal_metric"],
            "goal_value": row["goal_value"],
            "status": "ended" if day > row["ends_on"] else status,
            "attribution_window_days": row["attribution_window_days"] or night.setting.window_days,
        }
    return table


@cache
def bot_pattern() -> re.Pattern[str]:
    source = files("crawleruseragents").joinpath("crawler-user-agents.json")
    patterns = [entry["pattern"] for entry in json.loads(source.read_text(encoding="utf-8"))]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def fct_clicks(night: Night) -> Table:
    links = {row["link_id"]: row for row in night.rows("tracking_links")}
    collaborations = {row["collaboration_id"] for row in night.rows("collaborations")}
    by_utm: dict[tuple[str, str], str] = {}
    for link_id in sorted(links, reverse=True):
        if utm := _utm(links[link_id]["url"]):
            by_utm[utm] = link_id
    is_bot = bot_pattern()
    clicks = []
    for row in night.rows("clicks"):
        link_id = row["link_id"] if row["link_id"] in links else None
        if link_id is None and (utm := _utm(row["landing_url"])):
            link_id = by_utm.get(utm)
        owner = links[link_id]["collaboration_id"] if link_id else None
        clicks.append(
            {
                "click_id": row["click_id"],
                "clicked_at": row["clicked_at"],
                "link_id": link_id,
                "collaboration_id": owner if owner in collaborations else None,
                "visitor_id": row["visitor_id"],
                "is_bot": bool(row["user_agent"] and is_bot.search(row["user_agent"])),
                "is_duplicate": False,
                "source": min(row["told_by"], key=lambda name: _place(night, name)),
                "is_other_door": False,
            }
        )
    people = [c for c in clicks if not c["is_bot"] and c["link_id"] and c["visitor_id"]]
    for chain in group(people, lambda c: (c["link_id"], c["visitor_id"], c["source"])).values():
        chain.sort(key=lambda c: (c["clicked_at"], c["click_id"]))
        for before, click in pairwise(chain):
            gap = click["clicked_at"] - before["clicked_at"]
            click["is_duplicate"] = gap < timedelta(minutes=30)
    # one tap is one click: of those who tell of a link's clicks on a day, one counts
    linked = [c for c in clicks if c["link_id"]]
    for told in group(
        linked, lambda c: (c["link_id"], night.setting.day_of(c["clicked_at"]))
    ).values():
        sources = {c["source"] for c in told if not c["is_bot"]}
        counts = min(sources, key=lambda name: _place(night, name), default=None)
        for click in told:
            click["is_other_door"] = counts is not None and click["source"] != counts
    return {
        (c.pop("click_id"),): {
            **c,
            "is_valid": not (c["is_bot"] or c["is_duplicate"] or c["is_other_door"]),
        }
        for c in clicks
    }


def _compared(night: Night) -> list[tuple[Row, Row]]:
    """Clicks of people of the last 28 days on links of live collaborations, each with its owner.

    Of brands of whose links several sources tell of clicks.
    """
    live, day = live_collaborations(night), night.setting.day
    told = [
        (click, live[click["collaboration_id"]])
        for click in fct_clicks(night).values()
        if click["collaboration_id"] in live
        and not click["is_bot"]
        and not click["is_duplicate"]
        and night.setting.day_of(click["clicked_at"]) > day - timedelta(days=28)
    ]
    sources = {(owner["brand_id"], click["source"]) for click, owner in told}
    brands = [brand for brand, _ in sources]
    return [pair for pair in told if brands.count(pair[1]["brand_id"]) > 1]


def _hour(click: Row) -> datetime:
    return click["clicked_at"].replace(minute=0, second=0, microsecond=0, tzinfo=None)


def _doors(night: Night, key: Callable[[Row, Row], tuple[Any, ...]]) -> Table:
    """What each source tells, by a key of a click and its owner, in the hours that it is there."""
    told = _compared(night)
    table: Table = {}
    for brand in {owner["brand_id"] for _, owner in told}:
        mine = [(click, owner) for click, owner in told if owner["brand_id"] == brand]
        for source in {click["source"] for click, _ in mine}:
            since = min(_hour(click) for click, _ in mine if click["source"] == source)
            later = [(c, o) for c, o in mine if _hour(c) >= since]
            for part, clicks in group(later, lambda pair: key(*pair)).items():
                own = [c for c, _ in clicks if c["source"] == source]
                hours = {_hour(c) for c, _ in clicks}
                counted = sum(c["is_valid"] for c, _ in clicks)
                table[(*part, source)] = {
                    "clicks": len(own),
                    "clicks_counted": sum(c["is_valid"] for c in own),
                    "clicks_in_reports": counted,
                    "clicks_ratio": float(Fraction(len(own), counted)) if counted else None,
                    "hours_compared": len(hours),
                    "hours_silent": len(hours - {_hour(c) for c in own}),
                    "first_clicked_at": min((c["clicked_at"] for c in own), default=None),
                    "last_clicked_at": max((c["clicked_at"] for c in own), default=None),
                    "campaign_id": clicks[0][1]["campaign_id"],
                    "brand_id": brand,
                }
    return table


def click_doors(night: Night) -> Table:
    return _doors(night, lambda _, owner: (owner["collaboration_id"],))


def click_door_hours(night: Night) -> Table:
    of_hours = ("clicks", "clicks_counted", "clicks_in_reports", "clicks_ratio")
    return {
        key: {name: row[name] for name in of_hours}
        for key, row in _doors(
            night, lambda click, owner: (owner["brand_id"], _hour(click))
        ).items()
    }


def orphan_clicks(night: Night) -> Table:
    """Clicks of people of 90 days that meet no link, where one has nearly their UTM values."""
    links = [
        (utm, row) for row in night.rows("tracking_links") if (utm := _utm(row["url"])) is not None
    ]
    known = {row["collaboration_id"] for row in night.rows("collaborations")}
    urls = {row["click_id"]: row["landing_url"] for row in night.rows("clicks")}
    found: dict[tuple[str, str, str], list[date]] = {}
    for (click_id,), click in fct_clicks(night).items():
        day = night.setting.day_of(click["clicked_at"])
        utm = _utm(urls[click_id])
        is_stray = utm and not click["link_id"] and not click["is_bot"]
        if is_stray and day > night.setting.day - timedelta(days=90):
            found.setdefault((*utm, click["source"]), []).append(day)
    table: Table = {}
    for (*utm, source), days in found.items():
        near = sorted(
            (edits, row["link_id"], names, row["collaboration_id"])
            for names, row in links
            if (edits := _edits_between((utm[0], utm[1]), names)) is not None
        )
        if near:
            _, link_id, names, owner = near[0]
            table[(*utm, source)] = {
                "clicks": len(days),
                "first_clicked_on": min(days),
                "last_clicked_on": max(days),
                "likely_link_id": link_id,
                "likely_utm_campaign": names[0],
                "likely_utm_content": names[1],
                "collaboration_id": owner if owner in known else None,
            }
    return table


def _edits_between(written: tuple[str, str], meant: tuple[str, str]) -> int | None:
    """The edits from one pair of UTM values to another; None where they are not near."""
    best = None
    for same, other in ((0, 1), (1, 0)):
        if not _bare(written[same]) or _bare(written[same]) != _bare(meant[same]):
            continue
        one, two = _bare(written[other]), _bare(meant[other])
        edits = _edits(one.encode(), two.encode())
        if [c for c in one if c.isdecimal()] != [c for c in two if c.isdecimal()]:
            continue
        if 4 * edits <= len(two):
            best = edits if best is None else min(best, edits)
    return best


def _bare(name: str) -> str:
    return "".join(c for c in name if unicodedata.category(c)[0] in "LM" or c.isdecimal())


def _edits(one: bytes, two: bytes) -> int:
    """How many bytes have to be put in, taken out or changed."""
    row = list(range(len(two) + 1))
    for i, sign in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(two, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (sign != other))
    return row[-1]


def _place(night: Night, source: str) -> tuple[float, str]:
    """Where a source of clicks stands among those of the configuration; a smaller one counts."""
    prefer = night.setting.prefer
    if source in prefer:
        return float(prefer.index(source)), source
    return (prefer.index("inbox") + 0.5 if "inbox" in prefer else float(len(prefer))), source


def _utm(url: str | None) -> tuple[str, str] | None:
    found = text.parameters(url)
    if "utm_campaign" in found and "utm_content" in found:
        return found["utm_campaign"], found["utm_content"]
    return None


def promo_collaboration(codes: list[Row], code: str, day: date) -> str | None:
    """The collaboration of the row of a code that applies on a day."""
    valid = [
        row
        for row in codes
        if row["code"] == code
        and row["valid_from"] <= day
        and (row["valid_to"] is None or day <= row["valid_to"])
    ]
    return max(valid, key=lambda row: row["valid_from"])["collaboration_id"] if valid else None


def touches(night: Night) -> dict[str, list[tuple[datetime, str, str, str]]]:
    """Touches of each order: (touched_at, kind, click_id or code, collaboration_id), in order."""
    live = live_collaborations(night)
    valid = group(
        [
            (key[0], click)
            for key, click in fct_clicks(night).items()
            # told of by another source, too, it still says who the visitor is
            if not click["is_bot"]
            and not click["is_duplicate"]
            and click["visitor_id"]
            and click["collaboration_id"] in live
        ],
        lambda pair: pair[1]["visitor_id"],
    )
    codes = night.rows("promo_codes")
    found = {}
    for order in night.rows("orders"):
        at, path = order["ordered_at"], []
        if order["order_kind"] == "renewal" and not night.setting.credits_renewals:
            found[order["order_id"]] = []
            continue
        for click_id, click in valid.get(order["visitor_id"], []):
            window = live[click["collaboration_id"]]["window"]
            if at - window <= click["clicked_at"] <= at:
                path.append((click["clicked_at"], "click", click_id, click["collaboration_id"]))
        for code in order["discount_codes"] or []:
            owner = promo_collaboration(codes, code, night.setting.day_of(at))
            if owner in live:
                path.append((at, "code", code, str(owner)))
        found[order["order_id"]] = sorted(path, key=lambda t: (t[0], t[1] != "click", t[2]))
    return found


def fct_orders(night: Night) -> Table:
    rates = Rates(night)
    refunds = group(night.rows("refunds"), lambda row: row["order_id"])
    paths = touches(night)
    orders = [r for r in night.rows("orders") if r["status"] == "placed" and not r["is_test"]]
    first: dict[str, str] = {}
    for row in sorted(orders, key=lambda r: (r["ordered_at"], r["order_id"])):
        first.setdefault(row["customer_id"], row["order_id"])
    table: Table = {}
    for row in orders:
        sold = Fraction(row["gross_amount"]) - Fraction(row["gift_card_amount"] or 0)
        paid = sold - Fraction(row["discount_amount"] or 0)
        back = sum(Fraction(refund["amount"]) for refund in refunds.get(row["order_id"], []))
        net = max(paid - back, Fraction(0))
        cost = None if row["cost_of_goods"] is None else Fraction(row["cost_of_goods"])
        kept = net / paid if paid else Fraction(1)
        profit = None if cost is None else net - cost * kept
        day, customer = night.setting.day_of(row["ordered_at"]), row["customer_id"]
        is_first = None if customer is None else first[customer] == row["order_id"]
        table[(row["order_id"],)] = {
            "ordered_at": row["ordered_at"],
            "net_revenue": rates.convert(net, row["currency"], day),
            "gross_profit": rates.convert(profit, row["currency"], day),
            "is_new_customer": is_first,
            "order_kind": "renewal"
            if row["order_kind"] == "renewal"
            else {None: None, True: "new", False: "repeat"}[is_first],
            "touches": len(paths[row["order_id"]]),
        }
    return table
