"""The daily export of GA4 to BigQuery, as files of JSON lines: events_YYYYMMDD.jsonl.gz.

https://support.google.com/analytics/answer/7029846. A day's file is there from the next morning on,
and events that come late join it for up to two days more. Visits of known bots are left out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal, digits, number
from reachline.sandbox.platforms.state import State

# when the export of the day before is there
_READY = timedelta(hours=5)


class GA4(Platform):
    """Files in a folder; nothing answers over HTTP."""

    name = "ga4"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return no calls."""
        return {}

    def limited(self, call: Call) -> Refusal:
        """Return what there is to say: read the files."""
        return self.unknown(call)

    expired = failed = limited

    def unknown(self, call: Call) -> Refusal:
        """Return what there is to say: read the files."""
        return Refusal(404, {"error": "GA4 exports are files: see the option --ga4"})

    def truth(self, state: State, query: str) -> list[str]:
        """Return timestamp, user and name of every event exported by now, asked for as `events`."""
        if query != "events":
            raise ValueError(f"query {query!r}: ask for events")
        return [event_id(event) for events in _days(state).values() for event in events]


def event_id(event: dict[str, Any]) -> str:
    """Return what tells an event apart: it has no id of its own."""
    return "|".join(str(event[n]) for n in ("event_timestamp", "user_pseudo_id", "event_name"))


def write_exports(state: State, folder: Path) -> list[Path]:
    """Write the exports that there are by the clock, each whole at once; return their paths.

    Files whose content is the same are left alone, so that what changed can be told by its time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for day, events in _days(state).items():
        path = folder / f"events_{day:%Y%m%d}.jsonl.gz"
        lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
        raw = gzip.compress(lines.encode(), mtime=0)
        if not path.is_file() or path.read_bytes() != raw:
            part = path.with_suffix(".part")
            part.write_bytes(raw)
            part.replace(path)
        paths.append(path)
    return paths


def _days(state: State) -> dict[date, list[dict[str, Any]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for arrives, event in _events(state):
        day = datetime.strptime(event["event_date"], "%Y%m%d").date()  # noqa: DTZ007  UTC, as all
        ready = datetime.combine(day + timedelta(days=1), time(), UTC) + _READY
        if max(ready, arrives) <= state.now:
            days.setdefault(day, []).append(event)
    return days


def _events(state: State) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield visits and purchases with the moment at which each reaches the export."""
    for click in state.market.clicks:
        if click["is_bot"] or click["clicked_at"] > state.now:
            continue
        page = click["landing_url"] or click["link_url"]
        params = {"page_location": page, "page_referrer": click["referrer"]}
        visitor = None if click["visitor"] is None else f"vis-{click['visitor']}"
        event = _event(click["clicked_at"], "page_view", visitor, page, params)
        yield _arrival(click["clicked_at"], click["click_id"]), event
    for order in state.market.orders:
        if order["is_test"] or order["ordered_at"] > state.now:
            continue
        value = order["gross_amount"] - (order["discount_amount"] or 0)
        params = {
            "transaction_id": order["order_id"],
            "currency": order["currency"],
            "value": float(value),
            "coupon": "|".join(order["discount_codes"]) or None,
        }
        event = _event(order["ordered_at"], "purchase", order["visitor_id"], None, params)
        event["ecommerce"] = {
            "transaction_id": order["order_id"],
            "total_item_quantity": "1",
            "purchase_revenue": float(value),
            "shipping_value": float(order["shipping_amount"]),
            "tax_value": float(order["tax_amount"]),
        }
        yield _arrival(order["ordered_at"], order["order_id"]), event


def _arrival(at: datetime, identity: str) -> datetime:
    """Return when an event is there: one in forty is a day or two late."""
    late = number("late", identity)
    return at + timedelta(days=1 + late // 40 % 2) if late % 40 == 0 else at


def _event(
    at: datetime, name: str, visitor: str | None, page: str | None, params: dict[str, Any]
) -> dict[str, Any]:
    utm = {key.lower(): values[-1] for key, values in parse_qs(urlsplit(page or "").query).items()}
    moment = str(int(at.timestamp() * 1_000_000))
    # without consent there is no id of the browser
    pseudo = None if visitor is None else f"{digits(10, 'browser', visitor)}.1770000000"
    return {
        "event_date": f"{at:%Y%m%d}",
        "event_timestamp": moment,
        "event_name": name,
        "event_params": [
            {"key": key, "value": _value(value)}
            for key, value in params.items()
            if value is not None
        ],
        "event_bundle_sequence_id": digits(9, "bundle", moment, visitor),
        "user_id": visitor,
        "user_pseudo_id": pseudo,
        "privacy_info": {
            "analytics_storage": "No" if visitor is None else "Yes",
            "ads_storage": "No" if visitor is None else "Yes",
        },
        "device": {"category": "mobile", "language": "en-us"},
        "geo": {"country": "United States"},
        "traffic_source": {
            "name": utm.get("utm_campaign"),
            "medium": utm.get("utm_medium"),
            "source": utm.get("utm_source"),
        },
        "collected_traffic_source": {
            "manual_campaign_name": utm.get("utm_campaign"),
            "manual_source": utm.get("utm_source"),
            "manual_medium": utm.get("utm_medium"),
            "manual_content": utm.get("utm_content"),
            "manual_term": utm.get("utm_term"),
        },
        "stream_id": "1000000001",
        "platform": "WEB",
    }


def _value(value: object) -> dict[str, Any]:
    kind = "double_value" if isinstance(value, float) else "string_value"
    return {kind: value}
