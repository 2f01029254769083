"""Shopify: orders by when they changed, points that come back, journeys that are not ready."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.shopify import PAGE, SALES
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

TOKEN = "shpat_s3cret"
PATH = "/admin/api/2026-10/graphql.json"


def refused(code: str | None = None, message: str = "no", **extensions: Any) -> Given:
    error = {"message": message, **({"extensions": {"code": code}} if code else {})}
    return Given({"errors": [error], "extensions": extensions})


def throttled(requested: int, available: float, rate: float) -> Given:
    status = {"currentlyAvailable": available, "restoreRate": rate}
    cost = {"requestedQueryCost": requested, "throttleStatus": status}
    return refused("THROTTLED", "Throttled", cost=cost)


@dataclass
class Fake:
    """Orders, oldest change first, below cursors that are their places."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[dict[str, Any]], Given | None] = lambda variables: None

    def answer(self, asked: Asked) -> Given:
        assert (asked.method, asked.path) == ("POST", PATH)
        if asked.headers["X-Shopify-Access-Token"] != TOKEN:
            return Given({"errors": "[API] Invalid API key or access token"}, 401)
        variables = json.loads(asked.body)["variables"]
        given = self.before(variables)
        if given is not None:
            return given
        if "id" in variables:
            (order,) = [order for order in self.orders if order["id"] == variables["id"]]
            return Given({"data": {"order": {**part(order, variables), "asked": "alone"}}})
        since, until = (bound.split("'")[1] for bound in variables["query"].split(" AND "))
        changed = [order for order in self.orders if since <= order["updatedAt"] < until]
        changed.sort(key=lambda order: order["updatedAt"])
        at = int(variables["after"] or 0)
        upto = at + variables["first"]
        info = {"hasNextPage": upto < len(changed), "endCursor": str(upto)}
        nodes = [part(order, variables) for order in changed[at:upto]]
        return Given({"data": {"orders": {"nodes": nodes, "pageInfo": info}}})


def part(order: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return an order with as many of its agreements and their sales as are asked for."""

    def page(items: list[Any], first: int, after: str | None) -> dict[str, Any]:
        upto = int(after or 0) + first
        info = {"hasNextPage": upto < len(items), "endCursor": str(upto)}
        return {"nodes": items[int(after or 0) : upto], "pageInfo": info}

    told = page(order["agreements"], asked["agreements"], asked["agreement"])
    told["nodes"] = [
        {**agreed, "sales": page(agreed["sales"], asked["sales"], asked["sale"])}
        for agreed in told["nodes"]
    ]
    return {**order, "agreements": told}


def agreed(*sizes: int) -> list[dict[str, Any]]:
    """Return agreements of so many sales each, which are numbered through."""
    numbers = iter(range(sum(sizes)))
    return [
        {"id": str(at), "sales": [next(numbers) for _ in range(size)]}
        for at, size in enumerate(sizes)
    ]


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    password: str = TOKEN

    def run(self, name: str = "r") -> Report:
        connection = Connection(password=self.password, extra={"base_url": self.server.url})
        return ingest(
            self.settings, "shopify", name, clock=self.time.clock(), connection=connection
        )

    def order(self, at: datetime, **more: Any) -> str:
        number = len(self.fake.orders) + 1
        moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        order = {
            "id": f"gid://shopify/Order/{number}",
            "name": f"#{number}",
            "createdAt": moment,
            "updatedAt": moment,
            "customerJourneySummary": {"ready": True},
            "agreements": agreed(3),
            **more,
        }
        self.fake.orders.append(order)
        return f"{order['id']}@{order['updatedAt']}"

    def grow(self, count: int) -> list[str]:
        start = self.time.at - timedelta(hours=20)
        return [self.order(start + timedelta(minutes=n)) for n in range(count)]

    def ids(self) -> list[str]:
        return [found for _, found, _ in landed(self.settings, "shopify", "orders")]

    def variables(self) -> list[dict[str, Any]]:
        return [json.loads(asked.body)["variables"] for asked in self.server.asked]

    def cursor(self) -> Any:
        return next(
            batch.cursor
            for batch in reversed(batches(self.settings, "shopify"))
            if (batch.stream, batch.query) == ("orders", "orders")
        )


@contextmanager
def world(tmp_path: Path) -> Iterator[World]:
    fake = Fake()
    options = {"shop": "acme.myshopify.com", "api_version": "2026-10"}
    settings = make_home(tmp_path, {"shopify": options})
    with serving(fake.answer) as server:
        yield World(settings, fake, server)


def state(report: Report) -> RunState:
    (found,) = [o.state for o in report.outcomes if o.query.text == "orders"]
    return found


def test_an_order_lands_once_and_again_when_it_changes(tmp_path):
    with world(tmp_path) as w:
        expected = w.grow(95)
        assert state(w.run()) == RunState.OK
        assert w.ids() == expected
        w.time.pass_by(days=1)
        changed = f"{w.time.at - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        w.fake.orders[0]["updatedAt"] = changed
        assert state(w.run()) == RunState.OK
        assert w.ids() == [*expected, f"{w.fake.orders[0]['id']}@{changed}"]


def test_an_order_at_the_edge_of_a_window_is_in_one_of_them(tmp_path):
    with world(tmp_path) as w:
        ends = w.order(w.time.at)
        assert state(w.run()) == RunState.NO_DATA, "the end is no part of a window"
        w.time.pass_by(hours=1)
        w.run()
        assert w.ids() == [ends]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refused("ACCESS_DENIED", "Access denied for orders field"), RunState.AUTH_EXPIRED),
        (refused("MAX_COST_EXCEEDED"), RunState.PARTIAL),
        (refused(), RunState.PARTIAL),
        (Given({"errors": "[API] Invalid API key"}, 401), RunState.AUTH_EXPIRED),
        (Given({"errors": "Internal error"}, 500), RunState.PARTIAL),
        (Given(raw=b'{"data": {"orders": {"nodes": ['), RunState.PARTIAL),
    ],
)
def test_a_stop_on_page_3_loses_and_doubles_nothing(tmp_path, given, expected):
    with world(tmp_path) as w:
        orders = w.grow(95)
        w.fake.before = lambda asked: given if asked.get("after") == str(2 * PAGE) else None
        assert state(w.run()) == expected
        assert w.ids() == orders[: 2 * PAGE]
        assert w.cursor()["after"] == str(2 * PAGE)
        w.fake.before = lambda asked: None
        w.time.pass_by(hours=1)
        assert state(w.run("r2")) == RunState.OK
        assert w.ids() == orders


def test_a_cursor_that_repeats_ends_the_run_and_goes_on_from_there(tmp_path):
    with world(tmp_path) as w:
        orders = w.grow(95)
        stuck = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": str(2 * PAGE)}}
        w.fake.before = lambda asked: (
            Given({"data": {"orders": stuck}}) if asked.get("after") == str(2 * PAGE) else None
        )
        assert state(w.run()) == RunState.PARTIAL
        w.fake.before = lambda asked: None
        w.run("r2")
        assert w.ids() == orders


def test_points_that_are_short_are_waited_for(tmp_path):
    with world(tmp_path) as w:
        orders = w.grow(3)
        left = [throttled(750, 150, 50.0), throttled(750, 749.5, 50.0)]
        w.fake.before = lambda asked: left.pop(0) if left else None
        assert state(w.run()) == RunState.OK
        assert w.ids() == orders
        # 600 points at 50 a second; half a point, and never less than a second
        assert w.time.slept == [12.0, 1.0]


def test_points_that_do_not_come_back_end_the_run(tmp_path):
    with world(tmp_path) as w:
        w.grow(3)
        w.fake.before = lambda asked: throttled(750, 0, 1.0)
        assert state(w.run()) == RunState.RATE_LIMITED
        assert w.ids() == []


@pytest.mark.parametrize(
    "sizes", [(5,), (3, 1), (SALES, 2), (SALES + 1,), (4, 2 * SALES + 3, 1), (2, 0, SALES)]
)
def test_an_order_that_a_page_does_not_have_whole_is_put_together(tmp_path, sizes):
    with world(tmp_path) as w:
        at = w.time.at - timedelta(hours=2)
        w.order(at)
        w.order(at, agreements=agreed(4))
        w.order(at + timedelta(minutes=1), agreements=agreed(*sizes))
        assert state(w.run()) == RunState.OK
        records = [json.loads(text) for _, _, text in landed(w.settings, "shopify", "orders")]
        assert [record.get("asked") for record in records] == [None, None, "alone"]
        for record, expected in zip(records, (agreed(3), agreed(4), agreed(*sizes)), strict=True):
            nodes = record["agreements"]["nodes"]
            assert [{**node, "sales": node["sales"]["nodes"]} for node in nodes] == expected


def test_a_page_of_sales_that_comes_again_ends_the_order_and_holds_up_no_other(tmp_path):
    with world(tmp_path) as w:
        ids = w.grow(2)
        w.fake.orders[0]["agreements"] = agreed(SALES + 1)
        stuck = w.fake.orders[0]["id"]

        def again(variables: dict[str, Any]) -> Given | None:
            if variables.get("id") != stuck or variables["sale"] is None:
                return None
            first = part(w.fake.orders[0], {**variables, "sale": None})
            return Given({"data": {"order": first}})

        w.fake.before = again
        report = w.run()
        assert report.state == RunState.PARTIAL
        assert stuck in report.outcomes[0].text
        assert w.ids() == [ids[1]]


def test_what_goods_cost_is_left_where_the_token_may_not_see_it(tmp_path, caplog):
    with world(tmp_path) as w:
        ids = w.grow(20)
        place = ["orders", "nodes", 0, "agreements", "nodes", 0, "sales", "nodes", 0, "lineItem"]
        error = {
            "message": "Access denied for inventoryItem field. Required access: `read_inventory`",
            "path": [*place, "variant", "inventoryItem"],
            "extensions": {"code": "ACCESS_DENIED"},
        }
        body = {"data": None, "errors": [error]}
        w.fake.before = lambda variables: Given(body) if variables["costs"] else None
        assert state(w.run()) == RunState.OK
        assert w.ids() == ids
        assert [variables["costs"] for variables in w.variables()] == [True, False, False]
        assert caplog.text.count("What goods cost is not asked for") == 1


def test_a_journey_that_is_not_ready_is_asked_for_until_it_is(tmp_path):
    with world(tmp_path) as w:
        at = w.time.at - timedelta(hours=2)
        ready = w.order(at)
        waits = w.order(at + timedelta(minutes=1), customerJourneySummary={"ready": False})
        for days in range(3):
            w.run(f"r{days}")
            w.time.pass_by(days=1)
            if days == 1:
                w.fake.orders[1]["customerJourneySummary"] = {"ready": True}
        again = [variables["id"] for variables in w.variables() if "id" in variables]
        assert set(again) == {w.fake.orders[1]["id"]}, "one that is ready is left"
        assert w.ids().count(ready) == 1
        assert w.ids().count(waits) == 1 + len(again)
        w.run("last")
        assert [v["id"] for v in w.variables() if "id" in v] == again, "then it is left as well"


def test_the_token_is_nowhere(tmp_path, caplog):
    with world(tmp_path) as w:
        w.grow(2)
        w.run()
        w.password = "shpat_s3cret_old"
        report = w.run("r2")
        assert state(report) == RunState.AUTH_EXPIRED
        texts = [caplog.text, str(report)]
        files = [path for path in w.settings.paths.home.rglob("*") if path.is_file()]
        assert files
        assert not any("s3cret" in text for text in texts)
        assert not any(b"s3cret" in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    "given", [refused("INTERNAL_SERVER_ERROR", "Looks like something went wrong"), Given({}, 502)]
)
def test_an_order_that_is_not_given_holds_up_no_other_and_is_owed(tmp_path, given):
    with world(tmp_path) as w:
        ids = w.grow(120)
        w.fake.orders[50]["agreements"] = agreed(3, 1)
        bad = w.fake.orders[50]["id"]
        w.fake.before = lambda variables: given if variables.get("id") == bad else None
        for day in range(4):
            report = w.run(f"r{day}")
            assert report.state == RunState.PARTIAL, "money is missing: that is red"
            assert bad in report.outcomes[0].text
            assert w.cursor()["owed"] == [bad]
            w.time.pass_by(days=1)
            ids += w.grow(1)
        w.fake.before = lambda variables: None
        assert w.run("mended").state == RunState.OK
        assert "owed" not in w.cursor()
        assert sorted(w.ids()) == sorted(ids)
