"""What is below a collaboration's figures: its orders and clicks, a page for each campaign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reachline.languages import gettext
from reachline.publish.report import queries, words
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import (
    Column,
    Page,
    Section,
    Table,
    make_table,
    safe_name,
)


def order_pages(release: Release) -> Iterator[Page]:
    """Yield a page for each campaign, with a part for each of its collaborations."""
    orders = grouped(release.rows["orders"], "collaboration_id")
    clicks = grouped(release.rows["clicks"], "collaboration_id")
    collaborations = grouped(
        [row for row in release.rows["collaborations"] if row["method"] == release.default_method],
        "campaign_id",
    )
    for campaign in release.rows["campaigns"]:
        page = campaign["campaign_page"]
        name = campaign["campaign_name"] or campaign["campaign_id"]
        yield Page(
            path=page.replace("campaign/", "orders/"),
            title=gettext("Orders and clicks of {name}", name=name),
            area="campaigns",
            crumbs=(("campaigns.html", gettext("Campaigns")), (page, words.clipped(name, 60))),
            lead=(
                gettext(
                    "What is below the figures of each collaboration: ids and days, nothing "
                    "of who bought. Credit is by {method}.",
                    method=words.method_within(release.default_method),
                ),
            ),
            sections=tuple(
                _collaboration(release, row, orders, clicks)
                for row in collaborations[campaign["campaign_id"]]
            )
            or (
                Section(
                    gettext("No collaboration"), "none", (gettext("The campaign has none yet."),)
                ),
            ),
        )


def _collaboration(
    release: Release, row: dict[str, Any], orders: dict[Any, Rows], clicks: dict[Any, Rows]
) -> Section:
    key = row["collaboration_id"]
    name = safe_name(key)
    # a creator may have several of a campaign
    of = f"{row['creator_name']} ({key})" if row["creator_name"] else key
    return Section(
        row["creator_name"] or key,
        name,
        tables=(
            _orders(release, f"orders-{name}", of, orders.get(key, [])),
            _clicks(release, f"clicks-{name}", of, clicks.get(key, [])),
        ),
        links=((row["creator_page"], gettext("All of the creator")),)
        if row["creator_page"]
        else (),
    )


def _orders(release: Release, name: str, of: str, rows: Rows) -> Table:
    return make_table(
        release.catalogue,
        name,
        gettext("Orders of {of}, the last first", of=of),
        ("core.fct_attribution", ("order_id", "method", "touch_number")),
        (
            Column("order_id", gettext("Order"), "name"),
            Column("ordered_on", gettext("Day")),
            Column("touch_kind", gettext("By"), "text"),
            Column("credit", absent="no_amount"),
            Column("attributed_revenue", absent="no_amount"),
            Column("attributed_profit", absent="no_profit"),
            Column(
                "refunded_amount",
                gettext("Refunded, in its currency"),
                source=("core.fct_orders", {"order_id": "order_id"}),
                note="currency",
            ),
        ),
        [
            {
                **row,
                "no_amount": gettext("no exchange rate"),
                "no_profit": gettext("cost of goods not told"),
            }
            for row in rows
        ],
        limit=queries.ORDERS_AT_ONCE,
        total=rows[0]["orders_of_collaboration"] if rows else 0,
        where="tables/fct_attribution.parquet",
        empty=gettext("No order is credited to it."),
    )


def _clicks(release: Release, name: str, of: str, rows: Rows) -> Table:
    return make_table(
        release.catalogue,
        name,
        gettext("Clicks of {of} by day, the last first", of=of),
        ("core.fct_clicks", ("collaboration_id", "clicked_on")),
        (
            Column("clicked_on", gettext("Day")),
            *(
                Column(count, expression=expression)
                for count, expression in queries.CLICKS_OF_DAYS.items()
            ),
        ),
        rows,
        folded=len(rows) > 14,
        empty=gettext("No click is known."),
    )
