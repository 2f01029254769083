"""What several pages have in common: columns, counts, tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from reachline.publish.report import queries, words
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows
from reachline.publish.report.tables import (
    Cell,
    Column,
    Source,
    Table,
    TableRow,
    figure,
    header_of,
    make_table,
    own_header,
)

PERFORMANCE = ("reports.campaign_performance", ("campaign_id", "method"))
COLLABORATION = ("reports.collaboration_performance", ("collaboration_id", "method"))
POSTS = ("reports.post_performance", ("post_id",))
PACING = ("reports.campaign_pacing", ("campaign_id",))


def measured_columns(*columns: Column) -> tuple[Column, ...]:
    """Return columns of figures that do not depend on the method of attribution."""
    return (
        *columns,
        Column("posts"),
        Column("engagements", absent="no_posts"),
        Column("reach_sum_of_posts", note="of_reach", absent="no_posts"),
        Column("impressions", note="of_impressions", absent="no_posts"),
        Column("paid_engagements", absent="no_posts"),
        Column("paid_impressions", absent="no_posts"),
        Column("valid_clicks", note="of_clicks", absent="no_clicks"),
        Column("ctr", low="ctr_low", high="ctr_high", note="of_ratios", absent="no_ctr"),
        Column(
            "conversion_rate",
            low="conversion_rate_low",
            high="conversion_rate_high",
            absent="no_conversions",
        ),
        Column("cpm", note="of_ratios", absent="no_ratios"),
        Column("cpe", absent="no_posts"),
        Column("cpc", absent="no_cpc"),
        Column("emv", absent="no_emv"),
    )


def returned_columns(*columns: str) -> tuple[Column, ...]:
    """Return columns of what a method of attribution credits, with a reason where none is known."""
    reasons = {name: f"no_{name}" for name in ("roi", "roas", "cpa", "cost_per_new_customer")}
    return tuple(
        Column(
            name,
            note="of_orders" if name in ("attributed_orders", "attributed_revenue") else "",
            absent=reasons.get(name, "no_orders"),
        )
        for name in columns
    )


def with_reasons(release: Release, rows: Rows) -> Rows:
    """Return rows of performance with the method's name, and words beside their figures.

    These say of how many posts or days a figure is (`of_…`), and why there is none (`no_…`).
    """
    return [{**row, **_reasons(release, row)} for row in rows]


def _reasons(release: Release, row: Mapping[str, Any]) -> dict[str, str]:
    posts, known, in_ratios = row["posts"], row["posts_with_impressions"], row["posts_in_ratios"]
    views = row["impressions_basis"] if row["impressions_basis"] != "impressions" else ""
    no_orders = not_watched(release, "orders", row)
    no_clicks = not_watched(release, "clicks", row)
    no_ratios = ""
    if not in_ratios:
        no_ratios = f"shown: {known:,} of {posts:,} posts known" if posts else "no posts"
    no_roi = no_orders
    if not no_orders and (row["orders_covered"] or 0) < queries.NEARLY_WHOLE:
        no_roi = f"orders of {_percent(row['orders_covered'])} of its days"
    elif not no_orders and row["cost_committed"]:
        no_roi = f"profit of {_percent(row['profit_coverage'])} known"
    return {
        "method_name": words.method_label(row["method"]),
        "of_reach": words.of_all(row["posts_with_reach"], posts, "posts"),
        "of_impressions": "; ".join(filter(None, (views, words.of_all(known, posts, "posts")))),
        "of_ratios": words.of_all(in_ratios, posts, "posts"),
        "of_orders": _of_days(row["orders_covered"]),
        "of_clicks": _of_days(row["clicks_covered"]),
        "no_orders": no_orders,
        "no_clicks": no_clicks,
        "no_conversions": no_clicks or no_orders or "no clicks",
        "no_cpc": no_clicks or "no clicks",
        "no_cpa": no_orders or "no orders",
        "no_cost_per_new_customer": no_orders or "no new customers",
        "no_ctr": no_clicks or no_ratios,
        "no_ratios": no_ratios,
        "no_roas": no_orders or "no cost",
        "no_roi": no_roi or "no cost",
        "no_posts": "" if posts else "no posts",
        "no_emv": "no rate" if posts else "no posts",
    }


def not_watched(release: Release, stream: str, row: Mapping[str, Any]) -> str:
    """Return why what a stream gives of a campaign is not known; nothing where it is.

    The row has `starts_on` and the stream's share of the days, orders_covered or clicks_covered.
    """
    share, starts_on = row[f"{stream}_covered"], row["starts_on"]
    today = release.run["logical_date"]
    if share is None:
        return f"starts {words.short_day(starts_on, today)}" if starts_on else "no campaign"
    return "" if share else release.before_coverage(stream)


def _of_days(share: float | None) -> str:
    return f"{_percent(share)} of days" if share and share < 1 else ""


def _percent(share: float | None) -> str:
    # what is not the whole is never said to be
    return f"{min(99, math.floor(100 * (share or 0)))} %"


def pacing_columns() -> tuple[Column, ...]:
    """Return the columns of a campaign's goal, its progress towards it, and its days."""
    return (
        Column("campaign_name", "Campaign", "name", link="campaign_page"),
        Column("status", "Pacing", "status", field="shown_status"),
        Column("pacing", "Pace", absent="no_actual"),
        Column("deliverables_late"),
        Column("goal_metric", "Goal is", "text"),
        Column("goal_value", field="pacing_goal"),
        Column("expected_to_date"),
        Column("actual", absent="no_actual"),
        Column("projected", absent="no_actual"),
        Column("elapsed_days"),
        Column("total_days"),
    )


_STREAM_OF_GOAL = {"clicks": "clicks", "conversions": "orders", "revenue": "orders"}


def with_goals(release: Release, campaigns: Rows) -> Rows:
    """Return rows of campaigns with a reason why it is not known how far one is on its goal.

    `shown_status` says of one that has ended whether it reached its goal, where that can be told.
    """
    return [
        {
            **row,
            "shown_status": _ending(row) or row["pacing_status"],
            "no_actual": _no_actual(release, row),
        }
        for row in campaigns
    ]


def _no_actual(release: Release, row: Mapping[str, Any]) -> str:
    today = release.run["logical_date"]
    if not row["goal_metric"]:
        return "no goal"
    if row["goal_metric"] in _STREAM_OF_GOAL:
        return not_watched(release, _STREAM_OF_GOAL[row["goal_metric"]], row)
    if row["starts_on"] and row["starts_on"] > today:
        return f"starts {words.short_day(row['starts_on'], today)}"
    return f"{row['goal_metric']} known of no post"


def _ending(row: Mapping[str, Any]) -> str:
    if row["pacing_status"] != "ended" or row["actual"] is None or row["pacing_goal"] is None:
        return ""
    if row["actual"] >= row["pacing_goal"]:
        return "goal reached"
    return "goal missed" if row["is_missed"] else ""


def paid_posts(release: Release, posts: Rows, limit: int) -> Table:
    """Return the paid posts, the most engaging first, `limit` of them."""
    return make_table(
        release.catalogue,
        "posts",
        "Posts for campaigns",
        POSTS,
        (
            Column("published_on"),
            Column("handle", "Account", "name", link="creator_page"),
            Column("platform", kind="text"),
            Column("text", "Post", "caption"),
            Column("orders_words", "Below it", "name", link="orders_page"),
            Column("disclosure", "Disclosure", "status"),
            Column("engagements"),
            Column("views"),
            Column("reach"),
            Column("er_followers_7d"),
            Column("er_views_7d"),
            Column("emv"),
        ),
        posts,
        limit=limit,
        empty="No post is known.",
    )


def relationship_columns() -> tuple[Column, ...]:
    """Return the columns of a brand's work with a creator: how long, its cost, its return."""
    return (
        Column("creator_name", "Creator", "name", link="creator_page"),
        Column("brand_name", "Brand", "name"),
        Column("status", "Status", "status"),
        Column("roi", note="of_roi", absent="no_roi"),
        Column("roi_last", absent="no_figure"),
        Column("collaborations"),
        Column("first_on"),
        Column("last_on"),
        Column("tenure_days"),
        Column("cost"),
        *(
            Column(name, absent="no_figure")
            for name in ("attributed_revenue", "attributed_profit", "profit_coverage")
        ),
        Column("roi_first", absent="no_figure"),
    )


def with_returns(release: Release, rows: Rows) -> Rows:
    """Return rows of relationships, with how many collaborations their return is of, if any."""
    today = release.run["logical_date"]
    return [
        {
            **row,
            "of_roi": words.of_all(
                row["collaborations_in_roi"], row["collaborations"], "collaborations"
            ),
            "no_figure": no_figure,
            "no_roi": no_figure
            or (
                f"profit of {_percent(row['profit_coverage'])} known" if row["cost"] else "no cost"
            ),
        }
        for row in rows
        for no_figure in (_no_return(row, today),)
    ]


def _no_return(row: Mapping[str, Any], today: date) -> str:
    if row["collaborations_in_roi"]:
        return ""
    if row["first_on"] > today:
        return f"starts {words.short_day(row['first_on'], today)}"
    return "orders not watched"


def health_table(release: Release, name: str, rows: Rows, caption: str) -> Table:
    """Return the table of each stream's freshness, gate, and rows that are missing or held."""
    return make_table(
        release.catalogue,
        name,
        caption,
        ("reports.data_health", ("source", "stream")),
        (
            Column("source", kind="name"),
            Column("stream", kind="name"),
            Column("freshness", kind="status"),
            Column("gate", kind="status"),
            Column("last_run_status", kind="status"),
            Column("last_landed_at"),
            Column("rows_7d"),
            Column("rows_expected"),
            Column("completeness", kind="status"),
            Column("rows_last_day"),
            Column("usual_low"),
            Column("usual_high"),
            Column("rows_held"),
            Column("files_refused"),
            Column("clicks_28d"),
            Column("clicks_counted_28d"),
            Column("quarantined_7d"),
            Column("queries"),
            Column("queries_incomplete"),
            Column("queries_not_found"),
        ),
        rows,
        empty="No source is known.",
    )


def counted_table(
    release: Release,
    name: str,
    caption: str,
    source: tuple[str, tuple[str, ...]],
    label: str,
    expressions: Mapping[str, str],
    rows: Rows,
    empty: str,
) -> Table:
    """Return a table of counts, a row for each value of the last key column of `source`.

    `label` stands over that column; `expressions` has for each count the SQL that it is made by.
    """
    table, keys = source
    return Table(
        name=name,
        caption=caption,
        table=table,
        keys=" ".join(keys),
        headers=(
            header_of(release.catalogue, table, keys[-1], label, numeric=False),
            *(own_header(count) for count in expressions),
        ),
        rows=tuple(
            TableRow(
                (
                    Cell(row[keys[-1]].replace("_", " "), column=keys[-1]),
                    *(
                        figure(
                            release.catalogue,
                            Source(table, (), ()),
                            count,
                            row[count],
                            expression=expression,
                        )
                        for count, expression in expressions.items()
                    ),
                ),
                Source(table, keys, tuple(row[key] for key in keys)).values,
            )
            for row in rows
        ),
        empty=empty,
    )


def facts(*facts: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Return the facts that are known, clipped."""
    return tuple((name, words.clipped(text, 160)) for name, text in facts if text)
