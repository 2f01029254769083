"""What several pages have in common: columns, counts, tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from reachline.languages import N_, gettext, short_day_text
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

_OF_POSTS = N_("{some} of {all} posts")


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
    basis = row["impressions_basis"]
    views = words.state(basis) if basis and basis != "impressions" else ""
    no_orders = not_watched(release, "orders", row)
    no_clicks = not_watched(release, "clicks", row)
    no_ratios = ""
    if not in_ratios:
        no_ratios = gettext("no posts")
        if posts:
            no_ratios = gettext("shown: {some} of {all} posts known", some=known, all=posts)
    no_roi = no_orders
    if not no_orders and (row["orders_covered"] or 0) < queries.NEARLY_WHOLE:
        no_roi = gettext("orders of {share} of its days", share=_percent(row["orders_covered"]))
    elif not no_orders and row["cost_committed"]:
        no_roi = gettext("profit of {share} known", share=_percent(row["profit_coverage"]))
    return {
        "method_name": words.method_label(row["method"]),
        "of_reach": words.of_all(row["posts_with_reach"], posts, _OF_POSTS),
        "of_impressions": "; ".join(filter(None, (views, words.of_all(known, posts, _OF_POSTS)))),
        "of_ratios": words.of_all(in_ratios, posts, _OF_POSTS),
        "of_orders": _of_days(row["orders_covered"]),
        "of_clicks": _of_days(row["clicks_covered"]),
        "no_orders": no_orders,
        "no_clicks": no_clicks,
        "no_conversions": no_clicks or no_orders or gettext("no clicks"),
        "no_cpc": no_clicks or gettext("no clicks"),
        "no_cpa": no_orders or gettext("no orders"),
        "no_cost_per_new_customer": no_orders or gettext("no new customers"),
        "no_ctr": no_clicks or no_ratios,
        "no_ratios": no_ratios,
        "no_roas": no_orders or gettext("no cost"),
        "no_roi": no_roi or gettext("no cost"),
        "no_posts": "" if posts else gettext("no posts"),
        "no_emv": gettext("no rate") if posts else gettext("no posts"),
    }


def not_watched(release: Release, stream: str, row: Mapping[str, Any]) -> str:
    """Return why what a stream gives of a campaign is not known; nothing where it is.

    The row has `starts_on` and the stream's share of the days, orders_covered or clicks_covered.
    """
    share, starts_on = row[f"{stream}_covered"], row["starts_on"]
    today = release.run["logical_date"]
    if share is None:
        if not starts_on:
            return gettext("no campaign")
        return gettext("starts {day}", day=short_day_text(starts_on, today))
    return "" if share else release.before_coverage(stream)


def _of_days(share: float | None) -> str:
    return gettext("{share} of days", share=_percent(share)) if share and share < 1 else ""


def _percent(share: float | None) -> str:
    # what is not the whole is never said to be
    number = min(99, math.floor(100 * (share or 0)))
    return gettext("{number} %", number=number)


def pacing_columns() -> tuple[Column, ...]:
    """Return the columns of a campaign's goal, its progress towards it, and its days."""
    return (
        Column("campaign_name", gettext("Campaign"), "name", link="campaign_page"),
        Column("status", gettext("Pacing"), "status", field="shown_status"),
        Column("pacing", gettext("Pace"), absent="no_actual"),
        Column("deliverables_late"),
        Column("goal_metric", gettext("Goal is"), "text"),
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
        return gettext("no goal")
    if row["goal_metric"] in _STREAM_OF_GOAL:
        return not_watched(release, _STREAM_OF_GOAL[row["goal_metric"]], row)
    if row["starts_on"] and row["starts_on"] > today:
        return gettext("starts {day}", day=short_day_text(row["starts_on"], today))
    return gettext("{what} known of no post", what=words.state(row["goal_metric"]))


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
        gettext("Posts for campaigns"),
        POSTS,
        (
            Column("published_on"),
            Column("handle", gettext("Account"), "name", link="creator_page"),
            Column("platform", kind="text"),
            Column("text", gettext("Post"), "caption"),
            Column("orders_words", gettext("Below it"), "name", link="orders_page"),
            Column("disclosure", gettext("Disclosure"), "status"),
            Column("engagements"),
            Column("views"),
            Column("reach"),
            Column("er_followers_7d"),
            Column("er_views_7d"),
            Column("emv"),
        ),
        posts,
        limit=limit,
        empty=gettext("No post is known."),
    )


def relationship_columns() -> tuple[Column, ...]:
    """Return the columns of a brand's work with a creator: how long, its cost, its return."""
    return (
        Column("creator_name", gettext("Creator"), "name", link="creator_page"),
        Column("brand_name", gettext("Brand"), "name"),
        Column("status", gettext("Status"), "status"),
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
                row["collaborations_in_roi"],
                row["collaborations"],
                N_("{some} of {all} collaborations"),
            ),
            "no_figure": no_figure,
            "no_roi": no_figure
            or (
                gettext("profit of {share} known", share=_percent(row["profit_coverage"]))
                if row["cost"]
                else gettext("no cost")
            ),
        }
        for row in rows
        for no_figure in (_no_return(row, today),)
    ]


def _no_return(row: Mapping[str, Any], today: date) -> str:
    if row["collaborations_in_roi"]:
        return ""
    if row["first_on"] > today:
        return gettext("starts {day}", day=short_day_text(row["first_on"], today))
    return gettext("orders not watched")


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
        empty=gettext("No source is known."),
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
                    Cell(words.state(row[keys[-1]].replace("_", " ")), column=keys[-1]),
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
