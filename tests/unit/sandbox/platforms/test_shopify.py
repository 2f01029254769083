"""The sandbox's Shopify: orders as documented, points, and journeys that are not ready."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, Client

MONEY = "{ shopMoney { amount currencyCode } }"
ORDERS = f"""
query Orders($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id name createdAt updatedAt cancelledAt test discountCodes
      subtotalPriceSet {MONEY} totalDiscountsSet {MONEY} totalTaxSet {MONEY}
      totalShippingPriceSet {MONEY} totalPriceSet {MONEY} currentTotalPriceSet {MONEY}
      customerJourneySummary {{
        ready lastVisit {{ landingPage utmParameters {{ source campaign content }} }}
      }}
      refunds {{ id createdAt totalRefundedSet {MONEY} }}
    }}
  }}
}}
"""
Ask = Callable[..., Any]


@pytest.fixture
def ask(sandbox: Sandbox) -> Ask:
    http = Client(sandbox, "shopify")

    def query(text: str = ORDERS, token: str = TOKEN, **variables: Any) -> Any:
        return http.post(
            "/admin/api/2026-01/graphql.json",
            {"X-Shopify-Access-Token": token},
            json={"query": text, "variables": {"first": 20} | variables},
        )

    return query


def walk(ask: Ask, **variables: Any) -> list[dict[str, Any]]:
    """Read all orders, by pages of what one query may cost."""
    found: list[dict[str, Any]] = []
    while True:
        orders = ask(first=50, **variables).json()["data"]["orders"]
        found += orders["nodes"]
        if not orders["pageInfo"]["hasNextPage"]:
            return found
        variables["after"] = orders["pageInfo"]["endCursor"]


def amount(bag: dict[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


def test_all_orders_are_read_once_by_when_they_changed(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.set_limit("shopify", "points", 1_000_000)
    found = walk(ask)
    assert sorted(order["id"] for order in found) == sorted(sandbox.truth("shopify", "orders"))
    assert len(found) > 200
    changed = [order["updatedAt"] for order in found]
    assert changed == sorted(changed)
    since = (AT - timedelta(days=1)).isoformat()
    recent = walk(ask, query=f"updated_at:>='{since}'")
    assert recent == found[-len(recent) :] != found


def test_amounts_add_up_and_are_those_of_the_exports(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.set_limit("shopify", "points", 1_000_000)
    rows = {row["order_id"]: row for row in sandbox.market.orders}
    refunds = cancelled = 0
    for order in walk(ask):
        row = rows[order["name"]]
        items, discount = amount(order["subtotalPriceSet"]), amount(order["totalDiscountsSet"])
        assert items + discount == row["gross_amount"]
        total = items + amount(order["totalTaxSet"]) + amount(order["totalShippingPriceSet"])
        assert total == amount(order["totalPriceSet"])
        refunded = sum(amount(refund["totalRefundedSet"]) for refund in order["refunds"])
        current = amount(order["currentTotalPriceSet"])
        returned = min(refunded, items)
        assert current == (0 if order["cancelledAt"] else total - returned)
        assert order["discountCodes"] == row["discount_codes"]
        refunds += len(order["refunds"])
        cancelled += order["cancelledAt"] is not None
    assert refunds > 5
    assert cancelled > 5


LEDGER = f"""
query Ledger($after: String, $agreement: String, $sales: Int = 4) {{
  orders(first: 15, after: $after, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      name cancelledAt currentTotalPriceSet {MONEY} refundDiscrepancySet {MONEY}
      agreements(first: 2, after: $agreement) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{
          happenedAt reason ... on RefundAgreement {{ refund {{ id }} }}
          sales(first: $sales) {{
            pageInfo {{ hasNextPage endCursor }}
            nodes {{ lineType actionType totalAmount {MONEY} totalTaxAmount {MONEY} }}
          }}
        }}
      }}
    }}
  }}
}}
"""


def test_the_sales_of_an_order_are_what_was_kept_of_it(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.set_limit("shopify", "points", 1_000_000)
    rows = {row["order_id"]: row for row in sandbox.market.orders}
    kinds, after, beyond = set(), None, 0
    while True:
        orders = ask(LEDGER, after=after).json()["data"]["orders"]
        for order in orders["nodes"]:
            agreements = order["agreements"]["nodes"]
            sales = [sale for agreed in agreements for sale in agreed["sales"]["nodes"]]
            kinds |= {(sale["lineType"], sale["actionType"]) for sale in sales}
            sold, refunded = agreements[0], agreements[1:]
            assert sold["reason"] == "ORDER"
            assert [agreed["reason"] for agreed in refunded] in ([], ["REFUND"])
            assert all(agreed["refund"]["id"] for agreed in refunded)
            back = -sum(amount(s["totalAmount"]) for a in refunded for s in a["sales"]["nodes"])
            assert back == (rows[order["name"]]["refund_amount"] if refunded else 0)
            if order["cancelledAt"] is None:
                discrepancy = amount(order["refundDiscrepancySet"])
                kept = amount(order["currentTotalPriceSet"]) + discrepancy
                assert sum(amount(sale["totalAmount"]) for sale in sales) == kept
                beyond += discrepancy < 0
        if not orders["pageInfo"]["hasNextPage"]:
            break
        after = orders["pageInfo"]["endCursor"]
    assert ("PRODUCT", "RETURN") in kinds
    assert beyond


def test_the_sales_of_an_order_come_by_pages(ask: Ask) -> None:
    agreed = ask(LEDGER, sales=1).json()["data"]["orders"]["nodes"][0]["agreements"]
    sales = agreed["nodes"][0]["sales"]
    assert [sale["lineType"] for sale in sales["nodes"]] == ["PRODUCT"]
    assert sales["pageInfo"]["hasNextPage"]
    rest = ask(
        LEDGER.replace("first: $sales", f'first: $sales, after: "{sales["pageInfo"]["endCursor"]}"')
    )
    (agreed,) = rest.json()["data"]["orders"]["nodes"][0]["agreements"]["nodes"]
    assert [sale["lineType"] for sale in agreed["sales"]["nodes"]] == ["SHIPPING"]
    assert not agreed["sales"]["pageInfo"]["hasNextPage"]


def test_a_journey_is_ready_half_a_day_later_without_a_change(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.set_limit("shopify", "points", 1_000_000)
    early = {order["id"]: order for order in walk(ask)}
    waiting = [i for i, order in early.items() if not order["customerJourneySummary"]["ready"]]
    assert waiting
    sandbox.set_clock(AT + timedelta(hours=12))
    late = {order["id"]: order for order in walk(ask)}
    assert all(late[identity]["customerJourneySummary"]["ready"] for identity in waiting)
    same = [i for i in waiting if late[i]["updatedAt"] == early[i]["updatedAt"]]
    assert same
    visits = [order["customerJourneySummary"]["lastVisit"] for order in late.values()]
    sources = {
        visit["utmParameters"]["source"] for visit in visits if visit and visit["utmParameters"]
    }
    assert "instagram" in sources


def points(order: dict[str, Any]) -> int:
    """Count an order's objects: itself, 6 amounts of 2, its journey, and 3 of each refund."""
    visit = order["customerJourneySummary"].get("lastVisit")
    seen = 0 if visit is None else 1 + (visit["utmParameters"] is not None)
    return 1 + 12 + 1 + seen + 3 * len(order["refunds"])


def test_points_are_spent_and_come_back_by_the_clock(ask: Ask, sandbox: Sandbox) -> None:
    answer = ask().json()
    cost = answer["extensions"]["cost"]
    # two and, for each of 20 orders, one and its objects: 6 x 2 amounts, 1 + 2 of the journey,
    # 1 + 2 of refunds
    assert cost["requestedQueryCost"] == 2 + 20 * (1 + 12 + 3 + 3)
    spent = 2 + sum(points(order) for order in answer["data"]["orders"]["nodes"])
    assert cost["actualQueryCost"] == spent < 382
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 2000.0 - spent,
        "restoreRate": 100.0,
    }
    left = 2000.0 - spent
    while left >= 382:
        assert "errors" not in ask().json()
        left -= spent
    refused = ask().json()
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert refused["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == left
    sandbox.set_clock(AT + timedelta(seconds=4))
    assert "errors" not in ask().json()
    assert [r["units"] for r in sandbox.requests("shopify")][:2] == [spent, spent]
    dear = ask(first=250).json()["errors"][0]
    assert dear["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_wrong_queries_are_refused_as_graphql_does(ask: Ask) -> None:
    for text, says in (
        ("{ orders(first: 1) { nodes { fee } } }", "Cannot query field 'fee'"),
        ("{ orders { nodes { id } } }", "you must provide one of first or last"),
        ('{ orders(first: 1, after: "%") { nodes { id } } }', "Invalid cursor"),
        ('{ orders(first: 1, query: "colour:red") { nodes { id } } }', "by colour"),
        ("{ orders(", "Syntax Error"),
    ):
        answer = ask(text)
        assert answer.status_code == 200
        assert says in answer.json()["errors"][0]["message"]
    assert ask(token="other").status_code == 401


def test_one_order_is_found_by_its_id(ask: Ask, sandbox: Sandbox) -> None:
    identity = sandbox.truth("shopify", "orders")[0]
    text = "query One($id: ID!) { order(id: $id) { id lineItems(first: 5) { nodes { title } } } }"
    order = ask(text, id=identity).json()["data"]["order"]
    assert order["id"] == identity
    assert len(order["lineItems"]["nodes"]) == 1
    assert ask(text, id="gid://shopify/Order/1").json()["data"] == {"order": None}


def test_it_misbehaves(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.misbehave("shopify", "429")
    assert ask().json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    sandbox.misbehave("shopify", "500")
    assert ask().status_code == 500
    sandbox.misbehave("shopify", "expired_token")
    refused = ask()
    assert (refused.status_code, "Invalid API key" in refused.json()["errors"]) == (401, True)
    page = ask(first=2).json()["data"]["orders"]["pageInfo"]
    for kind in ("repeated_cursor", "empty_page"):
        sandbox.misbehave("shopify", kind)
        again = ask(first=2, after=page["endCursor"]).json()["data"]["orders"]
        assert again["pageInfo"] == page
        assert (again["nodes"] == []) == (kind == "empty_page")
