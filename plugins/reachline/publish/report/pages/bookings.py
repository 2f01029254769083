"""Whom to book next, at what fee: every creator of a brand with a verdict."""

from __future__ import annotations

from typing import Any

from reachline.languages import N_, gettext
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import Column, Page, Section, Table, make_table, safe_name

_SAID = {
    "rebook": N_("even the lower end is a profit"),
    "try_again": N_("a profit is likely, not sure"),
    "renegotiate": N_("a loss is likely, not sure"),
    "stop": N_("even the upper end is a loss, or no fee pays"),
}
_SURE = {
    "sure": N_("sure"),
    "fairly_sure": N_("fairly: few of their own"),
    "unsure": N_("not sure"),
    "not_known": N_("not known"),
}

_WITHOUT_FIGURES = 25
"""So many creators of whom nothing can be told are shown at least; the CSV has all."""


def bookings(release: Release) -> Page:
    """Return the page of whom to book next, by brand."""
    brands = grouped(release.rows["bookings"], "brand_id")
    return Page(
        path="bookings.html",
        title=gettext("Next bookings"),
        area="bookings",
        lead=(
            gettext(
                "What the next collaboration with each creator may be expected to bring, at what "
                "the last one cost. All of it is an estimate from past collaborations, which were "
                "chosen: it says nothing of other prices, or of two at once."
            ),
        ),
        sections=(
            *(
                Section(
                    mine[0]["brand_name"],
                    "bookings-" + safe_name(brand_id),
                    (
                        gettext(
                            "Few collaborations are pulled to the mean of the brand's creators; "
                            "one that still runs counts with what it earned so far. Brackets hold "
                            "95 % intervals of what is expected; a single collaboration may lie "
                            "further off: the workbook has its range. Money goes to who returns "
                            "most of it first, one collaboration each: who comes later returns "
                            "less."
                        ),
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
                gettext(
                    "The next 1,000 {currency} of {brand_name}",
                    currency=release.run["currency"],
                    brand_name=first["brand_name"],
                )
            ),
            _KEYS,
            (
                Column(
                    "next_1000_profit", low="next_1000_profit_low", high="next_1000_profit_high"
                ),
                Column("to_whom", gettext("Goes to"), "text"),
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
        release.by_default(
            gettext(
                "Creators of {brand_name}, who returns most first", brand_name=rows[0]["brand_name"]
            )
        ),
        _KEYS,
        (
            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
            Column("verdict", gettext("Verdict"), "status"),
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
            Column("collaborations_measured", gettext("Measured")),
            Column("last_on", gettext("Last until")),
            Column("days_between", absent="one_only"),
            Column("sure", gettext("How sure"), "text"),
            Column("why", gettext("Why"), "text"),
        ),
        shown,
        limit=told + _WITHOUT_FIGURES,
        empty=gettext("The brand has no live collaboration."),
    )


def _said(row: dict[str, Any], rows: Rows) -> dict[str, str]:
    """Return a verdict in words, and why a figure is not there."""
    measured = sum(other["collaborations_measured"] > 0 for other in rows)
    if not row["collaborations_measured"]:
        no_mean = gettext("no collaboration measured")
    else:
        no_mean = gettext(
            "{measured} of the brand's creators measured, 4 are needed", measured=measured
        )
    is_agreed = row["last_collaboration_id"] is not None
    no_cost = gettext("no exchange rate") if is_agreed else gettext("none agreed yet")
    no_profit = no_mean if row["expected_earned"] is None else no_cost
    is_free = row["last_cost"] == 0
    free = gettext("free of cost") if is_free else gettext("not expected to come back")
    verdict, how_sure = row["verdict"], row["how_sure"]
    why = gettext(_SAID[verdict]) if verdict in _SAID else no_profit
    if row["collaborations_running"]:
        running = gettext("{number} still running", number=row["collaborations_running"])
        why += f"; {running}"
    return {
        "no_cost": no_cost,
        "no_profit": no_profit,
        "no_rate": no_profit if row["expected_profit"] is None else gettext("free of cost"),
        "no_place": no_profit if row["expected_profit"] is None else free,
        "one_only": gettext("booked once"),
        "sure": gettext(_SURE[how_sure]),
        "why": why,
    }
