"""Each published row names the batch that it came in by, of several the newest."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
CORE = ("dim_post", "fct_clicks", "fct_orders", "fct_post_daily", "fct_refunds")

SHOP = """\
tool: shop
exports:
  - name: sales
    format: csv
    header: [id, total]
    streams:
      orders:
        columns:
          order_id: "id"
          ordered_at: "'2026-02-10T10:00:00Z'"
          gross_amount: "total"
          currency: "'USD'"
          status: "'placed'"
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, str]]]:
    """A home of two nights, and its batches: names to batch_id."""
    folder = tmp_path_factory.mktemp("lineage")
    config = Path(shutil.copytree(EXAMPLE, folder / "config"))
    (config / "exports" / "shop.yml").write_text(SHOP)
    home = new_home(folder, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", CORE)
        yield home, _two_nights(home)


def _two_nights(home: Home) -> dict[str, str]:
    def order(name: str) -> dict[str, str | None]:
        at = {"ordered_at": "2026-02-10T10:00:00Z", "currency": "USD", "status": "placed"}
        return {"order_id": name, "gross_amount": "100", **at}

    def refund(name: str, of: str, at: str = "2026-02-20") -> dict[str, str | None]:
        when = f"{at}T00:00:00Z"
        return {"refund_id": name, "order_id": of, "refunded_at": when, "amount": "1"}

    def click(name: str) -> dict[str, str | None]:
        return {"click_id": name, "link_id": "l1", "clicked_at": "2026-02-10T10:00:00Z"}

    def post(name: str, at: str) -> dict[str, str | None]:
        ids = {"platform": "x", "native_post_id": name, "published_at": "2026-02-10T10:00:00Z"}
        return {**ids, "observed_at": f"2026-02-{at}:00Z", "text": "hello"}

    def metrics(at: str, likes: str) -> dict[str, str | None]:
        ids = {"platform": "x", "native_post_id": "p1", "observed_at": f"2026-02-{at}:00Z"}
        return {**ids, "value_basis": "measured", "likes": likes}

    landed = {
        "orders": home.land("orders", [order(name) for name in ("plain", "paid_back", "twice")]),
        "refunds": home.land(
            "refunds",
            [refund("r1", "paid_back"), refund("r2", "paid_back"), refund("r3", "plain", "03-09")],
        ),
        "clicks": home.land("clicks", [click("once"), click("again")]),
        "posts": home.land("posts", [post("p1", "10T12:00"), post("p2", "10T12:00")]),
        "metrics": home.land("post_metrics", [metrics("11T08:00", "1"), metrics("12T08:00", "2")]),
    }
    home.night(FIRST)
    landed |= {
        # of two sources the row that landed last is the newest
        "sales": home.land("sales", [{"id": "twice", "total": "90"}], source="shop", day=SECOND),
        "late_refund": home.land("refunds", [refund("r4", "paid_back")], day=SECOND),
        "clicks_again": home.land("clicks", [click("again")], day=SECOND),
        # seen earlier, landed later: the newest version stays
        "posts_before": home.land("posts", [post("p1", "10T11:00")], day=SECOND),
        "posts_after": home.land("posts", [post("p2", "10T13:00")], day=SECOND),
        "metrics_after": home.land(
            "post_metrics", [metrics("11T07:00", "1"), metrics("12T09:00", "3")], day=SECOND
        ),
    }
    home.night(SECOND)
    return {name: manifest.batch_id for name, manifest in landed.items()}


def test_an_order_names_its_own_batch_and_those_of_its_refunds(
    told: tuple[Home, dict[str, str]],
) -> None:
    home, batch = told
    assert dict(home.rows("select order_id, batch_ids from core.fct_orders")) == {
        "plain": [batch["orders"]],  # its refund is yet to come
        "paid_back": sorted([batch["orders"], batch["refunds"], batch["late_refund"]]),
        "twice": [batch["sales"]],
    }
    assert dict(home.rows("select refund_id, batch_id from core.fct_refunds")) == {
        "r1": batch["refunds"],
        "r2": batch["refunds"],
        "r4": batch["late_refund"],
    }


def test_clicks_posts_and_snapshots_name_the_newest_batch(
    told: tuple[Home, dict[str, str]],
) -> None:
    home, batch = told
    assert dict(home.rows("select click_id, batch_id from core.fct_clicks")) == {
        "once": batch["clicks"],
        "again": batch["clicks_again"],
    }
    assert dict(home.rows("select post_id, batch_id from core.dim_post")) == {
        "x:p1": batch["posts"],
        "x:p2": batch["posts_after"],
    }
    assert dict(home.rows("select day(date_day), batch_id from core.fct_post_daily")) == {
        11: batch["metrics"],
        12: batch["metrics_after"],
    }
