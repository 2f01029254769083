"""A shop's orders as Shopify answers for them: what was agreed on, sale by sale, and the totals.

Amounts are whole cents of the shop's currency, and what a customer saw in another currency is told
beside them. An order is made of steps; each keeps the shop's totals up to date as Shopify says that
they are: https://shopify.dev/docs/api/admin-graphql/latest/objects/Order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any
from zlib import crc32

from graphql import GraphQLSchema, build_schema, execute_sync, parse

from reachline.connectors import shopify

PLACED = datetime(2026, 2, 20, 10, tzinfo=UTC)
TYPES = {
    "PRODUCT": "ProductSale",
    "GIFT_CARD": "GiftCardSale",
    "SHIPPING": "ShippingLineSale",
    "TIP": "TipSale",
    "DUTY": "DutySale",
    "FEE": "FeeSale",
    "ADDITIONAL_FEE": "AdditionalFeeSale",
    "ADJUSTMENT": "AdjustmentSale",
    "UNKNOWN": "UnknownSale",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Sale:
    """A line of the shop's ledger: `total` with tax and after discount."""

    kind: str
    action: str
    total: int
    tax: int = 0
    discount: int = 0
    quantity: int = 0
    cost: int | None = None
    """Of one, in the shop's currency; None where the shop does not know."""
    cost_currency: str = "EUR"


def bought(net: int, tax: int, discount: int = 0, **more: Any) -> Sale:
    """Return the sale of products at a price after discount, without tax."""
    return Sale("PRODUCT", "ORDER", net + tax, tax, discount, **{"quantity": 1, **more})


def returned(net: int, tax: int, quantity: int = 1) -> Sale:
    return Sale("PRODUCT", "RETURN", -net - tax, -tax, quantity=-quantity)


def kept_back(amount: int) -> Sale:
    """Return the adjustment of a refund that was less than what came back; below 0: more."""
    return Sale("ADJUSTMENT", "RETURN", amount)


@dataclass
class Order:
    """An order of a shop, step by step."""

    name: str
    more: Json = field(default_factory=dict)
    agreements: list[Json] = field(default_factory=list)
    current: int = 0
    discrepancy: int = 0

    def agree(self, kind: str, *sales: Sale) -> Order:
        """Add an agreement, a day after the one before: order, edit, return or refund."""
        number = f"{crc32(self.name.encode())}{len(self.agreements)}"
        self.agreements.append(
            {
                "__typename": f"{kind}Agreement",
                "id": f"gid://shopify/{kind}Agreement/{number}",
                "happenedAt": _text(PLACED + timedelta(days=len(self.agreements))),
                "reason": {"OrderEdit": "ORDER_EDIT"}.get(kind, kind.upper()),
                "sales": _connection([_sale(sale) for sale in sales]),
                **(
                    {"refund": {"id": f"gid://shopify/Refund/{number}"}} if kind == "Refund" else {}
                ),
            }
        )
        for sale in sales:
            if sale.kind == "ADJUSTMENT":
                self.discrepancy += sale.total
            else:
                self.current += sale.total
        return self

    def answer(self) -> Json:
        """Return what the shop answers to the connector's own query."""
        order = {
            "id": f"gid://shopify/Order/{self.name.removeprefix('#')}",
            "name": self.name,
            "createdAt": _text(PLACED),
            "processedAt": _text(PLACED),
            "updatedAt": _text(PLACED + timedelta(days=9)),
            "cancelledAt": None,
            "test": False,
            "currencyCode": "EUR",
            "sourceName": "web",
            "tags": [],
            "discountCodes": [],
            "currentTotalPriceSet": _bag(self.current),
            "refundDiscrepancySet": _bag(self.discrepancy),
            "customer": None,
            "customerJourneySummary": {"ready": True, "firstVisit": None, "lastVisit": None},
            "agreements": _connection(self.agreements),
            **self.more,
        }
        asked = {"id": "", "agreements": 1, "sales": 1, "costs": True}
        result = execute_sync(_schema(), _query(), {"order": lambda info, id: order}, None, asked)
        assert result.errors is None, result.errors
        assert result.data is not None
        found: Json = result.data["order"]
        return found


@cache
def _schema() -> GraphQLSchema:
    text = resources.files("reachline.sandbox.platforms").joinpath("shopify.graphql")
    return build_schema(text.read_text("utf-8"))


@cache
def _query() -> Any:
    return parse(shopify._ONE)


def _sale(sale: Sale) -> Json:
    cost = sale.cost
    unit_cost = (
        None if cost is None else {"amount": _money(cost), "currencyCode": sale.cost_currency}
    )
    return {
        "__typename": TYPES[sale.kind],
        "actionType": sale.action,
        "lineType": sale.kind,
        "quantity": sale.quantity or None,
        "totalAmount": _bag(sale.total),
        "totalTaxAmount": _bag(sale.tax),
        "totalDiscountAmountBeforeTaxes": _bag(sale.discount),
        "lineItem": {"variant": {"inventoryItem": {"unitCost": unit_cost}}},
    }


def _bag(cents: int) -> Json:
    seen = {"amount": _money(cents * 3), "currencyCode": "PLN"}
    return {"shopMoney": {"amount": _money(cents), "currencyCode": "EUR"}, "presentmentMoney": seen}


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _connection(nodes: list[Any]) -> Json:
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    return {"nodes": nodes, "pageInfo": info}


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
