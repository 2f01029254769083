"""Shopify's own schema of its Admin API: what is asked is valid, and what it may answer is read."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reachline.configuration.platforms.shopify import Options
from reachline.settings import Settings
from tests.servers.installed import HERE, environment, installed
from tests.servers.nights import published, reachline
from tests.servers.processes import ONLY_HERE, running
from tests.unit.connectors.homes import landed, make_home

ORDERS = 50
"""More than a page holds."""


@dataclass
class Shop:
    """A home that has asked a shop for its orders, and what the shop said of the queries."""

    settings: Settings
    report: str
    held: list[dict[str, Any]]


@pytest.fixture(scope="module")
def shop(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shopify")
    packages = installed("shopify", node)
    script = shutil.copy(HERE / "shopify.mjs", packages.parent)
    settings = make_home(folder, {"shopify": {"shop": "acme.myshopify.com"}})
    command = [node, "--require", ONLY_HERE, script, str(ORDERS)]
    with running(command, folder / "shop.log", environment(node)) as server:
        url = server.wait_for("SHOP ", 60).removeprefix("SHOP ")
        connection = {"password": "shpat_made_up", "extra": {"base_url": url}}
        report = reachline(settings, "ingest", "shopify", shopify=connection)
        reachline(settings, "run", "--date", f"{datetime.now(UTC):%Y-%m-%d}")
        lines = server.log.read_text("utf-8").splitlines()
    held = [json.loads(line) for line in lines if line.startswith("{")]
    return Shop(settings, report, held)


def test_each_query_is_valid_in_every_version_and_asks_for_nothing_deprecated(shop: Shop) -> None:
    by_query: dict[str, set[str]] = {}
    for told in shop.held:
        by_query.setdefault(told["query"], set()).add(told["version"])
    assert by_query.keys() == {"query changed", "query one"}
    for versions in by_query.values():
        assert Options.model_fields["api_version"].default in versions
        assert len(versions) > 3
    wrong = [told for told in shop.held if told["errors"] or told["deprecated"]]
    assert wrong == []


def test_each_order_lands_and_is_an_order(shop: Shop) -> None:
    names = sorted(
        json.loads(raw)["name"] for *_, raw in landed(shop.settings, "shopify", "orders")
    )
    assert names == sorted(f"#{number}" for number in range(1, ORDERS + 1)), shop.report
    orders = published(shop.settings, "select order_id, currency from core.fct_orders")
    assert sorted(orders) == sorted((name, "USD") for name in names)
    # an item of 10, of which 3 less a fee of 1 were paid back; it cost 4: (10 - 4) x 8 / 10
    money = published(
        shop.settings,
        "select distinct gross_amount, net_amount, gross_profit from core.fct_orders",
    )
    assert money == [(Decimal(10), Decimal(8), Decimal("4.8"))]
    (refunds,) = published(shop.settings, "select count(*), sum(amount) from core.fct_refunds")
    assert refunds == (ORDERS, Decimal(2 * ORDERS))
    warned = published(
        shop.settings,
        "select success from quality.gate_results"
        " where expectation = 'revenue_is_what_the_shop_kept'",
    )
    assert warned == [(True,)]
