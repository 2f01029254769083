"""The campaigns: one page of all, and a page each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reachline.languages import day_text, gettext
from reachline.publish.report import queries, words
from reachline.publish.report.pages.parts import (
    COLLABORATION,
    PACING,
    PERFORMANCE,
    counted_table,
    facts,
    measured_columns,
    pacing_columns,
    paid_posts,
    returned_columns,
    with_goals,
    with_reasons,
)
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import (
    Column,
    Page,
    Section,
    Source,
    Stat,
    Table,
    figure,
    header_of,
    make_table,
)

DAILY = ("reports.campaign_daily", ("campaign_id", "date_day"))

_READ_AT_ONCE = 20
"""A longer list is folded, so that a reader finds what follows it."""


def _returned_columns(*columns: Column) -> tuple[Column, ...]:
    """Return the columns of cost, and of the return that a method of attribution credits."""
    return (
        *columns,
        *returned_columns("roi"),
        Column("cost_committed"),
        *returned_columns(
            *("attributed_revenue", "attributed_profit", "profit_coverage", "attributed_orders"),
            *("roas", "cpa", "new_customers", "cost_per_new_customer"),
        ),
        Column("cost_paid"),
    )


def campaigns(release: Release) -> Page:
    """Return the page of all campaigns."""
    campaign = Column("campaign_name", gettext("Campaign"), "name", link="campaign_page")
    brand = Column("brand_name", gettext("Brand"), "name")
    methods = with_reasons(release, release.rows["campaign_methods"])
    return Page(
        path="campaigns.html",
        title=gettext("Campaigns"),
        area="campaigns",
        sections=(
            Section(
                gettext("On track?"),
                "track",
                tables=(
                    make_table(
                        release.catalogue,
                        "pacing",
                        release.by_default(gettext("Pacing of every campaign")),
                        PACING,
                        (
                            *pacing_columns(),
                            Column("starts_on", gettext("Starts")),
                            Column("ends_on", gettext("Ends")),
                        ),
                        with_goals(release, release.rows["campaigns"]),
                        limit=len(release.rows["campaigns"]),
                    ),
                ),
            ),
            Section(
                gettext("Performance"),
                "performance",
                (
                    gettext(
                        "By the method of attribution named above. Brackets hold 95 % intervals."
                    ),
                ),
                tables=(
                    make_table(
                        release.catalogue,
                        "returned",
                        gettext("What every campaign cost and returned"),
                        PERFORMANCE,
                        _returned_columns(campaign, brand),
                        methods,
                        limit=len(methods),
                        by_method=True,
                        total_by=("method",),
                    ),
                    make_table(
                        release.catalogue,
                        "measured",
                        gettext("What every campaign brought, by any method"),
                        PERFORMANCE,
                        (*measured_columns(campaign, brand), Column("mentions_earned")),
                        [row for row in methods if row["is_default_method"]],
                        limit=len(methods),
                    ),
                ),
            ),
        ),
    )


def campaign_pages(release: Release) -> Iterator[Page]:
    """Yield a page for each campaign."""
    rows = release.rows
    methods = grouped(with_reasons(release, rows["campaign_methods"]), "campaign_id")
    days = grouped(rows["days"], "campaign_id")
    money = grouped(rows["money_to_date"], "campaign_id")
    collaborations = grouped(with_reasons(release, rows["collaborations"]), "campaign_id")
    posts = grouped(rows["posts"], "campaign_id")
    costs = grouped(rows["costs"], "campaign_id")
    rules = grouped(rows["rules"], "campaign_id")
    not_kept = grouped(rows["not_kept"], "campaign_id")
    for campaign in with_goals(release, rows["campaigns"]):
        key = campaign["campaign_id"]
        kept = _compliance(release, rules[key], not_kept[key])
        yield Page(
            path=campaign["campaign_page"],
            title=campaign["campaign_name"] or key,
            area="campaigns",
            crumbs=(("campaigns.html", gettext("Campaigns")),),
            facts=facts(
                (gettext("Brand"), campaign["brand_name"]),
                (gettext("Objective"), campaign["objective"]),
                (gettext("Runs"), _span(campaign["starts_on"], campaign["ends_on"])),
                (gettext("Status"), campaign["status"] and words.state(campaign["status"])),
                (gettext("Return"), _known_return(release, methods[key])),
            ),
            is_sheet=True,
            sections=(
                _in_short(release, campaign, methods[key], collaborations[key], money[key]),
                _track(release, campaign),
                Section(gettext("Day by day"), "days", tables=(_days(release, days[key]),)),
                _performance(release, methods[key]),
                _collaborations(release, collaborations[key]),
                Section(
                    gettext("Posts"),
                    "posts",
                    tables=(paid_posts(release, posts[key], len(posts[key])),),
                ),
                Section(gettext("Kept to the brief?"), "compliance", tables=kept),
                Section(gettext("Costs"), "costs", tables=(_costs(release, costs[key]),)),
            ),
        )


_BEST = 8


def _in_short(
    release: Release, campaign: dict[str, Any], methods: Rows, collaborations: Rows, money: Rows
) -> Section:
    """Return what a boss or a client asks for first: it is what is printed, on one page."""
    stats = []
    for row in methods:
        if not row["is_default_method"]:
            continue
        source = Source(*PERFORMANCE, (row["campaign_id"], row["method"]))
        for column, absent in (
            ("cost_committed", ""),
            ("attributed_revenue", "no_orders"),
            ("attributed_profit", "no_orders"),
            ("profit_coverage", "no_orders"),
            ("roi", "no_roi"),
            ("attributed_orders", "no_orders"),
            ("valid_clicks", "no_clicks"),
            ("posts", ""),
            ("engagements", "no_posts"),
        ):
            stats.append(
                Stat(
                    header_of(release.catalogue, source.table, column),
                    figure(
                        release.catalogue,
                        source,
                        column,
                        row[column],
                        absent=row[absent] if absent else "",
                        note=row["of_orders"] if column == "attributed_revenue" else "",
                    ),
                )
            )
    best = sorted(
        (row for row in collaborations if row["is_default_method"]),
        key=lambda row: (-(row["attributed_revenue"] or 0), row["collaboration_id"]),
    )
    return Section(
        gettext("In short"),
        "short",
        stats=(*stats, *_campaign_stats(release, campaign)),
        tables=(
            _money_to_date(release, money),
            make_table(
                release.catalogue,
                "best",
                release.by_default(
                    gettext("Its creators, the {number} with the most revenue", number=_BEST)
                ),
                COLLABORATION,
                (
                    Column("creator_name", gettext("Creator"), "name", link="creator_page"),
                    *returned_columns("roi"),
                    Column("cost_committed"),
                    *returned_columns("attributed_revenue", "attributed_orders"),
                    Column("posts"),
                    Column("engagements", absent="no_posts"),
                ),
                best[:_BEST],
                empty=gettext("It has no creators yet."),
            ),
        ),
        is_printed=True,
    )


def _known_return(release: Release, methods: Rows) -> str:
    """Return how far a campaign's return is known, where that is not the whole."""
    if not methods or methods[0]["result_state"] in ("running", "ended"):
        return ""
    first = methods[0]
    return first["no_orders"] or gettext(
        "orders of {days}: {why}",
        days=first["of_orders"],
        why=release.before_coverage("orders"),
    )


def _track(release: Release, campaign: dict[str, Any]) -> Section:
    pacing = make_table(
        release.catalogue,
        "pacing",
        release.by_default(gettext("Pacing and deliverables")),
        PACING,
        (
            Column("status", gettext("Pacing"), "status", field="shown_status"),
            Column("goal_metric", gettext("Goal is"), "text"),
            *(
                Column(name)
                for name in (
                    "elapsed_days",
                    "total_days",
                    "deliverables",
                    "deliverables_due",
                    "deliverables_live",
                    "deliverables_late",
                )
            ),
        ),
        [campaign] if campaign["total_days"] is not None else [],
    )
    return Section(gettext("On track?"), "track", tables=(pacing,))


def _days(release: Release, days: Rows) -> Table:
    reasons = {f"no_{stream}": release.before_coverage(stream) for stream in ("orders", "clicks")}
    return make_table(
        release.catalogue,
        "daily",
        release.by_default(gettext("Each day of the campaign, the last first")),
        DAILY,
        (
            *(Column(name) for name in ("date_day", "posts", "engagements_change")),
            Column("valid_clicks", absent="no_clicks"),
            *(
                Column(name, absent="no_orders")
                for name in ("attributed_orders", "attributed_revenue")
            ),
            Column("cost"),
        ),
        [{**day, **reasons} for day in days],
        limit=len(days),
        folded=True,
        empty=gettext("The campaign has not started."),
        charts=(("engagements_by_day", gettext("Engagements gained each day")),),
    )


def _performance(release: Release, methods: Rows) -> Section:
    return Section(
        gettext("Performance"),
        "performance",
        (
            gettext(
                "What is measured is the same for every method of attribution; they differ in whom "
                "they credit with an order. Brackets hold 95 % intervals."
            ),
        ),
        tables=(
            make_table(
                release.catalogue,
                "returned",
                gettext("What it cost and returned, by method"),
                PERFORMANCE,
                _returned_columns(Column("method_name", gettext("Method"), "name")),
                methods,
            ),
            make_table(
                release.catalogue,
                "measured",
                gettext("What it brought, by any method"),
                PERFORMANCE,
                (*measured_columns(), Column("mentions_earned")),
                [row for row in methods if row["is_default_method"]],
            ),
        ),
    )


def _collaborations(release: Release, collaborations: Rows) -> Section:
    creator = Column("creator_name", gettext("Creator"), "name", link="creator_page")
    orders = {row["orders_page"].partition("#")[0] for row in collaborations if row["orders_page"]}
    return Section(
        gettext("Collaborations"),
        "collaborations",
        links=tuple((page, gettext("Orders and clicks of each")) for page in orders),
        tables=(
            make_table(
                release.catalogue,
                "collaborations",
                gettext("Who returned it"),
                COLLABORATION,
                _returned_columns(creator),
                collaborations,
                limit=len(collaborations),
                by_method=True,
                total_by=("campaign_id", "method"),
            ),
            make_table(
                release.catalogue,
                "collaborations-measured",
                gettext("Who brought what, by any method"),
                COLLABORATION,
                measured_columns(
                    creator,
                    Column("orders_words", gettext("Below it"), "name", link="orders_page"),
                    Column("is_live", gettext("Live")),
                ),
                [row for row in collaborations if row["is_default_method"]],
                limit=len(collaborations),
            ),
        ),
    )


def _money_to_date(release: Release, days: Rows) -> Table:
    return make_table(
        release.catalogue,
        "to-date",
        release.by_default(gettext("Revenue and cost to date, on the days on which one changed")),
        DAILY,
        (
            Column("date_day"),
            Column("revenue_to_date", expression=queries.REVENUE_TO_DATE, absent="no_orders"),
            Column("cost_to_date", expression=queries.COST_TO_DATE),
        ),
        [{**day, "no_orders": release.before_coverage("orders")} for day in days],
        limit=len(days),
        folded=True,
        empty=gettext("The campaign has not started."),
        charts=(("money_to_date", gettext("Revenue and cost to date")),),
    )


def _campaign_stats(release: Release, campaign: dict[str, Any]) -> tuple[Stat, ...]:
    pacing = Source(*PACING, (campaign["campaign_id"],))
    own = Source("core.dim_campaign", ("campaign_id",), (campaign["campaign_id"],))
    shown = [
        (pacing, "pacing", campaign["pacing"]),
        (pacing, "actual", campaign["actual"]),
        (pacing, "expected_to_date", campaign["expected_to_date"]),
        (pacing, "goal_value", campaign["pacing_goal"]),
        (pacing, "projected", campaign["projected"]),
        (own, "budget_amount", campaign["budget_amount"]),
    ]
    return tuple(
        Stat(
            header_of(release.catalogue, source.table, column),
            figure(
                release.catalogue,
                source,
                column,
                value,
                goal=(campaign["goal_metric"] or "") if column in words.OF_THE_GOAL else "",
                absent=campaign["no_actual"] if column in ("actual", "pacing", "projected") else "",
            ),
        )
        for source, column, value in shown
    )


def _compliance(release: Release, rules: Rows, not_kept: Rows) -> tuple[Table, ...]:
    expressions = {
        "posts_checked": "count(result)",
        "passed": "count(*) filter (where result = 'pass')",
        "weak": "count(*) filter (where result = 'weak')",
        "failed": "count(*) filter (where result = 'fail')",
        "not_told": "count(*) - count(result)",
    }
    table = "reports.compliance"
    summary = counted_table(
        release,
        "rules",
        gettext("Posts by rule"),
        (table, ("campaign_id", "rule")),
        gettext("Rule"),
        expressions,
        rules,
        gettext("No post to check."),
    )
    listed = make_table(
        release.catalogue,
        "not-kept",
        gettext("What was not kept"),
        (table, ("post_id", "rule")),
        (
            Column("result", gettext("Result"), "status"),
            Column("rule", gettext("Rule"), "text"),
            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
            Column("published_on"),
            Column("evidence", gettext("Evidence"), "text"),
            Column("text", gettext("Post"), "caption"),
        ),
        not_kept,
        limit=len(not_kept),
        empty=gettext("What was checked was kept.")
        if any(row["posts_checked"] for row in rules)
        else gettext("Nothing was checked yet."),
        folded=len(not_kept) > _READ_AT_ONCE,
    )
    return (summary, listed)


def _costs(release: Release, costs: Rows) -> Table:
    return make_table(
        release.catalogue,
        "costs",
        gettext("Fees, products, payments and commissions owed, the last first"),
        ("core.fct_costs", ("cost_id",)),
        (
            Column("incurred_on"),
            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
            Column("kind", kind="text"),
            Column("status", kind="status"),
            Column("amount"),
            Column("original_amount", gettext("In its currency")),
            Column("currency", gettext("Currency"), "text"),
            Column("is_committed_cost", gettext("Counts as committed")),
            Column("is_paid_cost", gettext("Counts as paid")),
        ),
        costs,
        limit=len(costs),
        empty=gettext("No cost is known."),
        folded=len(costs) > _READ_AT_ONCE,
    )


def _span(first: Any, last: Any) -> str:
    days = [day_text(day) for day in (first, last) if day is not None]
    if len(days) == 2:
        return gettext("{first} to {last}", first=days[0], last=days[1])
    return days[0] if days else ""
