"""The pages: which questions each answers, and from which tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from reachline.publish.report import queries, words
from reachline.publish.report.queries import Rows, ask, ask_before, grouped, keys_of
from reachline.publish.report.tables import (
    Catalogue,
    Cell,
    Column,
    Header,
    Page,
    Section,
    Source,
    Stat,
    Table,
    TableRow,
    figure,
    header_of,
    make_table,
    own_header,
    safe_name,
)

PERFORMANCE = ("reports.campaign_performance", ("campaign_id", "method"))
COLLABORATION = ("reports.collaboration_performance", ("collaboration_id", "method"))
POSTS = ("reports.post_performance", ("post_id",))
SCORECARD = ("reports.creator_scorecard", ("account_id",))
PACING = ("reports.campaign_pacing", {"campaign_id": "campaign_id"})


@dataclass(frozen=True)
class Release:
    """What all pages draw on: the catalogue, the rows by table, and the pages there are."""

    catalogue: Catalogue
    run: dict[str, Any]
    methods: tuple[str, ...]
    rows: dict[str, Rows]
    before: dict[str, Rows | None]
    before_on: str

    @property
    def default_method(self) -> str:
        """The method that the release's other tables follow."""
        return self.methods[0] if self.methods else ""


_QUERIES = {
    "campaigns": queries.CAMPAIGNS,
    "campaign_methods": queries.CAMPAIGN_METHODS,
    "totals": queries.TOTALS,
    "days": queries.CAMPAIGN_DAYS,
    "collaborations": queries.COLLABORATIONS,
    "posts": queries.PAID_POSTS_OF_ALL,
    "latest": queries.LATEST_POSTS_OF_ROSTER,
    "costs": queries.COSTS,
    "rules": queries.RULES,
    "not_kept": queries.NOT_KEPT,
    "creators": queries.CREATORS,
    "scorecards": queries.SCORECARDS,
    "followers": queries.FOLLOWERS,
    "relationships": queries.RELATIONSHIPS,
    "fees": queries.FEES,
    "brands": queries.OWN_BRANDS,
    "shortlist": queries.SHORTLIST,
    "voice": queries.VOICE,
    "trends": queries.TRENDS,
    "trend_rows": queries.TREND_ROWS,
    "tiers": queries.TIERS,
    "outreach": queries.OUTREACH,
    "health": queries.HEALTH,
    "gates": queries.GATES,
    "gate_totals": queries.GATE_TOTALS,
    "rejects": queries.REJECTS,
    "reject_lines": queries.REJECT_LINES,
    "counts": queries.COUNTS,
    "standing": queries.STANDING,
    "shortlisted": queries.SHORTLISTED,
    "tables": queries.TABLES,
    "columns": queries.COLUMNS,
}
_COMPARED = ("counts", "standing", "shortlisted")


def read_release(
    connection: duckdb.DuckDBPyConnection, previous: duckdb.DuckDBPyConnection | None
) -> Release:
    """Ask everything that the pages show, once."""
    rows = {name: ask(connection, query) for name, query in _QUERIES.items()}
    before = {name: ask_before(previous, _QUERIES[name]) for name in _COMPARED}
    days = ask_before(previous, queries.RUN)
    (run,) = ask(connection, queries.RUN)
    _add_pages(rows)
    return Release(
        catalogue=queries.read_catalogue(connection),
        run=run,
        methods=tuple(row["method"] for row in ask(connection, queries.METHODS)),
        rows=rows,
        before=before,
        before_on=words.day(days[0]["logical_date"]) if days else "",
    )


def all_pages(release: Release) -> Iterator[Page]:
    """Yield the pages of the report, one at a time."""
    yield _index(release)
    yield _campaigns(release)
    yield from _campaign_pages(release)
    yield _creators(release)
    yield from _creator_pages(release)
    yield _shortlists(release)
    yield from _shortlist_pages(release)
    yield _voice(release)
    yield _hashtags(release)
    yield _tiers(release)
    yield _outreach(release)
    yield _quality(release)
    yield _definitions(release)


def _add_pages(rows: dict[str, Rows]) -> None:
    """Give each row the pages of the campaign, creator and brand that it is about."""
    campaigns = {(row["campaign_id"],) for row in rows["campaigns"]}
    creators = keys_of(rows["creators"], "creator_id")
    brands = keys_of(rows["brands"], "brand_id")
    kinds = (("campaign", campaigns), ("creator", creators), ("brand", brands))
    folders = {"campaign": "campaign", "creator": "creator", "brand": "shortlist"}
    for table in rows.values():
        for row in table:
            for kind, there in kinds:
                if f"{kind}_id" in row:
                    value = row[f"{kind}_id"]
                    known = (value,) in there
                    page = f"{folders[kind]}/{safe_name(value)}.html" if known else ""
                    row[f"{kind}_page"] = page
                    name = f"{kind}_name"
                    if name in row and not row[name]:
                        row[name] = value


def _measured_columns(*columns: Column) -> tuple[Column, ...]:
    """What is the same whatever the method of attribution."""
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


def _returned_columns(*columns: Column) -> tuple[Column, ...]:
    """What a method of attribution credits, beside what it cost."""
    return (
        *columns,
        Column("cost_committed"),
        Column("cost_paid"),
        Column("attributed_orders"),
        Column("attributed_revenue"),
        Column("attributed_profit"),
        Column("profit_coverage"),
        Column("roi"),
        Column("roas"),
        Column("cpa"),
    )


def _with_basis(rows: Rows) -> Rows:
    """Say of impressions that are views, or partly so, that they are."""
    return [
        {
            **row,
            "basis": row["impressions_basis"] if row["impressions_basis"] != "impressions" else "",
            "method_name": words.method_label(row["method"]),
        }
        for row in rows
    ]


# --- the first page


def _index(release: Release) -> Page:
    rows = release.rows
    running = [row for row in rows["campaigns"] if row["status"] == "running"]
    late = [row for row in rows["campaigns"] if row["deliverables_late"]]
    undisclosed = [
        row for row in rows["not_kept"] if row["rule"] == "disclosure" and row["result"] == "fail"
    ]
    lapsed = [row for row in rows["relationships"] if row["is_lapsed_star"]]
    unwell = [row for row in rows["health"] if row["freshness"] != "fresh" or row["gate"] != "pass"]
    failed = [row for row in rows["gates"] if not row["success"]]
    catalogue = release.catalogue
    health = (
        f"{_count(len(unwell), 'stream')} of {len(rows['health'])} need a look."
        if unwell
        else f"All {len(rows['health'])} streams are fresh and passed their gate."
    )
    gates = (
        f"{_count(len(failed), 'check')} of {len(rows['gates'])} failed."
        if failed
        else f"All {len(rows['gates'])} checks of the night passed."
    )
    return Page(
        path="index.html",
        title="Overview",
        area="index",
        sections=(
            Section(
                "What changed",
                "changed",
                *_changes(release),
            ),
            Section(
                "Campaigns on and off track",
                "track",
                (f"{_count(len(running), 'campaign')} running.",),
                tables=(
                    make_table(
                        catalogue,
                        "pacing",
                        "Pacing of the campaigns that run",
                        ("reports.campaign_pacing", ("campaign_id",)),
                        _pacing_columns(),
                        running,
                        empty="No campaign is running.",
                    ),
                ),
                links=(("campaigns.html", "All campaigns"),),
            ),
            Section(
                "Money spent and returned",
                "money",
                ("All campaigns together, by the method of attribution chosen above.",),
                stats=_totals(release),
                tables=(
                    make_table(
                        catalogue,
                        "money-by-campaign",
                        "Cost and return of each campaign",
                        PERFORMANCE,
                        (
                            Column("campaign_name", "Campaign", "name", link="campaign_page"),
                            Column("cost_committed"),
                            Column("attributed_revenue"),
                            Column("attributed_profit"),
                            Column("roi"),
                            Column("roas"),
                        ),
                        [
                            row
                            for row in rows["campaign_methods"]
                            if row["cost_committed"] or row["attributed_revenue"]
                        ],
                        limit=12 * max(1, len(release.methods)),
                        by_method=True,
                        charts=(("money_by_campaign", "Revenue and cost by campaign"),),
                    ),
                ),
            ),
            Section(
                "Who needs attention",
                "attention",
                tables=(
                    make_table(
                        catalogue,
                        "late",
                        "Late deliverables",
                        ("reports.campaign_pacing", ("campaign_id",)),
                        (
                            Column("campaign_name", "Campaign", "name", link="campaign_page"),
                            Column("deliverables_late"),
                            Column("deliverables_due"),
                            Column("deliverables_live"),
                        ),
                        late,
                        limit=20,
                        empty="Nothing is late.",
                    ),
                    make_table(
                        catalogue,
                        "undisclosed",
                        "Paid posts without a disclosure",
                        ("reports.compliance", ("post_id", "rule")),
                        (
                            Column("published_on"),
                            Column("creator_name", "Creator", "name", link="creator_page"),
                            Column("campaign_name", "Campaign", "name", link="campaign_page"),
                            Column("text", "Post", "caption"),
                        ),
                        undisclosed,
                        limit=10,
                        empty="Every paid post says that it is one.",
                    ),
                    make_table(
                        catalogue,
                        "lapsed",
                        "Lapsed stars: creators who returned more than they cost, and have left",
                        ("reports.creator_relationships", ("brand_id", "creator_id")),
                        _relationship_columns(),
                        lapsed,
                        limit=20,
                        empty="Nobody of that kind has lapsed.",
                    ),
                ),
            ),
            Section(
                "Can these numbers be trusted?",
                "health",
                (health, gates),
                tables=(_health_table(release, "unwell", unwell, "Streams that need a look"),)
                if unwell
                else (),
                links=(("quality.html", "All checks and streams"),),
            ),
        ),
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _totals(release: Release) -> tuple[Stat, ...]:
    table = PERFORMANCE[0]
    expressions = {
        "cost_committed": "sum(cost_committed)",
        "cost_paid": "sum(cost_paid)",
        "attributed_revenue": "sum(attributed_revenue)",
        "attributed_profit": "sum(attributed_profit)",
        "attributed_orders": "sum(attributed_orders)",
        "roas": "sum(attributed_revenue) / nullif(sum(cost_committed), 0)",
    }
    return tuple(
        Stat(
            header_of(release.catalogue, table, column),
            figure(
                release.catalogue,
                Source(table, ("method",), (row["method"],)),
                column,
                row[column],
                expression=expression,
            ),
            row["method"],
        )
        for row in release.rows["totals"]
        for column, expression in expressions.items()
    )


def _changes(
    release: Release,
) -> tuple[tuple[str, ...], tuple[Stat, ...], tuple[Table, ...]]:
    """Return what is said, and shown, of the differences from the release before."""
    counts, standing = release.before["counts"], release.before["standing"]
    if counts is None or standing is None:
        return (("There is no release before this one to compare with.",), (), ())
    said = [f"Since the release of {release.before_on}."]
    listed = release.before["shortlisted"]
    if listed is not None:
        fresh = keys_of(release.rows["shortlisted"], "brand_id", "account_id") - keys_of(
            listed, "brand_id", "account_id"
        )
        if fresh:
            said.append(f"{_count(len(fresh), 'account')} came onto a shortlist.")
    return (
        tuple(said),
        (),
        (_changed_campaigns(release, standing), _changed_counts(release, counts)),
    )


def _changed_campaigns(release: Release, before: Rows) -> Table:
    columns = (
        "posts",
        "engagements",
        "valid_clicks",
        "attributed_orders",
        "attributed_revenue",
        "cost_committed",
    )
    table = PERFORMANCE[0]
    old = {row["campaign_id"]: row for row in before}
    made = []
    for row in release.rows["standing"]:
        was = old.get(row["campaign_id"])
        moved = {
            column: row[column] - was[column]
            for column in columns
            if was and row[column] is not None and was[column] is not None
        }
        status = str(row["status"] or "no goal").replace("_", " ")
        status_was = str(was["status"] or "no goal").replace("_", " ") if was else "new"
        if was and not any(moved.values()) and status == status_was:
            continue
        source = Source(
            table, ("campaign_id", "method"), (row["campaign_id"], release.default_method)
        )
        cells = [
            figure(release.catalogue, source, column, moved[column], database="change", change=True)
            if column in moved
            else figure(release.catalogue, source, column, None, database="change")
            for column in columns
        ]
        shown = status if status == status_was else f"{status_was} → {status}"
        name = Cell(
            words.clipped(row["campaign_name"], 90),
            "text",
            "campaign_name",
            href=row["campaign_page"],
        )
        made.append(TableRow((name, *cells, Cell(shown, "text", "status")), source.values))
    return Table(
        name="changed-campaigns",
        caption=f"Gained since, by campaign ({words.method_label(release.default_method).lower()})",
        table=table,
        keys="campaign_id method",
        headers=(
            Header("campaign_name", "Campaign", False),
            *(header_of(release.catalogue, table, column) for column in columns),
            header_of(release.catalogue, PACING[0], "status", "Pacing", numeric=False),
        ),
        rows=tuple(made[:50]),
        left_out=f"{len(made) - 50} more campaigns changed." if len(made) > 50 else "",
        empty="No campaign changed.",
    )


def _changed_counts(release: Release, before: Rows) -> Table:
    old = {row["table_name"]: row["rows"] for row in before}
    made = []
    for row in release.rows["counts"]:
        table = row["table_name"]
        was = old.get(table)
        source = Source(table, (), ())
        cells = [
            figure(release.catalogue, source, "rows", value, expression="count(*)", **how)
            for value, how in (
                (row["rows"], {}),
                (was, {"database": "previous"}),
                (
                    None if was is None else row["rows"] - was,
                    {"database": "change", "change": True},
                ),
            )
        ]
        name = queries.COUNTED[table]
        made.append(TableRow((Cell(name[0].upper() + name[1:], column="what"), *cells)))
    return Table(
        name="changed-counts",
        caption="How much there is",
        table="",
        keys="",
        headers=(
            Header("what", "What", False),
            own_header("rows"),
            own_header("rows_before"),
            own_header("change"),
        ),
        rows=tuple(made),
    )


# --- campaigns


def _pacing_columns() -> tuple[Column, ...]:
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


def _campaigns(release: Release) -> Page:
    campaign = Column("campaign_name", "Campaign", "name", link="campaign_page")
    brand = Column("brand_name", "Brand", "name")
    methods = _with_basis(release.rows["campaign_methods"])
    return Page(
        path="campaigns.html",
        title="Campaigns",
        area="campaigns",
        sections=(
            Section(
                "On track?",
                "track",
                tables=(
                    make_table(
                        release.catalogue,
                        "pacing",
                        "Pacing of every campaign",
                        ("reports.campaign_pacing", ("campaign_id",)),
                        (
                            *_pacing_columns(),
                            Column("starts_on", "Starts"),
                            Column("ends_on", "Ends"),
                        ),
                        release.rows["campaigns"],
                    ),
                ),
            ),
            Section(
                "Performance",
                "performance",
                ("By the method of attribution chosen above. Brackets hold 95 % intervals.",),
                tables=(
                    make_table(
                        release.catalogue,
                        "returned",
                        "What every campaign cost and returned",
                        PERFORMANCE,
                        _returned_columns(campaign, brand),
                        methods,
                        limit=500 * max(1, len(release.methods)),
                        by_method=True,
                    ),
                    make_table(
                        release.catalogue,
                        "measured",
                        "What every campaign brought, by any method",
                        PERFORMANCE,
                        (*_measured_columns(campaign, brand), Column("mentions_earned")),
                        [row for row in methods if row["is_default_method"]],
                    ),
                ),
            ),
        ),
    )


def _campaign_pages(release: Release) -> Iterator[Page]:
    rows = release.rows
    methods = grouped(_with_basis(rows["campaign_methods"]), "campaign_id")
    days = grouped(rows["days"], "campaign_id")
    collaborations = grouped(_with_basis(rows["collaborations"]), "campaign_id")
    posts = grouped(rows["posts"], "campaign_id")
    costs = grouped(rows["costs"], "campaign_id")
    rules = grouped(rows["rules"], "campaign_id")
    not_kept = grouped(rows["not_kept"], "campaign_id")
    creator = Column("creator_name", "Creator", "name", link="creator_page")
    for campaign in rows["campaigns"]:
        key = campaign["campaign_id"]
        yield Page(
            path=campaign["campaign_page"],
            title=campaign["campaign_name"] or key,
            area="campaigns",
            crumbs=(("campaigns.html", "Campaigns"),),
            facts=_facts(
                ("Brand", campaign["brand_name"]),
                ("Objective", campaign["objective"]),
                ("Runs", _span(campaign["starts_on"], campaign["ends_on"])),
                ("Status", campaign["status"]),
            ),
            sections=(
                Section(
                    "On track?",
                    "track",
                    stats=_campaign_stats(release, campaign),
                    tables=(
                        make_table(
                            release.catalogue,
                            "pacing",
                            "Pacing and deliverables",
                            ("reports.campaign_pacing", ("campaign_id",)),
                            (
                                Column("status", "Pacing", "status", field="pacing_status"),
                                Column("goal_metric", "Goal is", "text"),
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
                        ),
                    ),
                ),
                Section(
                    "Day by day",
                    "days",
                    tables=(
                        make_table(
                            release.catalogue,
                            "daily",
                            "Each day of the campaign, the last first "
                            f"({words.method_label(release.default_method).lower()})",
                            ("reports.campaign_daily", ("campaign_id", "date_day")),
                            tuple(
                                Column(name)
                                for name in (
                                    "date_day",
                                    "posts",
                                    "engagements_change",
                                    "valid_clicks",
                                    "attributed_orders",
                                    "attributed_revenue",
                                    "cost",
                                )
                            ),
                            days[key],
                            limit=400,
                            folded=True,
                            empty="The campaign has not started.",
                            charts=(
                                ("money_to_date", "Revenue and cost to date"),
                                ("engagements_by_day", "Engagements gained each day"),
                            ),
                        ),
                    ),
                ),
                Section(
                    "Performance",
                    "performance",
                    (
                        "What is measured is the same for every method of attribution; they "
                        "differ in whom they credit with an order. Brackets hold 95 % intervals.",
                    ),
                    tables=(
                        make_table(
                            release.catalogue,
                            "returned",
                            "What it cost and returned, by method",
                            PERFORMANCE,
                            _returned_columns(Column("method_name", "Method", "name")),
                            methods[key],
                        ),
                        make_table(
                            release.catalogue,
                            "measured",
                            "What it brought, by any method",
                            PERFORMANCE,
                            (*_measured_columns(), Column("mentions_earned")),
                            [row for row in methods[key] if row["is_default_method"]],
                        ),
                    ),
                ),
                Section(
                    "Collaborations",
                    "collaborations",
                    tables=(
                        make_table(
                            release.catalogue,
                            "collaborations",
                            "Who returned it",
                            COLLABORATION,
                            _returned_columns(creator, Column("is_live", "Live")),
                            collaborations[key],
                            limit=300 * max(1, len(release.methods)),
                            by_method=True,
                        ),
                        make_table(
                            release.catalogue,
                            "collaborations-measured",
                            "Who brought what, by any method",
                            COLLABORATION,
                            _measured_columns(creator),
                            [row for row in collaborations[key] if row["is_default_method"]],
                            limit=300,
                        ),
                    ),
                ),
                Section("Posts", "posts", tables=(_paid_posts(release, posts[key], 200),)),
                Section(
                    "Kept to the brief?",
                    "compliance",
                    tables=_compliance(release, rules[key], not_kept[key]),
                ),
                Section("Costs", "costs", tables=(_costs(release, costs[key]),)),
            ),
        )


def _campaign_stats(release: Release, campaign: dict[str, Any]) -> tuple[Stat, ...]:
    pacing = Source(PACING[0], ("campaign_id",), (campaign["campaign_id"],))
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
            figure(release.catalogue, source, column, value),
        )
        for source, column, value in shown
    )


def _paid_posts(release: Release, posts: Rows, limit: int) -> Table:
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


def _compliance(release: Release, rules: Rows, not_kept: Rows) -> tuple[Table, ...]:
    expressions = {
        "posts_checked": "count(*)",
        "passed": "count(*) filter (where result = 'pass')",
        "weak": "count(*) filter (where result = 'weak')",
        "failed": "count(*) filter (where result = 'fail')",
    }
    table = "reports.compliance"
    summary = Table(
        name="rules",
        caption="Posts by rule",
        table=table,
        keys="campaign_id rule",
        headers=(
            header_of(release.catalogue, table, "rule", "Rule", numeric=False),
            *(own_header(name) for name in expressions),
        ),
        rows=tuple(
            TableRow(
                (
                    Cell(row["rule"].replace("_", " "), column="rule"),
                    *(
                        figure(
                            release.catalogue,
                            Source(table, (), ()),
                            name,
                            row[name],
                            expression=expression,
                        )
                        for name, expression in expressions.items()
                    ),
                ),
                Source(table, ("campaign_id", "rule"), (row["campaign_id"], row["rule"])).values,
            )
            for row in rules
        ),
        empty="No post to check.",
    )
    listed = make_table(
        release.catalogue,
        "not-kept",
        "What was not kept",
        (table, ("post_id", "rule")),
        (
            Column("result", "Result", "status"),
            Column("rule", "Rule", "text"),
            Column("creator_name", "Creator", "name", link="creator_page"),
            Column("published_on"),
            Column("evidence", "Evidence", "text"),
            Column("text", "Post", "caption"),
        ),
        not_kept,
        limit=100,
        empty="Everything was kept.",
    )
    return (summary, listed)


def _costs(release: Release, costs: Rows) -> Table:
    return make_table(
        release.catalogue,
        "costs",
        "Fees, products and payments, the last first",
        ("core.fct_costs", ("cost_id",)),
        (
            Column("incurred_on"),
            Column("creator_name", "Creator", "name", link="creator_page"),
            Column("kind", kind="text"),
            Column("status", kind="status"),
            Column("amount"),
            Column("original_amount", "As agreed"),
            Column("currency", "Currency", "text"),
        ),
        costs,
        limit=200,
        where="tables/fct_costs.parquet",
        empty="Nothing was spent.",
    )


# --- creators


def _scorecard_columns(*columns: Column) -> tuple[Column, ...]:
    return (
        *columns,
        Column("platform", kind="text"),
        Column("tier", kind="text"),
        Column("followers"),
        Column("followers_growth_30d"),
        Column("posts_90d"),
        Column("posts_measured"),
        Column("er_followers_pooled"),
        Column("er_followers_median"),
        Column("er_followers_shrunk"),
        Column("er_percentile"),
        Column("er_views_pooled"),
        Column("authenticity_score"),
    )


def _creators(release: Release) -> Page:
    return Page(
        path="creators.html",
        title="Creators",
        area="creators",
        lead=("The roster: every account of a creator that a campaign has worked with or may.",),
        sections=(
            Section(
                "Accounts",
                "accounts",
                tables=(
                    make_table(
                        release.catalogue,
                        "scorecards",
                        "Accounts of the roster, the largest first",
                        SCORECARD,
                        _scorecard_columns(
                            Column("creator_name", "Creator", "name", link="creator_page"),
                            Column("handle", "Handle", "name"),
                        ),
                        release.rows["scorecards"],
                        limit=1000,
                        empty="The roster is empty.",
                    ),
                ),
            ),
            Section(
                "Who stays",
                "relationships",
                tables=(
                    make_table(
                        release.catalogue,
                        "relationships",
                        "Creators by brand",
                        ("reports.creator_relationships", ("brand_id", "creator_id")),
                        _relationship_columns(),
                        release.rows["relationships"],
                        limit=1000,
                        empty="No collaboration yet.",
                    ),
                ),
            ),
            Section(
                "All creators",
                "all",
                tables=(
                    make_table(
                        release.catalogue,
                        "creators",
                        "Creators of the roster",
                        ("core.dim_creator", ("creator_id",)),
                        (
                            Column("creator_name", "Creator", "name", link="creator_page"),
                            Column("country", kind="text"),
                            Column("tier", kind="text"),
                            Column("followers_total"),
                            Column("accounts"),
                            Column("niches"),
                        ),
                        release.rows["creators"],
                        limit=5000,
                        where="tables/dim_creator.parquet",
                        folded=True,
                    ),
                ),
            ),
        ),
    )


def _relationship_columns() -> tuple[Column, ...]:
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
        Column("roi"),
        Column("roi_first"),
        Column("roi_last"),
    )


_SIGNALS = (
    ("follower_jump_z", "follower_jump_days", "days"),
    ("er_percentile", "peers", "peers"),
    ("likes_per_comment", "likes_per_comment_posts", "posts"),
    ("following_per_follower", "", ""),
    ("posts_per_week", "posts_90d", "posts in 90 days"),
    ("paid_posts_share", "posts_90d", "posts in 90 days"),
    ("engagement_variation", "posts_measured", "posts"),
)
"""Signal, its sample, and what the sample counts."""


def _creator_pages(release: Release) -> Iterator[Page]:
    rows = release.rows
    scorecards = grouped(rows["scorecards"], "creator_id")
    latest = grouped(rows["latest"], "creator_id")
    posts = grouped(rows["posts"], "creator_id")
    followers = grouped(rows["followers"], "creator_id")
    collaborations = grouped(_with_basis(rows["collaborations"]), "creator_id")
    relationships = grouped(rows["relationships"], "creator_id")
    fees = grouped(rows["fees"], "creator_id")
    campaign = Column("campaign_name", "Campaign", "name", link="campaign_page")
    for creator in rows["creators"]:
        key = creator["creator_id"]
        recent = latest[key]
        yield Page(
            path=creator["creator_page"],
            title=creator["creator_name"] or key,
            area="creators",
            crumbs=(("creators.html", "Creators"),),
            facts=_facts(
                ("Country", creator["country"]),
                ("Language", creator["language"]),
                ("Tier", creator["tier"]),
                ("Niches", ", ".join(creator["niches"] or ())),
                ("Hashtags", ", ".join(_hashtags_of(scorecards[key]))),
            ),
            sections=(
                Section(
                    "Scorecard",
                    "scorecard",
                    tables=(
                        make_table(
                            release.catalogue,
                            "scorecard",
                            "How the accounts do",
                            SCORECARD,
                            _scorecard_columns(Column("handle", "Account", "name")),
                            scorecards[key],
                            empty="No account is known.",
                        ),
                        _signals(release, scorecards[key]),
                    ),
                ),
                Section(
                    "Followers",
                    "followers",
                    tables=(
                        make_table(
                            release.catalogue,
                            "followers",
                            f"Followers at the end of each of {queries.FOLLOWER_WEEKS} weeks",
                            ("core.fct_account_daily", ("account_id", "date_day")),
                            (
                                Column("date_day"),
                                Column("account", "Account", "name"),
                                Column("followers"),
                            ),
                            followers[key],
                            folded=True,
                            empty="No count is known.",
                            charts=(("followers", "Followers by week"),),
                        ),
                    ),
                ),
                Section(
                    "Fair fee",
                    "fee",
                    ("For one post, from what comparable collaborations cost per engagement.",),
                    tables=(_fees(release, fees[key]),),
                ),
                Section(
                    "Collaborations",
                    "collaborations",
                    tables=(
                        make_table(
                            release.catalogue,
                            "collaborations",
                            "What was done together",
                            COLLABORATION,
                            (
                                campaign,
                                Column("cost_committed"),
                                Column("attributed_orders"),
                                Column("attributed_revenue"),
                                Column("roi"),
                                Column("roas"),
                            ),
                            collaborations[key],
                            limit=20 * max(1, len(release.methods)),
                            by_method=True,
                            empty="Nothing yet.",
                        ),
                        make_table(
                            release.catalogue,
                            "collaborations-measured",
                            "What it brought, by any method",
                            COLLABORATION,
                            _measured_columns(campaign, Column("is_live", "Live")),
                            [row for row in collaborations[key] if row["is_default_method"]],
                            limit=20,
                            empty="Nothing yet.",
                        ),
                        make_table(
                            release.catalogue,
                            "relationships",
                            "With each brand",
                            ("reports.creator_relationships", ("brand_id", "creator_id")),
                            _relationship_columns()[1:],
                            relationships[key],
                            empty="No live collaboration.",
                        ),
                    ),
                ),
                Section(
                    "Posts",
                    "posts",
                    tables=(
                        _paid_posts(release, posts[key], queries.PAID_POSTS),
                        make_table(
                            release.catalogue,
                            "latest",
                            "Latest posts, paid or not",
                            ("core.fct_post_daily", ("post_id", "date_day")),
                            (
                                Column("published_on"),
                                Column("platform", kind="text"),
                                Column("text", "Post", "caption"),
                                Column("likes"),
                                Column("comments"),
                                Column("views"),
                                Column("engagements"),
                            ),
                            [row for row in recent if row["date_day"] is not None],
                            total=recent[0]["posts_of_creator"] if recent else 0,
                            where="tables/dim_post.parquet",
                            empty="No post is known.",
                        ),
                    ),
                ),
            ),
        )


def _hashtags_of(scorecards: Rows) -> list[str]:
    found = [tag for row in scorecards for tag in row["top_hashtags"] or ()]
    return ["#" + tag for tag in dict.fromkeys(found)][:8]


def _signals(release: Release, scorecards: Rows) -> Table:
    table = SCORECARD[0]
    made = []
    for row in scorecards:
        for signal, sample, of in _SIGNALS:
            source = Source(table, (), ())
            penalty = [p for p in row["authenticity_penalties"] or () if p.startswith(signal + " ")]
            head = header_of(release.catalogue, table, signal)
            made.append(
                TableRow(
                    (
                        Cell(row["handle"], column="handle"),
                        Cell(
                            head.label,
                            column="signal",
                            href=f"definitions.html#{head.anchor}" if head.anchor else "",
                        ),
                        figure(release.catalogue, source, signal, row[signal]),
                        figure(release.catalogue, source, sample, row[sample])
                        if sample
                        else Cell("one profile", "empty"),
                        Cell(of or "", "text"),
                        Cell("; ".join(penalty) or "none", "text" if penalty else "empty"),
                    ),
                    Source(table, ("account_id",), (row["account_id"],)).values,
                )
            )
    return Table(
        name="signals",
        caption="Signals of authenticity, with the sample of each",
        table=table,
        keys="account_id",
        headers=(
            Header("handle", "Account", False),
            Header("signal", "Signal", False),
            own_header("value"),
            own_header("sample"),
            Header("of", "Of", False),
            header_of(
                release.catalogue, table, "authenticity_penalties", "Points taken", numeric=False
            ),
        ),
        rows=tuple(made),
        empty="No account is known.",
    )


def _fees(release: Release, fees: Rows) -> Table:
    return make_table(
        release.catalogue,
        "fees",
        "Fair fee for a post, with its range",
        ("reports.fair_compensation", ("account_id",)),
        (
            Column("account", "Account", "name"),
            Column("suggested_mid"),
            Column("suggested_low"),
            Column("suggested_high"),
            Column("actual_cost_per_post"),
            Column("position", "Paid is", "status"),
            Column("expected_engagements"),
            Column("peer_cpe_p50"),
            Column("peers"),
            Column("peer_level", kind="text"),
        ),
        [{**row, "peer_level": (row["peer_level"] or "").replace("_", " and ")} for row in fees],
        empty="No fee can be told.",
        charts=(("fee", "Range of the fair fee, its middle, and what was paid (diamond)"),),
    )


# --- shortlists


def _shortlists(release: Release) -> Page:
    rows = grouped(release.rows["shortlist"], "brand_id")
    return Page(
        path="shortlists.html",
        title="Shortlists",
        area="shortlists",
        lead=("Whom each brand should approach: not on its roster, active, and a good fit.",),
        sections=tuple(
            Section(
                brand["brand_name"],
                safe_name(brand["brand_id"]),
                tables=(_shortlist(release, rows[brand["brand_id"]], 5, brand["brand_name"]),),
                links=((brand["brand_page"], f"The whole shortlist of {brand['brand_name']}"),),
            )
            for brand in release.rows["brands"]
        )
        or (Section("No brand", "none", ("config/brands.yml names no brand of yours.",)),),
    )


def _shortlist_pages(release: Release) -> Iterator[Page]:
    rows = grouped(release.rows["shortlist"], "brand_id")
    for brand in release.rows["brands"]:
        yield Page(
            path=brand["brand_page"],
            title=f"Shortlist of {brand['brand_name']}",
            area="shortlists",
            crumbs=(("shortlists.html", "Shortlists"),),
            sections=(
                Section(
                    "Whom to approach",
                    "shortlist",
                    tables=(
                        _shortlist(release, rows[brand["brand_id"]], 500, brand["brand_name"]),
                    ),
                ),
            ),
        )


def _shortlist(release: Release, rows: Rows, limit: int, brand: str) -> Table:
    fee = ("reports.fair_compensation", {"account_id": "account_id"})
    return make_table(
        release.catalogue,
        "shortlist-" + safe_name(brand),
        f"Shortlist of {brand}, the best first",
        ("reports.discovery_shortlist", ("brand_id", "account_id")),
        (
            Column("rank"),
            Column("handle", "Account", "name"),
            Column("platform", kind="text"),
            Column("reasons", "Why", "text"),
            Column("score"),
            Column("relevance"),
            Column("er_percentile"),
            Column("authenticity_score"),
            Column("affinity"),
            Column("followers"),
            Column("suggested_mid", source=fee, low="suggested_low", high="suggested_high"),
        ),
        rows,
        limit=limit,
        empty="Nobody fits.",
    )


# --- the market


def _voice(release: Release) -> Page:
    rows = grouped(release.rows["voice"], "brand_id")
    return Page(
        path="voice.html",
        title="Share of voice",
        area="voice",
        lead=("Who is talked about, beside each brand's competitors, week by week.",),
        sections=tuple(
            Section(
                brand["brand_name"],
                safe_name(brand["brand_id"]),
                tables=(
                    make_table(
                        release.catalogue,
                        "voice-" + safe_name(brand["brand_id"]),
                        f"Voices beside {brand['brand_name']}, the last week first",
                        ("reports.share_of_voice", ("brand_id", "voice_brand_id", "week")),
                        (
                            Column("week"),
                            Column("voice", "Voice", "name"),
                            Column("share_of_posts"),
                            Column("share_of_engagements"),
                            Column("posts"),
                            Column("posts_paid"),
                            Column("posts_earned"),
                            Column("posts_owned"),
                            Column("mentions"),
                            Column("accounts"),
                            Column("engagements"),
                            Column("is_partial", "Week is not over"),
                        ),
                        rows[brand["brand_id"]],
                        empty="Nobody was mentioned.",
                        charts=(("voice", f"Share of posts by week, {brand['brand_name']}"),),
                    ),
                ),
            )
            for brand in release.rows["brands"]
        )
        or (Section("No brand", "none", ("config/brands.yml names no brand of yours.",)),),
    )


def _hashtags(release: Release) -> Page:
    columns = (
        Column("tag", "Hashtag", "name"),
        Column("week"),
        Column("posts"),
        Column("growth"),
        Column("z_score"),
        Column("accounts"),
        Column("engagements"),
        Column("is_partial", "Week is not over"),
    )
    key = ("reports.hashtag_trends", ("platform", "hashtag", "week"))
    whole = [row for row in release.rows["trends"] if not row["is_partial"]]
    return Page(
        path="hashtags.html",
        title="Hashtag trends",
        area="hashtags",
        lead=("What rises: posts of the last whole week against the four weeks before.",),
        sections=(
            Section(
                "What rose most",
                "risers",
                tables=(
                    make_table(
                        release.catalogue,
                        "rose",
                        "The twelve that rose most in the last whole week",
                        key,
                        columns[:-1],
                        whole[:12],
                        empty="No hashtag was seen.",
                        charts=(("risers", "Posts above what is usual, as a z-score"),),
                    ),
                ),
            ),
            Section(
                "Every hashtag",
                "hashtags",
                tables=(
                    make_table(
                        release.catalogue,
                        "trends",
                        "Hashtags of the last whole week and the current one",
                        key,
                        columns,
                        release.rows["trends"],
                        total=release.rows["trend_rows"][0]["n"],
                        empty="No hashtag was seen.",
                    ),
                ),
            ),
        ),
    )


def _tiers(release: Release) -> Page:
    return Page(
        path="tiers.html",
        title="Tier benchmarks",
        area="tiers",
        lead=("Do smaller accounts engage more? Rates are engagements per follower of a post.",),
        sections=(
            Section(
                "Engagement by tier",
                "tiers",
                ("Brackets hold 95 % intervals; fewer than six accounts have none.",),
                tables=(
                    make_table(
                        release.catalogue,
                        "tiers",
                        "Engagement rates by platform and tier",
                        ("reports.tier_benchmarks", ("platform", "tier")),
                        (
                            Column("platform", kind="name"),
                            Column("tier", kind="name"),
                            Column("accounts"),
                            Column("posts"),
                            Column(
                                "er_followers_p50",
                                low="er_followers_p50_low",
                                high="er_followers_p50_high",
                            ),
                            Column("er_followers_p25"),
                            Column("er_followers_p75"),
                            Column("er_followers_pooled"),
                            Column(
                                "ratio_to_macro",
                                low="ratio_to_macro_low",
                                high="ratio_to_macro_high",
                            ),
                        ),
                        release.rows["tiers"],
                        charts=(("tiers", "Engagement rate by tier and platform"),),
                    ),
                ),
            ),
        ),
    )


def _outreach(release: Release) -> Page:
    return Page(
        path="outreach.html",
        title="Outreach",
        area="outreach",
        lead=("Does outreach work? Approaches by campaign and channel.",),
        sections=(
            Section(
                "The funnel",
                "funnel",
                tables=(
                    make_table(
                        release.catalogue,
                        "outreach",
                        "Approaches by campaign and channel",
                        ("reports.outreach_funnel", ("campaign_id", "channel")),
                        (
                            Column("campaign_name", "Campaign", "name", link="campaign_page"),
                            Column("channel", "Channel", "name"),
                            *(
                                Column(name)
                                for name in (
                                    "contacted",
                                    "replied",
                                    "negotiating",
                                    "agreed",
                                    "declined",
                                    "no_reply",
                                    "reply_rate",
                                    "agree_rate",
                                    "median_days_to_reply",
                                )
                            ),
                        ),
                        release.rows["outreach"],
                        empty="Nobody was approached.",
                        charts=(("funnel", "How far approaches came"),),
                    ),
                ),
            ),
        ),
    )


# --- quality and definitions


def _health_table(release: Release, name: str, rows: Rows, caption: str) -> Table:
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
            Column("quarantined_7d"),
        ),
        rows,
        empty="No source is known.",
    )


def _quality(release: Release) -> Page:
    rows = release.rows
    gates = "quality.gate_results"
    expressions = {
        "checks": "count(*)",
        "passed": "count(*) filter (where success)",
        "warned": "count(*) filter (where not success and severity = 'warn')",
        "blocked": "count(*) filter (where not success and severity = 'block')",
    }
    totals = Table(
        name="gates",
        caption="Checks by gate",
        table=gates,
        keys="stage",
        headers=(
            header_of(release.catalogue, gates, "stage", "Gate", numeric=False),
            *(own_header(name) for name in expressions),
        ),
        rows=tuple(
            TableRow(
                (
                    Cell(row["stage"], column="stage"),
                    *(
                        figure(
                            release.catalogue,
                            Source(gates, (), ()),
                            name,
                            row[name],
                            expression=expression,
                        )
                        for name, expression in expressions.items()
                    ),
                ),
                Source(gates, ("stage",), (row["stage"],)).values,
            )
            for row in rows["gate_totals"]
        ),
        empty="No gate has run.",
    )
    checks = make_table(
        release.catalogue,
        "checks",
        "Every check, the failed first",
        (gates, ("stage", "table_name", "expectation")),
        (
            Column("success", "Result", "status", field="outcome"),
            Column("severity", kind="text"),
            Column("stage", "Gate", "text"),
            Column("table_name", "Table", "name"),
            Column("expectation", "Expectation", "name"),
            Column("expected", "Expected", "text"),
            Column("observed", "Observed", "text"),
            Column("failing_keys", "Sample of rows"),
            Column("why", "Why", "text"),
        ),
        [{**row, "outcome": "pass" if row["success"] else "fail"} for row in rows["gates"]],
        limit=300,
        where="tables/gate_results.parquet",
        folded=not any(not row["success"] for row in rows["gates"]),
    )
    rejects = "quality.rejects"
    summary = Table(
        name="rejects",
        caption="Lines set aside, by reason",
        table=rejects,
        keys="",
        headers=(
            Header("source", "Source", False),
            Header("stream", "Stream", False),
            Header("column_name", "Column", False),
            Header("reason", "Reason", False),
            own_header("lines"),
        ),
        rows=tuple(
            TableRow(
                (
                    *(
                        Cell(words.clipped(row[name] or "", 200), column=name)
                        for name in ("source", "stream", "column_name", "reason")
                    ),
                    Cell(
                        f"{row['lines']:,}",
                        "number",
                        "lines",
                        str(row["lines"]),
                        _reject_source(row),
                        _reject_count(row),
                    ),
                )
            )
            for row in rows["rejects"][:200]
        ),
        left_out=f"{len(rows['rejects']) - 200} more reasons are in tables/rejects.parquet."
        if len(rows["rejects"]) > 200
        else "",
        empty="No line was set aside.",
    )
    lines = make_table(
        release.catalogue,
        "reject-lines",
        "Lines set aside, the last first",
        (rejects, ("stream", "batch_id", "line")),
        (
            Column("file_name", "File", "text"),
            Column("line", "Line"),
            Column("column_name", "Column", "text"),
            Column("reason", "Reason", "text"),
            Column("raw", "The line", "text"),
        ),
        rows["reject_lines"],
        total=sum(row["lines"] for row in rows["rejects"]),
        where="tables/rejects.parquet",
        folded=True,
        empty="No line was set aside.",
    )
    return Page(
        path="quality.html",
        title="Quality",
        area="quality",
        lead=(
            "Whether the numbers can be trusted: what came, what was checked, what was left out.",
        ),
        sections=(
            Section(
                "Data health",
                "health",
                tables=(_health_table(release, "streams", rows["health"], "Every stream"),),
            ),
            Section("Gates", "gates", tables=(totals, checks)),
            Section("Rejects", "rejects", tables=(summary, lines)),
        ),
    )


def _reject_source(row: dict[str, Any]) -> Source:
    known = [
        name for name in ("source", "stream", "reason", "column_name") if row[name] is not None
    ]
    return Source("quality.rejects", tuple(known), tuple(row[name] for name in known))


def _reject_count(row: dict[str, Any]) -> str:
    empty = [f"{name} is null" for name in ("column_name", "reason") if row[name] is None]
    return f"count(*) filter (where {' and '.join(empty)})" if empty else "count(*)"


def _definitions(release: Release) -> Page:
    described = grouped(
        [row for row in release.rows["columns"] if row["metric"] is None], "table_name"
    )
    return Page(
        path="definitions.html",
        title="Definitions",
        area="definitions",
        lead=(
            "What every figure means, as the release's catalogue of metrics has it "
            "(meta.metrics, meta.columns).",
        ),
        sections=(),
        template="definitions.html.j2",
        extra={
            "own": [(name, words.label(name), text) for name, text in words.OWN_WORDS.items()],
            "metrics": [
                (words.label(metric.name), metric) for metric in release.catalogue.metrics.values()
            ],
            "tables": [
                (table, described[table["table_name"]])
                for table in release.rows["tables"]
                if described[table["table_name"]]
            ],
        },
    )


def _facts(*facts: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, words.clipped(text, 160)) for name, text in facts if text)


def _span(first: Any, last: Any) -> str:
    return " to ".join(words.day(day) for day in (first, last) if day is not None)
