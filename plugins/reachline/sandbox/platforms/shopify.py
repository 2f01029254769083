"""The Shopify Admin GraphQL API, its orders: https://shopify.dev/docs/api/admin-graphql."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from starlette.responses import JSONResponse, Response

from reachline.sandbox.platforms.base import (
    Call,
    Handler,
    Platform,
    Refusal,
    digits,
    packed,
    unpacked,
)
from reachline.sandbox.platforms.state import TOKEN, State

_MOST_AVAILABLE, _RESTORES, _MOST_COST = 2000.0, 100.0, 1000
# how long the shop takes to say where a buyer came from
_JOURNEY = timedelta(hours=12)
_BOUND = re.compile(r"(\w+):(>=|<=|>|<)?['\"]?([^'\"\s]+)['\"]?")
_SORTED_BY = {
    "CREATED_AT": "createdAt",
    "PROCESSED_AT": "processedAt",
    "UPDATED_AT": "updatedAt",
    "ID": "createdAt",
}
_COMPARES: dict[str, Callable[[datetime, datetime], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "": lambda a, b: a == b,
}
Row = dict[str, Any]


@cache
def _schema() -> GraphQLSchema:
    text = resources.files("reachline.sandbox.platforms").joinpath("shopify.graphql")
    return build_schema(text.read_text("utf-8"))


def _second(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Shopify(Platform):
    """Orders with their codes, journeys and refunds, for points."""

    name = "shopify"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return the one address, below a version such as 2026-01."""
        return {("POST", "/admin/api/{version}/graphql.json"): self.graphql}

    def limited(self, call: Call) -> Refusal:
        """Return the answer to who has no points left: it is none of HTTP's errors."""
        return self._throttled(100, 0.0)

    def expired(self, call: Call) -> Refusal:
        """Return the answer to a token that is none any more."""
        text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return Refusal(401, {"errors": text})

    def failed(self, call: Call) -> Refusal:
        """Return the answer when the shop fails."""
        text = "Internal error. Looks like something went wrong on our end."
        error = {"message": text, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        return Refusal(500, {"errors": [error]})

    def unknown(self, call: Call) -> Refusal:
        """Return the answer to a path that is none."""
        return Refusal(404, {"errors": "Not Found"})

    def truth(self, state: State, query: str) -> list[str]:
        """Return the ids of all orders; they are asked for as `orders`."""
        if query != "orders":
            raise ValueError(f"query {query!r}: ask for orders")
        return [_gid("Order", row) for row in _placed(state)]

    def graphql(self, call: Call) -> Response:
        """Answer a query, and what it cost."""
        if call.request.headers.get("x-shopify-access-token") != TOKEN:
            raise self.expired(call)
        said = call.body if isinstance(call.body, dict) else {}
        variables: dict[str, Any] = said.get("variables") or {}
        try:
            document = parse(str(said.get("query", "")))
        except GraphQLError as error:
            return JSONResponse({"errors": [error.formatted]})
        if errors := validate(_schema(), document):
            return JSONResponse({"errors": [error.formatted for error in errors]})
        cost = _cost(document, variables)
        if cost > _MOST_COST:
            text = f"Query cost is {cost}, which exceeds the single query max cost limit"
            code = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": _MOST_COST}
            dear = {"message": f"{text} ({_MOST_COST}).", "extensions": code}
            return JSONResponse({"errors": [dear]})
        self._take(call, cost)
        root = {
            "orders": lambda info, **asked: self._orders(call, **asked),
            "order": lambda info, id: self._order(call, id),
            "shop": {
                "id": "gid://shopify/Shop/1",
                "name": "A made-up shop",
                "currencyCode": "USD",
                "ianaTimezone": "Etc/UTC",
            },
        }
        result = execute_sync(_schema(), document, root, variable_values=variables)
        answer: dict[str, Any] = {"data": result.data}
        for problem in result.errors or ():
            if problem.original_error is not None and not isinstance(
                problem.original_error, (GraphQLError, ValueError)
            ):
                raise problem.original_error
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        spent = _spent(document, result.data or {})
        at, available = call.state.buckets[self.name]
        call.units = spent
        call.state.buckets[self.name] = (at, available + cost - spent)
        extension = _cost_extension(cost, spent, available + cost - spent)
        return JSONResponse({**answer, "extensions": {"cost": extension}})

    def _take(self, call: Call, cost: int) -> None:
        """Take points out of the bucket, which fills again by the clock.

        What an answer did not need of them is given back.
        """
        most = float(call.state.limits.get((self.name, "points"), int(_MOST_AVAILABLE)))
        now = call.now
        at, available = call.state.buckets.get(self.name, (now, most))
        gained = max(0.0, (now - at).total_seconds()) * _RESTORES
        available = min(most, available + gained)
        if cost > available:
            call.state.buckets[self.name] = (now, available)
            raise self._throttled(cost, available)
        call.state.buckets[self.name] = (now, available - cost)

    def _throttled(self, cost: int, available: float) -> Refusal:
        code = {
            "code": "THROTTLED",
            "documentation": "https://shopify.dev/api/usage/rate-limits",
        }
        error = {"message": "Throttled", "extensions": code}
        extensions = {"cost": _cost_extension(cost, None, available)}
        return Refusal(200, {"errors": [error], "extensions": extensions})

    def _orders(
        self,
        call: Call,
        first: int | None = None,
        after: str | None = None,
        reverse: bool = False,
        sortKey: str = "PROCESSED_AT",  # noqa: N803  GraphQL's name
        query: str | None = None,
    ) -> Row:
        if first is None:
            raise GraphQLError("you must provide one of first or last")
        if not 0 <= first <= 250:
            raise GraphQLError(f"first: {first} is not between 0 and 250")
        keep, now = _filter(query or ""), call.now
        placed = []
        for row in _placed(call.state):
            moments = _moments(row, now)
            if keep(moments):
                place = f"{moments[_SORTED_BY[sortKey]].isoformat()}|{_gid('Order', row)}"
                placed.append((place, row))
        placed.sort(key=lambda pair: pair[0], reverse=reverse)
        try:
            at = "" if after is None else unpacked(after)
        except ValueError:
            raise GraphQLError("Invalid cursor for current pagination sort.") from None
        past = sum(place >= at if reverse else place <= at for place, _ in placed) if at else 0
        page, following, repeats = call.page(placed, past, first)
        is_stuck = repeats or (not page and following is not None)
        edges = [{"cursor": packed(place), "node": _node(row, call)} for place, row in page]
        ends = after if is_stuck else (edges[-1]["cursor"] if edges else None)
        return {
            "edges": edges,
            "nodes": [edge["node"] for edge in edges],
            "pageInfo": {
                "hasNextPage": following is not None,
                "hasPreviousPage": past > 0,
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": ends,
            },
        }

    def _order(self, call: Call, identity: str) -> Row | None:
        for row in _placed(call.state):
            if _gid("Order", row) == identity:
                return _node(row, call)
        return None


def _cost_extension(requested: int, actual: int | None, available: float) -> dict[str, Any]:
    """Return what an answer says of its cost in points; `actual` is None if nothing was run."""
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": _MOST_AVAILABLE,
            "currentlyAvailable": available,
            "restoreRate": _RESTORES,
        },
    }


def _cost(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """Return the points of a query: one an object, and of a connection two and its records."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }

    def of(selected: SelectionSetNode | None) -> int:
        total = 0
        for node in selected.selections if selected is not None else ():
            if isinstance(node, FragmentSpreadNode):
                total += of(fragments[node.name.value].selection_set)
            elif not isinstance(node, FieldNode):
                total += of(getattr(node, "selection_set", None))
            elif node.selection_set is not None:
                first = next(
                    (a.value for a in node.arguments or () if a.name.value == "first"), None
                )
                if first is None:
                    # what stands around the records of a connection costs nothing
                    is_object = node.name.value not in ("edges", "node", "nodes", "pageInfo")
                    total += is_object + of(node.selection_set)
                else:
                    total += 2 + _number(first, variables) * (1 + of(node.selection_set))
        return total

    return sum(
        of(node.selection_set)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )


def _spent(document: DocumentNode, data: Row) -> int:
    """Return the points of an answer: those of what there is, instead of what was asked for."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }

    def of(selected: SelectionSetNode | None, value: Any) -> int:
        total = 0
        for node in selected.selections if selected is not None else ():
            if isinstance(node, FragmentSpreadNode):
                total += of(fragments[node.name.value].selection_set, value)
            elif not isinstance(node, FieldNode):
                total += of(getattr(node, "selection_set", None), value)
            elif node.selection_set is not None:
                found = value.get(node.alias.value if node.alias else node.name.value)
                is_connection = any(a.name.value == "first" for a in node.arguments or ())
                is_free = node.name.value in ("node", "pageInfo")
                for each in found if isinstance(found, list) else (found,):
                    if each is not None:
                        total += 0 if is_free else 2 if is_connection else 1
                        total += of(node.selection_set, each)
        return total

    return sum(
        of(node.selection_set, data)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )


def _number(node: object, variables: Mapping[str, Any]) -> int:
    if isinstance(node, VariableNode):
        given = variables.get(node.name.value)
        return given if isinstance(given, int) else 0
    return int(node.value) if isinstance(node, IntValueNode) else 0


def _filter(query: str) -> Callable[[dict[str, Any]], bool]:
    """Return what `updated_at:>='2026-03-01T00:00:00Z' AND test:false` keeps."""
    names = {"updated_at": "updatedAt", "created_at": "createdAt", "processed_at": "processedAt"}
    tests: list[Callable[[dict[str, Any]], bool]] = []
    for name, compares, value in _BOUND.findall(query):
        if name == "test":
            wanted = value.lower() == "true"
            tests.append(lambda row, wanted=wanted: row["is_test"] == wanted)  # type: ignore[misc]
        elif name in names:
            bound = datetime.fromisoformat(value)
            if bound.tzinfo is None:
                raise GraphQLError(f"{name}: {value} has no offset")
            is_so, key = _COMPARES[compares], names[name]
            tests.append(lambda row, s=is_so, k=key, b=bound: s(row[k], b))  # type: ignore[misc]
        elif (name, value) != ("status", "any"):
            raise GraphQLError(f"the sandbox can't search orders by {name}")
    return lambda row: all(test(row) for test in tests)


def _placed(state: State) -> list[Row]:
    """Return the orders that there are now, oldest first."""
    start = state.market.start
    return [
        row
        for row in state.market.orders
        if row["ordered_at"] <= state.now
        and (
            row["deleted_night"] is None or state.now < start + timedelta(days=row["deleted_night"])
        )
    ]


def _moments(row: Row, now: datetime) -> dict[str, Any]:
    """Return when the order was made, cancelled, refunded and changed last, as known by now."""
    ordered = row["ordered_at"]
    cancelled = None
    if row["cancelled_night"] is not None:
        evening = ordered + timedelta(days=max(0, row["cancelled_night"] - row["day"]))
        cancelled = evening + timedelta(minutes=10)
    refunded = row["refunded_at"] if row["refund_day"] is not None else None
    cancelled, refunded = (
        moment if moment is not None and moment <= now else None for moment in (cancelled, refunded)
    )
    return {
        "createdAt": ordered,
        "processedAt": ordered,
        "cancelledAt": cancelled,
        "refundedAt": refunded,
        "updatedAt": max(moment for moment in (ordered, cancelled, refunded) if moment is not None),
        "is_test": row["is_test"],
    }


def _gid(kind: str, row: Row) -> str:
    return f"gid://shopify/{kind}/{_legacy(kind, row)}"


def _legacy(kind: str, row: Row) -> str:
    return "5" + digits(12, kind, row["order_id"])


def _node(row: Row, call: Call) -> Row:
    """Return an order; amounts are in the buyer's currency, and in it alone."""
    moments = _moments(row, call.now)
    currency = row["currency"]

    def bag(amount: Decimal) -> Row:
        money = {"amount": str(amount), "currencyCode": currency}
        return {"shopMoney": money, "presentmentMoney": money}

    none = Decimal("0.00")
    discount = row["discount_amount"] or none
    items = row["gross_amount"] - discount
    total = items + row["tax_amount"] + row["shipping_amount"]
    refunded = row["refund_amount"] if moments["refundedAt"] is not None else none
    cancelled = moments["cancelledAt"]
    returned = min(refunded, items)
    beyond = refunded - returned
    left = none if cancelled is not None else total - returned
    refund = {
        "id": _gid("Refund", row),
        "legacyResourceId": _legacy("Refund", row),
        "createdAt": _second(moments["refundedAt"]),
        "updatedAt": _second(moments["refundedAt"]),
        "note": None,
        "totalRefundedSet": bag(refunded),
        "refundLineItems": lambda info, first=None, after=None: {
            "nodes": [{"quantity": 1, "subtotalSet": bag(refunded), "totalTaxSet": bag(none)}],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
        },
    }
    customer = row["customer_id"]
    number = None if customer is None else "7" + customer.rpartition("-")[2].zfill(12)
    item = {
        "id": _gid("LineItem", row),
        "title": "A bag of the month",
        "quantity": 1,
        "originalTotalSet": bag(row["gross_amount"]),
        "discountedTotalSet": bag(items),
        "variant": {
            "id": "gid://shopify/ProductVariant/1",
            "inventoryItem": {
                "id": "gid://shopify/InventoryItem/1",
                "unitCost": None
                if row["cost_of_goods"] is None
                else {"amount": str(row["cost_of_goods"]), "currencyCode": currency},
            },
        },
    }

    def sale(kind: str, action: str, total: Decimal, tax: Decimal = none, **more: Any) -> Row:
        return {
            "__typename": {"PRODUCT": "ProductSale", "SHIPPING": "ShippingLineSale"}.get(
                kind, "AdjustmentSale"
            ),
            "id": _gid(f"Sale{kind}{action}", row),
            "actionType": action,
            "lineType": kind,
            "quantity": None,
            "totalAmount": bag(total),
            "totalTaxAmount": bag(tax),
            "totalDiscountAmountBeforeTaxes": bag(none),
            **more,
        }

    sold = sale(
        "PRODUCT",
        "ORDER",
        items + row["tax_amount"],
        row["tax_amount"],
        quantity=1,
        totalDiscountAmountBeforeTaxes=bag(discount),
        lineItem=item,
    )
    ordered = [sold, sale("SHIPPING", "ORDER", row["shipping_amount"])]
    given_back = [sale("PRODUCT", "RETURN", -returned, quantity=-1, lineItem=item)]
    if beyond:
        given_back.append(sale("ADJUSTMENT", "RETURN", -beyond))
    agreements = [_agreement("OrderAgreement", row, moments["createdAt"], ordered)]
    if refunded != none:
        agreed = _agreement("RefundAgreement", row, moments["refundedAt"], given_back)
        agreements.append({**agreed, "refund": refund})
    return {
        "id": _gid("Order", row),
        "legacyResourceId": _legacy("Order", row),
        "name": row["order_id"],
        **{name: _second(moments[name]) for name in ("createdAt", "processedAt", "updatedAt")},
        "cancelledAt": _second(cancelled),
        "cancelReason": None if cancelled is None else "CUSTOMER",
        "test": row["is_test"],
        "sourceName": "web",
        "tags": [],
        "currencyCode": currency,
        "presentmentCurrencyCode": currency,
        "discountCode": next(iter(row["discount_codes"]), None),
        "discountCodes": row["discount_codes"],
        "taxesIncluded": False,
        "displayFinancialStatus": "PAID" if refunded == none else "PARTIALLY_REFUNDED",
        "subtotalPriceSet": bag(items),
        "currentSubtotalPriceSet": bag(max(none, items - refunded)),
        "totalDiscountsSet": bag(discount),
        "currentTotalDiscountsSet": bag(discount),
        "totalTaxSet": bag(row["tax_amount"]),
        "currentTotalTaxSet": bag(row["tax_amount"]),
        "totalShippingPriceSet": bag(row["shipping_amount"]),
        "totalPriceSet": bag(total),
        "currentTotalPriceSet": bag(left),
        "totalRefundedSet": bag(refunded),
        "refundDiscrepancySet": bag(-beyond),
        "agreements": lambda info, first=None, after=None: _connection(agreements, first, after),
        "customer": None
        if number is None
        else {"id": f"gid://shopify/Customer/{number}", "legacyResourceId": number},
        "customerJourneySummary": _journey(row, call),
        "refunds": lambda info, first=None: [refund] if refunded != none else [],
        "lineItems": lambda info, first=None, after=None: {
            "edges": [{"cursor": packed("1"), "node": item}],
            "nodes": [item],
            "pageInfo": {
                "hasNextPage": False,
                "hasPreviousPage": False,
                "startCursor": packed("1"),
                "endCursor": packed("1"),
            },
        },
    }


def _agreement(kind: str, row: Row, at: datetime, sales: list[Row]) -> Row:
    return {
        "__typename": kind,
        "id": _gid(kind, row),
        "happenedAt": _second(at),
        "reason": kind.removesuffix("Agreement").upper(),
        "sales": lambda info, first=None, after=None: _connection(sales, first, after),
    }


def _connection(rows: list[Row], first: int | None, after: str | None) -> Row:
    """Return so many rows behind a cursor, as a connection."""
    if first is None:
        raise GraphQLError("you must provide one of first or last")
    start = int(unpacked(after)) if after is not None else 0
    end = min(start + first, len(rows))
    return {
        "nodes": rows[start:end],
        "pageInfo": {
            "hasNextPage": end < len(rows),
            "hasPreviousPage": start > 0,
            "startCursor": packed(str(start)),
            "endCursor": packed(str(end)) if end > start else None,
        },
    }


def _journey(row: Row, call: Call) -> Row:
    if call.now < row["ordered_at"] + _JOURNEY:
        return {"ready": False}
    click = call.state.market.clicks_by_id.get("clk-" + row["order_id"].removeprefix("ord-"))
    visit = None
    if click is not None:
        page = click["landing_url"] or click["link_url"]
        utm = {
            name.lower().removeprefix("utm_"): values[-1]
            for name, values in parse_qs(urlsplit(page).query).items()
            if name.lower().startswith("utm_")
        }
        visit = {
            "id": f"gid://shopify/CustomerVisit/{_legacy('CustomerVisit', row)}",
            "occurredAt": _second(click["clicked_at"]),
            "landingPage": page,
            "referrerUrl": click["referrer"],
            "source": utm.get("source", "direct"),
            "utmParameters": utm or None,
        }
    days = None if click is None else (row["ordered_at"] - click["clicked_at"]).days
    return {
        "ready": True,
        "customerOrderIndex": 1,
        "daysToConversion": days,
        "firstVisit": visit,
        "lastVisit": visit,
    }
