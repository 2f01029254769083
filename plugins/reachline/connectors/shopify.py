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
from reachline.connectors.records import decoded, keyed_records
from reachline.connectors.types import Known, Page, Query, Record, Reread, RunState, Stop, Window

log = logging.getLogger("reachline.connectors")

PAGE = 16
"""Some 980 of the 1,000 points that one query may cost."""
SALES = 80
"""As many sales of one order as a query can pay for, some 900 points."""
_FEW = {"agreements": 1, "agreement": None, "sales": 4, "sale": None}
"""What a page tells of each order: most were never edited or refunded, and are of few lines."""
_MONEY = "{ shopMoney { amount currencyCode } }"
_VISIT = """{
    id landingPage referrerUrl occurredAt
    utmParameters { source medium campaign content term }
}"""
# The agreements are the shop's own ledger: each sale, return, fee and adjustment, its tax apart
# whether prices include it or not.
_ORDER = f"""
    id name createdAt processedAt updatedAt cancelledAt test currencyCode
    sourceName tags discountCodes
    currentTotalPriceSet {_MONEY}
    refundDiscrepancySet {_MONEY}
    customer {{ id }}
    customerJourneySummary {{ ready firstVisit {_VISIT} lastVisit {_VISIT} }}
    agreements(first: $agreements, after: $agreement) {{
        nodes {{
            id happenedAt
            ... on RefundAgreement {{ refund {{ id }} }}
            sales(first: $sales, after: $sale) {{
                nodes {{
                    actionType lineType quantity
                    totalAmount {_MONEY}
                    totalTaxAmount {_MONEY}
                    totalDiscountAmountBeforeTaxes {_MONEY}
                    ... on ProductSale {{
                        lineItem {{ variant @include(if: $costs) {{
                            inventoryItem {{ unitCost {{ amount currencyCode }} }}
                        }} }}
                    }}
                }}
                pageInfo {{ hasNextPage endCursor }}
            }}
        }}
        pageInfo {{ hasNextPage endCursor }}
    }}
"""
_SIZES = "$agreements: Int!, $agreement: String, $sales: Int!, $sale: String, $costs: Boolean!"
_CHANGED = f"""query changed($query: String!, $after: String, $first: Int!, {_SIZES}) {{
  orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {{
    nodes {{ {_ORDER} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
_ONE = f"query one($id: ID!, {_SIZES}) {{ order(id: $id) {{ {_ORDER} }} }}"


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


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool = False


class _Sales(msgspec.Struct, rename="camel"):
    page_info: _PageInfo


class _Agreement(msgspec.Struct):
    sales: _Sales


class _Agreements(msgspec.Struct, rename="camel"):
    page_info: _PageInfo
    nodes: list[_Agreement]


class _Seen(msgspec.Struct, rename={"journey": "customerJourneySummary"}):
    id: str
    journey: _Journey | None = None
    agreements: _Agreements | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the page has all that was agreed on."""
        told = self.agreements
        return told is None or not (
            told.page_info.has_next_page or any(a.sales.page_info.has_next_page for a in told.nodes)
        )


class Shopify(Connector):
    """Orders with codes, journeys and all that was sold, returned and kept back."""

    source = "shopify"
    reread = Reread("orders", batch=1)

    def open(self) -> None:
        """Take the shop's access token from the connection's password."""
        token = self.connection.need(self.source, "password")
        address = self.connection.base_url(f"https://{self.options.shop}")
        self.server = self.api(address, headers={"X-Shopify-Access-Token": token})
        self.asks_costs = True
        self.path = f"/admin/api/{self.options.api_version}/graphql.json"

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for the orders that changed."""
        yield Query("orders", "orders")

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read what changed since the cursor, the oldest change first.

        What changes meanwhile moves out of the window, and comes with the next one. An order that
        the shop does not give whole holds up no other: the cursor keeps it as `owed`.
        """
        cursor = dict(cursor or {"since": iso(window.first)})
        owed: list[str] = []
        found = [whole for gid in cursor.pop("owed", ()) for whole in self._given(gid, owed)]
        while True:
            until = cursor.get("until") or iso(window.now)
            bounds = f"updated_at:>='{cursor['since']}' AND updated_at:<'{until}'"
            variables = {"query": bounds, "after": cursor.get("after"), "first": PAGE, **_FEW}
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
            found += [whole for order in orders for whole in self._completed(order, owed)]
            yield Page(found, {**cursor, **({"owed": owed} if owed else {})})
            found = []
            if is_done:
                break
        if owed:
            text = f"{self.options.shop} does not give {', '.join(owed[:5])} whole"
            raise Stop(RunState.FAILED, f"{text}; asked for again", whole_server=False)

    def _completed(self, order: Record, owed: list[str]) -> Iterator[Record]:
        """Yield an order, whole; where the shop does not give it, add it to `owed`."""
        seen = decoded(order, _Seen)
        if seen is None or seen.is_whole:
            yield order
        else:
            yield from self._given(seen.id, owed)

    def _given(self, gid: str, owed: list[str]) -> list[Record]:
        try:
            return self._whole(gid)
        except Stop as stop:
            if stop.state != RunState.FAILED or not stop.was_asked:
                raise
            log.warning("shopify %s: %s", gid, stop)
            owed.append(gid)
            return []

    def _whole(self, gid: str) -> list[Record]:
        """Return an order with all its agreements and sales, put together from as many answers."""
        whole: dict[str, Any] | None = None
        place: dict[str, str | None] = {"agreement": None, "sale": None}
        while True:
            variables = {"id": gid, "agreements": 1, "sales": SALES, **place}
            order = self._ask(_ONE, variables).json()["data"]["order"]
            if order is None:
                return []
            found = order["agreements"]
            if whole is None:
                whole = order
            elif place["sale"] is None:
                whole["agreements"]["nodes"] += found["nodes"]
            else:
                whole["agreements"]["nodes"][-1]["sales"]["nodes"] += (
                    sale for agreement in found["nodes"] for sale in agreement["sales"]["nodes"]
                )
            before = dict(place)
            sales = found["nodes"][0]["sales"]["pageInfo"] if found["nodes"] else {}
            if sales.get("hasNextPage"):
                place["sale"] = sales["endCursor"]
            elif found["pageInfo"]["hasNextPage"]:
                place = {"agreement": found["pageInfo"]["endCursor"], "sale": None}
            else:
                return keyed_records(msgspec.json.encode(whole), "", _Order)
            if place == before:
                text = f"{self.options.shop} names the page of {gid} again that was read"
                raise Stop(RunState.FAILED, text, whole_server=False)

    def read_again(self, posts: Sequence[Known]) -> Iterator[Record]:
        """Ask again for orders whose journey was not ready."""
        for order in posts:
            known = msgspec.json.decode(order.raw, type=_Seen)
            if known.journey is None or known.journey.ready:
                continue
            for record in self._whole(known.id):
                yield Record(record.raw, order.id, record.at)

    def _ask(self, query: str, variables: dict[str, Any]) -> Answer:
        """Return an answer with data; wait for points where they are short.

        A token that may not see what goods cost is asked for the rest.
        """
        while True:
            body = {"query": query, "variables": {**variables, "costs": self.asks_costs}}
            answer = self.server.call(self.path, method="POST", json=body)
            body = answer.json()
            cost = (body.get("extensions") or {}).get("cost") or {}
            errors = body.get("errors") or []
            if any(_code(error) == "THROTTLED" for error in errors):
                self.server.wait(max(_seconds_short(cost), 1.0))
                continue
            denied = [error for error in errors if _code(error) in _DENIED]
            if self.asks_costs and denied and all(_is_of_costs(error) for error in denied):
                log.warning(
                    "%s: %s. What goods cost is not asked for; profit needs it by file.",
                    self.options.shop,
                    denied[0]["message"],
                )
                self.asks_costs = False
                continue
            if denied:
                raise Stop(RunState.AUTH_EXPIRED, f"{self.options.shop}: {denied[0]['message']}")
            if errors:
                text = f"{self.options.shop}: {errors[0].get('message')}"
                raise Stop(RunState.FAILED, text, whole_server=False)
            return answer


_DENIED = ("ACCESS_DENIED", "UNAUTHORIZED")


def _code(error: dict[str, Any]) -> str | None:
    return (error.get("extensions") or {}).get("code")


def _is_of_costs(error: dict[str, Any]) -> bool:
    return not {"variant", "inventoryItem", "unitCost"}.isdisjoint(error.get("path") or ())


def _seconds_short(cost: dict[str, Any]) -> float:
    status = cost.get("throttleStatus") or {}
    short = cost.get("requestedQueryCost", 0) - status.get("currentlyAvailable", 0)
    return float(short) / float(status.get("restoreRate") or 50)
