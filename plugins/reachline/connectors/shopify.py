"""Shopify: the orders of a shop, by when they changed.

https://shopify.dev/docs/api/admin-graphql. A query costs points, which come back by the clock. How
a customer came (the journey) is worked out some time after the order: one that is not ready is
asked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso, parse
from reachline.connectors.http import Answer
from reachline.connectors.interests import Interests
from reachline.connectors.records import decoded
from reachline.connectors.types import Known, Page, Query, Record, Reread, RunState, Stop, Window

log = logging.getLogger("reachline.connectors")

PAGE = 40
"""Some 750 of the 1,000 points that one query may cost."""
_MONEY = "{ shopMoney { amount currencyCode } }"
_VISIT = """{
    id landingPage referrerUrl occurredAt
    utmParameters { source medium campaign content term }
}"""
_ORDER = f"""
    id name createdAt processedAt updatedAt cancelledAt test currencyCode
    discountCodes taxesIncluded
    subtotalPriceSet {_MONEY}
    totalDiscountsSet {_MONEY}
    totalTaxSet {_MONEY}
    totalShippingPriceSet {_MONEY}
    currentTotalPriceSet {_MONEY}
    customer {{ id }}
    customerJourneySummary {{ ready firstVisit {_VISIT} lastVisit {_VISIT} }}
"""
# what was refunded of items alone is told line by line, which costs points: asked where needed
_REFUNDS = f"""
    refunds {{ id createdAt totalRefundedSet {_MONEY}
        refundLineItems(first: 100) {{ nodes {{ quantity subtotalSet {_MONEY} }} }} }}
"""
_CHANGED = f"""query changed($query: String!, $after: String, $first: Int!) {{
  orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {{
    nodes {{ {_ORDER} refunds {{ id }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_ONE = f"query one($id: ID!) {{ order(id: $id) {{ {_ORDER} {_REFUNDS} }} }}"


class _Order(msgspec.Struct, rename="camel"):
    gid: str = msgspec.field(name="id")
    updated_at: str
    created_at: str

    @property
    def id(self) -> str:
        """An order lands each time that it changed."""
        return f"{self.gid}@{self.updated_at}"

    @property
    def at(self) -> str:
        return self.created_at


class _Journey(msgspec.Struct):
    ready: bool = True


class _Seen(msgspec.Struct, rename={"journey": "customerJourneySummary"}):
    id: str
    journey: _Journey | None = None
    refunds: list[Any] = []


class Shopify(Connector):
    """Orders with codes, journeys and refunds."""

    source = "shopify"
    reread = Reread("orders", batch=1)

    def open(self) -> None:
        """Take the shop's access token from the connection's password."""
        token = self.connection.need(self.source, "password")
        address = self.connection.base_url(f"https://{self.options.shop}")
        self.server = self.api(address, headers={"X-Shopify-Access-Token": token})
        self.path = f"/admin/api/{self.options.api_version}/graphql.json"

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for the orders that changed."""
        yield Query("orders", "orders")

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what changed since the cursor, the oldest change first.

        What changes meanwhile moves out of the window, and comes with the next one. An order that
        the shop does not give with its refunds holds up no other: the cursor keeps it as `owed`.
        """
        cursor = dict(cursor or {"since": iso(window.first)})
        owed: list[str] = []
        found = [whole for gid in cursor.pop("owed", ()) for whole in self._whole(gid, owed)]
        while True:
            until = cursor.get("until") or iso(window.now)
            bounds = f"updated_at:>='{cursor['since']}' AND updated_at:<'{until}'"
            variables = {"query": bounds, "after": cursor.get("after"), "first": PAGE}
            answer = self._ask(_CHANGED, variables)
            info = answer.json()["data"]["orders"]["pageInfo"]
            following = info["endCursor"] if info["hasNextPage"] else None
            if info["hasNextPage"] and following in (None, cursor.get("after")):
                text = f"{self.options.shop} names the page again that was read"
                raise Stop(RunState.PARTIAL, text, whole_server=False)
            is_done = following is None and parse(until) >= window.now
            cursor = (
                {**cursor, "until": until, "after": following} if following else {"since": until}
            )
            orders = answer.records("data.orders.nodes[*]", _Order)
            found += [whole for order in orders for whole in self._with_refunds(order, owed)]
            yield Page(found, {**cursor, **({"owed": owed} if owed else {})})
            found = []
            if is_done:
                break
        if owed:
            text = f"{self.options.shop} does not give {', '.join(owed[:5])} with its refunds"
            raise Stop(RunState.FAILED, f"{text}; asked for again", whole_server=False)

    def _with_refunds(self, order: Record, owed: list[str]) -> Iterator[Record]:
        """Yield an order, whole; where the shop does not give it, add it to `owed`."""
        seen = decoded(order, _Seen)
        if seen is None or not seen.refunds:
            yield order
            return
        yield from self._whole(seen.id, owed)

    def _whole(self, gid: str, owed: list[str]) -> list[Record]:
        try:
            return self._ask(_ONE, {"id": gid}).records("data.order", _Order)
        except Stop as stop:
            if stop.state != RunState.FAILED or not stop.was_asked:
                raise
            log.warning("shopify %s: %s", gid, stop)
            owed.append(gid)
            return []

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask again for orders whose journey was not ready."""
        for order in posts:
            known = msgspec.json.decode(order.raw, type=_Seen)
            if known.journey is None or known.journey.ready:
                continue
            for record in self._ask(_ONE, {"id": known.id}).records("data.order", _Order):
                yield Record(record.raw, order.id, record.at)

    def _ask(self, query: str, variables: dict[str, Any]) -> Answer:
        """Return an answer with data; wait for points where they are short."""
        while True:
            body = {"query": query, "variables": variables}
            answer = self.server.call(self.path, method="POST", json=body)
            body = answer.json()
            cost = (body.get("extensions") or {}).get("cost") or {}
            errors = body.get("errors") or []
            codes = {(error.get("extensions") or {}).get("code") for error in errors}
            if "THROTTLED" in codes:
                self.server.wait(max(_seconds_short(cost), 1.0))
                continue
            if codes & {"ACCESS_DENIED", "UNAUTHORIZED"}:
                raise Stop(RunState.AUTH_EXPIRED, f"{self.options.shop}: {errors[0]['message']}")
            if errors:
                text = f"{self.options.shop}: {errors[0].get('message')}"
                raise Stop(RunState.FAILED, text, whole_server=False)
            return answer


def _seconds_short(cost: dict[str, Any]) -> float:
    status = cost.get("throttleStatus") or {}
    short = cost.get("requestedQueryCost", 0) - status.get("currentlyAvailable", 0)
    return float(short) / float(status.get("restoreRate") or 50)
