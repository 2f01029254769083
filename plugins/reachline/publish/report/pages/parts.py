"""What several pages have in common: columns, counts, tables."""

from __future__ import annotations

from collections.abc import Mapping

from reachline.publish.report import words
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
        Column("engagements"),
        Column("reach_sum_of_posts"),
        Column("impressions", note="basis"),
        Column("valid_clicks"),
        Column("ctr", low="ctr_low", high="ctr_high"),
        Column("conversion_rate", low="conversion_rate_low", high="conversion_rate_high"),
        Column("cpm"),
        Column("cpe"),
        Column("cpc"),
        Column("emv"),
    )


def with_basis(rows: Rows) -> Rows:
    """Return the rows with the method's name, and a note where impressions are views."""
    return [
        {
            **row,
            "basis": row["impressions_basis"] if row["impressions_basis"] != "impressions" else "",
            "method_name": words.method_label(row["method"]),
        }
        for row in rows
    ]


def pacing_columns() -> tuple[Column, ...]:
    """Return the columns of a campaign's goal, its progress towards it, and its days."""
    return (
        Column("campaign_name", "Campaign", "name", link="campaign_page"),
        Column("status", "Pacing", "status", field="pacing_status"),
        Column("pacing", "Pace"),
        Column("goal_metric", "Goal is", "text"),
        Column("goal_value", field="pacing_goal"),
        Column("expected_to_date"),
        Column("actual"),
        Column("projected"),
        Column("elapsed_days"),
        Column("total_days"),
        Column("deliverables_late"),
    )


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
        Column("collaborations"),
        Column("first_on"),
        Column("last_on"),
        Column("tenure_days"),
        Column("cost"),
        Column("attributed_revenue"),
        Column("attributed_profit"),
        Column("profit_coverage"),
        Column("roi"),
        Column("roi_first"),
        Column("roi_last"),
    )


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
