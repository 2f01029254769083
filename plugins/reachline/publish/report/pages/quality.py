"""Whether the numbers can be trusted, and what they mean."""

from __future__ import annotations

from typing import Any

from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.publish.report.pages.parts import health_table
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
    figure,
    header_of,
    make_table,
    own_header,
)


def quality(release: Release) -> Page:
    """Return the page of gates, refused rows and streams."""
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
                tables=(health_table(release, "streams", rows["health"], "Every stream"),),
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


def definitions(release: Release) -> Page:
    """Return the page that every header leads to."""
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
            "own": [(name, label_of(name).brief, text) for name, text in words.OWN_WORDS.items()],
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
