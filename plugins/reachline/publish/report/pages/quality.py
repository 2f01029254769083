"""Whether the numbers can be trusted, and what they mean."""

from __future__ import annotations

from typing import Any

from reachline.languages import N_, gettext, whole
from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.publish.report.pages.parts import counted_table, health_table
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import grouped
from reachline.publish.report.tables import (
    Cell,
    Column,
    Header,
    Page,
    Section,
    Source,
    Table,
    TableRow,
    make_table,
    own_header,
)

REJECTS = "quality.rejects"
_MOST_REASONS = 200


def quality(release: Release) -> Page:
    """Return the page of gates, refused rows and streams."""
    health = health_table(release, "streams", release.rows["health"], gettext("Every stream"))
    return Page(
        path="quality.html",
        title=gettext("Quality"),
        area="quality",
        lead=(
            gettext(
                "Whether the numbers can be trusted: what came, what was checked, what was left "
                "out."
            ),
        ),
        sections=(
            Section(gettext("Data health"), "health", tables=(health,)),
            _clicks(release),
            Section(gettext("Gates"), "gates", tables=(_gates(release), _checks(release))),
            Section(
                gettext("Rejects"), "rejects", tables=(_rejects(release), _reject_lines(release))
            ),
        ),
    )


def _clicks(release: Release) -> Section:
    return Section(
        gettext("Clicks, by who tells of them"),
        "clicks",
        (
            gettext(
                "Each source counts the same taps in its own way. Of a link's clicks on a day "
                "those of one source count (clicks.prefer in config/sources.yml)."
            ),
        ),
        tables=(_door_totals(release), _doors(release), _door_hours(release), _orphans(release)),
    )


_ONE_SOURCE = N_("No brand has clicks that several sources tell of.")
_TOLD = ("clicks", "clicks_counted", "clicks_in_reports")


def _door_totals(release: Release) -> Table:
    return counted_table(
        release,
        "door-totals",
        gettext("The last 28 days, by source"),
        ("reports.click_doors", ("source",)),
        gettext("Source"),
        {name: f"sum({name})" for name in _TOLD},
        release.rows["click_door_totals"],
        gettext(_ONE_SOURCE),
    )


def _doors(release: Release) -> Table:
    return make_table(
        release.catalogue,
        "doors",
        gettext("By collaboration, where they part most first"),
        ("reports.click_doors", ("collaboration_id", "source")),
        (
            Column("campaign_name", gettext("Campaign"), "name", link="campaign_page"),
            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
            Column("source", kind="name"),
            *(Column(name) for name in (*_TOLD, "clicks_ratio", "hours_compared", "hours_silent")),
            Column("first_clicked_at"),
            Column("last_clicked_at"),
        ),
        release.rows["click_doors"],
        limit=100,
        empty=gettext(_ONE_SOURCE),
    )


def _door_hours(release: Release) -> Table:
    return make_table(
        release.catalogue,
        "door-hours",
        gettext("The hours in which they part most"),
        ("reports.click_door_hours", ("brand_id", "hour_at", "source")),
        (
            Column("brand_name", gettext("Brand"), "name"),
            Column("hour_at"),
            Column("source", kind="name"),
            *(Column(name) for name in (*_TOLD, "clicks_ratio")),
        ),
        release.rows["click_door_hours"],
        total=release.rows["click_door_hour_rows"][0]["n"],
        folded=True,
        empty=gettext(_ONE_SOURCE),
    )


def _orphans(release: Release) -> Table:
    return make_table(
        release.catalogue,
        "orphans",
        gettext("Clicks that meet no link, and the one that they are likely to mean"),
        ("reports.orphan_clicks", ("utm_campaign", "utm_content", "source")),
        (
            Column("utm_campaign", kind="text"),
            Column("utm_content", kind="text"),
            Column("source", kind="name"),
            Column("clicks"),
            Column("first_clicked_on"),
            Column("last_clicked_on"),
            Column("likely_link_id", kind="text"),
            Column("likely_utm_campaign", kind="text"),
            Column("likely_utm_content", kind="text"),
            Column("campaign_name", gettext("Campaign"), "name", link="campaign_page"),
            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
        ),
        release.rows["orphan_clicks"],
        limit=100,
        empty=gettext("Each click with the UTM values of a link, or nearly those, meets its link."),
    )


def _gates(release: Release) -> Table:
    return counted_table(
        release,
        "gates",
        gettext("Checks by gate"),
        ("quality.gate_results", ("stage",)),
        gettext("Gate"),
        {
            "checks": "count(*)",
            "passed": "count(*) filter (where success)",
            "warned": "count(*) filter (where not success and severity = 'warn')",
            "blocked": "count(*) filter (where not success and severity = 'block')",
        },
        release.rows["gate_totals"],
        gettext("No gate has run."),
    )


def _checks(release: Release) -> Table:
    checks = release.rows["gates"]
    return make_table(
        release.catalogue,
        "checks",
        gettext("Every check, the failed first"),
        ("quality.gate_results", ("stage", "table_name", "expectation")),
        (
            Column("success", gettext("Result"), "status", field="outcome"),
            Column("severity", kind="text"),
            Column("stage", gettext("Gate"), "text"),
            Column("table_name", gettext("Table"), "name"),
            Column("expectation", gettext("Expectation"), "name"),
            Column("expected", gettext("Expected"), "text"),
            Column("observed", gettext("Observed"), "text"),
            Column("failing_keys", gettext("Sample of rows")),
            Column("accepted", gettext("Let through because"), "text"),
            Column("why", gettext("Why"), "text"),
            Column("owner", gettext("Owner"), "text"),
        ),
        [{**row, "outcome": "pass" if row["success"] else "fail"} for row in checks],
        limit=300,
        where="tables/gate_results.parquet",
        folded=all(row["success"] for row in checks),
    )


def _rejects(release: Release) -> Table:
    reasons = release.rows["rejects"]
    left_out = len(reasons) - _MOST_REASONS
    return Table(
        name="rejects",
        caption=gettext("Lines set aside, by reason"),
        table=REJECTS,
        keys="",
        headers=(
            Header("source", gettext("Source"), False),
            Header("stream", gettext("Stream"), False),
            Header("column_name", gettext("Column"), False),
            Header("reason", gettext("Reason"), False),
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
                        whole(row["lines"]),
                        "number",
                        "lines",
                        str(row["lines"]),
                        _reject_source(row),
                        _reject_count(row),
                    ),
                )
            )
            for row in reasons[:_MOST_REASONS]
        ),
        left_out=gettext("{number} more reasons are in tables/rejects.parquet.", number=left_out)
        if left_out > 0
        else "",
        empty=gettext("No line was set aside."),
    )


def _reject_lines(release: Release) -> Table:
    return make_table(
        release.catalogue,
        "reject-lines",
        gettext("Lines set aside, the last first"),
        (REJECTS, ("stream", "batch_id", "line")),
        (
            Column("file_name", gettext("File"), "text"),
            Column("line", gettext("Line")),
            Column("column_name", gettext("Column"), "text"),
            Column("reason", gettext("Reason"), "text"),
            Column("raw", gettext("The line"), "text"),
        ),
        release.rows["reject_lines"],
        total=sum(row["lines"] for row in release.rows["rejects"]),
        where="tables/rejects.parquet",
        folded=True,
        empty=gettext("No line was set aside."),
    )


def _reject_source(row: dict[str, Any]) -> Source:
    known = [
        name for name in ("source", "stream", "reason", "column_name") if row[name] is not None
    ]
    return Source(REJECTS, tuple(known), tuple(row[name] for name in known))


def _reject_count(row: dict[str, Any]) -> str:
    empty = [f"{name} is null" for name in ("column_name", "reason") if row[name] is None]
    return f"count(*) filter (where {' and '.join(empty)})" if empty else "count(*)"


def definitions(release: Release) -> Page:
    """Return the page that every header leads to."""
    described = grouped(
        [row for row in release.rows["columns"] if row["metric"] is None], "table_name"
    )
    return Page(
        path="definitions.html",
        title=gettext("Definitions"),
        area="definitions",
        lead=(
            gettext(
                "What every figure means, as the release's catalogue of metrics has it "
                "(meta.metrics, meta.columns). On every page a figure explains itself where the "
                "pointer rests, at a tap, and with the arrow keys from the header of its column."
            ),
        ),
        sections=(),
        template="definitions.html.j2",
        extra={
            "own": [
                (name, label_of(name).brief, gettext(text))
                for name, text in words.OWN_WORDS.items()
            ],
            "metrics": [
                (label_of(name).brief, metric) for name, metric in release.catalogue.metrics.items()
            ],
            "tables": [
                (table, described[table["table_name"]])
                for table in release.rows["tables"]
                if described[table["table_name"]]
            ],
        },
    )
