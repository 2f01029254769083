"""Whom to book next, at what fee: every creator of a brand with a verdict."""

from __future__ import annotations

from typing import Any

from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import Column, Page, Section, Table, make_table, safe_name

_SAID = {
    "rebook": "even the lower end is a profit",
    "try_again": "a profit is likely, not sure",
    "renegotiate": "a loss is likely, not sure",
    "stop": "even the upper end is a loss, or no fee pays",
}
_SURE = {
    "sure": "sure",
    "fairly_sure": "fairly: few of their own",
    "unsure": "not sure",
    "not_known": "not known",
}

_WITHOUT_FIGURES = 25
"""So many creators of whom nothing can be told are shown at least; the CSV has all."""


def bookings(release: Release) -> Page:
    """Return the page of whom to book next, by brand."""
    brands = grouped(release.rows["bookings"], "brand_id")
    return Page(
        path="bookings.html",
        title="Next bookings",
        area="bookings",
        lead=(
            "What the next collaboration with each creator may be expected to bring, at what the "
            "last one cost. All of it is an estimate from past collaborations, which were chosen: "
            "it says nothing of other prices, or of two at once.",
        ),
        sections=(
            *(
                Section(
                    mine[0]["brand_name"],
                    "bookings-" + safe_name(brand_id),
                    (
                        "Few collaborations are pulled to the mean of the brand's creators; one "
                        "that still runs counts with what it earned so far. "
                        "Brackets hold 95 % intervals of what is expected; a single collaboration "
                        "may lie further off: the workbook has its range. Money goes to who "
                        "returns most of it first, one collaboration each: who comes later returns "
                        "less.",
                    ),
                    tables=(*_thousand(release, mine), _creators(release, mine)),
                )
                for brand_id, mine in brands.items()
            ),
        ),
    )


_KEYS = ("reports.next_bookings", ("brand_id", "creator_id"))


def _thousand(release: Release, rows: Rows) -> tuple[Table, ...]:
    """Return what the next 1,000 of a brand may bring; none where nothing is expected back."""
    takers = [row for row in rows if row["next_1000_part"]]
    if not takers:
        return ()
    first = {**takers[0], "to_whom": ", ".join(row["creator_name"] for row in takers)}
    return (
        make_table(
            release.catalogue,
            "thousand-" + safe_name(first["brand_id"]),
            release.by_default(
                f"The next 1,000 {release.run['currency']} of {first['brand_name']}"
            ),
            _KEYS,
            (
                Column(
                    "next_1000_profit", low="next_1000_profit_low", high="next_1000_profit_high"
                ),
                Column("to_whom", "Goes to", "text"),
            ),
            [first],
            limit=1,
        ),
    )


def _creators(release: Release, rows: Rows) -> Table:
    shown = [{**row, **_said(row, rows)} for row in rows]
    told = sum(row["expected_profit"] is not None for row in rows)
    return make_table(
        release.catalogue,
        "bookings-" + safe_name(rows[0]["brand_id"]),
        release.by_default(f"Creators of {rows[0]['brand_name']}, who returns most first"),
        _KEYS,
        (
            Column("creator_name", "Creator", "name", link="creator_page"),
            Column("verdict", "Verdict", "status"),
            Column(
                "expected_profit",
                low="expected_profit_low",
                high="expected_profit_high",
                absent="no_profit",
            ),
            Column("next_break_even_fee", absent="no_profit"),
            Column("last_fee", absent="no_cost"),
            Column("last_cost", absent="no_cost"),
            Column("profit_per_1000", absent="no_rate"),
            Column("spent_before", absent="no_place"),
            Column("collaborations"),
            Column("collaborations_measured", "Measured"),
            Column("last_on", "Last until"),
            Column("days_between", absent="one_only"),
            Column("sure", "How sure", "text"),
            Column("why", "Why", "text"),
        ),
        shown,
        limit=told + _WITHOUT_FIGURES,
        empty="The brand has no live collaboration.",
    )


def _said(row: dict[str, Any], rows: Rows) -> dict[str, str]:
    """Return a verdict in words, and why a figure is not there."""
    measured = sum(other["collaborations_measured"] > 0 for other in rows)
    if not row["collaborations_measured"]:
        no_mean = "no collaboration measured"
    else:
        no_mean = f"{measured} of the brand's creators measured, 4 are needed"
    no_cost = "none agreed yet" if row["last_collaboration_id"] is None else "no exchange rate"
    no_profit = no_mean if row["expected_earned"] is None else no_cost
    free = "free of cost" if row["last_cost"] == 0 else "not expected to come back"
    why = _SAID.get(row["verdict"], no_profit)
    if row["collaborations_running"]:
        why += f"; {row['collaborations_running']} still running"
    return {
        "no_cost": no_cost,
        "no_profit": no_profit,
        "no_rate": no_profit if row["expected_profit"] is None else "free of cost",
        "no_place": no_profit if row["expected_profit"] is None else free,
        "one_only": "booked once",
        "sure": _SURE[row["how_sure"]],
        "why": why,
    }
