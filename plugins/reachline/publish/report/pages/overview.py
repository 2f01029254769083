"""The first page: what came in, who needs somebody, whom to book; then trends and the rest."""

from __future__ import annotations

from collections import Counter
from typing import Any

from reachline.languages import day_text, gettext, ngettext, weekday_text, whole
from reachline.publish.report import queries, words
from reachline.publish.report.pages.parts import (
    PACING,
    PERFORMANCE,
    health_table,
    not_watched,
    pacing_columns,
    returned_columns,
    with_goals,
    with_reasons,
)
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, keys_of
from reachline.publish.report.tables import (
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
)


def index(release: Release) -> Page:
    """Return the first page."""
    return Page(
        path="index.html",
        title=f"{weekday_text(release.morning.day)}, {day_text(release.morning.day)}",
        area="index",
        template="index.html.j2",
        extra={"morning": release.morning},
        below={kind: below for kind, _, below in release.morning.trends},
        sections=(
            _trends(release),
            _track(release),
            _money(release),
            Section(gettext("What changed"), "changed", *_changes(release)),
            _health(release),
        ),
    )


def _trends(release: Release) -> Section:
    reasons = {f"no_{stream}": release.before_coverage(stream) for stream in ("orders", "clicks")}
    stream = {"revenue": "no_orders", "profit": "no_orders", "clicks": "no_clicks"}
    days = make_table(
        release.catalogue,
        "trends",
        release.by_default(
            gettext("The last {days} days, beside the ones before", days=queries.TREND_DAYS)
        ),
        ("core.dim_date", ("date_day",)),
        (
            Column("date_day", gettext("Day")),
            *(
                Column(name, expression=expression, absent=stream.get(name.split("_")[0], ""))
                for name, expression in queries.TRENDS_OF_DAYS.items()
            ),
        ),
        [{**row, **reasons} for row in release.rows["trend_days"]],
        folded=True,
        empty=gettext("No campaign yet."),
        charts=tuple((kind, title) for kind, title, _ in release.morning.trends),
    )
    return Section(
        gettext("Trends"),
        "trends-of-days",
        (
            gettext(
                "Bars are the last {days} days, the dashed line the {days} "
                "days before, each above the same day of the week.",
                days=queries.TREND_DAYS,
            ),
        ),
        tables=(days,),
    )


def _track(release: Release) -> Section:
    running = [
        row for row in with_goals(release, release.rows["campaigns"]) if row["status"] == "running"
    ]
    pacing = make_table(
        release.catalogue,
        "pacing",
        release.by_default(gettext("Pacing of the campaigns that run")),
        PACING,
        pacing_columns(),
        running,
        empty=gettext("No campaign is running."),
    )
    return Section(
        gettext("Campaigns on and off track"),
        "track",
        (ngettext("{count} campaign running.", "{count} campaigns running.", len(running)),),
        tables=(pacing,),
        links=(("campaigns.html", gettext("All campaigns")),),
    )


def _money(release: Release) -> Section:
    by_campaign = make_table(
        release.catalogue,
        "money-by-campaign",
        gettext("Cost and return of each campaign"),
        PERFORMANCE,
        (
            Column("campaign_name", gettext("Campaign"), "name", link="campaign_page"),
            Column("cost_committed"),
            *returned_columns(
                *("attributed_revenue", "attributed_profit", "profit_coverage", "roi", "roas")
            ),
        ),
        [
            row
            for row in with_reasons(release, release.rows["campaign_methods"])
            if row["cost_committed"] or row["attributed_revenue"]
        ],
        limit=12 * max(1, len(release.methods)),
        by_method=True,
        charts=(("money_by_campaign", gettext("Revenue and cost by campaign")),),
    )
    return Section(
        gettext("Money spent and returned"),
        "money",
        (
            gettext(
                "All campaigns together, by the method of attribution named above. What was earned "
                "is told of the campaigns alone whose orders were watched, a return of those that "
                "were watched nearly whole; each is compared with the cost of just these."
            ),
        ),
        stats=_totals(release),
        tables=(by_campaign,),
    )


def _health(release: Release) -> Section:
    streams, checks = release.rows["health"], release.rows["gates"]
    unwell = [
        row
        for row in streams
        if (row["freshness"], row["gate"]) != ("fresh", "pass")
        or row["queries_incomplete"]
        or row["queries_not_found"]
        or row["files_refused"]
        or row["completeness"] in ("below_usual", "above_usual")
    ]
    failed = [row for row in checks if not row["success"]]
    health = (
        ngettext(
            "{count} stream of {all} need a look.",
            "{count} streams of {all} need a look.",
            len(unwell),
            all=len(streams),
        )
        if unwell
        else _wellness(streams)
    )
    gates = (
        ngettext(
            "{count} check of {all} failed.",
            "{count} checks of {all} failed.",
            len(failed),
            all=len(checks),
        )
        if failed
        else gettext("All {number} checks of the night passed.", number=len(checks))
    )
    return Section(
        gettext("Can these numbers be trusted?"),
        "health",
        (health, gates),
        tables=(health_table(release, "unwell", unwell, gettext("Streams that need a look")),)
        if unwell
        else (),
        links=(("quality.html", gettext("All checks and streams")),),
    )


def _wellness(streams: Rows) -> str:
    """Return a sentence on streams none of which needs a look: whole only where that was told."""
    found = Counter(row["completeness"] for row in streams)
    if set(found) == {"whole"}:
        return gettext(
            "All {number} streams are fresh and whole, and passed their gate.", number=len(streams)
        )
    parts = [
        text.format(number=whole(found[state]))
        for state, text in (
            ("whole", gettext("{number} are whole by their usual weekdays")),
            ("too_early", gettext("{number} have too little history to tell")),
            (None, gettext("{number} tell of no days")),
        )
        if found[state]
    ]
    return gettext(
        "All {number} streams are fresh and passed their gate: {parts}.",
        number=len(streams),
        parts=", ".join(parts),
    )


def _of_campaigns(some: int, campaigns: int) -> str:
    if some >= campaigns:
        return ""
    return ngettext(
        "of {some} of {count} campaign", "of {some} of {count} campaigns", campaigns, some=some
    )


def _totals(release: Release) -> tuple[Stat, ...]:
    table = PERFORMANCE[0]
    expressions = {
        "cost_committed": "sum(cost_committed)",
        "cost_paid": "sum(cost_paid)",
        "attributed_revenue": "sum(attributed_revenue)",
        "attributed_profit": "sum(attributed_profit)",
        "profit_coverage": queries.COVERAGE_OF_ALL,
        "attributed_orders": "sum(attributed_orders)",
        "roas": queries.ROAS_OF_ALL,
        "roi": queries.ROI_OF_ALL,
    }
    of = dict.fromkeys(
        ("attributed_revenue", "attributed_profit", "profit_coverage", "attributed_orders", "roas"),
        "with_orders",
    )
    of["roi"] = "with_return"
    return tuple(
        Stat(
            header_of(release.catalogue, table, column),
            figure(
                release.catalogue,
                Source(table, ("method",), (row["method"],)),
                column,
                row[column],
                expression=expression,
                note=_of_campaigns(row[of[column]], row["campaigns"]) if column in of else "",
                absent=_of_campaigns(0, row["campaigns"])
                if column in of and not row[of[column]]
                else "",
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
        return (
            (
                gettext(
                    "Nothing to compare with: there is no earlier release, or it was made by "
                    "another version or in another currency."
                ),
            ),
            (),
            (),
        )
    said = [gettext("Since the release of {day}.", day=release.before_on)]
    listed = release.before["shortlisted"]
    if listed is not None:
        fresh = keys_of(release.rows["shortlisted"], "brand_id", "account_id") - keys_of(
            listed, "brand_id", "account_id"
        )
        if fresh:
            said.append(
                ngettext(
                    "{count} account came onto a shortlist.",
                    "{count} accounts came onto a shortlist.",
                    len(fresh),
                )
            )
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
        "deliverables_late",
    )
    table = PERFORMANCE[0]
    old = {row["campaign_id"]: row for row in before}
    made = []
    for row in release.rows["standing"]:
        was = old.get(row["campaign_id"])
        status = _pacing(row)
        status_was = _pacing(was) if was else status
        if was and status == status_was and all(row[column] == was[column] for column in columns):
            continue
        source = Source(
            table, ("campaign_id", "method"), (row["campaign_id"], release.default_method)
        )
        pacing = Source(*PACING, (row["campaign_id"],))
        cells = [
            _change_cell(
                release,
                pacing if column == "deliverables_late" else source,
                column,
                row[column],
                was and was[column],
                is_new=was is None,
                absent=_absent(release, column, row),
            )
            for column in columns
        ]
        shown = status if status == status_was else f"{status_was} → {status}"
        name = Cell(
            words.clipped(row["campaign_name"], 90),
            "text",
            "campaign_name",
            href=row["campaign_page"],
            note="" if was else gettext("new"),
        )
        made.append(TableRow((name, *cells, Cell(shown, "text", "status")), source.values))
    return Table(
        name="changed-campaigns",
        caption=release.by_default(gettext("Gained since, by campaign")),
        table=table,
        keys="campaign_id method",
        headers=(
            Header("campaign_name", gettext("Campaign"), False),
            *(
                header_of(
                    release.catalogue,
                    PACING[0] if column == "deliverables_late" else table,
                    column,
                )
                for column in columns
            ),
            header_of(release.catalogue, PACING[0], "status", gettext("Pacing"), numeric=False),
        ),
        rows=tuple(made[:50]),
        left_out=gettext("{number} more campaigns changed.", number=len(made) - 50)
        if len(made) > 50
        else "",
        empty=gettext("No campaign changed."),
    )


def _pacing(row: dict[str, Any]) -> str:
    """Return a campaign's status in words, or why it has none."""
    if row["status"]:
        return words.state(str(row["status"]).replace("_", " "))
    return gettext("not known") if row["goal_metric"] else gettext("no goal")


def _absent(release: Release, column: str, row: dict[str, Any]) -> str:
    """Return why a figure of a campaign is not known, where nobody watched."""
    streams = {"valid_clicks": "clicks"} | dict.fromkeys(
        ("attributed_orders", "attributed_revenue"), "orders"
    )
    return not_watched(release, streams[column], row) if column in streams else ""


def _change_cell(
    release: Release, source: Source, column: str, now: Any, was: Any, *, is_new: bool, absent: str
) -> Cell:
    """Return the change of a figure; the figure itself where it was not known before."""
    if now is None or was is None:
        note = "" if is_new or now is None else gettext("not known before")
        return figure(release.catalogue, source, column, now, note=note, absent=absent)
    return figure(release.catalogue, source, column, now - was, database="change", change=True)


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
        name = gettext(queries.COUNTED[table])
        made.append(TableRow((Cell(name[0].upper() + name[1:], column="what"), *cells)))
    return Table(
        name="changed-counts",
        caption=gettext("How much there is"),
        table="",
        keys="",
        headers=(
            Header("what", gettext("What"), False),
            own_header("rows"),
            own_header("rows_before"),
            own_header("change"),
        ),
        rows=tuple(made),
    )
